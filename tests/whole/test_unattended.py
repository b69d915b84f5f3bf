"""Runs that nobody watches, by the installed programs: cron, jobs, hooks, intervals, retries."""

import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.mailbox import mail_server, web_server
from tests.whole.trees import grow
from tests.whole.world import CLIENT, World, end, free_port, wait_until


@pytest.fixture
def local(bare: World) -> World:
    bare.way = "local"
    return bare


def jobs(world: World, **sections: str) -> Path:
    """Write a file of jobs, all to the world's own stores."""
    path = world.place / "jobs.cfg"
    common = f"[DEFAULT]\nLocal = True\nDatabase = {world.base}\nClient = {CLIENT}\n"
    path.write_text(common + "".join(f"[{name}]\n{text}\n" for name, text in sections.items()))
    return path


def test_cron_hears_nothing_of_success_and_one_text_of_failure(local: World) -> None:
    tree = grow(local.place / "tree", 5)
    done = local.backup(tree)
    assert (done.out, done.err) == ("", "")
    done = local.backup("--scheme", "classic", tree, status=10)
    assert [line.split(":")[1] for line in done.err.splitlines()[1:]] == [" error", " hint"]
    local.way, local.port = "tcp", free_port()
    done = local.backup(tree, status=23)
    assert done.out == ""
    first, *rest = done.err.splitlines()
    assert first == (f"tardis: backup of {CLIENT} to 127.0.0.1:{local.port}: failed with status 23")
    assert [line.split(":")[1] for line in rest] in ([" error"], [" error", " hint"])


def test_jobs_of_one_file_with_hooks_and_a_report(local: World) -> None:
    one, two = grow(local.place / "one", 5), grow(local.place / "two", 7)
    seen = local.place / "seen"
    hook = f'echo "$TARDIS_RUN_JOB $TARDIS_RUN_OUTCOME $TARDIS_RUN_SET" >> {seen}'
    config = jobs(
        local,
        one=f"Directories = {one}\nPostCommand = {hook}",
        two=f"Directories = {two} {local.place}/gone\nPostCommand = {hook}",
        three=f"Directories = {one}\nPreCommand = exit 5\nPostCommand = {hook}",
    )
    done = local.run("tardis", "--config", config, "--all-jobs", "--json", status=6)
    told = json.loads(done.out)
    assert [one["status"] for one in told["jobs"]] == [0, 3, 6]
    first, second, third = told["jobs"]
    names = [one["name"] for one in local.sets()]
    assert [first["set"], second["set"]] == names
    assert third["number"] == 0
    assert seen.read_text().splitlines() == [
        f"one complete {names[0]}", f"two problems {names[1]}", "three failed ",
    ]  # fmt: skip
    assert "job three: error: PreCommand ended with status 5" in done.err
    local.check(one, one, number=names[0])


def test_a_young_set_is_enough_also_of_an_encrypted_backup(local: World) -> None:
    tree = grow(local.place / "tree", 5)
    secret = local.place / "secret"
    secret.write_text("a password that nobody guesses")
    words = ["--password-file", str(secret), tree]
    low = {"TARDIS_KDF": "low"}
    local.run("tardis", *local.reach(), "--min-interval", "1h", *words, env=low)
    done = local.run("tardis", *local.reach(), "--min-interval", "1h", "-v", *words)
    assert "nothing is done: " in done.err
    assert len(local.complete()) == 1
    local.run("tardis", *local.reach(), "--min-interval", "0s", *words)
    assert len(local.complete()) == 2
    # another choice of directories is another lineage, which has no set at all
    other = grow(local.place / "other", 3)
    local.run("tardis", *local.reach(), "--min-interval", "1h", *words[:2], other)
    assert len(local.complete()) == 3


@pytest.mark.root
def test_a_laptop_on_its_battery_waits_for_the_mains(local: World) -> None:
    tree = grow(local.place / "tree", 5)
    battery = local.place / "class/power_supply/BAT0"
    battery.mkdir(parents=True)
    (battery / "type").write_text("Battery\n")
    (battery / "status").write_text("Discharging\n")
    script = f'mount --bind {local.place}/class /sys/class && exec "$@"'
    before = ["unshare", "--mount", "sh", "-c", script, "sh"]
    words = [*local.reach(), "--on-ac-only", "-v", tree]
    done = local.run("tardis", *words, before=before)
    assert "nothing is done: this machine runs on its battery" in done.err
    assert not local.base.exists()
    (battery / "status").write_text("Charging\n")
    local.run("tardis", *words, before=before)
    assert local.complete() == [1]


def test_a_server_that_comes_back_is_waited_for(bare: World) -> None:
    tree = grow(bare.place / "tree", 5)
    bare.port = free_port()
    log = bare.place / "client.log"
    more = ["-v", "--log", log, "--retry", "9", "--retry-wait", "1s", "--json"]
    run = bare.start("tardis", *bare.reach(), "--create", *more, tree)
    wait_until(lambda: log.exists() and "trying again in 1 seconds" in log.read_text(), "a retry")
    bare.start_daemon()
    done = bare.finish(run)
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["jobs"][0]["attempts"] >= 2
    assert bare.complete() == [1]


def test_a_run_that_is_stopped_while_it_waits_ends_at_once(bare: World) -> None:
    bare.port = free_port()
    seen = bare.place / "seen"
    hook = f"echo $TARDIS_RUN_STATUS > {seen}"
    more = ["-v", "--retry", "9", "--retry-wait", "1h", "--post-command", hook, "--log", "log"]
    run = bare.start("tardis", *bare.reach(), *more, grow(bare.place / "tree", 2))
    log = bare.place / "log"
    wait_until(lambda: log.exists() and "trying again" in log.read_text(), "a retry")
    assert end(run, signal.SIGTERM) == 143
    assert seen.read_text() == "143\n"


def test_the_servers_own_command_follows_each_set(bare: World) -> None:
    tree = grow(bare.place / "tree", 5)
    seen, config = bare.place / "seen", bare.place / "tardisd.cfg"
    lines = 'echo "$TARDIS_RUN_CLIENT $TARDIS_RUN_NUMBER $TARDIS_RUN_OUTCOME"'
    config.write_text(f"[Tardis]\nAfterSetCommand = {lines} >> {seen}; exit 7\n")
    bare.start_daemon("--config", config)
    bare.backup(tree)
    bare.backup(tree)
    wait_until(lambda: seen.exists() and len(seen.read_text().splitlines()) > 1, "two sets")
    assert seen.read_text() == f"{CLIENT} 1 complete\n{CLIENT} 2 complete\n"
    log = bare.log
    wait_until(lambda: log.read_text().count("AfterSetCommand ended with status 7") > 1, "the log")
    assert bare.daemon is not None
    assert os.path.exists(f"/proc/{bare.daemon.pid}")


def test_trouble_is_mailed_once_and_so_is_its_end(bare: World) -> None:
    tree = grow(bare.place / "tree", 5)
    bare.port = free_port()
    with mail_server() as box:
        mail = ["--notify-mail", "me@x.org", "--notify-smtp", f"smtp://127.0.0.1:{box.port}"]
        for _ in range(2):
            bare.backup(*mail, tree, status=23)
        bare.start_daemon()
        for _ in range(2):
            bare.backup(*mail, tree)
        assert box.subjects() == [
            f"[tardis] {CLIENT}: the backup failed", f"[tardis] {CLIENT}: the backup works again",
        ]  # fmt: skip
        assert "cannot reach" in box.mails()[0].get_content()


def test_the_server_tells_of_a_stale_client_and_of_a_full_disk(bare: World) -> None:
    bare.start_daemon()
    bare.backup(grow(bare.place / "tree", 3), client="old")
    bare.stop_daemon()
    with closing(sqlite3.connect(bare.base / "old/tardis.db")) as catalog, catalog:
        catalog.execute("UPDATE backup_sets SET ended_ns = started_ns - 86400000000000 * 9")
    with web_server() as box:
        config = bare.place / "tardisd.cfg"
        hook = f"NotifyWebhook = http://127.0.0.1:{box.port}/"
        limits = "StaleAfter = 1w\nAlarmFreeSpace = 900000T"
        config.write_text(f"[Tardis]\n{hook}\n{limits}\n")
        bare.start_daemon("--config", config)
        wait_until(lambda: len(box.posts) > 1, "two notices")
        told = {one["event"]: one for one in (json.loads(body) for _, _, body in box.posts)}
        assert set(told) == {"stale", "space"}
        assert told["stale"]["client"] == "old"
        assert "9d old" in told["stale"]["text"]
        assert str(bare.base) in told["space"]["text"]
        bare.backup(bare.place / "tree", client="old")
        wait_until(lambda: len(box.posts) > 2, "that it is over")
        last = json.loads(box.posts[2][2])
        assert (last["event"], last["over"], last["client"]) == ("stale", True, "old")
        bare.stop_daemon()
