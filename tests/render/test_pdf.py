"""A page of PDF: its parts lie where its table says, and text cannot break out."""

import re

from tardis.render.pdf import Line, pdf_page, squares


def test_the_table_leads_to_each_object() -> None:
    page = pdf_page([Line(10, 20, 9, "some text").drawn()])
    start = int(page.rsplit(b"startxref\n", 1)[1].split()[0])
    assert page[start:].startswith(b"xref\n0 5\n")
    places = [int(one) for one in re.findall(rb"(\d{10}) 00000 n", page[start:])]
    for number, place in enumerate(places, 1):
        assert page[place:].startswith(b"%d 0 obj\n" % number)
    [length] = re.findall(rb"/Length (\d+)", page)
    body = page.split(b"stream\n", 1)[1]
    assert body[int(length) :].startswith(b"\nendstream")


def test_text_is_text() -> None:
    drawn = Line(1, 2.5, 9, r"a(b)c\d", "F2").drawn()
    assert drawn == r"BT /F2 9 Tf 1 2.5 Td (a\(b\)c\\d) Tj ET"
    assert b"snow ? here" in pdf_page([Line(0, 0, 9, "snow \u2603 here").drawn()])


def test_squares_are_drawn_from_the_top() -> None:
    assert squares([[1, 0], [0, 1]], 10, 100, 2) == "10 98 2 2 re\n12 96 2 2 re\nf"
