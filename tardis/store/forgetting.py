"""Takes paths out of all history: rows, contents, packs, journal, manifests and catalog copies.

First one transaction takes out the rows and notes which contents nothing names any more.
From then on every reader sees the store without them; what follows makes their bytes go:
deltas on them are stored whole, manifests told anew, packs rewritten that hold them or what
cannot be told apart, the catalog's file and its copies made anew, lines cut out of the
journal.  The note goes last, so that a call that was ended is finished by the next.
"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, Protocol

from tardis.crypto import MD5_SIZE, KeyRing, Seals
from tardis.model import IntegrityError, NoSuchPathError

from .catalog import forgetting, pruning
from .catalog.connection import transaction
from .classic_walk import remove_unnamed
from .deltas import DeltaKeeper
from .flush import sync_file
from .packs import PackReader
from .pruning import Pruning
from .rebuild import take_after
from .rebuild_scan import iter_headers, iter_large, pack_numbers
from .records import HEADER, Kind
from .renewing import renew_copies
from .sets import SignedRow, begin_upkeep
from .trouble import store_trouble
from .veil import Veil
from .writer import StoreWriter

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What goes, or went.

    Attributes:
        rows: Entry rows that were taken out or cut.
        contents: Contents that nothing else names.
        size_bytes: Their plain bytes.
        shared: Contents that stay because other files have them.
        unfinished: Contents of an earlier call that was ended, which go as well.
        lost: Damaged contents that stood on one of them and cannot be read any more.
    """

    rows: int
    contents: int
    size_bytes: int
    shared: int
    unfinished: int = 0
    lost: int = 0


Agree = Callable[[Forgotten], bool]
"""Shows the plan and says whether to go on."""

Sign = Callable[[], Sequence[SignedRow]]
"""What is signed of sets whose rows have changed; they are committed when it is called."""


class Signing(Protocol):
    """Signs sets anew whose rows were taken out."""

    def begin(self, before: bytes) -> bytes:
        """Look at the sets before anything changes.

        Args:
            before: What an earlier call returned that came to no `rows`, else empty.

        Returns:
            What has to be kept until `rows` were noted: a later call goes on with that.
        """

    def rows(self) -> Sequence[SignedRow]:
        """Return what is signed, now that rows were taken out."""


def forget_paths(
    writer: StoreWriter,
    paths: Sequence[bytes],
    agree: Agree,
    ring: KeyRing | None = None,
    signing: Signing | None = None,
) -> Forgotten | None:
    """Take *paths*, as stored, and all that is below them out of every set.

    Without paths it finishes what an earlier call began.

    Args:
        writer: Of the store; nothing that it gathered is waiting.
        paths: Without trailing slashes.
        agree: Asked before anything changes.
        ring: Keys of an encrypted store: what stands on a content that goes is stored whole.
        signing: Signs sets anew, once the rows are taken out.

    Returns:
        What went, None when *agree* said no.

    Raises:
        NoSuchPathError: No set ever held one of the paths.
        StoreError: The store cannot be written.
    """
    with store_trouble(writer.layout.directory):
        work = _Forgetting(writer, ring)
        plan = work.plan(paths)
        if not agree(plan):
            return None
        note = b"" if signing is None else signing.begin(forgetting.unsigned(writer.writing_db))
        work.take_out(paths, note)
        if signing is not None:
            work.put_heads(signing.rows())
        lost = work.finish()
        return replace(plan, lost=lost)


class _Forgetting:
    """One call of `forget_paths`."""

    def __init__(self, writer: StoreWriter, ring: KeyRing | None) -> None:
        self._writer = writer
        self._ring = ring
        has_macs = ring is not None and writer.repository.has_macs
        self._prove = Veil(Seals(ring)).prove_again if has_macs and ring is not None else None
        self._db = writer.writing_db
        self._layout = writer.layout
        self._lost = 0

    def plan(self, paths: Sequence[bytes]) -> Forgotten:
        """Return what would go; nothing has changed afterwards."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            return self._take_out(paths)
        finally:
            self._db.execute("ROLLBACK")

    def take_out(self, paths: Sequence[bytes], note: bytes) -> None:
        """Take the rows out, and note whose bytes have still to go, and what is to be signed."""
        with transaction(self._db):
            self._take_out(paths)
            forgetting.note_unsigned(self._db, note)

    def put_heads(self, rows: Sequence[SignedRow]) -> None:
        """Note what is signed anew."""
        with transaction(self._db):
            forgetting.put_heads(self._db, rows)

    def _take_out(self, paths: Sequence[bytes]) -> Forgotten:
        """Do it within the caller's transaction."""
        db = self._db
        unfinished = len(forgetting.pending(db))
        if not paths and not forgetting.is_pending(db):
            raise NoSuchPathError("no path is named, and nothing was left unfinished")
        found = [forgetting.spans_of(db, path) for path in paths]
        for path, (spans, roots) in zip(paths, found, strict=True):
            if not spans and not roots:
                raise NoSuchPathError(f"no set ever held {os.fsdecode(path)!a}")
        spans = [span for some, _ in found for span in some]
        inside = [root for _, some in found for root in some]
        rows = forgetting.remove(db, spans, inside, self._prove)
        gone = forgetting.forgotten(db)
        forgetting.redact(db, _texts(paths))
        forgetting.void_fingerprints(db)
        bundles = forgetting.bundles(db, [one[0] for one in gone])
        forgetting.note_pending(db, [*(digest for _, digest, _, _ in gone), *bundles])
        size = sum(one[2] for one in gone)
        return Forgotten(rows, len(gone), size, forgetting.count_shared(db), unfinished)

    def finish(self) -> int:
        """Let the bytes of what was noted go; return how many damaged contents were given up."""
        digests = forgetting.pending(self._db)
        self._free(digests, begin_upkeep(self._writer))
        work = Pruning(self._writer, keeps_damaged=False)
        work.drop_rows()
        work.drop_contents()
        work.sweep()
        self._remove_files(digests)
        work.renew_manifests()
        work.sweep()
        if not self._layout.is_classic:
            self._rewrite_packs(work, digests)
        work.sweep()
        forgetting.rewrite(self._db)
        self._cut_journal(digests)
        renew_copies(self._layout)
        with transaction(self._db):
            forgetting.end_pending(self._db)
        return self._lost

    def _free(self, digests: set[bytes], number: int) -> None:
        """Store whole what stands on a content that goes."""
        before = forgetting.figures(self._db, number)
        with closing(DeltaKeeper(self._writer, self._ring)) as keeper:
            for content in forgetting.standing_on(self._db, digests):
                if self._layout.is_classic and forgetting.is_sealed(self._db, content):
                    continue  # who has no key leaves what it stands on, which nobody can name
                if not keeper.flatten(content):
                    self._lose(content)
                self._writer.seal_if_due()
            self._writer.drain()
        if before is not None:
            with transaction(self._db):
                forgetting.put_figures(self._db, number, before)

    def _lose(self, content: int) -> None:
        """Give a content up that cannot be read."""
        self._writer.drain()
        with transaction(self._db):
            forgetting.lose(self._db, content)
        self._lost += 1

    def _remove_files(self, digests: set[bytes]) -> None:
        """Remove every representation of contents that go, dead ones too."""
        folders: set[str] = set()
        if self._layout.is_classic:  # what nobody names may hold it, too
            remove_unnamed(self._db, self._layout)
        for digest, place, _ in list(iter_large(self._layout)):
            if digest in digests and not pruning.names_file(self._db, digest, place):
                path = self._layout.large(digest, place)
                os.unlink(path)
                folders.add(os.path.dirname(path))
        self._writer.flush([], sorted(folders))

    def _rewrite_packs(self, work: Pruning, digests: set[bytes]) -> None:
        """Move what lives out of packs that hold something that goes, or that nothing explains."""
        self._writer.leave_pack()
        listed = {number: live for number, _, live in pruning.packs(self._db)}
        with closing(PackReader(self._layout)) as reader, closing(self._writer.new_packs()) as new:
            for number in pack_numbers(self._layout):
                if number == new.number or not self._must_go(number, digests):
                    continue
                if not listed.get(number):
                    os.unlink(self._layout.pack(number))
                    continue
                while not work.empty_pack(number, new):
                    self._give_up_in(number, reader)
        self._writer.flush([], [self._layout.packs])

    def _must_go(self, number: int, digests: set[bytes]) -> bool:
        """Tell whether a pack holds what goes, old manifests, or bytes that are no record."""
        path, end = self._layout.pack(number), 0
        manifests = forgetting.live_manifests(self._db, number)
        for place, record in iter_headers(path):
            if record.kind == Kind.MANIFEST and place not in manifests:
                return True
            if record.digest in digests or not _is_blank(path, end, place):
                return True
            end = place + HEADER.size + record.stored
        return not _is_blank(path, end, os.path.getsize(path))

    def _give_up_in(self, number: int, reader: PackReader) -> None:
        """Let the first content of a pack that cannot be moved be damaged."""
        for content, digest, place, stored, _ in pruning.records_of(self._db, number):
            try:
                reader.raw(number, place, stored, digest)
            except IntegrityError:
                self._lose(content)
                return

    def _cut_journal(self, digests: set[bytes]) -> None:
        """Write the journal anew without the lines of what goes, and without torn ones."""
        path = self._layout.journal
        length = MD5_SIZE if self._layout.is_classic else None
        hexed = {digest[:length].hex().encode() for digest in digests}
        with open(path, "rb") as old, open(f"{path}.new", "wb") as new:
            for line in old:
                first, _, rest = line.partition(b":")
                if not (first in hexed or rest.partition(b":")[0] in hexed):
                    new.write(line if line.endswith(b"\n") else line + b"\n")
        take_after(f"{path}.new", os.stat(path))
        sync_file(f"{path}.new")
        os.replace(f"{path}.new", path)
        sync_file(path)


def _texts(paths: Sequence[bytes]) -> list[bytes]:
    """Return the names that must not stand in what sets say of themselves, JSON's way too."""
    found = []
    for path in paths:
        name = path.rsplit(b"/", 1)[-1]
        found += [name, json.dumps(os.fsdecode(name))[1:-1].encode()]
    return found


def _is_blank(path: str, start: int, end: int) -> bool:
    """Tell whether a file holds nothing but zeros from *start* to *end*."""
    with open(path, "rb") as file:
        file.seek(start)
        while start < end:
            block = file.read(min(_BLOCK, end - start))
            if block.strip(b"\0"):
                return False
            if not block:
                return True
            start += len(block)
    return True
