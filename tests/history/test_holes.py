"""Holes come back as holes: in files, damaged or not; on a stream they are zeros."""

import io
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.history import ExtractOptions, Request, Restored, pour, restore
from tardis.model import IntegrityError, Observer
from tests.store.holes import Islands, put_holed
from tests.store.workshop import Workshop, fill, row

SIZE = (1 << 40) + 5
NOISE = os.urandom(4096)
ISLANDS: Islands = {8192: NOISE, 1 << 30: NOISE * 300, 1 << 39: b"last"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    yield Workshop(tmp_path / "base").create()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    place = tmp_path / "out"
    place.mkdir()
    return place


def keep(shop: Workshop, size: int, islands: Islands) -> None:
    """Make a set with one file with holes."""
    with shop.running() as writer:
        fill(writer, {})
        number = put_holed(writer, size, islands)
        writer.group.opened.append(row(b"disk", number, 1, writer.number, size))
        shop.complete(writer)


def bring_back(shop: Workshop, out: Path, **more: object) -> Restored:
    options = ExtractOptions(os.fsencode(out), jobs=1, **more)  # type: ignore[arg-type]  # as given
    return restore(shop.reader, [Request(1, b"top/disk", b"disk", False)], options, Observer())


@pytest.mark.parametrize("islands", [{}, ISLANDS], ids=["one hole", "islands"])
def test_only_data_is_written(
    shop: Workshop, out: Path, islands: Islands, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(shop, SIZE, islands)
    written, write = [0], os.write

    def counted(descriptor: int, data: bytes) -> int:
        written[0] += len(data)
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", counted)
    done = bring_back(shop, out)
    assert (done.files, done.problems) == (1, [])
    assert written[0] == sum(map(len, islands.values()))
    found = (out / "disk").stat()
    assert found.st_size == SIZE and found.st_blocks * 512 < 2 << 20
    with (out / "disk").open("rb") as file:
        for offset, data in islands.items():
            assert os.pread(file.fileno(), len(data) + 9, offset) == data + bytes(9)


def test_a_file_that_is_there_is_replaced(shop: Workshop, out: Path) -> None:
    keep(shop, SIZE, ISLANDS)
    (out / "disk").write_bytes(b"older" * 100_000)
    done = bring_back(shop, out, overwrite="always")
    assert done.files == 1
    assert (out / "disk").stat().st_size == SIZE
    assert (out / "disk").stat().st_blocks * 512 < 2 << 20


@pytest.mark.parametrize("damaged", ["keep", "rename", "delete"])
def test_damage_is_told(shop: Workshop, out: Path, damaged: str) -> None:
    keep(shop, SIZE, ISLANDS)
    (path,) = shop.home.glob("[0-9a-f][0-9a-f]/*")
    with path.open("r+b") as file:
        file.seek(-200, os.SEEK_END)
        file.write(b"rubbish")
    done = bring_back(shop, out, damaged=damaged)
    assert len(done.problems) == 1 and done.files == 0
    left = os.listdir(out)
    assert [name for name in left if name.startswith(".")] == []
    assert (left == []) if damaged == "delete" else left


def test_a_hole_at_the_end_is_no_missing_data(shop: Workshop, out: Path) -> None:
    """For a content without holes a short file is damage."""
    keep(shop, SIZE, ISLANDS)
    shop.execute("UPDATE contents SET size = size + 1")
    done = bring_back(shop, out)
    assert len(done.problems) == 1 and os.listdir(out) == []


@pytest.mark.parametrize("size", [3 << 20, 20 << 20])
def test_a_stream_gets_zeros(shop: Workshop, size: int) -> None:
    keep(shop, size, {4096: NOISE})
    with closing(shop.reader()) as reader:
        entry = reader.child(1, 1, b"disk")
        assert entry is not None
        stream = io.BytesIO()
        assert pour(reader, entry, stream) == size
    assert stream.getvalue() == bytes(4096) + NOISE + bytes(size - 8192)


def test_damage_reaches_no_stream_unsaid(shop: Workshop) -> None:
    keep(shop, 3 << 20, {4096: NOISE})
    (path,) = shop.home.glob("[0-9a-f][0-9a-f]/*")
    path.write_bytes(path.read_bytes().replace(NOISE, NOISE[::-1]))
    with closing(shop.reader()) as reader:
        entry = reader.child(1, 1, b"disk")
        assert entry is not None
        stream = io.BytesIO()
        with pytest.raises(IntegrityError):
            pour(reader, entry, stream)
    assert stream.getvalue() == b""
