"""How the backups of a client are."""

from dataclasses import dataclass

from tardis.model import BackupSet, StoreError
from tardis.policy import Records, age_seconds, findings, last_good
from tardis.store import Place, denials, open_reader, read_grant


@dataclass(frozen=True, slots=True)
class ClientState:
    """What monitoring wants to know.

    Attributes:
        good: The newest complete set, None when there is none.
        age: Seconds since it ended.
        sets: That there are.
        stored_bytes: That all contents take.
        findings: What somebody should look at.
    """

    client: str
    good: BackupSet | None
    age: int
    sets: int
    stored_bytes: int
    findings: tuple[str, ...]

    def is_stale(self, max_age: int | None) -> bool:
        """Tell whether there is no good set that is at most *max_age* seconds old."""
        return max_age is not None and (self.good is None or self.age > max_age)


def state_of(place: Place, client: str, now_ns: int) -> ClientState:
    """Return how *client* is; a store that cannot be read is a finding."""
    try:
        with open_reader(place, client) as reader:
            sets = reader.sets()
            stored, files, damaged = reader.usage()
        grant = read_grant(place, client)
        denied = [one.right for one in denials(place, client)]
    except StoreError as error:
        return ClientState(client, None, 0, 0, 0, (str(error),))
    quota = (grant.quota_bytes, grant.quota_files)
    good = last_good(sets)
    return ClientState(
        client,
        good,
        age_seconds(good, now_ns) if good else 0,
        len(sets),
        stored,
        tuple(findings(Records(sets, denied, damaged, (stored, files), quota))),
    )
