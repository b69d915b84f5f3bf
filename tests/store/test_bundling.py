"""Small contents that are alike are stored together, and read as if they were not."""

import random
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tardis.crypto import digest
from tardis.delta import pack_copy, parse_delta
from tardis.model import BUNDLED, SMALL, IntegrityError, StoredContent
from tardis.store import Bundles, StoreReader, prune
from tardis.store.bundling import TINY
from tardis.store.rebuild_scan import iter_headers
from tardis.store.records import Kind
from tardis.streams import Codec, compress
from tests.store.bundled import add, content_of, parts, run, text, texts, wholes
from tests.store.test_rebuild import lose, recover
from tests.store.workshop import Workshop, fill, name_of, root, row, shown


def stored(shop: Workshop) -> int:
    return sum(shop.packs().values())


def check(shop: Workshop, wanted: dict[int, dict[bytes, bytes]]) -> None:
    with shop.reader() as reader:
        for number, files in wanted.items():
            assert shown(reader, number) == files
    assert shop.rows("PRAGMA foreign_key_check") == []


def test_what_is_alike_takes_far_less_together(shop: Workshop, tmp_path: Path) -> None:
    alone = Workshop(tmp_path / "alone").create()
    files = texts(60)
    done = run(shop, files)
    run(alone, files, most=0)
    check(shop, {1: files})
    assert (parts(shop), wholes(shop)) == (60, 2) and parts(alone) == 0
    assert stored(shop) < 0.7 * stored(alone)
    (taken,) = shop.rows("SELECT sum(stored) FROM contents")
    assert (done.new_files, done.new_bytes, done.stored_bytes) == (60, 180_000, *taken)


def test_records_tell_what_they_are_by_themselves(shop: Workshop) -> None:
    run(shop, texts(10))
    (pack,) = shop.rows("SELECT number FROM packs WHERE holds = 'contents'")[0]
    found = [record for _, record in iter_headers(shop.layout.pack(pack))]
    keys, bundle, *rest = found
    assert (keys.kind, bundle.kind, bundle.size) == (Kind.KEYS, Kind.DATA, 30_000)
    assert {(one.kind, one.codec, one.basis) for one in rest} == {(Kind.DELTA, 0, bundle.digest)}
    assert len(rest) == 10 and max(one.stored for one in rest) <= 11


def test_a_bundle_never_grows_beyond_what_a_pack_takes(shop: Workshop) -> None:
    files = texts(20, size=BUNDLED)
    run(shop, files)
    check(shop, {1: files})
    (most,) = shop.rows("SELECT max(size) FROM contents")[0]
    assert most == SMALL and wholes(shop) == 5


def test_what_waits_is_known_and_goes_with_its_group(shop: Workshop) -> None:
    one, other = text(1), text(2)
    with shop.running() as writer:
        bundles = Bundles(writer)
        first = add(writer, bundles, one)
        assert add(writer, bundles, one) == first
        add(writer, bundles, other)
        assert not writer.group.contents and shop.rows("SELECT * FROM contents") == []
        fill(writer, {})
        writer.group.opened.append(row(b"f", first, 1, writer.number, len(one)))
        writer.drain()
        assert parts(shop) == 2
        third = add(writer, bundles, text(3))
        writer.group.opened.append(row(b"g", third, 1, writer.number, 3000))
        root(writer)
        shop.complete(writer)
    check(shop, {1: {b"f": one, b"g": text(3)}})
    assert content_of(shop, text(3)).basis is None, "alone it is no bundle"


NOISE = random.Random(3).randbytes(TINY)


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        (b"", Codec.NONE),
        (text(1, BUNDLED + 1), Codec.ZSTD),
        (text(1, TINY + 1), Codec.NONE),
        (text(1), Codec.ZLIB),
    ],
    ids=["empty", "too large", "dense", "another codec"],
)
def test_some_things_are_stored_as_they_came(shop: Workshop, data: bytes, codec: int) -> None:
    with shop.running() as writer:
        bundles = Bundles(writer)
        for seed in range(9):
            add(writer, bundles, text(seed, 500))
        if codec == Codec.ZLIB:
            bundles = Bundles(writer)
        add(writer, bundles, data, codec)
        assert [one[1] for one in writer.group.contents] == [name_of(writer, data)]


def test_nothing_is_compressed_where_clients_do_not(shop: Workshop) -> None:
    with shop.running() as writer:
        bundles = Bundles(writer)
        for seed in range(9):
            add(writer, bundles, text(seed, 500), Codec.NONE)
        assert len(writer.group.contents) == 9
        add(writer, bundles, text(10), Codec.ZSTD)
        add(writer, bundles, text(11, 500), Codec.NONE)
        bundles.write()
        assert len(writer.group.contents) == 10 and len(writer.group.deltas) == 2


def test_what_does_not_shrink_together_stays_apart(shop: Workshop) -> None:
    with shop.running() as writer:
        bundles = Bundles(writer)
        add(writer, bundles, bytes(2000))
        for start in range(0, 1000, 100):
            add(writer, bundles, NOISE[start : start + 100], Codec.NONE)
        bundles.write()
        assert (len(writer.group.contents), writer.group.deltas) == (11, [])


def test_only_so_much_of_a_run_is_taken(shop: Workshop) -> None:
    files = texts(20)
    run(shop, files, most=10 * 3000)
    assert (parts(shop), wholes(shop)) == (10, 11)
    check(shop, {1: files})


def test_other_bytes_than_were_told_end_the_run(shop: Workshop) -> None:
    run(shop, texts(2))
    with shop.running() as writer:
        bundles = Bundles(writer)
        wrong = compress(Codec.ZSTD, text(8))
        with pytest.raises(IntegrityError, match="digest"):
            bundles.add(name_of(writer, text(9)), 3000, Codec.ZSTD, wrong)
        with pytest.raises(IntegrityError):
            bundles.add(name_of(writer, text(8)), 2999, Codec.ZSTD, wrong)
        with pytest.raises(IntegrityError, match="impossible"):
            bundles.add(name_of(writer, b"x"), 1, Codec.ZSTD, bytes(SMALL + 1))
    assert shop.rows("SELECT count(*) FROM contents") == [(3,)]


def test_a_bundle_that_is_a_content_already_is_not_stored_again(shop: Workshop) -> None:
    one, other = text(1), text(2)
    run(shop, {b"both": one + other})
    run(shop, {b"one": one, b"other": other})
    assert (parts(shop), wholes(shop)) == (0, 3)
    check(shop, {1: {b"both": one + other}, 2: {b"one": one, b"other": other}})


def test_damage_in_a_bundle_is_found_and_healed_by_the_next_run(shop: Workshop) -> None:
    files = texts(12)
    run(shop, files)
    bundle = shop.rows("SELECT pack, place FROM contents WHERE basis IS NULL")[0]
    path = Path(shop.layout.pack(bundle[0]))
    data = bytearray(path.read_bytes())
    data[bundle[1] + 500] ^= 1
    path.write_bytes(data)
    with shop.reader() as reader, pytest.raises(IntegrityError):
        shown(reader, 1)
    shop.execute("UPDATE contents SET is_damaged = 1")
    run(shop, files)
    check(shop, {1: files, 2: files})
    assert parts(shop) == 0, "what is stored anew is stored whole"


def test_a_bundle_goes_when_half_of_it_is_dead(shop: Workshop) -> None:
    files = texts(40)
    run(shop, files)
    some_of = {name: files[name] for name in sorted(files)[:25]}
    few = {name: files[name] for name in sorted(files)[:3]}
    made = {2: some_of, 3: few}
    run(shop, some_of)
    run(shop, few)
    with closing(shop.writer()) as writer:
        assert prune(writer, [1]).flattened == 0
    assert parts(shop) == 25
    with closing(shop.writer()) as writer:
        assert prune(writer, [2]).flattened == 3
    assert (parts(shop), wholes(shop)) == (0, 3)
    check(shop, {3: made[3]})


def test_everything_comes_back_without_the_catalog(shop: Workshop) -> None:
    files, later = texts(40), texts(30, 20)
    run(shop, files)
    run(shop, later)
    before = shop.rows("SELECT hex(digest), size, chain FROM contents ORDER BY 1")
    lose(shop, keys=True)
    assert recover(shop)[1].missing == 0
    check(shop, {1: files, 2: later})
    assert shop.rows("SELECT hex(digest), size, chain FROM contents ORDER BY 1") == before


class Counting:
    """Counts the records that a reader asks its store for."""

    def __init__(self, reader: StoreReader, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places: list[int] = []
        raw = reader._raw
        record = raw.record

        def counted(pack: int, place: int, size: int) -> bytes | memoryview:
            self.places.append(place)
            return record(pack, place, size)

        monkeypatch.setattr(raw, "record", counted)


def test_a_bundle_is_read_once_for_all_its_parts(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = texts(40)
    run(shop, files)
    with shop.reader() as reader:
        counting = Counting(reader, monkeypatch)
        assert shown(reader, 1) == files
    assert len(counting.places) == 41 == len(set(counting.places))


def test_few_bundles_are_kept_in_memory(shop: Workshop) -> None:
    files = texts(60, size=BUNDLED)
    run(shop, files)
    check(shop, {1: files})
    with shop.reader() as reader:
        shown(reader, 1)
        assert len(reader._parts._kept) == 8


@pytest.mark.parametrize("change", ["chain = 0", "basis = 1", "place = place + 1", "size = 2999"])
def test_rows_that_lie_are_found_out(shop: Workshop, change: str) -> None:
    run(shop, {b"0": b"x", **texts(5)})
    (number,) = shop.rows("SELECT max(id) - 1 FROM contents WHERE basis IS NOT NULL")[0]
    shop.execute(f"UPDATE contents SET {change} WHERE id = ?", number)
    with shop.reader() as reader, pytest.raises(IntegrityError):
        reader.open(reader.contents([number])[number])


@given(some.integers(0, SMALL), some.integers(1, BUNDLED))
def test_a_part_is_a_delta_like_any_other(offset: int, length: int) -> None:
    delta = pack_copy(offset, length)
    patch = parse_delta(lambda at, count: delta[at : at + count], len(delta), 1 << 20, length)
    asked: list[tuple[int, int]] = []

    def below(at: int, count: int) -> bytes:
        asked.append((at, count))
        return bytes(count)

    assert patch.read_at(0, length, below) == bytes(length)
    assert asked[0][0] == offset and sum(count for _, count in asked) == length


def test_what_is_a_part_is_told_by_its_size() -> None:
    facts = StoredContent(1, digest(bytes(32), b""), BUNDLED, 9, 0, 0, 2, 1, 3, 0, 0)
    assert facts.is_part
    assert not facts._replace(basis=None).is_part
    assert not facts._replace(size=BUNDLED + 1).is_part
