"""A little of a large store at a time: for pages that people look at."""

from collections.abc import Sequence
from typing import Final

from tardis.model import CURRENT, BackupSet, Entry
from tardis.policy import ambiguous_set

from .catalog import paging
from .catalog.connection import Connection
from .catalog.paging import FoundName, SetColumn
from .trouble import store_trouble
from .veil import Veil

_DIGITS: Final = 18
_TURNS: Final = 2000
_DAMAGES: Final = 1000


class Paged:
    """Answers of which none grows with the number of sets, or of names in a directory.

    Got from `StoreReader.paged`, and good for as long as that is open.  Sets come without their
    command line and configuration, but for `chosen`.  Every method raises StoreError when
    the catalog cannot be read, and those that tell names AuthenticationError without the keys of
    an encrypted store.

    Args:
        db: The reader's.
        directory: Of the store, for errors.
        veil: None where names are in clear.
    """

    def __init__(self, db: Connection, directory: str, veil: Veil | None) -> None:
        self._db = db
        self._directory = directory
        self._veil = veil

    @property
    def is_in_order(self) -> bool:
        """Whether `page` goes by name; of an encrypted store it goes by sealed name."""
        return self._veil is None

    def sets_before(self, number: int, limit: int) -> list[BackupSet]:
        """Return the newest sets below *number*, *limit* at the most, the newest first."""
        with store_trouble(self._directory):
            return paging.sets_before(self._db, number, limit)

    def sets_after(self, number: int, limit: int) -> list[BackupSet]:
        """Return the oldest sets above *number*, *limit* at the most, the oldest first."""
        with store_trouble(self._directory):
            return paging.sets_after(self._db, number, limit)

    def numbered(self, number: int) -> BackupSet | None:
        """Return set *number*, None when there is none."""
        found = self.sets_after(number - 1, 1)
        return found[0] if found and found[0].number == number else None

    def chosen(self, wanted: str) -> BackupSet | None:
        """Return the set that *wanted* names, all of it: by name, tag, number, or ``Current``.

        That is, in any case of letters, the newest complete one.  None when it names no set.

        Raises:
            UsageError: It is the name of one set and a tag of another.
        """
        with store_trouble(self._directory):
            numbers = paging.named(self._db, wanted)
            if len(set(numbers)) > 1:
                raise ambiguous_set(wanted, *numbers)
            number = numbers[0] if numbers else None
            if number is None and wanted.isdecimal() and len(wanted) <= _DIGITS:
                number = int(wanted)
            elif number is None and wanted.lower() == CURRENT.lower():
                number = paging.newest_complete(self._db)
            found = None if number is None else paging.whole(self._db, number)
        return found if found is None or self._veil is None else self._veil.backup(found)

    def older(self, number: int, steps: int) -> int | None:
        """Return the number *steps* sets before *number*, or that of the first; None for none."""
        with store_trouble(self._directory):
            return paging.older(self._db, number, steps)

    def newer(self, number: int, steps: int) -> int | None:
        """Return the number *steps* sets behind *number*, or that of the last; None for none."""
        with store_trouble(self._directory):
            return paging.newer(self._db, number, steps)

    def between(self, first_ns: int, last_ns: int) -> tuple[int, int] | None:
        """Return first and last number of the sets that began within a time; None for none."""
        with store_trouble(self._directory):
            return paging.between(self._db, first_ns, last_ns)

    def count_sets(self) -> int:
        """Return how many sets there are."""
        with store_trouble(self._directory):
            return paging.count_sets(self._db)

    def columns(self, first: int, last: int, most: int) -> list[SetColumn]:
        """Return the sets numbered from *first* to *last* in *most* columns at the most."""
        with store_trouble(self._directory):
            return paging.columns(self._db, (first, last), most)

    def damages(self) -> list[tuple[int, int]]:
        """Return first and last set of what is known not to be readable, 1,000 at the most."""
        with store_trouble(self._directory):
            return paging.damages(self._db, _DAMAGES)

    def count_damaged(self) -> int:
        """Return how many contents are known not to be readable."""
        with store_trouble(self._directory):
            return paging.count_damaged(self._db)

    def tags_of(self, numbers: Sequence[int]) -> dict[int, list[str]]:
        """Return the tags of sets, by number; those without any are left out."""
        with store_trouble(self._directory):
            return paging.tags_of(self._db, numbers)

    def turns(self, directory: int, first: int, last: int) -> tuple[list[int], list[int]]:
        """Return in which sets rows of *directory* began, and in which they ended.

        Those from *first* to *last*, ascending, 2,000 of each at the most.
        """
        with store_trouble(self._directory):
            return paging.turns(self._db, directory, (first, last), _TURNS)

    def page(self, directory: int, number: int, after: bytes, limit: int) -> list[Entry]:
        """Return entries of *directory* in set *number*: those behind the name *after*.

        By name, or by sealed name, see `is_in_order`; from the beginning where *after* is
        empty; less than *limit* of them are the last.
        """
        veil = self._veil
        if veil is not None and after:
            after = veil.sealed(after)
        with store_trouble(self._directory):
            found = paging.page(self._db, directory, number, after, limit)
        return self._plain(found)

    def came_and_went(
        self, directory: int, before: int, number: int, limit: int
    ) -> tuple[list[Entry], list[Entry]]:
        """Return the rows of *directory* that are true in one only of two sets.

        First those that set *number* has, then those that the older set *before* had; *limit*
        of each at the most.
        """
        with store_trouble(self._directory):
            came, went = paging.came_and_went(self._db, directory, before, number, limit)
        return self._plain(came), self._plain(went)

    def names_after(self, key: tuple[int, int, bytes], limit: int) -> list[FoundName]:
        """Return rows of all directories behind the key of another one.

        The key is (directory, first set, name) of the last row, in plain words; (0, 0, b"") for
        the beginning. Less than *limit* rows are the last.
        """
        veil = self._veil
        if veil is not None and key[2]:
            key = (*key[:2], veil.sealed(key[2]))
        with store_trouble(self._directory):
            found = paging.names_after(self._db, key, limit)
        if veil is None:
            return found
        return [one._replace(name=veil.name(one.name)) for one in found]

    def row(self, directory: int, first_set: int, name: bytes) -> Entry | None:
        """Return the row of *directory* that began in set *first_set* under *name*, if any."""
        sealed = name if self._veil is None else self._veil.sealed(name)
        with store_trouble(self._directory):
            found = paging.row(self._db, directory, first_set, sealed)
        return None if found is None else self._plain([found])[0]

    def newest_of_lineages(self, first: int, last: int, limit: int) -> list[int]:
        """Return numbers from *first* to *last*: of each lineage's newest complete set.

        The newest first, *limit* of them at the most.
        """
        with store_trouble(self._directory):
            return paging.newest_of_lineages(self._db, (first, last), limit)

    def last_directory(self) -> int:
        """Return the highest directory id, 0 when there is none."""
        with store_trouble(self._directory):
            return paging.last_directory(self._db)

    def _plain(self, rows: list[Entry]) -> list[Entry]:
        return rows if self._veil is None else list(map(self._veil.entry, rows))
