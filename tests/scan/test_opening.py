import errno
import os
from pathlib import Path

import pytest

from tardis.scan.opening import GONE, open_directory, open_file, trouble


def test_a_directory_is_opened_but_a_link_to_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    os.close(open_directory(os.fsencode(tmp_path)))
    with pytest.raises(OSError) as caught:
        open_directory(os.fsencode(tmp_path / "link"))
    assert trouble(caught.value).errno in GONE


def test_a_path_longer_than_the_kernel_takes_is_opened_step_by_step(tmp_path: Path) -> None:
    path, folder = os.fsencode(tmp_path), os.open(tmp_path, os.O_RDONLY)
    for _ in range(40):
        os.mkdir("n" * 200, dir_fd=folder)
        deeper = os.open("n" * 200, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder, path = deeper, path + b"/" + b"n" * 200
    assert len(path) > 2 * 4096 - 200
    opened = open_directory(path)
    assert os.path.samestat(os.fstat(opened), os.fstat(folder))
    os.close(opened)
    os.close(folder)
    with pytest.raises(FileNotFoundError):
        open_directory(path + b"/missing")


def test_a_fifo_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    folder = open_directory(os.fsencode(tmp_path))
    os.close(open_file(b"fifo", folder))
    os.close(folder)


def test_what_stands_in_the_place_of_a_file_means_that_the_file_is_gone() -> None:
    for number in (errno.ELOOP, errno.ENXIO, errno.ENOENT, errno.ENOTDIR):
        assert trouble(OSError(number, "words")).errno in GONE
    assert trouble(OSError(errno.EIO, "words")).errno == errno.EIO
    assert trouble(OSError("only words")).reason == "only words"


def test_reading_leaves_the_access_time_alone(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"bytes")
    os.utime(file, ns=(10**18, 2 * 10**18))
    folder = open_directory(os.fsencode(tmp_path))
    opened = open_file(b"file", folder)
    assert os.read(opened, 10) == b"bytes"
    os.close(opened)
    os.close(folder)
    assert file.stat().st_atime_ns == 10**18


def test_where_no_inode_tells_no_component_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    place = os.fsencode(tmp_path)
    for path in (b"real/inner", b"real", b"./real//inner/"):
        opened = open_directory(os.path.join(place, path), may_pass_links=False)
        assert os.path.samestat(os.fstat(opened), os.stat(os.path.join(place, path)))
        os.close(opened)
    os.close(open_directory(place + b"/link/inner"))
    for path in (b"link/inner", b"link"):
        with pytest.raises(NotADirectoryError):
            open_directory(os.path.join(place, path), may_pass_links=False)
    with pytest.raises(FileNotFoundError):
        open_directory(place + b"/gone/inner", may_pass_links=False)


def test_each_step_is_closed_again(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    before = os.listdir("/proc/self/fd")
    os.close(open_directory(os.fsencode(tmp_path / "a" / "b"), may_pass_links=False))
    with pytest.raises(FileNotFoundError):
        open_directory(os.fsencode(tmp_path / "a" / "c"), may_pass_links=False)
    assert os.listdir("/proc/self/fd") == before
