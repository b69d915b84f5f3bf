"""Where a user's programs keep what they remember."""

import os


def state_folder() -> str:
    """Return where a user's programs keep their state; it need not exist."""
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(home, "tardis")
