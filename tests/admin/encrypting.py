"""A store that was kept in clear is encrypted, and looked at."""

from tardis.admin import KnownPassword, Stages, encrypt
from tardis.store import Encrypted
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick

KNOWN = KnownPassword("main", lambda: PASSWORD, quick)
ALL = Stages()


def everything(vault: Vault) -> dict[int, dict[bytes, object]]:
    with vault.reader() as reader:
        numbers = [one.number for one in reader.sets()]
    return {number: vault.flat(number) for number in numbers}


def run(vault: Vault, stages: Stages = ALL, known: KnownPassword = KNOWN) -> Encrypted:
    _, done = encrypt(vault.place, CLIENT_NAME, known, stages, lambda plan: True)
    assert done is not None
    return done
