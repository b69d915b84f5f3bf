"""Signed sets of an encrypted backup that is read by HTTP: what does not hold is told here too."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.cli import lstardis, regenerate, remote_store, sonic, tardiff
from tardis.cli.head_book import FileBook
from tardis.cli.main import run
from tardis.store import Place
from tardis.web import WebOptions
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick
from tests.web.site import Site, small_stores

Look = Callable[..., str]


@pytest.fixture(params=["modern", "classic"])
def vault(tmp_path: Path, request: pytest.FixtureRequest) -> Vault:
    with small_stores():
        return Vault(tmp_path / "base", request.param)


@pytest.fixture
def tree(tmp_path: Path, vault: Vault) -> Path:
    made = tmp_path / "tree"
    made.mkdir()
    (made / "a").write_bytes(b"alpha\n")
    vault.run(made)
    return made


@pytest.fixture
def look(
    vault: Vault,
    tree: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Iterator[Look]:
    """Run a program on what lies behind a server; return what it said on standard error."""
    monkeypatch.setattr(remote_store, "stretch", quick)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    site = Site(vault.base, WebOptions(Place(str(vault.base)), "test", stretch=quick))

    def do(program: object = lstardis, *words: str) -> str:
        url = f"http://127.0.0.1:{site.port}/{CLIENT_NAME}"
        where = ("-D", url, "--password", PASSWORD.decode())
        verb, rest = (words[:1], words[1:]) if program is sonic else ((), words or (str(tree),))
        status = run(program.command, [*verb, *where, *rest])  # type: ignore[attr-defined]
        said = capsys.readouterr()
        assert status == 0, said
        return said.err

    with site.serving():
        yield do


def test_the_newest_set_is_remembered_by_whoever_looks(
    vault: Vault, tree: Path, look: Look, tmp_path: Path
) -> None:
    book = FileBook(str(tmp_path / "state/tardis/heads"))
    assert look() == ""
    known = book.recall(vault.ring().repository)
    assert known is not None and (known.sequence, known.number) == (1, 1)
    vault.run(tree)
    assert look(sonic, "list") == ""
    known = book.recall(vault.ring().repository)
    assert known is not None and known.sequence == 2


def test_an_older_state_is_told_by_every_tool(
    vault: Vault, tree: Path, look: Look, tmp_path: Path
) -> None:
    catalog = vault.base / CLIENT_NAME / "tardis.db"
    shutil.copy(catalog, tmp_path / "older")
    (tree / "a").write_bytes(b"alpha two\n")
    vault.run(tree)
    assert look() == ""
    os.replace(tmp_path / "older", catalog)
    out = str(tmp_path / "out")
    for program, *words in (
        (lstardis, str(tree)),
        (regenerate, "-o", out, str(tree)),
        (tardiff, "-b", "1", "-b", "1", str(tree / "a")),
        (sonic, "list"),
    ):
        said = look(program, *words)
        assert said.count("older state of the backup: set 2, which was seen here") == 1, said
    assert (Path(out) / "tree/a").read_bytes() == b"alpha\n", "what there is can be restored"


def test_what_was_changed_of_a_set_is_told(vault: Vault, tree: Path, look: Look) -> None:
    for _ in range(3):
        vault.run(tree)
    assert look() == ""
    change(vault, "UPDATE backup_sets SET entries = 9 WHERE number = 2")
    assert "what is kept of set 2" in look()
    change(vault, "DELETE FROM heads WHERE sequence > 1")
    said = look()
    assert "older state" in said and said.count("was not signed") == 3


def change(vault: Vault, statement: str) -> None:
    with closing(sqlite3.connect(vault.base / CLIENT_NAME / "tardis.db")) as db:
        db.execute(statement)
        db.commit()
