"""What sonic asks of a store behind a tardisremote, beside reading it."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import fields
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from tardis.admin import ClientState
from tardis.config import Settings, table
from tardis.model import RemoteProtocolError
from tardis.net import HttpAsker, open_http_line
from tardis.policy import age_seconds, last_good
from tardis.store import Pruned

from .remote_store import open_remote, remote_place, ticket_of
from .sonic_removal import Removal

_BEYOND: Final = 1 << 62
"""Nanoseconds since 1970 that no set began at."""


def change(settings: Settings, number: int, what: str, values: Mapping[str, Any]) -> Any:
    """Let the server change *what* of set *number*; return what it answers.

    Raises:
        RightsError: The client may not.
        TardisError: The server refuses, or cannot be reached.
    """
    path = f"{_client_path(settings)}/sets/{number}/{what}"
    with _line(settings) as line:
        return line.change(path, values)


class ShownSet(NamedTuple):
    """What a plan tells of a set; see `render.Backup`."""

    number: int
    name: str
    priority: int
    started_ns: int


class ShownFate(NamedTuple):
    """What a plan makes of a set; see `render.PlannedFate`."""

    backup: ShownSet
    goes: bool
    reason: str


def removal(settings: Settings, wish: Mapping[str, Any]) -> Removal:
    """Return the server's plan for *wish*; carried out it removes just what was shown, or nothing.

    Raises:
        PeerError: One of the sets that are wished away must stay.
        TardisError: The server refuses, or cannot be reached.
    """
    path = f"{_client_path(settings)}/purge"
    with _line(settings) as line:
        told = line.change(f"{path}/plan", wish)
    match told:
        case {
            "plan": str(mark),
            "sets": [*sets],
            "contents": int(contents),
            "stored_bytes": int(stored),
            "is_granted": bool(is_granted),
        }:
            fates = list(map(_fate, sets))
        case _:
            raise _nonsense()

    def carry_out() -> Pruned:
        with _line(settings) as line:
            found = line.change(path, {"wish": wish, "plan": mark})
        if not isinstance(found, dict) or not all(type(one) is int for one in found.values()):
            raise _nonsense()
        known = {one.name for one in fields(Pruned)}
        return Pruned(**{name: count for name, count in found.items() if name in known})

    return Removal(fates, (contents, stored), carry_out, is_granted)


def _fate(told: Any) -> ShownFate:
    match told:
        case {
            "number": int(number),
            "name": str(name),
            "priority": int(priority),
            "started_ns": int(started_ns),
            "goes": bool(goes),
            "reason": str(reason),
        } if 0 <= started_ns < _BEYOND:
            return ShownFate(ShownSet(number, name, priority, started_ns), goes, reason)
    raise _nonsense()


def state_of(settings: Settings, now_ns: int) -> ClientState:
    """Return how the client is; what is found is what the server says."""
    with _line(settings) as line:
        told = line.tell(_client_path(settings))
    with open_remote(settings) as reader:
        sets = reader.sets()
        stored, *_ = reader.usage()
    good = last_good(sets)
    age = age_seconds(good, now_ns) if good else 0
    match told:
        case {"findings": [*found]} if all(isinstance(one, str) for one in found):
            return ClientState(
                ticket_of(settings).client, good, age, len(sets), stored, tuple(found)
            )
    raise _nonsense()


def _line(settings: Settings) -> closing[HttpAsker]:
    pin = settings[table.REMOTE_PIN]
    return closing(open_http_line(remote_place(settings), ticket_of(settings), pin))


def _client_path(settings: Settings) -> str:
    return f"/api/v1/clients/{quote(ticket_of(settings).client, safe='')}"


def _nonsense() -> RemoteProtocolError:
    return RemoteProtocolError("the server's answer about sets makes no sense")
