"""The file of a content, by its bytes."""

import errno
import os
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import IntegrityError
from tardis.store.files import DiskFile, opened


def test_a_file_is_read_at_any_place(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"0123456789")
    with closing(opened(str(path))) as file:
        assert (file.length(), file.name) == (10, str(path))
        assert (file.read_at(3, 2), file.read_at(9, 8), file.read_at(1, 99)) == (b"234", b"89", b"")
        assert opened(file) is file
        file.close()
    file.close()


def test_the_kernel_is_told_that_it_will_be_read_to_its_end_where_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int, int]] = []
    path = tmp_path / "content"
    path.write_bytes(b"0123456789")
    monkeypatch.setattr(os, "posix_fadvise", lambda _, *how: told.append(how))
    DiskFile(str(path)).close()
    assert told == [(0, 0, os.POSIX_FADV_SEQUENTIAL)]

    def refuse(*_: int) -> None:
        raise OSError(errno.EINVAL, "not here")

    monkeypatch.setattr(os, "posix_fadvise", refuse)
    with closing(DiskFile(str(path))) as file:
        assert file.read_at(3, 2) == b"234"


def test_a_file_that_is_not_there_or_not_a_file_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="cannot be read: No such file"):
        DiskFile(str(tmp_path / "none"))
    with (
        closing(DiskFile(str(tmp_path))) as folder,
        pytest.raises(IntegrityError, match="director"),
    ):
        folder.read_at(1, 0)
    with closing(DiskFile(os.devnull)) as file, pytest.raises(IntegrityError):
        file.read_at(1, 1 << 70)
