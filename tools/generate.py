"""Write what is generated from the sources: manual pages, samples.

python tools/generate.py          write what has changed
python tools/generate.py --check  only name what is stale, status 1 when something is

To add a file, put its path and the function that returns its text into `GENERATED`.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tardis.config import manual
from tardis.model import DIFFERENCES, DONE, OUR_BUG, PROBLEMS, SIGNALLED, error_classes

ROOT: Final = Path(__file__).resolve().parents[1]

_STATUS_HEAD: Final = """\
# Exit statuses

Made from `tardis/model/errors.py` by `tools/generate.py`; do not edit.

An error is one sentence on standard error, with a hint what to try where there is one.

| status | meaning | error |
|---|---|---|
"""


def exit_status_page() -> str:
    """Return ``docs/exit-status.md``."""
    rows = {
        DONE: ("Done.", ""),
        DIFFERENCES: ("tardiff found differences.", ""),
        PROBLEMS: ("Done, but some files had problems, which are listed.", ""),
        OUR_BUG: ("A bug in the program; its call chain is printed.", ""),
    }
    for kind in error_classes()[1:]:
        if "exit_status" in vars(kind):
            words = (kind.__doc__ or "").partition("\n")[0]
            rows[kind.exit_status] = (words, f"`{kind.__name__}`")
    lines = [f"| {status} | {words} | {name} |\n" for status, (words, name) in sorted(rows.items())]
    signals = f"| {SIGNALLED}+n | Stopped by signal n: 130 is Ctrl-C, 143 is SIGTERM. | |\n"
    return _STATUS_HEAD + "".join(lines) + signals


GENERATED: Final[list[tuple[str, Callable[[], str]]]] = [
    ("docs/options.md", manual.options_page),
    ("docs/exit-status.md", exit_status_page),
    ("etc/tardis.cfg", manual.client_sample),
    ("etc/tardisd.cfg", manual.server_sample),
    ("etc/tardisd.local.cfg", manual.local_sample),
    ("etc/system.defaults", manual.defaults_sample),
]
"""Every generated file: path below the top, and the function that returns its text."""


def stale() -> list[tuple[Path, str]]:
    """Return each generated file that is not on disk as it should be, with its text."""
    found = []
    for name, make in GENERATED:
        path, text = ROOT / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            found.append((path, text))
    return found


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="Write the generated files.")
    parser.add_argument("--check", action="store_true", help="only name the stale ones")
    is_check = parser.parse_args().check
    files = stale()
    for path, text in files:
        print(f"{'stale' if is_check else 'wrote'}: {path.relative_to(ROOT)}")
        if not is_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return int(is_check and bool(files))


if __name__ == "__main__":
    sys.exit(main())
