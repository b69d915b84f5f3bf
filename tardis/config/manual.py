"""The manual's page of options and the sample files, as text, from the table."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from . import table
from .option import Kind, Option
from .parser import negations

_WIDTH: Final = 78
_SERVERS: Final = ("Connection", "Background")

_PAGE: Final = """\
# Options

Made from the table in `tardis/config/` by `tools/generate.py`; do not edit.

A value is looked for in this order, a later place outranking an earlier one: built-in default,
`system.defaults`, environment, section of the configuration file (`[Tardis]`, or the one that
`--job` names), command line. A value that cannot be read is refused with its place and name.

- A switch `--name` is turned off by `--noname` or `--no-name`. In files it is one of
  `true yes on 1 false no off 0`, in any case.
- Options are never abbreviated. A word `@FILE` stands for the shell words in that file wherever
  an option or argument may begin, never as the value of an option that needs one, and never
  after `--`. A `#` begins a comment there. `./@name` is a file whose name begins with `@`.
- A value in brackets may be left out.
- *fixed*: known from other versions; only the default is accepted, and the sentence says why.
"""


def options_page() -> str:
    """Return ``docs/options.md``."""
    parts = [_PAGE]
    for program, about in table.ABOUT.items():
        parts.append(f"\n## {program}\n\n{about.purpose}\n")
        parts += _tables(table.PROGRAMS[program])
        if about.subcommands:
            parts += _subcommands(about.subcommands.values())
    parts.append("\n## Environment\n\n")
    parts.append("`system.defaults` holds the same names in its section `[Tardis]`.\n\n")
    parts.append("| variable | default | meaning | programs |\n|---|---|---|---|\n")
    parts += [
        f"| `{name}` | {_code(row.default_text)} | {_cell(row.help)} | {', '.join(users)} |\n"
        for name, row, users in _variables()
    ]
    return "".join(parts)


def client_sample() -> str:
    """Return ``etc/tardis.cfg``."""
    head = "Configuration of tardis and the tools; name it by --config, a section by --job."
    rows = dict.fromkeys(
        row for program in ("tardis", "regenerate", "sonic") for row in table.PROGRAMS[program]
    )
    return _sample(head, rows)


def server_sample() -> str:
    """Return ``etc/tardisd.cfg``."""
    return _sample("Configuration of tardisd.", table.TARDISD)


def remote_sample() -> str:
    """Return ``etc/tardisremote.cfg``."""
    return _sample("Configuration of tardisremote.", table.TARDISREMOTE)


def local_sample() -> str:
    """Return ``etc/tardisd.local.cfg``."""
    head = "Configuration of the tardisd that tardis --local starts for one run."
    return _sample(head, (row for row in table.TARDISD if row.group not in _SERVERS))


def defaults_sample() -> str:
    """Return ``etc/system.defaults``."""
    lines = _head("Defaults of the environment variables, for all programs of this machine.")
    for name, row, users in _variables():
        if row is not table.DEFAULTS:
            lines += ["", *_comment(f"{_sentence(row.help)} ({', '.join(users)})")]
            lines.append(f"#{name} = {row.show(row.default)}".rstrip())
    return "\n".join(lines) + "\n"


def _tables(options: Iterable[Option[Any]]) -> Iterator[str]:
    groups: dict[str, list[Option[Any]]] = {}
    for option in options:
        groups.setdefault(option.group, []).append(option)
    for group, rows in groups.items():
        yield f"\n**{group}**\n\n| option | file | environment | default | meaning |\n"
        yield "|---|---|---|---|---|\n"
        yield from (_row(option) for option in rows)


def _subcommands(verbs: Iterable[table.Subcommand]) -> Iterator[str]:
    verbs = tuple(verbs)
    shared = [row for row in verbs[0].options if all(row in verb.options for verb in verbs)]
    yield "\n### Every subcommand\n"
    yield from _tables(shared)
    for verb in verbs:
        yield f"\n### {verb.name}\n\n{_sentence(verb.help)}\n"
        yield from _tables(row for row in verb.options if row not in shared)


def _row(option: Option[Any]) -> str:
    marks = " *hidden*" if option.hidden else ""
    marks += f" *fixed*: {option.fixed}" if option.fixed else ""
    cells = (
        _spelled(option),
        ", ".join(_code(key) for key in option.keys),
        ", ".join(_code(name) for name in option.variables),
        "" if option.kind is Kind.ACTION else option.shown or _code(option.default_text),
        _cell(option.help) + marks,
    )
    return f"| {' | '.join(cells)} |\n"


def _spelled(option: Option[Any]) -> str:
    if option.positional:
        return _code(option.metavar)
    names = [f"--{flag}" for flag in option.flags] + [f"-{one}" for one in option.letters]
    if not names:
        return ""
    value = "" if option.kind not in (Kind.VALUE, Kind.LIST) else option.metavar or "VALUE"
    if option.bare is not None:
        value = f"[{value}]"
    negation = [f"`{negations(option)[0]}`"] if option.default is True else []
    return ", ".join([f"`{name} {value}`".replace(" `", "`") for name in names] + negation)


def _sample(head: str, options: Iterable[Option[Any]]) -> str:
    lines = _head(head)
    group = ""
    for option in _by_group(options):
        if option.group != group:
            group = option.group
            lines += ["", f"## {group}"]
        lines += ["", *_comment(_sentence(option.help))]
        lines.append(f"#{option.keys[0]} = {option.show(option.default)}".rstrip())
    return "\n".join(lines) + "\n"


def _by_group(options: Iterable[Option[Any]]) -> list[Option[Any]]:
    # rows that files may hold, groups together, each key once, in table order
    groups: dict[str, list[Option[Any]]] = {}
    seen: set[str] = set()
    for option in options:
        if option.keys and option.keys[0] not in seen:
            seen.add(option.keys[0])
            groups.setdefault(option.group, []).append(option)
    return [option for rows in groups.values() for option in rows]


def _variables() -> list[tuple[str, Option[Any], list[str]]]:
    """Return each variable once: name, the row that tells its default, its programs."""
    rows: dict[str, Option[Any]] = {}
    users: dict[str, list[str]] = {}
    for program, option in table.all_options():
        for name in option.variables:
            if name not in rows or (rows[name].shown and not option.shown):
                rows[name] = option
            if program not in users.setdefault(name, []):
                users[name].append(program)
    return [(name, row, users[name]) for name, row in rows.items()]


def _head(sentence: str) -> list[str]:
    return [
        *_comment(sentence),
        "# Each line that begins with a name after # shows a default; remove the # to change it.",
        "",
        "[Tardis]",
    ]


def _comment(text: str) -> list[str]:
    lines = ["#"]
    for word in text.split():
        if len(lines[-1]) + len(word) >= _WIDTH:
            lines.append("#")
        lines[-1] += f" {word}"
    return lines


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""
