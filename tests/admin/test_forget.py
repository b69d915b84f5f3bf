"""Paths are forgotten once that was agreed to."""

from pathlib import Path

import pytest

from tardis.admin import forget
from tardis.model import StoreBusyError, UsageError
from tests.store.workshop import BOX, Workshop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    made.run({b"f": b"one", b"g": b"two"})
    return made


def names(shop: Workshop) -> list[bytes]:
    return [name for (name,) in shop.rows("SELECT name FROM entries ORDER BY name")]


def test_a_path_is_forgotten(shop: Workshop) -> None:
    assert forget(shop.place(), BOX, [b"top/f/"], lambda plan: plan.rows == 1) is not None
    assert names(shop) == [b"g"]


def test_nothing_is_changed_without_consent(shop: Workshop) -> None:
    assert forget(shop.place(), BOX, [b"top/f"], lambda plan: False) is None
    assert names(shop) == [b"f", b"g"]


@pytest.mark.parametrize("path", [b"", b"/", b"//"])
def test_everything_is_no_path(shop: Workshop, path: bytes) -> None:
    with pytest.raises(UsageError):
        forget(shop.place(), BOX, [path], lambda plan: True)


def test_a_store_in_use_is_left_alone(shop: Workshop) -> None:
    with shop.running(name="two"), pytest.raises(StoreBusyError):
        forget(shop.place(), BOX, [b"top/f"], lambda plan: True)
