import os
import stat
import tempfile
from pathlib import Path

import pytest

from tardis.model import SourceError
from tardis.scan.sources import ancestors, look_at, real_path


def test_a_root_may_be_of_any_kind(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to("file")
    assert look_at(os.fsencode(tmp_path), allows_empty=False).is_directory
    os.mkfifo(tmp_path / "fifo")
    for name in ("file", "link", "fifo"):
        assert not look_at(os.fsencode(tmp_path / name), allows_empty=False).is_directory


def test_missing_roots_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name in ("missing", "fifo/below"):
        with pytest.raises(SourceError):
            look_at(os.fsencode(tmp_path / name), allows_empty=True)


def test_an_empty_root_is_one_only_if_that_is_allowed(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path)
    with pytest.raises(SourceError, match="empty"):
        look_at(path, allows_empty=False)
    assert look_at(path, allows_empty=True).is_directory


@pytest.mark.root
@pytest.mark.parametrize("allows_empty", [True, False])
def test_a_root_that_may_not_be_listed_is_refused(allows_empty: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        shut = Path(place, "shut")
        shut.mkdir(mode=0)
        os.seteuid(65534)
        try:
            with pytest.raises(SourceError, match="Permission denied"):
                look_at(os.fsencode(shut), allows_empty=allows_empty)
        finally:
            os.seteuid(0)
        assert look_at(os.fsencode(shut), allows_empty=True).is_directory


def test_ancestors_go_from_the_top_to_the_root(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b"
    place.mkdir(parents=True)
    place.parent.chmod(0o711)
    os.utime(place.parent, ns=(0, -1))
    path = os.fsencode(place)
    found = ancestors(path, path, os.path.basename)
    assert [one[0] for one in found] == path.split(b"/")[1:]
    name, mode, uid, _, seconds, nanoseconds, attributes = found[-2]
    assert attributes == b"a"  # here the name stands for them
    assert (name, stat.S_IMODE(mode), uid) == (b"a", 0o711, place.stat().st_uid)
    assert (seconds, nanoseconds) == (-1, 999_999_999)
    assert [one[0] for one in ancestors(path, b"a/b", os.path.basename)] == [b"a", b"b"]
    assert ancestors(path, b"a/b", os.path.basename) == found[-2:]


def test_the_top_of_all_has_one_ancestor_without_a_name() -> None:
    ((name, mode, *_),) = ancestors(b"/", b"/", os.path.basename)
    assert name == b""
    assert stat.S_ISDIR(mode)


def test_an_ancestor_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        ancestors(os.fsencode(tmp_path / "x"), b"x", os.path.basename)


def test_real_paths_have_no_links_in_them(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert real_path(os.fsencode(tmp_path / "link/x")) == os.fsencode(tmp_path.resolve() / "x")
