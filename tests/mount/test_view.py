"""The view answers like a file system: for the top, for sets, and for what is in them."""

import errno
import stat
import struct

import pytest

from tardis.mount import trouble as module
from tardis.streams import pack_attributes
from tests.mount.desk import Desk, desk, kinds, names, refused

__all__ = ["desk"]


def test_the_top_holds_the_sets_and_the_link(desk: Desk) -> None:
    assert names(desk, b"/") == {b"first", b"second", b"Current"}
    assert desk.view.link(b"/Current") == b"second"
    assert stat.S_ISLNK(desk.view.attributes(b"/Current").mode)
    for path in (b"/", b"/first"):
        assert desk.view.attributes(path).mode == stat.S_IFDIR | 0o555
    assert refused(desk.view.attributes, b"/third") == errno.ENOENT
    assert refused(desk.view.folder, b"/Current") == errno.ENOTDIR


def test_each_set_shows_its_own_time(desk: Desk) -> None:
    assert names(desk, b"/first") == {b"top"}
    assert names(desk, b"/first/top") == {b"a", b"d", b"l"}
    assert names(desk, b"/first/top/d") == {b"big"}
    assert names(desk, b"/second/top/d") == {b"big", b"new"}
    assert (desk.read(b"/first/top/a"), desk.read(b"/second/top/a")) == (b"one", b"two!")
    assert desk.read(b"/second/top/d/big") == bytes(range(256)) * 1000


def test_attributes_are_those_of_the_entry(desk: Desk) -> None:
    found = desk.view.attributes(b"/second/top/a")
    node = desk.tree.top.children[b"a"]
    assert (found.mode, found.size, found.nlink) == (node.mode, 4, 1)
    assert (found.mtime_ns // 10**9, found.ctime_ns // 10**9) == (node.mtime, node.ctime)
    assert found.inode == desk.view.attributes(b"/second/top/a").inode
    assert found.inode != desk.view.attributes(b"/first/top/a").inode
    assert kinds(desk, b"/second/top")[b"a"] == (found.mode, found.inode)
    assert stat.S_ISDIR(desk.view.attributes(b"/second/top").mode)


def test_reading_at_any_offset(desk: Desk) -> None:
    handle = desk.open(b"/first/top/d/big")
    assert desk.view.read(b"/x", handle, 4, 255) == b"\xff\0\1\2"
    assert desk.view.read(b"/x", handle, 10, 1 << 40) == b""
    desk.view.close(handle)
    desk.view.close(handle)


def test_what_cannot_be_opened(desk: Desk) -> None:
    assert refused(desk.open, b"/first/top/d") == errno.EISDIR
    assert refused(desk.open, b"/first/top/none") == errno.ENOENT
    assert refused(desk.open, b"/first/top/l") == errno.EINVAL
    assert refused(desk.open, b"/first/top/a/x") == errno.ENOENT
    assert refused(desk.view.link, b"/first/top/a") == errno.EINVAL
    assert refused(desk.view.folder, b"/first/top/a") == errno.ENOTDIR


def test_links_stay_or_are_pointed_into_the_set(desk: Desk) -> None:
    assert desk.view.link(b"/first/top/l") == b"/etc/passwd"
    view = desk.look(b"/mnt")
    assert view.link(b"/first/top/l") == b"/mnt/first/etc/passwd"
    view.end()


def test_extended_attributes_of_sets_and_entries(desk: Desk) -> None:
    found = desk.view.extra(b"/second")
    assert (found["user.backupset"], found["user.complete"]) == (b"second", b"True")
    assert {"user.priority", "user.session"} <= set(found)
    entry = desk.view.extra(b"/second/top/d/big")
    assert entry["user.tardis_since"] == b"first" and entry["user.tardis_chain"] == b"0"
    assert len(entry["user.tardis_checksum"]) == 64
    assert desk.view.extra(b"/second/top/a")["user.tardis_since"] == b"second"
    assert desk.view.extra(b"/") == {}


def test_saved_attributes_are_shown_and_acls_never_widen_a_mode(desk: Desk) -> None:
    acl = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, rights, 0xFFFFFFFF)
        for tag, rights in ((1, 6), (4, 0), (16, 7), (32, 0))
    )
    packed = pack_attributes([(b"user.note", b"n"), (b"system.posix_acl_access", acl)])
    desk.kit.execute("UPDATE entries SET xattrs = ?, mode = ? WHERE name = x'61'", packed, 0o100670)
    desk.later()
    found = desk.view.extra(b"/second/top/a")
    assert (found["user.note"], found["system.posix_acl_access"]) == (b"n", acl)
    assert desk.view.attributes(b"/second/top/a").mode == 0o100600  # its group may do nothing
    desk.view.has_acls = True
    assert desk.view.attributes(b"/second/top/a").mode == 0o100670  # the kernel decides by the ACL


def test_file_flags_are_shown_as_letters(desk: Desk) -> None:
    packed = pack_attributes([(b"tardis.flags", b"\x50\0\0\0"), (b"user.note", b"n")])
    desk.kit.execute("UPDATE entries SET xattrs = ? WHERE name = x'61'", packed)
    desk.later()
    found = desk.view.extra(b"/second/top/a")
    assert (found["user.note"], found["user.tardis_flags"]) == (b"n", b"id")
    assert not [name for name in found if not name.startswith("user.")]


def test_attributes_that_make_no_sense_are_none(desk: Desk) -> None:
    desk.kit.execute("UPDATE entries SET xattrs = x'ff00' WHERE name = x'61'")
    desk.later()
    assert set(desk.view.extra(b"/second/top/a")) <= {
        "user.tardis_since", "user.tardis_checksum", "user.tardis_chain",
    }  # fmt: skip
    assert stat.S_ISREG(desk.view.attributes(b"/second/top/a").mode)


def test_new_sets_appear_and_old_ones_go(desk: Desk) -> None:
    names(desk, b"/")
    desk.tree.write(b"later", b"x")
    desk.run("third")
    assert names(desk, b"/") == {b"first", b"second", b"Current"}  # it has just looked
    desk.later()
    assert b"third" in names(desk, b"/") and desk.view.link(b"/Current") == b"third"
    assert b"later" in names(desk, b"/third/top")
    desk.kit.execute("DELETE FROM backup_sets WHERE number = 1")
    desk.later()
    assert refused(desk.view.folder, b"/first") == errno.ENOENT


def test_tags_are_links_to_their_sets(desk: Desk) -> None:
    desk.kit.execute("INSERT INTO tags VALUES ('released', 1), ('second', 1)")
    assert names(desk, b"/") == {b"first", b"second", b"Current", b"released"}
    assert desk.view.link(b"/released") == b"first"
    assert stat.S_ISLNK(kinds(desk, b"/")[b"released"][0])
    assert stat.S_ISDIR(kinds(desk, b"/")[b"second"][0])  # the name of a set goes first
    assert desk.read(b"/.versions/top/a/released") == b"one"
    desk.kit.execute("DELETE FROM tags")
    desk.later()
    assert refused(desk.view.attributes, b"/released") == errno.ENOENT
    assert refused(desk.view.attributes, b"/.versions/top/a/released") == errno.ENOENT


def test_the_link_to_the_newest_leads_to_a_tag_that_is_called_so(desk: Desk) -> None:
    desk.kit.execute("INSERT INTO tags VALUES ('Current', 1)")
    assert desk.view.link(b"/Current") == b"first"


def test_listings_bring_all_attributes_along(desk: Desk) -> None:
    for path in (b"/second/top", b"/second", b"/", b"/.versions/top", b"/.versions/top/d"):
        folder = desk.view.folder(path)
        brief = desk.look().folder(path, is_brief=True)
        told = zip(brief.names, brief.briefs, map(brief.attributes, range(9)), strict=False)
        assert {name: its for name, its, _ in told} == kinds(desk, path)
        listed = {name: folder.attributes(at) for at, name in enumerate(folder.names)}
        assert set(listed) == names(desk, path) and listed
        for name, (mode, inode) in kinds(desk, path).items():
            assert (stat.S_IFMT(mode), inode) == (
                stat.S_IFMT(listed[name].mode),
                listed[name].inode,
            )
        above = path.rstrip(b"/") + b"/"
        assert all(desk.view.attributes(above + name) == found for name, found in listed.items())
    assert refused(desk.view.folder, b"/second/top/a") == errno.ENOTDIR


def test_damage_is_an_error_of_input(desk: Desk) -> None:
    desk.kit.execute("UPDATE contents SET place = place + 1")
    assert refused(desk.read, b"/first/top/a") == errno.EIO


def test_a_mistake_of_ours_costs_one_file_and_not_the_mount(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("ours")

    with monkeypatch.context() as patch:
        patch.setattr(desk.view, "_find", stumble)
        assert refused(desk.view.attributes, b"/second/top/a") == errno.EIO
    assert "ZeroDivisionError('ours')" in desk.told[-1][1]
    assert desk.view.attributes(b"/second/top/a").mode


def test_a_file_that_never_could_be_read(desk: Desk) -> None:
    desk.kit.execute("UPDATE entries SET content = NULL WHERE name = x'61'")
    desk.later()
    assert refused(desk.open, b"/second/top/a") == errno.EIO


def test_a_store_that_goes_away_is_an_error_not_a_hang(desk: Desk) -> None:
    (desk.kit.base / "box").rename(desk.kit.base / "gone")
    desk.view._reader._directory()._packs.close()  # type: ignore[attr-defined]
    assert refused(desk.read, b"/second/top/a") == errno.EIO


def test_trouble_is_told_once_and_other_news_by_how_much_they_are(desk: Desk) -> None:
    desk.view.folder(b"/")
    assert desk.told == []
    desk.read(b"/first/top/d/big")
    assert desk.told == [(module.FILES, "opened /first/top/d/big")]
    desk.kit.execute("UPDATE contents SET place = place + 1")
    desk.told.clear()
    for _ in range(3):
        assert refused(desk.read, b"/second/top/a") == errno.EIO
    [(level, text)] = desk.told
    assert level == module.TROUBLE and text.startswith("/second/top/a: ")


def test_sets_that_come_and_go_are_told(desk: Desk) -> None:
    desk.view.folder(b"/")
    desk.run("third")
    desk.kit.execute("DELETE FROM backup_sets WHERE number = 1")
    desk.later()
    desk.view.folder(b"/")
    assert desk.told == [(module.SETS, "set first is gone"), (module.SETS, "set third has come")]
