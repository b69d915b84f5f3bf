"""tardisremote as it is started, and what it makes of its settings."""

import importlib
import os
import re
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.cli import remote_server, tardisremote
from tardis.cli.settings import load
from tardis.cli.tardisremote import command
from tardis.crypto import make_certificate
from tardis.model import ConfigError, Right, SchemaError
from tardis.store import Place, open_reader
from tardis.web import WebOptions
from tests.web.visitor import Visitor
from tests.whole.world import free_port


def options(place: Path, *lines: str) -> WebOptions:
    config = place / "tardisremote.cfg"
    config.write_text("\n".join(("[Tardis]", *lines)))
    return remote_server.web_options(load("tardisremote", ["--config", str(config)]).settings)


def test_its_keys_are_those_of_the_manual(tmp_path: Path) -> None:
    lines = ("Database = /b", "DBName = x.db", "Compress = False", "AllowCache = no", "SSL = True")
    made = options(tmp_path, *lines, "AllowOpen = True", "Rights = list", "RequirePassword = 1")
    assert (made.place.base, made.place.db_name) == ("/b", "x.db")
    assert (made.compress, made.allow_cache, made.is_secure) == (False, False, True)
    assert (made.allow_open, made.require_password) == (True, True)
    assert made.rights == (Right.LIST,)
    assert options(tmp_path, "BaseDir = /c").place.base == "/c"
    usual = options(tmp_path)
    assert (usual.compress, usual.allow_cache, usual.allow_open) == (True, True, False)
    assert usual.open_store is open_reader


def test_older_stores_are_upgraded_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    def open_one(place: Place, client: str, ring: None) -> str:
        if not told:
            raise SchemaError("old")
        return f"{client} opened"

    monkeypatch.setattr(remote_server, "open_reader", open_one)
    monkeypatch.setattr(remote_server, "upgrade", lambda *words: told.append(words))
    place = Place(str(tmp_path))
    made = options(tmp_path, "AllowSchemaUpgrades = True")
    assert made.open_store(place, "box", None) == "box opened"  # type: ignore[comparison-overlap]
    assert told == [(place, "box")]


def test_a_missing_library_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError("no", name="flask")

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ConfigError, match="needs the Python package flask") as caught:
        tardisremote._serve()
    assert "tardis[remote]" in caught.value.hint


def test_tls_wants_its_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="certificate"):
        command(["--ssl", "--database", str(tmp_path)])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, number: int) -> None:
    certificate, key, pin = make_certificate("localhost")
    (tmp_path / "cert").write_bytes(certificate)
    (tmp_path / "key").write_bytes(key)
    words = ["--database", str(tmp_path), "--bind", "127.0.0.1", "--port", str(free_port()), "-v"]
    if number == signal.SIGTERM:
        words += ["--ssl", "--certfile", str(tmp_path / "cert"), "--keyfile", str(tmp_path / "key")]
    run = [sys.executable, "-m", "tardis.cli.tardisremote", *words]
    process = subprocess.Popen(run, stderr=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert found, line
        if number == signal.SIGTERM:
            assert pin in process.stderr.readline()
        else:
            with closing(Visitor(int(found[1]))) as one:
                assert one.get("/api/v1/session").status == 200
        process.send_signal(number)
        assert process.wait(30) == 0
        assert "stopped" in process.stderr.read()
    finally:
        process.kill()
        process.wait(30)
        process.stderr.close()  # type: ignore[union-attr]
