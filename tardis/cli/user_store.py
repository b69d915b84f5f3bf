"""Where a user without any configuration keeps backups made with ``--local``."""

import os


def user_base() -> str:
    """Return that directory below the user's data directory; it need not exist."""
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(home, "tardis")
