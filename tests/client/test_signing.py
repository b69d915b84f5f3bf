"""With what is sent goes its signature, where that is wanted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.client.deltas import DeltaSender, Form, Signature, Wanted
from tardis.client.large import LargeSender
from tardis.client.packing import Pack, Packer, pack_segments, pack_stream
from tardis.client.resuming import Offered
from tardis.delta import MODERN
from tardis.model import RESUMABLE, SEGMENT
from tardis.protocol.messages import UploadBegin, UploadEnd, UploadHeld, UploadSignature
from tardis.scan import bodies
from tests.client.fakes import KEY
from tests.client.test_resuming import DATA, Big, held, writer_beside
from tests.delta.shapes import edited, signature_of


class Signing(Big):
    """A large file that is sent with its signature."""

    def send_signed(self, told: UploadHeld | None = None, pack: Pack = pack_segments) -> None:
        sender = LargeSender(self.line, KEY, Packer(0, 4096), pack, signs=True)
        if told is not None:
            sender.offered.add(told)
        sender.send((4, 2), self.reader, self.row, lambda size: None)

    def signature(self) -> bytes:
        """Return what was sent of one since the last beginning."""
        found = b""
        for message in self.line.said:
            if isinstance(message, UploadBegin):
                found = b""
            elif isinstance(message, UploadSignature):
                found += message.data
        return found


@pytest.fixture
def big(tmp_path: Path) -> Iterator[Signing]:
    one = Signing(tmp_path)
    yield one
    one.reader.close()


def test_a_whole_file_is_signed(big: Signing) -> None:
    big.send_signed()
    assert big.signature() == signature_of(DATA)
    assert isinstance(big.line.said[-1], UploadEnd)


def test_what_the_server_has_is_signed_too(big: Signing) -> None:
    big.send_signed(held(RESUMABLE))
    assert big.begins() == [UploadBegin(4, 2, False, held=RESUMABLE)]
    assert big.signature() == signature_of(DATA)


def test_a_file_that_changes_is_signed_as_it_was_in_the_end(
    big: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "iter_segments", writer_beside(big, 1, None))
    big.send_signed()
    assert big.signature() == signature_of(DATA + b"+")


def test_nothing_is_signed_unless_it_is_wanted(big: Signing) -> None:
    big.send()
    assert big.signature() == b""


def test_streams_are_not_signed(big: Signing) -> None:
    big.send_signed(pack=pack_stream)
    assert big.signature() == b""


def test_files_with_holes_are_not_signed(big: Signing) -> None:
    big.file.write_bytes(b"x")
    with big.file.open("r+b") as file:
        file.truncate(8 * SEGMENT)
    if big.file.stat().st_blocks * 512 >= 8 * SEGMENT:
        pytest.skip("the file system keeps no holes")
    big.send_signed()
    assert big.begins()[0].has_holes and big.signature() == b""


def test_a_delta_is_signed_by_what_it_makes(big: Signing) -> None:
    new = edited(DATA, [("overwrite", 0.5, 1000)])
    big.file.write_bytes(new)
    form = Form(MODERN, pack_segments, Packer(0, 0))
    sender = DeltaSender(big.line, KEY, form, Offered(), 66, signs=True)
    one = Wanted(4, 2, 9, len(DATA))
    assert (
        sender.send(one, Signature(signature_of(DATA)), big.reader, big.row, lambda size: None)
        is not None
    )
    assert big.signature() == signature_of(new)
