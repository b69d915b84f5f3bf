"""Reads a classic store as docs/store-format.md tells it: standard library, no code of ours.

python classic_store.py STORE         verify every content by names, .meta and the catalog
python classic_store.py STORE SET     and list the files of a set with their SHA-256
"""

import bz2
import hashlib
import json
import lzma
import sqlite3
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

Expand = Callable[[bytes], bytes]
EXPAND: dict[str, Expand] = {
    "none": bytes,
    "zlib": zlib.decompress,
    "bzip": bz2.decompress,
    "lzma": lzma.decompress,
}
CODECS = ("none", "zlib", "bzip", "lzma", "zstd")
KEYS = {"checksum", "compressed", "encrypted", "size", "disksize", "compression", "sha256"}
DELTA_KEYS = KEYS | {"basis", "basis_sha256"}


def patched(basis: bytes, delta: bytes) -> bytes:
    """Return what a delta, as `rdiff` writes it, makes of *basis*."""
    made, at = bytearray(), 4
    assert delta[:4] == b"rs\x026"

    def take(count: int) -> bytes:
        nonlocal at
        at += count
        assert at <= len(delta)
        return delta[at - count : at]

    def number(power: int) -> int:
        return int.from_bytes(take(1 << power), "big")

    while (command := take(1)[0]) != 0:
        assert command < 0x55
        if command < 0x41:
            made += take(command)
        elif command < 0x45:
            made += take(number(command - 0x41))
        else:
            start, count = number((command - 0x45) // 4), number((command - 0x45) % 4)
            assert start + count <= len(basis)
            made += basis[start : start + count]
    assert at == len(delta)
    return bytes(made)


def by_meta(path: Path) -> bytes:
    """Return the plain bytes of the content's file *path*, by what its .meta says of it."""
    told = json.loads(Path(f"{path}.meta").read_text(encoding="ascii"))
    assert set(told) == (DELTA_KEYS if "basis" in told else KEYS), told
    stored = path.read_bytes()
    assert len(stored) == told["disksize"], path
    assert told["compressed"] == (told["compression"] != "none") and not told["encrypted"]
    plain = EXPAND[told["compression"]](stored)
    if "basis" in told:
        store = path.parents[2]
        plain = patched(by_digest(store, told["basis"], told["basis_sha256"]), plain)
    assert len(plain) == told["size"], path
    assert hashlib.md5(plain).hexdigest() == told["checksum"], path
    assert hashlib.sha256(plain).hexdigest() == told["sha256"], path
    return plain


def by_digest(store: Path, md5: str, sha256: str) -> bytes:
    """Return the plain bytes of a content that a delta stands on."""
    for path in (store / md5[:2] / md5[2:4]).glob(f"{md5}*.meta"):
        if json.loads(path.read_text(encoding="ascii"))["sha256"] == sha256:
            return by_meta(path.with_suffix(""))
    raise AssertionError(f"the basis {md5} is not there")


def named(store: Path) -> Iterator[Path]:
    """Yield the files of contents, each in its place."""
    for path in sorted(store.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
        name, _, suffix = path.name.partition(".")
        digest, _, place = name.partition("-")
        assert suffix in ("", "meta", "sig", "basis"), path
        assert len(digest) == 32 and (not place or place.isdigit()), path
        assert path.parts[-3:-1] == (digest[:2], digest[2:4]), path
        if not suffix:
            yield path


def catalog(store: Path) -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(f"file:{store}/tardis.db?mode=ro", uri=True))


def by_catalog(store: Path) -> dict[int, bytes]:
    """Return the plain bytes of every content that the catalog knows."""
    found: dict[int, bytes] = {}
    query = "SELECT id, digest, size, stored, codec, pack, place, basis FROM contents ORDER BY id"
    with catalog(store) as db:
        rows = db.execute(query).fetchall()
    for number, digest, size, stored, codec, pack, place, basis in rows:
        assert pack is None and len(digest) == 48
        name = digest[:16].hex() + (f"-{place}" if place else "")
        data = (store / name[:2] / name[2:4] / name).read_bytes()
        plain = EXPAND[CODECS[codec]](data)
        if basis is not None:  # it was there first, so its number is lower
            plain = patched(found[basis], plain)
        assert (len(plain), len(data)) == (size, stored), name
        assert hashlib.md5(plain).digest() + hashlib.sha256(plain).digest() == digest, name
        found[number] = plain
    return found


def files(store: Path, number: int) -> dict[bytes, bytes]:
    """Return path and bytes of every regular file of a set."""
    contents = by_catalog(store)
    found: dict[bytes, bytes] = {}
    query = """SELECT name, mode, child, content FROM entries
        WHERE directory = ? AND first_set <= ? AND last_set >= ?"""

    def walk(directory: int, path: bytes) -> None:
        for name, mode, child, content in db.execute(query, (directory, number, number)).fetchall():
            if stat.S_ISREG(mode) and content is not None:
                found[path + b"/" + name] = contents[content]
            elif child is not None:
                walk(child, path + b"/" + name)

    with catalog(store) as db:
        roots = "SELECT path, directory FROM roots WHERE backup_set = ? AND name IS NULL"
        for path, directory in db.execute(roots, (number,)).fetchall():
            walk(directory, path)
    return found


def main(words: list[str]) -> None:
    store = Path(words[0])
    whole = [by_meta(path) for path in named(store)]
    known = len(by_catalog(store))
    lines = [f"{len(whole)} contents by .meta, {known} by the catalog, all whole"]
    if len(words) > 1:
        for path, data in sorted(files(store, int(words[1])).items()):
            shown = path.decode(errors="backslashreplace")
            lines.append(f"{hashlib.sha256(data).hexdigest()} {shown}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
