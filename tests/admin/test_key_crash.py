"""The process ends at every durable step of a change of keys: one password opens all, always."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.admin import (
    SHEET_SLOT,
    add_password,
    add_recovery,
    change_password,
    create_client,
    extract_keys,
    insert_keys,
    remove_password,
    remove_stored_keys,
    rotate_keys,
    set_password,
)
from tardis.crypto import KeyRing
from tardis.model import TardisError
from tardis.store import KeyFile, Place, opening
from tardis.store.heads import padded, stale_heads
from tardis.store.records import HEADER, Kind, pack_header
from tests.admin.keyed import BOX, keys_in, known, new, sealed_store
from tests.facilities import counts
from tests.store.fuse import ends_at

STRIDE = counts(3, 1)
"""How far apart the steps are at which a change is ended."""

Change = Callable[[Place, KeyFile], object]


def take_out(place: Place, file: KeyFile) -> None:
    extract_keys(place, BOX, file)
    remove_stored_keys(place, BOX, known(b"one", key_file=file))


def print_nothing(_repository: bytes, _text: str) -> None:
    return


CHANGES: dict[str, Change] = {
    "chpass": lambda place, _: change_password(place, BOX, known(b"one"), new(b"two")),
    "add": lambda place, _: add_password(place, BOX, known(b"one"), new(b"two", "b")),
    "sheet": lambda place, _: add_recovery(
        place, BOX, known(b"one"), new(b"two", SHEET_SLOT), print_nothing
    ),
    "rotate": lambda place, _: rotate_keys(place, BOX, known(b"one"), new(b"two")),
    "extract": take_out,
}
DETACHED: dict[str, Change] = {
    "chpass": lambda place, file: change_password(
        place, BOX, known(b"one", key_file=file), new(b"two", key_file=file)
    ),
    "rotate": lambda place, file: rotate_keys(
        place, BOX, known(b"one", key_file=file), new(b"two", key_file=file)
    ),
    "add": lambda place, file: add_password(
        place, BOX, known(b"one", key_file=file), new(b"two", "b", file)
    ),
    "insert": lambda place, file: insert_keys(place, BOX, known(b"one", key_file=file)),
    "remove": lambda place, file: remove_password(place, BOX, "b", file),
}


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)


def with_packs(place: Place) -> Place:
    """Put packs into the store that repeat its keys."""
    layout = place.layout(BOX)
    text = padded(keys_in(place).text())
    head = pack_header(Kind.KEYS, 0, len(text), b"", len(text)) + text
    for number in (1, 2):
        Path(layout.pack(number)).write_bytes(head + b"contents")
    assert len(head) % 4096 == 0 and len(head) > HEADER.size
    return place


def opened(place: Place, file: KeyFile) -> list[tuple[bytes, str, KeyFile | None, bytes]]:
    """Return (password, label, key file, digest key) of each way into the store."""
    keys, found = keys_in(place), []
    for password in (b"one", b"two"):
        for slot in keys.slots:
            for kept in (None, file):
                try:
                    secrets = known(password, slot.label, kept).master(keys)
                except TardisError:
                    continue
                ring = KeyRing.of(secrets, keys.repository.id)
                found.append((password, slot.label, kept, ring.digest))
    return found


def crash_everywhere(tmp_path: Path, before: Path, change: Change, digest: bytes) -> int:
    """Let *change* end at each of its steps; return how many it has."""
    step = 1
    while True:
        work = tmp_path / f"step{step}"
        shutil.copytree(before, work)
        place, file = Place(str(work / "base")), KeyFile(str(work / "box.keys"))
        is_reached = ends_at(lambda: change(place, file), step)  # noqa: B023
        ways = opened(place, file)
        assert ways, f"nothing opens the store after step {step}"
        assert {way[3] for way in ways} == {digest}
        password, label, kept, _ = ways[0]
        change_password(place, BOX, known(password, label, kept), new(b"two", label, kept))
        assert stale_heads(place.layout(BOX), keys_in(place)) == []
        assert opened(place, file)
        shutil.rmtree(work)
        if not is_reached:
            return step
        step += STRIDE


@pytest.mark.parametrize("name", CHANGES)
def test_a_store_with_its_keys_is_never_shut(tmp_path: Path, name: str) -> None:
    before = tmp_path / "before"
    place = with_packs(sealed_store(before / "base", b"one"))
    [(*_, digest)] = opened(place, KeyFile(str(before / "none")))
    assert crash_everywhere(tmp_path, before, CHANGES[name], digest) >= 5


@pytest.mark.parametrize("name", DETACHED)
def test_a_store_whose_keys_are_in_a_file_is_never_shut(tmp_path: Path, name: str) -> None:
    before = tmp_path / "before"
    before.mkdir()
    file = KeyFile(str(before / "box.keys"))
    place = sealed_store(before / "base", b"one", file)
    if name == "remove":
        add_password(place, BOX, known(b"one", key_file=file), new(b"two", "b", file))
    with_packs(place)
    digest = opened(place, file)[0][3]
    assert crash_everywhere(tmp_path, before, DETACHED[name], digest) >= 5


def test_a_first_password_is_set_or_not(tmp_path: Path) -> None:
    create_client(Place(str(tmp_path / "before")), BOX)
    step, is_reached = 0, True
    while is_reached:
        step += 1
        place = Place(str(tmp_path / f"step{step}"))
        shutil.copytree(tmp_path / "before", place.base)
        is_reached = ends_at(lambda: set_password(place, BOX, new(b"one")), step)  # noqa: B023
        if keys_in(place).slots:
            assert known(b"one").master(keys_in(place))
        else:
            set_password(place, BOX, new(b"one"))
        change_password(place, BOX, known(b"one"), new(b"two"))
        shutil.rmtree(place.base)
    assert step > 4
