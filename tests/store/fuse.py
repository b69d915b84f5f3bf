"""A process that ends itself, without any clean-up, at its n-th step towards the disk."""

import os
import sqlite3
import traceback
from collections.abc import Callable

from tardis.store import flush
from tardis.store.catalog import connection

KILLED = 9
WATCHED = ("BEGIN", "COMMIT", "INSERT INTO backup_sets", "UPDATE backup_sets")
CALLS = ("write", "writev", "pwrite", "rename", "replace", "unlink", "mkdir", "fsync")


class Fuse:
    """Ends the process when the last step is reached."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def burn(self) -> None:
        self.left -= 1
        if self.left <= 0:
            os._exit(KILLED)

    def before(self, owner: object, name: str) -> None:
        """Burn a step before every call of *name*."""
        whole: Callable[..., object] = getattr(owner, name)

        def burning(*args: object, **more: object) -> object:
            self.burn()
            return whole(*args, **more)

        setattr(owner, name, burning)

    def statements(self) -> None:
        """Burn a step before the statements that matter."""
        whole = connection.connect_plain

        def traced(path: str, mode: str) -> sqlite3.Connection:
            db = whole(path, mode)
            db.set_trace_callback(lambda text: self.burn() if text.startswith(WATCHED) else None)
            return db

        connection.connect_plain = traced  # the child's alone


def ends_at(job: Callable[[], object], steps: int, calls: tuple[str, ...] = CALLS) -> bool:
    """Do *job* in a child that ends at step *steps*; tell whether that was reached.

    Steps are calls that reach the disk: writes, renames, flushes, statements of transactions.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            fuse = Fuse(steps)
            for name in calls:
                fuse.before(os, name)
            fuse.before(flush, "syncfs")
            fuse.statements()
            job()
            status = 0
        except BaseException:
            traceback.print_exc()  # the assertion below says no more than that it failed
            raise
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED)
    return status == KILLED
