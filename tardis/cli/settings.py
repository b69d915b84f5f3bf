"""From the command line to settings: the only reader of arguments, environment and files."""

import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tardis.config import (
    Given,
    Layer,
    Layers,
    Parsed,
    Secret,
    Section,
    Settings,
    check_keys,
    expand_arguments,
    parse,
    read_section,
    resolve,
    section_names,
    table,
)
from tardis.model import ConfigError, UsageError

from .hiding import hide


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a program was asked to do.

    Attributes:
        settings: The value of every row of the program and its subcommand.
        positionals: The arguments as given, without those from a file; they are the value
            of the program's positional row too.
        subcommand: The verb, or None when the program has none.
    """

    settings: Settings
    positionals: tuple[str, ...]
    subcommand: str | None


def load(
    program: str,
    argv: Sequence[str],
    environ: Mapping[str, str] | None = None,
    job: str = "",
) -> Loaded:
    """Return the settings of one run of *program*.

    Where several jobs are asked for and *job* names none of them, no section is read: the
    settings only tell which jobs there are.

    Args:
        program: Its name in the table.
        argv: The words after it; ``@file``s are expanded here.
        environ: In place of the process environment.
        job: The one section to read, whatever the words say.

    Raises:
        SystemExit: Help or version was shown (0), or the words make no sense (2).
        UsageError: An argument file, a lone ``--job``.
        ConfigError: A value, a key, a section or a configuration file is wrong.
    """
    environ = os.environ if environ is None else environ
    verbs = {name: verb.options for name, verb in table.ABOUT[program].subcommands.items()}
    words = expand_arguments(argv, table.PROGRAMS[program], _read_words, verbs)
    parsed = parse(program, words)
    if job:
        parsed = replace(parsed, flags={**_without_jobs(parsed.flags), "job": (job,)})
    options = table.options_of(program, parsed.subcommand or "")
    outer = Layers(_read_defaults(environ), environ, flags=parsed.flags)
    section = _read_config(program, outer, parsed)
    layers = Layers(outer.defaults, environ, section, parsed.flags)
    host = os.uname().nodename
    computed = {table.CLIENT: host, table.TOOL_CLIENT: host}
    settings = with_url_client(resolve(options, layers, computed))
    hide(_secrets(settings))
    return Loaded(settings, parsed.positionals, parsed.subcommand)


def is_remote(settings: Settings) -> bool:
    """Tell whether stores are behind a tardisremote, which --database names by its URL."""
    return settings[table.DATABASE].strip().lower().startswith(("http://", "https://"))


def with_url_client(settings: Settings) -> Settings:
    """Return *settings* with the client that a URL in --database names.

    Raises:
        ConfigError: The URL names nothing that can be.
        UsageError: The command line names another client beside it.
    """
    if table.DATABASE not in settings or table.TOOL_CLIENT not in settings:
        return settings
    if not is_remote(settings):
        return settings
    remote = importlib.import_module("tardis.cli.remote_store")  # hardly a run needs it
    named: str = remote.remote_place(settings).client
    given = settings[table.TOOL_CLIENT]
    if named and settings.origin(table.TOOL_CLIENT) is Layer.COMMAND and given != named:
        raise UsageError(f"--client {given} and a URL that names {named} cannot be given together")
    if not named:
        return settings
    return settings.changed({table.TOOL_CLIENT: named}, settings.origin(table.DATABASE))


def has_several_jobs(settings: Settings) -> bool:
    """Tell whether more than one section of a configuration file is to be run, or may be."""
    return settings[table.ALL_JOBS] or len(settings[table.JOB_NAMES]) > 1


def job_sections(settings: Settings) -> tuple[str, ...]:
    """Return the sections of the configuration file of `tardis` that name directories.

    Raises:
        UsageError: No file was named.
        ConfigError: It cannot be read, or there is no such section in it.
    """
    path = settings[table.CONFIG]
    if not path:
        raise UsageError("--all-jobs needs --config FILE with the jobs")
    text = _read_if_there(path)
    if text is None:
        raise ConfigError(f"--all-jobs: there is no file {path}")
    names = section_names(text, path)
    key = table.DIRECTORIES.keys[0]
    found = tuple(name for name in names if key in read_section(text, path, name))
    if not found:
        raise ConfigError(
            f"--all-jobs: no section of {path} names {key}",
            hint="A job is a section that says what to back up.",
        )
    return found


def _without_jobs(flags: Mapping[str, Given]) -> dict[str, Given]:
    jobs = (table.JOB_NAMES.name, table.ALL_JOBS.name)
    return {name: given for name, given in flags.items() if name not in jobs}


def _secrets(settings: Settings) -> Iterator[str]:
    """Yield the secrets that the command line gave away."""
    for option in settings:
        if option.secret and settings.origin(option) is Layer.COMMAND:
            value = settings[option]
            yield value.reveal() if isinstance(value, Secret) else str(value)


def _read_defaults(environ: Mapping[str, str]) -> Section:
    """Return what ``system.defaults`` says; an absent file says nothing."""
    path = environ.get("TARDIS_DEFAULTS") or table.DEFAULTS.default
    text = _read_if_there(path)
    if text is None:
        return Section()
    section = read_section(text, path)
    check_keys(section, table.all_variables())
    return section


def _read_config(program: str, outer: Layers, parsed: Parsed) -> Section:
    """Return the section of the configuration file, empty when there is no such file."""
    row = table.ABOUT[program].config
    options = table.PROGRAMS[program]
    naming = [one for one in (table.JOB, table.JOB_NAMES, table.ALL_JOBS) if one in options]
    settings = resolve((row, *naming), outer)
    path = settings[row]
    name = settings[table.JOB] if table.JOB in naming else table.JOB.default
    if table.JOB_NAMES in naming:
        if has_several_jobs(settings):
            return Section()
        (name,) = settings[table.JOB_NAMES]
    text = _read_if_there(path) if path else None
    if text is None and settings.origin(row) is Layer.COMMAND:
        raise ConfigError(f"command line: {row.spoken}: there is no file {path}")
    if text is None:
        if name != table.JOB.default:
            raise UsageError(f"--job {name} needs --config FILE with that section")
        return Section()
    section = read_section(text, path, name)
    check_keys(section, table.all_keys())
    return section


def _read_if_there(path: str) -> str | None:
    """Return the text of a configuration file, or None when there is none."""
    try:
        return _read_words(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"configuration file {path}: cannot read it: {reason}") from error


def _read_words(path: str) -> str:
    """Return the text of a file of any bytes, as arguments are decoded."""
    return os.fsdecode(Path(path).read_bytes())
