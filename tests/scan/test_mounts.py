import os
from pathlib import Path

import pytest

from tardis.scan import mounts
from tardis.scan.mounts import (
    Mount,
    below_root,
    loop_file,
    main_mount,
    mount_of,
    parse_mountinfo,
    read_mounts,
    read_uuids,
)

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
    assert found[1] == Mount(
        os.makedev(254, 0), b"/", b"/", "ext4", b"/dev/vda", b"rw,resuid=65534"
    )
    assert found[2][1:] == (b"/@home", b"/home", "btrfs", b"/dev/sdb1", b"rw,subvol=/@home")
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


def test_the_mount_that_shows_all_of_a_file_system_stands_for_it() -> None:
    part = Mount(5, b"/part", b"/a", "ext4", b"/dev/x")
    whole = Mount(5, b"/", b"/b", "ext4", b"/dev/x")
    other = Mount(6, b"/", b"/c", "ext4", b"/dev/y")
    assert main_mount([other, part, whole], part) == whole
    assert main_mount([part, other], part) == part
    assert main_mount([other], part) == part


def test_a_path_within_a_file_system_is_the_same_through_every_mount() -> None:
    found = [
        Mount(5, b"/", b"/", "vfat", b"/dev/x"),
        Mount(5, b"/deep/part", b"/mnt", "vfat", b"/dev/x"),
    ]
    assert below_root(found, 5, b"/deep/part/file") == b"/deep/part/file"
    assert below_root(found, 5, b"/mnt/file") == b"/deep/part/file"
    assert below_root(found, 5, b"/mnt") == below_root(found, 5, b"/mnt/") == b"/deep/part"
    assert below_root(found, 5, b"/") == b"/"
    assert below_root([], 5, b"/anything") == b"/anything"


def test_a_loop_device_tells_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "7:3" / "loop"
    folder.mkdir(parents=True)
    (folder / "backing_file").write_bytes(b"/images/with blank.img\n")
    assert loop_file(os.makedev(7, 3), os.fsencode(tmp_path)) == b"/images/with blank.img"
    assert loop_file(os.makedev(8, 3), os.fsencode(tmp_path)) == b""
