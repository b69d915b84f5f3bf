import io
import tarfile
import zipfile
from contextlib import closing

import pytest

from tardis.history import (
    ExtractOptions,
    Request,
    Restored,
    fill_archive,
    note_problems,
    open_archive,
)
from tardis.model import Observer
from tests.history.memory_reader import MemoryStore

NOW = 1_790_000_000


def noted(kind: str, name: bytes, *problems: tuple[bytes, str]) -> io.BytesIO:
    """Return an archive with nothing but the list of *problems*."""
    out, done = io.BytesIO(), Restored()
    for path, reason in problems:
        done.add_problem(path, reason)
    with closing(open_archive(kind, out)) as made:
        note_problems(made, done, name, NOW)
    out.seek(0)
    return out


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_where_nothing_is_missing_nothing_is_said(kind: str) -> None:
    assert names(kind, noted(kind, b"docs")) == []


def names(kind: str, made: io.BytesIO) -> list[str]:
    if kind == "zip":
        return zipfile.ZipFile(made).namelist()
    return tarfile.open(fileobj=made).getnames()


def test_what_is_missing_stands_in_a_file_beside_the_rest() -> None:
    made = noted("zip", b"docs", (b"docs/a\n\xff", "it is \x1b[31mdamaged"), (b"docs/b", "gone"))
    with zipfile.ZipFile(made) as found:
        assert found.namelist() == ["docs-problems.txt"]
        lines = found.read("docs-problems.txt").decode().splitlines()
    assert lines[2:] == ["docs/a\\x0a\\xff: it is \\x1b[31mdamaged", "docs/b: gone"]


def test_the_list_has_a_name_and_a_time_in_any_case() -> None:
    with tarfile.open(fileobj=noted("tar", b"", (b"x", "gone"))) as found:
        [member] = found.getmembers()
    assert (member.name, member.mtime, member.mode) == ("archive-problems.txt", NOW, 0o644)


def test_an_archive_goes_on_behind_what_cannot_be_read() -> None:
    store = MemoryStore()
    store.root(b"top")
    store.file(1, b"bad", b"bad")
    store.file(1, b"good", b"good")
    store.damage(1, b"rubbish")
    out = io.BytesIO()
    with closing(open_archive("tar", out)) as made:
        wanted = [Request(1, b"top", b"top", True)]
        done = fill_archive(made, store.reader(), wanted, ExtractOptions(b"."), Observer())
        note_problems(made, done, b"top", NOW)
    out.seek(0)
    assert names("tar", out) == ["top", "top/good", "top-problems.txt"]
