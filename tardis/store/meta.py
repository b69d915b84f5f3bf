"""The file ``<content>.meta`` of the classic scheme: what is in the file beside it.

One JSON object in one line, with the documented keys (`checksum`, `compressed`,
`encrypted`, `size`, `disksize`, and `basis` for a delta) and some of ours: `compression`,
the name of the method, `sha256`, which proves the plain bytes, and `basis_sha256`.  Where
contents are sealed, `hmac_sha256` and `basis_hmac_sha256` take the place of these, and
`stored_sha256` shows without a key whether the file is whole.
"""

import json
from pathlib import Path
from typing import Final, NamedTuple

from tardis.crypto import MD5_SIZE
from tardis.model import IntegrityError
from tardis.streams import CODECS, Codec

SUFFIX: Final = ".meta"
BASIS: Final = ".basis"
"""Link beside a delta to the file that it stands on, for other tools; never read here."""

SIGNATURE: Final = ".sig"
"""Of a content that deltas stand on: its signature, for other tools; never read here."""

LONGEST: Final = 4096
"""Bytes of the text, at most."""

_NUMBERS: Final = {name: number for number, name in enumerate(CODECS)}


class Meta(NamedTuple):
    """What the text says.

    Attributes:
        digest: Classic, 48 bytes.
        codec: Number of the compression.
        size: Plain bytes.
        stored: Bytes of the content's file.
        basis: Digest of the content that its delta stands on; empty for a whole one.
        check: SHA-256 of the file of a sealed content; empty for others.
    """

    digest: bytes
    codec: int
    size: int
    stored: int
    basis: bytes = b""
    check: bytes = b""


def meta_text(meta: Meta) -> bytes:
    """Return the text for a content."""
    strong = "hmac_sha256" if meta.check else "sha256"
    told: dict[str, object] = {
        "checksum": meta.digest[:MD5_SIZE].hex(),
        "compressed": meta.codec != Codec.NONE,
        "encrypted": bool(meta.check),
        "size": meta.size,
        "disksize": meta.stored,
        "compression": CODECS[meta.codec],
        strong: meta.digest[MD5_SIZE:].hex(),
    }
    if meta.check:
        told["stored_sha256"] = meta.check.hex()
    if meta.basis:
        told["basis"] = meta.basis[:MD5_SIZE].hex()
        told[f"basis_{strong}"] = meta.basis[MD5_SIZE:].hex()
    return json.dumps(told).encode() + b"\n"


def parse_meta(text: bytes) -> Meta:
    """Return what *text* says.

    Raises:
        IntegrityError: It is not such a text.
    """
    try:
        told = json.loads(text)
        is_sealed = told["encrypted"] is True
        strong = "hmac_sha256" if is_sealed else "sha256"
        basis = b""
        if "basis" in told:
            basis = bytes.fromhex(told["basis"]) + bytes.fromhex(told[f"basis_{strong}"])
        return Meta(
            bytes.fromhex(told["checksum"]) + bytes.fromhex(told[strong]),
            _NUMBERS[told["compression"]],
            int(told["size"]),
            int(told["disksize"]),
            basis,
            bytes.fromhex(told["stored_sha256"]) if is_sealed else b"",
        )
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError("what stands beside a content makes no sense") from error


def read_meta(path: str) -> Meta:
    """Return what is told beside the content's file *path*.

    Raises:
        IntegrityError: Nothing, or no sense.
    """
    try:
        with Path(path + SUFFIX).open("rb") as file:
            text = file.read(LONGEST)
    except OSError as error:
        raise IntegrityError(f"{path}{SUFFIX} cannot be read: {error.strerror}") from error
    return parse_meta(text)
