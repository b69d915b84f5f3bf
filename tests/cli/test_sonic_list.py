"""sonic list, and what a run of sonic loads."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tardis.cli import sonic
from tardis.cli.main import run
from tardis.cli.sonic import command, verb_of
from tardis.config import table

LISTED = 300


def test_every_verb_is_done_by_something() -> None:
    assert set(sonic._VERBS) == set(table.ABOUT["sonic"].subcommands)
    assert all(callable(verb_of(verb)) for verb in sonic._VERBS)


def many(base: Path) -> list[str]:
    """Make a store with many empty sets; return the words that name it."""
    where = ["-D", str(base), "-C", "me"]
    assert run(command, ["create", *where]) == 0
    with closing(sqlite3.connect(base / "me" / "tardis.db")) as db, db:
        db.execute("INSERT INTO lineages VALUES (1, x'00', '')")
        query = """INSERT INTO backup_sets (name, lineage, priority, is_complete, started_ns,
            ended_ns, client_time_ns, session, client_version, server_version, client_address,
            command_line, client_config) VALUES (?, 1, 1, 1, ?, ?, 0, '', '', '', '', x'', x'')"""
        db.executemany(query, [(f"Daily {at}", at * 10**9, at * 10**9 + 5) for at in range(LISTED)])
    return where


def test_all_sets_are_listed_by_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = many(tmp_path)
    assert run(command, ["list", *where]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.startswith("Name") and len(lines) == LISTED
    assert [line.split()[1] for line in lines] == [str(at) for at in range(LISTED)]
    assert lines[-1].endswith("Current") and "Current" not in lines[-2]
    assert run(command, ["list", "--json", *where]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["number"] for one in told] == list(range(1, LISTED + 1))
    assert told[0]["is_complete"] is True and told[0]["is_locked"] is False


def test_one_question_is_asked_of_the_catalog_for_all_sets(tmp_path: Path) -> None:
    """What a list costs must not grow with the sets but for the rows themselves."""
    where = many(tmp_path)
    code = (
        "import sqlite3, sys\n"
        "whole, asked = sqlite3.connect, []\n"
        "def connect(*args, **more):\n"
        "    db = whole(*args, **more)\n"
        "    db.set_trace_callback(asked.append)\n"
        "    return db\n"
        "sqlite3.connect = connect\n"
        "from tardis.cli.sonic import command\n"
        "command(sys.argv[1:])\n"
        "print(sum('FROM backup_sets' in one and 'command_line' in one for one in asked),\n"
        "      sum('backup_sets' in one for one in asked) < 9, file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, "list", *where]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    assert done.stderr == "1 True\n"


def test_listing_loads_nothing_that_writes(tmp_path: Path) -> None:
    where = many(tmp_path)
    code = "import sys\nfrom tardis.cli.sonic import command\ncommand(sys.argv[1:])\n"
    code += "print(*[one for one in sys.modules if one.startswith('tardis.')], file=sys.stderr)"
    words = [sys.executable, "-c", code, "list", *where]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    loaded = set(done.stderr.split())
    assert "tardis.store.directory" in loaded
    heavy = {"tardis.admin", "tardis.store.writer", "tardis.store.pruning", "tardis.history",
             "tardis.protocol.messages",
             "tardis.cli.sonic_sets", "tardis.cli.sonic_keys"}  # fmt: skip
    assert not loaded & heavy
