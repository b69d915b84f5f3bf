"""Encrypted classic stores over HTTP: every tool reads them, and so do the pages."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tardis.cli import lstardis, regenerate, remote_store, sonic, tardiff
from tardis.cli.main import run
from tardis.store import Place
from tardis.web import WebOptions
from tests.delta.shapes import noise
from tests.independent.checker import compare
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick
from tests.web.site import Site, small_stores

Look = Callable[..., str]
TEXT, DENSE = b"line after line\n" * 30_000, noise(700_000)
EDITED = DENSE[:300_000] + b"edited" + DENSE[300_000:]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "tree"
    (made / "below").mkdir(parents=True)
    (made / "text").write_bytes(TEXT)
    (made / "dense").write_bytes(DENSE)
    (made / "below/small").write_bytes(b"small\n")
    (made / "below/empty").write_bytes(b"")
    (made / "link").symlink_to("below/small")
    with (made / "sparse").open("wb") as file:
        file.write(b"data")
        file.truncate(3_000_000)
    return made


@pytest.fixture
def site(tmp_path: Path, tree: Path) -> Iterator[Site]:
    """Two sets; the second has a delta."""
    with small_stores():
        vault = Vault(tmp_path / "base", "classic")
    vault.run(tree, codec=1)
    (tree / "dense").write_bytes(EDITED)
    (tree / "below/small").write_bytes(b"SMALL\n")
    vault.run(tree, codec=1)
    made = Site(vault.base, WebOptions(Place(str(vault.base)), "test", stretch=quick))
    with made.serving():
        yield made


@pytest.fixture
def look(
    site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Look:
    """Run a program; return what it has printed."""
    monkeypatch.setattr(remote_store, "stretch", quick)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def do(program: object, *words: str, status: int = 0) -> str:
        url = f"http://127.0.0.1:{site.port}/{CLIENT_NAME}"
        verb, rest = (words[:1], words[1:]) if program is sonic else ((), words)
        told = (*verb, "-D", url, "--password", PASSWORD.decode(), *rest)
        found = run(program.command, told)  # type: ignore[attr-defined]
        said = capfd.readouterr()
        assert (found, said.err) == (status, ""), said
        return said.out

    return do


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_trees_of_all_sets_come_back(look: Look, tree: Path, tmp_path: Path, jobs: str) -> None:
    out = tmp_path / "out"
    look(regenerate, "-b", "2", "--jobs", jobs, "-o", str(out), str(tree))
    assert compare(tree, out / "tree") == []
    look(regenerate, "-b", "1", "--jobs", jobs, "-o", str(tmp_path / "old"), str(tree))
    assert (tmp_path / "old/tree/dense").read_bytes() == DENSE
    assert (tmp_path / "old/tree/below/small").read_bytes() == b"small\n"


def test_every_tool_knows_the_names(look: Look, tree: Path) -> None:
    listed = look(lstardis, "-l", "--checksums", "-R", "--versions", "all", str(tree))
    assert "dense" in listed and "small" in listed and "sparse" in listed
    told = look(tardiff, "-b", "1", "-b", "2", str(tree / "below/small"), status=1)
    assert "small" in told and "SMALL" in told
    assert "dense" in look(tardiff, "-b", "1", "-b", "2", "-r", str(tree), status=1)
    assert "2 " in look(sonic, "list") and "below" in look(sonic, "find", "small")
    assert "dense" in look(sonic, "files", "-b", "2") and "Duration" in look(sonic, "info")


def test_pages_and_programs_with_the_password_read_them(site: Site, tree: Path) -> None:
    home = f"/api/v1/clients/{CLIENT_NAME}"
    with site.visitor() as one:
        assert one.enter(CLIENT_NAME, PASSWORD.decode()).status == 200
        for number, name, wanted in (
            (1, "dense", DENSE),
            (2, "dense", EDITED),
            (2, "text", TEXT),
            (2, "sparse", (tree / "sparse").read_bytes()),
        ):
            path = quote(str(tree / name))
            answer = one.get(f"{home}/sets/{number}/content?path={path}")
            assert (answer.status, answer.body) == (200, wanted), name
            part = one.get(f"{home}/sets/{number}/content?path={path}", Range="bytes=299990-300020")
            assert (part.status, part.body) == (206, wanted[299_990:300_021])
        page = one.get(f"/pages/c/{CLIENT_NAME}/browse?path={quote(str(tree))}")
        assert page.status == 200 and b"dense" in page.body
