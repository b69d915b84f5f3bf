"""How much room there is."""

import os

from tardis.store import free_bytes
from tests.store.workshop import Workshop


def test_the_room_is_that_of_the_file_system(shop: Workshop) -> None:
    found = os.statvfs(shop.home)
    assert abs(free_bytes(shop.layout) - found.f_bavail * found.f_frsize) < 1 << 30
    with shop.reader() as reader:
        assert reader.free_bytes() > 0
