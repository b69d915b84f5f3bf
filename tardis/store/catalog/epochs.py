"""The epoch: fingerprints of directories count only under the number that is current."""

import sqlite3


def new_epoch(db: sqlite3.Connection) -> None:
    """Void all fingerprints, within the caller's transaction."""
    db.execute(
        "INSERT INTO settings VALUES ('epoch', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
    )
