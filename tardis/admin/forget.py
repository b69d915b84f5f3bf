"""Takes paths out of all history of a client."""

from collections.abc import Sequence

from tardis.crypto import KeyRing
from tardis.model import UsageError
from tardis.policy import check_client_name
from tardis.store import (
    Claim,
    Flushers,
    ForgetAgree,
    Forgotten,
    Place,
    Signing,
    forget_paths,
    open_writer,
)


def forget(  # noqa: PLR0913, PLR0917 - what it works with
    place: Place,
    client: str,
    paths: Sequence[bytes],
    agree: ForgetAgree,
    ring: KeyRing | None = None,
    signing: Signing | None = None,
) -> Forgotten | None:
    """Take *paths*, as stored, out of every set; see `store.forget_paths`.

    An encrypted store takes its keys, *ring*; *signing* signs its sets anew.

    Raises:
        UsageError: A path is none.
        NoSuchPathError: No set ever held one of them.
        StoreBusyError: Somebody writes the store.
        StoreError: It cannot be written.
    """
    wanted = [path.rstrip(b"/") for path in paths]
    if not all(wanted):
        raise UsageError("a path that is to be forgotten cannot be empty, or the top of all")
    client = check_client_name(client)
    writer = open_writer(place, client, Claim(f"forgetting files of {client}"), Flushers())
    try:
        return forget_paths(writer, wanted, agree, ring, signing)
    finally:
        writer.close()
