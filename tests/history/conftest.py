"""All that looks back is tested over both readers: of a store here, and of one behind HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.history.memory_reader import MemoryStore
from tests.web.lending import Far, lending


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let every test of a store in memory be one of a store behind HTTP too."""
    uses = {"store", "scene"} & set(metafunc.fixturenames) or hasattr(
        metafunc.module, "MemoryStore"
    )
    if uses and metafunc.definition.get_closest_marker("near") is None:
        metafunc.parametrize("reached", ["near", "far"], indirect=True)


@pytest.fixture(scope="session")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    with lending(tmp_path_factory.mktemp("far") / "base") as made:
        yield made


@pytest.fixture(autouse=True)
def reached(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """How the store of a test is reached."""
    how = getattr(request, "param", "near")
    if how == "far":
        server: Far = request.getfixturevalue("far")
        monkeypatch.setattr(MemoryStore, "reader", server.in_place_of_reader())
    return how
