"""Looking at source trees: walking, reading, and what a file system can be trusted with."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .attributes import AttributeReader
    from .bodies import Advance, Body
    from .claims import Claims
    from .counting import count_ahead
    from .exclusions import Exclusions, read_rules
    from .filesystems import Filesystems, Origin, keeps_inodes
    from .flags import FlagReader
    from .holes import ZEROS
    from .opening import DENIED, GONE, trouble
    from .places import Place, WalkRules
    from .power import read_supplies
    from .ranges import PAUSE, Identity, Range, cut, cut_range, range_of
    from .reading import (
        ATTEMPTS,
        CHANGED,
        HEADER,
        FolderReader,
        Open,
        Read,
    )
    from .snapshot_plan import plan_snapshots
    from .snapshots import FOLDER, Snapshot, shown
    from .sources import Source, ancestors, look_at, real_path
    from .trail import Stop, Trail
    from .walker import Unlisted, Walker

__all__ = [
    "ATTEMPTS",
    "CHANGED",
    "DENIED",
    "FOLDER",
    "GONE",
    "HEADER",
    "PAUSE",
    "ZEROS",
    "Advance",
    "AttributeReader",
    "Body",
    "Claims",
    "Exclusions",
    "Filesystems",
    "FlagReader",
    "FolderReader",
    "Identity",
    "Open",
    "Origin",
    "Place",
    "Range",
    "Read",
    "Snapshot",
    "Source",
    "Stop",
    "Trail",
    "Unlisted",
    "WalkRules",
    "Walker",
    "ancestors",
    "count_ahead",
    "cut",
    "cut_range",
    "keeps_inodes",
    "look_at",
    "plan_snapshots",
    "range_of",
    "read_rules",
    "read_supplies",
    "real_path",
    "shown",
    "trouble",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
