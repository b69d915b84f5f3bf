import hashlib
import json

import pytest

from tardis.crypto import digest
from tardis.store.meta import meta_text


@pytest.mark.parametrize("codec, name", [(0, "none"), (1, "zlib"), (2, "bzip"), (3, "lzma")])
def test_it_is_one_line_with_the_documented_keys(codec: int, name: str) -> None:
    text = meta_text(digest(b"", b"data"), codec, 4, 3)
    assert text.endswith(b"}\n") and text.count(b"\n") == 1
    assert json.loads(text) == {
        "checksum": hashlib.md5(b"data").hexdigest(),
        "compressed": codec != 0,
        "encrypted": False,
        "size": 4,
        "disksize": 3,
        "compression": name,
        "sha256": hashlib.sha256(b"data").hexdigest(),
    }
