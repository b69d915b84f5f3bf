"""What is appended arrives, whichever way it goes to the disk."""

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tardis.store import appending
from tardis.store.appending import BLOCK, BUFFER, Appender
from tests.facilities import counts

SIZES = st.one_of(
    st.integers(0, 3 * BLOCK),
    st.integers(BUFFER - 5000, BUFFER + 5000),
    st.sampled_from([0, 1, BLOCK - 1, BLOCK, BLOCK + 1, BUFFER - 1, BUFFER, BUFFER + 1]),
)


class Piece(NamedTuple):
    """One write: its bytes, and whether it went past the page cache."""

    size: int
    is_direct: bool


def opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[Piece]:
    seen: list[Piece] = []
    whole = os.writev

    def watched(descriptor: int, parts: Sequence[memoryview]) -> int:
        is_direct = bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DIRECT)
        seen.append(Piece(len(parts[0]), is_direct))
        return whole(descriptor, parts)

    monkeypatch.setattr(os, "writev", watched)
    return seen


@settings(max_examples=counts(50, 400))  # each writes some MiB
@given(
    begin=SIZES,
    steps=st.lists(st.tuples(SIZES, st.booleans()), max_size=6),
    is_direct=st.booleans(),
)
def test_the_file_is_what_was_appended(
    tmp_path_factory: pytest.TempPathFactory,
    begin: int,
    steps: list[tuple[int, bool]],
    is_direct: bool,
) -> None:
    path = tmp_path_factory.mktemp("appended") / "file"
    wanted = os.urandom(begin)
    path.write_bytes(wanted)
    descriptor = opened(path)
    appender = Appender(descriptor, begin, is_direct=is_direct)
    for size, is_flushed in steps:
        data = os.urandom(size)
        wanted += data
        appender.add(data)
        if is_flushed:
            appender.flush()
            assert path.stat().st_size == len(wanted)
    appender.flush()
    appender.close()
    os.close(descriptor)
    assert path.read_bytes() == wanted
    path.unlink()


def test_whole_blocks_alone_go_past_the_page_cache(tmp_path: Path, pieces: list[Piece]) -> None:
    descriptor = opened(tmp_path / "file")
    os.write(descriptor, b"x" * 100)
    appender = Appender(descriptor, 100, is_direct=True)
    appender.add(b"y" * (3 * BLOCK))
    appender.flush()
    appender.close()
    os.close(descriptor)
    wanted = [Piece(BLOCK - 100, False), Piece(2 * BLOCK, True), Piece(100, False)]
    assert pieces == wanted


def test_a_file_system_that_refuses_gets_it_as_usual(
    tmp_path: Path, pieces: list[Piece], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fcntl.fcntl

    def refused(descriptor: int, command: int, flags: int = 0) -> object:
        if command == fcntl.F_SETFL and flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "no direct writes here")
        return whole(descriptor, command, flags)

    monkeypatch.setattr(fcntl, "fcntl", refused)
    descriptor = opened(tmp_path / "file")
    appender = Appender(descriptor, 0, is_direct=True)
    for _ in range(2):
        appender.add(b"y" * (2 * BLOCK))
        appender.flush()
    appender.close()
    os.close(descriptor)
    assert pieces == [Piece(2 * BLOCK, False)] * 2
    assert (tmp_path / "file").read_bytes() == b"y" * (4 * BLOCK)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int, __: Sequence[memoryview]) -> int:
        raise OSError(errno.ENOSPC, "full")

    descriptor = opened(tmp_path / "file")
    appender = Appender(descriptor, 0, is_direct=True)
    appender.add(b"y" * BLOCK)
    monkeypatch.setattr(os, "writev", full)
    with pytest.raises(OSError, match="full"):
        appender.flush()
    assert not fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DIRECT
    appender.close()
    os.close(descriptor)


@pytest.mark.parametrize("size", [0, 1000, BUFFER, 2 * BUFFER + 17])
def test_the_head_can_be_put_in_last(tmp_path: Path, size: int, pieces: list[Piece]) -> None:
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    appender = Appender(descriptor, 0, is_direct=True)
    appender.add(bytes(16))
    appender.add(b"y" * size)
    appender.put_first(b"the head is here")
    appender.flush()
    appender.close()
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"the head is here" + b"y" * size
    assert size < BUFFER or any(piece.is_direct for piece in pieces)


def test_buffers_are_used_again(tmp_path: Path) -> None:
    descriptor = opened(tmp_path / "file")
    for _ in range(3 * appending._SPARES):
        appender = Appender(descriptor, 0, is_direct=False)
        appender.add(b"what the next one must not write")
        appender.close()
    assert 1 <= len(appending._SPARE) <= appending._SPARES
    appender = Appender(descriptor, 0, is_direct=False)
    appender.add(b"new")
    appender.flush()
    appender.close()
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_full_buffer_is_written_while_the_next_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, seen, whole = threading.Event(), list[str](), os.writev

    def slow(descriptor: int, parts: Sequence[memoryview]) -> int:
        seen.append(threading.current_thread().name)
        assert go.wait(60)
        return whole(descriptor, parts)

    monkeypatch.setattr(os, "writev", slow)
    descriptor = opened(tmp_path / "file")
    appender = Appender(descriptor, 0, is_direct=True)
    appender.add(b"y" * BUFFER)
    appender.add(b"z" * (BUFFER - 1))
    go.set()
    appender.add(b"zz")
    appender.flush()
    appender.close()
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"y" * BUFFER + b"z" * (BUFFER + 1)
    assert seen == ["beside", "beside", threading.main_thread().name]


@pytest.mark.parametrize("then", ["add", "flush", "put_first"])
def test_what_fails_beside_is_told_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    def full(_: int, __: Sequence[memoryview]) -> int:
        raise OSError(errno.ENOSPC, "full")

    descriptor = opened(tmp_path / "file")
    appender = Appender(descriptor, 0, is_direct=True)
    monkeypatch.setattr(os, "writev", full)
    appender.add(b"y" * (BUFFER + 1))
    step: dict[str, Callable[[], None]] = {
        "add": lambda: appender.add(b"y" * BUFFER),
        "flush": appender.flush,
        "put_first": lambda: appender.put_first(b"head"),
    }
    with pytest.raises(OSError, match="full"):
        step[then]()
    appender.close()
    os.close(descriptor)


def test_closing_waits_for_what_is_being_written(tmp_path: Path) -> None:
    descriptor = opened(tmp_path / "file")
    appender = Appender(descriptor, 0, is_direct=True)
    appender.add(b"y" * (BUFFER + 1))
    appender.close()
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"y" * BUFFER
    assert not [one for one in threading.enumerate() if one.name == "beside"]
