"""The units of systemd and the scripts: what the tools that know them say."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.whole.world import ROOT

INIT = ROOT / "init"
UNITS = sorted(path.name for path in INIT.iterdir() if path.suffix in (".service", ".timer"))
SCRIPTS = (
    "init/tardisd",
    "init/tardisremote",
    "tools/install-service",
    "tools/make-deb",
    "tools/try-deb",
    "tools/try-kernel",
)
EXPOSED = re.compile(r"Overall exposure level for \S+: (\d+\.\d)")


def said(*words: str | Path) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a machine that has our units, and programs of these names."""
    root = tmp_path_factory.mktemp("image")
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for name in UNITS:
        (units / name).write_bytes((INIT / name).read_bytes())
    for program in ("usr/bin/tardis", "usr/bin/tardisd", "usr/bin/tardisremote", "bin/kill"):
        path = root / program
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return root


def verified(image: Path, *units: str) -> str:
    words = ("--man=no", "--recursive-errors=no", f"--root={image}")
    return said("systemd-analyze", "verify", *words, *units)


@pytest.mark.systemd
def test_systemd_has_nothing_to_say_against_any_unit(image: Path) -> None:
    assert UNITS == [
        "tardis@.service",
        "tardis@.timer",
        "tardisd.service",
        "tardisremote.service",
    ]
    assert verified(image, *(name.replace("@", "@home") for name in UNITS)) == ""
    broken = image / "usr/lib/systemd/system/broken.service"
    broken.write_text((INIT / "tardisd.service").read_text() + "Nonsense=yes\n")
    assert "Unknown key 'Nonsense'" in verified(image, "broken.service")


@pytest.mark.systemd
@pytest.mark.parametrize("name", ["tardisd", "tardisremote"])
def test_a_service_is_as_little_exposed_as_the_manual_says(name: str) -> None:
    found = EXPOSED.search(
        said("systemd-analyze", "security", "--offline=true", str(INIT / f"{name}.service"))
    )
    page = (ROOT / "docs" / "services.md").read_text()
    assert found and float(found[1]) <= 1.5
    assert f"for {name}.service: {found[1]}" in page


@pytest.mark.parametrize("name", UNITS)
def test_programs_are_named_without_a_place(name: str) -> None:
    text = (INIT / name).read_text()
    started = re.findall(r"^ExecStart=(\S+)", text, re.M)
    assert all(program in ("tardis", "tardisd", "tardisremote") for program in started)
    assert bool(started) == name.endswith(".service")


def test_a_timer_makes_up_for_a_machine_that_was_off_and_spreads_the_load() -> None:
    text = (INIT / "tardis@.timer").read_text()
    assert "Persistent=true" in text and re.search(r"^RandomizedDelaySec=\d", text, re.M)


@pytest.mark.shellcheck
@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_has_nothing_to_say_against_any_script(script: str) -> None:
    assert said("shellcheck", "--external-sources", ROOT / script) == ""


@pytest.mark.parametrize("name", ["tardisd", "tardisremote"])
def test_an_init_script_has_the_headers_of_lsb_and_of_chkconfig(name: str) -> None:
    text = (INIT / name).read_text()
    for key in ("Provides", "Required-Start", "Required-Stop", "Default-Start", "Default-Stop"):
        assert re.search(rf"^# {key}: +\S", text, re.M), key
    assert re.search(r"^# chkconfig: \d+ \d\d \d\d$", text, re.M)
    assert f"# Provides:          {name}\n" in text


def test_the_two_init_scripts_are_the_same_but_for_the_program() -> None:
    def body(name: str) -> str:
        text = (INIT / name).read_text().partition("PATH=")[2]
        return text.replace(name, "NAME")

    assert body("tardisd") == body("tardisremote")
