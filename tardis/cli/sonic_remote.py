"""What sonic asks of a store behind a tardisremote, beside reading it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import quote

from tardis.admin import ClientState
from tardis.config import Settings, table
from tardis.model import RemoteProtocolError
from tardis.net import HttpAsker, open_http_line
from tardis.policy import age_seconds, last_good
from tardis.store import Pruned

from .remote_store import open_remote, remote_place, ticket_of


def change(settings: Settings, number: int, what: str, fields: Mapping[str, Any]) -> Any:
    """Let the server change *what* of set *number*; return what it answers.

    Raises:
        RightsError: The client may not.
        TardisError: The server refuses, or cannot be reached.
    """
    path = f"{_client_path(settings)}/sets/{number}/{what}"
    with _line(settings) as line:
        return line.change(path, fields)


def remove(settings: Settings, numbers: Sequence[int]) -> Pruned:
    """Let the server remove sets, one after the other; return what that came to."""
    done = Pruned()
    for number in numbers:
        found = change(settings, number, "delete", {})
        try:
            done.sets += 1
            done.contents += int(found["contents"])
            done.freed_bytes += int(found["freed_bytes"])
        except (KeyError, TypeError, ValueError):
            raise _nonsense() from None
    return done


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
