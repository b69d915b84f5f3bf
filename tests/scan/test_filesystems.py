"""Each file system has one row, whatever its device number is today."""

import os
from pathlib import Path

import pytest

from tardis.scan import filesystems as module
from tardis.scan.filesystems import SLOW_CLOCK_FACTOR, Filesystems, keeps_inodes
from tardis.scan.mounts import Mount
from tardis.scan.uuids import NOBODY, Identity, Subvolume

Announced = list[tuple[int, str, bytes, bool, bool]]
TWINS = (
    Mount(5, b"/", b"/x", "nfs", b"server:/e"),
    Mount(6, b"/", b"/y", "nfs", b"server:/e"),
)


def mounted(
    monkeypatch: pytest.MonkeyPatch,
    *found: Mount,
    uuids: dict[int, bytes] | None = None,
    told: dict[bytes, Identity] | None = None,
) -> None:
    monkeypatch.setattr(module, "read_mounts", lambda: list(found))
    monkeypatch.setattr(module, "read_uuids", lambda: uuids or {})
    monkeypatch.setattr(module, "ask", lambda path, _: (told or {}).get(path, NOBODY))


def rows_of(told: Announced) -> list[tuple[int, str, bytes]]:
    return [one[:3] for one in told]


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
    mounted(monkeypatch, *TWINS)
    told: Announced = []
    rows = Filesystems([(1, "nfs", b"source:server:/e")], told.append)
    assert rows.id_of(5, b"/x") == 1
    assert rows.id_of(6, b"/y") == 2
    assert told[0][2] == b"source:server:/e\0/y"


def test_clones_keep_their_rows_whichever_is_met_first(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, *TWINS)
    told: Announced = []
    rows = Filesystems([], told.append)
    assert (rows.id_of(5, b"/x"), rows.id_of(6, b"/y")) == (1, 2)
    again = Filesystems(rows_of(told), told.append)
    assert (again.id_of(6, b"/y"), again.id_of(5, b"/x")) == (2, 1)
    alone = Filesystems(rows_of(told), told.append)
    assert alone.id_of(6, b"/y") == 2
    assert len(told) == 2


def test_several_at_one_mount_point_are_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, Mount(5, b"/", b"/x", "nfs", b"server:/e"))
    told: Announced = []
    rows = Filesystems([], told.append)
    assert [rows.id_of(device, b"/x/%d" % device) for device in (5, 6, 7, 8)] == [1, 2, 3, 4]
    again = Filesystems(rows_of(told), told.append)
    assert [again.id_of(device, b"/x/%d" % device) for device in (15, 16, 17, 18)] == [2, 1, 3, 4]
    assert len({key for _, _, key, _, _ in told}) == len(told) == 4


def test_the_key_is_the_same_whichever_mount_was_met(monkeypatch: pytest.MonkeyPatch) -> None:
    main = Mount(5, b"/", b"/memory", "tmpfs", b"tmpfs")
    bound = Mount(5, b"/part", b"/elsewhere", "tmpfs", b"tmpfs")
    keys = set()
    for order in ((main, bound), (bound, main)):
        for path in (b"/memory/a", b"/elsewhere/b"):
            told: Announced = []
            mounted(monkeypatch, *order)
            Filesystems([], told.append).id_of(5, path)
            keys.add(told[0][2])
    assert keys == {b"source:tmpfs\0/memory"}


def test_what_is_mounted_meanwhile_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, Mount(5, b"/", b"/", "ext4", b"/dev/a"))
    told: Announced = []
    rows = Filesystems([], told.append)
    rows.id_of(5, b"/etc")
    mounted(monkeypatch, Mount(6, b"/", b"/stick", "vfat", b"/dev/b"))
    rows.id_of(6, b"/stick")
    assert [kind for _, kind, *_ in told] == ["ext4", "vfat"]


def test_a_device_without_a_mount_has_a_row_too(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch)
    told: Announced = []
    assert Filesystems([], told.append).id_of(0x2A, b"/nowhere") == 1
    assert told == [(1, "unknown", b"device:2a", False, False)]


def test_a_loop_device_is_known_by_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, Mount(5, b"/", b"/x", "squashfs", b"/dev/loop7"))
    monkeypatch.setattr(module, "loop_file", lambda device: b"/images/%d" % device)
    told: Announced = []
    Filesystems([], told.append).id_of(5, b"/x")
    assert told[0][2] == b"source:/images/5"


def test_what_can_be_trusted_is_told_by_type(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(
        monkeypatch,
        Mount(1, b"/", b"/a", "ext4", b"a"),
        Mount(2, b"/", b"/b", "nfs4", b"b"),
        Mount(3, b"/", b"/c", "vfat", b"c"),
    )
    rows = Filesystems([], lambda item: None)
    numbers = [rows.id_of(device, path) for device, path in ((1, b"/a"), (2, b"/b"), (3, b"/c"))]
    factors = [rows.racy_factor(number) for number in numbers]
    assert factors == [1, SLOW_CLOCK_FACTOR, SLOW_CLOCK_FACTOR]
    assert [rows.trusts_ctime(number) for number in numbers] == [True, True, False]
    assert [rows.has_lasting_inodes(number) for number in numbers] == [True, True, False]


# Snapshots


def snapshots(monkeypatch: pytest.MonkeyPatch, *names: bytes) -> None:
    """Mount subvolumes at /NAME; one named ``o-x`` is a snapshot of ``o``."""
    mounts = [Mount(9, b"/" + name, b"/" + name, "btrfs", b"/dev/b") for name in names]
    told = {
        b"/" + name: Identity(b"", 1, Subvolume(name, name.rpartition(b"-")[0])) for name in names
    }
    mounted(monkeypatch, *mounts, told=told)


def test_a_snapshot_takes_the_row_of_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots(monkeypatch, b"o", b"o-1", b"o-2")
    told: Announced = []
    assert Filesystems([], told.append).id_of(1, b"/o-1") == 1
    assert Filesystems(rows_of(told), told.append).id_of(1, b"/o-2") == 1
    assert Filesystems(rows_of(told), told.append).id_of(1, b"/o") == 1
    assert len(told) == 1


def test_a_snapshot_beside_its_origin_has_a_row_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots(monkeypatch, b"o", b"o-1")
    told: Announced = []
    rows = Filesystems([], told.append)
    assert (rows.id_of(1, b"/o"), rows.id_of(2, b"/o-1")) == (1, 2)
    again = Filesystems(rows_of(told), told.append)
    assert (again.id_of(2, b"/o-1"), again.id_of(1, b"/o")) == (2, 1)
    assert len(told) == 2


def test_a_snapshot_of_zfs_takes_the_row_of_its_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(
        monkeypatch,
        Mount(1, b"/", b"/home", "zfs", b"tank/home"),
        Mount(2, b"/", b"/home/.zfs/snapshot/now", "zfs", b"tank/home@now"),
        Mount(3, b"/", b"/alone", "zfs", b"tank/gone@then"),
        told={
            b"/home": Identity(own_id=7),
            b"/home/.zfs/snapshot/now": Identity(own_id=8),
            b"/alone": Identity(own_id=9),
        },
    )
    told: Announced = []
    assert Filesystems([], told.append).id_of(2, b"/home/.zfs/snapshot/now") == 1
    assert Filesystems(rows_of(told), told.append).id_of(1, b"/home") == 1
    assert Filesystems(rows_of(told), told.append).id_of(3, b"/alone") == 2
    assert [key[-1:] for _, _, key, _, _ in told] == [b"7", b"9"]


# Inodes that do not last


def test_lasting_inodes_are_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, Mount(1, b"/", b"/a", "ext4", b"a"))
    rows = Filesystems([], lambda item: None)
    assert rows.of_folder(1, 77, b"/a/b") == (1, 77)
    assert rows.of_file(1, 1, 78, 1, b"/a/b/c") == (1, 78)


def test_a_directory_without_a_lasting_inode_is_known_by_its_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mounted(monkeypatch, Mount(1, b"/", b"/stick", "vfat", b"a"))
    rows = Filesystems([], lambda item: None, bytes(range(32)))
    first = rows.of_folder(1, 5, b"/stick/dir")
    assert first == rows.of_folder(1, 6, b"/stick/dir") != rows.of_folder(1, 5, b"/stick/other")
    assert 0 < first[1] < 1 << 63
    assert first != Filesystems([], lambda item: None).of_folder(1, 5, b"/stick/dir")
    mounted(
        monkeypatch,
        Mount(2, b"/", b"/media/new place", "vfat", b"a"),
        Mount(2, b"/dir", b"/bound", "vfat", b"a"),
    )
    moved = Filesystems([], lambda item: None, bytes(range(32)))
    assert moved.of_folder(2, 9, b"/media/new place/dir") == first
    assert moved.of_folder(2, 9, b"/bound") == first


@pytest.mark.parametrize("kind", ["ext4", "nfs4", "vfat", "fuse.sshfs"])
def test_an_open_directory_tells_whether_inodes_last_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounted(monkeypatch, Mount(tmp_path.stat().st_dev, b"/", b"/", kind, b"a"))
    folder = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    assert keeps_inodes(folder) is (kind in ("ext4", "nfs4"))
    os.close(folder)


def test_only_names_of_one_file_keep_an_inode_that_does_not_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mounted(monkeypatch, Mount(1, b"/", b"/far", "fuse.sshfs", b"a"))
    rows = Filesystems([], lambda item: None)
    number = rows.id_of(1, b"/far")
    assert rows.of_file(number, 1, 5, 1, b"/far/a") == (number, 0)
    assert rows.of_file(number, 1, 5, 2, b"/far/a") == (number, 5)


def test_an_overlay_is_as_lasting_as_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Mount(2, b"/", b"/over", "overlay", b"overlay")
    for layer, options, is_lasting in (
        ("ext4", b"rw,lowerdir=/", True),
        ("fuse.x", b"rw,lowerdir=/", False),
        ("ext4", b"rw,lowerdir=/:/proc", False),
        ("ext4", b"rw,lowerdir=/:/proc,xino=on", True),
        ("ext4", b"rw", False),
    ):
        root = Mount(os.stat("/").st_dev, b"/", b"/", layer, b"a")
        mounted(monkeypatch, root, over._replace(options=options))
        told: Announced = []
        rows = Filesystems([], told.append)
        number = rows.id_of(2, b"/over")
        assert rows.has_lasting_inodes(number) is told[0][3] is is_lasting, (layer, options)
        assert rows.trusts_ctime(number)


def test_files_that_show_the_device_of_a_layer_belong_to_the_overlay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mounted(monkeypatch, Mount(2, b"/", b"/over", "overlay", b"overlay", b"rw"))
    told: Announced = []
    rows = Filesystems([], told.append)
    number, _ = rows.of_folder(2, 3, b"/over")
    assert rows.of_file(number, 44, 9, 1, b"/over/file") == (number, 0)
    assert len(told) == 1
    linked = {rows.of_file(number, device, 9, 2, b"/over/file") for device in (44, 45)}
    assert len(linked) == 2
    assert all(inode == 9 and row != number for row, inode in linked)


def test_a_snapshot_that_comes_before_its_origin_never_takes_its_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = (b"o-1", b"o", b"o-2")
    mounts = [Mount(9, b"/", b"/", "btrfs", b"/dev/b")]
    found = {b"/" + one: Identity(b"", 1, Subvolume(one, one.rpartition(b"-")[0])) for one in names}
    mounted(monkeypatch, *mounts, told=found)
    told: Announced = []
    for devices in ((1, 2, 3), (7, 8, 9)):
        rows = Filesystems(rows_of(told), told.append)
        met = [rows.id_of(device, b"/" + name) for device, name in zip(devices, names, strict=True)]
        assert met == [1, 2, 3]
    assert len(told) == 3


def test_numbers_that_were_given_before_all_was_known_hold_or_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mounted(
        monkeypatch,
        Mount(5, b"/", b"/x", "xfs", b"/dev/x"),
        Mount(6, b"/", b"/y", "xfs", b"/dev/y"),
        Mount(7, b"/", b"/z", "vfat", b"/dev/z"),
        uuids={5: b"x", 6: b"y", 7: b"z"},
    )
    ahead = Filesystems((), lambda item: None)
    assert [ahead.id_of(5, b"/x"), ahead.id_of(6, b"/y")] == [1, 2]
    row_x, row_y = ("xfs", b"uuid:x"), ("xfs", b"uuid:y")
    for known, holds in (
        ([], True),
        ([(1, *row_x)], True),
        ([(1, *row_x), (2, *row_y), (3, "xfs", b"uuid:other")], True),
        ([(1, *row_y), (2, *row_x)], False),
        ([(2, *row_y)], False),
        ([(1, "xfs", b"uuid:other")], False),
    ):
        assert Filesystems(known, lambda item: None).follow(ahead) == holds
    assert ahead.id_of(7, b"/z") == 3
    assert not Filesystems((), lambda item: None).follow(ahead)


def test_what_is_followed_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted(monkeypatch, Mount(5, b"/", b"/x", "xfs", b"/dev/x"), uuids={5: b"x"})
    told: Announced = []
    ahead = Filesystems((), lambda item: None)
    ahead.id_of(5, b"/x")
    assert Filesystems((), told.append).follow(ahead)
    assert [one[:3] for one in told] == [(1, "xfs", b"uuid:x")]
