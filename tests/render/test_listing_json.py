"""A listing for programs."""

import base64
import json
import stat

from hypothesis import given
from hypothesis import strategies as st

from tardis.model import GONE, NEW, Shown
from tardis.render import shown_json
from tardis.render.listing_json import bytes_fields
from tests.render.test_listing import STORED, entry, shown, version


@given(st.binary(max_size=20))
def test_bytes_are_exact_one_way_or_the_other(value: bytes) -> None:
    fields = json.loads(json.dumps(bytes_fields("path", value)))
    exact = fields.get("path_base64")
    assert (base64.b64decode(exact) if exact else fields["path"].encode()) == value


def test_a_version_tells_all_that_is_known() -> None:
    one = shown(
        version(NEW, 1, elsewhere=b"/a\xff"), version(GONE, 2, elsewhere=b"/b"), is_gone=True
    )
    text = shown_json(one, {1: STORED}, lambda _: {(False, 0): b"root"})
    assert "\n" not in text
    found = json.loads(text)
    assert (found["path"], found["is_gone"]) == ("/d/f", True)
    new, gone = found["versions"]
    assert (new["set"], new["number"], new["change"]) == ("Set-1", 1, "new")
    assert (new["type"], new["mode"], new["size"]) == ("file", 0o644, 1536)
    assert (new["checksum"], new["chain"], new["stored"]) == ("ab" * 32, 2, 3)
    assert (new["user"], "group" in new) == ("root", False)
    assert base64.b64decode(new["moved_from_base64"]) == b"/a\xff"
    assert gone == {"set": "Set-2", "number": 2, "started_ns": 7200 * 10**9, "change": "gone",
                    "moved_to": "/b"}  # fmt: skip


def test_without_versions_the_newest_state_is_told() -> None:
    device = entry(stat.S_IFBLK | 0o600, rdev=2049, content=None)
    found = json.loads(shown_json(Shown(b"/d", b"d", (), device, False), {}, lambda _: {}))
    assert (found["type"], found["rdev"], found["versions"]) == ("block device", 2049, [])
    link = entry(stat.S_IFLNK, target=b"t\n", content=None)
    found = json.loads(shown_json(Shown(b"/l", b"l", (), link, False), {}, lambda _: {}))
    assert (found["type"], found["target"]) == ("link", "t\n")
