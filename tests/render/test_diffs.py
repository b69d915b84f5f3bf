"""Differences of texts as lines."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.render import DiffForm, Tally, diff_lines, is_binary, shown_line

texts = st.lists(st.sampled_from([b"a", b"b\r", b"\xff", b"", b"-x"]), max_size=12).map(b"\n".join)
LABELS = ("old\t(set)", "new\t(filesystem)")


def shown(left: bytes, right: bytes, name: str = "unified", around: int = 3) -> bytes:
    return b"".join(diff_lines(left, right, LABELS, DiffForm(name, around)))


def test_each_form_is_the_usual_one() -> None:
    left, right = b"one\ntwo\n", b"one\n2\n"
    head = b"old\t(set)\n", b"new\t(filesystem)\n"
    assert shown(left, right) == (
        b"--- " + head[0] + b"+++ " + head[1] + b"@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
    )
    assert b"*** 1,2 ****\n  one\n! two\n" in shown(left, right, "context")
    assert shown(left, right, "ndiff").endswith(b"  one\n- two\n+ 2\n")
    assert shown(left, left) == b""


def test_a_missing_line_end_is_told() -> None:
    assert shown(b"x", b"x\n").endswith(b"-x\n\\ No newline at end of file\n+x\n")


@given(texts, texts, st.integers(0, 3))
def test_patch_makes_the_second_text_of_the_first(left: bytes, right: bytes, around: int) -> None:
    if not shutil.which("patch"):
        pytest.skip("patch is not installed")
    if left == right or not left or not right:
        return
    with_folder(left, right, shown(left, right, around=around))


def with_folder(left: bytes, right: bytes, difference: bytes) -> None:
    import tempfile  # noqa: PLC0415 - each example has a folder of its own

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "old")
        path.write_bytes(left)
        words = ["patch", "--binary", "--silent", "--force", str(path)]
        done = subprocess.run(words, input=difference, capture_output=True, check=False)
        assert done.returncode == 0, (done.stdout, difference)
        assert path.read_bytes() == right


def test_a_zero_byte_makes_a_file_binary() -> None:
    assert is_binary(b"a\0b") and not is_binary(b"text") and not is_binary(b"a" * 9000 + b"\0")


def test_a_terminal_gets_nothing_that_could_drive_it() -> None:
    line = b"+a\tb\x1b[2J\xff\n"
    assert shown_line(line, is_terminal=False, has_colors=False) == line
    assert shown_line(line, is_terminal=True, has_colors=False) == b"+a\tb\\x1b[2J\\xff\n"
    colored = shown_line(b"-x\n", is_terminal=True, has_colors=True)
    assert colored == b"\x1b[31m-x\x1b[0m\n"
    assert shown_line(b" x\n", is_terminal=True, has_colors=True) == b" x\n"


def test_a_tally_counts_lines() -> None:
    tally = Tally()
    tally.add("a", b"1\n2\n", b"1\n3\n4\n")
    tally.add("longer", b"", b"x\n" * 200)
    assert list(tally.lines()) == [
        " a      |     3 +-",
        " longer |   200 " + "+" * 50,
        " 2 files differ, 202 lines added, 1 removed",
    ]
    assert list(Tally().lines()) == [" 0 files differ, 0 lines added, 0 removed"]
