"""Encrypted classic backups, end to end: they come back, and the server learns nothing of them."""

import gzip
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import AuthenticationError, IntegrityError, Observer, StoredContent, TardisError
from tardis.store import Level, Reading, open_scrub, read_data
from tardis.store.meta import read_meta
from tests.crypto.test_envelope import by_openssl
from tests.delta.shapes import noise
from tests.server.test_sealed import BLOCK, LARGE, on_disk
from tests.server.test_sealed import tree as tree  # noqa: PLC0414 - a fixture
from tests.server.vault import PASSWORD, Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "base", "classic")


def contents(vault: Vault) -> list[StoredContent]:
    with vault.reader() as reader:
        return list(reader.contents(range(1, 50)).values())


def file_of(vault: Vault, content: StoredContent) -> Path:
    layout = vault.place.layout("box").of_scheme("classic")
    return Path(layout.large(content.digest, content.place))


def read(vault: Vault, content: StoredContent) -> bytes:
    with vault.reader() as reader, closing(reader.open(content)) as opened:
        return b"".join(opened.chunks())


@pytest.mark.parametrize("codec", [0, 1])
def test_what_was_encrypted_comes_back(vault: Vault, tree: Path, codec: int) -> None:
    report = vault.run(tree, codec=codec)
    assert not report.problems
    assert vault.flat(1) == on_disk(tree)
    with vault.reader() as reader:
        [root] = reader.roots(1)
        assert root.path == bytes(tree)
        found = reader.child(root.directory, 1, b"diary-of-mine.txt")
        assert found is not None and found.content is not None
        assert reader.names_of(found.content) == [b"diary-of-mine.txt"]
        [backup] = reader.sets()
        assert backup.command_line == b"tardis --of-mine"
        assert reader.owners(1)[False, os.getuid()] == b"root" or os.getuid()
    assert not (vault.base / "box" / "packs").exists()


def test_contents_are_documented_objects(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    ring, found = vault.ring(), set()
    for content in contents(vault):
        path = file_of(vault, content)
        stored = path.read_bytes()
        plain = by_openssl(ring.content, stored)
        found.add(plain)
        told = read_meta(str(path))
        assert (told.digest, told.size, told.stored) == (content.digest, len(plain), len(stored))
        assert (content.cipher, content.stored) == (1, len(stored))
    on_top = {
        one for one in on_disk(tree).values() if isinstance(one, bytes) and one != b"target-of-mine"
    }
    assert found == on_top - {"directory"}
    lines = (vault.base / "box" / "tardis.journal").read_text().splitlines()[1:]
    assert all(line.split(":")[2] == "1" for line in lines) and len(lines) == len(found)


def test_nothing_of_it_is_found_anywhere(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    (tree / "later-of-mine").write_bytes(b"c" + BLOCK)
    vault.run(tree)
    seen = vault.seen()
    for copy in vault.base.rglob("*.gz"):
        seen += gzip.decompress(copy.read_bytes())
    with closing(sqlite3.connect(vault.base / "box" / "tardis.db")) as db:
        seen += "\n".join(db.iterdump()).encode()
    ring = vault.ring()
    hidden = [b"of-mine", BLOCK[:32], LARGE[:16], LARGE[-16:], LARGE[1 << 20 : (1 << 20) + 16]]
    hidden += [PASSWORD, ring.content, ring.names, ring.digest, bytes(tree)]
    for secret in [*hidden, *(one.hex().encode() for one in hidden)]:
        assert secret not in seen, secret[:40]


def test_what_did_not_change_is_neither_listed_nor_sent(vault: Vault, tree: Path) -> None:
    for number in range(300):
        (tree / f"many-{number}").write_bytes(b"%d" % number)
    vault.run(tree)
    before = len(vault.wire)
    report = vault.run(tree)
    assert report.files_new == report.files_known == 0
    assert len(vault.wire) - before < 6000
    (tree / "many-77").rename(tree / "moved-77")
    (tree / "many-78").write_bytes(b"another")
    report = vault.run(tree)
    assert (report.files_new, report.files_known) == (1, 1)
    assert vault.flat(3) == on_disk(tree)
    assert b"many-77" in vault.flat(2)


def test_links_and_attributes_that_did_not_change_open_no_rows(vault: Vault, tree: Path) -> None:
    """They are sealed the same each time, so the server sees that they are the same."""
    os.setxattr(tree / "diary-of-mine.txt", "user.mood", b"good")
    vault.run(tree)
    (tree / "fresh").write_bytes(b"x")
    vault.run(tree)
    with closing(sqlite3.connect(vault.base / "box" / "tardis.db")) as db:
        rows = db.execute("SELECT count(*) FROM entries WHERE first_set = 2").fetchone()
    assert rows == (1,)
    with vault.reader() as reader:
        [root] = reader.roots(2)
        found = reader.child(root.directory, 2, b"diary-of-mine.txt")
        assert found is not None and b"good" in (found.xattrs or b"")


def test_without_the_password_there_are_sets_and_no_more(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    with vault.reader(is_open=False) as reader:
        assert [one.is_complete for one in reader.sets()] == [True]
        for asked in (
            lambda: reader.roots(1),
            lambda: list(reader.children(1, 1)),
            lambda: reader.open(reader.contents([1])[1]),
        ):
            with pytest.raises(AuthenticationError, match="its password was not given"):
                asked()
    with pytest.raises(AuthenticationError):
        vault.run(tree, password=b"wrong")


def test_every_changed_byte_is_noticed(vault: Vault, tree: Path) -> None:
    (tree / "diary-of-mine.txt").write_bytes(b"a small one")
    vault.run(tree)
    small, large = (
        next(one for one in contents(vault) if one.size == size) for size in (11, len(LARGE))
    )
    with vault.reader() as reader:
        for content, step in ((small, 1), (large, 199_991)):
            path = file_of(vault, content)
            whole = path.read_bytes()
            for position in range(0, len(whole), step):
                with path.open("r+b") as file:
                    file.seek(position)
                    file.write(bytes((whole[position] ^ 0x20,)))
                with pytest.raises(IntegrityError), closing(reader.open(content)) as opened:
                    opened.read_at(0, 1)
                path.write_bytes(whole)
    assert read(vault, large) == LARGE


def test_objects_that_were_swapped_are_refused(vault: Vault, tree: Path) -> None:
    (tree / "second-of-mine").write_bytes(noise(len(LARGE)))
    vault.run(tree)
    one, other = (item for item in contents(vault) if item.size == len(LARGE))
    data = file_of(vault, other).read_bytes()
    file_of(vault, one).write_bytes(data)
    match = pytest.raises(IntegrityError, match="does not match its digest")
    with vault.reader() as reader, closing(reader.open(one)) as opened, match:
        opened.read_at(0, 1)


def test_any_part_of_a_large_content_can_be_read(vault: Vault, tree: Path) -> None:
    vault.run(tree, codec=1)
    with vault.reader() as reader:
        for content in reader.contents(range(1, 50)).values():
            with closing(reader.open(content)) as opened:
                whole = b"".join(opened.chunks())
                for offset in (0, 5, content.size // 2, max(0, content.size - 2)):
                    assert opened.read_at(offset, 100) == whole[offset : offset + 100]


def test_bytes_that_were_changed_on_the_way_are_refused(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    (tree / "large-too").write_bytes(LARGE[:-1])
    spoiled: list[int] = []

    def spoil(data: bytes) -> bytes:
        if len(data) > 60_000 and not spoiled:
            spoiled.append(1)
            return data[:50_000] + bytes((data[50_000] ^ 1,)) + data[50_001:]
        return data

    with pytest.raises(TardisError, match="checksum"):
        vault.run(tree, change=spoil)
    assert spoiled
    vault.run(tree)
    assert vault.flat(2) == on_disk(tree)


def test_damage_is_found_without_a_key(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    layout = vault.place.layout("box")
    with open_scrub(layout) as scrub:
        scrub.structure()
        read_data(scrub, Reading(processes=1), Observer())
        assert not scrub.done.findings
    hurt = contents(vault)[2]
    path = file_of(vault, hurt)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with open_scrub(layout) as scrub:
        scrub.structure()
        assert not scrub.done.findings
        read_data(scrub, Reading(processes=1, anew=True), Observer())
        found = [number for one in scrub.done.at(Level.DAMAGE) for number in one.contents]
    assert found == [hurt.id]
