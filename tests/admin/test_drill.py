"""A sample of files is restored and looked at; what is not as it was is told."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.admin import Drilled, Wish, drill
from tardis.model import StoreError
from tardis.store import iter_sample
from tests.store.fuse import KILLED, ends_at
from tests.store.workshop import BOX, Workshop, fill, put, row

FILES = {b"f%d" % number: b"content %d" % number * 9 for number in range(7)}


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    made.run({b"old": b"old"})
    made.run(FILES)
    return made


def bringer(
    shop: Workshop, spoil: Callable[[str], object] = lambda path: None
) -> Callable[[bytes, str], str]:
    """Return what restores files of one directory by hand."""

    def bring(path: bytes, folder: str) -> str:
        name = path.rsplit(b"/", 1)[-1]
        target = os.path.join(folder, "file")
        with open(target, "wb") as file:
            file.write(FILES[name])
        os.chmod(target, 0o644)
        os.utime(target, ns=(5 * 10**9 + 6, 5 * 10**9 + 6))
        spoil(target)
        return ""

    return bring


def run(shop: Workshop, count: int, **more: object) -> list[Drilled]:
    spoil = more.pop("spoil", lambda path: None)
    assert callable(spoil)
    wish = Wish(2, count, **more)  # type: ignore[arg-type]
    return drill(shop.place(), BOX, wish, bringer(shop, spoil))


def test_the_sample_goes_round(shop: Workshop) -> None:
    tried = [one.path for _ in range(4) for one in run(shop, 4)]
    assert len(tried) == 16
    assert set(tried[:7]) == {b"top/" + name for name in FILES}
    assert tried[7:14] == tried[:7]


def test_more_than_there_are_is_once_round(shop: Workshop) -> None:
    run(shop, 3)
    tried = [one.path for one in run(shop, 100)]
    assert sorted(tried) == sorted(b"top/" + name for name in FILES)


def test_files_of_other_sets_have_no_turn(shop: Workshop) -> None:
    numbers = [entry.name for _, entry in iter_sample(shop.place(), BOX, 1)]
    assert numbers == [b"old"]


def test_what_another_root_has_is_passed_over(shop: Workshop) -> None:
    with shop.running(name="three") as writer:
        (other,) = (writer.new_directory(),)
        writer.group.new_directories.append((other, 1, 50, 0))
        content = put(writer, b"elsewhere")
        writer.group.opened.append(row(b"elsewhere", content, other, 3, 9))
        fill(writer, FILES)
        shop.complete(writer)
    paths = {one.path for one in drill(shop.place(), BOX, Wish(3, 50), bringer(shop))}
    assert paths == {b"top/" + name for name in FILES}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (os.unlink, "not restored"),
        (lambda path: os.utime(path, (9, 9)), "time"),
        (lambda path: os.chmod(path, 0o600), "mode"),
    ],
)
def test_what_is_not_as_it_was_is_told(
    shop: Workshop, spoil: Callable[[str], object], why: str
) -> None:
    (one,) = run(shop, 1, spoil=spoil)
    assert why in one.fault and not one.is_good and one.live == ""


def test_other_bytes_are_told(shop: Workshop) -> None:
    def spoil(path: str) -> None:
        with open(path, "r+b") as file:
            file.write(b"X")
        os.utime(path, ns=(5 * 10**9 + 6, 5 * 10**9 + 6))

    (one,) = run(shop, 1, spoil=spoil)
    assert "bytes" in one.fault


def test_a_restore_that_fails_is_told(shop: Workshop) -> None:
    (one,) = drill(shop.place(), BOX, Wish(2, 1), lambda path, folder: "no such luck")
    assert one.fault == "no such luck"


def test_nothing_is_left_in_the_scratch_directory(shop: Workshop, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert len(run(shop, 3, scratch=str(scratch))) == 3
    assert list(scratch.iterdir()) == []
    with pytest.raises(OSError):
        run(shop, 1, scratch=str(tmp_path / "nowhere"))


def test_what_a_killed_drill_has_left_goes_with_the_next(shop: Workshop, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def bring(path: bytes, folder: str) -> str:
        for name in ("file", ".tardis-0123456789abcdef"):
            (Path(folder) / name).write_bytes(b"somebody's letter")
        os._exit(KILLED)

    assert ends_at(lambda: drill(shop.place(), BOX, Wish(2, 3, str(scratch)), bring), 1 << 30)
    assert len(list(scratch.rglob("*"))) == 3
    assert len(run(shop, 1, scratch=str(scratch))) == 1
    assert list(scratch.iterdir()) == []


def live_tree(shop: Workshop, tmp_path: Path) -> tuple[Path, dict[bytes, Path]]:
    """Let the files of set 3 be files of this machine, as they are now."""
    top = tmp_path / "live"
    top.mkdir()
    for name, data in FILES.items():
        (top / os.fsdecode(name)).write_bytes(data)
    with shop.running(name="three") as writer:
        for name in FILES:
            writer.group.closed.append((2, 1, name))
        for name, data in FILES.items():
            found = (top / os.fsdecode(name)).stat()
            mtime, ctime = divmod(found.st_mtime_ns, 10**9), divmod(found.st_ctime_ns, 10**9)
            listed = (found.st_mode, 0, 0, len(data), *mtime, *ctime, 1, found.st_ino, 1, 0)
            content = put(writer, data)
            writer.group.opened.append((1, name, *listed, None, content, None, 3, 0, None))
        writer.group.roots.append((3, os.fsencode(top), None, 1, b"\x90"))
        shop.complete(writer)
    return top, {name: top / os.fsdecode(name) for name in FILES}


def test_live_files_are_compared(shop: Workshop, tmp_path: Path) -> None:
    top, live = live_tree(shop, tmp_path)
    kept = tmp_path / "kept"
    shutil.copytree(top, kept)

    def bring(path: bytes, folder: str) -> str:
        shutil.copy2(kept / os.path.basename(os.fsdecode(path)), f"{folder}/file")
        return ""

    live[b"f1"].unlink()
    live[b"f2"].write_bytes(b"edited")
    found = {one.path: one for one in drill(shop.place(), BOX, Wish(3, 50), bring)}
    states = {os.path.basename(path): one.live for path, one in found.items()}
    assert states[b"f0"] == "same" and states[b"f1"] == "absent" and states[b"f2"] == "changed"
    assert all(one.is_good for one in found.values())
    wish = Wish(3, 50, looks_at_live=False)
    assert {one.live for one in drill(shop.place(), BOX, wish, bring)} == {""}


def test_a_live_file_that_differs_though_nothing_says_so_is_an_alarm(
    shop: Workshop, tmp_path: Path
) -> None:
    """The catalog names the bytes of another file, of the same size."""
    _, live = live_tree(shop, tmp_path)
    query = "SELECT content FROM entries WHERE name = x'6633' AND first_set = 3"
    shop.execute(f"UPDATE entries SET content = ({query}) WHERE name = x'6631' AND first_set = 3")

    def bring(path: bytes, folder: str) -> str:
        name = os.path.basename(path)
        shutil.copy2(live[b"f3" if name == b"f1" else name], f"{folder}/file")
        mtime = os.stat(path).st_mtime_ns
        os.utime(f"{folder}/file", ns=(mtime, mtime))
        return ""

    found = drill(shop.place(), BOX, Wish(3, 50), bring)
    assert [(one.path[-2:], one.live) for one in found if not one.is_good] == [(b"f1", "differs")]


def test_a_store_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        drill(Workshop(tmp_path).place(), BOX, Wish(1, 1), lambda path, folder: "")
