"""Questions at the terminal."""

import io
import sys

import pytest

from tardis.cli.asking import Question, agrees
from tardis.model import UsageError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "answers"),
    [
        ("y\nn\nYES\n\n", [True, False, True, False, False]),
        ("n\na\n", [False, True, True, True, True]),
        ("y\no\ny\n", [True, False, False, False, False]),
        ("what\ny\n", [False, True, False, False, False]),
    ],
)
def test_each_answer_counts_for_one_file_or_for_all_the_rest(
    typed: str,
    answers: list[bool],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    question = Question()
    assert [question("a\x1b") for _ in answers] == answers
    assert "replace a\\x1b?" in capsys.readouterr().err


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(UsageError, match="needs a terminal"):
        Question()


@pytest.mark.parametrize(("typed", "is_yes"), [("y\n", True), ("\n", False), ("", False)])
def test_only_a_yes_is_a_yes(typed: str, is_yes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert agrees("really?") == is_yes
