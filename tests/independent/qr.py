"""Reads QR codes (ISO 18004) from their modules, to judge those that we print.

Error correction is not used: what is printed here has no damage.  Only bytes and the letters of
the alphanumeric mode are known, versions up to 40.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from segno import consts

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MASKS: tuple[Callable[[int, int], int], ...] = (
    lambda i, j: (i + j) % 2,
    lambda i, j: i % 2,
    lambda i, j: j % 3,
    lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2,
    lambda i, j: i * j % 2 + i * j % 3,
    lambda i, j: (i * j % 2 + i * j % 3) % 2,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
)
LEVELS = {1: "L", 0: "M", 3: "Q", 2: "H"}
Matrix = Sequence[Sequence[int]]


def read_qr(matrix: Matrix) -> str:
    """Return the text of a code, given without its quiet zone."""
    size = len(matrix)
    version = (size - 17) // 4
    row = [matrix[8][column] for column in (0, 1, 2, 3, 4, 5, 7, 8)]
    row += [matrix[line][8] for line in (7, 5, 4, 3, 2, 1, 0)]
    told = int("".join(map(str, row)), 2) ^ 0x5412
    level, mask = LEVELS[told >> 13], MASKS[told >> 10 & 7]
    bits = [
        matrix[line][column] ^ (0 if mask(line, column) else 1)
        for line, column in _places(size, version)
    ]
    words = [int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits) - 7, 8)]
    return _text(_in_order(words, version, level), version)


def _places(size: int, version: int) -> Iterator[tuple[int, int]]:
    """Yield the modules that hold data, in their order."""
    taken = _taken(size, version)
    columns = [column for column in range(size - 1, 0, -2) if column > 6]
    columns += [5, 3, 1]
    for turn, column in enumerate(columns):
        lines = range(size) if turn % 2 else range(size - 1, -1, -1)
        for line in lines:
            for at in (column, column - 1):
                if (line, at) not in taken:
                    yield line, at


def _taken(size: int, version: int) -> set[tuple[int, int]]:
    """Return the modules of patterns, format and version."""
    found = {(6, at) for at in range(size)} | {(at, 6) for at in range(size)}
    for top, left in ((0, 0), (0, size - 8), (size - 8, 0)):
        found |= {(top + i, left + j) for i in range(8) for j in range(8)}
    found |= {(8, at) for at in (*range(9), *range(size - 8, size))}
    found |= {(at, 8) for at in (*range(9), *range(size - 8, size))}
    centres = _centres(size, version)
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for line in centres:
        for column in centres:
            if (line, column) not in corners:
                found |= {(line + i, column + j) for i in range(-2, 3) for j in range(-2, 3)}
    if version >= 7:
        found |= {(i, size - 11 + j) for i in range(6) for j in range(3)}
        found |= {(size - 11 + j, i) for i in range(6) for j in range(3)}
    return found


def _centres(size: int, version: int) -> list[int]:
    """Return lines and columns of the alignment patterns' centres."""
    if version == 1:
        return []
    count = version // 7 + 2
    step = 26 if version == 32 else -(-(size - 13) // (2 * count - 2)) * 2
    return [6, *sorted(size - 7 - at * step for at in range(count - 1))]


def _in_order(words: list[int], version: int, level: str) -> list[int]:
    """Return the data words of all blocks, one block after the other."""
    table: Any = consts.ECC
    infos = table[version][getattr(consts, f"ERROR_LEVEL_{level}")]
    sizes = [one.num_data for one in infos for _ in range(one.num_blocks)]
    blocks: list[list[int]] = [[] for _ in sizes]
    source = iter(words)
    for at in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if at < size:
                block.append(next(source))
    return [word for block in blocks for word in block]


def _text(words: list[int], version: int) -> str:
    bits = "".join(f"{word:08b}" for word in words)
    at, text = 4, ""
    mode = int(bits[:4], 2)
    if mode == 4:
        wide = 8 if version < 10 else 16
        count = int(bits[at : at + wide], 2)
        data = bits[at + wide : at + wide + 8 * count]
        return bytes(int(data[i : i + 8], 2) for i in range(0, len(data), 8)).decode()
    assert mode == 2, f"mode {mode}"
    wide = 9 if version < 10 else 11 if version < 27 else 13
    count = int(bits[at : at + wide], 2)
    at += wide
    while len(text) + 1 < count:
        pair = int(bits[at : at + 11], 2)
        text += ALPHANUMERIC[pair // 45] + ALPHANUMERIC[pair % 45]
        at += 11
    return text + (ALPHANUMERIC[int(bits[at : at + 6], 2)] if len(text) < count else "")
