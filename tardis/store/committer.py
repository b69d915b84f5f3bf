"""Makes sealed groups durable while the next one is gathered.

Order, for every group: its journal lines and manifest are written, everything is flushed,
then exactly its rows are committed.  A failure on the way ends the run: nothing since the
last good group is trusted, and the thread takes no more.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tardis.model import TardisError

from .catalog import writing
from .catalog.connection import Connection, bulk_transaction
from .catalog.group import Group, apply
from .flush import Flusher
from .heap import release_memory
from .journal import Journal, classic_line, content_line
from .layout import Layout
from .manifest import content_ids, pack_group
from .records import Kind, RecordWriter
from .trouble import failure_of


@dataclass(frozen=True, slots=True)
class Tools:
    """What the committer writes with; the packs are for manifests only."""

    layout: Layout
    db: Connection
    flusher: Flusher
    journal: Journal
    packs: RecordWriter
    cipher: int = 0


class Committer:
    """A thread that commits one group at a time.

    Args:
        tools: What to write with; nobody else uses it until `drain` has returned.
        number: Of the set.
        sequence: Groups that the set has already.
        await_written: Waits for the contents that were handed over up to a mark, see `Backlog`.
    """

    def __init__(
        self, tools: Tools, number: int, sequence: int, await_written: Callable[[int], None]
    ) -> None:
        self._await_written = await_written
        self.tools = tools
        self._number = number
        self.sequence = sequence
        self._turn = threading.Condition()
        self._group: Group | None = None
        self._mark = 0
        self._is_stopping = False
        self._failure: TardisError | None = None
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    def submit(self, group: Group, mark: int) -> None:
        """Hand over a sealed *group*; returns once the one before is committed.

        Args:
            group: Its rows are true once its contents are written.
            mark: Up to here they were handed over.

        Raises:
            StoreError: A group could not be made durable.
        """
        with self._turn:
            self._wait_idle()
            self._group, self._mark = group, mark
            self._turn.notify_all()

    def drain(self) -> None:
        """Return once everything handed over is committed.

        Raises:
            StoreError: A group could not be made durable.
        """
        with self._turn:
            self._wait_idle()

    def stop(self) -> None:
        """End the thread, after the group it is working on."""
        with self._turn:
            self._is_stopping = True
            self._turn.notify_all()
        self._thread.join()

    def _wait_idle(self) -> None:
        while self._group is not None and self._failure is None:
            self._turn.wait()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        while True:
            with self._turn:
                while self._group is None and not self._is_stopping:
                    self._turn.wait()
                group = self._group
            if group is None:
                return
            failure = failure_of(self.tools.layout.directory, partial(self._finish, group))
            with self._turn:
                self._group, self._failure = None, failure
                self._turn.notify_all()
                if failure is not None:
                    return

    def _finish(self, group: Group) -> None:
        self._await_written(self._mark)
        self.commit(group)
        release_memory()

    def commit(self, group: Group) -> None:
        """Make *group* durable and true, in the calling thread."""
        tools = self.tools
        self._write(group)
        tools.flusher.flush([*group.files, tools.layout.journal], sorted(group.folders))
        with bulk_transaction(tools.db):
            apply(tools.db, group, self._number)

    def write(self, group: Group, mark: int) -> None:
        """Write what belongs to *group* once its contents are written; the caller does the rest.

        Only while nothing is handed over.
        """
        self._await_written(mark)
        self._write(group)

    def _write(self, group: Group) -> None:
        tools = self.tools
        say = classic_line if tools.layout.is_classic else content_line
        line = partial(say, cipher=tools.cipher)
        tools.journal.append("".join(map(line, group.journal)))
        self._add_manifest(group)

    def add_record(self, group: Group, record: bytes, size: int, is_full: bool) -> None:
        """Append a manifest record and note it in *group*."""
        packs = self.tools.packs
        packs.begin_record()
        place = packs.append(Kind.MANIFEST, 1, size, self._number.to_bytes(8, "big"), record)
        number = packs.number
        packs.seal_into(group, "manifests")
        group.manifests.append(
            (self._number, self.sequence, int(is_full), number, place, len(record))
        )
        group.count("groups", 1)
        self.sequence += 1

    def _add_manifest(self, group: Group) -> None:
        digests = group.digests
        missing = {one for one in content_ids(group) if one not in digests}
        facts = writing.facts_of_contents(self.tools.db, missing)
        pairs = [*digests.items(), *((one, fact[0]) for one, fact in facts.items())]
        record, size = pack_group(self._number, self.sequence, group, pairs)
        self.add_record(group, record, size, is_full=False)
