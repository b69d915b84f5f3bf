"""Certificates that sign themselves, and their pins."""

import hashlib
import ssl
import subprocess
from pathlib import Path

import pytest

from tardis.crypto import make_certificate, pin_of


def test_openssl_reads_the_pair_and_tells_the_same_pin(tmp_path: Path) -> None:
    public, hidden, pin = make_certificate("backup.example")
    certificate, key = tmp_path / "cert", tmp_path / "key"
    certificate.write_bytes(public)
    key.write_bytes(hidden)
    told = openssl("x509", "-in", certificate, "-noout", "-pubkey")
    assert told == openssl("pkey", "-in", key, "-pubout")
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"],
        input=told,
        capture_output=True,
        check=True,
    ).stdout
    assert pin == "sha256:" + hashlib.sha256(der).hexdigest()
    assert pin == pin_of(ssl.PEM_cert_to_DER_cert(public.decode()))


def openssl(*words: object) -> bytes:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("name", "shown"),
    [("backup.example", b"DNS:backup.example"), ("192.0.2.7", b"IP Address:192.0.2.7")],
)
def test_the_certificate_is_for_its_name(tmp_path: Path, name: str, shown: bytes) -> None:
    path = tmp_path / "cert"
    path.write_bytes(make_certificate(name)[0])
    assert shown in openssl("x509", "-in", path, "-noout", "-ext", "subjectAltName")


def test_two_pairs_differ() -> None:
    assert make_certificate("a")[2] != make_certificate("a")[2]
