"""Trouble as episodes: told once when it begins, and once when it is over."""

from collections.abc import Container, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Episode:
    """Trouble that lasts.

    Attributes:
        text: What was wrong when it began.
        since_ns: When it was first found, nanoseconds since 1970.
        is_told: Somebody has been told.
    """

    text: str
    since_ns: int
    is_told: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Something to tell: trouble has begun, or is over.

    Attributes:
        topic: What it is about; one episode at a time for each.
        is_over: The trouble has ended.
        text: What is, or was, wrong.
        since_ns: When that was first found.
    """

    topic: str
    is_over: bool
    text: str
    since_ns: int


def changes(
    known: Mapping[str, Episode], found: Mapping[str, str | None], now_ns: int
) -> list[Change]:
    """Return what is to be told now.

    An episode that nobody could be told of is tried again; if it ends meanwhile, nobody
    needs to hear of that either.

    Args:
        known: Topic to episode, from before.
        found: Topic to what is wrong, None where all is well; a topic that is missing was
            not looked at.
        now_ns: The clock.
    """
    told = []
    for topic, text in found.items():
        episode = known.get(topic)
        if text is None and episode is not None and episode.is_told:
            told.append(Change(topic, True, episode.text, episode.since_ns))
        elif text is not None and episode is None:
            told.append(Change(topic, False, text, now_ns))
        elif text is not None and episode is not None and not episode.is_told:
            told.append(Change(topic, False, text, episode.since_ns))
    return told


def after(
    known: Mapping[str, Episode],
    found: Mapping[str, str | None],
    told: Container[Change],
    now_ns: int,
) -> dict[str, Episode]:
    """Return the episodes to remember, once those changes were *told* that could be.

    Args:
        known, found, now_ns: As for `changes`.
        told: Those of its changes that somebody heard of.
    """
    kept = {topic: episode for topic, episode in known.items() if topic not in found}
    before = {change.topic: change for change in changes(known, found, now_ns)}
    for topic, text in found.items():
        change, episode = before.get(topic), known.get(topic)
        if text is not None:
            is_told = change in told if change else True
            begun = change.since_ns if change else episode.since_ns if episode else now_ns
            first = episode.text if episode else text
            kept[topic] = Episode(first, begun, is_told)
        elif change is not None and change not in told and episode is not None:
            kept[topic] = episode  # its end is told next time
    return kept
