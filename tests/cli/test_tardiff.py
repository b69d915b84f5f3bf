"""The tardiff program, on a store in memory and files in a folder."""

import os
from pathlib import Path

import pytest

from tardis.cli import tardiff
from tests.cli.looking import DAY, Call, Opened, caller, small_store
from tests.history.memory_reader import MemoryStore, backup_set


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryStore:
    """The small store, whose newest set is in a folder too."""
    made = small_store()
    made.root(os.fsencode(tmp_path), 1, number=3)
    made.file(1, b"bin", b"\0\1", inode=9, last_set=1)
    made.file(1, b"bin", b"\0\2\3", inode=9, first_set=2)
    monkeypatch.setattr(tardiff, "open_client", lambda settings: Opened(made))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return made


@pytest.fixture
def call(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Call:
    return caller(tardiff, monkeypatch)


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """Files as they are in the newest set."""
    (tmp_path / "kept").write_text("kept\n")
    (tmp_path / "notes").write_text("one\ntwo\n")
    (tmp_path / "bin").write_bytes(b"\0\2\3")
    (tmp_path / ".dot").write_text("dot\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "deep").write_text("deep\n")
    return tmp_path


def test_what_did_not_change_is_status_0_and_silence(call: Call, live: Path) -> None:
    done = call("-r", str(live))
    assert (done.status, done.out, done.err) == (0, "", "")


def test_what_is_there_now_is_the_second_side(call: Call, live: Path) -> None:
    (live / "notes").write_text("one\n2\n")
    os.utime(live / "notes", (0, 0))
    done = call("-u", str(live / "notes"))
    assert done.status == 1
    assert done.lines == [
        f"--- {live}/notes\tFri Jul 14 02:40:00 2017  (Hourly:12:30)",
        f"+++ {live}/notes\tThu Jan 01 00:00:00 1970  (filesystem)",
        "@@ -1,2 +1,2 @@",
        " one",
        "-two",
        "+2",
    ]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["-b", "First", "-b", "2", "-u", "0", "/data/notes"], ["@@ -1,0 +2 @@", "+two"]),
        (["-b", "First", "released", "-u", "/data/notes"], ["@@ -1 +1,2 @@", " one", "+two"]),
        (["-b", "1970-01-15", "Current", "-n", "/data/notes"], ["  one", "+ two"]),
        (["-c", "1", "/data/notes", "-b", "1", "2"], ["--- 1,2 ----", "  one", "+ two"]),
    ],
)
def test_two_sets_are_compared_by_name_tag_number_and_date(
    call: Call, store: MemoryStore, words: list[str], lines: list[str]
) -> None:
    store.tags["released"] = 2
    done = call(*words)
    assert (done.status, done.err) == (1, "")
    assert done.lines[-len(lines) :] == lines


def test_a_directory_names_what_is_on_one_side_only(call: Call, live: Path) -> None:
    (live / "kept").unlink()
    (live / "extra").write_text("")
    (live / "sub" / "deep").write_text("other\n")
    done = call("--list", str(live))
    assert done.lines == [
        f"{live}/extra in filesystem, not in Hourly:12:30",
        f"{live}/kept in Hourly:12:30, not in filesystem",
    ]
    assert call("--list", "-r", str(live)).lines[-1] == f"{live}/sub/deep differs"


def test_kinds_and_links_are_told(call: Call, store: MemoryStore, live: Path) -> None:
    (live / "kept").unlink()
    (live / "kept").mkdir()
    store.link(1, b"link", b"to\x1b")
    (live / "link").symlink_to("elsewhere")
    assert call(str(live)).lines == [
        f"{live}/kept is a regular file in Hourly:12:30, a directory in filesystem",
        f"{live}/link is a link to to\\x1b in Hourly:12:30, a link to elsewhere in filesystem",
    ]


def test_binary_files_are_summed_up_unless_asked_for(call: Call) -> None:
    done = call("-b", "1", "-b", "2", "/data/bin")
    assert done.lines == [
        "Binary file /data/bin differs: 2 B in First, 3 B in Second, first at byte 1"
    ]
    done = call("-b", "1", "-b", "2", "-B", "-u", "/data/bin")
    assert b"-\0\1\n" in done.raw and b"+\0\2\3\n" in done.raw


def test_lines_are_counted(call: Call) -> None:
    done = call("--stat", "-b", "1", "-b", "2", "/data")
    assert done.lines == [
        "Binary file /data/bin differs: 2 B in First, 3 B in Second, first at byte 1",
        " /data/notes |     1 +",
        " 1 file differs, 1 line added, 0 removed",
    ]
    assert done.status == 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["/data/none\x1b"], 14, "/data/none\\x1b is neither in Hourly:12:30 nor in filesystem"),
        (["-b", "Third", "/data/kept"], 13, "there is no backup set Third"),
        (["-b", "Second", "/data/kept"], 2, "'Second' is the name of set 2 and a tag of set 1"),
        (["-b", "1970-01-02", "/data/kept"], 13, "the oldest is First"),
        (["-b", "1", "-b", "2", "-b", "3", "/data/kept"], 2, "3 sets cannot be compared"),
        (["-u", "1", "-n", "/data/kept"], 2, "--ndiff"),
        ([""], 2, "empty path"),
    ],
)
def test_trouble_has_a_status_of_its_own(
    call: Call, store: MemoryStore, words: list[str], status: int, said: str
) -> None:
    store.tags["Second"] = 1
    done = call(*words)
    assert done.status == status
    assert said in done.err


def test_damage_is_no_difference_but_a_problem(call: Call, store: MemoryStore, live: Path) -> None:
    store.damage(1, b"rubbish")
    (live / "notes").write_text("")
    done = call("-l", str(live))
    assert (done.status, done.lines) == (3, [f"{live}/notes differs"])
    assert f"{live}/kept: " in done.err


def test_colors_are_for_terminals_alone(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["-u", "-b", "1", "-b", "2", "/data/notes"]
    assert "\x1b[32m+two\x1b[0m" in call(*words, terminal=True).lines
    assert "\x1b" not in call(*words).out
    assert "\x1b" not in call("--nocolor", *words, terminal=True).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in call(*words, terminal=True).out


def test_content_is_exact_in_a_pipe_and_escaped_on_a_terminal(
    call: Call, store: MemoryStore
) -> None:
    store.file(1, b"odd", b"\x1b]0;x\n\xff\n", last_set=1)
    store.file(1, b"odd", b"", first_set=2)
    words = ["-u", "--nocolor", "-b", "1", "-b", "2", "/data/odd"]
    assert b"-\x1b]0;x\n-\xff\n" in call(*words).raw
    assert b"-\\x1b]0;x\n-\\xff\n" in call(*words, terminal=True).raw


def test_the_newest_set_that_looked_there_is_taken(call: Call, store: MemoryStore) -> None:
    other = backup_set(4, name="Other", started_ns=40 * DAY)._replace(lineage=2)
    store.sets.append(other)
    store.root(b"/elsewhere", 9, number=4)
    done = call("-l", "/data/kept")
    assert done.lines == ["/data/kept in Hourly:12:30, not in filesystem"]


def test_leading_directories_are_cut(call: Call, live: Path, store: MemoryStore) -> None:
    store.roots[3] = [root for root in store.roots[3] if root.path == b"/data"]
    (live / "data").mkdir()
    (live / "data" / "kept").write_text("kept\n")
    assert call("-R", str(live / "data" / "kept")).status == 0
    depth = str(len(live.parts) - 1)
    assert call("-R", depth, str(live / "data" / "kept")).status == 0
    assert call("-l", str(live / "data" / "kept")).status == 1
