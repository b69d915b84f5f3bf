"""The short-lived process that stretches one password; see `kdf`.

It is started by its path and imports nothing of ours.  Standard input holds
``memory KiB u32 · passes u32 · lanes u32 · salt length u32 · salt · password``, all
little-endian; standard output gets the 64 bytes.  So neither arguments nor environment ever
hold a secret, and the memory goes back with the process.
"""

import struct
import sys

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_HEAD = struct.Struct("<IIII")
_LENGTH = 64


def answer(asked: bytes) -> bytes:
    """Return the 64 bytes for what standard input holds."""
    memory, passes, lanes, length = _HEAD.unpack_from(asked)
    salt = asked[_HEAD.size : _HEAD.size + length]
    password = asked[_HEAD.size + length :]
    kdf = Argon2id(salt=salt, length=_LENGTH, iterations=passes, lanes=lanes, memory_cost=memory)
    return kdf.derive(password)


if __name__ == "__main__":
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))
