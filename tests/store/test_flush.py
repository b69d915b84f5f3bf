"""What was flushed survives; a lost write is never forgotten."""

import errno
import os
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import StoreError
from tardis.store import flush
from tardis.store.flush import Flusher, Flushers, replace_durably, sync_file, write_all
from tests.store.workshop import descriptors

LOST = OSError(errno.EIO, "a write was lost")
PATIENCE = 30


class Kernel:
    """Stands for `syncfs`: writes down each call, and lets a test step in."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.then: Callable[[], None] = lambda: None

    def syncfs(self, descriptor: int) -> None:
        self.asked.append(descriptor)
        self.then()

    def lose(self) -> None:
        raise LOST


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """Return a kernel whose `syncfs` can be trusted everywhere."""
    made = Kernel()
    monkeypatch.setattr(flush, "syncfs", made.syncfs)
    monkeypatch.setattr(flush, "can_syncfs", lambda _: True)
    return made


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is flushed and renamed, by name, on a kernel without `syncfs`."""
    found: list[str] = []
    sync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        found.append(f"flush {os.path.basename(os.readlink(f'/proc/self/fd/{descriptor}'))}")
        sync(descriptor)

    def replaced(old: str, new: str) -> None:
        found.append(f"{os.path.basename(old)} becomes {os.path.basename(new)}")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(flush, "can_syncfs", lambda _: False)
    return found


class Turn(threading.Condition):
    """A condition that tells how many came to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Semaphore(0)

    def wait(self, timeout: float | None = None) -> bool:
        self.came.release()
        return super().wait(timeout)


class Crowd:
    """Threads that ask for a flush while another one runs."""

    def __init__(self, kernel: Kernel, place: Path) -> None:
        self.kernel = kernel
        self.flusher = Flusher(str(place))
        self.turn = self.flusher._turn = Turn()
        self.done: list[str] = []
        self.failed: list[OSError] = []
        self._gate = threading.Event()
        self._begun = threading.Event()
        self._threads: list[threading.Thread] = []
        self.first_ends: Callable[[], None] = lambda: None
        kernel.then = self._hold_first

    def _hold_first(self) -> None:
        if len(self.kernel.asked) == 1:
            self._begun.set()
            assert self._gate.wait(PATIENCE)
            self.first_ends()
        else:
            assert [name for name in self.done if name != "first"] == []

    def _ask(self, name: str) -> None:
        try:
            self.flusher.flush([], [])
        except OSError as error:
            self.failed.append(error)
        else:
            self.done.append(name)

    def _start(self, name: str) -> None:
        self._threads.append(threading.Thread(target=self._ask, args=(name,)))
        self._threads[-1].start()

    def run(self, others: int) -> None:
        """Let *others* come while the first flush runs, then let it end."""
        self._start("first")
        assert self._begun.wait(PATIENCE)
        for number in range(others):
            self._start(str(number))
            assert self.turn.came.acquire(timeout=PATIENCE)
        self._gate.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)


def test_one_call_covers_all_files(kernel: Kernel, tmp_path: Path) -> None:
    flusher = Flusher(str(tmp_path))
    flusher.flush(["there is no such file"], ["nor such a directory"])
    assert len(kernel.asked) == 1
    assert not flusher.has_failed


def test_the_descriptor_is_as_old_as_the_flusher(kernel: Kernel, tmp_path: Path) -> None:
    flusher = Flusher(str(tmp_path))
    before = descriptors()
    for _ in range(3):
        flusher.flush([], [])
    assert len(set(kernel.asked)) == 1
    assert os.path.samestat(os.fstat(kernel.asked[0]), tmp_path.stat())
    assert not os.get_inheritable(kernel.asked[0])
    assert descriptors() == before


@pytest.mark.parametrize("others", [1, 2, 5])
def test_those_who_come_during_a_flush_share_the_next_one(
    kernel: Kernel, tmp_path: Path, others: int
) -> None:
    crowd = Crowd(kernel, tmp_path)
    crowd.run(others)
    assert len(kernel.asked) == 2
    assert sorted(crowd.done) == sorted(["first", *map(str, range(others))])
    assert crowd.failed == []


def test_a_flush_after_the_others_is_one_of_its_own(kernel: Kernel, tmp_path: Path) -> None:
    crowd = Crowd(kernel, tmp_path)
    crowd.run(3)
    kernel.then = lambda: None
    crowd.flusher.flush([], [])
    assert len(kernel.asked) == 3


def test_those_who_wait_for_a_flush_that_fails_fail_with_it(kernel: Kernel, tmp_path: Path) -> None:
    crowd = Crowd(kernel, tmp_path)
    crowd.first_ends = kernel.lose
    crowd.run(3)
    assert crowd.done == []
    assert [error.errno for error in crowd.failed] == [errno.EIO] * 4
    assert len(kernel.asked) == 1


def test_a_lost_write_is_never_forgotten(kernel: Kernel, tmp_path: Path) -> None:
    flusher = Flusher(str(tmp_path))
    kernel.then = kernel.lose
    with pytest.raises(OSError, match="a write was lost"):
        flusher.flush([], [])
    kernel.then = lambda: None
    for _ in range(3):
        with pytest.raises(OSError, match="a write was lost") as caught:
            flusher.flush([], [])
        assert caught.value.errno == errno.EIO
    assert flusher.has_failed
    assert len(kernel.asked) == 1


def test_a_flush_that_was_interrupted_counts_as_lost(kernel: Kernel, tmp_path: Path) -> None:
    flusher = Flusher(str(tmp_path))

    def interrupt() -> None:
        raise KeyboardInterrupt

    kernel.then = interrupt
    with pytest.raises(KeyboardInterrupt):
        flusher.flush([], [])
    kernel.then = lambda: None
    with pytest.raises(OSError, match="interrupted"):
        flusher.flush([], [])
    assert flusher.has_failed


def test_stores_on_one_file_system_share_a_flusher(kernel: Kernel, tmp_path: Path) -> None:
    flushers = Flushers()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = flushers.below(str(tmp_path / "one"))
    assert flushers.below(str(tmp_path / "two")) is one
    one.flush([], [])
    assert len(kernel.asked) == 1


@pytest.mark.usefixtures("kernel")
def test_another_file_system_has_another_flusher(tmp_path: Path) -> None:
    flushers = Flushers()
    assert flushers.below("/proc") is not flushers.below(str(tmp_path))


def test_whoever_asks_anew_gets_a_flusher_without_a_past(kernel: Kernel, tmp_path: Path) -> None:
    flushers = Flushers()
    old = flushers.below(str(tmp_path))
    kernel.then = kernel.lose
    with pytest.raises(OSError, match="lost"):
        old.flush([], [])
    kernel.then = lambda: None
    new = flushers.below(str(tmp_path))
    assert new is not old
    assert flushers.below(str(tmp_path)) is new
    new.flush([], [])
    with pytest.raises(OSError, match="lost"):  # for those who wrote before, nothing is mended
        old.flush([], [])
    assert len(set(kernel.asked)) == 2


@pytest.mark.usefixtures("kernel")
def test_all_who_ask_at_once_get_the_same_flusher(tmp_path: Path) -> None:
    flushers, found = Flushers(), []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait(PATIENCE)
        found.append(flushers.below(str(tmp_path)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(found) == 8 and len(set(map(id, found))) == 1


@pytest.mark.parametrize("name", ["none", "file"])
def test_what_is_no_directory_is_trouble_of_the_store(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot open"):
        Flushers().below(str(tmp_path / name))


def test_without_syncfs_files_go_before_their_directories(steps: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    files = [folder / name for name in ("b", "a", "c")]
    for file in files:
        file.write_bytes(b"data")
    flusher = Flusher(str(tmp_path))
    before = descriptors()
    flusher.flush(map(str, files), [str(folder), str(tmp_path)])
    assert steps == ["flush b", "flush a", "flush c", "flush folder", f"flush {tmp_path.name}"]
    assert descriptors() == before


def test_without_syncfs_the_first_loss_ends_the_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []

    def lose(descriptor: int) -> None:
        flushed.append(descriptor)
        raise LOST

    monkeypatch.setattr(flush, "can_syncfs", lambda _: False)
    monkeypatch.setattr(os, "fsync", lose)
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.touch()
    flusher = Flusher(str(tmp_path))
    before = descriptors()
    with pytest.raises(OSError, match="lost"):
        flusher.flush(map(str, files), [str(tmp_path)])
    assert len(flushed) == 1
    assert descriptors() == before


@pytest.mark.usefixtures("steps")
def test_without_syncfs_a_file_that_is_gone_is_no_flush(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Flusher(str(tmp_path)).flush([str(tmp_path / "gone")], [])


def test_a_file_goes_before_the_directory_that_names_it(steps: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sync_file(str(tmp_path / "file"))
    assert steps == ["flush file", f"flush {tmp_path.name}"]


def test_a_file_is_replaced_in_three_steps(steps: list[str], tmp_path: Path) -> None:
    replace_durably(str(tmp_path / "keys"), b"data")
    assert steps == ["flush keys.new", "keys.new becomes keys", f"flush {tmp_path.name}"]


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
def test_the_new_bytes_replace_the_old_ones(
    tmp_path_factory: pytest.TempPathFactory, old: bytes, stale: bytes, new: bytes
) -> None:
    path = tmp_path_factory.mktemp("flush") / "keys"
    path.write_bytes(old)
    path.with_suffix(".new").write_bytes(stale)  # left by a run that was killed
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        replace_durably(str(path), new)
    assert path.read_bytes() == new
    assert os.listdir(path.parent) == ["keys"]


@pytest.mark.parametrize("broken", ["write", "fsync", "replace"])
def test_the_old_file_stays_until_the_new_one_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "keys"
    replace_durably(str(path), b"old")
    before = descriptors()

    def lose(*_: object) -> int:
        raise LOST

    with monkeypatch.context() as patched:
        patched.setattr(os, broken, lose)
        with pytest.raises(OSError, match="lost"):
            replace_durably(str(path), b"new")
    assert path.read_bytes() == b"old"
    assert descriptors() == before
    replace_durably(str(path), b"new")
    assert path.read_bytes() == b"new"


def test_a_secret_is_never_open_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    write = os.write

    def seen(descriptor: int, data: bytes) -> int:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", seen)
    replace_durably(str(tmp_path / "keys"), b"secret", 0o600)
    assert modes == [0o600]
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600


@given(st.binary(max_size=2000), st.lists(st.integers(1, 500), min_size=1), st.booleans())
def test_all_is_written_however_little_a_call_takes(
    data: bytes, sizes: Sequence[int], is_view: bool
) -> None:
    written = bytearray()

    def short(_: int, part: memoryview) -> int:
        taken = bytes(part[: sizes[len(written) % len(sizes)]])
        written.extend(taken)
        return len(taken)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "write", short)
        write_all(-1, memoryview(data) if is_view else data)
    assert written == data


def test_the_kernel_itself_is_asked(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    os.close(descriptor)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)) as caught:
        flush.syncfs(descriptor)
    assert caught.value.errno == errno.EBADF


@pytest.mark.parametrize(
    "release, is_trusted",
    [
        ("5.8.0", True),
        ("5.8-rc1", True),
        ("6.1.0-13-amd64", True),
        ("10.0.1", True),
        ("5.7.19", False),
        ("4.19.0", False),
        ("5", False),
        ("unheard.of", False),
        ("", False),
    ],
)
def test_only_kernels_that_report_lost_writes_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str, is_trusted: bool
) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release=release))
    monkeypatch.setattr(flush, "_filesystem_type", lambda _: "ext4")
    assert flush.can_syncfs(str(tmp_path)) is is_trusted


def test_a_system_without_syncfs_is_not_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush, "_filesystem_type", lambda _: "ext4")
    monkeypatch.setattr(flush, "_LIBC", object())
    assert not flush.can_syncfs(str(tmp_path))


def mounted(place: Path, monkeypatch: pytest.MonkeyPatch, mounts: str) -> None:
    """Let the kernel tell of *mounts*, in which ``{here}`` is the id of the one at *place*."""
    table = place / "mounts"
    table.write_text(mounts.format(here=flush._mount_id(str(place))))

    def told(path: str, encoding: str, errors: str = "strict") -> object:
        found = table if path.endswith("/mountinfo") else Path(path)
        return found.open(encoding=encoding, errors=errors)

    monkeypatch.setattr(flush, "open", told, raising=False)


@pytest.mark.parametrize(
    "kind, is_trusted",
    [("ext4", True), ("xfs", True), ("btrfs", True), ("nfs4", False), ("fuse.sshfs", False)],
)
def test_only_local_file_systems_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, is_trusted: bool
) -> None:
    mounts = (
        "1{here} 1 8:1 / /old rw shared:1 - vfat /dev/gone rw\n"
        f"{{here}} 1 0:77 / /base\\040- rw,noatime - {kind} /dev/sda1 rw\n"
        "22222 1 0:5 / /dev rw shared:2 master:1 - devtmpfs udev rw\n"
        "23333 1 0:6\n"
    )
    mounted(tmp_path, monkeypatch, mounts)
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release="6.1.0"))
    assert flush.can_syncfs(str(tmp_path)) is is_trusted


def test_where_mounts_cannot_be_listed_files_are_flushed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "no /proc here")

    monkeypatch.setattr(flush, "open", fail, raising=False)
    assert not flush.can_syncfs(str(tmp_path))


def test_what_is_no_disk_is_not_trusted() -> None:
    assert not flush.can_syncfs("/proc")


def test_a_file_system_that_is_not_listed_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(tmp_path, monkeypatch, "1{here} 1 0:0 / /dev rw - ext4 /dev/none rw\n")
    assert not flush.can_syncfs(str(tmp_path))


def test_a_kernel_that_does_not_tell_mounts_apart_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(tmp_path, monkeypatch, "{here} 1 0:0 / / rw - ext4 /dev/sda1 rw\n")
    assert flush.can_syncfs(str(tmp_path))
    silent = tmp_path / "silent"
    silent.write_text("pos:\t0\nflags:\t0100000\n")
    table = tmp_path / "mounts"
    monkeypatch.setattr(
        flush,
        "open",
        lambda path, **how: (table if path.endswith("/mountinfo") else silent).open(**how),
    )
    assert not flush.can_syncfs(str(tmp_path))
