"""Whole visits: who is let in, what interrupts a run, and how the next one goes on."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tardis.model import (
    LineLostError,
    PeerError,
    RemoteProtocolError,
    RightsError,
    StoreBusyError,
    StoreError,
    UnavailableError,
    UsageError,
)
from tardis.protocol.messages import (
    AddFilesystems,
    CloseSet,
    Contents,
    Goodbye,
    Owners,
    SetClosed,
    SetOpened,
    Verdicts,
    Welcome,
)
from tardis.server import visit
from tardis.store import sets, writer
from tests.server.talker import WISH, Backup, Kit, Talker, make_kit, restored
from tests.server.trees import Tree


class Stop(Exception):
    """Raised by a test where its client is to end."""


def stop_at(step: str, count: int = 1) -> Callable[[str], None]:
    left = [count]

    def hook(now: str) -> None:
        left[0] -= now == step
        if left[0] <= 0:
            raise Stop

    return hook


# Who is let in


def test_a_client_of_another_version_is_told_so(talker: Talker) -> None:
    talker.greet(version=99)
    error = talker.trouble()
    assert isinstance(error, RemoteProtocolError) and "99" in str(error)
    assert "release" in error.hint


def test_a_client_from_elsewhere_needs_leave(kit: Kit) -> None:
    kit.is_far = True
    with Talker(kit.connect()) as talker:
        talker.greet()
        assert isinstance(talker.trouble(), RightsError)
    kit.options = replace(kit.options, allow_open=True)
    kit.__post_init__()
    with Talker(kit.connect()) as talker:
        talker.greet()
        assert talker.expect(Welcome).program == "tardisd test"


def test_who_does_not_greet_is_dropped(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "HANDSHAKE_SECONDS", 0.05)
    with Talker(kit.connect()) as talker:
        assert isinstance(talker.trouble(), LineLostError)
        kit.join()
    assert "did not greet" in kit.log[-1]


def test_a_line_may_end_without_a_set(kit: Kit, talker: Talker) -> None:
    talker.greet()
    talker.expect(Welcome)
    talker.say(Goodbye())
    kit.join()
    assert kit.log == [] and not kit.base.exists()


def test_an_unknown_client_must_ask_to_be_made(kit: Kit, talker: Talker) -> None:
    talker.greet()
    talker.expect(Welcome)
    talker.say(replace(WISH, is_creating=False))
    error = talker.trouble()
    assert isinstance(error, StoreError) and "--create" in error.hint
    assert not kit.base.exists()


def test_a_local_client_need_not_ask(kit: Kit, tree: Tree) -> None:
    kit.options = replace(kit.options, is_local=True)
    kit.__post_init__()
    kit.run(tree, wish={"is_creating": False})
    assert kit.flat(1) == tree.flat()


def test_new_clients_are_made_only_where_that_is_allowed(kit: Kit) -> None:
    kit.options = replace(kit.options, allow_new_hosts=False, is_local=True)
    kit.__post_init__()
    with Talker(kit.connect()) as talker:
        talker.greet()
        assert isinstance(talker.trouble(), RightsError)
    with Talker(kit.connect()) as talker:
        talker.greet(is_creating=False)
        talker.expect(Welcome)
        talker.say(replace(WISH, is_creating=False))
        assert isinstance(talker.trouble(), RightsError)
    assert not kit.base.exists()


def test_a_client_that_has_a_store_cannot_be_made_again(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    with Talker(kit.connect()) as talker:
        talker.greet()
        talker.expect(Welcome)
        talker.say(WISH)
        error = talker.trouble()
    assert isinstance(error, StoreError) and "already" in str(error)
    assert kit.sets() == [(1, 1)]


def test_a_private_store_is_its_owners(kit: Kit, tree: Tree) -> None:
    kit.options = replace(kit.options, is_private=True)
    kit.__post_init__()
    kit.run(tree)
    assert (kit.base / "box").stat().st_mode & 0o777 == 0o700


# What is recorded of a set


def test_a_set_records_what_its_client_says(kit: Kit, tree: Tree) -> None:
    kit.run(tree, wish={"is_full": True, "client_time_ns": -5, "session": "abc"})
    query = """SELECT session, client_version, server_version, client_address, command_line,
        client_config, is_full, client_time_ns FROM backup_sets"""
    assert kit.rows(query) == [("abc", "test", "tardisd test", "unix", b"tardis top", b"{}", 1, -5)]


def test_the_configuration_is_kept_only_where_that_is_wanted(kit: Kit, tree: Tree) -> None:
    kit.options = replace(kit.options, save_config=False)
    kit.__post_init__()
    kit.run(tree)
    assert kit.rows("SELECT client_config FROM backup_sets") == [(b"",)]


def test_names_of_owners_change_from_set_to_set(kit: Kit, tree: Tree) -> None:
    def run(names: dict[tuple[bool, int], bytes]) -> None:
        with Talker(kit.connect()) as talker:
            talker.open(is_creating=not kit.base.exists())
            talker.begin(tree)
            items = tuple((*key, name) for key, name in names.items())
            talker.say(Owners(items[:1]))
            talker.say(Owners(items))
            talker.say(CloseSet(0, 0, 0, 0))
            talker.expect(SetClosed)
        kit.join()

    first = {(False, 0): b"root", (True, 0): b"wheel"}
    second = {(False, 0): b"toor", (True, 0): b"wheel", (False, 7): b"lp"}
    run(first)
    run(second)
    run(first)
    with kit.reader() as reader:
        assert reader.owners(1) == first
        assert reader.owners(2) == second
        assert reader.owners(3) == second | first
    assert kit.count("owners") == 5


def test_two_sets_on_one_line(kit: Kit, tree: Tree) -> None:
    with Talker(kit.connect()) as talker:
        talker.open()
        for number in (1, 2):
            assert talker.opened is not None and talker.opened.number == number
            talker.begin(tree)
            talker.say(CloseSet(0, 0, 0, 0))
            talker.expect(SetClosed)
            if number == 1:
                talker.open_set(is_creating=False)
    assert kit.sets() == [(1, 1), (2, 1)]


@pytest.mark.parametrize("told", [(2, 6), (3, 5), (0, 0), (1 << 62, 5)])
def test_a_set_whose_counts_disagree_stays_incomplete(
    kit: Kit, tree: Tree, told: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.begin(tree)
        for request, path in enumerate((b"", b"d")):
            talker.list(tree, path)
            for position in talker.expect(Verdicts).contents:
                names = sorted(tree[path].children)
                talker.send(request, position, tree[path].children[names[position]].data)
        talker.say(CloseSet(*told, 0, 0))
        assert isinstance(talker.trouble(), RemoteProtocolError)
    assert kit.sets() == [(1, 0)]
    kit.run(tree)
    assert kit.sets() == [(1, 1)] and kit.flat(1) == tree.flat()


def test_a_set_with_files_that_wait_does_not_close(kit: Kit, tree: Tree) -> None:
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.begin(tree)
        talker.list(tree, b"")
        talker.expect(Verdicts)
        talker.say(CloseSet(1, 3, 0, 0))
        assert isinstance(talker.trouble(), RemoteProtocolError)
    assert kit.sets() == [(1, 0)]


@pytest.mark.parametrize("numbers", [(-1, 0), (0, -1)])
def test_a_set_with_impossible_numbers_does_not_close(kit: Kit, numbers: tuple[int, int]) -> None:
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.say(CloseSet(0, 0, *numbers))
        assert isinstance(talker.trouble(), RemoteProtocolError)
    assert kit.sets() == [(1, 0)]


# Interrupted, and gone on with


STEPS = ["opened", "listing", "content", "closing"]


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_first_run_is_taken_over(kit: Kit, tree: Tree, step: str) -> None:
    with pytest.raises(Stop):
        kit.run(tree, hook=stop_at(step))
    assert kit.sets() == [(1, 0)]
    kit.run(tree, wish={"session": "again"})
    assert kit.sets() == [(1, 1)]
    assert kit.rows("SELECT session FROM backup_sets") == [("again",)]
    assert kit.flat(1) == tree.flat()
    assert kit.run(tree).listed == []


@pytest.mark.parametrize("step", STEPS)
def test_rows_of_an_interrupted_run_are_replaced(kit: Kit, tree: Tree, step: str) -> None:
    kit.run(tree)
    first = tree.flat()
    tree.write(b"a", b"second")
    tree.write(b"d/new", b"second too")
    tree.move(b"d", b"e")
    with pytest.raises(Stop):
        kit.run(tree, hook=stop_at(step))
    assert kit.sets() == [(1, 1), (2, 0)] and kit.flat(1) == first
    tree.write(b"a", b"third")
    tree.remove(b"e/new")
    tree.move(b"e", b"f")
    kit.run(tree)
    assert kit.sets() == [(1, 1), (2, 1)]
    assert kit.flat(1) == first and kit.flat(2) == tree.flat()
    assert kit.count("entries", "first_set > last_set") == 0


def test_what_was_sent_before_the_line_was_lost_is_not_sent_again(kit: Kit, tree: Tree) -> None:
    with pytest.raises(Stop):
        kit.run(tree, hook=stop_at("closing"))
    ran = kit.run(tree)
    assert ran.listed == [] and ran.sent == []
    assert kit.flat(1) == tree.flat()


def test_an_incomplete_set_is_taken_over_by_other_roots(kit: Kit, tree: Tree) -> None:
    with pytest.raises(Stop):
        kit.run(tree, hook=stop_at("closing"))
    other = Tree()
    other.top.inode = 5000
    other.write(b"z", b"zeta")
    kit.run(other, root=b"other", wish={"lineage": b"other"})
    with kit.reader() as reader:
        assert [root.path for root in reader.roots(1)] == [b"other"]
    assert kit.flat(1, b"other") == other.flat()
    kit.run(tree)
    assert kit.flat(2) == tree.flat()


def test_every_message_border_is_a_safe_place_to_stop(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    first = tree.flat()
    for path in (b"a", b"b", b"d/c"):
        tree.write(path, b"new " + path)
    for count in range(1, 12):
        steps = iter(range(count))

        def hook(step: str, steps: object = steps) -> None:
            if next(steps, None) is None:  # type: ignore[call-overload]
                raise Stop

        try:
            kit.run(tree, hook=hook)
        except Stop:
            assert kit.flat(1) == first
            assert kit.sets() == [(1, 1), (2, 0)]
        else:
            break
    assert kit.flat(1) == first and kit.flat(2) == tree.flat()


def test_small_groups_make_the_same_set(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GROUP_ROWS", 1)
    kit.run(tree)
    tree.write(b"d/c", b"new")
    tree.remove(b"b")
    kit.run(tree)
    assert kit.flat(2) == tree.flat()
    assert kit.rows("SELECT groups > 3 FROM backup_sets WHERE number = 1") == [(1,)]


# One writer


def test_a_second_writer_is_refused_with_who_and_since_when(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    with Talker(kit.connect()) as holder, Talker(kit.connect()) as second:
        holder.open(is_creating=False, session="the holder")
        second.greet()
        second.expect(Welcome)
        second.say(replace(WISH, is_creating=False))
        error = second.trouble()
        assert isinstance(error, StoreBusyError)
        for word in ("process", "since", "the holder", "box"):
            assert word in str(error)
        holder.begin(Tree())
        holder.say(CloseSet(0, 0, 0, 0))
        holder.expect(SetClosed)
    assert kit.sets() == [(1, 1), (2, 1)]


def test_a_forced_run_asks_the_holder_to_stop(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "LOOK_ROUND_SECONDS", 0.02)
    kit.run(tree)
    first = tree.flat()
    tree.write(b"a", b"changed")
    with Talker(kit.connect()) as holder:
        holder.open(is_creating=False)
        holder.begin(tree)
        holder.list(tree, b"")
        (wanted,) = holder.expect(Verdicts).contents
        holder.send(0, wanted, b"changed")
        ran = kit_run_beside(kit, tree)
        assert isinstance(holder.trouble(), StoreBusyError)
    assert ran.opened is not None and ran.opened.number == 2
    assert not ran.sent  # the holder's last group was sealed before it went
    assert kit.flat(1) == first and kit.flat(2) == tree.flat()


def kit_run_beside(kit: Kit, tree: Tree) -> Backup:
    """Make a forced run while another visit goes on."""
    with Talker(kit.connect()) as talker:
        return Backup(talker, tree, wish={"is_creating": False, "is_forced": True}).run()


def test_a_run_waits_while_another_is_finishing(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.run(tree)
    going_on, waiting = threading.Event(), threading.Event()

    def slow(writer: object) -> None:
        waiting.set()
        assert going_on.wait(20)

    monkeypatch.setattr(visit, "write_full_manifest", slow)
    with Talker(kit.connect()) as one, Talker(kit.connect()) as other:
        one.open(is_creating=False)
        one.begin(Tree())
        one.say(CloseSet(0, 0, 0, 0))
        one.expect(SetClosed)
        assert waiting.wait(20)
        other.greet()
        other.expect(Welcome)
        other.say(replace(WISH, is_creating=False))
        assert other.line.hear(0.1) is None
        going_on.set()
        other.opened = other.expect(SetOpened)
        assert other.opened.number == 3
        other.begin(Tree())
        other.say(CloseSet(0, 0, 0, 0))
        other.expect(SetClosed)
    assert kit.sets() == [(1, 1), (2, 1), (3, 1)]


def test_a_daemon_that_stops_ends_visits_after_their_group(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "LOOK_ROUND_SECONDS", 0.02)
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.begin(tree)
        talker.list(tree, b"")
        talker.expect(Verdicts)
        talker.send(0, 0, b"alpha")
        kit.daemon.stop()
        error = talker.trouble()
    assert isinstance(error, UnavailableError) and "stopping" in str(error)
    assert kit.count("contents") == 1
    kit.__post_init__()
    ran = kit.run(tree)
    assert sorted(ran.sent) == [b"b", b"d/c"]
    assert kit.flat(1) == tree.flat()


# Aftermath


def copies(kit: Kit) -> list[str]:
    kit.join()
    return sorted(path.name for path in (kit.base / "box").glob("tardis.db.*.gz"))


def test_the_catalog_is_copied_only_after_rows_changed(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    assert len(copies(kit)) == 1
    for path in (kit.base / "box").glob("tardis.db.*.gz"):
        path.unlink()
    kit.run(tree)
    assert copies(kit) == []
    tree.write(b"a", b"new")
    kit.run(tree)
    assert len(copies(kit)) == 1


def test_the_catalog_is_copied_after_a_run_that_went_on_with_another(kit: Kit, tree: Tree) -> None:
    with pytest.raises(Stop):
        kit.run(tree, hook=stop_at("closing"))
    assert copies(kit) == []
    assert kit.run(tree).listed == []
    assert len(copies(kit)) == 1


def test_trouble_in_the_aftermath_does_not_spoil_the_set(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(layout: object, keep: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(visit, "copy_catalog", fail)
    ran = kit.run(tree)
    assert ran.closed is not None and kit.sets() == [(1, 1)]
    assert "NoSpaceError" in kit.log[-1]
    kit.run(tree)
    assert kit.sets() == [(1, 1), (2, 1)]


def test_every_thirtieth_set_has_a_full_manifest(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "FULL_EVERY", 2)
    for number in range(1, 6):
        tree.write(b"a", b"%d" % number)
        kit.run(tree)
    query = "SELECT DISTINCT backup_set FROM manifests WHERE is_full ORDER BY 1"
    assert kit.rows(query) == [(2,), (4,)]


# Strangers in a later state


@pytest.mark.parametrize(
    "message",
    [Contents(()), CloseSet(0, 0, 0, 0), AddFilesystems(())],
    ids=lambda message: message.KIND,
)
def test_words_of_a_run_before_a_set_is_open_are_refused(
    talker: Talker, message: Contents | CloseSet | AddFilesystems
) -> None:
    talker.greet()
    talker.expect(Welcome)
    state = type(talker.line._session.state)
    talker.line._session.state = state.BACKUP
    talker.say(message)
    assert isinstance(talker.trouble(), RemoteProtocolError)


def test_an_impossible_format_falls_back_to_the_provisional_name(kit: Kit, tree: Tree) -> None:
    ran = kit.run(tree, wish={"format": "%D/%H", "priority": 7})
    assert ran.closed is not None and ran.closed.name.startswith("Backup_")
    assert ran.closed.priority == 7
    with Talker(kit.connect()) as talker:
        talker.greet()
        talker.expect(Welcome)
        talker.say(replace(WISH, is_creating=False, format="a\0b"))
        assert isinstance(talker.trouble(), UsageError)


def test_a_fault_of_ours_is_told_without_its_details(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(visit, "open_set", fail)
    with Talker(kit.connect()) as talker:
        talker.greet()
        talker.expect(Welcome)
        talker.say(WISH)
        error = talker.trouble()
    assert isinstance(error, PeerError) and "secret" not in str(error)
    kit.join()
    assert "secret detail" in kit.log[-1] and "Traceback" in kit.log[-1]
    monkeypatch.undo()
    kit.run(tree)  # its lock is free
    assert kit.flat(1) == tree.flat()


def test_a_set_without_a_root_is_never_complete(kit: Kit) -> None:
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.say(CloseSet(0, 0, 0, 0))
        error = talker.trouble()
    assert isinstance(error, RemoteProtocolError) and "no root" in str(error)
    assert kit.sets() == [(1, 0)]


def test_heavy_silence_between_messages_is_borne(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "LOOK_ROUND_SECONDS", 0.01)
    with Talker(kit.connect()) as talker:
        talker.open()
        time.sleep(0.05)
        talker.begin(Tree())
        talker.say(CloseSet(0, 0, 0, 0))
        talker.expect(SetClosed)


def test_two_clients_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    kit = make_kit(tmp_path_factory.mktemp("two") / "base")
    trees = {}
    for name in ("one", "two", "three"):
        tree = trees[name] = Tree()
        for number in range(30):
            tree.write(b"%s%d" % (name.encode(), number), name.encode() * number)

    def run(name: str) -> None:
        with Talker(kit.connect()) as talker:
            Backup(talker, trees[name], client=name).run()

    threads = [threading.Thread(target=run, args=(name,)) for name in trees]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    kit.join()
    for name, tree in trees.items():
        with kit.reader(name) as reader:
            found = dict(restored(reader, reader.roots(1)[0].directory, 1, b""))
        assert found == tree.flat()


@pytest.mark.parametrize("verbose, told", [(0, set()), (2, {"root.add"}), (3, {"contents"})])
def test_messages_are_logged_at_higher_levels(
    kit: Kit, tree: Tree, verbose: int, told: set[str]
) -> None:
    kit.options = replace(kit.options, verbose=verbose)
    kit.__post_init__()
    kit.run(tree)
    heard = {line.rpartition(" ")[2] for line in kit.log if "heard" in line}
    assert told <= heard and (verbose or not heard)
    assert "contents" not in heard or verbose == 3
