"""Which manifests are replayed, and which are missing, is decided from their places alone."""

from tardis.store.manifest import END
from tardis.store.rebuild_plan import Known, plan_replay
from tardis.store.rebuild_scan import SET, Manifest


def group(place: int, number: int, sequence: int, mark: str = "") -> Manifest:
    return Manifest(1, place, 9, number, sequence, mark)


def full(place: int, number: int, sequence: int, last: int = 0) -> list[Manifest]:
    """Return a full manifest of two pages and its end."""
    pages = [group(place + turn, number, sequence + turn, "entries") for turn in range(2)]
    return [*pages, Manifest(1, place + 2, 9, number, sequence + 2, END, 2, last)]


def runs(*numbers: int, place: int = 0) -> list[Manifest]:
    """Return two records for each set."""
    found = []
    for number in numbers:
        found += [group(place, number, 0), group(place + 1, number, 1, SET)]
        place += 2
    return found


def test_nothing_is_planned_for_nothing() -> None:
    replay = plan_replay([], Known())
    assert (replay.pages, replay.groups, replay.gap, replay.last_set) == ((), (), None, 0)


def test_without_a_catalog_all_is_replayed() -> None:
    found = runs(1, 2, 3)
    replay = plan_replay(found, Known())
    assert replay.groups == tuple(found) and replay.gap is None and replay.last_set == 3


def test_a_catalog_is_gone_on_with() -> None:
    found = runs(1, 2, 3)
    replay = plan_replay(found, Known((1, 3), ((1, 1), (2, 1)), 2))
    assert replay.groups == tuple(found[4:]) and replay.gap is None
    replay = plan_replay(found, Known((1, 2), ((1, 1), (2, 0)), 2))
    assert replay.groups == tuple(found[3:]) and replay.gap is None
    assert plan_replay(found, Known((1, 5), ((3, 1),), 7)).last_set == 7


def test_the_later_record_of_one_set_and_sequence_is_the_true_one() -> None:
    torn, true = group(1, 1, 1), group(7, 1, 1, SET)
    replay = plan_replay([group(0, 1, 0), torn, true], Known())
    assert replay.groups == (group(0, 1, 0), true)


def test_what_a_dead_run_told_behind_where_the_next_began_was_never_true() -> None:
    """It died before the last commit; the next one was cut off in the middle of the same set."""
    begun, group_again = group(0, 1, 0), group(3, 1, 1)
    dead = [group(1, 1, 1), group(2, 1, 2, SET)]
    replay = plan_replay([begun, *dead, group_again], Known())
    assert replay.groups == (begun, group_again) and replay.gap is None
    ended = group(4, 1, 2, SET)
    replay = plan_replay([begun, *dead, group_again, ended], Known())
    assert replay.groups == (begun, group_again, ended)


def test_a_full_manifest_replaces_what_was_before() -> None:
    found = [*runs(1, 2), *full(10, 2, 2), *runs(3, place=20)]
    replay = plan_replay(found, Known((1, 1), ((1, 1),), 1))
    assert replay.pages == tuple(found[4:7]) and replay.groups == tuple(found[7:])
    assert replay.gap is None
    assert plan_replay(found, Known((1, 12), ((2, 4),), 2)).pages == ()


def test_a_full_manifest_that_was_cut_short_is_passed_over() -> None:
    whole, half = full(10, 2, 2), full(30, 3, 2)
    found = [*runs(1, 2), *whole, *runs(3, place=20), *half[:2], *runs(4, place=40)]
    replay = plan_replay(found, Known())
    assert replay.pages == tuple(whole) and replay.gap is None
    assert [one.number for one in replay.groups] == [3, 3, 4, 4]
    torn = [*runs(1, 2), whole[0], whole[2], *runs(3, place=20)]
    assert plan_replay(torn, Known()).pages == () and plan_replay(torn, Known()).gap is None


def test_a_full_manifest_without_a_page_is_better_than_nothing() -> None:
    whole = full(10, 2, 2)
    replay = plan_replay([whole[0], whole[2]], Known())
    assert replay.pages == (whole[0], whole[2]) and replay.gap == 1


def test_missing_records_are_noticed() -> None:
    found = runs(1, 2, 3)
    for number in range(6):
        left = [one for one in found if one is not found[number]]
        gap = plan_replay(left, Known()).gap
        # The last record of a set cannot be told from that of one that was interrupted.
        assert gap == (None if number % 2 else 1 + number // 2)
    assert plan_replay(runs(1, 3), Known()).gap == 2


def test_sets_that_were_removed_are_not_missed() -> None:
    """Sets 5 and 6 were given out, and removed, before the full manifest of set 4."""
    found = [*full(10, 4, 2, last=6), *runs(7, place=20)]
    assert plan_replay(found, Known()).gap is None
    assert plan_replay(full(10, 4, 2, last=6), Known()).last_set == 6
    found = [*full(10, 4, 2, last=5), *runs(7, place=20)]
    assert plan_replay(found, Known()).gap == 6
