#!/usr/bin/env python3
"""Make the stored fingerprints of directories anew: `sonic fingerprints`.

python tools/setDirHashes.py -D DATABASE -C CLIENT [--password | --password-file FILE]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.older_words import run_verb

if __name__ == "__main__":
    sys.exit(run_verb(["fingerprints"], sys.argv[1:]))
