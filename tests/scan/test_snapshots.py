"""How each kind of snapshot asks for itself; stand-ins for the commands write down the calls."""

import os
from pathlib import Path

import pytest

from tardis.model import HookError, TardisError
from tardis.scan.mounts import Mount
from tardis.scan.namespace import Namespace
from tardis.scan.snapshots import MARK, ZfsSnapshot, fresh_name, run_tool, shown, volume_of


class NoView(Namespace):
    """A view that shows nothing: what is asked of commands needs none."""

    def __init__(self) -> None:
        pass


@pytest.fixture
def bin_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of stand-ins, the only ones that are found besides the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def stand_in(folder: Path, name: str, script: str = "") -> None:
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/calls\n{script}\n')
    path.chmod(0o755)


def calls(folder: Path) -> list[str]:
    path = folder / "calls"
    told = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return told


def test_zfs_is_asked_for_a_snapshot_that_is_mounted_and_destroyed(bin_of: Path) -> None:
    stand_in(bin_of, "zfs", f'[ "$1" != list ] || printf "tank/a@mine\\ntank/a@{MARK}old\\n"')
    stand_in(bin_of, "mount")
    one = ZfsSnapshot(Mount(1, b"/sub", b"/data", "zfs", b"tank/a"))
    one.take()
    assert one.show(NoView(), b"/place") == b"/place/sub"
    listed, old, taken, mounted = calls(bin_of)
    name = taken.split()[-1]
    assert listed == "zfs list -H -o name -t snapshot -d 1 tank/a"
    assert old == f"zfs destroy tank/a@{MARK}old"
    assert taken == f"zfs snapshot {name}"
    assert name.startswith(f"tank/a@{MARK}")
    assert mounted == f"mount -t zfs {name} /place"
    one.remove()
    one.remove()
    assert calls(bin_of) == [f"zfs destroy {name}"]


def test_what_is_in_use_elsewhere_is_left_and_what_is_ours_is_insisted_on(bin_of: Path) -> None:
    busy = bin_of / "busy"
    stand_in(
        bin_of,
        "zfs",
        f'case "$1" in list) echo "tank/a@{MARK}other";; '
        f"destroy) test ! -e {busy} || {{ rm {busy}; echo busy >&2; exit 1; }};; esac",
    )
    busy.touch()
    one = ZfsSnapshot(Mount(1, b"/", b"/data", "zfs", b"tank/a"))
    one.take()
    calls(bin_of)
    busy.touch()
    one.remove()
    assert len(calls(bin_of)) == 2


def test_what_was_not_taken_is_not_removed(bin_of: Path) -> None:
    stand_in(bin_of, "zfs", "exit 1")
    one = ZfsSnapshot(Mount(1, b"/", b"/data", "zfs", b"tank/a"))
    with pytest.raises(HookError, match="zfs list ended with status 1"):
        one.take()
    calls(bin_of)
    one.remove()
    assert calls(bin_of) == []


@pytest.mark.tmpfs
def test_only_what_mounts_runs_in_the_view_of_our_own(bin_of: Path, tmp_path: Path) -> None:
    """A daemon that is left behind by what takes a snapshot holds nothing that we mounted."""
    where = "readlink /proc/self/ns/mnt"
    stand_in(bin_of, "zfs", f'[ "$1" = list ] || echo "$1 $({where})" >> {bin_of}/views')
    stand_in(bin_of, "mount", f'echo "mount $({where})" >> {bin_of}/views')
    (tmp_path / "data").mkdir()
    here = os.readlink("/proc/self/ns/mnt")
    one = ZfsSnapshot(Mount(1, b"/", os.fsencode(tmp_path / "data"), "zfs", b"tank/a"))
    told: list[TardisError] = []
    with shown([one], told.append):
        inside = os.readlink("/proc/self/ns/mnt")
    seen = (bin_of / "views").read_text().splitlines()
    assert seen == [f"snapshot {here}", f"mount {inside}", f"destroy {here}"]
    assert here != inside and told == []


@pytest.mark.parametrize(
    ("said", "found"),
    [("  vg|lv|  ", ("vg", "lv", False)), ("vg|lv|pool", ("vg", "lv", True)), ("", None)],
)
def test_a_device_is_a_logical_volume_or_not(
    bin_of: Path, said: str, found: tuple[str, str, bool] | None
) -> None:
    stand_in(bin_of, "lvs", f'echo "{said}"')
    volume = volume_of(b"/dev/dm-0")
    assert (volume and (volume.group, volume.name, volume.is_thin)) == found
    stand_in(bin_of, "lvs", "exit 5")
    assert volume_of(b"/dev/dm-0") is None


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(HookError, match="needs the command no-such-tool"):
        run_tool("no-such-tool")


def test_no_two_names_are_the_same() -> None:
    assert len({fresh_name() for _ in range(100)}) == 100
