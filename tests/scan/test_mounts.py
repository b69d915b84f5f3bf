import os
from pathlib import Path

import pytest

from tardis.scan import mounts
from tardis.scan.mounts import Mount, mount_of, parse_mountinfo, read_mounts, read_uuids

SAMPLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,discard - ext4 /dev/vda rw,resuid=65534
40 27 0:50 /@home /home rw,relatime shared:1 master:2 - btrfs /dev/sdb1 rw,subvol=/@home
41 27 0:51 / /mnt/with\040blank\134 rw - nfs4 server:/export\040one rw
nonsense
42 27 x:y / /bad rw - ext4 /dev/bad rw
43 27 0:52 / /short rw
"""


def test_mountinfo_is_read_with_its_escapes_and_optional_fields() -> None:
    found = parse_mountinfo(SAMPLE.splitlines())
    assert [mount.type for mount in found] == ["proc", "ext4", "btrfs", "nfs4"]
    assert found[1] == Mount(os.makedev(254, 0), b"/", b"/", "ext4", b"/dev/vda")
    assert found[2][1:] == (b"/@home", b"/home", "btrfs", b"/dev/sdb1")
    assert found[3].point == b"/mnt/with blank\\"
    assert found[3].source == b"server:/export one"


def test_a_path_belongs_to_the_deepest_mount_of_its_device() -> None:
    found = parse_mountinfo(SAMPLE.splitlines())
    root = mount_of(found, os.makedev(254, 0), b"/etc")
    assert root is not None
    assert root.point == b"/"
    subvolume = mount_of(found, os.makedev(0, 99), b"/home/user/volume")
    assert subvolume is not None
    assert subvolume.type == "btrfs"
    assert mount_of([], 1, b"/") is None


def test_this_machine_has_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_mounts()
    monkeypatch.setattr(mounts, "MOUNTINFO", "/nowhere")
    assert read_mounts() == []


def test_uuids_are_found_by_device_number(tmp_path: Path) -> None:
    (tmp_path / "abcd-ef").symlink_to("/dev/null")
    (tmp_path / "dangling").symlink_to("/nowhere")
    device = os.stat("/dev/null").st_rdev
    assert read_uuids(os.fsencode(tmp_path)) == {device: b"abcd-ef"}
    assert read_uuids(b"/nowhere") == {}
