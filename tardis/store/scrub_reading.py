"""Has the stored bytes read by several processes, and keeps note of what was good."""

import os
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from tardis.model import IntegrityError, Observer, StoredContent
from tardis.policy import Part, choose_parts
from tardis.render import counted

from .findings import Finding, Level
from .reader import StoreReader
from .scrub import Scrub
from .scrub_data import Read, Unit, begin_reading, units
from .scrub_state import ScrubState
from .scrub_workers import share

MOST_PROCESSES: Final = 8
ALL: Final = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """What of the stored bytes is to be read.

    Attributes:
        percent: Of all stored bytes; 100 goes on where an earlier run was cut off.
        rate: Bytes a second at most, 0 for as many as can be.
        processes: How many work at the same time, 0 for one for each processor.
        anew: Begin with the first byte, whatever earlier runs have read.
    """

    percent: int = ALL
    rate: int = 0
    processes: int = 0
    anew: bool = False


def read_data(scrub: Scrub, wish: Reading, observer: Observer) -> None:
    """Read stored bytes after `Scrub.structure`; add what is bad to its findings."""
    if scrub.db is None:
        return
    whole = units(scrub.copy)
    state = ScrubState(scrub.layout.directory)
    state.keep_only({one.name for one in whole})
    work = _chosen(whole, state, wish)
    done = scrub.done
    done.read_before = sum(one.size for one in whole) - sum(one.size for one in work)
    if wish.percent < ALL:
        done.read_before = 0
    count = wish.processes or min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
    begin = partial(begin_reading, scrub.copy, work, wish.rate / min(count, len(work) or 1))
    try:
        for number, answer in share(count, len(work), begin):
            unit, read = work[number], Read(*answer)
            _take(scrub, unit, read)
            if not (read.bad or read.spare):
                state.note(unit.name, unit.size)
            done.read_bytes += unit.size
            observer.advanced(1, unit.size)
        if wish.percent >= ALL:
            state.round_began = 0.0
    finally:
        state.write()
    if not state.is_kept:
        text = "what was read could not be noted in the store, so the next run reads it again"
        done.findings.append(Finding("state", Level.NOTE, text))


def _chosen(whole: list[Unit], state: ScrubState, wish: Reading) -> list[Unit]:
    """Return the units to be read now."""
    if wish.percent >= ALL and (wish.anew or not state.round_began):
        state.round_began = time.time()
    parts = [Part(one.name, one.size, *state.parts.get(one.name, (None, 0.0))) for one in whole]
    names = {one.name for one in choose_parts(parts, wish.percent, state.round_began)}
    return [one for one in whole if one.name in names]


def _take(scrub: Scrub, unit: Unit, read: Read) -> None:
    """Turn what one unit showed into findings, but for what the structure told already."""
    known = set(scrub.damaged()) if read.bad else set()
    bad: dict[str, list[int]] = {}
    for number, why in read.bad:
        if number not in known and not _is_well_now(scrub, number):
            bad.setdefault(why, []).append(number)
    pack = unit.number if unit.sort == "pack" else None
    place = f"pack {pack}" if pack is not None else f"folder {unit.number:02x}"
    findings = scrub.done.findings
    for why, ids in bad.items():
        text = f"{place} has {counted(len(ids), 'damaged content')}: {why}"
        findings.append(Finding("data", Level.DAMAGE, text, tuple(ids), pack))
    if read.whole:
        text = (
            f"{place} has {counted(len(read.whole), 'content')} marked as damaged that can be read"
        )
        findings.append(Finding("well", Level.NOTE, text, tuple(read.whole), pack))
    findings += [Finding("manifest", Level.SPARE, text, pack=pack) for text in read.spare]


def _is_well_now(scrub: Scrub, number: int) -> bool:
    """Tell whether a content has gone or moved since the catalog was copied, and can be read."""
    if not scrub.has_changed():
        return False
    with closing(StoreReader(scrub.layout)) as reader:
        content = reader.contents([number]).get(number)
        return content is None or _can_be_read(reader, content)


def _can_be_read(reader: StoreReader, content: StoredContent) -> bool:
    with suppress(IntegrityError):
        reader.prove(content)
        return True
    return False
