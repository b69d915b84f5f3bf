"""Encrypted backups, end to end: they come back, and the server learns nothing of them."""

import gzip
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import OVERHEAD, KeysFile, Seals, Stretched, check_piece, unwrap
from tardis.crypto.keys import KeyRing
from tardis.model import (
    AuthenticationError,
    IntegrityError,
    Observer,
    StoredContent,
    TardisError,
)
from tardis.store import Level, Reading, open_scrub, read_data
from tardis.store.records import HEADER, SEALED, Kind, parse_header
from tests.crypto.slots import FLOOR, IDENTITY, MASTER
from tests.server.vault import PASSWORD, Vault, quick

BLOCK = b"contents-of-mine " * 500
LARGE = random.Random(3).randbytes(2_500_000)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "base")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree-of-mine"
    inner = top / "folder-of-mine"
    inner.mkdir(parents=True)
    (top / "diary-of-mine.txt").write_bytes(BLOCK)
    (top / "empty-of-mine").write_bytes(b"")
    (inner / "large-of-mine").write_bytes(LARGE)
    (inner / "other-of-mine").write_bytes(b"b" + BLOCK)
    (top / "link-of-mine").symlink_to("target-of-mine")
    with (top / "holes-of-mine").open("wb") as file:
        file.truncate(5 << 20)
        file.seek(2 << 20)
        file.write(BLOCK)
    (top / b"odd\xff\n-of-mine".decode("utf-8", "surrogateescape")).write_bytes(b"odd")
    return top


def on_disk(top: Path) -> dict[bytes, object]:
    found: dict[bytes, object] = {}
    for path in top.rglob("*"):
        name = bytes(path.relative_to(top))
        if path.is_symlink():
            found[name] = os.fsencode(path.readlink())
        else:
            found[name] = path.read_bytes() if path.is_file() else "directory"
    return found


@pytest.mark.parametrize("codec", [0, 1])
def test_what_was_encrypted_comes_back(vault: Vault, tree: Path, codec: int) -> None:
    report = vault.run(tree, codec=codec)
    assert not report.problems
    assert vault.flat(1) == on_disk(tree)
    with vault.reader() as reader:
        [root] = reader.roots(1)
        assert root.path == bytes(tree)
        assert [one.name for one in root.ancestors] == bytes(tree).split(b"/")[1:]
        found = reader.child(root.directory, 1, b"diary-of-mine.txt")
        assert found is not None and found.content is not None
        assert reader.child(root.directory, 1, b"none") is None
        assert reader.names_of(found.content) == [b"diary-of-mine.txt"]
        [version] = reader.versions(root.directory, b"diary-of-mine.txt", 1, 1)
        assert version == found
        assert reader.holding(found.content) == [(root.directory, found)]
        assert {name for name, _ in reader.names(root.directory, 1)} == {
            os.fsencode(one) for one in os.listdir(tree)
        }
        assert list(reader.history(root.directory, 1, 1)).count(found) == 1
        [backup] = reader.sets()
        assert backup.command_line == b"tardis --of-mine"
        assert b"config-of-mine" in backup.client_config
        assert reader.owners(1)[False, os.getuid()] == b"root" or os.getuid()
        assert reader.unsettled(1) == []


def test_nothing_of_it_is_found_anywhere(vault: Vault, tree: Path) -> None:
    with_attribute = tree / "diary-of-mine.txt"
    try:
        os.setxattr(with_attribute, "user.name-of-mine", b"value-of-mine")
    except OSError:
        pytest.skip("no extended attributes here")
    vault.run(tree)
    (tree / "later-of-mine").write_bytes(b"c" + BLOCK)
    (tree / "folder-of-mine" / "large-of-mine").write_bytes(LARGE + b"more-of-mine")
    assert vault.run(tree).files_delta == 1
    with vault.reader() as reader:
        [root] = reader.roots(2)
        entry = reader.child(root.directory, 2, b"diary-of-mine.txt")
        assert entry is not None and b"value-of-mine" in (entry.xattrs or b"")
    seen = vault.seen()
    for copy in vault.base.rglob("*.gz"):
        seen += gzip.decompress(copy.read_bytes())
    with closing(sqlite3.connect(vault.base / "box" / "tardis.db")) as db:
        seen += "\n".join(db.iterdump()).encode()
    hidden = [b"of-mine", BLOCK[:32], LARGE[:16], LARGE[-16:], LARGE[1 << 20 : (1 << 20) + 16]]
    ring = vault.ring()
    hidden += [PASSWORD, ring.content, ring.names, ring.digest, bytes(tree)]
    hidden += [secret.hex().encode() for secret in hidden]
    for secret in hidden:
        assert secret not in seen, secret[:40]
        assert secret.upper() not in seen or secret.upper() == secret


def test_what_did_not_change_is_neither_listed_nor_sent(vault: Vault, tree: Path) -> None:
    for number in range(1100):
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


def test_a_directory_that_is_read_in_ranges_comes_back(
    vault: Vault, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tardis.scan.walker.LARGE", 500)
    for number in range(1300):
        (tree / f"many-{number}").write_bytes(b"%d" % number)
    vault.run(tree)
    assert vault.run(tree).files_new == 0
    (tree / "many-1").unlink()
    vault.run(tree)
    assert vault.flat(3) == on_disk(tree)


def test_a_single_file_can_be_a_root(vault: Vault, tree: Path) -> None:
    vault.run(tree / "diary-of-mine.txt")
    with vault.reader() as reader:
        [root] = reader.roots(1)
        assert root.name == b"diary-of-mine.txt"
        found = reader.child(root.directory, 1, b"diary-of-mine.txt")
        assert found is not None and found.size == len(BLOCK)


def test_two_backups_of_one_tree_have_nothing_in_common(tmp_path: Path, tree: Path) -> None:
    vaults = [Vault(tmp_path / name) for name in ("one", "two")]
    digests = []
    for vault in vaults:
        vault.run(tree)
        with closing(sqlite3.connect(vault.base / "box" / "tardis.db")) as db:
            names = db.execute("SELECT name FROM entries UNION SELECT digest FROM contents")
            digests.append({row[0] for row in names})
    assert digests[0].isdisjoint(digests[1])


def test_without_the_password_there_are_sets_and_no_more(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    with vault.reader(is_open=False) as reader:
        [backup] = reader.sets()
        assert backup.is_complete and backup.command_line == b""
        assert reader.repository().digest_key == b""
        for asked in (
            lambda: reader.roots(1),
            lambda: list(reader.children(1, 1)),
            lambda: list(reader.names(1, 1)),
            lambda: reader.child(1, 1, b"x"),
            lambda: reader.owners(1),
            lambda: reader.names_of(1),
            lambda: reader.open(reader.contents([1])[1]),
        ):
            with pytest.raises(AuthenticationError, match="its password was not given"):
                asked()


def test_other_keys_open_nothing(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    wrong = KeyRing.of(MASTER, IDENTITY)
    with closing(type(vault.reader())(vault.place.layout("box"), wrong)) as reader:
        with pytest.raises(IntegrityError):
            reader.roots(1)
        with pytest.raises(IntegrityError):
            reader.open(reader.contents([1])[1])


def contents(vault: Vault) -> list[StoredContent]:
    with vault.reader() as reader:
        return list(reader.contents(range(1, 50)).values())


def read(vault: Vault, content: StoredContent) -> bytes:
    with vault.reader() as reader, closing(reader.open(content)) as opened:
        return b"".join(opened.chunks())


def file_of(vault: Vault, content: StoredContent) -> Path:
    layout = vault.place.layout("box")
    if content.pack is not None:
        return Path(layout.pack(content.pack))
    return Path(layout.large(content.digest, content.place))


def one_of(vault: Vault, *, is_large: bool) -> StoredContent:
    return next(
        one
        for one in contents(vault)
        if (one.pack is None) is is_large and not one.has_holes and one.size > 3
    )


@pytest.mark.parametrize("is_large", [False, True])
def test_every_changed_byte_is_noticed(vault: Vault, tree: Path, is_large: bool) -> None:
    (tree / "diary-of-mine.txt").write_bytes(b"a small one")
    (tree / "folder-of-mine" / "other-of-mine").unlink()
    (tree / "odd").write_bytes(b"")
    vault.run(tree)
    content = next(
        one for one in contents(vault) if (one.size == len(LARGE) if is_large else one.size == 11)
    )
    path = file_of(vault, content)
    begin = content.place if content.pack is not None else 0
    end = begin + HEADER.size + content.stored
    whole = path.read_bytes()
    with vault.reader() as reader:
        for position in range(begin, end, 99_991 if is_large else 1):
            with path.open("r+b") as file:
                file.seek(position)
                file.write(bytes((whole[position] ^ 0x20,)))
            with pytest.raises(IntegrityError), closing(reader.open(content)) as opened:
                b"".join(opened.chunks())
            with path.open("r+b") as file:
                file.seek(position)
                file.write(whole[position : position + 1])
    assert len(read(vault, content)) == content.size


def test_a_content_that_was_cut_or_swapped_is_refused(vault: Vault, tree: Path) -> None:
    (tree / "second-of-mine").write_bytes(LARGE[::-1])
    vault.run(tree)
    one, other = (item for item in contents(vault) if item.size == len(LARGE))
    paths = [file_of(vault, item) for item in (one, other)]
    data = [path.read_bytes() for path in paths]
    for length in (0, 95, 96, 1 << 20, len(data[0]) - 1):
        paths[0].write_bytes(data[0][:length])
        with pytest.raises(IntegrityError):
            read(vault, one)
    for swapped in (
        data[1],
        data[0][: HEADER.size] + data[1][HEADER.size :],
        data[1][: HEADER.size] + data[0][HEADER.size :],
    ):
        paths[0].write_bytes(swapped)
        with pytest.raises(IntegrityError):
            read(vault, one)
    piece = OVERHEAD + (1 << 20)
    first, second = (
        slice(HEADER.size + at * piece, HEADER.size + (at + 1) * piece) for at in (0, 1)
    )
    changed = bytearray(data[0])
    changed[first], changed[second] = data[0][second], data[0][first]
    paths[0].write_bytes(changed)
    with pytest.raises(IntegrityError):
        read(vault, one)
    paths[0].write_bytes(data[0])
    assert read(vault, one) in (LARGE, LARGE[::-1])


def test_any_part_of_a_large_content_can_be_read(vault: Vault, tree: Path) -> None:
    vault.run(tree, codec=1)
    with vault.reader() as reader:
        for content in reader.contents(range(1, 50)).values():
            if content.pack is not None:
                continue
            with closing(reader.open(content)) as opened:
                whole = b"".join(opened.chunks())
                for offset in (0, 5, (1 << 20) - 3, (2 << 20) + 1, content.size - 2):
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
    with vault.reader() as reader:
        assert [one.is_complete for one in reader.sets()] == [True, False]
    vault.run(tree)
    assert vault.flat(2) == on_disk(tree)


def test_the_server_can_check_all_it_holds_without_a_key(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    for content in contents(vault):
        data = file_of(vault, content).read_bytes()
        begin = content.place if content.pack is not None else 0
        record = parse_header(data[begin:])
        assert (record.kind, record.cipher, content.cipher) == (Kind.DATA, SEALED, SEALED)
        if content.pack is not None:
            check_piece(data[begin + HEADER.size : begin + HEADER.size + content.stored])


def test_damage_is_found_without_a_key(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    with open_scrub(vault.place.layout("box")) as scrub:
        scrub.structure()
        read_data(scrub, Reading(processes=1), Observer())
        assert not scrub.done.at(Level.DAMAGE)
    for is_large in (False, True):
        content = one_of(vault, is_large=is_large)
        begin = (content.place if content.pack is not None else 0) + HEADER.size
        with file_of(vault, content).open("r+b") as file:
            file.seek(begin + content.stored // 2)
            byte = file.read(1)
            file.seek(begin + content.stored // 2)
            file.write(bytes((byte[0] ^ 1,)))
        with open_scrub(vault.place.layout("box")) as scrub:
            scrub.structure()
            read_data(scrub, Reading(processes=1, anew=True), Observer())
            found = [number for one in scrub.done.at(Level.DAMAGE) for number in one.contents]
        assert content.id in found


def test_the_head_of_a_pack_and_the_password_bring_contents_back(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    pack = file_of(vault, one_of(vault, is_large=False)).read_bytes()
    head = parse_header(pack)
    assert head.kind == Kind.KEYS
    keys = KeysFile.parse(pack[HEADER.size : HEADER.size + head.stored], "the pack")
    [slot] = keys.slots
    known = Stretched.of(quick(PASSWORD, slot.salt, FLOOR))
    seals = Seals(KeyRing.of(unwrap(slot, known, keys.repository.id), keys.repository.id))
    found, at = [], HEADER.size + head.stored
    while at < len(pack):
        at += -at % 4096 if pack[at : at + 4] != b"TdR1" else 0
        if at >= len(pack):
            break
        record = parse_header(pack[at:])
        at += HEADER.size
        piece = pack[at : at + record.stored]
        if record.kind == Kind.DATA:
            data = seals.open_small(record.codec, record.size, record.digest, piece)
            found.append(data)
        at += record.stored
    assert BLOCK in found and b"b" + BLOCK in found


def test_what_is_encrypted_stays_so(vault: Vault, tree: Path) -> None:
    vault.run(tree)
    with pytest.raises(AuthenticationError):
        vault.run(tree, password=b"wrong")
    assert vault.flat(1) == on_disk(tree)
