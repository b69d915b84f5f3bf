"""One whole store for all exhibits, copied for each."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tardis.store import opening
from tests.museum.exhibits import Damage, whole
from tests.server.talker import Kit, make_kit
from tests.server.trees import Tree

Exhibit = Callable[[Damage], Kit]


@pytest.fixture(scope="package")
def cellar(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tree]:
    """Where the whole store is kept, and the tree that it is of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "RESERVE_BYTES", 4096)
        place = tmp_path_factory.mktemp("cellar")
        kit, tree = whole(place)
        kit.close()
    return place, tree


@pytest.fixture
def exhibit(cellar: tuple[Path, Tree], tmp_path: Path) -> Iterator[Exhibit]:
    """Give what makes the store anew, damaged."""
    made: list[Kit] = []

    def make(damage: Damage) -> Kit:
        base = tmp_path / f"base-{len(made)}"
        shutil.copytree(cellar[0], base)
        kit = make_kit(base)
        made.append(kit)
        damage(kit)
        return kit

    yield make
    for kit in made:
        kit.close()
