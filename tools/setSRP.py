#!/usr/bin/env python3
"""Make what logins are checked with anew from the password: `sonic keys --renew-login`.

python tools/setSRP.py -D DATABASE -C CLIENT [--password | --password-file FILE]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.older_words import run_verb

if __name__ == "__main__":
    sys.exit(run_verb(["keys", "--renew-login"], sys.argv[1:]))
