"""What every message is, and those with which a conversation and a set begin."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Message:
    """Base of all messages; KIND is the message's name on the wire.

    What a dataclass would make for each message anew stands here once: every program
    pays for it at its start.
    """

    KIND: ClassVar[str]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in _fields(self))

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in _fields(self))))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in _fields(self))
        return f"{type(self).__name__}({values})"


def _fields(message: Message) -> tuple[str, ...]:
    return tuple(type(message).__slots__)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Hello(Message):
    """Client's first words.

    Attributes:
        version: Of the protocol, see `protocol.PROTOCOL`.
        program: Name and version of the program, for logs.
        client: Whose store is meant.
        compression: One of the message codecs; holds for both directions from the
            frame after `Welcome` on.
        is_creating: The client is to be made if it is not known.
        slot: Label of the keyslot whose password the client knows; empty when it has none.
    """

    KIND = "hello"
    version: int
    program: str
    client: str
    compression: str
    is_creating: bool = False
    slot: str = ""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class LoginWanted(Message):
    """Server asks for a proof that the client knows its password.

    A client that is not known here is asked the same way.

    Attributes:
        memory: KiB that stretching the password takes.
        passes: Over that memory.
        lanes: Filled side by side.
        salt: Of stretching it, 32 bytes.
        login_salt: s of SRP-6a, 16 bytes.
        answer: B of SRP-6a.
    """

    KIND = "login.wanted"
    memory: int
    passes: int
    lanes: int
    salt: bytes
    login_salt: bytes
    answer: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class LoginProof(Message):
    """Client proves that it knows the password.

    Attributes:
        public: A of SRP-6a.
        proof: M of SRP-6a.
    """

    KIND = "login.proof"
    public: bytes
    proof: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Welcome(Message):
    """Server is ready to open a backup set.

    Attributes:
        proof: That the server knew the verifier; empty without a login, as what follows.
        wrapped: The master key, sealed by the password; empty when a key file has it.
        repository: Id of the store.
        is_sealed: Contents are encrypted.
        is_new: The client is not known yet, and may be made.
    """

    KIND = "welcome"
    version: int
    program: str
    proof: bytes = b""
    wrapped: bytes = b""
    repository: bytes = b""
    is_sealed: bool = False
    is_new: bool = False


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class OpenSet(Message):
    """Client asks for a new backup set.

    Attributes:
        name: Wanted name; empty lets the server choose by its formats.
        format: Format for the automatic name instead of the server's, or empty.
        priority: Wanted priority, -1 for the server's choice.
        is_creating: The client is new here.
        is_forced: A run of the same client is to stop first.
        is_full: Contents are sent anew even where a delta would do.
        lineage: What tells this job or choice of roots from others; opaque.
        label: Short name of the lineage, for automatic names of further lineages.
        client_time_ns: Client's clock, nanoseconds since 1970; only recorded.
        command_line: For the record, secrets removed.
        config: Effective options as JSON, secrets removed; empty when not sent.
        scheme: Of the store, `modern` or `classic`: of one that is made now, or that is there
            already; empty for no wish.
        session: Random text of the client's, recorded and shown when the store is busy.
        keys: Text of the keys file for a client that is made with a password, or empty.
        head: Sequence of the newest signed set that the client remembers; 0: none.
    """

    KIND = "set.open"
    name: str
    format: str
    priority: int
    is_creating: bool
    is_forced: bool
    is_full: bool
    lineage: bytes
    label: str
    client_time_ns: int
    command_line: bytes
    config: bytes
    scheme: str
    session: str
    keys: bytes = b""
    head: int = 0


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SetOpened(Message):
    """Server has opened a set and holds the store's lock.

    Attributes:
        number: Of the set.
        name: Its name for now.
        is_first: The store knows no directory: comparing fingerprints is useless.
        repository: Id of the store, 16 bytes.
        scheme: ``modern`` or ``classic``.
        digest_key: Key of the content digests, 32 bytes.
        filesystems: (id, type, key) of each file system known here.
        heads: (sequence, set, previous, facts, signature) of each signed set from the one on
            that the client remembers; of the newest alone where it remembers none.
    """

    KIND = "set.opened"
    number: int
    name: str
    is_first: bool
    repository: bytes
    scheme: str
    digest_key: bytes
    filesystems: tuple[tuple[int, str, bytes], ...]
    heads: tuple[tuple[int, int, bytes, bytes, bytes], ...] = ()
