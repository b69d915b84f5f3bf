"""One writer at a time; nobody ever has to unlock."""

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from tardis.model import NoSpaceError, StoreBusyError, StoreError
from tardis.store.lock import WriterLock
from tests.store.workshop import descriptors


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "tardis.lock")


def taken(path: str, purpose: str = "a test") -> WriterLock:
    lock = WriterLock(path)
    lock.take(purpose)
    return lock


def test_a_second_is_refused_and_told_of_the_first(path: str) -> None:
    first = taken(path, "backup of box")
    before = descriptors()
    with pytest.raises(StoreBusyError) as caught:
        taken(path)
    text = str(caught.value)
    assert f"process {os.getpid()} on {os.uname().nodename} since 20" in text
    assert "(backup of box)" in text and "--force" in caught.value.hint
    assert descriptors() == before
    first.close()
    taken(path).close()


def test_it_ends_with_its_process(path: str) -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        taken(path, "a child")
        os.write(write, b"!")
        time.sleep(60)
        os._exit(0)
    assert os.read(read, 1) == b"!"
    with pytest.raises(StoreBusyError, match=f"process {child}"):
        taken(path)
    os.kill(child, 9)
    os.waitpid(child, 0)
    taken(path).close()
    os.close(read)
    os.close(write)


def test_a_forced_one_asks_the_holder_and_waits(path: str) -> None:
    holder = taken(path)
    assert not holder.is_wished_away()
    got = threading.Event()

    def force() -> None:
        lock = WriterLock(path)
        lock.take("forced", is_forced=True, patience=30)
        assert not lock.is_wished_away()
        got.set()
        lock.close()

    thread = threading.Thread(target=force)
    thread.start()
    while not holder.is_wished_away():
        time.sleep(0.005)
    assert not got.is_set()
    holder.close()
    thread.join(30)
    assert got.is_set()


def test_a_holder_that_does_not_stop_is_named_after_a_while(path: str) -> None:
    holder = taken(path, "stubborn")
    lock = WriterLock(path)
    with pytest.raises(StoreBusyError, match="stubborn"):
        lock.take("forced", is_forced=True, patience=0.05)
    holder.close()


def test_a_holder_that_is_finishing_is_waited_for(path: str) -> None:
    holder = taken(path)
    holder.finish()
    thread = threading.Timer(0.1, holder.close)
    thread.start()
    lock = WriterLock(path)
    lock.take("patient", patience=30)
    thread.join()
    with pytest.raises(StoreBusyError, match="patient"):
        taken(path)
    lock.close()


def test_patience_with_a_finishing_holder_ends(path: str) -> None:
    holder = taken(path, "slow")
    holder.finish()
    with pytest.raises(StoreBusyError, match="slow"):
        WriterLock(path).take("patient", patience=0.05)
    holder.close()


@pytest.mark.parametrize("note", [b"", b"rubbish", b"[1, 2]", b"\xff" * 50])
def test_a_note_that_cannot_be_read_names_nobody(path: str, note: bytes) -> None:
    holder = taken(path)
    Path(path).write_bytes(note)
    with pytest.raises(StoreBusyError, match="another process"):
        taken(path)
    holder.close()


def test_a_long_purpose_fits(path: str) -> None:
    holder = taken(path, "x" * 10_000)
    with pytest.raises(StoreBusyError):
        taken(path)
    holder.close()
    assert os.path.getsize(path) == 4096


@pytest.mark.parametrize("number, kind", [(errno.ENOSPC, NoSpaceError), (errno.EIO, StoreError)])
def test_a_note_that_cannot_be_written_gives_the_lock_back(
    path: str, number: int, kind: type[StoreError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    before = descriptors()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", fail)
        with pytest.raises(kind):
            taken(path)
    assert descriptors() == before
    taken(path).close()


def test_a_directory_that_is_not_there_is_trouble_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot use"):
        WriterLock(str(tmp_path / "none" / "tardis.lock"))


def test_a_lock_whose_file_was_replaced_is_none(path: str) -> None:
    """Who made a store in vain takes its lock file away while others wait for it."""
    late = WriterLock(path)
    os.unlink(path)
    holder = taken(path, "of the new file")
    with pytest.raises(StoreBusyError, match="of the new file"):
        late.take("late")
    holder.close()
    late = WriterLock(path)
    os.unlink(path)
    late.take("again")
    with pytest.raises(StoreBusyError, match="again"):
        taken(path)
    late.close()
