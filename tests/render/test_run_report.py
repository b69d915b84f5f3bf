"""The report of a run, what hooks see, and one line: names that programs rely on."""

import json

from tardis.model import FAILED, SKIPPED, Outcome, Problem, Report
from tardis.render import HOOK_VARIABLES, RUN_FIELDS, hook_variables, run_line, run_report

PROMISED = (
    "job client server outcome status skipped error hint attempts started seconds set number "
    "directories entries files bytes new_files delta_files new_bytes stored_bytes sent_bytes "
    "left_out vanished removed_sets notes problems"
)
VARIABLES = (
    "JOB CLIENT SERVER OUTCOME STATUS ERROR SET NUMBER ENTRIES BYTES NEW_FILES "
    "STORED_BYTES PROBLEMS"
)


def outcome(**more: object) -> Outcome:
    report = Report(
        directories=2, entries=5, files=3, size_bytes=700, problems=[Problem(b"/a\n", "no")]
    )
    one = Outcome("music", "laptop", "host:7420", 1_500_000_000, 4_000_000_000, report=report)
    one.set_name, one.set_number, one.new_files, one.delta_files = "Daily", 7, 2, 1
    one.attempts, one.problems = 1, 1
    for name, value in more.items():
        setattr(one, name, value)
    return one


def test_the_names_that_were_promised_are_there() -> None:
    """Add to these lists; whoever changes or removes a name breaks programs of others."""
    assert set(PROMISED.split()) <= set(RUN_FIELDS)
    assert {f"TARDIS_RUN_{name}" for name in VARIABLES.split()} <= set(HOOK_VARIABLES)


def test_a_report_is_one_document_of_all_jobs() -> None:
    told = json.loads(run_report([outcome(status=3), outcome(job="")], 3))
    assert (told["version"], told["status"], len(told["jobs"])) == (1, 3, 2)
    first = told["jobs"][0]
    assert list(first) == list(RUN_FIELDS)
    assert (first["outcome"], first["set"], first["number"]) == ("problems", "Daily", 7)
    assert (first["started"], first["seconds"], first["bytes"]) == (1.5, 2.5, 700)
    assert first["problems"] == [{"path": "/a\\x0a", "reason": "no"}]
    assert told["jobs"][1]["outcome"] == "complete"


def test_an_outcome_has_one_of_four_words() -> None:
    assert outcome(status=23).kind == FAILED
    assert outcome(skipped="too early").kind == SKIPPED
    assert outcome(skipped="too early", status=6).kind == FAILED


def test_hooks_see_counts_and_no_byte_that_an_environment_cannot_hold() -> None:
    seen = hook_variables(outcome(error="odd\0name"))
    assert seen["TARDIS_RUN_NEW_FILES"] == "3"
    assert (seen["TARDIS_RUN_SET"], seen["TARDIS_RUN_PROBLEMS"]) == ("Daily", "1")
    assert seen["TARDIS_RUN_ERROR"] == "oddname"
    assert hook_variables(outcome(), is_before=True)["TARDIS_RUN_OUTCOME"] == "before"


def test_one_line_says_which_run_it_was() -> None:
    failed = outcome(status=23, error="no answer", attempts=3)
    assert run_line(failed) == (
        "backup of laptop to host:7420, job music: failed after 3 attempts with status 23"
    )
    assert run_line(outcome(job="")) == "backup of laptop to host:7420: complete"
