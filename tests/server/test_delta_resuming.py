"""Deltas that were cut off on their way go on, sealed or in clear."""

import os
from pathlib import Path

import pytest

from tardis.model import SEGMENT, TardisError
from tardis.server.resuming import Resuming
from tardis.store.partials import PARTS
from tests.delta.shapes import noise
from tests.server.test_sealed_deltas import rows, spoil
from tests.server.test_sealed_resuming import AGAIN, Line
from tests.server.vault import CLIENT_NAME, Vault

OLD = noise(20 * SEGMENT, 1)
CHANGE = 12 * SEGMENT
NEW = OLD[: 4 * SEGMENT] + noise(CHANGE, 2) + OLD[4 * SEGMENT + CHANGE :]
CUT = CHANGE - 2 * SEGMENT


class Changed:
    """A tree with one large file, of which a good part has changed since the first set."""

    def __init__(self, base: Path, top: Path, *, is_sealed: bool) -> None:
        top.mkdir()
        self.vault = Vault(base)
        self.top = top
        self.path = top / "file-of-mine"
        self.is_sealed = is_sealed
        self.path.write_bytes(OLD)
        self.run()
        self.path.write_bytes(NEW)

    def run(self, **how: int) -> tuple[int, int]:
        """Back up; return how many files went as deltas, and the bytes on the wire."""
        before = len(self.vault.wire)
        report = self.vault.run(self.top, is_sealing=self.is_sealed, **how)
        assert not report.problems
        return report.files_delta, len(self.vault.wire) - before

    def cut(self, most: int = CUT, **how: int) -> int:
        """Let a run be cut off; return what it leaves of the delta."""
        with pytest.raises(TardisError):
            self.vault.run(self.top, change=Line(most), is_sealing=self.is_sealed, **how)
        return self.incoming().stat().st_size

    def incoming(self) -> Path:
        """Return the one content that is on its way."""
        folder = self.vault.base / CLIENT_NAME / "packs" / "incoming"
        [found] = [path for path in folder.iterdir() if path.suffix != PARTS]
        return found

    def check(self) -> None:
        """Read both sets; make sure that the newer content is kept as a delta."""
        assert self.vault.flat(1) == {b"file-of-mine": OLD}
        assert self.vault.flat(2) == {b"file-of-mine": self.path.read_bytes()}
        assert rows(self.vault, "SELECT max(chain) FROM contents") == [(1,)]
        assert os.listdir(self.vault.base / CLIENT_NAME / "packs" / "incoming") == []


@pytest.fixture(params=[True, False], ids=["sealed", "clear"])
def changed(tmp_path: Path, request: pytest.FixtureRequest) -> Changed:
    return Changed(tmp_path / "base", tmp_path / "tree", is_sealed=request.param)


def test_only_the_rest_of_it_is_sent(changed: Changed) -> None:
    kept = changed.cut()
    assert kept > 8 * SEGMENT
    deltas, sent = changed.run()
    assert deltas == 1 and sent < CHANGE - kept + AGAIN
    changed.check()


def test_it_may_be_cut_again(changed: Changed) -> None:
    kept = changed.cut()
    again = changed.cut(2 * SEGMENT)
    assert again > kept
    deltas, sent = changed.run()
    assert deltas == 1 and sent < CHANGE - again + AGAIN
    changed.check()


def test_what_was_tampered_with_is_sent_anew(changed: Changed) -> None:
    changed.cut()
    spoil(changed.incoming(), 2 * SEGMENT + 5)
    deltas, sent = changed.run()
    assert deltas == 1 and sent > CHANGE
    changed.check()


def test_the_delta_of_a_file_that_changed_again_begins_anew(
    changed: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client tells, whatever the server takes it for."""
    monkeypatch.setattr(Resuming, "name_of", lambda self, listed, basis=0: bytes(32))
    changed.cut()
    changed.path.write_bytes(NEW[: 5 * SEGMENT] + b"?" + NEW[5 * SEGMENT + 1 :])
    deltas, sent = changed.run()
    assert deltas == 1 and sent > CHANGE
    changed.check()


def test_what_was_begun_as_a_delta_is_not_taken_for_the_whole(changed: Changed) -> None:
    changed.cut()
    report = changed.vault.run(changed.top, is_sealing=changed.is_sealed, is_full=True)
    assert (report.files_delta, report.files_new) == (0, 1)
    assert changed.vault.flat(2) == {b"file-of-mine": NEW}
