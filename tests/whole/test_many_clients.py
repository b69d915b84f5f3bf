"""One daemon, many clients at once; none is in another's way, none sees another's files."""

from pathlib import Path

import pytest

from tests.facilities import counts
from tests.whole.trees import churn, grow
from tests.whole.world import World

NAMES = ("anna", "boris", "carla", "dmitri")


def all_at_once(world: World, trees: dict[str, Path]) -> None:
    """Start one backup per client, and wait for all of them."""
    running = {name: world.start_backup(tree, client=name) for name, tree in trees.items()}
    for name, run in running.items():
        done = world.finish(run, [name])
        assert done.status == 0, str(done)


@pytest.mark.guard(180)
def test_four_clients_at_once_are_each_restored_identical(world: World) -> None:
    trees = {
        name: grow(world.place / name, counts(500, 5000), seed) for seed, name in enumerate(NAMES)
    }
    kept: dict[str, list[Path]] = {name: [] for name in NAMES}
    for round_ in range(3):
        if round_:
            for seed, tree in enumerate(trees.values()):
                churn(tree, 10 * round_ + seed)
        for name, tree in trees.items():
            kept[name].append(world.keep(tree))
        all_at_once(world, trees)
    for name, tree in trees.items():
        numbers = world.complete(name)
        assert len(numbers) == 3
        for number, copied in zip(numbers, kept[name], strict=True):
            world.check(tree, copied, number, client=name)


@pytest.mark.guard(180)
def test_a_client_is_restored_while_others_are_backed_up(world: World) -> None:
    trees = {name: grow(world.place / name, 400, seed) for seed, name in enumerate(NAMES)}
    all_at_once(world, trees)
    kept = world.keep(trees["anna"])
    churn(trees["anna"], 5)
    running = [world.start_backup(tree, client=name) for name, tree in trees.items()]
    world.check(trees["anna"], kept, world.complete("anna")[0], client="anna")
    for run in running:
        assert world.finish(run).status == 0


@pytest.mark.guard(180)
def test_more_clients_than_cores_create_themselves_at_the_same_moment(world: World) -> None:
    trees = {f"c{seed}": grow(world.place / f"c{seed}", 40, seed) for seed in range(12)}
    all_at_once(world, trees)
    for name, tree in trees.items():
        world.check(tree, tree, client=name)
