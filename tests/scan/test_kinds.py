import pytest

from tardis.scan.kinds import KINDS, kind_of


@pytest.mark.parametrize("name", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "nfs4"])
def test_what_unix_made_keeps_inodes_and_moves_ctime(name: str) -> None:
    assert kind_of(name).inodes_stable
    assert kind_of(name).ctime_trusted


@pytest.mark.parametrize("name", ["vfat", "exfat", "fuse", "fuse.sshfs", "fuseblk", "9p", "cifs"])
def test_what_is_foreign_is_trusted_with_nothing(name: str) -> None:
    assert not kind_of(name).inodes_stable
    assert not kind_of(name).ctime_trusted


def test_what_nobody_has_heard_of_is_trusted_with_nothing() -> None:
    assert "madefs" not in KINDS
    assert kind_of("madefs") == kind_of("fuse.madefs")
    assert kind_of("madefs").is_remote


def test_ntfs_has_records_with_lasting_numbers_and_clocks_of_others() -> None:
    assert kind_of("ntfs3").inodes_stable
    assert not kind_of("ntfs3").ctime_trusted
