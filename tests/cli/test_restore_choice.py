"""Which path of a set an argument means, and where things may not go."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tardis.cli.restore_choice import Chooser, Chosen
from tardis.cli.restore_target import settle_target
from tardis.cli.settings import load
from tardis.model import NoSuchPathError, UsageError
from tardis.store import Place
from tests.history.memory_reader import MemoryStore, backup_set

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.root(b"docs", 1)
    made.file(1, b"a", b"relative")
    made.root(b"/srv", 2)
    made.folder(2, b"web", 3)
    made.file(3, b"a", b"absolute")
    return made


def choose(store: MemoryStore, *words: str) -> list[Chosen]:
    settings = load("regenerate", words, {}).settings
    return Chooser(store.reader(), settings, NOW).choose(load("regenerate", words, {}).positionals)


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["-R", "2", "/home/u/docs/a"], b"docs/a"),
        (["-R2", "/mnt/old/srv/web/a"], b"/srv/web/a"),
        (["-R", "smart", "/home/u/docs/a"], b"docs/a"),
        (["--reduce-path", "--", "/mnt/old/srv/web"], b"/srv/web"),
        (["-R", "smart", "/srv/web"], b"/srv/web"),
        (["-R", "0", "/srv/web"], b"/srv/web"),
    ],
)
def test_leading_directories_are_cut(store: MemoryStore, words: list[str], path: bytes) -> None:
    (found,) = choose(store, *words)
    assert found.node.path == path


def test_a_tag_means_its_set(store: MemoryStore) -> None:
    store.sets.append(backup_set(2))
    store.root(b"docs", 1, number=2)
    store.tags["released"] = 1
    assert [one.backup.number for one in choose(store, "docs/a")] == [2]
    assert [one.backup.number for one in choose(store, "-b", "released", "docs/a")] == [1]


@pytest.mark.parametrize("words", [["-R", "1", "/mnt/old/srv"], ["-R", "smart", "/mnt/none/a"]])
def test_a_path_that_is_not_there_after_the_cut_is_an_error(
    store: MemoryStore, words: list[str]
) -> None:
    with pytest.raises(NoSuchPathError):
        choose(store, *words)


def test_a_cut_that_leaves_nothing_is_refused(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="--reduce-path 5 leaves nothing of /srv"):
        choose(store, "-R", "5", "/srv")


@pytest.mark.parametrize("below", ["", "/web", "/web/deeper"])
def test_the_source_itself_is_restored_over_by_force_only(tmp_path: Path, below: str) -> None:
    source = tmp_path / "srv"
    store = MemoryStore()
    store.root(bytes(source), 2)
    store.file(2, b"f", b"x")
    chosen = choose(store, str(source))
    place = Place(str(tmp_path / "base"))
    output = str(source.parent) if not below else str(source) + below
    with pytest.raises(UsageError, match="needs --force"):
        settle_target(output, chosen, place)
    assert not source.exists()
    target, _ = settle_target(output, chosen, place, is_forced=True)
    assert target == output
    target, _ = settle_target(str(tmp_path / "beside"), chosen, place)
    assert target == str(tmp_path / "beside")


def test_one_file_over_itself_needs_force(tmp_path: Path) -> None:
    store = MemoryStore()
    store.root(bytes(tmp_path), 2)
    store.file(2, b"f", b"x")
    chosen = choose(store, str(tmp_path / "f"))
    with pytest.raises(UsageError, match="needs --force"):
        settle_target(str(tmp_path / "f"), chosen, Place("/nowhere"))
    assert settle_target(str(tmp_path / "g"), chosen, Place("/nowhere"))[0] == str(tmp_path)


def test_a_store_is_no_target_by_force_either(tmp_path: Path, store: MemoryStore) -> None:
    chosen = choose(store, "docs")
    with pytest.raises(UsageError, match="belongs to the backups"):
        settle_target(str(tmp_path), chosen, Place(str(tmp_path)), is_forced=True)
