"""After a rotation what was stored before is sealed anew, whatever ends that on the way."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tardis.admin import KnownPassword, NewPassword, reencrypt, rotate_keys
from tardis.crypto import KeyRing
from tardis.model import AuthenticationError, IntegrityError, StoreError
from tardis.store import Resealed, open_reader, opening
from tests.admin.encrypting import KNOWN, everything
from tests.admin.test_encrypt_modern import findings, rows
from tests.crypto.slots import FLOOR
from tests.delta.shapes import edited, noise
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick
from tests.store.fuse import ends_at

NEW = NewPassword("main", lambda: PASSWORD, quick, FLOOR)


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """Two sets of before a rotation and one of after: packs, files, deltas, holes, signatures."""
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    made, tree = Vault(tmp_path / "base"), tmp_path / "tree"
    tree.mkdir()
    with (tree / "holes").open("wb") as file:
        file.truncate(3 << 20)
        file.seek(1 << 20)
        file.write(noise(200_000, 7))
    (tree / "still").write_bytes(noise(150_000, 3))
    large, small = noise(1_200_000, 1), noise(200_000, 2)
    for number in range(3):
        if number == 2:
            rotate_keys(made.place, CLIENT_NAME, KNOWN, NEW)
        large = edited(large, [("overwrite", 0.2 + 0.2 * number, 200_000)], number)
        small = edited(small, [("overwrite", 0.3 * number, 500)], number)
        (tree / "large").write_bytes(large)
        (tree / "other").write_bytes(small)
        (tree / f"small-{number}").write_bytes(b"small %d" % number)
        made.run(tree)
    return made


def run(vault: Vault, known: KnownPassword = KNOWN) -> Resealed:
    return reencrypt(vault.place, CLIENT_NAME, known)


def unreadable_by_the_newest_key(vault: Vault) -> int:
    """Return how many contents cannot be read by who has no older key."""
    ring: KeyRing = replace(vault.ring(), older=())
    ids = [number for (number,) in rows(vault, "SELECT id FROM contents")]
    failed = 0
    with open_reader(vault.place, CLIENT_NAME, ring) as reader:
        for one in reader.contents([number for number in ids if isinstance(number, int)]).values():
            try:
                reader.prove(one)
            except IntegrityError:
                failed += 1
    return failed


def test_all_that_is_stored_has_the_newest_key_and_nothing_is_lost(
    vault: Vault, tmp_path: Path
) -> None:
    before, count = everything(vault), rows(vault, "SELECT count(*) FROM contents")
    assert unreadable_by_the_newest_key(vault) >= 6
    done = run(vault)
    assert (done.contents, done.damaged) == (8, 0) and done.signatures == 1
    assert unreadable_by_the_newest_key(vault) == 0
    assert everything(vault) == before and findings(vault) == []
    assert rows(vault, "SELECT count(*) FROM contents") == count
    assert rows(vault, "SELECT count(*) FROM doomed WHERE pack IS NULL") == [(0,)]
    assert run(vault).contents == 0
    report = vault.run(tmp_path / "tree")
    assert (report.files_new, report.files_delta, report.problems) == (0, 0, [])


@pytest.mark.guard(120)
def test_it_may_be_ended_anywhere_and_goes_on(vault: Vault) -> None:
    before, kills = everything(vault), 0
    for steps in (2, 6, 11, 17, 24, 32):
        kills += ends_at(lambda: run(vault), steps)
        assert everything(vault) == before
    assert kills >= 3
    run(vault)
    assert everything(vault) == before
    assert [one for one in findings(vault) if not one.startswith("nothing names")] == []
    assert unreadable_by_the_newest_key(vault) == 0


def test_what_is_damaged_stays_and_is_counted(vault: Vault) -> None:
    query = "SELECT pack, place FROM contents WHERE size = 7 ORDER BY id LIMIT 1"
    [(pack, place)] = rows(vault, query)
    path = vault.base / CLIENT_NAME / "packs" / f"{pack}.pack"
    data = bytearray(path.read_bytes())
    data[int(str(place)) + 96 + 100] ^= 1
    path.write_bytes(data)
    done = run(vault)
    assert (done.contents, done.damaged) == (7, 1)
    assert unreadable_by_the_newest_key(vault) == 1


def test_it_needs_the_password_and_older_keys(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(AuthenticationError):
        run(vault, KnownPassword("main", lambda: b"wrong", quick))
    other = Vault(tmp_path / "other")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "file").write_bytes(b"x")
    other.run(tmp_path / "one", is_sealing=False)
    with pytest.raises(StoreError, match="in clear"):
        run(other)
    fresh = Vault(tmp_path / "fresh")
    fresh.run(tmp_path / "one")
    assert run(fresh) == Resealed()


def test_backups_go_on_in_between(vault: Vault, tmp_path: Path) -> None:
    assert ends_at(lambda: run(vault), 8)
    (tmp_path / "tree" / "small-0").write_bytes(b"later on")
    vault.run(tmp_path / "tree")
    before = everything(vault)
    run(vault)
    assert everything(vault) == before and findings(vault) == []
    with closing(vault.reader()) as reader:
        assert len(reader.heads()) == 4
