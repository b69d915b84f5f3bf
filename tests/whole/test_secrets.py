"""Passwords, codes and keys: in no list of processes, no child, no log, no file of the store."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.render.codes import read_text
from tests.whole.trees import grow
from tests.whole.world import CLIENT, Done, World, wait_until

ONE, TWO = "plinth-otter-vacuum-gable", "xK9-wq-7Zr-2pL"
WRONG = 12

HOOK = """
import os, sys
place = sys.argv[1]
for name in ("cmdline", "environ"):
    for process in ("self", str(os.getppid())):
        with open(f"/proc/{process}/{name}", "rb") as file, open(place, "ab") as kept:
            kept.write(file.read() + b"\\n")
"""
"""What a program that we start can see of itself and of who has started it."""


def mentions(data: bytes, secrets: tuple[str, ...]) -> list[str]:
    return [one for one in secrets if one.encode() in data]


@dataclass
class Watch:
    """Looks at a program and all that it starts for as long as it runs.

    Attributes:
        masked: The program itself has taken the secrets off its arguments.
        children: Commands of other processes that were seen.
        cores: Limits of core files that were seen behind that.
    """

    secrets: tuple[str, ...]
    masked: bool = False
    children: set[bytes] = field(default_factory=set)
    cores: set[str] = field(default_factory=set)

    def look(self, process: subprocess.Popen[bytes]) -> bool:
        """Look once; tell whether the program has ended."""
        for pid in self._group(process.pid):
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
                environ = Path(f"/proc/{pid}/environ").read_bytes()
                found = mentions(words, self.secrets)
                if pid == process.pid and not self.masked:
                    self.masked = not found and b"****" in words
                else:
                    assert not found, f"{words!r} shows {found}"
                    self.children |= {words} if pid != process.pid else set()
                assert not mentions(environ, self.secrets)
                if pid == process.pid:
                    limits = Path(f"/proc/{pid}/limits").read_text()
                    self.cores |= set(re.findall(r"Max core file size +(\S+)", limits))
        return process.poll() is not None

    @staticmethod
    def _group(leader: int) -> Iterator[int]:
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.getpgid(int(path.name)) == leader:
                    yield int(path.name)


def watched(world: World, program: str, *words: object, secrets: tuple[str, ...]) -> Done:
    """Run a program while it is looked at from outside; it must hide what it was given."""
    watch = Watch(secrets)
    with (world.place / "said").open("wb") as said:
        process = world.start(program, *words, stdout=said, stderr=said)
        wait_until(lambda: watch.look(process), f"{program} ends")
    text = (world.place / "said").read_text()
    assert process.returncode == 0, text
    assert watch.masked, f"{program} shows its arguments to all"
    assert any(b"kdf_child" in one for one in watch.children), "the KDF was not seen"
    assert "0" in watch.cores, f"{program} would leave a core"
    assert not mentions(text.encode(), secrets)
    return Done((program,), 0, text, "")


@pytest.mark.guard(240)
def test_no_secret_is_shown_logged_kept_or_handed_on(bare: World) -> None:
    world = bare
    world.way = "local"
    world.is_forking = False  # then the arguments of a program are its own
    tree = grow(world.place / "tree", 5)
    seen, logs = world.place / "seen", world.place / "logs"
    logs.mkdir()
    hook = world.place / "hook.py"
    hook.write_text(HOOK)
    keys, sheet = world.place / "box-of-mine.keys", world.place / "sheet.txt"
    server = world.place / "server"
    server.write_text(
        f"#!/bin/sh\n{shlex.quote(sys.executable)} {hook} {seen}\n"
        f'exec {world.bin / "tardisd"} -v -v -v --exceptions "$@" 2>> {logs / "daemon"}\n'
    )
    server.chmod(0o755)
    secrets = (ONE, TWO, str(keys))
    where = ["--database", world.base, "--client", CLIENT]
    noisy = ["-v", "-v", "--exceptions", "--log", logs / "tools"]
    low = ["--kdf", "low"]
    usual = [*world.backup_words(), "--local-server-cmd", server, *noisy, "--keys", keys]
    watched(world, "tardis", *usual, *low, f"--password={ONE}", tree, secrets=secrets)

    change = ["chpass", *where, "--password", ONE, "--newpassword", TWO, "--keys", keys, *low]
    watched(world, "sonic", *noisy, *change, secrets=secrets)
    given = ["--password", TWO, "--keys", keys]
    out = ["--output", world.place / "out"]
    watched(world, "regenerate", *noisy, *where, *given, *out, tree, secrets=secrets)
    world.run("sonic", "keys", *where, *given, "--sheet", sheet, *low)
    code, _ = read_text(sheet.read_text())
    sheet.unlink()

    teller = f"{shlex.quote(sys.executable)} -c 'print(open(\"{world.place / 'pw'}\").read())'"
    (world.place / "pw").write_text(TWO)
    ask = f"sh -c {shlex.quote(f'{sys.executable} {hook} {seen}; {teller}')}"
    world.run("lstardis", *noisy, *where, "--password-prog", ask, "--keys", keys, tree)
    (world.place / "pw").unlink()
    wrong = [*noisy, *where, "--password", TWO + "x", "--keys", keys, tree]
    for program in ("regenerate", "lstardis", "tardiff"):
        done = world.finish(world.start(program, *wrong))
        assert done.status == WRONG and "Traceback" in done.err
        assert TWO not in done.err
    told = json.dumps(world.sets())
    told += world.run("sonic", "list", "--long", *where, *given).out

    assert seen.read_bytes().count(b"\n") >= 4
    wrapped = re.findall(r"wrapped = (\w+)", keys.read_text())
    everything = (*secrets, code, *wrapped)
    keys.unlink()
    assert mentions(told.encode(), everything) == []
    for one in [path for path in world.place.rglob("*") if path.is_file()]:
        assert mentions(one.read_bytes(), everything) == [], one
