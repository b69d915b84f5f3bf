"""The recovery sheet: a code and a wrapped key on paper, to be read by people and by cameras."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .names import escape_name
from .pdf import PAGE, Line, pdf_page, squares

_QUIET: Final = 4
"""Modules of white that a code needs around it."""

_LARGEST: Final = 2900
"""Bytes that fit into a code."""

_STYLE: Final = (
    "body{font:11pt sans-serif;margin:2cm;color:#000;background:#fff}"
    "pre{font:9pt monospace;white-space:pre-wrap;word-break:break-all}"
    ".code{font:bold 16pt monospace}svg{display:block;max-width:9cm;height:auto}"
    "@media print{body{margin:1cm}}"
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet tells.

    Attributes:
        client: Whose backup.
        repository: Id of the repository, hexadecimal.
        label: Of the keyslot that the code and the key are of.
        made: The day.
        key: Text of a key file.
        code: The recovery code; empty where the password is known elsewhere.
    """

    client: str
    repository: str
    label: str
    made: str
    key: str
    code: str = ""


def sheet_html(sheet: Sheet) -> str:
    """Return the sheet as one page that needs nothing else."""
    escape = _escape
    code = ""
    if sheet.code:
        code = f"<h2>1. The code</h2>\n<p class=code>{escape(sheet.code)}</p>\n"
        code += f"{_svg(sheet.code)}\n"
    told = "".join(f"<p>{escape(line)}</p>\n" for line in _facts(sheet))
    how = "".join(f"<li>{escape(line)}</li>\n" for line in _steps(sheet))
    title = escape(f"Recovery sheet of {escape_name(sheet.client)}")
    return (
        f"<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><title>{title}</title>\n"
        f"<style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n{told}{code}"
        f"<h2>{'2' if code else '1'}. The wrapped key</h2>\n{_svg(sheet.key)}\n"
        f"<pre>{escape(sheet.key)}</pre>\n<h2>How to restore</h2>\n<ol>\n{how}</ol>\n"
        "</body></html>\n"
    )


def sheet_text(sheet: Sheet) -> str:
    """Return the sheet as text for a fixed-width font; its codes are made of blocks."""
    title = f"Recovery sheet of {escape_name(sheet.client)}"
    parts = [title, "=" * len(title), "", *_facts(sheet), ""]
    if sheet.code:
        parts += ["The code:", "", f"    {sheet.code}", "", _blocks(sheet.code), ""]
    parts += ["The wrapped key:", "", sheet.key, _blocks(sheet.key), "", "How to restore:", ""]
    parts += [f"{number}. {line}" for number, line in enumerate(_steps(sheet), 1)]
    return "\n".join(parts) + "\n"


def sheet_pdf(sheet: Sheet) -> bytes:
    """Return the sheet as a page of PDF."""
    left, top = 50.0, PAGE[1] - 60.0
    parts = [Line(left, top, 16, f"Recovery sheet of {escape_name(sheet.client)}").drawn()]
    top -= 10
    for text in _facts(sheet):
        top -= 13
        parts.append(Line(left, top, 9, text).drawn())
    side = 170.0
    pictures = [sheet.code, sheet.key] if sheet.code else [sheet.key]
    if sheet.code:
        top -= 28
        parts.append(Line(left, top, 12, sheet.code, "F2").drawn())
    for place, text in enumerate(pictures):
        matrix = qr_matrix(text)
        if matrix:
            x = left + place * (side + 50)
            parts.append(squares(matrix, x, top - 15, side / len(matrix)))
    top -= side + 30
    for text in sheet.key.splitlines():
        for at in range(0, len(text), 90) or (0,):
            parts.append(Line(left, top, 8, text[at : at + 90], "F2").drawn())
            top -= 10
    top -= 10
    for number, text in enumerate(_steps(sheet), 1):
        for at, part in enumerate(_wrapped(text, 100)):
            parts.append(Line(left, top, 9, part if at else f"{number}. {part}").drawn())
            top -= 12
    return pdf_page(parts)


FORMS: Final[dict[str, Callable[[Sheet], bytes]]] = {
    ".html": lambda sheet: sheet_html(sheet).encode(),
    ".htm": lambda sheet: sheet_html(sheet).encode(),
    ".txt": lambda sheet: sheet_text(sheet).encode(),
    ".pdf": sheet_pdf,
}
"""How a sheet is written, by the end of its file's name."""


def qr_matrix(text: str) -> list[list[int]]:
    """Return the modules of a QR code (ISO 18004) of *text*, 1 for dark, without the quiet zone.

    Empty where it is too long for one.
    """
    qr = _qr(text)
    return [list(row) for row in qr.matrix] if qr else []


def _qr(text: str) -> Any:
    import segno  # noqa: PLC0415 # lazy

    if len(text.encode()) > _LARGEST:
        return None
    return segno.make(text, error="l", micro=False, boost_error=True)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _svg(text: str) -> str:
    qr = _qr(text)
    return str(qr.svg_inline(scale=4, border=_QUIET, light="#fff")) if qr else ""


def _blocks(text: str) -> str:
    """Return a code in which each letter shows two modules, one above the other."""
    rows = [[0] * _QUIET + row + [0] * _QUIET for row in qr_matrix(text)]
    if not rows:
        return ""
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(" ▄▀█"[2 * upper + lower] for upper, lower in zip(*pair, strict=True)).rstrip()
        for pair in pairs
    )


def _facts(sheet: Sheet) -> list[str]:
    facts = [
        f"Client {escape_name(sheet.client)}, repository {sheet.repository}, "
        f"keyslot {sheet.label}, made {sheet.made}.",
    ]
    if sheet.code:
        facts.append("Whoever has this sheet and the store reads everything: lock it away.")
    else:
        facts.append("This key is worth nothing without the password of its keyslot.")
    return facts


def _steps(sheet: Sheet) -> list[str]:
    who = f"--client {escape_name(sheet.client)} --slot {sheet.label}"
    secret = "the code" if sheet.code else "the password"
    return [
        f"Install tardis, and get at the directory of the stores. Restore with {secret}, which is "
        f"asked for: regenerate --database DIR {who} --output OUT PATH",
        "Where that says that the keys are in a key file: scan the square code of the wrapped key, "
        "or type its text, into a file sheet.keys, and add --keys sheet.keys",
        "Where the keyslot is not known: sonic keys --database DIR "
        f"{who} --insert sheet.keys, then as in 1.",
        f"Where the catalog or its keys are lost, first: sonic recover --database DIR --client "
        f"{escape_name(sheet.client)}",
    ]


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
