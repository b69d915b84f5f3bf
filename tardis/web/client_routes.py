"""How the clients of a session are: ``/api/v1/clients``."""

import time
from typing import Final, TypedDict

from tardis.model import BackupSet, Right
from tardis.policy import age_seconds

from .api import Api, Call
from .service import Service
from .sessions import Access

api: Final = Api("clients", "/api/v1/clients")


class LastGood(TypedDict):
    """The newest complete set.

    Attributes:
        number: Of the set.
        name: Of the set.
        ended_ns: When its run ended, nanoseconds since 1970.
        age_seconds: How long ago that is.
        entries: Files and directories.
        size_bytes: Plain bytes.
        changed_files: That were there before, and are other ones now.
        gone_files: That were there before.
        new_bytes: Plain bytes that it brought.
        problems: Files that could not be read whole.
    """

    number: int
    name: str
    ended_ns: int
    age_seconds: int
    entries: int
    size_bytes: int
    changed_files: int
    gone_files: int
    new_bytes: int
    problems: int


class ClientHealth(TypedDict):
    """How the backups of a client are.

    Attributes:
        client: Its name.
        sets: That there are.
        stored_bytes: That all contents take.
        is_sealed: The backup is encrypted.
        is_readable: This session can read names and contents.
        last_good: Null when no set is complete.
        findings: What somebody should look at, in words.
        rights: What the client may do over the network.
    """

    client: str
    sets: int
    stored_bytes: int
    is_sealed: bool
    is_readable: bool
    last_good: LastGood | None
    findings: list[str]
    rights: list[str]


class ClientList(TypedDict):
    """The clients that the session may ask about.

    Attributes:
        clients: By name.
    """

    clients: list[ClientHealth]


@api.get("", answers=ClientList)
def clients(call: Call) -> ClientList:
    """Tell how the clients are that this session is logged in to; of others nothing."""
    shared = call.service
    return {"clients": [_health(shared, one) for one in shared.accesses()]}


@api.get("/<client>", answers=ClientHealth, right=(Right.LIST, "list its sets"))
def client(call: Call) -> ClientHealth:
    """Tell how a client is."""
    return _health(call.service, call.client)


def _health(shared: Service, access: Access) -> ClientHealth:
    state = shared.states.of(access.client)
    return {
        "client": access.client,
        "sets": state.sets,
        "stored_bytes": state.stored_bytes,
        "is_sealed": access.is_sealed,
        "is_readable": access.is_readable,
        "last_good": _last(state.good) if state.good else None,
        "findings": list(state.findings),
        "rights": list(shared.rights_of(access.client)),
    }


def _last(good: BackupSet) -> LastGood:
    return {
        "number": good.number,
        "name": good.name,
        "ended_ns": good.ended_ns or good.started_ns,
        "age_seconds": age_seconds(good, time.time_ns()),
        "entries": good.entries,
        "size_bytes": good.size_bytes,
        "changed_files": good.changed_files,
        "gone_files": good.gone_files,
        "new_bytes": good.new_bytes,
        "problems": good.problems,
    }
