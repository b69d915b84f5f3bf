"""The kernel's FUSE device: mounting by ``fusermount3``, and the loop that answers.

Every request costs a wake-up and what is done in Python, so one thread takes them all, and
answers at once what the catalog knows and what is small, and stays awake for a moment, since the
next request mostly comes sooner than it could be woken.  What may take longer, as large files do,
a `Crew` does, so that nobody waits who wants something else.
"""

import errno
import os
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from functools import cache, partial
from typing import Any, Final

from . import wire
from .answers import Answers, Interrupt, Later, Said, refusal
from .crew import Crew, Job
from .view import View
from .waiting import Waiting, is_killed

PROGRAM: Final = "fusermount3"
PLACES: Final = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
"""Where it is looked for: mount leaves it out of what it hands on."""

KNOWN: Final = frozenset((
    "allow_other", "default_permissions", "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec",
    "exec", "noatime", "atime", "sync", "async", "dirsync", "fsname", "subtype", "max_read",
    "blksize", "entry_timeout", "attr_timeout", "nothreads",
))  # fmt: skip
"""Options that are known here or to the program; others are for libfuse."""

_SECONDS: Final = ("entry_timeout", "attr_timeout")
_OURS: Final = (*_SECONDS, "nothreads")
_CHANNEL: Final = "_FUSE_COMMFD"
_UNMOUNTED: Final = (errno.ENODEV, errno.ECONNABORTED)
"""What reading says once it is unmounted, or cut off by the administrator."""

_NOT_NOW: Final = (errno.ENOENT, errno.EINTR, errno.EAGAIN)
"""Who asked has given up, or the like."""

_AGAIN: Final = "interrupted"
_AGAIN_SECONDS: Final = 1.0
"""How often it is asked whether who has met a signal while he waits is killed meanwhile."""

_AWAKE_NS: Final = 100_000
"""How long it is looked for the next request before somebody has to wake us."""

_LAST_SECONDS: Final = 5.0
"""What is still being read once it is unmounted is waited for so long."""


def can_serve(options: Mapping[str, Any]) -> bool:
    """Tell whether a mount with these options can do without libfuse."""
    asked = {name for name, value in options.items() if value is not False}
    are_whole = all(str(options.get(name, "")).isdecimal() for name in _SECONDS)
    return asked <= KNOWN and are_whole and _program() is not None


def serve(
    view: View, mountpoint: str, started: Callable[[], None], options: Mapping[str, Any]
) -> None:
    """Mount *view* and answer until it is unmounted; whatever ends us unmounts it.

    Args:
        view: What is shown; it is ended.
        mountpoint: A directory.
        started: Called once the kernel talks to us.
        options: Of `KNOWN`, by name; True for those without a value.

    Raises:
        OSError: It cannot be mounted.
    """
    names, attributes = (int(options[one]) for one in _SECONDS)
    crew = Crew()
    do = _do_at_once if options.get("nothreads") else crew.do
    try:
        device = _mount(mountpoint, options)
        try:
            _answer(device, Answers(view, started, (names, attributes)), do)
        except BaseException:
            _cut_off(device)  # else unmounting would wait for our answers
            _run("-u", "-q", "-z", "--", mountpoint)
            raise
        finally:
            if crew.end(_LAST_SECONDS):  # else somebody will write to it
                os.close(device)
    finally:
        view.end()


def _answer(device: int, answers: Answers, do: Callable[[Hashable, Job], None]) -> None:
    """Answer what is asked through *device* until it is unmounted; *do* does what takes long."""
    room = bytearray(wire.SMALLEST_BUFFER)
    request, rooms = memoryview(room), (room,)
    waiting, ear = Waiting(), _Ear(device)
    while True:
        try:
            ear.hear(rooms)
            said = answers.answer(request)
            if said is None:
                continue
            ear.is_awake = not isinstance(said, Later)
            if isinstance(said, Later):
                waiting.begin(said.number, said.pid)
                do(said.key, partial(_answer_later, device, said, waiting))
            elif isinstance(said, Interrupt):
                _let_go(device, said, waiting, do)
            else:
                os.writev(device, said)
        except OSError as error:
            if error.errno in _UNMOUNTED:
                return
            if error.errno not in _NOT_NOW:
                raise


class _Ear:
    """Waits for requests, the first moment of it without going to sleep.

    Who goes through a tree asks again sooner than a thread that sleeps is woken; who reads a
    large file needs the processor for what others do.

    Attributes:
        is_awake: Whether not to go to sleep at once; never where there is one processor.
    """

    def __init__(self, device: int) -> None:
        self.is_awake = False
        self._device = device
        self._most_ns = _AWAKE_NS if len(os.sched_getaffinity(0)) > 1 else 0
        self._poll = select.poll()
        self._poll.register(device, select.POLLIN)
        os.set_blocking(device, False)

    def hear(self, rooms: tuple[bytearray]) -> None:
        """Wait for a request, and read it into *rooms*."""
        until = time.monotonic_ns() + self._most_ns if self.is_awake else 0
        while True:
            try:
                os.readv(self._device, rooms)
            except BlockingIOError:
                if time.monotonic_ns() < until:
                    os.sched_yield()  # to whoever needs the processor
                else:
                    self._poll.poll()
            else:
                return


def _do_at_once(_key: Hashable, job: Job) -> None:
    job()


def _answer_later(device: int, later: Later, waiting: Waiting) -> None:
    if waiting.pid(later.number) is None:
        return
    said = later.answer()
    if waiting.take(later.number):
        _say(device, said)
    else:
        later.unheard(said)


def _let_go(
    device: int, interrupt: Interrupt, waiting: Waiting, do: Callable[[Hashable, Job], None]
) -> None:
    """Let who was killed wait no longer; have the kernel ask again for others, who may yet be."""
    pid = waiting.pid(interrupt.target)
    if pid is None:
        return
    if not is_killed(pid):
        do(_AGAIN, partial(_ask_again, device, interrupt.number))
    elif waiting.take(interrupt.target):
        _say(device, refusal(interrupt.target, errno.EINTR))


def _ask_again(device: int, number: int) -> None:
    time.sleep(_AGAIN_SECONDS)
    _say(device, refusal(number, errno.EAGAIN))


def _say(device: int, said: Said) -> None:
    with suppress(OSError):  # who asked has given up, or it is unmounted
        os.writev(device, said)


def _cut_off(device: int) -> None:
    """Let nobody be heard through *device* any more; its number stays taken."""
    nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    os.dup2(nowhere, device, inheritable=False)
    os.close(nowhere)


def _mount(mountpoint: str, options: Mapping[str, Any]) -> int:
    """Let the program mount; return the descriptor of the device that it opened for us."""
    words = []
    for name, value in options.items():
        if value is not False and name not in _OURS:
            escaped = str(value).replace("\\", "\\\\").replace(",", "\\,")
            words.append(name if value is True else f"{name}={escaped}")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        done = _run("-o", ",".join(words), "--", mountpoint, channel=theirs.fileno())
        theirs.close()
        found = socket.recv_fds(ours, 1, 1)[1]
    if not found:
        said = os.fsdecode(done.stderr).strip().rpartition(f"{PROGRAM}: ")[2]
        raise OSError(errno.EPERM, said or f"{PROGRAM} ended with status {done.returncode}")
    os.set_inheritable(found[0], False)
    return found[0]


def _run(*words: str, channel: int | None = None) -> "subprocess.CompletedProcess[bytes]":
    """Run the program; it passes what it opens back through the socket *channel*."""
    environment = {"PATH": PLACES}
    if channel is not None:
        environment[_CHANNEL] = str(channel)
    return subprocess.run(
        [_program() or PROGRAM, *words],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        pass_fds=() if channel is None else (channel,),
        env=environment,
    )


@cache
def _program() -> str | None:
    return shutil.which(PROGRAM, path=PLACES)
