"""What stays between a person and the server: caches, sessions, rights, odd requests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tardis.store import change_keys
from tardis.web.sessions import IDLE_SECONDS, LONGEST_SECONDS
from tests.crypto.slots import slot_of
from tests.web.pages.conftest import ALICE, OPEN, SEALED, Browser
from tests.web.pages.story import HUGE, STORY
from tests.web.pages.test_routes import HOME, text, words
from tests.web.site import Site, make_site, small_stores

PAGES = (
    "/pages/",
    "/pages/login",
    f"{HOME}/",
    f"{HOME}/browse?path=top/docs",
    f"{HOME}/file?path=top/docs/notes.txt",
    f"{HOME}/compare?path=top/docs/notes.txt&left=1&right=2",
    f"{HOME}/picture?path=top/pictures/sun.png",
    f"{HOME}/download?path=top/docs/notes.txt",
    f"{HOME}/archive?path=top/docs",
    f"{HOME}/search?q=notes",
)


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A site whose clock and clients a test may change."""
    with small_stores():
        made = make_site(tmp_path / "base")
        with made.serving():
            yield made


@pytest.fixture
def own(own_site: Site) -> Iterator[Browser]:
    made = Browser(own_site.port)
    yield made
    made.close()


@pytest.mark.parametrize("where", PAGES)
def test_nothing_private_is_kept_by_the_browser(reading: Browser, where: str) -> None:
    headers = reading.get(where).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("where", PAGES)
def test_head_tells_no_more_than_get(reading: Browser, where: str) -> None:
    answer = reading.ask("HEAD", where)
    assert (answer.status, answer.body) == (200, b"")
    stranger = Browser(reading.port)
    try:
        assert stranger.ask("HEAD", where).status == (200 if where == "/pages/login" else 303)
    finally:
        stranger.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_pages_can_only_be_looked_at(reading: Browser, method: str) -> None:
    for where in ("", "browse", "download", "search"):
        assert reading.ask(method, f"{HOME}/{where}").status == 405
    assert reading.ask(method, "/pages/").status == 405


def test_keys_are_forgotten_when_nobody_looks(own: Browser, own_site: Site) -> None:
    assert own.log_in(SEALED).status == 303
    where = f"/pages/c/{SEALED}/search?q=secret"
    own_site.clock.now += IDLE_SECONDS - 1
    assert "secret-name" in text(own.get(where))
    own_site.clock.now += IDLE_SECONDS + 1
    answer = own.get(where)
    assert answer.status == 303 and "/pages/login" in answer.headers["Location"]


def test_nobody_stays_logged_in_for_ever(own: Browser, own_site: Site) -> None:
    assert own.log_in(ALICE).status == 303
    for _ in range(int(LONGEST_SECONDS / IDLE_SECONDS) - 1):
        own_site.clock.now += IDLE_SECONDS
        assert own.get(f"/pages/c/{ALICE}/").status == 200
    own_site.clock.now += IDLE_SECONDS + 1
    assert own.get(f"/pages/c/{ALICE}/").status == 303


def test_a_changed_password_ends_what_the_old_one_began(own: Browser, own_site: Site) -> None:
    assert own.log_in(ALICE).status == 303
    fresh = slot_of("another password of alice")
    change_keys(own_site.place, ALICE, lambda keys: keys.with_slot(fresh))
    assert own.get(f"/pages/c/{ALICE}/").status == 303
    assert own.log_in(ALICE).status == 401
    again = own.submit("/pages/login", client=ALICE, password="another password of alice")
    assert again.status == 303


def test_one_of_several_passwords_is_named_by_its_label(own: Browser, own_site: Site) -> None:
    second = slot_of("the second password", "phone")
    change_keys(own_site.place, ALICE, lambda keys: keys.with_slot(second))
    wrong = own.submit("/pages/login", client=ALICE, password="the second password")
    assert wrong.status == 401
    named = {"client": ALICE, "password": "the second password", "slot": "phone"}
    assert own.submit("/pages/login", **named).status == 303


def test_guesses_are_slowed_down_and_logged(own: Browser, own_site: Site) -> None:
    for _ in range(3):
        assert own.submit("/pages/login", client=ALICE, password="a guess").status == 401
    hasty = own.log_in(ALICE)
    assert hasty.status == 401 and "too many wrong passwords" in words(hasty)
    assert sum(line.startswith("login failed for client alice") for line in own_site.log) >= 3
    assert not any("a guess" in line for line in own_site.log)


def test_a_client_without_a_password_is_for_this_machine_alone(own: Browser) -> None:
    sent = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Forwarded-For": "192.0.2.7",
    }
    far = own.ask("POST", "/pages/login", f"client={OPEN}&password=".encode(), sent)
    assert far.status == 403 and "Set-Cookie" not in far.headers
    assert own.log_in(OPEN).status == 303
    assert own.get(f"/pages/c/{OPEN}/").status == 200
    own.jar.clear()
    assert own.get(f"/pages/c/{OPEN}/", X_Forwarded_For="192.0.2.7").status == 303


def test_many_downloads_at_once_are_all_whole(reading: Browser) -> None:
    def fetch(_: int) -> bytes:
        one = Browser(reading.port)
        one.cookie = reading.cookie
        try:
            return one.get(f"{HOME}/download?path=top/pictures/huge.txt").body
        finally:
            one.close()

    with ThreadPoolExecutor(8) as pool:
        assert all(body == HUGE for body in pool.map(fetch, range(16)))


def test_long_pages_are_sent_compressed_to_those_who_take_it(reading: Browser) -> None:
    plain = reading.get(f"{HOME}/browse?path=top/docs&set=7")
    packed = reading.get(f"{HOME}/browse?path=top/docs&set=7", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert text(packed) == text(plain) and len(packed.body) < len(plain.body) / 2


def test_a_log_has_no_names_of_files(reading: Browser, shown_site: Site) -> None:
    reading.get(f"{HOME}/browse?path=top/docs&set=7")
    reading.get(f"{HOME}/file?path=top/docs/none")
    reading.get(f"{HOME}/search?q=letter")
    told = "\n".join(shown_site.log)
    assert STORY in told and "top/docs" not in told and "letter" not in told
