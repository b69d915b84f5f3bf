"""One server for each module of tests; who changes its stores makes a site of their own."""

from collections.abc import Iterator

import pytest

from tests.web.site import Site, make_site, small_stores
from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with small_stores():
        made = make_site(tmp_path_factory.mktemp("site") / "base")
        with made.serving():
            yield made


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    """Somebody who is not logged in."""
    with site.visitor() as made:
        yield made
