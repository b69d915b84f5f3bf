import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tardis.policy import Judged, Rule, RuleSet, Scope, cvs_rules, parse_rules
from tests.policy.reference import leaves_out

COMPONENT = st.sampled_from(["a", "b", "ab", "*", "?", "a*", "*b", "[ab]", "**", "a**", ""])
PATTERN = st.builds(
    lambda keeps, top, parts, end: keeps + top + "/".join(parts) + end,
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(COMPONENT, min_size=1, max_size=4),
    st.sampled_from(["", "", "/"]),
)
PATH = st.lists(st.sampled_from(["a", "b", "ab", "ba", "c"]), min_size=1, max_size=5)


def scope_of(*patterns: str) -> Scope:
    return Scope().with_rules(RuleSet(Rule(one, "here") for one in patterns))


def judged(scope: Scope, path: str, is_folder: bool = False) -> Judged:
    above, _, name = path.rpartition("/")
    return scope.below(above).judge(name, lambda: is_folder)


@given(st.lists(PATTERN, max_size=5), PATH, st.booleans())
@example(["**"], ["a"], False)
@example(["/a/**"], ["a"], True)
@example(["/a/**/b"], ["a", "b"], False)
@example(["**/**/a/**/**"], ["a", "a"], False)
@example(["*", "!a/"], ["a"], False)
def test_rules_say_what_each_pattern_says_of_the_whole_path(
    patterns: list[str], path: list[str], is_folder: bool
) -> None:
    scope = scope_of(*patterns)
    found = judged(scope, "/".join(path), is_folder)
    assert found.is_left_out == leaves_out(patterns, "/".join(path), is_folder)
    hits = scope.below("/".join(path[:-1])).hits
    if found.leaving is not None:
        assert hits is not None
        assert hits(path[-1])


@given(st.lists(PATTERN, max_size=3), st.lists(PATTERN, max_size=3), PATH)
def test_rules_of_a_directory_are_counted_from_it(
    above: list[str], own: list[str], path: list[str]
) -> None:
    inner = scope_of(*above).enter("top").with_rules(RuleSet(Rule(one, "own") for one in own))
    found = judged(inner, "/".join(path))
    whole = [*above, *(_moved(one) for one in own)]
    assert found.is_left_out == leaves_out(whole, "/".join(["top", *path]), False)


def _moved(pattern: str) -> str:
    """Return *pattern* of the directory ``top`` as one that counts from above it."""
    sign = "!" if pattern.startswith("!") else ""
    body = pattern.removeprefix("!")
    if body.strip("/") == "":
        return body
    return f"{sign}/top{'' if body.startswith('/') else '/**'}/{body.lstrip('/')}"


@pytest.mark.parametrize(
    ("pattern", "out", "kept"),
    [
        ("*.o", ["x.o", "a/b/x.o"], ["x.oo", "x.o/y"]),
        ("a/b", ["a/b", "c/a/b"], ["a", "b", "a/c/b"]),
        ("/a/b", ["a/b"], ["c/a/b"]),
        ("/a/**", ["a/b", "a/b/c"], ["a"]),
        ("/a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["z", "a/z/b"]),
        ("**/z", ["z", "a/z"], ["az"]),
        ("a*/z", ["ab/z"], ["a/b/z"]),
        ("[#]x", ["#x"], ["x"]),
        ("/", [], ["a"]),
        ("!", [], ["a"]),
    ],
)
def test_a_pattern_leaves_out(pattern: str, out: list[str], kept: list[str]) -> None:
    scope = scope_of(pattern)
    assert [path for path in out if not judged(scope, path).is_left_out] == []
    assert [path for path in kept if judged(scope, path).is_left_out] == []


def test_a_slash_at_the_end_names_directories_only_and_asks_only_then() -> None:
    scope = scope_of("build/")
    assert judged(scope, "build", is_folder=True).is_left_out
    assert not judged(scope, "build").is_left_out

    def never() -> bool:
        raise AssertionError("nobody needs to know")

    assert scope_of("build").judge("build", never).is_left_out
    assert not scope.judge("other", never).is_left_out


def test_what_is_kept_wins_wherever_it_is_told() -> None:
    first, last = scope_of("!keep.o", "*.o"), scope_of("*.o", "!keep.o")
    for scope in (first, last):
        assert not judged(scope, "keep.o").is_left_out
        assert judged(scope, "x.o").is_left_out
    local = scope_of("*.o").with_rules(RuleSet([Rule("!*.o", "local", 3)]))
    found = judged(local, "x.o")
    assert found == Judged(Rule("*.o", "here"), Rule("!*.o", "local", 3))
    assert not found.is_left_out


def test_the_rule_that_decides_has_a_name() -> None:
    rules = parse_rules("\ufeff# names\n\n  *.tmp \r\n[#]*\n", "/etc/tardis/excludes")
    assert rules == [Rule("*.tmp", "/etc/tardis/excludes", 3), Rule("[#]*", rules[0].source, 4)]
    scope = Scope().with_rules(RuleSet(rules))
    assert str(judged(scope, "x.tmp").leaving) == "/etc/tardis/excludes:3: *.tmp"
    assert str(Rule("*.o", "--exclude")) == "--exclude: *.o"


def test_directories_are_left_out_by_their_very_path() -> None:
    rule = Rule("/a/[b]*/", "--exclude-dir")
    scope = Scope().with_rules(RuleSet([], [("/a/[b]*", rule), ("/", rule)]))
    assert judged(scope, "a/[b]*", is_folder=True) == Judged(rule)
    assert not judged(scope, "a/[b]*").is_left_out
    assert not judged(scope, "a/bx", is_folder=True).is_left_out


def test_the_list_of_cvs_holds_names_with_any_sign() -> None:
    scope = Scope().with_rules(RuleSet(cvs_rules("--cvs-ignore")))
    for name in ("#auto#", ".#lock", "_$x", "x$", ",v", "x~", ".git", "CVS", "x.o", ".x.swp"):
        assert judged(scope, name).is_left_out, name
    for name in ("x.c", "git", "core.c", "x.ob", "tag"):
        assert not judged(scope, name).is_left_out, name


def test_names_that_are_no_text_are_compared_by_character() -> None:
    name = os.fsdecode(b"\xff.o")
    assert judged(scope_of("?.o"), name).is_left_out
    assert judged(scope_of(name), name).is_left_out


def test_without_rules_nothing_is_asked_on_the_way_down() -> None:
    scope = Scope()
    assert scope.hits is None
    assert scope.enter("a") is scope
    plain = scope_of("*.o", "core")
    assert plain.below("a/b/c").below("d") is plain.below("a")


def test_the_way_down_costs_nothing_for_rules_of_other_places() -> None:
    paths = [f"/home/user{number % 1000}/dir{number}/file{number}" for number in range(100_000)]
    scope = scope_of(*paths)
    deep = scope.below("home/user7/dir7")
    assert deep.judge("file7", lambda: False).is_left_out
    assert not deep.judge("file8", lambda: False).is_left_out
    assert len(scope.below("home")._leaving) == 1
    assert len(scope.below("home/user7")._leaving) == 1
    assert scope.below("nowhere").hits is None


def test_patterns_of_many_stars_have_no_more_places_than_signs() -> None:
    scope = scope_of("/".join(["**", "*"] * 20) + "/z")
    deep = scope.below("/".join(["a"] * 60))
    assert len(deep._leaving) <= 60
    assert not deep.judge("y", lambda: False).is_left_out
    assert deep.judge("z", lambda: False).is_left_out
