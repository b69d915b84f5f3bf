"""Looking at source trees: walking, reading, and what a file system can be trusted with."""

from .attributes import AttributeReader
from .bodies import Advance, Body
from .counting import count_ahead
from .filesystems import Filesystems
from .opening import DENIED, GONE, trouble
from .reading import (
    ATTEMPTS,
    CHANGED,
    HEADER,
    FolderReader,
    Open,
    Read,
)
from .sources import Source, ancestors, look_at, real_path
from .walker import Identity, Place, Range, Unlisted, Walker, WalkRules, range_of

__all__ = [
    "ATTEMPTS",
    "CHANGED",
    "DENIED",
    "GONE",
    "HEADER",
    "RACY",
    "Advance",
    "AttributeReader",
    "Body",
    "Filesystems",
    "FolderReader",
    "Identity",
    "Open",
    "Place",
    "Range",
    "Read",
    "Source",
    "Unlisted",
    "WalkRules",
    "Walker",
    "ancestors",
    "count_ahead",
    "look_at",
    "range_of",
    "real_path",
    "trouble",
]
