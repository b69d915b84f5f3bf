"""A classic store that was kept in clear is encrypted, whatever ends that on the way."""

import gzip
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.admin import KnownPassword, Stages, encrypt
from tardis.cli.head_book import FileBook
from tardis.cli.head_faults import faults
from tardis.crypto import Seals
from tardis.model import AuthenticationError, Observer, StoreError
from tardis.store import (
    Encrypting,
    EncryptingModern,
    Flushers,
    Level,
    Reading,
    ToEncrypt,
    keys_of,
    open_scrub,
    open_writer,
    read_data,
)
from tardis.store.catalog.scrubbing import set_names
from tests.admin.encrypting import ALL, KNOWN, everything, run
from tests.crypto.slots import ring, slot_of
from tests.crypto.test_envelope import by_openssl
from tests.delta.shapes import edited, noise
from tests.facilities import counts
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick
from tests.store.fuse import KILLED, ends_at
from tests.store.workshop import CLAIM

SECRET = b"contents-of-mine " * 20


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A store in clear with three sets: chains of deltas, links, attributes, holes."""
    made, tree = Vault(tmp_path / "base", "classic"), tmp_path / "tree-of-mine"
    (tree / "folder-of-mine").mkdir(parents=True)
    (tree / "link-of-mine").symlink_to("target-of-mine")
    (tree / "plain-of-mine").write_bytes(SECRET)
    os.setxattr(tree / "plain-of-mine", "user.name-of-mine", b"value-of-mine")
    with (tree / "holes-of-mine").open("wb") as file:
        file.truncate(300_000)
    data = noise(200_000)
    for number in range(3):
        data = edited(data, [("overwrite", 0.3 * number, 500)])
        (tree / "large-of-mine").write_bytes(data)
        (tree / "folder-of-mine" / f"{number}-of-mine").write_bytes(SECRET + b"%d" % number)
        made.run(tree, is_sealing=False, codec=number % 2)
    return made


def findings(vault: Vault) -> list[str]:
    with open_scrub(vault.place.layout(CLIENT_NAME)) as scrub:
        scrub.structure()
        read_data(scrub, Reading(processes=1, anew=True), Observer())
        return [one.text for one in scrub.done.findings]


def rows(vault: Vault, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(vault.base / CLIENT_NAME / "tardis.db")) as db:
        return db.execute(query).fetchall()


def test_all_is_sealed_and_nothing_is_lost(vault: Vault) -> None:
    before = everything(vault)
    assert rows(vault, "SELECT count(*) FROM contents WHERE basis IS NOT NULL") == [(2,)]
    done = run(vault)
    assert done.names and done.contents == 8 and not done.left
    assert everything(vault) == before
    assert findings(vault) == []
    assert rows(vault, "SELECT DISTINCT cipher FROM contents") == [(1,)]
    seen = b"".join(
        gzip.decompress(data) if path.suffix == ".gz" else data + bytes(path)
        for path in (vault.base / CLIENT_NAME).rglob("*")
        if path.is_file() and path.name != ".reserve"
        for data in [path.read_bytes()]
    )
    assert b"of-mine" not in seen
    ring = vault.ring()
    for path in (vault.base / CLIENT_NAME).glob("??/??/*"):
        if not path.suffix:
            by_openssl(ring.content, path.read_bytes())
    names = {path.name for path in (vault.base / CLIENT_NAME).iterdir()}
    assert "tardis.db.keys.sealing" not in names


def test_the_next_run_goes_on_and_sends_nothing(vault: Vault, tmp_path: Path) -> None:
    run(vault)
    tree = tmp_path / "tree-of-mine"
    report = vault.run(tree)
    assert (report.files_new, report.files_delta, report.problems) == (0, 0, [])
    (tree / "fresh-of-mine").write_bytes(SECRET)
    report = vault.run(tree)
    assert (report.files_new, report.files_known) == (0, 1)  # it is known by what it is called now
    assert vault.flat(5)[b"fresh-of-mine"] == SECRET == vault.flat(5)[b"plain-of-mine"]
    assert rows(vault, "SELECT count(*) FROM contents") == [(8,)]


@pytest.mark.guard(180)
def test_whatever_ends_it_every_set_can_be_read_and_it_is_finished_later(vault: Vault) -> None:
    before, kills = everything(vault), 0
    for steps in (2, 7, 13, 19, 26, 34, 43, 53, 64, 76):
        kills += ends_at(lambda: run(vault), steps)
        assert everything(vault) == before
    assert kills >= counts(9, 10)
    run(vault)
    assert everything(vault) == before
    assert findings(vault) == []
    assert rows(vault, "SELECT count(*), sum(cipher) FROM contents") == [(8, 8)]


def sealed_objects(vault: Vault) -> dict[str, bytes]:
    """Return the objects of contents that the catalog calls sealed."""
    found = {}
    for name, place in rows(vault, "SELECT hex(digest), place FROM contents WHERE cipher"):
        path = (
            vault.place.layout(CLIENT_NAME)
            .of_scheme("classic")
            .large(bytes.fromhex(str(name)), int(str(place)))
        )
        found[path] = Path(path).read_bytes()
    return found


def test_what_is_sealed_is_never_sealed_again(vault: Vault) -> None:
    kept: dict[str, bytes] = {}
    for steps in range(60, 1400, 42):  # each goes on where the one before has ended
        died = ends_at(lambda: run(vault), steps)
        now = sealed_objects(vault)
        assert kept.items() <= now.items()
        kept = now
        if not died:
            break
    assert len(kept) == 8
    for steps in (3, 9, 1000):
        ends_at(lambda: run(vault), steps)
        assert sealed_objects(vault) == kept
    key = vault.ring().content
    for data in kept.values():
        plain = by_openssl(key, data)
        with pytest.raises(AssertionError):
            by_openssl(key, plain)
    assert run(vault).contents == 0 and sealed_objects(vault) == kept


@pytest.mark.long
def test_it_may_end_at_any_step(vault: Vault, tmp_path: Path) -> None:
    before, kept = everything(vault), tmp_path / "kept"
    shutil.copytree(vault.base, kept)
    for steps in range(1, 1000):
        shutil.rmtree(vault.base)
        shutil.copytree(kept, vault.base)
        if not ends_at(lambda: run(vault), steps):
            break
        assert everything(vault) == before
        run(vault)
        assert everything(vault) == before
        # Files that were not committed stay: none goes because the catalog does not name it.
        assert all(one.startswith("nothing names") for one in findings(vault))


def test_what_was_sealed_by_a_call_that_died_does_not_stay_in_clear(vault: Vault) -> None:
    def dying() -> None:
        renewed = Encrypting.renew

        def renew(self: Encrypting) -> None:
            if self.done.contents:
                os._exit(KILLED)
            renewed(self)

        Encrypting.renew = renew  # type: ignore[method-assign]  # the child's alone
        run(vault)

    assert ends_at(dying, 10_000)
    assert rows(vault, "SELECT sum(cipher) FROM contents") == [(8,)]
    assert clear_files(vault)
    done = run(vault)
    assert (done.contents, clear_files(vault), findings(vault)) == (0, [], [])


def clear_files(vault: Vault) -> list[Path]:
    """Return the files that tell what a stranger must not read."""
    store = vault.base / CLIENT_NAME
    return [one for one in store.glob("??/??/*") if b"of-mine" in one.read_bytes()]


def test_it_goes_stage_by_stage_and_runs_may_come_between(vault: Vault, tmp_path: Path) -> None:
    before, tree = everything(vault), tmp_path / "tree-of-mine"
    none = Stages(names=False, directories=False, files=False, signatures=False, notes=False)
    with pytest.raises(StoreError, match="names come first"):
        run(vault, none)
    done = run(vault, Stages(True, False, False, False, False))
    assert done.names and done.left == 8 and not done.contents
    assert everything(vault) == before
    assert findings(vault) == []
    (tree / "between-of-mine").write_bytes(SECRET + b"0")
    (tree / "folder-of-mine" / "1-of-mine").write_bytes(b"between")
    report = vault.run(tree)
    assert report.files_new == 2
    done = run(vault, Stages(False, True, True, True, True))
    assert (done.names, done.contents, done.known, done.left) == (False, 8, 1, 0)
    assert done.signatures == 1
    assert {number: everything(vault)[number] for number in before} == before
    assert vault.flat(4)[b"between-of-mine"] == SECRET + b"0"
    assert findings(vault) == []


def test_a_note_that_is_lost_is_written_anew(vault: Vault) -> None:
    run(vault)
    for path in (vault.base / CLIENT_NAME).glob("??/??/*.meta"):
        path.unlink()
    assert run(vault).notes == 8
    assert findings(vault) == []


def test_what_is_damaged_stays_and_is_told(vault: Vault) -> None:
    name = rows(vault, "SELECT hex(digest) FROM contents WHERE size = 340")[0][0]
    path = vault.base / CLIENT_NAME / str(name)[:2].lower() / str(name)[2:4].lower()
    (path / str(name)[:32].lower()).write_bytes(b"spoilt")
    done = run(vault)
    assert (done.contents, done.left) == (7, 1)
    with open_scrub(vault.place.layout(CLIENT_NAME)) as scrub:
        scrub.structure()
        assert len(scrub.done.at(Level.DAMAGE)) == 1
        assert scrub.db is not None and len(set_names(scrub.db)) == 3


def test_a_plan_changes_nothing(vault: Vault) -> None:
    shown: list[ToEncrypt] = []

    def agree(plan: ToEncrypt) -> bool:
        shown.append(plan)
        return False

    before = everything(vault)
    assert encrypt(vault.place, CLIENT_NAME, KNOWN, ALL, agree)[1] is None
    [plan] = shown
    assert plan.names and plan.contents == 8 and not plan.damaged and not plan.is_nothing
    assert not vault.is_sealed and everything(vault) == before
    run(vault)
    plan, _ = encrypt(vault.place, CLIENT_NAME, KNOWN, ALL, agree)
    assert plan.is_nothing and not plan.contents


def test_only_who_knows_the_one_password_may(vault: Vault) -> None:
    wrong = KnownPassword("main", lambda: b"wrong", quick)
    with pytest.raises(AuthenticationError):
        run(vault, known=wrong)
    with pytest.raises(StoreError, match="no such password"):
        run(vault, known=KnownPassword("other", lambda: PASSWORD, quick))
    keys = vault.place.layout(CLIENT_NAME).keys
    text = Path(keys).read_bytes()
    found = keys_of(vault.place, CLIENT_NAME)
    assert found is not None
    Path(keys).write_bytes(found.with_slot(slot_of("x", "second")).text())
    with pytest.raises(StoreError, match="cannot be taken over"):
        run(vault)
    Path(keys).write_bytes(text)
    run(vault)
    with pytest.raises(AuthenticationError):
        run(vault, known=wrong)


def test_each_format_has_its_own_way(vault: Vault, tmp_path: Path) -> None:
    made, tree = Vault(tmp_path / "modern"), tmp_path / "tree"
    tree.mkdir()
    (tree / "file").write_bytes(b"x")
    made.run(tree, is_sealing=False)
    for store, other in ((made, Encrypting), (vault, EncryptingModern)):
        seals = Seals(ring())
        keys = keys_of(store.place, CLIENT_NAME)
        assert keys is not None
        writer = open_writer(store.place, CLIENT_NAME, CLAIM, Flushers())
        with closing(writer), pytest.raises(StoreError, match=r"modern|classic"):
            other(writer, keys, seals)


def test_the_sets_are_signed_as_they_were_found(vault: Vault, tmp_path: Path) -> None:
    run(vault)
    with vault.reader() as reader:
        assert faults(reader, vault.ring(), FileBook(str(tmp_path / "book"))) == []
        assert [head.number for head in reader.heads()] == [1, 2, 3]
