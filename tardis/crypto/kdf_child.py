"""The short-lived process that stretches one password; see `kdf`.

It is started by its path, imports nothing of ours, and looks for packages only if it needs
one: each thing that it does not load makes every run with a password shorter.  Standard input
holds ``memory KiB u32 · passes u32 · lanes u32 · salt length u32 · salt · password``, all
little-endian; standard output gets the 64 bytes.  So neither arguments nor environment ever
hold a secret, and the memory goes back with the process.
"""

import ctypes
import site
import struct
import sys

LIBRARY = "libargon2.so.1"
"""The reference program as a library, which most systems have: it fills the lanes side by side.

Its answers are the same, and one guess costs as much: only who has several processors idle
waits for a shorter time.
"""

_HEAD = struct.Struct("<IIII")
_LENGTH = 64


def answer(asked: bytes, library: str = LIBRARY) -> bytes:
    """Return the 64 bytes for what standard input holds.

    Args:
        asked: That.
        library: Name of the library; where there is none the package does it, in one thread.

    Raises:
        MemoryError: It cannot be done, most likely for want of that.
    """
    memory, passes, lanes, length = _HEAD.unpack_from(asked)
    salt = asked[_HEAD.size : _HEAD.size + length]
    password = asked[_HEAD.size + length :]
    try:
        stretch = ctypes.CDLL(library).argon2id_hash_raw
    except (OSError, AttributeError):
        return _by_package(password, salt, (memory, passes, lanes))
    number, size, text = ctypes.c_uint32, ctypes.c_size_t, ctypes.c_char_p
    stretch.argtypes = (number, number, number, text, size, text, size, text, size)
    made = ctypes.create_string_buffer(_LENGTH)
    words = (password, len(password), salt, len(salt), made, _LENGTH)
    if stretch(passes, memory, lanes, *words):
        raise MemoryError
    return made.raw


def _by_package(password: bytes, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    site.main()  # the process was started without a look at packages
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 # lazy

    memory, passes, lanes = cost
    kdf = Argon2id(salt=salt, length=_LENGTH, iterations=passes, lanes=lanes, memory_cost=memory)
    return kdf.derive(password)


if __name__ == "__main__":
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))
