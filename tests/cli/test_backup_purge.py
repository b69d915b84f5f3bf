"""What `tardis --purge` asks for, and what it says of the answer."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tardis.cli.backup_purge import purge_wish, purged_lines, refused_purge
from tardis.cli.settings import load
from tardis.client import BackupJob, JobOptions, PurgeWish
from tardis.model import NoSpaceError, RightsError, UsageError
from tardis.protocol import Message, messages
from tests.client.fakes import FakeServer

HOUR = 3600 * 10**9


def wish(*words: str) -> PurgeWish | None:
    return purge_wish(load("tardis", [*words, "/"], {}).settings, time.time_ns())


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], None),
        (["--purge"], PurgeWish(-1, -1)),
        (["--purge", "--purge-priority", "7"], PurgeWish(7, -1)),
        (["--purge", "--purge-priority", "-7"], PurgeWish(0, -1)),
        (["--purge", "--keep-days", "3"], PurgeWish(-1, 72 * HOUR)),
        (["--purge", "--keep-hours", "3"], PurgeWish(-1, 3 * HOUR)),
    ],
)
def test_what_is_wished_for(words: list[str], wanted: PurgeWish | None) -> None:
    assert wish(*words) == wanted


def test_a_date_is_told_as_an_age() -> None:
    asked = wish("--purge", "--keep-time", "3 hours ago")
    assert asked is not None and abs(asked.keep_ns - 3 * HOUR) < HOUR // 60


@pytest.mark.parametrize("words", [["--keep-days", "3"], ["--purge-priority", "3"]])
def test_without_purge_nothing_is_kept_or_removed(words: list[str]) -> None:
    with pytest.raises(UsageError, match="--purge is missing"):
        wish(*words)


class Answering(FakeServer):
    """Answers the wish to purge as it is told to."""

    answer: Message

    def answers(self, message: Message) -> list[Message]:
        return (
            [self.answer] if isinstance(message, messages.PurgeSets) else super().answers(message)
        )


def backed_up(tree: Path, answer: Message, **more: Any) -> tuple[BackupJob, Answering]:
    server = Answering()
    server.answer = answer
    (tree / "file").write_bytes(b"1")
    line, thread = server.start()
    root = os.fsencode(tree)
    job = BackupJob(line, JobOptions("client", {root: root}, purge=PurgeWish(3, 5), **more))
    try:
        job.run()
        thread.join(30)
    finally:
        line.close()
    return job, server


def test_the_server_is_asked_when_the_set_is_complete(tmp_path: Path) -> None:
    job, server = backed_up(tmp_path, messages.SetsPurged(1, 2, 2048, (("a", "old"),)))
    assert [kind.KIND for kind in server.heard[-3:]] == ["set.close", "sets.purge", "goodbye"]
    (asked,) = server.of_kind(messages.PurgeSets)
    assert asked == messages.PurgeSets(3, 5)
    assert list(purged_lines(job)) == ["removed a: old", "1 old sets removed, 2.0 KB freed"]
    assert refused_purge(job) is None


def test_a_refusal_is_an_error_that_says_the_set_is_complete(tmp_path: Path) -> None:
    job, _ = backed_up(tmp_path, messages.Refused("rights", "you may not", "Ask somebody."))
    assert job.closed is not None and list(purged_lines(job)) == []
    error = refused_purge(job)
    assert isinstance(error, RightsError) and error.hint == "Ask somebody."
    assert str(error) == "set is complete, but old sets were not removed: you may not"


class Dying(FakeServer):
    """Ends with trouble when it is asked to purge."""

    def answers(self, message: Message) -> list[Message]:
        if isinstance(message, messages.PurgeSets):
            return [messages.Trouble("no-space", "the disk is full", "")]
        return super().answers(message)


def test_a_server_that_ends_in_the_aftermath_has_kept_the_set(tmp_path: Path) -> None:
    server = Dying()
    (tmp_path / "file").write_bytes(b"1")
    line, _ = server.start()
    root = os.fsencode(tmp_path)
    job = BackupJob(line, JobOptions("client", {root: root}, purge=PurgeWish()))
    try:
        job.run()
    finally:
        line.close()
    error = refused_purge(job)
    assert isinstance(error, NoSpaceError) and str(error).startswith("set is complete, but")
