"""Does what can be done about damage, without writing over anything.

A content that proves itself somewhere else is stored anew and its row switched, in groups
like those of a backup.  What is left is marked, and its names of today unsettled, in one
transaction: restoring tells it, and the next run heals it from the live file.  Damaged
files that were replaced go to ``quarantine/``; damaged records stay where they are.  The
end of the process at any step leaves a store that the next repair goes on with.
"""

import os
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field

from tardis.crypto import content_key
from tardis.model import SMALL, IntegrityError, StoredContent, TardisError

from .catalog import mending, pruning
from .catalog.connection import transaction
from .chains import LONGEST
from .classic_files import file_digest
from .delta_uploads import segments
from .flush import replace_durably, sync_file
from .keys import write_keys
from .layout import Layout
from .lock import WriterLock
from .meta import BASIS, SUFFIX, meta_text
from .opening import Place
from .reader import StoreReader
from .scrub_files import find_keys, meta_of
from .scrub_journal import journal_lines
from .scrub_search import Search, Segment
from .sets import begin_upkeep, write_full_manifest
from .trouble import store_trouble
from .writer import StoreWriter


@dataclass(slots=True)
class Mended:
    """What was done.

    Attributes:
        rebuilt: Contents that were stored anew.
        marked: Contents that are marked as damaged from now on.
        unmarked: Contents that were marked and can be read.
        moved_files: Files that went to the quarantine.
        renewed: What was written anew: manifests, journal, keys.
    """

    rebuilt: int = 0
    marked: int = 0
    unmarked: int = 0
    moved_files: int = 0
    renewed: list[str] = field(default_factory=list)


class Mending:
    """One repair of a store; made once its writer's lock is held.

    Args:
        writer: Of the store, with nothing gathered.
    """

    def __init__(self, writer: StoreWriter) -> None:
        self.done = Mended()
        self._writer = writer
        self._layout = writer.layout
        repository = writer.repository
        self._key = content_key(repository.scheme, repository.digest_key)
        self._is_sealed = repository.is_sealed
        self._replaced: list[str] = []

    def contents(self, ids: Iterable[int]) -> None:
        """Rebuild, mark or unmark the contents *ids*, all that stand on each other among them.

        Raises:
            StoreError: The store cannot be written; what is not done yet stays as it is.
        """
        with store_trouble(self._layout.directory):
            lost, whole = self._rebuild_all(sorted(ids))
            self._tell_truth(lost, whole)
            self._quarantine()

    def manifests(self) -> None:
        """Repeat all rows in manifests of their own; the older ones are not needed any more."""
        with store_trouble(self._layout.directory):
            self._begin()
            committer = self._writer.committer
            committer.drain()
            committer.tools.packs.begin_pack()
            first = committer.sequence
            write_full_manifest(self._writer, is_due=True)
            with transaction(self._writer.writing_db):
                pruning.forget_manifests(self._writer.writing_db, self._writer.number, first)
        self.done.renewed.append("manifests")

    def notes_beside(self, ids: Iterable[int]) -> None:
        """Write anew what stands beside the classic contents *ids*."""
        with store_trouble(self._layout.directory), closing(StoreReader(self._layout)) as reader:
            contents = reader.contents(ids)
            below = reader.contents(one.basis for one in contents.values() if one.basis is not None)
            for one in contents.values():
                basis = None if one.basis is None else below[one.basis].digest
                path = self._layout.large(one.digest, one.place)
                told = meta_of(one, basis)
                if one.cipher:  # only who has the key could tell whether the file is whole
                    told = told._replace(check=file_digest(path))
                replace_durably(path + SUFFIX, meta_text(told))
        self.done.renewed.append("notes beside contents")

    def journal(self) -> None:
        """Write the journal anew from the catalog; call last: the writer appends to the old one."""
        path, fresh = self._layout.journal, f"{self._layout.journal}.new"
        with store_trouble(self._layout.directory):
            with open(fresh, "w", encoding="ascii", errors="replace") as file:
                for line in journal_lines(self._writer.db, self._layout):
                    file.write(line)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                os.link(path, quarantined(self._layout, os.path.basename(path)))
            os.rename(fresh, path)
            sync_file(path)
        self.done.renewed.append("journal")

    def _begin(self) -> None:
        """Let groups be committed, as parts of the newest set."""
        if not self._writer.has_begun:
            begin_upkeep(self._writer)
            self._writer.packs.begin_pack()  # the present one may be what is damaged

    def _rebuild_all(self, ids: list[int]) -> tuple[list[int], list[int]]:
        """Store anew what can be; return the ids that are lost, and those that can be read."""
        whole: list[int] = []
        lost = ids
        while True:  # what stands on something that was rebuilt can be read the next time
            rebuilt, left = 0, []
            with closing(StoreReader(self._layout)) as reader:
                contents = reader.contents(lost)
                wanted = {one.digest for one in contents.values() if one.size <= SMALL}
                search = Search(self._layout, self._key, wanted)
                for content in contents.values():
                    if _can_be_read(reader, content):
                        whole += [content.id] if content.is_damaged else []
                    elif self._rebuild(reader, search, content):
                        rebuilt += 1
                    else:
                        left.append(content.id)
            lost = left
            if not rebuilt:
                return lost, whole
            self._writer.drain()
            self.done.rebuilt += rebuilt

    def _rebuild(self, reader: StoreReader, search: Search, content: StoredContent) -> bool:
        """Store one content anew, if its bytes prove themselves anywhere."""
        if self._is_sealed:
            return False  # only who has the key could tell what it is
        source = search.find(content)
        if source is not None:
            self._store(content, source.segments())
        elif content.basis is not None and _can_be_read(reader, content._replace(chain=LONGEST)):
            with closing(reader.open(content._replace(chain=LONGEST))) as opened:
                self._store(content, segments(opened.chunks(), opened.codec))
        else:
            return False
        if content.pack is None:
            self._replaced.append(self._layout.large(content.digest, content.place))
        return True

    def _store(self, content: StoredContent, parts: Iterable[Segment]) -> None:
        """Store a whole content anew under its id; its bytes are proved on the way once more."""
        self._begin()
        writer = self._writer
        writer.forget(content.digest, content.id)
        if content.size <= SMALL:
            found = list(parts)
            codec, _, data = found[0] if found else (0, 0, b"")
            writer.add_small(content.digest, content.size, codec, data)
        else:
            upload = writer.begin_large(has_holes=bool(content.has_holes))
            try:
                for part in parts:
                    upload.add(*part)
                upload.prove(content.digest, content.size)
            except TardisError:
                upload.abandon()
                raise
            writer.keep_large(upload, content.digest)
        writer.seal_if_due()

    def _tell_truth(self, lost: list[int], whole: list[int]) -> None:
        """Mark what is lost, and let no name of today that has it pass for unchanged."""
        db = self._writer.writing_db
        with transaction(db):
            mending.unmark(db, whole)
            self.done.marked = mending.mark_damaged(db, lost)
            mending.unsettle_damaged(db)
        self.done.unmarked = len(whole)

    def _quarantine(self) -> None:
        """Take away damaged files that rows do not name any more."""
        for path in self._replaced:
            for one in (path, path + SUFFIX, path + BASIS):
                with suppress(FileNotFoundError):
                    os.rename(one, quarantined(self._layout, os.path.basename(one)))
                    self.done.moved_files += 1
        self._replaced.clear()


def quarantined(layout: Layout, name: str) -> str:
    """Return a path in the quarantine of a store that nothing has, for a file called *name*."""
    folder = layout.quarantine
    os.makedirs(folder, mode=0o700, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path, count = os.path.join(folder, f"{name}.{stamp}"), 0
    while os.path.lexists(path):
        count += 1
        path = os.path.join(folder, f"{name}.{stamp}-{count}")
    return path


def forecast(layout: Layout, ids: Iterable[int]) -> tuple[list[int], list[int]]:
    """Return which of the contents *ids* can be rebuilt, and which will be marked.

    Raises:
        StoreError: The store cannot be read.
    """
    with closing(StoreReader(layout)) as reader:
        repository = reader.repository()
        key = content_key(repository.scheme, repository.digest_key)
        contents = reader.contents(sorted(ids))
        wanted = {one.digest for one in contents.values() if one.size <= SMALL}
        search = Search(layout.of_scheme(repository.scheme), key, wanted)
        is_open = not repository.is_sealed
        found = {one.id for one in contents.values() if is_open and search.find(one) is not None}
        lost: set[int] = set()
        for one in sorted(contents.values(), key=lambda one: one.chain):
            is_whole = one.id in found or (one.basis in found and one.basis not in lost)
            chain = LONGEST if is_open else one.chain
            if not is_whole and not _can_be_read(reader, one._replace(chain=chain)):
                lost.add(one.id)
    return sorted(contents.keys() - lost), sorted(lost)


def restore_keys(place: Place, client: str) -> None:
    """Write the keys file anew as the packs tell it.

    Raises:
        StoreBusyError: Somebody else writes the store.
        StoreError: They do not tell it, or it cannot be written.
    """
    layout = place.layout(client)
    lock = WriterLock(layout.lock)
    lock.take(f"writing the keys of {client} anew")
    with closing(lock):
        keys, _ = find_keys(layout)
        write_keys(layout.keys, keys)


def _can_be_read(reader: StoreReader, content: StoredContent) -> bool:
    with suppress(IntegrityError):
        reader.prove(content)
        return True
    return False
