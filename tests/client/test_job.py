import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.client import BackupJob, JobOptions, SetWish
from tardis.client import job as module
from tardis.model import NoSourceError, Observer, RemoteProtocolError, Report
from tardis.protocol import Message, listing, messages
from tardis.scan import Place, Range, Unlisted, Walker
from tests.client.fakes import FakeServer, wants_digests


def options(*roots: Path, **more: object) -> JobOptions:
    paths = [os.fsencode(root) for root in roots]
    return JobOptions("client", {path: path for path in paths}, **more)  # type: ignore[arg-type]


def back_up(
    server: FakeServer, wanted: JobOptions, observer: Observer | None = None
) -> tuple[BackupJob, Report]:
    line, thread = server.start()
    job = BackupJob(line, wanted, observer)
    try:
        report = job.run()
        thread.join()
    finally:
        line.close()
    return job, report


def end_of(server: FakeServer) -> messages.CloseSet:
    (end,) = server.of_kind(messages.CloseSet)
    assert isinstance(end, messages.CloseSet)
    return end


def grow(place: Path) -> Path:
    place.mkdir()
    (place / "one").write_bytes(b"1" * 10)
    (place / "sub").mkdir()
    (place / "sub/two").write_bytes(b"2" * 20)
    (place / "sub/link").symlink_to("two")
    return place


def test_a_first_run_lists_all_and_sends_all(tmp_path: Path) -> None:
    tree, server = grow(tmp_path / "tree"), FakeServer()
    job, report = back_up(server, options(tree, wish=SetWish(session="s", lineage=b"l")))
    assert server.files() == {b"one": b"1" * 10, b"two": b"2" * 20}
    assert server.of_kind(messages.Fingerprints) == []
    first, second = server.listings.values()
    assert first.fingerprint
    assert second.targets == ((0, b"two"),)
    assert second.racy == (0,)
    assert (report.directories, report.entries, report.files, report.size_bytes) == (2, 4, 2, 30)
    assert end_of(server) == messages.CloseSet(2, 4, 30, 0)
    assert job.closed is not None
    assert report.bytes_sent > 30
    kinds = [type(message) for message in server.heard]
    assert kinds[:4] == [
        messages.Hello, messages.OpenSet, messages.AddFilesystems, messages.AddRoot,
    ]  # fmt: skip
    assert kinds[-3:] == [messages.Owners, messages.CloseSet, messages.Goodbye]
    (root,) = server.of_kind(messages.AddRoot)
    assert isinstance(root, messages.AddRoot)
    assert root.path == os.fsencode(tree)
    assert len(root.ancestors) == len(tree.parts) - 1


def test_an_unchanged_tree_is_told_in_one_message_and_no_file_is_opened(tmp_path: Path) -> None:
    tree, first = grow(tmp_path / "tree"), FakeServer()
    back_up(first, options(tree))
    (told,) = first.of_kind(messages.AddFilesystems)
    assert isinstance(told, messages.AddFilesystems)
    known = tuple(item[:3] for item in told.items)
    again = FakeServer(is_first=False, remembered=first.remembered, filesystems=known)
    _, report = back_up(again, options(tree))
    assert len(again.of_kind(messages.Fingerprints)) == 1
    assert again.of_kind(messages.AddFilesystems) == []
    assert again.listings == {}
    assert again.contents == {}
    end = end_of(again)
    assert (end.directories, end.entries) == (again.directories, again.entries) == (2, 4)
    assert (report.size_bytes, report.files_new) == (30, 0)


def test_only_what_differs_is_listed(tmp_path: Path) -> None:
    tree, first = grow(tmp_path / "tree"), FakeServer()
    back_up(first, options(tree))
    (tree / "sub/two").write_bytes(b"changed")
    again = FakeServer(is_first=False, remembered=first.remembered)
    back_up(again, options(tree))
    assert again.files() == {b"two": b"changed"}
    assert len(again.listings) == 1
    assert (end_of(again).directories, end_of(again).entries) == (2, 4)


def test_large_and_empty_files_arrive_whole(tmp_path: Path) -> None:
    tree, server = tmp_path / "tree", FakeServer()
    tree.mkdir()
    data = {b"empty": b"", b"large": os.urandom(3 << 20) + b"x", b"edge": bytes(128 << 10)}
    for name, content in data.items():
        (tree / name.decode()).write_bytes(content)
    _, report = back_up(server, options(tree))
    assert server.files() == data
    assert report.files_new == 3
    sizes = [m.size for m in server.of_kind(messages.UploadPart) if hasattr(m, "size")]
    assert sizes == [1 << 20, 1 << 20, 1 << 20, 1]


def test_known_digests_send_nothing_and_others_do(tmp_path: Path) -> None:
    tree, server = tmp_path / "tree", FakeServer(wish=wants_digests)
    tree.mkdir()
    for name, content in (("a", b"a"), ("b", b"b"), ("big", bytes(1 << 20))):
        (tree / name).write_bytes(content)
    _, report = back_up(server, options(tree))
    assert server.files() == {b"a": b"a", b"b": b"b", b"big": bytes(1 << 20)}
    digests = [m for m in server.of_kind(messages.Digests) if isinstance(m, messages.Digests)]
    knowing = FakeServer(wish=wants_digests, known={i[4] for m in digests for i in m.items})
    _, report = back_up(knowing, options(tree))
    assert knowing.contents == {}
    assert (report.files_known, report.files_new) == (3, 0)


def test_missing_roots_are_problems_and_none_at_all_makes_no_set(tmp_path: Path) -> None:
    tree, server = grow(tmp_path / "tree"), FakeServer()
    (tmp_path / "empty").mkdir()
    _, report = back_up(server, options(tree, tmp_path / "gone", tmp_path / "empty"))
    assert [os.path.basename(problem.path) for problem in report.problems] == [b"gone", b"empty"]
    assert end_of(server).problems == 2
    assert len(server.of_kind(messages.AddRoot)) == 1
    silent = FakeServer()
    line, _ = silent.start()
    with pytest.raises(NoSourceError):
        BackupJob(line, options(tmp_path / "gone", tmp_path / "empty")).run()
    line.close()
    assert silent.heard == []


def test_an_empty_root_is_fine_if_that_is_allowed(tmp_path: Path) -> None:
    server = FakeServer()
    _, report = back_up(server, options(tmp_path, allows_empty=True))
    assert (report.directories, report.entries) == (1, 0)
    assert end_of(server) == messages.CloseSet(1, 0, 0, 0)


def test_a_file_is_a_root_of_its_own_within_its_directory(tmp_path: Path) -> None:
    tree, server = grow(tmp_path / "tree"), FakeServer(is_first=False)
    back_up(server, options(tree / "one", tree / "sub"))
    roots = [m for m in server.of_kind(messages.AddRoot) if isinstance(m, messages.AddRoot)]
    assert [root.name for root in roots] == [b"one", b""]
    told = server.listings[0]
    assert (told.start, told.end, told.fingerprint) == (b"one", b"one\0", b"")
    assert told.directory == roots[0].directory
    assert (end_of(server).directories, end_of(server).entries) == (1, 3)


def test_two_files_of_one_directory_name_the_same_one(tmp_path: Path) -> None:
    tree, server = grow(tmp_path / "tree"), FakeServer()
    (tree / "three").touch()
    back_up(server, options(tree / "one", tree / "three"))
    roots = [m for m in server.of_kind(messages.AddRoot) if isinstance(m, messages.AddRoot)]
    assert roots[0].directory == roots[1].directory


class Vandal(FakeServer):
    """Does something to the tree as soon as its first listing has arrived."""

    def judge(self, message: messages.Listing) -> messages.Verdicts:
        if not self.listings:
            self.strike()
        return super().judge(message)

    def strike(self) -> None:
        raise NotImplementedError


def test_a_file_that_vanishes_is_taken_out_of_the_books(tmp_path: Path) -> None:
    tree = grow(tmp_path / "tree")

    class Remover(Vandal):
        def strike(self) -> None:
            (tree / "one").unlink()

    server = Remover()
    _, report = back_up(server, options(tree))
    assert [outcome for outcome, _ in server.unread.values()] == [0]
    assert (report.vanished, report.problems) == (1, [])
    assert end_of(server) == messages.CloseSet(2, 3, 20, 0)


def test_a_file_that_grows_before_it_is_read_counts_as_it_is_now(tmp_path: Path) -> None:
    tree = grow(tmp_path / "tree")

    class Grower(Vandal):
        def strike(self) -> None:
            (tree / "one").write_bytes(b"1" * 15)

    server = Grower()
    back_up(server, options(tree))
    assert end_of(server).size_bytes == 35
    states = [state for _, state in server.states.values() if state]
    assert [listing.parse_stat(state).size for state in states] == [15]


def test_a_directory_that_vanishes_is_told_as_empty(tmp_path: Path) -> None:
    tree, server = grow(tmp_path / "tree"), FakeServer()
    walk = Walker.walk
    seen: list[object] = []

    def walk_and_remove(self: Walker, top: Place) -> Iterator[Range | Unlisted]:
        for found in walk(self, top):
            yield found
            if not seen:
                seen.append(found)
                (tree / "sub").rename(tmp_path / "elsewhere")

    patch = pytest.MonkeyPatch()
    patch.setattr("tardis.scan.Walker.walk", walk_and_remove)
    try:
        _, report = back_up(server, options(tree))
    finally:
        patch.undo()
    assert report.vanished == 1
    assert end_of(server) == messages.CloseSet(2, 2, 10, 0)
    assert server.listings[1].entries == b""


def test_names_that_wait_in_vain_are_asked_for_later(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in ("a", "b"):
        (tree / name).mkdir(parents=True)
    (tree / "a/file").write_bytes(b"both")
    os.link(tree / "a/file", tree / "b/file")

    def wish(request: int, position: int, entry: object) -> str:
        return "content" if request == 1 else ""

    class Asker(FakeServer):
        def answers(self, message: Message) -> list[Message]:
            found = super().answers(message)
            if isinstance(message, messages.Contents) and len(self.contents) == 1:
                found.append(messages.DigestVerdicts(((2, 0, True),)))
            return found

    server = Asker(wish=wish)
    _, report = back_up(server, options(tree))
    assert server.contents == {(1, 0): b"both", (2, 0): b"both"}
    assert report.files_new == 2


@pytest.mark.parametrize(
    "nonsense",
    [
        messages.Verdicts(99, (), ()),
        messages.Verdicts(0, (99,), ()),
        messages.Verdicts(0, (), (-1,)),
        messages.Differ(7, ()),
        messages.DigestVerdicts(((99, 0, True),)),
    ],
)
def test_nonsense_from_the_server_is_its_fault(tmp_path: Path, nonsense: Message) -> None:
    tree = grow(tmp_path / "tree")

    class Liar(FakeServer):
        def answers(self, message: Message) -> list[Message]:
            if isinstance(message, messages.Listing):
                return [nonsense]
            return super().answers(message)

    server = Liar()
    line, _ = server.start()
    with pytest.raises(RemoteProtocolError):
        BackupJob(line, options(tree)).run()
    line.close()


def test_a_small_window_still_comes_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    for number in range(50):
        (tree / f"d{number}").mkdir(parents=True)
        (tree / f"d{number}/file").write_bytes(b"%d" % number)
    monkeypatch.setattr(module, "WINDOW", listing.RANGE_ENTRIES + 60)
    server = FakeServer(is_first=False)
    back_up(server, options(tree))
    assert len(server.contents) == 50
    assert (end_of(server).directories, end_of(server).entries) == (51, 100)
    assert (server.directories, server.entries) == (51, 100)


def test_watchers_hear_of_directories_files_and_bytes(tmp_path: Path) -> None:
    class Watcher(Observer):
        def __init__(self) -> None:
            self.paths: list[bytes] = []
            self.done: list[tuple[bytes, str, int]] = []
            self.files = self.size_bytes = 0

        def working_on(self, path: bytes) -> None:
            self.paths.append(path)

        def file_done(self, path: bytes, kind: str, size: int) -> None:
            self.done.append((os.path.basename(path), kind, size))

        def advanced(self, files: int, size_bytes: int) -> None:
            self.files += files
            self.size_bytes += size_bytes

    tree, watcher = grow(tmp_path / "tree"), Watcher()
    _, report = back_up(FakeServer(), options(tree), watcher)
    assert sorted(watcher.done) == [(b"one", "New", 10), (b"two", "New", 20)]
    assert (watcher.files, watcher.size_bytes) == (2, 30)
    assert os.fsencode(tree / "sub") in watcher.paths
    changed = FakeServer(is_first=False, wish=lambda request, position, entry: "")
    again = Watcher()
    back_up(changed, options(tree), again)
    same = FakeServer(is_first=False, remembered=changed.remembered)
    back_up(same, options(tree), again)
    assert (again.files, again.size_bytes) == (4, 60)
    assert report.size_bytes == 30
