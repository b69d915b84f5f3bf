"""Files that are wanted as deltas, and the ways in which they end up whole."""

from pathlib import Path

import pytest

from tardis.client import upload as module
from tardis.crypto import digest
from tardis.model import RemoteProtocolError
from tardis.protocol.messages import (
    Contents,
    Digests,
    DigestVerdicts,
    SignatureEnd,
    SignaturePart,
    Unread,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    Verdicts,
    WantSignatures,
)
from tests.client.fakes import KEY
from tests.client.test_upload import Desk
from tests.delta.shapes import edited, noise, signature_of

OLD = noise(100_000)
NEW = edited(OLD, [("overwrite", 0.5, 100)])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "a").write_bytes(NEW)
    (tmp_path / "b").write_bytes(b"small")
    return tmp_path


def wanting(place: Path, **options: object) -> Desk:
    desk = Desk(place, **options)
    message = Verdicts(0, (1,), (), ((0, 77, len(OLD)),))
    desk.uploader.on_verdicts(message, desk.found, 1)
    return desk


def answer(desk: Desk, data: bytes, is_good: bool = True) -> None:
    desk.uploader.signatures.on_part(SignaturePart(77, data))
    desk.uploader.signatures.on_end(SignatureEnd(77, is_good))


def test_a_delta_waits_for_its_signature_while_others_go_out(place: Path) -> None:
    desk = wanting(place)
    assert desk.uploader.outstanding == 2
    asked, sent = desk.work()
    assert asked == WantSignatures((77,)) and isinstance(sent, Contents)
    assert not desk.uploader.is_idle and desk.uploader.outstanding == 1
    answer(desk, signature_of(OLD))
    begin, *_, end = desk.work()
    assert begin == UploadBegin(0, 0, False, 77)
    assert isinstance(end, UploadEnd) and end.digest == digest(KEY, NEW)
    assert desk.uploader.is_idle and desk.uploader.outstanding == 0
    report = desk.report
    assert (report.files_new, report.files_delta) == (1, 1)
    assert report.bytes_backed == len(NEW) + 5
    assert 90_000 < report.bytes_spared < len(NEW)


def test_without_a_good_signature_the_file_goes_whole(place: Path) -> None:
    desk = wanting(place)
    desk.work()
    answer(desk, b"half of it", is_good=False)
    (sent,) = desk.work()
    assert isinstance(sent, Contents) and sent.items[0][1] == 0
    assert (desk.report.files_new, desk.report.files_delta) == (2, 0)
    assert desk.uploader.is_idle and desk.uploader.outstanding == 0


def test_a_delta_that_does_not_pay_goes_whole(place: Path) -> None:
    desk = wanting(place)
    desk.work()
    answer(desk, signature_of(noise(len(OLD), 5)))
    begin, abort, sent = desk.work()
    assert (begin, abort) == (UploadBegin(0, 0, False, 77), UploadAbort())
    assert isinstance(sent, Contents) and sent.items[0][4] == digest(KEY, NEW)
    assert desk.report.files_delta == 0


def test_without_librsync_all_goes_whole_and_is_counted(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "has_librsync", lambda: False)
    desk = wanting(place)
    (sent,) = desk.work()
    assert isinstance(sent, Contents) and len(sent.items) == 2
    assert desk.report.lacks_deltas == 1 and not desk.report.problems


def test_a_file_that_is_gone_is_told(place: Path) -> None:
    desk = wanting(place)
    desk.work()
    (place / "a").unlink()
    answer(desk, signature_of(OLD))
    (told,) = desk.work()
    assert isinstance(told, Unread) and told.items[0][:3] == (0, 0, 0)
    assert desk.report.vanished == 1 and desk.uploader.is_idle


@pytest.mark.parametrize("above", [4, 5, 99_999])
def test_digests_go_before_what_is_large(place: Path, above: int) -> None:
    desk = wanting(place, digest_above=above)
    said = desk.work()
    (told,) = [message for message in said if isinstance(message, Digests)]
    assert sorted(item[1] for item in told.items) == ([0, 1] if above == 4 else [0])
    offer = ((0, 0, 77, len(OLD)),)
    desk.uploader.on_digest_verdicts(DigestVerdicts(((0, 1, False),) * (above == 4), offer))
    assert desk.work() == [WantSignatures((77,))]
    answer(desk, signature_of(OLD))
    assert desk.work()[0] == UploadBegin(0, 0, False, 77)
    assert desk.report.files_delta == 1 and desk.uploader.outstanding == 0


def test_a_delta_of_what_nobody_waits_for_is_refused(place: Path) -> None:
    desk = wanting(place)
    with pytest.raises(RemoteProtocolError, match="nobody waits"):
        desk.uploader.on_digest_verdicts(DigestVerdicts((), ((0, 0, 77, 5),)))


def test_a_delta_of_what_was_not_listed_is_refused(place: Path) -> None:
    desk = Desk(place)
    with pytest.raises(RemoteProtocolError, match="not listed"):
        desk.uploader.on_verdicts(Verdicts(0, (), (), ((2, 77, 5),)), desk.found, 1)
