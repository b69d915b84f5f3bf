"""How a backup set begins and how it becomes complete."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tardis.model import ALARMED, BackupSet, StoreError
from tardis.policy import looks_like_mass_encryption

from .catalog import pruning, reading, signing, writing
from .catalog.connection import Connection, bulk_transaction, transaction
from .catalog.group import Group, apply
from .journal import header_line
from .manifest import END, pack_page, pack_set
from .writer import StoreWriter

FULL_EVERY = 30
"""Sets between two full manifests."""


@dataclass(frozen=True, slots=True)
class SetWish:
    """What is known of a set when it begins.

    Attributes:
        name: Wanted name, or a provisional one.
        lineage: Opaque key of what tells this job from others.
        label: Short name of the lineage.
        priority: For the time being.
        client_time_ns: The client's clock, only recorded.
    """

    name: str
    lineage: bytes
    label: str
    priority: int
    is_full: bool
    client_time_ns: int
    session: str
    client_version: str
    server_version: str
    client_address: str
    command_line: bytes
    client_config: bytes


def open_set(writer: StoreWriter, wish: SetWish) -> BackupSet:
    """Begin a set; the incomplete one, if there is any, is taken over with its number.

    Raises:
        StoreError: Another set has that name.
    """
    db = writer.writing_db
    known = reading.sets(db)
    left = known[-1] if known and not known[-1].is_complete else None
    if any(one.name == wish.name and one is not left for one in known):
        raise StoreError(
            f"there is a backup set named {wish.name} already", hint="Choose another --name."
        )
    db.execute("BEGIN IMMEDIATE")
    lineage = writing.lineage(db, wish.lineage, wish.label)
    values = (
        wish.name,
        lineage,
        wish.priority,
        int(wish.is_full),
        time.time_ns(),
        wish.client_time_ns,
        wish.session,
        wish.client_version,
        wish.server_version,
        wish.client_address,
        wish.command_line,
        wish.client_config,
    )
    if left is None:
        number = writing.insert_set(db, values)
    else:
        number = left.number
        writing.renew_set(db, number, values)
    db.execute("COMMIT")
    begun = writing.one_set(db, number)
    _note_in_journal(writer, begun)
    writer.begin(number, begun.groups)
    return begun


def mark_full(writer: StoreWriter) -> None:
    """Note that the set which has just begun is a full one."""
    with transaction(writer.writing_db):
        writing.change_set(writer.writing_db, writer.number, {"is_full": 1})


SignedRow = tuple[int, int, bytes, bytes, bytes, bytes]
"""(sequence, set, previous, facts, signature, sum) of a signed set, see the table ``heads``."""


@dataclass(frozen=True, slots=True)
class SetEnd:
    """What is known of a set when all of it has arrived."""

    directories: int
    entries: int
    size_bytes: int
    problems: int
    received_bytes: int
    owners: Sequence[tuple[bool, int, bytes]]
    heads: Sequence[SignedRow] = ()


Naming = Callable[[Mapping[str, int], BackupSet], tuple[str, str | None, int]]
"""(name → lineage of all other sets, this set) → its final name, format and priority."""


def complete_set(writer: StoreWriter, end: SetEnd, name: Naming) -> tuple[BackupSet, bool]:
    """Make everything durable, and then the set complete in one transaction.

    What was gathered last is committed by that transaction, too, unless directories have gone:
    with each flush and each commit less, the client waits less for its answer.

    Returns:
        The complete set, and whether any entry row changed with it.
    """
    writer.committer.drain()
    is_closing = writer.group.unlinked or writing.unlinked(writer.db)
    last = Group() if is_closing else _written(writer)
    writer.drain()
    _close_unlinked(writer)
    db, number = writer.writing_db, writer.number
    with bulk_transaction(db):
        apply(db, last, number)
        writing.update_owners(db, number, end.owners)
        writing.complete_set(db, number, _final_values(db, number, end, name))
        signing.delete_stale(db)
        _add_last_manifest(writer, end, last)
    done = writing.one_set(db, number)
    return done, writer.has_changed


def _written(writer: StoreWriter) -> Group:
    """Return what was gathered last, sealed and written, to be flushed and committed."""
    found = [Group()]

    def write(group: Group, mark: int) -> None:
        writer.committer.write(group, mark)
        found.append(group)

    writer.seal(write)
    return found[-1]


def _close_unlinked(writer: StoreWriter) -> None:
    """Close the rows below directories that the set no longer names, in groups of their own.

    A wave holds the directories that the one before has named; whether another row names
    them too can be asked once that wave is committed.
    """
    roots = writing.root_directories(writer.db, writer.number)
    wave = writing.unlinked(writer.db)
    while wave:
        children: list[int] = []
        for directory in wave:
            if directory not in roots and not writing.count_names(writer.db, directory):
                children += _close_below(writer, directory)
        writer.drain()
        wave = children


def _close_below(writer: StoreWriter, directory: int) -> Iterator[int]:
    """Close all open rows of *directory*; yield the directories that these named."""
    number = writer.number
    writer.group.voided.append((directory, b"", None))
    for rows in writing.iter_open_children(writer.db, directory):
        for name, first_set, child in rows:
            if first_set == number:
                writer.group.deleted.append((directory, name))
            else:
                writer.group.closed.append((number - 1, directory, name))
            if child is not None:
                writer.group.unlinked.append((child,))
                yield child
        writer.seal_if_due()


def _final_values(db: Connection, number: int, end: SetEnd, name: Naming) -> dict[str, Any]:
    """Return the columns that completing fills in."""
    known = reading.sets(db)
    this = next(one for one in known if one.number == number)
    others = {one.name: one.lineage for one in known if one.number != number}
    final, form, priority = name(others, this)
    lineage = [one for one in known if one.lineage == this.lineage and one.is_complete]
    before = lineage[-1] if lineage else None
    return {
        "alarm": ALARMED if looks_like_mass_encryption(this, before) else 0,
        "name": final,
        "format": form,
        "priority": priority,
        "ended_ns": time.time_ns(),
        "directories": end.directories,
        "entries": end.entries,
        "size_bytes": end.size_bytes,
        "problems": end.problems,
        "received_bytes": end.received_bytes,
    }


def _add_last_manifest(writer: StoreWriter, end: SetEnd, last: Group) -> None:
    """Make the set's own manifest durable and note it, within the completing transaction.

    With it what was written of the group *last*.
    """
    db, committer, number = writer.writing_db, writer.committer, writer.number
    group, facts = Group(), Group()
    row = writing.set_row(db, number)
    facts.roots += writing.root_rows(db, number)
    facts.lineages += writing.lineage_rows(db, number)
    facts.owners += end.owners
    facts.heads += end.heads
    group.heads += end.heads
    record, size = pack_set(number, committer.sequence, row, facts)
    committer.add_record(group, record, size, is_full=False)
    files = [*last.files, *group.files, writer.layout.journal]
    writer.flush(files, sorted(last.folders | group.folders))
    apply(db, group, number)


def begin_upkeep(writer: StoreWriter) -> int:
    """Begin to write outside a backup, unless that was begun; return the number it belongs to.

    That is the highest number that a set ever had, one that was removed perhaps: manifests of
    such sets must never seem to be the later ones.
    """
    if not writer.has_begun:
        number, sets = writing.last_number(writer.db), writer.ask.sets()
        is_there = bool(sets) and sets[-1].number == number
        groups = sets[-1].groups if is_there else writing.next_manifest(writer.db, number)
        writer.begin(number, groups)
    return writer.number


def write_full_manifest(writer: StoreWriter, *, is_due: bool = False) -> None:
    """Repeat all rows in manifests, when it *is_due* or the last full one lies some sets back.

    It is due too when a purge that was killed has left them as they were.
    """
    db, committer, number = writer.writing_db, writer.committer, writer.number
    is_due = is_due or pruning.has_outdated_manifests(db)
    if not is_due and number - writing.last_full_manifest(db) < FULL_EVERY:
        return
    whole = Group()
    for table, key in writing.TABLE_KEYS.items():
        for rows in writing.iter_pages(db, table, key):
            record, size = pack_page(number, committer.sequence, table, rows)
            committer.add_record(whole, record, size, is_full=True)
    last = (len(whole.manifests), writing.last_number(db))
    record, size = pack_page(number, committer.sequence, END, [last])
    committer.add_record(whole, record, size, is_full=True)
    writer.flush(whole.files, sorted(whole.folders))
    with transaction(db):
        apply(db, whole, number)
        pruning.note_full_manifest(db)


def _note_in_journal(writer: StoreWriter, begun: BackupSet) -> None:
    date = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(begun.started_ns // 10**9))
    line = header_line(begun.number, begun.name, begun.session, date, begun.client_version)
    writer.journal.append(line)
