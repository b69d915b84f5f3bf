"""No changed byte of an encrypted store reaches a final name; a stolen one costs the KDF."""

import os
from pathlib import Path

import pytest

from tardis.crypto import KdfCost, KeysFile, Stretched, is_password_of, open_master
from tardis.history import ExtractOptions, Request, restore
from tardis.model import AuthenticationError, Observer, StoredContent
from tardis.store.records import HEADER
from tests.facilities import counts
from tests.server.test_sealed_deltas import SMALL_EDIT, Changing, file_of, rows, spoil
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick


@pytest.fixture
def changing(tmp_path: Path) -> Changing:
    """A file that is whole, then a delta in a pack, then one that is a file; and a small one."""
    made = Changing(Vault(tmp_path / "base"), tmp_path / "tree-of-mine")
    made.data = os.urandom(400_000)
    made.run()
    made.run(SMALL_EDIT)
    made.run(("insert", 0.3, 150_000))
    return made


def positions(begin: int, content: StoredContent) -> range:
    """Return where to flip: each byte of what is small, every 997th of what is large."""
    size = HEADER.size + content.stored
    step = counts(max(997, size // 3), 1 if size < 30_000 else 997)
    return range(begin + step // 2, begin + size, step)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.guard(3600)
def test_what_was_changed_gets_no_final_name(
    changing: Changing, tmp_path: Path, number: int
) -> None:
    content = changing.content(number)
    path = file_of(changing.vault, content)
    begin = content.place if content.pack is not None else 0
    request = Request(number, bytes(changing.path), b"file", False)
    out = tmp_path / "out"
    out.mkdir()

    def restored() -> bool:
        options = ExtractOptions(os.fsencode(out), overwrite="always", damaged="delete", jobs=1)
        done = restore(changing.vault.reader, [request], options, Observer())
        found = sorted(one.name for one in out.iterdir())
        assert bool(done.problems) is not bool(found)
        return found == ["file"]

    for position in positions(begin, content):
        spoil(path, position)
        assert not restored(), position
        spoil(path, position)
    assert restored()
    assert (out / "file").read_bytes() == changing.was[number]


def test_each_guess_at_a_stolen_store_costs_one_full_kdf(changing: Changing) -> None:
    """All that is kept of a password follows from its stretched form."""
    stolen = (changing.vault.base / CLIENT_NAME / "tardis.db.keys").read_bytes()
    keys = KeysFile.parse(stolen, "stolen")
    [slot] = keys.slots
    guesses = [b"123456", b"password", PASSWORD[:-1], PASSWORD, b"letmein"]
    calls: list[tuple[bytes, bytes, KdfCost]] = []

    def counted(guess: bytes) -> Stretched:
        calls.append((guess, slot.salt, slot.cost))
        return Stretched.of(quick(guess, slot.salt, slot.cost))

    opened = []
    for guess in guesses:
        known = counted(guess)
        try:
            open_master(slot.wrapped, known, keys.repository.id)
        except AuthenticationError:
            assert not is_password_of(slot, known)
        else:
            assert is_password_of(slot, known)
            opened.append(guess)
    assert opened == [PASSWORD]
    assert [guess for guess, _, _ in calls] == guesses
    assert {(salt, cost) for _, salt, cost in calls} == {(slot.salt, slot.cost)}
    seen = changing.vault.seen()
    for guess in guesses:  # nothing cheaper is there to be compared with
        cheap = quick(guess, slot.salt, slot.cost)
        assert guess not in seen and cheap not in seen and cheap[:32] not in seen


def test_signatures_and_deltas_hold_no_byte_of_the_file(changing: Changing) -> None:
    seen = changing.vault.seen()
    for data in changing.was.values():
        for place in range(0, len(data) - 16, 20_011):
            assert data[place : place + 16] not in seen
    assert len(rows(changing.vault, "SELECT content FROM signatures")) == 1
    assert b"rs\x01\x47" not in seen and b"rs\x026" not in seen
