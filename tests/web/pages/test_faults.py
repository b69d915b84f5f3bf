"""A server's copy that was changed is shown as it is, with a warning wherever one looks at it."""

import io
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlencode

import pytest

from tardis.web.answers import WARNING
from tests.web.pages.conftest import ALICE, SEALED, Browser
from tests.web.pages.story import STORY
from tests.web.site import Site

FAULT = "secret-name, since set {}, is not as it was backed up"
_FILES = "content IS NOT NULL"


@contextmanager
def changed(site: Site, what: str, back: str) -> Iterator[None]:
    """Have the rows of files changed by somebody who has the server."""
    database = site.place.layout(SEALED).database

    def change(part: str) -> None:
        with closing(sqlite3.connect(database)) as db, db:
            assert db.execute(f"UPDATE entries SET {part} WHERE {_FILES}").rowcount

    change(what)
    try:
        yield
    finally:
        change(back)


@pytest.fixture
def inside(shown_site: Site, browser: Browser) -> tuple[Browser, str]:
    """Who is logged in to the vault, and where its file lies."""
    assert browser.log_in(SEALED).status == 303
    source = shown_site.base.parent / "source"
    return browser, str(source)


def address(view: str, path: str, **more: object) -> str:
    return f"/pages/c/{SEALED}/{view}?{urlencode({'path': path, **more})}"


def test_what_holds_has_no_warning(inside: tuple[Browser, str], browser: Browser) -> None:
    reader, source = inside
    for url in (address("browse", source), address("file", f"{source}/secret-name")):
        answer = reader.get(url)
        assert answer.status == 200 and WARNING not in answer.headers
        assert b"Not as it was backed up" not in answer.body


def test_what_does_not_hold_is_told_where_it_is_listed_shown_and_downloaded(
    shown_site: Site, inside: tuple[Browser, str]
) -> None:
    browser, source = inside
    file = f"{source}/secret-name"
    with changed(shown_site, "mtime = mtime + 1", "mtime = mtime - 1"):
        for number, url in (
            (2, address("browse", source)),
            (2, address("file", file)),
            (1, address("file", file, set=1)),
            (1, address("compare", file, left=1, right=2)),
        ):
            answer = browser.get(url)
            assert answer.status == 200 and int(answer.headers[WARNING].rpartition(" ")[2]) >= 1
            assert FAULT.format(number).encode() in answer.body
            assert b'role="alert" id="faults"' in answer.body
        got = browser.get(address("download", file))
        assert got.body == b"another secret of the vault\n" and got.headers[WARNING]
        told = browser.get(address("archive", source, **{"as": "tar"}))
        with tarfile.open(fileobj=io.BytesIO(told.body)) as archive:
            [last] = [one for one in archive if one.name.endswith("-problems.txt")]
            listed = archive.extractfile(last)
            assert listed is not None and FAULT.format(2).encode() in listed.read()
        listed_in_json = browser.get(f"/api/v1/clients/{SEALED}/sets/2/entries?path={source}")
        assert listed_in_json.status == 200 and listed_in_json.headers[WARNING]
    assert any(FAULT.format(2) in line for line in shown_site.log)


def test_another_content_than_the_files_own_is_not_given_out(
    shown_site: Site, inside: tuple[Browser, str]
) -> None:
    browser, source = inside
    with changed(shown_site, "content = 3 - content", "content = 3 - content"):
        answer = browser.get(address("download", f"{source}/secret-name"))
        assert answer.status >= 400 and b"secret of the vault" not in answer.body


def test_what_has_no_codes_has_no_warnings(shown_site: Site, browser: Browser) -> None:
    assert browser.log_in(ALICE).status == 303 and browser.log_in(STORY).status == 303
    for client in (ALICE, STORY):
        answer = browser.get(f"/pages/c/{client}/browse")
        assert answer.status == 200 and WARNING not in answer.headers
