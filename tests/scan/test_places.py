import os
from pathlib import Path

import pytest

from tardis.policy import Scope
from tardis.scan import Exclusions, Filesystems, Place, WalkRules
from tardis.scan.mounts import Mount
from tardis.scan.places import barrier, join

PLACE = Place(b"/a", 1, (1, 2, 0), 3, Scope())


def why(rules: WalkRules, device: int = 1, mount: Mount | None = None) -> str:
    filesystems = Filesystems([], lambda item: None)
    filesystems.__dict__["_mounts"] = [mount] if mount else []
    return barrier(rules, filesystems, PLACE, b"/a/b", (device, 7))


def test_a_directory_is_entered_unless_something_says_no() -> None:
    assert why(WalkRules()) == ""
    assert why(WalkRules(max_depth=5)) == ""
    assert "--maxdepth 4" in why(WalkRules(max_depth=4))
    assert "--crossdevice" in why(WalkRules(), device=2)
    assert why(WalkRules(crosses_devices=True), device=2) == ""
    stores = Exclusions(stores=frozenset({(1, 7)}))
    assert why(WalkRules(exclusions=stores)) == "backups are kept in it"


@pytest.mark.parametrize(
    ("kind", "source", "is_ours"),
    [
        ("fuse.tardisfs", b"x", True),
        ("fuse", b"tardisfs", True),
        ("fuse", b"tardisfs#0", True),
        ("fuse.sshfs", b"tardis:/", False),
        ("ext4", b"/dev/tardisfs", False),
    ],
)
def test_a_view_of_backups_is_never_entered(kind: str, source: bytes, is_ours: bool) -> None:
    mount = Mount(2, b"/", b"/a/b", kind, source)
    assert bool(why(WalkRules(crosses_devices=True), 2, mount)) is is_ours


def test_paths_are_joined(tmp_path: Path) -> None:
    assert join(b"/", b"x") == b"/x"
    assert join(os.fsencode(tmp_path), b"x") == os.fsencode(tmp_path / "x")
