"""Where passwords come from, and that they go nowhere else."""

import http.server
import os
import pty
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tardis.cli import passwords
from tardis.cli.passwords import (
    NEW,
    PasswordSource,
    ask_password,
    read_password,
    run_program,
)
from tardis.cli.settings import load
from tardis.config import Settings, effective_text
from tardis.model import AuthenticationError, ConfigError, TardisError, UsageError

STRONG = "plinth-otter-vacuum-gable"


def settings(*words: str, program: str = "tardis") -> Settings:
    return load(program, words, {}).settings


def source(*words: str) -> PasswordSource:
    return PasswordSource(settings(*words), "Password")


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A terminal at which somebody types; returns the prompts that were shown."""

    def types(*texts: str) -> list[str]:
        prompts: list[str] = []
        left = list(texts)

        def getpass(prompt: str) -> str:
            prompts.append(prompt)
            return left.pop(0)

        monkeypatch.setattr("getpass.getpass", getpass)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        return prompts

    return types


def test_a_password_can_be_given_in_each_way(tmp_path: Path) -> None:
    file = tmp_path / "pw"
    file.write_text(f"{STRONG}  \nsecond line\n")
    for words in (
        ["--password", STRONG],
        [f"--password={STRONG}"],
        ["--password-file", str(file)],
        ["--password-file", f"file:{file}"],
        ["--password-file", f"file://{file}"],
        ["--password-prog", f"head -n 1 {file}"],
    ):
        found = source(*words)
        assert found.is_given
        assert found.known() == STRONG.encode(), words
        assert found.fresh() == STRONG.encode(), words


def test_configuration_files_can_give_it(tmp_path: Path) -> None:
    file, config = tmp_path / "pw", tmp_path / "cfg"
    file.write_text(STRONG)
    for line in (
        f"Password = {STRONG}",
        f"PasswordFile = {file}",
        f"PasswordProg = cat {file}",
        f"PassswordProg = cat {file}",
    ):
        config.write_text(f"[Tardis]\n{line}\n")
        assert source("--config", str(config)).known() == STRONG.encode(), line


@pytest.fixture
def web() -> Iterator[str]:
    """A server on loopback that knows one password."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_there = self.path == "/pw"
            self.send_response(200 if is_there else 404)
            self.end_headers()
            self.wfile.write(b"from the net\r\nmore\n")

        def log_message(self, *_args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_url_can_give_it(web: str) -> None:
    assert read_password(f"{web}/pw") == "from the net"
    with pytest.raises(UsageError, match="cannot read the password URL"):
        read_password(f"{web}/none")


def test_two_ways_at_once_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be given together"):
        settings("--password", "x", "--password-file", "y")
    config = tmp_path / "cfg"
    config.write_text("[Tardis]\nPassword = x\nPasswordProg = y\n")
    with pytest.raises(ConfigError, match="cannot be given together"):
        settings("--config", str(config))
    config.write_text("[Tardis]\nPassword = from the file\n")
    found = source("--config", str(config), "--password", "spoken")
    assert found.known() == b"spoken"


def test_letters_are_the_same_however_they_were_composed() -> None:
    assert source("--password", "u\u0308ber").known() == source("--password", "\xfcber").known()
    assert source("--password", "\udcff").known() == b"\xff"


@pytest.mark.parametrize(
    "words, what",
    [
        (["--password-file", "/nonexistent"], "password file /nonexistent"),
        (["--password-file", "/"], "password file /"),
        (["--password-file", "/dev/null"], "the password is empty"),
        (["--password-file", "ftp://127.0.0.1:1/x"], "password URL"),
        (["--password-file", "https://127.0.0.1:1/x"], "password URL"),
        (["--password-file", "http://["], "password URL"),
        (["--password-prog", "false"], "ended with status 1"),
        (["--password-prog", "/nonexistent"], "cannot be run"),
        (["--password-prog", "'"], "cannot be run"),
        (["--password-prog", " "], "cannot be run"),
        (["--password-prog", "true"], "the password is empty"),
    ],
)
def test_a_password_that_cannot_be_had_is_an_error(words: list[str], what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        source(*words).known()
    assert caught.value.__cause__ is None


def test_a_program_that_prints_without_end_is_cut() -> None:
    assert len(run_program("head -c 200000 /dev/zero")) <= 1 << 16


def test_noauth_uses_no_password_and_says_so_where_one_is_needed() -> None:
    words = ["/mnt", "--noauth", "--password", STRONG]
    found = PasswordSource(settings(*words, program="tardisfs"), "Password")
    assert not found.is_given
    with pytest.raises(AuthenticationError, match="noauth lets nobody"):
        found.known()
    assert PasswordSource(settings("/mnt", *words[2:], program="tardisfs"), "Password").is_given


def test_nothing_is_asked_before_it_is_needed_and_nothing_twice(
    typing: Callable[..., list[str]],
) -> None:
    prompts = typing("typed", "never")
    found = source()
    assert not found.is_given and prompts == []
    assert found.known() == found.known() == b"typed"
    assert prompts == ["Password: "]


def test_a_bare_option_asks(typing: Callable[..., list[str]]) -> None:
    prompts = typing("typed")
    found = source("--password")
    assert found.is_given and found.known() == b"typed"
    assert prompts == ["Password: "]


def test_a_new_password_is_typed_twice(typing: Callable[..., list[str]]) -> None:
    prompts = typing(STRONG, STRONG)
    assert source("--password").fresh() == STRONG.encode()
    assert prompts == ["Password: ", "Password, again: "]
    typing(STRONG, STRONG + "x")
    with pytest.raises(UsageError, match="not the same"):
        source().fresh()
    prompts = typing()
    assert source("--password", STRONG).fresh() == STRONG.encode()
    assert prompts == []


def test_nothing_typed_is_no_password(typing: Callable[..., list[str]]) -> None:
    typing("")
    with pytest.raises(UsageError, match="empty"):
        source().known()


def test_without_a_terminal_nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(AuthenticationError, match="no terminal"):
        source().known()
    with pytest.raises(AuthenticationError, match="no terminal"):
        ask_password("Password")


def test_a_weak_new_password_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="too weak") as caught:
        source("--password", "tardis1").fresh()
    assert "TARDIS_PW_STRENGTH=0" in caught.value.hint and "tardis1" not in caught.value.hint
    found = PasswordSource(
        load("tardis", ["--password", "tardis1"], {"TARDIS_PW_STRENGTH": "0"}).settings, "x"
    )
    assert found.fresh() == b"tardis1"
    assert source("--password", "tardis1").known() == b"tardis1"


def test_a_new_password_has_options_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "pw"
    file.write_text(STRONG)
    chosen = settings(
        "chpass", "--password", "old", "--newpassword-file", str(file), program="sonic"
    )
    assert PasswordSource(chosen, "x").known() == b"old"
    assert PasswordSource(chosen, "x", NEW).known() == STRONG.encode()


def test_what_is_kept_of_the_settings_has_no_secret() -> None:
    for words in (
        ["--password", STRONG],
        ["--password-file", f"http://me:{STRONG}@host/"],
        ["--password-prog", f"echo {STRONG}"],
    ):
        chosen = settings(*words)
        assert STRONG not in repr(effective_text(chosen))
        assert STRONG not in repr(chosen[passwords.USUAL.direct])


def test_no_core_is_written_once_there_is_a_password() -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        source("--password", "x").known()
        assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


def test_a_person_at_a_terminal_is_asked_and_what_is_typed_is_not_shown() -> None:
    program = (
        "from tardis.cli.passwords import ask_password\n"
        "print('got', len(ask_password('Password for box')))\n"
    )
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    ) as child:
        os.close(theirs)
        seen = b""
        while b"Password for box: " not in seen:
            seen += os.read(mine, 1000)
        os.write(mine, b"sesame\n")
        while b"got 6" not in seen:
            seen += os.read(mine, 1000)
        child.wait(60)
    os.close(mine)
    assert b"sesame" not in seen


def test_errors_are_of_the_family() -> None:
    assert issubclass(UsageError, TardisError)
