"""What is restored on behalf of a user: what its permissions let it read, and nothing else."""

import grp
import io
import os
import pwd
import struct
import tarfile
from pathlib import Path

import pytest

from tardis.history import (
    Access,
    ExtractOptions,
    ReadsAs,
    Request,
    Restored,
    Tree,
    fill_archive,
    open_archive,
    restore,
)
from tardis.model import Observer, RightsError
from tardis.policy import Person
from tardis.streams import pack_attributes
from tests.history.memory_reader import MemoryStore

ALICE, BOB = 61001, 61002
READER = ReadsAs(Person(BOB, frozenset({BOB})), "bob")
EVERYTHING = [Request(1, b"/home", b"home", True)]


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.root(b"/home")
    owner = {"uid": ALICE, "gid": ALICE}
    made.file(1, b"open", b"for all", 0o644, **owner)
    made.file(1, b"secret", b"for alice", 0o600, **owner)
    made.file(1, b"theirs", b"for bob", 0o400, uid=BOB, gid=BOB)
    made.link(1, b"link", b"secret", **owner)
    made.folder(1, b"closed", 2, 0o700, **owner)
    made.file(2, b"inside", b"hidden by its parent", 0o644, **owner)
    made.folder(1, b"unlisted", 3, 0o711, **owner)
    made.file(3, b"known", b"by its name", 0o644, **owner)
    return made


def run(store: MemoryStore, out: Path, requests: list[Request] = EVERYTHING) -> Restored:
    options = ExtractOptions(os.fsencode(out), jobs=1, reads_as=READER)
    return restore(store.reader, requests, options, Observer())


def names_below(out: Path) -> set[str]:
    return {str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir()}


def test_a_tree_has_what_the_user_may_read_and_the_rest_is_told(
    store: MemoryStore, tmp_path: Path
) -> None:
    done = run(store, tmp_path)
    assert names_below(tmp_path) == {"home/open", "home/theirs", "home/link"}
    told = {problem.path: problem.reason for problem in done.problems}
    assert set(told) == {b"home/secret", b"home/closed", b"home/unlisted"}
    assert set(told.values()) == {"bob may not read it"}


def test_an_archive_has_the_same(store: MemoryStore) -> None:
    out = io.BytesIO()
    made = open_archive("tar", out)
    options = ExtractOptions(b".", reads_as=READER)
    done = fill_archive(made, store.reader(), EVERYTHING, options, Observer())
    made.close()
    with tarfile.open(fileobj=io.BytesIO(out.getvalue())) as archive:
        names = {one.name for one in archive if not one.isdir()}
    assert names == {"home/open", "home/theirs", "home/link"}
    assert len(done.problems) == 3


@pytest.mark.parametrize("path", [b"/home/closed/inside", b"/home/secret"])
def test_what_is_asked_for_by_its_path_needs_search_on_the_way(
    store: MemoryStore, tmp_path: Path, path: bytes
) -> None:
    done = run(store, tmp_path, [Request(1, path, b"got", False)])
    assert len(done.problems) == 1 and names_below(tmp_path) == set()


def test_search_without_listing_is_enough_for_who_knows_the_name(
    store: MemoryStore, tmp_path: Path
) -> None:
    run(store, tmp_path, [Request(1, b"/home/unlisted/known", b"got", False)])
    assert names_below(tmp_path) == {"got"}


def test_directories_above_the_roots_count(store: MemoryStore) -> None:
    [root] = store.roots[1]
    shut = root.ancestors[0]._replace(mode=0o040700, uid=ALICE, gid=ALICE)
    object.__setattr__(root, "ancestors", (shut,))
    access = Access(store.reader(), READER)
    with pytest.raises(RightsError, match="bob may not search /home"):
        Tree(store.reader(), 1, access).find(b"/home/open")
    node = Tree(store.reader(), 1).resolve(b"/home")
    with pytest.raises(RightsError, match="bob may not read /home"):
        access.check_read(1, node, lists=True)
    access.check_read(1, node, lists=False)


def test_acls_let_in_and_keep_out(store: MemoryStore, tmp_path: Path) -> None:
    def acl(bob: int, others: int) -> bytes:
        rows = ((1, 6, -1), (2, bob, BOB), (4, 0, -1), (16, 7, -1), (32, others, -1))
        packed = b"".join(struct.pack("<HHI", tag, may, who % 2**32) for tag, may, who in rows)
        return pack_attributes([(b"system.posix_acl_access", struct.pack("<I", 2) + packed)])

    owner = {"uid": ALICE, "gid": ALICE}
    store.file(1, b"shared", b"with bob", 0o670, xattrs=acl(4, 0), **owner)
    store.file(1, b"all but bob", b"", 0o674, xattrs=acl(0, 4), **owner)
    done = run(store, tmp_path)
    assert "home/shared" in names_below(tmp_path)
    assert b"home/all but bob" in {problem.path for problem in done.problems}


def test_owners_are_known_by_their_names(store: MemoryStore, tmp_path: Path) -> None:
    here = pwd.getpwnam("nobody")
    group = grp.getgrgid(here.pw_gid).gr_name
    store.owners[False, ALICE] = b"nobody"
    store.owners[True, ALICE] = group.encode()
    person = Person(here.pw_uid, frozenset({here.pw_gid}))
    options = ExtractOptions(os.fsencode(tmp_path), jobs=1, reads_as=ReadsAs(person, "nobody"))
    done = restore(store.reader, EVERYTHING, options, Observer())
    assert [problem.path for problem in done.problems] == [b"home/theirs"]


def test_root_reads_everything(store: MemoryStore, tmp_path: Path) -> None:
    root = ReadsAs(Person(0, frozenset({0})), "root")
    options = ExtractOptions(os.fsencode(tmp_path), jobs=1, reads_as=root)
    assert restore(store.reader, EVERYTHING, options, Observer()).problems == []
