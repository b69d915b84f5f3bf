"""The tools over HTTP: the programs themselves, against a server on loopback."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tardis.cli import lstardis, regenerate, remote_store, sonic, tardiff
from tardis.cli.main import run
from tardis.cli.remote_store import remote_place
from tardis.cli.restore_store import local_place, place_of
from tardis.cli.settings import load
from tardis.config import table
from tardis.model import ConfigError, UsageError
from tests.server.vault import quick
from tests.web.site import ALICE, OPEN, SEALED, Site, make_site, password_of, small_stores

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with small_stores():
        made = make_site(tmp_path_factory.mktemp("site") / "base")
        with made.serving():
            yield made


@pytest.fixture
def call(
    site: Site, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Call:
    """Run a program on a client; return status, output and errors."""
    monkeypatch.setattr(remote_store, "stretch", quick)
    monkeypatch.setenv("XDG_STATE_HOME", str(site.base.parent / "state"))

    def do(
        program: object, client: str, *words: str, verb: tuple[str, ...] = ()
    ) -> tuple[int, str, str]:
        given = () if client == OPEN else ("--password", password_of(client))
        where = ("-D", f"http://127.0.0.1:{site.port}/{client}", *given)
        status = run(program.command, [*verb, *where, *words])  # type: ignore[attr-defined]
        out, err = capfdbinary.readouterr()
        return status, out.decode(errors="surrogateescape"), err.decode(errors="surrogateescape")

    return do


def test_a_tree_is_listed_compared_and_restored(site: Site, call: Call, tmp_path: Path) -> None:
    for client in (OPEN, ALICE):
        status, out, err = call(lstardis, client, "top")
        assert (status, err) == (0, "") and "new" in out
        status, out, err = call(tardiff, client, "-b", "first", "-b", "second", "top/a")
        assert (status, err) == (1, "") and f"-alpha of {client}" in out.replace("! ", "-")
        place = tmp_path / client
        status, _, err = call(regenerate, client, "-o", str(place), "top")
        assert status == 0, err
        assert (place / "top/a").read_text() == f"alpha of {client}, again\n"
        assert (place / "top/d/big").read_bytes() == bytes(range(256)) * 3000
        status, out, _ = call(regenerate, client, "-b", "first", "top/a")
        assert (status, out) == (0, f"alpha of {client}\n")


def test_an_encrypted_tree_is_restored(site: Site, call: Call, tmp_path: Path) -> None:
    source = str(site.base.parent / "source")
    status, _, err = call(regenerate, SEALED, "-o", str(tmp_path / "out"), source)
    assert status == 0, err
    assert (tmp_path / "out/source/secret-name").read_text() == "another secret of the vault\n"


def test_sonic_shows_what_may_be_asked_from_afar(call: Call) -> None:
    for verb, wanted in (("list", "second"), ("info", "second"), ("files", "new")):
        status, out, err = call(
            sonic, ALICE, *(["-b", "second"] if verb == "files" else []), verb=(verb,)
        )
        assert (status, err) == (0, "") and wanted in out
    status, out, _ = call(sonic, ALICE, "new", verb=("find",))
    assert status == 0 and "top/new" in out


@pytest.mark.parametrize(
    "verb", ["check", "setpass", "recover", "upgrade", "replicate", "forget", "rights"]
)
def test_other_verbs_say_where_they_work(call: Call, verb: str) -> None:
    status, out, err = call(sonic, OPEN, verb=(verb,))
    assert (status, out) == (UsageError.exit_status, "")
    assert "on the machine only that has the backups" in err and "Traceback" not in err


def test_a_wrong_password_is_one_sentence(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    where = f"http://127.0.0.1:{site.port}/{ALICE}"
    assert run(lstardis.command, ["-D", where, "--password", "wrong", "top"]) == 12
    assert "the password is wrong" in capsys.readouterr().err


def test_the_url_names_the_client() -> None:
    def client(*words: str) -> str:
        return load("lstardis", words, {}).settings[table.TOOL_CLIENT]

    assert client("-D", "http://host/box") == client("-D", "https://host/box", "-C", "box") == "box"
    assert client("-D", "http://host", "-C", "mine") == "mine"
    with pytest.raises(UsageError, match="cannot be given together"):
        client("-D", "http://host/box", "-C", "other")
    with pytest.raises(ConfigError):
        client("-D", "http://host/a/b")


def test_a_url_is_no_place_on_this_machine() -> None:
    settings = load("lstardis", ["-D", "http://host:99/box"], {}).settings
    assert local_place(settings) is None and remote_place(settings).url == "http://host:99"
    with pytest.raises(UsageError, match="on the machine only"):
        place_of(settings)
