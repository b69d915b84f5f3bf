from tardis.client import JobOptions
from tardis.client.run import Run
from tardis.model import Observer, Report
from tardis.protocol import messages
from tests.client.fakes import KEY
from tests.client.recorder import Recorder

OPENED = messages.SetOpened(1, "s", True, bytes(16), "modern", KEY, ())


def test_what_may_not_be_read_is_counted_or_reported() -> None:
    remarks: list[tuple[bytes, str]] = []
    options = JobOptions("c", {}, remark=lambda path, why: remarks.append((path, why)))
    run = Run(Recorder(), options, OPENED, Report())
    assert run.blame(b"/p", 13, "denied")
    assert not run.blame(b"/q", 5, "broken")
    assert (run.report.left_out, [one.path for one in run.report.problems]) == (1, [b"/q"])
    assert remarks == [(b"/p", "left out: denied")]
    strict = JobOptions("c", {}, leaves_out_unreadable=False)
    assert not Run(Recorder(), strict, OPENED, Report()).blame(b"/p", 13, "denied")


def test_only_watchers_of_files_are_told_of_each() -> None:
    class Listening(Observer):
        def file_done(self, path: bytes, kind: str, size: int) -> None: ...

    run = Run(Recorder(), JobOptions("c", {}), OPENED, Report())
    run.watch(None)
    assert not run.watches_files
    run.watch(Observer())
    assert not run.watches_files
    run.watch(Listening())
    assert run.watches_files
