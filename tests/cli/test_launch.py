"""The entry points answer an interruption that comes before their program is there."""

import importlib
import runpy
import sys

import pytest

from tardis.cli import launch

PROGRAMS = (
    "tardis",
    "tardisd",
    "regenerate",
    "lstardis",
    "tardiff",
    "sonic",
    "tardisfs",
    "tardisremote",
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_interruption_while_a_program_is_imported_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    def interrupted(name: str) -> None:
        assert name == f"tardis.cli.{program}"
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib, "import_module", interrupted)
    monkeypatch.setattr(sys, "argv", [program])
    with pytest.raises(SystemExit) as caught:
        getattr(launch, program)()
    assert caught.value.code == launch.INTERRUPTED


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_version_needs_no_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str
) -> None:
    monkeypatch.setattr(sys, "argv", [program, "--version"])
    monkeypatch.setattr(importlib, "import_module", lambda name: pytest.fail(f"imports {name}"))
    getattr(launch, program)()
    assert capsys.readouterr().out.startswith(program)


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_runs_as_a_module_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str
) -> None:
    monkeypatch.setattr(sys, "argv", [program, "--help"])
    monkeypatch.delitem(sys.modules, f"tardis.cli.{program}", raising=False)
    with pytest.raises(SystemExit) as caught:
        runpy.run_module(f"tardis.cli.{program}", run_name="__main__")
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {program}")
