"""Changed files of encrypted backups travel and are kept as sealed deltas."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tardis.crypto import Seals
from tardis.model import IntegrityError, Observer, StoredContent, TardisError
from tardis.policy import DeltaRules
from tardis.store import (
    Claim,
    Flushers,
    Level,
    Reading,
    forget_paths,
    open_scrub,
    open_writer,
    prune,
    read_data,
)
from tardis.store.records import HEADER, SEALED, Kind, pack_header, parse_header
from tests.delta.shapes import edited, noise
from tests.facilities import counts
from tests.server.vault import CLIENT_NAME, Vault

SIZE = 3_000_000


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "base")


class Changing:
    """A tree with one large file that changes, and what it was in each set."""

    def __init__(self, vault: Vault, top: Path) -> None:
        top.mkdir()
        self.vault, self.top = vault, top
        self.path = top / "file-of-mine"
        self.data = noise(SIZE, 7)
        self.was: dict[int, bytes] = {}

    def run(self, *edits: tuple[str, float, int], **how: Any) -> Any:
        """Change the file, back it up, and return the report."""
        for edit in edits:
            self.data = edited(self.data, [edit], len(self.was))
        self.path.write_bytes(self.data)
        report = self.vault.run(self.top, **how)
        self.was[len(self.was) + 1] = self.data
        return report

    def check(self, *gone: int) -> None:
        for number, data in self.was.items():
            if number not in gone:
                assert self.vault.flat(number) == {b"file-of-mine": data}

    def content(self, number: int) -> StoredContent:
        """Return what the file of set *number* is kept as."""
        with self.vault.reader() as reader:
            [root] = reader.roots(number)
            entry = reader.child(root.directory, number, b"file-of-mine")
            assert entry is not None and entry.content is not None
            return reader.contents([entry.content])[entry.content]


@pytest.fixture
def changing(vault: Vault, tmp_path: Path) -> Changing:
    return Changing(vault, tmp_path / "tree-of-mine")


def rules(vault: Vault, **values: Any) -> None:
    vault.change(deltas=replace(DeltaRules(), **values))


def rows(vault: Vault, query: str) -> list[Any]:
    with closing(sqlite3.connect(vault.base / CLIENT_NAME / "tardis.db")) as db:
        return db.execute(query).fetchall()


SMALL_EDIT = ("overwrite", 0.5, 1000)
LARGE_EDIT = ("insert", 0.3, 600_000)


@pytest.mark.parametrize("codec", [0, 1])
def test_a_change_costs_its_change_and_comes_back(changing: Changing, codec: int) -> None:
    changing.run(codec=codec)
    before = len(changing.vault.wire)
    report = changing.run(SMALL_EDIT, codec=codec)
    assert (report.files_delta, report.files_new, report.problems) == (1, 0, [])
    assert len(changing.vault.wire) - before < 60_000
    small = changing.content(2)
    assert small.pack is not None and small.stored < 20_000 and small.chain == 1
    changing.run(LARGE_EDIT, codec=codec)
    large = changing.content(3)
    assert large.pack is None and 600_000 < large.stored < 700_000 and large.chain == 2
    assert (small.cipher, large.cipher) == (SEALED, SEALED)
    changing.check()


def test_any_part_of_one_can_be_read(changing: Changing) -> None:
    changing.run()
    changing.run(SMALL_EDIT)
    changing.run(LARGE_EDIT)
    with changing.vault.reader() as reader, closing(reader.open(changing.content(3))) as opened:
        for offset in (0, 5, (1 << 20) - 3, SIZE // 2 - 10, SIZE + 599_990):
            assert opened.read_at(offset, 100) == changing.data[offset : offset + 100]


def test_the_newest_version_alone_has_a_signature(changing: Changing) -> None:
    for number in range(1, 4):
        changing.run(SMALL_EDIT)
        assert rows(changing.vault, "SELECT content FROM signatures") == [(number,)]


def test_thirty_generations_come_back_and_no_chain_is_too_long(changing: Changing) -> None:
    changing.data = noise(200_000)
    whole, runs = 0, counts(8, 30)
    for number in range(runs):
        report = changing.run(("overwrite", number / 31, 500))
        whole += report.files_new
    assert whole == -(-runs // 6)  # one, and five deltas on it
    assert {changing.content(number).chain for number in range(1, runs + 1)} == set(range(6))
    changing.check()


@pytest.mark.parametrize(
    "wish", [{"saves_full": True}, {"max_chain": 0}, {"max_change_percent": 0}]
)
def test_where_no_delta_is_to_be_kept_none_is_sent(
    changing: Changing, wish: dict[str, Any]
) -> None:
    rules(changing.vault, **wish)
    changing.run()
    report = changing.run(("insert", 0.5, 1000))
    assert (report.files_delta, report.files_new) == (0, 1)
    changing.check()


def test_what_is_kept_in_packs_comes_whole(changing: Changing) -> None:
    changing.data = noise(120_000)
    changing.run()
    assert changing.run(SMALL_EDIT).files_delta == 0
    assert rows(changing.vault, "SELECT count(*) FROM signatures") == [(0,)]


def test_a_delta_that_does_not_pay_is_given_up(changing: Changing) -> None:
    changing.run()
    changing.data = noise(SIZE, 99)
    report = changing.run()
    assert (report.files_delta, report.files_new) == (0, 1)
    changing.check()


def test_a_full_run_has_what_was_a_delta_sent_whole(changing: Changing) -> None:
    changing.run()
    changing.run(SMALL_EDIT)
    report = changing.run(is_full=True)
    assert (report.files_new, report.files_delta) == (1, 0)
    assert changing.content(3).basis is None
    assert changing.content(2) == changing.content(3)
    changing.check()
    assert changing.run(SMALL_EDIT).files_delta == 1


def purge(vault: Vault, *numbers: int) -> Any:
    writer = open_writer(vault.place, CLIENT_NAME, Claim("a test"), Flushers())
    try:
        return prune(writer, list(numbers))
    finally:
        writer.close()


SHRUNK = ("delete", 0.1, 1_400_000)


def test_a_chain_that_stands_on_too_much_is_refreshed_by_the_client(changing: Changing) -> None:
    changing.run()
    changing.run(SHRUNK)
    done = purge(changing.vault, 1)
    assert done.flattened == 0 and changing.content(2).chain == 1
    changing.check(1)
    report = changing.vault.run(changing.top)  # it did not change
    assert report.files_new == 1 and changing.content(2).basis is None
    report = changing.vault.run(changing.top)
    assert (report.files_new, report.files_known) == (0, 0)
    freed = purge(changing.vault, 3)
    assert (freed.contents, freed.files) == (1, 1)
    changing.check(1)


def test_a_refresh_that_was_cut_off_harms_nothing(changing: Changing) -> None:
    changing.run()
    changing.run(SHRUNK)
    purge(changing.vault, 1)
    seen: list[int] = []

    def cut(data: bytes) -> bytes:
        seen.append(len(data))
        return b"" if sum(seen) > 1_000_000 else data

    with pytest.raises(TardisError):
        changing.vault.run(changing.top, change=cut)
    assert changing.content(2).chain == 1
    changing.check(1)
    assert changing.vault.run(changing.top).files_new == 1
    assert changing.content(2).basis is None
    changing.check(1)


def spoil(path: Path, position: int) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)
        file.seek(position)
        file.write(bytes((byte[0] ^ 1,)))


def file_of(vault: Vault, content: StoredContent) -> Path:
    layout = vault.place.layout(CLIENT_NAME)
    if content.pack is not None:
        return Path(layout.pack(content.pack))
    return Path(layout.large(content.digest, content.place))


def signature_place(vault: Vault) -> tuple[Path, int, int]:
    [(pack, place, stored)] = rows(vault, "SELECT pack, place, stored FROM signatures")
    return Path(vault.place.layout(CLIENT_NAME).pack(pack)), place + HEADER.size, stored


def test_a_damaged_signature_only_costs_the_delta(changing: Changing) -> None:
    changing.run()
    path, place, _ = signature_place(changing.vault)
    spoil(path, place + 500)
    report = changing.run(SMALL_EDIT)
    assert (report.files_delta, report.files_new, report.problems) == (0, 1, [])
    changing.check()


def test_a_forged_signature_is_an_alarm_and_the_file_goes_whole(
    changing: Changing, tmp_path: Path
) -> None:
    """It is whole by its checksum, and was made with other keys."""
    changing.run()
    stranger = Changing(Vault(tmp_path / "theirs"), tmp_path / "another")
    stranger.run()
    path, place, stored = signature_place(stranger.vault)
    forged = path.read_bytes()[place : place + stored]
    path, place, _ = signature_place(changing.vault)
    with path.open("r+b") as file:
        file.seek(place)
        file.write(forged)
    report = changing.run(SMALL_EDIT)
    assert (report.files_delta, report.files_new) == (0, 1)
    [problem] = report.problems
    assert "not ours" in problem.reason and problem.path == bytes(changing.path)
    changing.check()


def test_the_server_checks_deltas_and_signatures_without_a_key(changing: Changing) -> None:
    changing.run()
    changing.run(SMALL_EDIT)
    changing.run(LARGE_EDIT)
    layout = changing.vault.place.layout(CLIENT_NAME)
    for number in (2, 3):
        content = changing.content(number)
        data = file_of(changing.vault, content).read_bytes()
        record = parse_header(data[content.place if content.pack is not None else 0 :])
        assert (record.kind, record.cipher) == (Kind.DELTA, SEALED)
        assert record.size == content.size == len(changing.was[number])
        with open_scrub(layout) as scrub:
            scrub.structure()
            read_data(scrub, Reading(processes=1, anew=True), Observer())
            assert not scrub.done.at(Level.DAMAGE)
        begin = (content.place if content.pack is not None else 0) + HEADER.size
        spoil(file_of(changing.vault, content), begin + content.stored // 2)
        with open_scrub(layout) as scrub:
            scrub.structure()
            read_data(scrub, Reading(processes=1, anew=True), Observer())
            found = [one for level in scrub.done.at(Level.DAMAGE) for one in level.contents]
        assert content.id in found
        spoil(file_of(changing.vault, content), begin + content.stored // 2)


def changed_bytes(changing: Changing, number: int, step: int) -> None:
    """Flip every *step*-th byte of what the file of a set is kept as: all are refused."""
    content = changing.content(number)
    path = file_of(changing.vault, content)
    begin = content.place if content.pack is not None else 0
    whole = path.read_bytes()
    with changing.vault.reader() as reader:
        for position in range(begin, begin + HEADER.size + content.stored, step):
            spoil(path, position)
            with pytest.raises(IntegrityError), closing(reader.open(content)) as opened:
                b"".join(opened.chunks())
            spoil(path, position)
    assert path.read_bytes() == whole


def test_every_changed_byte_is_noticed(changing: Changing) -> None:
    changing.data = noise(200_000)
    changing.run()
    changing.run(("overwrite", 0.5, 20))
    changed_bytes(changing, 2, 37)
    changing.check()


def test_what_was_swapped_is_refused(changing: Changing) -> None:
    for edit in (SMALL_EDIT, ("insert", 0.1, 150_000), ("insert", 0.8, 150_000)):
        changing.run(edit)
    one, other = (file_of(changing.vault, changing.content(number)) for number in (2, 3))
    data = one.read_bytes(), other.read_bytes()
    for mixed in (data[1], data[0][: HEADER.size] + data[1][HEADER.size :]):
        one.write_bytes(mixed)
        with pytest.raises(IntegrityError):
            changing.vault.flat(2)
    one.write_bytes(data[0])
    changing.check()


def test_another_basis_is_refused(changing: Changing) -> None:
    """Also where catalog and header agree on it, and all sizes fit."""
    changing.run()
    changing.run(("overwrite", 0.5, 1000))
    changing.run(("overwrite", 0.2, 1000))
    with closing(sqlite3.connect(changing.vault.base / CLIENT_NAME / "tardis.db")) as db:
        db.execute("UPDATE contents SET basis = 1, chain = 1 WHERE id = 3")
        db.commit()
    content = changing.content(3)
    path = file_of(changing.vault, content)
    data = bytearray(path.read_bytes())
    header = parse_header(bytes(data[content.place :]))
    first = changing.content(1).digest
    fresh = pack_header(
        Kind.DELTA, header.codec, header.size, header.digest, header.stored, first, SEALED
    )
    data[content.place : content.place + HEADER.size] = fresh
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="changed, or belong elsewhere"):
        changing.vault.flat(3)


def test_while_something_is_damaged_files_come_whole(changing: Changing) -> None:
    changing.run()
    changing.run(SMALL_EDIT)
    with closing(sqlite3.connect(changing.vault.base / CLIENT_NAME / "tardis.db")) as db:
        db.execute("UPDATE contents SET is_damaged = 1 WHERE id = 1")
        db.commit()
    assert changing.run(SMALL_EDIT).files_delta == 0


def test_a_file_is_forgotten_and_what_stood_on_it_stays(changing: Changing) -> None:
    changing.run()
    other = changing.top / "copy-of-mine"
    changing.path.rename(other)
    changing.data = edited(changing.data, [SMALL_EDIT])
    other.write_bytes(changing.data)
    report = changing.vault.run(changing.top)
    assert report.files_delta == 1
    ring = changing.vault.ring()
    path = Seals(ring).names.seal_path(bytes(changing.path))
    writer = open_writer(changing.vault.place, CLIENT_NAME, Claim("a test"), Flushers())
    try:
        done = forget_paths(writer, [path], lambda plan: True, ring)
    finally:
        writer.close()
    assert done is not None and (done.contents, done.lost) == (1, 0)
    assert changing.vault.flat(1) == {}
    assert changing.vault.flat(2) == {b"copy-of-mine": changing.data}
    assert os.path.getsize(other) == SIZE
