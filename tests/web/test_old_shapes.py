"""The objects of the 0.33 interface."""

import json
import os
import stat

import pytest

from tardis.history import Node
from tardis.model import OPEN, Ancestor, Entry, StoredContent
from tardis.web.old_shapes import (
    OWN_DEVICE,
    checksum_object,
    file_object,
    node_object,
    set_object,
)
from tests.history.memory_reader import backup_set
from tests.web.test_old_routes import CHECKSUM_FIELDS, FILE_FIELDS, SET_FIELDS

STORED = StoredContent(7, b"\1" * 32, 5, 9, 4, 0, 3, 2, 1, 0, 0)


def row(name: bytes = b"x", mode: int = stat.S_IFREG | 0o640, child: int | None = None) -> Entry:
    return Entry(name, mode, 1, 2, 5, 10, 11, 12, 13, 4, 99, 1, 0, child, None, None, 3, OPEN)


def test_a_set_has_the_fields_of_that_time() -> None:
    told = set_object(backup_set(3, name="three", started_ns=1_500_000_000))
    assert list(told) == SET_FIELDS.split()
    assert (told["backupset"], told["name"], told["starttime"]) == (3, "three", 1.5)
    json.dumps(told)


def test_a_run_that_goes_on_has_no_end() -> None:
    going = backup_set(1, ended_ns=None, is_complete=False)
    assert (set_object(going)["endtime"], set_object(going)["completed"]) == (None, 0)


@pytest.mark.parametrize("name", [b"plain", "ä".encode(), b"\xff\xfe", b'"\n\\'])
def test_a_file_has_the_fields_of_that_time_and_its_exact_name(name: bytes) -> None:
    told = json.loads(json.dumps(file_object(row(name), 8, STORED)))
    assert set(told) == set(FILE_FIELDS.split())
    assert os.fsencode(told["name"]) == name
    assert (told["inode"], told["device"], told["parent"]) == (99, 4, 8)
    assert (told["mode"], told["dir"], told["link"]) == (0o640, 0, 0)
    assert (told["checksum"], told["chainlength"]) == ("01" * 32, 2)
    assert file_object(row(), None, None)["checksum"] is None


def test_directories_are_named_by_our_numbers() -> None:
    told = file_object(row(b"d", stat.S_IFDIR | 0o755, 42), 8, None)
    assert (told["dir"], told["inode"], told["device"]) == (1, 42, OWN_DEVICE)
    unentered = file_object(row(b"d", stat.S_IFDIR | 0o755), 8, None)
    assert (unentered["inode"], unentered["device"]) == (99, 4)


def test_what_lies_above_the_rows_is_a_directory_too() -> None:
    class Branch:
        ancestor = Ancestor(b"srv", stat.S_IFDIR | 0o750, 3, 4, 20, 21)

    told = node_object(Node(b"/srv", None, 5, Branch()), 2, None, None)  # type: ignore[arg-type]
    assert (told["name"], told["dir"], told["inode"], told["uid"]) == ("srv", 1, 5, 3)
    assert (told["mode"], told["mtime"], told["firstset"]) == (0o750, 20, 2)
    top = node_object(Node(b"/", None, None, None), 2, None, None)
    assert (top["name"], top["dir"], top["inode"], top["mode"]) == ("/", 1, 0, 0)
    entry = row()
    assert node_object(Node(b"/x", entry, None, None), 2, 5, STORED) == file_object(
        entry, 5, STORED
    )


def test_contents_are_told_as_they_are_sent() -> None:
    told = checksum_object(STORED)
    assert set(told) == set(CHECKSUM_FIELDS.split())
    assert (told["size"], told["disksize"], told["basis"], told["chainlength"]) == (5, 5, None, 0)
