"""Streams on their way into a classic store: deltas kept as files, and what is refused of them."""

import json
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.delta import CLASSIC as STYLE
from tardis.model import CLASSIC, IntegrityError
from tardis.store import DeltaKeeper, Level, StoreWriter, classic_reading, open_scrub, prune
from tardis.store.streamed import stream_segments
from tardis.streams import Codec, compress, iter_stream
from tests.delta.shapes import delta_of, edited, noise, pieces, signature_of
from tests.store.test_deltas import keep, read, store_first, store_next
from tests.store.workshop import Workshop, descriptors, fill, name_of, root, row

OLD = noise(300_000)
NEW = edited(OLD, [("overwrite", 0.5, 300)])


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "base", scheme=CLASSIC).create()


def file_of(shop: Workshop, number: int) -> Path:
    ((digest, place),) = shop.rows("SELECT digest, place FROM contents WHERE id = ?", number)
    return Path(shop.layout.large(digest, place))


def told(shop: Workshop, number: int) -> dict[str, object]:
    found: dict[str, object] = json.loads(Path(f"{file_of(shop, number)}.meta").read_bytes())
    return found


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB])
def test_a_delta_is_what_rdiff_makes_and_its_meta_names_the_basis(
    shop: Workshop, codec: Codec
) -> None:
    first = store_first(shop, OLD)
    number = store_next(shop, first, (OLD, NEW), codec=codec)
    stored = file_of(shop, number).read_bytes()
    assert (zlib.decompress(stored) if codec else stored) == delta_of(OLD, NEW)
    below, above = told(shop, first), told(shop, number)
    assert (above["basis"], above["basis_sha256"]) == (below["checksum"], below["sha256"])
    assert (above["size"], above["disksize"]) == (len(NEW), len(stored))
    assert above["compressed"] is bool(codec) and "basis" not in below
    assert read(shop, number) == NEW


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([(0, 4, b"rs\x026"), (1, 1, compress(1, b"\0"))], id="two codecs"),
        pytest.param([(1, 9, compress(1, b"rs\x026\0"))], id="shorter"),
        pytest.param([(1, 5, compress(1, b"rs\x026\0" * 9))], id="longer"),
        pytest.param([(1, 5, compress(1, b"rs\x026\0")[:-1])], id="cut"),
        pytest.param([(1, 5, b"no stream")], id="no stream"),
        pytest.param([(0, len(NEW) + 1, bytes(len(NEW) + 1))], id="larger than the content"),
        pytest.param([], id="nothing"),
    ],
)
def test_what_is_no_delta_leaves_nothing(
    shop: Workshop, parts: list[tuple[int, int, bytes]], whole: bool
) -> None:
    first = store_first(shop, OLD)
    before = descriptors()
    with (
        pytest.raises(IntegrityError),
        shop.running() as writer,
        closing(DeltaKeeper(writer)) as keeper,
    ):
        below = writer.ask.content(first)
        assert below is not None
        upload = keeper.begin_delta(below)
        try:
            for part in parts:
                upload.add(part[0], part[1], part[2])
            how = keeper.keep_rebuilt if whole else keeper.keep_delta
            how(upload, bytes(48), len(NEW), below)
            writer.drain()
        finally:
            upload.abandon()
    assert shop.rows("SELECT count(*) FROM contents") == [(1,)]
    assert list(Path(shop.layout.incoming).iterdir()) == []
    assert descriptors() == before


def test_a_delta_that_was_kept_as_a_bomb_is_not_expanded(shop: Workshop) -> None:
    """As somebody may have put it there who can write the store's files."""
    number = store_next(shop, store_first(shop, OLD), (OLD, NEW), codec=1)
    bomb = compress(1, delta_of(OLD, NEW) + bytes(50_000_000))
    file_of(shop, number).write_bytes(bomb)
    shop.execute("UPDATE contents SET stored = ? WHERE id = ?", len(bomb), number)
    with pytest.raises(IntegrityError, match="more bytes than it should"):
        read(shop, number)


def test_parts_of_a_chain_are_proved_before_they_are_given_out(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = store_next(shop, store_first(shop, OLD), (OLD, NEW))
    passes: list[int] = []
    whole = classic_reading.ProvenContent.chunks

    def counted(content: classic_reading.ProvenContent) -> object:
        passes.append(1)
        return whole(content)

    monkeypatch.setattr(classic_reading.ProvenContent, "chunks", counted)
    with shop.reader() as reader, closing(reader.open(reader.contents([number])[number])) as opened:
        for offset in (200_000, 5, 149_990, len(NEW) - 3):
            assert opened.read_at(offset, 100) == NEW[offset : offset + 100]
    assert passes == [1]
    with file_of(shop, 1).open("r+b") as file:
        file.seek(299_000)
        file.write(b"damage")
    with shop.reader() as reader, closing(reader.open(reader.contents([number])[number])) as opened:
        with pytest.raises(IntegrityError):
            opened.read_at(5, 5)
        with pytest.raises(IntegrityError):
            list(opened.pieces())


def test_a_signature_lies_beside_its_content_and_goes_with_it(shop: Workshop) -> None:
    first = store_first(shop, OLD)
    with shop.running() as writer, closing(DeltaKeeper(writer)) as keeper:
        below = writer.ask.content(first)
        assert below is not None and keeper.keeps_signatures
        for _ in range(2):  # again, as after a run that was cut off
            keeper.keep_signature(below, signature_of(OLD, STYLE))
        path = Path(f"{file_of(shop, first)}.sig")
        assert str(path) in writer.group.files and str(path.parent) in writer.group.folders
        keep(writer, keeper, below, (OLD, NEW))
        root(writer)
        shop.complete(writer)
    assert path.read_bytes() == signature_of(OLD, STYLE)
    assert list(Path(shop.layout.incoming).iterdir()) == []
    shop.execute("UPDATE entries SET last_set = 1")
    shop.run({b"other": b"x"})
    with closing(shop.writer()) as writer:
        prune(writer, [1, 2])
    left = {path.name for path in shop.home.glob("??/??/*")}
    assert len(left) == 2 and not any(name.endswith(".sig") for name in left)


@pytest.mark.parametrize("links", [False, True])
def test_a_delta_has_a_link_to_its_basis_where_that_is_wanted(shop: Workshop, links: bool) -> None:
    first = store_first(shop, OLD)
    with shop.running() as writer, closing(DeltaKeeper(writer, links=links)) as keeper:
        below = writer.ask.content(first)
        assert below is not None
        keep(writer, keeper, below, (OLD, NEW))
        root(writer)
        shop.complete(writer)
    ((second,),) = shop.rows("SELECT max(id) FROM contents")
    link = Path(f"{file_of(shop, second)}.basis")
    assert link.is_symlink() is links
    assert not links or link.samefile(file_of(shop, first))
    with open_scrub(shop.layout) as scrub:
        scrub.structure()
        assert scrub.done.is_whole and not scrub.done.at(Level.NOTE)
    shop.execute("UPDATE entries SET last_set = 1")
    shop.run({b"other": b"x"})
    with closing(shop.writer()) as writer:
        prune(writer, [1, 2])
    assert not list(shop.home.glob("??/??/*.basis"))


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB])
def test_a_content_is_compressed_as_a_whole_or_not_at_all(codec: Codec) -> None:
    text, dense = [b"again " * 1000] * 3, [noise(6000), b"again " * 1000]
    packed = list(stream_segments(text, codec))
    assert {one[0] for one in packed} == {codec} and [one[1] for one in packed] == [6000] * 3
    stored = b"".join(one[2] for one in packed)
    assert (zlib.decompress(stored) if codec else stored) == b"".join(text)
    assert list(stream_segments(dense, codec)) == [(0, len(one), one) for one in dense]
    assert list(stream_segments([], codec)) == [(0, 0, b"")]


def put_sparse(writer: StoreWriter, plain: bytes, codec: int) -> int:
    """Store *plain* as the content of a file with holes; return its id."""
    upload = writer.begin_large(has_holes=True)
    for data, stored in iter_stream(codec, pieces(plain)):
        is_hole = not codec and not any(data)
        upload.add(codec, len(data), b"" if is_hole else stored)
    upload.prove(name_of(writer, plain), len(plain))
    return writer.keep_large(upload, name_of(writer, plain))


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB])
@pytest.mark.parametrize("ends_in_data", [False, True])
def test_holes_take_no_room_and_are_holes_again(
    shop: Workshop, codec: Codec, ends_in_data: bool
) -> None:
    plain = bytes(5 << 20) + b"island" + bytes(3 << 20) + b"end" * ends_in_data
    with shop.running() as writer:
        fill(writer, {})
        number = put_sparse(writer, plain, codec)
        writer.group.opened.append(row(b"file", number, 1, 1, len(plain)))
        shop.complete(writer)
    path = file_of(shop, number)
    assert path.stat().st_blocks * 512 < 2 << 20
    assert (zlib.decompress(path.read_bytes()) if codec else path.read_bytes()) == plain
    assert told(shop, number)["size"] == len(plain)
    with shop.reader() as reader:
        content = reader.contents([number])[number]
        assert content.has_holes and content.stored == path.stat().st_size
        with closing(reader.open(content)) as opened:
            assert b"".join(opened.chunks()) == plain
            islands = list(opened.pieces())
        made = bytearray(len(plain))
        for offset, piece in islands:
            made[offset : offset + len(piece)] = piece
        assert bytes(made) == plain and sum(len(piece) for _, piece in islands) <= 4 * 4096


def test_only_a_sparse_content_has_empty_parts(shop: Workshop) -> None:
    with pytest.raises(IntegrityError), shop.running() as writer:
        upload = writer.begin_large()
        try:
            upload.add(0, 1 << 20, b"")
            upload.prove(name_of(writer, bytes(1 << 20)), 1 << 20)
            writer.backlog.wait(writer.backlog.mark())
        finally:
            upload.abandon()
    assert list(Path(shop.layout.incoming).iterdir()) == []


BLOCKS = st.lists(st.sampled_from([bytes(4096), b"x" * 4096, b"y" + bytes(4095)]), max_size=6)


@given(BLOCKS, st.integers(0, 9000), st.binary(max_size=9))
def test_islands_are_all_that_is_not_zero(blocks: list[bytes], offset: int, end: bytes) -> None:
    piece = b"".join(blocks) + end
    made, at = bytearray(len(piece)), offset
    for start, island in classic_reading._islands(offset, piece):
        assert start >= at and island.strip(b"\0")
        made[start - offset : start - offset + len(island)] = island
        at = start + len(island)
    assert bytes(made) == piece
