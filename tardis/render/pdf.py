"""A page of text and squares as PDF 1.4 (ISO 32000), which takes no library."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

PAGE: Final = (595, 842)
"""A4, width and height in points of 1/72 inch; (0, 0) is the lower left corner."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text.

    Attributes:
        x: Of its beginning.
        y: Of its base line.
        size: Of the letters, points.
        text: ISO 8859-1; what that does not have becomes a question mark.
        font: ``F1`` Helvetica, ``F2`` Courier.
    """

    x: float
    y: float
    size: float
    text: str
    font: str = "F1"

    def drawn(self) -> str:
        """Return what draws it."""
        escaped = self.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"BT /{self.font} {self.size:g} Tf {self.x:g} {self.y:g} Td ({escaped}) Tj ET"


def squares(matrix: Sequence[Sequence[int]], x: float, top: float, side: float) -> str:
    """Return what draws the dark modules of *matrix*, each with that *side*, in points."""
    drawn = [
        f"{x + column * side:g} {top - (row + 1) * side:g} {side:g} {side:g} re"
        for row, line in enumerate(matrix)
        for column, is_dark in enumerate(line)
        if is_dark
    ]
    return "\n".join((*drawn, "f"))


def pdf_page(parts: Iterable[str]) -> bytes:
    """Return a document of one page on which *parts* were drawn."""
    content = "\n".join(parts).encode("latin-1", "replace")
    fonts = "/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    fonts += " /F2 << /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE[0]} {PAGE[1]}] /Contents 4 0 R "
        f"/Resources << /Font << {fonts} >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    document = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(document)
    document += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    document += b"".join(b"%010d 00000 n \n" % place for place in places)
    document += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(document + b"startxref\n%d\n%%%%EOF\n" % start)
