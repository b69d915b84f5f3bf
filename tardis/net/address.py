"""How a server is named: ``[tardis://]host[:port][/client]``."""

from typing import Final

from tardis.model import ConfigError

SCHEME: Final = "tardis://"
_PORTS: Final = 65535
_FORM: Final = "write [tardis://]host[:port][/client], an IPv6 address in brackets"


def parse_server_url(text: str) -> tuple[str, int | None, str | None]:
    """Return (host, port, client) of *text*; port and client are None when left out.

    Brackets around an IPv6 address are taken off.

    Raises:
        ConfigError: It does not name a server, or names another kind of service.
    """
    rest = text.strip()
    if rest[: len(SCHEME)].lower() == SCHEME:
        rest = rest[len(SCHEME) :]
    elif "://" in rest:
        raise _wrong(text, "only tardis:// is known")
    place, slash, client = rest.partition("/")
    client = client.removesuffix("/")
    if "/" in client:
        raise _wrong(text, "a client name holds no slash")
    host, port = _host_and_port(text, place)
    return host, port, client if slash and client else None


def _host_and_port(text: str, place: str) -> tuple[str, int | None]:
    if place.startswith("["):
        host, bracket, after = place[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise _wrong(text, "its brackets do not match")
    else:
        host, colon, number = place.partition(":")
        after = colon + number
        if ":" in number:
            raise _wrong(text, "it holds several colons")
    if not host or any(letter.isspace() for letter in host):
        raise _wrong(text, "it names no host")
    return host, _port(text, after[1:]) if after else None


def _port(text: str, number: str) -> int:
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:6]) <= _PORTS):
        raise _wrong(text, f"the port is no number from 1 to {_PORTS}")
    return int(number)


def _wrong(text: str, why: str) -> ConfigError:
    return ConfigError(f"{text!r} is no address of a server: {why}", hint=_FORM)


def show_address(host: str, port: int) -> str:
    """Return ``host:port``, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
