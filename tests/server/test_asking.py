"""How old the newest set of a lineage is, asked before a run."""

from tardis.protocol.messages import AskNewest, Goodbye, Newest, Welcome
from tardis.server.asking import newest
from tardis.store import Claim, Flushers, open_writer
from tests.server.talker import BOX, WISH, Kit, Talker
from tests.server.trees import Tree

TOP = AskNewest(WISH.lineage)


def ask(kit: Kit, wanted: AskNewest = TOP) -> Newest:
    with Talker(kit.connect()) as talker:
        talker.greet(is_creating=False)
        talker.expect(Welcome)
        talker.say(wanted)
        found = talker.expect(Newest)
        talker.say(Goodbye())
    kit.join()
    return found


def test_a_client_that_is_not_known_has_no_set(kit: Kit) -> None:
    assert newest(kit.place(), BOX, TOP, 0) == Newest("", 0)


def test_the_age_is_counted_by_the_server_and_by_lineage(kit: Kit, tree: Tree) -> None:
    kit.run(tree, wish={"client_time_ns": 1})
    found = ask(kit)
    assert found.name == kit.rows("SELECT name FROM backup_sets")[0][0]
    assert 0 <= found.age_ns < 60 * 10**9
    assert ask(kit, AskNewest(b"job:other")) == Newest("", 0)
    ended = kit.rows("SELECT ended_ns FROM backup_sets")[0][0]
    assert newest(kit.place(), BOX, TOP, ended + 5).age_ns == 5
    assert newest(kit.place(), BOX, TOP, ended - 5).age_ns == 0  # the clock was set back


def test_sets_that_are_not_complete_do_not_count(kit: Kit, tree: Tree) -> None:
    with Talker(kit.connect()) as talker:
        talker.open()
    kit.join()
    assert ask(kit) == Newest("", 0)
    kit.run(tree)
    assert ask(kit).name


def test_asking_waits_for_no_run(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    writer = open_writer(kit.place(), BOX, Claim("a test"), Flushers())
    try:
        assert ask(kit).name
    finally:
        writer.close()


def test_a_line_may_ask_and_then_back_up(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    with Talker(kit.connect()) as talker:
        talker.greet(is_creating=False)
        talker.expect(Welcome)
        talker.say(TOP)
        talker.expect(Newest)
        talker.open_set(is_creating=False)
    kit.join()
    assert len(kit.sets()) == 2
