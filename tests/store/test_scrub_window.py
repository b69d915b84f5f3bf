"""Packs are read in pieces, whatever is asked for."""

import random
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import IntegrityError
from tardis.store.scrub_window import Pace, Window, forget_cache

DATA = random.Random(3).randbytes(100_000)


@pytest.fixture
def path(tmp_path: Path) -> str:
    place = tmp_path / "pack"
    place.write_bytes(DATA)
    return str(place)


@pytest.mark.parametrize("buffer", [1, 96, 5000, 1 << 20])
def test_every_part_is_what_the_file_has(path: str, buffer: int) -> None:
    chance = random.Random(buffer)
    with closing(Window(path, bytearray(buffer))) as window:
        assert window.size == len(DATA)
        for _ in range(200):
            place, length = chance.randrange(99_000), chance.randrange(1000)
            assert bytes(window.at(place, length)) == DATA[place : place + length]


@pytest.mark.parametrize("buffer", [1, 96, 5000, 1 << 20])
def test_what_lies_somewhere_is_told_without_a_copy(path: str, buffer: int) -> None:
    chance = random.Random(buffer)
    with closing(Window(path, bytearray(buffer))) as window:
        for _ in range(200):
            place, length = chance.randrange(99_000), chance.randrange(1, 1000)
            data = DATA[place : place + length]
            assert window.holds(place, data)
            assert not window.holds(place, bytes([data[0] ^ 1]) + data[1:])
            assert not window.holds(place, data[:-1] + bytes([data[-1] ^ 1]))
        assert bytes(window.at(7, 9)) == DATA[7:16]


def test_nothing_lies_behind_the_end(path: str) -> None:
    with closing(Window(path, bytearray(5000))) as window:
        assert window.holds(99_990, DATA[-10:])
        for place, data in ((99_990, DATA[-10:] + b"\0"), (100_000, b"\0"), (-1, DATA[:5])):
            with pytest.raises(IntegrityError):
                window.holds(place, data)
        assert window.holds(0, DATA[:10])


@pytest.mark.parametrize(("place", "length"), [(99_990, 11), (100_000, 1), (1 << 62, 5)])
def test_what_is_not_there_is_not_made_up(path: str, place: int, length: int) -> None:
    with closing(Window(path, bytearray(100))) as window:
        with pytest.raises(IntegrityError, match="cut off"):
            window.at(place, length)
        assert bytes(window.at(5, 5)) == DATA[5:10], "and what is there can still be had"


def test_an_impossible_place_is_refused(path: str) -> None:
    with closing(Window(path, bytearray(100))) as window:
        for place in (-1, 1 << 64):
            with pytest.raises(IntegrityError, match="cannot be read"):
                window.at(place, 5)


def test_what_is_not_there_can_be_forgotten(path: str) -> None:
    forget_cache(path)
    forget_cache(f"{path}-none")
    with pytest.raises(FileNotFoundError):
        Window(f"{path}-none", bytearray(1))


def test_no_rate_never_waits() -> None:
    pace = Pace(0)
    for _ in range(1000):
        pace.spend(1 << 40)
