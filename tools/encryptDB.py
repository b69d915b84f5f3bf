#!/usr/bin/env python3
"""Encrypt a backup that was kept in clear: `sonic encrypt` under its older name.

python tools/encryptDB.py -D DATABASE -C CLIENT --password-file FILE --all
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tardis.cli.main import run
from tardis.cli.sonic import command

if __name__ == "__main__":
    sys.exit(run(command, ["encrypt", *sys.argv[1:]]))
