"""Rows below roots that no set has any more go with the last set that had them."""

from contextlib import closing

from tardis.store import StoreWriter, prune
from tests.store.workshop import Workshop, put, root, row, shown


def remove(shop: Workshop, *numbers: int) -> None:
    with closing(shop.writer()) as writer:
        prune(writer, numbers)


def folder(writer: StoreWriter, above: int, name: bytes) -> int:
    """Make a directory in another one, with a file in it; return its id."""
    number = writer.new_directory()
    writer.group.new_directories.append((number, 1, 100 + number, 0))
    if above:
        named = list(row(name, None, above, writer.number))
        named[2], named[14] = 0o40755, number
        writer.group.opened.append(tuple(named))
    content = put(writer, b"%d %s" % (writer.number, name))
    writer.group.opened.append(row(b"file", content, number, writer.number, 5))
    return number


def two_roots(shop: Workshop) -> None:
    """Make set 1 with a disk and a home, set 2 with the home only."""
    with shop.running() as writer:
        writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
        disk = folder(writer, 0, b"disk")
        below = folder(writer, disk, b"below")
        folder(writer, below, b"deep")
        home = folder(writer, 0, b"home")
        root(writer, disk, b"disk")
        root(writer, home, b"home")
        shop.complete(writer)
    with shop.running() as writer:
        root(writer, home, b"home")
        shop.complete(writer)


def test_a_root_that_is_gone_stays_while_a_set_has_it(shop: Workshop) -> None:
    two_roots(shop)
    remove(shop)
    with shop.reader() as reader:
        assert len(list(reader.children(1, 1))) == 2
    assert shop.rows("SELECT count(*) FROM contents") == [(4,)]


def test_all_below_it_goes_with_its_last_set(shop: Workshop) -> None:
    two_roots(shop)
    remove(shop, 1)
    assert shop.rows("SELECT count(*) FROM contents") == [(1,)]
    assert shop.rows("SELECT id FROM directories") == [(4,)]
    assert shop.rows("SELECT count(*) FROM entries") == [(1,)]
    assert shop.rows("PRAGMA foreign_key_check") == []
    with shop.reader() as reader:
        assert shown(reader, 2, 4) == {b"file": b"1 home"}


def test_without_any_complete_set_the_next_run_still_compares(shop: Workshop) -> None:
    two_roots(shop)
    remove(shop, 1, 2)
    assert shop.rows("SELECT count(*) FROM contents") == [(4,)]


def test_a_directory_on_its_way_elsewhere_waits_for_the_next_run(shop: Workshop) -> None:
    two_roots(shop)
    shop.execute("INSERT INTO unlinked VALUES (1)")
    remove(shop, 1)
    assert shop.rows("SELECT count(*) FROM directories") == [(4,)]


def test_names_beside_a_root_that_is_a_file_go(shop: Workshop) -> None:
    with shop.running() as writer:
        writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
        etc = folder(writer, 0, b"etc")
        writer.group.opened.append(row(b"other", put(writer, b"other"), etc, 1, 5))
        for name in (b"file", b"other"):
            writer.group.roots.append((1, b"etc/" + name, name, etc, b"\x90"))
        shop.complete(writer)
    with shop.running() as writer:
        writer.group.roots.append((2, b"etc/file", b"file", etc, b"\x90"))
        shop.complete(writer)
    remove(shop)
    assert shop.rows("SELECT count(*) FROM contents") == [(2,)]
    remove(shop, 1)
    assert shop.rows("SELECT name FROM entries") == [(b"file",)]
    assert shop.rows("SELECT count(*) FROM contents") == [(1,)]
