"""What a set left out is read off the options it was made with."""

import json
from pathlib import Path

import pytest

from tardis.cli.left_out import left_out
from tests.history.memory_reader import backup_set


def config(**more: str) -> bytes:
    return json.dumps({name.replace("_", "-"): value for name, value in more.items()}).encode()


def test_patterns_of_all_sets_are_left_out() -> None:
    sets = [
        backup_set(1, client_config=config(exclude="'*.o' .cache")),
        backup_set(2, client_config=config(exclude="tmp*")),
    ]
    known = left_out(sets)
    assert known.doubts == ()
    assert known.is_left_out is not None
    names = [b"a.o", b"a.c", b".cache", b"tmp1", b"\xff.o"]
    left = [True, False, True, True, True]
    assert [known.is_left_out(name, False) for name in names] == left
    assert [known.is_left_out(b"deep/" + name, True) for name in names] == left


def test_patterns_with_paths_hold_where_they_say_and_one_set_is_enough() -> None:
    sets = [
        backup_set(1, client_config=config(exclude="/home/a/*.o cache/ *.tmp '!keep.tmp'")),
        backup_set(2, client_config=config(exclude="keep.tmp2")),
    ]
    known = left_out(sets)
    assert known.is_left_out is not None and known.doubts == ()
    assert known.is_left_out(b"home/a/x.o", False)
    assert not known.is_left_out(b"home/b/x.o", False)
    assert known.is_left_out(b"cache", True) and not known.is_left_out(b"cache", False)
    assert known.is_left_out(b"a.tmp", False) and not known.is_left_out(b"keep.tmp", False)
    assert known.is_left_out(b"keep.tmp2", False)
    assert left_out(sets, b"/home").doubts


def test_a_set_that_keeps_does_not_speak_for_another() -> None:
    sets = [
        backup_set(1, client_config=config(exclude="*.o '!a.o'")),
        backup_set(2, client_config=config(exclude="*.o")),
    ]
    known = left_out(sets)
    assert known.is_left_out is not None and known.is_left_out(b"a.o", False)


def test_files_that_decide_guard_their_directories() -> None:
    known = left_out([backup_set(1, client_config=config(skip_file_name=".nobackup"))])
    assert {
        b".nobackup",
        b".tardis-skip",
        b".tardis-excludes",
        b".tardis-exclude",
        b"CACHEDIR.TAG",
    } <= known.guards
    assert known.is_left_out is None


@pytest.mark.parametrize("told", [b"", b"{", b"[]"])
def test_a_set_that_does_not_tell_is_doubted(told: bytes) -> None:
    known = left_out([backup_set(3, client_config=told)])
    assert known.doubts == ("set Set-3 does not say with which options it was made",)


@pytest.mark.parametrize(
    "more", [{"exclude_dir": "/x"}, {"exclude_file": "/y"}, {"cvs_ignore": "True"}]
)
def test_options_whose_effect_is_not_known_are_doubted(more: dict[str, str]) -> None:
    (doubt,) = left_out([backup_set(1, client_config=config(**more))]).doubts
    assert doubt == f"set Set-1 was made with --{next(iter(more)).replace('_', '-')}"


def test_patterns_for_all_runs_count_as_they_are_now_and_are_doubted(tmp_path: Path) -> None:
    path = tmp_path / "excludes"
    sets = [backup_set(1, client_config=config(GlobalExcludeFileName=str(path)))]
    assert left_out(sets).doubts == ()
    path.write_text("# none\n")
    assert left_out(sets).doubts == ()
    path.write_text("*.o\n")
    known = left_out(sets)
    assert known.doubts == ("set Set-1 was made with GlobalExcludeFileName",)
    assert known.is_left_out is not None and known.is_left_out(b"a.o", False)
