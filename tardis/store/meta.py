"""The file ``<content>.meta`` of the classic scheme: what is in the file beside it.

One JSON object in one line, with the documented keys (`checksum`, `compressed`,
`encrypted`, `size`, `disksize`, and `basis` for a delta) and two of ours: `compression`,
the name of the method, and `sha256`, which proves the plain bytes.
"""

import json
from typing import Final

from tardis.crypto import MD5_SIZE
from tardis.streams import CODECS, Codec

SUFFIX: Final = ".meta"


def meta_text(digest: bytes, codec: int, size: int, stored: int) -> bytes:
    """Return the text for a whole content.

    Args:
        digest: Classic, 48 bytes.
        codec: Number of the compression.
        size: Plain bytes.
        stored: Bytes of the content's file.
    """
    told = {
        "checksum": digest[:MD5_SIZE].hex(),
        "compressed": codec != Codec.NONE,
        "encrypted": False,
        "size": size,
        "disksize": stored,
        "compression": CODECS[codec],
        "sha256": digest[MD5_SIZE:].hex(),
    }
    return json.dumps(told).encode() + b"\n"
