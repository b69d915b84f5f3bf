"""How a store behind a tardisremote is named: ``http[s]://host[:port]/client``."""

from dataclasses import dataclass
from typing import Final

from tardis.model import ConfigError

from .address import SCHEME, parse_server_url, show_address

_SCHEMES: Final = ("http://", "https://")
_FORM: Final = "write http[s]://host[:port]/client, an IPv6 address in brackets"


@dataclass(frozen=True, slots=True)
class HttpPlace:
    """Where a tardisremote is.

    Attributes:
        url: ``http://host:port`` or ``https://host:port``, without a slash at the end.
        host: Name or address alone.
        client: That the address names, empty when it names none.
    """

    url: str
    host: str
    client: str

    @property
    def is_secure(self) -> bool:
        """Tell whether it is reached by TLS."""
        return self.url.startswith(_SCHEMES[1])


def parse_http_url(text: str, port: int) -> HttpPlace:
    """Return what *text* names; *port* where it names none.

    Raises:
        ConfigError: It names nothing that can be.
    """
    scheme, _, rest = text.strip().partition("://")
    if any(letter in rest for letter in "?#@"):
        raise ConfigError(f"{text!r} is no address of a tardisremote", hint=_FORM)
    try:
        host, own_port, client = parse_server_url(SCHEME + rest)
    except ConfigError as error:
        said = str(error).partition(": ")[2]
        raise ConfigError(f"{text!r} is no address of a tardisremote: {said}", hint=_FORM) from None
    where = show_address(host, own_port or port)
    return HttpPlace(f"{scheme.lower()}://{where}", host, client or "")
