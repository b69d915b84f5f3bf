"""Takes sets out of a store: first what names them, then what nothing names any more.

Every step is committed before the next one begins, and finds what an earlier run that was
killed has left: rows that no set shows, contents that no row names, and the list of what
is doomed.  A file or pack is removed only after it was looked up once more that nothing
lies in it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from tardis.model import StoreError

from .catalog import pruning
from .catalog.connection import transaction
from .catalog.pruning import DEAD_SHARE
from .flattening import flatten_chains, needs_flattening
from .layout import Layout
from .meta import BASIS, SIGNATURE, SUFFIX
from .opening import RESERVE_BYTES, make_reserve
from .packs import PackWriter
from .refreshing import note_heavy_chains
from .repacking import Repacking
from .room import free_bytes
from .sets import begin_upkeep, write_full_manifest
from .trouble import store_trouble
from .writer import StoreWriter

SPARE_SHARE: Final = 0.2
"""The catalog is written anew when more than this part of it is not needed."""


@dataclass(slots=True)
class Pruned:
    """What went, and what had to be moved for it.

    Attributes:
        rows: Entry rows.
        freed_bytes: By which the files of the store have shrunk.
        flattened: Contents that were deltas and are whole now.
        moved: Contents that were copied out of packs that went.
        damaged: Packs that were left as they are because a record in them is damaged.
        given_up: Contents known to be damaged whose packs went.
    """

    sets: int = 0
    rows: int = 0
    contents: int = 0
    files: int = 0
    packs: int = 0
    freed_bytes: int = 0
    flattened: int = 0
    moved: int = 0
    damaged: int = 0
    given_up: int = 0


def prune(writer: StoreWriter, numbers: Sequence[int]) -> Pruned:
    """Remove the sets *numbers*, and whatever else nothing needs.

    Args:
        writer: Of the store; nothing that it gathered is waiting.
        numbers: Of sets; none for only what earlier runs have left.

    Raises:
        StoreError: The store cannot be written; what was removed stays removed, and the
            next call goes on.
    """
    with store_trouble(writer.layout.directory), _reserve_lent(writer.layout):
        work = Pruning(writer)
        work.done.freed_bytes += writer.partials.clear()
        work.drop_sets(numbers)
        work.drop_rows()
        work.drop_contents()
        work.sweep()
        if work.flatten():
            work.drop_contents()
            work.sweep()
        if numbers or pruning.has_outdated_manifests(writer.writing_db):
            work.renew_manifests()
        work.repack()
        work.sweep()
        work.shrink()
        return work.done


def compact_catalog(writer: StoreWriter) -> int:
    """Write the catalog anew if much of it is not needed and there is room.

    Args:
        writer: Of the store; nothing that it gathered is waiting.

    Returns:
        Bytes by which it shrank.

    Raises:
        StoreError: The disk refuses.
    """
    with store_trouble(writer.layout.directory):
        work = Pruning(writer)
        work.shrink()
        return work.done.freed_bytes


class Pruning:
    """One call of `prune`; *keeps_damaged* as for `Repacking`."""

    def __init__(self, writer: StoreWriter, *, keeps_damaged: bool = True) -> None:
        self.done = Pruned()
        self._keeps_damaged = keeps_damaged
        self._writer = writer
        self._db = writer.writing_db
        self._layout = writer.layout

    def drop_sets(self, numbers: Sequence[int]) -> None:
        if numbers:
            with transaction(self._db):
                pruning.delete_sets(self._db, numbers)
            self.done.sets = len(numbers)

    def drop_rows(self) -> None:
        """Delete the rows that no set shows, then the directories without a name."""
        last: tuple[int, int, bytes] = (0, 0, b"")
        most = pruning.rows_at_once(self._db)
        while rows := pruning.dead_rows(self._db, last, most):
            self._delete(rows)
            directory, last_set, name = rows[-1]
            last = (directory, last_set, name)
        if pruning.has_complete_set(self._db):
            self._drop_stranded()
        while self._drop_directories():
            pass
        with transaction(self._db):
            pruning.delete_stale(self._db)

    def _drop_stranded(self) -> None:
        """Delete the rows below roots that no set has any more, open ones too.

        As long as there is no complete set they stay: the next run compares with them.
        """
        while rows := pruning.rows_beside_roots(self._db):
            self._delete(rows)
        is_done = False
        while not is_done:  # each round may leave those below without a name
            is_done, last = True, 0
            while found := pruning.stranded(self._db, last):
                is_done, last = False, found[-1][0]
                for (directory,) in found:
                    while rows := pruning.rows_in(self._db, directory):
                        self._delete(rows)

    def _delete(self, rows: Sequence[tuple[Any, ...]]) -> None:
        with transaction(self._db):
            pruning.delete_rows(self._db, rows)
        self.done.rows += len(rows)

    def drop_contents(self) -> None:
        """Doom the contents that nothing needs; each round may free what they stood on."""
        while self._drop_round():
            pass

    def sweep(self) -> None:
        """Remove the doomed files, and the packs in which nothing lives."""
        while found := pruning.doomed_files(self._db):
            self._remove_files(found)
        dead = [(number, length) for number, length, live in pruning.packs(self._db) if not live]
        if not dead:
            return
        self._writer.leave_pack()
        for number, length in dead:
            if _removed(self._layout.pack(number)):
                self.done.packs += 1
                self.done.freed_bytes += length
        self._writer.flush([], [self._layout.packs])
        with transaction(self._db):
            pruning.forget_packs(self._db, [number for number, _ in dead])

    def flatten(self) -> int:
        """Store whole what stands on too much that is dead; return how many contents."""
        if not needs_flattening(self._writer):
            return 0
        if self._writer.cipher:
            note_heavy_chains(self._writer)
            return 0
        begin_upkeep(self._writer)
        self._writer.packs.begin_pack()
        self.done.flattened, written = flatten_chains(self._writer, RESERVE_BYTES)
        self.done.freed_bytes -= written
        return self.done.flattened

    def renew_manifests(self) -> None:
        """Repeat all rows in manifests, and let go of the older ones."""
        begin_upkeep(self._writer)
        self._writer.committer.tools.packs.begin_pack()
        first = self._writer.committer.sequence
        write_full_manifest(self._writer, is_due=True)
        with transaction(self._db):
            pruning.forget_manifests(self._db, self._writer.number, first)

    def repack(self) -> None:
        """Copy live records out of the packs with the least of them, until little is dead."""
        found = [
            pack for pack in pruning.packs(self._db)
            if pruning.pack_holds(self._db, pack[0]) == "contents"
        ]  # fmt: skip
        live = sum(one[2] for one in found)
        dead = sum(one[1] for one in found) - live
        found.sort(key=lambda one: one[2] / max(one[1], 1))
        if dead <= DEAD_SHARE * live or not any(left for _, _, left in found):
            return
        target = self._writer.new_packs()
        work = Repacking(self._writer, keeps_damaged=self._keeps_damaged)
        try:
            for number, length, left in found:
                if dead <= DEAD_SHARE * live or not left:
                    break
                dead -= length - left if work.empty(number, target) else 0
            work.finish(target)
        finally:
            target.close()
            self._count(work)
            self._drop_if_empty(self._layout.pack(target.number))

    def _drop_if_empty(self, path: str) -> None:
        """Remove a pack to which nothing was written after all."""
        if os.path.getsize(path) == 0:
            os.unlink(path)

    def empty_pack(self, number: int, target: PackWriter) -> bool:
        """Copy what lives in a pack to *target*; tell whether nothing is left in it."""
        work = Repacking(self._writer, keeps_damaged=self._keeps_damaged)
        try:
            is_empty = work.empty(number, target)
            work.finish(target)
            return is_empty
        finally:
            self._count(work)

    def _count(self, work: Repacking) -> None:
        self.done.moved += work.moved
        self.done.damaged += work.damaged
        self.done.given_up += work.given_up
        self.done.freed_bytes -= work.written

    def shrink(self) -> None:
        """Give back what the catalog no longer needs, when that is much and there is room."""
        spare, size = pruning.spare_bytes(self._db)
        if spare > SPARE_SHARE * size and free_bytes(self._layout) > 2 * size:
            pruning.shrink(self._db)
            self.done.freed_bytes += size - pruning.spare_bytes(self._db)[1]

    def _drop_directories(self) -> int:
        """Delete directories that nothing names; return how many there were."""
        last = count = 0
        while rows := pruning.dead_directories(self._db, last):
            with transaction(self._db):
                pruning.delete_directories(self._db, rows)
            last = rows[-1][0]
            count += len(rows)
        return count

    def _drop_round(self) -> int:
        last = count = 0
        most = pruning.rows_at_once(self._db)
        while rows := pruning.dead_contents(self._db, last, most):
            with transaction(self._db):
                pruning.doom(self._db, rows)
            last = rows[-1][0]
            count += len(rows)
        self.done.contents += count
        return count

    def _remove_files(self, found: Sequence[tuple[int, bytes, int]]) -> None:
        folders: set[str] = set()
        for _, digest, place in found:
            if pruning.names_file(self._db, digest, place):
                continue
            path = self._layout.file(digest, place)
            if self._layout.is_classic:
                for suffix in (SUFFIX, SIGNATURE, BASIS):
                    _removed(path + suffix)
            with suppress(FileNotFoundError):
                size = os.stat(path).st_size
                os.unlink(path)
                self.done.files += 1
                self.done.freed_bytes += size
                folders.add(os.path.dirname(path))
        self._writer.flush([], sorted(folders))
        with transaction(self._db):
            pruning.forget_files(self._db, [number for number, _, _ in found])


@contextmanager
def _reserve_lent(layout: Layout) -> Iterator[None]:
    """Let the ballast go while a full disk is made roomy, and take it back afterwards."""
    if free_bytes(layout) < RESERVE_BYTES:
        _removed(layout.reserve)
    try:
        yield
    finally:
        if not os.path.exists(layout.reserve):
            with suppress(OSError, StoreError):
                make_reserve(layout.reserve)


def _removed(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True
