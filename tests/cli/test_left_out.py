"""What a set left out is read off the options it was made with."""

import json

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
    assert [bool(known.is_left_out(name)) for name in names] == [True, False, True, True, True]


def test_files_that_decide_guard_their_directories() -> None:
    known = left_out([backup_set(1, client_config=config(skip_file_name=".nobackup"))])
    assert {b".nobackup", b".tardis-skip", b".tardis-excludes", b"CACHEDIR.TAG"} <= known.guards
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
