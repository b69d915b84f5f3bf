"""What the administrator decides for all requests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tardis.crypto import KeyRing, Stretch, stretch
from tardis.model import USUAL_RIGHTS, Right
from tardis.store import Place, StoreReader, open_reader

BODY_BYTES: Final = 1 << 20
"""Bytes of a request's body at the most."""

HEADER_BYTES: Final = 64 << 10
"""Bytes of a request's first line and headers at the most."""

OpenStore = Callable[[Place, str, KeyRing | None], StoreReader]
"""(place, client, keys) → the store, open for reading; the caller closes it."""


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
    stretch: Stretch = stretch

    @property
    def is_local(self) -> bool:
        """Rights bind all who come by HTTP."""
        return False
