"""A request that needs a right the client has not fails, is logged and is noted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tardis.model import USUAL_RIGHTS, Right, RightsError, StoreError
from tardis.server.permits import Permit, usual_priority
from tardis.store import Grant, denials, write_grant
from tests.server.talker import BOX, WISH, Kit, Talker, make_kit
from tests.server.trees import Tree


def permit(kit: Kit, **options: Any) -> Permit:
    return Permit(replace(kit.options, **options), BOX, "10.0.0.1:99", kit._note)


@pytest.fixture
def usual(tmp_path: Path) -> Kit:
    return make_kit(tmp_path / "base", rights=USUAL_RIGHTS)


def test_the_usual_rights_hold_until_others_are_granted(usual: Kit, tree: Tree) -> None:
    usual.run(tree)
    one = permit(usual)
    one.require(Right.ADD, "add")
    with pytest.raises(RightsError, match="the client box may not remove sets on this server"):
        one.require(Right.PURGE, "remove sets")
    write_grant(usual.place(), BOX, Grant((Right.PURGE,)))
    one.require(Right.PURGE, "remove sets")
    with pytest.raises(RightsError, match="may not add") as caught:
        one.require(Right.ADD, "add")
    assert "--grant add" in caught.value.hint


def test_a_denial_goes_to_the_log_and_is_noted(usual: Kit, tree: Tree) -> None:
    usual.run(tree)
    with pytest.raises(RightsError) as caught:
        permit(usual).require(Right.NAME, "give its sets names")
    assert caught.value.hint.startswith("Leave out --name")
    assert usual.log[-1] == "box: denied: it has no right to give its sets names (from 10.0.0.1:99)"
    ((_, right, peer),) = denials(usual.place(), BOX)
    assert (right, peer) == ("name", "10.0.0.1:99")


def test_who_does_not_back_up_is_told_what_the_administrator_can_do(usual: Kit) -> None:
    far = Permit(usual.options, BOX, "10.0.0.1:99", usual._note, is_backup=False)
    with pytest.raises(RightsError) as caught:
        far.require(Right.PURGE, "remove sets")
    hint = f"`sonic rights --client {BOX} --grant purge` on the server allows it."
    assert caught.value.hint == hint


def test_who_serves_the_machine_itself_asks_nobody(usual: Kit) -> None:
    permit(usual, is_local=True, rights=()).require(Right.PURGE, "remove sets")
    assert denials(usual.place(), BOX) == []


def test_a_grant_that_cannot_be_read_lets_nothing_through(usual: Kit, tree: Tree) -> None:
    usual.run(tree)
    write_grant(usual.place(), BOX, Grant())
    (usual.base / ".server/clients" / BOX / "grant.json").write_text("?")
    with pytest.raises(StoreError):
        permit(usual).require(Right.ADD, "add")


def test_a_kind_has_the_priority_of_the_server_or_its_own(usual: Kit) -> None:
    assert usual_priority(usual.options, "Daily-%Y-%m-%d") == 10
    assert usual_priority(usual.options, "Hourly-%Y-%m-%d:%H:%M") == 10
    assert usual_priority(replace(usual.options, formats=()), "Daily-%Y-%m-%d") == 20
    assert usual_priority(usual.options, "Mine-%d") is None
    one = permit(usual, rights=(Right.ADD, Right.NAME))
    one.require_set(replace(WISH, format="Daily-%Y-%m-%d", priority=10), 10)
    with pytest.raises(RightsError, match="choose the priority"):
        one.require_set(replace(WISH, format="Daily-%Y-%m-%d", priority=50), 10)


@pytest.mark.parametrize("wish", [{"name": "mine"}, {"priority": 9}, {"format": "Weekly-%Y-%V"}])
def test_a_refused_wish_leaves_no_set_and_not_even_a_store(
    usual: Kit, wish: dict[str, Any]
) -> None:
    with Talker(usual.connect()) as talker:
        talker.greet()
        talker.hear()
        talker.say(replace(WISH, **wish))
        assert isinstance(talker.trouble(), RightsError)
    usual.join()
    assert not (usual.base / BOX).exists()
    assert not (usual.base / ".server").exists()  # unknown names would fill the disk
    assert any("box: denied" in line for line in usual.log)


def test_a_client_without_the_right_to_add_makes_no_set(usual: Kit, tree: Tree) -> None:
    usual.run(tree)
    write_grant(usual.place(), BOX, Grant((Right.LIST,)))
    with pytest.raises(RightsError, match="may not add backup sets"):
        usual.run(tree)
    assert usual.sets() == [(1, 1)]
