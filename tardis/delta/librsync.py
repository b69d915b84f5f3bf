"""The one door to librsync: signatures and deltas, streamed through buffers of 1 MiB.

librsync runs without the interpreter's lock, and buffers are large because it is asked for
again after each.  A machine without librsync, or with one older than 2.2, makes neither;
patching needs none (`patching`).
"""

import ctypes
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import cache, partial
from hashlib import blake2b
from typing import Any, Final

from tardis.model import DeltaError

from .signatures import HEAD, MODERN, ROW, SUM, Style, block_size, check_signature

Spread = Callable[[Callable[[bytes], bytes], Iterable[bytes]], Generator[bytes, None, None]]
"""(work, pieces) → ``work(piece)`` for each in their order, as `map` does; a few at once."""

_BUFFER: Final = 1 << 20
_WHOLE_SUM: Final = 32
"""Bytes of which librsync keeps the first ones."""

_DONE: Final = 0
_BLOCKED: Final = 1
_QUIET: Final = 0


class _Buffers(ctypes.Structure):
    """``rs_buffers_t``: what a job reads from and writes to."""

    _fields_ = (
        ("next_in", ctypes.c_void_p),
        ("avail_in", ctypes.c_size_t),
        ("eof_in", ctypes.c_int),
        ("next_out", ctypes.c_void_p),
        ("avail_out", ctypes.c_size_t),
    )


def has_librsync() -> bool:
    """Tell whether signatures and deltas can be made here."""
    return _library() is not None


def in_turn(
    work: Callable[[bytes], bytes], pieces: Iterable[bytes]
) -> Generator[bytes, None, None]:
    """Yield ``work(piece)`` for each of *pieces*; see `Spread`."""
    for piece in pieces:
        yield work(piece)


def iter_signature(
    chunks: Iterable[bytes], size: int, style: Style = MODERN, spread: Spread | None = None
) -> Generator[bytes, None, None]:
    """Yield the signature of the basis *chunks*, in pieces of at most 1 MiB.

    Args:
        chunks: The basis, in pieces of any size.
        size: Its bytes in all.
        style: Which sums.
        spread: Lets several threads work, for blocks know nothing of each other; None: in turn.

    Raises:
        DeltaError: librsync is absent, or refused.
    """
    _loaded()
    block = block_size(size, style)
    yield HEAD.pack(style.magic, block, SUM)
    pieces = _in_pieces(chunks, block * max(1, _BUFFER // block))
    yield from (spread or in_turn)(partial(block_sums, block=block, style=style), pieces)


def block_sums(piece: bytes, block: int, style: Style) -> bytes:
    """Return what a signature holds of *piece*: 20 bytes for each *block* bytes of it.

    Raises:
        DeltaError: librsync is absent, or refused.
    """
    library = _loaded()
    room = HEAD.size + -(-len(piece) // block) * ROW
    job = library.rs_sig_begin(block, SUM, style.magic)
    return b"".join(_drive(library, job, (piece,), room))[HEAD.size :]


def strong_sums(piece: bytes, block: int, style: Style) -> bytes:
    """Return the strong sums alone of `block_sums`, 16 bytes for each block.

    Those of the modern style are BLAKE2b, which Python makes in two thirds of the time that
    librsync takes for both.

    Raises:
        DeltaError: librsync is absent, or refused.
    """
    if style != MODERN:
        rows = block_sums(piece, block, style)
        return b"".join([rows[at : at + SUM] for at in range(ROW - SUM, len(rows), ROW)])
    view = memoryview(piece)
    return b"".join(
        [
            blake2b(view[at : at + block], digest_size=_WHOLE_SUM).digest()[:SUM]
            for at in range(0, len(piece), block)
        ]
    )


def _in_pieces(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield *chunks* again, *size* bytes each and the last one less; as they are where they fit."""
    waiting = bytearray()
    for chunk in chunks:
        if len(chunk) == size and not waiting:
            yield chunk
            continue
        waiting += chunk
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


class SignatureMaker:
    """Makes the signature of a content that comes in pieces; close it afterwards.

    Args:
        size: Bytes of the content in all.
        style: Which sums.

    Raises:
        DeltaError: librsync is absent.
    """

    def __init__(self, size: int, style: Style = MODERN) -> None:
        self._library = _loaded()
        self._buffers, self._left = _Buffers(), b""
        self._out = ctypes.create_string_buffer(_BUFFER)
        self._made: list[bytes] = []
        self._job = self._library.rs_sig_begin(block_size(size, style), SUM, style.magic)
        if not self._job:
            raise DeltaError("librsync cannot begin")

    def add(self, data: bytes) -> None:
        """Add a piece, any number of bytes.

        Raises:
            DeltaError: librsync refused.
        """
        if data:
            self._run(data)

    def finish(self) -> bytes:
        """Return the signature of all pieces.

        Raises:
            DeltaError: librsync refused.
        """
        self._run(b"")
        return b"".join(self._made)

    def close(self) -> None:
        """Release what librsync holds."""
        job, self._job = self._job, None
        if job:
            self._library.rs_job_free(job)

    def _run(self, more: bytes) -> None:
        """Let the job take *more*; empty ends the input."""
        buffers, out = self._buffers, self._out
        self._left = _refill(buffers, self._left, more)
        while True:
            buffers.next_out, buffers.avail_out = ctypes.addressof(out), _BUFFER
            waiting = buffers.avail_in
            result = self._library.rs_job_iter(self._job, ctypes.byref(buffers))
            made = _BUFFER - buffers.avail_out
            self._made += [ctypes.string_at(out, made)] if made else []
            if result == _DONE:
                return
            is_stuck = not made and buffers.avail_in == waiting
            if result != _BLOCKED or (is_stuck and buffers.eof_in):
                raise DeltaError(f"librsync failed with status {result}")
            if is_stuck:
                return


class Search:
    """Finds the blocks of a basis in other bytes, by its signature; close it afterwards.

    Args:
        signature: Of the basis.
        size: Bytes of the basis.
        style: Which sums the signature has.

    Raises:
        DeltaError: librsync is absent, or the signature is not one of such a basis.
    """

    def __init__(self, signature: bytes, size: int, style: Style = MODERN) -> None:
        self._library = _loaded()
        check_signature(signature, size, style)
        self._sums = ctypes.c_void_p()
        try:
            self._load(signature)
        except DeltaError:
            self.close()
            raise

    def iter_delta(
        self, chunks: Iterable[bytes], room: int = _BUFFER
    ) -> Generator[bytes, None, None]:
        """Yield a delta that turns the basis into *chunks*, in pieces of at most *room* bytes.

        Raises:
            DeltaError: librsync refused.
        """
        yield from _drive(self._library, self._library.rs_delta_begin(self._sums), chunks, room)

    def close(self) -> None:
        """Release what librsync holds."""
        if self._sums.value:
            self._library.rs_free_sumset(self._sums)
            self._sums.value = None

    def _load(self, signature: bytes) -> None:
        library = self._library
        loading = library.rs_loadsig_begin(ctypes.byref(self._sums))
        for _ in _drive(library, loading, (signature,)):
            raise DeltaError("librsync made something of a signature")
        if library.rs_build_hash_table(self._sums) != _DONE:
            raise DeltaError("librsync cannot use a signature")


def iter_delta(
    signature: bytes, size: int, chunks: Iterable[bytes], style: Style = MODERN
) -> Generator[bytes, None, None]:
    """Yield a delta that turns the basis into *chunks*, in pieces of at most 1 MiB.

    Args:
        signature: Of the basis.
        size: Bytes of the basis.
        chunks: The new content, in pieces of any size.
        style: Which sums the signature has.

    Raises:
        DeltaError: librsync is absent, or the signature is not one of such a basis.
    """
    with closing(Search(signature, size, style)) as search:
        yield from search.iter_delta(chunks)


def _drive(
    library: Any, job: int | None, chunks: Iterable[bytes], room: int = _BUFFER
) -> Generator[bytes, None, None]:
    """Feed *chunks* to a job and yield what it makes, *room* bytes at once; ends it in any case."""
    if not job:
        raise DeltaError("librsync cannot begin")
    out = ctypes.create_string_buffer(room)
    buffers = _Buffers()
    source, data = iter(chunks), b""
    try:
        while True:
            buffers.next_out, buffers.avail_out = ctypes.addressof(out), room
            waiting = buffers.avail_in
            result = library.rs_job_iter(job, ctypes.byref(buffers))
            made = room - buffers.avail_out
            if made:
                yield ctypes.string_at(out, made)
            if result == _DONE:
                return
            is_stuck = not made and buffers.avail_in == waiting
            if result != _BLOCKED or (is_stuck and buffers.eof_in):
                raise DeltaError(f"librsync failed with status {result}")
            if not buffers.eof_in and (not made or not buffers.avail_in):
                data = _refill(buffers, data, next(source, b""))
    finally:
        library.rs_job_free(job)


def _refill(buffers: _Buffers, data: bytes, more: bytes) -> bytes:
    """Let *buffers* read what is left of *data* and then *more*; empty ends the input."""
    left = buffers.avail_in
    data = (data[-left:] if left else b"") + more
    buffers.next_in = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p)
    buffers.avail_in = len(data)
    buffers.eof_in = not more
    return data


def _loaded() -> Any:
    library = _library()
    if library is None:
        raise DeltaError(
            "librsync is not installed", hint="Install librsync 2.2 or later for deltas."
        )
    return library


@cache
def _library() -> Any:
    """Return librsync with its functions declared, None where it is absent or too old."""
    try:
        library = ctypes.CDLL("librsync.so.2")
    except OSError:
        return None
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    for function, result, arguments in (
        ("rs_sig_begin", pointer, (size, size, ctypes.c_int)),
        ("rs_loadsig_begin", pointer, (pointer,)),
        ("rs_build_hash_table", ctypes.c_int, (pointer,)),
        ("rs_delta_begin", pointer, (pointer,)),
        ("rs_job_iter", ctypes.c_int, (pointer, pointer)),
        ("rs_job_free", ctypes.c_int, (pointer,)),
        ("rs_free_sumset", None, (pointer,)),
        ("rs_trace_set_level", None, (ctypes.c_int,)),
    ):
        declared = getattr(library, function)
        declared.restype, declared.argtypes = result, arguments
    library.rs_trace_set_level(_QUIET)
    return library if _makes_modern(library) else None


def _makes_modern(library: Any) -> bool:
    """Tell whether this librsync knows the sums of `MODERN`: 2.2 and later do."""
    job = library.rs_sig_begin(block_size(0), SUM, MODERN.magic)
    try:
        return b"".join(_drive(library, job, ())) != b""
    except DeltaError:
        return False
