"""Rebuilds the catalog of a store: what there is, shown; then done, beside the old one."""

from collections.abc import Callable
from contextlib import closing

from tardis.policy import check_client_name
from tardis.store import Place, Rebuild, Rebuilt, Survey

Agree = Callable[[Survey], bool]
"""Shows what there is and says whether to go on; not asked where nothing has to be done."""


def recover(place: Place, client: str, agree: Agree) -> tuple[Survey, Rebuilt | None]:
    """Rebuild the catalog of *client*, and its keys file, where they are lost or damaged.

    The store is locked from the look at it to the end, the answer of *agree* included.

    Returns:
        What was found, and what the new catalog holds; None when nothing was changed.

    Raises:
        StoreError: There is nothing to recover from, or the store cannot be used.
        StoreBusyError: Somebody writes it.
    """
    with closing(Rebuild(place, check_client_name(client))) as work:
        if work.survey.is_whole or not agree(work.survey):
            return work.survey, None
        return work.survey, work.put(work.build())
