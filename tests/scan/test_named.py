import os
import stat
from pathlib import Path

import pytest

from tardis.scan.named import Named


def test_a_name_is_looked_at_within_its_directory(tmp_path: Path) -> None:
    name = b"not \xff UTF-8"
    os.symlink("nowhere", os.path.join(os.fsencode(tmp_path), name))
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        named = Named(name, folder)
        assert os.fsencode(named.name) == name
        assert stat.S_ISLNK(named.stat(follow_symlinks=False).st_mode)
        with pytest.raises(FileNotFoundError):
            Named(b"gone", folder).stat(follow_symlinks=False)
    finally:
        os.close(folder)
