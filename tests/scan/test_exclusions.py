import os
from pathlib import Path

import pytest

from tardis.policy import Rule, RuleSet, Scope
from tardis.scan import Exclusions, Filesystems, WalkRules
from tardis.scan.exclusions import CACHE_SIGNATURE, RULE_BYTES, Selector, read_rules
from tests.scan.trees import by_path, names, walk, walker

FILES = Exclusions(inherited=(b".ex",), local=(b".lo",), skip=b".skip", skips_caches=True)


def scope(*patterns: str) -> Scope:
    return Scope().with_rules(RuleSet(Rule(one, "here") for one in patterns))


def grow(top: Path, *paths: str) -> None:
    for path in paths:
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).touch()


def seen(top: Path, exclusions: Exclusions = FILES) -> dict[bytes, list[bytes]]:
    return by_path(top, WalkRules(exclusions=exclusions))


def test_a_file_of_patterns_holds_below_and_a_local_one_does_not(tmp_path: Path) -> None:
    grow(tmp_path, "a/x.o", "a/y.c", "a/in/x.o", "a/in/y.c", "b/x.o")
    (tmp_path / "a/.ex").write_text("*.o\n")
    (tmp_path / "a/.lo").write_text("*.c\n")
    assert seen(tmp_path) == {
        b"": [b"a", b"b"],
        b"/a": [b".ex", b".lo", b"in"],
        b"/a/in": [b"y.c"],
        b"/b": [b"x.o"],
    }


def test_a_path_in_a_file_of_patterns_begins_at_its_directory(tmp_path: Path) -> None:
    grow(tmp_path, "a/in/x", "a/in/in/x", "a/in/in/y", "in/x")
    (tmp_path / "a/.ex").write_text("/in/x\nin/y\n")
    assert seen(tmp_path) == {
        b"": [b"a", b"in"],
        b"/a": [b".ex", b"in"],
        b"/a/in": [b"in"],
        b"/a/in/in": [b"x"],
        b"/in": [b"x"],
    }


def test_a_skip_file_empties_its_directory_and_a_directory_of_that_name_does_not(
    tmp_path: Path,
) -> None:
    grow(tmp_path, "a/.skip", "a/x", "a/in/x", "b/.skip/x", "c/x")
    (tmp_path / "c/.skip").symlink_to("nowhere")
    assert seen(tmp_path) == {
        b"": [b"a", b"b", b"c"],
        b"/a": [],
        b"/b": [b".skip"],
        b"/b/.skip": [b"x"],
        b"/c": [],
    }


def test_a_cache_is_told_by_its_tag_and_the_tag_by_its_signature(tmp_path: Path) -> None:
    grow(tmp_path, "a/x", "b/x", "c/x", "d/x")
    (tmp_path / "a/CACHEDIR.TAG").write_bytes(CACHE_SIGNATURE + b"\n# made by hand\n")
    (tmp_path / "b/CACHEDIR.TAG").write_bytes(CACHE_SIGNATURE[:-1])
    (tmp_path / "c/CACHEDIR.TAG").symlink_to("../a/CACHEDIR.TAG")
    os.mkfifo(tmp_path / "d/CACHEDIR.TAG")
    tag = b"CACHEDIR.TAG"
    found = seen(tmp_path)
    assert (found[b"/a"], found[b"/b"]) == ([], [tag, b"x"])
    assert (found[b"/c"], found[b"/d"]) == ([tag, b"x"], [tag, b"x"])
    assert seen(tmp_path, Exclusions())[b"/a"] == [tag, b"x"]
    assert CACHE_SIGNATURE == b"Signature: 8a477f597d28d172789f06886806bc55"


def test_files_that_tell_what_to_leave_out_count_though_they_are_left_out(tmp_path: Path) -> None:
    grow(tmp_path, "a/.skip", "b/x.o", "c/x")
    (tmp_path / "b/.ex").write_text("*.o")
    hidden = Exclusions(scope("/**/.*"), inherited=(b".ex",), skip=b".skip")
    assert seen(tmp_path, hidden) == {b"": [b"a", b"b", b"c"], b"/a": [], b"/b": [], b"/c": [b"x"]}


def test_a_large_directory_obeys_its_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tardis.scan.walker.LARGE", 100)
    for number in range(300):
        (tmp_path / f"{number:03}").touch()
    (tmp_path / ".lo").write_text("*[0-8]\n")
    (tmp_path / "sub").mkdir()
    assert len(seen(tmp_path)[b"/sub"]) == 0
    left = [names(one) for one in walk(tmp_path, WalkRules(exclusions=FILES))]
    assert sorted(name for some in left for name in some) == [
        b".lo", *(b"%03d" % number for number in range(9, 300, 10)), b"sub",
    ]  # fmt: skip
    (tmp_path / ".skip").touch()
    assert seen(tmp_path) == {b"": []}


def test_what_is_looked_at_twice_is_told_once(tmp_path: Path) -> None:
    grow(tmp_path, "x.o", "x.c")
    (tmp_path / ".ex").write_text("*.c\n")
    told: list[tuple[bytes, str]] = []
    wanted = Exclusions(scope("*.o"), inherited=(b".ex",))
    rules = WalkRules(exclusions=wanted, excluded=lambda path, why: told.append((path, why)))
    assert by_path(tmp_path, rules) == {b"": [b".ex"]}
    here = os.fsencode(tmp_path)
    assert sorted(told) == [
        (here + b"/x.c", f"{tmp_path}/.ex:1: *.c"),
        (here + b"/x.o", "here: *.o"),
    ]


def test_patterns_that_cannot_be_read_are_a_problem_and_leave_nothing_out(tmp_path: Path) -> None:
    for name, make in (("a", os.mkfifo), ("b", os.mkdir)):
        grow(tmp_path, f"{name}/x")
        make(tmp_path / name / ".ex")
    grow(tmp_path, "c/x", "d/x")
    with open(tmp_path / "c/.ex", "wb") as file:
        file.truncate(RULE_BYTES + 1)
    (tmp_path / "d/.ex").symlink_to("nowhere")
    problems: list[bytes] = []
    rules = WalkRules(exclusions=FILES, problem=lambda path, why: problems.append(path))
    assert all(b"x" in held for path, held in by_path(tmp_path, rules).items() if len(path) == 2)
    here = os.fsencode(tmp_path)
    assert problems == [here + b"/a/.ex", here + b"/c/.ex"]


def test_a_file_of_patterns_may_be_a_link(tmp_path: Path) -> None:
    grow(tmp_path, "a/x.o")
    (tmp_path / "rules").write_text("*.o")
    (tmp_path / "a/.ex").symlink_to("../rules")
    assert seen(tmp_path)[b"/a"] == [b".ex"]
    assert read_rules(os.fsencode(tmp_path / "a/.ex"))[0].pattern == "*.o"


def test_directories_without_such_files_cost_no_system_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, *(f"{number:02}/{name}" for number in range(20) for name in "abc"))
    asked: list[int] = []

    def found(self: Selector, folder: int) -> list[bytes]:
        asked.append(folder)
        return []

    monkeypatch.setattr(Selector, "found", found)
    for wanted in (FILES, Exclusions(scope("*.o", "/a/b/c"), inherited=(b".tardis-excludes",))):
        seen(tmp_path, wanted)
    assert asked == []
    grow(tmp_path, "00/.ex")
    seen(tmp_path)
    assert len(asked) == 1


def test_a_directory_that_holds_backups_is_recorded_and_not_entered(tmp_path: Path) -> None:
    grow(tmp_path, "store/machine/tardis.db", "x")
    status = (tmp_path / "store").stat()
    stores = frozenset({(status.st_dev, status.st_ino)})
    assert seen(tmp_path, Exclusions(stores=stores)) == {b"": [b"store", b"x"]}


def test_what_the_directory_itself_leaves_out_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, "a/bad", "a/good")
    (tmp_path / "a/.ex").write_text("bad\n")
    real = os.scandir

    class Entry:
        def __init__(self, entry: os.DirEntry[str]) -> None:
            self.name, self.is_dir, self.real = entry.name, entry.is_dir, entry

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            if self.name == "bad":
                raise OSError(5, "Input/output error")
            return self.real.stat(follow_symlinks=follow_symlinks)

    class Scan:
        def __init__(self, folder: int) -> None:
            self._entries = real(folder)

        def __enter__(self) -> "Scan":
            return self

        def __exit__(self, *rest: object) -> None:
            self._entries.close()

        def __iter__(self) -> "Scan":
            return self

        def __next__(self) -> Entry:
            return Entry(next(self._entries))

    monkeypatch.setattr(os, "scandir", Scan)
    assert seen(tmp_path)[b"/a"] == [b".ex", b"good"]
    with pytest.raises(AssertionError):  # a range was wanted, and the directory could not be listed
        seen(tmp_path, Exclusions())


def test_the_top_of_a_walk_knows_the_rules_for_its_path(tmp_path: Path) -> None:
    grow(tmp_path, "in/x", "in/y")
    path = os.fsdecode(os.fsencode(tmp_path))
    wanted = Exclusions(scope(f"{path}/in/x", f"{path}"))
    assert seen(tmp_path / "in", wanted) == {b"": [b"y"]}
    one = walker(WalkRules(exclusions=wanted))
    assert one.place_of(os.fsencode(tmp_path), tmp_path.stat()).depth == 0
    assert Filesystems([], lambda item: None).shows_backups(0, b"/nowhere") is False
