"""The file of a content, by its bytes."""

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
