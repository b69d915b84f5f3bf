"""What fail2ban and logwatch make of the lines that the daemon really writes."""

import configparser
import re
import subprocess

import pytest

from tests.whole.trees import grow
from tests.whole.world import ROOT, World

FAIL2BAN = ROOT / "etc" / "fail2ban"
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d+)?")
HOST = (
    r"(?:\[?(?:(?:::f{4,6}:)?(?P<ip4>(?:\d{1,3}\.){3}\d{1,3})|(?P<ip6>(?:[0-9a-fA-F]{0,4}::?|::)"
    r"{1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):)))\]?|(?P<dns>[\w\-.^_]*\w))"
)
"""What fail2ban puts in the place of <HOST>."""


def failures(lines: list[str]) -> list[str]:
    """Return the addresses that the filter finds in *lines*, as fail2ban goes about it."""
    parser = configparser.RawConfigParser()
    parser.read(FAIL2BAN / "filter.d" / "tardisd.conf")
    patterns = [
        re.compile(line.replace("<HOST>", HOST))
        for line in parser["Definition"]["failregex"].splitlines()
    ]
    assert len(patterns) == 2
    found = []
    for line in lines:
        rest = STAMP.sub("", line)  # the time is cut out before anything is compared
        matches = [match for match in (one.search(rest) for one in patterns) if match]
        found += [match["ip4"] or match["ip6"] or match["dns"] for match in matches]
    return found


@pytest.mark.guard(120)
def test_a_wrong_password_is_seen_by_fail2ban_and_told_by_logwatch(bare: World) -> None:
    bare.start_daemon("--verbose")
    tree = grow(bare.place / "tree", 3)
    bare.backup(tree)
    for client in ("stranger", "x from 192.0.2.66"):
        where = ["--server", "127.0.0.1", "--port", bare.port, "--client", client]
        bare.run("tardis", *where, "--password", "wrong", tree, status=12)
    bare.run("tardis", *bare.reach("no such"), tree, status=None)
    bare.stop_daemon()
    lines = bare.log.read_text().splitlines()
    assert failures(lines) == ["127.0.0.1", "127.0.0.1"]
    report = summary(lines)
    assert "machine: 1 completed" in report
    assert "   x from 192.0.2.66 from 127.0.0.1: 1 times\n" in report
    assert "   stranger from 127.0.0.1: 1 times\n" in report
    assert "Started 1 times, stopped 1 times." in report


@pytest.mark.parametrize(
    ("line", "addresses"),
    [
        ("2026-11-22 08:57:26,034 WARNING : [7]: login failed for client a from [2001:db8::1]",
         ["2001:db8::1"]),
        ("host tardisd[77]: WARNING : login failed for client a from 192.0.2.9", ["192.0.2.9"]),
        ("host tardisd[77]: 2026-11-22 08:57:26,034 WARNING : [77]: login failed for client a "
         "from 192.0.2.9", ["192.0.2.9"]),
        ("2026-11-22 08:57:26,034 WARNING : [7]: login failed for client a from 192.0.2.66: "
         "denied: it has no right to purge (from 192.0.2.1:33)", []),
        ("2026-11-22 08:57:26,034 INFO : [7]: login failed for client a: began set 1, session s "
         "from 192.0.2.66", []),
        ("2026-11-22 08:57:26,034 WARNING : [7]: x: login failed for client a from 192.0.2.66", []),
    ],
)  # fmt: skip
def test_nobody_is_banned_for_what_another_one_calls_itself(
    line: str, addresses: list[str]
) -> None:
    assert failures([line]) == addresses


def summary(lines: list[str], detail: int = 5) -> str:
    """Return what the script of logwatch makes of *lines*."""
    done = subprocess.run(
        ["perl", str(ROOT / "logwatch" / "scripts" / "services" / "tardisd")],
        input="".join(f"{line}\n" for line in lines),
        env={"LOGWATCH_DETAIL_LEVEL": str(detail), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_day_is_summed_up() -> None:
    head = "2026-11-22 08:57:26,034 INFO : [7]: "
    bad = head.replace("INFO", "WARNING")
    report = summary(
        [
            f"{head}laptop: began set 12, session 5f",
            f"{head}laptop: completed Daily-2026-11-22: 81234 entries, 50 new contents, "
            "1048576 bytes stored",
            f"{head}laptop: removed 2 old sets, 4096 bytes freed",
            f"{head}laptop: began set 13, session 60",
            f"{bad}192.0.2.1:5000: LineLostError: 192.0.2.1:5000 closed the line",
            f"{bad}192.0.2.1:5001: LineLostError: 192.0.2.1:5001 closed the line",
            "a line of another program",
        ]
    )
    assert report == (
        "Backup sets:\n"
        "   laptop: 1 completed, 1 not completed, 50 new contents, 1048576 bytes\n"
        "\nOld sets removed:\n"
        "   laptop: 2, 4096 bytes freed\n"
        "\nTrouble:\n"
        "   192.0.2.1: LineLostError: 192.0.2.1 closed the line (2 times)\n"
    )
    assert summary([]) == ""


def test_rotation_and_watch_speak_of_the_same_files() -> None:
    rotated = (ROOT / "logrotate" / "tardis").read_text()
    watched = (ROOT / "logwatch" / "conf" / "logfiles" / "tardisd.conf").read_text()
    for name in re.findall(r"^LogFile = (.*)$", watched, re.M):
        assert f"/var/log/{name}".replace("tardis/tardisd.log", "tardis/*.log") in rotated
    jail = (FAIL2BAN / "jail.d" / "tardisd.conf").read_text()
    assert "logpath = /var/log/tardis/tardisd.log" in jail and "enabled = false" in jail
