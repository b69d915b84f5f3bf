import json

from tardis.model import Branch, Explained, LeftOut, Preview, Problem, Weight
from tardis.render import explained_json, explained_text, preview_json, preview_text

LEAF = Branch(b"/home/u/Vid\xffeos", Weight(2, 900 << 20), ())
TINY = Branch(b"/home/u/tiny", Weight(1, 10), ())
FOUND = Preview(
    (Branch(b"/home/u", Weight(1200, 1 << 30), (LEAF, TINY)),),
    Weight(1200, 1 << 30),
    (LeftOut("--exclude: *.o", 12, Weight(12, 2048)), LeftOut("x\n", 1, Weight(1, 5))),
    ((b"/home/u/a.o", "--exclude: *.o", Weight(1, 2000)),),
    1,
    [Problem(b"/home/u/x", "Input/output error")],
)


def test_the_tree_is_shown_by_size_without_what_hardly_weighs() -> None:
    assert preview_text(FOUND) == (
        "would be saved: 1,200 files, 1.0 GB\n"
        "  1.0 GB  1,200    /home/u\n"
        "900.0 MB      2      Vid\\xffeos\n"
        "left out: 13 entries with 13 files, 2.0 KB\n"
        "2.0 KB  12    --exclude: *.o\n"
        "   5 B   1    x\\x0a\n"
        "largest that is left out:\n"
        "2.0 KB    /home/u/a.o  --exclude: *.o\n"
        "left out for want of access: 1 entry\n"
    )


def test_nothing_left_out_is_said_in_a_line() -> None:
    nothing = Preview((Branch(b"/a", Weight(), ()),), Weight(), (), ())
    text = preview_text(nothing)
    assert text.startswith("would be saved: 0 files, 0 B\n")
    assert text.endswith("left out: 0 entries with 0 files, 0 B\n")


def test_json_tells_all_of_it() -> None:
    told = json.loads(preview_json(FOUND))
    assert told["saved"]["size_bytes"] == 1 << 30
    (tree,) = told["saved"]["trees"]
    assert [one["path"] for one in tree["largest"]] == ["/home/u/Vid\\xffeos", "/home/u/tiny"]
    assert told["left_out"]["by_rule"][0] == {
        "rule": "--exclude: *.o", "entries": 12, "files": 12, "size_bytes": 2048,
    }  # fmt: skip
    assert told["left_out"]["largest"][0]["path"] == "/home/u/a.o"
    assert told["left_out"]["unreadable"] == 1
    assert told["problems"] == [{"path": "/home/u/x", "reason": "Input/output error"}]


def test_a_path_is_explained_in_a_line() -> None:
    found = [
        Explained(b"/a", True, "", b"/a"),
        Explained(b"/b", True, "without what it holds: it holds .tardis-skip", b"/b"),
        Explained(b"/c\n", False, "--exclude: c*", b"/c\n"),
        Explained(b"/d/e", False, "/etc/tardis/excludes:3: d", b"/d"),
    ]
    assert explained_text(found).splitlines() == [
        "/a: saved",
        "/b: saved, without what it holds: it holds .tardis-skip",
        "/c\\x0a: left out: --exclude: c*",
        "/d/e: left out with /d: /etc/tardis/excludes:3: d",
    ]
    told = json.loads(explained_json(found))
    assert told[3] == {
        "path": "/d/e", "is_saved": False, "reason": found[3].reason, "decided_at": "/d",
    }  # fmt: skip
