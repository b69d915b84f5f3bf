"""A store of an older version is upgraded when its client connects, if that is allowed."""

from pathlib import Path

import pytest

from tardis.admin import upgrade
from tardis.model import SchemaError
from tardis.server.opening import open_store
from tardis.store import Claim, Flushers
from tests.server.talker import BOX, Kit, make_kit
from tests.server.trees import Tree
from tests.store.ages import grow_older


def one_run(base: Path) -> tuple[Kit, Tree]:
    kit, tree = make_kit(base, upgrade=upgrade), Tree()
    tree.write(b"a", b"alpha")
    kit.run(tree)
    return kit, tree


def test_the_client_of_an_older_store_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit, tree = one_run(tmp_path / "base")
    grow_older(monkeypatch, tmp_path / "schema")
    tree.write(b"b", b"beta")
    kit.run(tree)
    assert kit.sets() == [(1, 1), (2, 1)] and kit.flat(2) == tree.flat()
    assert kit.count("colours") == 1


def test_without_permission_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kit, _ = one_run(tmp_path / "base")
    grow_older(monkeypatch, tmp_path / "schema")
    options = make_kit(tmp_path / "base").options
    with pytest.raises(SchemaError, match="older"):
        open_store(options, BOX, Claim("a test"), Flushers())
    assert kit.count("migrations") == 1
