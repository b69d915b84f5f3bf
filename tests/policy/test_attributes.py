import pytest

from tardis.model import CAPTURED_ACLS, CAPTURED_PRIVILEGED, CAPTURED_XATTRS
from tardis.policy import ACLS, capture_level, is_kept


def test_each_thing_that_is_looked_for_is_a_bit_of_the_level() -> None:
    assert capture_level(True, True, True) == 7
    assert capture_level(True, False, False) == CAPTURED_XATTRS
    assert capture_level(True, False, True) == CAPTURED_XATTRS | CAPTURED_PRIVILEGED
    assert capture_level(False, True, True) == CAPTURED_ACLS
    assert capture_level(False, False, True) == 0


@pytest.mark.parametrize("name", sorted(ACLS))
def test_acls_are_kept_on_their_own_account(name: bytes) -> None:
    assert is_kept(name, CAPTURED_ACLS)
    assert not is_kept(name, CAPTURED_XATTRS | CAPTURED_PRIVILEGED)


@pytest.mark.parametrize(
    "name", [b"user.x", b"user.", b"security.capability", b"trusted.overlay", b"btrfs.compression"]
)
def test_attributes_of_these_namespaces_are_kept(name: bytes) -> None:
    assert is_kept(name, CAPTURED_XATTRS)
    assert not is_kept(name, CAPTURED_ACLS)


@pytest.mark.parametrize("name", [b"security.evm", b"system.nfs4_acl", b"ceph.dir", b"x", b""])
def test_what_belongs_to_the_inode_or_the_file_system_is_not(name: bytes) -> None:
    assert not is_kept(name, 7)
