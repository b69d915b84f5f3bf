from pathlib import Path

import pytest

from tardis.history import Tree
from tardis.model import CHANGED, GONE, NEW, BackupSet
from tardis.store import StoreReader
from tardis.web.pages import browsing
from tardis.web.pages.browsing import TOUCHED, Folder, crumbs_of, judge, nearest, start_of
from tardis.web.pages.slider import slider_of, window_around
from tests.facilities import counts
from tests.history.memory_reader import MemoryStore
from tests.store.crowd import cost, crowded, versions
from tests.web.pages.story import ODD


def folder(
    reader: StoreReader, path: bytes, number: int, before: int | None, after: bytes = b""
) -> Folder:
    tree = Tree(reader, number)
    older: BackupSet | None = reader.paged().numbered(before) if before else None
    return browsing.folder_of(reader, tree, tree.resolve(path), older, after)


def changes(found: Folder) -> dict[bytes, str]:
    return {item.name: item.change for item in found.items if item.change}


def test_a_directory_that_fits_on_a_page_is_in_pleasant_order(reader: StoreReader) -> None:
    found = folder(reader, b"top", 8, None)
    assert [item.name for item in found.items] == [b"docs", b"pictures", b"recipes"]
    docs = folder(reader, b"top/docs", 1, None)
    names = [b"data.bin", b"empty", b"letter.txt", b"link", b"notes.txt", ODD]
    assert [item.name for item in docs.items] == names
    assert docs.items[4].path == b"top/docs/notes.txt"
    assert docs.is_first and docs.is_in_order and not docs.further
    assert changes(docs) == {} and docs.changes.before is None


@pytest.mark.parametrize(
    "number, before, wanted",
    [
        (2, 1, {b"notes.txt": CHANGED}),
        (3, 2, {}),
        (4, 3, {b"letter.txt": GONE}),
        (7, 6, {b"report.csv": NEW, b"notes.txt": TOUCHED}),
        (8, 1, {b"report.csv": NEW, b"notes.txt": CHANGED, b"letter.txt": GONE}),
    ],
)
def test_what_changed_since_another_set_is_marked(
    reader: StoreReader, number: int, before: int, wanted: dict[bytes, str]
) -> None:
    found = folder(reader, b"top/docs", number, before)
    assert changes(found) == wanted
    for change in (NEW, CHANGED, GONE, TOUCHED):
        assert found.changes.count(change) == list(wanted.values()).count(change)
    assert not found.changes.is_cut


def test_a_directory_that_was_made_anew_is_compared_by_names(reader: StoreReader) -> None:
    found = folder(reader, b"top/recipes", 6, 5)
    assert changes(found) == {b"cake": NEW, b"bread": GONE, b"soup": GONE}


def test_what_was_no_directory_then_is_not_compared(reader: StoreReader) -> None:
    tree = Tree(reader, 8)
    older = reader.paged().numbered(1)
    found = browsing.changes_of(reader, tree, tree.resolve(b"top/docs/report.csv"), older)
    assert found.before is older and not found.marks and not found.gone


def test_a_large_directory_comes_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "PAGE", 4)
    shop = crowded(tmp_path / "base", sets=3, names=9)
    versions(shop, b"gone", [(1, 1)])
    with shop.reader() as reader:
        pages, after = [], b""
        while True:
            found = folder(reader, b"top", 2, 1, after)
            pages.append([item.name for item in found.items])
            assert found.is_first == (not after)
            after = found.further
            if not after:
                break
    names = [b"name %07d" % at for at in range(9)]
    assert pages == [[b"file", b"gone", *names[:3]], names[3:7], names[7:]]


def test_changes_without_end_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "CHANGES", 3)
    shop = crowded(tmp_path / "base", sets=3)
    for at in range(6):
        versions(shop, b"b%d" % at, [(1, 1), (2, 0)], size=at)
        versions(shop, b"a%d" % at, [(1, 1)])
    versions(shop, b"z", [(1, 1), (3, 0)])
    with shop.reader() as reader:
        found = folder(reader, b"top", 2, 1)
        assert found.changes.is_cut and found.changes.count(NEW) == 0
        few = folder(reader, b"top", 3, 2)
        assert changes(few) == {b"z": NEW} and not few.changes.is_cut


def test_of_much_that_went_what_came_is_still_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "CHANGES", 3)
    shop = crowded(tmp_path / "base", sets=2)
    for at in range(6):
        versions(shop, b"a%d" % at, [(1, 1)])
    versions(shop, b"z", [(1, 1)])
    versions(shop, b"z", [(2, 0)], mode=0o100600)
    with shop.reader() as reader:
        found = folder(reader, b"top", 2, 1)
    assert found.changes.marks == {b"z": TOUCHED} and found.changes.is_cut


def test_rows_are_judged_by_what_a_person_cares_for() -> None:
    store = MemoryStore()
    store.file(1, b"a", b"one")
    row = store.entries[1][0]
    assert judge(None, row) == NEW
    assert judge(row, row._replace(first_set=7)) == ""
    assert judge(row, row._replace(mtime=1)) == TOUCHED
    assert judge(row, row._replace(content=99)) == CHANGED
    assert judge(row, row._replace(mode=0o040755)) == CHANGED
    store.folder(1, b"d", 5)
    sub = store.entries[1][1]
    assert judge(sub, sub._replace(mode=0o040700)) == TOUCHED
    assert judge(sub, sub._replace(mtime=99)) == CHANGED


def test_looking_begins_where_the_roots_meet(reader: StoreReader) -> None:
    assert start_of(Tree(reader, 8)) == b"top"
    store = MemoryStore()
    store.root(b"/home/me/a", directory=1)
    store.root(b"/home/me/b", directory=2)
    assert start_of(Tree(store.reader(), 1)) == b"/home/me"
    assert start_of(Tree(MemoryStore().reader(), 1)) == b"/"


def test_above_the_roots_there_are_the_ways_to_them() -> None:
    store = MemoryStore()
    store.root(b"/home/me", directory=1)
    store.root(b"/home/you", directory=2)
    tree = Tree(store.reader(), 1)
    listed, is_last = browsing._entries(store.reader(), tree, tree.resolve(b"/home"), b"")  # type: ignore[arg-type]
    assert ([name for name, _ in listed], is_last) == ([b"me", b"you"], True)


def test_crumbs_lead_all_the_way() -> None:
    assert crumbs_of(b"/a/b") == [(b"", b"/"), (b"a", b"/a"), (b"b", b"/a/b")]
    assert crumbs_of(b"a//b/") == [(b"a", b"a"), (b"b", b"a/b")]
    assert crumbs_of(b"/") == [(b"", b"/")]


def test_the_nearest_directory_that_is_still_there_is_found(reader: StoreReader) -> None:
    found = nearest(Tree(reader, 8), b"top/docs/deep/er")
    assert found is not None and found.path == b"top/docs"
    assert nearest(Tree(reader, 8), b"elsewhere/x") is None
    assert browsing.resolve(Tree(reader, 8), b"top/none") is None


def test_a_page_costs_the_same_among_very_many_sets_and_names(tmp_path: Path) -> None:
    def page_cost(sets: int, names: int) -> int:
        with crowded(tmp_path / f"{sets}", sets=sets, names=names).reader() as reader:

            def look() -> None:
                slider = slider_of(reader, window_around(reader, sets), b"top", sets)
                assert slider.before and slider.before.number == sets - 1
                found = folder(reader, b"top", sets, sets - 1, b"name 0000700")
                assert len(found.items) == browsing.PAGE or names < 2 * browsing.PAGE

            return cost(reader, look)

    usual = page_cost(600, 1_500)
    assert page_cost(counts(2_000, 10_000), counts(15_000, 100_000)) <= usual * 1.1
