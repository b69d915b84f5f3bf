"""The file ``<content>.meta`` of the classic scheme: what is in the file beside it.

One JSON object in one line, with the documented keys (`checksum`, `compressed`,
`encrypted`, `size`, `disksize`, and `basis` for a delta) and some of ours: `compression`,
the name of the method, `sha256`, which proves the plain bytes, and `basis_sha256`.
"""

import json
from typing import Final

from tardis.crypto import MD5_SIZE
from tardis.streams import CODECS, Codec

SUFFIX: Final = ".meta"
BASIS: Final = ".basis"
"""Link beside a delta to the file that it stands on, for other tools; never read here."""

SIGNATURE: Final = ".sig"
"""Of a content that deltas stand on: its signature, for other tools; never read here."""


def meta_text(digest: bytes, codec: int, size: int, stored: int, basis: bytes = b"") -> bytes:
    """Return the text for a content.

    Args:
        digest: Classic, 48 bytes.
        codec: Number of the compression.
        size: Plain bytes.
        stored: Bytes of the content's file.
        basis: Digest of the content that its delta stands on; empty for a whole one.
    """
    told: dict[str, object] = {
        "checksum": digest[:MD5_SIZE].hex(),
        "compressed": codec != Codec.NONE,
        "encrypted": False,
        "size": size,
        "disksize": stored,
        "compression": CODECS[codec],
        "sha256": digest[MD5_SIZE:].hex(),
    }
    if basis:
        told["basis"] = basis[:MD5_SIZE].hex()
        told["basis_sha256"] = basis[MD5_SIZE:].hex()
    return json.dumps(told).encode() + b"\n"
