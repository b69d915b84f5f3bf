"""Stores behind a tardisremote; requests is loaded by those who use one."""

import importlib

from tardis.model import ConfigError, RawStore

from .http_login import Ticket
from .http_place import HttpPlace


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
    try:
        http = importlib.import_module(".http", __package__)
    except ImportError as error:
        raise ConfigError(
            f"reading by HTTP needs the Python package {error.name}",
            hint="pip install 'tardis[remote]'",
        ) from error
    line = http.HttpLine(place, ticket, pin)
    try:
        found: RawStore = http.HttpStore(line, ticket.client)
    except BaseException:
        line.close()
        raise
    return found
