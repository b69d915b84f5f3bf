"""Certificates that sign themselves, and the fingerprints by which they are known again."""

import datetime
import hashlib
import ipaddress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

VALID_DAYS: Final = 3650
"""How long a certificate lasts that signs itself: its pin is what is trusted."""

_PIN: Final = "sha256:"


def pin_of(certificate: bytes) -> str:
    """Return the fingerprint of the public key of a DER *certificate*: ``sha256:`` and hex.

    It stays the same when the certificate is made anew with the same key.

    Raises:
        ValueError: It is no certificate.
    """
    from cryptography import x509  # noqa: PLC0415 # lazy
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 # lazy

    key = x509.load_der_x509_certificate(certificate).public_key()
    told = key.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    return _PIN + hashlib.sha256(told).hexdigest()


def make_certificate(name: str) -> tuple[bytes, bytes, str]:
    """Return a new certificate that signs itself, its private key, both as PEM, and its pin.

    Args:
        name: Host name or address of the server.
    """
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 # lazy
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 # lazy

    secret = ec.generate_private_key(ec.SECP256R1())
    hidden = secret.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    made = _signed_by_itself(name, secret)
    pin = pin_of(made.public_bytes(form.Encoding.DER))
    return made.public_bytes(form.Encoding.PEM), hidden, pin


def _signed_by_itself(name: str, secret: "ec.EllipticCurvePrivateKey") -> "x509.Certificate":
    from cryptography import x509  # noqa: PLC0415 # lazy
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 # lazy

    about = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    try:
        shown: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        shown = x509.DNSName(name)
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(about)
        .issuer_name(about)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([shown]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(secret, hashes.SHA256())
    )
