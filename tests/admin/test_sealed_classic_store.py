"""An encrypted classic store is copied, thinned out and rebuilt by those who have no key."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from tardis.admin import forget, recover, remove, replicate
from tardis.crypto import Seals
from tardis.model import StoreError
from tardis.policy import Fate
from tardis.store import Forgotten, Place, Survey, open_reader
from tests.server.vault import CLIENT_NAME, Vault, _below

SECRET = b"contents-of-mine " * 300


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree-of-mine"
    (top / "folder-of-mine").mkdir(parents=True)
    (top / "diary-of-mine").write_bytes(SECRET)
    (top / "folder-of-mine" / "large-of-mine").write_bytes(SECRET * 40)
    (top / "link-of-mine").symlink_to("diary-of-mine")
    return top


@pytest.fixture
def vault(tmp_path: Path, tree: Path) -> Vault:
    made = Vault(tmp_path / "base", "classic")
    made.run(tree)
    (tree / "later-of-mine").write_bytes(b"later " + SECRET)
    made.run(tree)
    return made


def flat(place: Place, vault: Vault, number: int) -> dict[bytes, object]:
    """Return what set *number* of a store below *place* holds, read with the vault's keys."""
    with open_reader(place, CLIENT_NAME, vault.ring()) as reader:
        [root] = reader.roots(number)
        return dict(_below(reader, root, root.directory, number, b""))


def test_a_copy_is_proved_without_the_password(vault: Vault, tmp_path: Path) -> None:
    target = Place(str(tmp_path / "copy"))
    done = replicate(vault.place, CLIENT_NAME, target.base)
    assert (done.sets, done.files, done.proved, done.damaged) == (2, 3, 3, 0)
    for number in (1, 2):
        assert flat(target, vault, number) == vault.flat(number)
    hurt = next(path for path in (tmp_path / "base").glob("box/??/??/*") if not path.suffix)
    data = bytearray(hurt.read_bytes())
    data[40] ^= 1
    hurt.write_bytes(data)
    other = replicate(vault.place, CLIENT_NAME, str(tmp_path / "other"))
    assert (other.proved, other.damaged) == (2, 1)


def test_a_path_is_forgotten_with_all_that_stood_beside(vault: Vault, tree: Path) -> None:
    ring = vault.ring()
    names = Seals(ring).names
    path = names.seal_path(bytes(tree / "later-of-mine"))
    shown: list[Forgotten] = []

    def agree(plan: Forgotten) -> bool:
        shown.append(plan)
        return True

    done = forget(vault.place, CLIENT_NAME, [path], agree)
    assert done is not None and (done.contents, done.lost) == (1, 0) and len(shown) == 1
    assert b"later-of-mine" not in vault.flat(2) and b"diary-of-mine" in vault.flat(2)
    files = [one for one in (vault.base / "box").glob("??/??/*") if one.is_file()]
    assert len(files) == 2 * 2 + sum(one.suffix == ".sig" for one in files)
    report = vault.run(tree)
    assert report.files_new == 1
    assert b"later-of-mine" in vault.flat(3)


def test_sets_that_go_take_their_objects_along(vault: Vault, tree: Path) -> None:
    (tree / "later-of-mine").unlink()
    vault.run(tree)
    wanted = vault.flat(3)
    remove(
        vault.place,
        CLIENT_NAME,
        lambda sets: [Fate(one, one.number < 3, "a test") for one in sets],
        1,
    )
    assert vault.flat(3) == wanted
    objects = [one for one in (vault.base / "box").glob("??/??/*") if not one.suffix]
    assert len(objects) == 2


def test_the_catalog_is_rebuilt_from_notes_and_manifests(vault: Vault, tree: Path) -> None:
    before = {number: vault.flat(number) for number in (1, 2)}
    store = vault.base / "box"
    for path in [store / "tardis.db", *store.glob("tardis.db.*.gz")]:
        path.unlink()
    found: list[Survey] = []

    def agree(survey: Survey) -> bool:
        found.append(survey)
        return True

    _, done = recover(vault.place, CLIENT_NAME, agree)
    assert done is not None and done.sets == (1, 2) and not done.missing
    assert {number: vault.flat(number) for number in (1, 2)} == before
    assert vault.run(tree).files_new == 0


def test_without_the_keys_file_nothing_is_made_up(vault: Vault) -> None:
    keys = vault.base / "box" / "tardis.db.keys"
    text = keys.read_bytes()
    keys.unlink()
    with pytest.raises(StoreError, match="nobody opens what is encrypted"):
        recover(vault.place, CLIENT_NAME, lambda survey: True)
    assert not os.path.exists(keys)
    keys.write_bytes(text)
    with closing(open_reader(vault.place, CLIENT_NAME, vault.ring())) as reader:
        assert len(reader.sets()) == 2
