"""What does not hold of entries is said once each, and not without end."""

import pytest

from tardis.cli.entry_faults import MOST, EntryFaults, faults_of


def test_each_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    faults = EntryFaults("box")
    for _ in range(3):
        faults.hear("a, since set 1, is not as it was backed up")
    assert faults.count == 1
    assert capsys.readouterr().err == "warning: box: a, since set 1, is not as it was backed up\n"


def test_many_are_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    faults = EntryFaults("box")
    for number in range(3 * MOST):
        faults.hear(str(number))
    assert faults.count == 3 * MOST
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == MOST + 1 and "more entries" in lines[-1]


def test_one_run_has_one_of_a_client() -> None:
    assert faults_of("one") is faults_of("one") and faults_of("one") is not faults_of("two")
