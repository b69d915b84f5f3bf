"""A store read by HTTP: what it tells, how often it asks, and what it makes of nonsense."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.model import IntegrityError, RemoteProtocolError, SchemaError
from tardis.net.http import store as module
from tardis.net.http.store import HttpStore
from tardis.protocol import lookups
from tardis.store import DirectoryStore, StoreReader, open_raw
from tests.history.memory_raw import MemoryRaw
from tests.history.memory_reader import MemoryStore, backup_set
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault
from tests.store.bundled import run, texts, wholes
from tests.store.workshop import Workshop
from tests.web.lending import Far
from tests.web.site import small_stores


@pytest.fixture
def store() -> MemoryStore:
    """Two sets of a tree of forty directories with five files each."""
    made = MemoryStore(sets=[backup_set(1), backup_set(2, is_complete=False)])
    for number in (1, 2):
        made.root(b"/r", number=number)
    for number in range(40):
        made.folder(1, b"%02d" % number, 2 + number)
        for name in range(5):
            made.file(2 + number, b"%d" % name, b"%d %d" % (number, name))
    return made


@pytest.fixture
def raw(far: Far, store: MemoryStore) -> Iterator[HttpStore]:
    with closing(far.raw(MemoryRaw(store))) as made:
        far.trouble.forget()
        yield made


def whole(raw: HttpStore, number: int) -> list[bytes]:
    found = []
    for one in sorted(raw.rows(1, number, number)):
        assert one.child is not None
        found += [one.name + b"/" + below.name for below in raw.rows(one.child, number, number)]
    return found


def test_everything_it_says_is_what_the_store_says(far: Far, store: MemoryStore) -> None:
    near = MemoryRaw(store)
    with closing(far.raw(near)) as raw:
        assert raw.identity()[1:] == near.identity()[1:]
        assert raw.sets() == near.sets() and raw.roots(1) == near.roots(1)
        assert list(raw.names(2, 1)) == list(near.names(2, 1))
        for ask in (
            lambda one: one.child(1, 1, b"03"),
            lambda one: one.child(1, 1, b"none"),
            lambda one: one.versions(2, b"1", 1, 2),
            lambda one: one.holding(3),
            lambda one: one.naming(5),
            lambda one: dict(one.owners(1)),
            lambda one: one.contents([1, 2, 999]),
            lambda one: one.names_of(4),
            lambda one: one.unsettled(1),
            lambda one: list(one.changed_rows(2, 0)),
            lambda one: list(one.all_rows((0, 9, -9, 9))),
            lambda one: one.only_needed([1, 2]),
            lambda one: one.heads(),
            lambda one: one.totals(),
            lambda one: one.roots_of([1, 2, 9]),
            lambda one: one.tags(),
            lambda one: one.free_bytes(),
            lambda one: one.waste(),
            lambda one: one.usage(),
            lambda one: one.freed_by([1]),
        ):
            assert ask(raw) == ask(near)
        digest = near.contents([1])[1].digest
        assert raw.find_content(digest) == near.find_content(digest)
        assert raw.find_content(bytes(32)) is None


def test_a_tree_takes_a_few_questions_and_one_directory_few_rows(far: Far, raw: HttpStore) -> None:
    assert len(list(raw.rows(1, 1, 1))) == 40
    first = len(far.trouble.sent)
    assert len(whole(raw, 1)) == 200
    assert far.trouble.count("tree") == 2, "the first brought what the second walk needed"
    assert first < 30_000


def test_a_wide_tree_takes_as_few_questions_as_a_deep_one(far: Far, store: MemoryStore) -> None:
    for number in range(40, 700):
        store.folder(1, b"%03d" % number, 2 + number)
        for name in range(5):
            store.file(2 + number, b"%d" % name, b"")
    with closing(far.raw(MemoryRaw(store))) as raw:
        far.trouble.forget()
        assert len(whole(raw, 1)) == 3_500
        assert far.trouble.count("tree") <= 4


def test_what_may_still_change_is_never_told_ahead(far: Far, raw: HttpStore) -> None:
    assert len(whole(raw, 2)) == 200
    assert far.trouble.count("tree") == 41


def test_large_directories_come_in_pages(
    far: Far, raw: HttpStore, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PAGE_ROWS", 7)
    names = sorted(one.name for one in raw.rows(1, 1, 1))
    assert names == [b"%02d" % number for number in range(40)]
    assert far.trouble.count("tree") == 6
    assert len(whole(raw, 1)) == 200


def test_small_contents_come_together(far: Far, store: MemoryStore) -> None:
    with far.memory(store) as reader:
        far.trouble.forget()
        contents = reader.contents(range(1, 201))
        found = [reader.read_small(contents[number]) for number in range(200, 0, -1)]
        assert sorted(found) == sorted(store.data.values())
        assert (far.trouble.count("contents"), far.trouble.count("records")) == (1, 1)
        assert reader.read_small(contents[7]) == store.data[7]
        assert far.trouble.count("records") == 1, "another file with that content costs nothing"
        store.data.pop(7)
        store.damage(8, b"x")
        reader.contents([7, 8])
        for _ in range(2):
            with pytest.raises(IntegrityError, match="no record"):
                reader.read_small(contents[7])
        with pytest.raises(IntegrityError):
            reader.read_small(contents[8])


def test_who_has_read_what_it_asked_for_is_told_the_next_with_its_bytes(
    far: Far, store: MemoryStore
) -> None:
    def counts() -> list[int]:
        return [far.trouble.count(one) for one in ("contents", "records", "batch", "file")]

    with far.memory(store) as reader:
        far.trouble.forget()
        for start in (1, 51, 101):
            contents = reader.contents(range(start, start + 50))
            for number, one in contents.items():
                assert reader.read_small(one) == store.data[number]
        assert counts() == [1, 1, 2, 0], "three answers less than three times two"
        assert reader.contents([]) == {} and counts() == [1, 1, 2, 0]
        assert reader.contents([7])[7].id == 7 and counts()[0] == 2
        reader.contents(range(1, 51))
        reader.contents(range(51, 101))
        assert counts() == [3, 1, 3, 0], "what nobody reads is not sent a second time"
        store.data.pop(60)
        store.damage(61, b"x")
        for number, one in reader.contents(range(51, 60)).items():
            assert reader.read_small(one) == store.data[number]
        found = reader.contents(range(58, 70))
        for number in (60, 61):
            with pytest.raises(IntegrityError):
                reader.read_small(found[number])
        assert reader.read_small(found[62]) == store.data[62]


def test_a_batch_that_does_not_fit_is_completed_later(
    far: Far, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "RECORDS_BYTES", 1)
    with far.memory(store) as reader:
        for start in (1, 101):
            contents = reader.contents(range(start, start + 100))
            for number, one in contents.items():
                assert reader.read_small(one) == store.data[number]
    assert far.trouble.count("batch") == 1 and far.trouble.count("records") > 20


def test_more_than_one_answer_may_hold_comes_in_several(
    far: Far, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "MOST_RECORDS", 64)
    with far.memory(store) as reader:
        contents = reader.contents(range(1, 201))
        found = [reader.read_small(one) for one in contents.values()]
        assert found == [store.data[number] for number in contents]
        assert far.trouble.count("records") == 4


def test_what_is_let_go_of_is_brought_again_and_little_is_kept(
    far: Far, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ALL_RECORDS", 60)
    with closing(far.raw(MemoryRaw(store))) as raw:
        contents = raw.contents(range(1, 101))
        for _ in range(2):
            for one in contents.values():
                assert one.pack is not None
                assert raw.record(one.pack, one.place, one.stored)
                assert len(raw._records) < 40
        asked = far.trouble.count("records")
        for _ in range(5):
            assert raw.record(one.pack or 0, one.place, one.stored)
        assert far.trouble.count("records") == asked


def test_an_answer_that_still_holds_is_not_told_again(far: Far, raw: HttpStore) -> None:
    first = raw.sets()
    size = len(far.trouble.sent)
    assert raw.sets() == first and len(far.trouble.sent) == size
    assert far.trouble.count("sets") == 2


@pytest.fixture
def bundled(tmp_path: Path) -> Iterator[tuple[dict[bytes, bytes], list[int], DirectoryStore]]:
    """Files in four bundles, the ids of their contents, and the store."""
    with small_stores():
        files, shop = texts(160), Workshop(tmp_path / "base").create()
    run(shop, files)
    assert wholes(shop) == 4
    ids = [number for (number,) in shop.rows("SELECT id FROM contents WHERE basis IS NOT NULL")]
    with closing(shop.raw()) as near:
        yield files, ids, near


def test_bundles_come_with_their_parts(far: Far, bundled: Any) -> None:
    files, ids, near = bundled
    with far.reader(near) as reader:
        far.trouble.forget()
        found = []
        for some in (ids[:2], ids[2:120], ids[120:]):
            contents = reader.contents(some)
            assert sorted(contents) == some, "nothing that was not asked for"
            found += [reader.read_small(contents[number]) for number in some]
        assert sorted(found) == sorted(files.values())
        asked = [far.trouble.count(one) for one in ("batch", "contents", "records")]
        assert asked == [2, 2, 2], "the first bundle was asked for, and no other"


def test_a_bundle_that_was_moved_meanwhile_is_looked_up_again(far: Far, bundled: Any) -> None:
    files, ids, near = bundled
    with far.reader(near) as reader:
        reader.read_small(reader.contents(ids[:2])[ids[0]])
        some = reader.contents(ids)
        raw: Any = reader._raw
        for number, bundle in raw._bundles.items():
            raw._bundles[number] = bundle._replace(place=bundle.place + 1)
        with pytest.raises(IntegrityError):
            reader.read_small(some[ids[-1]])
        assert reader.read_small(some[ids[-1]]) in files.values(), "by what the server says now"


class Other:
    """A line to a server that says whatever it is told to."""

    server = "http://other"

    def __init__(self, **answers: Any) -> None:
        identity = MemoryRaw(MemoryStore()).identity()
        known = (lookups.WIRE, identity.keys, identity.scheme, lookups.FIELDS)
        self.answers: dict[str, Any] = {"open": known, "sets": (), **answers}

    def get(self, path: str, _query: Any = None, _etag: str = "") -> tuple[bytes, str]:
        return lookups.tell(self.answers[path.rpartition("/")[2]]), ""

    def ask(self, path: str, _body: bytes) -> bytes:
        return bytes(self.answers[path.rpartition("/")[2]])

    def close(self) -> None:
        pass


def other(**answers: Any) -> HttpStore:
    return HttpStore(Other(**answers), "box")  # type: ignore[arg-type]


def test_a_server_of_another_version_is_refused() -> None:
    for answer in ((99, b"", "modern", lookups.FIELDS), (lookups.WIRE, b"", "modern", (("a",),))):
        with pytest.raises(SchemaError, match="another version"):
            other(open=answer)


def test_what_was_not_asked_for_is_refused() -> None:
    block = lookups.tell(())
    for answer in ((), ((2, False, block),)):
        with pytest.raises(RemoteProtocolError, match="another directory"):
            list(other(tree=answer).rows(1, 1, 1))
    with pytest.raises(RemoteProtocolError, match="go round"):
        list(other(changed_rows=(((0, 0, b""),), ())).changed_rows(1, 0))
    for told in (b"", b"\0\0\0\5abc", b"\0\0"):
        with pytest.raises(RemoteProtocolError):
            other(records=told).record(1, 0, 5)
        store = other(batch=told, contents=lookups.tell(()), records=b"\0\0\0\1\0\0\0\1x")
        assert bytes(store.record(1, 0, 5)) == b"x"
        with pytest.raises(RemoteProtocolError):
            store.contents([1, 2])


def test_an_encrypted_store_tells_the_line_neither_names_nor_bytes(
    far: Far, tmp_path: Path
) -> None:
    vault, tree = Vault(tmp_path / "vault"), tmp_path / "tree"
    tree.mkdir()
    (tree / "secret-name").write_bytes(b"secret content of this")
    (tree / "large-secret").write_bytes(b"secret content of this" * 20_000)
    vault.run(tree)
    ring = vault.ring()
    with closing(open_raw(vault.place, CLIENT_NAME)) as near:
        with StoreReader.over(far.raw(near), ring) as reader:
            [root] = reader.roots(1)
            found = {}
            for one in reader.children(root.directory, 1):
                assert one.content is not None
                content = reader.contents([one.content])[one.content]
                with closing(reader.open(content)) as opened:
                    found[one.name] = b"".join(opened.chunks())
        assert found == {path.name.encode(): path.read_bytes() for path in tree.iterdir()}
    heard = bytes(far.trouble.sent)
    for secret in (
        b"secret-name",
        b"secret content",
        PASSWORD,
        ring.content,
        ring.names,
        ring.digest,
    ):
        assert secret not in heard
    assert b"wrapped" in heard, "it is looked at what was really said"
