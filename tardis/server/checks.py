"""What a client says of itself and of its set, looked at before anything is made of it.

Names that reach a path are checked by `policy`; here are the texts that reach logs, the
lock and the journal, and what reaches the catalog.
"""

from collections.abc import Sequence
from typing import Final

from tardis.crypto import KeysFile
from tardis.model import (
    CAPTURED_ACLS,
    CAPTURED_PRIVILEGED,
    CAPTURED_XATTRS,
    MODERN,
    SCHEMES,
    RemoteProtocolError,
    Repository,
    StoreError,
    UsageError,
)
from tardis.policy import check_client_name, check_set_name
from tardis.protocol import listing
from tardis.protocol.messages import AddRoot, CloseSet, Hello, Listing, OpenSet

MOST_OWNERS: Final = 200_000
"""Names of users and groups that one run may tell."""

_WORDS: Final = 200
_OWNER_NAME: Final = 1024
_FINGERPRINT: Final = 64
_CAPTURE: Final = CAPTURED_XATTRS | CAPTURED_ACLS | CAPTURED_PRIVILEGED


def check_hello(hello: Hello) -> None:
    """Make sure that a client has a name, and that its program can be told in a log.

    Raises:
        UsageError: The name cannot be a client's.
        RemoteProtocolError: The program's name is not plain text.
    """
    check_client_name(hello.client)
    _require_plain(hello.program)


def check_wish(wish: OpenSet) -> None:
    """Make sure that a set can be opened as it is wished.

    Raises:
        UsageError: The wanted name, format or scheme cannot be.
        RemoteProtocolError: A text is too long or not plain.
    """
    if wish.name:
        check_set_name(wish.name)
    if not wish.format.isprintable() or len(wish.format) > _WORDS:
        raise UsageError("the wanted format of the set's name is too long or not plain text")
    if wish.scheme not in ("", *SCHEMES):
        raise UsageError("the wanted scheme of the store is not known here")
    if len(wish.label) > _WORDS:
        raise RemoteProtocolError("the label of a set is too long")
    _require_plain(wish.session)


def new_client_keys(hello: Hello, wish: OpenSet) -> KeysFile | None:
    """Return the keys that a client which is made now has sent; None for one without a password.

    Raises:
        RemoteProtocolError: They are not what it said hello with, or no keys.
    """
    if bool(hello.slot) != bool(wish.keys):
        raise RemoteProtocolError("a new client did not send the keys it spoke of")
    if not wish.keys:
        return None
    try:
        keys = KeysFile.parse(wish.keys, "the keys that the client sent")
    except StoreError as error:
        raise RemoteProtocolError(str(error)) from error
    repository = keys.repository
    is_wished = repository.scheme == (wish.scheme or MODERN)
    if len(keys.slots) != 1 or not is_wished:
        raise RemoteProtocolError("a new client sent keys of an unknown kind")
    return keys


def check_scheme(wish: OpenSet, repository: Repository) -> None:
    """Make sure that a store is of the scheme that is wished for, if one is.

    Raises:
        StoreError: It is not, and will never be.
    """
    if wish.scheme not in ("", repository.scheme):
        raise StoreError(
            f"the store of this client is {repository.scheme}, not {wish.scheme}",
            hint="A store keeps its format: leave --scheme out, or make a new client.",
        )


def check_end(end: CloseSet) -> None:
    """Make sure that the numbers at the end of a set can be recorded."""
    if min(end.size_bytes, end.problems) < 0:
        raise RemoteProtocolError("a set ends with a number below zero")


def check_owners(items: Sequence[tuple[bool, int, bytes]], known: int) -> None:
    """Make sure that names of users and groups can be recorded beside *known* others."""
    if max((len(name) for _, _, name in items), default=0) > _OWNER_NAME:
        raise RemoteProtocolError("a name of a user or group is too long")
    if known + len(items) > MOST_OWNERS:
        raise RemoteProtocolError("too many names of users and groups")


def check_root(message: AddRoot) -> None:
    """Make sure that the path of a root can be one, and that its ancestors belong to it."""
    names = [ancestor[0] for ancestor in message.ancestors]
    wanted = message.path.removeprefix(b"/").split(b"/")
    is_path = message.path == b"/" or all(map(listing.is_component, wanted))
    is_name = not message.name or listing.is_component(message.name)
    if not (is_path and is_name and names == wanted):
        raise RemoteProtocolError("a root has an impossible path")
    for ancestor in message.ancestors:
        if ancestor[6]:
            _require_attributes(ancestor[6])


def check_range(message: Listing) -> None:
    """Make sure that what a listing says beside its entries can be recorded."""
    longest = max(len(message.start), len(message.end or b""))
    if longest > listing.NAME_MAX + 1 or len(message.fingerprint) > _FINGERPRINT:
        raise RemoteProtocolError("a listing has impossible borders")
    if not 0 <= message.capture <= _CAPTURE:
        raise RemoteProtocolError("a listing was made in a way that there is not")
    for _, packed in message.attributes:
        _require_attributes(packed)


def _require_attributes(packed: bytes) -> None:
    if not 0 < len(packed) <= listing.ATTRIBUTES_MAX + listing.ATTRIBUTES_SEAL:
        raise RemoteProtocolError("extended attributes of an impossible size")


def _require_plain(text: str) -> None:
    if not text.isprintable() or len(text) > _WORDS:
        raise RemoteProtocolError("a text for the log is too long or not plain")
