import pytest

from tardis.model import UsageError
from tardis.policy import Reach, Seen, lineage, stored_paths, walked


def folders(*paths: bytes, device: int = 1) -> list[Seen]:
    return [Seen(path, device, True) for path in paths]


def test_full_paths_are_kept_as_they_are() -> None:
    assert stored_paths([b"/b/c", b"/a"], "full") == {b"/a": b"/a", b"/b/c": b"/b/c"}


@pytest.mark.parametrize(
    ("paths", "stored"),
    [
        ([b"/a/b/c", b"/a/b/d"], [b"c", b"d"]),
        ([b"/a/b", b"/a/b/c"], [b"b", b"b/c"]),
        ([b"/a/b"], [b"b"]),
        ([b"/a", b"/b/c"], [b"a", b"b/c"]),
        ([b"/a/bc", b"/a/bd"], [b"bc", b"bd"]),
        ([b"/", b"/a"], [b"/", b"/a"]),
    ],
)
def test_what_all_have_in_common_is_cut(paths: list[bytes], stored: list[bytes]) -> None:
    assert list(stored_paths(paths, "common").values()) == stored


def test_last_components_must_differ() -> None:
    assert stored_paths([b"/a/x", b"/b/y"], "none") == {b"/a/x": b"x", b"/b/y": b"y"}
    with pytest.raises(UsageError):
        stored_paths([b"/a/x", b"/b/x"], "none")
    assert stored_paths([b"/a/x", b"/a/x"], "none") == {b"/a/x": b"x"}


def test_a_lineage_is_the_job_or_the_set_of_roots() -> None:
    assert lineage("home", [b"/a"]) == b"job:home"
    assert lineage("", [b"/b", b"/a"]) == lineage("", [b"/a", b"/b"]) == b"roots:/a\0/b"


def test_a_root_below_another_is_walked_once() -> None:
    found = walked(folders(b"/a/b", b"/a", b"/ab", b"/a"), Reach())
    assert [one.path for one in found] == [b"/a", b"/ab"]
    assert walked(folders(b"/", b"/a"), Reach()) == folders(b"/")


def test_a_root_that_is_not_reached_from_above_is_walked_itself() -> None:
    above, below = Seen(b"/a", 1, True), Seen(b"/a/b/c", 2, True)
    assert walked([above, below], Reach()) == [above, below]
    assert walked([above, below], Reach(crosses_devices=True)) == [above]
    near = below._replace(device=1)
    assert walked([above, near], Reach(max_depth=2)) == [above, near]
    assert walked([above, near], Reach(max_depth=3)) == [above]
    file = near._replace(is_directory=False)
    assert walked([above, file], Reach(max_depth=2)) == [above]
    assert walked([above, near], Reach(leaves_out=lambda *both: True)) == [above, near]
    asked: list[tuple[bytes, bytes]] = []
    assert walked([above, near], Reach(leaves_out=lambda *both: asked.append(both))) == [above]
    assert asked == [(b"/a", b"/a/b/c")]


def test_nothing_is_reached_from_a_file() -> None:
    roots = [Seen(b"/a", 1, False), Seen(b"/a/b", 1, True)]
    assert walked(roots, Reach()) == roots
