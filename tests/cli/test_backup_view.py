import sys
import time
from pathlib import Path

import pytest

from tardis.cli.backup_log import BackupLog
from tardis.cli.backup_view import Views
from tardis.cli.settings import load
from tardis.render import ProgressView
from tardis.scan import WalkRules


def views(*words: str) -> Views:
    settings = load("tardis", words, {"TARDIS_DEFAULTS": "/no"}).settings
    return Views(settings, BackupLog(settings))


def test_nobody_watches_unless_asked() -> None:
    with views("--progress") as none:
        assert none.observer is None
        assert none.files == []
        none.count([b"/nowhere"], WalkRules())


def test_all_that_watch_hear_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with views("--report", "-vvv") as both:
        assert both.observer is not None
        both.observer.working_on(b"/a")
        both.observer.file_done(b"/a/b", "Full", 3)
        both.observer.advanced(1, 3)
        assert both.files == [(b"/a/b", "Full", 3)]
    assert "full /a/b" in capsys.readouterr().err
    with views("--report") as alone, views("-vv") as other:
        assert alone.observer is not None
        assert other.observer is not None


def test_on_a_terminal_progress_knows_what_is_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"123")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with views("--progress") as shown:
        view = shown.observer
        assert isinstance(view, ProgressView)
        shown.count([bytes(tmp_path)], WalkRules())
        limit = time.monotonic() + 60
        while view.expected is None and time.monotonic() < limit:
            time.sleep(0.01)
        assert view.expected == (1, 3)
