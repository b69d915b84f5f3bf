"""What the daemon runs for its administrator when a set is complete."""

from pathlib import Path

import pytest

from tardis.cli.daemon_hooks import after_set
from tardis.cli.settings import load
from tardis.cli.tardisd import daemon_options
from tardis.config import OVERRIDABLE, Settings, table
from tardis.model import HookError, Outcome


def settings(place: Path, *lines: str) -> Settings:
    config = place / "tardisd.cfg"
    config.write_text("\n".join(("[Tardis]", *lines)))
    return load("tardisd", ["--config", str(config)]).settings


def test_the_command_sees_the_set_and_its_failure_is_an_error(tmp_path: Path) -> None:
    out = tmp_path / "out"
    line = f'AfterSetCommand = echo "$TARDIS_RUN_CLIENT $TARDIS_RUN_SET" > {out}; exit 2'
    carry_out = after_set(settings(tmp_path, line))
    assert carry_out is not None
    with pytest.raises(HookError, match="AfterSetCommand ended with status 2"):
        carry_out(Outcome("", "$(id)", "", 0, set_name="Daily"), lambda: False)
    assert out.read_text() == "$(id) Daily\n"


def test_without_a_command_nothing_is_done(tmp_path: Path) -> None:
    assert daemon_options(settings(tmp_path)).after_set is None


def test_nobody_but_the_file_names_the_command() -> None:
    """No flag, no variable, nothing that is stored for a client."""
    assert (table.AFTER_SET.flags, table.AFTER_SET.variables) == ((), ())
    assert table.AFTER_SET not in OVERRIDABLE
