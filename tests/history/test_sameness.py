"""A file that is there is compared with a content of the store."""

import os
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.history.sameness import is_same_file
from tardis.model import Content, StoredContent
from tests.history.memory_reader import KEY, MemoryContent, MemoryReader, MemoryStore


class Extents(MemoryReader):
    """A reader of contents whose digest is not that of their plain bytes."""

    def open(self, content: StoredContent) -> Content:
        data = self._store.data[content.id]
        return MemoryContent(data, digest(KEY, data), len(data))


def is_same(reader: MemoryReader, content: StoredContent, path: Path) -> bool:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        return is_same_file(reader, content, folder, os.fsencode(path.name))
    finally:
        os.close(folder)


@pytest.mark.parametrize("there", [b"stored", b"Stored", b"stored!", b"", None])
def test_bytes_are_the_same_or_not(tmp_path: Path, there: bytes | None) -> None:
    store = MemoryStore()
    content = store.contents[store.add_content(b"stored")]
    if there is not None:
        (tmp_path / "f").write_bytes(there)
    assert is_same(store.reader(), content, tmp_path / "f") == (there == b"stored")


def test_what_is_no_file_is_never_opened_for_long(tmp_path: Path) -> None:
    store = MemoryStore()
    content = store.contents[store.add_content(b"stored")]
    (tmp_path / "goal").write_bytes(b"stored")
    (tmp_path / "link").symlink_to("goal")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dir").mkdir()
    for name in ("link", "fifo", "dir"):
        assert not is_same(store.reader(), content, tmp_path / name)


def test_a_file_with_holes_is_known_by_its_bytes(tmp_path: Path) -> None:
    store = MemoryStore()
    data = bytes(3 << 20) + b"end"
    number = store.add_content(data)
    content = store.contents[number]._replace(digest=b"of the extents".ljust(32), has_holes=True)
    path = tmp_path / "holes"
    with path.open("wb") as file:
        file.seek(3 << 20)
        file.write(b"end")
    assert is_same(Extents(store), content, path)
    with path.open("r+b") as file:
        file.seek(3 << 20)
        file.write(b"END")
    assert not is_same(Extents(store), content, path)
    path.write_bytes(data)
    assert is_same(Extents(store), content, path), "holes may have been filled with zeros"
    content = content._replace(has_holes=False)
    assert not is_same(Extents(store), content, path), "without holes it counts by its digest"
