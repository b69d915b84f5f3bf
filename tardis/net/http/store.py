"""A store behind a tardisremote, as it lies: the `model.RawStore` of the network."""

import base64
import struct
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from tardis.model import (
    BackupSet,
    Entry,
    Identity,
    IntegrityError,
    RawFile,
    RemoteProtocolError,
    Root,
    SchemaError,
    StoredContent,
)
from tardis.protocol import lookups

from .ahead import Ahead, Block
from .files import HeldFile, HttpFile
from .line import HttpLine

_LENGTH: Final = struct.Struct("!I")
_KEPT_ANSWERS: Final = 64
_MAX_KEPT: Final = 256 << 10
_ALL_RECORDS: Final = 4 << 20

Record = tuple[int, int]
"""Pack, and offset in it."""


class HttpStore:
    """See `model.RawStore`.

    Args:
        line: To the server; closed with this.
        client: Whose store.

    Raises:
        SchemaError: The server is of another version.
        TardisError: It refuses, or cannot be reached.
    """

    def __init__(self, line: HttpLine, client: str) -> None:
        self._line = line
        self._base = f"{lookups.BASE}/{quote(client, safe='')}"
        self._answers: OrderedDict[str, tuple[str, Any]] = OrderedDict()
        self._ahead = Ahead(lookups.MOST_ROWS)
        self._steady: frozenset[int] | None = None
        self._wanted: dict[Record, int] = {}
        self._records: dict[Record, memoryview | None] = {}
        self._files: dict[tuple[bytes, int], memoryview] = {}
        self._bundles: dict[int, StoredContent] = {}
        self._is_reading = False
        wire, keys, scheme, fields = self._get("open")
        if (wire, fields) != (lookups.WIRE, lookups.FIELDS):
            raise SchemaError(
                f"{line.server} speaks another version of the language of readers",
                hint="Use the same version of the programs on both machines.",
            )
        self._identity = Identity(f"{line.server}/{client}", keys, scheme)

    def identity(self) -> Identity:
        """See `model.RawStore.identity`."""
        return self._identity

    def sets(self) -> list[BackupSet]:
        """See `model.RawRows.sets`."""
        found = list(map(lookups.read_set, self._get("sets")))
        self._steady = frozenset(one.number for one in found if one.is_complete)
        return found

    def roots(self, number: int) -> list[Root]:
        """See `model.RawRows.roots`."""
        return list(map(lookups.read_root, self._get("roots", number=number)))

    def roots_of(self, numbers: Sequence[int]) -> dict[int, list[Root]]:
        """See `model.RawRows.roots_of`."""
        found = self._ask("roots_of", tuple(numbers))
        return {number: list(map(lookups.read_root, some)) for number, some in found}

    def rows(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        """See `model.RawRows.rows`."""
        block = self._ahead.take((directory, first, last))
        after: dict[str, int | bytes] = {}
        while True:
            if block is None:
                block = self._ask_tree(directory, first, last, after)
            rows = lookups.read_block(block.packed)
            below = sorted((row.name, row.child) for row in rows if row.child is not None)
            self._ahead.expect((child, first, last) for _, child in below)
            yield from rows
            if not block.is_more or not rows:
                return
            after = {"after": rows[-1].first_set, "name": rows[-1].name}
            block = None

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        """See `model.RawRows.child`."""
        found = self._get("child", directory=directory, number=number, name=name)
        return next(iter(lookups.read_entries(found)), None)

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        """See `model.RawRows.names`."""
        for row in self.rows(directory, number, number):
            yield row.name, row.child

    def kinds(self, _directories: Sequence[int], _number: int) -> None:
        """See `model.RawRows.kinds`: what takes time is to ask."""

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        """See `model.RawRows.versions`."""
        found = self._get("versions", directory=directory, name=name, first=first, last=last)
        return lookups.read_entries(found)

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        """See `model.RawRows.holding`."""
        return _placed(self._get("holding", content=content))

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        """See `model.RawRows.naming`."""
        return _placed(self._get("naming", directory=directory))

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        """See `model.RawRows.owners`."""
        found = self._get("owners", number=number)
        return {(is_group, owner): name for is_group, owner, name in found}

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        """See `model.RawRows.contents`.

        Whoever asks for many will read them soon.  Who has read those that were asked for before
        is told the bytes of these as well.
        """
        wanted = list(ids)
        if not wanted:
            return {}
        if len(wanted) == 1:
            if (bundle := self._bundles.pop(wanted[0], None)) is not None:
                return {bundle.id: bundle}  # once only: who asks again has found it damaged
            return {row[0]: StoredContent(*row) for row in self._ask("contents", tuple(wanted))}
        is_reading, self._is_reading = self._is_reading, False
        self._records.clear()
        self._files.clear()
        self._bundles.clear()
        if is_reading and len(wanted) <= lookups.MOST_RECORDS:
            found = self._ask_batch(wanted)
        else:
            found = {}
            for start in range(0, len(wanted), lookups.MOST_IDS):
                some = wanted[start : start + lookups.MOST_IDS]
                rows = self._ask("contents", tuple(some))
                found |= {row[0]: StoredContent(*row) for row in rows}
        packed, _ = lookups.batch_of(found.values())
        places = {(pack, place): stored for pack, place, stored in packed}
        self._wanted = {key: stored for key, stored in places.items() if key not in self._records}
        return found

    def find_content(self, digest: bytes) -> StoredContent | None:
        """See `model.RawRows.find_content`."""
        found = self._get("find_content", digest=digest)
        return StoredContent(*found[0]) if found else None

    def names_of(self, content: int) -> list[bytes]:
        """See `model.RawRows.names_of`."""
        return list(self._get("names_of", content=content))

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        """See `model.RawRows.unsettled`."""
        return list(self._get("unsettled", number=number))

    def changed_rows(self, number: int, after: int) -> Iterator[tuple[int, Entry]]:
        """See `model.RawFigures.changed_rows`."""
        yield from self._pages("changed_rows", {"number": number, "after": after})

    def all_rows(self, limits: tuple[int, int, int, int]) -> Iterator[tuple[int, Entry]]:
        """See `model.RawFigures.all_rows`."""
        names = ("least", "most", "first", "last")
        yield from self._pages("all_rows", dict(zip(names, limits, strict=True)))

    def only_needed(self, numbers: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """See `model.RawFigures.only_needed`."""
        found = self._ask("only_needed", tuple(numbers))
        return {number: (count, size, stored) for number, count, size, stored in found}

    def totals(self) -> dict[int, bytes]:
        """See `model.RawFigures.totals`."""
        return dict(self._get("totals"))

    def heads(self) -> Sequence[tuple[int, int, bytes, bytes, bytes]]:
        """See `model.RawFigures.heads`."""
        return list(self._get("heads"))

    def tags(self) -> dict[str, int]:
        """See `model.RawFigures.tags`."""
        return dict(self._get("tags"))

    def free_bytes(self) -> int:
        """See `model.RawFigures.free_bytes`."""
        return int(self._get("free_bytes"))

    def waste(self) -> tuple[int, int]:
        """See `model.RawFigures.waste`."""
        files, dead = self._get("waste")
        return files, dead

    def usage(self) -> tuple[int, int, int]:
        """See `model.RawFigures.usage`."""
        size, rows, damaged = self._get("usage")
        return size, rows, damaged

    def freed_by(self, numbers: Sequence[int]) -> tuple[int, int]:
        """See `model.RawFigures.freed_by`."""
        contents, size = self._ask("freed_by", tuple(numbers))
        return contents, size

    def record(self, pack: int, place: int, stored: int) -> memoryview:
        """See `model.RawStore.record`; those that are wanted next come with it.

        They stay here until others are: a content of several files is read several times.
        """
        self._is_reading = True
        key = (pack, place)
        if key not in self._records:
            self._fetch_records(key, stored)
        data = self._records[key]
        if data is None:
            del self._records[key]
            raise IntegrityError(f"pack {pack} cannot be read")
        return data

    def file(self, digest: bytes, place: int) -> RawFile:
        """See `model.RawStore.file`."""
        self._is_reading = True
        name = digest.hex()
        held = self._files.get((digest, place))
        if held is not None:
            return HeldFile(held, f"the file {name[:32]}")
        return HttpFile(self._line, f"{self._base}/file/{name}/{place}", f"the file {name[:32]}")

    def close(self) -> None:
        """See `model.RawStore.close`."""
        self._line.close()

    def _get(self, question: str, **query: int | bytes) -> Any:
        """Return the answer to *question*; one that still holds is not told again."""
        words = _words(query)
        key = f"{question}?{words}"
        etag, known = self._answers.get(key, ("", None))
        data, etag = self._line.get(f"{self._base}/{question}", words, etag)
        if data is None:
            return known
        found = lookups.read_answer(question, data)
        if etag and len(data) <= _MAX_KEPT:
            self._answers[key] = (etag, found)
            if len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return found

    def _ask(self, question: str, body: tuple[int, ...]) -> Any:
        data = self._line.ask(f"{self._base}/{question}", lookups.tell(body))
        return lookups.read_answer(question, data)

    def _ask_batch(self, wanted: list[int]) -> dict[int, StoredContent]:
        """Return where contents lie; keep the bytes that came along, and bundles' rows."""
        data = self._line.ask(f"{self._base}/batch", lookups.tell(tuple(wanted)))
        behind = _LENGTH.size + int.from_bytes(data[: _LENGTH.size], "big")
        rows = [StoredContent(*one) for one in lookups.read_answer("batch", data[4:behind])]
        packed, files = lookups.batch_of(rows)
        pieces = lookups.runs_of(data, behind)
        keys = ((pack, place) for pack, place, _ in packed)
        self._records = dict(zip(keys, pieces, strict=False))
        if len(self._records) == len(packed):  # else the room was used up before
            held = zip(files, pieces, strict=False)
            self._files = {name: piece for name, piece in held if piece is not None}
        found = {one.id: one for one in rows}
        self._bundles = {number: found.pop(number) for number in found.keys() - set(wanted)}
        return found

    def _ask_tree(
        self, directory: int, first: int, last: int, after: dict[str, int | bytes]
    ) -> Block:
        """Return rows of one directory; keep what was told of others."""
        if self._steady is None:
            self.sets()
        steady = self._steady or ()
        is_steady = first in steady and last in steady  # nothing between is incomplete then
        limit = self._ahead.limit() if is_steady and not after else 0
        span: dict[str, int | bytes | str] = {
            "directory": directory,
            "first": first,
            "last": last,
            "limit": limit,
        }
        if limit and (others := self._ahead.next_ones((first, last), limit)):
            span["also"] = ",".join(map(str, others))
        data, _ = self._line.get(f"{self._base}/tree", _words({**span, **after}))
        blocks = lookups.read_answer("tree", data or b"")
        if not blocks or blocks[0][0] != directory:
            raise RemoteProtocolError("the server told of another directory than was asked for")
        for one, is_more, packed in blocks[1:]:
            self._ahead.put((one, first, last), Block(is_more, packed))
        return Block(*blocks[0][1:])

    def _pages(self, question: str, query: dict[str, int]) -> Iterator[tuple[int, Entry]]:
        key: tuple[int, int, bytes] = (0, 0, b"")
        while True:
            behind: dict[str, int | bytes] = {
                "from_directory": key[0],
                "from_set": key[1],
                "from_name": key[2],
                **query,
            }
            data, _ = self._line.get(f"{self._base}/{question}", _words(behind))
            more, rows = lookups.read_answer(question, data or b"")
            yield from _placed(rows)
            if not more:
                return
            if more[0] <= key:
                raise RemoteProtocolError("the server's pages go round")
            (key,) = more

    def _fetch_records(self, key: Record, stored: int) -> None:
        """Bring the record *key*, and with it what is wanted and lies behind or before it."""
        self._wanted[key] = stored
        order = sorted(self._wanted)
        at = order.index(key)
        chosen: list[Record] = []
        size = 0
        for one in (*order[at:], *order[:at]):
            if size > _ALL_RECORDS or len(chosen) >= lookups.MOST_RECORDS:
                break
            chosen.append(one)
            size += self._wanted[one]
        body = tuple((*one, self._wanted[one]) for one in chosen)
        data = self._line.ask(f"{self._base}/records", lookups.tell(body))
        found = dict(zip(chosen, lookups.runs_of(data, 0), strict=False))
        if key not in found:
            raise RemoteProtocolError("the server answered without any record")
        for one in found:
            del self._wanted[one]
        if self._is_full():
            self._records.clear()
        self._records |= found

    def _is_full(self) -> bool:
        size = sum(len(one) for one in self._records.values() if one is not None)
        return size > _ALL_RECORDS or len(self._records) > lookups.MOST_RECORDS


def _words(query: Mapping[str, int | bytes | str]) -> dict[str, str]:
    """Return *query* as it stands in a URL."""
    return {name: _word(value) for name, value in query.items()}


def _word(value: int | bytes | str) -> str:
    return base64.urlsafe_b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _placed(rows: Iterable[tuple[int, Any]]) -> list[tuple[int, Entry]]:
    pairs = list(rows)
    entries = lookups.read_entries(row for _, row in pairs)
    return [(directory, row) for (directory, _), row in zip(pairs, entries, strict=True)]
