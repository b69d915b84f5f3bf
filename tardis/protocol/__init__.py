"""The conversation between client and daemon, without any I/O."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from . import listing, lookups, messages
    from .codec import MAX_FRAME, PROTOCOL, frame_length, release
    from .conversation import CLIENT, SERVER, State
    from .messages import Message
    from .session import Session

__all__ = [
    "CLIENT",
    "MAX_FRAME",
    "PROTOCOL",
    "SERVER",
    "Message",
    "Session",
    "State",
    "frame_length",
    "listing",
    "lookups",
    "messages",
    "release",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
