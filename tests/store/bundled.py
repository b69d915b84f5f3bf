"""Stores whose small contents lie in bundles."""

import random
from contextlib import closing

from tardis.model import BackupSet, StoredContent
from tardis.store import Bundles, StoreWriter
from tardis.store.bundling import MOST
from tardis.streams import Codec, compress
from tests.store.workshop import Workshop, fill, name_of, root, row

WORDS = [random.Random(seed).randbytes(6).hex().encode() for seed in range(300)]


def text(seed: int, size: int = 3000) -> bytes:
    """Return what shrinks alone, and far more beside others of its kind."""
    chance = random.Random(seed)
    return b" ".join(chance.choices(WORDS, k=size // 10 + 1))[:size]


def texts(count: int, first: int = 0, size: int = 3000) -> dict[bytes, bytes]:
    return {b"%03d" % seed: text(seed, size) for seed in range(first, first + count)}


def add(writer: StoreWriter, bundles: Bundles, data: bytes, codec: int = Codec.ZSTD) -> int:
    """Let a content arrive as a client sends it; return its id."""
    name = name_of(writer, data)
    known = writer.find_contents([name])
    if name in known:
        return known[name]
    stored = compress(codec, data)
    writer.count_new(1, len(data), len(stored))
    return bundles.add(name, len(data), codec, stored)


def run(shop: Workshop, files: dict[bytes, bytes], most: int = MOST) -> BackupSet:
    """Make a set of *files* in one directory; those of the set before are closed."""
    with shop.running() as writer:
        bundles = Bundles(writer, most)
        fill(writer, {})
        for name, data in files.items():
            content = add(writer, bundles, data)
            writer.group.opened.append(row(name, content, 1, writer.number, len(data)))
        root(writer)
        return shop.complete(writer)


def content_of(shop: Workshop, data: bytes) -> StoredContent:
    with closing(shop.writer()) as writer:
        name = name_of(writer, data)
        found = writer.ask.content(writer.find_contents([name])[name])
    assert found is not None
    return found


def parts(shop: Workshop) -> int:
    """Return how many contents are parts of bundles."""
    return int(shop.rows("SELECT count(*) FROM contents WHERE basis IS NOT NULL")[0][0])


def wholes(shop: Workshop) -> int:
    """Return how many contents stand on nothing, bundles among them."""
    return int(shop.rows("SELECT count(*) FROM contents WHERE basis IS NULL")[0][0])
