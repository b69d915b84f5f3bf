"""Settings that an administrator stores for one client, in its own catalog.

They take the place of the server's for this client, so they go where its catalog goes.
"""

from contextlib import closing

from tardis.model import StoreError

from .catalog.connection import connect_reader, connect_writer, transaction
from .catalog.reading import SETTING_MARK, stored_settings
from .opening import Place, has_store
from .trouble import store_trouble


def read_settings(place: Place, client: str) -> dict[str, str]:
    """Return the settings stored for *client*: key of the configuration file to text.

    Raises:
        StoreError: There is no store, or it cannot be read.
    """
    layout = place.layout(client)
    with store_trouble(layout.directory), closing(connect_reader(layout.database)) as db:
        return stored_settings(db)


def read_facts(place: Place, client: str) -> dict[str, str]:
    """Return what a catalog says of itself beside those settings, as text."""
    layout = place.layout(client)
    query = "SELECT key, value FROM settings WHERE key NOT GLOB ? ORDER BY key"
    with store_trouble(layout.directory), closing(connect_reader(layout.database)) as db:
        rows = db.execute(query, (f"{SETTING_MARK}*",)).fetchall()
        (schema,) = db.execute("SELECT ifnull(max(number), 0) FROM migrations").fetchone()
    return {"schema": str(schema)} | {key: str(value) for key, value in rows}


def store_setting(place: Place, client: str, key: str, text: str | None) -> None:
    """Store a setting for *client*, or with None let the server's hold again.

    A short transaction, that waits for a backup's present one.

    Raises:
        StoreError: There is no store, or it cannot be written.
    """
    if not has_store(place, client):
        raise StoreError(f"the client {client} has no store here")
    layout = place.layout(client)
    trouble = store_trouble(layout.directory)
    with trouble, closing(connect_writer(layout.database)) as db, transaction(db):
        db.execute("DELETE FROM settings WHERE key = ?", (SETTING_MARK + key,))
        if text is not None:
            db.execute("INSERT INTO settings VALUES (?, ?)", (SETTING_MARK + key, text))
