"""The early answer to --version."""

import pytest

from tardis import __version__
from tardis.cli.version import shows_version


def test_it_answers_the_lone_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert shows_version("tardis", ["--version"])
    assert capsys.readouterr().out == f"tardis {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["--name", "--version"], ["x"]])
def test_it_leaves_everything_else_to_the_parser(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert not shows_version("tardis", argv)
    assert capsys.readouterr().out == ""
