"""A daemon becomes the user it was told, with all that belongs to it, and for good."""

import grp
import os
import pwd
import subprocess
from pathlib import Path

import pytest

from tardis.cli.privileges import Identity, identity_of
from tardis.model import ConfigError
from tests.facilities import public_python

NOBODY = pwd.getpwnam("nobody")


def test_names_and_numbers_mean_the_same() -> None:
    by_name = identity_of("nobody", "")
    assert by_name == Identity(NOBODY.pw_uid, NOBODY.pw_gid, "nobody")
    assert identity_of(str(NOBODY.pw_uid), "") == by_name


def test_a_group_takes_the_place_of_the_users_own() -> None:
    group = grp.getgrgid(0)
    assert identity_of("nobody", group.gr_name) == Identity(NOBODY.pw_uid, 0, "nobody")
    assert identity_of("", "0") == Identity(os.geteuid(), 0)


def test_nobody_named_is_ourselves() -> None:
    ours = identity_of("", "")
    assert ours == Identity(os.geteuid(), os.getegid())
    assert ours.is_ours
    ours.become()


@pytest.mark.parametrize(
    ("user", "group", "words"),
    [
        ("no such one", "", "no user no such one"),
        ("4294967294", "", "no user 4294967294"),
        ("9" * 30, "", "no user 999"),
        ("", "no such one", "no group no such one"),
    ],
)
def test_whom_this_machine_does_not_know_is_refused(user: str, group: str, words: str) -> None:
    with pytest.raises(ConfigError, match=f"there is {words}"):
        identity_of(user, group)


BECOME = """
import os, sys
from tardis.cli.privileges import identity_of
whose = identity_of(sys.argv[1], sys.argv[2])
whose.own(sys.argv[3])
whose.become()
print(os.getresuid(), os.getresgid(), sorted(os.getgroups()))
try:
    os.setuid(0)
except PermissionError:
    print("for good")
whose.become()
"""


def become(*words: str) -> list[str]:
    python, code = public_python()
    done = subprocess.run(
        [python, "-c", code + BECOME, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


@pytest.mark.root
def test_root_gives_everything_up(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    uid, gid = NOBODY.pw_uid, NOBODY.pw_gid
    groups = sorted(os.getgrouplist("nobody", gid))
    assert become("nobody", "", str(file)) == [f"{(uid,) * 3} {(gid,) * 3} {groups}", "for good"]
    assert (file.stat().st_uid, file.stat().st_gid) == (uid, gid)


@pytest.mark.root
def test_with_a_group_alone_the_user_stays(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    gid = NOBODY.pw_gid
    assert become("", str(gid), str(file)) == [f"(0, 0, 0) {(gid,) * 3} [{gid}]"]


def test_who_is_not_root_becomes_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    for name in ("initgroups", "setgroups", "chown"):
        monkeypatch.setattr(os, name, refused)
    other = Identity(os.geteuid() + 1, os.getegid(), "other")
    with pytest.raises(ConfigError, match="cannot become user other") as caught:
        other.become()
    assert "root" in caught.value.hint
    with pytest.raises(ConfigError, match="cannot give /file"):
        other.own("/file")
