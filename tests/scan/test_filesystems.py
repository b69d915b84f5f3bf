import os
from pathlib import Path

import pytest

from tardis.scan import filesystems as module
from tardis.scan.filesystems import SLOW_CLOCK_FACTOR, Filesystems, kind_of
from tardis.scan.mounts import Mount

Announced = list[tuple[int, str, bytes, bool, bool]]


def mounted(monkeypatch: pytest.MonkeyPatch, *found: Mount, uuids: dict[int, bytes]) -> None:
    monkeypatch.setattr(module, "read_mounts", lambda: list(found))
    monkeypatch.setattr(module, "read_uuids", lambda: uuids)


def test_the_same_device_keeps_its_row_and_is_announced_once(tmp_path: Path) -> None:
    told: Announced = []
    path, device = os.fsencode(tmp_path), tmp_path.stat().st_dev
    first = Filesystems([], told.append)
    number = first.id_of(device, path)
    assert number == first.id_of(device, path) == 1
    assert len(told) == 1
    known = [(7, told[0][1], told[0][2])]
    again = Filesystems(known, told.append)
    assert again.id_of(device, path) == 7
    assert len(told) == 1


def test_new_rows_are_numbered_above_all_known(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, Mount(5, b"/", b"/x", "xfs", b"/dev/x"), uuids={5: b"abc"})
    told: Announced = []
    rows = Filesystems([(3, "ext4", b"other"), (9, "xfs", b"other")], told.append)
    assert rows.id_of(5, b"/x/y") == 10
    assert told == [(10, "xfs", b"uuid:abc", True, True)]


def test_two_devices_of_one_run_never_share_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(
        monkeypatch,
        Mount(5, b"/", b"/x", "nfs", b"server:/e"),
        Mount(6, b"/", b"/y", "nfs", b"server:/e"),
        uuids={},
    )
    told: Announced = []
    rows = Filesystems([(1, "nfs", b"source:server:/e\0/")], told.append)
    assert rows.id_of(5, b"/x") == 1
    assert rows.id_of(6, b"/y") == 2
    assert told[0][2] == b"source:server:/e\0/#2"
    again = Filesystems([(1, "nfs", b"source:server:/e\0/"), *[t[:3] for t in told]], told.append)
    assert (again.id_of(6, b"/y"), again.id_of(5, b"/x")) == (1, 2)


def test_a_device_without_a_mount_has_a_row_too(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, uuids={})
    told: Announced = []
    assert Filesystems([], told.append).id_of(0x2A, b"/nowhere") == 1
    assert told == [(1, "unknown", b"device:2a", False, False)]


def test_what_can_be_trusted_is_told_by_type(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kind_of("ext4").ctime_trusted
    assert not kind_of("vfat").inodes_stable
    assert not kind_of("fuse.sshfs").ctime_trusted
    mounted(
        monkeypatch,
        Mount(1, b"/", b"/a", "ext4", b"a"),
        Mount(2, b"/", b"/b", "nfs4", b"b"),
        Mount(3, b"/", b"/c", "vfat", b"c"),
        uuids={},
    )
    rows = Filesystems([], lambda item: None)
    numbers = [rows.id_of(device, path) for device, path in ((1, b"/a"), (2, b"/b"), (3, b"/c"))]
    factors = [rows.racy_factor(number) for number in numbers]
    assert factors == [1, SLOW_CLOCK_FACTOR, SLOW_CLOCK_FACTOR]
    assert [rows.trusts_ctime(number) for number in numbers] == [True, True, False]
