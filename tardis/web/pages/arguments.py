"""What a page is asked for: names in links are bytes, and come back just as they went out.

A path may hold any bytes, which forms and decoded strings would change.  So the query is read
from its raw bytes, and a form carries a path as base64 under its name with ``64`` behind.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from tardis.model import UsageError

_LONGEST: Final = 16_384
_FIELDS: Final = 40
_NUMBER: Final = re.compile("[0-9]{1,18}")
_BASE64: Final = re.compile("[A-Za-z0-9_=-]*")


class Arguments:
    """The arguments of one request.

    Args:
        query: Raw, as in the request's first line.

    Raises:
        UsageError: It is too long, or says too much.
    """

    def __init__(self, query: bytes) -> None:
        if len(query) > _LONGEST:
            raise UsageError("the address is too long")
        try:
            pairs = parse_qsl(
                query.decode("latin-1"),
                keep_blank_values=True,
                encoding="latin-1",
                max_num_fields=_FIELDS,
            )
        except ValueError as error:
            raise UsageError("the address says too much") from error
        self._values = dict(pairs)

    def has(self, name: str) -> bool:
        """Tell whether *name* is given, and not empty."""
        return bool(self._values.get(name))

    def number(self, name: str, default: int = 0) -> int:
        """Return a whole number that is not negative, *default* when it is not given.

        Raises:
            UsageError: It is no such number.
        """
        value = self._values.get(name, "")
        if not value:
            return default
        if not _NUMBER.fullmatch(value):
            raise UsageError(f"the argument {name} is not a number")
        return int(value)

    def day(self, name: str, zone: tzinfo) -> datetime | None:
        """Return the beginning of a day, None when it is not given.

        Raises:
            UsageError: It is no day, as 2026-11-22.
        """
        value = self._values.get(name, "")
        if not value:
            return None
        try:
            return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=zone)
        except ValueError as error:
            raise UsageError(f"the argument {name} is not a day, as 2026-11-22") from error

    def text(self, name: str) -> str:
        """Return a text, empty when it is not given."""
        return self._values.get(name, "").encode("latin-1").decode("utf-8", "replace")

    def data(self, name: str) -> bytes:
        """Return the bytes of *name*, empty when it is not given.

        Raises:
            UsageError: They are given as base64, which they are not, or hold a zero byte.
        """
        found = self._values.get(name, "").encode("latin-1")
        packed = self._values.get(f"{name}64", "")
        if not found and packed:
            if not _BASE64.fullmatch(packed):
                raise UsageError(f"the argument {name}64 is not base64")
            try:
                found = urlsafe_b64decode(packed)
            except Base64Error as error:
                raise UsageError(f"the argument {name}64 is not base64") from error
        if b"\0" in found:
            raise UsageError(f"the argument {name} holds a zero byte")
        return found

    def path(self, name: str = "path") -> bytes:
        """Return a path that leads nowhere but down; see `data`.

        Raises:
            UsageError: It holds ``..``.
        """
        found = self.data(name)
        if b".." in found.split(b"/"):
            raise UsageError("a path in a backup has no ..")
        return found


def packed(data: bytes) -> str:
    """Return *data* as a form can carry it."""
    return urlsafe_b64encode(data).decode("ascii")


def with_arguments(address: str, values: Mapping[str, bytes | str | int | None]) -> str:
    """Return *address* with a query of those *values* that are neither None nor empty."""
    given = {name: value for name, value in values.items() if value not in (None, "", b"")}
    return f"{address}?{urlencode(given, quote_via=quote, safe='/')}" if given else address
