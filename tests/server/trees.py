"""A tree of files in memory, with inodes and a clock of its own: what a client would see."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

FILESYSTEM = 1


@dataclass(eq=False)
class Node:
    """A file, a directory or a symbolic link; hard links are one node under several names."""

    inode: int
    mode: int
    mtime: int
    ctime: int
    data: bytes = b""
    target: bytes = b""
    rdev: int = 0
    children: dict[bytes, "Node"] = field(default_factory=dict)

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)


class Tree:
    """A directory with all below it; paths are bytes with slashes, b"" is the top.

    Args:
        filesystem: Number that the entries carry.
    """

    def __init__(self, filesystem: int = FILESYSTEM) -> None:
        self.filesystem = filesystem
        self._inodes = 100 * filesystem
        self._clock = 1000
        self.top = self._node(stat.S_IFDIR | 0o755)

    def write(self, path: bytes, data: bytes) -> Node:
        """Make a file, or give it other bytes in place."""
        folder, name = self._place(path)
        node = folder.children.get(name)
        if node is None:
            node = folder.children[name] = self._node(stat.S_IFREG | 0o644)
            self._touch(folder)
        node.data = data
        return self._touch(node)

    def mkdir(self, path: bytes) -> Node:
        return self._put(path, self._node(stat.S_IFDIR | 0o755))

    def symlink(self, path: bytes, target: bytes) -> Node:
        node = self._node(stat.S_IFLNK | 0o777)
        node.target = target
        return self._put(path, node)

    def link(self, old: bytes, new: bytes) -> None:
        """Give a file a second name."""
        node = self[old]
        self._clock += 1
        node.ctime = self._clock
        self._put(new, node)

    def move(self, old: bytes, new: bytes) -> None:
        folder, name = self._place(old)
        node = folder.children.pop(name)
        self._touch(folder)
        self._clock += 1
        node.ctime = self._clock
        self._put(new, node)

    def remove(self, path: bytes) -> None:
        folder, name = self._place(path)
        gone = folder.children.pop(name)
        self._clock += 1
        gone.ctime = self._clock
        self._touch(folder)

    def chmod(self, path: bytes, mode: int) -> None:
        node = self[path]
        node.mode = stat.S_IFMT(node.mode) | mode
        self._clock += 1
        node.ctime = self._clock

    def copy_disk(self) -> None:
        """Give every object a new inode and ctime, as a restored disk would."""
        seen: dict[Node, None] = dict.fromkeys([self.top])
        seen |= dict.fromkeys(node for _, node in self.walk())
        for node in seen:
            self._inodes += 1
            self._clock += 1
            node.inode, node.ctime = self._inodes + 10_000, self._clock

    def __getitem__(self, path: bytes) -> Node:
        node = self.top
        for name in path.split(b"/") if path else []:
            node = node.children[name]
        return node

    def __contains__(self, path: bytes) -> bool:
        try:
            self[path]
        except KeyError:
            return False
        return True

    def walk(self) -> Iterator[tuple[bytes, Node]]:
        """Yield path and node of everything below the top, parents first."""
        waiting = [(b"", self.top)]
        while waiting:
            path, node = waiting.pop()
            for name in sorted(node.children, reverse=True):
                waiting.append((path + b"/" + name if path else name, node.children[name]))
            if node is not self.top:
                yield path, node

    def directories(self) -> list[tuple[bytes, Node]]:
        """Return the top and all directories, parents first."""
        return [(b"", self.top), *((path, one) for path, one in self.walk() if one.is_directory)]

    def names_of(self, node: Node) -> int:
        """Return how many names *node* has."""
        return sum(one is node for _, one in self.walk())

    def flat(self) -> dict[bytes, tuple[object, ...]]:
        """Return what a restore of the tree must show."""
        return {path: shown(node) for path, node in self.walk()}

    def _node(self, mode: int) -> Node:
        self._inodes += 1
        self._clock += 1
        return Node(self._inodes, mode, self._clock, self._clock)

    def _touch(self, node: Node) -> Node:
        self._clock += 1
        node.mtime = node.ctime = self._clock
        return node

    def _place(self, path: bytes) -> tuple[Node, bytes]:
        above, _, name = path.rpartition(b"/")
        return self[above], name

    def _put(self, path: bytes, node: Node) -> Node:
        folder, name = self._place(path)
        folder.children[name] = node
        self._touch(folder)
        return node


def shown(node: Node) -> tuple[object, ...]:
    if node.is_directory:
        return ("directory", node.mode)
    if node.is_link:
        return ("link", node.target)
    return ("file", node.mode, node.mtime, node.ctime, node.data)
