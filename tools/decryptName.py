#!/usr/bin/env python3
"""Show the names behind sealed ones: `sonic decrypt-names`.

python tools/decryptName.py -D DATABASE -C CLIENT --password-file FILE [-e] [-q] [NAME...]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.older_words import run_verb

if __name__ == "__main__":
    sys.exit(run_verb(["decrypt-names"], sys.argv[1:]))
