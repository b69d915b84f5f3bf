"""Encrypts a classic store that was kept in clear, in steps that each leave a whole store.

1. *Names*: one transaction seals all that names anything.  The keys of the encrypted store are
   staged before and rule from its commit on; they take the place of the keys file once
   manifests and catalog copies are made anew.
2. *Files*: contents are sealed one after the other, each to a new file under its new name;
   those that stand on each other in one go.  The row switches, the old file is doomed.  It is
   removed after manifests and a catalog copy that name the new one are on the disk.

Names are sealed or not, and so is each content, and the catalog says which: so nothing is
sealed twice, whatever ended an earlier call, and all can be read at any moment.
"""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tardis.crypto import CHECK, Digester, Envelope, KeysFile, Seals
from tardis.delta import iter_signature, style_of
from tardis.model import CLASSIC, SMALL, IntegrityError, StoredContent, StoreError

from .catalog import encrypting, forgetting, pruning
from .catalog.connection import transaction
from .catalog.group import Group
from .classic_files import SealedFile, file_digest
from .flush import replace_durably, sync_file, write_all
from .journal import classic_line
from .keys import STAGED, write_keys
from .meta import SIGNATURE, SUFFIX, Meta, meta_text
from .names import Names
from .pruning import Pruning
from .reader import StoreReader
from .rebuild import take_after
from .records import SEALED
from .renewing import renew_copies, renew_journal
from .scrub_files import is_meta_whole, meta_of
from .sign_sets import sign_sets
from .streamed import FRESH, write_file
from .trouble import store_trouble
from .writer import StoreWriter

_BATCH_BYTES: Final = 64 << 20
_BATCH_FILES: Final = 500
_LEAST_SWEEP: Final = 1 << 30
"""Bytes in clear that may wait to be removed, at least."""

_SWEEPS: Final = 8
"""How often they are removed on the way, at the most."""

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ToEncrypt:
    """What there is to do.

    Attributes:
        names: Names have still to be sealed.
        contents: In clear.
        size_bytes: Their stored bytes.
        damaged: Those of them that cannot be read, and stay.
        room_bytes: That are needed beside what is there; 0: little.
        is_unfinished: An earlier call has sealed what is to be sealed together, and has still
            to make anew what repeats it, and to remove what lies in clear.
    """

    names: bool
    contents: int
    size_bytes: int
    damaged: int
    room_bytes: int = 0
    is_unfinished: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether all is sealed that can be."""
        return not self.names and self.contents == self.damaged and not self.is_unfinished


@dataclass(slots=True)
class Encrypted:
    """What was done.

    Attributes:
        names: Names were sealed.
        contents: That were sealed.
        known: Those of them that a later run had sent sealed already.
        signatures: That were written.
        notes: Files beside contents that were written anew.
        left: Contents that could not be read, and are in clear.
        strays: Files in clear that nothing names: the quarantine, and what killed runs left.
    """

    names: bool = False
    contents: int = 0
    known: int = 0
    signatures: int = 0
    notes: int = 0
    left: int = 0
    strays: int = 0


class Encrypting:
    """The encryption of one store.

    Args:
        writer: Of the store, with nothing gathered.
        keys: Of the encrypted store: the present ones where its names are sealed.
        seals: That go with them.

    Attributes:
        writer: Of the store; the caller closes it.
        done: What was done.
    """

    def __init__(self, writer: StoreWriter, keys: KeysFile, seals: Seals) -> None:
        if not writer.layout.is_classic or seals.envelope is None:
            raise StoreError("only classic stores can be encrypted later")
        self.done = Encrypted()
        self.writer = writer
        self._db = writer.writing_db
        self._layout = writer.layout
        self._keys = keys
        self._seals = seals
        self._envelope: Envelope = seals.envelope
        self._files = Names(writer.layout)
        self._has_moved = False

    def plan(self) -> ToEncrypt:
        """Return what there is to do; nothing has changed afterwards."""
        contents, size, damaged = encrypting.count_clear(self._db)
        is_begun = encrypting.is_begun(self._db)
        is_left = bool(self.writer.cipher and pruning.doomed_files(self._db))
        return ToEncrypt(not self.writer.cipher, contents, size, damaged, 0, is_begun or is_left)

    def names(self) -> None:
        """Seal all names, unless they are; finish what an earlier call has begun of that."""
        staged = self._layout.keys + STAGED
        with store_trouble(self._layout.directory):
            if not self.writer.cipher:
                write_keys(staged, self._keys)
                self._db.execute("PRAGMA cache_spill = ON")
                with transaction(self._db):
                    sign_sets(self._db, self._seals.ring)
                    encrypting.seal_names(self._db, self._seals)
                    encrypting.note_begun(self._db)
                self._db.execute("PRAGMA cache_spill = OFF")
                self.done.names = True
            if os.path.exists(staged):
                self.renew()
                take_after(staged, os.stat(self._layout.keys))
                os.replace(staged, self._layout.keys)
                sync_file(self._layout.keys)
            with transaction(self._db):
                encrypting.note_keys(self._db)

    def files(self) -> None:
        """Seal all contents that are in clear and can be read."""
        with store_trouble(self._layout.directory):
            most = max(_LEAST_SWEEP, encrypting.count_clear(self._db)[1] // _SWEEPS)
            waiting = 0
            for batch in self._batches():
                waiting += self._seal_batch(batch)
                if waiting > most:
                    self.renew()
                    waiting = 0
            if self._has_moved or pruning.doomed_files(self._db):  # of a call that died, too
                self.renew()

    def notes(self) -> None:
        """Write anew what stands beside sealed contents and does not say what it should.

        The journal too: the old one names contents by hashes that need no key.
        """
        last = 0
        with store_trouble(self._layout.directory):
            while page := encrypting.iter_sealed(self._db, last):
                for content, basis in page:
                    self._note(content, basis)
                last = page[-1][0].id
            renew_journal(self._db, self._layout)

    def signatures(self) -> None:
        """Write the sealed signature of each large content of today that has none."""
        last = 0
        with (
            store_trouble(self._layout.directory),
            closing(StoreReader(self._layout, self._seals.ring)) as reader,
        ):
            while page := encrypting.unsigned(self._db, last, SMALL):
                for content in page:
                    path = self._layout.large(content.digest, content.place) + SIGNATURE
                    if not os.path.exists(path):
                        with suppress(IntegrityError):
                            replace_durably(path, self._signature(reader, content))
                            self.done.signatures += 1
                last = page[-1].id

    def _signature(self, reader: StoreReader, content: StoredContent) -> bytes:
        with closing(reader.open_unproved(content)) as opened:
            parts = iter_signature(opened.chunks(), content.size, style_of(CLASSIC))
            return self._envelope.wrap(b"".join(parts))

    def renew(self) -> None:
        """Make catalog, manifests and copies anew, then remove what waits for that."""
        forgetting.rewrite(self._db)
        work = Pruning(self.writer)
        if self.writer.ask.sets():
            work.renew_manifests()
        renew_copies(self._layout)
        work.sweep()
        self._has_moved = False

    def look_around(self) -> None:
        """Count what is left in clear."""
        self.done.left = encrypting.count_clear(self._db)[0]
        quarantine = Path(self._layout.quarantine)
        self.done.strays = sum(1 for one in quarantine.glob("*") if one.is_file())

    def _batches(self) -> Iterator[list[list[StoredContent]]]:
        """Yield families of contents, some at a time."""
        batch, size, count, last = list[list[StoredContent]](), 0, 0, 0
        while heads := encrypting.heads(self._db, last):
            for head in heads:
                found = encrypting.family(self._db, head)
                batch.append(found)
                size += sum(one.stored for one in found)
                count += len(found)
                if size >= _BATCH_BYTES or count >= _BATCH_FILES:
                    yield batch
                    batch, size, count = [], 0, 0
            last = heads[-1]
        if batch:
            yield batch

    def _seal_batch(self, batch: list[list[StoredContent]]) -> int:
        """Seal the contents of *batch*, then let their rows say so; return their bytes."""
        moved: list[encrypting.Moved] = []
        lines: list[str] = []
        files: list[str] = []
        with closing(StoreReader(self._layout, self._seals.ring)) as reader:
            for family in batch:
                try:
                    self._seal_family(reader, family, (moved, lines, files))
                except IntegrityError:
                    continue  # it stays in clear, and checking the store tells of it
        group = Group()
        self._files.seal_into(group)
        self.writer.journal.append("".join(lines))
        self.writer.flush([*files, self._layout.journal], sorted(group.folders))
        with transaction(self._db):
            self.done.known += encrypting.move(self._db, moved)
        self.done.contents += len(moved)
        self._has_moved = self._has_moved or bool(moved)
        return sum(one.stored for one in moved)

    def _seal_family(
        self,
        reader: StoreReader,
        family: list[StoredContent],
        told: tuple[list[encrypting.Moved], list[str], list[str]],
    ) -> None:
        """Seal contents that stand on each other; *told* hears of them once all are done.

        Raises:
            IntegrityError: One of them cannot be read.
        """
        digests: dict[int | None, bytes] = {None: b""}
        for one in family:
            digests[one.id] = self._digest(reader, one)
        moved, lines, files = told
        for one in family:
            digest, basis = digests[one.id], digests[one.basis]
            place, path = self._files.take(digest)
            stored = self._seal_file(path, one, (digest, basis))
            moved.append(encrypting.Moved(one.id, digest, stored, place))
            below = (basis,) if basis else ()
            where = (digest, one.codec, None, place, one.size, stored, *below)
            lines.append(classic_line(where, SEALED))
            files += (path, path + SUFFIX)

    def _digest(self, reader: StoreReader, content: StoredContent) -> bytes:
        """Return what a content is called once it is sealed; it is proved on the way."""
        state = Digester(self._seals.ring.contents)
        with closing(reader.open_unproved(content)) as opened:
            for piece in opened.chunks():
                state.update(piece)
        return state.digest()

    def _seal_file(self, path: str, content: StoredContent, names: tuple[bytes, bytes]) -> int:
        """Make the sealed file of a content, and what stands beside it; return its length.

        Args:
            path: That nothing has.
            content: As it lies there in clear.
            names: Its new digest, and that of what it stands on.
        """
        source = self._layout.large(content.digest, content.place)
        sealing, stored = self._envelope.begin(), 0
        with open(source, "rb") as clear:
            descriptor = os.open(path, FRESH, 0o666)
            try:
                while data := clear.read(_CHUNK):
                    piece = sealing.part(content.codec, len(data), 0, data)
                    write_all(descriptor, piece)
                    stored += len(piece)
                end = sealing.end(names[0], content.size)
                write_all(descriptor, end[CHECK:])
                stored += len(end) - CHECK
            finally:
                os.close(descriptor)
        meta = Meta(names[0], content.codec, content.size, stored, names[1], end[:CHECK])
        write_file(path + SUFFIX, meta_text(meta))
        return stored

    def _note(self, content: StoredContent, basis: bytes | None) -> None:
        path = self._layout.large(content.digest, content.place)
        if is_meta_whole(path + SUFFIX, content, basis):
            return
        with suppress(IntegrityError):
            told = meta_of(content, basis)._replace(check=self._proved(path, content))
            replace_durably(path + SUFFIX, meta_text(told))
            self.done.notes += 1

    def _proved(self, path: str, content: StoredContent) -> bytes:
        """Return the SHA-256 of a sealed content's file, which is whole."""
        with closing(SealedFile(path, content.stored, self._envelope)):
            return file_digest(path)
