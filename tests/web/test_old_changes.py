"""Changes by the interface of version 0.33."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import Right
from tardis.store import Grant, write_grant
from tests.web.site import ALICE, Site, make_site, password_of, small_stores
from tests.web.test_old_routes import EVER, Old
from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base: Path = tmp_path_factory.mktemp("changes") / "base"
    with small_stores():
        made = make_site(base)
        with made.serving():
            yield made


@pytest.fixture
def alice(site: Site) -> Iterator[Old]:
    with closing(Visitor(site.port)) as one:
        made = Old(one)
        made.login(ALICE, password_of(ALICE))
        yield made


ALL = ("/setPriority/1/5", "/setBackupSetName/1/x/5", "/deleteBackupSet/1",
       f"/purgeSets/2/50/{EVER}", f"/purgeIncomplete/2/50/{EVER}", "/removeOrphans")  # fmt: skip


def test_without_the_right_or_the_token_nothing_changes(site: Site, alice: Old) -> None:
    before = alice.get("/listBackupSets")
    for url in ALL:
        assert alice.ask("POST", url).error == "rights", url
    write_grant(site.place, ALICE, Grant(tuple(Right)))
    alice.token = ""
    for url in ALL:
        assert alice.ask("POST", url).error == "rights", url
    assert alice.get("/listBackupSets") == before


def test_changes_with_the_right(site: Site, alice: Old) -> None:
    write_grant(site.place, ALICE, Grant(tuple(Right)))
    assert alice.ask("POST", "/setPriority/1/5").status == 200
    assert alice.get("/getBackupSetInfoById/1")["priority"] == 5
    assert alice.ask("POST", "/setBackupSetName/first/oldest/6").status == 200
    told = alice.get("/getBackupSetInfo/oldest")
    assert (told["backupset"], told["priority"]) == (1, 6)
    assert alice.ask("POST", "/deleteBackupSet/second").status == 409
    assert alice.ask("POST", "/deleteBackupSet/none").status == 404
    assert alice.get(f"/listPurgeSets/2/5/{EVER}") == []
    assert alice.get("/listPurgeSets/2/6/1.0") == []
    assert [one["name"] for one in alice.get(f"/listPurgeSets/2/6/{EVER}")] == ["oldest"]
    assert alice.get(f"/listPurgeIncomplete/2/6/{EVER}") == []
    assert alice.ask("POST", f"/purgeIncomplete/2/6/{EVER}").json == [0, 0]
    assert alice.ask("POST", f"/purgeSets/2/6/{EVER}").json == [1, 1]
    assert [one["name"] for one in alice.get("/listBackupSets")] == ["second"]
    assert alice.ask("POST", "/removeOrphans").json["count"] == 0
