"""Contents that arrive as deltas: kept as such, or put together and kept whole."""

import os
from collections.abc import Iterable
from contextlib import closing

from tardis.crypto import KeyRing, Seals
from tardis.model import SMALL, IntegrityError, StoredContent, TardisError
from tardis.streams import Codec

from .chains import LONGEST, Held
from .delta_uploads import DeltaUpload, segments
from .meta import SIGNATURE
from .reader import StoreReader
from .records import HEADER, Kind
from .sealed import SealedUpload
from .sealed_deltas import SealedDeltaUpload
from .streamed import ClassicDeltaUpload, stream_segments, write_file
from .trouble import store_trouble
from .writer import StoreWriter


class DeltaKeeper:
    """What a run does with deltas; close it before its writer.

    Args:
        writer: Of the store, with its set begun.
        ring: Keys of an encrypted store, for `flatten` alone.
        links: Put a link to its basis beside each delta of a classic store.
    """

    def __init__(
        self, writer: StoreWriter, ring: KeyRing | None = None, *, links: bool = False
    ) -> None:
        self._links = links
        self._writer = writer
        self._ring = ring
        self._seals = None if ring is None else Seals(ring)
        self._reader: StoreReader | None = None

    def close(self) -> None:
        """Give up what reading has opened."""
        if self._reader is not None:
            self._reader.close()

    def open_content(self, content: StoredContent) -> Held:
        """Open a content that is committed; the caller closes it.

        Raises:
            IntegrityError: It is damaged or gone.
        """
        return self._store().open(content)

    def open_unproved(self, content: StoredContent) -> Held:
        """Open a content of which `chunks` alone proves anything; see `open_content`.

        Raises:
            IntegrityError: It is gone, or another one.
        """
        return self._store().open_unproved(content)

    def look_at(self, content: StoredContent) -> None:
        """Make sure that a content, and all it stands on, is there as the headers tell it.

        Raises:
            IntegrityError: It is damaged or gone.
        """
        if self._writer.cipher:
            self._store().look_at(content)
        else:
            self.open_content(content).close()

    @property
    def keeps_signatures(self) -> bool:
        """Whether `keep_signature` is wanted: in the classic scheme."""
        return self._writer.layout.is_classic

    def keep_signature(self, content: StoredContent, signature: bytes) -> None:
        """Put the *signature* of a whole content beside its file.

        It is for other tools.  Here it is made anew each time: only reading a basis shows
        that nothing is wrong with it before a file is sent that stands on it.

        Raises:
            StoreError: It cannot be written.
        """
        writer = self._writer
        path = writer.layout.large(content.digest, content.place)
        with store_trouble(writer.layout.directory):
            fresh = writer.incoming()
            write_file(fresh, signature)
            os.rename(fresh, path + SIGNATURE)
        writer.group.files.append(path + SIGNATURE)
        writer.group.folders.add(os.path.dirname(path))

    def begin_sealed_delta(self, name: bytes = b"") -> SealedDeltaUpload:
        """Return what takes a sealed delta; finish it by `keep_delta`, abandon or leave it.

        Under its *name* `partials` has what was left of it, as of other uploads.
        """
        return SealedDeltaUpload(self._writer.incoming(), self._writer.backlog, name)

    def begin_delta(self, basis: StoredContent, name: bytes = b"") -> DeltaUpload:
        """Return what takes a delta; finish it by `keep_delta` or `keep_rebuilt`, or give it up.

        Under its *name* `partials` has what was left of it, but for those of classic stores.

        Raises:
            IntegrityError: The *basis* is damaged or gone.
        """
        writer = self._writer
        kind = ClassicDeltaUpload if writer.layout.is_classic else DeltaUpload
        opened = self.open_unproved(basis)
        upload = kind(writer.incoming(), writer.backlog, writer.key, opened, name)
        if self._links and isinstance(upload, ClassicDeltaUpload):
            upload.linked = writer.layout.large(basis.digest, basis.place)
        return upload

    def keep_delta(
        self,
        upload: DeltaUpload | SealedDeltaUpload,
        digest: bytes,
        size: int,
        basis: StoredContent,
    ) -> int:
        """Store the content *digest* as a delta; it is proved before its row counts.

        Args:
            upload: What has arrived.
            digest: Of a content that `find_contents` did not find.
            size: Plain bytes of that content.
            basis: What the delta stands on.
        """
        writer, stored = self._writer, upload.stored
        group, told = writer.group, upload.header_size(size)
        path, pack, codec = None, None, upload.codec
        if upload.small is None:
            place, path = writer.free_path(digest)
        else:
            _, data = upload.small
            packs = writer.packs
            packs.begin_record()
            place = packs.append(Kind.DELTA, codec, told, digest, data, basis.digest)
            pack = packs.number
        number, chain = writer.new_content(), basis.chain + 1
        content = StoredContent(
            number, digest, size, stored, codec, writer.cipher, basis.id, chain, pack, place, 0
        )
        group.files += upload.keep(content, basis.digest, path)
        group.size_bytes += stored + HEADER.size
        row = (number, digest, size, stored, codec, pack, place, writer.number, basis.id, chain)
        group.deltas.append((*row, writer.cipher))
        line = (digest, codec, pack, place, told, stored, basis.digest)
        writer.note_digest(number, line)
        group.count("delta_files")
        group.count("new_bytes", size)
        group.count("stored_bytes", stored)
        return number

    def keep_rebuilt(
        self, upload: DeltaUpload, digest: bytes, size: int, basis: StoredContent
    ) -> int:
        """Store the content *digest* whole, made of a delta; see `keep_delta`.

        Raises:
            IntegrityError: The delta does not make that content of its basis.
        """
        content = StoredContent(0, digest, size, 0, 0, 0, basis.id, LONGEST, None, 0, 0)
        try:
            return self._keep_whole(upload.rebuild(content, basis.digest), digest, size)
        finally:
            upload.abandon()

    def flatten(self, number: int, *, counts: bool = True) -> bool:
        """Store a content that is kept as a delta whole; tell whether it could be read.

        Args:
            number: Content id.
            counts: It counts among what the set has added.

        Raises:
            AuthenticationError: It is encrypted, and there are no keys.
        """
        content = self._writer.ask.content(number)
        if content is None or content.basis is None:
            return True
        try:
            with closing(self.open_content(content)) as opened:
                for _ in opened.chunks():
                    pass  # all is proved before anything is replaced
                self._writer.forget(content.digest, number)
                cut = stream_segments if self._writer.layout.is_classic else segments
                parts = cut(opened.chunks(), opened.codec)
                self._keep_whole(parts, content.digest, content.size, counts=counts)
        except IntegrityError:
            return False  # it stays as it is; checking the store tells of it
        return True

    def _store(self) -> StoreReader:
        if self._reader is None:
            self._reader = StoreReader(self._writer.layout, self._ring)
        return self._reader

    def _keep_whole(
        self,
        segments: Iterable[tuple[int, int, bytes]],
        digest: bytes,
        size: int,
        *,
        counts: bool = True,
    ) -> int:
        """Store a content of segments (codec, plain size, stored bytes) whole."""
        writer = self._writer
        if size <= SMALL:
            parts = list(segments)
            codec, _, data = parts[0] if parts else (Codec.NONE, 0, b"")
            if self._seals is not None:
                data = self._seals.seal_small(codec, size, digest, data)
            writer.count_new(int(counts), size * counts, len(data) * counts)
            return writer.add_small(digest, size, codec, data)
        whole = writer.begin_large()
        sealing = None if self._seals is None else self._seals.begin()
        try:
            for codec, plain, data in segments:
                stored = data if sealing is None else sealing.part(codec, plain, 0, data)
                whole.add(codec, plain, stored)
            if sealing is not None and isinstance(whole, SealedUpload):
                whole.end(sealing.end(digest, size), digest, size)
            whole.prove(digest, size)
        except TardisError:
            whole.abandon()
            raise
        writer.count_new(int(counts), size * counts, whole.stored * counts)
        return writer.keep_large(whole, digest)
