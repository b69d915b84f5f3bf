"""Extended attributes are read as they are, and what is not there is nothing."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tardis.model import SourceError
from tardis.protocol import listing
from tardis.scan import AttributeReader
from tardis.scan.attributes import is_privileged
from tardis.streams import unpack_attributes

ALL = 7
ACL = b"system.posix_acl_access"


def names_of(path: Path, level: int = ALL) -> list[bytes]:
    packed = AttributeReader(level).read(os.fsencode(path))
    return [name for name, _ in unpack_attributes(packed)]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of the system calls that are made."""
    made: list[str] = []
    for name in ("listxattr", "getxattr"):
        real = getattr(os, name)

        def counted(*words: Any, _name: str = name, _real: Any = real, **more: Any) -> Any:
            made.append(_name)
            return _real(*words, **more)

        monkeypatch.setattr(os, name, counted)
    return made


def test_what_has_none_costs_one_call(tmp_path: Path, calls: list[str]) -> None:
    (tmp_path / "f").touch()
    assert AttributeReader(ALL).read(os.fsencode(tmp_path / "f")) == b""
    assert calls == ["listxattr"]


def test_nothing_is_asked_when_nothing_is_kept(tmp_path: Path, calls: list[str]) -> None:
    assert AttributeReader(0).read(os.fsencode(tmp_path)) == b""
    assert calls == []


@pytest.mark.xattr
def test_names_and_values_are_what_the_kernel_says(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    os.setxattr(tmp_path / "f", b"user.\xff", bytes(range(256)))
    os.setxattr(tmp_path / "f", "user.a", b"")
    packed = AttributeReader(ALL).read(os.fsencode(tmp_path / "f"))
    assert unpack_attributes(packed) == ((b"user.a", b""), (b"user.\xff", bytes(range(256))))


@pytest.mark.xattr
@pytest.mark.acl
def test_acls_and_attributes_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    os.setxattr(tmp_path / "f", "user.a", b"x")
    subprocess.run(["setfacl", "-m", "u:1234:r,g:4321:r", tmp_path / "f"], check=True)
    assert names_of(tmp_path / "f", 1) == [b"user.a"]
    assert names_of(tmp_path / "f", 2) == [ACL]
    assert names_of(tmp_path / "f", 3) == [ACL, b"user.a"]
    reader = AttributeReader(ALL)
    reader.read(os.fsencode(tmp_path / "f"))
    assert reader.owners == {(1234, 0), (0, 4321)}


@pytest.mark.xattr
def test_a_link_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    os.setxattr(tmp_path / "f", "user.a", b"x")
    (tmp_path / "l").symlink_to("f")
    assert names_of(tmp_path / "l") == []


def test_what_is_gone_has_none(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert names_of(tmp_path / "missing") == names_of(tmp_path / "f" / "below") == []


def fail(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, refuse)


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.EACCES, errno.ENOENT])
def test_no_such_thing_here_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fail(monkeypatch, "listxattr", number)
    assert names_of(tmp_path) == []


@pytest.mark.xattr
@pytest.mark.parametrize("name", ["listxattr", "getxattr"])
def test_real_trouble_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    os.setxattr(tmp_path, "user.a", b"x")
    fail(monkeypatch, name, errno.EIO)
    with pytest.raises(SourceError, match="its extended attributes: Input/output error"):
        names_of(tmp_path)


@pytest.mark.xattr
def test_an_attribute_that_goes_meanwhile_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.setxattr(tmp_path, "user.a", b"x")
    fail(monkeypatch, "getxattr", errno.ENODATA)
    assert names_of(tmp_path) == []


def test_more_than_a_listing_may_hold_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def large(*_: Any, **__: Any) -> bytes:
        return bytes(listing.ATTRIBUTES_MAX // 2 - 100)

    monkeypatch.setattr(os, "listxattr", lambda *_, **__: ["user.a", "user.b"])
    monkeypatch.setattr(os, "getxattr", large)
    packed = AttributeReader(ALL).read(os.fsencode(tmp_path))
    assert listing.ATTRIBUTES_MAX - 300 < len(packed) <= listing.ATTRIBUTES_MAX
    monkeypatch.setattr(os, "listxattr", lambda *_, **__: ["user.a", "user.b", "user.c"])
    with pytest.raises(SourceError, match="larger than 128 KiB"):
        names_of(tmp_path)


@pytest.mark.parametrize("acl", [b"", b"\2", b"\2\0\0\0", b"\2\0\0\0\2", b"\2\0\0\0" + b"\xff" * 9])
def test_an_odd_acl_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, acl: bytes
) -> None:
    monkeypatch.setattr(os, "listxattr", lambda *_, **__: [ACL.decode()])
    monkeypatch.setattr(os, "getxattr", lambda *_, **__: acl)
    reader = AttributeReader(ALL)
    assert unpack_attributes(reader.read(os.fsencode(tmp_path))) == ((ACL, acl),)
    assert reader.owners == set()


@pytest.mark.root
def test_root_sees_all_namespaces() -> None:
    assert is_privileged()
    script = "from tardis.scan.attributes import is_privileged; print(is_privileged())"
    words = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", sys.executable, "-c"]
    done = subprocess.run([*words, script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_level_is_what_is_wanted_as_far_as_it_is_allowed() -> None:
    privileged = 4 * is_privileged()
    wanted = AttributeReader.wanted
    assert wanted(True, True).level == 3 + privileged
    assert wanted(True, False).level == 1 + privileged
    assert wanted(False, True).level == 2
    assert wanted(False, False).level == 0
