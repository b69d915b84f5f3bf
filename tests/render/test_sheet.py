"""The recovery sheet: what is drawn reads as what was meant, in each form."""

import re
from dataclasses import replace

import pytest

from tardis.crypto import DetachedKey, DetachedKeys, new_code
from tardis.render import FORMS, Sheet
from tardis.render.sheet import qr_matrix, sheet_html, sheet_pdf, sheet_text
from tests.crypto.slots import IDENTITY, slot_of
from tests.render.codes import read_html, read_pdf, read_text

KEY = DetachedKeys((DetachedKey.of(slot_of("x", "recovery"), IDENTITY),)).text().decode()
SHEET = Sheet("box", IDENTITY.hex(), "recovery", "2026-11-22", KEY, new_code())
BARE = Sheet("box", IDENTITY.hex(), "main", "2026-11-22", KEY)


def test_both_codes_of_each_form_can_be_read() -> None:
    wanted = [SHEET.code, KEY]
    assert read_html(sheet_html(SHEET)) == wanted
    assert read_text(sheet_text(SHEET)) == wanted
    assert read_pdf(sheet_pdf(SHEET)) == wanted


def test_a_sheet_without_a_code_has_the_key_alone() -> None:
    assert read_html(sheet_html(BARE)) == [KEY]
    assert read_text(sheet_text(BARE)) == [KEY]
    assert read_pdf(sheet_pdf(BARE)) == [KEY]
    assert "without the password" in sheet_text(BARE)


def test_what_is_typed_is_written_out_too() -> None:
    for text in (sheet_html(SHEET), sheet_text(SHEET)):
        assert SHEET.code in text and KEY in text
        assert IDENTITY.hex() in text and "2026-11-22" in text
        assert "--slot recovery" in text and "--insert sheet.keys" in text
    drawn = sheet_pdf(SHEET)
    assert SHEET.code.encode() in drawn
    for line in KEY.splitlines():
        assert line[:90].encode() in drawn


def test_the_page_needs_nothing_else() -> None:
    text = sheet_html(SHEET)
    assert "<script" not in text and "src=" not in text and "@import" not in text
    assert set(re.findall(r'https?://[^"\s]+', text)) <= {"http://www.w3.org/2000/svg"}


def test_odd_names_harm_no_page() -> None:
    odd = replace(SHEET, client="a<b>&(c)\\\n\x1b[1m\xe9\u2603")
    assert "<b>" not in sheet_html(odd) and "\x1b" not in sheet_text(odd)
    assert read_html(sheet_html(odd)) == read_pdf(sheet_pdf(odd)) == [SHEET.code, KEY]


def test_a_key_that_is_too_long_for_a_picture_is_still_written() -> None:
    long = Sheet("box", IDENTITY.hex(), "main", "today", "0123456789abcdef" * 200)
    assert qr_matrix(long.key) == []
    for form in FORMS.values():
        assert b"0123456789abcdef" in form(long)


@pytest.mark.parametrize("end", [".html", ".htm", ".txt", ".pdf"])
def test_the_end_of_the_name_tells_the_form(end: str) -> None:
    begins = {".txt": b"Recovery sheet", ".pdf": b"%PDF-1.4"}.get(end, b"<!DOCTYPE html>")
    assert FORMS[end](SHEET).startswith(begins)
