"""Write what is generated from the sources: manual pages, samples, tables in the docs.

python tools/generate.py          write what has changed
python tools/generate.py --check  only name what is stale, status 1 when something is

To add a file, put its path and the function that returns its text into `GENERATED`.  A page
that is written by hand may hold generated sections: what stands between the lines
``<!-- generated: NAME -->`` and ``<!-- end of NAME -->`` is replaced.
"""

import argparse
import ast
import inspect
import re
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tardis import __version__
from tardis.config import Kind, Option, completion, manual, table
from tardis.model import DIFFERENCES, DONE, OUR_BUG, PROBLEMS, SIGNALLED, error_classes
from tardis.policy import FORMATS
from tardis.protocol.conversation import CLIENT, State, Way
from tardis.protocol.messages import MESSAGES, Alive, Message, Trouble
from tardis.render import HOOK_VARIABLES, NOTICE_FIELDS, RUN_FIELDS
from tardis.store.catalog.migrations import whole_schema

ROOT: Final = Path(__file__).resolve().parents[1]
MAN_TEXTS: Final = "docs/man/programs.toml"
"""What the man pages say beyond the table of options, told in this one place."""

_STATUS_HEAD: Final = """\
# Exit statuses

Made from `tardis/model/errors.py` by `tools/generate.py`; do not edit.

An error is one sentence on standard error, with a hint what to try where there is one.

These numbers are a promise: one may be added, none changes its meaning. What is *passing* may be
over in a while, and `tardis --retry` tries again. A run that was not due (`--min-interval`,
`--on-ac-only`) ends with 0. Of several jobs the worst status is returned: 0 is best, then 3, then
the others by their number.

| status | meaning | error | |
|---|---|---|---|
"""
_SIGNALS: Final = "Stopped by signal n: 130 is Ctrl-C, 143 is SIGTERM."


def statuses() -> dict[int, tuple[str, str]]:
    """Return meaning and error class, if it has one, of every exit status, in order."""
    rows = {
        DONE: ("Done.", ""),
        DIFFERENCES: ("tardiff found differences; tardis --explain: a path would be left out.", ""),
        PROBLEMS: ("Done, but some files had problems, which are listed.", ""),
        OUR_BUG: ("A bug in the program; its call chain is printed.", ""),
    }
    for kind in error_classes()[1:]:
        if "exit_status" in vars(kind):
            rows[kind.exit_status] = ((kind.__doc__ or "").partition("\n")[0], kind.__name__)
    return dict(sorted(rows.items()))


def exit_status_page() -> str:
    """Return ``docs/exit-status.md``."""
    passing = {kind.__name__: "*passing*" for kind in error_classes() if kind.is_passing}
    lines = [
        f"| {status} | {words} | {f'`{name}`' if name else ''} | {passing.get(name, '')} |\n"
        for status, (words, name) in statuses().items()
    ]
    return _STATUS_HEAD + "".join(lines) + f"| {SIGNALLED}+n | {_SIGNALS} | | |\n"


# Sections of pages


def filled(page: str, sections: Mapping[str, Callable[[], str]]) -> str:
    """Return the text of *page* with each of its generated *sections* made anew."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for name, make in sections.items():
        marks = rf"(<!-- generated: {name} -->\n).*?(<!-- end of {name} -->)"
        body = f"\n{make().strip()}\n\n".replace("\\", r"\\")
        text, count = re.subn(marks, rf"\1{body}\2", text, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{page} has {count} sections {name}, not one")
    return text


def md_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


# Runs that nobody watches


def hook_table() -> str:
    """Return the variables that hooks see."""
    rows = [(f"`{name}`", words) for name, (words, _) in HOOK_VARIABLES.items()]
    return md_table(("variable", "meaning"), rows)


def notice_table() -> str:
    """Return the fields of a notice."""
    rows = [(f"`{name}`", words) for name, (words, _) in NOTICE_FIELDS.items()]
    return md_table(("field", "meaning"), rows)


def report_table() -> str:
    """Return the fields of a job in the report of a run."""
    rows = [(f"`{name}`", words) for name, (words, _) in RUN_FIELDS.items()]
    return md_table(("field", "meaning"), rows)


# Measured figures


def _results(page: str, heading: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the table below the line *heading* of a page of results."""
    text = (ROOT / "benchmarks" / page).read_text(encoding="utf-8")
    _, found, below = text.partition(f"\n{heading}\n")
    if not found:
        raise ValueError(f"benchmarks/{page} has no table {heading}")
    for line in below.splitlines()[1:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def speed_table() -> str:
    """Return the ratios to others, as the benchmarks measured them last, and who is missing."""
    rows = []
    for page in ("results.md", "looking.md"):
        for step, other, ratio, limit, verdict in _results(
            page, "| step | against | ratio | at most | |"
        ):
            if other in ("restic", "borg", "cp -a"):
                rows.append((step, other, ratio, limit, verdict))
    machine = (ROOT / "benchmarks/results.md").read_text(encoding="utf-8").splitlines()[2]
    table = md_table(("step", "against", "ratio", "our goal", ""), rows)
    missing = "" if any(row[1] == "borg" for row in rows) else "\nborg was not measured then.\n"
    return f"{machine}\n\n{table}{missing}"


def size_table() -> str:
    """Return how stores grow release by release."""
    heading = "| release | MiB of files | tardis | restic | borg |"
    columns = ("release", "MiB of files", "tardis, MiB", "restic, MiB", "borg, MiB")
    return md_table(columns, _results("deltas.md", heading))


# The protocol


def message_list() -> str:
    """Return every message: who says it, what it means, its fields in their order."""
    return "\n".join(map(_message, MESSAGES))


def _message(kind: type[Message]) -> str:
    about, told, note = _docstring(kind)
    ways = {way for _, way, said in CLIENT if said is kind}
    speaker = {Way.SENT: "client", Way.GOT: "server"}
    who = "either side" if len(ways) > 1 else f"the {speaker[ways.pop()]}"
    hints = get_type_hints(kind)
    rows = [(f"`{f.name}`", _wire_type(hints[f.name]), told.get(f.name, "")) for f in fields(kind)]
    shown = "\n" + md_table(("field", "type", "meaning"), rows) if rows else ""
    return f"### `{kind.KIND}`, from {who}\n\n{about}\n{shown}" + (f"\n{note}\n" if note else "")


def _docstring(kind: type) -> tuple[str, dict[str, str], str]:
    """Return what a docstring in our form says: the text, each attribute, what follows them."""
    about, _, rest = inspect.cleandoc(kind.__doc__ or "").partition("\nAttributes:\n")
    told: dict[str, str] = {}
    names: list[str] = []
    notes = []
    for line in rest.splitlines():
        if found := re.match(r" {4}(\w+(?:, \w+)*): (.*)", line):
            names = found[1].split(", ")
            told |= dict.fromkeys(names, found[2])
        elif line.startswith(" " * 8):
            told |= {name: f"{told[name]} {line.strip()}" for name in names}
        else:
            notes.append(line.strip())
    clean = {name: text.replace("``", "`") for name, text in told.items()}
    return about.strip().replace("``", "`"), clean, " ".join(notes).strip()


def _wire_type(hint: Any) -> str:
    plain = {int: "int", str: "text", bytes: "bytes", bool: "bool", type(None): "nil"}
    if hint in plain:
        return plain[hint]
    parts = get_args(hint)
    if get_origin(hint) is UnionType:
        return " or ".join(_wire_type(part) for part in parts if part is not memoryview)
    if parts[-1] is Ellipsis:
        return f"list of {_wire_type(parts[0])}"
    return f"({', '.join(map(_wire_type, parts))})"


def state_table() -> str:
    """Return who may say what in which state, as the client sees it."""
    rows = []
    for state in State:
        rows.append((f"**{state.name}**", _moves(state, Way.SENT), _moves(state, Way.GOT)))
    return md_table(("state", "says", "hears"), rows)


def _moves(state: State, way: Way) -> str:
    """Return the messages that may pass, those first that keep the state."""
    after: dict[State, list[str]] = {}
    for (where, which, kind), then in CLIENT.items():
        if where is state and which is way:
            after.setdefault(then, []).append(f"`{kind.KIND}`")
    order = sorted(after, key=lambda then: (then is not state, then.value))
    ends = {then: "(stays)" if then is state else f"→ {then.name}" for then in after}
    return "; ".join(f"{' '.join(after[then])} {ends[then]}" for then in order)


def state_picture() -> str:
    """Return the same as a picture, without signs of life and trouble."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> GREETING"]
    arrows: dict[tuple[State, State, Way], list[str]] = {}
    for (state, way, kind), then in CLIENT.items():
        if kind not in (Alive, Trouble):
            arrows.setdefault((state, then, way), []).append(kind.KIND)
    verb = {Way.SENT: "says", Way.GOT: "hears"}
    for (state, then, way), kinds in arrows.items():
        lines.append(f"    {state.name} --> {then.name}: {verb[way]} {', '.join(kinds)}")
    return "\n".join([*lines, "    CLOSED --> [*]", "```"])


def code_table() -> str:
    """Return the codes of `Trouble`, with what each stands for."""
    kinds = [kind for kind in error_classes() if vars(kind).get("wire_code")]
    told = [(f"`{kind.wire_code}`", _docstring(kind)[0].partition("\n")[0]) for kind in kinds]
    return md_table(("code", "meaning"), told)


LIMITS: Final = (
    "protocol.codec MAX_FRAME MAX_GREETING MAX_ITEMS WORTH_COMPRESSING",
    "protocol.listing NAME_MAX SLICE_ENTRIES RANGE_ENTRIES",
    "model.records SMALL SEGMENT RESUMABLE",
    "client.job WINDOW OWNERS",
    "client.options CLONES",
    "client.directories LISTING_BYTES",
    "client.gathering FRAME_BYTES FRAME_ITEMS",
    "client.upload KEPT_BYTES",
    "server.daemon QUEUE_BYTES",
    "server.settling MOST_WAITING",
    "server.checks MOST_OWNERS",
    "server.links LIMIT",
    "net.line HEARTBEAT SILENCE",
)
"""Modules and their numbers that the page of the protocol shows."""


def limit_table() -> str:
    """Return the numbers of `LIMITS`, with what the sources say of them."""
    rows = []
    for line in LIMITS:
        where, *names = line.split()
        module = import_module(f"tardis.{where}")
        told = _told_constants(inspect.getsource(module))
        for name in names:
            value = getattr(module, name)
            shown = f"{value:,}" if isinstance(value, int) else f"{value:g}"
            rows.append((f"`{where}.{name}`", shown, told[name]))
    return md_table(("number", "value", "meaning"), rows)


def _told_constants(source: str) -> dict[str, str]:
    """Return the text below each assignment of a module."""
    body = ast.parse(source).body
    told = {}
    for one, below in pairwise(body):
        match one, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                told[name] = " ".join(text.split())
    return told


# The catalog

_TABLE: Final = re.compile(r"((?:^--[^\n]*\n)*)^CREATE TABLE (\w+) \(\n(.*?)^\)", re.M | re.S)


def catalog_tables() -> str:
    """Return every table of the catalog with its columns, as the scripts of the schema say."""
    scripts = sorted((ROOT / "schema").glob("[0-9]*.sql"))
    text = "".join(script.read_text(encoding="utf-8") for script in scripts)
    return "\n".join(_catalog_table(*found.groups()) for found in _TABLE.finditer(text))


def _catalog_table(comment: str, name: str, body: str) -> str:
    about = " ".join(line.removeprefix("--").strip() for line in comment.splitlines())
    rows, keys = [], []
    for line in body.splitlines():
        told, _, meaning = line.partition("--")
        words = told.strip().rstrip(",")
        if words.startswith("PRIMARY KEY"):
            keys.append(f"Key: `{words.removeprefix('PRIMARY KEY').strip()}`.\n")
        elif words:
            column, _, declared = words.partition(" ")
            rows.append((f"`{column}`", declared, meaning.strip()))
    shown = md_table(("column", "declared as", "meaning"), rows)
    return "\n".join(filter(None, (f"#### `{name}`\n", about and f"{about}\n", shown, *keys)))


# Man pages

PAGES: Final = (
    "tardis",
    "tardisd",
    "regenerate",
    "lstardis",
    "tardiff",
    "sonic",
    "tardisfs",
    "tardisremote",
)
"""Programs that are there, and so have a man page."""


def man_page(program: str) -> str:
    """Return the page of *program* in section 1 of the manual."""
    text = tomllib.loads((ROOT / MAN_TEXTS).read_text(encoding="utf-8"))
    own, about = text[program], table.ABOUT[program]
    purpose = about.purpose.rstrip(".")
    parts = [
        f'.\\" Made from the table of options and {MAN_TEXTS} by tools/generate.py; do not edit.\n',
        f'.TH {program.upper()} 1 "" "Tardis {__version__}" "Tardis"\n.nh\n.ad l\n',
        f".SH NAME\n{program} \\- {_roff(purpose[0].lower() + purpose[1:])}\n",
        f".SH SYNOPSIS\n{_synopsis(program)}\n",
        ".SH DESCRIPTION\n" + _paragraphs(own["description"]),
        *_man_options(program),
        ".SH EXAMPLES\n" + "".join(_example(*pair) for pair in own["examples"]),
        ".SH FILES\n" + "".join(_item(_bold(path), words) for path, words in own["files"]),
        ".SH ENVIRONMENT\n" + _paragraphs(text["environment"]) + "".join(_man_variables(program)),
        ".SH EXIT STATUS\n" + "".join(_man_statuses()),
        ".SH SEE ALSO\n" + ", ".join(rf"\fB{one}\fR(1)" for one in PAGES if one != program) + "\n",
    ]
    return "".join(parts)


CONFIG_PAGES: Final = {
    "tardis.cfg": ("tardis", "regenerate", "lstardis", "tardiff", "sonic"),
    "tardisd.cfg": ("tardisd",),
    "tardisremote.cfg": ("tardisremote",),
}
"""Configuration files with a page in section 5, and the programs whose keys they hold."""


def config_page(name: str) -> str:
    """Return the page of the configuration file *name* in section 5 of the manual."""
    text = tomllib.loads((ROOT / MAN_TEXTS).read_text(encoding="utf-8"))
    own, programs = text[name], CONFIG_PAGES[name]
    rows: dict[str, Option[Any]] = {}
    for program in programs:
        verbs = table.ABOUT[program].subcommands.values()
        for row in (*table.PROGRAMS[program], *(row for verb in verbs for row in verb.options)):
            for key in row.keys[:1]:
                rows.setdefault(key, row)
    groups: dict[str, list[Option[Any]]] = {}
    for row in rows.values():
        groups.setdefault(row.group, []).append(row)
    keys = (
        f'.SS "{group}"\n' + "".join(map(_man_key, members)) for group, members in groups.items()
    )
    purpose = f"configuration of {' and '.join(own['of'])}"
    told = f"{own['description'].strip()}\n\n{text['files']}"
    return _file_page(name, purpose, told, "".join((".SH KEYS\n", *keys)), programs)


def defaults_page() -> str:
    """Return the page of ``system.defaults`` in section 5 of the manual."""
    text = tomllib.loads((ROOT / MAN_TEXTS).read_text(encoding="utf-8"))
    rows = {name: row for _, row in table.all_options() for name in row.variables}
    variables = ".SH VARIABLES\n" + "".join(_man_variable(*item) for item in rows.items())
    name, purpose = "system.defaults", "defaults for all programs of Tardis on this machine"
    return _file_page(name, purpose, text[name]["description"], variables, PAGES)


def excludes_page() -> str:
    """Return the page of files with patterns in section 5 of the manual."""
    text = tomllib.loads((ROOT / MAN_TEXTS).read_text(encoding="utf-8"))
    own = text["tardis-excludes"]
    patterns = "".join(_item(_bold(pattern), meaning) for pattern, meaning in own["patterns"])
    files = "".join(_item(_bold(path), meaning) for path, meaning in own["files"])
    rest = f".SH PATTERNS\n{patterns}.SH FILES\n{files}"
    purpose = "patterns of what a backup leaves out"
    return _file_page("tardis-excludes", purpose, own["description"], rest, ("tardis",))


def _file_page(
    name: str, purpose: str, description: str, rest: str, programs: Iterable[str]
) -> str:
    """Return a page of section 5; *rest* goes between the description and the example."""
    text = tomllib.loads((ROOT / MAN_TEXTS).read_text(encoding="utf-8"))
    parts = [
        f'.\\" Made from the table of options and {MAN_TEXTS} by tools/generate.py; do not edit.\n',
        f'.TH {name.upper()} 5 "" "Tardis {__version__}" "Tardis"\n.nh\n.ad l\n',
        f".SH NAME\n{name} \\- {_roff(purpose)}\n",
        ".SH DESCRIPTION\n" + _paragraphs(description),
        rest,
        ".SH EXAMPLE\n.RS\n.nf\n" + "".join(f"{_roff(one)}\n" for one in text[name]["example"]),
        ".fi\n.RE\n",
        ".SH SEE ALSO\n" + ", ".join(rf"\fB{one}\fR(1)" for one in programs) + "\n",
    ]
    return "".join(parts)


def _man_key(row: Option[Any]) -> str:
    facts = [_sentence(row.help)]
    if row.default_text:
        facts.append(f"Default: {row.default_text.rstrip('.')}.")
    if row.keys[1:]:
        facts.append(f"Also: {', '.join(row.keys[1:])}.")
    if row.flags:
        facts.append(f"On the command line: --{row.flags[0]}.")
    facts += [f"Another value is refused: {row.fixed}."] if row.fixed else []
    return _item(_bold(row.keys[0]), " ".join(facts))


def _synopsis(program: str) -> str:
    rows = [row for row in table.PROGRAMS[program] if row.positional]
    tail = "".join(
        rf" \fI{r.metavar}\fR..." if r.positional == "+" else rf" [\fI{r.metavar}\fR...]"
        for r in rows
    )
    if table.ABOUT[program].subcommands:
        tail = r" \fICOMMAND\fR [\fIOPTION\fR...]"
    return rf"{_bold(program)} [\fIOPTION\fR...]{tail}"


def _man_options(program: str) -> Iterator[str]:
    yield ".SH OPTIONS\n"
    yield from _man_groups(table.PROGRAMS[program])
    verbs = tuple(table.ABOUT[program].subcommands.values())
    if not verbs:
        return
    common = [row for row in verbs[0].options if all(row in verb.options for verb in verbs)]
    yield ".SH COMMANDS\nAll commands know these options, to be written behind their name:\n"
    yield from map(_man_option, common)
    for verb in verbs:
        yield f".SS {verb.name}\n{_roff(_sentence(verb.help))}\n"
        yield from map(_man_option, (row for row in verb.options if row not in common))


def _man_groups(rows: Iterable[Option[Any]]) -> Iterator[str]:
    groups: dict[str, list[Option[Any]]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    for group, members in groups.items():
        yield f'.SS "{group}"\n'
        yield from map(_man_option, members)


def _man_option(row: Option[Any]) -> str:
    value = row.metavar or "VALUE" if row.kind in (Kind.VALUE, Kind.LIST) else ""
    value = rf" \fI{_roff(value)}\fR" if value else ""
    value = rf" [{value.strip()}]" if row.bare is not None else value
    names = [*(f"--{flag}" for flag in row.flags), *(f"-{one}" for one in row.letters)]
    tags = [_bold(name) + value for name in names]
    if row.kind is Kind.BOOLEAN and row.default is True and row.flags:
        tags.append(_bold(f"--no{row.flags[0]}"))
    if row.positional:
        tags = [rf"\fI{row.metavar}\fR..."]
    tags = tags or [_bold((*row.keys, *row.variables)[0])]
    facts = [_sentence(row.help)]
    if row.kind is not Kind.ACTION and row.default_text:
        facts.append(f"Default: {row.default_text.rstrip('.')}.")
    if row.spelling or row.positional:
        facts += [f"In configuration files: {', '.join(row.keys)}."] if row.keys else []
        facts += [f"In the environment: {', '.join(row.variables)}."] if row.variables else []
    facts += [f"Another value is refused: {row.fixed}."] if row.fixed else []
    return _item(", ".join(tags), " ".join(facts))


def _man_variables(program: str) -> Iterator[str]:
    about = table.ABOUT[program]
    rows = [*table.PROGRAMS[program], *(o for v in about.subcommands.values() for o in v.options)]
    told = {name: row for row in rows for name in row.variables}
    for name, row in told.items():
        yield _man_variable(name, row)


def _man_variable(name: str, row: Option[Any]) -> str:
    default = f" Default: {row.default_text}." if row.default_text else ""
    return _item(_bold(name), _sentence(row.help) + default)


def _man_statuses() -> Iterator[str]:
    for status, (words, _) in statuses().items():
        if status != DIFFERENCES:
            yield _item(_bold(str(status)), words)
    yield _item(_bold(f"{SIGNALLED}+n"), _SIGNALS)


def _item(tag: str, text: str) -> str:
    return f".TP\n{tag}\n{_roff(text)}\n"


def _paragraphs(text: str) -> str:
    return "".join(f".PP\n{_roff(part)}\n" for part in text.strip().split("\n\n"))


def _example(command: str, words: str) -> str:
    return f".PP\n{_roff(words)}\n.PP\n.RS\n.nf\n{_bold(command)}\n.fi\n.RE\n"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _bold(text: str) -> str:
    return rf"\fB{_roff(text)}\fR"


_TROFF: Final = str.maketrans(
    {"\\": r"\e", "-": r"\-", "~": r"\(ti", "^": r"\(ha", "`": r"\(ga", "'": r"\(aq"}
)


def _roff(text: str) -> str:
    """Return plain ASCII *text* so that troff shows just that, in short lines."""
    text = text.encode("ascii").decode().translate(_TROFF)
    text = re.sub(r"\S{73,}", lambda found: found[0].replace(":", r":\:"), text)  # may break there
    lines = textwrap.wrap(text, 90, break_on_hyphens=False, break_long_words=False)
    return "\n".join(rf"\&{line}" if line[0] in ".'" else line for line in lines)


def types_sample() -> str:
    """Return the sample of a file for NoCompressFile, from the table of formats."""
    lines = [
        "# MIME types that `tardis` is not to compress, one a line: --nocompress-types, or",
        "# NoCompressFile in its configuration.  Files are told by suffix and by first bytes.",
        "# A line like image/* stands for all types of a kind.",
        "",
    ]
    for heading, formats in FORMATS.items():
        lines += [f"# {heading}", *(one.type for one in formats), ""]
    return "\n".join(lines[:-1]) + "\n"


GENERATED: Final[list[tuple[str, Callable[[], str]]]] = [
    ("docs/options.md", manual.options_page),
    ("docs/exit-status.md", exit_status_page),
    ("schema/tardis.sql", whole_schema),
    (
        "docs/protocol.md",
        partial(
            filled,
            "docs/protocol.md",
            {
                "codes": code_table,
                "limits": limit_table,
                "states": state_table,
                "picture": state_picture,
                "messages": message_list,
            },
        ),
    ),
    (
        "docs/unattended.md",
        partial(
            filled,
            "docs/unattended.md",
            {"hooks": hook_table, "notices": notice_table, "report": report_table},
        ),
    ),
    (
        "docs/comparison.md",
        partial(filled, "docs/comparison.md", {"speed": speed_table, "size": size_table}),
    ),
    (
        "docs/store-format.md",
        partial(filled, "docs/store-format.md", {"catalog": catalog_tables}),
    ),
    *((f"docs/man/{program}.1", partial(man_page, program)) for program in PAGES),
    *((f"docs/man/{name}.5", partial(config_page, name)) for name in CONFIG_PAGES),
    ("docs/man/system.defaults.5", defaults_page),
    ("docs/man/tardis-excludes.5", excludes_page),
    ("completions/tardis.bash", completion.bash),
    ("completions/_tardis", completion.zsh),
    ("completions/tardis.fish", completion.fish),
    ("etc/tardis.cfg", manual.client_sample),
    ("etc/tardisd.cfg", manual.server_sample),
    ("etc/tardisd.local.cfg", manual.local_sample),
    ("etc/tardisremote.cfg", manual.remote_sample),
    ("etc/system.defaults", manual.defaults_sample),
    ("etc/types.ignore", types_sample),
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
