"""Signatures are asked for ahead and within a credit; deltas that do not pay are given up."""

import os
import zlib
from pathlib import Path

import pytest

from tardis.client import deltas as module
from tardis.client.deltas import DeltaSender, Form, Signature, Signatures, Wanted
from tardis.client.packing import Packer, pack_segments, pack_stream
from tardis.client.resuming import Offered
from tardis.crypto import digest
from tardis.delta import CLASSIC, MODERN, signature_size
from tardis.model import SEGMENT, DeltaError, RemoteProtocolError, SourceError
from tardis.protocol import listing
from tardis.protocol.messages import (
    SignatureEnd,
    SignaturePart,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadPart,
    WantSignatures,
)
from tardis.scan import CHANGED, Filesystems, FolderReader, bodies
from tests.client.recorder import Recorder
from tests.delta.shapes import edited, noise, patched, signature_of

KEY = bytes(32)
OLD = noise(3_000_000)
PLAIN = Form(MODERN, pack_segments, Packer(0, 0))


@pytest.fixture
def line() -> Recorder:
    return Recorder()


def wanted(basis: int, size: int = 1_000_000) -> Wanted:
    return Wanted(0, basis, basis, size)


def asked(line: Recorder) -> list[tuple[int, ...]]:
    return [message.items for message in line.said if isinstance(message, WantSignatures)]


def test_signatures_are_asked_for_in_batches_within_the_credit(
    line: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CREDIT", 3 * signature_size(1_000_000))
    signatures = Signatures(line, PLAIN)
    for number in range(1, 6):
        signatures.want(wanted(number))
    signatures.ask()
    signatures.ask()
    assert asked(line) == [(1, 2, 3)]
    signatures.on_part(SignaturePart(1, b"one"))
    signatures.on_part(SignaturePart(1, b" and more"))
    signatures.on_end(SignatureEnd(1, True))
    signatures.ask()
    assert asked(line) == [(1, 2, 3)]
    assert signatures.take() == (wanted(1), Signature(b"one and more"))
    signatures.ask()
    assert asked(line) == [(1, 2, 3), (4,)]
    assert signatures.take() is None and not signatures.is_idle


def test_one_signature_may_be_larger_than_the_credit(line: Recorder) -> None:
    signatures = Signatures(line, PLAIN)
    signatures.want(wanted(1, 1 << 42))
    signatures.want(wanted(2))
    signatures.ask()
    assert asked(line) == [(1,)]


def test_as_many_may_be_asked_for_as_make_a_batch(
    line: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    signatures = Signatures(line, PLAIN)
    for number in range(1, 5):
        signatures.want(wanted(number))
    signatures.ask()
    assert asked(line) == [(1, 2)]


def test_a_signature_that_cannot_be_made_is_none(line: Recorder) -> None:
    signatures = Signatures(line, PLAIN)
    signatures.want(wanted(1))
    signatures.ask()
    signatures.on_part(SignaturePart(1, b"half"))
    signatures.on_end(SignatureEnd(1, False))
    assert signatures.take() == (wanted(1), None)
    assert signatures.is_idle


def test_signatures_out_of_turn_are_refused(line: Recorder) -> None:
    signatures = Signatures(line, PLAIN)
    for odd in (1, 2):
        with pytest.raises(RemoteProtocolError, match="turn"):
            signatures.on_part(SignaturePart(odd, b""))
        signatures.want(wanted(1))
        signatures.ask()
        with pytest.raises(RemoteProtocolError, match="turn"):
            signatures.on_end(SignatureEnd(7, True))
        signatures.on_end(SignatureEnd(1, True))


def test_more_than_a_signature_has_is_refused(line: Recorder) -> None:
    signatures = Signatures(line, PLAIN)
    signatures.want(wanted(1, 100_000))
    signatures.ask()
    signatures.on_part(SignaturePart(1, bytes(signature_size(100_000))))
    with pytest.raises(RemoteProtocolError, match="more than"):
        signatures.on_part(SignaturePart(1, b"x"))


class Source:
    """One file in a directory, and what is needed to send it."""

    def __init__(self, place: Path, data: bytes) -> None:
        self.path = place / "file"
        self.path.write_bytes(data)
        filesystems = Filesystems((), lambda item: None)
        status = place.stat()
        number = filesystems.id_of(status.st_dev, os.fsencode(place))
        directory = (number, status.st_ino, 0)
        self.reader = FolderReader(os.fsencode(place), directory, filesystems, 0)
        self.row = bytes(listing.ENTRY.size) + b"file"

    def send(
        self, line: Recorder, signature: bytes, percent: int = 66, form: Form = PLAIN
    ) -> object:
        sender = DeltaSender(line, KEY, form, Offered(), percent)
        one = Wanted(3, 4, 9, len(OLD))
        try:
            return sender.send(one, Signature(signature), self.reader, self.row, lambda size: None)
        finally:
            self.reader.close()


def test_a_delta_goes_out_in_segments(line: Recorder, tmp_path: Path) -> None:
    new = edited(OLD, [("overwrite", 0.2, 1_500_000), ("insert", 0.9, 3)])
    assert Source(tmp_path, new).send(line, signature_of(OLD)) is not None
    begin, *parts, end = line.said
    assert begin == UploadBegin(3, 4, False, 9)
    assert all(isinstance(part, UploadPart) for part in parts)
    assert [part.size for part in parts[:-1]] == [SEGMENT] * (len(parts) - 1)  # type: ignore[attr-defined]
    delta = b"".join(part.data for part in parts)  # type: ignore[attr-defined]
    assert patched(OLD, delta, len(new)) == new
    assert isinstance(end, UploadEnd)
    assert (end.digest, end.size) == (digest(KEY, new), len(new))


def test_a_delta_that_does_not_pay_is_given_up_before_a_byte_is_sent(
    line: Recorder, tmp_path: Path
) -> None:
    assert Source(tmp_path, noise(3_000_000, 1)).send(line, signature_of(OLD)) is None
    assert line.said == [UploadBegin(3, 4, False, 9), UploadAbort()]


@pytest.mark.parametrize(("more", "codec"), [(noise(600_000, 1), 0), (b"again " * 200_000, 1)])
def test_a_classic_delta_is_one_stream_made_by_md4(
    line: Recorder, tmp_path: Path, more: bytes, codec: int
) -> None:
    form = Form(CLASSIC, pack_stream, Packer(1, 0))
    source = Source(tmp_path, OLD + more)
    assert source.send(line, signature_of(OLD, CLASSIC), form=form) is not None
    parts = [message for message in line.said if isinstance(message, UploadPart)]
    assert {part.codec for part in parts} == {codec}
    stored = b"".join(part.data for part in parts)
    delta = zlib.decompress(stored) if codec else stored
    assert patched(OLD, delta, len(OLD + more)) == OLD + more


@pytest.mark.parametrize(("percent", "pays"), [(30, False), (60, True)])
def test_what_pays_can_be_chosen(line: Recorder, tmp_path: Path, percent: int, pays: bool) -> None:
    new = edited(OLD, [("overwrite", 0.2, 1_500_000)])
    read = Source(tmp_path, new[:]).send(line, signature_of(OLD), percent)
    assert (read is not None) is pays


def test_large_deltas_do_not_wait_for_their_end(
    line: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD_SEGMENTS", 1)
    assert Source(tmp_path, noise(6_000_000, 1)).send(line, signature_of(OLD)) is None
    kinds = [type(message) for message in line.said]
    assert kinds == [UploadBegin, UploadPart, UploadPart, UploadAbort]


def test_a_file_that_has_grown_far_beyond_its_basis_is_not_even_begun(
    line: Recorder, tmp_path: Path
) -> None:
    source = Source(tmp_path, b"")
    os.truncate(source.path, 100 << 20)
    assert source.send(line, signature_of(OLD)) is None
    assert line.said == []


def test_a_forged_signature_ends_the_run(line: Recorder, tmp_path: Path) -> None:
    with pytest.raises(DeltaError):
        Source(tmp_path, OLD).send(line, b"forged")


def test_a_file_that_is_gone_is_trouble_with_the_source(line: Recorder, tmp_path: Path) -> None:
    source = Source(tmp_path, OLD)
    source.path.unlink()
    with pytest.raises(SourceError):
        source.send(line, signature_of(OLD))
    assert line.said == []


def test_a_file_that_never_keeps_still_is_sent_as_changed(
    line: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "kept_still", lambda file, size: False)
    read = Source(tmp_path, OLD).send(line, signature_of(OLD))
    assert read is not None and read.marks & CHANGED  # type: ignore[attr-defined]
    kinds = [type(message) for message in line.said]
    assert kinds.count(UploadBegin) == 3 and kinds.count(UploadAbort) == 2


def test_a_file_with_holes_goes_whole(line: Recorder, tmp_path: Path) -> None:
    source = Source(tmp_path, OLD)
    with source.path.open("r+b") as file:
        file.truncate(1_000_000)
        file.truncate(len(OLD))
    if source.path.stat().st_blocks * 512 >= len(OLD):
        pytest.skip("the file system keeps no holes")
    assert source.send(line, signature_of(OLD)) is None
    assert line.said == []
