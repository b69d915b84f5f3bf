"""Contents that arrive as deltas: proved, kept, and read through their chain."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import CLASSIC, SCHEMES, SEGMENT, IntegrityError, StoredContent
from tardis.store import DeltaKeeper, StoreWriter, proved
from tardis.store.chains import LONGEST
from tardis.streams import compress, iter_stream
from tests.delta.shapes import delta_of, edited, noise, pieces
from tests.store.workshop import Workshop, descriptors, fill, name_of, put, put_large, root, row

BIG = noise(3 * SEGMENT + 5000)


@pytest.fixture(params=SCHEMES)
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Workshop:
    return Workshop(tmp_path / "base", scheme=str(request.param)).create()


def keep(  # noqa: PLR0913
    writer: StoreWriter,
    keeper: DeltaKeeper,
    basis: StoredContent,
    files: tuple[bytes, bytes],
    *,
    whole: bool = False,
    codec: int = 0,
    delta: bytes | None = None,
) -> int:
    """Store the second of *files* as a delta against the first, which is *basis*."""
    old, new = files
    upload = keeper.begin_delta(basis)
    parts = pieces(delta_of(old, new) if delta is None else delta)
    if writer.layout.is_classic:
        segments = iter_stream(codec, parts)
    else:
        segments = ((part, compress(codec, part)) for part in parts)
    for part, stored in segments:
        upload.add(codec, len(part), stored)
    how = keeper.keep_rebuilt if whole else keeper.keep_delta
    return how(upload, name_of(writer, new), len(new), basis)


def store_first(shop: Workshop, data: bytes) -> int:
    """Store *data* whole in a first set; return its content id."""
    with shop.running() as writer:
        fill(writer, {})
        number = put_large(writer, data) if len(data) > 1 << 17 else put(writer, data)
        writer.group.opened.append(row(b"file", number, 1, 1, len(data)))
        shop.complete(writer)
    return number


def store_next(shop: Workshop, basis: int, files: tuple[bytes, bytes], **how: object) -> int:
    """Store the second of *files* in a set of its own, as a delta; return its content id."""
    with shop.running() as writer, closing(DeltaKeeper(writer)) as keeper:
        below = writer.ask.content(basis)
        assert below is not None
        number = keep(writer, keeper, below, files, **how)  # type: ignore[arg-type]
        root(writer)
        shop.complete(writer)
    return number


def read(shop: Workshop, number: int) -> bytes:
    with shop.reader() as reader:
        content = reader.contents([number])[number]
        with closing(reader.open(content)) as opened:
            assert opened.size == content.size
            return b"".join(opened.chunks())


GENERATIONS = {
    "a small delta of a large file": [("overwrite", 0.5, 4096)],
    "a large delta of a large file": [("overwrite", 0.1, 300_000), ("insert", 0.9, 7)],
    "nearly all of it": [("overwrite", 0.0, 2_000_000), ("delete", 0.9, 1)],
}


def test_a_basis_is_opened_unproved_for_whoever_proves_what_is_made_of_it(shop: Workshop) -> None:
    first = store_first(shop, BIG)
    with shop.running() as writer, closing(DeltaKeeper(writer)) as keeper:
        basis = writer.ask.content(first)
        assert basis is not None
        with open(writer.layout.large(basis.digest, basis.place), "r+b") as file:
            file.seek(SEGMENT + 500)
            file.write(b"damaged")
        with closing(keeper.open_unproved(basis)) as opened:
            assert len(opened.read_at(SEGMENT, SEGMENT)) == SEGMENT
            with pytest.raises(IntegrityError, match="digest"):
                list(opened.chunks())
        with closing(keeper.open_content(basis)) as opened, pytest.raises(IntegrityError):
            opened.read_at(SEGMENT, SEGMENT)
        shop.complete(writer)


@pytest.mark.parametrize("what", GENERATIONS)
@pytest.mark.parametrize("codec", [0, 1])
@pytest.mark.parametrize("beside", [0, 1 << 40])
def test_a_delta_reads_as_the_content_it_makes(
    shop: Workshop, what: str, codec: int, beside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proved, "BESIDE", beside)  # bytes from which a thread puts it together
    new = edited(BIG, GENERATIONS[what])
    first = store_first(shop, BIG)
    number = store_next(shop, first, (BIG, new), codec=codec)
    assert read(shop, number) == new and read(shop, first) == BIG
    ((basis, chain, size),) = shop.rows(
        "SELECT basis, chain, size FROM contents WHERE id = ?", number
    )
    assert (basis, chain, size) == (first, 1, len(new))
    assert os.listdir(shop.layout.incoming) == []


def test_a_delta_of_a_file_in_a_pack_reads_by_either_way(shop: Workshop) -> None:
    old = noise(100_000)
    new = edited(old, [("overwrite", 0.5, 3000)])
    number = store_next(shop, store_first(shop, old), (old, new))
    with shop.reader() as reader:
        assert reader.read_small(reader.contents([number])[number]) == new
    assert read(shop, number) == new


def test_any_part_of_a_chain_can_be_read(shop: Workshop) -> None:
    files, numbers = [BIG], [store_first(shop, BIG)]
    for place in range(5):
        new = edited(files[-1], [("insert", 0.15 * place, 100), ("overwrite", 0.8, 5000)])
        numbers.append(store_next(shop, numbers[-1], (files[-1], new)))
        files.append(new)
    with shop.reader() as reader:
        for number, data in zip(numbers, files, strict=True):
            with closing(reader.open(reader.contents([number])[number])) as opened:
                for offset in (0, 1, SEGMENT - 3, 2 * SEGMENT + 17, len(data) - 9, len(data)):
                    assert opened.read_at(offset, 9000) == data[offset : offset + 9000]
    assert [read(shop, number) for number in numbers] == files
    assert shop.rows("SELECT max(chain) FROM contents") == [(5,)]


@pytest.mark.parametrize("old", [BIG, noise(90_000)], ids=["large", "small"])
@pytest.mark.parametrize("codec", [0, 1])
def test_a_delta_can_be_kept_whole(shop: Workshop, old: bytes, codec: int) -> None:
    new = edited(old, [("overwrite", 0.5, 200), ("insert", 0.2, 50)])
    number = store_next(shop, store_first(shop, old), (old, new), whole=True, codec=codec)
    assert read(shop, number) == new
    assert shop.rows("SELECT basis, chain FROM contents WHERE id = ?", number) == [(None, 0)]
    assert os.listdir(shop.layout.incoming) == []


def test_the_journal_names_the_basis(shop: Workshop) -> None:
    new = edited(BIG, [("overwrite", 0.5, 10)])
    store_next(shop, store_first(shop, BIG), (BIG, new))
    lines = [line.split(":") for line in (shop.home / "tardis.journal").read_text().split()]
    ((first,), (second,)) = shop.rows("SELECT lower(hex(digest)) FROM contents ORDER BY id")
    if shop.scheme == CLASSIC:
        (line,) = (line for line in lines if line[0] == second[:32])
        assert (line[1], line[-2], line[-1]) == (first[:32], second[32:], first[32:])
    else:
        assert [second[:16], first[:16]] in [line[:2] for line in lines]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    "delta",
    [
        pytest.param(delta_of(BIG, edited(BIG, [("insert", 0.5, 9)])), id="another file"),
        pytest.param(b"rs\x026\0", id="an empty one"),
        pytest.param(b"noise" * 100_000, id="no delta"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_delta_that_makes_something_else_is_never_committed(
    shop: Workshop, delta: bytes, whole: bool
) -> None:
    new = edited(BIG, [("overwrite", 0.5, 10)])
    first = store_first(shop, BIG)
    before = descriptors()
    with pytest.raises(IntegrityError):
        store_next(shop, first, (BIG, new), delta=delta, whole=whole)
    assert shop.rows("SELECT count(*) FROM contents") == [(1,)]
    assert os.listdir(shop.layout.incoming) == []
    assert descriptors() == before
    assert read(shop, first) == BIG


def test_an_abandoned_delta_leaves_nothing(shop: Workshop) -> None:
    first = store_first(shop, BIG)
    with shop.running() as writer, closing(DeltaKeeper(writer)) as keeper:
        below = writer.ask.content(first)
        assert below is not None
        upload = keeper.begin_delta(below)
        upload.add(0, SEGMENT, bytes(SEGMENT))
        upload.abandon()
        writer.drain()
    assert os.listdir(shop.layout.incoming) == []


def three(shop: Workshop) -> list[int]:
    """Store a file and two deltas on it; return the ids."""
    one = edited(BIG, [("overwrite", 0.3, 10)])
    two = edited(one, [("overwrite", 0.6, 10)])
    first = store_first(shop, BIG)
    second = store_next(shop, first, (BIG, one))
    return [first, second, store_next(shop, second, (one, two))]


@pytest.mark.parametrize("on", [0, 1, 2])
def test_a_chain_that_goes_round_is_refused(shop: Workshop, on: int) -> None:
    numbers = three(shop)
    shop.execute("UPDATE contents SET basis = ? WHERE id = ?", numbers[on], numbers[1])
    if on == 0:
        shop.execute(
            "UPDATE contents SET basis = ?, chain = 1 WHERE id = ?", numbers[1], numbers[0]
        )
    with pytest.raises(IntegrityError):
        read(shop, numbers[2])


def test_a_chain_longer_than_it_says_is_refused(shop: Workshop) -> None:
    numbers = three(shop)
    shop.execute("UPDATE contents SET chain = 1 WHERE id = ?", numbers[2])
    with pytest.raises(IntegrityError, match="corrupt"):
        read(shop, numbers[2])


def test_a_chain_as_long_as_a_catalog_may_say_does_not_exhaust_us(shop: Workshop) -> None:
    numbers = three(shop)
    shop.execute("UPDATE contents SET chain = 1000000, basis = id WHERE id = ?", numbers[2])
    with pytest.raises(IntegrityError, match="corrupt"):
        read(shop, numbers[2])
    assert LONGEST == 100


@pytest.mark.parametrize("on", [0, 1])
def test_damage_below_shows_in_what_stands_on_it(shop: Workshop, on: int) -> None:
    numbers = three(shop)
    ((name, pack, place),) = shop.rows(
        "SELECT digest, pack, place FROM contents WHERE id = ?", numbers[on]
    )
    layout = shop.layout
    path = layout.large(name, place) if pack is None else layout.pack(pack)
    with open(path, "r+b") as file:
        file.seek(BIG.index(b"\0") + 2000 if pack is None else place + 100)
        file.write(b"damage")
    with pytest.raises(IntegrityError):
        read(shop, numbers[2])


def test_a_delta_is_no_whole_content(shop: Workshop) -> None:
    numbers = three(shop)
    shop.execute("UPDATE contents SET basis = NULL, chain = 0 WHERE id = ?", numbers[1])
    with pytest.raises(IntegrityError):
        read(shop, numbers[1])
    shop.execute("UPDATE contents SET basis = ?, chain = 1 WHERE id = ?", numbers[1], numbers[0])
    with pytest.raises(IntegrityError):
        read(shop, numbers[0])


def test_reading_a_chain_closes_what_it_opened(shop: Workshop) -> None:
    numbers = three(shop)
    with shop.reader() as reader:
        found = reader.contents([numbers[2]])[numbers[2]]
        seen = []
        for _ in range(2):
            with closing(reader.open(found)) as opened:
                assert opened.read_at(7, 9) == BIG[7:16]
            seen.append(descriptors())
        assert seen[0] == seen[1]


def test_what_a_needed_delta_stands_on_is_not_freed(shop: Workshop) -> None:
    first = store_first(shop, BIG)
    new = edited(BIG, [("overwrite", 0.5, 4096)])
    with shop.running() as writer, closing(DeltaKeeper(writer)) as keeper:
        below = writer.ask.content(first)
        assert below is not None
        number = keep(writer, keeper, below, (BIG, new))
        root(writer)
        writer.group.closed.append((1, 1, b"file"))
        writer.group.opened.append(row(b"file", number, 1, 2, len(new)))
        shop.complete(writer)
    with shop.reader() as reader:
        assert reader.freed_by([1]) == (0, 0)
    shop.execute("UPDATE contents SET basis = NULL")
    with shop.reader() as reader:
        count, size = reader.freed_by([1])
        assert count == 1 and size > len(BIG)


def test_no_chain_has_a_content_with_holes_in_it(shop: Workshop) -> None:
    first = store_first(shop, BIG)
    number = store_next(shop, first, (BIG, BIG + b"x"))
    shop.execute("UPDATE contents SET has_holes = 1 WHERE id = ?", first)
    with pytest.raises(IntegrityError, match="holes"):
        read(shop, number)
