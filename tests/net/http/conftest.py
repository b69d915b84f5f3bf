"""One server for all these tests."""

from collections.abc import Iterator

import pytest

from tests.web.lending import Far, lending


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    with lending(tmp_path_factory.mktemp("far") / "base") as made:
        yield made


@pytest.fixture
def far(server: Far) -> Far:
    server.trouble.forget()
    return server
