import pytest

from tardis.render import ProgressView


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_line_tells_files_bytes_rate_and_place() -> None:
    clock = Clock()
    view = ProgressView(clock)
    view.working_on(b"/a/\x1b")
    view.advanced(3, 2048)
    clock.now += 2
    assert view.line().split("  ") == ["3 files", "2.0 KB", "1.0 KB/s", "/a/\\x1b"]


def test_time_left_is_told_once_the_whole_is_known() -> None:
    clock = Clock()
    view = ProgressView(clock)
    clock.now += 10
    view.expected = (4, 4 << 20)
    assert "left" not in view.line()
    view.advanced(1, 1 << 20)
    assert "0:00:30 left" in view.line()
    view.advanced(9, 9 << 20)
    assert "0:00:00 left" in view.line()


def test_long_names_lose_their_beginning() -> None:
    view = ProgressView(Clock())
    view.working_on(b"/" + b"x" * 100 + b"/end")
    assert view.line().endswith("x/end")
    assert len(view.line()) < 80


def test_it_is_drawn_now_and_then_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    view = ProgressView(clock)
    view.advanced(1, 1)
    view.start()
    for _ in range(3):
        clock.now += 0.2
        view.advanced(1, 1)
    view.stop()
    view.stop()
    assert capsys.readouterr().out == ""
