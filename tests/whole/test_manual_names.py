"""Keys and variables of the manual that no other test of the whole programs names."""

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.whole.trees import grow
from tests.whole.world import CLIENT, ROOT, World, end, free_port, wait_until

KEYS = """
[Tardis]
DBName = my.db
JournalFile = my.journal
DBBackups = 1
SkipFileName = .mine
LogFile = {place}/server.log
Verbose = 1
Umask = 077
SaveConfig = False
MaxChangePercent = 0
LogExceptions = True
AllowSchemaUpgrades = True
"""


def catalog_of(store: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(store / "my.db")) as db:
        return db.execute(query).fetchall()


def test_keys_of_the_server_reach_the_one_that_a_local_run_starts(bare: World) -> None:
    bare.way = "local"
    tree = grow(bare.place / "tree", 5)
    config = bare.place / "local.cfg"
    config.write_text(KEYS.format(place=bare.place))
    for size in (200_000, 200_010, 200_020):
        (tree / "growing").write_bytes(os.urandom(1) + b"x" * (size - 1))
        (tree / "also").write_bytes(os.urandom(10))
        bare.run("tardis", *bare.reach(), "--racy-window", "0", tree, env={
            "TARDIS_LOCAL_CONFIG": str(config)
        })  # fmt: skip
    store = bare.base / CLIENT
    assert {"my.db", "my.journal", ".mine", "my.db.keys"} <= {one.name for one in store.iterdir()}
    assert (store / "my.db").stat().st_mode & 0o777 == 0o600
    assert len(list(store.glob("my.db.*.gz"))) == 1
    assert catalog_of(store, "SELECT sum(delta_files) FROM backup_sets") == [(0,)]
    told = catalog_of(store, "SELECT DISTINCT client_config FROM backup_sets")
    assert told == [(b"",)]
    assert "completed" in (bare.place / "server.log").read_text()
    where = ["-D", bare.base, "-C", CLIENT]
    bare.run("regenerate", *where, "--dbname", "my.db", "-o", bare.place / "out", tree)
    named = {"TARDIS_DBNAME": "my.db", "TARDIS_RECENT_SET": "Newest"}
    bare.run("regenerate", *where, "-b", "Newest", "-o", bare.place / "out2", tree, env=named)
    assert (bare.place / "out2/tree/growing").stat().st_size == 200_020


def test_variables_find_the_server_and_leave_things_out(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    (tree / "mine.all").write_text("*.gone\n")
    (tree / "mine.here").write_text("here\n")
    for name in ("x.gone", "here"):
        (tree / name).touch()
    found = {
        "TARDIS_SERVER": "127.0.0.1",
        "TARDIS_PORT": str(world.port),
        "TARDIS_CLIENT": "variable",
        "TARDIS_SEND_CONFIG": "False",
        "TARDIS_EXCLUDES": "mine.all",
        "TARDIS_LOCAL_EXCLUDES": "mine.here",
    }
    world.run("tardis", "--create", tree, env=found)
    query = "SELECT client_config, entries FROM backup_sets"
    ((config, entries),) = world.rows(query, client="variable")
    assert config == b""
    names = {name for (name,) in world.rows("SELECT name FROM entries", client="variable")}
    assert {b"mine.all", b"mine.here"} <= names
    assert names.isdisjoint({b"x.gone", b"here"})
    assert entries == len(names)


def test_a_schema_of_ones_own_makes_new_catalogs(bare: World) -> None:
    bare.way = "local"
    tree = grow(bare.place / "tree", 3)
    schema = bare.place / "own.sql"
    text = (ROOT / "schema/tardis.sql").read_text()
    schema.write_text(text + "\nCREATE TABLE mine (id INTEGER PRIMARY KEY) STRICT;\n")
    bare.run("tardis", *bare.reach(), tree, env={"TARDIS_SCHEMA": str(schema)})
    assert bare.rows("SELECT count(*) FROM mine") == [(0,)]


def test_a_single_visit_is_profiled_and_the_server_ends(bare: World) -> None:
    bare.way = "unix"
    bare.base.mkdir()
    config, out = bare.place / "tardisd.cfg", bare.place / "out"
    config.write_text(
        f"[Tardis]\nSingle = True\nProfile = True\nLocal = {bare.socket}\n"
        f"BaseDir = {bare.base}\nAllowNewHosts = True\n"
    )
    with out.open("wb") as told:
        daemon = bare.start("tardisd", "--config", config, stdout=told)
    tree = grow(bare.place / "tree", 3)
    limit = ["--retry", "9", "--retry-wait", "1s"]
    bare.run("tardis", *bare.reach(), "--create", *limit, tree)
    assert bare.finish(daemon).status == 0
    assert "function calls" in out.read_text()


def test_tardisremote_logs_to_its_file(bare: World) -> None:
    bare.base.mkdir()
    config, log = bare.place / "remote.cfg", bare.place / "remote.log"
    config.write_text(
        f"[Tardis]\nDatabase = {bare.base}\nPort = {free_port()}\nLogFile = {log}\n"
        "Verbose = 1\nLogExceptions = True\n"
    )
    remote = bare.start("tardisremote", env={"TARDIS_REMOTE_CONFIG": str(config)})
    wait_until(lambda: log.exists() and log.read_text(), "a line in the log")
    assert end(remote, signal.SIGTERM) == 0
    assert str(bare.base) in log.read_text()


def test_options_for_debugging_do_what_they_say(world: World) -> None:
    tree, log = grow(world.place / "tree", 5), world.place / "inodes"
    large = tree / "large"
    large.write_bytes(os.urandom(200_000))
    for number in range(40):
        (tree / f"folder{number}/below").mkdir(parents=True)
    world.backup("--protocol", "json", "--loginodes", log, tree)
    files = sum(one.is_file() for one in tree.rglob("*"))
    assert len(log.read_text().splitlines()) == 1 + files
    world.backup("--clones", "0", tree)
    everything = world.last("received_bytes")
    world.backup("--clones", "7", tree)
    assert 0 < world.last("received_bytes") < everything / 2
    with large.open("r+b") as file:
        file.write(b"other")
    world.backup("--deltathreshold", "0", tree)
    assert (world.last("delta_files"), world.last("new_files")) == (0, 1)
    world.check(tree, tree)
