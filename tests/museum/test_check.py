"""What checking says of each exhibit of the museum, word for word."""

from pathlib import Path
from typing import Final

import pytest

from tardis.admin import check
from tardis.model import IntegrityError, StoreError
from tardis.store import Checked, Level, Reading
from tests.museum.conftest import Exhibit
from tests.museum.exhibits import EXHIBITS, worded
from tests.server.talker import BOX, Kit
from tests.server.trees import Tree

READ: Final = Reading(processes=1)
GOLDEN: Final = Path(__file__).with_name("findings.txt")


def told(done: Checked) -> list[str]:
    """Return what was found, a line each, and then every path with its sets."""
    lines = [f"{one.level} {one.kind}: {worded(one.text)}" for one in done.findings]
    paths = [("damaged", one) for one in done.touched] + [("known", one) for one in done.known]
    lines += [f"{how} {one.path.decode()} in {list(one.sets)}" for how, one in paths]
    return lines


def pinned() -> dict[str, list[str]]:
    """Return the lines of each section of the golden file."""
    found: dict[str, list[str]] = {}
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), [])
        elif line:
            section.append(line)
    return found


def hit(done: Checked) -> dict[bytes, tuple[int, ...]]:
    return {one.path: one.sets for one in done.touched}


def test_the_catalogue_is_complete() -> None:
    wanted = {f"{name}, {how}" for name in EXHIBITS for how in ("structure", "read")}
    assert set(pinned()) == wanted


def test_nothing_is_wrong_with_a_whole_store(exhibit: Exhibit) -> None:
    kit = exhibit(lambda _: None)
    done = check(kit.place(), BOX, READ)
    assert done.findings == [] and done.touched == [] and done.is_whole
    assert (done.entries, done.contents, done.packs, done.large) == (10, 8, 2, 2)
    assert done.read_bytes > done.stored_bytes > 500_000


@pytest.mark.parametrize("name", EXHIBITS)
def test_each_exhibit_is_told_as_it_was_pinned(exhibit: Exhibit, name: str) -> None:
    place = exhibit(EXHIBITS[name]).place()
    done = check(place, BOX)
    assert told(done) == pinned()[f"{name}, structure"]
    levels = {one.level for one in done.findings}
    assert done.is_whole == (levels <= {Level.NOTE, Level.KNOWN})
    assert told(check(place, BOX, READ)) == pinned()[f"{name}, read"]


def test_what_damage_hits_is_just_what_cannot_be_restored(
    exhibit: Exhibit, cellar: tuple[Path, Tree]
) -> None:
    """Every path of every set is restored; those that fail are those that were told."""
    wanted = exhibit(lambda _: None)
    for name in ("lost pack", "basis gone", "cut pack", "bits in a pack"):
        kit = exhibit(EXHIBITS[name])
        failed: dict[bytes, tuple[int, ...]] = {}
        for number in (1, 2, 3):
            for path in lost(kit, wanted, number):
                failed[path] = (*failed.get(path, ()), number)
        assert hit(check(kit.place(), BOX, READ)) == failed


def lost(kit: Kit, wanted: Kit, number: int) -> list[bytes]:
    """Return the paths of a set whose bytes cannot be had any more."""
    found = []
    with kit.reader() as reader:
        directories = {b"top": 1}
        for path, (kind, *_) in wanted.flat(number).items():
            above, _, name = (b"top/" + path).rpartition(b"/")
            entry = reader.child(directories[above], number, name)
            assert entry is not None
            if kind == "directory" and entry.child is not None:
                directories[b"top/" + path] = entry.child
                continue
            assert entry.content is not None
            try:
                content = reader.open(reader.contents([entry.content])[entry.content])
                assert b"".join(content.chunks()) is not None
                content.close()
            except IntegrityError:
                found.append(b"top/" + path)
    return found


def test_there_must_be_a_store(exhibit: Exhibit) -> None:
    kit = exhibit(lambda _: None)
    with pytest.raises(StoreError, match="nobody has no store"):
        check(kit.place(), "nobody")
