"""regenerate --in-place, as a person uses it."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tardis.cli import regenerate, restore_in_place
from tardis.cli.main import run
from tardis.store import Place, create_store
from tests.history.memory_reader import MemoryReader, MemoryStore, backup_set


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Opened(MemoryReader):
    def __enter__(self) -> MemoryReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o755)
    os.utime(place, ns=(0, 1_000_000_000_000_001))
    return place


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    made = MemoryStore()
    made.sets = [backup_set(1, client_config=b"{}")]
    made.root(os.fsencode(home))
    made.file(1, b"kept", b"kept\n")
    for module in (regenerate, restore_in_place):
        monkeypatch.setattr(module, "open_client", lambda settings: Opened(made))
    return made


@pytest.fixture
def call(
    store: MemoryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    monkeypatch.setenv("TARDIS_DEFAULTS", str(tmp_path / "none"))

    def call(*words: str, typed: str | None = None) -> tuple[int, str, str]:
        stdin = io.StringIO() if typed is None else Terminal(typed)
        where = ["-D", str(tmp_path / "base"), "-C", "me", "--in-place"]
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", stdin)
            status = run(regenerate.command, [*where, *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_a_dry_run_lists_and_does_nothing(call: Any, home: Path) -> None:
    status, out, err = call("--dry-run", str(home))
    assert (status, out) == (0, f"make    {home}/kept: it is missing\n")
    assert "1 to make" in err
    assert os.listdir(home) == []


@pytest.mark.parametrize(("typed", "is_made"), [("y\n", True), ("n\n", False), ("", False)])
def test_a_person_is_shown_the_changes_and_asked(
    call: Any, home: Path, typed: str, is_made: bool
) -> None:
    status, out, err = call(str(home), typed=typed)
    assert (status, "kept: it is missing" in out) == (0, True)
    assert "make these changes? [y/N]" in err
    assert (home / "kept").exists() == is_made


def test_where_nobody_can_be_asked_force_is_needed(call: Any, home: Path) -> None:
    status, _, err = call(str(home))
    assert status == 2
    assert "needs --force" in err
    assert os.listdir(home) == []
    assert call("--force", str(home))[0] == 0
    assert (home / "kept").read_bytes() == b"kept\n"
    status, out, err = call(str(home))
    assert (status, out) == (0, "")
    assert "nothing to do" in err


def test_delete_needs_to_know_what_was_left_out(call: Any, home: Path, store: MemoryStore) -> None:
    (home / "kept").write_bytes(b"kept\n")
    (home / "new").touch()
    status, out, _ = call("--dry-run", "--delete", str(home))
    assert (status, f"remove  {home}/new: it is not in the set\n" in out) == (0, True)
    store.rename_set(1, client_config=b"")
    status, _, err = call("--delete", str(home), typed="y\n")
    assert status == 2
    assert "does not say with which options it was made" in err
    assert (home / "new").exists()
    assert call("--delete", "--force", str(home))[0] == 0
    assert not (home / "new").exists()


def test_what_exists_is_kept_when_asked(call: Any, home: Path) -> None:
    (home / "kept").write_bytes(b"mine")
    status, out, _ = call("-O", "never", str(home), "--force")
    assert (status, (home / "kept").read_bytes()) == (0, b"mine")
    assert "--overwrite never keeps it" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "/tmp"], "two different places"),
        (["-O", "ask"], "does not ask file by file"),
        (["--nooverwrite"], "unrecognized"),
    ],
)
def test_what_makes_no_sense_together_is_refused(
    call: Any, home: Path, words: list[str], said: str
) -> None:
    status, _, err = call(*words, str(home))
    assert (status, said in err) == (2, True)


@pytest.mark.parametrize("words", [["--delete"], ["--dry-run"]])
def test_options_of_in_place_need_it(call: Any, home: Path, words: list[str]) -> None:
    status, _, err = call("--noin-place", *words, str(home))
    assert (status, "needs --in-place" in err) == (2, True)


def test_a_store_is_never_mended(call: Any, store: MemoryStore, tmp_path: Path) -> None:
    create_store(Place(str(tmp_path / "base")), "me")
    inside = tmp_path / "base" / "me"
    before = sorted(os.listdir(inside))
    store.root(os.fsencode(inside), 5)
    status, _, err = call("--force", "--delete", str(inside))
    assert (status, "belongs to the backups" in err) == (2, True)
    assert sorted(os.listdir(inside)) == before


def test_a_problem_of_the_plan_is_told_and_numbered(
    call: Any, home: Path, store: MemoryStore
) -> None:
    store.file(1, b"a/b", b"x")
    status, _, err = call("--dry-run", str(home))
    assert status == 3
    assert "holds a slash" in err


def test_paths_of_two_tops_are_not_put_back_at_once(
    call: Any, home: Path, store: MemoryStore
) -> None:
    store.root(b"relative", 8)
    status, _, err = call(str(home), "relative")
    assert (status, "at once" in err) == (2, True)
