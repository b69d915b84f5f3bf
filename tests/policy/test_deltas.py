import pytest

from tardis.policy import (
    DeltaRules,
    flattens,
    keeps_whole,
    may_make,
    wants_delta,
    wants_sealed_delta,
)
from tardis.policy.deltas import LONGEST

K = 1 << 10
RULES = DeltaRules()


@pytest.mark.parametrize(
    ("size", "basis", "wanted"),
    [
        (64 * K, 64 * K, True),
        (64 * K - 1, 64 * K, False),
        (64 * K, 64 * K - 1, False),
        (0, 1000 * K, False),
        (150 * K, 100 * K, True),
        (150 * K + 1, 100 * K, False),
        (100 * K, 200 * K, True),
        (100 * K - 1, 200 * K, False),
        (1 << 50, 1 << 50, True),
    ],
)
def test_a_file_is_sent_as_a_delta_while_its_size_changes_little(
    size: int, basis: int, wanted: bool
) -> None:
    assert wants_delta(RULES, size, basis) is wanted


@pytest.mark.parametrize(
    ("percent", "size", "wanted"),
    [(0, 100 * K, True), (0, 100 * K + 1, False), (300, 400 * K, True), (300, 400 * K + 1, False)],
)
def test_how_little_is_the_administrators_choice(percent: int, size: int, wanted: bool) -> None:
    assert wants_delta(DeltaRules(max_change_percent=percent), size, 100 * K) is wanted


@pytest.mark.parametrize(
    ("size", "basis", "chain", "wanted"),
    [
        (128 * K + 1, 128 * K + 1, 0, True),
        (128 * K, 128 * K + 1, 0, False),
        (128 * K + 1, 128 * K, 0, False),
        (300 * K, 199 * K, 0, False),
        (300 * K, 300 * K, 4, True),
        (300 * K, 300 * K, 5, False),
    ],
)
def test_what_only_the_client_can_put_together_is_decided_beforehand(
    size: int, basis: int, chain: int, wanted: bool
) -> None:
    assert wants_sealed_delta(RULES, size, basis, chain) is wanted
    assert not wants_sealed_delta(DeltaRules(saves_full=True), size, basis, chain)
    endless = DeltaRules(max_chain=10**9)
    assert not wants_sealed_delta(endless, size, basis, LONGEST)


@pytest.mark.parametrize(("chain", "whole"), [(0, False), (4, False), (5, True), (9, True)])
def test_a_chain_has_as_many_deltas_as_are_allowed(chain: int, whole: bool) -> None:
    assert keeps_whole(RULES, chain, 1000 * K, K) is whole


def test_no_chain_is_longer_than_can_be_read() -> None:
    rules = DeltaRules(max_chain=1000)
    assert not keeps_whole(rules, 99, 1000 * K, K)
    assert keeps_whole(rules, LONGEST, 1000 * K, K)


def test_without_chains_everything_is_kept_whole() -> None:
    assert keeps_whole(DeltaRules(max_chain=0), 0, 1000 * K, K)
    assert keeps_whole(DeltaRules(saves_full=True), 0, 1000 * K, K)


@pytest.mark.parametrize(("delta", "whole"), [(660, False), (661, True), (2000, True)])
def test_a_delta_that_saves_little_is_kept_whole(delta: int, whole: bool) -> None:
    assert keeps_whole(RULES, 0, 1000, delta) is whole


def test_a_delta_makes_a_few_times_its_basis_at_the_most() -> None:
    limit = 4 * 1000 * K + (64 << 20)
    assert may_make(1000 * K, limit)
    assert not may_make(1000 * K, limit + 1)


@pytest.mark.parametrize(
    ("whole", "dead", "wanted"),
    [(1000, 1249, False), (1000, 1250, True), (1000, 0, False), (0, 0, True), (1, 1000, True)],
)
def test_a_chain_is_flattened_when_its_dead_bases_outweigh_it(
    whole: int, dead: int, wanted: bool
) -> None:
    assert flattens(whole, dead) is wanted
