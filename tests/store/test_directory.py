"""A store as it lies: pages, records and files, with no key and no opinion."""

from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import CLASSIC, MODERN, AuthenticationError, IntegrityError, StoreError
from tardis.store import StoreReader, open_raw
from tests.server.vault import CLIENT_NAME, Vault
from tests.store.workshop import Workshop, fill, put_large, row

LARGE = b"large " * 50_000


@pytest.mark.parametrize("count", [0, 1, 4, 5, 9, 10, 11])
@pytest.mark.parametrize("number", [1, 3])
def test_pages_hold_every_row_once(shop: Workshop, count: int, number: int) -> None:
    files = {b"%03d" % one: b"x" for one in range(count)}
    for some in (files, {}, files):
        shop.run(some)
    with closing(shop.raw()) as raw:
        found = raw.page(1, number, number, None, 5)
        pages = [found]
        while len(found) == 5:
            found = raw.page(1, number, number, (found[-1].first_set, found[-1].name), 5)
            pages.append(found)
        names = [one.name for page in pages for one in page]
        assert sorted(names) == sorted(files)
        assert sorted(raw.rows(1, number, number)) == sorted(one for page in pages for one in page)
    assert all(len(page) == 5 for page in pages[:-1])


def test_all_rows_and_changed_ones_come_in_pages_too(shop: Workshop) -> None:
    shop.run({b"a": b"1", b"b": b"2"})
    shop.run({b"a": b"1", b"b": b"3", b"c": b"4"})
    limits = (0, 99, 0, 99)
    with closing(shop.raw()) as raw:
        rows, key = raw.all_page(limits, (0, 0, b""))
        assert rows == list(raw.all_rows(limits)) and key is not None
        assert raw.all_page(limits, key) == ([], None)
        rows, key = raw.changed_page(2, 1, (0, 0, b""))
        assert rows == list(raw.changed_rows(2, 1)) and key is not None
        assert raw.changed_page(2, 1, key) == ([], None)
        assert [one.name for _, one in rows] == [b"a", b"b", b"c"]


@pytest.mark.parametrize("scheme", [MODERN, CLASSIC])
def test_what_lies_there_is_given_out_as_it_lies(shop: Workshop, scheme: str) -> None:
    own = Workshop(shop.base / scheme, scheme=scheme).create()
    with own.running() as writer:
        fill(writer, {b"a": b"small"})
        writer.group.opened.append(row(b"big", put_large(writer, LARGE), 1, 1, len(LARGE)))
        own.complete(writer)
    with closing(own.raw()) as raw, own.reader() as reader:
        identity = raw.identity()
        assert identity.scheme == scheme and b"[Repository]" in identity.keys
        small, large = raw.contents([1, 2]).values()
        if scheme == MODERN:
            assert small.pack is not None
            data = raw.record(small.pack, small.place, small.stored)
            assert data.startswith(b"TdR1") and data.endswith(b"small")
        with closing(raw.file(large.digest, large.place)) as file:
            assert LARGE[-100:] in file.read_at(file.length(), 0)
        assert reader.sets() == raw.sets() and reader.tags() == raw.tags()
        with pytest.raises(IntegrityError, match="cannot be read"):
            raw.file(bytes(32), 0)
        with pytest.raises(IntegrityError, match="cannot be read"):
            raw.record(99, 0, 5)


def test_sealed_names_stay_sealed(tmp_path: Path) -> None:
    vault, tree = Vault(tmp_path / "vault"), tmp_path / "tree"
    tree.mkdir()
    (tree / "secret name").write_bytes(b"secret")
    vault.run(tree)
    with closing(open_raw(vault.place, CLIENT_NAME)) as raw:
        [root] = raw.roots(1)
        [one] = raw.rows(root.directory, 1, 1)
        assert b"secret" not in one.name + root.path
        with pytest.raises(AuthenticationError):
            list(StoreReader.over(raw).children(root.directory, 1))
    with StoreReader.over(open_raw(vault.place, CLIENT_NAME), vault.ring()) as reader:
        assert [one.name for one in reader.children(root.directory, 1)] == [b"secret name"]


def test_a_reader_of_what_belongs_to_another_store_closes_it(shop: Workshop) -> None:
    shop.run({b"a": b"1"})
    other = Workshop(shop.base / "other", scheme=CLASSIC).create()
    with open(other.layout.keys, "rb") as file:
        keys = file.read()
    with open(shop.layout.keys, "wb") as file:
        file.write(keys)
    raw = shop.raw()
    with pytest.raises(StoreError, match="classic store"):
        StoreReader.over(raw)
    with pytest.raises(StoreError, match="closed"):
        raw.sets()
