"""What the administrator decides for all requests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from tardis.crypto import KeyRing, Stretch, stretch
from tardis.model import USUAL_RIGHTS, Right
from tardis.policy import Schedule
from tardis.store import Place, StoreReader, open_reader

BODY_BYTES: Final = 1 << 20
"""Bytes of a request's body at the most."""

HEADER_BYTES: Final = 64 << 10
"""Bytes of a request's first line and headers at the most."""

OpenStore = Callable[[Place, str, KeyRing | None], StoreReader]
"""(place, client, keys) → the store, open for reading; the caller closes it."""


class Keeping(NamedTuple):
    """How long the sets of a client are kept.

    Attributes:
        schedule: By their formats.
        min_free: Bytes that are to be free: further sets go early for that; 0 for none.
    """

    schedule: Schedule
    min_free: int = 0


def _for_ever(_stored: Mapping[str, str]) -> Keeping:
    return Keeping(Schedule((), ()))


@dataclass(frozen=True, slots=True, repr=False)
class WebOptions:
    """Settings of tardisremote.

    Attributes:
        place: Where the stores are.
        program: Name and version, told in answers.
        rights: Of clients for which nothing else was settled.
        allow_open: Clients without a password are served beyond this machine.
        require_password: Clients without a password are refused.
        compress: Compress answers when the browser takes them compressed.
        allow_cache: Let browsers keep answers, to ask whether they still hold.
        is_secure: Requests come by TLS.
        binding: SHA-256 of the certificate, what a login can be bound to; else empty.
        metrics_token: What monitoring on other machines shows for the metrics; empty: it
            gets none.
        db_backups: Copies of the catalog to keep.
        rate: Requests in a second that one address may make in the long run; 0: any number.
        verbose: 2 logs every request.
        log_details: Log the call chain of trouble too.
        open_store: How a store is opened.
        keeping: Tells how long sets are kept, by what is stored for their client; raises
            ConfigError where nobody has said so.
        stretch: How a password that is entered in a page is stretched.
    """

    place: Place
    program: str
    rights: tuple[Right, ...] = USUAL_RIGHTS
    allow_open: bool = False
    require_password: bool = False
    compress: bool = True
    allow_cache: bool = True
    is_secure: bool = False
    binding: bytes = b""
    metrics_token: str = ""
    db_backups: int = 5
    rate: float = 500.0
    verbose: int = 0
    log_details: bool = False
    open_store: OpenStore = open_reader
    keeping: Callable[[Mapping[str, str]], Keeping] = _for_ever
    stretch: Stretch = stretch

    @property
    def is_local(self) -> bool:
        """Rights bind all who come by HTTP."""
        return False
