"""Stores of new clients."""

from pathlib import Path

import pytest

from tardis.admin import create_client
from tardis.model import StoreError, UsageError
from tardis.store import Place, has_store, open_reader


def test_a_new_client_has_an_empty_store(tmp_path: Path) -> None:
    place = Place(str(tmp_path))
    create_client(place, "me")
    with open_reader(place, "me") as reader:
        assert reader.sets() == []


def test_a_client_is_made_once(tmp_path: Path) -> None:
    place = Place(str(tmp_path))
    create_client(place, "me")
    with pytest.raises(StoreError, match="has a store already"):
        create_client(place, "me")
    assert has_store(place, "me")


def test_a_name_that_leads_elsewhere_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        create_client(Place(str(tmp_path / "base")), "../me")
    assert list(tmp_path.iterdir()) == []
