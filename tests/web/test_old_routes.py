"""The interface of version 0.33: its routes, fields and answers."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest

from tardis.crypto import LoginClient
from tardis.store import store_setting
from tests.crypto.slots import quick
from tests.web.site import ALICE, BOB, OPEN, SEALED, Site, password_of
from tests.web.visitor import Answer, Visitor

SET_FIELDS = (
    "backupset name starttime endtime clienttime priority completed session clientversion "
    "clientip serverversion full filesfull filesdelta bytesreceived commandline"
)
FILE_FIELDS = (
    "name inode device dir link parent parentdev size mtime ctime atime mode uid gid nlinks "
    "firstset lastset checksum chainlength xattrs acl basis encrypted"
)
CHECKSUM_FIELDS = (
    "checksum checksumid basis encrypted size deltasize disksize isfile compressed chainlength"
)
ODD = b'top/odd \xff\n"name'
EVER = "9999999999.5"


class Old:
    """A client of that time: forms, and all cookies."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self.jar: SimpleCookie = SimpleCookie()
        self.token = ""

    def ask(self, method: str, url: str, **form: str) -> Answer:
        headers = {"Cookie": "; ".join(f"{one.key}={one.value}" for one in self.jar.values())}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.token:
            headers["X-Tardis-Token"] = self.token
        answer = self._visitor.ask(method, url, urlencode(form).encode(), headers)
        for line in answer.headers.get_all("Set-Cookie", []):
            self.jar.load(line)
        return answer

    def get(self, url: str) -> Any:
        answer = self.ask("GET", url)
        assert answer.status == 200, (url, answer)
        return answer.json

    def login(self, client: str, password: str) -> Answer:
        asked = self.ask("POST", "/login", host=client).json
        if asked["status"] == "OK":
            self.token = asked["token"]
            return self.ask("GET", "/needsAuthentication")
        assert asked == {"status": "AUTH"} and self.get("/needsAuthentication") is True
        question = self.ask("POST", "/authenticate1", srpUname=client, srpValueA="")
        salt = base64.b64decode(question.json["kdfSalt"])
        side = LoginClient(quick(password, salt).login)
        public = base64.b64encode(side.public).decode()
        known = self.ask("POST", "/authenticate1", srpUname=client, srpValueA=public).json
        proof = side.prove(*(base64.b64decode(known[name]) for name in ("srpValueS", "srpValueB")))
        done = self.ask("POST", "/authenticate2", srpValueM=base64.b64encode(proof).decode())
        if done.status == 200:
            side.check(base64.b64decode(done.json["srpValueH"]))
            self.token = done.json["token"]
        return done


@pytest.fixture
def nobody(site: Site) -> Iterator[Old]:
    with closing(Visitor(site.port)) as one:
        yield Old(one)


@pytest.fixture
def alice(nobody: Old) -> Old:
    assert nobody.login(ALICE, password_of(ALICE)).status == 200
    return nobody


def test_a_login_and_its_end(nobody: Old) -> None:
    assert nobody.ask("GET", "/listBackupSets").status == 401
    wrong = nobody.login(ALICE, "wrong")
    assert (wrong.status, nobody.get("/needsAuthentication")) == (401, True)
    nobody.login(ALICE, password_of(ALICE))
    assert nobody.get("/needsAuthentication") is False
    token, nobody.token = nobody.token, ""
    assert nobody.ask("POST", "/close").status == 403
    nobody.token = token
    assert nobody.ask("POST", "/close").json == {"status": "OK"}
    assert nobody.ask("GET", "/listBackupSets").status == 401


def test_a_client_without_a_password_is_in_at_once(nobody: Old) -> None:
    assert nobody.login(OPEN, "").json is False
    assert len(nobody.get("/listBackupSets")) == 2


def test_a_cookie_that_names_another_client_opens_nothing(alice: Old) -> None:
    for other in (BOB, OPEN, SEALED, "nobody"):
        alice.ask("POST", "/login", host=other)
        assert (
            alice.jar["tardis-host"].value == base64.urlsafe_b64encode(other.encode()).decode()
            or other == OPEN
        )
    alice.jar["tardis-host"] = base64.urlsafe_b64encode(BOB.encode()).decode()
    assert alice.ask("GET", "/listBackupSets").status == 401
    alice.jar["tardis-host"] = "\xff"
    assert alice.ask("GET", "/listBackupSets").status == 401


def test_sets(alice: Old) -> None:
    first, second = alice.get("/listBackupSets")
    assert set(first) == set(SET_FIELDS.split())
    assert (first["name"], first["completed"], second["backupset"]) == ("first", 1, 2)
    assert alice.get("/getBackupSetInfo/first") == alice.get("/getBackupSetInfoById/1") == first
    assert alice.get("/lastBackupSet/1") == alice.get("/lastBackupSet/0") == second
    assert alice.get(f"/getBackupSetInfoForTime/{EVER}") == second
    middle = (first["starttime"] + second["starttime"]) / 2
    assert alice.get(f"/getBackupSetInfoForTime/{middle}") == first
    for absent in (
        "/getBackupSetInfo/none",
        "/getBackupSetInfoById/9",
        "/getBackupSetInfoForTime/1",
    ):
        assert alice.get(absent) is None
    files, dirs, size, new, gone = alice.get("/getBackupSetDetails/1")
    assert (files, dirs, len(new), gone[0]) == (4, 2, 3, 1) and size > 768_000
    for odd in ("/getBackupSetInfoForTime/x", "/getBackupSetInfoForTime/nan"):
        assert alice.ask("GET", odd).status == 400


def test_files_by_path(alice: Old) -> None:
    file = alice.get("/getFileInfoByPath/second/top/a")
    assert set(file) == set(FILE_FIELDS.split())
    assert (file["name"], file["dir"], file["firstset"]) == ("a", 0, 2)
    assert alice.get("/getFileInfoByPath/Current/top/none") is None
    odd = alice.get(f"/getFileInfoByPath/1/{quote_from_bytes(ODD)}")
    assert odd is not None and odd["name"].encode("utf-8", "surrogateescape") == ODD[4:]
    way = alice.get("/getFileInfoForPath/1/top/d/big")
    assert [one["name"] for one in way] == ["top", "d", "big"]
    assert alice.get("/getFileInfoForPath/1/top/none/x") == way[:1]
    both = alice.get("/getFileInfoByPathForRange/1/2/top/a")
    assert [number for number, _ in both] == [1, 2]
    assert both[0][1]["checksum"] != both[1][1]["checksum"]
    assert alice.get("/getFileInfoByPathForRange/1/1/top/new") == []
    assert alice.get("/getFirstBackupSet/2/top/b") == "first"
    assert alice.get("/getFirstBackupSet/2/top/none") is None


def test_directories_by_number(alice: Old) -> None:
    top = alice.get("/getFileInfoByPath/1/top")
    assert (top["dir"], top["device"]) == (1, 0)
    listed = {one["name"]: one for one in alice.get(f"/readDirectory/1/0/{top['inode']}")}
    assert set(listed) == {"a", "b", "d", ODD[4:].decode("utf-8", "surrogateescape")}
    below = listed["d"]
    assert (below["dir"], below["parent"]) == (1, top["inode"])
    assert alice.get(f"/getFileInfoByInode/1/0/{below['inode']}") == below
    assert alice.get(f"/getFileInfoByName/1/0/{top['inode']}/a") == listed["a"]
    assert alice.get(f"/getFileInfoByName/1/0/{top['inode']}/none") is None
    names = [one["name"] for one in alice.get(f"/readDirectoryForRange/0/{top['inode']}/1/2")]
    assert sorted(names).count("a") == 2 and "new" in names
    assert alice.get("/readDirectory/1/0/999999") == []
    assert alice.get(f"/getFileInfoByInode/1/0/{10**30}") is None
    fresh = {one["name"] for one in alice.get("/getNewFiles/second/False")}
    assert fresh == {"a", "new"}


def test_contents(alice: Old) -> None:
    digest = alice.get("/getChecksumByPath/1/top/a")
    info = alice.get(f"/getChecksumInfo/{digest}")
    assert set(info) == set(CHECKSUM_FIELDS.split()) and info["size"] == 15
    assert alice.get(f"/getChecksumInfoChain/{digest}") == [info]
    assert alice.get("/getChecksumInfoChainByPath/1/top/a") == [info]
    assert alice.get(f"/getChainLength/{digest}") == 0
    data = alice.ask("GET", f"/getFileData/{digest}")
    assert data.body == b"alpha of alice\n"
    assert data.headers["Content-Length"] == str(info["disksize"])
    assert data.headers["Content-Type"] == "application/octet-stream"
    absent = hashlib.sha256(b"").hexdigest()
    assert alice.get(f"/getChecksumInfo/{absent}") is None
    assert alice.get("/getChecksumByPath/1/top/d") is None
    assert alice.ask("GET", f"/getFileData/{absent}").status == 404
    assert alice.ask("GET", f"/getChainLength/{absent}").status == 404
    assert alice.ask("GET", "/getFileData/xyz").status == 400


def test_settings_are_told(site: Site, alice: Old) -> None:
    store_setting(site.place, ALICE, "SaveFull", "True")
    assert alice.get("/getConfigValue/SaveFull") == "True"
    assert alice.get("/getConfigValue/Nothing") is None


def test_what_changes_something_is_never_done_by_get(alice: Old) -> None:
    for url in (
        "/setPriority/1/5",
        "/setBackupSetName/1/x/5",
        "/deleteBackupSet/1",
        f"/purgeSets/2/50/{EVER}",
        f"/purgeIncomplete/2/50/{EVER}",
        "/removeOrphans",
        "/close",
        "/login",
        "/authenticate1",
        "/authenticate2",
    ):
        assert alice.ask("GET", url).status == 405, url
    assert len(alice.get("/listBackupSets")) == 2


def test_of_an_encrypted_backup_sets_are_told_and_names_are_not(nobody: Old) -> None:
    nobody.login(SEALED, password_of(SEALED))
    assert len(nobody.get("/listBackupSets")) == 2
    assert nobody.ask("GET", "/getFileInfoByPath/1/top").status == 403
