"""How lstardis prints: text, JSON, or paths with a zero byte after each."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from tardis.config import Settings, table
from tardis.history import Lister, NameLister, Place, Places, Scope, Span, Wanted
from tardis.model import Reader
from tardis.render import ListStyle, ListView, escape_name, escape_names, shown_json

from .restore_store import local_place
from .terminal import columns_of, palette_of


class Listing:
    """Prints sections in the form that was asked for."""

    def __init__(self, reader: Reader, settings: Settings, span: Span, now: datetime) -> None:
        self._reader = reader
        self._settings = settings
        self._span = span
        self._style = _style_of(settings)
        self._view = ListView(self._style, reader.owners, now)
        self._is_first = True

    def print(self, places: Places, found: Sequence[Place]) -> None:
        """Print all of *found*."""
        settings = self._settings
        lister = Lister(self._reader, self._span, places, self._scope())
        if settings[table.PRINT_ZERO]:
            for path in _paths(lister, found):
                sys.stdout.buffer.write(path + b"\0")
        elif settings[table.LIST_JSON]:
            self._print_json(lister, found)
        else:
            self._print_text(lister, places, found)

    def _scope(self) -> Scope:
        settings, style = self._settings, self._style
        is_json = settings[table.LIST_JSON]
        return Scope(
            Wanted(
                "none" if settings[table.PRINT_ZERO] else settings[table.VERSIONS],
                deletions=settings[table.DELETIONS],
                times=settings[table.TIMES],
                metadata=settings[table.METADATA],
            ),
            hidden=settings[table.HIDDEN],
            recurse=settings[table.LIST_RECURSE],
            depth=settings[table.LIST_DEPTH],
            is_reverse=settings[table.REVERSE],
            itself=settings[table.DIR_INFO],
            broken=settings[table.BROKEN],
            moves=style.is_long or is_json,
            contents=is_json or style.checksum or style.chain or bool(style.palette),
        )

    def _print_json(self, lister: Lister, found: Sequence[Place]) -> None:
        for place in found:
            for section in lister.sections(place):
                pages = [section.head] if section.head else []
                for page in (*pages, *(section.pages or ())):
                    for one in page.shown:
                        print(shown_json(one, page.contents, self._reader.owners))

    def _print_text(self, lister: Lister, places: Places, found: Sequence[Place]) -> None:
        settings = self._settings
        if settings[table.HEADERS]:
            where = local_place(settings)
            base = escape_name(where.base if where else settings[table.DATABASE])
            client = escape_name(settings[table.TOOL_CLIENT])
            print(self._view.heading(f"Client: {client}    DB: {base}"))
        for place in found:
            if self._is_plain and NameLister.can_list(place):
                self._print_names(places, place)
            else:
                self._print_place(lister, place)

    @property
    def _is_plain(self) -> bool:
        """Whether nothing but the names of one set is shown, one in a line."""
        style, scope = self._style, self._scope()
        asks_more = style.has_details or style.annotate or style.columns or scope.contents
        is_names = style.names_only and scope.broken and not scope.itself
        return is_names and not asks_more and len(self._span.sets) == 1

    def _print_names(self, places: Places, place: Place) -> None:
        lister = NameLister(self._reader, self._span.last, places, self._scope())
        for path, parts in lister.sections(place):
            self._print_heading(path)
            for names in parts:
                _print(escape_names(names))

    def _print_place(self, lister: Lister, place: Place) -> None:
        view, number = self._view, self._span.last
        for section in lister.sections(place):
            head = section.head
            if section.pages is None:
                if head:
                    _print(view.lines(head.shown, head.contents, number))
                continue
            self._print_heading(section.path)
            if head and self._settings[table.HEADERS]:
                _print(view.versions(head.shown[0], head.contents))
            for page in section.pages:
                _print(view.lines(page.shown, page.contents, number))

    def _print_heading(self, path: bytes) -> None:
        if not self._settings[table.HEADERS]:
            return
        text = self._view.heading(f"{escape_name(path)}:")
        print(text if self._is_first else f"\n{text}")
        self._is_first = False


def _paths(lister: Lister, found: Sequence[Place]) -> Iterator[bytes]:
    for place in found:
        for section in lister.sections(place):
            yield from (one.path for one in (section.head.shown if section.head else ()))
            for page in section.pages or ():
                yield from (one.path for one in page.shown)


def _style_of(settings: Settings) -> ListStyle:
    return ListStyle(
        is_long=settings[table.LONG],
        size=settings[table.SIZE] or settings[table.HUMAN],
        human=settings[table.HUMAN],
        inode=settings[table.INODE],
        checksum=settings[table.CHECKSUMS],
        chain=settings[table.CHAIN_LENGTH],
        annotate=settings[table.ANNOTATE],
        one_line=settings[table.ONE_LINE],
        columns=columns_of(settings),
        names_only=settings[table.VERSIONS] == "none",
        palette=palette_of(settings),
    )


def _print(lines: Iterable[str]) -> None:
    text = "\n".join(lines)
    if text:
        print(text)
