"""Who may say what, when: the one table both sides live by.

The table is the client's; the server's is its mirror image, so the two cannot drift
apart.  docs/protocol.md and its picture are printed from it.
"""

from enum import Enum, auto
from typing import Final

from .messages import (
    AddFilesystems,
    AddRoot,
    Alive,
    AskNewest,
    CloseSet,
    Contents,
    Differ,
    Digests,
    DigestVerdicts,
    Fingerprints,
    Goodbye,
    Hello,
    Kept,
    Listing,
    LoginProof,
    LoginWanted,
    Message,
    Newest,
    OpenSet,
    Owners,
    PurgeSets,
    Refused,
    SetClosed,
    SetOpened,
    SetsPurged,
    SignatureEnd,
    SignaturePart,
    Trouble,
    Unlistable,
    Unread,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadHeld,
    UploadPart,
    UploadSignature,
    Verdicts,
    WantSignatures,
    Welcome,
)


class State(Enum):
    """Where one side is in the conversation, as that side sees it."""

    GREETING = auto()
    GREETED = auto()
    ASKED = auto()
    PROVED = auto()
    READY = auto()
    LOOKING = auto()
    OPENING = auto()
    BACKUP = auto()
    UPLOAD = auto()
    CLOSING = auto()
    PURGING = auto()
    CLOSED = auto()


class Way(Enum):
    """Direction of a message, seen from the side whose table it is."""

    SENT = auto()
    GOT = auto()


Table = dict[tuple[State, Way, type[Message]], State]

_TELLING = (
    AddFilesystems,
    AddRoot,
    Fingerprints,
    Listing,
    Kept,
    Digests,
    WantSignatures,
    Contents,
    Unread,
    Unlistable,
    Owners,
)
_ANSWERS = (Differ, Verdicts, DigestVerdicts, SignaturePart, SignatureEnd, UploadHeld)
_BUSY = (
    State.READY,
    State.LOOKING,
    State.OPENING,
    State.BACKUP,
    State.UPLOAD,
    State.CLOSING,
    State.PURGING,
)
_TALKING = (State.GREETING, State.GREETED, State.ASKED, State.PROVED, *_BUSY)

CLIENT: Final[Table] = {
    (State.GREETING, Way.SENT, Hello): State.GREETED,
    (State.GREETED, Way.GOT, Welcome): State.READY,
    (State.GREETED, Way.GOT, LoginWanted): State.ASKED,
    (State.ASKED, Way.SENT, LoginProof): State.PROVED,
    (State.PROVED, Way.GOT, Welcome): State.READY,
    (State.READY, Way.SENT, AskNewest): State.LOOKING,
    (State.LOOKING, Way.GOT, Newest): State.READY,
    (State.READY, Way.SENT, OpenSet): State.OPENING,
    (State.READY, Way.SENT, Goodbye): State.CLOSED,
    (State.OPENING, Way.GOT, SetOpened): State.BACKUP,
    **{(State.BACKUP, Way.SENT, kind): State.BACKUP for kind in _TELLING},
    **{(State.BACKUP, Way.GOT, kind): State.BACKUP for kind in _ANSWERS},
    (State.BACKUP, Way.SENT, UploadBegin): State.UPLOAD,
    (State.UPLOAD, Way.SENT, UploadPart): State.UPLOAD,
    (State.UPLOAD, Way.SENT, UploadSignature): State.UPLOAD,
    (State.UPLOAD, Way.SENT, UploadEnd): State.BACKUP,
    (State.UPLOAD, Way.SENT, UploadAbort): State.BACKUP,
    **{(State.UPLOAD, Way.GOT, kind): State.UPLOAD for kind in _ANSWERS},
    (State.BACKUP, Way.SENT, CloseSet): State.CLOSING,
    (State.CLOSING, Way.GOT, SetClosed): State.READY,
    (State.READY, Way.SENT, PurgeSets): State.PURGING,
    (State.PURGING, Way.GOT, SetsPurged): State.READY,
    (State.PURGING, Way.GOT, Refused): State.READY,
    **{(state, way, Alive): state for state in _BUSY for way in Way},
    **{(state, way, Trouble): State.CLOSED for state in _TALKING for way in Way},
}
"""The client's side of the conversation."""

_FLIP = {Way.SENT: Way.GOT, Way.GOT: Way.SENT}

SERVER: Final[Table] = {
    (state, _FLIP[way], kind): after for (state, way, kind), after in CLIENT.items()
}
"""The server's side: every message the other way round."""
