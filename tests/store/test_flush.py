"""What was flushed survives a power cut; a flush that failed is never believed again."""

import errno
import os
import threading
from pathlib import Path

import pytest

from tardis.model import StoreError
from tardis.store import flush
from tardis.store.flush import (
    Flusher,
    Flushers,
    can_syncfs,
    replace_durably,
    sync_file,
    syncfs,
    write_all,
)


class Calls(list[str]):
    """Writes down which files were flushed, by name."""

    def one(self, descriptor: int) -> None:
        self.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    made = Calls()
    monkeypatch.setattr(os, "fsync", made.one)
    return made


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file system be one where `syncfs` is enough."""
    monkeypatch.setattr(flush, "can_syncfs", lambda directory: True)


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush, "can_syncfs", lambda directory: False)


def test_without_syncfs_files_come_before_their_directories(
    tmp_path: Path, calls: Calls, apart: None
) -> None:
    (tmp_path / "ab").mkdir()
    for name in ("1.pack", "tardis.journal", "ab/content"):
        (tmp_path / name).touch()
    files = [str(tmp_path / name) for name in ("1.pack", "ab/content", "tardis.journal")]
    Flusher(str(tmp_path)).flush(files, [str(tmp_path), str(tmp_path / "ab")])
    assert calls == ["1.pack", "content", "tardis.journal", tmp_path.name, "ab"]


def test_with_syncfs_one_call_is_enough(
    tmp_path: Path, calls: Calls, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(flush, "syncfs", synced.append)
    flusher = Flusher(str(tmp_path))
    flusher.flush(["not looked at"], ["neither"])
    assert len(synced) == 1 and calls == []
    assert os.path.samestat(os.fstat(synced[0]), tmp_path.stat())


def test_the_true_call_works_here(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    syncfs(descriptor)
    os.close(descriptor)
    with pytest.raises(OSError) as caught:
        syncfs(-1)
    assert caught.value.errno == errno.EBADF
    Flusher(str(tmp_path)).flush([], [])


def test_a_failure_stays_for_good_with_its_flusher(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "lost")

    flusher = Flusher(str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(flush, "syncfs", fail)
        with pytest.raises(OSError, match="lost"):
            flusher.flush([], [])
    assert flusher.has_failed
    with pytest.raises(OSError, match="lost"):
        flusher.flush([], [])


def test_an_interrupted_flush_counts_as_failed(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    flusher = Flusher(str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(flush, "syncfs", interrupt)
        with pytest.raises(KeyboardInterrupt):
            flusher.flush([], [])
    with pytest.raises(OSError, match="interrupted"):
        flusher.flush([], [])


def test_requests_during_a_flush_are_served_by_one_more(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, going_on, count = threading.Event(), threading.Event(), [0]

    def slow(descriptor: int) -> None:
        count[0] += 1
        running.set()
        assert going_on.wait(20)

    monkeypatch.setattr(flush, "syncfs", slow)
    flusher = Flusher(str(tmp_path))
    first = threading.Thread(target=flusher.flush, args=([], []))
    first.start()
    assert running.wait(20)
    later = [threading.Thread(target=flusher.flush, args=([], [])) for _ in range(5)]
    for thread in later:
        thread.start()
    while len(flusher._turn._waiters) < 5:  # type: ignore[attr-defined]
        pass
    going_on.set()
    for thread in (first, *later):
        thread.join(20)
    assert count[0] == 2


def test_those_who_waited_for_a_flush_that_failed_fail_too(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, going_on, failed = threading.Event(), threading.Event(), []

    def slow(descriptor: int) -> None:
        running.set()
        assert going_on.wait(20)
        raise OSError(errno.EIO, "lost")

    def ask() -> None:
        with pytest.raises(OSError, match="lost"):
            flusher.flush([], [])
        failed.append(1)

    monkeypatch.setattr(flush, "syncfs", slow)
    flusher = Flusher(str(tmp_path))
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert running.wait(20)
    going_on.set()
    for thread in threads:
        thread.join(20)
    assert len(failed) == 3


def test_one_flusher_serves_a_file_system_until_it_fails(
    tmp_path: Path, together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushers = Flushers()
    (tmp_path / "other").mkdir()
    one = flushers.below(str(tmp_path))
    assert flushers.below(str(tmp_path / "other")) is one

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "lost")

    with monkeypatch.context() as patched:
        patched.setattr(flush, "syncfs", fail)
        with pytest.raises(OSError):
            one.flush([], [])
    fresh = flushers.below(str(tmp_path))
    assert fresh is not one and not fresh.has_failed
    fresh.flush([], [])


def test_a_directory_that_is_not_there_is_trouble_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open"):
        Flushers().below(str(tmp_path / "none"))


@pytest.mark.parametrize(
    "release, kernel",
    [("5.8.0", (5, 8)), ("6.1-rc2", (6, 1)), ("4.19.0-amd64", (4, 19)), ("odd", (0, 0)), ("5", (0, 0))],
)
def test_old_kernels_do_not_tell_of_lost_writes(
    tmp_path: Path, release: str, kernel: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = os.uname()
    values = (known.sysname, known.nodename, release, known.version, known.machine)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(values))
    monkeypatch.setattr(flush, "_filesystem_type", lambda directory: "ext4")
    assert flush._kernel() == kernel
    assert can_syncfs(str(tmp_path)) == (kernel >= (5, 8))


@pytest.mark.parametrize("kind, enough", [("ext4", True), ("xfs", True), ("nfs4", False), ("", False)])
def test_only_known_file_systems_are_flushed_together(
    tmp_path: Path, kind: str, enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush, "_kernel", lambda: (6, 1))
    monkeypatch.setattr(flush, "_filesystem_type", lambda directory: kind)
    assert can_syncfs(str(tmp_path)) == enough


def test_the_type_of_a_file_system_is_the_kernels() -> None:
    assert flush._filesystem_type("/proc") == "proc"


def test_a_file_system_that_cannot_be_told_has_no_type(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", fail)
    assert flush._filesystem_type("/") == ""


def test_a_file_is_replaced_only_once_it_is_whole(
    tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"old")
    with monkeypatch.context() as patched:
        patched.setattr(flush, "write_all", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(OSError, match="full"):
            replace_durably(str(path), b"new")
    assert path.read_bytes() == b"old"
    replace_durably(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert calls == ["keys.new", tmp_path.name]


def test_a_file_is_flushed_with_its_directory(tmp_path: Path, calls: Calls) -> None:
    (tmp_path / "file").touch()
    sync_file(str(tmp_path / "file"))
    assert calls == ["file", tmp_path.name]


def test_short_writes_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, bytes(data[:3])))
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    write_all(descriptor, b"0123456789")
    write_all(descriptor, b"")
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"0123456789"
