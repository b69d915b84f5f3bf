"""Whole backups whose small files are stored in bundles, and what is done to them later."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import Observer
from tardis.store import Reading, open_scrub, opening, read_data, replicate_store
from tardis.streams import Codec
from tests.admin.encrypting import everything, run
from tests.server.vault import CLIENT_NAME, Vault
from tests.store.bundled import texts
from tests.store.workshop import Workshop


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """A store in clear with two sets of a tree of small files."""
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    made, tree = Vault(tmp_path / "base"), tmp_path / "tree"
    for first, folder in ((0, "one"), (20, "two")):
        (tree / folder).mkdir(parents=True)
        for name, data in texts(20, first).items():
            (tree / folder / name.decode()).write_bytes(data)
        made.run(tree, is_sealing=False, codec=Codec.ZSTD, compress_min=0)
    return made


def shop_of(vault: Vault) -> Workshop:
    return Workshop(vault.base)


def findings(vault: Vault) -> list[str]:
    with open_scrub(vault.place.layout(CLIENT_NAME)) as scrub:
        scrub.structure()
        read_data(scrub, Reading(processes=1, anew=True), Observer())
        return [one.text for one in scrub.done.findings]


def counted(vault: Vault) -> list[tuple[object, ...]]:
    query = "SELECT count(*), sum(basis IS NULL), max(chain) FROM contents WHERE size > 0"
    return shop_of(vault).rows(query)


def test_every_file_comes_back_and_a_check_finds_nothing(vault: Vault, tmp_path: Path) -> None:
    assert counted(vault) == [(42, 2, 1)]
    assert findings(vault) == []
    one = texts(20)[b"003"]
    assert one in {bytes(data) for data in everything(vault)[1].values() if isinstance(data, bytes)}
    again = vault.run(tmp_path / "tree", is_sealing=False, codec=Codec.ZSTD, compress_min=0)
    assert (again.files_new, again.files_delta) == (0, 0)


def test_a_full_run_sends_and_flattens_nothing_of_it(vault: Vault, tmp_path: Path) -> None:
    vault.run(tmp_path / "tree", is_sealing=False, is_full=True, codec=Codec.ZSTD, compress_min=0)
    assert counted(vault) == [(42, 2, 1)]


def test_a_second_copy_of_the_store_is_whole(vault: Vault, tmp_path: Path) -> None:
    before = everything(vault)
    target = opening.Place(str(tmp_path / "second"))
    (tmp_path / "second").mkdir()
    replicate_store(vault.place, target, CLIENT_NAME)
    shutil.rmtree(vault.base)
    shutil.copytree(tmp_path / "second", vault.base)
    assert everything(vault) == before and findings(vault) == []


def test_an_encrypted_store_has_bundles_too_once_it_was_in_clear(
    vault: Vault, tmp_path: Path
) -> None:
    before, shape = everything(vault), counted(vault)
    assert run(vault).left == 0
    assert everything(vault) == before
    assert counted(vault) == shape and findings(vault) == []
    (tmp_path / "tree" / "new").write_bytes(texts(1, 99)[b"099"])
    vault.run(tmp_path / "tree", codec=Codec.ZSTD, compress_min=0)
    assert counted(vault) == [(43, 3, 1)], "what comes sealed is stored alone"
    with closing(vault.reader()) as reader:
        assert len(reader.sets()) == 3
