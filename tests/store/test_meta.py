import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import digest
from tardis.model import IntegrityError
from tardis.store.meta import SUFFIX, Meta, meta_text, parse_meta, read_meta

DIGESTS = st.binary(min_size=48, max_size=48)
METAS = st.builds(
    Meta,
    DIGESTS,
    st.integers(0, 4),
    st.integers(0, 1 << 62),
    st.integers(0, 1 << 62),
    st.just(b"") | DIGESTS,
    st.just(b"") | st.binary(min_size=32, max_size=32),
)


@pytest.mark.parametrize("codec, name", [(0, "none"), (1, "zlib"), (2, "bzip"), (3, "lzma")])
def test_it_is_one_line_with_the_documented_keys(codec: int, name: str) -> None:
    text = meta_text(Meta(digest(b"", b"data"), codec, 4, 3))
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


def test_of_a_sealed_content_it_gives_no_hash_away_that_could_be_compared() -> None:
    told = json.loads(meta_text(Meta(bytes(range(48)), 1, 9, 112, bytes(48), bytes(32))))
    assert told["encrypted"] is True and told["disksize"] == 112
    assert told["checksum"] == bytes(range(16)).hex()
    assert told["hmac_sha256"] == bytes(range(16, 48)).hex()
    assert told["stored_sha256"] == bytes(32).hex()
    assert told["basis"] == "00" * 16 and told["basis_hmac_sha256"] == "00" * 32
    assert not {"sha256", "basis_sha256"} & told.keys()


@given(METAS)
def test_what_is_written_is_read(meta: Meta) -> None:
    assert parse_meta(meta_text(meta)) == meta


@pytest.mark.parametrize(
    "text",
    [b"", b"rubbish", b"[]", b"{}", meta_text(Meta(bytes(48), 0, 1, 1)).replace(b"none", b"lz9")],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(IntegrityError, match="no sense"):
        parse_meta(text)
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_meta(str(tmp_path / "x"))
    (tmp_path / f"x{SUFFIX}").write_bytes(text)
    with pytest.raises(IntegrityError, match="no sense"):
        read_meta(str(tmp_path / "x"))
