"""What a request reads of a store: as little among very many sets and names as among few."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tardis.crypto import KeyRing
from tardis.store import Place, StoreReader, open_reader
from tardis.web import WebOptions
from tests.facilities import counts
from tests.store.crowd import crowded
from tests.store.workshop import BOX
from tests.web.pages.conftest import Browser
from tests.web.site import Site, small_stores

_STEP = 100
FEW = (1_200, 2_500)
MANY = (counts(2_000, 10_000), counts(10_000, 100_000))
HOME, PAGES = f"/api/v1/clients/{BOX}", f"/pages/c/{BOX}"
ASKED = (
    f"{HOME}/sets?limit=50",
    f"{HOME}/sets?limit=50&after=300",
    f"{HOME}/sets/Current/entry?path=top/file",
    f"{HOME}/sets/7/entries?path=top&limit=100",
    f"{HOME}/sets/set 600/entries?path=top&limit=100",
    f"{HOME}/sets/600/content?path=top/file",
    f"{PAGES}/browse?path=top",
    f"{PAGES}/browse?path=top&set=600",
    f"{PAGES}/?first=1&last=400",
    f"{PAGES}/file?path=top/file&set=600",
)


class Counted:
    """A server with one store, that tells what a request has cost."""

    def __init__(self, place: Path, size: tuple[int, int]) -> None:
        crowded(place / "base", sets=size[0], names=size[1])
        base = str(place / "base")
        self._site = Site(Path(base), WebOptions(Place(base), "test", open_store=self._open))
        self._cost = 0

    def _open(self, place: Place, client: str, ring: KeyRing | None) -> StoreReader:
        made = open_reader(place, client, ring)
        made._directory()._db.set_progress_handler(self._count, _STEP)
        return made

    def _count(self) -> int:
        self._cost += 1
        return 0

    def start(self, stack: ExitStack) -> None:
        stack.enter_context(self._site.serving())
        self._browser = Browser(self._site.port)
        stack.callback(self._browser.close)
        assert self._browser.submit("/pages/login", client=BOX, password="").status == 303

    def cost(self, url: str) -> int:
        """Return hundreds of steps of SQLite's machine."""
        self._cost = 0
        answer = self._browser.get(url.replace(" ", "%20"))
        assert answer.status == 200, (url, answer)
        return self._cost


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counted, Counted]]:
    with small_stores(), ExitStack() as stack:
        made = [Counted(tmp_path_factory.mktemp("crowd"), size) for size in (FEW, MANY)]
        for one in made:
            one.start(stack)
        yield made[0], made[1]


@pytest.mark.parametrize("url", ASKED)
def test_no_page_reads_more_where_there_is_more(pair: tuple[Counted, Counted], url: str) -> None:
    few, many = (one.cost(url) for one in pair)
    assert many <= 1.2 * few + 5, url
