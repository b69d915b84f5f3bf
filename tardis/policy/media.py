"""Which files are of a type that is compressed already, by suffix and by first bytes.

A file counts when either says so.  A wrong guess costs room and never data: such a file
is stored as it is.
"""

import re
from collections.abc import Callable, Iterable
from mimetypes import types_map
from typing import Final, NamedTuple

from tardis.model import UsageError

Dense = Callable[[bytes, bytes], bool]
"""(name, first bytes) → whether the file is of one of the types."""

_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!$&^_.+-]*/(?:\*|[a-z0-9][a-z0-9!$&^_.+-]*)")
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")


class Format(NamedTuple):
    """A kind of file whose bytes are dense.

    Attributes:
        type: Its MIME type.
        suffixes: Of names, parted by blanks.
        magic: Expression for its first bytes; empty where they tell nothing.
        also: Other names of the type, parted by blanks.
    """

    type: str
    suffixes: str
    magic: bytes = b""
    also: str = ""


# fmt: off
FORMATS: Final = {
    "Films": (
        Format("video/mp4", "mp4", rb".{4}ftyp(?:isom|iso[2-9]|mp4[12]|avc1|dash|MSNV)"),
        Format("video/x-m4v", "m4v", rb".{4}ftypM4V"),
        Format("video/quicktime", "mov qt", rb".{4}ftypqt  "),
        Format("video/3gpp", "3gp 3gpp", rb".{4}ftyp3g[ehprs]"),
        Format("video/3gpp2", "3g2 3gpp2", rb".{4}ftyp3g2"),
        Format("video/x-matroska", "mkv mk3d mka", rb"\x1a\x45\xdf\xa3.{0,60}\x42\x82.matroska"),
        Format("video/webm", "webm", rb"\x1a\x45\xdf\xa3.{0,60}\x42\x82.webm"),
        Format("video/x-msvideo", "avi", rb"RIFF.{4}AVI ", "video/avi video/msvideo"),
        Format("video/mpeg", "mpg mpeg", rb"\x00\x00\x01\xba"),
        Format("video/x-flv", "flv", rb"FLV\x01"),
        Format("video/x-ms-wmv", "wmv asf", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
        Format("video/ogg", "ogv"),
    ),
    "Pictures": (
        Format("image/jpeg", "jpg jpeg jpe", rb"\xff\xd8\xff", "image/jpg"),
        Format("image/png", "png", rb"\x89PNG\r\n\x1a\n"),
        Format("image/gif", "gif", rb"GIF8[79]a"),
        Format("image/webp", "webp", rb"RIFF.{4}WEBP"),
        Format("image/heic", "heic heif", rb".{4}ftyp(?:hei[cx]|mif1)", "image/heif"),
        Format("image/avif", "avif", rb".{4}ftypavif"),
    ),
    "Sound": (
        Format("audio/mpeg", "mp3", rb"ID3|\xff[\xfb\xf3\xf2]", "audio/mp3 audio/mpeg3"),
        Format("audio/mp4", "m4a m4b", rb".{4}ftypM4[AB]", "audio/m4a"),
        Format("audio/aac", "aac", rb"\xff[\xf1\xf9]"),
        Format("audio/flac", "flac", rb"fLaC"),
        Format("audio/ogg", "ogg oga opus", rb"OggS", "application/ogg audio/opus"),
    ),
    "Compressed files and archives": (
        Format("application/gzip", "gz tgz", rb"\x1f\x8b\x08"),
        Format("application/x-bzip2", "bz2 tbz tbz2", rb"BZh[1-9]1AY&SY", "application/bzip"),
        Format("application/x-xz", "xz txz", rb"\xfd7zXZ\x00"),
        Format("application/zstd", "zst tzst", rb"\x28\xb5\x2f\xfd"),
        Format("application/x-lzma", "lzma tlz"),
        Format("application/x-lzip", "lz", rb"LZIP", "application/lzip"),
        Format("application/x-lzop", "lzo", rb"\x89LZO\x00\r\n\x1a\n"),
        Format("application/x-lz4", "lz4", rb"\x04\x22\x4d\x18"),
        Format("application/x-compress", "z", rb"\x1f\x9d"),
        Format("application/x-brotli", "br"),
        Format("application/zip", "zip", rb"PK\x03\x04"),
        Format("application/x-7z-compressed", "7z", rb"7z\xbc\xaf\x27\x1c", "application/7z"),
        Format("application/vnd.rar", "rar", rb"Rar!\x1a\x07",
            "application/rar application/x-rar-compressed"),
        Format("application/x-ace-compressed", "ace", rb".{7}\*\*ACE\*\*", "application/ace"),
        Format("application/x-alz-compressed", "alz", rb"ALZ\x01", "application/alz"),
        Format("application/x-arj", "arj", rb"\x60\xea"),
        Format("application/vnd.ms-cab-compressed", "cab", rb"MSCF", "application/cab"),
        Format("application/x-dar", "dar"),
        Format("application/x-stuffit", "sit", rb"SIT!|StuffIt \(c\)"),
        Format("application/x-stuffitx", "sitx", rb"StuffIt!"),
        Format("application/vnd.squashfs", "squashfs sqfs snap", rb"hsqs"),
    ),
    "Packages": (
        Format("application/x-rpm", "rpm", rb"\xed\xab\xee\xdb",
            "application/x-redhat-package-manager"),
        Format("application/vnd.debian.binary-package", "deb", rb"!<arch>\ndebian",
            "application/x-deb"),
        Format("application/vnd.android.package-archive", "apk"),
        Format("application/java-archive", "jar war"),
    ),
    "Documents that are archives": (
        Format("application/epub+zip", "epub"),
        Format("application/vnd.oasis.opendocument.text", "odt"),
        Format("application/vnd.oasis.opendocument.spreadsheet", "ods"),
        Format("application/vnd.oasis.opendocument.presentation", "odp"),
        Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        Format("application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "pptx"),
    ),
}
"""Heading to formats; the sample ``etc/types.ignore`` is made of it."""
# fmt: on


def parse_types(text: str, place: str) -> list[str]:
    """Return the MIME types in *text*, one a line; ``#`` begins a comment.

    Raises:
        UsageError: A line of *place* holds something else.
    """
    lines = [_COMMENT.sub("", line).strip() for line in text.splitlines()]
    return [check_type(line, place) for line in lines if line]


def check_type(text: str, place: str) -> str:
    """Return *text* without parameters and in small letters, if it names types.

    Raises:
        UsageError: It does not.
    """
    name = text.partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(name):
        raise UsageError(
            f"{place}: {text!r} is no MIME type", hint="Types look like video/mp4 or image/*."
        )
    return name


def dense(types: Iterable[str]) -> Dense | None:
    """Return what tells files of *types*, None for no type.

    Args:
        types: As `check_type` returns them; ``video/*`` is all of a kind.  Whether the
            second part begins with ``x-`` makes no difference.
    """
    wanted = {_plain(one) for one in types}
    if not wanted:
        return None
    formats = [one for some in FORMATS.values() for one in some if _is_wanted(one, wanted)]
    suffixes = {suffix.encode() for one in formats for suffix in one.suffixes.split()}
    suffixes |= _other_suffixes(wanted)
    magics = [one.magic for one in formats if one.magic]
    matches = re.compile(b"|".join(magics), re.DOTALL).match if magics else None

    def is_dense(name: bytes, head: bytes) -> bool:
        stem, _, suffix = name.rpartition(b".")
        if stem and suffix.lower() in suffixes:
            return True
        return matches is not None and matches(head) is not None

    return is_dense


def _is_wanted(one: Format, wanted: set[str]) -> bool:
    return any(_is_meant(name, wanted) for name in (one.type, *one.also.split()))


def _is_meant(type: str, wanted: set[str]) -> bool:
    name = _plain(type)
    return name in wanted or f"{name.partition('/')[0]}/*" in wanted


def _plain(type: str) -> str:
    kind, _, name = type.partition("/")
    return f"{kind}/{name.removeprefix('x-')}"


def _other_suffixes(wanted: set[str]) -> set[bytes]:
    """Return the suffixes that the standard library knows for types that are not in our table."""
    return {
        suffix[1:].lower().encode() for suffix, type in types_map.items() if _is_meant(type, wanted)
    }
