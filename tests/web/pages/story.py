"""A client whose backups tell a story: eight sets of a small tree, a day apart.

1  everything; 2  notes change; 3  nothing; 4  the letter goes, a recipe comes
5  the picture changes; 6  recipes is made anew, with other files in it
7  a report comes, notes get another mode; 8  nothing
"""

import struct
import zlib
from pathlib import Path
from typing import Final

from tests.server.talker import Kit, make_kit
from tests.server.trees import Tree

STORY: Final = "story"
FIRST: Final = 1_790_000_000
"""When the first set began, seconds since 1970."""

DAY: Final = 86_400
ODD: Final = b'odd \xff\n"<b>name'
HUGE: Final = b"".join(b"%07d\n" % at for at in range(300_000))


def picture(red: int, width: int = 96, height: int = 64) -> bytes:
    """Return a PNG with a gradient."""
    rows = b"".join(
        b"\0" + b"".join(bytes((red, 255 * y // height, 255 * x // width)) for x in range(width))
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def notes(edition: int) -> bytes:
    lines = [f"line {at} of the notes" for at in range(1, 61)]
    if edition > 1:
        lines[9] = "line 10 of the <em>changed</em> notes"
        lines.insert(40, "a line that was not there before")
    return "".join(f"{line}\n" for line in lines).encode()


def tell(base: Path) -> Kit:
    """Make the client in a directory of stores; the caller closes the kit."""
    kit, tree = make_kit(base), Tree()
    for folder in (b"docs", b"pictures", b"recipes"):
        tree.mkdir(folder)
    tree.write(b"docs/notes.txt", notes(1))
    tree.write(b"docs/letter.txt", b"Dear Ada,\n<script>alert(1)</script>\n")
    tree.write(b"docs/" + ODD, b"odd\n")
    tree.write(b"docs/data.bin", b"\0\1\2" * 100)
    tree.write(b"docs/empty", b"")
    tree.symlink(b"docs/link", b"notes.txt")
    tree.write(b"pictures/sun.png", picture(40))
    tree.write(b"pictures/huge.txt", HUGE)
    tree.write(b"recipes/bread", b"flour\n")

    def save(number: int) -> None:
        kit.run(tree, client=STORY, wish={"name": f"Day-{number}"})

    save(1)
    tree.write(b"docs/notes.txt", notes(2))
    save(2)
    save(3)
    tree.remove(b"docs/letter.txt")
    tree.write(b"recipes/soup", b"carrots\n")
    save(4)
    tree.write(b"pictures/sun.png", picture(200))
    save(5)
    tree.remove(b"recipes/bread")
    tree.remove(b"recipes/soup")
    tree.remove(b"recipes")
    tree.mkdir(b"recipes")
    tree.write(b"recipes/cake", b"sugar\n")
    save(6)
    tree.write(b"docs/report.csv", b"1,2\n3,4\n")
    tree.chmod(b"docs/notes.txt", 0o600)
    save(7)
    save(8)
    for number in range(1, 9):
        began = (FIRST + number * DAY) * 10**9
        change = "UPDATE backup_sets SET started_ns = ?, ended_ns = ? WHERE number = ?"
        kit.execute(change, began, began + number * 10**9, number, client=STORY)
    kit.execute("UPDATE backup_sets SET is_locked = 1 WHERE number = 2", client=STORY)
    kit.execute("INSERT INTO tags VALUES ('wedding', 3)", client=STORY)
    return kit
