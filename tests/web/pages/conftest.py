"""One story for each run of the tests, and one server that shows it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tardis.store import StoreReader, change_keys
from tests.crypto.slots import slot_of
from tests.server.talker import Kit
from tests.web.pages.story import STORY, tell
from tests.web.site import ALICE, BOB, OPEN, SEALED, Site, make_site, password_of, small_stores
from tests.web.visitor import Answer, Visitor

__all__ = ["ALICE", "BOB", "OPEN", "SEALED"]


@pytest.fixture(scope="session")
def shown_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The usual clients and the story, whose password is like those of the others."""
    with small_stores():
        made = make_site(tmp_path_factory.mktemp("pages") / "base")
        kit = tell(made.base)
        slot = slot_of(password_of(STORY))
        change_keys(kit.place(), STORY, lambda keys: keys.with_slot(slot))
        with made.serving():
            yield made
        kit.close()


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The story alone."""
    with small_stores():
        base: Path = tmp_path_factory.mktemp("story") / "base"
        base.mkdir()
        kit = tell(base)
        yield kit
        kit.close()


@pytest.fixture
def reader(story: Kit) -> Iterator[StoreReader]:
    with story.reader(STORY) as found:
        yield found


class Browser(Visitor):
    """A visitor who fills in forms."""

    def submit(self, url: str, /, **fields: str) -> Answer:

        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", url, urlencode(fields).encode(), sent)

    def log_in(self, client: str, **more: str) -> Answer:
        password = "" if client == OPEN else password_of(client)
        return self.submit("/pages/login", **({"client": client, "password": password} | more))


@pytest.fixture
def browser(shown_site: Site) -> Iterator[Browser]:
    made = Browser(shown_site.port)
    yield made
    made.close()


@pytest.fixture
def reading(browser: Browser) -> Browser:
    """A browser that is logged in to the story."""
    assert browser.log_in(STORY).status == 303
    return browser
