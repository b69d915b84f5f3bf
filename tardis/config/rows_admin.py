"""Rows of sonic's verbs about clients: their rights, quotas, settings and state."""

from tardis.model import Right, read_right

from .option import Kind, Option
from .rows_common import switch
from .values import comma_list

_rights = comma_list(read_right)
_none: tuple[Right, ...] = ()

# fmt: off
GRANT: Option[tuple[Right, ...]] = Option("grant", "", "", _none, _rights,
    "let the client ask for this: add, list, restore, purge, priority or name; repeatable",
    kind=Kind.LIST, each=_rights, metavar="RIGHT", group="What to change")
REVOKE: Option[tuple[Right, ...]] = Option("revoke", "", "", _none, _rights,
    "let the client no longer ask for this; repeatable", kind=Kind.LIST, each=_rights,
    metavar="RIGHT", group="What to change")
RESET = switch("reset", "", "", False, "let the server's own settings hold for the client again",
    group="What to change")
# fmt: on
