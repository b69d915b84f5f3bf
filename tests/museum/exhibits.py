"""Small stores, each damaged in one way, and what is known of them.

Every exhibit is the same store of three sets, made by code, with one thing broken: bits that
flipped, files that were cut off or lost, rows that are wrong, pages of the catalog that
rotted.  Nothing is kept but the code.
"""

import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from tardis.store import Claim, DeltaKeeper, Flushers, SetWish, open_set, open_writer
from tardis.store.records import HEADER
from tests.server.talker import BOX, Kit, make_kit
from tests.server.trees import Tree
from tests.store.test_deltas import keep

_NOISE: Final = random.Random(6)
LARGE: Final = _NOISE.randbytes(300_000)
LOG: Final = _NOISE.randbytes(200_000)
LOG_LATER: Final = LOG[:100_000] + b"a line more" + LOG[100_000:]
_WISH: Final = SetWish("half", b"x", "", 0, False, 0, "s", "c", "s", "here", b"", b"")

Damage = Callable[[Kit], None]


def whole(base: Path) -> tuple[Kit, Tree]:
    """Make the store that all exhibits were; return it, and the tree as it is now.

    Set 1 has five files.  In set 2 ``a`` is another and ``log`` is kept as a delta; in set
    3 ``b`` is gone and ``new`` has come.
    """
    kit, tree = make_kit(base), Tree()
    for name, data in ((b"a", b"first"), (b"b", b"beta" * 300), (b"big", LARGE), (b"log", LOG)):
        tree.write(name, data)
    tree.mkdir(b"d")
    tree.write(b"d/c", b"gamma")
    kit.run(tree)
    _store_delta(kit)
    tree.write(b"a", b"second")
    tree.write(b"log", LOG_LATER)
    kit.run(tree)
    tree.remove(b"b")
    tree.write(b"d/new", b"new" * 200)
    kit.run(tree)
    assert kit.count("contents", "basis IS NOT NULL") == 1
    return kit, tree


def _store_delta(kit: Kit) -> None:
    """Let an interrupted run leave the later log as a delta of the first."""
    ((basis,),) = kit.rows("SELECT content FROM entries WHERE name = CAST('log' AS BLOB)")
    writer = open_writer(kit.place(), BOX, Claim("a museum"), Flushers())
    with closing(writer):
        open_set(writer, _WISH)
        with closing(DeltaKeeper(writer)) as keeper:
            below = writer.ask.content(basis)
            assert below is not None
            keep(writer, keeper, below, (LOG, LOG_LATER))
            writer.drain()


def home(kit: Kit) -> Path:
    return kit.base / BOX


def flip(path: Path, place: int, bits: int = 1) -> None:
    """Let a byte of a file be another one."""
    data = bytearray(path.read_bytes())
    data[place] ^= bits
    path.write_bytes(data)


def pack_of(kit: Kit, name: str, holds: str = "first_set") -> tuple[int, Path, int]:
    """Return (content id, pack, place) of a small file's oldest content."""
    query = f"""SELECT c.id, c.pack, c.place FROM entries JOIN contents AS c ON c.id = content
        WHERE name = CAST(? AS BLOB) ORDER BY {holds} LIMIT 1"""
    ((number, pack, place),) = kit.rows(query, name)
    return number, home(kit) / "packs" / f"{pack}.pack", place


def file_of(kit: Kit, name: str) -> Path:
    """Return the file of a large file's oldest content."""
    query = """SELECT hex(digest), place FROM entries JOIN contents AS c ON c.id = content
        WHERE name = CAST(? AS BLOB) ORDER BY first_set LIMIT 1"""
    ((digest, place),) = kit.rows(query, name)
    assert place == 0
    return home(kit) / str(digest[:2]).lower() / str(digest).lower()


def manifests(kit: Kit) -> tuple[Path, int]:
    """Return the pack of manifests and the place of the last manifest of set 2."""
    ((pack, place),) = kit.rows(
        "SELECT pack, place FROM manifests WHERE backup_set = 2 ORDER BY sequence DESC LIMIT 1"
    )
    return home(kit) / "packs" / f"{pack}.pack", place


def _bits_in_a_pack(kit: Kit) -> None:
    _, pack, place = pack_of(kit, "b")
    flip(pack, place + HEADER.size + 5)


def _header_in_a_pack(kit: Kit) -> None:
    _, pack, place = pack_of(kit, "b")
    flip(pack, place + 9)


def _bits_in_a_large_file(kit: Kit) -> None:
    flip(file_of(kit, "big"), 150_000)


def _header_of_a_large_file(kit: Kit) -> None:
    flip(file_of(kit, "big"), 40)


def _index_of_a_large_file(kit: Kit) -> None:
    flip(file_of(kit, "big"), -14)


def _short_large_file(kit: Kit) -> None:
    path = file_of(kit, "big")
    path.write_bytes(path.read_bytes()[:100_000])


def _lost_large_file(kit: Kit) -> None:
    file_of(kit, "big").unlink()


def _cut_pack(kit: Kit) -> None:
    _, pack, place = pack_of(kit, "new")
    pack.write_bytes(pack.read_bytes()[: place + HEADER.size + 3])


def _lost_pack(kit: Kit) -> None:
    pack_of(kit, "a")[1].unlink()


def _row_names_another_record(kit: Kit) -> None:
    number, _, _ = pack_of(kit, "b")
    other, _, place = pack_of(kit, "c")
    assert number != other
    kit.execute("UPDATE contents SET place = ? WHERE id = ?", place, number)


def _lost_row_of_a_manifest(kit: Kit) -> None:
    kit.execute("DELETE FROM manifests WHERE backup_set = 2 AND sequence = 1")


def _bits_in_a_manifest(kit: Kit) -> None:
    pack, place = manifests(kit)
    flip(pack, place + HEADER.size + 12)


def _lost_manifests(kit: Kit) -> None:
    manifests(kit)[0].unlink()


def _head_of_a_pack(kit: Kit) -> None:
    flip(pack_of(kit, "a")[1], HEADER.size + 60)


def _broken_journal(kit: Kit) -> None:
    path = home(kit) / "tardis.journal"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = b"\0" * 30 + lines[2][30:]
    path.write_bytes(b"".join(lines))


def _lost_journal(kit: Kit) -> None:
    (home(kit) / "tardis.journal").unlink()


def _old_catalog(kit: Kit) -> None:
    journal = home(kit) / "tardis.journal"
    with journal.open("a", encoding="ascii") as file:
        file.write("===== S: 9 later s D: 2030-01-01 00:00:00 V: x\n")


def _lost_keys(kit: Kit) -> None:
    (home(kit) / "tardis.db.keys").unlink()


def _page_of_the_catalog(kit: Kit) -> None:
    """Rot a page of the entries; the first bytes of a page are its kind."""
    path = home(kit) / "tardis.db"
    ((page, size),) = kit.rows(
        "SELECT rootpage, (SELECT * FROM pragma_page_size) FROM sqlite_master"
        " WHERE name = 'entries'"
    )
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : (page - 1) * size + 8] = b"rotten!!"
    path.write_bytes(data)


def _catalog_of_noise(kit: Kit) -> None:
    (home(kit) / "tardis.db").write_bytes(b"noise" * 1000)


def _lost_catalog(kit: Kit) -> None:
    (home(kit) / "tardis.db").unlink()


def _index_of_the_catalog(kit: Kit) -> None:
    """Take a row out of a table behind the back of its index."""
    with closing(sqlite3.connect(home(kit) / "tardis.db")) as db, db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("DELETE FROM sqlite_master WHERE name = 'contents_pack'")


def _row_of_a_content_gone(kit: Kit) -> None:
    number, _, _ = pack_of(kit, "b")
    kit.execute("DELETE FROM contents WHERE id = ?", number)


def _basis_gone(kit: Kit) -> None:
    file_of(kit, "log").unlink()


def _chain_too_long(kit: Kit) -> None:
    kit.execute("UPDATE contents SET chain = 0 WHERE basis IS NOT NULL")


def _row_backwards(kit: Kit) -> None:
    kit.execute("UPDATE entries SET first_set = 3 WHERE name = CAST('b' AS BLOB)")


def _orphan(kit: Kit) -> None:
    path = file_of(kit, "big")
    path.with_name(path.name + "-7").write_bytes(b"nobody named me")
    (home(kit) / "packs" / "99.pack").write_bytes(b"nor me")


def _tail(kit: Kit) -> None:
    with pack_of(kit, "a")[1].open("ab") as file:
        file.write(b"uncommitted")


EXHIBITS: Final[dict[str, Damage]] = {
    name.removeprefix("_").replace("_", " "): one
    for name, one in globals().copy().items()
    if name.startswith("_") and callable(one) and getattr(one, "__module__", "") == __name__
    and name != "_store_delta"
}  # fmt: skip
"""How each came to be what it is, by name."""


def worded(text: str) -> str:
    """Return *text* without what differs from one making to the next."""
    text = re.sub(r"[0-9a-f]{2}/[0-9a-f]{64}", "DIGEST", text)
    text = re.sub(r"folder [0-9a-f]{2}\b", "folder FOLDER", re.sub(r"/\S*/box", "BOX", text))
    return re.sub(r"Page \d+", "Page PAGE", text)
