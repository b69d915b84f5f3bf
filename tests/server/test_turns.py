"""No more backups at once than the administrator wants; the others wait in order."""

from dataclasses import replace
from pathlib import Path

import pytest

from tardis.model import UnavailableError
from tardis.protocol.messages import SetOpened, Welcome
from tardis.server import turns
from tests.net.lines import until
from tests.server.talker import WISH, Kit, Talker, make_kit


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.01)


@pytest.fixture
def one_at_a_time(tmp_path: Path) -> Kit:
    return make_kit(tmp_path / "base", max_backups=1)


def waiting(kit: Kit, client: str) -> Talker:
    """Return a client that has asked for a set and waits for its turn."""
    talker = Talker(kit.connect())
    talker.greet(client)
    talker.expect(Welcome)
    talker.say(WISH)
    until(lambda: any(line.startswith(f"{client}: waits for its turn") for line in kit.log))
    return talker


def test_who_comes_later_waits_and_then_is_served_in_order(one_at_a_time: Kit) -> None:
    kit = one_at_a_time
    with Talker(kit.connect()) as first:
        first.open("a")
        second = waiting(kit, "b")
        third = waiting(kit, "c")
        assert [second.line.hear(0.05), third.line.hear(0.05)] == [None, None]
    second.expect(SetOpened)
    assert third.line.hear(0.05) is None
    second.close()
    third.expect(SetOpened)
    third.close()
    kit.close()


def test_who_goes_while_waiting_leaves_the_queue(one_at_a_time: Kit) -> None:
    kit = one_at_a_time
    with Talker(kit.connect()) as first:
        first.open("a")
        waiting(kit, "b").close()
        until(lambda: any("LineLostError" in line for line in kit.log))
        third = waiting(kit, "c")
    third.expect(SetOpened)
    third.close()
    kit.close()
    assert not (kit.base / "b").exists()


def test_a_daemon_that_stops_sends_them_home(one_at_a_time: Kit) -> None:
    kit = one_at_a_time
    with Talker(kit.connect()) as first:
        first.open("a")
        with waiting(kit, "b") as second:
            kit.daemon.stop()
            trouble = second.trouble()
    assert isinstance(trouble, UnavailableError) and "stopping" in str(trouble)
    assert trouble.exit_status == 24
    kit.close()


def test_no_turn_for_too_long_is_one_sentence(
    one_at_a_time: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_SECONDS", 0.0)
    kit = one_at_a_time
    with Talker(kit.connect()) as first:
        first.open("a")
        with waiting(kit, "b") as second:
            trouble = second.trouble()
    assert isinstance(trouble, UnavailableError)
    assert "no more than 1 backups at once" in str(trouble) and "MaxBackups" in trouble.hint
    kit.close()


def test_new_settings_hold_for_those_who_wait_too(one_at_a_time: Kit) -> None:
    kit = one_at_a_time
    with Talker(kit.connect()) as first:
        first.open("a")
        with waiting(kit, "b") as second:
            kit.daemon.renew(replace(kit.options, max_backups=2))
            second.expect(SetOpened)
            with waiting(kit, "c") as third:
                kit.daemon.renew(replace(kit.options, max_backups=0))
                third.expect(SetOpened)
    kit.close()


def test_without_a_limit_nobody_waits(kit: Kit) -> None:
    talkers = [Talker(kit.connect()) for _ in range(5)]
    for number, talker in enumerate(talkers):
        talker.open(f"c{number}")
    for talker in talkers:
        talker.close()
    assert not any("waits" in line for line in kit.log)
