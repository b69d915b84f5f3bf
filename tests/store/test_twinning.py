"""Every kind of content has a twin that is sealed, says the same, and is made once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import KeysFile, Seals
from tardis.crypto import digest as content_digest
from tardis.model import Repository
from tardis.store import StoreWriter, opening
from tardis.store.catalog import twins
from tardis.store.catalog.connection import transaction
from tardis.store.records import SEALED, Kind, parse_header
from tardis.store.twinning import TwinMaker
from tests.crypto.slots import ring
from tests.delta.shapes import noise
from tests.store.holes import digest_of, put_holed
from tests.store.workshop import Workshop, put, put_large, root, row

SEALS = Seals(ring())
KEYS = KeysFile(Repository(bytes(16), "modern", b"", is_sealed=True))
PROOF = b"a proof of the keys"
SMALL, LARGE, HOLED = b"small", noise(1_200_000), {1 << 20: noise(300_000, 1)}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    made = Workshop(tmp_path / "base").create()
    with made.running() as writer:
        group = writer.group
        group.filesystems.append((1, "ext4", b"disk", 1, 1))
        group.new_directories.append((writer.new_directory(), 1, 2, 0))
        ids = [put(writer, SMALL), put_large(writer, LARGE), put_holed(writer, 3 << 20, HOLED)]
        for number in ids:
            group.opened.append(row(b"%d" % number, number, 1, 1))
        root(writer)
        made.complete(writer)
    return made


@pytest.fixture
def writer(shop: Workshop) -> Iterator[StoreWriter]:
    """A writer with the file of twins attached."""
    with closing(shop.writer()) as made:
        begin(made, PROOF)
        yield made


def begin(writer: StoreWriter, proof: bytes) -> None:
    db = writer.writing_db
    if "twins" not in {row[1] for row in db.execute("PRAGMA database_list")}:
        twins.attach(db, f"{writer.layout.database}.twins")
    with transaction(db):
        twins.begin(db, proof)


def make(writer: StoreWriter) -> int:
    with closing(TwinMaker(writer, KEYS, SEALS)) as maker:
        maker.run()
        return maker.made


def known(db: sqlite3.Connection) -> dict[bytes, twins.Twin]:
    rows = db.execute("SELECT * FROM twins.contents").fetchall()
    return {twin.name: twin for twin in map(twins.Twin._make, rows)}


def test_each_is_called_by_the_new_key_and_lies_where_it_says(writer: StoreWriter) -> None:
    assert twins.count_waiting(writer.writing_db)[0] == 3
    assert make(writer) == 3
    key = SEALS.ring.contents
    found = known(writer.writing_db)
    holed = digest_of(key, 3 << 20, HOLED)
    assert set(found) == {content_digest(key, SMALL), content_digest(key, LARGE), holed}
    for name, twin in found.items():
        path = writer.layout.large(name, twin.place)
        if twin.pack is not None:
            path = writer.layout.pack(twin.pack)
        with Path(path).open("rb") as file:
            file.seek(0 if twin.pack is None else twin.place)
            record = parse_header(file.read(96))
        told = (record.kind, record.cipher, record.digest, record.stored, record.flags)
        assert told == (Kind.DATA, SEALED, name, twin.stored, int(name == holed))
    assert twins.count_waiting(writer.writing_db) == (0, 0, 0)
    assert twins.without(writer.writing_db) == []


def test_what_is_there_is_not_made_again(writer: StoreWriter) -> None:
    make(writer)
    begin(writer, PROOF)
    assert make(writer) == 0
    twins.drop(writer.writing_db, [1])
    assert make(writer) == 1


def test_other_keys_begin_anew(writer: StoreWriter) -> None:
    make(writer)
    begin(writer, b"another proof")
    assert make(writer) == 3


def test_what_cannot_be_read_has_no_twin(writer: StoreWriter) -> None:
    [(digest,)] = writer.writing_db.execute("SELECT digest FROM contents WHERE id = 2").fetchall()
    path = Path(writer.layout.large(digest, 0))
    data = bytearray(path.read_bytes())
    data[500_000] ^= 1
    path.write_bytes(data)
    assert make(writer) == 2
    assert [one.id for one in twins.without(writer.writing_db)] == [2]
    assert list(Path(writer.layout.incoming).iterdir()) == []
