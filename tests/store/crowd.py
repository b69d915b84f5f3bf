"""Catalogs with very many sets or names, made by SQL, and what a question costs there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tardis.model import OPEN
from tardis.store import StoreReader
from tests.store.workshop import Workshop

_STEPS = 100
_MODEL = f"directory = 1 AND last_set = {OPEN} AND name = x'66696c65'"


def crowded(base: Path, *, sets: int = 1, names: int = 0) -> Workshop:
    """Make a store with *sets* complete ones, all of which show *names* in directory 1."""
    shop = Workshop(base).create()
    shop.run({b"file": b"one"})
    with shop.changing() as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(backup_sets)")]
        for number in range(2, sets + 1):
            told = ", ".join(
                {"number": "?", "name": "'set ' || ?", "started_ns": "? * 1000000000"}.get(one, one)
                for one in columns
            )
            db.execute(
                f"INSERT INTO backup_sets SELECT {told} FROM backup_sets WHERE number = 1",
                (number, number, number),
            )
            db.execute(
                "INSERT INTO roots SELECT ?, path, name, directory, ancestors FROM roots"
                " WHERE backup_set = 1",
                (number,),
            )
        columns = [row[1] for row in db.execute("PRAGMA table_info(entries)")]
        told = ", ".join("?" if one == "name" else one for one in columns)
        query = f"INSERT INTO entries SELECT {told} FROM entries WHERE {_MODEL}"
        db.executemany(query, ((b"name %07d" % at,) for at in range(names)))
    return shop


def cost(reader: StoreReader, question: Callable[[], object]) -> int:
    """Return how many steps SQLite's machine takes for *question*, in hundreds."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    reader._directory()._db.set_progress_handler(step, _STEPS)
    try:
        question()
    finally:
        reader._directory()._db.set_progress_handler(None, _STEPS)
    return count


def versions(shop: Workshop, name: bytes, spans: list[tuple[int, int]], **more: Any) -> None:
    """Put rows of one name of directory 1 into the catalog, true from set to set."""
    with shop.changing() as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(entries)")]
        for first, last in spans:
            known = {"name": name, "first_set": first, "last_set": last or OPEN} | more
            told = ", ".join("?" if one in known else one for one in columns)
            db.execute(
                f"INSERT INTO entries SELECT {told} FROM entries WHERE {_MODEL}",
                [known[one] for one in columns if one in known],
            )
