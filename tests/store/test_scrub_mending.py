"""Classic stores, files with holes and deltas are repaired like others."""

from pathlib import Path

import pytest

from tardis.admin import check, plan_repair, repair
from tardis.model import CLASSIC
from tardis.store import Level, Mended, Reading
from tardis.store.scrub_files import CONTENT_LINE, HEADER_LINE
from tests.delta.shapes import noise
from tests.store.holes import put_holed
from tests.store.test_deltas import store_first, store_next
from tests.store.workshop import BOX, Workshop, fill, row, shown

READ = Reading(processes=1, anew=True)
DATA = noise(300_000)


def mend(shop: Workshop) -> Mended:
    return repair(shop.place(), BOX, plan_repair(shop.place(), BOX, READ), 1)


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 4
    path.write_bytes(data)


def files(shop: Workshop, pattern: str = "[0-9a-f][0-9a-f]/*") -> list[Path]:
    return sorted(path for path in shop.home.glob(pattern) if path.is_file())


@pytest.fixture
def classic(empty: Workshop) -> Workshop:
    empty.scheme = CLASSIC
    empty.create()
    empty.run({b"a": b"one" * 100, b"b": b"two" * 100})
    empty.run({b"a": b"one" * 100})
    return empty


def contents(shop: Workshop) -> list[Path]:
    return [path for path in files(shop, "[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*") if not path.suffix]


def test_a_classic_content_is_marked_and_healed(classic: Workshop) -> None:
    for path in contents(classic):
        flip(path, 9)
    assert mend(classic).marked == 2
    done = check(classic.place(), BOX, READ)
    assert done.is_whole and len(done.known) == 2
    assert classic.rows("SELECT name, why FROM unsettled") == [(b"a", "damaged")]
    classic.run({b"a": b"one" * 100, b"b": b"two" * 100})
    assert check(classic.place(), BOX, READ).known == []
    with classic.reader() as reader:
        assert shown(reader, 1) == {b"a": b"one" * 100, b"b": b"two" * 100}


def test_a_second_classic_file_serves(classic: Workshop) -> None:
    path = contents(classic)[0]
    path.with_name(f"{path.name}-1").write_bytes(path.read_bytes())
    flip(path, 9)
    done = mend(classic)
    assert (done.rebuilt, done.marked, done.moved_files) == (1, 0, 2)
    assert check(classic.place(), BOX, READ).is_whole


def test_what_stands_beside_is_written_again(classic: Workshop) -> None:
    for path in contents(classic):
        path.with_name(f"{path.name}.meta").unlink()
    assert mend(classic).renewed == ["notes beside contents"]
    assert check(classic.place(), BOX, READ).findings == []


def test_classic_manifests_and_journal_are_written_anew(classic: Workshop) -> None:
    for path in (classic.home / "manifests").iterdir():
        path.unlink()
    (classic.home / "tardis.journal").write_bytes(b"noise\n")
    assert mend(classic).renewed == ["manifests", "journal"]
    assert check(classic.place(), BOX, READ).at(Level.DAMAGE, Level.SPARE) == []


@pytest.mark.parametrize("place", [9, 40, 90])
def test_holes_stay_holes(shop: Workshop, place: int) -> None:
    """Only the header is damaged, so the content is had from its own file."""
    with shop.running() as writer:
        fill(writer, {})
        number = put_holed(writer, 1 << 40, {0: DATA, 1 << 30: b"far away"})
        writer.group.opened.append(row(b"holes", number, 1, 1, 1 << 40))
        shop.complete(writer)
    flip(files(shop)[0], place)
    assert mend(shop).rebuilt == 1
    assert check(shop.place(), BOX, READ).is_whole
    assert shop.rows("SELECT has_holes, size FROM contents") == [(1, 1 << 40)]
    assert sum(path.stat().st_size for path in files(shop)) < 400_000


def test_a_chain_whose_basis_is_rebuilt_can_be_read(shop: Workshop) -> None:
    later = DATA[:1000] + b"!" + DATA[1000:]
    second = store_next(shop, store_first(shop, DATA), (DATA, later))
    flip(files(shop)[0], 40)
    plan = plan_repair(shop.place(), BOX, READ)
    assert (len(plan.contents), plan.rebuilds, plan.marks) == (2, 2, 0)
    done = repair(shop.place(), BOX, plan, 1)
    assert (done.rebuilt, done.marked) == (1, 0), "what stood on it was never damaged itself"
    assert check(shop.place(), BOX, READ).is_whole
    assert shop.rows("SELECT basis FROM contents WHERE id = ?", second) == [(1,)]


def test_a_new_journal_says_what_the_old_one_said(shop: Workshop) -> None:
    first = store_first(shop, DATA)
    store_next(shop, first, (DATA, DATA[:1000] + b"!" + DATA[1000:]))
    path = shop.home / "tardis.journal"
    before = path.read_bytes().splitlines()
    path.write_bytes(b"")
    assert mend(shop).renewed == ["journal"]
    after = path.read_bytes().splitlines()
    assert {one for one in after if CONTENT_LINE.fullmatch(one)} == {
        one for one in before if CONTENT_LINE.fullmatch(one)
    }
    headers = [HEADER_LINE.fullmatch(one) for one in after]
    assert [int(one[1]) for one in headers if one] == [1, 2]
    shop.run({b"a": b"1"})
    assert check(shop.place(), BOX).is_whole, "the next run goes on in it"
