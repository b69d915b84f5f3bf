"""A store is damaged under the installed programs: it is told, restored around, and healed."""

import json
import os
from pathlib import Path

from tests.whole.world import CLIENT, World

DAMAGED, PROBLEMS = 30, 3


def grow(tree: Path) -> dict[str, bytes]:
    """Make files whose bytes can be found again in the store."""
    files = {f"d/f{number}": b"bytes of file %d\n" % number * 200 for number in range(30)}
    files["large"] = os.urandom(400_000)
    for name, data in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files


def spoil(home: Path, data: bytes) -> None:
    """Let bits of a content flip wherever it lies."""
    for path in (*home.glob("packs/*.pack"), *home.glob("[0-9a-f][0-9a-f]/*")):
        whole = path.read_bytes()
        place = whole.find(data[:64])
        if place >= 0:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            return
    raise AssertionError("these bytes are nowhere")


def sonic(world: World, verb: str, *words: str, status: int = 0) -> str:
    return world.run("sonic", verb, *where(world), *words, status=status).out


def where(world: World) -> tuple[str, ...]:
    return "--database", str(world.base), "--client", CLIENT


def test_damage_is_told_restored_around_and_healed(world: World) -> None:
    tree = world.place / "tree"
    files = grow(tree)
    world.backup(tree)
    (tree / "d" / "f0").write_bytes(b"another")
    world.backup(tree)
    assert sonic(world, "check", "--read-data")
    for name in ("d/f0", "d/f7", "large"):
        spoil(world.base / CLIENT, files[name])

    told = json.loads(sonic(world, "check", "--read-data", "--json", status=DAMAGED))
    hit = {Path(one["path"]).name: one["sets"] for one in told["damaged"]}
    assert hit == {"f0": [1], "f7": [1, 2], "large": [1, 2]}

    sonic(world, "repair", "--read-data", "--noconfirm", status=PROBLEMS)
    out = world.place / "out"
    done = world.run(
        "regenerate", "-D", world.base, "-C", CLIENT, "-o", str(out), str(tree), status=PROBLEMS
    )
    assert "f7" in done.err and "large" in done.err and "f0" not in done.err
    found = {path.name for path in out.rglob("*") if path.is_file()}
    assert {"f0", "f1", "f29"} <= found and not {"f7", "large"} & found, "never wrong bytes"

    world.backup(tree)
    told = json.loads(sonic(world, "check", "--read-data", "--json", status=PROBLEMS))
    assert [Path(one["path"]).name for one in told["known"]] == ["f0"], "that one is gone for good"
    world.check(tree, tree)
    again = world.place / "again"
    world.run(
        "regenerate", "-D", world.base, "-C", CLIENT, "--backup", "2", "-o", str(again), str(tree)
    )
    assert (again / "tree" / "d" / "f7").read_bytes() == files["d/f7"], "older sets are healed too"


def test_a_check_beside_backups_finds_nothing(world: World) -> None:
    """It takes no lock, and what changes under its eyes is no damage."""
    tree = world.place / "tree"
    grow(tree)
    world.backup(tree)
    for number in range(3):
        for name in ("d/f1", "d/f2"):
            (tree / name).write_bytes(b"%d" % number * 5000)
        running = world.start_backup(tree)
        assert json.loads(sonic(world, "check", "--read-data", "--json"))["status"] == "ok"
        assert world.finish(running).status == 0
