"""Contents with holes, made by hand for a store."""

from tardis.crypto import HoledDigester
from tardis.model import SEGMENT
from tardis.store import StoreWriter
from tardis.streams import pack_extents

Islands = dict[int, bytes]
"""Offset → bytes, in order; all else is hole."""


def segments_of(islands: Islands) -> list[tuple[int, bytes]]:
    """Return (first offset, segment) of *islands*, a MiB of data each."""
    found: list[tuple[int, bytes]] = []
    places: list[tuple[int, int]] = []
    parts: list[bytes] = []
    room = SEGMENT
    for start, data in islands.items():
        offset, left = start, data
        while left:
            part, left = left[:room], left[room:]
            places.append((offset, len(part)))
            parts.append(part)
            offset, room = offset + len(part), room - len(part)
            if not room:
                found.append((places[0][0], pack_extents(places, parts)))
                places, parts, room = [], [], SEGMENT
    if places:
        found.append((places[0][0], pack_extents(places, parts)))
    return found


def digest_of(key: bytes, size: int, islands: Islands) -> bytes:
    digester = HoledDigester(key)
    for _, segment in segments_of(islands):
        digester.update(segment)
    return digester.digest(size)


def put_holed(writer: StoreWriter, size: int, islands: Islands) -> int:
    """Store the content of a file with holes; return its id."""
    name = digest_of(writer.repository.digest_key, size, islands)
    upload = writer.begin_large(has_holes=True)
    for _, segment in segments_of(islands):
        upload.add(0, len(segment), segment)
    upload.prove(name, size)
    return writer.keep_large(upload, name)
