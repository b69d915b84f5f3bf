"""The table against the manual, written here as data."""

import subprocess
import sys
from typing import Any

import pytest

from tardis.config import Kind, Option, table
from tardis.config.parser import negations

N = None
CLIENT_KEYS: dict[str, object] = {
    "Server": "localhost", "Port": 7420, "Client": "", "Force": False, "Full": False,
    "Timeout": 300.0, "Password": N, "PasswordFile": "", "PasswordProg": "", "PassswordProg": "",
    "Crypt": True, "KeyFile": "", "CompressData": "none", "CompressMin": 4096,
    "NoCompressFile": (), "NoCompress": (), "SendClientConfig": True, "Local": False,
    "LocalServerCmd": "", "CompressMsgs": "none", "ChecksumContent": 0, "Purge": False,
    "IgnoreCVS": False, "SkipCaches": False, "SendSig": False, "ExcludePatterns": (),
    "ExcludeFiles": (), "ExcludeDirs": (), "GlobalExcludeFileName": "/etc/tardis/excludes",
    "ExcludeFileName": ".tardis-excludes", "LocalExcludeFileName": ".tardis-local-excludes",
    "SkipFileName": ".tardis-skip", "ExcludeNoAccess": True, "LogFiles": (), "Verbosity": 0,
    "Stats": False, "Report": False, "Directories": (".",), "RacyWindow": 60.0,
}  # fmt: skip
SERVER_KEYS: dict[str, object] = {
    "Port": 7420, "BaseDir": "/srv/tardis", "DBName": "tardis.db", "Schema": "schema/tardis.sql",
    "LogFile": "", "JournalFile": "tardis.journal", "Profile": False, "AllowNewHosts": False,
    "RequirePassword": False, "SaveConfig": True, "LogExceptions": False, "MaxDeltaChain": 5,
    "MaxChangePercent": 50, "SaveFull": False, "AllowSchemaUpgrades": False, "Single": False,
    "Local": "", "Verbose": 0, "Daemon": False, "Umask": 0o027, "User": "", "Group": "",
    "PidFile": "/var/run/tardisd.pid", "SSL": False, "CertFile": "", "KeyFile": "",
    "SkipFileName": ".tardis-skip", "Formats": ("Monthly-%Y-%m", "Weekly-%Y-%U", "Daily-%Y-%m-%d"),
    "Priorities": (40, 20, 10), "KeepPeriods": (0, 180, 30), "KeepDays": (0, 180, 30),
    "DBBackups": 5, "LinkBasis": True, "AutoPurge": False, "ReuseAddr": True, "DBDir": "",
    "Timeout": 300.0, "Bind": ("127.0.0.1", "::1"), "AllowOpen": False, "LogCfg": "",
    "ForceFull": (False, False, False), "AllowClientOverrides": True,
}  # fmt: skip
REMOTE_KEYS: dict[str, object] = {
    "Port": 7430, "Database": "/srv/tardis", "DBName": "tardis.db", "LogFile": "",
    "LogExceptions": False, "Verbose": 0, "Daemon": False, "User": "", "Group": "",
    "PidFile": "/var/run/tardisremote.pid", "SSL": False, "CertFile": "", "KeyFile": "",
    "Compress": True, "AllowCache": True, "AllowSchemaUpgrades": False,
}  # fmt: skip
TOOL_KEYS: dict[str, object] = {
    "Database": "/srv/tardis", "Client": "", "DBDir": "", "DBName": "tardis.db", "Password": N,
    "PasswordFile": "", "PasswordProg": "", "Crypt": True, "KeyFile": "", "LogFiles": (),
    "Verbosity": 0,
}  # fmt: skip
VARIABLES: dict[str, tuple[str, object]] = {
    "TARDIS_DB": ("tardisd regenerate lstardis tardiff tardisremote", "/srv/tardis"),
    "TARDIS_PORT": ("tardis tardisd", 7420),
    "TARDIS_DBNAME": ("tardisd tardisremote regenerate lstardis tardiff", "tardis.db"),
    "TARDIS_SERVER": ("tardis", "localhost"),
    "TARDIS_CLIENT": ("tardis regenerate lstardis tardiff tardisfs", ""),
    "TARDIS_HOST": ("tardis regenerate", ""),
    "TARDIS_DAEMON_CONFIG": ("tardis tardisd", "/etc/tardis/tardisd.cfg"),
    "TARDIS_LOCAL_CONFIG": ("tardis", "/etc/tardis/tardisd.local.cfg"),
    "TARDIS_EXCLUDES": ("tardis", ".tardis-excludes"),
    "TARDIS_LOCAL_EXCLUDES": ("tardis", ".tardis-local-excludes"),
    "TARDIS_GLOBAL_EXCLUDES": ("tardis", "/etc/tardis/excludes"),
    "TARDIS_SKIP": ("tardis tardisd", ".tardis-skip"),
    "TARDIS_SKIPFILE": ("tardis tardisd", ".tardis-skip"),
    "TARDIS_PIDFILE": ("tardisd", "/var/run/tardisd.pid"),
    "TARDIS_SCHEMA": ("tardisd", "schema/tardis.sql"),
    "TARDIS_REMOTE_PORT": ("tardisremote regenerate lstardis", 7430),
    "TARDIS_REMOTE_CONFIG": ("tardisremote", "/etc/tardis/tardisremote.cfg"),
    "TARDIS_REMOTE_PIDFILE": ("tardisremote", "/var/run/tardisremote.pid"),
    "TARDIS_DEFAULTS": (" ".join(table.PROGRAMS), "/etc/tardis/system.defaults"),
    "TARDIS_RECENT_SET": ("regenerate lstardis tardiff sonic tardisfs", "Current"),
    "TARDIS_SEND_CONFIG": ("tardis", True),
    "TARDIS_DBDIR": ("tardisd regenerate", ""),
    "TARDIS_TIMEOUT": ("tardis tardisd", 300.0),
    "TARDIS_JOURNAL": ("tardisd", "tardis.journal"),
    "TARDIS_PW_STRENGTH": ("tardis", 0.75),
    "TARDIS_LOGEXCEPTIONS": ("tardisd", False),
    "TARDIS_NOCOMPRESS": ("tardis", ()),
}
FLAGS = {
    "tardis": "server s port p log l client force full name n create timeout password P "
    "password-file F password-prog crypt keys send-config S compress-data Z compress-min "
    "nocompress-types nocompress z xattr acl local local-server-cmd priority maxdepth d "
    "crossdevice basepath cvs-ignore skip-caches exclude x exclude-file X exclude-dir "
    "exclude-file-name local-exclude-file-name skip-file-name ignore-global-excludes "
    "exclude-no-access compress-msgs C cks-content purge purge-priority keep-days keep-hours "
    "keep-time stats report verbose v progress exclusive exceptions logtime debug clones L "
    "minclones batchdir B batchsize chunksize dirslice protocol signature deltathreshold sanity "
    "loginodes config job hourly H daily D weekly W monthly M allow-empty racy-window database "
    "dbname dbdir help h version scheme",
    "tardisd": "config port database dbdir dbname schema logfile l logcfg verbose v exceptions "
    "allow-new-hosts profile single local threads timeout journal j reuseaddr daemon user group "
    "pidfile ssl certfile keyfile version help bind umask",
    "regenerate": "output o checksum c backup b date d last l recurse recovername authenticate "
    "authfail-action reduce-path R set-times set-perms set-attrs set-acl overwrite O hardlinks "
    "exceptions verbose v progress jobs database D client C dbname N dbdir Y password P "
    "password-file F password-prog crypt keys config job",
    "lstardis": "long l hidden a reverse r annotate f size s human H dirinfo d checksums c "
    "chainlen L inode i versions V deletions broken oneline O times T metadata M headers colors "
    "columns recurse R maxdepth glob reduce realpath range dates exceptions verbose v",
    "tardiff": "backup b color unified u context c ndiff n reduce-path R binary B recurse r "
    "list l exceptions verbose v",
    "sonic": "config job exceptions verbose v version",
    "tardisfs": "database D client C password P keys o f d s repoint cachetime current",
    "tardisremote": "config port dbname database logfile l verbose v exceptions daemon user "
    "group pidfile ssl certfile keyfile compress cache",
}
VERBS = {
    "create": "schema json", "setpass": "password keys json", "list": "long l json",
    "info": "backup date",
    "chpass": "newpassword newpassword-file newpassword-prog json",
    "keys": "extract insert delete sheet page renew-login add remove list confirm json",
    "rotate-keys": "newpassword confirm dry-run json",
    "decrypt-names": "encrypt e quiet q json", "fingerprints": "database D client C json",
    "files": "long l fullpath f previous dirs status human H checksums c chainlen L inode i "
    "backup b date d", "purge": "priority incomplete date backup confirm dry-run n json "
    "formats keep-periods keep-named", "delete": "confirm dry-run json", "lock": "client",
    "unlock": "client",
    "check": "read-data read-rate jobs anew json progress",
    "repair": "read-data read-rate jobs anew confirm dry-run json progress",
    "orphans": "database D client C", "getconfig": "key sys json",
    "setconfig": "key value reset json",
    "encrypt": "names dirs files sigs meta all confirm dry-run n json",
    "replicate": "to json", "drill": "backup date files scratch live json",
    "recover": "schema confirm dry-run n json", "forget": "confirm dry-run n json",
    "priority": "priority backup date", "rename": "name backup date",
    "rights": "grant revoke reset json",
    "quota": "bytes files json", "status": "max-age json", "acknowledge": "json",
    "find": "newer older larger smaller json", "tag": "remove r move m backup date json",
    "upgrade": "dbname N dbdir Y dry-run n json",
}  # fmt: skip
AVAILABLE = {
    "tardis": "server port client force full name create timeout send-config compress-data "
    "compress-min local local-server-cmd priority maxdepth crossdevice basepath exclude "
    "exclude-no-access compress-msgs stats report progress verbose log exceptions "
    "logtime debug purge purge-priority keep-days keep-hours keep-time "
    "allow-empty hourly daily weekly monthly config job database dbname dbdir "
    "racy-window Directories protocol help version",
    "tardisd": "config port bind database dbdir dbname schema logfile verbose exceptions "
    "allow-new-hosts profile single local timeout journal reuseaddr umask save-config formats "
    "priorities skip-file-name dbbackups allow-open keep-periods keep-named autopurge rights "
    "help version",
    "regenerate": "output backup date last recurse authenticate authfail-action overwrite "
    "hardlinks verbose exceptions progress jobs database client dbname dbdir config job log file "
    "set-times set-perms set-attrs set-acl recovername checksum reduce-path tar zip in-place",
    "lstardis": "long hidden reverse annotate size human dirinfo checksums chainlen inode versions "
    "deletions broken oneline times metadata headers colors columns recurse maxdepth glob reduce "
    "realpath range dates exceptions verbose json print0 bisect path TARDIS_LS_COLORS",
    "tardiff": "backup color unified context ndiff reduce-path binary recurse list stat exceptions "
    "verbose file",
}


def by_key(program: str) -> dict[str, Option[Any]]:
    return {key: row for row in table.PROGRAMS[program] for key in row.keys}


@pytest.mark.parametrize(
    ("program", "keys"),
    [
        ("tardis", CLIENT_KEYS),
        ("tardisd", SERVER_KEYS),
        ("tardisremote", REMOTE_KEYS),
        ("regenerate", TOOL_KEYS),
        ("lstardis", TOOL_KEYS),
        ("tardiff", TOOL_KEYS),
    ],
)
def test_every_key_of_the_manual_has_its_default(program: str, keys: dict[str, object]) -> None:
    rows = by_key(program)
    assert {key: rows[key].default for key in keys if key in rows} == keys


def test_every_variable_of_the_manual_has_its_default() -> None:
    for variable, (programs, default) in VARIABLES.items():
        for program in programs.split():
            rows = {row for name, row in table.all_options() if name == program}
            found = [row.default for row in rows if variable in row.variables]
            assert found == [default], (program, variable)
    assert (
        set(VARIABLES) | {"TARDIS_LS_COLORS", "TARDIS_KDF", "TARDIS_SSL", "TARDIS_PIN"}
        == table.all_variables()
    )


@pytest.mark.parametrize("program", FLAGS)
def test_every_flag_of_the_manual_is_there(program: str) -> None:
    spelled = {word for row in table.PROGRAMS[program] for word in row.spelling.split()}
    assert set(FLAGS[program].split()) <= spelled


@pytest.mark.parametrize("verb", VERBS)
def test_every_subcommand_of_the_manual_is_there(verb: str) -> None:
    spelled = {word for row in table.SUBCOMMANDS[verb].options for word in row.spelling.split()}
    assert set(VERBS[verb].split()) <= spelled


def test_there_are_no_other_subcommands() -> None:
    assert set(table.SUBCOMMANDS) == set(VERBS)


@pytest.mark.parametrize("program", AVAILABLE)
def test_what_this_version_can_do_is_not_refused(program: str) -> None:
    rows = {row.name: row for row in table.PROGRAMS[program]}
    assert [name for name in AVAILABLE[program].split() if rows[name].fixed] == []


ROWS = sorted({row for _, row in table.all_options()}, key=lambda row: row.name)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_default_shown_is_read_back(row: Option[Any]) -> None:
    if row.default is not None and row.kind is not Kind.ACTION:
        text = row.show(row.default)
        assert row.default == row.parse(text) or (row.default == "" and row.shown)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_help_is_one_sentence_without_a_full_stop(row: Option[Any]) -> None:
    assert row.help
    assert not row.help.endswith(".")
    assert "yet" not in row.help
    assert row.fixed == "" or " " in row.fixed
    assert "later" not in row.fixed and "yet" not in row.fixed


def _programs() -> list[tuple[str, str]]:
    return [(p, v) for p, about in table.ABOUT.items() for v in about.subcommands or ("",)]


@pytest.mark.parametrize(("program", "verb"), _programs())
def test_no_two_options_share_a_flag_name_key_or_variable(program: str, verb: str) -> None:
    rows = table.options_of(program, verb)
    assert len(rows) == len(set(rows))
    flags = [f for row in rows for f in (*row.letters, *row.flags)]
    flags += [f.removeprefix("--") for row in rows for f in negations(row)]
    keys = [key.lower() for row in rows for key in row.keys]
    variables = [name for row in rows for name in row.variables]
    names = [row.name for row in rows]
    for words in (flags, keys, variables, names):
        assert sorted(words) == sorted(set(words))


def test_bare_values_are_the_documented_ones() -> None:
    assert table.COMPRESS_DATA.bare == table.COMPRESS_MSGS.bare == "zlib"
    assert table.CKS_CONTENT.bare == "4096"
    assert table.OVERWRITE.bare == "always"
    assert (table.UNIFIED.bare, table.CONTEXT.bare) == ("3", "5")
    assert table.REDUCE_PATH.parse("smart") == -1


def test_old_words_for_compression_are_understood() -> None:
    parse = table.COMPRESS_DATA.parse
    assert [parse(word) for word in ("true", "1", "False")] == ["zlib", "zlib", "none"]


def test_the_room_brings_nothing_heavy() -> None:
    script = "import sys, tardis.config; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {"sqlite3", "msgpack", "socket", "asyncio", "logging", "ssl", "http", "parsedatetime"}
    assert heavy & set(run.stdout.split()) == set()


def test_the_key_of_a_certificate_is_no_key_file() -> None:
    """sonic reads the server's configuration, whose KeyFile is the key of its certificate."""
    for verb in table.SUBCOMMANDS.values():
        assert not [row for row in verb.options if "KeyFile" in row.keys]
