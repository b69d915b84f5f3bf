"""Snapshots of file systems, taken before a run and removed after it, whatever happens.

Each kind is asked by its own command, except that btrfs is mounted by ourselves.  A snapshot
that a killed run left behind is found by its name and removed by the next run.
"""

import fcntl
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Final, Protocol

from tardis.model import HookError, TardisError

from .mounts import Mount
from .namespace import Namespace

FOLDER: Final = b".tardis-snapshots"
"""Where snapshots of a btrfs lie for the time of a run: in the topmost directory of all."""

MARK: Final = "tardis-snapshot-"
"""What the names of our snapshots begin with."""

_SUBVOLUME_INODE: Final = 256
_TOPMOST: Final = b"subvolid=5"
_SECONDS: Final = 600
_TRIES: Final = 300
_WAIT: Final = 0.2


class Snapshot(Protocol):
    """One snapshot of one file system.

    Attributes:
        point: Where its origin is mounted.
    """

    point: bytes

    def take(self) -> None:
        """Take it, in the view that all others have; what earlier runs have left goes first.

        A command may leave a daemon behind, as LVM's may: in a view of ours that would go on
        holding all that is mounted there.

        Raises:
            HookError: A command failed; nothing was taken.
            OSError: The kernel refuses something.
        """

    def show(self, view: Namespace, place: bytes) -> bytes:
        """Mount what was taken; return the directory that shows what the origin shows.

        Args:
            view: Nobody else's, and not left before the snapshot has been looked at.
            place: An empty directory in it.

        Raises:
            HookError: A command failed.
            OSError: The kernel refuses something.
        """

    def remove(self) -> None:
        """Remove it, if it was taken; the view has been left by then.

        Raises:
            HookError: A command failed; the next run removes it.
        """


class BtrfsSnapshot:
    """Of the subvolume that is mounted; see `Snapshot`."""

    def __init__(self, mount: Mount) -> None:
        self.point = mount.point
        self._source, self._root = mount.source, mount.root
        self._name = os.fsencode(fresh_name())
        self._inside = b""
        self._held: int | None = None

    def take(self) -> None:
        """See `Snapshot.take`."""
        with self._all_of_it() as place:
            shown = (place + self._root).rstrip(b"/")
            subvolume = _subvolume_of(shown, place)
            folder = os.path.join(place, FOLDER)
            made = os.path.join(folder, self._name)
            self._inside = shown[len(subvolume) :].lstrip(b"/")
            with _turn(place):
                with _same_time(place):
                    _sweep(folder)
                    with suppress(FileExistsError):
                        os.mkdir(folder, 0o700)
                run_tool("btrfs", "subvolume", "snapshot", "-r", subvolume, made)
                self._held = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                fcntl.flock(self._held, fcntl.LOCK_EX)

    def show(self, view: Namespace, place: bytes) -> bytes:
        """See `Snapshot.show`."""
        view.mount(self._source, place, b"btrfs", options=_TOPMOST)
        return os.path.join(place, FOLDER, self._name, self._inside).rstrip(b"/")

    def remove(self) -> None:
        """See `Snapshot.remove`."""
        if self._held is None:
            return
        os.close(self._held)
        self._held = None
        with self._all_of_it() as place, _turn(place), _same_time(place):
            _sweep(os.path.join(place, FOLDER))

    @contextmanager
    def _all_of_it(self) -> Iterator[bytes]:
        """Give a directory, for nobody else, that shows the topmost subvolume."""
        with Namespace() as view:
            place = os.path.join(view.place, b"btrfs")
            os.mkdir(place)
            view.mount(self._source, place, b"btrfs", options=_TOPMOST)
            yield place


class LvmSnapshot:
    """Of the logical volume that is mounted; see `Snapshot`."""

    def __init__(self, mount: Mount, volume: "Volume", size: str) -> None:
        self.point = mount.point
        self._mount = mount
        self._volume = volume
        self._size = size
        self._name = fresh_name()
        self._is_taken = False
        self._held: int | None = None

    def take(self) -> None:
        """See `Snapshot.take`."""
        group = self._volume.group
        for line in run_tool("lvs", "--noheadings", "-o", "lv_name", group).splitlines():
            if line.strip().startswith(MARK):
                _try_tool("lvremove", "--yes", f"{group}/{line.strip()}")
        size = [] if self._volume.is_thin else ["--extents", self._size]
        thin = ["--setactivationskip", "n"] if self._volume.is_thin else []
        origin = f"{group}/{self._volume.name}"
        run_tool("lvcreate", "--snapshot", "--name", self._name, *size, *thin, origin)
        self._is_taken = True
        # Another run that looks for leavings removes nothing that somebody has open.
        with suppress(OSError):  # mounting it will tell why
            self._held = os.open(f"/dev/{group}/{self._name}", os.O_RDONLY | os.O_CLOEXEC)

    def show(self, view: Namespace, place: bytes) -> bytes:
        """See `Snapshot.show`."""
        options = "ro,nouuid" if self._mount.type == "xfs" else "ro"
        run_tool("mount", "-o", options, f"/dev/{self._volume.group}/{self._name}", place)
        self._let_go()
        return place + self._mount.root.rstrip(b"/")

    def remove(self) -> None:
        """See `Snapshot.remove`."""
        self._let_go()
        if self._is_taken:
            _insist("lvremove", "--yes", f"{self._volume.group}/{self._name}")
            self._is_taken = False

    def _let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


class ZfsSnapshot:
    """Of the data set that is mounted; see `Snapshot`."""

    def __init__(self, mount: Mount) -> None:
        self.point = mount.point
        self._set = os.fsdecode(mount.source)
        self._name = f"{self._set}@{fresh_name()}"
        self._root = mount.root
        self._is_taken = False

    def take(self) -> None:
        """See `Snapshot.take`."""
        words = ("list", "-H", "-o", "name", "-t", "snapshot", "-d", "1", self._set)
        for name in run_tool("zfs", *words).splitlines():
            if name.startswith(f"{self._set}@{MARK}"):
                _try_tool("zfs", "destroy", name)
        run_tool("zfs", "snapshot", self._name)
        self._is_taken = True

    def show(self, view: Namespace, place: bytes) -> bytes:
        """See `Snapshot.show`."""
        run_tool("mount", "-t", "zfs", self._name, place)
        return place + self._root.rstrip(b"/")

    def remove(self) -> None:
        """See `Snapshot.remove`."""
        if self._is_taken:
            _insist("zfs", "destroy", self._name)
            self._is_taken = False


class Volume:
    """A logical volume.

    Attributes:
        group: Name of its volume group.
        name: Its own.
        is_thin: It lies in a pool, so a snapshot needs no size.
    """

    def __init__(self, group: str, name: str, pool: str) -> None:
        self.group, self.name, self.is_thin = group, name, bool(pool)


def volume_of(source: bytes) -> Volume | None:
    """Return the logical volume behind the device *source*, None when it is none."""
    columns = "vg_name,lv_name,pool_lv"
    words = ("--noheadings", "--separator", "|", "-o", columns, os.fsdecode(source))
    try:
        told = run_tool("lvs", *words)
    except HookError:
        return None
    group, _, rest = told.strip().partition("|")
    name, _, pool = rest.partition("|")
    return Volume(group, name, pool.strip()) if group and name else None


def fresh_name() -> str:
    """Return a name for a snapshot that no other one has."""
    return MARK + os.urandom(8).hex()


def run_tool(name: str, *words: str | bytes) -> str:
    """Run a command of the system and return what it says.

    Raises:
        HookError: It is not there, or failed.
    """
    try:
        done = subprocess.run(
            [name, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise HookError(f"a snapshot needs the command {name}, which is not here") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HookError(f"the command {name} cannot be run: {error}") from error
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="backslashreplace").split())
        what = words[0] if words and isinstance(words[0], str) else ""
        raise HookError(f"{name} {what} ended with status {done.returncode}: {said}")
    return done.stdout.decode(errors="surrogateescape")


def _try_tool(name: str, *words: str) -> None:
    """Remove what is left of another run, unless that is still going on."""
    with suppress(HookError):
        run_tool(name, *words)


def _insist(name: str, *words: str) -> None:
    """Run a command that fails as long as the kernel still holds what was mounted."""
    for left in reversed(range(_TRIES)):
        try:
            run_tool(name, *words)
        except HookError:
            if not left:
                raise
            time.sleep(_WAIT)
        else:
            return


def _subvolume_of(path: bytes, top: bytes) -> bytes:
    """Return the directory at or above *path* that is the root of a subvolume."""
    while path != top and os.stat(path).st_ino != _SUBVOLUME_INODE:
        path = os.path.dirname(path)
    return path


def _sweep(folder: bytes) -> None:
    """Remove the snapshots in *folder* that no run holds, and the folder if it is empty then."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.startswith(MARK.encode()) and not _is_held(path):
            run_tool("btrfs", "subvolume", "delete", path)
    with suppress(OSError):
        os.rmdir(folder)


def _is_held(path: bytes) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def _turn(top: bytes) -> Iterator[None]:
    """Let one run at a time make and remove snapshots of a btrfs."""
    descriptor = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _same_time(directory: bytes) -> Iterator[None]:
    """Give *directory* its mtime back: what we make in it is nobody's change."""
    before = os.stat(directory)
    yield
    os.utime(directory, ns=(before.st_atime_ns, before.st_mtime_ns))


@contextmanager
def shown(snapshots: Sequence[Snapshot], tell: Callable[[TardisError], None]) -> Iterator[None]:
    """Let every path mean what the snapshots hold, in this thread and those it starts.

    Args:
        snapshots: To be taken now, and removed in the end.
        tell: Hears of one that could not be removed; the next run will do that.

    Raises:
        HookError: One cannot be taken; those that were are gone again.
    """
    with ExitStack() as stack:
        stack.callback(_remove, snapshots, tell)
        try:
            for one in snapshots:
                one.take()
            view = stack.enter_context(Namespace())
            _show(view, snapshots)
        except OSError as error:
            reason = error.strerror or str(error)
            raise HookError(f"a snapshot cannot be shown: {reason}") from error
        yield


def _show(view: Namespace, snapshots: Sequence[Snapshot]) -> None:
    places = []
    for number, one in enumerate(snapshots):
        place = os.path.join(view.place, b"%d" % number)
        os.mkdir(place)
        places.append((one.point, one.show(view, place)))
    for point, place in sorted(places):
        view.cover(point, place)
    view.enter()


def _remove(snapshots: Sequence[Snapshot], tell: Callable[[TardisError], None]) -> None:
    for one in snapshots:
        try:
            one.remove()
        except (HookError, OSError) as error:
            tell(HookError(f"a snapshot was left for the next run to remove: {error}"))
