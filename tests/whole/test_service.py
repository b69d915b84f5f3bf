"""tardisd as a service: started as systemd and as init scripts do, told new things, stopped."""

import os
import pty
import pwd
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import pytest

from tests.facilities import public_python
from tests.whole.trees import grow
from tests.whole.world import CLIENT, PATIENCE, World, free_port, wait_until

UNAVAILABLE = 24


@contextmanager
def manager(place: Path) -> Iterator[socket.socket]:
    """Listen as a service manager does, at ``notify``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(place / "notify"))
        line.settimeout(PATIENCE)
        yield line


def hear(line: socket.socket, wanted: str) -> str:
    """Hear what the service says until it says *wanted*; return that."""
    while True:
        found = line.recv(4096).decode()
        if found.startswith(wanted):
            return found


def configure(world: World, *lines: str) -> Path:
    """Write a configuration file with *lines*, and what every world's daemon needs."""
    world.port = world.port or free_port()
    config = world.place / "tardisd.cfg"
    usual = (
        "[Tardis]",
        f"BaseDir = {world.base}",
        "Bind = 127.0.0.1",
        f"Port = {world.port}",
        "AllowNewHosts = True",
        f"LogFile = {world.log}",
        "Verbose = 1",
    )
    keys = {line.partition("=")[0] for line in lines}
    kept = [line for line in usual if line.partition("=")[0] not in keys]
    config.write_text("\n".join((*kept, *lines, "")))
    return config


def test_it_lives_as_systemd_wants(bare: World) -> None:
    bare.base.mkdir()
    config = configure(bare)
    with manager(bare.place) as line:
        environ = {"NOTIFY_SOCKET": str(bare.place / "notify"), "WATCHDOG_USEC": "40000"}
        service = bare.start("tardisd", "--config", config, env=environ)
        ready = hear(line, "READY=1")
        assert f"MAINPID={service.pid}" in ready and f"STATUS=serving {bare.base}" in ready
        bare.dial().close()  # it is ready indeed
        for _ in range(3):
            hear(line, "WATCHDOG=1")
        service.send_signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in hear(line, "RELOADING=1")
        hear(line, "READY=1")
        service.send_signal(signal.SIGTERM)
        hear(line, "STOPPING=1")
        done = bare.finish(service)
    assert (done.status, done.err) == (0, "")
    log = bare.log.read_text()
    assert "the configuration was read again" in log and log.endswith("tardisd stopped\n")


def slow_run(world: World, tree: Path) -> None:
    """Begin a backup that takes long, stop the daemon in its middle, and look at both ends."""
    run = world.start_backup("--bandwidth", "400K", tree)
    store = world.base / CLIENT
    wait_until(
        lambda: (
            (store / "tardis.db").exists() and world.rows("SELECT count(*) FROM contents") != [(0,)]
        ),
        "the first group is sealed",
    )
    assert world.stop_daemon(signal.SIGTERM) == 0
    done = world.finish(run)
    assert done.status == UNAVAILABLE, str(done)
    assert "the server is stopping" in done.err and "Run again" in done.err
    assert len(done.err.splitlines()) == 3


@pytest.mark.guard(120)
def test_a_stop_in_the_middle_of_a_visit_keeps_what_was_sealed(world: World) -> None:
    tree = world.place / "tree"
    tree.mkdir()
    for number in range(60):
        (tree / f"noise{number:02}").write_bytes(os.urandom(60_000))
    slow_run(world, tree)
    assert world.rows("SELECT is_complete FROM backup_sets") == [(0,)]
    [(kept,)] = world.rows("SELECT count(*) FROM contents")
    assert 0 < kept < 60
    world.start_daemon("-v")
    done = world.backup("--stats", tree)  # the port is there though what was cut off holds it
    assert world.complete() == [1]
    world.check(tree, tree)
    found = re.search(r"(\d+) in full", done.out + done.err)
    assert found and int(found[1]) <= 60 - kept, str(done)


def test_new_settings_are_taken_and_bad_ones_are_not(bare: World) -> None:
    bare.base.mkdir()
    config = configure(bare, "AllowNewHosts = False")
    with bare.log.open("ab") as log:
        bare.daemon = bare.start("tardisd", "--config", config.name, stdout=log, stderr=log)
    assert bare._answers()
    tree = grow(bare.place / "tree", 5)
    assert "takes no new clients" in bare.backup(tree, status=16).err

    def told(lines: tuple[str, ...], words: str) -> None:
        configure(bare, *lines)
        assert bare.daemon is not None
        bare.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: bare.log.exists() and words in bare.log.read_text(), words)

    told(("AllowNewHosts = True", "Priorities = 1"), "the old configuration stays: Formats has 3")
    told(("AllowNewHost = True",), "there is no option AllowNewHost")
    assert "takes no new clients" in bare.backup(tree, status=16).err
    rotated = bare.log.rename(bare.place / "rotated")
    old_port = bare.port
    bare.port = free_port()
    told(("AllowNewHosts = True",), "Port changes when tardisd is started anew")
    bare.port = old_port
    assert "was read again" in bare.log.read_text() and "was read again" not in rotated.read_text()
    bare.backup(tree)
    bare.check(tree, tree)


def running(pid: int) -> bool:
    """Tell whether a process lives; one that nobody has waited for does not."""
    with suppress(OSError):
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    return False


@pytest.fixture
def open_to_all() -> Iterator[World]:
    """Give a world in a directory that other users may enter, which pytest's own forbid."""
    before = os.umask(0o022)
    with TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        world = World(Path(place))
        try:
            yield world
        finally:
            world.close()
            os.umask(before)


def for_everybody(world: World) -> Path:
    """Return a tardisd that every user may run, also where our own Python is private."""
    python, code = public_python()
    program = world.place / "tardisd"
    program.write_text(f"#!{python}\n{code}\nfrom tardis.cli.launch import tardisd\ntardisd()\n")
    program.chmod(0o755)
    return program


@pytest.mark.root
@pytest.mark.guard(120)
def test_in_the_background_it_is_another_user_and_stands_when_its_starter_returns(
    open_to_all: World,
) -> None:
    bare = open_to_all
    bare.is_forking = False  # it must not be what our Python has loaded
    user = pwd.getpwnam("nobody")
    bare.base.mkdir()
    os.chown(bare.base, user.pw_uid, user.pw_gid)
    pid_file = bare.place / "pid"
    who = ("User = nobody", f"Group = {user.pw_gid}")
    config = configure(bare, "Daemon = True", *who, f"PidFile = {pid_file}")
    tardisd = for_everybody(bare)
    done = bare.run(str(tardisd), "--config", config.name)
    assert (done.out, done.err) == ("", "")
    pid = int(pid_file.read_text())
    try:
        bare.dial().close()
        state = Path(f"/proc/{pid}/status").read_text()
        uids = re.search(r"^Uid:\s+(.*)$", state, re.M)
        assert uids and set(uids[1].split()) == {str(user.pw_uid)}
        again = bare.run(str(tardisd), "--config", config.name, status=4)
        assert f"runs already: process {pid}" in again.err
        other = ["--pidfile", bare.place / "other"]
        again = bare.run(str(tardisd), "--config", config.name, *other, status=4)
        assert "Address already in use" in again.err and not (bare.place / "other").exists()
        tree = grow(bare.place / "tree", 20)
        bare.backup(tree)
        bare.check(tree, tree)
        assert (bare.base / CLIENT / "tardis.db").stat().st_uid == user.pw_uid
        state = Path(f"/proc/{pid}/status").read_text()
        assert re.search(r"^CapEff:\s+0+$", state, re.M)
        os.kill(pid, signal.SIGHUP)
        try:
            wait_until(lambda: "read again" in bare.log.read_text(), "it reads again", 15)
        except AssertionError as error:
            raise AssertionError(
                bare.log.read_text() + Path(f"/proc/{pid}/status").read_text()
            ) from error
        assert "not reloaded" not in bare.log.read_text(), bare.log.read_text()
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not running(pid), "the daemon ends")
    assert "tardisd stopped" in bare.log.read_text()
    assert not pid_file.exists() or pid_file.read_text() == ""
    pid_file.write_text("1\n")  # as a killed one would leave it
    bare.run(str(tardisd), "--config", config.name)
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not running(pid), "the daemon ends")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("User = no such one", "there is no user"),
        ("CertFile = none", "TLS needs a certificate"),
        ("PidFile = /no/such/pid", "cannot make the pid file"),
        ("BaseDir = /etc/passwd", "cannot write to /etc/passwd"),
    ],
)
def test_what_cannot_stand_in_the_background_says_why(bare: World, line: str, words: str) -> None:
    lines = [f"PidFile = {bare.place / 'pid'}"] if not line.startswith("PidFile") else []
    tls = ["SSL = True"] if line.startswith("CertFile") else []
    config = configure(bare, "Daemon = True", *lines, line, *tls)
    done = bare.run("tardisd", "--config", config, status=4)
    assert words in done.err and len(done.err.splitlines()) <= 2
    assert not (bare.place / "pid").exists()
    assert bare.processes() == []


def test_a_local_run_is_served_in_the_foreground_whatever_is_configured(bare: World) -> None:
    bare.way = "local"
    config = configure(bare, "Daemon = True", "PidFile = /no/such/pid")
    tree = grow(bare.place / "tree", 5)
    command = f"tardisd --config {config}"
    bare.backup("--local-server-cmd", command, tree)
    bare.check(tree, tree)


def test_no_more_backups_run_than_wanted_and_the_others_wait(bare: World) -> None:
    bare.start_daemon("--max-backups", "1", "-v")
    trees = {name: bare.place / name for name in ("one", "two")}
    for tree in trees.values():
        tree.mkdir()
        (tree / "noise").write_bytes(os.urandom(300_000))
    runs = {"one": bare.start_backup("--bandwidth", "100K", trees["one"], client="one")}
    wait_until(lambda: "one: began" in bare.log.read_text(), "it has begun")
    runs["one"].send_signal(signal.SIGSTOP)  # in its middle, for as long as we want
    runs["two"] = bare.start_backup(trees["two"], client="two")
    wait_until(lambda: "two: waits for its turn: 1 " in bare.log.read_text(), "it came")
    runs["one"].send_signal(signal.SIGCONT)
    for name, run in runs.items():
        done = bare.finish(run)
        assert (done.status, done.err) == (0, "")
        bare.check(trees[name], trees[name], client=name)
    text = bare.log.read_text()
    assert text.index("one: completed") < text.index("two: began")


def test_a_log_that_cannot_be_written_costs_no_backup(bare: World) -> None:
    bare.start_daemon("--logfile", "/dev/full", "-v")
    tree = grow(bare.place / "tree", 5)
    bare.backup(tree)
    bare.check(tree, tree)
    assert bare.stop_daemon() == 0


def test_tardisremote_lives_in_the_background_too(bare: World) -> None:
    bare.base.mkdir()
    pid_file, port = bare.place / "pid", free_port()
    words = ["--database", bare.base, "--bind", "127.0.0.1", "--port", port, "--logfile", "log"]
    words += ["--daemon", "--pidfile", "pid", "-v"]
    done = bare.run("tardisremote", *words)
    assert (done.out, done.err) == ("", "")
    pid = int(pid_file.read_text())
    try:
        with urlopen(f"http://127.0.0.1:{port}/api/v1/session", timeout=PATIENCE) as answer:
            assert answer.status == 200
        again = bare.run("tardisremote", *words, status=4)
        assert f"runs already: process {pid}" in again.err
        log = bare.place / "log"
        log.rename(bare.place / "rotated")
        os.kill(pid, signal.SIGHUP)
        wait_until(lambda: log.exists() and "read again" in log.read_text(), "it has a new log")
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not running(pid), "it ends")
    assert "tardisremote stopped" in log.read_text() and not pid_file.exists()


def test_it_ends_with_the_terminal_that_it_was_started_on(bare: World) -> None:
    bare.base.mkdir()
    config = configure(bare)
    pid, terminal = pty.fork()
    if pid == 0:
        words = [str(bare.bin / "tardisd"), "--config", str(config)]
        os.execve(words[0], words, bare.environment())
    with open(terminal, "rb", buffering=0):
        wait_until(lambda: bare.log.exists() and "serves" in bare.log.read_text(), "it serves")
        os.kill(pid, signal.SIGHUP)  # the terminal is there: that is no reason to end
        wait_until(lambda: "read again" in bare.log.read_text(), "it reads again")
    assert os.waitpid(pid, 0) == (pid, 0)
    assert bare.log.read_text().endswith("tardisd stopped\n")
