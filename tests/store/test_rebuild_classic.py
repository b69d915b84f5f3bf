"""The catalog of a classic store is made anew from its manifests and what lies beside contents."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.model import CLASSIC, IntegrityError, StoreError
from tardis.store import DeltaKeeper, copy_catalog, prune
from tardis.store.keys import read_keys
from tardis.store.meta import meta_text, parse_meta
from tardis.store.rebuild_classic import read_classic, scan_classic
from tardis.store.rebuild_scan import SET, Found, Manifest
from tardis.store.records import HAS_HOLES
from tests import collisions
from tests.store.test_rebuild import check, facts, history, lose, recover, survey
from tests.store.test_streamed import put_sparse
from tests.store.workshop import Workshop, fill, put_large, row


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "classic", scheme=CLASSIC).create()


def scanned(shop: Workshop) -> list[Found]:
    found: list[Found] = []
    scan_classic(shop.layout, found.extend)
    return found


def test_all_that_the_catalog_knows_is_found(shop: Workshop) -> None:
    history(shop, 3)
    found: list[Found] = []
    scan = scan_classic(shop.layout, found.extend)
    places = set(shop.rows("SELECT digest, codec, size, stored, place FROM contents"))
    assert {(one[0], one[2], one[4], one[5], one[9]) for one in found} == places
    named = shop.rows("SELECT backup_set, place, stored, sequence FROM manifests ORDER BY 1, 2")
    assert [(one.pack, one.place, one.stored, one.sequence) for one in scan.manifests] == named
    assert [one.mark for one in scan.manifests] == ["", SET] * 3 and scan.unreadable == 0


def test_everything_comes_back_without_any_copy(shop: Workshop) -> None:
    made = history(shop, 5)
    before = facts(shop)
    lose(shop)
    found, done = recover(shop)
    assert (found.fault, found.gap, done.missing) == ("it is gone", None, 0)
    check(shop, made)
    assert facts(shop) == before
    made[shop.run({b"x": b"new"}, name="after").number] = {b"x": b"new"}
    check(shop, made)
    assert survey(shop).is_whole


def test_a_copy_is_begun_with_and_sets_that_were_removed_do_not_come_back(shop: Workshop) -> None:
    made = history(shop, 4)
    with closing(shop.writer()) as writer:
        copy_catalog(writer.layout, 3)
    for number in (1, 3):
        with closing(shop.writer()) as writer:
            prune(writer, [number])
        del made[number]
    made[shop.run({b"last": b"one"}, name="last").number] = {b"last": b"one"}
    for copies in (False, True):
        lose(shop, copies=copies)
        assert recover(shop)[1].sets == (2, 4, 5)
        check(shop, made)


def test_deltas_are_found_again(shop: Workshop) -> None:
    old = bytes(range(256)) * 1200
    new = old[:100_000] + b"changed" + old[100_000:]
    with shop.running(name="one") as writer, closing(DeltaKeeper(writer)) as keeper:
        fill(writer, {b"old": b"a name", b"a": b"alpha"})
        basis_id = put_large(writer, old)
        writer.drain()
        basis = writer.ask.content(basis_id)
        assert basis is not None
        upload = keeper.begin_delta(basis)
        copy = b"\x47" + bytes(1) + (100_000).to_bytes(4, "big")
        rest = b"\x4f" + (100_000).to_bytes(4, "big") + (len(old) - 100_000).to_bytes(4, "big")
        delta = b"rs\x026" + copy + b"\x07changed" + rest + b"\0"
        upload.add(0, len(delta), delta)
        content = keeper.keep_delta(upload, digest(writer.key, new), len(new), basis)
        listed = (0o100644, 1, 1, len(new), 5, 6, 7, 8, 1, 98, 1, 0)
        writer.group.opened.append((1, b"new", *listed, None, content, None, 1, 0, None))
        shop.complete(writer)
    lose(shop)
    assert recover(shop)[1].missing == 0
    check(shop, {1: {b"old": b"a name", b"a": b"alpha", b"new": new}})
    assert shop.rows("SELECT chain FROM contents WHERE basis IS NOT NULL") == [(1,)]


def test_a_file_with_holes_is_restored_with_holes(shop: Workshop) -> None:
    data = b"an island".ljust(4096, b".") + bytes(3 << 20)
    with shop.running(name="one") as writer:
        fill(writer, {b"a": b"alpha"})
        put_large(writer, data)
        writer.drain()
        shop.complete(writer)
    name = shop.rows("SELECT digest FROM contents WHERE size > 100000")[0][0]
    path = shop.layout.large(name, 0)
    with open(path, "r+b") as file:
        file.truncate(4096)
        file.truncate(len(data))
    (flags,) = (one[7] for one in scanned(shop) if one[4] == len(data))
    assert flags == HAS_HOLES


@pytest.mark.parametrize("spoil", ["text", "missing", "short", "codec"])
def test_a_meta_that_is_no_good_counts_as_a_missing_content(shop: Workshop, spoil: str) -> None:
    history(shop, 2)
    meta = sorted(shop.home.glob("??/??/*.meta"))[0]
    told = json.loads(meta.read_text())
    match spoil:
        case "text":
            meta.write_text("{")
        case "missing":
            meta.unlink()
        case "short":
            told["disksize"] += 1
            meta.write_text(json.dumps(told))
        case "codec":
            meta.write_text(json.dumps(told | {"compression": "magic"}))
    count = len(scanned(shop))
    lose(shop)
    assert recover(shop)[1].missing == 1
    assert count == shop.rows("SELECT count(*) FROM contents WHERE NOT is_damaged")[0][0]


def test_a_damaged_manifest_is_told(shop: Workshop) -> None:
    history(shop, 3)
    one = Manifest(2, 0, 0, 2, 0, "")
    path = Path(shop.layout.manifest(2, 0))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(IntegrityError):
        read_classic(shop.layout, one)
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_classic(shop.layout, one._replace(place=77))
    assert scan_classic(shop.layout, lambda rows: None).unreadable == 1
    lose(shop)
    assert recover(shop)[0].gap == 2


def test_lost_keys_of_a_store_in_clear_are_made_anew(shop: Workshop) -> None:
    made = history(shop, 3)
    before = read_keys(shop.layout.keys)
    lose(shop, keys=True)
    found, done = recover(shop)
    assert (found.keys_fault, found.keys_pack, done.missing) == ("gone", 0, 0)
    after = read_keys(shop.layout.keys)
    assert after.repository.id != before.repository.id and not after.slots
    check(shop, made)
    shop.run({b"a": b"goes on"}, name="next")


def test_lost_keys_of_an_encrypted_store_must_be_put_back(shop: Workshop) -> None:
    history(shop, 1)
    note = next(shop.home.glob("??/??/*.meta"))
    told = parse_meta(note.read_bytes())
    note.write_bytes(meta_text(told._replace(check=bytes(32))))
    lose(shop, keys=True)
    with pytest.raises(StoreError, match="nobody opens what is encrypted"):
        recover(shop)


def test_holes_and_contents_of_one_md5_come_back(shop: Workshop) -> None:
    files = {b"one": collisions.ONE, b"other": collisions.OTHER}
    sparse = bytes(3 << 20) + b"end"
    with shop.running(name="one") as writer:
        fill(writer, files)
        hole = put_sparse(writer, sparse, 0)
        writer.group.opened.append(row(b"sparse", hole, 1, 1, len(sparse)))
        shop.complete(writer)
    rows = "SELECT hex(digest), size, stored, has_holes, place FROM contents ORDER BY digest"
    before = shop.rows(rows)
    lose(shop)
    assert recover(shop)[1].missing == 0
    assert shop.rows(rows) == before
    check(shop, {1: files | {b"sparse": sparse}})


SPOILT: dict[str, Callable[[Path], object]] = {
    "no object": lambda path: path.write_text("[]"),
    "other keys": lambda path: path.write_text("{}"),
    "another name": lambda path: told(path, checksum="00" * 16),
    "a short digest": lambda path: told(path, sha256="00"),
    "no digest": lambda path: told(path, sha256=7),
    "a size of words": lambda path: told(path, size="much"),
    "another digest": lambda path: told(path, sha256="00" * 32),
    "another size": lambda path: told(path, size=5),
    "a basis that is nowhere": lambda path: told(path, basis="00" * 16, basis_sha256="00" * 32),
    "no content": lambda path: path.with_suffix("").unlink(),
}


def told(path: Path, **more: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | more))


@pytest.mark.parametrize("what", SPOILT)
def test_nothing_that_a_meta_makes_up_is_believed(shop: Workshop, what: str) -> None:
    shop.run({b"a": b"one", b"b": b"two"})
    SPOILT[what](shop.home / "f9" / "7c" / "f97c5d29941bfb1b2fdab0874906ab82.meta")
    lose(shop)
    _, rebuilt = recover(shop)
    assert (rebuilt.missing, rebuilt.damaged_rows) == (1, 1)
    with shop.reader() as reader:
        good = reader.child(1, 1, b"b")
        assert good is not None and good.content is not None
        assert reader.read_small(reader.contents([good.content])[good.content]) == b"two"


def test_what_follows_a_purge_of_an_interrupted_set_is_replayed_after_it(shop: Workshop) -> None:
    """The n of a manifest that was removed is not given to a later one."""
    made = history(shop, 2)
    with shop.running() as writer:  # a run that is cut off
        fill(writer, {b"begun": b"begun"})
        writer.seal()
        writer.drain()
    for number in (1, 2):
        with closing(shop.writer()) as writer:
            prune(writer, [number])
        del made[number]
    made[shop.run({b"x": b"new"}, name="after").number] = {b"x": b"new"}
    before = facts(shop)
    lose(shop)
    assert recover(shop)[0].gap is None
    check(shop, made)
    assert facts(shop) == before


@pytest.mark.parametrize("gone", [(3,), (1, 2, 3)])
def test_a_copy_from_before_sets_were_removed_is_not_newer_than_what_tells_so(
    shop: Workshop, gone: tuple[int, ...]
) -> None:
    """What is told after the newest set is gone lies behind all that it has told."""
    made = history(shop, 3)
    with closing(shop.writer()) as writer:
        copy_catalog(writer.layout, 3)
    for again in (gone, ()):
        with closing(shop.writer()) as writer:
            prune(writer, again)
    made = {number: made[number] for number in made if number not in gone}
    for name in ("next", "last"):
        made[shop.run({b"x": name.encode()}, name=name).number] = {b"x": name.encode()}
    lose(shop, copies=False)
    assert recover(shop)[1].sets == tuple(made)
    check(shop, made)
