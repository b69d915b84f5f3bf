"""The verb of sonic that looks through a store."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tardis.admin import check
from tardis.config import Settings, table
from tardis.crypto import KeyRing
from tardis.model import DONE, PROBLEMS, IntegrityError, Observer, UsageError
from tardis.render import ProgressView, checked_json, checked_lines, counted
from tardis.store import Checked, Level, Place, Reading, open_reader

from .entry_faults import EntryFaults
from .head_faults import warn_of_faults
from .restore_store import place_of
from .set_sums import tell_sums
from .unlocking import unlock


def check_store(settings: Settings) -> int:
    """Look through the store and tell what is wrong.

    Returns:
        0 when nothing is; 3 when what is damaged has been marked as that, or when sets are
        not as they were signed, which is looked at if a password is given.

    Raises:
        IntegrityError: Something is damaged.
        UsageError: What is signed was to be compared, and nothing is.
    """
    is_thorough = settings[table.CHECK_AUTH]
    with watching(settings) as observer:
        place, client = place_of(settings), settings[table.TOOL_CLIENT]
        done = check(place, client, reading_of(settings), observer)
    if settings[table.JSON]:
        print(checked_json(done))
    else:
        for line in checked_lines(done):
            print(line)
    sys.stdout.flush()
    is_whole = not done.at(Level.DAMAGE)
    ring = unlock(settings, place, client, may_ask=is_thorough) if is_whole else None
    faults = 0 if ring is None else warn_of_faults(place, client, ring)
    if is_thorough and is_whole:
        faults += _untrue(place, client, ring)
    if done.is_whole:
        return PROBLEMS if done.at(Level.KNOWN) or faults else DONE
    raise damage(done)


def _untrue(place: Place, client: str, ring: KeyRing | None) -> int:
    """Tell what sets show that was not signed; return how much that is.

    Raises:
        UsageError: Nothing is signed.
    """
    if ring is None or ring.is_classic:
        raise UsageError("--auth: entries are signed in encrypted backups of the modern format")
    faults = EntryFaults(client)
    with open_reader(place, client, ring) as reader:
        reader.tell_faults(faults.hear)
        sets = [one for one in reader.sets() if one.is_complete]
        tell_sums(reader, sets, faults.hear, is_thorough=True)
    return faults.count


def damage(done: Checked) -> IntegrityError:
    """Return the error that ends a check which found damage."""
    bad, spare = len(done.at(Level.DAMAGE)), len(done.at(Level.SPARE))
    if not bad:
        text = "everything can be restored, but what would replace a lost catalog is damaged"
        return IntegrityError(text, hint="`sonic repair` renews it.")
    findings, paths = counted(bad + spare, "finding"), counted(len(done.touched), "path")
    text = f"the store is damaged: {findings}, {paths}"
    if any("sonic recover" in one.text for one in done.findings):
        return IntegrityError(text, hint="The catalog itself is damaged: run `sonic recover`.")
    return IntegrityError(text, hint="`sonic repair` shows what can be done about it.")


@contextmanager
def watching(settings: Settings) -> Iterator[Observer]:
    """Show how far reading is, on a terminal only and if that is wanted."""
    if not (settings[table.PROGRESS] and sys.stderr.isatty()):
        yield Observer()
        return
    view = _View()
    try:
        yield view
    finally:
        view.stop()


class _View(ProgressView):
    """Begins to draw at the first news: that takes a thread, and reading forks before."""

    _is_drawing = False

    def advanced(self, files: int, size_bytes: int) -> None:
        """Count what was read."""
        if not self._is_drawing:
            self._is_drawing = True
            self.start()
        super().advanced(files, size_bytes)


def reading_of(settings: Settings) -> Reading | None:
    """Return what of the stored bytes is to be read, None for nothing."""
    percent = settings[table.READ_DATA]
    if not percent:
        return None
    return Reading(
        percent, settings[table.READ_RATE], settings[table.READ_JOBS], settings[table.READ_ANEW]
    )
