"""Finds the QR codes of a sheet as a camera would: from what is drawn, not from what drew it."""

import re

from tests.independent.qr import read_qr

QUIET = 4


def read_html(page: str) -> list[str]:
    """Return the texts of all codes of a page."""
    return [read_qr(_drawn(path, int(side))) for side, path in _paths(page)]


def _paths(page: str) -> list[tuple[str, str]]:
    return re.findall(r'd="M0 0h(\d+)v\d+h-\d+z"/><path [^>]*d="([^"]*)"', page)


def _drawn(path: str, side: int) -> list[list[int]]:
    """Return the modules of strokes of height 1, without the quiet zone."""
    found = [[0] * side for _ in range(side)]
    x = y = 0.0
    for kind, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path):
        if kind == "M":
            x, y = float(first), float(second)
        elif kind == "m":
            x, y = x + float(first), y + float(second)
        else:
            for at in range(int(first)):
                found[int(y)][int(x) + at] = 1
            x += float(first)
    return [row[QUIET:-QUIET] for row in found[QUIET:-QUIET]]


def read_text(page: str) -> list[str]:
    """Return the texts of all codes of a text, which are made of blocks."""
    codes: list[list[str]] = [[]]
    for line in page.split("\n"):
        if line and not set(line) - set(" ▄▀█"):
            codes[-1].append(line)
        elif codes[-1]:
            codes.append([])
    return [read_qr(_modules(lines)) for lines in codes if lines]


def _modules(lines: list[str]) -> list[list[int]]:
    width = max(map(len, lines)) - QUIET
    rows = []
    for line in lines:
        values = [" ▄▀█".index(one) for one in line[QUIET:].ljust(width)]
        rows += [[value >> 1 for value in values], [value & 1 for value in values]]
    return rows[:width]


def read_pdf(page: bytes) -> list[str]:
    """Return the texts of all codes of a PDF, drawn as squares."""
    found = []
    for block in re.findall(rb"((?:[-\d.]+ [-\d.]+ [-\d.]+ [-\d.]+ re\n)+)f\n", page):
        boxes = [tuple(map(float, line.split()[:4])) for line in block.splitlines()]
        side = boxes[0][2]
        left, top = min(box[0] for box in boxes), max(box[1] for box in boxes)
        spots = {(round((top - y) / side), round((x - left) / side)) for x, y, *_ in boxes}
        size = max(row for row, _ in spots) + 1
        found.append(read_qr([[int((i, j) in spots) for j in range(size)] for i in range(size)]))
    return found
