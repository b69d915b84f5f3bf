"""The figures and the list of files at the end of a backup."""

from collections.abc import Iterable
from typing import Final

from tardis.model import Report

from .names import escape_name
from .sizes import counted, human_size, human_time

_MINUTE: Final = 60


def stats_text(report: Report, seconds: float, stored_bytes: int) -> str:
    """Return the figures of a run that took *seconds* and stored so many bytes."""
    runtime = f"{seconds:.1f} s" if seconds < _MINUTE else human_time(seconds)
    others = report.entries - report.files
    lines = [
        f"Runtime:        {runtime}",
        f"Backed up:      {counted(report.directories, 'directory')} with "
        f"{counted(report.files, 'file')} and {counted(others, 'other')}, "
        f"{human_size(report.size_bytes)}",
        f"Files sent:     {report.files_new} in full, {report.files_delta} as deltas, "
        f"{report.files_known} known already",
        f"Data:           {human_size(report.bytes_backed)} backed up, "
        f"{human_size(report.bytes_spared)} spared by deltas, "
        f"{human_size(report.bytes_sent)} sent, {human_size(stored_bytes)} stored",
        f"Messages:       {report.messages_sent} sent ({human_size(report.bytes_sent)}), "
        f"{report.messages_received} received ({human_size(report.bytes_received)})",
    ]
    if report.vanished or report.left_out:
        lines.append(
            f"Files not sent: {report.vanished} vanished, {report.left_out} left out for want of "
            "access"
        )
    return "\n".join(lines)


def report_text(files: Iterable[tuple[bytes, str, int]]) -> str:
    """Return the list of (path, kind, size), by directory.

    Sizes are of the plain bytes.
    """
    lines = [f"{'File name':<48} {'Type':<6} {'Size':>12} {'Sig size':>9}"]
    last = None
    for folder, name, kind, size in sorted(
        (*_split(path), kind, size) for path, kind, size in files
    ):
        if folder != last:
            lines.append(f"{escape_name(folder)}:")
            last = folder
        lines.append(f"  {escape_name(name):<46} {kind:<6} {size:>12} {'':>9}".rstrip())
    return "\n".join(lines)


def _split(path: bytes) -> tuple[bytes, bytes]:
    folder, _, name = path.rpartition(b"/")
    return folder or b"/", name
