"""Encrypts a modern store that was kept in clear: beside it, then by one transaction.

1. *Twins*: the sealed form of every content is written beside it, see `twinning`.  To everybody
   else the store is what it was; backups may come between two calls, and what they bring gets
   its twin too.
2. *Proof*: a copy of the catalog is switched as the catalog will be, and every content is read
   through it, by those who will read it later.
3. *Switch*: one transaction seals all names and lets contents be their twins.  Before it all is
   in clear, after it all is sealed.  The new keys are staged before, as `encrypting` says.
4. *The rest*: manifests, journal and copies of the catalog are made anew; then goes what
   lies in clear.  A note in the catalog tells that this is not over.

Ended at any moment, the next call goes on; nothing is ever removed before all of it was read
back from its twin.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from tardis.crypto import OVERHEAD, KeysFile, Seals, fingerprint
from tardis.delta import has_librsync, iter_signature, style_of
from tardis.model import (
    MODERN,
    SMALL,
    IntegrityError,
    NoSpaceError,
    StoredContent,
    StoreError,
)

from .catalog import encrypting, forgetting, mending, pruning, replicating, signing, twins
from .catalog.connection import connect_any, transaction
from .copies import back_up
from .encrypting import Encrypted, ToEncrypt
from .flush import sync_file
from .forgetting import Sign
from .heads import repeat_keys
from .keys import STAGED, write_keys
from .packs import PackWriter
from .pruning import Pruning
from .reader import StoreReader
from .rebuild import take_after
from .rebuild_scan import pack_numbers
from .records import HEADER, SEALED, Kind
from .renewing import renew_copies, renew_journal
from .room import free_bytes
from .scrub_mending import quarantined
from .scrub_state import FILE as CHECKED
from .sign_sets import sign_sets
from .trouble import store_trouble
from .twinning import TwinMaker
from .writer import StoreWriter

TWINS: Final = ".twins"
"""Behind the catalog's name: the file of twins."""

_PROVING: Final = ".proving"
_TRIES: Final = 3
"""How often twins that cannot be read back are made anew."""

_CATALOGS: Final = 3
"""Sizes of the catalog that are needed at once: its copy, its journal, and its rewriting."""


def drop_twins(writer: StoreWriter) -> int:
    """Remove what an encryption has left that was given up before its switch; return its bytes.

    One that is called again begins from the start.

    Args:
        writer: Of the store, which nobody encrypts meanwhile.

    Raises:
        StoreError: The store cannot be written; the next call goes on.
    """
    layout, db = writer.layout, writer.writing_db
    path = layout.database + TWINS
    if writer.cipher or not os.path.exists(path):
        return 0
    with store_trouble(layout.directory):
        twins.attach(db, path)
        try:
            packs, files = twins.unswitched(db)
        finally:
            db.execute("DETACH DATABASE twins")
        dead = [layout.pack(number) for number in packs]
        dead += [
            layout.large(name, place)
            for name, place in files
            if not pruning.names_file(db, name, place)
        ]
        freed = 0
        for one in dead:
            with suppress(FileNotFoundError):
                freed += os.path.getsize(one)
                os.unlink(one)
        shutil.rmtree(layout.database + _PROVING, ignore_errors=True)
        writer.flush([], sorted({os.path.dirname(one) for one in dead}))
        for one in (f"{path}-journal", path):  # last: it tells what there is to remove
            with suppress(FileNotFoundError):
                os.unlink(one)
    return freed


class EncryptingModern:
    """The encryption of one store.

    Args:
        writer: Of the store, with nothing gathered.
        keys: Of the encrypted store.
        seals: That go with them.

    Attributes:
        writer: Of the store as it is now; the caller closes it.
        done: What was done.
    """

    def __init__(self, writer: StoreWriter, keys: KeysFile, seals: Seals) -> None:
        if writer.layout.is_classic or seals.envelope is not None:
            raise StoreError("this is not a store of the modern format")
        self.done = Encrypted()
        self.writer = writer
        self._layout = writer.layout
        self._keys = keys
        self._seals = seals

    def plan(self) -> ToEncrypt:
        """Return what there is to do; nothing has changed afterwards."""
        contents, size, damaged = encrypting.count_clear(self.writer.db)
        needed = self._needed(contents, size) if contents else 0
        is_begun = encrypting.is_begun(self.writer.db)
        return ToEncrypt(not self.writer.cipher, contents, size, damaged, needed, is_begun)

    def run(self, sign: Sign | None = None) -> None:
        """Do what is still to be done.

        Args:
            sign: Adds up sets, once their rows are proved, and signs the sums.

        Raises:
            NoSpaceError: There is no room for all of it twice; nothing has changed.
            IntegrityError: Contents cannot be read, and are marked by now; all is in clear.
            StoreError: The store cannot be written, or something else must be ended first.
        """
        with store_trouble(self._layout.directory):
            if not self.writer.cipher:
                self._make_twins()
                self._switch()
            if encrypting.is_begun(self.writer.writing_db):
                if sign is not None:
                    rows = sign()
                    with transaction(self.writer.writing_db):
                        forgetting.put_heads(self.writer.writing_db, rows)
                self._finish()

    def signatures(self) -> None:
        """Write the sealed signature of each large content of today that has none."""
        db = self.writer.writing_db
        if not has_librsync() or not encrypting.unsigned(db, 0, SMALL):
            return
        last = 0
        with (
            store_trouble(self._layout.directory),
            closing(StoreReader(self._layout, self._seals.ring)) as reader,
            closing(self.writer.new_packs()) as packs,
        ):
            packs.cipher = SEALED
            while page := encrypting.unsigned(db, last, SMALL):
                last = page[-1].id
                rows = [row for one in page for row in self._signed(reader, packs, one)]
                lengths = packs.seal()
                files = [self._layout.pack(number) for number in lengths]
                self.writer.flush(files, [self._layout.packs])
                with transaction(db):
                    pruning.add_packs(db, lengths.items())
                    signing.add(db, rows)
                self.done.signatures += len(rows)

    def _signed(
        self, reader: StoreReader, packs: PackWriter, content: StoredContent
    ) -> Iterator[tuple[int, int, int, int]]:
        """Append the signature of a content; yield its row, none where it cannot be read."""
        with suppress(IntegrityError), closing(reader.open(content)) as opened:
            parts = iter_signature(opened.chunks(), content.size, style_of(MODERN))
            made = b"".join(parts)
            piece = self._seals.seal_signature(content.digest, made)
            packs.begin_record()
            place = packs.append(Kind.SIGNATURE, 0, len(made), content.digest, piece)
            yield content.id, packs.number, place, len(piece)

    def look_around(self) -> None:
        """Count what is left in clear."""
        quarantine = Path(self._layout.quarantine)
        self.done.strays = sum(1 for one in quarantine.glob("*") if one.is_file())

    def _needed(self, contents: int, size: int) -> int:
        """Return the bytes that *contents* of *size* bytes need beside what is there."""
        catalog = os.path.getsize(self._layout.database)
        return size + contents * (HEADER.size + OVERHEAD) + _CATALOGS * catalog

    def _make_twins(self) -> None:
        """See that every content which can be read has a twin that can be read."""
        db = self.writer.writing_db
        if forgetting.is_pending(db):
            raise StoreError("`sonic forget` has not come to its end", hint="Call it once more.")
        twins.attach(db, self._layout.database + TWINS)
        with transaction(db):
            twins.begin(db, fingerprint(self._seals.ring.digest, [b"twins"]))
        self._require_room()
        for _ in range(_TRIES):
            with closing(TwinMaker(self.writer, self._keys, self._seals)) as maker:
                maker.run()
                self.done.contents += maker.made
            self._refuse_fresh_damage()
            if not self._has_spoilt():
                return
        raise IntegrityError(
            "what was written could not be read back; the store is as it was",
            hint="Look at that disk, then run again.",
        )

    def _require_room(self) -> None:
        contents, size, _ = twins.count_waiting(self.writer.writing_db)
        needed, free = self._needed(contents, size), free_bytes(self._layout)
        if needed > free:
            raise NoSpaceError(
                f"the sealed store needs {needed >> 20} MiB beside the one in clear, and "
                f"{free >> 20} MiB are free below {self._layout.directory}",
                hint="Make room, or purge sets first; nothing was changed.",
            )

    def _refuse_fresh_damage(self) -> None:
        """Go no further where contents cannot be read that nobody has been told of."""
        db = self.writer.writing_db
        found = [one.id for one in twins.without(db) if not one.is_damaged]
        if not found:
            return
        with transaction(db):
            mending.mark_damaged(db, found)
            mending.unsettle_damaged(db)
        raise IntegrityError(
            f"{len(found)} contents cannot be read; nothing is encrypted yet",
            hint="The next backup sends again what is still there, `sonic repair` looks for the "
            "rest; then call this again: it leaves out what is damaged still.",
        )

    def _has_spoilt(self) -> bool:
        """Read every twin as it will be read; forget those that cannot be, and tell of any."""
        folder = self._layout.database + _PROVING
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder, 0o700)
        work = replace(self._layout, database=os.path.join(folder, "tardis.db"))
        back_up(self._layout.database, work.database)
        write_keys(work.keys, self._keys)
        with closing(connect_any(work.database)) as db:
            twins.attach(db, self._layout.database + TWINS)
            db.execute("PRAGMA cache_spill = ON")
            with transaction(db):
                twins.switch(db, self._seals)
            spoilt, last = list[int](), 0
            with closing(StoreReader(work, self._seals.ring)) as reader:
                while page := twins.sealed_page(db, last):
                    last = page[-1].id
                    for content in page:
                        try:
                            reader.prove(content)
                        except IntegrityError:
                            spoilt.append(content.id)
        shutil.rmtree(folder)
        with transaction(self.writer.writing_db):
            twins.drop(self.writer.writing_db, spoilt)
        return bool(spoilt)

    def _switch(self) -> None:
        """Let the store be sealed from one moment to the next."""
        db, staged = self.writer.writing_db, self._layout.keys + STAGED
        damaged = twins.without(db)
        with transaction(db):
            twins.note_kept(
                db,
                (
                    self._layout.large(one.digest, one.place)
                    if one.pack is None
                    else self._layout.pack(one.pack)
                    for one in damaged
                ),
            )
        write_keys(staged, self._keys)
        db.execute("PRAGMA cache_spill = ON")
        with transaction(db):
            sign_sets(db, self._seals.ring)
            twins.switch(db, self._seals)
        self.done.names = True
        self.done.left = len(damaged)
        self.writer = self.writer.reopened()

    def _finish(self) -> None:
        """Make anew what repeats the catalog, and remove what lies in clear."""
        db, staged = self.writer.writing_db, self._layout.keys + STAGED
        if os.path.exists(staged):
            take_after(staged, os.stat(self._layout.keys))
            os.replace(staged, self._layout.keys)
            sync_file(self._layout.keys)
        forgetting.rewrite(db)
        if self.writer.ask.sets():
            Pruning(self.writer).renew_manifests()
        renew_copies(self._layout)
        renew_journal(db, self._layout)
        self._remove_clear()
        repeat_keys(self._layout, self._keys)
        with transaction(db):
            encrypting.note_keys(db)

    def _remove_clear(self) -> None:
        """Remove all that the catalog does not name; put aside what holds damaged contents."""
        db, path = self.writer.writing_db, self._layout.database + TWINS
        kept = set[str]()
        if os.path.exists(path):
            twins.attach(db, path)
            kept = twins.kept(db)
            db.execute("DETACH DATABASE twins")
        folders = {self._layout.packs}
        for one in [*self._dead_packs(), *self._dead_files()]:
            folders.add(os.path.dirname(one))
            if one in kept:
                os.rename(one, quarantined(self._layout, os.path.basename(one)))
            else:
                os.unlink(one)
        self.writer.partials.clear()
        for one in (os.path.join(self._layout.directory, CHECKED), path, f"{path}-journal"):
            with suppress(FileNotFoundError):
                os.unlink(one)
        self.writer.flush([], sorted(folders))
        sync_file(self._layout.journal)

    def _dead_packs(self) -> Iterator[str]:
        for number in pack_numbers(self._layout):
            if not replicating.names_pack(self.writer.writing_db, number):
                yield self._layout.pack(number)

    def _dead_files(self) -> Iterator[str]:
        """Yield the files of large contents that no row names, damaged ones too."""
        for folder in Path(self._layout.directory).glob("[0-9a-f][0-9a-f]"):
            for one in folder.iterdir():
                name, _, place = one.name.partition("-")
                with suppress(ValueError):
                    digest, number = bytes.fromhex(name), int(place or 0)
                    if not pruning.names_file(self.writer.writing_db, digest, number):
                        yield str(one)
