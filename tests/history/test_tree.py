"""The tree of one set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.history import Node, Tree, components, join
from tardis.model import NoSuchPathError, Root
from tests.history.memory_reader import MemoryStore, ancestor


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.root(b"/home/me", 10)
    made.folder(10, b"docs", 11)
    made.file(11, b"a", b"text")
    made.link(10, b"link", b"docs")
    made.folder(10, b"mnt", None)
    return made


def names(tree: Tree, node: Node) -> list[bytes]:
    return sorted(child.name for child in tree.children(node))


def tree_of(store: MemoryStore, number: int = 1) -> Tree:
    return Tree(store.reader(), number)


def test_a_path_leads_through_the_directories_above_a_root(store: MemoryStore) -> None:
    tree = tree_of(store)
    top = tree.resolve(b"/")
    assert (top.path, top.name, top.entry, top.is_directory) == (b"/", b"", None, True)
    assert names(tree, top) == [b"home"]
    home = tree.resolve(b"/home")
    assert names(tree, home) == [b"me"]
    assert home.directory is None
    assert home.ancestor == ancestor(b"home")
    me = tree.resolve(b"/home/me")
    assert names(tree, me) == [b"docs", b"link", b"mnt"]
    found = tree.resolve(b"/home/me/docs/a")
    assert found.path == b"/home/me/docs/a"
    assert found.entry is not None and found.entry.size == 4
    assert not found.is_directory
    assert names(tree, found) == []


@pytest.mark.parametrize(
    "path", [b"//home//me/./docs/a", b"/home/me/docs/a/", b"/./home/me/docs/a/."]
)
def test_empty_components_do_not_count(store: MemoryStore, path: bytes) -> None:
    assert tree_of(store).resolve(path).path == b"/home/me/docs/a"


@pytest.mark.parametrize(
    "path",
    [b"/home/you", b"/home/me/docs/b", b"/home/me/docs/a/x", b"/home/me/link/a", b"/ho",
     b"home/me", b"/home/me/docs/../docs/a", b"/home/me/mnt/x", b""],
)  # fmt: skip
def test_what_is_not_in_the_set_is_said_to_be_missing(store: MemoryStore, path: bytes) -> None:
    with pytest.raises(NoSuchPathError):
        tree_of(store).resolve(path)


def test_roots_below_roots_appear(store: MemoryStore) -> None:
    store.root(b"/home/me/mnt/disk", 20)
    store.file(20, b"far", b"")
    store.root(b"/home/me/docs/new", 30)
    tree = tree_of(store)
    assert names(tree, tree.resolve(b"/home/me/mnt")) == [b"disk"]
    mnt = tree.resolve(b"/home/me/mnt")
    assert mnt.entry is not None and mnt.directory is None
    assert tree.resolve(b"/home/me/mnt/disk/far").entry is not None
    assert names(tree, tree.resolve(b"/home/me/docs")) == [b"a", b"new"]
    assert names(tree, tree.resolve(b"/home/me")) == [b"docs", b"link", b"mnt"]


def test_a_root_may_be_a_file_and_shows_nothing_beside_it(store: MemoryStore) -> None:
    store.root(b"/etc/fstab", 40, name=b"fstab")
    store.root(b"/etc/gone", 40, name=b"gone")
    store.file(40, b"fstab", b"disk")
    store.file(40, b"shadow", b"secret")
    tree = tree_of(store)
    assert names(tree, tree.resolve(b"/etc")) == [b"fstab"]
    found = tree.resolve(b"/etc/fstab").entry
    assert found is not None and found.size == 4
    assert tree.find(b"/etc/shadow") is None
    assert tree.find(b"/etc/gone") is None


def test_the_top_may_be_a_root_and_tell_its_metadata() -> None:
    store = MemoryStore()
    store.roots[1] = [Root(b"/", None, 1, (ancestor(b"", 0o700),))]
    store.file(1, b"a", b"")
    tree = tree_of(store)
    top = tree.resolve(b"/")
    assert top.directory == 1
    assert top.ancestor == ancestor(b"", 0o700)
    assert names(tree, top) == [b"a"]


def test_relative_roots_are_found_as_they_are_stored() -> None:
    store = MemoryStore()
    store.root(b"src/lib", 1)
    store.file(1, b"a", b"")
    tree = tree_of(store)
    assert tree.has_relative_roots
    assert tree.find(b"/src/lib/a") is None
    assert tree.resolve(b"src/lib/a").path == b"src/lib/a"
    assert names(tree, tree.resolve(b"src")) == [b"lib"]
    assert tree.top() is None
    assert tree.top(absolute=False) is not None


def test_something_below_a_link_makes_it_a_directory(store: MemoryStore) -> None:
    """A root may since have been stored below what is a link in an outer root."""
    store.root(b"/home/me/link/deep", 50)
    tree = tree_of(store)
    assert tree.resolve(b"/home/me/link").is_directory
    assert names(tree, tree.resolve(b"/home/me/link")) == [b"deep"]


def test_each_set_has_its_own_tree(store: MemoryStore) -> None:
    store.root(b"/home/me", 10, number=2)
    store.close_entry(10, b"link", 1)
    assert tree_of(store, 1).find(b"/home/me/link") is not None
    assert tree_of(store, 2).find(b"/home/me/link") is None
    assert tree_of(store, 3).find(b"/home/me") is None


NAMES = st.binary(min_size=1, max_size=20).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
)


@given(st.lists(NAMES, min_size=1, max_size=6))
def test_any_path_of_any_bytes_is_found_again(path: list[bytes]) -> None:
    store = MemoryStore()
    store.root(b"/root", 1)
    for number, name in enumerate(path, 1):
        store.folder(number, name, number + 1)
    whole = b"/root/" + b"/".join(path)
    assert tree_of(store).resolve(whole).path == whole
    assert components(whole) == [b"root", *path]
    assert join(b"/", path[0]) == b"/" + path[0]
    assert join(b"", path[0]) == path[0]
