import fnmatch
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tardis.policy.globs import Index, literals

LETTERS = st.text(alphabet="ab*?[]!-.\n", max_size=8)
NAMES = st.text(alphabet="ab*?[]!-.\n", max_size=10)


def compared(index: Index[int]) -> int:
    assert index.globs is not None
    return index.globs.compared


def fits(pattern: str, name: str) -> bool:
    return re.match(fnmatch.translate(pattern), name) is not None


@given(st.lists(LETTERS, max_size=6), st.lists(NAMES, max_size=6))
@example(["a*a"], ["a", "aa"])
@example(["[*]", "[[]", "[]]", "[!]", "[!]]", "[a"], ["*", "[", "]", "[!]", "a", "[a"])
@example(["*ab*ba*", "*ab*"], ["aba", "abba", "abab"])
def test_an_index_finds_what_each_pattern_alone_would(
    patterns: list[str], names: list[str]
) -> None:
    index: Index[int] = Index()
    for number, pattern in enumerate(patterns):
        index.add(pattern, number)
    for name in names:
        wanted = [number for number, pattern in enumerate(patterns) if fits(pattern, name)]
        assert sorted(index.find(name)) == wanted, name
        assert bool(index.hits(name)) == bool(wanted), name


@given(LETTERS, NAMES)
def test_what_fits_holds_the_literals_in_their_order(pattern: str, name: str) -> None:
    if not fits(pattern, name):
        return
    pieces = literals(pattern)
    if len(pieces) == 1:
        assert name == pieces[0]
        return
    assert name.startswith(pieces[0])
    assert name.endswith(pieces[-1])
    at = 0
    for piece in pieces:
        at = name.index(piece, at) + len(piece)


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        ("core", ["core"]),
        ("*.o", ["", ".o"]),
        ("a**b", ["a", "b"]),
        ("[#]*[#]", ["#", "#"]),
        ("a[!b]?c", ["a", "", "c"]),
        ("[a", ["[a"]),
        ("[]", ["[]"]),
        ("*one*three*", ["", "one", "three", ""]),
    ],
)
def test_literals_stand_between_what_means_something(pattern: str, pieces: list[str]) -> None:
    assert literals(pattern) == pieces


@pytest.mark.parametrize("count", [1, 30, 300])
def test_few_and_many_patterns_are_hit_by_the_same_names(count: int) -> None:
    index: Index[int] = Index()
    for number in range(count):
        index.add(f"*.{number}", number)
        index.add(f"name{number}", number)
    last = count - 1
    for name in (f"x.{last}", f"name{last}", f".{last}"):
        assert index.hits(name), name
    for name in (f"x.{last}0", f"name{last}\n", f"{last}", "name"):
        assert not index.hits(name), name


def test_a_literal_means_nothing_but_itself() -> None:
    index: Index[str] = Index()
    index.add_literal("*", "star")
    assert list(index.find("*")) == ["star"]
    assert list(index.find("x")) == []


def test_a_hundred_thousand_patterns_cost_no_comparison_that_is_not_needed() -> None:
    index: Index[int] = Index()
    for number in range(20_000):
        index.add(f"name{number}", number)
        index.add(f"*.ext{number}", number)
        index.add(f"start{number}_*", number)
        index.add(f"*hold{number}_*", number)
        index.add(f"[xy]{number}z*_{number}_*[0-9]", number)
    for number in (0, 7, 19_999):
        assert list(index.find(f"name{number}")) == [number]
        assert list(index.find(f"some.ext{number}")) == [number]
        assert list(index.find(f"start{number}_")) == [number]
        assert list(index.find(f"we hold{number}_ it")) == [number]
    assert compared(index) == 3
    assert list(index.find("x7z__7_1")) == [7]
    for number in range(1000):
        assert list(index.find(f"nothing of {number} that fits")) == []
    assert compared(index) <= 5


def test_patterns_made_to_be_slow_are_not() -> None:
    index: Index[int] = Index()
    index.add("*a" * 60 + "b", 0)
    index.add("?*" * 60 + "b", 1)
    assert list(index.find("a" * 255)) == []
    assert list(index.find("a" * 254 + "b")) == [0, 1]


def test_expressions_kept_ready_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tardis.policy.globs.COMPILED", 10)
    index: Index[int] = Index()
    for number in range(100):
        index.add(f"[xy]?{number:03}", number)
    for number in range(100):
        assert list(index.find(f"xx{number:03}")) == [number]
    assert index.globs is not None
    assert len(index.globs._compiled) <= 10
