"""argparse from the table: words in, texts by option name out."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tardis import __version__

from . import table
from .option import Kind, Option
from .resolve import Given
from .words import Role, Walk

_EPILOG: Final = (
    "A switch --NAME is turned off by --noNAME or --no-NAME. "
    "@FILE stands for the words in FILE wherever an option or argument may begin; ./@NAME is a "
    "file named @NAME. After -- everything is an argument."
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command line that argparse was content with.

    Attributes:
        flags: What each option and argument was given, by option name.
        positionals: The arguments, in order.
        subcommand: The verb, or None when the program has none.
    """

    flags: Mapping[str, Given]
    positionals: tuple[str, ...]
    subcommand: str | None


def parse(program: str, argv: Sequence[str]) -> Parsed:
    """Return what *argv*, without ``@file``s, asks for; arguments may stand anywhere.

    Raises:
        SystemExit: Help or version was shown (0), or the words make no sense (2).
    """
    parser = build_parser(program, debug="--debug" in argv, words=argv)
    found = vars(parser.parse_args(_in_order(program, argv)))
    subcommand = found.pop("subcommand", None)
    row = _positional(table.options_of(program, subcommand or ""))
    given = tuple(found.get(row.name, ())) if row else ()
    if row and not given:
        found.pop(row.name, None)
    flags = {name: _as_given(value) for name, value in found.items()}
    return Parsed(flags, given, subcommand)


def build_parser(
    program: str, *, debug: bool = False, words: Sequence[str] | None = None
) -> argparse.ArgumentParser:
    """Return the parser of *program*; what is not given leaves no attribute.

    Args:
        program: Its name in the table.
        debug: Whether help shows the options for debugging.
        words: What will be parsed: subcommands that are none of them get no options, since
            those of all take longer to make than most runs; None: all get theirs.
    """
    about = table.ABOUT[program]
    options = table.PROGRAMS[program]
    parser = _new_parser(program, about.purpose, options, bool(about.subcommands))
    _add_options(parser, options, debug)
    if about.subcommands:
        verbs = parser.add_subparsers(
            title="Commands", dest="subcommand", required=True, metavar="COMMAND", prog=program
        )
        for verb in about.subcommands.values():
            if words is not None and verb.name not in words:
                verbs.add_parser(verb.name, help=verb.help, add_help=False)
                continue
            model = _new_parser(f"{program} {verb.name}", verb.help, verb.options, False)
            below = verbs.add_parser(
                verb.name,
                help=verb.help,
                usage=model.usage,
                description=f"{verb.help[0].upper()}{verb.help[1:]}.",
                allow_abbrev=False,
                add_help=False,
                argument_default=argparse.SUPPRESS,
            )
            _add_options(below, (table.HELP, *verb.options), debug)
    return parser


def help_of(option: Option[Any]) -> str:
    """Return the help of one option: its sentence, then default, variable and key."""
    facts = []
    if option.default_text and option.kind is not Kind.ACTION:
        facts.append(f"default: {option.default_text}")
    facts += option.variables[:1]
    facts += [f"key {key}" for key in option.keys[:1]]
    if option.fixed:
        facts.append(f"fixed: {option.fixed}")
    return option.help + (f" [{'; '.join(facts)}]" if facts else "")


def negations(option: Option[Any]) -> tuple[str, ...]:
    """Return the long flags, with dashes, that switch a boolean option off."""
    if option.kind is not Kind.BOOLEAN:
        return ()
    return tuple(f"--{no}{flag}" for flag in option.flags for no in ("no", "no-"))


def _new_parser(
    name: str, purpose: str, options: Iterable[Option[Any]], has_verbs: bool
) -> argparse.ArgumentParser:
    row = _positional(options)
    tail = " COMMAND ..." if has_verbs else ""
    if row:
        tail = f" {row.metavar}..." if row.positional == "+" else f" [{row.metavar}...]"
    return argparse.ArgumentParser(
        prog=name,
        usage=f"{name} [OPTION...]{tail}",
        description=purpose,
        epilog=_EPILOG,
        allow_abbrev=False,
        add_help=False,
        argument_default=argparse.SUPPRESS,
    )


def _add_options(
    parser: argparse.ArgumentParser, options: Iterable[Option[Any]], debug: bool
) -> None:
    groups: dict[str, argparse._ArgumentGroup] = {}
    for option in options:
        if not (option.spelling or option.positional):
            continue
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        _add_option(groups[option.group], option, parser.prog, debug)


def _add_option(
    group: argparse._ArgumentGroup, option: Option[Any], program: str, debug: bool
) -> None:
    text = help_of(option).replace("%", "%%")
    if option.hidden and not debug:
        text = argparse.SUPPRESS
    if option.positional:
        group.add_argument(option.name, nargs=option.positional, metavar=option.metavar, help=text)
        return
    names = [f"-{letter}" for letter in option.letters] + [f"--{flag}" for flag in option.flags]
    group.add_argument(*names, help=text, **_action(option, program))
    if option.kind is Kind.BOOLEAN:
        group.add_argument(
            *negations(option),
            dest=option.name,
            action="store_const",
            const="false",
            help=argparse.SUPPRESS,
        )


def _action(option: Option[Any], program: str) -> dict[str, Any]:
    """Return argparse's keywords for the kind of *option*."""
    if option is table.HELP:
        return {"action": "help"}
    if option is table.VERSION:
        return {"action": "version", "version": f"{program} {__version__}"}
    match option.kind:
        case Kind.BOOLEAN:
            return {"dest": option.name, "action": "store_const", "const": "true"}
        case Kind.COUNT:
            return {"dest": option.name, "action": "count"}
    words: dict[str, Any] = {"dest": option.name, "metavar": option.metavar or "VALUE"}
    if option.kind is Kind.LIST:
        words["action"] = "append"
    if option.bare is not None:
        words |= {"nargs": "?", "const": option.bare}
    return words


def _in_order(program: str, argv: Sequence[str]) -> list[str]:
    """Return *argv* with its arguments last, so that they may stand between options."""
    verbs = {name: verb.options for name, verb in table.ABOUT[program].subcommands.items()}
    walk = Walk(table.PROGRAMS[program], verbs)
    options: list[str] = []
    arguments: list[str] = []
    for word in argv:
        match walk.step(word):
            case Role.END:
                pass
            case Role.POSITIONAL:
                arguments.append(word)
            case _:
                options.append(word)
    return [*options, "--", *arguments] if arguments else options


def _positional(options: Iterable[Option[Any]]) -> Option[Any] | None:
    return next((option for option in options if option.positional), None)


def _as_given(value: object) -> Given:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return str(value)
