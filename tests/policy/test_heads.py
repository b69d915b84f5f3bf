"""What is told of signed sets: of a chain, of what was seen before, and of each set."""

import pytest

from tardis.crypto import START, Head, HeadSigner
from tardis.model import Ancestor, BackupSet, Root
from tardis.policy import facts_of, judge_heads, judge_sets, set_facts
from tests.crypto.slots import ring

SIGNER = HeadSigner(ring())
ABOVE = Ancestor(b"home", 0o40755, 1, 2, 3, 4, b"attributes")
ROOT = Root(b"/home", None, 7, (ABOVE,))
SET = BackupSet(
    3, "Daily", None, 1, 20, True, False, False, 5, 6, 7, "session", "v", "w", "a", b"tardis /home",
    b"config", 10, 20, 30, 1, 0, 30, 20, 50, 2, 1,
)  # fmt: skip


def chain(count: int, facts: bytes = START) -> list[Head]:
    heads, previous = list[Head](), START
    for sequence in range(1, count + 1):
        heads.append(SIGNER.sign(sequence, sequence, previous, facts))
        previous = heads[-1].mac
    return heads


def test_what_client_and_store_tell_of_a_set_is_the_same() -> None:
    told = [(b"/home", b"", [(*ABOVE,)])]
    run = ("session", b"tardis /home")
    assert facts_of(SIGNER, SET, [ROOT]) == set_facts(SIGNER, run, (10, 20, 30, 2), told)


def test_roots_may_come_in_any_order() -> None:
    other = Root(b"/srv", b"file", 9, (ABOVE,))
    assert facts_of(SIGNER, SET, [ROOT, other]) == facts_of(SIGNER, SET, [other, ROOT])
    assert facts_of(SIGNER, SET, [ROOT, other]) != facts_of(SIGNER, SET, [ROOT])


@pytest.mark.parametrize(
    "other",
    [
        Root(b"/hom", None, 7, (ABOVE,)),
        Root(b"/home", b"x", 7, (ABOVE,)),
        Root(b"/home", None, 7, (ABOVE._replace(uid=0),)),
        Root(b"/home", None, 7, (ABOVE._replace(xattrs=b""),)),
        Root(b"/home", None, 7, ()),
    ],
)
def test_every_part_of_a_root_counts_but_the_servers_number(other: Root) -> None:
    assert facts_of(SIGNER, SET, [other]) != facts_of(SIGNER, SET, [ROOT])
    same = Root(ROOT.path, ROOT.name, 99, ROOT.ancestors)
    assert facts_of(SIGNER, SET, [same]) == facts_of(SIGNER, SET, [ROOT])


def test_a_whole_chain_has_no_fault() -> None:
    heads = chain(4)
    assert judge_heads(SIGNER, heads, None) == []
    assert judge_heads(SIGNER, heads, heads[3]) == []
    assert judge_heads(SIGNER, heads[1:], heads[1]) == []
    assert judge_heads(SIGNER, [], None) == []


def test_what_was_seen_and_is_not_there_is_told() -> None:
    heads = chain(4)
    for shown in ([], heads[:3]):
        [fault] = judge_heads(SIGNER, shown, heads[3])
        assert "older state" in fault and "set 4" in fault
    [fault] = judge_heads(SIGNER, heads, chain(2, bytes(range(32)))[1])
    assert "another history" in fault and "set 2" in fault


def test_a_chain_that_is_shown_from_later_on_is_not_compared_with_what_came_before() -> None:
    heads = chain(4)
    assert judge_heads(SIGNER, heads[2:], heads[0]) == []


def test_gaps_and_forgeries_are_told() -> None:
    heads = chain(4)
    [fault] = judge_heads(SIGNER, [heads[0], *heads[2:]], None)
    assert "before signature 3" in fault
    forged = heads[1]._replace(number=9)
    [fault] = judge_heads(SIGNER, [heads[0], forged, *heads[2:]], None)
    assert "set 9 was changed" in fault


def test_sets_are_compared_with_what_was_signed() -> None:
    facts = facts_of(SIGNER, SET, [ROOT])
    heads = [SIGNER.sign(1, 3, START, facts)]
    assert judge_sets(heads, {3: facts}, {3: "Daily"}) == []
    assert judge_sets(heads, {}, {}) == []  # it was removed
    assert "is not what was signed" in judge_sets(heads, {3: START}, {3: "Daily"})[0]
    assert judge_sets([], {3: facts}, {3: "Daily"}) == ["set 3 (Daily) was not signed"]
