"""The lstardis program, on a store in memory."""

import json
from typing import Any

import pytest

from tardis.cli import lstardis
from tests.cli.looking import DAY, Call, Opened, caller, small_store
from tests.history.memory_reader import MemoryStore, backup_set


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    made = small_store()
    monkeypatch.setattr(lstardis, "open_client", lambda settings: Opened(made))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return made


@pytest.fixture
def call(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Call:
    return caller(lstardis, monkeypatch)


def test_a_directory_shows_each_name_with_its_versions(call: Call) -> None:
    done = call("/data")
    assert (done.status, done.err) == (0, "")
    assert done.lines == [
        "Client: me    DB: /base", "/data:", "  First", "kept", "  First", "notes", "  First",
        "  Second", "(old)", "  First", "  (Hourly:12:30)", "sub", "  First",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["-d", "/data"], ["/data", "  First"]),
        (["/data/notes"], ["/data/notes", "  First", "  Second"]),
        (["-O", "/data/notes", "/data/kept"], ["/data/notes  First  Second", "/data/kept  First"]),
        (["-V", "all", "-O", "/data/kept"], ["/data/kept  First  Second  Hourly:12:30"]),
        (["-V", "last", "-O", "/data/old"], ["(/data/old)  Second  (Hourly:12:30)"]),
        (["-V", "none", "/data"], ["kept", "notes", "(old)", "sub"]),
        (["-V", "none", "--nodeletions", "/data"], ["kept", "notes", "sub"]),
        (["-V", "none", "-a", "-r", "/data"], ["sub", "(old)", "notes", "kept", ".dot"]),
        (["-V", "none", "-f", "--columns", "30", "/data"], ["kept  notes  (old)  sub/"]),
        (["-V", "none", "-R", "/data"], ["kept", "notes", "(old)", "sub", "deep"]),
        (["-V", "none", "-R", "--maxdepth", "0", "/data"], ["kept", "notes", "(old)", "sub"]),
        (["-V", "none", "-R", "--range", "Current", "/data"], ["kept", "notes", "sub", "deep"]),
        (["-V", "none", "-s", "/data/sub"], ["         5  deep"]),
        (["-i", "-O", "/data/kept"], ["         1  First  /data/kept"]),
        (["-L", "/data/kept"], ["/data/kept", "    0  First"]),
        (["-O", "--glob", "/d*/[kn]*"], ["/data/kept  First", "/data/notes  First  Second"]),
        (["-O", "--glob", "/data/*ot"], []),
        (["-O", "--glob", "/data/.d*"], ["/data/.dot  First"]),
        (["-O", "--reduce", "2", "/mnt/x/data/kept"], ["/data/kept  First"]),
        (["-O", "--reduce", "--", "/mnt/x/data/kept"], ["/data/kept  First"]),
    ],
)
def test_options_choose_what_is_shown(call: Call, words: list[str], lines: list[str]) -> None:
    done = call("--noheaders", *words)
    assert done.lines == lines
    assert done.status == (0 if lines else 14)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--range", "Second:"], "/data/notes  Second"),
        (["--range", ":1"], "/data/notes  First"),
        (["--range", "First:Second"], "/data/notes  First  Second"),
        (["--range", "Hourly:12:30"], "/data/notes  Hourly:12:30"),
        (["--range", "tagged:released"], "/data/notes  First  Second"),
        (["--range", "2:Hourly:12:30"], "/data/notes  Second"),
        (["--range", "Hourly:12:30:"], "/data/notes  Hourly:12:30"),
        (["--dates", ":1970-01-15"], "/data/notes  First"),
        (["--dates", "1970-01-21:"], "/data/notes  Second"),
        (["--dates", "1970-01-21 00:01:"], "/data/notes  Hourly:12:30"),
        (["--dates", "1970-01-21 00:00:1970-01-21 23:00"], "/data/notes  Second"),
        (["--dates", "1970-01-21:today"], "/data/notes  Second"),
    ],
)
def test_a_range_leaves_the_other_sets_out(
    call: Call, store: MemoryStore, words: list[str], line: str
) -> None:
    store.tags |= {"tagged": 1, "released": 2}
    done = call("--noheaders", "-O", *words, "/data/notes")
    assert done.err == ""
    assert done.lines == [line]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--range", "Third:", "/data"], 13, "there is no backup set Third"),
        (["--range", "2:1", "/data"], 13, "no backup set in 2:1"),
        (["--dates", "1971-01-01:", "/data"], 13, "no backup set in"),
        (["--dates", "yesterday", "/data"], 2, "is no range"),
        (["--dates", "soonish:", "/data"], 2, "not understood"),
        (["/data/none\x1b"], 14, "/data/none\\x1b: no backup set"),
        ([""], 2, "an empty path"),
        (["--bisect", "true", "/data/kept", "/data/notes"], 2, "one path"),
        (["--json", "--print0", "/data"], 2, "--print0"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_a_status(
    call: Call, words: list[str], status: int, said: str
) -> None:
    done = call(*words)
    assert done.status == status
    assert said in done.err


def test_what_is_missing_does_not_hide_what_is_there(call: Call) -> None:
    done = call("-O", "--noheaders", "/data/none", "/data/kept")
    assert (done.status, done.lines) == (14, ["/data/kept  First"])
    assert "/data/none" in done.err


def test_an_empty_store_has_no_sets(call: Call, store: MemoryStore) -> None:
    store.sets.clear()
    assert call("/data").status == 13


def test_json_tells_each_path_in_a_line(call: Call, store: MemoryStore) -> None:
    found = [json.loads(line) for line in call("--json", "/data").lines]
    paths = [one["path"] for one in found]
    assert paths == ["/data", "/data/kept", "/data/notes", "/data/old", "/data/sub"]
    assert [one["set"] for one in found[2]["versions"]] == ["First", "Second"]
    assert found[3]["is_gone"] and found[3]["versions"][-1]["change"] == "gone"
    assert found[1]["versions"][0]["checksum"] == store.contents[1].digest.hex()


def test_print0_tells_paths_exactly_and_nothing_else(call: Call, store: MemoryStore) -> None:
    store.file(2, b"odd\n\xff", b"")
    done = call("--print0", "-R", "/data/sub")
    assert (done.raw, done.status) == (b"/data/sub\0/data/sub/deep\0/data/sub/odd\n\xff\0", 0)


def test_odd_names_are_escaped(call: Call, store: MemoryStore) -> None:
    odd = "x\n\x1b[31m\u202e".encode() + b"\xff"
    store.file(2, odd, b"")
    shown = "x\\x0a\\x1b[31m\\u202e\\xff"
    for words in ([], ["-V", "none"], ["-V", "none", "--range", "Current"], ["-l"]):
        assert shown in call(*words, "/data/sub").lines


def test_colors_are_for_terminals_alone(
    call: Call, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_colored(*words: str, terminal: bool = True) -> bool:
        return "\x1b[" in call(*words, "/data", terminal=terminal).out

    assert is_colored() and not is_colored(terminal=False)
    assert not is_colored("--nocolors")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not is_colored() and is_colored("--colors")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not is_colored()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("TARDIS_LS_COLORS", "gone=red")
    assert "\x1b[31m(old)\x1b[0m" in call("/data", terminal=True).out
    monkeypatch.setenv("TARDIS_LS_COLORS", "gone=pink")
    done = call("/data")
    assert done.status == 4 and "TARDIS_LS_COLORS" in done.err and "'pink'" in done.err


def test_the_width_is_that_of_the_terminal(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ["--noheaders", "--nocolors", "-V", "none", "/data"]
    assert call(*words, terminal=True).lines == ["kept  notes  (old)  sub"]
    assert len(call(*words).lines) == 4


def test_links_on_the_way_are_resolved(
    call: Call, store: MemoryStore, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "way").symlink_to(real)
    store.root(str(real).encode(), 2, number=3)
    way = str(tmp_path / "way" / "deep")
    assert call(way).status == 0
    assert call("--norealpath", way).status == 14
    monkeypatch.chdir(real)
    assert call("-O", "--noheaders", "deep").lines == [f"{real}/deep  Hourly:12:30"]
    assert call("--noheaders", "-V", "none").lines == ["deep"]


def test_sets_with_relative_paths_are_listed_too(call: Call, store: MemoryStore) -> None:
    store.sets.append(backup_set(4, name="Rel", started_ns=40 * DAY))
    store.root(b"src", 2, number=4)
    assert call("-O", "--noheaders", "src/deep").lines == ["src/deep  Rel"]


def test_the_sets_are_told_when_asked(call: Call) -> None:
    assert "3 sets, First to Hourly:12:30" in call("-v", "/data").err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("grep -q -v two", "does not fail in the newest version, that of Second (set 2)"),
        ("sh -c '! grep -q two \"$0\"'", "first fails in Second (set 2), passes in First (set 1)"),
        ("test 1 -ge $(wc -l < {}) # {}", "first fails in Second (set 2)"),
        ("false", "first fails in First (set 1), the oldest version"),
        ("exit 125;", "no version could be judged"),
        ("cat {} >/dev/null && test notes =  $(basename {}) #", "does not fail"),
    ],
)
def test_a_search_names_the_first_set_that_fails(call: Call, command: str, said: str) -> None:
    done = call("--bisect", command, "/data/notes")
    assert done.status == 0, done.err
    assert done.out.startswith("/data/notes: ") and said in done.out


def test_a_search_says_what_it_cannot_do(call: Call) -> None:
    done = call("-v", "--bisect", "true", "/data/notes")
    assert "Second (set 2) passes" in done.err
    done = call("--bisect", "no-such-program-at-all", "/data/notes")
    assert (done.status, done.out) == (2, "") and "could not run, status 127" in done.err
