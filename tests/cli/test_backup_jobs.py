"""Several jobs in one file: each with its own status, the worst for all, one report."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tardis.cli import attended, backup_once
from tardis.cli.main import run
from tardis.cli.tardis import command
from tardis.config import Settings, table
from tardis.model import LineLostError
from tardis.net import Line
from tests.client.fakes import FakeServer

HOSTS: dict[str, list[FakeServer]] = {}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with trees and a file of jobs; the server `down` answers nobody."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    HOSTS.clear()

    @contextmanager
    def connect(settings: Settings) -> Iterator[Line]:
        host = settings[table.SERVER]
        if host == "down":
            raise LineLostError("cannot connect to down")
        server = FakeServer()
        HOSTS.setdefault(host, []).append(server)
        line, _ = server.start()
        try:
            yield line
        finally:
            line.close()

    for module in (attended, backup_once):
        monkeypatch.setattr(module, "connected", connect)
    monkeypatch.setenv("TARDIS_DEFAULTS", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs.cfg").write_text(
        f"[DEFAULT]\nClient = box\n[Tardis]\nDatabase = /backup\n"
        f"[first]\nServer = one\nDirectories = {tmp_path}/a\n"
        f"[broken]\nServer = down\nDirectories = {tmp_path}/a\n"
        f"[odd]\nServer = three\nDirectories = {tmp_path}/b {tmp_path}/missing\n"
    )
    return tmp_path


def tardis(*words: str) -> int:
    return run(command, ["--config", "jobs.cfg", *words])


def report(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_several_jobs_run_in_their_order_each_for_itself(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tardis("--job", "odd", "--job", "first", "--json") == 3
    told = report(capsys)
    assert [(one["job"], one["status"]) for one in told["jobs"]] == [("odd", 3), ("first", 0)]
    assert [one["client"] for one in told["jobs"]] == ["box", "box"]
    assert HOSTS["one"][0].files() == {b"file": b"a"}
    assert HOSTS["three"][0].files() == {b"file": b"b"}


@pytest.mark.usefixtures("place")
def test_a_job_that_fails_does_not_stop_the_next_and_the_worst_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tardis("--all-jobs", "--json") == 23
    captured = capsys.readouterr()
    jobs = json.loads(captured.out)["jobs"]
    assert [one["job"] for one in jobs] == ["first", "broken", "odd"]  # [Tardis] is no job
    assert [one["outcome"] for one in jobs] == ["complete", "failed", "problems"]
    assert jobs[1]["error"] == "cannot connect to down"
    assert "job broken: error: cannot connect to down" in captured.err


@pytest.mark.usefixtures("place")
def test_a_job_whose_section_is_wrong_or_missing_is_one_failed_job(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (place / "jobs.cfg").open("a") as file:
        file.write("[typo]\nDirectoris = /\n")
    assert tardis("--job", "nosuch", "--job", "typo", "--job", "first", "--json") == 4
    jobs = report(capsys)["jobs"]
    assert [one["job"] for one in jobs] == ["nosuch", "typo", "first"]
    assert [one["status"] for one in jobs] == [4, 4, 0]


@pytest.mark.usefixtures("place")
def test_a_job_named_twice_runs_once() -> None:
    assert tardis("--job", "first", "--job", "odd", "--job", "first") == 3
    assert len(HOSTS["one"]) == 1


def test_all_jobs_needs_a_file_with_jobs(place: Path) -> None:
    assert run(command, ["--all-jobs"]) == 2
    assert run(command, ["--all-jobs", "--config", "nowhere.cfg"]) == 4
    (place / "jobs.cfg").write_text("[Tardis]\nDatabase = /x\n")
    assert tardis("--all-jobs") == 4


@pytest.mark.usefixtures("place")
def test_previews_look_at_one_job() -> None:
    assert tardis("--all-jobs", "--dry-run") == 2


def test_the_report_goes_to_a_file_whole_also_when_the_run_fails(place: Path) -> None:
    words = ["--json-file", "report.json", "-s", "down", str(place / "a")]
    assert run(command, words) == 23
    told = json.loads((place / "report.json").read_text())
    assert (told["status"], told["jobs"][0]["outcome"]) == (23, "failed")
    assert tardis("--job", "first", "--json-file", "report.json") == 0
    assert json.loads((place / "report.json").read_text())["status"] == 0
    assert sorted(one.name for one in place.glob("*report*")) == ["report.json"]


def test_each_job_may_have_a_report_of_its_own(place: Path) -> None:
    with (place / "jobs.cfg").open("a") as file:
        file.write(f"[own]\nServer = one\nJsonFile = {place}/own.json\nDirectories = {place}/a\n")
    assert tardis("--job", "own", "--job", "odd", "--json-file", "all.json") == 3
    # the command line outranks the section
    assert len(json.loads((place / "all.json").read_text())["jobs"]) == 2
    assert not (place / "own.json").exists()
    assert tardis("--job", "own", "--job", "odd") == 3
    assert len(json.loads((place / "own.json").read_text())["jobs"]) == 1


def test_a_report_that_cannot_be_written_is_an_error_and_hides_no_other(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--json-file", "no/such/report", str(place / "a")]
    assert run(command, words) == 4
    assert run(command, ["-s", "down", *words]) == 23
    assert "cannot write the report no/such/report" in capsys.readouterr().err
