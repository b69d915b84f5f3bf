"""The family of errors, and the exit status each one earns.

Each class owns its exit status and its name on the wire; `docs/exit-status.md` is
printed from them.  A message is one sentence that names the thing at fault; a hint
says what to try.  A message that a person may read is safe to print: whoever puts a
file name into it has escaped it first.
"""

from typing import ClassVar

DONE = 0
DIFFERENCES = 1
PROBLEMS = 3
OUR_BUG = 70
SIGNALLED = 128


class TardisError(Exception):
    """Something the person at the keyboard can understand and act on.

    Subclass it, set the class attributes, and raise it with one sentence.  Anything
    else that escapes is a bug of ours.

    Attributes:
        exit_status: Process exit status when it reaches the top, 1..125.
        wire_code: Name sent to the peer; empty keeps the error at home.
        is_passing: It may be over in a while, so trying again is worth it.
        hint: What to try next, as one imperative sentence, or empty.
    """

    exit_status: ClassVar[int] = OUR_BUG
    wire_code: ClassVar[str] = ""
    is_passing: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(TardisError):
    """The command line asks for something that makes no sense."""

    exit_status = 2
    wire_code = "usage"


class ConfigError(TardisError):
    """A setting has a value it cannot have."""

    exit_status = 4


class NoSourceError(TardisError):
    """Nothing to back up: every source is missing or empty."""

    exit_status = 5


class HookError(TardisError):
    """A command that belongs to the run, such as PreCommand, failed."""

    exit_status = 6


class StoreError(TardisError):
    """The backup store is absent or cannot do what was asked."""

    exit_status = 10
    wire_code = "store"


class StoreBusyError(StoreError):
    """Another run is writing this store."""

    exit_status = 11
    wire_code = "busy"
    is_passing = True


class AuthenticationError(TardisError):
    """The two sides could not prove who they are."""

    exit_status = 12
    wire_code = "authentication"


class NoSuchSetError(StoreError):
    """No backup set answers to that name, tag, number or date."""

    exit_status = 13
    wire_code = "no-such-set"


class NoSuchPathError(StoreError):
    """The backup set does not hold that path."""

    exit_status = 14
    wire_code = "no-such-path"


class SchemaError(StoreError):
    """The store was made by an older or newer program."""

    exit_status = 15
    wire_code = "schema"


class RightsError(TardisError):
    """The server, or the saved permissions, do not allow it."""

    exit_status = 16
    wire_code = "rights"


class QuotaError(TardisError):
    """The client has used up what the server grants it."""

    exit_status = 17
    wire_code = "quota"


class NoSpaceError(StoreError):
    """The file system of the store is full."""

    exit_status = 18
    wire_code = "no-space"


class StaleError(TardisError):
    """The newest good backup set is older than asked for."""

    exit_status = 19


class ProtocolError(TardisError):
    """A side spoke out of turn, or spoke nonsense."""

    exit_status = 20


class LocalProtocolError(ProtocolError):
    """We were about to send what the conversation does not allow: our bug."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what the conversation does not allow: drop the line."""

    exit_status = 21
    wire_code = "protocol"


class PeerError(TardisError):
    """The peer reported trouble that has no class of its own here."""

    exit_status = 22
    wire_code = "internal"


class LineLostError(TardisError):
    """The connection was refused, timed out or was cut."""

    exit_status = 23
    is_passing = True


class UnavailableError(TardisError):
    """The server cannot serve now, and will later: it is stopping, or has too much to do."""

    exit_status = 24
    wire_code = "unavailable"
    is_passing = True


class IntegrityError(StoreError):
    """Stored bytes do not match their digest, or the store contradicts itself."""

    exit_status = 30
    wire_code = "integrity"


class DeltaError(TardisError):
    """A delta or signature cannot be used."""

    exit_status = 31
    wire_code = "delta"


class SourceError(Exception):
    """Trouble with one source file; becomes a `Problem` in the report, never a stop.

    Attributes:
        errno: The operating system's number, 0 when it has none.
        reason: Why, in words.
    """

    def __init__(self, reason: str, errno: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.errno = errno


def error_classes() -> tuple[type[TardisError], ...]:
    """Return `TardisError` and all its descendants, parents first."""
    found: list[type[TardisError]] = [TardisError]
    for parent in found:
        found.extend(parent.__subclasses__())
    return tuple(dict.fromkeys(found))


def from_wire(code: str, message: str, hint: str = "") -> TardisError:
    """Return the error that a peer's report stands for; `PeerError` when unknown."""
    for kind in error_classes():
        if code and kind.wire_code == code:
            return kind(message, hint=hint)
    return PeerError(message, hint=hint)
