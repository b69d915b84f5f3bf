"""No trouble of one visit reaches another, and all of it reaches the log."""

import threading
from pathlib import Path

import pytest

from tardis.model import LineLostError, UnavailableError
from tardis.net import Listener, dial_unix
from tardis.protocol.messages import Welcome
from tardis.server import Daemon
from tests.server.talker import Backup, Kit, Talker, make_kit
from tests.server.trees import Tree


def test_a_cut_line_is_logged_and_nothing_else(kit: Kit, tree: Tree) -> None:
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.begin(tree)
    kit.join()
    assert kit.log[-1].startswith("unix: LineLostError")
    assert "Traceback" not in kit.log[-1]
    kit.run(tree)
    assert kit.flat(1) == tree.flat()


def test_details_are_logged_when_they_are_wanted(kit: Kit) -> None:
    kit.daemon = Daemon(kit.options, kit._note, log_details=True)
    with Talker(kit.connect()) as talker:
        talker.greet("../up")
        talker.trouble()
    kit.join()
    assert "Traceback" in kit.log[-1] and "UsageError" in kit.log[-1]


def test_trouble_with_the_disk_is_told_in_words(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    (kit.base / "box" / "tardis.db.keys").write_text("rubbish")
    with pytest.raises(Exception, match="damaged") as caught:
        kit.run(tree)
    assert caught.value.exit_status == 10  # type: ignore[attr-defined]


def test_a_base_directory_that_is_a_file_is_told_in_words(kit: Kit, tree: Tree) -> None:
    kit.base.write_text("a file")
    with pytest.raises(Exception, match="cannot use") as caught:
        kit.run(tree)
    assert caught.value.exit_status == 10  # type: ignore[attr-defined]


def test_visits_of_a_listener_on_a_socket(tmp_path: Path, tree: Tree) -> None:
    kit = make_kit(tmp_path / "base")
    path = str(tmp_path / "socket")
    listener = Listener(path, kit.daemon.visit)
    thread = threading.Thread(target=listener.serve, daemon=True)
    thread.start()
    try:
        with Talker(dial_unix(path, 10)) as talker:
            Backup(talker, tree).run()
        with Talker(dial_unix(path, 10)) as talker:
            talker.greet("..")
            talker.trouble()
        with Talker(dial_unix(path, 10)) as talker:
            ran = Backup(talker, tree, wish={"is_creating": False}).run()
            assert ran.listed == []
    finally:
        listener.stop()
        thread.join(20)
    assert kit.flat(2) == tree.flat()


def test_a_visit_after_the_daemon_was_stopped_ends_at_its_next_look(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tardis.server.visit.LOOK_ROUND_SECONDS", 0.0)
    kit.daemon.stop()
    with pytest.raises(Exception, match="stopping"):
        kit.run(tree)
    assert not (kit.base / "box").exists() or kit.sets() == [(1, 0)]


def test_a_visit_that_only_waits_is_told_to_go(kit: Kit) -> None:
    with Talker(kit.connect()) as talker:
        talker.greet()
        talker.expect(Welcome)
        kit.daemon.stop()
        error = talker.trouble()
    assert isinstance(error, UnavailableError) and error.hint
    kit.join()


def test_a_line_lost_in_the_greeting_is_no_fault(kit: Kit) -> None:
    transport = kit.connect()
    transport.close()
    kit.join()
    assert len(kit.log) == 1 and LineLostError.__name__ in kit.log[0]
