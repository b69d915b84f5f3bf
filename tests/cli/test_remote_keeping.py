"""How long sets are kept, as tardisremote reads it where tardisd does."""

from pathlib import Path

import pytest

from tardis.cli.remote_keeping import keeping_of
from tardis.cli.settings import load
from tardis.model import ConfigError


def test_it_is_what_the_configuration_of_the_daemon_says_now(tmp_path: Path) -> None:
    daemon, own = tmp_path / "tardisd.cfg", tmp_path / "remote.cfg"
    own.write_text(f"[Tardis]\nDaemonConfig = {daemon}\n")
    keeping = keeping_of(load("tardisremote", ["--config", str(own)], {}).settings)
    daemon.write_text("[Tardis]\nFormats = a\nPriorities = 1\nKeepPeriods = 400\n")
    found = keeping({})
    assert (found.schedule.formats, found.schedule.days) == (("a",), (400,))
    assert (found.schedule.named_days, found.min_free) == (0, 0)
    assert keeping({"KeepPeriods": "7", "Formats": "b"}).schedule.days == (7,)
    daemon.write_text("[Tardis]\nKeepNamed = 9\nMinFreeSpace = 1M\nAllowClientOverrides = no\n")
    found = keeping({"KeepNamed": "1"})
    assert (found.schedule.named_days, found.min_free) == (9, 1 << 20)


@pytest.mark.parametrize("text", [None, "[Tardis]\nKeepNamed = long\n", "[Tardis]\nOdd = 1\n"])
def test_nothing_is_guessed(tmp_path: Path, text: str | None) -> None:
    daemon = tmp_path / "tardisd.cfg"
    if text is not None:
        daemon.write_text(text)
    words = ["--config", str(tmp_path / "none.cfg"), "--daemon-config", str(daemon)]
    Path(words[1]).write_text("")
    keeping = keeping_of(load("tardisremote", words, {}).settings)
    with pytest.raises(ConfigError):
        keeping({})
