"""Listings are remembered, and not more of them than agreed."""

import pytest

from tardis.model import Entry, NoSuchPathError
from tardis.mount import listings as module
from tardis.mount.listings import Listings, node_of
from tests.mount.desk import Desk, desk, names

__all__ = ["desk"]


def test_a_directory_is_read_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = desk.kit.reader()
    made = Listings(reader)
    [first, _] = reader.sets()

    def listed() -> set[bytes]:
        return set(made.of(first, b"/top", node_of(b"/top", made.find(first, b"/top"))))

    assert listed() == {b"a", b"d", b"l"}
    monkeypatch.setattr(reader, "children", None)
    assert listed() == {b"a", b"d", b"l"}
    for path in (b"/none", b"/top/none", b"/top/a/b"):
        with pytest.raises(NoSuchPathError):
            made.find(first, path)
    monkeypatch.undo()
    made.forget({first.number})
    assert listed() == {b"a", b"d", b"l"}
    reader.close()


def test_a_few_names_are_asked_for_one_by_one_and_more_with_all_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = desk.kit.reader()
    made, asked = Listings(reader), list[bytes]()
    [_, second] = reader.sets()
    child = reader.child

    def noted(number: int, directory: int, name: bytes) -> Entry | None:
        asked.append(name)
        return child(number, directory, name)

    monkeypatch.setattr(reader, "child", noted)
    for _ in range(3):
        for name in (b"big", b"new"):
            found = made.find(second, b"/top/d/" + name)
            assert isinstance(found, Entry) and found.name == name
    assert asked.count(b"big") == asked.count(b"new") == module.FEW // 2
    monkeypatch.setattr(module, "KEPT_ASKED", 1)
    made.forget({2})
    made.find(second, b"/top/d/big")
    assert len(made._asked) == 1
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
