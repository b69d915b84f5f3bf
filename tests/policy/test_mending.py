"""What is done to a live object, decided from values alone."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.policy import Doing, Extra, Mending, Shape, mend, remove

FILE = Shape(stat.S_IFREG | 0o644, (1, 2), 10, 5_000, 0, b"")
LINK = Shape(stat.S_IFLNK | 0o777, (1, 2), 4, 5_000, 0, b"goal")
FOLDER = Shape(stat.S_IFDIR | 0o755, (1, 2), 0, 5_000, 0, b"")
DEVICE = Shape(stat.S_IFCHR | 0o600, (1, 2), 0, 5_000, 0x103, b"")


def never() -> bool:
    raise AssertionError("nothing needs to be read")


def same() -> bool:
    return True


def other() -> bool:
    return False


@pytest.mark.parametrize("stored", [FILE, LINK, FOLDER, DEVICE])
def test_what_is_equal_is_kept_and_what_is_missing_is_made(stored: Shape) -> None:
    assert mend(stored, stored, Mending(), same) == (Doing.KEEP, "")
    assert mend(stored, None, Mending(), never) == (Doing.MAKE, "it is missing")


@pytest.mark.parametrize(
    ("stored", "live", "doing", "reason"),
    [
        (FILE, FOLDER, Doing.REPLACE, "a directory is in its place"),
        (FOLDER, LINK, Doing.REPLACE, "a symbolic link is in its place"),
        (FILE, FILE._replace(mode=stat.S_IFIFO), Doing.REPLACE, "a FIFO is in its place"),
        (FILE, FILE._replace(size=9), Doing.REPLACE, "it has 9 bytes instead of 10"),
        (LINK, LINK._replace(target=b"x"), Doing.REPLACE, "it points elsewhere"),
        (DEVICE, DEVICE._replace(rdev=1), Doing.REPLACE, "it is another device"),
        (FOLDER, FOLDER._replace(mtime_ns=1), Doing.CHANGE, "another time"),
        (FOLDER._replace(attributes=b"x"), FOLDER, Doing.CHANGE, "other extended attributes"),
        (LINK, LINK._replace(owner=(9, 9)), Doing.CHANGE, "another owner"),
        (LINK, LINK._replace(mode=stat.S_IFLNK | 0o700), Doing.KEEP, ""),
        (
            FOLDER,
            FOLDER._replace(mode=stat.S_IFDIR | 0o4700, owner=(0, 0)),
            Doing.CHANGE,
            "mode 4700 instead of 0755, another owner",
        ),
    ],
)
def test_a_difference_has_its_step_and_reason(
    stored: Shape, live: Shape, doing: str, reason: str
) -> None:
    assert mend(stored, live, Mending(), never) == (doing, reason)


def test_only_a_file_of_the_same_size_is_read() -> None:
    assert mend(FILE, FILE, Mending(), other) == (Doing.REPLACE, "its content is another")
    assert mend(FILE, FILE._replace(mtime_ns=1), Mending(), same) == (Doing.CHANGE, "another time")


@pytest.mark.parametrize(
    ("how", "live"),
    [
        (Mending(times=False), FILE._replace(mtime_ns=1)),
        (Mending(perms=False), FILE._replace(mode=stat.S_IFREG | 0o600, owner=(7, 7))),
        (Mending(is_root=False), FILE._replace(owner=(7, 7))),
    ],
)
def test_what_is_not_restored_is_not_compared(how: Mending, live: Shape) -> None:
    assert mend(FILE, live, how, same).doing == Doing.KEEP


def test_bits_that_only_root_can_set_do_not_differ_for_others() -> None:
    stored = FILE._replace(mode=stat.S_IFREG | 0o4755)
    live = FILE._replace(mode=stat.S_IFREG | 0o755)
    assert mend(stored, live, Mending(is_root=False), same).doing == Doing.KEEP
    assert mend(stored, live, Mending(), same).doing == Doing.CHANGE


@pytest.mark.parametrize(
    ("overwrite", "live_ns", "doing"),
    [
        ("never", 1, Doing.LEAVE),
        ("newer", 1, Doing.CHANGE),
        ("newer", 9_000, Doing.LEAVE),
        ("older", 1, Doing.LEAVE),
        ("older", 9_000, Doing.CHANGE),
        ("always", 9_000, Doing.CHANGE),
    ],
)
def test_what_exists_gives_way_as_asked(overwrite: str, live_ns: int, doing: str) -> None:
    step = mend(FILE, FILE._replace(mtime_ns=live_ns), Mending(overwrite), same)
    assert step.doing == doing
    assert (f"--overwrite {overwrite} keeps it" in step.reason) == (doing == Doing.LEAVE)
    assert mend(FILE, None, Mending(overwrite), never).doing == Doing.MAKE


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (Extra(900, False, False, "excluded"), "not in the set: excluded"),
        (Extra(900, True, True, ""), "mounted there"),
        (Extra(499, False, False, ""), "it was there already"),
        (Extra(499, True, False, ""), "it was there already"),
    ],
)
def test_what_the_set_did_not_look_at_is_left(extra: Extra, words: str) -> None:
    step = remove(extra, Mending(since_ns=500))
    assert step.doing == Doing.LEAVE
    assert words in step.reason


def test_what_came_later_goes() -> None:
    assert remove(Extra(500, False, False, ""), Mending(since_ns=500)).doing == Doing.REMOVE


shapes = st.builds(
    Shape,
    st.sampled_from([stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK]).flatmap(
        lambda kind: st.integers(0, 0o7777).map(lambda mode: kind | mode)
    ),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.integers(0, 3),
    st.integers(0, 3),
    st.just(0),
    st.sampled_from([b"", b"a"]),
)


@given(shapes, shapes)
def test_a_step_is_taken_whenever_something_differs_and_never_else(
    stored: Shape, live: Shape
) -> None:
    step = mend(stored, live, Mending(), lambda: True)
    assert (step.doing == Doing.KEEP) == (not step.reason)
    if stored == live:
        assert step.doing == Doing.KEEP
    elif step.doing == Doing.KEEP:  # a directory has no size, a link neither size nor mode
        kind = stat.S_IFMT(stored.mode)
        assert kind != stat.S_IFREG
        mode = live.mode if kind == stat.S_IFLNK else stored.mode
        assert stored._replace(size=live.size, mode=mode) == live
