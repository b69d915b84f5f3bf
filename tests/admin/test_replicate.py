"""A second copy is made where the administrator says."""

from pathlib import Path

import pytest

from tardis.admin import replicate
from tardis.model import UsageError
from tests.store.workshop import BOX, Workshop


def test_the_copy_is_a_store_of_the_same_client(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    shop.run({b"f": b"one"})
    assert replicate(shop.place(), BOX, str(tmp_path / "copy")).sets == 1
    copy = Workshop(tmp_path / "copy")
    assert copy.rows("SELECT number FROM backup_sets") == [(1,)]


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    with pytest.raises(UsageError, match="--to"):
        replicate(shop.place(), BOX, "")
    with pytest.raises(UsageError, match="no store"):
        replicate(shop.place(), "nobody", str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()
