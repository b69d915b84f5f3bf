"""Numbers stand for names, each for one alone, as long as the kernel has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.mount.nodes import Nodes
from tardis.mount.wire import ROOT


class Same:
    """A stamp whose hash is that of all others."""

    def __hash__(self) -> int:
        return 7


def test_a_name_has_one_number_and_a_path() -> None:
    nodes = Nodes()
    folder = nodes.tell(ROOT, b"d")
    file = nodes.tell(folder, b"a")
    assert file == nodes.tell(folder, b"a") != nodes.tell(folder, b"b")
    assert nodes.path(file) == b"/d/a" and nodes.path(ROOT) == b"/"
    assert len({ROOT, 0, folder, file}) == 4


def test_a_number_goes_when_it_was_forgotten_as_often_as_it_was_told() -> None:
    nodes = Nodes()
    number = nodes.tell(ROOT, b"a")
    nodes.tell(ROOT, b"a")
    nodes.forget(number, 1)
    assert nodes.path(number) == b"/a"
    nodes.forget(number, 1)
    nodes.forget(number, 1)
    nodes.forget(ROOT, 1 << 60)
    with pytest.raises(KeyError):
        nodes.path(number)
    assert len(nodes) == 1 and nodes.tell(ROOT, b"a") == number


def test_a_stamp_makes_another_of_the_same_name_and_the_same_of_another() -> None:
    nodes = Nodes()
    one, two = nodes.tell(ROOT, b"set", (1, 5)), nodes.tell(ROOT, b"set", (2, 5))
    assert one != two
    assert nodes.tell(ROOT, b"renamed", (1, 5)) == one
    assert nodes.path(one) == b"/renamed"


def test_things_whose_hashes_are_one_have_numbers_of_their_own() -> None:
    nodes, stamps = Nodes(), [Same() for _ in range(5)]
    found = [nodes.tell(ROOT, b"%d" % at, stamp) for at, stamp in enumerate(stamps)]
    assert len(set(found)) == 5
    assert [nodes.tell(ROOT, b"%d" % at, stamp) for at, stamp in enumerate(stamps)] == found
    assert [nodes.path(number) for number in found] == [b"/%d" % at for at in range(5)]


@given(st.lists(st.lists(st.binary(min_size=1, max_size=3), min_size=1, max_size=4), max_size=20))
def test_every_path_is_found_again(paths: list[list[bytes]]) -> None:
    nodes = Nodes()
    found: dict[int, list[bytes]] = {}
    for path in paths:
        number = ROOT
        for name in path:
            number = nodes.tell(number, name)
        assert found.setdefault(number, path) == path
    for number, path in found.items():
        assert nodes.path(number) == b"".join(b"/" + name for name in path)
    assert len(found) == len({tuple(path) for path in paths})
