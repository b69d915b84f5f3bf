"""The table: total, mirrored, and with a way out of every state."""

import pytest

from tardis.protocol import CLIENT, SERVER, State
from tardis.protocol.conversation import Way
from tardis.protocol.messages import MESSAGES, Alive, Trouble


def test_the_servers_table_is_the_clients_in_a_mirror() -> None:
    other = {Way.SENT: Way.GOT, Way.GOT: Way.SENT}
    assert {(state, other[way], kind): after for (state, way, kind), after in SERVER.items()} == (
        CLIENT
    )


def test_every_message_has_its_place() -> None:
    assert {kind for _, _, kind in CLIENT} == set(MESSAGES)


def test_every_state_is_reached_and_only_the_end_is_final() -> None:
    reached, edge = {State.GREETING}, [State.GREETING]
    while edge:
        here = edge.pop()
        fresh = {after for (state, _, _), after in CLIENT.items() if state is here} - reached
        reached |= fresh
        edge.extend(fresh)
    assert reached == set(State)
    assert {state for state, _, _ in CLIENT} == set(State) - {State.CLOSED}


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_trouble_may_be_told_at_any_time(state: State) -> None:
    for way in Way:
        assert CLIENT[state, way, Trouble] is State.CLOSED


def test_signs_of_life_change_nothing() -> None:
    for (state, _, kind), after in CLIENT.items():
        assert kind is not Alive or after is state


def test_but_for_signs_of_life_and_trouble_a_message_has_one_direction() -> None:
    ways: dict[object, set[Way]] = {}
    for _, way, kind in CLIENT:
        ways.setdefault(kind, set()).add(way)
    both = {kind for kind, found in ways.items() if len(found) > 1}
    assert both == {Alive, Trouble}
