"""--check-config: all that is wrong with what configures a program, one line each.

Nothing is begun, made or asked for: only the layers are read, and what they name is looked at.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from tardis.config import (
    Layer,
    Layers,
    Parsed,
    Section,
    Settings,
    checking,
    expand_arguments,
    parse,
    read_section,
    resolve,
    section_names,
    table,
)
from tardis.model import DONE, UsageError
from tardis.render import escape_controls

Probe = Callable[[Settings, str], Iterable[checking.Finding]]
"""Looks at what settings name; also given the path of their file, empty where there is none."""

WRONG: Final = UsageError.exit_status
_FLAG: Final = f"--{table.CHECK_CONFIG.flags[0]}"


@dataclass(frozen=True, slots=True)
class Texts:
    """What was read.

    Attributes:
        path: Of the configuration file; empty when there is none.
        sections: Of that file: those that the program can be told to read.
        layers: All others.
        findings: What could not be read, or has names that nobody knows.
    """

    path: str
    sections: tuple[Section, ...]
    layers: Layers
    findings: tuple[checking.Finding, ...]


def asks_for_check(argv: Sequence[str]) -> bool:
    """Tell whether that is all that is wanted."""
    words = list(argv)
    return _FLAG in words[: words.index("--") if "--" in words else None]


def check_config(
    program: str, argv: Sequence[str], environ: Mapping[str, str], probe: Probe
) -> int:
    """List what is wrong; return 0 when nothing is, else 2.

    Args:
        program: Its name in the table.
        argv: The words after it.
        environ: The environment.
        probe: Looks at what settings name.

    Raises:
        SystemExit: The words make no sense.
        UsageError: A file of arguments cannot be read.
    """
    options = table.PROGRAMS[program]
    parsed = parse(program, expand_arguments(argv, options, _text_of, {}))
    texts = read_all(program, parsed, environ)
    found = list(texts.findings)
    host = os.uname().nodename
    for section in texts.sections or (Section(),):
        layers = replace(texts.layers, file=section)
        found += checking.check_values(options, layers)
        settings = checking.readable_settings(options, layers, {table.CLIENT: host})
        found += probe(settings, texts.path)
    found = list(dict.fromkeys(found))
    is_json = parsed.flags.get(table.JSON.name) == "true"
    for line in as_json(program, texts.path, found) if is_json else as_text(texts.path, found):
        print(line)
    return WRONG if found else DONE


def as_text(path: str, found: Sequence[checking.Finding]) -> Iterator[str]:
    """Yield a line for each finding, or one that there is none."""
    for finding in found:
        hint = f" ({finding.hint})" if finding.hint else ""
        yield escape_controls(" ".join(f"{finding.text}{hint}".split()))
    if not found:
        yield escape_controls(f"nothing is wrong: {path or 'there is no configuration file'}")


def as_json(program: str, path: str, found: Sequence[checking.Finding]) -> Iterator[str]:
    """Yield the same for programs."""
    told = [finding._asdict() for finding in found]
    yield json.dumps(
        {"program": program, "file": path, "ok": not found, "findings": told}, indent=2
    )


def read_all(program: str, parsed: Parsed, environ: Mapping[str, str]) -> Texts:
    """Read every layer of *program*."""
    found: list[checking.Finding] = checking.check_variables(environ, table.all_variables())
    path = environ.get("TARDIS_DEFAULTS") or table.DEFAULTS.default
    defaults = Section()
    for defaults in _sections(path, (), found):
        found += checking.check_names(defaults, table.all_variables())
    layers = Layers(defaults, environ, flags=parsed.flags)
    row = table.ABOUT[program].config
    named = resolve((row,), layers)
    path = named[row]
    if not path or not (os.path.exists(path) or named.origin(row) is Layer.COMMAND):
        return Texts("", (), layers, tuple(found))
    jobs = parsed.flags.get("job", ())
    sections = _sections(path, (jobs,) if isinstance(jobs, str) else jobs, found)
    has_jobs = any("job" in option.flags for option in table.PROGRAMS[program])
    main = [one for one in sections if one.place.endswith(f"[{table.JOB.default}]")]
    for one in sections:
        if not has_jobs and one not in main:
            found.append(
                checking.Finding(f"configuration file {one.place}: {program} reads no such section")
            )
    mine = sections if has_jobs else main
    for section in mine:
        found += checking.check_names(section, table.all_keys())
    return Texts(path, tuple(mine), layers, tuple(found))


def _sections(path: str, wanted: Iterable[str], found: list[checking.Finding]) -> list[Section]:
    """Return all sections of a file, and find out that those *wanted* are there."""
    try:
        text = _text_of(path)
    except FileNotFoundError:
        if path != table.DEFAULTS.default:
            found.append(checking.Finding(f"there is no file {path}"))
        return []
    except OSError as error:
        found.append(checking.Finding(f"cannot read {path}: {error.strerror}"))
        return []
    wrong = checking.found_in(partial(section_names, text, path))
    found += wrong
    names = () if wrong else section_names(text, path)
    for name in wanted:
        found += [] if wrong else checking.found_in(partial(read_section, text, path, name))
    return [read_section(text, path, name) for name in names]


def _text_of(path: str) -> str:
    return os.fsdecode(Path(path).read_bytes())
