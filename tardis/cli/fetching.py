"""Reads small things from URLs."""

import urllib.request


def fetch(url: str, limit: int, seconds: float) -> bytes:
    """Return up to *limit* bytes of what *url* (file:, http:, https: or ftp:) holds.

    Raises:
        OSError, ValueError: It cannot be read within *seconds*.
    """
    with urllib.request.urlopen(url, timeout=seconds) as answer:
        found: bytes = answer.read(limit)
    return found
