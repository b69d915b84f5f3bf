"""Trouble is told once when it begins and once when it is over, however often it is found."""

from hypothesis import given
from hypothesis import strategies as st

from tardis.policy import Change, Episode, after, changes

Found = dict[str, str | None]


def rounds(*steps: tuple[Found, bool]) -> list[list[tuple[str, bool]]]:
    """Return (topic, is over) of what is told in each round; a round may reach nobody."""
    known: dict[str, Episode] = {}
    heard = []
    for moment, (found, reaches) in enumerate(steps):
        news = changes(known, found, moment)
        heard.append([(one.topic, one.is_over) for one in news])
        known = after(known, found, news if reaches else [], moment)
    return heard


def test_an_episode_is_told_once_and_its_end_once() -> None:
    bad: tuple[Found, bool] = ({"failure": "no answer"}, True)
    good: tuple[Found, bool] = ({"failure": None}, True)
    assert rounds(good, bad, bad, bad, good, good, bad) == [
        [], [("failure", False)], [], [], [("failure", True)], [], [("failure", False)],
    ]  # fmt: skip


def test_what_nobody_heard_is_told_again_and_its_end_only_if_it_was_heard() -> None:
    bad: Found = {"x": "odd"}
    good: Found = {"x": None}
    assert rounds((bad, False), (bad, True), (good, False), (good, True), (good, True)) == [
        [("x", False)], [("x", False)], [("x", True)], [("x", True)], [],
    ]  # fmt: skip
    assert rounds((bad, False), (good, True), (good, True)) == [[("x", False)], [], []]


def test_a_topic_that_was_not_looked_at_stays_as_it_is() -> None:
    assert rounds(({"x": "odd"}, True), ({}, True), ({"y": None}, True), ({"x": None}, True)) == [
        [("x", False)], [], [], [("x", True)],
    ]  # fmt: skip


def test_an_episode_remembers_how_and_when_it_began() -> None:
    known = {"x": Episode("first", 5, is_told=True)}
    assert after(known, {"x": "second"}, [], 9) == known
    assert changes(known, {"x": None}, 9) == [Change("x", True, "first", 5)]
    untold = {"x": Episode("first", 5, is_told=False)}
    (again,) = changes(untold, {"x": "second"}, 9)
    assert again == Change("x", False, "second", 5)
    assert after(untold, {"x": "second"}, [again], 9)["x"].since_ns == 5


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("ab"), st.sampled_from([None, "t"])), st.booleans()
        ),
        max_size=12,
    )
)
def test_beginnings_and_ends_take_turns_for_whoever_hears(
    steps: list[tuple[Found, bool]],
) -> None:
    heard: dict[str, list[bool]] = {"a": [], "b": []}
    for told, (_, reaches) in zip(rounds(*steps), steps, strict=True):
        for topic, is_over in told if reaches else []:
            heard[topic].append(is_over)
    for ends in heard.values():
        assert ends == [bool(at % 2) for at in range(len(ends))]
