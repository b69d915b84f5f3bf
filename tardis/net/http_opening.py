"""Stores behind a tardisremote; requests is loaded by those who use one."""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Protocol

from tardis.model import ConfigError, RawStore

from .http_login import Ticket
from .http_place import HttpPlace


class HttpAsker(Protocol):
    """Asks a tardisremote for JSON; every method raises what `open_http` does."""

    def tell(self, path: str) -> Any:
        """Return what the server tells."""

    def change(self, path: str, fields: Mapping[str, Any]) -> Any:
        """Let the server change something, asked once only; return what it answers."""

    def close(self) -> None:
        """Let go of all connections."""


def open_http(place: HttpPlace, ticket: Ticket, pin: str = "") -> RawStore:
    """Open the store of the client of *ticket*; the caller closes it.

    Args:
        place: The server.
        ticket: Renewed where the server wants that.
        pin: See `Trust`.

    Raises:
        ConfigError: A library is missing.
        AuthenticationError: The password is wrong, or the server is not the one that is meant.
        LineLostError: It cannot be reached.
        TardisError: It refuses.
    """
    line = _http().HttpLine(place, ticket, pin)
    try:
        found: RawStore = _http().HttpStore(line, ticket.client)
    except BaseException:
        line.close()
        raise
    return found


def open_http_line(place: HttpPlace, ticket: Ticket, pin: str = "") -> HttpAsker:
    """Return what asks the server anything else; see `open_http`. Nothing was asked yet."""
    found: HttpAsker = _http().HttpLine(place, ticket, pin)
    return found


def _http() -> ModuleType:
    try:
        return importlib.import_module(".http", __package__)
    except ImportError as error:
        raise ConfigError(
            f"reading by HTTP needs the Python package {error.name}",
            hint="pip install 'tardis[remote]'",
        ) from error
