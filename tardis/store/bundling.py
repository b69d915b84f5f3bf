"""Small contents that are compressed together: what they have in common is stored once.

Some dozen of them, up to 128 KiB, make a *bundle*, a content that no entry names.  Each of
them is kept as a delta on it that does nothing but copy its part, so whoever reads deltas
reads them.  Alone a small file shrinks badly, for its compression begins with nothing.

Bundles are made by the server, of what clients have compressed by Zstandard, as far as it
can read it, and of a part of a long run only: it costs time to compress anew.
"""

from typing import Final, NamedTuple

from tardis.crypto import digest as content_digest
from tardis.delta import pack_copy
from tardis.model import BUNDLED, SMALL
from tardis.streams import Codec, compress

from .records import HEADER, Kind
from .small import proved
from .writer import StoreWriter

MOST: Final = 32 << 20
"""Plain bytes of a run that are put into bundles."""

TINY: Final = 4096
"""Plain bytes up to which also that is taken which the client found not worth compressing."""


class _Member(NamedTuple):
    """A content that waits: its id and digest, its plain bytes, and how it was sent."""

    number: int
    digest: bytes
    plain: bytes
    codec: int
    data: bytes


class Bundles:
    """Gathers the small contents of one run.

    Args:
        writer: Of the store; it has what waits written before it seals a group.
        most: Plain bytes to be taken.
    """

    def __init__(self, writer: StoreWriter, most: int = MOST) -> None:
        self._writer = writer
        self._left = 0 if writer.cipher or writer.layout.is_classic else most
        self._is_wanted = False
        self._members: list[_Member] = []
        self._size = 0
        writer.before_seal = self.write

    def add(self, digest: bytes, size: int, codec: int, data: bytes | memoryview) -> int:
        """Store a content as `StoreWriter.add_small` does, in a bundle where that may pay.

        Raises:
            IntegrityError: The bytes do not match; the group must not be committed.
        """
        writer = self._writer
        self._is_wanted = self._is_wanted or codec == Codec.ZSTD
        fits = 0 < size <= (TINY if codec == Codec.NONE else BUNDLED) and len(data) <= SMALL
        if not (fits and self._is_wanted and self._left > 0) or writer.is_damaged(digest):
            return writer.add_small(digest, size, codec, data)
        plain = bytes(proved(writer.key, codec, size, digest, data))
        if self._size + size > SMALL:
            self.write()
        self._left -= size
        self._size += size
        number = writer.new_content()
        writer.expect(number, digest)
        self._members.append(_Member(number, digest, plain, codec, bytes(data)))
        return number

    def write(self) -> None:
        """Write what waits: as a bundle if that is smaller, else each alone."""
        members, self._members, self._size = self._members, [], 0
        if not members:
            return
        whole = b"".join(one.plain for one in members)
        packed = compress(Codec.ZSTD, whole)
        parts, offset = list[bytes](), 0
        for one in members:
            parts.append(pack_copy(offset, len(one.plain)))
            offset += len(one.plain)
        alone = sum(len(one.data) for one in members)
        together = HEADER.size + len(packed) + sum(map(len, parts))
        name = content_digest(self._writer.key, whole)
        if together < alone and not self._writer.find_contents([name]):
            self._bundle((name, len(whole), packed), members, parts)
            self._writer.group.count("stored_bytes", together - HEADER.size - alone)
            return
        for one in members:
            self._writer.add_small(one.digest, len(one.plain), one.codec, one.data, one.number)

    def _bundle(
        self, whole: tuple[bytes, int, bytes], members: list[_Member], parts: list[bytes]
    ) -> None:
        writer, packs = self._writer, self._writer.packs
        name, size, packed = whole
        basis = writer.add_small(name, size, Codec.ZSTD, packed)
        for one, part in zip(members, parts, strict=True):
            stored = len(part)
            packs.begin_record()
            place = packs.append(Kind.DELTA, Codec.NONE, stored, one.digest, part, name)
            where = (stored, int(Codec.NONE), packs.number, place)
            row = (one.number, one.digest, len(one.plain), *where, writer.number, basis, 1, 0)
            writer.group.deltas.append(row)
            writer.group.size_bytes += stored + HEADER.size
            line = (one.digest, int(Codec.NONE), packs.number, place, stored, stored, name)
            writer.note_digest(one.number, line)
