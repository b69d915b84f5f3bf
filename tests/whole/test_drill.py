"""sonic drill restores a few files each time, and notices what does not come back."""

import json

from tests.whole.trees import files_of, grow
from tests.whole.world import CLIENT, World


def test_a_drill_tries_files_and_finds_damage(bare: World) -> None:
    bare.way = "local"
    tree = grow(bare.place / "tree", 40)
    with (tree / "holes").open("wb") as file:
        file.truncate(5 << 20)
        file.write(b"an island")
    bare.backup(tree)
    files_of(tree)[0].write_bytes(b"changed since")
    where = ("--database", bare.base, "--client", CLIENT)
    done = bare.run("sonic", "drill", *where, "--files", "7")
    assert "7 files restored" in done.out and "0 of them not" in done.out
    assert done.out.count("\n") == 1
    told = json.loads(bare.run("sonic", "drill", *where, "--files", "999", "--json").out)
    states = {one["live"] for one in told["files"]}
    assert states >= {"same", "changed"} and "differs" not in states
    assert any(one["path"].endswith("/holes") for one in told["files"])
    (pack, place), *_ = bare.rows("SELECT pack, place FROM contents WHERE size > 500 AND pack > 0")
    path = bare.base / CLIENT / "packs" / f"{pack}.pack"
    data = bytearray(path.read_bytes())
    data[place + 120] ^= 1
    path.write_bytes(data)
    done = bare.run("sonic", "drill", *where, "--files", "999", "--nolive", status=30)
    assert done.out.count("\n") == 2 and "1 of them not" in done.out
