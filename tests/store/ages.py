"""Lets the program be of a later age: it comes with further changes of the schema."""

from pathlib import Path

import pytest

from tardis.store.catalog import migrations

SCHEMA = Path(__file__).parents[2] / "schema"
CHANGES = {
    "colours": "CREATE TABLE colours (name TEXT PRIMARY KEY) STRICT;\n"
    "INSERT INTO colours VALUES ('red');",
    "longer_rows": "ALTER TABLE backup_sets ADD COLUMN mood TEXT;",
}


def grow_older(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Give the program all of `CHANGES` beside the scripts that it has."""
    folder.mkdir()
    known = sorted(SCHEMA.glob("0*.sql"))
    for path in known:
        (folder / path.name).write_bytes(path.read_bytes())
    for number, (name, script) in enumerate(CHANGES.items(), len(known) + 1):
        (folder / f"{number:04}_{name}.sql").write_text(script)
    monkeypatch.setattr(migrations, "_schema_directory", lambda: folder)
