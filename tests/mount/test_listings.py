"""Listings are remembered, and not more of them than agreed."""

import pytest

from tardis.model import NoSuchPathError
from tardis.mount import listings as module
from tardis.mount.listings import Listings
from tests.mount.desk import Desk, desk, names

__all__ = ["desk"]


def test_a_directory_is_read_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = desk.kit.reader()
    made = Listings(reader)
    [first, _] = reader.sets()
    assert set(made.at(first, b"/top")) == {b"a", b"d", b"l"}
    monkeypatch.setattr(reader, "children", None)
    assert set(made.at(first, b"/top")) == {b"a", b"d", b"l"}
    with pytest.raises(NoSuchPathError):
        made.at(first, b"/none")
    monkeypatch.undo()
    made.forget({first.number})
    assert set(made.at(first, b"/top")) == {b"a", b"d", b"l"}
    reader.close()


def test_what_is_remembered_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_NODES", 3)
    monkeypatch.setattr(module, "KEPT_TREES", 1)
    made = desk.view._listings
    for _ in range(2):
        for name in (b"first", b"second"):
            assert b"big" in names(desk, b"/" + name + b"/top/d")
            assert desk.read(b"/" + name + b"/top/a")
    assert len(made._listings) == 1 and len(made._trees) == 1
