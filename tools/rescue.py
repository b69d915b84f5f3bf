#!/usr/bin/env python3
"""Bring files back from a Tardis store with nothing but this file and Python 3.8 or newer.

    rescue.py STORE                        list the backup sets
    rescue.py STORE SET OUT [PATH...]      restore a set, or these paths of it, into a new folder

STORE is the folder of one client: the one with `tardis.db`, or what is left of it.  SET is a
number, a name, or `latest`.  Works without the catalog too: then sets and names are rebuilt from
the packs.  Nothing in STORE is changed.

    --nocatalog            do not believe the catalog or its copies
    --noverify             do not compare contents with their digests (fast without `blake3`)
    --password-file FILE   read the password from the first line of FILE; else it is asked for
    --keys FILE            the key file, where the keys are kept outside of the store

Needed besides Python: for zstd-compressed contents the module `compression.zstd`, `backports.zstd`
or `zstandard`, or the program `zstd`; for encrypted stores the module `cryptography`, for those of
the classic format that or the program `openssl` (which sees the key on its command line).

Ends with status 0 when all was restored, 3 when something could not be, 1 when nothing was.
"""

from __future__ import annotations

import argparse
import base64
import bz2
import configparser
import getpass
import gzip
import hashlib
import hmac
import json
import lzma
import os
import re
import resource
import shutil
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import IO, Any, Dict, Protocol, Tuple, Union

OPEN = 2**63 - 1
SEGMENT = 1 << 20
CHUNK = 1 << 20
BLOCK = 4096
HEADER = struct.Struct("<4sBBBBQQII32s32s")
DATA, DELTA, MANIFEST, KEYS = 1, 2, 4, 5
CODECS = ("none", "zlib", "bzip", "lzma", "zstd")
HOLES = "Tardis 2026-11-22 content id of a file with holes"
# fmt: off
SET_COLUMNS = ("number", "name", "format", "lineage", "priority", "is_complete", "is_full",
               "is_locked", "started_ns", "ended_ns")
# fmt: on

Place = Tuple[str, Any]
"""Path and offset of a content; None for the offset of what is not a record."""
Header = Tuple[bytes, int, int, int, int, int, int, int, int, bytes, bytes]
IndexRow = Tuple[Any, ...]
Meta = Dict[str, Any]
Slot = Dict[str, str]
Last = Tuple[Sequence[int], Sequence[int], int, int, int]


class Hasher(Protocol):
    """What digests bytes."""

    def update(self, data: bytes) -> None:
        """Add *data*."""

    def digest(self) -> bytes:
        """Return what they come to."""
        ...


class Trouble(Exception):
    """Something that cannot be read; the text is for people."""


# BLAKE3, for machines without the module: slow, but there.

# fmt: off
_IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
       0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
# fmt: on
_ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
_MASK = 0xFFFFFFFF
_START, _END, _PARENT, _ROOT, _KEYED, _CONTEXT, _MATERIAL = 1, 2, 4, 8, 16, 32, 64
# fmt: off
_MIXES = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
          (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
# fmt: on


def _compressed(
    chain: Sequence[int], words: Sequence[int], counter: int, size: int, flags: int
) -> list[int]:
    v = [*chain, *_IV[:4], counter & _MASK, counter >> 32, size, flags]
    for number in range(7):
        for at, (a, b, c, d) in enumerate(_MIXES):
            va, vb, vc, vd = v[a], v[b], v[c], v[d]
            va = (va + vb + words[2 * at]) & _MASK
            vd ^= va
            vd = (vd >> 16 | vd << 16) & _MASK
            vc = (vc + vd) & _MASK
            vb ^= vc
            vb = (vb >> 12 | vb << 20) & _MASK
            va = (va + vb + words[2 * at + 1]) & _MASK
            vd ^= va
            vd = (vd >> 8 | vd << 24) & _MASK
            vc = (vc + vd) & _MASK
            vb ^= vc
            vb = (vb >> 7 | vb << 25) & _MASK
            v[a], v[b], v[c], v[d] = va, vb, vc, vd
        if number < 6:
            words = [words[one] for one in _ORDER]
    low = [v[one] ^ v[one + 8] for one in range(8)]
    return low + [v[one + 8] ^ chain[one] for one in range(8)]


class Blake3:
    """BLAKE3, keyed or to derive a key, by the paper; only what a store needs of it."""

    def __init__(self, key: bytes | None = None, context: str | None = None) -> None:
        self._key: Sequence[int] = _IV
        self._flags = _KEYED if key else 0
        if context is not None:
            key, self._flags = Blake3._of(context.encode(), _IV, _CONTEXT), _MATERIAL
        if key:
            self._key = struct.unpack("<8I", key)
        self._chunk, self._count = b"", 0
        self._stack: list[list[int]] = []

    @classmethod
    def _of(cls, data: bytes, chain: Sequence[int], flags: int) -> bytes:
        one = cls()
        one._key, one._flags = chain, flags
        one.update(data)
        return one.digest()

    def update(self, data: bytes) -> None:
        """Add *data*."""
        self._chunk += data
        while len(self._chunk) > 1024:
            chunk, self._chunk = self._chunk[:1024], self._chunk[1024:]
            chain, words, counter, size, flags = self._last_of(chunk)
            value = _compressed(chain, words, counter, size, flags)[:8]
            self._count += 1
            total = self._count
            while not total & 1:
                value = _compressed(
                    self._key, self._stack.pop() + value, 0, 64, self._flags | _PARENT
                )[:8]
                total >>= 1
            self._stack.append(value)

    def _last_of(self, chunk: bytes) -> Last:
        """Return what is compressed last of a chunk: that makes its chaining value."""
        chain, blocks = list(self._key), max(1, -(-len(chunk) // 64))
        for number in range(blocks):
            block = chunk[64 * number : 64 * number + 64]
            words = list(struct.unpack("<16I", block.ljust(64, b"\0")))
            flags = self._flags | (0 if number else _START)
            if number == blocks - 1:
                return chain, words, self._count, len(block), flags | _END
            chain = _compressed(chain, words, self._count, 64, flags)[:8]
        raise AssertionError

    def digest(self, length: int = 32) -> bytes:
        """Return the first *length* bytes for what was added."""
        last = self._last_of(self._chunk)
        for above in reversed(self._stack):
            chain, words, counter, size, flags = last
            value = _compressed(chain, words, counter, size, flags)[:8]
            last = (list(self._key), above + value, 0, 64, self._flags | _PARENT)
        chain, words, _, size, flags = last
        found = b"".join(
            struct.pack("<16I", *_compressed(chain, words, one, size, flags | _ROOT))
            for one in range(-(-length // 64))
        )
        return found[:length]


def blake(key: bytes | None = None, context: str | None = None) -> Any:
    """Return a BLAKE3 hasher, the fast one where it is installed."""
    try:
        import blake3
    except ImportError:
        return Blake3(key, context)
    if context is not None:
        return blake3.blake3(derive_key_context=context)
    return blake3.blake3(key=key) if key else blake3.blake3()


# msgpack, as far as a store uses it


def unpack(data: bytes) -> Any:
    """Return the value that the msgpack bytes *data* stand for."""
    value, end = _unpack(data, 0)
    if end != len(data):
        raise Trouble("more bytes than a value has")
    return value


def _unpack(data: bytes, at: int) -> tuple[Any, int]:  # noqa: PLR0911 - one for each sort
    kind = data[at]
    at += 1
    if kind < 0x80:
        return kind, at
    if kind >= 0xE0:
        return kind - 256, at
    if kind in _FIXED:
        return _FIXED[kind], at
    if kind in _NUMBERS:
        form = struct.Struct(_NUMBERS[kind])
        return form.unpack_from(data, at)[0], at + form.size
    if 0xA0 <= kind < 0xC0:
        return data[at : at + kind - 0xA0].decode("utf-8", "surrogateescape"), at + kind - 0xA0
    if 0x90 <= kind < 0xA0:
        return _list(data, at, kind - 0x90)
    width = (
        1 << (kind - {True: 0xC4, False: 0xD9}[kind < 0xC7]) if kind < 0xDC else 2 << (kind - 0xDC)
    )
    count = int.from_bytes(data[at : at + width], "big")
    at += width
    if 0xC4 <= kind <= 0xC6:
        return data[at : at + count], at + count
    if 0xD9 <= kind <= 0xDB:
        return data[at : at + count].decode("utf-8", "surrogateescape"), at + count
    if kind in (0xDC, 0xDD):
        return _list(data, at, count)
    raise Trouble("bytes that are no value")


def _list(data: bytes, at: int, count: int) -> tuple[list[Any], int]:
    found = []
    for _ in range(count):
        value, at = _unpack(data, at)
        found.append(value)
    return found, at


_FIXED = {0xC0: None, 0xC2: False, 0xC3: True}
# fmt: off
_NUMBERS = {0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i",
            0xD3: ">q", 0xCA: ">f", 0xCB: ">d"}
# fmt: on


# Compression


def expand(codec: int, data: bytes) -> bytes:
    """Return the plain bytes of *data*, all of one compressed piece."""
    try:
        if codec == 4:
            return _expand_zstd(data)
        return (bytes, zlib.decompress, bz2.decompress, lzma.decompress)[codec](data)
    except IndexError:
        raise Trouble(f"compressed in a way that is not known ({codec})") from None
    except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
        raise Trouble(f"compressed bytes are damaged: {error}") from error


def _expand_zstd(data: bytes) -> bytes:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            return _expand_zstd_otherwise(data)
    try:
        return bytes(zstd.decompress(data))
    except zstd.ZstdError as error:
        raise Trouble(f"compressed bytes are damaged: {error}") from error


def _expand_zstd_otherwise(data: bytes) -> bytes:
    try:
        import zstandard  # type: ignore[import-not-found]
    except ImportError:
        return run(["zstd", "-dcq"], data)
    try:
        return bytes(zstandard.ZstdDecompressor().decompressobj().decompress(data))
    except zstandard.ZstdError as error:
        raise Trouble(f"compressed bytes are damaged: {error}") from error


def run(words: list[str], data: bytes) -> bytes:
    """Return what a program makes of *data*."""
    try:
        done = subprocess.run(words, input=data, capture_output=True, check=False)
    except FileNotFoundError:
        raise Trouble(f"the program {words[0]} is needed for this, or its Python module") from None
    if done.returncode:
        raise Trouble(f"{words[0]} refuses: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


# Keys


def hkdf(key: bytes, label: bytes, size: int, salt: bytes = b"") -> bytes:
    """Return *size* bytes that follow from *key* for *label*: HKDF-SHA-256."""
    root = hmac.new(salt or bytes(32), key, "sha256").digest()
    found, block, count = b"", b"", 1
    while len(found) < size:
        block = hmac.new(root, block + label + bytes([count]), "sha256").digest()
        found += block
        count += 1
    return found[:size]


class Plain:
    """What a store in clear needs of keys: names and values are what they are."""

    is_sealed = False
    content = b""

    def __init__(self, digest_key: bytes | None) -> None:
        self.digest_key = digest_key

    def open(self, piece: bytes, context: bytes = b"") -> bytes:
        """Return what a sealed piece holds; *context* tells where it belongs."""
        raise Trouble("it is encrypted, and there is no key")

    def name(self, name: bytes) -> bytes:
        """Return a name as it was."""
        return name

    def names(self, names: list[bytes]) -> list[bytes]:
        """Return many names as they were."""
        return names

    def target(self, value: bytes, name: bytes) -> bytes:
        """Return a link's target as it was."""
        return value

    def value(self, value: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return something else as it was."""
        return value


class Modern(Plain):
    """The keys of an encrypted store of the modern format."""

    is_sealed = True

    def __init__(self, secrets: bytes, repository: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import aead

        self._aead: dict[int, Any] = {1: aead.ChaCha20Poly1305, 2: aead.AESGCM}
        secrets = secrets[len(secrets) % 32 :]  # a 5 stands before several keys
        master = secrets[:32]
        super().__init__(hkdf(master, b"tardis/5/id", 32, repository))
        self._siv = aead.AESSIV(hkdf(master, b"tardis/5/name", 64, repository))
        self._contents = [
            hkdf(secrets[at : at + 32], b"tardis/5/content", 32, repository)
            for at in range(0, len(secrets), 32)
        ]

    def open(self, piece: bytes, context: bytes = b"") -> bytes:
        """Return what a sealed piece holds; *context* tells where it belongs."""
        for key in reversed(self._contents):
            hasher = blake(key)
            hasher.update(piece[33:49])
            both = hasher.digest(length=64)
            if both[32:] == piece[49:81]:
                break
        else:
            raise Trouble("sealed bytes are damaged, or were sealed with another key")
        from cryptography.exceptions import InvalidTag

        try:
            return bytes(self._aead[piece[32]](both[:32]).decrypt(bytes(12), piece[81:], context))
        except (InvalidTag, KeyError, IndexError):
            raise Trouble("sealed bytes are damaged") from None

    def _opened(self, sealed: bytes, about: list[bytes]) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._siv.decrypt(sealed, about)
        except (InvalidTag, ValueError):
            raise Trouble("a sealed name is damaged, or was sealed with another key") from None

    def name(self, name: bytes) -> bytes:
        return self._opened(_base64(name, b"-_"), [b"tardis/5/name"]) if name else name

    def names(self, names: list[bytes]) -> list[bytes]:
        return [self.name(one) for one in names]

    def target(self, value: bytes, name: bytes) -> bytes:
        return self.value(_base64(value, b"-_"), b"target", name)

    def value(self, value: bytes, what: bytes, name: bytes = b"") -> bytes:
        return self._opened(value, [b"tardis/5/of/" + what, name]) if value else value


class Classic(Plain):
    """The keys of an encrypted store of the classic format."""

    is_sealed = True

    def __init__(self, content: bytes, names: bytes) -> None:
        super().__init__(b"")
        self.content, self._names = content, names

    def open(self, piece: bytes, context: bytes = b"") -> bytes:
        """Return what an object holds: IV, ciphertext, and a code over both."""
        code = hmac.new(self.content, piece[:-64], "sha512").digest()
        if len(piece) < 96 or not hmac.compare_digest(code, piece[-64:]):
            raise Trouble("sealed bytes are damaged, or were sealed with another key")
        plain = aes(self.content, "cbc", piece[16:-64], piece[:16])
        return plain[: -plain[-1]]

    def name(self, name: bytes) -> bytes:
        return self.names([name])[0]

    def names(self, names: list[bytes]) -> list[bytes]:
        sealed = [_base64(one, b"#@") for one in names]
        plain, found, at = aes(self._names, "ecb", b"".join(sealed)), [], 0
        for one in sealed:
            found.append(plain[at : at + len(one)].rstrip(b"\0"))
            at += len(one)
        return found

    def target(self, value: bytes, name: bytes) -> bytes:
        return self.open(_base64(value, b"#@")) if value else value

    def value(self, value: bytes, what: bytes, name: bytes = b"") -> bytes:
        return self.open(value) if value else value


def _base64(text: bytes, alphabet: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), alphabet, validate=True)
    except ValueError:
        raise Trouble("a sealed name is damaged") from None


def aes(key: bytes, mode: str, data: bytes, start: bytes = b"") -> bytes:
    """Return *data* decrypted by AES-256, its padding left as it is."""
    if not data:
        return data
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError:
        more = ["-iv", start.hex()] if start else []
        return run(
            ["openssl", "enc", "-d", f"-aes-256-{mode}", "-nopad", "-K", key.hex(), *more], data
        )
    how = modes.CBC(start) if start else modes.ECB()
    decryptor = Cipher(algorithms.AES(key), how).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def keys_text(store: str) -> str:
    """Return the text of the keys file, or of its copy at the head of a pack."""
    for name in ("tardis.db.keys.sealing", "tardis.db.keys"):
        try:
            with open(os.path.join(store, name), encoding="utf-8") as file:
                text = file.read()
            if "[Repository]" in text:
                return text
        except (OSError, UnicodeDecodeError):
            continue
    for path in pack_paths(store):
        for _, header, payload in records(path):
            if header[1] == KEYS:
                return payload.rstrip(b"\n\0").decode("utf-8", "replace")
            break
    return ""


def load_keys(store: str, ask: Callable[[], str], key_file: str | None) -> tuple[Plain, bool]:
    """Return (what opens the store, whether it is classic)."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(keys_text(store))
        main = parser["Repository"]
    except (configparser.Error, KeyError):
        return Plain(None), os.path.isdir(os.path.join(store, "manifests"))
    is_classic = main.get("scheme") == "classic"
    if main.get("sealed") != "yes":
        return Plain(bytes.fromhex(main.get("digestkey", "")) or None), is_classic
    repository = bytes.fromhex(main["id"])
    slots = [dict(parser[name]) for name in parser.sections() if name.startswith("Slot ")]
    _add_wrapped(slots, repository, key_file)
    password = unicodedata.normalize("NFC", _as_printed(ask())).encode("utf-8", "surrogateescape")
    for slot in slots:
        if not slot.get("wrapped"):
            continue
        opened = (_classic_keys if slot["kdf"] == "pbkdf2-sha1" else _modern_keys)(
            slot, password, repository
        )
        if opened is not None:
            return (
                Classic(opened[:32], opened[32:64]) if is_classic else Modern(opened, repository)
            ), is_classic
    if not any(slot.get("wrapped") for slot in slots):
        raise Trouble("the keys of this store are in a key file: name it with --keys")
    raise Trouble("the password does not open this store")


def _add_wrapped(slots: list[Slot], repository: bytes, key_file: str | None) -> None:
    """Put the wrapped keys of a key file into the slots they belong to."""
    if not key_file:
        return
    parser = configparser.ConfigParser(interpolation=None)
    with open(key_file, encoding="utf-8") as file:
        parser.read_file(file)
    for section in parser.values():
        if section.get("repository") == repository.hex():
            fitting = [slot for slot in slots if slot["salt"] == section["salt"]]
            for slot in fitting:
                slot["wrapped"] = section["wrapped"]
            if not fitting:  # the store has lost the keyslot; a recovery sheet has it
                slots.append(dict(section))


def _as_printed(password: str) -> str:
    """Return a recovery code, however it was typed, as the sheet has it; others as they are."""
    letters = "".join(filter(str.isalnum, password)).upper()
    if not letters.startswith("TARDIS") or len(letters) != 41:
        return password
    body = letters[6:].translate(str.maketrans("018", "OIB"))
    check = hashlib.sha256(b"tardis recovery " + body[:32].encode()).digest()
    if base64.b32encode(check).decode()[:3] != body[32:]:
        return password
    return "-".join(("TARDIS", *(body[at : at + 5] for at in range(0, 35, 5))))


def _modern_keys(slot: Slot, password: bytes, repository: bytes) -> bytes | None:
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    except ImportError:
        raise Trouble(
            "this store is encrypted: install the Python module `cryptography` (44 or newer)"
        ) from None
    memory, passes, lanes = (int(slot[one]) for one in ("memory", "passes", "lanes"))
    kdf = Argon2id(
        salt=bytes.fromhex(slot["salt"]),
        length=64,
        iterations=passes,
        lanes=lanes,
        memory_cost=memory,
    )
    key = hkdf(kdf.derive(password), b"tardis/5/wrap", 32)
    try:
        return ChaCha20Poly1305(key).decrypt(
            bytes(12), bytes.fromhex(slot["wrapped"]), b"tardis/5/slot" + repository
        )
    except InvalidTag:
        return None


def _classic_keys(slot: Slot, password: bytes, repository: bytes) -> bytes | None:
    stretched = hashlib.pbkdf2_hmac("sha1", password, bytes.fromhex(slot["salt"]), 20_000, 64)
    wrapped = bytes.fromhex(slot["wrapped"])
    keys = aes(stretched[:32], "ecb", wrapped[:64])
    check = hmac.new(keys, b"tardis/1/check" + repository, "sha256").digest()
    return keys if check[:16] == wrapped[64:80] else None


# Contents: what lies where, and how it is read


def pack_paths(store: str) -> list[str]:
    """Return the packs of a store in the order of their numbers."""
    folder = os.path.join(store, "packs")
    try:
        names = [name for name in os.listdir(folder) if re.fullmatch(r"\d+\.pack", name)]
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names, key=lambda one: int(one[:-5]))]


def parse_header(data: bytes) -> Header | None:
    """Return the fields of a header, None where there is none."""
    if len(data) < HEADER.size or data[:4] != b"TdR1":
        return None
    fields = HEADER.unpack_from(data)
    return (
        fields if zlib.crc32(data[:24] + bytes(4) + data[28 : HEADER.size]) == fields[7] else None
    )


def records(path: str) -> Iterator[tuple[int, Header, bytes]]:
    """Yield (place, header, stored bytes) of each whole record of a pack."""
    place, size = 0, os.path.getsize(path)
    with open(path, "rb") as file:
        while place + HEADER.size <= size:
            file.seek(place)
            header = parse_header(file.read(HEADER.size))
            if header is not None and place + HEADER.size + header[6] <= size:
                yield place, header, file.read(header[6])
                place += HEADER.size + header[6]
            else:
                place = (place // 4096 + 1) * 4096


class Contents:
    """The contents of a store by their digests, wherever they lie."""

    def __init__(self, store: str, keys: Plain, is_classic: bool, verifies: bool) -> None:
        self._store, self.keys, self._is_classic = store, keys, is_classic
        self._verifies = verifies
        self._found: dict[bytes, list[Place]] | None = None

    def fetch(
        self,
        digest: bytes,
        place: Place | None,
        file: IO[bytes],
        has_holes: bool = False,
        depth: int = 0,
    ) -> int:
        """Write a content to the empty, seekable *file*; return its size.

        Args:
            digest: Of the content.
            place: (path, offset) where the catalog has it, or None.
            file: Open for reading and writing.
            has_holes: Where it holds zeros, these were holes; only told of the classic format.
            depth: Deltas above this one.
        """
        if depth > 1000:
            raise Trouble("deltas that stand on each other")
        reasons = []
        for one in self._places(digest, place):
            file.seek(0)
            file.truncate()
            try:
                return self._read(digest, one, file, has_holes, depth)
            except (Trouble, OSError) as error:
                reasons.append(str(error))
        raise Trouble(reasons[0] if reasons else "its content is nowhere in the store")

    def _places(self, digest: bytes, place: Place | None) -> Iterator[Place]:
        if place is not None:
            yield place
        if self._found is None:
            self._found = self._scan()
        for one in self._found.get(digest, ()):
            if one != place:
                yield one

    def _scan(self) -> dict[bytes, list[Place]]:
        """Return the places of all contents, whole ones before deltas."""
        whole: dict[bytes, list[Place]] = defaultdict(list)
        deltas: dict[bytes, list[Place]] = defaultdict(list)
        if self._is_classic:
            for path in self._metas():
                try:
                    told = self._meta(path)
                except (Trouble, OSError):
                    continue
                (deltas if told["basis"] else whole)[told["digest"]].append((path, None))
        else:
            for path in pack_paths(self._store):
                for place, header, _ in records(path):
                    if header[1] in (DATA, DELTA):
                        (whole if header[1] == DATA else deltas)[header[9]].append((path, place))
            for path in self._files(r"[0-9a-f]{64}(-\d+)?", 1):
                with open(path, "rb") as file:
                    found = parse_header(file.read(HEADER.size))
                if found is not None:
                    (whole if found[1] == DATA else deltas)[found[9]].append((path, 0))
        for digest, places in deltas.items():
            whole[digest] += places
        return whole

    def _files(self, pattern: str, depth: int) -> Iterator[str]:
        folders = [self._store]
        for _ in range(depth):
            folders = [
                os.path.join(folder, name)
                for folder in folders
                for name in sorted(os.listdir(folder))
                if re.fullmatch("[0-9a-f]{2}", name)
            ]
        for folder in folders:
            for name in sorted(os.listdir(folder)):
                if re.fullmatch(pattern, name):
                    yield os.path.join(folder, name)

    def _metas(self) -> Iterator[str]:
        return (path[:-5] for path in self._files(r"[0-9a-f]{32}(-\d+)?\.meta", 2))

    def _read(
        self, digest: bytes, place: Place, file: IO[bytes], has_holes: bool, depth: int
    ) -> int:
        if self._is_classic:
            return self._read_classic(digest, place[0], file, has_holes, depth)
        path, offset = place
        with open(path, "rb") as source:
            source.seek(offset)
            header = parse_header(source.read(HEADER.size))
            if header is None or header[9] != digest:
                raise Trouble("another record lies where it should be")
            _, kind, _, cipher, flags, size, stored, _, _, _, basis = header
            if cipher and not self.keys.is_sealed:
                raise Trouble("it is encrypted, and there is no key")
            if path.endswith(".pack"):
                parts = iter([self._small(header, source.read(stored))])
            else:
                parts = self._segments(source, header)
            if kind == DELTA:
                return self._patch(digest, basis, parts, file, depth)
            hasher = self._hasher(holed=flags)
            for data, offset in parts:
                _write(file, data, offset, flags)
                hasher.update(data)
        if flags:
            hasher.update(bytes(4) + size.to_bytes(8, "little"))
        self._prove(hasher, digest)
        length = size if flags else file.seek(0, os.SEEK_END)
        if length != size:
            raise Trouble("its length is wrong")
        file.truncate(size)
        return size

    def _hasher(self, holed: int = 0) -> Hasher:
        if not self._verifies or self.keys.digest_key is None:
            return _NoHasher()
        key = self.keys.digest_key
        if holed:
            deriving = blake(context=HOLES)
            deriving.update(key)
            key = deriving.digest()
        hasher: Hasher = blake(key)
        return hasher

    def _prove(self, hasher: Hasher, digest: bytes) -> None:
        if not isinstance(hasher, _NoHasher) and hasher.digest() != digest:
            raise Trouble("its bytes do not match their digest")

    def _small(self, header: Header, payload: bytes) -> tuple[bytes, int]:
        """Return (plain bytes, 0) of a record in a pack."""
        _, kind, codec, cipher, _, size, stored, _, _, digest, basis = header
        if len(payload) != stored:
            raise Trouble("it was cut off")
        if cipher:
            context = b"W" + struct.pack("<BBQ32s32s", kind, codec, size, digest, basis)
            payload = self.keys.open(payload, context)
            if kind == DELTA:
                payload = payload[8:]
        return expand(codec, payload), 0

    def _segments(self, source: IO[bytes], header: Header) -> Iterator[tuple[bytes, int]]:
        """Yield (plain bytes, where they begin) of each segment of a large content's file."""
        _, kind, _, cipher, flags, _, stored, _, _, digest, basis = header
        row = struct.Struct("<IIBIQ" if flags else "<IIB")
        end = HEADER.size + stored
        source.seek(end - 12)
        tail = source.read(12)
        if len(tail) != 12 or tail[8:] != b"TdI1":
            raise Trouble("its end is missing")
        count, check = struct.unpack_from("<II", tail)
        source.seek(end - 12 - row.size * count)
        index = source.read(row.size * count)
        if len(index) != row.size * count or zlib.crc32(index) != check:
            raise Trouble("its index is damaged")
        rows, wholes, left = list(row.iter_unpack(index)), [(0, b"")], 0
        if cipher:
            rows, wholes, left = self._end(
                source, rows, end, row.size * count, (kind, digest, basis)
            )
        at = HEADER.size
        for number, (length, check, codec, *more) in enumerate(rows):
            source.seek(at)
            data = source.read(length)
            at += length
            if len(data) != length or zlib.crc32(data) != check:
                raise Trouble("a part of it is damaged")
            size, offset = more or (min(SEGMENT, left), 0)
            if cipher:
                left -= size
                whole = [shared for first, shared in wholes if first <= number][-1]
                told = struct.pack("<BBQQQ16s", kind, codec, size, number, offset, whole)
                data = self.keys.open(data, b"P" + told)
            yield expand(codec, data), number * SEGMENT

    def _end(
        self,
        source: IO[bytes],
        rows: list[IndexRow],
        end: int,
        index: int,
        place: tuple[int, bytes, bytes],
    ) -> tuple[list[IndexRow], list[tuple[int, bytes]], int]:
        """Open the last piece of a sealed content.

        Returns:
            Its rows; (number of the first segment, random bytes that it and those behind it
            share); its size.
        """
        kind, digest, basis = place
        length, *_ = rows[-1]
        source.seek(end - 12 - index - length)
        about = b"E" + bytes([kind]) + digest + (basis if kind == DELTA else b"")
        told = self.keys.open(source.read(length), about)
        later = struct.iter_unpack("<Q16s", told[64:])
        return rows[:-1], [(0, told[:16]), *later], int.from_bytes(told[16:24], "little")

    def _patch(
        self,
        digest: bytes,
        basis: bytes,
        parts: Iterable[tuple[bytes, int]],
        file: IO[bytes],
        depth: int,
    ) -> int:
        with tempfile.TemporaryFile() as below, tempfile.TemporaryFile() as delta:
            self.fetch(basis, None, below, depth=depth + 1)
            for data, _ in parts:
                delta.write(data)
            hasher = self._hasher()
            size = patch(below, delta, file, hasher)
        self._prove(hasher, digest)
        return size

    # Classic

    def _meta(self, path: str) -> Meta:
        with open(path + ".meta", encoding="utf-8") as file:
            try:
                told = json.load(file)
                proof = "hmac_sha256" if told["encrypted"] else "sha256"
                return {
                    "digest": bytes.fromhex(told["checksum"] + told[proof]),
                    "basis": bytes.fromhex(told.get("basis", "") + told.get("basis_" + proof, "")),
                    "codec": CODECS.index(told["compression"]),
                    "is_sealed": told["encrypted"],
                    "size": told["size"],
                }
            except (ValueError, KeyError, TypeError) as error:
                raise Trouble(f"its .meta is damaged: {error}") from error

    def _read_classic(
        self, digest: bytes, path: str, file: IO[bytes], has_holes: bool, depth: int
    ) -> int:
        told = self._meta(path)
        if told["digest"] != digest:
            raise Trouble("another content lies where it should be")
        with tempfile.TemporaryFile() as delta:
            target = delta if told["basis"] else file
            with open(path, "rb") as source:
                has_holes |= os.fstat(source.fileno()).st_blocks * 512 < os.path.getsize(path)
                hasher = self._classic_hasher(told)
                for data in self._classic_parts(source, told):
                    (_write_sparse if has_holes else _write_all)(target, data)
                    if not told["basis"]:
                        hasher.update(data)
                target.truncate(target.tell())
            if told["basis"]:
                with tempfile.TemporaryFile() as below:
                    self.fetch(told["basis"], None, below, depth=depth + 1)
                    patch(below, delta, file, hasher)
        if self._verifies and hasher.digest() != digest[16:]:
            raise Trouble("its bytes do not match their digest")
        size = file.seek(0, os.SEEK_END)
        if size != told["size"]:
            raise Trouble("its length is wrong")
        return size

    def _classic_hasher(self, told: Meta) -> Hasher:
        if told["is_sealed"]:
            return hmac.new(self.keys.content, digestmod="sha256")
        return hashlib.sha256()

    def _classic_parts(self, source: IO[bytes], told: Meta) -> Iterator[bytes]:
        if told["is_sealed"]:
            if not self.keys.is_sealed:
                raise Trouble("it is encrypted, and there is no key")
            yield expand(told["codec"], self.keys.open(source.read()))
            return
        if told["codec"] == 4:
            yield expand(4, source.read())
            return
        expander = (None, zlib.decompressobj, bz2.BZ2Decompressor, lzma.LZMADecompressor)[
            told["codec"]
        ]
        state = expander() if expander else None
        while data := source.read(CHUNK):
            try:
                yield state.decompress(data) if state else data
            except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
                raise Trouble(f"compressed bytes are damaged: {error}") from error


class _NoHasher:
    def update(self, data: bytes) -> None:
        """Do nothing."""

    def digest(self) -> bytes:
        """Return nothing."""
        return b""


def _write(file: IO[bytes], data: bytes, offset: int, is_holed: int) -> None:
    """Write a segment where it belongs."""
    if not is_holed:
        file.seek(offset)
        file.write(data)
        return
    begin = 4 + 16 * int.from_bytes(data[:4], "little")
    for place, length in struct.iter_unpack("<QQ", data[4:begin]):
        file.seek(place)
        file.write(data[begin : begin + length])
        begin += length


def _write_all(file: IO[bytes], data: bytes) -> None:
    file.write(data)


def _write_sparse(file: IO[bytes], data: bytes) -> None:
    """Write *data*, blocks of zeros as holes."""
    for start in range(0, len(data), BLOCK):
        block = data[start : start + BLOCK]
        if block.count(0) < len(block):
            file.write(block)
        else:
            file.seek(len(block), os.SEEK_CUR)


def patch(basis: IO[bytes], delta: IO[bytes], file: IO[bytes], hasher: Hasher) -> int:
    """Write to *file* what *delta*, as rdiff writes it, makes of *basis*; return its size."""
    delta.seek(0)
    if delta.read(4) != b"rs\x026":
        raise Trouble("a delta that is none")
    size = 0

    def number(width: int) -> int:
        return int.from_bytes(_exactly(delta, width), "big")

    def copy(source: IO[bytes], count: int) -> None:
        nonlocal size
        size += count
        while count:
            data = _exactly(source, min(count, CHUNK))
            file.write(data)
            hasher.update(data)
            count -= len(data)

    while command := number(1):
        if command <= 0x40:
            copy(delta, command)
        elif command <= 0x44:
            copy(delta, number(1 << (command - 0x41)))
        elif command <= 0x54:
            where, length = divmod(command - 0x45, 4)
            start = number(1 << where)
            count = number(1 << length)
            basis.seek(start)
            copy(basis, count)
        else:
            raise Trouble("a delta is damaged")
    return size


def _exactly(source: IO[bytes], count: int) -> bytes:
    data = source.read(count)
    if len(data) != count:
        raise Trouble("a delta asks for more than there is")
    return data


# Catalog, or what takes its place


class Row:
    """One name of one directory, as of one set."""

    __slots__ = (
        "child",
        "content",
        "digest",
        "first",
        "gid",
        "has_holes",
        "last",
        "link",
        "mode",
        "mtime",
        "name",
        "nlink",
        "place",
        "rdev",
        "target",
        "uid",
        "xattrs",
    )

    def __init__(self, name: bytes, columns: Sequence[Any]) -> None:
        """Take mode ... target, first_set, capture, xattrs, as they stand in a manifest."""
        self.name = name
        (
            self.mode,
            self.uid,
            self.gid,
            size,
            seconds,
            more,
            ctime,
            ctime_ns,
            filesystem,
            inode,
            self.nlink,
            self.rdev,
            self.child,
            self.content,
            self.target,
            self.first,
            _,
            self.xattrs,
            *_,
        ) = columns
        self.mtime = seconds * 10**9 + more
        self.link = (filesystem, inode, size, self.mtime, ctime, ctime_ns)
        self.last, self.has_holes = OPEN, False
        self.digest: bytes | None = None
        self.place: Place | None = None


_ROW = """mode, uid, gid, e.size, mtime, mtime_ns, ctime, ctime_ns, filesystem, inode, nlink, rdev,
 child, content, target, first_set, capture, xattrs"""


class Catalog:
    """Sets and names by the catalog, or a copy of it."""

    def __init__(self, store: str, path: str, about: str) -> None:
        self._store, self.about = store, about
        self._folder = tempfile.TemporaryDirectory(prefix="tardis-rescue-")
        target = os.path.join(self._folder.name, "tardis.db")
        if path.endswith(".gz"):
            with gzip.open(path, "rb") as packed, open(target, "wb") as plain:
                shutil.copyfileobj(packed, plain)
        else:
            shutil.copyfile(path, target)
            if os.path.exists(path + "-journal"):
                shutil.copyfile(path + "-journal", target + "-journal")
        self._db = sqlite3.connect(target)
        self._db.text_factory = bytes
        if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != b"ok":
            raise Trouble("it is damaged")
        self.is_classic = self._fact(b"scheme") == b"classic"

    def _fact(self, key: bytes) -> Any:
        found = self._db.execute(
            "SELECT value FROM settings WHERE key = ?", (key.decode(),)
        ).fetchone()
        return found and found[0]

    def sets(self) -> list[list[Any]]:
        """Return the columns of each complete set, oldest first."""
        query = (
            f"SELECT {', '.join(SET_COLUMNS)} FROM backup_sets WHERE is_complete ORDER BY number"
        )
        return [
            [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in row]
            for row in self._db.execute(query)
        ]

    def roots(self, number: int) -> list[tuple[bytes, bytes | None, int, bytes]]:
        """Return (path, name, directory, packed metadata of it and all above) of each root."""
        query = (
            "SELECT path, name, directory, ancestors FROM roots WHERE backup_set = ? ORDER BY path"
        )
        return self._db.execute(query, (number,)).fetchall()

    def inside(self, directory: int, number: int) -> list[Row]:
        """Return the rows of a directory as of a set."""
        query = f"""SELECT e.name, {_ROW}, c.digest, c.pack, c.place, c.has_holes FROM entries AS e
            LEFT JOIN contents AS c ON c.id = e.content
            WHERE directory = ? AND first_set <= ? AND last_set >= ? ORDER BY e.name"""
        found = []
        for name, *columns, digest, pack, place, has_holes in self._db.execute(
            query, (directory, number, number)
        ):
            row = Row(name, columns)
            row.digest, row.has_holes = digest, bool(has_holes)
            row.place = self._place(digest, pack, place)
            found.append(row)
        return found

    def _place(self, digest: bytes | None, pack: int | None, place: int) -> Place | None:
        if digest is None:
            return None
        if pack is not None:
            return os.path.join(self._store, "packs", f"{pack}.pack"), place
        name = digest[: 16 if self.is_classic else 32].hex()
        folders = [name[:2], name[2:4]] if self.is_classic else [name[:2]]
        path = os.path.join(self._store, *folders, name + (f"-{place}" if place else ""))
        return path, None if self.is_classic else 0


class Manifests:
    """Sets and names by the manifests, which repeat what the catalog said."""

    about = "the manifests in the packs"

    def __init__(self, store: str) -> None:
        self.is_classic = os.path.isdir(os.path.join(store, "manifests"))
        self._rows: dict[tuple[int, bytes], list[Row]] = defaultdict(list)
        self._roots: dict[int, dict[bytes, Any]] = defaultdict(dict)
        self._sets: dict[int, list[Any]] = {}
        self._digests: dict[int, bytes] = {}
        self._inside: dict[int, list[Row]] = {}
        single, pages, full = {}, {}, []
        for packed in (self._files if self.is_classic else self._records)(store):
            try:
                _, number, sequence, told, tables, digests = unpack(zlib.decompress(packed))
            except (zlib.error, Trouble, IndexError, ValueError, TypeError, struct.error):
                continue
            if not isinstance(told, str):
                single[number, sequence] = told, tables, digests
            elif told != "END":
                pages[number, sequence] = told, tables
            else:
                before = [(number, one) for one in range(sequence - tables[0][0], sequence)]
                if all(one in pages for one in before):
                    full, single = [pages[one] for one in before], {}
        for table, rows in full:
            self._take_page(table, rows)
        for (number, _), (told, tables, digests) in sorted(single.items(), key=lambda one: one[0]):
            self._take(number, told, tables, digests)

    @staticmethod
    def _records(store: str) -> Iterator[bytes]:
        for path in pack_paths(store):
            yield from (payload for _, header, payload in records(path) if header[1] == MANIFEST)

    @staticmethod
    def _files(store: str) -> Iterator[bytes]:
        folder = os.path.join(store, "manifests")
        names = [name for name in os.listdir(folder) if re.fullmatch(r"\d+-\d+", name)]
        for name in sorted(names, key=lambda name: [int(one) for one in name.split("-")]):
            with open(os.path.join(folder, name), "rb") as file:
                yield file.read()

    def _take_page(self, table: str, rows: Any) -> None:
        for row in rows:
            if table == "backup_sets" and row[5]:
                self._sets[row[0]] = row
            elif table == "contents":
                self._digests[row[0]] = row[1]
            elif table == "roots":
                self._roots[row[0]][row[1]] = row[2], row[3], row[4]
            elif table == "entries":
                directory, last, name, first, *columns = row
                columns[15:15] = [first]
                self._add(directory, name, columns, last)

    def _take(self, number: int, told: Any, tables: Any, digests: Any) -> None:
        self._digests.update((content, digest) for content, digest in digests)
        _, _, _, deleted, closed, opened, roots, *more = tables
        for directory, name in deleted:
            self._rows[directory, name].pop()
        for last, directory, name in closed:
            self._rows[directory, name][-1].last = last
        proven = more[3:4]  # rows of encrypted stores, with a code behind each
        for directory, name, *columns in chain(opened, *proven):
            self._add(directory, name, columns, OPEN)
        if told:
            self._sets[number] = told
            self._roots[number] = {}
        for _, path, name, directory, ancestors in roots:
            self._roots[number][path] = name, directory, ancestors

    def _add(self, directory: int, name: bytes, columns: list[Any], last: int) -> None:
        row = Row(name, columns)
        row.last, row.digest = last, self._digests.get(row.content)
        self._rows[directory, name].append(row)

    def sets(self) -> list[list[Any]]:
        """Return the columns of each complete set, oldest first."""
        return [self._sets[number][: len(SET_COLUMNS)] for number in sorted(self._sets)]

    def roots(self, number: int) -> list[tuple[bytes, bytes | None, int, bytes]]:
        """Return (path, name, directory, packed metadata of it and all above) of each root."""
        return [(path, *told) for path, told in sorted(self._roots[number].items())]

    def inside(self, directory: int, number: int) -> list[Row]:
        """Return the rows of a directory as of a set."""
        if not self._inside:
            for (place, _), rows in self._rows.items():
                self._inside.setdefault(place, []).extend(rows)
        every = self._inside.get(directory, [])
        found = [row for row in every if row.first <= number <= row.last]
        return sorted(found, key=lambda row: row.name)


View = Union[Catalog, Manifests]


def look(store: str, trusts_catalog: bool) -> View:
    """Return what tells of sets and names: the catalog, its newest good copy, or the manifests."""
    names = sorted(os.listdir(store), reverse=True)
    copies = [name for name in names if re.fullmatch(r"tardis\.db\.\d{8}-\d{6}\.gz", name)]
    for name in ["tardis.db", *copies] if trusts_catalog else []:
        try:
            about = "the catalog" if name == "tardis.db" else f"the copy {name} of the catalog"
            return Catalog(store, os.path.join(store, name), about)
        except FileNotFoundError:
            say(f"{name} is not there")
        except (Trouble, sqlite3.Error, OSError, EOFError, zlib.error) as error:
            say(f"{name} cannot be used: {error}")
    return Manifests(store)


# Restoring


class Restorer:
    """Makes the files of one set below a new folder."""

    def __init__(self, view: View, contents: Contents, number: int) -> None:
        self._view, self._contents, self._number = view, contents, number
        self._keys = contents.keys
        self._links: dict[Any, tuple[bytes, int]] = {}
        self.done = self.lost = 0

    def restore(self, out: str, wanted: list[bytes]) -> None:
        """Restore all that is *wanted* (paths, or nothing for all) below *out*."""
        for path, name, directory, ancestors in self._view.roots(self._number):
            parts = [self._keys.name(one) for one in path.split(b"/") if one]
            for one in parts:
                _check(one)
            if name is not None:
                parts = parts[:-1]
            folder = self._make(out, parts)
            try:
                self._fill(folder, directory, b"/" + b"/".join(parts), wanted, only=name)
            finally:
                os.close(folder)
            self._dress_above(os.fsencode(out), parts, ancestors)

    @staticmethod
    def _dress_above(out: bytes, parts: list[bytes], ancestors: bytes) -> None:
        """Give a root, and the directories above it, their modes, owners and times."""
        told = unpack(ancestors)
        for count in range(len(parts), 0, -1):
            place = b"/".join([out, *parts[:count]])
            if len(told) < count or len(place) > 4000:
                continue
            _, mode, uid, gid, seconds, more = told[count - 1][:6]
            if os.geteuid() == 0:
                os.chown(place, uid, gid)
            os.chmod(place, stat.S_IMODE(mode))
            os.utime(place, ns=(seconds * 10**9 + more,) * 2)

    def _make(self, out: str, parts: list[bytes]) -> int:
        folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
        for one in parts:
            if not _exists(one, folder):
                os.mkdir(one, dir_fd=folder)
            below = os.open(one, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        return folder

    def _fill(
        self,
        folder: int,
        directory: int,
        path: bytes,
        wanted: list[bytes],
        only: bytes | None = None,
    ) -> None:
        rows = self._view.inside(directory, self._number)
        if only is not None:
            rows = [row for row in rows if row.name == only]
        try:
            names = self._keys.names([row.name for row in rows])
        except Trouble as error:
            self._lose(path, error)
            return
        for row, name in zip(rows, names):  # noqa: B905 - Python 3.8
            place = path.rstrip(b"/") + b"/" + name
            if not _concerns(place, wanted):
                continue
            try:
                _check(name)
                self._put(folder, name, row, place, wanted)
            except (Trouble, OSError) as error:
                self._lose(place, error)

    def _put(self, folder: int, name: bytes, row: Row, place: bytes, wanted: list[bytes]) -> None:
        if stat.S_ISDIR(row.mode):
            if not _exists(name, folder):
                os.mkdir(name, 0o700, dir_fd=folder)
            if row.child is not None:
                below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                try:
                    self._fill(below, row.child, place, wanted)
                finally:
                    os.close(below)
        elif not _is_wanted(place, wanted):
            return
        elif stat.S_ISREG(row.mode):
            self._file(folder, name, row)
        elif stat.S_ISLNK(row.mode):
            os.symlink(self._keys.target(row.target, name), name, dir_fd=folder)
        elif stat.S_ISSOCK(row.mode) or (not stat.S_ISFIFO(row.mode) and os.geteuid() != 0):
            raise Trouble("only root can make this kind of file")
        else:
            os.mknod(name, row.mode, row.rdev, dir_fd=folder)
        self._dress(folder, name, row)
        self.done += 1

    def _file(self, folder: int, name: bytes, row: Row) -> None:
        if row.content is None:
            raise Trouble("it could not be read when it was backed up")
        before = self._links.get(row.link) if row.nlink > 1 else None
        if before is not None and before[0] == row.digest:
            os.link(f"/proc/self/fd/{before[1]}", name, dst_dir_fd=folder, follow_symlinks=True)
            return
        if row.digest is None:
            raise Trouble("nothing tells which content it had")
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "r+b") as file:
                self._contents.fetch(row.digest, row.place, file, row.has_holes)
        except (Trouble, OSError):
            os.unlink(name, dir_fd=folder)
            raise
        if row.nlink > 1 and len(self._links) < 500:
            self._links[row.link] = row.digest, os.open(name, os.O_PATH, dir_fd=folder)

    def _dress(self, folder: int, name: bytes, row: Row) -> None:
        if os.geteuid() == 0:
            os.chown(name, row.uid, row.gid, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISLNK(row.mode):
            os.chmod(name, stat.S_IMODE(row.mode), dir_fd=folder)
            self._attributes(folder, name, row)
        os.utime(name, ns=(row.mtime, row.mtime), dir_fd=folder, follow_symlinks=False)

    def _attributes(self, folder: int, name: bytes, row: Row) -> None:
        if not row.xattrs:
            return
        for word, value in unpack(self._keys.value(row.xattrs, b"xattrs", name)):
            key = word if isinstance(word, bytes) else word.encode()
            if not key.startswith(b"tardis."):
                try:
                    os.setxattr(f"/proc/self/fd/{folder}/".encode() + name, key, value)
                except OSError as error:
                    say(f"{show(name)}: cannot set {show(key)}: {error.strerror}")

    def _lose(self, place: bytes, error: Exception) -> None:
        self.lost += 1
        say(f"{show(place)}: {getattr(error, 'strerror', None) or error}")


def _exists(name: bytes, folder: int) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _check(name: bytes) -> None:
    if name in (b"", b".", b"..") or b"/" in name or b"\0" in name:
        raise Trouble("its name is none that a file can have")


def _concerns(place: bytes, wanted: list[bytes]) -> bool:
    return not wanted or any(
        (place + b"/").startswith(one + b"/") or (one + b"/").startswith(place + b"/")
        for one in wanted
    )


def _is_wanted(place: bytes, wanted: list[bytes]) -> bool:
    return not wanted or any((place + b"/").startswith(one + b"/") for one in wanted)


def show(name: bytes) -> str:
    """Return *name* as it may be printed."""
    text = os.fsdecode(name)
    return text if text.isprintable() else ascii(text)[1:-1]


def say(text: str) -> None:
    """Tell the person something that is no result."""
    print(f"rescue: {text}", file=sys.stderr)


def chosen(sets: list[list[Any]], wanted: str) -> int:
    """Return the number of the set that is meant."""
    if wanted == "latest" and sets:
        return int(sets[-1][0])
    for one in sets:
        if wanted in (str(one[0]), one[1]):
            return int(one[0])
    raise Trouble(f"there is no complete set {wanted!r}")


def parse(words: list[str]) -> argparse.Namespace:
    """Return what the command line says."""
    about, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=about, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store", metavar="STORE")
    parser.add_argument("set", metavar="SET", nargs="?")
    parser.add_argument("out", metavar="OUT", nargs="?")
    parser.add_argument("paths", metavar="PATH", nargs="*")
    parser.add_argument("--nocatalog", action="store_true")
    parser.add_argument("--noverify", action="store_true")
    parser.add_argument("--password-file", metavar="FILE")
    parser.add_argument("--keys", metavar="FILE")
    return parser.parse_args(words)


def work(args: argparse.Namespace) -> int:
    """Do what was asked; return the status."""

    def ask() -> str:
        if args.password_file:
            with open(args.password_file, encoding="utf-8", errors="surrogateescape") as file:
                return file.readline().rstrip("\r\n")
        return getpass.getpass("Password: ")

    view = look(args.store, not args.nocatalog)
    sets = view.sets()
    say(f"by {view.about}: {len(sets)} complete sets")
    if args.set is None:
        for number, name, *_, started, ended in sets:
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime((ended or started) // 10**9))
            print(f"{number:6} {when} {show(os.fsencode(name))}")
        return 0
    if args.out is None:
        raise Trouble("say where to restore to")
    number = chosen(sets, args.set)
    keys, is_classic = load_keys(args.store, ask, args.keys)
    contents = Contents(args.store, keys, is_classic or view.is_classic, not args.noverify)
    os.makedirs(args.out, exist_ok=True)
    if os.listdir(args.out):
        raise Trouble(f"{args.out} is not empty")
    restorer = Restorer(view, contents, number)
    restorer.restore(args.out, [os.path.abspath(os.fsencode(one)) for one in args.paths])
    say(f"{restorer.done} restored, {restorer.lost} could not be")
    if not restorer.done and args.paths:
        raise Trouble("nothing of that name is in the set")
    return 3 if restorer.lost else 0


def main(words: list[str]) -> int:
    """Run the program; return its status."""
    args = parse(words)
    sys.setrecursionlimit(100_000)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        return work(args)
    except (Trouble, OSError, sqlite3.Error) as error:
        say(str(error))
    except KeyboardInterrupt:
        say("interrupted")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
