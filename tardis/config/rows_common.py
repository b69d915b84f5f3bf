"""Rows of the table that several programs share, and short forms for making rows."""

from typing import Any, TypeAlias

from .option import Kind, Option
from .values import (
    Secret,
    boolean,
    choice,
    non_negative,
    one,
    pin,
    port,
    rate,
    ratio,
    required,
    seconds,
    shell_list,
)

Words: TypeAlias = Option[tuple[str, ...]]
Numbers: TypeAlias = Option[tuple[int, ...]]
Rows: TypeAlias = tuple[Option[Any], ...]

words = shell_list(str)
word = one(str)


def switch(
    spelling: str, file_keys: str, env_names: str, default: bool, help: str, **more: Any
) -> Option[bool]:
    """Return a row that is true or false."""
    more = {"kind": Kind.BOOLEAN, **more}
    return Option(spelling, file_keys, env_names, default, boolean, help, **more)


def text(
    spelling: str, file_keys: str, env_names: str, default: str, help: str, **more: Any
) -> Option[str]:
    """Return a row whose value is any text."""
    return Option(spelling, file_keys, env_names, default, str, help, **more)


def names(
    spelling: str, file_keys: str, env_names: str, help: str, **more: Any
) -> Option[tuple[str, ...]]:
    """Return a row whose value is a list of texts, empty at first."""
    nothing: tuple[str, ...] = ()
    more = {"kind": Kind.LIST, "each": word, **more}
    return Option(spelling, file_keys, env_names, nothing, words, help, **more)


# fmt: off
HELP = switch("help h", "", "", False, "show this help and stop", kind=Kind.ACTION)
VERSION = switch("version", "", "", False, "show the version and stop", kind=Kind.ACTION)
CONFIG = text("config", "", "", "", "configuration file to read", metavar="FILE")
JOB = text("job", "", "", "Tardis", "section of the configuration file to read", metavar="NAME")
CHECK_CONFIG = switch("check-config", "", "", False,
    "look through all that configures this program, list what is wrong with it, one line each, and"
    " stop: status 0 when nothing is, else 2")
VERBOSE = Option("verbose v", "Verbosity", "", 0, non_negative, "say more; repeat for more",
    kind=Kind.COUNT, group="Messages")
SERVER_VERBOSE = Option("verbose v", "Verbose", "", 0, non_negative,
    "say more: 0 warnings only, 1 a summary of each visit, 2 and above details",
    kind=Kind.COUNT, group="Messages")
EXCEPTIONS = switch("exceptions", "LogExceptions", "TARDIS_LOGEXCEPTIONS", False,
    "show the call chain of errors", group="Messages")
PROGRESS = switch("progress", "", "", False, "show how far the run is, on a terminal only",
    group="Messages")
LOG = names("log l", "LogFiles", "", "file to log to; repeatable, standard error when bare",
    bare=":STDERR:", metavar="FILE", group="Messages")
TOOL_LOG = names("log", "LogFiles", "", "file to log to; repeatable, standard error when bare",
    bare=":STDERR:", metavar="FILE", group="Messages")
LOG_FILE = text("logfile l", "LogFile", "", "", "file to log to", metavar="FILE",
    shown="standard error", group="Messages")

SERVER = text("server s", "Server", "TARDIS_SERVER", "localhost",
    "server to back up to, as HOST or tardis://HOST[:PORT][/CLIENT]",
    metavar="HOST", group="Connection")
PORT = Option("port p", "Port", "TARDIS_PORT", 7420, port, "TCP port of the tardis daemon",
    metavar="N", group="Connection")
TIMEOUT = Option("timeout", "Timeout", "TARDIS_TIMEOUT", 300.0, seconds,
    "seconds without an answer after which a connection is given up",
    metavar="SECONDS", group="Connection")
BANDWIDTH = Option("bandwidth", "Bandwidth", "", 0, rate,
    "bytes a second that are sent at the most, and as many received, as 2M; 0 for no limit",
    metavar="RATE", group="Connection")
CLIENT = text("client", "Client", "TARDIS_CLIENT TARDIS_HOST", "", "name of the backed up client",
    metavar="NAME", shown="this machine's host name", group="Store")
TOOL_CLIENT = text("client C", "Client", "TARDIS_CLIENT TARDIS_HOST", "",
    "name of the backed up client",
    metavar="NAME", shown="this machine's host name", group="Store")
DATABASE = text("database D", "Database", "TARDIS_DB", "/srv/tardis",
    "directory with one store per client, or URL of a tardisremote",
    metavar="DIR", group="Store")
LOCAL_DATABASE = text("database", "Database", "TARDIS_DB", "",
    "directory with one store per client, for --local", metavar="DIR",
    shown="BaseDir of the local configuration, else the user's data directory", group="Store")
DBNAME = Option("dbname N", "DBName", "TARDIS_DBNAME", "tardis.db", required,
    "file name of a client's catalog", metavar="NAME", group="Store")
DBDIR = text("dbdir Y", "DBDir", "TARDIS_DBDIR", "", "directory with the catalogs",
    metavar="DIR", shown="the database directory", group="Store")
SCHEMA = Option("schema", "Schema", "TARDIS_SCHEMA", "schema/tardis.sql", required,
    "file with the schema of new catalogs; a relative one is looked for beside the programs",
    metavar="FILE", group="Store")
SCHEME = Option("scheme", "Scheme", "", "modern", choice("modern", "classic"),
    "store format of a client that is created: modern or classic", metavar="SCHEME",
    group="Store")
RECENT_SET = Option("", "", "TARDIS_RECENT_SET", "Current", required,
    "name that stands for the newest complete set", group="Store")
DEFAULTS = Option("", "", "TARDIS_DEFAULTS", "/etc/tardis/system.defaults", required,
    "file with defaults of the environment variables")
LOCAL_CONFIG = Option("", "", "TARDIS_LOCAL_CONFIG", "/etc/tardis/tardisd.local.cfg", required,
    "configuration of the daemon that --local starts")
REMOTE_DATABASE_PORT = Option("", "", "TARDIS_REMOTE_PORT", 7430, port,
    "TCP port of a tardisremote that --database names without one", group="Store")
REMOTE_PIN = Option("pin", "Pin", "TARDIS_PIN", "", pin,
    "fingerprint of the key of a tardisremote, taken in place of a certificate that is trusted",
    metavar="FINGERPRINT", group="Store")

no_secret: Secret | None = None
PASSWORD: Option[Secret | None] = Option("password P", "Password", "", no_secret, Secret,
    "password of the backup; asked for when bare", bare="", metavar="PASSWORD", secret=True,
    exclusive="password", group="Encryption")
PASSWORD_FILE = text("password-file F", "PasswordFile", "", "",
    "file or URL whose first line is the password", metavar="FILE", secret=True,
    exclusive="password", group="Encryption")
PASSWORD_PROG = text("password-prog", "PasswordProg PassswordProg", "", "",
    "command whose first line of output is the password", metavar="COMMAND", secret=True,
    exclusive="password", group="Encryption")
PASSWORD_STRENGTH = Option("", "", "TARDIS_PW_STRENGTH", 0.75, ratio,
    "how strong a new password must be, from 0 to 1", group="Encryption")
CRYPT = switch("crypt", "Crypt", "", True,
    "encrypt when a password is set; else the password is for logging in only",
    group="Encryption")
SLOT = Option("slot", "", "", "main", required, "label of the keyslot that the password is of",
    metavar="LABEL", group="Encryption")
KDF = Option("kdf", "", "TARDIS_KDF", "usual", choice("usual", "low", "strong"),
    "memory that each guess of a new password takes: usual 256 MiB, low 64 MiB, strong 2 GiB; "
    "encrypted classic backups have PBKDF2 instead",
    metavar="COST", group="Encryption")
KEYS = text("keys", "KeyFile", "", "", "key file that keeps the wrapped keys instead of the store",
    metavar="FILE", secret=True, group="Encryption")

BASICS: Rows = (HELP, VERSION)
STORE: Rows = (DATABASE, TOOL_CLIENT, DBNAME, DBDIR, REMOTE_DATABASE_PORT, REMOTE_PIN, RECENT_SET)
SECRETS: Rows = (PASSWORD, PASSWORD_FILE, PASSWORD_PROG, SLOT, CRYPT, KEYS)
TOOL: Rows = (*BASICS, CONFIG, JOB, DEFAULTS, VERBOSE, EXCEPTIONS, TOOL_LOG)
# fmt: on
