"""Which set is meant."""

from collections.abc import Iterator

import pytest

from tardis.admin import tag
from tardis.model import NoSuchSetError, StoreError
from tardis.store import StoreReader, open_reader
from tardis.web.sets import chosen_set
from tests.web.site import BOB, Site


@pytest.fixture
def reader(site: Site) -> Iterator[StoreReader]:
    tag(site.place, BOB, 1, ["tagged", "second-time"], moves=True)
    with open_reader(site.place, BOB) as made:
        yield made


@pytest.mark.parametrize(
    ("wanted", "number"),
    [("first", 1), ("1", 1), ("tagged", 1), ("second", 2), ("2", 2), ("Current", 2),
     ("current", 2), ("second-time", 1)],
)  # fmt: skip
def test_names_numbers_and_tags(reader: StoreReader, wanted: str, number: int) -> None:
    assert chosen_set(reader, wanted).number == number


def test_a_tag_cannot_be_called_like_another_set(site: Site) -> None:
    with pytest.raises(StoreError, match="another set is called second"):
        tag(site.place, BOB, 1, ["second"], moves=True)


@pytest.mark.parametrize("wanted", ["none", "3", "0", "-1", "First", "..", "9" * 400, "9" * 5000])
def test_what_names_no_set(reader: StoreReader, wanted: str) -> None:
    with pytest.raises(NoSuchSetError):
        chosen_set(reader, wanted)
