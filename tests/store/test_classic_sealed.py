"""Encrypted contents arrive for a classic store: kept as they came, or refused."""

from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from tardis.crypto import CHECK, Envelope
from tardis.model import SMALL, IntegrityError
from tardis.store.backlog import Backlog
from tardis.store.classic_sealed import SealedClassicUpload, check_small_object, split_piece
from tardis.store.meta import read_meta
from tests.delta.shapes import noise

SEALS = Envelope(bytes(range(32)))
DATA = noise(300_000)


def send(place: Path, change: int | None = None, size: int = len(DATA), cut: int = 0) -> list[str]:
    """Take an upload in, spoilt at one place; return the files that it made."""
    sealing = SEALS.begin()
    parts = [
        sealing.part(0, 100_000, 0, DATA[at : at + 100_000]) for at in range(0, 300_000, 100_000)
    ]
    end = sealing.end(b"", 0)
    if change is not None:
        parts[1] = parts[1][:change] + b"!" + parts[1][change + 1 :]
    with closing(Backlog(str(place))) as backlog:
        upload = SealedClassicUpload(str(place / "fresh"), backlog)
        for part in parts:
            upload.add_at(0, 0, 100_000, part)
        try:
            upload.end(end[: len(end) - cut], b"", size)
            made = upload.keep(bytes(48), str(place / "content"))
            backlog.wait(backlog.mark())
        except IntegrityError:
            upload.abandon()
            raise
    return made


def test_an_object_is_kept_as_it_came(tmp_path: Path) -> None:
    path, _ = send(tmp_path)
    stored = Path(path).read_bytes()
    assert SEALS.unwrap(stored) == DATA
    told = read_meta(path)
    assert (told.size, told.stored, told.codec) == (len(DATA), len(stored), 0)
    assert told.check == sha256(stored).digest()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["content", "content.meta"]


@pytest.mark.parametrize(
    "how", [{"change": 50}, {"size": 5}, {"cut": 16}, {"cut": 5}, {"cut": 100}]
)
def test_what_was_spoilt_on_the_way_is_refused(tmp_path: Path, how: dict[str, int]) -> None:
    with pytest.raises(IntegrityError):
        send(tmp_path, **how)
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_an_object_is_short(tmp_path: Path) -> None:
    with closing(Backlog(str(tmp_path))) as backlog:
        upload = SealedClassicUpload(str(tmp_path / "fresh"), backlog)
        with pytest.raises(IntegrityError):
            upload.end(bytes(CHECK + 112), b"", 0)
        upload.add(0, 5, bytes(32))
        with pytest.raises(IntegrityError, match="changes its compression"):
            upload.add(1, 5, bytes(32))
        upload.abandon()


def test_a_piece_is_an_object_behind_its_checksum() -> None:
    piece = SEALS.seal(b"data")
    assert split_piece(piece) == (piece[CHECK:], piece[:CHECK])
    with pytest.raises(IntegrityError):
        split_piece(piece[:-1] + b"!")


@pytest.mark.parametrize("size, length", [(-1, 200), (SMALL + 1, 200), (5, 127), (5, SMALL + 129)])
def test_a_small_content_has_a_possible_size(size: int, length: int) -> None:
    check_small_object(SMALL, SEALS.seal(bytes(SMALL)))
    check_small_object(0, SEALS.seal(b""))
    with pytest.raises(IntegrityError):
        check_small_object(size, bytes(length))
