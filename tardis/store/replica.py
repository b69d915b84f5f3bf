"""A second copy of a store in another base directory: whole, proved, and brought up to date.

The source is read beside backups, without its lock: packs and files never change, and the
catalog is copied as it is between two commits.  What the catalog names is copied first,
each file under a temporary name, flushed, renamed, read back and proved; then the copy's
catalog is replaced; then goes what nothing names any more.  Whatever ends the process, the
copy is the whole store that it was before, and the next call goes on behind the last file.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from tardis.model import IntegrityError, StoreError

from .catalog import pruning, replicating, scrubbing, writing
from .catalog.connection import Connection, connect_any, connect_reader
from .classic_walk import named_as, remove_unnamed
from .flush import Flushers, replace_durably, sync_file
from .heads import repeat_keys
from .keys import STAGED, read_keys
from .layout import Layout
from .lock import WriterLock
from .opening import Place, make_reserve
from .rebuild_scan import Manifest, iter_large, pack_numbers
from .records import HEADER
from .replica_proof import Prover, copy_beside, holds, is_manifest_file, is_other
from .trouble import store_trouble

_CHUNK: Final = 1 << 20
_TRIES: Final = 5
"""How often a copy begins anew because sets were removed meanwhile."""


@dataclass(slots=True)
class Replicated:
    """What was copied.

    Attributes:
        last_set: Highest set number that the copy knows now.
        sets: Complete sets in it.
        packs, files: Packs, and files of large contents, that were copied.
        size_bytes: Their bytes.
        proved: Contents that were read back from the copy and have their digests.
        removed: Packs and files that nothing names any more.
        damaged: Contents that are damaged in the source already; the copy has them like that.
    """

    last_set: int = 0
    sets: int = 0
    packs: int = 0
    files: int = 0
    size_bytes: int = 0
    proved: int = 0
    removed: int = 0
    damaged: int = 0


class _GoneError(Exception):
    """What the catalog named was removed meanwhile."""


def replicate_store(source: Place, target: Place, client: str) -> Replicated:
    """Make the copy of *client*'s store below *target* what the one below *source* is now.

    Raises:
        StoreError: One of them cannot be used, or the copy is another store, or has sets of
            its own.
        StoreBusyError: Somebody writes the copy.
        IntegrityError: What was written could not be read back.
    """
    theirs, ours = source.layout(client), target.layout(client)
    scheme = read_keys(theirs.keys).repository.scheme
    theirs, ours = theirs.of_scheme(scheme), ours.of_scheme(scheme)
    if os.path.realpath(theirs.directory) == os.path.realpath(ours.directory):
        raise StoreError("a store cannot be a copy of itself", hint="Name another directory.")
    with ExitStack() as held, store_trouble(ours.directory):
        _make_folders(ours, target)
        lock = WriterLock(ours.lock)
        lock.take(f"copying the store of {client} from {source.base}")
        held.callback(lock.close)
        _refuse_others(theirs, ours)
        for _ in range(_TRIES - 1):
            with suppress(_GoneError):
                return _Copy(theirs, ours).run()
        try:
            return _Copy(theirs, ours).run()
        except _GoneError as error:
            raise StoreError(f"sets are removed faster than they can be copied: {error}") from error


class _Copy:
    """One attempt to bring the copy up to date."""

    def __init__(self, theirs: Layout, ours: Layout) -> None:
        self._theirs, self._ours = theirs, ours
        self.done = Replicated()
        self._folder = f"{ours.database}.replicating"
        self._work = replace(ours, database=os.path.join(self._folder, "tardis.db"))
        self._beside: list[str] = []

    def run(self) -> Replicated:
        shutil.rmtree(self._folder, ignore_errors=True)
        os.mkdir(self._folder, 0o700)
        try:
            self._take_snapshot()
            with closing(connect_any(self._work.database)) as db:
                self._copy_all(db)
                replicating.note_copy(db)
            self._publish()
            repeat_keys(self._ours, read_keys(self._ours.keys))
            with closing(connect_reader(self._ours.database)) as db:
                self._remove_rest(db)
                self.done.last_set = writing.last_number(db)
                self.done.sets = replicating.count_complete(db)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        return self.done

    def _take_snapshot(self) -> None:
        """Copy keys, journal and catalog, in this order: the journal is never ahead."""
        shutil.copyfile(self._theirs.keys, self._work.keys)
        if os.path.exists(self._theirs.journal):
            shutil.copyfile(self._theirs.journal, os.path.join(self._folder, "journal"))
        with closing(connect_reader(self._theirs.database)) as source:
            replicating.snapshot(source, self._work.database)

    def _copy_all(self, db: Connection) -> None:
        """Copy what is missing, and prove what was copied; deltas once all is there."""
        deltas: list[tuple[int, str]] = []
        with closing(Prover(self._theirs, self._work)) as prover:
            for number, length, _ in replicating.packs(db):
                ids = replicating.contents_in(db, number)
                rows = replicating.manifests_in(db, number)
                path = self._ours.pack(number)
                source = self._theirs.pack(number)
                if self._copy(source, path, length, len(ids) + len(rows)):
                    self.done.packs += 1
                    deltas += [(one, path) for one, basis in ids if basis is not None]
                    self._prove(prover, [one for one, basis in ids if basis is None], path)
                    self._prove_manifests(prover, rows, number)
            for content, digest, place, stored, basis in replicating.iter_files(db):
                path = self._ours.large(digest, place)
                source = self._theirs.large(digest, place)
                is_classic = self._ours.is_classic
                size = stored + (0 if is_classic else HEADER.size)
                if self._copy(source, path, size, 1, anew=is_classic and is_other(source, path)):
                    if is_classic:
                        self._beside += copy_beside(source, path)
                    self.done.files += 1
                    if basis is None:
                        self._prove(prover, [content], path)
                    else:
                        deltas.append((content, path))
            for content, path in deltas:
                self._prove(prover, [content], path)
            for number, place, stored in scrubbing.manifest_files(db):
                path = self._ours.manifest(number, place)
                if self._copy(self._theirs.manifest(number, place), path, stored, 1):
                    self._prove_manifest_file(number, place)

    def _prove_manifest_file(self, number: int, place: int) -> None:
        """Read a manifest that is a file back; see `_prove`."""
        one = Manifest(number, place, 0, number, 0, "")
        if not is_manifest_file(self._ours, one):
            if is_manifest_file(self._theirs, one):
                raise _unlike(self._ours.manifest(number, place))
            self.done.damaged += 1

    def _copy(
        self, source: str, target: str, length: int, records: int, *, anew: bool = False
    ) -> bool:
        """Copy the first *length* bytes of a file of *records* unless it is there; tell whether.

        With *anew* it is copied in any case.

        Raises:
            _GoneError: It is gone because sets were removed.
        """
        with suppress(FileNotFoundError):
            if os.path.getsize(target) == length and not anew:
                return False
        self._make_folder(os.path.dirname(target))
        part = os.path.join(self._ours.incoming, "part")
        try:
            _copy_head(source, part, length)
        except FileNotFoundError as error:
            if not self._is_lost(source):
                raise _GoneError(f"{source} is gone") from error
            self.done.damaged += records
            return False
        if not _are_equal(source, part, length):
            raise _unlike(target)
        os.replace(part, target)
        sync_file(target)
        self.done.size_bytes += length
        return True

    def _make_folder(self, path: str) -> None:
        if not os.path.isdir(path):
            self._make_folder(os.path.dirname(path))
            os.mkdir(path)
            sync_file(path)

    def _is_lost(self, source: str) -> bool:
        """Tell whether the source's catalog of this moment still names a file that is gone."""
        with closing(connect_reader(self._theirs.database)) as db:
            name = os.path.basename(source)
            if name.endswith(".pack"):
                return replicating.names_pack(db, int(name.removesuffix(".pack")))
            if self._theirs.is_classic:
                return pruning.names_file(db, *named_as(source))
            digest, _, place = name.partition("-")
            return pruning.names_file(db, bytes.fromhex(digest), int(place or 0))

    def _prove_manifests(
        self, prover: Prover, rows: list[tuple[int, int, int, int]], pack: int
    ) -> None:
        """Read manifests back; see `_prove`."""
        for number, sequence, place, stored in rows:
            one = Manifest(pack, place, stored, number, sequence, "")
            if not prover.is_manifest(one):
                if prover.is_manifest_in_source(one):
                    raise _unlike(self._ours.pack(pack))
                self.done.damaged += 1

    def _prove(self, prover: Prover, ids: list[int], path: str) -> None:
        """Read contents from the copy; those that are damaged in the source too are counted."""
        for content in ids:
            is_good = prover.is_good(content)
            self.done.proved += is_good
            if is_good:
                continue
            if prover.is_good_in_source(content):
                raise _unlike(path)
            self.done.damaged += 1

    def _publish(self) -> None:
        """Let the copy be what was copied: keys and journal, then the catalog."""
        folders = sorted({os.path.dirname(path) for path in self._beside})
        Flushers().below(self._ours.directory).flush(self._beside, folders)
        with open(self._work.keys, "rb") as file:
            keys = file.read()
        if not holds(self._ours.keys, keys):
            replace_durably(self._ours.keys, keys)
        journal = os.path.join(self._folder, "journal")
        if os.path.exists(journal):
            sync_file(journal)
            os.replace(journal, self._ours.journal)
        sync_file(self._work.database)
        os.replace(self._work.database, self._ours.database)
        sync_file(self._ours.database)

    def _remove_rest(self, db: Connection) -> None:
        """Remove packs and files that the new catalog does not name."""
        if self._ours.is_classic:
            self.done.removed += remove_unnamed(db, self._ours)
            return
        for number in pack_numbers(self._ours):
            if not replicating.names_pack(db, number):
                os.unlink(self._ours.pack(number))
                self.done.removed += 1
        for digest, place, _ in list(iter_large(self._ours)):
            if not pruning.names_file(db, digest, place):
                os.unlink(self._ours.large(digest, place))
                self.done.removed += 1


def _make_folders(ours: Layout, target: Place) -> None:
    os.makedirs(ours.incoming, exist_ok=True)
    if ours.is_classic:
        os.makedirs(ours.manifests, exist_ok=True)
    for name in os.listdir(ours.incoming):
        os.unlink(os.path.join(ours.incoming, name))
    if target.skip_name:
        with open(os.path.join(ours.directory, target.skip_name), "ab"):
            pass
    if not os.path.exists(ours.reserve):
        make_reserve(ours.reserve)


def _refuse_others(theirs: Layout, ours: Layout) -> None:
    """Make sure that what is at the copy's place is an older state of the same store."""
    source = read_keys(theirs.keys).repository
    if os.path.exists(theirs.keys + STAGED):
        raise StoreError(
            f"{theirs.directory} is being encrypted",
            hint="Let `sonic encrypt` come to its end first.",
        )
    if os.path.exists(ours.keys) and read_keys(ours.keys).repository != source:
        raise StoreError(f"{ours.directory} holds another store", hint="Name another directory.")
    if not os.path.exists(ours.database):
        return
    with ExitStack() as held:
        copy = held.enter_context(closing(connect_reader(ours.database)))
        present = held.enter_context(closing(connect_reader(theirs.database)))
        mine, their = replicating.sets_of(copy), replicating.sets_of(present)
        is_older = all(their.get(number, facts) == facts for number, facts in mine.items())
        if not (replicating.is_untouched_copy(copy) and is_older):
            raise StoreError(
                f"the store in {ours.directory} is no copy, or has sets of its own by now",
                hint="Name another directory, or move that store away.",
            )


def _copy_head(source: str, target: str, length: int) -> None:
    """Copy the first *length* bytes to a new file that is on the disk afterwards.

    Fewer where the source is damaged and shorter: reading it back tells.

    Raises:
        FileNotFoundError: The source is gone.
    """
    with open(source, "rb") as old, open(target, "wb") as new:
        for chunk in _chunks(old.fileno(), length):
            new.write(chunk)
        new.flush()
        os.fsync(new.fileno())
        os.posix_fadvise(new.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _are_equal(source: str, part: str, length: int) -> bool:
    """Tell whether what was written is what was read, up to *length* bytes.

    The old file of that name is still there: a copy that is no good never replaces it.
    """
    with open(source, "rb") as one, open(part, "rb") as other:
        theirs, ours = _chunks(one.fileno(), length), _chunks(other.fileno(), length)
        return all(left == right for left, right in zip_longest(theirs, ours))


def _unlike(path: str) -> IntegrityError:
    return IntegrityError(
        f"{path} could not be read back as it was written",
        hint="Look at that disk, then run again.",
    )


def _chunks(descriptor: int, length: int) -> Iterator[bytes]:
    place = 0
    while place < length:
        chunk = os.pread(descriptor, min(_CHUNK, length - place), place)
        if not chunk:
            return
        yield chunk
        place += len(chunk)
