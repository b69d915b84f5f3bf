import doctest
import stat
from datetime import UTC

import pytest

from tardis.web.pages import words
from tests.history.memory_reader import MemoryStore


def test_the_examples_hold() -> None:
    assert doctest.testmod(words).failed == 0


def test_moments_are_told_in_a_zone() -> None:
    assert words.moment(0, UTC) == "1970-01-01 00:00"
    assert words.moment_ns(86_400 * 10**9, UTC, "%a %d") == "Fri 02"
    assert words.machine_time(1_000_000_000) == "1970-01-01T00:00:01Z"
    assert words.took(90 * 10**9) == "0:01:30"


@pytest.mark.parametrize("seconds", [1 << 62, -(1 << 62), 10**15])
def test_moments_beyond_all_calendars_are_told_in_seconds(seconds: int) -> None:
    assert words.moment(seconds, UTC) == f"{seconds} s"


@pytest.mark.parametrize(
    "kind, word",
    [(stat.S_IFDIR, "folder"), (stat.S_IFREG, "file"), (stat.S_IFLNK, "link"),
     (stat.S_IFSOCK, "socket"), (stat.S_IFIFO, "pipe"), (stat.S_IFBLK, "device"), (0, "other")],
)  # fmt: skip
def test_every_kind_has_its_word(kind: int, word: str) -> None:
    store = MemoryStore()
    store.file(1, b"x", b"")
    assert words.kind_of(store.entries[1][0]._replace(mode=kind | 0o644)) == word
    assert words.kind_of(None) == "folder"
