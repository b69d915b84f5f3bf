"""tools/install-service puts everything where it belongs, and takes just that away again."""

import subprocess
from pathlib import Path

import pytest

from tests.whole.world import ROOT

UNITS = Path("usr/lib/systemd/system")


def tool(*words: str | Path, status: int = 0) -> str:
    done = subprocess.run(
        [str(ROOT / "tools" / "install-service"), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def files(root: Path) -> dict[str, int]:
    """Return path and mode of every file below *root*."""
    found = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.stat().st_mode & 0o777 for path in found}


def test_a_package_gets_units_samples_and_directories(tmp_path: Path) -> None:
    tool("install", "--root", tmp_path)
    found = files(tmp_path)
    for unit in ("tardisd.service", "tardisremote.service", "tardis@.service", "tardis@.timer"):
        assert found[str(UNITS / unit)] == 0o644
        assert (tmp_path / UNITS / unit).read_bytes() == (ROOT / "init" / unit).read_bytes()
    samples = {f"etc/tardis/{path.name}" for path in (ROOT / "etc").iterdir() if path.is_file()}
    assert {path for path in found if path.startswith("etc/tardis/")} == samples
    assert found["etc/tardis/tardisd.cfg"] == 0o644
    assert found["etc/logwatch/scripts/services/tardisd"] == 0o755
    assert {"etc/logrotate.d/tardis", "etc/fail2ban/filter.d/tardisd.conf"} <= set(found)
    assert not any(path.startswith("etc/init.d") for path in found)
    assert (tmp_path / "srv/tardis").is_dir() and (tmp_path / "var/log/tardis").is_dir()


def test_init_scripts_are_there_for_whom_wants_them(tmp_path: Path) -> None:
    tool("install", "--sysv", "--root", tmp_path)
    found = files(tmp_path)
    assert found["etc/init.d/tardisd"] == found["etc/init.d/tardisremote"] == 0o755
    assert not (tmp_path / UNITS).exists()


@pytest.mark.parametrize("manager", ["--systemd", "--sysv"])
def test_removing_leaves_configuration_and_directories(tmp_path: Path, manager: str) -> None:
    own = tmp_path / "etc/tardis/tardisd.cfg"
    own.parent.mkdir(parents=True)
    own.write_text("[Tardis]\nPort = 1\n")
    assert "kept: " in tool("install", manager, "--root", tmp_path)
    assert own.read_text() == "[Tardis]\nPort = 1\n"
    tool("remove", manager, "--root", tmp_path)
    assert {path.partition("/")[0] for path in files(tmp_path)} == {"etc"}
    assert {path.rpartition("/")[0] for path in files(tmp_path)} == {"etc/tardis"}
    assert (tmp_path / "srv/tardis").is_dir()


def test_one_service_alone(tmp_path: Path) -> None:
    tool("install", "--only", "tardisd", "--root", tmp_path)
    assert not (tmp_path / UNITS / "tardisremote.service").exists()
    tool("install", "--root", tmp_path)
    tool("remove", "--only", "tardisremote", "--root", tmp_path)
    found = files(tmp_path)
    assert str(UNITS / "tardisd.service") in found and "etc/logrotate.d/tardis" in found
    assert str(UNITS / "tardisremote.service") not in found


def test_a_rehearsal_touches_nothing_and_shows_every_step(tmp_path: Path) -> None:
    told = tool("install", "--dry-run", "--root", tmp_path)
    assert str(tmp_path / UNITS / "tardisd.service") in told
    assert files(tmp_path) == {}
    assert "/usr/lib/systemd/system/tardisd.service" in tool("install", "--systemd", "--dry-run")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say install or remove"),
        (["install", "--nonsense"], "no option --nonsense"),
        (["install", "--only", "sshd"], "no service sshd"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], said: str) -> None:
    assert said in tool(*words, status=2)


def test_help_is_the_head_of_the_file() -> None:
    told = tool("--help")
    assert "--dry-run" in told and "#" not in told
