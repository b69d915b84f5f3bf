"""A modern store that was kept in clear is encrypted, whatever ends that on the way."""

import gzip
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.admin import KnownPassword, NewPassword, Stages, add_password, encrypt, recover
from tardis.cli.head_book import FileBook
from tardis.cli.head_faults import faults
from tardis.crypto import KeyRing
from tardis.model import AuthenticationError, IntegrityError, NoSpaceError, Observer, StoreError
from tardis.store import (
    DeltaKeeper,
    EncryptingModern,
    Flushers,
    Level,
    Place,
    Reading,
    ToEncrypt,
    encrypting_modern,
    keys_of,
    open_reader,
    open_scrub,
    open_writer,
    opening,
    prune,
    read_data,
    replicate_store,
)
from tests.admin.encrypting import ALL, KNOWN, everything, run
from tests.crypto.slots import FLOOR
from tests.delta.shapes import edited, noise
from tests.facilities import counts
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick
from tests.store.fuse import KILLED, ends_at
from tests.store.workshop import CLAIM

SECRET = b"contents-of-mine " * 20


def lived(place: Path) -> Vault:
    """Make a store in clear with three sets: packs, files, chains of deltas, links, holes."""
    made, tree = Vault(place / "base"), place / "tree-of-mine"
    (tree / "folder-of-mine").mkdir(parents=True)
    (tree / "link-of-mine").symlink_to("target-of-mine")
    (tree / "plain-of-mine").write_bytes(SECRET)
    (tree / "empty-of-mine").write_bytes(b"")
    os.setxattr(tree / "plain-of-mine", "user.name-of-mine", b"value-of-mine")
    with (tree / "holes-of-mine").open("wb") as file:
        file.truncate(3 << 20)
        file.seek(1 << 20)
        file.write(noise(200_000, 7))
    large, small = noise(1_200_000, 1), noise(200_000, 2)
    for number in range(3):
        large = edited(large, [("overwrite", 0.2 + 0.2 * number, 200_000)], number)
        small = edited(small, [("overwrite", 0.3 * number, 500)], number)
        (tree / "large-of-mine").write_bytes(large)
        (tree / "other-of-mine").write_bytes(small)
        (tree / "folder-of-mine" / f"{number}-of-mine").write_bytes(SECRET + b"%d" % number)
        made.run(tree, is_sealing=False, codec=number % 2)
    return made


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)


@pytest.fixture(scope="module")
def cellar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "RESERVE_BYTES", 4096)
        place = tmp_path_factory.mktemp("cellar")
        lived(place)
    return place


@pytest.fixture
def vault(tmp_path: Path, cellar: Path) -> Vault:
    """A copy of the store, and of its tree, which counts as another one."""
    for name in ("base", "tree-of-mine"):
        shutil.copytree(cellar / name, tmp_path / name, symlinks=True)
    return Vault(tmp_path / "base")


def findings(vault: Vault) -> list[str]:
    """Return what a check finds, but for what a kill has left that nobody can read."""
    with open_scrub(vault.place.layout(CLIENT_NAME)) as scrub:
        scrub.structure()
        read_data(scrub, Reading(processes=1, anew=True), Observer())
        return [one.text for one in scrub.done.findings if "killed run" not in one.text]


def rows(vault: Vault, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(vault.base / CLIENT_NAME / "tardis.db")) as db:
        return db.execute(query).fetchall()


def on_disk(vault: Vault) -> bytes:
    """Return all that lies in the store: names of files and their bytes, expanded."""
    return b"\n".join(
        (gzip.decompress(data) if path.suffix == ".gz" else data) + bytes(path.name, "ascii")
        for path in sorted((vault.base / CLIENT_NAME).rglob("*"))
        if path.is_file() and path.name != ".reserve"
        for data in [path.read_bytes()]
    )


def clear_traces(vault: Vault) -> list[bytes]:
    """Return what must be nowhere afterwards: digests, blocks of contents, words, the old key."""
    found = [digest for (digest,) in rows(vault, "SELECT digest FROM contents")]
    traces = [one for one in found if isinstance(one, bytes)]
    traces += [one.hex().encode() for one in traces]
    for tree in everything(vault).values():
        for one in tree.values():
            if isinstance(one, bytes) and len(one) > 1000:
                traces += [one[at : at + 24] for at in range(0, len(one) - 24, 65_536)]
    keys = keys_of(vault.place, CLIENT_NAME)
    assert keys is not None
    blank = bytes(24)
    return [*(one for one in set(traces) if one != blank), b"of-mine", keys.repository.digest_key]


def no_faults(vault: Vault, folder: Path) -> None:
    with vault.reader() as reader:
        assert faults(reader, vault.ring(), FileBook(str(folder))) == []
        assert len(reader.heads()) == len(reader.sets())


def ended_before(vault: Vault, step: str) -> None:
    """Let an encryption end before one of its steps."""

    def end(_: EncryptingModern) -> None:
        os._exit(KILLED)

    def job() -> None:
        setattr(EncryptingModern, step, end)  # the child's alone
        run(vault)

    assert ends_at(job, 1 << 30)


def half_way(vault: Vault) -> None:
    """Let an encryption end when there are twins and nothing is switched."""
    ended_before(vault, "_has_spoilt")
    assert not vault.is_sealed


def test_all_is_sealed_and_nothing_is_lost(vault: Vault, tmp_path: Path) -> None:
    before, traces = everything(vault), clear_traces(vault)
    seen = on_disk(vault)
    assert sum(one in seen for one in traces) > 40  # they would be found
    shapes = "SELECT count(*), sum(basis IS NULL), sum(pack IS NULL), sum(has_holes) FROM contents"
    shape = rows(vault, shapes)
    assert shape == [(12, 8, 5, 1)]
    done = run(vault)
    assert (done.names, done.contents, done.left, done.strays) == (True, 12, 0, 0)
    assert everything(vault) == before
    assert rows(vault, shapes) == shape
    assert rows(vault, "SELECT DISTINCT cipher FROM contents") == [(1,)]
    assert findings(vault) == []
    no_faults(vault, tmp_path / "book")
    seen = on_disk(vault)
    assert [one for one in traces if one in seen] == []
    names = {path.name for path in (vault.base / CLIENT_NAME).iterdir() if path.is_file()}
    assert names <= {"tardis.db", "tardis.db-journal", "tardis.db.keys", "tardis.journal",
        "tardis.lock", ".reserve", ".tardis-skip", "tardis.check"} | {
        name for name in names if name.endswith(".gz")}  # fmt: skip


def test_the_next_run_goes_on_and_sends_nothing(tmp_path: Path) -> None:
    vault = lived(tmp_path)
    done = run(vault)
    assert done.signatures == 2
    tree, large = tmp_path / "tree-of-mine", vault.flat(3)[b"large-of-mine"]
    assert isinstance(large, bytes)
    report = vault.run(tree)
    assert (report.files_new, report.files_delta, report.problems) == (0, 0, [])
    (tree / "fresh-of-mine").write_bytes(SECRET)
    (tree / "large-of-mine").write_bytes(edited(large, [("overwrite", 0.5, 100)]))
    report = vault.run(tree)
    assert (report.files_new, report.files_known, report.files_delta) == (0, 1, 1)
    assert vault.flat(5)[b"fresh-of-mine"] == SECRET == vault.flat(5)[b"plain-of-mine"]
    assert findings(vault) == []
    no_faults(vault, tmp_path / "book")


@pytest.mark.guard(180)
def test_whatever_ends_it_every_set_can_be_read_and_it_is_finished_later(
    vault: Vault, tmp_path: Path
) -> None:
    before, traces, kills = everything(vault), clear_traces(vault), 0
    for steps in (3, 8, 13, 19, 26, 34, 43, 53, 64, 76)[:: counts(2, 1)]:
        kills += ends_at(lambda: run(vault), steps)
        assert everything(vault) == before
    assert kills >= counts(4, 8)
    run(vault)
    assert everything(vault) == before
    assert findings(vault) == []
    assert rows(vault, "SELECT count(*), sum(cipher) FROM contents") == [(12, 12)]
    seen = on_disk(vault)
    assert [one for one in traces if one in seen] == []
    no_faults(vault, tmp_path / "book")


@pytest.mark.long
def test_it_may_end_at_any_step(vault: Vault, tmp_path: Path) -> None:
    before, traces, kept = everything(vault), clear_traces(vault), tmp_path / "kept"
    shutil.copytree(vault.base, kept)
    for steps in range(1, 1000):
        shutil.rmtree(vault.base)
        shutil.copytree(kept, vault.base)
        if not ends_at(lambda: run(vault), steps):
            break
        assert everything(vault) == before
        run(vault)
        assert everything(vault) == before
        assert findings(vault) == []
        seen = on_disk(vault)
        assert [one for one in traces if one in seen] == []


def test_backups_may_come_between_and_so_may_purges(vault: Vault, tmp_path: Path) -> None:
    half_way(vault)
    tree = tmp_path / "tree-of-mine"
    (tree / "between-of-mine").write_bytes(SECRET + b"between")
    assert vault.run(tree, is_sealing=False).files_new >= 1
    [found] = findings(vault)
    assert found.startswith("nothing names 5 files")  # the twins
    with closing(open_writer(vault.place, CLIENT_NAME, CLAIM, Flushers())) as writer:
        prune(writer, [1])
    before, traces = everything(vault), clear_traces(vault)
    assert sorted(before) == [2, 3, 4]
    run(vault)
    assert everything(vault) == before
    assert findings(vault) == []
    seen = on_disk(vault)
    assert [one for one in traces if one in seen] == []


def test_what_stands_on_another_basis_by_now_gets_another_twin(vault: Vault) -> None:
    before = everything(vault)
    half_way(vault)
    [(number,)] = rows(
        vault, "SELECT id FROM contents WHERE chain = 2 AND pack IS NOT NULL AND NOT has_holes"
    )
    assert isinstance(number, int)
    with closing(open_writer(vault.place, CLIENT_NAME, CLAIM, Flushers())) as writer:
        writer.begin(3, 50)
        with closing(DeltaKeeper(writer)) as keeper:
            assert keeper.flatten(number)
            writer.drain()
    run(vault)
    assert everything(vault) == before
    assert findings(vault) == []


def test_twins_that_were_spoilt_or_lost_are_made_anew(vault: Vault) -> None:
    before = everything(vault)
    half_way(vault)
    known = {f"{number}.pack" for (number,) in rows(vault, "SELECT number FROM packs")}
    [twin] = [one for one in _packs(vault) if one.name not in known and one.stat().st_size]
    data = bytearray(twin.read_bytes())
    data[-5] ^= 1
    twin.write_bytes(data)
    run(vault)
    assert everything(vault) == before and findings(vault) == []


def test_a_number_that_went_to_another_pack_is_no_twin_any_more(
    vault: Vault, tmp_path: Path
) -> None:
    half_way(vault)
    known = {f"{number}.pack" for (number,) in rows(vault, "SELECT number FROM packs")}
    for one in _packs(vault):
        if one.name not in known:
            one.unlink()
    (tmp_path / "tree-of-mine" / "later-of-mine").write_bytes(SECRET + b"later")
    with closing(sqlite3.connect(vault.base / CLIENT_NAME / "tardis.db")) as db, db:
        db.execute("UPDATE packs SET length = length - 1 WHERE holds = 'contents'")
    vault.run(tmp_path / "tree-of-mine", is_sealing=False)
    with closing(sqlite3.connect(vault.base / CLIENT_NAME / "tardis.db")) as db, db:
        db.execute("UPDATE packs SET length = length + 1 WHERE holds = 'contents'")
    before = everything(vault)
    run(vault)
    assert everything(vault) == before and findings(vault) == []


def test_all_passwords_stay_and_all_packs_know_them(vault: Vault) -> None:
    half_way(vault)
    layout = vault.place.layout(CLIENT_NAME)
    other = KnownPassword("second", lambda: b"another-of-mine", quick)
    fresh = NewPassword("second", lambda: b"another-of-mine", quick, FLOOR)
    add_password(vault.place, CLIENT_NAME, KNOWN, fresh)  # of the same keys
    run(vault, known=other)
    keys = keys_of(vault.place, CLIENT_NAME)
    assert keys is not None and {slot.label for slot in keys.slots} == {"main", "second"}
    assert {KNOWN.master(keys), other.master(keys)} == {other.master(keys)}
    for head in Path(layout.packs).glob("*.pack"):
        assert b"[Slot second]" in head.read_bytes()[:4096]
    assert rows(vault, "SELECT count(*) FROM settings WHERE key = 'sealing'") == [(0,)]
    ring = KeyRing.of(KNOWN.master(keys), keys.repository.id)
    with open_reader(vault.place, CLIENT_NAME, ring) as reader:
        assert len(reader.sets()) == 3


def test_fresh_damage_is_told_before_anything_is_lost(tmp_path: Path) -> None:
    vault, tree = lived(tmp_path), tmp_path / "tree-of-mine"
    [(pack, place)] = rows(vault, "SELECT pack, place FROM contents WHERE size = 340")
    path = vault.base / CLIENT_NAME / "packs" / f"{pack}.pack"
    data = bytearray(path.read_bytes())
    data[int(str(place)) + 100] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="1 contents cannot be read"):
        run(vault)
    assert not vault.is_sealed and rows(vault, "SELECT sum(is_damaged) FROM contents") == [(1,)]
    vault.run(tree, is_sealing=False)  # brings it again
    before = everything(vault)
    done = run(vault)
    assert (done.left, done.strays) == (0, 0) and everything(vault) == before
    assert findings(vault) == []


def test_what_stays_damaged_is_put_aside_and_told(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "tree-of-mine" / "plain-of-mine").unlink()
    vault.run(tmp_path / "tree-of-mine", is_sealing=False)
    [(pack, place)] = rows(vault, "SELECT pack, place FROM contents WHERE size = 340")
    path = vault.base / CLIENT_NAME / "packs" / f"{pack}.pack"
    data = bytearray(path.read_bytes())
    data[int(str(place)) + 100] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match="nothing is encrypted yet"):
        run(vault)
    assert run(vault).left == 1
    aside = list((vault.base / CLIENT_NAME / "quarantine").iterdir())
    assert [one.read_bytes() for one in aside] == [bytes(data)]
    assert vault.flat(4)[b"other-of-mine"] and b"plain-of-mine" not in vault.flat(4)
    with open_scrub(vault.place.layout(CLIENT_NAME)) as scrub:
        scrub.structure()
        assert [one.text for one in scrub.done.at(Level.KNOWN)] == ["1 content marked as damaged"]


def test_where_there_is_no_room_nothing_is_begun(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = on_disk(vault)
    monkeypatch.setattr(encrypting_modern, "free_bytes", lambda layout: 1 << 20)
    with pytest.raises(NoSpaceError, match="1 MiB are free"):
        run(vault)
    monkeypatch.undo()
    assert not vault.is_sealed and everything(vault)
    assert len(on_disk(vault)) < len(before) + 100_000


def test_a_plan_changes_nothing_and_a_part_is_refused(vault: Vault) -> None:
    shown: list[ToEncrypt] = []

    def agree(plan: ToEncrypt) -> bool:
        shown.append(plan)
        return False

    before = everything(vault)
    names = Stages(True, False, False, False, False)
    for stages in (ALL, names):
        assert encrypt(vault.place, CLIENT_NAME, KNOWN, stages, agree)[1] is None
    plan = shown[0]
    assert plan.names and plan.contents == 12 and plan.room_bytes > plan.size_bytes
    assert shown[1] == plan and not plan.is_nothing
    with pytest.raises(StoreError, match="as a whole"):
        run(vault, names)
    assert not vault.is_sealed and everything(vault) == before
    run(vault)
    assert encrypt(vault.place, CLIENT_NAME, KNOWN, names, agree)[0].is_nothing
    assert run(vault).contents == 0


def test_an_end_that_is_still_to_come_is_told(vault: Vault) -> None:
    before = everything(vault)
    ended_before(vault, "_finish")
    assert vault.is_sealed
    plan, _ = encrypt(vault.place, CLIENT_NAME, KNOWN, ALL, lambda plan: False)
    assert plan.is_unfinished and not plan.is_nothing and not plan.names
    with pytest.raises(StoreError, match="being encrypted"):
        replicate_store(vault.place, Place(str(vault.base / "copy")), CLIENT_NAME)
    run(vault)
    assert everything(vault) == before and findings(vault) == []


def test_only_who_knows_the_password_may(vault: Vault) -> None:
    with pytest.raises(AuthenticationError):
        run(vault, known=KnownPassword("main", lambda: b"wrong", quick))
    with pytest.raises(StoreError, match="no keyslot"):
        run(vault, known=KnownPassword("other", lambda: PASSWORD, quick))
    assert not vault.is_sealed and everything(vault)
    run(vault)
    with pytest.raises(AuthenticationError):
        run(vault, known=KnownPassword("main", lambda: b"wrong", quick))


def test_it_comes_back_from_its_packs_alone(vault: Vault) -> None:
    before = everything(vault)
    run(vault)
    home = vault.base / CLIENT_NAME
    for path in [home / "tardis.db", *home.glob("tardis.db.*.gz")]:
        path.unlink()
    _, done = recover(vault.place, CLIENT_NAME, lambda found: True)
    assert done is not None and done.sets == (1, 2, 3)
    assert everything(vault) == before


def test_a_catalog_that_is_lost_half_way_comes_back_in_clear(vault: Vault) -> None:
    before = everything(vault)
    half_way(vault)
    home = vault.base / CLIENT_NAME
    for path in [home / "tardis.db", *home.glob("tardis.db.*.gz")]:
        path.unlink()
    _, done = recover(vault.place, CLIENT_NAME, lambda found: True)
    assert done is not None and done.sets == (1, 2, 3)
    assert not vault.is_sealed and everything(vault) == before
    run(vault)
    assert everything(vault) == before
    assert [one for one in findings(vault) if "young files" not in one] == []


def _packs(vault: Vault) -> list[Path]:
    return sorted((vault.base / CLIENT_NAME / "packs").glob("*.pack"))
