from hypothesis import given
from hypothesis import strategies as st

from tardis.model import Branch, Weight
from tardis.policy import LeftOutWeigher, TreeWeigher, is_within
from tardis.policy.weighing import LARGEST, LEVELS, OTHER, REASONS, WIDTH

PATHS = st.sets(st.lists(st.sampled_from("abc"), max_size=6).map(tuple), max_size=30)


def closed(paths: set[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return *paths* with all above them, parents first, as a walk tells them."""
    return sorted({path[:length] for path in paths for length in range(len(path) + 1)} | {()})


def written(path: tuple[str, ...]) -> bytes:
    return "/".join(("", "top", *path)).encode()


@given(PATHS)
def test_a_directory_weighs_what_it_and_all_below_hold(paths: set[tuple[str, ...]]) -> None:
    every = closed(paths)
    weigher = TreeWeigher(b"/top")
    for number, path in enumerate(every):
        weigher.add(written(path), Weight(1, number))
        weigher.add(written(path), Weight(0, 1))
    found = weigher.close()
    assert found.weight == Weight(len(every), sum(range(len(every))) + len(every))
    weights = {written(path): number for number, path in enumerate(every)}

    def check(branch: Branch, depth: int) -> None:
        inside = [one for one in weights if is_within(one, branch.path)]
        assert branch.weight == Weight(len(inside), sum(weights[one] + 1 for one in inside))
        sizes = [one.weight.size_bytes for one in branch.largest]
        assert sizes == sorted(sizes, reverse=True)
        direct = {one for one in inside if one.count(b"/") == branch.path.count(b"/") + 1}
        assert {one.path for one in branch.largest} == (direct if depth < LEVELS else set())
        for one in branch.largest:
            check(one, depth + 1)

    check(found, 0)


def test_of_many_directories_the_largest_are_kept() -> None:
    weigher = TreeWeigher(b"/")
    for number in range(5000):
        weigher.add(b"/%06d" % number, Weight(1, number * 7919 % 5000))
        assert len(weigher._open) <= 2
        assert len(weigher._open[0].largest) <= 2 * WIDTH
    found = weigher.close()
    assert [one.weight.size_bytes for one in found.largest] == list(range(4999, 4989, -1))
    assert found.weight == Weight(5000, sum(range(5000)))


def test_a_path_lies_within_itself_and_what_is_above() -> None:
    assert is_within(b"/a/b", b"/a/b")
    assert is_within(b"/a/b", b"/a")
    assert is_within(b"/a", b"/")
    assert not is_within(b"/ab", b"/a")


def test_what_is_left_out_is_added_up_by_rule_and_the_heaviest_named() -> None:
    weigher = LeftOutWeigher()
    for number in range(100):
        weigher.add(b"/x%d" % number, "small" if number % 2 else "large", Weight(1, number))
    weigher.add(b"/big", "small", Weight(5, 10_000))
    small, large = weigher.by_reason()
    assert (small.reason, small.entries, small.weight) == ("small", 51, Weight(55, 12_500))
    assert (large.reason, large.entries, large.weight) == ("large", 50, Weight(50, 2450))
    heaviest = weigher.largest()
    assert len(heaviest) == LARGEST
    assert heaviest[0] == (b"/big", "small", Weight(5, 10_000))
    assert heaviest[1] == (b"/x99", "small", Weight(1, 99))


def test_rules_beyond_all_measure_are_counted_together() -> None:
    weigher = LeftOutWeigher()
    for number in range(3 * REASONS):
        weigher.add(b"/x", f"rule {number}", Weight(1, 1))
    found = weigher.by_reason()
    assert len(found) == REASONS + 1
    assert found[0] == (OTHER, 2 * REASONS, Weight(2 * REASONS, 2 * REASONS))
