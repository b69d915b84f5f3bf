"""Parts of bundles, read without expanding their bundle anew for each of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tardis.model import SMALL, IntegrityError, RawStore, StoredContent
from tardis.streams import expand

from .chains import DeltaContent, SmallContent
from .records import Kind, parse_record

_KEPT: Final = 8
"""Bundles that are kept expanded: at most 128 KiB each."""


class Parts:
    """Opens parts of bundles; neighbours mostly lie in one.

    Args:
        raw: The store, one in clear.
        lookup: Returns contents by id.
        read: Returns the proved bytes of a small content.
        key: The repository's digest key.
    """

    def __init__(
        self,
        raw: RawStore,
        lookup: Callable[[Sequence[int]], Mapping[int, StoredContent]],
        read: Callable[[StoredContent], bytes],
        key: bytes,
    ) -> None:
        self._raw, self._lookup, self._read, self._key = raw, lookup, read, key
        self._kept: dict[bytes, SmallContent] = {}

    def open(self, content: StoredContent) -> SmallContent | None:
        """Return the proved bytes of a content; None where it stands on what is no bundle.

        Raises:
            IntegrityError: It or its bundle is damaged or gone.
        """
        if content.pack is None or content.chain < 1:
            return None
        data = self._raw.record(content.pack, content.place, content.stored)
        record, payload = parse_record(data, content.pack, content.place, content.stored)
        told = (record.kind, record.digest) == (Kind.DELTA, content.digest)
        if not told or record.basis is None or record.size > SMALL:
            raise IntegrityError(f"pack {content.pack} holds another delta at {content.place}")
        bundle = self._kept.pop(record.basis, None) or self._bundle(content, record.basis)
        if bundle is None:
            return None
        self._kept[record.basis] = bundle
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        delta = SmallContent(expand(record.codec, payload, record.size))
        made = DeltaContent(content, delta, bundle, self._key)
        return SmallContent(b"".join(made.chunks()), bundle.codec)

    def _bundle(self, content: StoredContent, digest: bytes) -> SmallContent | None:
        found = self._lookup([content.basis or 0]).get(content.basis or 0)
        if found is None or found.basis is not None or found.pack is None:
            return None
        if found.digest != digest:
            raise IntegrityError("a content stands on another bundle than its row says")
        return SmallContent(self._read(found), found.codec)
