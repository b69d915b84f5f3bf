"""What this machine can do, and how much a test may ask of it.

A test that needs a facility is marked with its name (`@pytest.mark.fuse`), or asks for
it half-way with the `facility` fixture.  A facility that is missing skips the test and
says why; where `TARDIS_TEST_REQUIRE` names it, or is `all`, it fails the test.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

LONG: Final = os.environ.get("TARDIS_TEST_LONG", "0") not in {"", "0"}
"""Whether the full counts are wanted (`tools/test --long`)."""

REQUIRED: Final = frozenset(os.environ.get("TARDIS_TEST_REQUIRE", "").replace(",", " ").split())
"""The facilities that must be there, by name, or `all`."""

_PROBE_SECONDS: Final = 20


def counts(short: int, long: int) -> int:
    """Return how many times to do something: *short* usually, *long* with `--long`."""
    return long if LONG else short


def _succeeds(*command: str | Path) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _root() -> str:
    return "" if os.geteuid() == 0 else "not running as root"


def _fuse() -> str:
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        return f"/dev/fuse: {error.strerror}"
    return _program("fusermount3")


def _acl() -> str:
    if shutil.which("setfacl") is None:
        return "setfacl is not installed"
    with tempfile.NamedTemporaryFile() as probe:
        worked = _succeeds("setfacl", "-m", "u:1:r", probe.name)
    return "" if worked else f"no ACLs below {tempfile.gettempdir()}"


def _xattr() -> str:
    with tempfile.NamedTemporaryFile() as probe:
        try:
            os.setxattr(probe.name, "user.tardis", b"probe")
        except OSError as error:
            return f"no extended attributes below {tempfile.gettempdir()}: {error.strerror}"
    return ""


def _tmpfs() -> str:
    if _root():
        return _root()
    with tempfile.TemporaryDirectory() as place:
        if not _succeeds("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place):
            return "mounting a tmpfs is not allowed"
        return "" if _succeeds("umount", place) else "a tmpfs cannot be unmounted"


def _strace() -> str:
    if _program("strace"):
        return _program("strace")
    worked = _succeeds("strace", "-o", os.devnull, "true")
    return "" if worked else "strace may not trace here"


def _filesystem(kind: str, program: str = "") -> str:
    """Tell why file systems of *kind* cannot be mounted; those in files are made by *program*."""
    if _root():
        return _root()
    if program and _program(program):
        return _program(program)
    if program and not os.path.exists("/dev/loop-control"):
        return "there are no loop devices"
    if not _knows(kind):
        _succeeds("modprobe", kind)
    return "" if _knows(kind) else f"this kernel has no {kind}"


def _lvm() -> str:
    if _root() or _program("lvcreate"):
        return _root() or _program("lvcreate")
    if not os.path.exists("/dev/mapper/control"):
        _succeeds("modprobe", "dm-mod")
    found = os.path.exists("/dev/mapper/control")
    return "" if found else "this kernel has no device mapper"


def _logwrites() -> str:
    if _lvm():
        return _lvm()
    _succeeds("modprobe", "dm-log-writes")
    words = ["dmsetup", "targets"]
    told = subprocess.run(words, capture_output=True, check=False, timeout=_PROBE_SECONDS)
    return "" if b"log-writes" in told.stdout else "this kernel has no log of what is written"


def _nfs() -> str:
    if _root() or _program("exportfs"):
        return _root() or _program("exportfs")
    for module in ("nfsd", "nfsv4"):
        _succeeds("modprobe", module)
    return "" if _knows("nfsd") and _knows("nfs4") else "this kernel has no NFS"


def _debootstrap() -> str:
    return _root() or _program("debootstrap") or _program("dpkg-deb") or _fuse()


def _knows(kind: str) -> bool:
    kinds = Path("/proc/filesystems").read_text(encoding="ascii").split()
    return kind in kinds


def _program(name: str) -> str:
    return "" if shutil.which(name) else f"{name} is not installed"


_PROBES: Final[dict[str, Callable[[], str]]] = {
    "root": _root,
    "fuse": _fuse,
    "acl": _acl,
    "xattr": _xattr,
    "tmpfs": _tmpfs,
    "strace": _strace,
    "systemd": lambda: _program("systemd-analyze"),
    "shellcheck": lambda: _program("shellcheck"),
    "restic": lambda: _program("restic"),
    "rdiff": lambda: _program("rdiff"),
    "zsh": lambda: _program("zsh"),
    "fish": lambda: _program("fish"),
    "overlay": lambda: _filesystem("overlay"),
    "btrfs": lambda: _filesystem("btrfs", "mkfs.btrfs"),
    "xfs": lambda: _filesystem("xfs", "mkfs.xfs"),
    "vfat": lambda: _filesystem("vfat", "mkfs.vfat"),
    "exfat": lambda: _filesystem("exfat", "mkfs.exfat"),
    "lvm": _lvm,
    "logwrites": _logwrites,
    "nfs": _nfs,
    "debootstrap": _debootstrap,
    "chromium": lambda: _program("chromium") or _program("chromedriver"),
}
"""Name → a question whose answer is the reason why not; empty is yes.

Each name is a marker too, and stands in pyproject.toml.
"""

FACILITIES: Final = tuple(_PROBES)

KERNELS_OWN: Final = frozenset({"vfat", "exfat", "lvm", "logwrites", "nfs"})
"""Facilities that no package can bring to a kernel that lacks them: `all` does not mean them.

`tools/try-kernel` runs what needs them in a virtual machine.
"""


@cache
def why_not(name: str) -> str:
    """Return why the facility *name* is missing here, or an empty string."""
    return _PROBES[name]()


def need(name: str) -> None:
    """Go on only where the facility *name* is there: skip, or fail if it is required."""
    reason = why_not(name)
    required = {name} if name in KERNELS_OWN else {"all", name}
    if reason and not REQUIRED.isdisjoint(required):
        pytest.fail(f"{name} is required (TARDIS_TEST_REQUIRE): {reason}", pytrace=False)
    if reason:
        pytest.skip(f"needs {name}: {reason}")


@cache
def public_python() -> tuple[str, str]:
    """Return a Python that every user may run, and a statement with which it finds our code.

    Ours may be in a directory of root's; then that of the system does it.
    """
    packages = [path for path in sys.path if path.endswith("site-packages")]
    code = f"import sys; sys.path[:0] = {[str(Path(__file__).parents[1]), *packages]!r}"
    for python in (sys.executable, "/usr/bin/python3"):
        words = [
            "runuser",
            "-u",
            "nobody",
            "--",
            python,
            "-c",
            f"{code}; import tardis.cli.tardisd",
        ]
        if subprocess.run(words, capture_output=True, check=False, cwd="/").returncode == 0:
            return python, code
    pytest.skip("there is no Python here that user nobody may run")


def report() -> str:
    """Return one line on what this machine can do."""
    answers = ((name, why_not(name)) for name in FACILITIES)
    return ", ".join(f"{name}: no ({why})" if why else f"{name}: yes" for name, why in answers)
