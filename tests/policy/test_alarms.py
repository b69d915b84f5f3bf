"""Mass encryption is told from ordinary work."""

import os
import random
import zlib
from pathlib import Path

import pytest

from tardis.policy import LEAST_SAMPLE, looks_like_mass_encryption, looks_random
from tests.policy.test_retention import SET

TEXT = b"The quick brown fox jumps over the lazy dog, and then does it again. " * 200
BEFORE = SET._replace(entries=1100, directories=100)


@pytest.mark.parametrize("size", [LEAST_SAMPLE, 1000, 5000, 200_000])
def test_chance_looks_random_at_every_size(size: int) -> None:
    chance = random.Random(size)
    assert all(looks_random(chance.randbytes(size)) for _ in range(20))


def test_a_compressed_file_cannot_be_told_from_chance() -> None:
    words = random.Random(1).choices(TEXT.split(), k=30_000)
    assert looks_random(zlib.compress(b" ".join(words)))


@pytest.mark.parametrize(
    "data",
    [TEXT, bytes(10_000), bytes(range(128)) * 50,
     b"\n".join(b"%d,%d" % (n, n * n) for n in range(999)), Path(os.__file__).read_bytes()],
    ids=["text", "zeros", "few bytes", "table", "program"],
)  # fmt: skip
def test_what_people_write_does_not_look_random(data: bytes) -> None:
    assert not looks_random(data)


@pytest.mark.parametrize(
    ("counts", "is_alarming"),
    [
        ((900, 0, 900, 890), True),  # in place
        ((0, 900, 900, 890), True),  # under other names
        ((250, 0, 250, 200), True),
        ((249, 0, 249, 249), False),  # a quarter is needed
        ((900, 0, 900, 700), False),  # much of it is text
        ((900, 0, 5, 5), False),  # hardly looked at
        ((0, 900, 0, 0), False),  # files were only removed
        ((0, 0, 900, 900), False),  # new pictures
    ],
)
def test_much_must_change_into_what_looks_like_chance(
    counts: tuple[int, int, int, int], is_alarming: bool
) -> None:
    changed, gone, sampled, dense = counts
    run = SET._replace(changed_files=changed, gone_files=gone, sampled_files=sampled)
    run = run._replace(dense_files=dense)
    assert looks_like_mass_encryption(run, BEFORE) is is_alarming
    assert not looks_like_mass_encryption(run, None)


def test_a_handful_of_files_is_no_alarm() -> None:
    few = SET._replace(entries=8, directories=1)
    run = SET._replace(number=2, changed_files=7, sampled_files=7, dense_files=7)
    assert not looks_like_mass_encryption(run, few)
