"""What every reader of the past promises, whatever holds it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import CLASSIC, MODERN, OPEN, SCHEMES, IntegrityError, Reader
from tardis.store import Place, change_tags, open_raw
from tests.history.memory_reader import MemoryReader, MemoryStore, backup_set
from tests.store.workshop import BOX, Workshop, fill, put, put_large, root, row
from tests.web.lending import Far, lending

SMALL, OTHER, LARGE = b"small", b"other", b"large " * 50_000

Damage = Callable[[], None]
House = Callable[[Path], tuple[Reader, Damage]]


def modern(base: Path) -> tuple[Reader, Damage]:
    return directory(base, MODERN)


def classic(base: Path) -> tuple[Reader, Damage]:
    return directory(base, CLASSIC)


def directory(base: Path, scheme: str) -> tuple[Reader, Damage]:
    """Set 1 has a, b and big; in set 2 b is another; set 3 has a alone."""
    shop = Workshop(base, scheme=scheme).create()
    with shop.running() as writer:
        fill(writer, {b"a": SMALL, b"b": SMALL})
        big = put_large(writer, LARGE)
        writer.group.opened.append(row(b"big", big, 1, 1, len(LARGE)))
        above, below = (writer.new_directory() for _ in range(2))
        writer.group.new_directories += [(above, 1, 3, 0), (below, 1, 4, 0)]
        listed = (0o40755, 0, 0, 0, 5, 6, 7, 8, 1, 4, 0, 0)
        writer.group.opened.append((above, b"sub", *listed, below, None, None, 1, 0, None))
        shop.complete(writer, name="Set-1")
    with shop.running() as writer:
        writer.group.closed.append((1, 1, b"b"))
        writer.group.opened.append(row(b"b", put(writer, OTHER), 1, 2, len(OTHER)))
        root(writer)
        shop.complete(writer, name="Set-2")
    with shop.running() as writer:
        writer.group.closed += [(2, 1, b"b"), (2, 1, b"big")]
        root(writer)
        shop.complete(writer, name="Set-3")

    def damage() -> None:
        files = filter(Path.is_file, shop.home.glob("[0-9a-f][0-9a-f]/**/*"))
        for path in (*shop.layout_packs(), *files):
            path.write_bytes(path.read_bytes().replace(b"a", b"X"))

    return shop.reader(), damage


def memory(_: Path) -> tuple[Reader, Damage]:
    store = MemoryStore(sets=[backup_set(number) for number in (1, 2, 3)])
    for number in (1, 2, 3):
        store.root(b"top", number=number)
    store.file(1, b"a", SMALL)
    store.file(1, b"b", SMALL, content=1, last_set=1)
    store.file(1, b"big", None, content=store.add_content(LARGE, is_large=True), last_set=2)
    store.entries[1][-1] = store.entries[1][-1]._replace(size=len(LARGE))
    store.file(1, b"b", OTHER, first_set=2, last_set=2)
    store.folder(2, b"sub", 3)

    def damage() -> None:
        for number in store.data:
            store.damage(number, b"rubbish")

    return store.reader(), damage


HOUSES: dict[str, House] = {"modern": modern, "classic": classic, "memory": memory}


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    with lending(tmp_path_factory.mktemp("far") / "base") as made:
        yield made


@pytest.fixture(params=["modern", "classic", "memory", "far modern", "far classic"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Reader, Damage]]:
    """Each sort of store, also read by HTTP."""
    *away, name = request.param.split()
    reader, damage = HOUSES[name](tmp_path / "base")
    with closing(reader):
        if not away:
            yield reader, damage
            return
        server: Far = request.getfixturevalue("far")
        raw = open_raw(Place(str(tmp_path / "base")), BOX)
        with closing(raw), closing(server.reader(raw)) as other:
            yield other, damage


@pytest.fixture
def reader(house: tuple[Reader, Damage]) -> Reader:
    return house[0]


def bytes_of(reader: Reader, number: int | None) -> bytes:
    assert number is not None
    content = reader.open(reader.contents([number])[number])
    with closing(content):
        parts = list(content.chunks())
        assert max(map(len, parts), default=0) <= 1 << 20
        assert content.size == sum(map(len, parts))
    return b"".join(parts)


def test_sets_come_by_number(reader: Reader) -> None:
    assert [(one.number, one.name, one.is_complete) for one in reader.sets()] == [
        (1, "Set-1", True),
        (2, "Set-2", True),
        (3, "Set-3", True),
    ]


def test_every_set_has_its_roots(reader: Reader) -> None:
    for number in (1, 2, 3):
        assert [(one.path, one.directory) for one in reader.roots(number)] == [(b"top", 1)]
    assert reader.roots(99) == []


@pytest.mark.parametrize(
    "number, wanted",
    [
        (1, {b"a": SMALL, b"b": SMALL, b"big": LARGE}),
        (2, {b"a": SMALL, b"b": OTHER, b"big": LARGE}),
        (3, {b"a": SMALL}),
    ],
)
def test_a_set_shows_what_it_had(reader: Reader, number: int, wanted: dict[bytes, bytes]) -> None:
    found = {one.name: bytes_of(reader, one.content) for one in reader.children(1, number)}
    assert found == wanted
    for name, data in wanted.items():
        one = reader.child(1, number, name)
        assert one is not None and one.size == len(data) and one.is_regular
        assert one.first_set <= number <= one.last_set <= OPEN
    assert sorted(reader.names(1, number)) == [(name, None) for name in sorted(wanted)]
    assert list(reader.names(2, number)) == [(b"sub", 3)]
    assert reader.child(1, number, b"none") is None
    assert list(reader.children(99, number)) == []


def test_what_is_told_briefly_is_what_the_rows_say(reader: Reader) -> None:
    for number in (1, 2, 3):
        told = reader.kinds([1, 2, 99], number)
        assert told is None or 1 in told
        for directory, (folders, others) in (told or {}).items():
            rows = list(reader.children(directory, number))
            assert folders == [one for one in rows if one.is_directory]
            assert sorted(one[:4] for one in others) == sorted(
                (one.name, one.mode, one.filesystem, one.inode)
                for one in rows
                if not one.is_directory
            )


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [(1, 3, b"a b b big"), (1, 1, b"a b big"), (2, 3, b"a b big"), (3, 3, b"a"), (4, 9, b"a")],
)
def test_a_range_of_sets_shows_every_row_of_it_once(
    reader: Reader, first: int, last: int, names: bytes
) -> None:
    found = list(reader.history(1, first, last))
    assert sorted(one.name for one in found) == names.split()
    assert list(reader.history(99, first, last)) == []


def test_tags_are_told(house: tuple[Reader, Damage], tmp_path: Path) -> None:
    reader, _ = house
    if isinstance(reader, MemoryReader):
        pytest.skip("tags of a store in memory are set where they are needed")
    assert dict(reader.tags()) == {}
    change_tags(Place(str(tmp_path / "base")), BOX, 2, ["released"])
    assert dict(reader.tags()) == {"released": 2}


def test_the_versions_of_a_name_come_in_order(reader: Reader) -> None:
    found = [(one.first_set, one.last_set, one.size) for one in reader.versions(1, b"b", 1, 3)]
    assert found == [(1, 1, 5), (2, 2, 5)]
    assert [one.first_set for one in reader.versions(1, b"b", 2, 3)] == [2]
    assert [one.first_set for one in reader.versions(1, b"b", 1, 1)] == [1]
    assert [one.last_set for one in reader.versions(1, b"a", 1, 3)] == [OPEN]
    assert reader.versions(1, b"b", 3, 3) == reader.versions(1, b"none", 1, 3) == []
    assert reader.versions(99, b"a", 1, 3) == []


def test_a_content_knows_who_had_it_and_a_directory_who_named_it(reader: Reader) -> None:
    one = reader.child(1, 1, b"a")
    assert one is not None and one.content is not None
    found = [(directory, row.name) for directory, row in reader.holding(one.content)]
    assert sorted(found) == [(1, b"a"), (1, b"b")]
    assert reader.holding(99) == []
    assert [(directory, row.name) for directory, row in reader.naming(3)] == [(2, b"sub")]
    assert reader.naming(99) == []


def test_contents_that_are_not_there_are_left_out(reader: Reader) -> None:
    assert reader.contents([]) == {}
    assert reader.contents([1, 99]).keys() == {1}


def test_a_content_is_found_by_its_digest_with_its_names(reader: Reader) -> None:
    entry = reader.child(1, 1, b"a")
    assert entry is not None and entry.content is not None
    content = reader.contents([entry.content])[entry.content]
    assert reader.find_content(content.digest) == content
    assert reader.find_content(bytes(32)) is None
    assert reader.names_of(content.id) == [b"a", b"b"], "b lost it, so it comes after a"
    assert reader.names_of(999) == []


def test_a_content_is_read_at_any_place(reader: Reader) -> None:
    one = reader.child(1, 1, b"big")
    assert one is not None and one.content is not None
    content = reader.open(reader.contents([one.content])[one.content])
    with closing(content):
        for offset, length in ((0, 7), (100, 200_000), (len(LARGE) - 3, 99), (len(LARGE), 5)):
            assert content.read_at(offset, length) == LARGE[offset : offset + length]


def test_pieces_say_where_they_belong(reader: Reader) -> None:
    for one in reader.children(1, 1):
        assert one.content is not None
        with closing(reader.open(reader.contents([one.content])[one.content])) as content:
            end = 0
            for offset, piece in content.pieces():
                assert offset == end and content.read_at(offset, len(piece)) == piece
                end += len(piece)
            assert end == content.size == one.size


def test_a_small_content_is_read_in_one_piece(reader: Reader) -> None:
    one = reader.child(1, 1, b"a")
    assert one is not None and one.content is not None
    assert reader.read_small(reader.contents([one.content])[one.content]) == SMALL


def test_damage_never_passes_for_a_content(house: tuple[Reader, Damage]) -> None:
    reader, damage = house
    names = {one.name: one.content for one in reader.children(1, 1)}
    damage()
    for content in names.values():
        with pytest.raises(IntegrityError):
            bytes_of(reader, content)
    small = names[b"a"]
    assert small is not None
    with pytest.raises(IntegrityError):
        reader.read_small(reader.contents([small])[small])


def test_the_repository_is_known(reader: Reader) -> None:
    repository = reader.repository()
    assert repository.scheme in SCHEMES and len(repository.digest_key) == 32


def test_nothing_is_unsettled_in_whole_sets(reader: Reader) -> None:
    assert [reader.unsettled(number) for number in (1, 2, 3)] == [[], [], []]
