"""Opens what an encrypted classic store holds with the program ``openssl``, no code of ours.

python classic_openssl.py STORE CLIENT SET < password     list the files of a set with SHA-256
"""

import base64
import bz2
import configparser
import hashlib
import json
import lzma
import sqlite3
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

EXPAND: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "zlib": zlib.decompress,
    "bzip": bz2.decompress,
    "lzma": lzma.decompress,
}


def openssl(data: bytes, *words: str) -> bytes:
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout


def decrypted(data: bytes, key: bytes, cipher: str, *more: str) -> bytes:
    return openssl(data, "enc", "-d", f"-aes-256-{cipher}", "-K", key.hex(), *more)


def unwrapped(key: bytes, stored: bytes) -> bytes:
    """Return what an object holds: IV, ciphertext, HMAC over both."""
    mac = openssl(
        stored[:-64], "mac", "-digest", "SHA512", "-macopt", f"hexkey:{key.hex()}", "HMAC"
    )
    assert bytes.fromhex(mac.decode()) == stored[-64:]
    return decrypted(stored[16:-64], key, "cbc", "-iv", stored[:16].hex())


def named(key: bytes, sealed: bytes) -> bytes:
    """Return the name behind a sealed one."""
    return decrypted(base64.b64decode(sealed, b"#@"), key, "ecb", "-nopad").rstrip(b"\0")


def keys_of(store: Path, client: str, password: str) -> tuple[bytes, bytes]:
    """Return the keys of contents and of names."""
    salt = hashlib.sha256(client.encode()).digest()
    key = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 20_000, 64)[:32]
    parser = configparser.ConfigParser()
    parser.read(store / "tardis.db.keys")
    [section] = [one for one in parser.values() if "ContentKey" in one]
    wrapped = (base64.b64decode(section[name]) for name in ("ContentKey", "FilenameKey"))
    content, names = (decrypted(one, key, "ecb", "-nopad") for one in wrapped)
    return content, names


def content(key: bytes, path: Path) -> bytes:
    """Return the plain bytes of the content's file *path*, by what its .meta says of it."""
    told = json.loads(Path(f"{path}.meta").read_text(encoding="ascii"))
    stored = path.read_bytes()
    assert told["encrypted"] and len(stored) == told["disksize"], path
    plain = EXPAND[told["compression"]](unwrapped(key, stored))
    mac = openssl(plain, "mac", "-digest", "MD5", "-macopt", f"hexkey:{key.hex()}", "HMAC")
    assert mac.decode().strip().lower() == told["checksum"] == path.name.partition("-")[0]
    assert len(plain) == told["size"], path
    return plain


def files(store: Path, client: str, password: str, number: int) -> dict[bytes, bytes]:
    """Return path and bytes of every regular file of a set."""
    key, names = keys_of(store, client, password)
    found: dict[bytes, bytes] = {}
    query = """SELECT e.name, mode, child, digest, place FROM entries AS e
        LEFT JOIN contents AS c ON c.id = content
        WHERE directory = ? AND first_set <= ? AND last_set >= ?"""

    def walk(directory: int, path: bytes) -> None:
        for sealed, mode, child, digest, place in db.execute(
            query, (directory, number, number)
        ).fetchall():
            below = path + b"/" + named(names, sealed)
            if stat.S_ISREG(mode) and digest is not None:
                name = digest[:16].hex() + (f"-{place}" if place else "")
                found[below] = content(key, store / name[:2] / name[2:4] / name)
            elif child is not None:
                walk(child, below)

    with closing(sqlite3.connect(f"file:{store}/tardis.db?mode=ro", uri=True)) as db:
        roots = "SELECT path, directory FROM roots WHERE backup_set = ? AND name IS NULL"
        for path, directory in db.execute(roots, (number,)).fetchall():
            walk(directory, b"".join(b"/" + named(names, one) for one in path.split(b"/") if one))
    return found


def main(words: list[str]) -> None:
    password = sys.stdin.readline().rstrip()
    for path, data in sorted(files(Path(words[0]), words[1], password, int(words[2])).items()):
        sys.stdout.write(
            f"{hashlib.sha256(data).hexdigest()} {path.decode(errors='backslashreplace')}\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
