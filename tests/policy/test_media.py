import bz2
import gzip
import io
import lzma
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import UsageError
from tardis.policy import check_type, dense, parse_types
from tardis.policy.media import FORMATS, Dense

ALL = [one for some in FORMATS.values() for one in some]


def of(*types: str) -> Dense:
    found = dense(types)
    assert found is not None
    return found


def test_no_type_asks_nothing_of_any_file() -> None:
    assert dense([]) is None


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.type)
def test_every_format_is_known_by_each_suffix_in_any_case_and_by_each_name(one: object) -> None:
    form = next(known for known in ALL if known is one)
    for name in (form.type, *form.also.split()):
        assert check_type(name, "table") == name
        is_dense = of(name)
        for suffix in form.suffixes.split():
            assert is_dense(f"a.{suffix}".encode(), b"")
            assert is_dense(f"a.b.{suffix.upper()}".encode(), b"")
    assert not of("font/woff")(f"a.{form.suffixes.split()[0]}".encode(), b"")


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("name", b"data")
    return file.getvalue()


@pytest.mark.parametrize(
    ("type", "head"),
    [
        ("application/gzip", gzip.compress(b"x")),
        ("application/x-bzip2", bz2.compress(b"x")),
        ("application/x-xz", lzma.compress(b"x")),
        ("application/zip", archive()),
        ("image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("image/png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("image/gif", b"GIF89a\n\x00"),
        ("image/webp", b"RIFF\n\n\n\nWEBPVP8 "),
        ("video/x-msvideo", b"RIFF\x00\x01\x02\x03AVI LIST"),
        ("video/mp4", b"\x00\x00\x00\x18ftypmp42\x00"),
        ("video/x-m4v", b"\x00\x00\x00\x18ftypM4V \x00"),
        ("audio/mp4", b"\x00\x00\x00\x18ftypM4A \x00"),
        ("video/x-matroska", b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska"),
        ("video/webm", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"),
        ("audio/mpeg", b"ID3\x03\x00"),
        ("audio/flac", b"fLaC\x00"),
        ("audio/ogg", b"OggS\x00"),
        ("application/x-7z-compressed", b"7z\xbc\xaf\x27\x1c\x00"),
        ("application/vnd.rar", b"Rar!\x1a\x07\x01\x00"),
        ("application/x-ace-compressed", b"\x00" * 7 + b"**ACE**"),
        ("application/zstd", b"\x28\xb5\x2f\xfd\x04"),
        ("application/x-rpm", b"\xed\xab\xee\xdb\x03"),
    ],
    ids=lambda value: value if isinstance(value, str) else "head",
)
def test_first_bytes_tell_whatever_the_name(type: str, head: bytes) -> None:
    assert of(type)(b"name", head)
    assert not of(type)(b"name", b"-" + head)
    assert not of("text/plain")(b"name", head)


def test_films_in_one_container_are_told_apart() -> None:
    matroska = b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska"
    assert not of("video/webm")(b"f", matroska)
    assert not of("video/mp4")(b"f", b"\x00\x00\x00\x18ftypM4A ")


def test_a_kind_stands_for_all_its_types_and_x_for_nothing() -> None:
    films = of("video/*")
    assert films(b"a.mkv", b"") and films(b"a", b"\x00\x00\x00\x18ftypmp42")
    assert not films(b"a.mp3", b"ID3")
    assert of("application/xz")(b"a.xz", b"") and of("application/x-gzip")(b"a.gz", b"")


def test_types_of_the_standard_library_are_known_by_suffix() -> None:
    assert of("application/pdf")(b"a.PDF", b"")
    assert of("font/*")(b"a.woff2", b"") or of("audio/x-wav")(b"a.wav", b"")
    assert not of("application/pdf")(b"a.txt", b"%PDF-1.7")


@pytest.mark.parametrize("name", [b"gz", b".gz", b"a.gz.txt", b"a.", b""])
def test_only_a_last_suffix_behind_something_counts(name: bytes) -> None:
    assert not of("application/gzip")(name, b"text")


@given(st.binary(max_size=40), st.binary(max_size=64))
def test_any_name_and_bytes_have_an_answer(name: bytes, head: bytes) -> None:
    assert of("video/*", "application/zip")(name, head) in (True, False)


def test_a_file_of_types_has_one_a_line_and_comments() -> None:
    text = "# Films\nvideo/MP4\n\n  image/*  # pictures\napplication/x-foo; version=1\n#end"
    assert parse_types(text, "f") == ["video/mp4", "image/*", "application/x-foo"]


@pytest.mark.parametrize("line", ["mp4", "video/", "/mp4", "a/b c", "a/b/c", "*/mp4", "*/*"])
def test_anything_else_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(UsageError, match=r"^types.ignore: .* is no MIME type"):
        parse_types(f"video/mp4\n{line}\n", "types.ignore")
