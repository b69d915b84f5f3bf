"""Sending only what changed inside a file: signatures asked for ahead, deltas made and sent."""

import os
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Final, NamedTuple

from tardis.crypto import OVERHEAD, DeltaPlace, Digester, Seals, is_modern
from tardis.delta import SPREADS, Style, iter_delta, iter_matched, signature_size
from tardis.model import RESUMABLE, SEGMENT, SMALL, IntegrityError, RemoteProtocolError
from tardis.policy import may_make
from tardis.protocol.messages import (
    SignatureEnd,
    SignaturePart,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadHeld,
    UploadPart,
    WantSignatures,
)
from tardis.scan import ATTEMPTS, HEADER, Advance, Body, FolderReader, Read, trouble
from tardis.streams import iter_ahead, iter_spread

from .packing import Pack, Packer
from .proving import Prove, unproved
from .resuming import Beginning, Offered, begin
from .run import Talk
from .signing import Signer

CREDIT: Final = 8 << 20
"""Bytes of signatures that may be asked for and not used; one may be larger."""

MOST: Final = 1000
"""Signatures that may be asked for and not used."""

HELD_SEGMENTS: Final = 8
"""Segments of a delta that are kept back until it is clear that it is worth sending."""


FORGED: Final = "the server's sums of what it was are not ours, so it was sent whole"
"""Why a file was not sent as a delta; somebody may have wanted to learn from its size."""


class Wanted(NamedTuple):
    """A file that is wanted as a delta.

    Attributes:
        request: Listing request.
        position: In that listing.
        basis: Content id.
        size: Plain bytes of the basis.
    """

    request: int
    position: int
    basis: int
    size: int


class Form(NamedTuple):
    """What deltas look like in the store.

    Attributes:
        style: Of the signatures that they are made by.
        pack: Makes stored segments of plain ones.
        packer: Compresses.
        seals: What deltas and signatures are sealed with; None: they are sent in clear.
    """

    style: Style
    pack: Pack
    packer: Packer
    seals: Seals | None = None


class Signature(NamedTuple):
    """What a delta is made by.

    Attributes:
        data: Of the basis, in clear.
        digest: Of the basis, where deltas are sealed.
        is_forged: It came sealed, and not by us.
    """

    data: bytes
    digest: bytes = b""
    is_forged: bool = False


class Signatures:
    """Asks for the signatures of what is wanted, ahead of need and within a credit.

    Args:
        line: To the server, which answers in the order of asking.
        form: What they look like in the store.
    """

    def __init__(self, line: Talk, form: Form) -> None:
        self._line = line
        self._style, self._seals = form.style, form.seals
        self._more = 0 if form.seals is None else OVERHEAD
        self._wanted: deque[Wanted] = deque()
        self._asked: deque[Wanted] = deque()
        self._ready: deque[tuple[Wanted, Signature | None]] = deque()
        self._parts: list[bytes] = []
        self._have = self._spent = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is wanted."""
        return not (self._wanted or self._asked or self._ready)

    def want(self, one: Wanted) -> None:
        """Take up a file."""
        self._wanted.append(one)

    def ask(self) -> None:
        """Ask for as many signatures as there is credit for."""
        items: list[int] = []
        while self._wanted:
            one = self._wanted[0]
            cost = signature_size(one.size, self._style)
            under_way = len(self._asked) + len(self._ready)
            if under_way and (self._spent + cost > CREDIT or under_way >= MOST):
                break
            self._asked.append(self._wanted.popleft())
            self._spent += cost
            items.append(one.basis)
        if items:
            self._line.say(WantSignatures(tuple(items)))

    def on_part(self, message: SignaturePart) -> None:
        """Keep a part.

        Raises:
            RemoteProtocolError: It is not of the next signature, or more than that has.
        """
        one = self._next(message.basis)
        self._parts.append(message.data)
        self._have += len(message.data)
        if self._have > signature_size(one.size, self._style) + self._more:
            raise RemoteProtocolError("the server sent more than a signature has")

    def on_end(self, message: SignatureEnd) -> None:
        """Let the file have its signature."""
        one = self._next(message.basis)
        self._asked.popleft()
        data = b"".join(self._parts)
        self._ready.append((one, self._opened(data, message.digest) if message.is_good else None))
        self._parts, self._have = [], 0

    def take(self) -> tuple[Wanted, Signature | None] | None:
        """Return the next file and its signature, None for one that cannot be made."""
        if not self._ready:
            return None
        one, signature = self._ready.popleft()
        self._spent -= signature_size(one.size, self._style)
        return one, signature

    def _opened(self, data: bytes, digest: bytes) -> Signature:
        if self._seals is None:
            return Signature(data)
        try:
            return Signature(self._seals.open_signature(digest, data), digest)
        except IntegrityError:
            return Signature(b"", digest, is_forged=True)

    def _next(self, basis: int) -> Wanted:
        if not self._asked or self._asked[0].basis != basis:
            raise RemoteProtocolError("the server sent a signature that is not its turn")
        return self._asked[0]


class DeltaSender:
    """Makes deltas and sends them, one at a time.

    Args:
        line: To the server.
        key: See `crypto.content_key`.
        form: What deltas look like in the store.
        offered: What the server has of them.
        threshold_percent: Of its file; a delta that is larger is given up.
        signs: Send the signature of each file, too.

    Attributes:
        size: Plain bytes of the last delta.
    """

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        line: Talk,
        key: bytes,
        form: Form,
        offered: Offered,
        threshold_percent: int,
        *,
        signs: bool = False,
    ) -> None:
        self._signs = signs
        self._line = line
        self._key = key
        self._form = form
        self._offered = offered
        self._threshold = threshold_percent
        self.size = 0

    def send(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        one: Wanted,
        signature: Signature,
        reader: FolderReader,
        row: bytes,
        advance: Advance,
        prove: Prove = unproved,
    ) -> Read | None:
        """Send the file of *row* as a delta; None: that did not pay, or the file has holes.

        Raises:
            SourceError: It cannot be read; an upload that had begun was given up.
            DeltaError: The signature is not one of the basis.
        """
        left, held = ATTEMPTS, self._offered.take((one.request, one.position), one.basis)
        while True:
            file = reader.open(row[HEADER:])
            has_begun = False
            try:
                body = Body(file, self._key, advance)
                size = file.before.st_size
                if body.has_holes or not may_make(one.size, size):
                    return None
                with Signer(body, size, is_wanted=self._signs) as signer:
                    made = self._made(one, signature, signer, self._threshold * size // 100)
                    with closing(made.pieces):
                        parts = self._begin(one, held, made, body, signature)
                        held = None
                        if parts is None:
                            continue
                        has_begun, left = True, left - 1
                        has_paid = self._say_parts(parts, made, row[HEADER:])
                    still = has_paid and body.kept_still()
                    if still or (has_paid and not left):
                        signer.say(self._line, self._form.seals)
                        read = reader.outcome(row, file, body.size, kept_still=still)
                        seal, mac = parts.seal(self.size), prove(read, body.digest)
                        end = (body.digest, body.size, seal, mac)
                        self._line.say(UploadEnd(read.marks, read.state, *end))
                        return read
            except OSError as error:
                if has_begun:
                    self._line.say(UploadAbort())
                raise trouble(error) from error
            finally:
                os.close(file.descriptor)
            self._line.say(UploadAbort())
            if not has_paid:
                return None

    def _pieces(
        self, one: Wanted, signature: bytes, segments: Iterator[bytes]
    ) -> Generator[bytes, None, None]:
        if one.size < SPREADS:
            yield from iter_delta(signature, one.size, segments, self._form.style)
            return
        with closing(iter_ahead(segments)) as ahead:
            yield from iter_matched(signature, one.size, ahead, self._form.style, iter_spread)

    def _made(self, one: Wanted, signature: Signature, signer: Signer, most: int) -> "_Made":
        return _Made(self._pieces(one, signature.data, signer.segments()), self._key, most)

    def _begin(
        self,
        one: Wanted,
        held: UploadHeld | None,
        made: "_Made",
        body: Body,
        signature: Signature,
    ) -> "_Parts | None":
        """Begin the upload, behind what the server has; None: that is another delta's."""
        seals, basis = self._form.seals, signature.digest
        beginning = begin(held, made, made.segments, seals, basis)
        if beginning is None:
            return None
        skipped = beginning.sent.parts
        self._line.say(UploadBegin(one.request, one.position, False, one.basis, skipped))
        return _Parts(seals, beginning, basis, body)

    def _say_parts(self, parts: "_Parts", made: "_Made", name: bytes) -> bool:
        """Send a delta; tell whether it stayed within what it may have."""
        form, held = self._form, deque[_Part]()
        for part, codec, stored in form.pack(form.packer, name, made.segments):
            held.append(_Part(codec, len(part), stored, made.so_far()))
            if len(held) > HELD_SEGMENTS:
                self._line.say(parts.message(held.popleft(), is_only=False))
        self.size = made.size
        if made.is_too_much:
            return False
        is_only = len(held) == 1
        for one in held:
            self._line.say(parts.message(one, is_only=is_only))
        return True


class _Part(NamedTuple):
    """One segment of a delta; *looks* stands for it and all before, plain."""

    codec: int
    size: int
    stored: bytes
    looks: bytes


class _Made:
    """A delta as it is made, cut into segments, counted and digested on the way."""

    has_holes: Final = False

    def __init__(self, pieces: Generator[bytes, None, None], key: bytes, most: int) -> None:
        self.size = 0
        self.pieces = pieces
        self._most = most
        self._digester = Digester(key) if is_modern(key) else None
        self.segments = self._within()

    @property
    def is_too_much(self) -> bool:
        """Whether it has more bytes than it may have."""
        return self.size > self._most

    def so_far(self) -> bytes:
        return b"" if self._digester is None else self._digester.digest()

    def _within(self) -> Iterator[bytes]:
        for part in _in_segments(self.pieces):
            self.size += len(part)
            if self.is_too_much:
                return
            if self._digester is not None:
                self._digester.update(part)
            yield part


class _Parts:
    """Makes messages of the segments of one delta, sealed where that is wanted."""

    def __init__(self, seals: Seals | None, beginning: Beginning, basis: bytes, body: Body) -> None:
        self._seals = seals
        self._basis = basis
        self._body = body
        self._count = beginning.sent.parts
        self._sealing = beginning.sealing

    def message(self, part: _Part, *, is_only: bool) -> UploadPart:
        """Return the next part; a delta that is small, and has no other, goes into a pack."""
        codec, size, stored, looks = part
        seals, sealing = self._seals, self._sealing
        if seals is None or sealing is None:
            return UploadPart(size, codec, stored)
        self._count += 1
        if is_only and self._count == 1 and size <= SMALL and len(stored) <= SMALL:
            self._sealing = None
            place = DeltaPlace(codec, self._body.size, self._body.digest, self._basis)
            return UploadPart(size, codec, seals.seal_delta(place, size, stored))
        piece, mark = sealing.part(codec, size, 0, stored), b""
        if size >= SEGMENT and self._count >= RESUMABLE:
            mark = sealing.mark(looks)
        return UploadPart(size, codec, piece, mark=mark)

    def seal(self, size: int) -> bytes:
        """Return the last piece of a delta of *size* plain bytes, empty where there is none."""
        return b"" if self._sealing is None else self._sealing.end(self._body.digest, size)


def _in_segments(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield *pieces* again, `SEGMENT` bytes each and the last one less."""
    waiting = b""
    for piece in pieces:
        waiting += piece
        while len(waiting) >= SEGMENT:
            yield waiting[:SEGMENT]
            waiting = waiting[SEGMENT:]
    if waiting:
        yield waiting
