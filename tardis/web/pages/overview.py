"""How a client's backups are, at a glance: few rows are read, whatever is stored."""

from dataclasses import dataclass
from typing import Final

from tardis.model import ALARMED, BackupSet
from tardis.policy import Records, age_seconds, findings, last_good
from tardis.store import Place, StoreReader, denials, read_grant

RECENT: Final = 200
"""Newest sets that are looked at."""

STALE: Final = 3 * 86_400
"""Seconds after which a client without a good set is shown as stale."""

_TREND: Final = 30
_NEWEST: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Glance:
    """One client.

    Attributes:
        client: Its name.
        good: The newest complete set of the recent ones, None without one.
        age: Seconds since that ended.
        sets: How many there are.
        findings: What somebody should look at.
        health: ``good``, ``warn`` or ``bad``.
        trend: Files changed by each of the newest complete sets, the oldest first.
        is_sealed: It is encrypted.
    """

    client: str
    good: BackupSet | None
    age: int
    sets: int
    findings: tuple[str, ...]
    health: str
    trend: tuple[int, ...]
    is_sealed: bool


def glance_at(reader: StoreReader, place: Place, client: str, now_ns: int) -> Glance:
    """Return how *client*, whose store *reader* reads, is at the moment *now_ns*."""
    paged = reader.paged()
    sets = paged.sets_before(_NEWEST, RECENT)[::-1]
    grant = read_grant(place, client)
    quota = (grant.quota_bytes, grant.quota_files)
    used = reader.usage()[:2] if any(quota) else (0, 0)
    denied = [one.right for one in denials(place, client)]
    records = Records(sets, denied, paged.count_damaged(), used, quota)
    good = last_good(sets)
    age = age_seconds(good, now_ns) if good else 0
    found = tuple(findings(records))
    if good is not None and age > STALE:
        found = (f"the newest good set is {age // 86_400} days old", *found)
    return Glance(
        client,
        good,
        age,
        paged.count_sets(),
        found,
        health_of(records, good, age),
        tuple(churn_of(one) for one in sets if one.is_complete)[-_TREND:],
        reader.repository().is_sealed,
    )


def health_of(records: Records, good: BackupSet | None, age: int) -> str:
    """Return how bad it is: ``good``, ``warn`` (look at it soon) or ``bad`` (look now)."""
    if good is None or records.damaged or any(one.alarm == ALARMED for one in records.sets):
        return "bad"
    return "warn" if age > STALE or findings(records) else "good"


def churn_of(backup: BackupSet) -> int:
    """Return how many files a set added or changed, or found gone."""
    return backup.new_files + backup.delta_files + backup.gone_files
