"""What the kernel asks is answered as its protocol wants it."""

import errno
import os
import stat

import pytest

from tardis.model import StoreError
from tardis.mount import wire
from tardis.mount.answers import Later
from tests.mount.desk import Desk, desk, names
from tests.mount.kernel import CAN, Kernel

__all__ = ["desk"]


@pytest.fixture
def kernel(desk: Desk) -> Kernel:
    made = Kernel(desk.view)
    made.init()
    return made


def test_the_first_word_agrees_on_what_both_can(desk: Desk) -> None:
    kernel = Kernel(desk.view)
    assert kernel.init(wire.POSIX_ACL | wire.NO_OPENDIR)[2] == wire.POSIX_ACL
    assert desk.view.has_acls and kernel.said_so == 1
    major, minor, flags = kernel.init(0)
    assert (major, minor, flags) == (*wire.VERSION, 0) and not desk.view.has_acls
    asked = Kernel(desk.view).init()[2]
    assert asked & wire.DO_READDIRPLUS and asked & wire.MAX_PAGES and not asked & wire.NO_OPENDIR
    assert kernel.init(CAN, (7, 27))[:2] == (7, 27) and kernel.init(CAN, (8, 1))[:2] == (7, 31)
    with pytest.raises(StoreError, match=r"speaks FUSE 7.22"):
        kernel.init(CAN, (7, 22))


def test_directories_are_not_opened_where_the_kernel_can_do_without(desk: Desk) -> None:
    kernel = Kernel(desk.view)
    kernel.init()
    assert kernel.refused(wire.OPENDIR) == errno.ENOSYS
    kernel.init(CAN & ~wire.NO_OPENDIR)
    _, flags, _ = wire.OPEN_OUT.unpack(kernel.ask(wire.OPENDIR))
    assert flags == wire.KEEP_CACHE | wire.CACHE_DIR
    assert kernel.ask(wire.RELEASEDIR) == b""


def test_names_lead_to_what_the_view_shows(kernel: Kernel, desk: Desk) -> None:
    for path in (b"second", b"second/top/a", b"second/top/l", b"second/top/d/big", b"Current"):
        found, shown = kernel.lookup(path), desk.view.attributes(b"/" + path)
        assert (found.mode, found.inode, found.size) == (shown.mode, shown.inode, shown.size)
        assert (found.mtime_ns, found.uid) == (shown.mtime_ns, shown.uid)
        again = wire.ATTRIBUTES_OUT.unpack(kernel.ask(wire.GETATTR, found.node, bytes(16)))
        assert (again[0], again[3]) == (30, shown.inode)
    assert kernel.refused(wire.LOOKUP, body=b"third\0") == errno.ENOENT
    assert kernel.ask(wire.READLINK, kernel.lookup(b"Current").node) == b"second"


def test_bytes_are_read_and_nothing_is_written(kernel: Kernel, desk: Desk) -> None:
    assert kernel.read(b"first/top/a") == b"one"
    assert kernel.read(b"second/top/d/big", 5, 254) == b"\xfe\xff\0\1\2"
    assert kernel.read(b"second/top/d/big", 5, 1 << 40) == b""
    assert kernel.waited == 6  # opened, read and closed by others than who hears the kernel
    node = kernel.lookup(b"first/top/a").node
    for flags in (os.O_WRONLY, os.O_RDWR):
        assert kernel.refused(wire.OPEN, node, wire.OPEN_IN.pack(flags)) == errno.EROFS
    assert kernel.refused(9, wire.ROOT, b"new\0") == errno.ENOSYS  # mkdir
    folder = kernel.lookup(b"first/top").node
    assert kernel.refused(wire.OPEN, folder, wire.OPEN_IN.pack(0)) == errno.EISDIR


def test_a_listing_tells_all_of_directories_and_kinds_of_files(kernel: Kernel, desk: Desk) -> None:
    top = kernel.lookup(b"second/top").node
    listed = {one.name: one for one in kernel.listed(top)}
    assert set(listed) == names(desk, b"/second/top") == {b"a", b"d", b"l"}
    assert listed[b"a"].found is None and listed[b"a"].kind == stat.S_IFREG >> 12
    assert listed[b"l"].found is None and listed[b"l"].kind == stat.S_IFLNK >> 12
    assert listed[b"d"].found == kernel.lookup(b"d", top)
    assert listed[b"a"].inode == kernel.lookup(b"a", top).inode
    plain = {one.name: one for one in kernel.listed(top, plus=False)}
    assert {one.found for one in plain.values()} == {None}
    assert plain[b"d"].inode == listed[b"d"].inode


def test_files_are_told_of_too_once_they_were_asked_for(kernel: Kernel) -> None:
    top = kernel.lookup(b"second/top").node
    assert [one.name for one in kernel.listed(top) if one.found] == [b"d"]
    for _ in range(20):
        kernel.lookup(b"a", top)
    listed = {one.name: one for one in kernel.listed(top)}
    assert all(one.found for one in listed.values())
    assert listed[b"a"].found == kernel.lookup(b"a", top)


def test_a_listing_comes_in_as_many_parts_as_it_takes(kernel: Kernel, desk: Desk) -> None:
    for number in range(50):
        desk.tree.write(b"d/" + b"%02d" % number * 20, b"x")
    desk.run("third")
    desk.later()
    folder = kernel.lookup(b"third/top/d").node
    for plus in (False, True):
        for size in (400, 1024, 1 << 20):
            told = [one.name for one in kernel.listed(folder, size, plus=plus)]
            assert len(told) == len(set(told)) == 52


def test_what_is_listed_stays_as_it_was_until_it_is_listed_anew(kernel: Kernel, desk: Desk) -> None:
    before = wire.READ_IN.pack(0, 0, 150, 0)
    assert b"first" in kernel.ask(wire.READDIR, wire.ROOT, before)
    desk.run("third")
    desk.later()
    rest = kernel.ask(wire.READDIR, wire.ROOT, wire.READ_IN.pack(0, 3, 4096, 0))
    assert b"second" in rest and b"third" not in rest
    assert b"third" in {one.name for one in kernel.listed(wire.ROOT)}


def test_the_top_looks_changed_when_sets_come_or_go(kernel: Kernel, desk: Desk) -> None:
    def moment() -> tuple[int, ...]:
        told = wire.ATTRIBUTES_OUT.unpack(kernel.ask(wire.GETATTR))
        return told[0], told[7], told[10]

    before = moment()
    assert before[0] == 0  # to be asked again each time
    desk.later()
    assert moment() == before
    desk.kit.execute("INSERT INTO tags VALUES ('released', 1)")
    desk.later()
    assert moment() != before


def test_a_set_of_the_same_name_is_another_one(kernel: Kernel, desk: Desk) -> None:
    before = kernel.lookup(b"first/top/a")
    assert kernel.lookup(b"first/top/a").node == before.node
    assert kernel.lookup(b"first").names_hold == 60
    desk.kit.execute("UPDATE backup_sets SET name = name || 'x'")
    desk.kit.execute("UPDATE backup_sets SET name = 'first' WHERE number = 2")
    desk.later()
    assert kernel.lookup(b"first/top/a").node != before.node
    assert kernel.lookup(b"firstx/top/a").node == before.node
    assert kernel.read(b"first/top/a") == b"two!"


def test_what_may_change_is_asked_for_again(kernel: Kernel, desk: Desk) -> None:
    for path in (b"Current", b".versions"):
        assert kernel.lookup(path).names_hold == 0
    versions = kernel.lookup(b".versions").node
    desk.kit.execute("UPDATE backup_sets SET is_complete = 0 WHERE number = 2")
    desk.later()
    half = kernel.lookup(b"second")
    assert half.names_hold == 0 and kernel.lookup(b".versions").node != versions
    desk.later()
    assert kernel.lookup(b"second").node != half.node


def test_attributes_beside_stat(kernel: Kernel, desk: Desk) -> None:
    node, name = kernel.lookup(b"second/top/a").node, b"user.tardis_since\0"
    sized = wire.XATTR_IN.pack(0, 0)
    assert wire.XATTR_SIZE.unpack(kernel.ask(wire.GETXATTR, node, sized + name)) == (6, 0)
    assert kernel.ask(wire.GETXATTR, node, wire.XATTR_IN.pack(6, 0) + name) == b"second"
    assert kernel.refused(wire.GETXATTR, node, wire.XATTR_IN.pack(5, 0) + name) == errno.ERANGE
    assert kernel.refused(wire.GETXATTR, node, sized + b"user.none\0") == errno.ENODATA
    (size, _) = wire.XATTR_SIZE.unpack(kernel.ask(wire.LISTXATTR, node, sized))
    told = kernel.ask(wire.LISTXATTR, node, wire.XATTR_IN.pack(size, 0))
    assert len(told) == size and b"user.tardis_checksum\0" in told


def test_the_kernel_forgets_and_what_it_forgot_is_stale(kernel: Kernel) -> None:
    node = kernel.lookup(b"second/top/a").node
    kernel.lookup(b"second/top/a")
    one = wire.FORGET_IN.pack(1)
    assert kernel.raw(wire.FORGET, node, one) is None
    assert kernel.ask(wire.GETATTR, node, bytes(16))
    many = wire.BATCH_IN.pack(2, 0) + wire.FORGET_ONE.pack(node, 1) + wire.FORGET_ONE.pack(77, 9)
    assert kernel.raw(wire.BATCH_FORGET, 0, many) is None
    assert kernel.refused(wire.GETATTR, node, bytes(16)) == errno.ESTALE


def test_there_is_no_room_and_the_end_is_quiet(kernel: Kernel) -> None:
    told = wire.STATFS_OUT.unpack(kernel.ask(wire.STATFS))
    assert told[:5] == (0, 0, 0, 0, 0) and told[6] == 255
    assert kernel.ask(wire.DESTROY) == b""


def test_a_signal_is_told_with_the_numbers_of_both_requests(kernel: Kernel) -> None:
    assert kernel.raw(wire.INTERRUPT, 0, wire.HANDLE.pack(77)) is None
    assert kernel.interrupted is not None and kernel.interrupted.target == 77
    assert kernel.interrupted.number > 0


def test_what_was_opened_for_nobody_is_closed(kernel: Kernel, desk: Desk) -> None:
    node = kernel.lookup(b"first/top/d/big").node
    head = wire.HEADER.pack(wire.HEADER.size + 8, wire.OPEN, 9, node, 0, 0, 4321, 0, 0)
    for opened in (wire.OPEN_OUT.size, 0):
        later = kernel.answers.answer(memoryview(head + bytes(8)))
        assert isinstance(later, Later) and (later.number, later.pid) == (9, 4321)
        said = later.answer()
        assert len(said[1]) == opened and bool(desk.view.contents._handles) is bool(opened)
        later.unheard(said)
        assert not desk.view.contents._handles
        for pack in desk.kit.base.glob("box/[0-9a-f][0-9a-f]/*"):
            pack.unlink()


def test_trouble_with_the_store_is_an_error_of_the_file_system(kernel: Kernel, desk: Desk) -> None:
    node = kernel.lookup(b"first/top/d/big").node
    desk.kit.execute("DELETE FROM contents WHERE size > 1000")
    assert kernel.refused(wire.OPEN, node, wire.OPEN_IN.pack(0)) == errno.EIO
