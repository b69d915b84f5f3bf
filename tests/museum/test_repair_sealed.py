"""Repairing an encrypted store, for which nobody needs the password."""

from pathlib import Path

import pytest

from tardis.admin import check, plan_repair, repair
from tardis.store import Level, Reading
from tests.museum.exhibits import flip
from tests.server.vault import CLIENT_NAME, Vault

ALL = Reading(100, 0, 1)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "small").write_bytes(b"a small secret" * 9)
    (tree / "large").write_bytes(b"a large secret" * 99_999)
    (tmp_path / "base").mkdir()
    vault = Vault(tmp_path / "base")
    vault.run(tree)
    return vault


def pack(vault: Vault) -> Path:
    return min((vault.base / CLIENT_NAME / "packs").iterdir())


def large(vault: Vault) -> Path:
    [found] = (vault.base / CLIENT_NAME).glob("??/*")
    return found


def spoil_record(vault: Vault) -> None:
    flip(pack(vault), pack(vault).read_bytes().rindex(b"TdR1") + 120)


def spoil_segment(vault: Vault) -> None:
    flip(large(vault), 1000)


def lose_large(vault: Vault) -> None:
    large(vault).unlink()


@pytest.mark.parametrize("spoil", [spoil_record, spoil_segment, lose_large])
def test_damage_is_marked_without_a_password_and_healed_by_the_next_backup(
    vault: Vault, tmp_path: Path, spoil: object
) -> None:
    assert callable(spoil)
    spoil(vault)
    plan = plan_repair(vault.place, CLIENT_NAME, ALL)
    assert (plan.rebuilds, plan.marks) == (0, 1)
    done = repair(vault.place, CLIENT_NAME, plan, 1)
    assert (done.rebuilt, done.marked) == (0, 1)
    known = check(vault.place, CLIENT_NAME, ALL)
    assert known.is_whole and known.at(Level.KNOWN)
    vault.run(tmp_path / "tree")
    healed = check(vault.place, CLIENT_NAME, ALL)
    assert healed.is_whole and not healed.at(Level.KNOWN)
    first, second = vault.flat(1), vault.flat(2)
    assert first == second and len(second) == 2


def test_what_is_whole_is_left_alone(vault: Vault) -> None:
    before = {path: path.read_bytes() for path in (pack(vault), large(vault))}
    plan = plan_repair(vault.place, CLIENT_NAME, ALL)
    assert not plan.has_work
    assert {path: path.read_bytes() for path in before} == before
