"""What of the metadata is restored can be chosen: times, owners and modes, attributes, ACLs."""

import os
import stat
import struct
import subprocess
from pathlib import Path

import pytest

from tardis.history import Switches
from tardis.streams import pack, pack_attributes
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import out, reasons, run, store
from tests.history.test_extended import ACCESS, DEFAULT, acl, found
from tests.history.test_mending import Scene

__all__ = ["out", "store"]

WIDE = acl((0x02, 7, 1234), group=4, mask=7)
"""An ACL by which the group may read, and 1234 do everything; its mask shows in the mode."""

NO_ACL, NO_ATTRIBUTES = Switches(acl=False), Switches(attrs=False)


def both(**more: bytes) -> bytes:
    items = [(ACCESS.encode(), WIDE), (b"user.a", b"1")]
    return pack_attributes([*items, *((name.encode(), value) for name, value in more.items())])


def test_each_sort_has_its_switch() -> None:
    names = (b"user.a", b"trusted.t", b"security.capability", ACCESS.encode(), DEFAULT.encode())
    assert [Switches().takes(name) for name in names] == [True] * 5
    assert [NO_ATTRIBUTES.takes(name) for name in names] == [False] * 3 + [True] * 2
    assert [NO_ACL.takes(name) for name in names] == [True] * 3 + [False] * 2
    assert [Switches(perms=False).takes(name) for name in names] == [True] * 2 + [False] * 3


@pytest.mark.acl
def test_attributes_and_acls_are_left_out_alone_and_together(store: MemoryStore, out: Path) -> None:
    store.file(1, b"f", b"x", 0o674, xattrs=both())
    wanted = {
        Switches(): ({ACCESS: WIDE, "user.a": b"1"}, 0o674),
        NO_ATTRIBUTES: ({ACCESS: WIDE}, 0o674),
        NO_ACL: ({"user.a": b"1"}, 0o644),
        Switches(attrs=False, acl=False): ({}, 0o644),
    }
    for switches, (attributes, mode) in wanted.items():
        done = run(store, out, switches=switches)
        assert (reasons(done), done.notes.total()) == ([], 0)
        assert found(out / "home/f") == attributes, switches
        assert stat.S_IMODE((out / "home/f").stat().st_mode) == mode
        (out / "home/f").unlink()


@pytest.mark.acl
def test_without_acls_the_target_passes_its_own_on(store: MemoryStore, out: Path) -> None:
    subprocess.run(["setfacl", "-m", "d:u:77:rwx", out], check=True)
    store.file(1, b"f", b"x", 0o640)
    store.folder(1, b"d", 2, 0o750)
    store.file(2, b"g", b"x", 0o600)
    run(store, out, switches=NO_ACL)
    home = out / "home"
    assert [ACCESS in found(home / name) for name in ("f", "d", "d/g")] == [True] * 3
    modes = [stat.S_IMODE((home / name).stat().st_mode) for name in ("f", "d", "d/g")]
    assert modes == [0o640, 0o750, 0o600], "so 77 has no more rights than the group"


@pytest.mark.root
def test_without_attributes_no_capability_is_set(store: MemoryStore, out: Path) -> None:
    capability = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)
    store.file(1, b"f", b"x", xattrs=pack_attributes([(b"security.capability", capability)]))
    run(store, out, switches=NO_ATTRIBUTES)
    assert found(out / "home/f") == {}
    run(store, out, switches=NO_ACL, overwrite="always")
    assert found(out / "home/f") == {"security.capability": capability}


@pytest.mark.acl
@pytest.mark.parametrize("switches", [NO_ACL, NO_ATTRIBUTES, Switches(attrs=False, acl=False)])
def test_a_second_restore_has_nothing_to_do(
    store: MemoryStore, out: Path, switches: Switches
) -> None:
    store.file(1, b"f", b"x", 0o674, xattrs=both())
    run(store, out, switches=switches)
    before = (out / "home/f").stat().st_ino
    run(store, out, switches=switches, overwrite="always")
    assert (out / "home/f").stat().st_ino == before


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    made.store.file(1, b"f", b"x", 0o674, xattrs=both())
    assert made.mend().problems == []
    return made


@pytest.mark.acl
def test_in_place_what_is_not_wanted_is_no_difference(scene: Scene) -> None:
    file = scene.home / "f"
    os.removexattr(file, "user.a")
    assert scene.plan() == [("change", "home/f")]
    assert scene.plan(switches=NO_ATTRIBUTES) == []
    os.setxattr(file, "user.a", b"1")
    os.setxattr(file, ACCESS, acl((0x02, 7, 99), group=4, mask=7))
    assert scene.plan() == [("change", "home/f")]
    assert scene.plan(switches=NO_ACL) == []


@pytest.mark.acl
def test_in_place_an_acl_that_is_there_keeps_its_mask(scene: Scene) -> None:
    file = scene.home / "f"
    os.utime(file, (1, 1))
    assert scene.plan(switches=NO_ACL) == [("change", "home/f")]
    scene.mend(switches=NO_ACL)
    assert (found(file)[ACCESS], scene.plan()) == (WIDE, [])
    subprocess.run(["setfacl", "-b", file], check=True)
    file.chmod(0o600)
    scene.mend(switches=NO_ACL)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert scene.plan(switches=NO_ACL) == []


def test_what_cannot_be_read_of_attributes_leaves_the_mode(store: MemoryStore, out: Path) -> None:
    store.file(1, b"f", b"x", 0o674, xattrs=pack((1, 2)))
    run(store, out, switches=NO_ACL)
    assert stat.S_IMODE((out / "home/f").stat().st_mode) == 0o674
