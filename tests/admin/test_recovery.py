"""The code of a sheet opens the store, and the store knows it only once it is on paper."""

from pathlib import Path

import pytest

from tardis.admin import SHEET_SLOT, add_recovery, insert_keys, remove_password
from tardis.crypto import DetachedKeys
from tardis.model import AuthenticationError, UsageError
from tardis.store import KeyFile, Place, opening
from tests.admin.keyed import BOX, keys_in, known, new, sealed_store


class Printer:
    """A printer that keeps what it printed, or is out of paper."""

    def __init__(self, *, is_empty: bool = False) -> None:
        self.pages: list[tuple[bytes, str]] = []
        self._is_empty = is_empty

    def __call__(self, repository: bytes, text: str) -> None:
        if self._is_empty:
            raise UsageError("no paper")
        self.pages.append((repository, text))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    return sealed_store(tmp_path / "base", b"one")


def test_the_code_opens_what_the_password_opens(place: Place) -> None:
    printer = Printer()
    add_recovery(place, BOX, known(b"one"), new(b"code", SHEET_SLOT), printer)
    keys = keys_in(place)
    assert known(b"code", SHEET_SLOT).master(keys) == known(b"one").master(keys)
    [(repository, text)] = printer.pages
    assert repository == keys.repository.id
    [key] = DetachedKeys.parse(text.encode(), "the sheet").keys
    slot = keys.slot(SHEET_SLOT)
    assert slot is not None and (key.salt, key.wrapped) == (slot.salt, slot.wrapped)


def test_a_new_sheet_ends_the_one_before(place: Place) -> None:
    for code in (b"first", b"second"):
        add_recovery(place, BOX, known(b"one"), new(code, SHEET_SLOT), Printer())
    assert [slot.label for slot in keys_in(place).slots] == ["main", SHEET_SLOT]
    assert known(b"second", SHEET_SLOT).master(keys_in(place))
    with pytest.raises(AuthenticationError):
        known(b"first", SHEET_SLOT).master(keys_in(place))


def test_what_was_not_printed_opens_nothing(place: Place) -> None:
    before = keys_in(place)
    with pytest.raises(UsageError, match="no paper"):
        add_recovery(place, BOX, known(b"one"), new(b"code", SHEET_SLOT), Printer(is_empty=True))
    with pytest.raises(AuthenticationError):
        add_recovery(place, BOX, known(b"wrong"), new(b"code", SHEET_SLOT), Printer())
    assert keys_in(place) == before


def test_what_is_scanned_brings_a_lost_keyslot_back(place: Place, tmp_path: Path) -> None:
    printer = Printer()
    add_recovery(place, BOX, known(b"one"), new(b"code", SHEET_SLOT), printer)
    master = known(b"one").master(keys_in(place))
    remove_password(place, BOX, SHEET_SLOT)
    scanned = tmp_path / "sheet.keys"
    scanned.write_text(printer.pages[0][1])
    file = KeyFile(str(scanned))
    assert insert_keys(place, BOX, known(b"code", SHEET_SLOT, file)).labels == (SHEET_SLOT,)
    assert known(b"code", SHEET_SLOT).master(keys_in(place)) == master


def test_with_a_key_file_the_code_is_kept_there_too(tmp_path: Path) -> None:
    file = KeyFile(str(tmp_path / "box.keys"))
    place = sealed_store(tmp_path / "other", b"one", file)
    given = known(b"one", key_file=file)
    add_recovery(place, BOX, given, new(b"code", SHEET_SLOT, file), Printer())
    assert [slot.wrapped for slot in keys_in(place).slots] == [b"", b""]
    assert known(b"code", SHEET_SLOT, file).master(keys_in(place)) == given.master(keys_in(place))
