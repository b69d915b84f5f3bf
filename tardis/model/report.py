"""What one job did, and what went wrong with single files on the way."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """Trouble with one file, told at the end of the run.

    Attributes:
        path: Of the file, as bytes.
        reason: Why, in words, safe to print.
    """

    path: bytes
    reason: str


@dataclass(slots=True)
class Report:
    """Counters of one job; the job counts, whoever shows it only reads.

    Attributes:
        bytes_spared: Plain bytes that did not have to be sent because deltas were.
        remarks: What the person should know though nothing is wrong.
        lacks_deltas: Files that went whole because no delta can be made on this machine.
    """

    directories: int = 0
    entries: int = 0
    files: int = 0
    size_bytes: int = 0
    files_new: int = 0
    files_known: int = 0
    files_delta: int = 0
    bytes_read: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    bytes_backed: int = 0
    bytes_spared: int = 0
    lacks_deltas: int = 0
    messages_sent: int = 0
    messages_received: int = 0
    left_out: int = 0
    vanished: int = 0
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add_problem(self, path: bytes, reason: str) -> None:
        """Note trouble with *path*."""
        self.problems.append(Problem(path, reason))


class Observer:
    """Is told how a job goes on; does nothing unless a subclass cares.

    Called from the job's own thread; must return quickly.
    """

    def working_on(self, path: bytes) -> None:
        """Hear that *path* is looked at or restored now."""

    def file_done(self, path: bytes, kind: str, size: int) -> None:
        """Hear that a file is dealt with: *kind* is New, Full, Delta, Known or Restored."""

    def advanced(self, files: int, size_bytes: int) -> None:
        """Hear how many more files and plain bytes are done."""
