"""File flags are told without opening a file, and of directories all of them."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.policy import flag_letters
from tardis.scan import AttributeReader
from tardis.scan.flags import FlagReader
from tardis.streams import unpack_attributes
from tests import chattr
from tests.chattr import unlocked

pytestmark = [chattr.NEEDED, pytest.mark.root]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with unlocked(tmp_path):
        yield tmp_path


@pytest.fixture
def folder(place: Path) -> Iterator[int]:
    descriptor = os.open(place, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("words", ["", "d", "i", "a", "id"])
def test_of_a_file_those_are_told_that_matter_most(place: Path, folder: int, words: str) -> None:
    (place / "f").touch()
    (place / "f").chmod(0)
    if words:
        chattr.chattr("+" + words, place / "f")
    reader = FlagReader()
    assert reader.has_flags(folder)
    assert flag_letters(reader.of_file(b"f", folder)) == words


def test_of_a_directory_all_are_told(place: Path) -> None:
    (place / "d").mkdir()
    try:
        chattr.chattr("+dAS", place / "d")
    except subprocess.CalledProcessError:
        pytest.skip("this file system keeps no A and S")
    assert flag_letters(FlagReader().of_folder(os.fsencode(place / "d"))) == "SdA"
    (name, value), *_ = unpack_attributes(AttributeReader(1).read_folder(bytes(place / "d")))
    assert (name, value) == (b"tardis.flags", b"\xc8\0\0\0")
    assert AttributeReader(2).read_folder(bytes(place / "d")) == b"", "with --noxattr"


def test_what_is_gone_or_no_directory_has_none(place: Path, folder: int) -> None:
    (place / "l").symlink_to("f")
    (place / "f").touch()
    chattr.chattr("+d", place / "f")
    reader = FlagReader()
    assert reader.of_file(b"gone", folder) == reader.of_file(b"l", folder) == 0
    assert reader.of_folder(bytes(place / "l")) == reader.of_folder(bytes(place / "gone")) == 0


def test_a_file_system_without_flags_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = os.open("/proc", os.O_RDONLY)
    reader = FlagReader()
    assert not reader.has_flags(folder)
    monkeypatch.setattr(reader, "_statx", None)
    assert not reader.has_flags(folder), "nor is any by a C library that cannot"
    assert reader.of_folder(b"/proc") == 0
    os.close(folder)


def test_flags_stand_among_the_attributes(place: Path) -> None:
    (place / "f").touch()
    os.setxattr(place / "f", "user.a", b"1")
    packed = AttributeReader(7).read(bytes(place / "f"), 0x50)
    assert unpack_attributes(packed) == ((b"tardis.flags", b"\x50\0\0\0"), (b"user.a", b"1"))
