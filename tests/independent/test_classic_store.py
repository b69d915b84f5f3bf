"""The independent decoder applies deltas as librsync does, and takes nothing that is none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.delta import CLASSIC, MODERN, Style
from tardis.model import CLASSIC as SCHEME
from tests.delta.shapes import delta_of, edited, noise
from tests.independent.classic_store import by_catalog, by_meta, named, patched
from tests.store.test_deltas import store_first, store_next
from tests.store.workshop import Workshop

BASIS = bytes(range(256)) * 400


@pytest.mark.parametrize("style", [MODERN, CLASSIC])
@pytest.mark.parametrize(
    "edits",
    [
        [("overwrite", 0.5, 300)],
        [("insert", 0.0, 70_000), ("delete", 0.9, 5)],
        [("delete", 0.1, 90_000)],
    ],
    ids=["change", "grow", "shrink"],
)
def test_what_librsync_makes_is_applied(style: Style, edits: list[tuple[str, float, int]]) -> None:
    basis = noise(150_000)
    new = edited(basis, edits)
    assert patched(basis, delta_of(basis, new, style)) == new


@given(
    st.lists(
        st.one_of(
            st.binary(min_size=1, max_size=80),
            st.tuples(st.integers(0, 90_000), st.integers(1, 12_000)),
        ),
        max_size=8,
    ),
    st.integers(0, 3),
)
def test_every_width_of_a_number_is_read(parts: list[bytes | tuple[int, int]], power: int) -> None:
    delta, new = bytearray(b"rs\x026"), bytearray()
    width = 1 << max(power, 2)
    code = {4: 2, 8: 3}[width]
    for part in parts:
        if isinstance(part, bytes):
            delta += bytes([0x41 + code]) + len(part).to_bytes(width, "big") + part
            new += part
        else:
            start, count = part
            delta += bytes([0x45 + 4 * code + code])
            delta += start.to_bytes(width, "big") + count.to_bytes(width, "big")
            new += BASIS[start : start + count]
    assert patched(BASIS, bytes(delta) + b"\0") == bytes(new)


@pytest.mark.parametrize(
    "delta",
    [
        b"rs\x0260",
        b"no delta",
        b"rs\x026\x05abc",
        b"rs\x026\x45\xff\xff\0",
        b"rs\x026\x55\0",
        b"rs\x026\0more",
        b"rs\x026",
    ],
    ids=["magic", "text", "cut", "behind the basis", "command", "more", "no end"],
)
def test_what_is_no_delta_is_not_taken(delta: bytes) -> None:
    with pytest.raises((AssertionError, IndexError)):
        patched(b"short", delta)


def test_a_basis_is_found_by_its_sha_256_among_all_of_its_md5(tmp_path: Path) -> None:
    old = noise(100_000)
    new = edited(old, [("overwrite", 0.5, 10)])
    shop = Workshop(tmp_path / "base", scheme=SCHEME).create()
    number = store_next(shop, store_first(shop, old), (old, new), codec=1)
    (whole,) = (path for path in named(shop.home) if path.stat().st_size == len(old))
    strange = whole.with_name(f"{whole.name}-1")
    strange.write_bytes(b"another content of that MD5")
    strange.with_name(f"{strange.name}.meta").write_text('{"sha256": "00"}')
    assert by_catalog(shop.home)[number] == new
    assert [by_meta(path) for path in named(shop.home) if path != strange].count(new) == 1
