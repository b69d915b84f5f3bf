"""A server of two clients, of whom Alice may ask for everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.model import Right
from tardis.store import Grant, write_grant
from tests.web.site import ALICE, Site, make_site, small_stores
from tests.web.visitor import Visitor


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with small_stores():
        made = make_site(tmp_path / "base")
        write_grant(made.place, ALICE, Grant(tuple(Right)))
        with made.serving():
            yield made


@pytest.fixture
def alice(site: Site) -> Iterator[Visitor]:
    with site.at(ALICE) as one:
        yield one
