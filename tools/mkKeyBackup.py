#!/usr/bin/env python3
"""Write the wrapped key of a backup with a square code to a page: `sonic keys --page`.

python tools/mkKeyBackup.py -D DATABASE -C CLIENT [--keys FILE] --output PAGE.pdf
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.older_words import run_verb

OUTPUT = {"-o": "--page", "--output": "--page"}

if __name__ == "__main__":
    words = [word.partition("=") for word in sys.argv[1:]]
    newer = [OUTPUT.get(name, name) + equals + value for name, equals, value in words]
    sys.exit(run_verb(["keys"], newer))
