"""The kinds of set that a client can ask for by one letter, whatever formats a server has."""

from typing import Final, NamedTuple


class SetKind(NamedTuple):
    """One of them.

    Attributes:
        format: Of its sets' names.
        priority: That its sets get.
        days: How long its sets are kept where the server has no period for the format; 0: for
            ever.
    """

    format: str
    priority: int
    days: int


SET_KINDS: Final = {
    "hourly": SetKind("Hourly-%Y-%m-%d:%H:%M", 10, 1),
    "daily": SetKind("Daily-%Y-%m-%d", 20, 30),
    "weekly": SetKind("Weekly-%Y-%U", 30, 180),
    "monthly": SetKind("Monthly-%Y-%m", 40, 0),
}
"""By the switch that asks for it."""


def kind_of(form: str) -> SetKind | None:
    """Return the kind whose sets are named by *form*, None when it is none."""
    return next((kind for kind in SET_KINDS.values() if kind.format == form), None)
