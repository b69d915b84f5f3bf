"""Every message of the conversation: one frozen dataclass each, nothing else.

Fields travel in their order here; their types are the shapes that a frame must have.
A ``request`` is the sender's number for the answers to repeat, 0..2**32-1.
"""

from dataclasses import dataclass

from .asking import AskNewest, Newest
from .greetings import (
    Hello,
    LoginProof,
    LoginWanted,
    Message,
    OpenSet,
    SetOpened,
    Welcome,
)
from .keeping import Kept
from .removing import PurgeSets, Refused, SetsPurged
from .uploads import (
    SignatureEnd,
    SignaturePart,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadHeld,
    UploadPart,
    UploadSignature,
    WantSignatures,
)

__all__ = [
    "MESSAGES",
    "AddFilesystems",
    "AddRoot",
    "Alive",
    "AskNewest",
    "CloseSet",
    "Contents",
    "Differ",
    "DigestVerdicts",
    "Digests",
    "Fingerprints",
    "Goodbye",
    "Hello",
    "Identity",
    "Kept",
    "Listing",
    "LoginProof",
    "LoginWanted",
    "Message",
    "Newest",
    "OpenSet",
    "Owners",
    "PurgeSets",
    "Refused",
    "SetClosed",
    "SetOpened",
    "SetsPurged",
    "SignatureEnd",
    "SignaturePart",
    "Trouble",
    "Unlistable",
    "Unread",
    "UploadAbort",
    "UploadBegin",
    "UploadEnd",
    "UploadHeld",
    "UploadPart",
    "UploadSignature",
    "Verdicts",
    "WantSignatures",
    "Welcome",
]

Identity = tuple[int, int, int]
"""(file system id, inode, claim) of a directory."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class AddFilesystems(Message):
    """Client names file systems not known so far, with ids above all known ones.

    Attributes:
        items: (id, type, key, inodes are stable, ctime is trusted) of each.
    """

    KIND = "filesystem.add"
    items: tuple[tuple[int, str, bytes, bool, bool], ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class AddRoot(Message):
    """Client begins a root; what it lists from here on may lie below it.

    Attributes:
        path: As stored: ``/a/b``, ``/``, or relative without a leading slash.
        directory: The root itself, or for a root that is no directory the directory
            that names it.
        name: Empty for a directory; else the one name that is looked at.
        ancestors: (name, mode, uid, gid, mtime, mtime_ns, extended attributes) from the top
            of *path* down to the root itself, one for each component of *path*.
    """

    KIND = "root.add"
    path: bytes
    directory: Identity
    name: bytes
    ancestors: tuple[tuple[bytes, int, int, int, int, int, bytes], ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Fingerprints(Message):
    """Client tells what ranges of directories look like; answered by `Differ`.

    Attributes:
        items: (file system id, inode, claim, start, end, count, fingerprint) of each
            range [start, end) of names; *start* empty: from the beginning, *end* None:
            to the end; *count* entries.  At most 10,000 items.
    """

    KIND = "fingerprints"
    request: int
    items: tuple[tuple[int, int, int, bytes, bytes | None, int, bytes], ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Differ(Message):
    """Server names the items of a `Fingerprints` that it wants listed, by position."""

    KIND = "differ"
    request: int
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Listing(Message):
    """Client lists one range of a directory completely; answered by `Verdicts`.

    The parent's listing, or the root, comes before; *request* counts listings of the
    set from 0 upwards.

    Attributes:
        directory: Whose children these are.
        start: First name that the range could hold, empty: from the beginning.
        end: First name behind the range, None: to the end.
        fingerprint: Of this range, or empty when it is not to be remembered.
        entries: As `protocol.listing` packs them.
        targets: (position, target) of each symbolic link, ascending.
        racy: Positions of entries other than regular files whose ctime is too near to
            the clock to trust the next comparison.
        attributes: (position, extended attributes) of each entry that has any, ascending;
            packed as `streams.pack_attributes` does, ACLs among them.
        capture: What was looked for, bits: 1 extended attributes, 2 ACLs, 4 all
            namespaces of attributes.
        macs: In an encrypted modern backup the codes, 16 bytes each, of all entries that are no
            regular files, in order; see `crypto.EntrySigner`.
    """

    KIND = "listing"
    request: int
    directory: Identity
    start: bytes
    end: bytes | None
    fingerprint: bytes
    entries: bytes
    targets: tuple[tuple[int, bytes], ...]
    racy: tuple[int, ...]
    attributes: tuple[tuple[int, bytes], ...] = ()
    capture: int = 0
    macs: bytes = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Verdicts(Message):
    """Server answers a `Listing`: which regular files it needs something of.

    Attributes:
        contents: Positions whose bytes are wanted.
        digests: Positions whose digest is wanted first.
        deltas: (position, content id of the basis, its plain size) of those whose bytes are
            wanted, best as a delta.
        kept: In an encrypted modern backup those whose content is known and whose row is made
            anew: (position, set, mode, uid, gid, attributes, code) of the row that tells of it.
            They are answered by `Kept`, or by `Digests` where that row is not the client's.
        All others are settled, or wait for one of these.
    """

    KIND = "verdicts"
    request: int
    contents: tuple[int, ...]
    digests: tuple[int, ...]
    deltas: tuple[tuple[int, int, int], ...] = ()
    kept: tuple[tuple[int, int, int, int, int, bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Digests(Message):
    """Client tells digests that were asked for; each is answered in `DigestVerdicts`.

    Attributes:
        items: (listing request, position, marks, state, digest, plain size) of each.
            *marks*: bit 0 racy, bit 1 changed while it was read.  *state*: empty when
            the file was as listed, else `listing.ENTRY` from the open file.
        macs: In an encrypted modern backup the code of each, 24 bytes; else empty.
    """

    KIND = "digests"
    items: tuple[tuple[int, int, int, bytes, bytes, int], ...]
    macs: bytes = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class DigestVerdicts(Message):
    """Server says of entries whether their bytes are wanted after all.

    Attributes:
        items: (listing request, position, is wanted) of each; an item may also come
            unasked for an entry that waited for another one's bytes in vain.
        deltas: (listing request, position, content id of the basis, its plain size) of those
            that are wanted, best as a delta.
    """

    KIND = "digest.verdicts"
    items: tuple[tuple[int, int, bool], ...]
    deltas: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Contents(Message):
    """Client sends whole small contents; not answered.

    Attributes:
        items: (listing request, position, marks, state, digest, plain size, codec,
            stored bytes) of each; marks and state as in `Digests`; at most 128 KiB plain
            and stored.
        macs: As in `Digests`.
    """

    KIND = "contents"
    items: tuple[tuple[int, int, int, bytes, bytes, int, int, bytes | memoryview], ...]
    macs: bytes = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Unread(Message):
    """Client could not read what was asked of it.

    Attributes:
        items: (listing request, position, outcome, reason) of each.  *outcome*: 0 it
            vanished, 1 it is left out for want of access, 2 it is there but cannot be
            read.
        macs: In an encrypted modern backup the code of each without a content, 16 bytes.
    """

    KIND = "unread"
    items: tuple[tuple[int, int, int, str], ...]
    macs: bytes = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Unlistable(Message):
    """Client could not list a directory that it named in a listing; its children stay."""

    KIND = "unlistable"
    directory: Identity
    reason: str


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Owners(Message):
    """Client tells the names behind numbers: (is a group, number, name) of each."""

    KIND = "owners"
    items: tuple[tuple[bool, int, bytes], ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CloseSet(Message):
    """Client has nothing more to add; answered by `SetClosed` once all is durable.

    Attributes:
        directories: Directories it looked into.
        entries: Entries it recorded in them: told by fingerprint or listing, less those
            that vanished or were left out.
        size_bytes: Plain bytes of the regular files among them.
        problems: Files it could not save as they are.
        heads: What it signs of the set, as in `SetOpened`; nothing in a backup in clear.
        total: In an encrypted modern backup the sum of the set, sealed; else empty.
    """

    KIND = "set.close"
    directories: int
    entries: int
    size_bytes: int
    problems: int
    heads: tuple[tuple[int, int, bytes, bytes, bytes], ...] = ()
    total: bytes = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SetClosed(Message):
    """The set is complete and durable.

    Attributes:
        name: Its final name.
        new_files: Contents that were not known before, kept whole.
        new_bytes: Plain bytes of all that were not known.
        stored_bytes: Bytes they take in the store.
        delta_files: Contents that were not known before, kept as deltas.
        notes: Sentences for the person at the client.
    """

    KIND = "set.closed"
    name: str
    priority: int
    new_files: int
    new_bytes: int
    stored_bytes: int
    delta_files: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Alive(Message):
    """A side is busy and still there."""

    KIND = "alive"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Trouble(Message):
    """A side gives up; nothing follows.

    Attributes:
        code: An error's wire code.
        text: One sentence for a person.
        hint: What to try, or empty.
    """

    KIND = "trouble"
    code: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Goodbye(Message):
    """Client has nothing more to say."""

    KIND = "goodbye"


MESSAGES: tuple[type[Message], ...] = (
    Hello,
    LoginWanted,
    LoginProof,
    Welcome,
    AskNewest,
    Newest,
    OpenSet,
    SetOpened,
    AddFilesystems,
    AddRoot,
    Fingerprints,
    Differ,
    Listing,
    Verdicts,
    Kept,
    Digests,
    DigestVerdicts,
    WantSignatures,
    SignaturePart,
    SignatureEnd,
    Contents,
    UploadHeld,
    UploadBegin,
    UploadPart,
    UploadSignature,
    UploadEnd,
    UploadAbort,
    Unread,
    Unlistable,
    Owners,
    CloseSet,
    SetClosed,
    PurgeSets,
    SetsPurged,
    Refused,
    Alive,
    Trouble,
    Goodbye,
)
