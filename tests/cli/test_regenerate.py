"""The regenerate program, on stores in memory."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tardis.cli import regenerate
from tardis.cli.main import run
from tardis.store import Place, create_store
from tests.history.memory_reader import MemoryReader, MemoryStore, backup_set

DAY = 24 * 3600 * 10**9


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """Two complete sets; `new` is only in the second, `old` only in the first."""
    made = MemoryStore()
    made.sets = [
        backup_set(1, name="First", started_ns=10 * DAY),
        backup_set(2, name="Second", started_ns=20 * DAY),
        backup_set(3, name="Backup_x", started_ns=30 * DAY, is_complete=False),
    ]
    for number in (1, 2):
        made.root(b"/data", 1, number=number)
    made.file(1, b"kept", b"kept\n")
    made.file(1, b"old", b"old\n", last_set=1)
    made.file(1, b"new", b"new\n", first_set=2)
    made.folder(1, b"sub", 2)
    made.file(2, b"kept", b"another\n")
    made.link(1, b"link", b"kept")

    @contextmanager
    def opened() -> Iterator[MemoryReader]:
        yield made.reader()

    class Opened(MemoryReader):
        def __enter__(self) -> MemoryReader:
            return self

        def __exit__(self, *_: object) -> None:
            self.close()

    monkeypatch.setattr(regenerate, "open_client", lambda settings: Opened(made))
    return made


class Result:
    """What a run said and did."""

    def __init__(self, status: int, out: bytes, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err


@pytest.fixture
def call(store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TZ", "UTC")

    def call(*words: str) -> Result:
        out = io.TextIOWrapper(io.BytesIO(), write_through=True)
        err = io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            where = ["-D", str(tmp_path / "base"), "-C", "me"]
            status = run(regenerate.command, [*where, *words])
        return Result(status, out.buffer.getvalue(), err.getvalue())

    return call


def test_one_file_goes_to_standard_output_and_nothing_is_said(call: Any) -> None:
    done = call("/data/kept")
    assert (done.status, done.out, done.err) == (0, b"kept\n", "")


def test_the_set_is_told_when_asked(call: Any) -> None:
    assert "using set Second of " in call("-v", "/data/kept").err


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["-b", "First", "/data/old"], b"old\n"),
        (["-b", "1", "/data/old"], b"old\n"),
        (["-b", "Current", "/data/new"], b"new\n"),
        (["-d", "1970-01-15", "/data/old"], b"old\n"),
        (["-d", "1970-02-15", "/data/new"], b"new\n"),
        (["--last", "/data/old"], b"old\n"),
        (["--last", "/data/new"], b"new\n"),
    ],
)
def test_the_set_may_be_named_numbered_dated_or_the_last(
    call: Any, words: list[str], out: bytes
) -> None:
    done = call(*words)
    assert (done.status, done.out) == (0, out)
    assert ("using set" in done.err) == (words[0] in ("-d", "--last"))


@pytest.mark.parametrize(
    ("words", "status", "words_of_it"),
    [
        (["-b", "Third", "/data/kept"], 13, "there is no backup set Third"),
        (["-d", "1970-01-02", "/data/kept"], 13, "the oldest is First"),
        (["-d", "soonish", "/data/kept"], 2, "not understood as a date"),
        (["-d", "tomorrow", "/data/kept"], 2, "lies in the future"),
        (["/data/old"], 14, "set First holds it"),
        (["/data/none\x1b"], 14, "does not hold /data/none\\x1b"),
        (["--last", "/data/none"], 14, "no complete set holds"),
        (["/data"], 2, "needs --output"),
        (["/data/link"], 2, "needs --output"),
        (["/data/kept", "/data/new"], 2, "several files need --output"),
        ([""], 2, "an empty path"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_a_status(
    call: Any, words: list[str], status: int, words_of_it: str
) -> None:
    done = call(*words)
    assert done.status == status
    assert words_of_it in done.err
    assert done.out == b""


def test_a_relative_path_is_looked_for_below_the_working_directory(
    call: Any, store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store.root(os.fsencode(tmp_path), 7, number=2)
    store.file(7, b"here", b"here\n")
    assert call("./here").out == b"here\n"
    (tmp_path / "way").symlink_to(tmp_path)
    assert call(str(tmp_path / "way" / "here")).out == b"here\n"


def test_a_path_of_a_set_with_relative_paths_is_taken_as_given(
    call: Any, store: MemoryStore
) -> None:
    store.root(b"src", 7, number=2)
    store.file(7, b"a", b"relative\n")
    assert call("src/a").out == b"relative\n"


def test_a_file_goes_into_a_directory_that_is_there_or_gets_the_name(
    call: Any, tmp_path: Path
) -> None:
    place = tmp_path / "out"
    place.mkdir()
    assert call("-o", str(place), "/data/kept").status == 0
    assert (place / "kept").read_bytes() == b"kept\n"
    assert call("-o", str(place / "other"), "/data/kept").status == 0
    assert (place / "other").read_bytes() == b"kept\n"
    assert call("-o", str(tmp_path / "made") + "/", "/data/kept").status == 0
    assert (tmp_path / "made" / "kept").read_bytes() == b"kept\n"
    assert call("-o", str(tmp_path / "no" / "other"), "/data/kept").status == 2


def test_a_directory_lands_under_its_own_name(call: Any, tmp_path: Path) -> None:
    done = call("-o", str(tmp_path / "out"), "/data")
    assert (done.status, done.err) == (0, "")
    assert (tmp_path / "out" / "data" / "sub" / "kept").read_bytes() == b"another\n"
    assert call("-o", str(tmp_path / "out2"), "/data/sub", "/data/new").status == 0
    assert sorted(os.listdir(tmp_path / "out2")) == ["new", "sub"]
    assert call("--norecurse", "-o", str(tmp_path / "out3"), "/data").status == 0
    assert os.listdir(tmp_path / "out3" / "data") == []


def test_two_arguments_of_one_name_are_refused(call: Any, tmp_path: Path) -> None:
    done = call("-o", str(tmp_path / "out"), "/data/kept", "/data/sub/kept")
    assert done.status == 2
    assert "both be restored as kept" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("output", ["/", "//", "base", "base/.server", "base/me", "base/me/packs"])
def test_stores_and_the_top_are_no_place_to_restore_to(
    call: Any, tmp_path: Path, output: str
) -> None:
    create_store(Place(str(tmp_path / "base")), "me")
    target = output if output.startswith("/") else str(tmp_path / output)
    assert call("-o", target, "/data").status == 2
    assert sorted(os.listdir(tmp_path / "base")) == ["me"]


def test_what_is_there_stays_unless_it_may_be_replaced(call: Any, tmp_path: Path) -> None:
    place = tmp_path / "f"
    place.write_bytes(b"mine")
    done = call("-o", str(place), "/data/kept")
    assert (done.status, place.read_bytes()) == (0, b"mine")
    assert "1 file: there already, left alone" in done.err
    assert call("-O", "-o", str(place), "/data/kept").status == 0
    assert place.read_bytes() == b"kept\n"


def test_damage_is_told_and_the_status_says_so(
    call: Any, store: MemoryStore, tmp_path: Path
) -> None:
    store.damage(1, b"kePt\n")
    done = call("-o", str(tmp_path / "out"), "/data")
    assert done.status == 3
    assert f"{tmp_path}/out/data/kept: " in done.err
    assert "1 problem" in done.err
    assert call("/data/kept").status == 30
    assert call("/data/kept").out == b""
    done = call("--noauthenticate", "-o", str(tmp_path / "out2"), "/data")
    assert (done.status, (tmp_path / "out2/data/kept").read_bytes()) == (3, b"kePt\n")


def test_a_large_file_is_streamed_and_found_out_at_its_end(call: Any, store: MemoryStore) -> None:
    data = b"x" * 5_000_000
    number = store.add_content(data, is_large=True)
    store.file(1, b"large", content=number, size=len(data))
    assert call("/data/large").out == data
    store.damage(number, b"y" * len(data))
    done = call("/data/large")
    assert (done.status, len(done.out)) == (30, len(data))
    store.damage(number, data * 2)
    assert len(call("/data/large").out) <= len(data)


def test_a_file_that_was_never_readable_is_an_error(call: Any, store: MemoryStore) -> None:
    store.file(1, b"secret", None)
    done = call("/data/secret")
    assert done.status == 30
    assert "could never be read" in done.err


def test_the_result_is_told_when_asked(call: Any, tmp_path: Path) -> None:
    done = call("-v", "-o", str(tmp_path / "out"), "/data")
    assert "restored 4 files and 2 directories" in done.err
    assert datetime(1970, 1, 21, tzinfo=UTC).strftime("%Y-%m-%d") in done.err


def test_a_run_of_another_job_hides_nothing(call: Any, store: MemoryStore) -> None:
    other = backup_set(4, name="Other", started_ns=25 * DAY)._replace(lineage=2)
    store.sets.append(other)
    store.root(b"/elsewhere", 9, number=4)
    store.file(9, b"mine", b"mine\n", first_set=4)
    done = call("/data/new")
    assert (done.status, done.out) == (0, b"new\n")
    assert "using set Second" in done.err
    assert call("/elsewhere/mine").out == b"mine\n"
    assert call("-b", "Current", "/data/new").status == 14


def test_an_older_good_version_is_offered(call: Any, store: MemoryStore, tmp_path: Path) -> None:
    store.root(b"/more", 8, number=1)
    store.root(b"/more", 8, number=2)
    store.file(8, b"f", b"good", last_set=1)
    bad = store.file(8, b"f", b"bad!", first_set=2).content
    assert bad is not None
    store.damage(bad, b"BAD!")
    done = call("-o", str(tmp_path / "out"), "/more")
    assert done.status == 3
    assert "set First has an older version: regenerate --backup First /more/f" in done.err
    done = call("/more/f")
    assert (done.status, done.out) == (30, b"")
    assert "hint: set First has an older version" in done.err
    assert call("-b", "First", "/more/f").out == b"good"


def test_a_log_on_standard_output_is_refused_where_data_goes_there(call: Any) -> None:
    done = call("--log", ":STDOUT:", "/data/kept")
    assert (done.status, done.out) == (2, b"")


def test_what_is_said_goes_to_the_log(call: Any, tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = call("--log", str(log), "-o", str(tmp_path / "out"), "/data")
    assert (done.status, done.err) == (0, "")
    assert "restored 4 files and 2 directories" in log.read_text()


def test_asking_needs_a_terminal(call: Any, tmp_path: Path) -> None:
    done = call("-O", "ask", "-o", str(tmp_path / "out"), "/data")
    assert done.status == 2
    assert "needs a terminal" in done.err
