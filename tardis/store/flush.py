"""Makes what was written survive a power cut: the only module that does.

Where the kernel reports lost writes by `syncfs` (Linux 5.8 and later) and the file
system is a local one known for it, one call covers a whole group, through a descriptor
that was opened before the first write.  Elsewhere each file is flushed by `fsync`, then
the directories that name them, then the parents of new directories.
"""

import ctypes
import errno
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from tardis.model import StoreError

SYNCFS_TYPES: Final = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "zfs"})
"""File systems whose `syncfs` waits for the data and reports errors."""

SYNCFS_KERNEL: Final = (5, 8)


class Flusher:
    """Flushes the file system below one directory, for any number of threads.

    Requests that arrive while a flush runs are served together by the next one.

    Args:
        directory: Any directory on that file system; opened now, before the first write.

    Attributes:
        kind: Type of the file system, empty when it cannot be told.
    """

    def __init__(self, directory: str) -> None:
        self._descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.kind = _filesystem_type(directory)
        self._whole = can_syncfs(directory)
        self._turn = threading.Condition()
        self._started = 0
        self._finished = 0
        self._is_running = False
        self._failure: OSError | None = None

    def flush(self, files: Iterable[str], directories: Iterable[str]) -> None:
        """Return once all written before this call survives a power cut.

        Args:
            files: Paths written since the last flush; used where `syncfs` is not.
            directories: Directories whose names changed, parents of new ones included.

        Raises:
            OSError: A write was lost; nothing since the last flush can be trusted.
        """
        if self._whole:
            self._flush_together()
            return
        for path in (*files, *directories):
            _sync_one(path)

    @property
    def has_failed(self) -> bool:
        """Tell whether a flush has failed; every later one fails too."""
        return self._failure is not None

    def _flush_together(self) -> None:
        with self._turn:
            wanted = self._started + 1
            while self._finished < wanted:
                self._raise_failure()
                if self._is_running:
                    self._turn.wait()
                    continue
                self._run_one()
            self._raise_failure()

    def _run_one(self) -> None:
        """Run one flush without holding the turn; call with it held."""
        self._is_running = True
        self._started += 1
        mine = self._started
        self._turn.release()
        failure: OSError | None = OSError(errno.EINTR, "the flush was interrupted")
        try:
            syncfs(self._descriptor)
            failure = None
        except OSError as error:
            failure = error
        finally:
            self._turn.acquire()
            self._is_running = False
            self._finished = mine
            self._failure = self._failure or failure
            self._turn.notify_all()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise OSError(self._failure.errno, self._failure.strerror)


def syncfs(descriptor: int) -> None:
    """Flush the whole file system behind *descriptor*; raises OSError when a write was lost."""
    if _LIBC.syncfs(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def can_syncfs(directory: str) -> bool:
    """Tell whether one `syncfs` is enough for what lies below *directory*."""
    if not hasattr(_LIBC, "syncfs") or _kernel() < SYNCFS_KERNEL:
        return False
    return _filesystem_type(directory) in SYNCFS_TYPES


def sync_file(path: str) -> None:
    """Flush one file and the directory that names it."""
    _sync_one(path)
    _sync_one(os.path.dirname(path))


def replace_durably(path: str, data: bytes, mode: int = 0o666) -> None:
    """Replace the file *path* by *data* so that either the old or the new one survives."""
    temporary = f"{path}.new"
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(temporary, path)
    _sync_one(os.path.dirname(path))


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of *data*, however many calls that takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_one(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _kernel() -> tuple[int, int]:
    parts = os.uname().release.split(".")
    try:
        return int(parts[0]), int(parts[1].split("-")[0])
    except (ValueError, IndexError):
        return 0, 0


def _filesystem_type(directory: str) -> str:
    """Return the type of the file system below *directory*, empty when it cannot be told.

    The mount is found by its id, which the kernel tells of an open directory: a subvolume
    of btrfs has a device number that stands in no line of mountinfo.
    """
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            lines = mounts.read().splitlines()
        number = _mount_id(directory)
    except OSError:
        return ""
    for line in lines:
        fields = line.split(" ")
        if fields[0] == number and "-" in fields[6:]:
            return fields[fields.index("-", 6) + 1]
    return ""


def _mount_id(directory: str) -> str:
    """Return the id of the mount that shows *directory*, empty when the kernel is silent."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as told:
            lines = told.read().splitlines()
    finally:
        os.close(descriptor)
    found = [line.split()[1] for line in lines if line.startswith("mnt_id:")]
    return found[0] if found else ""


class Flushers:
    """One flusher for each file system, shared by all visits of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_device: dict[int, Flusher] = {}

    def below(self, directory: str) -> Flusher:
        """Return the flusher for the file system of *directory*.

        One that has failed is replaced: its descriptor has already told of the lost
        writes, and whoever asks anew has written nothing yet.

        Raises:
            StoreError: The directory cannot be opened.
        """
        with self._lock:
            try:
                device = os.stat(directory).st_dev
                found = self._by_device.get(device)
                if found is None or found.has_failed:
                    found = self._by_device[device] = Flusher(directory)
            except OSError as error:
                raise StoreError(f"cannot open {directory}: {error.strerror}") from error
            return found


_LIBC: Final = ctypes.CDLL(None, use_errno=True)
