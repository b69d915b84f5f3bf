"""tardisremote as it is started, and what it makes of its settings."""

import importlib
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tardis.cli import remote_server, tardisremote
from tardis.cli.settings import load
from tardis.cli.tardisremote import command
from tardis.crypto import make_certificate, pin_of
from tardis.model import ConfigError, Right, SchemaError
from tardis.store import Place, open_reader
from tardis.web import WebOptions
from tests.web.visitor import Visitor
from tests.whole.world import free_port, wait_until


def options(place: Path, *lines: str) -> WebOptions:
    config = place / "tardisremote.cfg"
    config.write_text("\n".join(("[Tardis]", *lines)))
    return remote_server.web_options(load("tardisremote", ["--config", str(config)]).settings)


def test_its_keys_are_those_of_the_manual(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("the token\nmore\n")
    lines = (
        "Database = /b",
        "DBName = x.db",
        f"MetricsTokenFile = {tmp_path}/token",
        "Compress = False",
        "AllowCache = no",
        "SSL = True",
    )
    made = options(tmp_path, *lines, "AllowOpen = True", "Rights = list", "RequirePassword = 1")
    assert (made.place.base, made.place.db_name) == ("/b", "x.db")
    assert (made.compress, made.allow_cache, made.is_secure) == (False, False, True)
    assert (made.allow_open, made.require_password) == (True, True)
    assert made.rights == (Right.LIST,) and made.metrics_token == "the token"
    noisy = options(
        tmp_path, "Verbose = 2", "LogExceptions = True", "RequestRate = 7", "JournalFile = j"
    )
    assert (noisy.verbose, noisy.log_details, noisy.rate) == (2, True, 7)
    assert noisy.place.journal == "j"
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
        tardisremote.remote_server()
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


@contextmanager
def running(tmp_path: Path, *lines: str) -> Iterator[tuple["subprocess.Popen[str]", int, Path]]:
    """Run it by a configuration file; give process, port and the file."""
    port, config, log = free_port(), tmp_path / "remote.cfg", tmp_path / "log"
    usual = (f"Database = {tmp_path}", "Bind = 127.0.0.1", f"Port = {port}", f"LogFile = {log}")
    config.write_text("\n".join(("[Tardis]", *usual, *lines)))
    run = [sys.executable, "-m", "tardis.cli.tardisremote", "--config", str(config)]
    process = subprocess.Popen(run, text=True, env=os.environ)
    try:
        wait_until(lambda: log.exists() and " serves " in log.read_text(), "it serves")
        yield process, port, config
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait(30)


def test_it_takes_new_settings_and_keeps_the_old_where_these_are_bad(tmp_path: Path) -> None:
    log = tmp_path / "log"
    (tmp_path / "token").write_text("monitoring\n")
    with running(tmp_path, "Verbose = 1") as (process, port, config):
        far = {"X-Forwarded-For": "192.0.2.7"}
        shown = far | {"Authorization": "Bearer monitoring"}
        with closing(Visitor(port)) as one:
            assert one.ask("GET", "/metrics", headers=shown).status == 403
            good = config.read_text()
            more = f"\nMetricsTokenFile = {tmp_path}/token\nVerbose = 2\nPort = 1\n"
            config.write_text(good.replace("Verbose = 1", "").replace(f"Port = {port}", "") + more)
            process.send_signal(signal.SIGHUP)
            wait_until(lambda: "was read again" in log.read_text(), "new settings")
            assert "Port changes when tardisremote is started anew" in log.read_text()
            assert one.ask("GET", "/metrics", headers=shown).status == 200
            assert one.ask("GET", "/metrics", headers=far).status == 403
            wait_until(lambda: "GET /metrics: 403" in log.read_text(), "each request is logged")
            for bad in ("Verbose = much", f"MetricsTokenFile = {tmp_path}/absent", "Odd = 1"):
                log.write_text("")
                config.write_text(f"{good}\n{bad}\n".replace("Verbose = 1\nVerbose", "Verbose"))
                process.send_signal(signal.SIGHUP)
                wait_until(lambda: "not reloaded" in log.read_text(), bad)
            assert one.ask("GET", "/metrics", headers=shown).status == 200


def test_another_certificate_is_shown_after_a_reload(tmp_path: Path) -> None:
    def renew() -> str:
        certificate, key, pin = make_certificate("localhost")
        (tmp_path / "cert").write_bytes(certificate)
        (tmp_path / "key").write_bytes(key)
        return pin

    def shown(port: int) -> str:
        return pin_of(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port))))

    files = (f"CertFile = {tmp_path}/cert", f"KeyFile = {tmp_path}/key")
    first = renew()
    with running(tmp_path, "SSL = True", "Verbose = 1", *files) as (process, port, _):
        assert shown(port) == first
        second = renew()
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "was read again" in (tmp_path / "log").read_text(), "new settings")
        assert shown(port) == second != first


def test_a_configuration_is_checked_before_it_takes_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("TARDIS_TEST_")]:
        monkeypatch.delenv(name)
    config, token = tmp_path / "remote.cfg", tmp_path / "token"
    token.write_text("x\n")
    token.chmod(0o644)

    def checked(*lines: str) -> tuple[int, str]:
        config.write_text("\n".join(("[Tardis]", *lines)))
        config.chmod(0o600)
        status = command(["--check-config", "--config", str(config)])
        return status, capsys.readouterr().out

    assert checked(f"Database = {tmp_path}")[0] == 0
    for line, words in (
        ("Prot = 1", "Port"),
        ("Port = 99999", "Port"),
        ("SSL = True", "certificate"),
        (f"MetricsTokenFile = {token}", "holds a secret"),
        (f"LogFile = {tmp_path}/none/log", "LogFile"),
        (f"DBDir = {tmp_path}/none", "DBDir"),
    ):
        status, said = checked(f"Database = {tmp_path}", line)
        assert status == 2 and words in said, (line, said)
    status, said = checked("Daemon = True", "User = nobody-like-this", f"Database = {tmp_path}")
    assert status == 2 and "nobody-like-this" in said
