"""Pages of stores with very many sets and names, with damage, and with roots of every kind."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest

from tardis.history import Tree
from tardis.store import Place
from tardis.web import WebOptions
from tardis.web.pages import browsing
from tests.server.vault import PASSWORD, Vault, quick
from tests.store.crowd import crowded, versions
from tests.store.workshop import BOX, Workshop
from tests.web.pages.conftest import Browser
from tests.web.pages.test_routes import text, words
from tests.web.site import Site, small_stores

HOME = f"/pages/c/{BOX}"


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small_stores():
        yield


@contextmanager
def looking(base: Path, password: str = "") -> Iterator[Browser]:
    """Serve a directory of stores, and log in to its one client."""
    site = Site(base, WebOptions(Place(str(base)), "test", stretch=quick))
    with site.serving():
        browser = Browser(site.port)
        answer = browser.submit("/pages/login", client=BOX, password=password)
        assert answer.status == 303
        try:
            yield browser
        finally:
            browser.close()


def names(page: str) -> list[str]:
    """Return the names in the table of a directory, in their order."""
    return [
        unescape(re.sub(r"<[^>]*>", "", one))
        for one in re.findall(r'<th scope="row">.*?<bdi>(.*?)</bdi>', page, re.DOTALL)
    ]


def onward(page: str) -> str:
    """Return where the next page begins, empty on the last."""
    found = re.findall(r'rel="next" href="([^"]*)">More names', page)
    return unescape(found[0]) if found else ""


def test_a_large_directory_is_leafed_through(tmp_path: Path) -> None:
    crowded(tmp_path / "base", sets=3, names=1_200)
    with looking(tmp_path / "base") as browser:
        where, found, pages = f"{HOME}/browse?path=top", [], 0
        while where:
            page = text(browser.get(where))
            found += names(page)
            where, pages = onward(page), pages + 1
    assert found == ["file", *(f"name {at:07}" for at in range(1_200))]
    assert pages == 3


def test_a_large_sealed_directory_loses_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "PAGE", 5)
    vault = Vault(tmp_path / "base")
    source = tmp_path / "source"
    source.mkdir()
    wanted = [f"secret {at:02}" for at in range(17)]
    for one in wanted:
        (source / one).write_bytes(one.encode())
    vault.run(source)
    with looking(tmp_path / "base", PASSWORD.decode()) as browser:
        where, found = f"{HOME}/browse?path={source}", []
        while where:
            page = text(browser.get(where))
            assert "they come in no order" in page
            found += names(page)
            where = onward(page)
    assert sorted(found) == wanted


def test_many_sets_are_leafed_through_and_zoomed_into(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=400)
    versions(shop, b"late", [(390, 0)])
    with looking(tmp_path / "base") as browser:
        page = text(browser.get(f"{HOME}/?first=1&last=400"))
        columns = re.findall(r'<a tabindex="-1" href="([^"]*)"', page)
        assert len(columns) == 100
        closer = text(browser.get(unescape(columns[3])))
        assert "set 16" in closer and "set 17" not in closer and closer.count('class="hit"') == 4
        told, where = [], f"{HOME}/?first=1&last=120"
        while where:
            page = text(browser.get(where))
            told += [int(one) for one in re.findall(r"<bdi>set (\d+)</bdi>", page)]
            found = re.findall(r'href="([^"]*)#sets">Older sets', page)
            where = unescape(found[0]) if found else ""
        assert told == list(range(120, 0, -1))
        early = words(browser.get(f"{HOME}/browse?set=20&path=top"))
        assert "After" in early and "late" not in early
        assert "late" in words(browser.get(f"{HOME}/browse?set=400&path=top"))


def test_what_cannot_be_read_is_marked(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    shop.run({b"good": b"good bytes", b"bad": b"bad bytes"})
    shop.execute("UPDATE contents SET is_damaged = 1 WHERE size = 9")
    shop.execute("UPDATE entries SET content = NULL WHERE name = x'676f6f64'")
    for path in shop.layout_packs():
        path.write_bytes(path.read_bytes().replace(b"bad", b"BAD"))
    with looking(tmp_path / "base") as browser:
        told = words(browser.get(f"{HOME}/browse?path=top"))
        assert "damaged" in told and "not read" in told
        assert "Needs attention" in words(browser.get("/pages/"))
        assert "damaged" in words(browser.get(f"{HOME}/"))
        shown = browser.get(f"{HOME}/file?path=top/bad")
        assert shown.status == 200 and 'role="alert"' in text(shown)
        assert browser.get(f"{HOME}/download?path=top/bad").status == 500
        assert browser.get(f"{HOME}/download?path=top/good").status == 500
        assert browser.get(f"{HOME}/picture?path=top/bad").status == 500


def test_a_set_that_was_cut_off_can_be_looked_at(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=3)
    shop.execute("UPDATE backup_sets SET is_complete = 0, ended_ns = NULL WHERE number = 3")
    with looking(tmp_path / "base") as browser:
        told = words(browser.get(f"{HOME}/browse?set=3&path=top"))
        assert "incomplete" in told and "file" in told
        assert "set 2" in words(browser.get(f"{HOME}/browse?path=top"))
        assert "incomplete" in words(browser.get(f"{HOME}/"))


def test_a_store_without_sets_says_so(tmp_path: Path) -> None:
    Workshop(tmp_path / "base").create()
    with looking(tmp_path / "base") as browser:
        assert "There is no backup set yet" in words(browser.get(f"{HOME}/"))
        assert "There is no good set yet" in words(browser.get("/pages/"))
        assert browser.get(f"{HOME}/browse").status == 404
        assert "0 names here" in words(browser.get(f"{HOME}/search?q=x"))


def test_a_root_below_another_and_one_that_is_a_file_are_shown(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=1, names=3)
    shop.execute("UPDATE roots SET path = x'2f612f62'")
    shop.execute("INSERT INTO directories VALUES (77, 1, 77, 0)")
    insert = "INSERT INTO roots VALUES (1, ?, ?, ?, x'90')"
    shop.execute(insert, b"/a/b/deep/er", None, 77)
    shop.execute(insert, b"/a/file", b"file", 1)
    with shop.reader() as reader:
        assert browsing.start_of(Tree(reader, 1)) == b"/a"
    with looking(tmp_path / "base") as browser:
        above = text(browser.get(f"{HOME}/browse"))
        assert names(above) == ["b", "file"]
        below = text(browser.get(f"{HOME}/browse?path=/a/b"))
        assert names(below) == ["deep", "file", *(f"name {at:07}" for at in range(3))]
        assert names(text(browser.get(f"{HOME}/browse?path=/a/b/deep"))) == ["er"]
        assert "This directory was empty" in words(browser.get(f"{HOME}/browse?path=/a/b/deep/er"))
        assert browser.get(f"{HOME}/download?path=/a/file").body == b"one"
