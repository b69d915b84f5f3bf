"""Pages of directories, those on the way to roots among them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.history import Tree
from tardis.store import StoreReader
from tardis.web.trees import page_of
from tests.store.workshop import Workshop, fill, root, row
from tests.web.site import small_stores

FOLDER = 0o40755


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[StoreReader]:
    """Roots /srv/a and /srv/b/c, and /srv/a has rows m, sub and z; sub is a root of its own."""
    with small_stores():
        shop = Workshop(tmp_path / "base").create()
    with shop.running() as writer:
        fill(writer, {b"m": b"1", b"z": b"2"})
        writer.group.roots.clear()
        sub, other = writer.new_directory(), writer.new_directory()
        writer.group.new_directories += [(sub, 1, 5, 0), (other, 1, 6, 0)]
        listed = (FOLDER, 0, 0, 0, 5, 6, 7, 8, 1, 5, 0, 0)
        writer.group.opened.append((1, b"sub", *listed, sub, None, None, 1, 0, None))
        writer.group.opened.append(row(b"deep", None, sub, 1))
        root(writer, 1, b"/srv/a")
        root(writer, sub, b"/srv/a/sub")
        root(writer, other, b"/srv/b/c")
        shop.complete(writer)
    with shop.reader() as made:
        yield made


def walked(reader: StoreReader, path: bytes, limit: int) -> list[bytes]:
    """Return the paths of all pages of a directory; each page has at most *limit* rows."""
    tree = Tree(reader, 1)
    node = tree.resolve(path)
    found: list[bytes] = []
    after: bytes | None = b""
    while after is not None:
        page = page_of(reader, tree, node, after, limit)
        found += [one.path for one in page.nodes]
        after = page.after
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_every_way_down_is_told_once(reader: StoreReader, limit: int) -> None:
    assert walked(reader, b"/", limit) == [b"/srv"]
    assert walked(reader, b"/srv", limit) == [b"/srv/a", b"/srv/b"]
    assert walked(reader, b"/srv/b", limit) == [b"/srv/b/c"]
    assert walked(reader, b"/srv/a", limit) == [b"/srv/a/m", b"/srv/a/sub", b"/srv/a/z"]
    assert walked(reader, b"/srv/a/sub", limit) == [b"/srv/a/sub/deep"]
    assert walked(reader, b"/srv/b/c", limit) == []


def test_a_root_within_another_is_the_directory_that_can_be_entered(reader: StoreReader) -> None:
    tree = Tree(reader, 1)
    page = page_of(reader, tree, tree.resolve(b"/srv/a"), b"", 10)
    [sub] = [one for one in page.nodes if one.name == b"sub"]
    assert sub.is_directory and sub.directory is not None


def test_a_page_says_where_the_next_one_begins(reader: StoreReader) -> None:
    tree = Tree(reader, 1)
    node = tree.resolve(b"/srv/a")
    first = page_of(reader, tree, node, b"", 2)
    assert ([one.name for one in first.nodes], first.after) == ([b"m", b"sub"], b"sub")
    last = page_of(reader, tree, node, b"sub", 2)
    assert ([one.name for one in last.nodes], last.after) == ([b"z"], None)
    assert page_of(reader, tree, node, b"zz", 2) == ([], None)
