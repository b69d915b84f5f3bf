"""Completion of command lines for bash, zsh and fish, read off the table of options."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from . import table
from .option import Kind, Option
from .parser import negations
from .values import Choice

_HEAD: Final = "Made from the table of options by tools/generate.py; do not edit."
_FILES: Final = frozenset({"FILE", "SOCKET", "PATH"})
_FOLDERS: Final = frozenset({"DIR", "DIRECTORY", "MOUNTPOINT"})

FILE: Final = "file"
FOLDER: Final = "folder"
ANY: Final = "any"


def value_kind(option: Option[Any]) -> tuple[str, ...]:
    """Return what completes a value that must follow the flag of *option*.

    Returns:
        Nothing when no value must follow; `FILE`, `FOLDER` or `ANY`; or the words to choose
        from.
    """
    if not option.needs_value or not option.spelling:
        return ()
    if isinstance(option.parse, Choice):
        return option.parse.words
    names = set(option.metavar.replace("|", " ").split())
    if names & _FOLDERS:
        return (FOLDER,)
    return (FILE,) if names & _FILES else (ANY,)


def spellings(option: Option[Any]) -> list[str]:
    """Return the flags of *option* with their dashes, those that switch it off last."""
    flags = [f"--{flag}" for flag in option.flags] + [f"-{one}" for one in option.letters]
    return flags + list(negations(option)[1::2])


def _shown(options: Iterable[Option[Any]]) -> list[Option[Any]]:
    return [one for one in options if one.spelling and not one.hidden]


def _scopes(program: str) -> Iterator[tuple[str, list[Option[Any]]]]:
    """Yield (verb, its options); the verb is empty for the options of the program itself."""
    yield "", _shown(table.PROGRAMS[program])
    for name, verb in table.ABOUT[program].subcommands.items():
        yield name, _shown((table.HELP, *verb.options))


# bash

_BASH: Final = """\
# bash completion for the programs of Tardis.
# {head}

# _tardis_options SCOPE: the options of a program, or of a program and its command.
_tardis_options() {{
    case $1 in
{options}
    esac
}}

# _tardis_value SCOPE OPTION: what must follow the option, nothing if nothing must.
_tardis_value() {{
    case "$1 $2" in
{values}
    esac
}}

# _tardis_verbs PROGRAM: its commands.
_tardis_verbs() {{
    case $1 in
{verbs}
    esac
}}

_tardis_complete() {{
    local program=${{COMP_WORDS[0]##*/}} current=${{COMP_WORDS[COMP_CWORD]}}
    local before=${{COMP_WORDS[COMP_CWORD - 1]}} scope verbs word kind
    scope=$program
    verbs=$(_tardis_verbs "$program")
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        if [[ -n $verbs && " $verbs " == *" $word "* ]]; then
            scope="$program $word"
            break
        fi
    done
    COMPREPLY=()
    kind=$(_tardis_value "$scope" "$before")
    case $kind in
    any) return ;;
    file) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    folder) mapfile -t COMPREPLY < <(compgen -d -- "$current") && return ;;
    ?*) mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$current") && return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_tardis_options "$scope")" -- "$current")
    elif [[ -n $verbs && $scope == "$program" ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}}

complete -o filenames -F _tardis_complete {programs}
"""


def bash() -> str:
    """Return the completion for bash."""
    options, values, verbs = [], [], []
    for program, about in table.ABOUT.items():
        if about.subcommands:
            verbs.append(f'    {program}) echo "{" ".join(about.subcommands)}" ;;')
        for verb, rows in _scopes(program):
            scope = f"{program} {verb}".strip()
            flags = " ".join(flag for row in rows for flag in spellings(row))
            options.append(f"    {_quoted(scope)}) echo {_quoted(flags)} ;;")
            for kind, names in _by_value(rows).items():
                patterns = "|".join(_quoted(f"{scope} {name}") for name in names)
                values.append(f"    {patterns}) echo {_quoted(kind)} ;;")
    return _BASH.format(
        head=_HEAD,
        options="\n".join(options),
        values="\n".join(values),
        verbs="\n".join(verbs),
        programs=" ".join(table.ABOUT),
    )


def _by_value(rows: Iterable[Option[Any]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        if kind := value_kind(row):
            flags = set(spellings(row)) - set(negations(row))
            found.setdefault(" ".join(kind), []).extend(sorted(flags))
    return found


def _quoted(text: str) -> str:
    return f'"{text}"'


# zsh


def zsh() -> str:
    """Return the completion for zsh, a file of its function path."""
    lines = [f"#compdef {' '.join(table.ABOUT)}", f"# {_HEAD}", ""]
    for program in table.ABOUT:
        lines += _zsh_program(program)
    lines += ["case $service in"]
    lines += [f"{program}) _tardis_{program} ;;" for program in table.ABOUT]
    return "\n".join([*lines, "esac", ""])


def _zsh_program(program: str) -> Iterator[str]:
    verbs = table.ABOUT[program].subcommands
    yield f"_tardis_{program}() {{"
    if verbs:
        yield "  local context state line curcontext=$curcontext"
    yield "  _arguments -C -s -S : \\"
    yield from (f"    {spec} \\" for spec in _zsh_specs(_shown(table.PROGRAMS[program])))
    if not verbs:
        yield "    '*:file:_files'"
        yield "}"
        return
    told = " ".join(rf'{name}\:"{_zsh_text(verb.help)}"' for name, verb in verbs.items())
    yield f"    {_zsh_quoted(f'1:command:(({told}))')} '*::argument:->rest'"
    yield "  [[ $state == rest ]] || return"
    yield "  case $words[1] in"
    for name, rows in _scopes(program):
        if name:
            yield f"  {name}) _arguments -s -S : \\"
            yield from (f"    {spec} \\" for spec in _zsh_specs(rows))
            yield "    '*:file:_files' ;;"
    yield "  esac"
    yield "}"


def _zsh_specs(rows: Iterable[Option[Any]]) -> Iterator[str]:
    for row in rows:
        kind = value_kind(row)
        star = "*" if row.kind in (Kind.LIST, Kind.COUNT) else ""
        for flag in spellings(row):
            joint = ("=" if flag.startswith("--") else "+") if kind else ""
            value = f":{row.metavar or 'VALUE'}:{_zsh_action(kind)}" if kind else ""
            yield _zsh_quoted(f"{star}{flag}{joint}[{_zsh_text(row.help)}]{value}")


def _zsh_action(kind: tuple[str, ...]) -> str:
    known = {FILE: "_files", FOLDER: "_files -/", ANY: " "}
    return known.get(kind[0]) or f"({' '.join(kind)})"


def _zsh_text(text: str) -> str:
    """Return *text* without what means something within brackets or parentheses."""
    for char in "[]():'\"`\\":
        text = text.replace(char, " " if char == ":" else "")
    return text


def _zsh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# fish


def fish() -> str:
    """Return the completion for fish."""
    lines = [f"# fish completion for the programs of Tardis. {_HEAD}"]
    for program, about in table.ABOUT.items():
        lines.append("")
        verbs = about.subcommands
        for name, verb in verbs.items():
            when = "-n __fish_use_subcommand"
            lines.append(f"complete -c {program} -f {when} -a {name} -d {_fish(verb.help)}")
        for name, rows in _scopes(program):
            when = f" -n '__fish_seen_subcommand_from {name}'" if name else ""
            when = " -n __fish_use_subcommand" if verbs and not name else when
            for row in rows:
                lines += _fish_lines(program, when, row)
    return "\n".join(lines) + "\n"


def _fish_lines(program: str, when: str, row: Option[Any]) -> Iterator[str]:
    kind = value_kind(row)
    flags = "".join(f" -l {flag}" for flag in row.flags)
    flags += "".join(f" -s {letter}" for letter in row.letters)
    known = {FILE: " -r -F", FOLDER: " -x -a '(__fish_complete_directories)'", ANY: " -x"}
    action = known.get(kind[0], f" -x -a '{' '.join(kind)}'") if kind else ""
    yield f"complete -c {program}{when}{flags}{action} -d {_fish(row.help)}"
    for flag in negations(row)[1::2]:
        yield f"complete -c {program}{when} -l {flag.removeprefix('--')} -d {_fish(row.help)}"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
