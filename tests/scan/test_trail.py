import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.policy import Rule, RuleSet, Scope
from tardis.protocol import listing
from tardis.scan import Exclusions, Filesystems, Range, Trail, Walker, WalkRules, look_at

NAMES = ("a", "b", "c.o", "d~", "in")
PATTERN = st.sampled_from(
    ["*.o", "a", "in/", "/in", "in/a", "**/b/in", "in/**", "!c.o", "!in/a", "?", "[ab]", "*"]
)


def exclusions(*patterns: str) -> Exclusions:
    scope = Scope().with_rules(RuleSet(Rule(one, "here") for one in patterns))
    return Exclusions(scope, (b".ex",), (b".lo",), b".skip", True)


def trail(rules: WalkRules) -> Trail:
    return Trail(rules, Filesystems([], lambda item: None))


def walked(top: Path, rules: WalkRules) -> set[bytes]:
    walker = Walker(rules, Filesystems([], lambda item: None))
    found = set()
    for one in walker.walk(walker.place_of(os.fsencode(top), top.lstat())):
        assert isinstance(one, Range)
        found |= {one.path + b"/" + row[-_length(row) :] for row in one.rows}
    return found


def _length(row: bytes) -> int:
    return int(listing.ENTRY.unpack_from(row)[-1])


def everything(top: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            yield Path(folder, name)


def grow(folder: Path, levels: int) -> None:
    for name in NAMES:
        (folder / name).mkdir()
        if levels:
            grow(folder / name, levels - 1)
        (folder / name / "file.o").touch()


@given(
    st.lists(PATTERN, max_size=3),
    st.lists(st.tuples(st.sampled_from([".ex", ".lo", ".skip"]), PATTERN), max_size=3),
    st.integers(0, 4),
    st.randoms(use_true_random=False),
)
def test_the_trail_and_the_walk_agree_on_every_path(
    tmp_path_factory: pytest.TempPathFactory,
    patterns: list[str],
    files: list[tuple[str, str]],
    depth: int,
    rng: object,
) -> None:
    top = tmp_path_factory.mktemp("tree")
    grow(top, 1)
    folders = sorted(path for path in everything(top) if path.is_dir())
    for number, (name, pattern) in enumerate(files):
        (folders[(number * 7 + len(pattern)) % len(folders)] / name).write_text(pattern)
    rules = WalkRules(exclusions=exclusions(*patterns), max_depth=depth)
    saved = walked(top, rules)
    source = look_at(os.fsencode(top), allows_empty=True)
    one = trail(rules)
    for path in map(os.fsencode, everything(top)):
        stop = one.find_stop(source, path)
        assert (stop is None) == (path in saved), (path, stop)
    for path in saved:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            held = any(other.startswith(path + b"/") for other in saved)
            assert not (held and one.remark(source, path).startswith("without"))


def test_a_stop_names_the_place_and_the_rule(tmp_path: Path) -> None:
    for path in ("a/x.o", "a/in/x", "s/x", "b/.ex/x"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "a/.ex").write_text("# objects\n*.o\n")
    (tmp_path / "s/.skip").touch()
    source = look_at(os.fsencode(tmp_path), allows_empty=False)
    one = trail(WalkRules(exclusions=exclusions("/**/in/")))
    here = os.fsencode(tmp_path)
    found = {
        path: one.find_stop(source, here + b"/" + path)
        for path in (b"a/x.o", b"a/in/x", b"s/x", b"s", b"a/no", b"a/.ex/x", b"a")
    }
    assert found[b"s"] is found[b"a"] is None
    assert found[b"a/x.o"] == (here + b"/a/x.o", f"{tmp_path}/a/.ex:2: *.o")
    assert found[b"a/in/x"] == (here + b"/a/in", "here: /**/in/")
    assert found[b"s/x"] == (here + b"/s", "it holds .skip")
    assert found[b"a/no"] == (here + b"/a/no", "No such file or directory")
    assert found[b"a/.ex/x"] == (here + b"/a/.ex", "it is no directory")
    assert one.remark(source, here + b"/s") == "without what it holds: it holds .skip"
    assert one.remark(source, here + b"/a") == one.remark(source, here) == ""
    one = trail(WalkRules(exclusions=exclusions("a", "!/**/a")))
    assert one.remark(source, here + b"/a") == "here: !/**/a keeps it, against here: a"
    assert one.find_stop(source, here) is None


def test_a_root_that_holds_backups_or_says_no_itself_is_unfit(tmp_path: Path) -> None:
    (tmp_path / "store/machine").mkdir(parents=True)
    (tmp_path / "skipped").mkdir()
    (tmp_path / "skipped/.skip").touch()
    (tmp_path / "file").touch()
    status = (tmp_path / "store").stat()
    wanted = Exclusions(skip=b".skip", stores=frozenset({(status.st_dev, status.st_ino)}))
    one = trail(WalkRules(exclusions=wanted))

    def why(name: str) -> str:
        return one.why_unfit(look_at(os.fsencode(tmp_path / name), allows_empty=True))

    assert why("store") == why("store/machine") == "backups are kept in it"
    assert why("skipped") == "it holds .skip"
    assert why("file") == why(".") == ""
