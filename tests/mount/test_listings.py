"""Listings are remembered, and not more of them than agreed."""

from collections.abc import Sequence

import pytest

from tardis.model import Entry, Kinds, NoSuchPathError
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
    assert asked.count(b"big") == asked.count(b"new") == 1
    for number in range(module.FEW):
        with pytest.raises(NoSuchPathError):
            made.find(second, b"/top/d/none%d" % number)
    assert asked[2:] == [b"none0", b"none1"]  # what has come is remembered
    monkeypatch.setattr(module, "KEPT_ASKED", 1)
    made.forget({2})
    made.find(second, b"/top/d/big")
    assert len(made._asked) == 1
    reader.close()


def test_a_tree_that_is_walked_takes_few_questions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for above in range(40):
        desk.tree.mkdir(b"d/%02d" % above)
        desk.tree.write(b"d/%02d/file" % above, b"x")
    desk.run("third")
    reader = desk.kit.reader()
    made, asked = Listings(reader), list[int]()
    third = reader.sets()[-1]
    kinds = reader.kinds

    def noted(directories: Sequence[int], number: int) -> dict[int, Kinds] | None:
        asked.append(len(directories))
        return kinds(directories, number)

    def listed(path: bytes) -> tuple[set[bytes], set[bytes]]:
        found = made.kinds(third, path, node_of(path, made.find(third, path)))
        assert found is not None
        return {one.name for one in found.folders}, {one[0] for one in found.others}

    monkeypatch.setattr(reader, "kinds", noted)
    names = {b"%02d" % above for above in range(40)}
    assert listed(b"/top/d") == (names, {b"big", b"new"}) and asked == [1]
    for name in sorted(names):
        assert listed(b"/top/d/" + name) == (set(), {b"file"})
    assert asked == [1, module.AHEAD, 40 - module.AHEAD] and not made._ahead
    assert listed(b"/top/d/39") == (set(), {b"file"}) and asked[-1] == 1
    listed(b"/top/d/00")
    made.forget({third.number})
    assert not made._ahead and made._kept_ahead == made._kept == 0
    monkeypatch.setattr(module, "KEPT_AHEAD", 3)
    listed(b"/top/d")
    listed(b"/top/d/00")
    assert len(made._ahead) == made._kept_ahead == 3
    made.of(third, b"/top/d", node_of(b"/top/d", made.find(third, b"/top/d")))
    assert made.kinds(third, b"/top/d", node_of(b"/top/d", made.find(third, b"/top/d"))) is None
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
