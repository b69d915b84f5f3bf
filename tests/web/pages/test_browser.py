"""The pages in a real browser: what a person sees, with mouse, keys, and by phone."""

import io
import tarfile
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.facilities import need
from tests.web.pages.conftest import Browser
from tests.web.pages.screen import DESK, PHONE, Screen
from tests.web.pages.story import STORY, notes
from tests.web.site import Site, password_of

pytestmark = pytest.mark.chromium

HOME = f"/pages/c/{STORY}"
DOCS = f"{HOME}/browse?path=top/docs"
PAGES = (
    "/pages/",
    "/pages/login",
    f"{HOME}/",
    f"{DOCS}&set=7",
    f"{HOME}/file?path=top/docs/notes.txt&set=2",
    f"{HOME}/file?path=top/pictures/sun.png&set=5",
    f"{HOME}/compare?path=top/docs/notes.txt&left=1&right=2",
    f"{HOME}/search?q=*",
    f"{DOCS}/nowhere",
    f"{HOME}/browse?set=99",
)
EXPECTED = "the server responded with a status of"
"""What a browser says of an answer that is meant to be a refusal."""


@pytest.fixture(scope="session")
def window(shown_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """The browser, for all tests."""
    need("chromium")
    made = Screen(shown_site.port, tmp_path_factory.mktemp("kept"))
    yield made
    made.close()


@pytest.fixture
def screen(window: Screen, browser: Browser) -> Iterator[Screen]:
    """The browser, logged in to the story and there; in the end nobody may have complained."""
    window.start()
    assert browser.log_in(STORY).status == 303
    window.keep(browser.cookie)
    window.go(f"{HOME}/")
    yield window
    assert [one for one in window.complaints() if EXPECTED not in one] == []


def moment(screen: Screen) -> str:
    return str(screen.run("return document.querySelector('.now .set')?.innerText"))


def test_a_person_logs_in_and_sees_the_timeline(window: Screen) -> None:
    window.start()
    window.log_in(STORY, "a wrong one")
    window.wait(lambda: window.all(".alert"), "the refusal")
    assert "password is wrong" in window.text(".alert")
    assert window.find("#client").get_attribute("value") == STORY
    window.find("#password").send_keys(password_of(STORY), Keys.ENTER)
    window.leads_to(f"{HOME}/")
    assert len(window.all(".chart svg a")) == 8
    bars = [bar.rect["height"] for bar in window.all("rect.size")]
    assert len(bars) == 8 and max(bars) > 40 and window.find(".chart svg").rect["width"] > 800
    assert window.text("tbody tr").startswith("Day-8")
    window.find(".chart svg a:nth-of-type(4)").click()
    window.leads_to("set=4")
    assert moment(window) == "Day-4"


def test_arrow_keys_travel_through_time_and_stay_on_the_path(screen: Screen) -> None:
    screen.go(f"{DOCS}&set=7")
    screen.run("window.stays = true; document.querySelector('#moment').focus()")
    told = "return document.activeElement.getAttribute('aria-valuetext')"
    assert "Day-7" in screen.run(told)
    screen.press(Keys.ARROW_LEFT)
    screen.leads_to("set=4")
    screen.wait(lambda: moment(screen) == "Day-4", "the fourth day")
    assert "vanished" in screen.text(".changes") and "letter.txt" in screen.text("tr.gone")
    screen.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    screen.wait(lambda: moment(screen) == "Day-1", "the first day")
    assert "Day-1" in screen.run(told)
    assert screen.run("return window.stays"), "the page was not loaded anew"
    screen.driver.back()
    screen.wait(lambda: moment(screen) == "Day-4", "the fourth day again")
    screen.find("a[rel=next]").click()
    screen.wait(lambda: moment(screen) == "Day-7", "the day of the next change")
    assert screen.run("return document.activeElement.id") == "moment", "there is no next one"


def test_without_scripts_a_list_and_a_button_do_the_same(screen: Screen) -> None:
    screen.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        screen.go(f"{DOCS}&set=7")
        assert not screen.all("#moment")
        Select(screen.find("#set")).select_by_value("4")
        screen.find(".travel form button").click()
        screen.wait(lambda: "set=4" in screen.url, "the fourth day")
        assert moment(screen) == "Day-4"
    finally:
        screen.tell("Emulation.setScriptExecutionDisabled", value=False)


def test_two_versions_are_compared_by_keyboard_alone(screen: Screen) -> None:
    screen.go(f"{DOCS}&set=8")
    screen.press(Keys.TAB)
    assert screen.run("return document.activeElement.className") == "skip"
    screen.press(Keys.ENTER)
    for _ in range(30):
        screen.press(Keys.TAB)
        if screen.run("return document.activeElement.textContent") == "notes.txt":
            break
    screen.press(Keys.ENTER)
    screen.leads_to("/file?")
    assert "line 10 of the <em>changed</em> notes" in screen.text(".preview")
    screen.find("input[name=left]:checked").send_keys(Keys.ENTER)
    screen.leads_to("/compare?")
    changed = screen.find("tr.changed").text
    assert "line 10 of the notes" in changed and "<em>changed</em>" in changed
    assert [one.text for one in screen.all("tr.added td.text")][1].startswith("a line that was not")
    assert not screen.all("main em"), "what is in files is no part of the page"


def test_files_and_directories_are_downloaded(screen: Screen) -> None:
    screen.go(f"{HOME}/file?path=top/docs/notes.txt&set=1")
    screen.find("a.main").click()
    assert screen.download("notes.txt") == notes(1)
    screen.go(f"{DOCS}&set=2")
    screen.follow("tar")
    with tarfile.open(fileobj=io.BytesIO(screen.download("docs.tar"))) as tar:
        member = tar.extractfile("docs/notes.txt")
        assert member is not None and member.read() == notes(2)


def test_what_is_gone_is_found_and_shown(screen: Screen) -> None:
    screen.follow("Search")
    screen.leads_to("/search")
    screen.find("#q").send_keys("letter", Keys.ENTER)
    screen.leads_to("q=letter")
    screen.follow("letter.txt")
    screen.leads_to("/file?")
    assert "<script>alert(1)</script>" in screen.text(".preview")
    screen.go(f"{HOME}/file?path=top/pictures/sun.png&set=5")
    wide = "return document.querySelector('.picture img').naturalWidth"
    screen.wait(lambda: screen.run(wide) == 96, "the picture")


def test_every_page_fits_and_is_legible_and_labelled(screen: Screen) -> None:
    for where in PAGES:
        screen.go(where)
        for size, is_dark in ((PHONE, True), (DESK, False)):
            screen.look(size, is_dark=is_dark)
            assert screen.faults() == [], (where, size)
            paper = screen.run("return getComputedStyle(document.body).backgroundColor")
            assert (int(paper[4:].split(",")[0]) < 100) == is_dark


def test_what_is_wrong_with_a_page_is_found(screen: Screen) -> None:
    screen.run("""
        document.body.insertAdjacentHTML("beforeend", `<h3>a</h3><h2>b</h2><h1>c</h1>
            <table><tr><td>d</td></tr></table><button></button><p>e</p>`);
        document.querySelector("h3 + h2").style.color = "#ccc";
        document.body.lastElementChild.style.width = "5000px";""")
    found = " ".join(screen.faults())
    for one in ("pale: <h2", "nameless: <button", "wider", "one h1", "levels", "without headings"):
        assert one in found
