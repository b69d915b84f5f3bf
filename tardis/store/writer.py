"""The right to write one store, and all that a backup run does with it.

Durability is bought in groups: rows and contents gather in a `Group`; when it is large or
old enough it is sealed and handed to the `Committer`, and the next one begins.  Contents
that wait for their commit are known here by digest, so nothing is stored twice.
"""

import itertools
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Any, Final, TypeAlias

from tardis.crypto import CHECK, content_key
from tardis.model import SMALL, IntegrityError, Repository, StoreError
from tardis.streams import Codec

from .appending import DIRECT_TYPES
from .backlog import Backlog
from .catalog import encrypting, reading, writing
from .catalog.connection import Connection, connect_reader, connect_writer
from .catalog.group import Group
from .classic import ContentFiles, ManifestFiles
from .classic_sealed import begin_classic, check_small_object
from .committer import Committer, Tools
from .flush import Flusher
from .heads import padded
from .journal import Journal
from .keys import check_scheme, present_keys
from .layout import Layout
from .lock import WriterLock
from .names import Names
from .packs import PackWriter
from .partials import Partial, Partials
from .proofs import begin_proof
from .questions import Questions
from .records import HEADER, SEALED, Kind, RecordWriter
from .sealed import SealedUpload, check_small
from .small import prove_sealed, proved
from .streamed import ClassicUpload
from .trouble import store_trouble
from .uploads import SegmentUpload

GROUP_ROWS: Final = 8192
GROUP_BYTES: Final = 64 << 20
GROUP_SECONDS: Final = 5.0
KNOWN_LIMIT: Final = 100_000
"""Contents of this run that are remembered by digest; more are looked up."""

Upload: TypeAlias = SegmentUpload | ClassicUpload
_Where: TypeAlias = tuple[int, int, int, int | None, int]


class StoreWriter:
    """The one writer of a store; made by `claiming.open_writer`, closed by `close`.

    Used by one thread; a group that was sealed is made durable by another one meanwhile.

    Attributes:
        repository: Identity of the store.
        is_direct: Its file system takes large writes past the page cache.
        key: What contents are digested with, see `crypto.content_key`.
        cipher: 0, or `SEALED`: contents come as sealed pieces, and are never read here.
        ask: Questions to the catalog; they see what is committed.
        group: What is gathered now; whoever adds rows calls `seal_if_due` afterwards.
        partials: What earlier runs have left of large contents.
        before_seal: Called before a group is sealed: what waits elsewhere goes into it.
        has_changed: A sealed group opened or closed an entry row, or moved a content; or a
            run that this one continues may have.
    """

    def __init__(self, layout: Layout, lock: WriterLock, flusher: Flusher) -> None:
        self._lock = lock
        self._flusher = flusher
        self.is_direct = flusher.kind in DIRECT_TYPES
        keys = present_keys(layout.keys, partial(encrypting.is_begun_in, layout.database))
        self.repository: Repository = keys.repository
        self._head = padded(keys.text())
        self.layout = layout.of_scheme(self.repository.scheme)
        self.key = content_key(self.repository.scheme, self.repository.digest_key)
        self.cipher = SEALED if self.repository.is_sealed else 0
        self._takes = SealedUpload if self.cipher else SegmentUpload
        self._names = Names(self.layout)
        with ExitStack() as held:
            self._open(held)
            self._held = held.pop_all()
        self.ask = Questions(self.db)
        self._contents = itertools.count(writing.highest(self.db, "contents") + 1)
        self._directories = itertools.count(writing.highest(self.db, "directories") + 1)
        self._committer: Committer | None = None
        self.number, self.has_changed = 0, False
        self.before_seal: Callable[[], None] = _nothing
        self._added = (0, 0)
        self.group = Group()
        self._begun = time.monotonic()
        self._run = os.urandom(8).hex()
        self._known: dict[bytes, int] = {}
        self._damaged: dict[bytes, int] = {}
        self._fresh: list[bytes] = []
        self._waiting: list[bytes] = []
        self._knows_all = writing.highest(self.db, "contents") == 0

    def _open(self, held: ExitStack) -> None:
        """Open all that is written to; *held* closes it."""
        layout = self.layout
        db = connect_writer(layout.database, layout.thrift)
        self._writing_db = held.enter_context(closing(db))
        self.db: Connection = held.enter_context(closing(connect_reader(layout.database)))
        self._journal = held.enter_context(closing(Journal(layout.journal)))
        self._refuse_old_catalog()
        check_scheme(self.repository, reading.scheme(self.db), layout.keys)
        os.makedirs(layout.incoming, exist_ok=True)
        with store_trouble(layout.incoming):
            self.partials = Partials(layout.incoming, self.key, is_sealed=bool(self.cipher))
        self._numbers = itertools.count(writing.last_pack(self.db) + 1)
        packs = ExitStack()
        held.push(packs)
        self._backlog = held.enter_context(closing(Backlog(layout.directory)))
        self._packs = packs.enter_context(closing(self._record_writer("contents")))

    @property
    def writing_db(self) -> Connection:
        """The connection that writes; only while nothing is handed to the committer."""
        return self._writing_db

    @property
    def journal(self) -> Journal:
        """The journal; only while nothing is handed to the committer."""
        return self._journal

    @property
    def backlog(self) -> Backlog:
        """What proves and writes contents."""
        return self._backlog

    @property
    def packs(self) -> RecordWriter:
        """What small contents go to."""
        return self._packs

    @property
    def committer(self) -> Committer:
        """What makes groups durable, once a set has begun."""
        if self._committer is None:
            raise StoreError("no backup set was begun")
        return self._committer

    @property
    def added(self) -> tuple[int, int]:
        """Bytes that the contents of this run take in the store so far, and rows it has opened."""
        size, rows = self._added
        more, contents, more_rows = self.group.added
        return size + more + contents * HEADER.size, rows + more_rows

    @property
    def has_begun(self) -> bool:
        """Whether a set was begun."""
        return self._committer is not None

    def begin(self, number: int, groups: int) -> None:
        """Start to write set *number*, which has *groups* groups already."""
        self.number = number
        self.has_changed = groups > 0
        packs = self._held.enter_context(closing(self._record_writer("manifests")))
        own = self.layout, self._writing_db, self._flusher, self._journal
        tools = Tools(*own, packs, self.cipher)
        self._committer = Committer(tools, number, groups, self._backlog.wait)

    def is_wished_away(self) -> bool:
        """Tell whether another run was forced and waits for this one to stop."""
        return self._lock.is_wished_away()

    def finish(self) -> None:
        """Let other runs wait instead of refusing them: only the aftermath is left."""
        self._lock.finish()

    def new_directory(self) -> int:
        """Return a directory id that was never used."""
        return next(self._directories)

    def new_content(self) -> int:
        """Return a content id that was never used."""
        return next(self._contents)

    def is_damaged(self, digest: bytes) -> bool:
        """Tell whether `find_contents` passed *digest* over because it is damaged here."""
        return digest in self._damaged

    def forget(self, digest: bytes, number: int) -> None:
        """Let the content *number* be stored once more under its digest; the old one goes."""
        self._known.pop(digest, None)
        self._damaged[digest] = number

    def find_contents(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Return the content id of those of *digests* that are whole here."""
        known = self._known
        found = {one: known[one] for one in digests if one in known}
        if self._knows_all or len(found) == len(digests):
            return found
        missing = [one for one in digests if one not in found]
        stored = writing.contents_by_digest(self.db, missing)
        for one, (number, is_damaged) in stored.items():
            (self._damaged if is_damaged or one in self._damaged else found)[one] = number
        return found

    def add_small(
        self, digest: bytes, size: int, codec: int, data: bytes | memoryview, number: int = 0
    ) -> int:
        """Store a content of *size* plain bytes that `find_contents` did not find; return its id.

        Or under *number*, an id of `new_content` that was promised before.  The bytes are
        compared with the digest before they are written.  When they do not match, the group
        is never committed, and what comes next raises IntegrityError.

        Raises:
            IntegrityError: A size is impossible, or an earlier content did not match.
        """
        if self.cipher:
            (check_small_object if self.layout.is_classic else check_small)(size, data)
        elif not 0 <= size <= SMALL >= len(data) or (codec == Codec.NONE and len(data) != size):
            raise IntegrityError("a small content has an impossible size")
        packs = self._packs
        packs.begin_record()
        place = packs.append(Kind.DATA, codec, size, digest, data)
        stored = len(data) - CHECK * bool(self.cipher and self.layout.is_classic)
        self.group.size_bytes += stored + HEADER.size
        return self._note_content(digest, (size, stored, codec, packs.number, place), own=number)

    def count_new(self, contents: int, size: int, stored: int) -> None:
        """Count contents that were added, for the set's statistics."""
        group = self.group
        group.count("new_files", contents)
        group.count("new_bytes", size)
        group.count("stored_bytes", stored)

    def begin_large(self, *, has_holes: bool = False, name: bytes = b"") -> Upload:
        """Return what takes a large content; finish it by `keep_large`, abandon or leave it.

        Under its *name*, 32 bytes, `partials` has what was left of it; it may have none.
        """
        path, backlog = self.incoming(), self._backlog
        if self.layout.is_classic:
            return begin_classic(path, backlog, self.key, self.cipher, has_holes=has_holes)
        proof = begin_proof(self.key, has_holes=has_holes, is_sealed=bool(self.cipher))
        return self._takes(path, backlog, proof, name=name, is_direct=self.is_direct)

    def resume_large(self, found: Partial) -> Upload:
        """Return what goes on where an upload was cut off, see `begin_large`."""
        return self._takes.resumed(found, self._backlog, is_direct=self.is_direct)

    def keep_large(self, upload: Upload, digest: bytes) -> int:
        """Store what *upload* has taken and the caller has let it prove; return its content id."""
        place, path = self.free_path(digest)
        self.group.files += upload.keep(digest, path)
        self.group.size_bytes += upload.stored + HEADER.size
        where = (upload.size, upload.stored, upload.codec, None, place)
        return self._note_content(digest, where, has_holes=int(upload.is_sparse))

    def seal_if_due(self) -> None:
        """Seal the group when it has become large or old; raises when something has failed."""
        self._backlog.check()
        group, thrift = self.group, self.layout.thrift
        if group.rows * thrift >= GROUP_ROWS or group.size_bytes * thrift >= GROUP_BYTES:
            self.seal()
        elif time.monotonic() - self._begun >= GROUP_SECONDS:
            if group.is_empty:
                self._begun = time.monotonic()
            else:
                self.seal()

    def push(self) -> None:
        """Let what was gathered be written: nothing more comes for a while."""
        self._packs.write()

    def seal(self, hand_over: Callable[[Group, int], object] | None = None) -> None:
        """Let *hand_over*, usually the committer, make the group durable, and begin the next."""
        self.before_seal()
        group = self.group
        if group.is_empty:
            return
        self.has_changed = self.has_changed or group.has_changes
        self._added = self.added
        if group.contents or group.deltas or group.moved_contents or group.signatures:
            self._packs.seal_into(group, "contents")
            self._names.seal_into(group)
        (hand_over or self.committer.submit)(group, self._backlog.mark())
        self.group = Group()
        self._begun = time.monotonic()
        self._forget_committed()

    def drain(self) -> None:
        """Return once all that was gathered is durable and committed."""
        self.seal()
        self.committer.drain()

    def flush(self, files: Sequence[str], folders: Sequence[str]) -> None:
        """Make files written by the caller survive a power cut."""
        self._flusher.flush(files, folders)

    def reopened(self) -> "StoreWriter":
        """Return what writes the store by the keys that rule it now, in place of this one.

        The lock is never let go; nothing may be waiting here.
        """
        self._held.close()
        return StoreWriter(self.layout, self._lock, self._flusher)

    def close(self) -> None:
        """Give the store back; what was not committed is dead."""
        try:
            if self._committer is not None:
                self._committer.stop()
            self._held.close()
        finally:
            self._lock.close()

    def incoming(self) -> str:
        """Return a path for what is on its way."""
        return os.path.join(self.layout.incoming, f"{self.number}-{self._run}-{next(_SERIAL)}")

    def free_path(self, digest: bytes) -> tuple[int, str]:
        """Return number and path of a new file for *digest*."""
        return self._names.take(digest)

    def _note_content(self, digest: bytes, where: _Where, has_holes: int = 0, own: int = 0) -> int:
        """Queue the row of a new content, or of a known one that is stored anew."""
        size, stored, codec, pack, place = where
        if digest in self._damaged:
            number = self._damaged.pop(digest)
            self.group.doomed.append(writing.place_of(self.db, number))
            self.group.moved_contents.append((size, stored, codec, pack, place, number))
        else:
            number = own or self.new_content()
            fresh = (number, digest, size, stored, codec, pack, place, self.number, has_holes)
            self.group.contents.append((*fresh, self.cipher))
        self.note_digest(number, (digest, codec, pack, place, size, stored))
        return number

    def note_digest(self, number: int, line: tuple[Any, ...]) -> None:
        """Note that a content waits for its commit, with its line for the journal."""
        self.group.digests[number] = line[0]
        self.group.journal.append(line)
        self.expect(number, line[0])

    def expect(self, number: int, digest: bytes) -> None:
        """Let a content be found that is not committed yet."""
        self._known[digest] = number
        self._fresh.append(digest)

    def _forget_committed(self) -> None:
        """Keep the memory bounded; digests that wait for their commit are never forgotten."""
        if len(self._known) > KNOWN_LIMIT // self.layout.thrift:
            self._knows_all = False
            kept = (*self._waiting, *self._fresh)
            self._known = {digest: self._known[digest] for digest in kept}
        self._waiting, self._fresh = self._fresh, []

    def leave_pack(self) -> None:
        """Append nothing to the present pack of contents: it may be removed."""
        self._packs.close()

    def new_packs(self, head: bytes = b"") -> PackWriter:
        """Return what appends records to packs of its own, at once; the caller closes it.

        What they repeat of the keys file is *head*, if it is not to be the present one.
        """
        head, number = head or self._head, self._numbers.__next__
        return PackWriter(self.layout, (0, 0), number, head, is_direct=self.is_direct)

    def _record_writer(self, holds: str) -> RecordWriter:
        if self.layout.is_classic:
            if holds == "contents":
                prove = None if self.cipher else partial(proved, self.key)
                return ContentFiles(self._names, self._backlog, prove)
            os.makedirs(self.layout.manifests, exist_ok=True)
            return ManifestFiles(self.layout)
        last = writing.newest_pack(self.db, holds)
        proof = prove_sealed if self.cipher else partial(proved, self.key)
        later = (self._backlog, proof) if holds == "contents" else None
        number, is_direct = self._numbers.__next__, self.is_direct
        packs = PackWriter(self.layout, last, number, self._head, later, is_direct=is_direct)
        packs.cipher = self.cipher
        return packs

    def _refuse_old_catalog(self) -> None:
        if self._journal.last_set() > writing.last_number(self.db):
            raise StoreError(
                f"the journal of {self.layout.directory} is ahead of its catalog: "
                "an older catalog was put back",
                hint="Bring the catalog up to date with `sonic recover` first.",
            )


_SERIAL: Final = itertools.count(1)


def _nothing() -> None:
    """Add nothing to a group."""
