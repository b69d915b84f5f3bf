"""The store of a client is upgraded by its name."""

from pathlib import Path

import pytest

from tardis.admin import upgrade
from tardis.model import UsageError
from tests.store.ages import CHANGES, grow_older
from tests.store.workshop import BOX, Workshop


def test_a_store_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Workshop(tmp_path / "base").create()
    assert upgrade(shop.place(), BOX).changes == ()
    grow_older(monkeypatch, tmp_path / "schema")
    assert len(upgrade(shop.place(), BOX, is_dry=True).changes) == len(CHANGES)
    assert len(upgrade(shop.place(), BOX).changes) == len(CHANGES)
    assert upgrade(shop.place(), BOX).changes == ()


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        upgrade(Workshop(tmp_path).place(), "../box")
