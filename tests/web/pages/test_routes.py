import gzip
import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from tardis.model import Right
from tardis.store import Grant, write_grant
from tests.web.pages.conftest import ALICE, BOB, OPEN, SEALED, Browser
from tests.web.pages.story import STORY, picture
from tests.web.site import Site, password_of
from tests.web.visitor import Answer

HOME = f"/pages/c/{STORY}"


def text(answer: Answer) -> str:
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    is_packed = answer.headers["Content-Encoding"] == "gzip"
    return (gzip.decompress(answer.body) if is_packed else answer.body).decode()


def words(answer: Answer) -> str:
    """Return what a person reads, on one line."""
    shown = re.sub(r"<(script|svg|title).*?</\1>", " ", text(answer), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", shown)).split())


class Links(HTMLParser):
    """All that a page leads to, and what could run in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.danger: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action"):
                self.found.append(value or "")
            if name.startswith("on") or name == "style":
                self.danger.append(f"{tag} {name}")
        if tag == "style" or (tag == "script" and not dict(attrs).get("src")):
            self.danger.append(tag)


def test_the_root_leads_to_the_login(browser: Browser) -> None:
    assert browser.get("/").headers["Location"] == "/pages/"
    assert browser.get("/pages/").headers["Location"] == "/pages/login"
    assert "Look back in time" in text(browser.get("/pages/login"))


@pytest.mark.parametrize(
    "where", ["", "browse?set=3&path=top/%ff", "file?path=x", "compare?path=x", "picture?path=x",
              "download?path=x", "archive?path=x", "search?q=x"],
)  # fmt: skip
@pytest.mark.parametrize("client", [STORY, OPEN, "nobody"])
def test_who_is_not_logged_in_is_asked_for_the_password(
    browser: Browser, where: str, client: str
) -> None:
    answer = browser.get(f"/pages/c/{client}/{where}")
    assert answer.status == 303
    login = answer.headers["Location"]
    assert login.startswith(f"/pages/login?name={client}&next=/pages/c/{client}/")
    assert "Day-" not in words(browser.get(login))


def test_a_login_leads_on_to_what_was_asked_for(browser: Browser) -> None:
    wanted = browser.get(f"{HOME}/browse?path=top/docs%ff").headers["Location"]
    page = text(browser.get(wanted))
    onward = unescape(re.findall(r'name="next" value="([^"]*)"', page)[0])
    assert onward == f"{HOME}/browse?path=top/docs%ff"
    answer = browser.log_in(STORY, next=onward)
    assert (answer.status, answer.headers["Location"]) == (303, onward)


@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere", "", "/api",
               "/pages/\\..\\x"],
)  # fmt: skip
def test_a_login_leads_nowhere_else(browser: Browser, onward: str) -> None:
    answer = browser.log_in(STORY, next=onward)
    assert answer.headers["Location"] == f"{HOME}/"


def test_a_wrong_password_says_no_more_than_that(browser: Browser) -> None:
    for client in (BOB, "nobody-there"):
        answer = browser.submit("/pages/login", client=client, password="wrong")
        assert answer.status == 401 and "Set-Cookie" not in answer.headers
        assert "password is wrong" in words(answer)
        assert "wrong" not in re.findall(r'<input id="password".*?>', text(answer))[0]


def test_the_cookie_is_for_this_server_alone(browser: Browser) -> None:
    told = browser.log_in(STORY).headers["Set-Cookie"]
    assert "HttpOnly" in told and "SameSite=Strict" in told


def test_forms_of_other_sites_are_refused(browser: Browser) -> None:
    sent = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "cross-site",
    }
    body = f"client={STORY}&password={password_of(STORY)}".encode()
    assert browser.ask("POST", "/pages/login", body, sent).status == 403
    assert browser.cookie == ""
    assert browser.log_in(STORY).status == 303
    assert browser.ask("POST", "/pages/logout", b"", sent).status == 403
    assert browser.get(f"{HOME}/").status == 200


def test_logging_out_ends_everything(reading: Browser) -> None:
    cookie = reading.cookie
    assert reading.submit("/pages/logout").status == 303
    reading.cookie = cookie
    assert reading.get(f"{HOME}/").status == 303
    assert reading.get("/pages/").headers["Location"] == "/pages/login"


def test_two_users_at_once_see_only_their_own(shown_site: Site) -> None:
    users = {client: Browser(shown_site.port) for client in (ALICE, BOB)}
    try:
        for client, user in users.items():
            assert user.log_in(client).status == 303
        for client, other in ((ALICE, BOB), (BOB, ALICE)):
            user = users[client]
            cards = words(user.get("/pages/"))
            assert client in cards and other not in cards and STORY not in cards
            path = f"/pages/c/{client}/file?path=top/a"
            assert f"alpha of {client}" in text(user.get(path))
            for where in ("", "file?path=top/a", "download?path=top/a", "search?q=a"):
                assert user.get(f"/pages/c/{other}/{where}").status == 303
        tags = [users[one].get(f"/pages/c/{one}/download?path=top/b").headers["ETag"]
                for one in users]  # fmt: skip
        assert tags[0] != tags[1], "the same bytes of two clients"
    finally:
        for user in users.values():
            user.close()


def test_one_browser_may_look_at_several_clients(reading: Browser) -> None:
    assert reading.log_in(ALICE).status == 303
    cards = words(reading.get("/pages/"))
    assert ALICE in cards and STORY in cards and "Day-8" in cards and BOB not in cards
    assert reading.submit("/pages/logout", client=ALICE).status == 303
    assert ALICE not in words(reading.get("/pages/"))


def test_an_encrypted_backup_is_shown_until_the_keys_are_forgotten(browser: Browser) -> None:
    assert browser.log_in(SEALED).status == 303
    assert "encrypted" in words(browser.get("/pages/"))
    found = text(browser.get(f"/pages/c/{SEALED}/search?q=secret-name"))
    [link] = [unescape(one) for one in re.findall(r'href="([^"]*/file[^"]*)"', found)]
    assert "another secret of the vault" in text(browser.get(link))
    browser.submit("/pages/logout")
    assert browser.get(link).status == 303


def test_without_its_keys_an_encrypted_backup_tells_its_sets_alone(
    browser: Browser, shown_site: Site
) -> None:
    browser.login(SEALED, password_of(SEALED))
    assert "2 sets in all" in words(browser.get(f"/pages/c/{SEALED}/"))
    answer = browser.get(f"/pages/c/{SEALED}/browse")
    assert answer.status == 403 and "no keys" in words(answer)


def test_the_timeline_tells_the_same_as_its_chart(reading: Browser) -> None:
    page = reading.get(f"{HOME}/")
    told = words(page)
    assert "Timeline of story" in told and "8 sets in all" in told and "wedding" in told
    assert [f"Day-{at}" in told for at in range(1, 9)] == [True] * 8
    assert text(page).count('class="hit"') == 8
    zoomed = words(reading.get(f"{HOME}/?first=4&last=2"))
    assert "Day-3" in zoomed and "Day-5" not in zoomed and "Newest" in zoomed
    assert "No sets in this range" in words(reading.get(f"{HOME}/?first=50&last=60"))


def test_a_directory_shows_what_came_changed_and_went(reading: Browser) -> None:
    told = words(reading.get(f"{HOME}/browse?set=4&path=top/docs"))
    assert "1 vanished" in told and "letter.txt" in told
    told = words(reading.get(f"{HOME}/browse?set=7&path=top/docs"))
    assert "1 appeared 1 touched" in told and "letter.txt" not in told
    assert "nothing differs here" in words(reading.get(f"{HOME}/browse?set=3&path=top/docs"))
    assert "Day-8" in words(reading.get(f"{HOME}/browse"))


def test_a_path_can_be_followed_to_where_it_is_not(reading: Browser) -> None:
    told = words(reading.get(f"{HOME}/browse?set=8&path=top/docs/letter.txt"))
    assert "Not there" in told and "go to top/docs" in told
    assert reading.get(f"{HOME}/browse?set=1&path=top/docs/letter.txt").status == 303
    assert reading.get(f"{HOME}/file?set=1&path=top/docs").status == 303


def test_a_file_shows_its_versions_and_itself(reading: Browser) -> None:
    page = reading.get(f"{HOME}/file?set=1&path=top/docs/letter.txt")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text(page)
    assert "vanished" in words(page) and "Dear Ada," in words(page)
    gone = words(reading.get(f"{HOME}/file?set=8&path=top/docs/letter.txt"))
    assert "It is not in this set" in gone and "Preview" not in gone
    assert "Points to notes.txt" in words(reading.get(f"{HOME}/file?path=top/docs/link"))
    assert reading.get(f"{HOME}/file?path=top/docs/none").status == 404


def test_two_versions_stand_side_by_side(reading: Browser) -> None:
    page = text(reading.get(f"{HOME}/compare?left=8&right=1&path=top/docs/notes.txt"))
    assert page.index("Day-1") < page.index("Day-8")
    assert "2 lines added" in page and "1 line removed" in page
    assert "&lt;em&gt;" in page and "<em>" not in page
    assert page.count('<tr class="changed">') == page.count('<tr class="added">') == 1


@pytest.mark.parametrize(
    "path, left, right, said",
    [
        ("top/docs/notes.txt", 2, 3, "Both sets have the same bytes"),
        ("top/pictures/sun.png", 1, 5, "picture"),
        ("top/recipes", 1, 5, "that is no file"),
        ("top/docs/letter.txt", 1, 8, "does not hold"),
    ],
)
def test_other_pairs_are_told_apart(
    reading: Browser, path: str, left: int, right: int, said: str
) -> None:
    assert said in text(reading.get(f"{HOME}/compare?left={left}&right={right}&path={path}"))


def test_pictures_are_shown_and_nothing_else_is(reading: Browser) -> None:
    answer = reading.get(f"{HOME}/picture?set=5&path=top/pictures/sun.png")
    assert answer.body == picture(200) and answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert reading.get(f"{HOME}/picture?set=1&path=top/docs/letter.txt").status == 400


def test_downloads_are_kept_and_never_shown(reading: Browser) -> None:
    answer = reading.get(f"{HOME}/download?set=1&path=top/docs/letter.txt")
    assert answer.body.startswith(b"Dear Ada,\n<script>")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Cache-Control"] == "no-store"
    for kind in ("tar", "zip"):
        answer = reading.get(f"{HOME}/archive?as={kind}&path=top/docs&set=1")
        assert answer.status == 200 and b"notes.txt" in answer.body
        assert f'"docs.{kind}"' in answer.headers["Content-Disposition"]
    assert reading.get(f"{HOME}/archive?as=rar&path=top").status == 400
    assert reading.ask("HEAD", f"{HOME}/archive?path=top").status == 200


def test_searches_look_at_all_sets(reading: Browser) -> None:
    found = reading.get(f"{HOME}/search?q=soup")
    assert "top/recipes/soup" in words(found) and "all names were looked at" in words(found)
    assert "0 names here" in words(reading.get(f"{HOME}/search?q=%3Cb%3Enone"))
    assert "<b>" not in text(reading.get(f"{HOME}/search?q=%22%3E%3Cb%3E%ff"))


@pytest.mark.parametrize(
    "where, status",
    [("browse?set=99", 404), ("browse?set=x", 400), ("browse?path=..%2f..", 400),
     ("browse?path=%00", 400), ("?first=" + "9" * 30, 400), ("download?path=top", 404),
     ("download?path=top/docs/link", 404), ("browse?" + "a=1&" * 99, 400)],
)  # fmt: skip
def test_odd_requests_are_refused_in_words(reading: Browser, where: str, status: int) -> None:
    answer = reading.get(f"{HOME}/{where}")
    assert answer.status == status and 'role="alert"' in text(answer)


def test_what_a_client_may_not_is_not_shown(reading: Browser, shown_site: Site) -> None:
    try:
        write_grant(shown_site.place, STORY, Grant(rights=(Right.LIST,)))
        assert reading.get(f"{HOME}/browse").status == 200
        for where in ("download", "picture", "archive", "file", "compare"):
            answer = reading.get(f"{HOME}/{where}?path=top/docs/notes.txt&left=1&right=2")
            assert answer.status == 403, where
        write_grant(shown_site.place, STORY, Grant(rights=()))
        assert reading.get(f"{HOME}/").status == 403
        assert "may not" in words(reading.get("/pages/"))
    finally:
        write_grant(shown_site.place, STORY, Grant())


def test_every_link_of_every_page_leads_somewhere_safe(reading: Browser) -> None:
    waiting, seen = [f"{HOME}/", "/pages/", "/pages/login", f"{HOME}/search?q=*"], set()
    odd = 0
    while waiting:
        here = waiting.pop()
        if here in seen or here.endswith(("/logout", "/compare")):
            continue
        seen.add(here)
        answer = reading.get(here)
        odd += "odd%20%FF" in here
        assert answer.status in (200, 303), f"{here}: {answer}"
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"] or (
            answer.headers["Content-Disposition"].startswith("attachment")
        )
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        links = Links(text(answer))
        assert links.danger == [], here
        for one in links.found:
            assert one.startswith("/pages/") or one.startswith("#"), f"{here}: {one}"
            target = urljoin(here, one).partition("#")[0]
            if "set=" not in target or re.search(r"set=[147](&|$)", target):
                waiting.append(target)
    assert odd and len(seen) > 30
