"""File systems say who they are; what is silent, or no file, is nobody."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from tardis.scan import uuids
from tardis.scan.uuids import NOBODY, ask
from tests.whole.images import image

UUID = "12345678-9abc-def0-1234-56789abcdef0"


class Answers:
    """A kernel that knows some of the questions."""

    def __init__(self, **known: bytes) -> None:
        self.known = {getattr(uuids, name): answer for name, answer in known.items()}

    def ioctl(self, _: int, request: int, answer: bytearray) -> int:
        if request not in self.known:
            raise OSError(25, "Inappropriate ioctl for device")
        told = self.known[request]
        answer[: len(told)] = told
        return 0


def answering(monkeypatch: pytest.MonkeyPatch, **known: bytes) -> None:
    monkeypatch.setattr(fcntl, "ioctl", Answers(**known).ioctl)


RAW = bytes.fromhex(UUID.replace("-", ""))


def test_a_uuid_is_written_as_udev_writes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = os.fsencode(tmp_path)
    answering(monkeypatch, FS_IOC_GETFSUUID=b"\x10" + RAW)
    assert ask(path, "anything").uuid == UUID.encode()
    answering(monkeypatch, FS_IOC_GETFSUUID=b"\x10" + bytes(16))
    assert ask(path, "anything").uuid == b""
    answering(monkeypatch, XFS_IOC_FSGEOMETRY_V1=bytes(64) + RAW)
    assert ask(path, "xfs").uuid == UUID.encode()
    assert ask(path, "ext4").uuid == b""
    answering(monkeypatch, FAT_IOCTL_GET_VOLUME_ID=0xABCD0123.to_bytes(4, "little"))
    assert ask(path, "vfat").uuid == b"ABCD-0123"
    answering(monkeypatch)
    assert ask(path, "vfat").uuid == b""


def test_a_subvolume_tells_of_what_it_is_a_snapshot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = os.fsencode(tmp_path)
    answering(monkeypatch, BTRFS_IOC_GET_SUBVOL_INFO=bytes(296) + RAW + RAW[::-1])
    told = ask(path, "btrfs").subvolume
    assert told is not None
    assert told.own == UUID.encode()
    assert told.origin.replace(b"-", b"") == RAW[::-1].hex().encode()
    assert ask(path, "ext4").subvolume is None
    answering(monkeypatch)
    assert ask(path, "btrfs").subvolume is None


def test_what_cannot_be_opened_without_a_trace_is_not_asked(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/")
    for name in ("pipe", "link", "nowhere", "n" * 300):
        assert ask(os.fsencode(tmp_path / name), "ext4") == NOBODY
    assert ask(b"/dev/null", "devtmpfs") == NOBODY


@pytest.mark.xfs
def test_a_real_xfs_tells_its_uuid_to_both_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with image(tmp_path / "disk", "xfs") as disk:
        command = ["blkid", "-o", "value", "-s", "UUID", str(disk.file)]
        known = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.strip()
        path = os.fsencode(disk.place)
        assert ask(path, "xfs").uuid == known
        monkeypatch.setattr(uuids, "FS_IOC_GETFSUUID", 0)
        assert ask(path, "xfs").uuid == known


@pytest.mark.btrfs
def test_a_real_snapshot_names_its_origin(tmp_path: Path) -> None:
    with image(tmp_path / "disk", "btrfs") as disk:
        home, shot = disk.place / "home", disk.place / "shot"
        for words in (("create", str(home)), ("snapshot", str(home), str(shot))):
            subprocess.run(
                ["btrfs", "-q", "subvolume", *words], check=True, capture_output=True, timeout=60
            )
        origin, taken = (ask(os.fsencode(path), "btrfs").subvolume for path in (home, shot))
        assert origin is not None and taken is not None
        assert origin.own and not origin.origin
        assert taken.origin == origin.own != taken.own
