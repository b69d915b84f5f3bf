"""Journals of any shape are counted line by line."""

from pathlib import Path

import pytest

from tardis.store import Finding
from tardis.store.layout import Layout
from tardis.store.scrub_files import look_at_journal

LINE = b"ab12::0:0:1+4096:5:5\n"
HEAD = b"===== S: %d name s D: 2030-01-01 00:00:00 V: x\n"


def look(tmp_path: Path, text: bytes, contents: int, newest: int) -> list[Finding]:
    layout = Layout(str(tmp_path), str(tmp_path / "tardis.db"))
    Path(layout.journal).write_bytes(text)
    return look_at_journal(layout, contents, newest)


@pytest.mark.parametrize(
    ("text", "contents", "said"),
    [
        (b"", 0, []),
        (HEAD % 1 + LINE * 3, 3, []),
        (HEAD % 1 + LINE * 3 + HEAD % 2 + LINE, 3, []),
        (LINE * 2, 3, ["the journal tells of 2 contents, the catalog of 3"]),
        (LINE + b"\n" + LINE, 2, ["the journal has 1 line without sense"]),
        (LINE + b"noise\n" * 3 + LINE, 2, ["the journal has 3 lines without sense"]),
        (LINE + LINE[:9], 1, ["the journal has 1 line without sense"]),
        (HEAD % 4, 0, ["the journal knows set 4, the catalog ends with 3: it is an old copy"]),
        (LINE * 70_000 + b"x\n" + LINE, 70_001, ["the journal has 1 line without sense"]),
    ],
)
def test_lines_are_told_apart(tmp_path: Path, text: bytes, contents: int, said: list[str]) -> None:
    assert [one.text for one in look(tmp_path, text, contents, 3)] == said


def test_a_journal_that_is_gone_matters_once_there_is_anything(tmp_path: Path) -> None:
    layout = Layout(str(tmp_path), str(tmp_path / "tardis.db"))
    assert look_at_journal(layout, 0, 0) == []
    assert [one.kind for one in look_at_journal(layout, 1, 1)] == ["journal"]
