"""--check-config names everything that is wrong, and touches nothing."""

import json
import os
from pathlib import Path

import pytest

from tardis.cli import tardis, tardisd
from tardis.cli.check_config import asks_for_check

HERE = ("--config", "cfg", "--check-config")


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TARDIS_TEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TARDIS_DEFAULTS", str(tmp_path / "defaults"))
    monkeypatch.setenv("TARDIS_GLOBAL_EXCLUDES", os.devnull)
    Path("defaults").write_text("[Tardis]\n")
    Path("base").mkdir()


def configure(*lines: str, section: str = "Tardis", mode: int = 0o600) -> None:
    """Write one section of the file, behind those that are there."""
    with open("cfg", "a", encoding="utf-8") as file:
        file.write("\n".join((f"[{section}]", *lines, "")))
    os.chmod("cfg", mode)


def client(*words: str) -> int:
    return tardis.command([*HERE, *words])


def server(*words: str) -> int:
    return tardisd.command([*HERE, *words])


def test_what_is_right_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("BaseDir = base")
    assert server() == 0
    assert capsys.readouterr().out == "nothing is wrong: cfg\n"
    assert client() == 0
    assert os.listdir("base") == []


def test_all_that_is_wrong_is_told_one_line_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARDIS_PROT", "1")
    monkeypatch.setenv("TARDIS_PORT", "a thousand")
    Path("defaults").write_text("[Tardis]\nTARDIS_DBB = x\n")
    configure("BaseDir = nowhere", "AllowNewHost = True", "Umask = 9")
    configure(section="extra", mode=0o666)
    assert server("--timeout", "soon") == 2
    lines = capsys.readouterr().out.splitlines()
    wanted = (
        "environment: there is no variable TARDIS_PROT (Did you mean TARDIS_PORT?)",
        "defaults [Tardis]: there is no option TARDIS_DBB (Did you mean TARDIS_DB?)",
        "configuration file cfg [extra]: tardisd reads no such section",
        "there is no option AllowNewHost (Did you mean AllowNewHosts?)",
        "environment: TARDIS_PORT: 'a thousand' is not a whole number",
        "cfg [Tardis]: Umask: '9' is not an octal number",
        "command line: --timeout: 'soon' is not a number of seconds",
        "configuration file cfg: others can change it (mode 666) (chmod 644 cfg)",
        "BaseDir: there is no directory nowhere",
    )
    assert len(lines) == len(wanted), lines
    for words in wanted:
        assert any(words in line for line in lines), words


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("Priorities = 1",), "Formats has 3 entries and Priorities 1"),
        (("KeepPeriods = 1, 2",), "Formats has 3 entries and KeepPeriods 2"),
        (("AutoPurge = True", "KeepPeriods = 1, 2"), "there must be one period for each"),
        (("ForceFull = True",), "ForceFull 1"),
        (("Formats = a%Y, a%Y, b%Y",), "Formats has the same entry twice"),
        (("SSL = True",), "TLS needs a certificate and its key"),
        (("SSL = True", "CertFile = c", "KeyFile = k"), "KeyFile: cannot read k"),
        (("DBDir = none",), "DBDir: there is no directory none"),
        (("Schema = none.sql",), "none.sql"),
        (("LogFile = none/log",), "LogFile: there is no directory"),
        (("LogFile = base",), "LogFile: base is a directory"),
        (("Daemon = True", "PidFile = none/pid"), "PidFile: there is no directory"),
        (("Daemon = True", "PidFile = pid", "User = no such"), "there is no user no such"),
        (("Local = none/socket",), "Local: there is no directory"),
        (("NotifyPasswordFile = gone",), "NotifyPasswordFile: cannot read gone"),
    ],
)
def test_of_the_server(
    lines: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("BaseDir = base", *lines)
    assert server() == 2
    assert words in capsys.readouterr().out


@pytest.mark.root
def test_a_base_directory_of_another_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure("BaseDir = base", "Daemon = True", "PidFile = pid", "User = nobody")
    assert server() == 2
    assert "BaseDir: nobody cannot write to base (chown " in capsys.readouterr().out
    os.chmod("base", 0o777)
    assert server() == 0


def test_the_key_of_a_certificate_is_private(capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--certfile", "c", "--keyfile", "k"]
    tardisd.command([*files, "--make-certificate", "here"])
    configure("BaseDir = base", "SSL = True", "CertFile = c", "KeyFile = k")
    os.chmod("k", 0o640)
    assert server() == 0
    os.chmod("k", 0o644)
    assert server() == 2
    assert "others can get at it (mode 644) (chmod 640 k)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("Directories = base gone",), "Directories: there is no "),
        (("PasswordFile = gone",), "PasswordFile: cannot read gone"),
        (("PasswordFile = open",), "open holds a secret, and others can get at it (mode 644)"),
        (("NotifyPasswordFile = open",), "NotifyPasswordFile: open holds a secret"),
        (("KeyFile = open",), "KeyFile: open holds a secret"),
        (("PasswordFile = group",), "group holds a secret, and its group can get at it"),
        (("PasswordProg = no-such-program -x",), "there is no program no-such-program"),
        (("PasswordProg = 'cut",), "no end of a quotation"),
        (("ExcludeFiles = gone",), "gone"),
        (("NoCompressFile = gone", "CompressData = zlib"), "cannot read the types in gone"),
        (("LogFiles = none/log",), "LogFiles: there is no directory"),
        (
            ("Local = True", "LocalServerCmd = no-such-daemon"),
            "LocalServerCmd: there is no program",
        ),
        (("Server = tardis://:x",), "tardis://:x"),
    ],
)
def test_of_the_client(
    lines: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, mode in (("open", 0o644), ("group", 0o640)):
        Path(name).write_text("secret\n")
        os.chmod(name, mode)
    configure(*lines)
    assert client() == 2
    assert words in capsys.readouterr().out


def test_a_password_in_the_file_makes_the_file_a_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("Password = plinth-otter")
    assert client() == 0
    os.chmod("cfg", 0o640)
    assert client() == 2
    told = capsys.readouterr().out
    assert "Password: cfg holds a secret" in told and "plinth" not in told


def test_so_does_the_address_of_a_webhook_for_both(capsys: pytest.CaptureFixture[str]) -> None:
    configure("NotifyWebhook = https://example.org/token", "BaseDir = base", mode=0o640)
    assert (client(), server()) == (2, 0)
    os.chmod("cfg", 0o644)
    assert server() == 2
    told = capsys.readouterr().out
    assert "NotifyWebhook: cfg holds a secret" in told and "token" not in told


def test_every_job_is_looked_at_and_one_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("Port = 7420")
    configure("Port = x", section="home")
    configure("Directories = gone", section="work")
    assert client("--job", "play") == 2
    told = capsys.readouterr().out
    assert "cfg [home]: Port: 'x'" in told and "/gone" in told
    assert "there is no section [play]" in told
    assert len(told.splitlines()) == 3


def test_what_is_no_configuration_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert client() == 2
    assert "there is no file cfg" in capsys.readouterr().out
    Path("cfg").write_text("no section\n")
    assert client() == 2
    assert "configuration file cfg: File contains no section headers" in capsys.readouterr().out
    os.unlink("cfg")
    os.mkdir("cfg")
    assert client() == 2
    assert "cannot read cfg: Is a directory" in capsys.readouterr().out


def test_without_any_file_there_may_be_nothing_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARDIS_DAEMON_CONFIG", "gone")
    assert tardisd.command(["--check-config", "--database", "base"]) == 0
    assert capsys.readouterr().out == "nothing is wrong: there is no configuration file\n"
    monkeypatch.setenv("TARDIS_DEFAULTS", "gone")
    assert tardisd.command(["--check-config", "--database", "base"]) == 2


@pytest.mark.parametrize("program", ["tardis", "tardisd"])
def test_programs_read_the_same_as_json(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = {"tardis": client, "tardisd": server}[program]
    configure("BaseDir = base")
    assert run("--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "program": program,
        "file": "cfg",
        "ok": True,
        "findings": [],
    }
    configure("Prot = 1", section="more")
    assert run("--json") == 2
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"] and set(told["findings"][0]) == {"text", "hint"}


def test_only_the_flag_itself_asks_for_it() -> None:
    assert asks_for_check(["-v", "--check-config"])
    assert not asks_for_check(["--", "--check-config"])
    assert not asks_for_check([])
