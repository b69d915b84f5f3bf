"""Sealed deltas are taken in without a key: what cannot be one is refused, the rest read back."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import DeltaPlace, Seals
from tardis.model import SEGMENT, SMALL, IntegrityError, StoredContent, TardisError
from tardis.store.backlog import Backlog
from tardis.store.directory import DirectoryStore
from tardis.store.layout import Layout
from tardis.store.packs import PackReader
from tardis.store.records import HEADER, SEALED, parse_header
from tardis.store.sealed_deltas import (
    SealedDeltaUpload,
    check_links,
    look_at_links,
    open_sealed_delta,
)
from tardis.store.signatures import check_sealed_signature
from tests.crypto.slots import ring
from tests.delta.shapes import noise, signature_of

SEALS = Seals(ring())
DIGEST, BELOW = bytes(range(32)), bytes(range(32, 64))
CONTENT = StoredContent(2, DIGEST, 500_000, 0, 0, SEALED, 1, 1, None, 0, 0)
BASIS = StoredContent(1, BELOW, 400_000, 0, 0, SEALED, None, 0, None, 0, 0)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(str(tmp_path), str(tmp_path / "tardis.db"))
    Path(made.packs).mkdir()
    return made


@pytest.fixture
def backlog(tmp_path: Path) -> Iterator[Backlog]:
    made = Backlog(str(tmp_path))
    yield made
    made.close()


@pytest.fixture
def upload(tmp_path: Path, backlog: Backlog) -> SealedDeltaUpload:
    return SealedDeltaUpload(str(tmp_path / "incoming"), backlog)


def sealed_parts(parts: list[bytes]) -> tuple[list[bytes], bytes]:
    """Return the pieces of a large delta, and the last one."""
    sealing = SEALS.begin(BELOW)
    pieces = [sealing.part(0, len(part), 0, part) for part in parts]
    return pieces, sealing.end(DIGEST, sum(map(len, parts)))


class Lying(DirectoryStore):
    """What lies in the files of a store that has no catalog."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._packs = PackReader(layout)

    def close(self) -> None:
        self._packs.close()


def kept(layout: Layout, upload: SealedDeltaUpload, backlog: Backlog) -> StoredContent:
    """Let a large delta have its name, and return its row."""
    content = CONTENT._replace(stored=upload.stored)
    path = Path(layout.large(DIGEST, 0))
    path.parent.mkdir(exist_ok=True)
    assert upload.keep(content, BELOW, str(path)) == [str(path)]
    backlog.wait(backlog.mark())
    return content


def test_a_large_delta_comes_back(
    layout: Layout, upload: SealedDeltaUpload, backlog: Backlog
) -> None:
    parts = [noise(SEGMENT), noise(1000, 1)]
    pieces, last = sealed_parts(parts)
    for part, piece in zip(parts, pieces, strict=True):
        upload.add(0, len(part), piece)
    upload.end(last)
    content = kept(layout, upload, backlog)
    record = parse_header(Path(layout.large(DIGEST, 0)).read_bytes())
    assert (record.size, record.stored, record.basis) == (500_000, upload.stored, BELOW)
    with closing(Lying(layout)) as raw:
        delta = open_sealed_delta(raw, (content, BASIS), bytes(32), SEALS)
        with closing(delta):
            assert delta.size == SEGMENT + 1000
            assert delta.read_at(SEGMENT - 5, 10) == parts[0][-5:] + parts[1][:5]
        wrong = (content, BASIS._replace(digest=DIGEST))
        with pytest.raises(IntegrityError):
            open_sealed_delta(raw, wrong, bytes(32), SEALS)


def test_one_short_segment_may_be_a_file_too(
    layout: Layout, upload: SealedDeltaUpload, backlog: Backlog
) -> None:
    """Its compressed bytes may be too many for a pack: the last piece tells."""
    [piece], last = sealed_parts([b"delta"])
    upload.add(0, 5, piece)
    assert upload.small is not None
    upload.end(last)
    assert upload.small is None
    content = kept(layout, upload, backlog)
    with (
        closing(Lying(layout)) as raw,
        closing(open_sealed_delta(raw, (content, BASIS), bytes(32), SEALS)) as delta,
    ):
        assert delta.read_at(0, 9) == b"delta"


def test_a_small_delta_stays_in_memory(upload: SealedDeltaUpload, backlog: Backlog) -> None:
    piece = SEALS.seal_delta(DeltaPlace(0, 500_000, DIGEST, BELOW), 5, b"delta")
    upload.add(0, 5, piece)
    upload.end(b"")
    assert upload.small == (0, piece) and upload.stored == len(piece)
    assert upload.keep(CONTENT, BELOW, None) == []
    backlog.wait(backlog.mark())


def test_a_large_delta_needs_its_last_piece(upload: SealedDeltaUpload) -> None:
    with pytest.raises(IntegrityError, match="no last piece"):
        upload.end(b"")
    pieces, _ = sealed_parts([noise(SMALL + 1)])
    upload.add(0, SMALL + 1, pieces[0])
    with pytest.raises(IntegrityError, match="no last piece"):
        upload.end(b"")


@pytest.mark.parametrize("is_small", [False, True])
def test_what_was_spoilt_on_the_way_is_never_kept(
    layout: Layout, upload: SealedDeltaUpload, backlog: Backlog, is_small: bool
) -> None:
    pieces, last = sealed_parts([noise(SMALL + 1)])
    piece = SEALS.seal_delta(DeltaPlace(0, 9, DIGEST, BELOW), 5, b"x") if is_small else pieces[0]
    upload.add(0, 5 if is_small else SMALL + 1, piece[:-1] + bytes((piece[-1] ^ 1,)))
    upload.end(b"" if is_small else last)
    with pytest.raises(TardisError, match="checksum"):
        if is_small:
            upload.keep(CONTENT, BELOW, None)
            backlog.wait(backlog.mark())
        else:
            kept(layout, upload, backlog)
    assert not Path(layout.large(DIGEST, 0)).exists()


def test_what_is_given_up_leaves_nothing(
    tmp_path: Path, upload: SealedDeltaUpload, backlog: Backlog
) -> None:
    pieces, _ = sealed_parts([noise(SMALL + 1)])
    upload.add(0, SMALL + 1, pieces[0])
    assert upload.leave() == str(tmp_path / "incoming")
    backlog.wait(backlog.mark())
    assert not (tmp_path / "incoming").exists()


def test_a_chain_is_looked_at_without_a_key(
    layout: Layout, upload: SealedDeltaUpload, backlog: Backlog
) -> None:
    pieces, last = sealed_parts([noise(SMALL + 1)])
    upload.add(0, SMALL + 1, pieces[0])
    upload.end(last)
    content = kept(layout, upload, backlog)
    path = Path(layout.large(DIGEST, 0))
    whole = path.read_bytes()
    with closing(Lying(layout)) as raw:
        for look in (look_at_links, check_links):
            with pytest.raises(IntegrityError, match="cannot be read"):
                look(raw, [content, BASIS])  # its basis is not there
        path.write_bytes(whole[: HEADER.size + 500] + b"damage" + whole[HEADER.size + 506 :])
        with pytest.raises(IntegrityError, match="is damaged"):
            check_links(raw, [content, BASIS])


def test_a_sealed_signature_is_as_long_as_one_is_and_whole() -> None:
    basis = noise(200_000)
    piece = SEALS.seal_signature(DIGEST, signature_of(basis))
    check_sealed_signature(piece, len(basis))
    for wrong, size in ((piece, 300_000), (piece[:-1], len(basis)), (piece[::-1], len(basis))):
        with pytest.raises(IntegrityError):
            check_sealed_signature(wrong, size)
