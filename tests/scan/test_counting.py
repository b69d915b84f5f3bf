import os
from pathlib import Path

from tardis.scan import count_ahead
from tests.scan.trees import without


def test_files_and_bytes_are_counted_as_far_as_one_may_look(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a").write_bytes(b"123")
    (tmp_path / "b").write_bytes(b"45")
    (tmp_path / "drop").write_bytes(b"6")
    (tmp_path / "link").symlink_to("b")
    rules = without("drop")
    roots = [os.fsencode(tmp_path), b"/nowhere"]
    assert count_ahead(roots, rules, lambda: False) == (2, 5)
    assert count_ahead(roots, rules, lambda: True) is None
