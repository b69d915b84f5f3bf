"""Logging in without showing the password: SRP-6a (RFC 5054), 4096 bit, SHA-256.

What takes the place of the password is its stretched form, see `slots`, so what the server
keeps costs a full run of the KDF for each guess.  The proofs are those of RFC 2945, as most
programs make them: M = H(H(N) xor H(PAD(g)) | H(I) | s | A | B | K), answered by H(A | M | K).
On a line that TLS secures, M covers the server's certificate too: who sits in the middle with
another one cannot pass the proofs on.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Final

from tardis.model import AuthenticationError

USER: Final = b"tardis"
"""I of the protocol, the same for all: salts tell clients apart, and these change names."""

LOGIN_SALT_SIZE: Final = 16
_EPHEMERAL: Final = 32

_PRIME: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33"
    "A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864"
    "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2"
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A92108011A723C12A787E6D7"
    "88719A10BDBA5B2699C327186AF4E23C1A946834B6150BDA2583E9CA2AD44CE8"
    "DBBBC2DB04DE8EF92E8EFC141FBECAA6287C59474E6BC05D99B2964FA090C3A2"
    "233BA186515BE7ED1F612970CEE2D7AFB81BDD762170481CD0069127D5B05AA9"
    "93B4EA988D8FDDC186FFB7DC90A6C08F4DF435C934063199FFFFFFFFFFFFFFFF",
    16,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Where the numbers live, and how they are hashed.

    Attributes:
        prime: N.
        base: g.
        hash: Its name for `hashlib`.
    """

    prime: int
    base: int
    hash: str

    @property
    def size(self) -> int:
        """Bytes of a number."""
        return (self.prime.bit_length() + 7) // 8

    def digest(self, *parts: bytes) -> bytes:
        """Return the hash of *parts*, one after another."""
        return hashlib.new(self.hash, b"".join(parts)).digest()

    def pad(self, number: int) -> bytes:
        """Return *number* in as many bytes as the prime has."""
        return number.to_bytes(self.size, "big")

    def multiplier(self) -> int:
        """Return k."""
        return _number(self.digest(self.pad(self.prime), self.pad(self.base)))

    def scrambler(self, public: int, answer: int) -> int:
        """Return u for A and B."""
        return _number(self.digest(self.pad(public), self.pad(answer)))

    def secret_power(self, salt: bytes, user: bytes, secret: bytes) -> int:
        """Return x."""
        return _number(self.digest(salt, self.digest(user, b":", secret)))

    def proofs(
        self, about: tuple[bytes, bytes, bytes], public: int, answer: int, shared: int
    ) -> tuple[bytes, bytes]:
        """Return what the client proves itself with, and the server after it.

        Args:
            about: (I, s, what tells the line from any other).
            public: A.
            answer: B.
            shared: S.
        """
        user, salt, binding = about
        key = self.digest(_bytes(shared))
        both = zip(self.digest(_bytes(self.prime)), self.digest(self.pad(self.base)), strict=True)
        mixed = bytes(one ^ other for one, other in both)
        numbers = (_bytes(public), _bytes(answer), key)
        proof = self.digest(mixed, self.digest(user), salt, *numbers, binding)
        return proof, self.digest(_bytes(public), proof, key)


GROUP: Final = Group(_PRIME, 5, "sha256")
"""The one we use: 4096 bit, RFC 5054 appendix A."""


def new_verifier(secret: bytes, salt: bytes = b"") -> tuple[bytes, bytes]:
    """Return (salt, verifier) for the login *secret*; a fresh salt unless one is given."""
    salt = salt or os.urandom(LOGIN_SALT_SIZE)
    power = GROUP.secret_power(salt, USER, secret)
    return salt, GROUP.pad(pow(GROUP.base, power, GROUP.prime))


class LoginClient:
    """The side that knows the secret.

    Args:
        secret: What the password was stretched to.
        ephemeral: A random number of one's own; for known answers only.
        binding: What tells this line from any other, the same on both sides; a proof made
            for another line is none here.

    Attributes:
        public: A, to be sent.
    """

    def __init__(
        self, secret: bytes, ephemeral: bytes = b"", group: Group = GROUP, binding: bytes = b""
    ) -> None:
        self._secret, self._group, self._binding = secret, group, binding
        self._own = _number(ephemeral or os.urandom(_EPHEMERAL))
        self._number = pow(group.base, self._own, group.prime)
        self.public = group.pad(self._number)
        self._expected = b""

    def prove(self, salt: bytes, answer: bytes, user: bytes = USER) -> bytes:
        """Return the proof for the server's *salt* and *answer* (B).

        Raises:
            AuthenticationError: The answer is one that no honest server gives.
        """
        group = self._group
        other = _element(group, answer)
        scramble = group.scrambler(self._number, other)
        if not scramble:
            raise _dishonest()
        power = group.secret_power(salt, user, self._secret)
        base = other - group.multiplier() * pow(group.base, power, group.prime)
        shared = pow(base % group.prime, self._own + scramble * power, group.prime)
        proof, self._expected = group.proofs(
            (user, salt, self._binding), self._number, other, shared
        )
        return proof

    def check(self, proof: bytes) -> None:
        """Make sure that the server knows the verifier.

        Raises:
            AuthenticationError: It does not.
        """
        if not self._expected or not hmac.compare_digest(self._expected, proof):
            raise _dishonest()


class LoginServer:
    """The side that keeps the verifier.

    Args:
        salt: Of the login.
        verifier: Made by `new_verifier` with it.
        ephemeral: A random number of one's own; for known answers only.
        binding: See `LoginClient`.

    Attributes:
        answer: B, to be sent with the salt.
    """

    def __init__(
        self,
        salt: bytes,
        verifier: bytes,
        ephemeral: bytes = b"",
        group: Group = GROUP,
        binding: bytes = b"",
    ) -> None:
        self._salt, self._group, self._binding = salt, group, binding
        self._verifier = _number(verifier)
        self._own = _number(ephemeral or os.urandom(_EPHEMERAL))
        power = pow(group.base, self._own, group.prime)
        self._number = (group.multiplier() * self._verifier + power) % group.prime
        self.answer = group.pad(self._number)

    def check(self, public: bytes, proof: bytes, user: bytes = USER) -> bytes:
        """Return our own proof if the client's *proof* for its *public* (A) is right.

        Raises:
            AuthenticationError: It is not, or A is one that no honest client sends.
        """
        group = self._group
        other = _element(group, public)
        scramble = group.scrambler(other, self._number)
        base = other * pow(self._verifier, scramble, group.prime)
        shared = pow(base % group.prime, self._own, group.prime)
        wanted, ours = group.proofs((user, self._salt, self._binding), other, self._number, shared)
        if not hmac.compare_digest(wanted, proof):
            raise AuthenticationError("the proof of the password is wrong")
        return ours


def _element(group: Group, number: bytes) -> int:
    """Return the number that a peer sent.

    Raises:
        AuthenticationError: It is 0, or as good as 0, or too long.
    """
    found = _number(number)
    if len(number) > group.size or not 0 < found < group.prime:
        raise _dishonest()
    return found


def _dishonest() -> AuthenticationError:
    return AuthenticationError("the other side of the line could not prove who it is")


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
