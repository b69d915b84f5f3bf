"""/.versions: a directory for each path, in it what it was in the sets."""

import errno
import stat

import pytest

from tardis.mount import versions as module
from tests.mount.desk import Desk, desk, kinds, names, refused

__all__ = ["desk"]

TOP = b"/.versions/top"


def mode(desk: Desk, path: bytes) -> int:
    return desk.view.attributes(path).mode


def test_a_file_has_a_version_for_each_set_that_changed_it(desk: Desk) -> None:
    assert names(desk, TOP + b"/a") == {b"first", b"second"}
    assert names(desk, TOP + b"/d/big") == {b"first"}
    assert desk.read(TOP + b"/a/first") == b"one"
    assert desk.read(TOP + b"/a/second") == b"two!"
    assert desk.read(TOP + b"/d/big/second") == desk.read(b"/first/top/d/big")  # though not listed
    assert refused(desk.view.attributes, TOP + b"/d/new/first") == errno.ENOENT


def test_a_version_is_the_file_of_its_set(desk: Desk) -> None:
    assert desk.view.attributes(TOP + b"/a/first") == desk.view.attributes(b"/first/top/a")
    assert desk.view.extra(TOP + b"/a/first") == desk.view.extra(b"/first/top/a")
    assert desk.view.link(TOP + b"/l/first") == b"/etc/passwd"
    assert stat.S_ISLNK(kinds(desk, TOP + b"/l")[b"first"][0])


def test_directories_hold_all_names_there_ever_were_and_links_to_their_versions(
    desk: Desk,
) -> None:
    desk.tree.remove(b"d/new")
    desk.run("third")
    desk.later()
    assert names(desk, b"/.versions") == {b"top"}
    assert names(desk, TOP) >= {b"a", b"d", b"l", b"first"}
    assert names(desk, TOP + b"/d") >= {b"big", b"new", b"first"}
    assert names(desk, TOP + b"/d/new") == {b"second"}
    assert desk.view.link(TOP + b"/d/first") == b"../../../first/top/d"
    assert stat.S_ISLNK(mode(desk, TOP + b"/d/first"))
    assert desk.view.attributes(TOP + b"/d/first").size == len("../../../first/top/d")
    assert refused(desk.view.folder, TOP + b"/d/first") == errno.ENOTDIR
    assert refused(desk.open, TOP + b"/d") == errno.EISDIR


def test_a_name_that_is_called_like_a_set_is_the_name(desk: Desk) -> None:
    desk.tree.write(b"d/first", b"a file")
    desk.run("third")
    desk.later()
    assert stat.S_ISDIR(mode(desk, TOP + b"/d/first"))
    assert desk.read(TOP + b"/d/first/third") == b"a file"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ((0o700, 5, 5), (0o755, 5, 5), (0o700, 5, 5)),
        ((0o755, 5, 5), (0o711, 5, 5), (0o711, 5, 5)),
        ((0o755, 5, 5), (0o755, 6, 5), (0o555, 0, 0)),
        ((0o700, 5, 5), (0o755, 6, 5), (0o000, 0, 0)),
    ],
)
def test_a_directory_lets_nobody_in_whom_one_of_its_versions_keeps_out(
    desk: Desk,
    old: tuple[int, int, int],
    new: tuple[int, int, int],
    shown: tuple[int, int, int],
) -> None:
    desk.tree.chmod(b"d", 0o711)
    desk.run("third")
    change = "UPDATE entries SET mode = ?, uid = ?, gid = ? WHERE name = x'64' AND last_set"
    for values, which in ((old, "< 3"), (new, ">= 3")):
        desk.kit.execute(f"{change} {which}", stat.S_IFDIR | values[0], *values[1:])
    desk.later()
    found = desk.view.attributes(TOP + b"/d")
    assert (stat.S_IMODE(found.mode), found.uid, found.gid) == shown
    assert mode(desk, b"/.versions") == stat.S_IFDIR | 0o555


def test_it_is_not_listed_and_hides_no_set(desk: Desk) -> None:
    assert b".versions" not in names(desk, b"/")
    assert refused(desk.view.attributes, b"/.versions/none") == errno.ENOENT
    assert refused(desk.view.attributes, b"/.versions/top/a/none") == errno.ENOENT
    desk.kit.execute("UPDATE backup_sets SET name = '.versions' WHERE number = 1")
    desk.later()
    assert desk.read(b"/.versions/top/a") == b"one"


def test_a_store_without_sets_has_no_versions(desk: Desk) -> None:
    desk.kit.execute("DELETE FROM backup_sets")
    desk.later()
    assert refused(desk.view.attributes, b"/.versions") == errno.ENOENT


def test_what_is_remembered_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_PLACES", 2)
    for _ in range(2):
        assert names(desk, TOP + b"/d") == {b"big", b"new", b"first", b"second"}
        assert desk.read(TOP + b"/a/first") == b"one"
    assert len(desk.view._all_versions()._known) == 2
