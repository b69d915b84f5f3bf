"""Rows of sonic's verbs about clients: their rights, quotas, settings and state."""

from tardis.model import Right, read_right

from .option import Kind, Option
from .rows_common import names, switch, text
from .values import age, byte_count, comma_list, non_negative

_rights = comma_list(read_right)
_none: tuple[Right, ...] = ()
nothing: int | None = None

# fmt: off
GRANT: Option[tuple[Right, ...]] = Option("grant", "", "", _none, _rights,
    "let the client ask for this: add, list, restore, purge, priority or name; repeatable",
    kind=Kind.LIST, each=_rights, metavar="RIGHT", group="What to change")
REVOKE: Option[tuple[Right, ...]] = Option("revoke", "", "", _none, _rights,
    "let the client no longer ask for this; repeatable", kind=Kind.LIST, each=_rights,
    metavar="RIGHT", group="What to change")
QUOTA_BYTES: Option[int | None] = Option("bytes", "", "", nothing, byte_count,
    "bytes that the client's contents may take, as 500M or 10G; 0 for any number",
    metavar="SIZE", group="What to change")
QUOTA_FILES: Option[int | None] = Option("files", "", "", nothing, non_negative,
    "versions of files and directories that the client may keep; 0 for any number",
    metavar="N", group="What to change")
MAX_AGE: Option[int | None] = Option("max-age", "", "", nothing, age,
    "end with status 19 when the newest good set of a client is older, as 36h or 2d",
    metavar="AGE", group="What to show")
RESET = switch("reset", "", "", False, "let the server's own settings hold for the client again",
    group="What to change")
FIND_NAMES = names("", "", "", "patterns of names, or with a slash of paths",
    positional="*", metavar="NAME", group="What to show")
NEWER = text("newer", "", "", "", "last changed at that time or after", metavar="WHEN",
    group="What to show")
OLDER = text("older", "", "", "", "last changed at that time or before", metavar="WHEN",
    group="What to show")
LARGER: Option[int | None] = Option("larger", "", "", nothing, byte_count,
    "at least that many bytes, as 500K or 10M", metavar="SIZE", group="What to show")
SMALLER: Option[int | None] = Option("smaller", "", "", nothing, byte_count,
    "at most that many bytes", metavar="SIZE", group="What to show")
TAGS = names("", "", "", "tags; all are listed when none is named", positional="*", metavar="TAG",
    group="What to change")
TAG_REMOVE = switch("remove r", "", "", False, "take the tags away", group="What to change")
TAG_MOVE = switch("move m", "", "", False, "let tags of other sets name this one",
    group="What to change")
# fmt: on
