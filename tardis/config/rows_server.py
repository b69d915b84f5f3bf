"""Rows of tardisd and tardisremote, the servers."""

from tardis.model import USUAL_RIGHTS, Right, read_right

from .option import Kind, Option
from .rows_common import (
    BANDWIDTH,
    BASICS,
    CHECK_CONFIG,
    DBDIR,
    DBNAME,
    DEFAULTS,
    EXCEPTIONS,
    LOG_FILE,
    PORT,
    SCHEMA,
    SERVER_VERBOSE,
    TIMEOUT,
    Numbers,
    Rows,
    Words,
    switch,
    text,
)
from .rows_notify import ALARM_EVERY, ALARM_FREE, NOTICES
from .rows_unattended import AFTER_SET
from .values import (
    boolean,
    byte_count,
    comma_list,
    non_negative,
    octal,
    percent,
    port,
    required,
    show_commas,
    show_octal,
    whole,
)

_words = comma_list(required)
_numbers = comma_list(whole)
_days = comma_list(non_negative)
_flags = comma_list(boolean)
_rights = comma_list(read_right)

# fmt: off
DAEMON_CONFIG = Option("config", "", "TARDIS_DAEMON_CONFIG", "/etc/tardis/tardisd.cfg", required,
    "configuration file to read", metavar="FILE")
CHECK_JSON = switch("json", "", "", False, "print what --check-config finds as JSON")
BIND: Words = Option("bind", "Bind", "", ("127.0.0.1", "::1"), _words,
    "address to listen on; repeatable, 0.0.0.0 and :: for all",
    kind=Kind.LIST, each=_words, show=show_commas, metavar="ADDRESS", group="Connection")
SOCKET = text("local", "Local", "", "", "Unix socket to listen on instead of the port",
    metavar="SOCKET", group="Connection")
SINGLE = switch("single", "Single", "", False, "serve one visit, then stop", group="Connection")
REUSE_ADDR = switch("reuseaddr", "ReuseAddr", "", True,
    "listen although an old connection still holds the port", group="Connection")
THREADS = switch("threads", "", "", True,
    "back up several clients at once; without it who comes later waits for its turn",
    group="Connection")
SSL = switch("ssl", "SSL", "", False, "encrypt connections by TLS", group="Connection")
CERT_FILE = text("certfile", "CertFile", "", "", "file with the certificate for TLS",
    metavar="FILE", group="Connection")
TLS_KEY_FILE = text("keyfile", "KeyFile", "", "", "file with the key for TLS",
    metavar="FILE", group="Connection")
MAKE_CERTIFICATE = text("make-certificate", "", "", "",
    "make the files of --certfile and --keyfile for a server of this name, print the pin, stop",
    metavar="NAME", group="Connection")

ALLOW_NEW_HOSTS = switch("allow-new-hosts", "AllowNewHosts", "", False,
    "let unknown clients create themselves", group="Clients")
ALLOW_OPEN = switch("allow-open", "AllowOpen", "", False,
    "serve clients without a password beyond this machine", group="Clients")
MAX_BACKUPS = Option("max-backups", "MaxBackups", "", 0, non_negative,
    "backups that run at once, 0 for any number; who comes later waits for its turn",
    metavar="N", group="Clients")
LOW_MEMORY = switch("low-memory", "LowMemory", "", False,
    "keep less in memory, for small machines; backups take a little longer", group="Clients")
REQUIRE_PASSWORD = switch("require-password", "RequirePassword", "", False,
    "refuse clients without a password", group="Clients")
SAVE_CONFIG = switch("save-config", "SaveConfig", "", True,
    "keep the options that clients send", group="Clients")
ALLOW_CLIENT_OVERRIDES = switch("", "AllowClientOverrides", "", True,
    "let settings stored for a client take the place of these", group="Clients")
DISABLED = switch("", "Disabled", "", False,
    "refuse backups; restoring and listing go on", group="Clients")
RIGHTS: Option[tuple[Right, ...]] = Option("rights", "Rights", "", USUAL_RIGHTS, _rights,
    "what clients may ask for unless `sonic rights` says otherwise: add, list, restore, purge,"
    " priority, name", kind=Kind.LIST, each=_rights, show=show_commas, metavar="RIGHTS",
    group="Clients")

BASE_DIR = Option("database basedir D", "BaseDir", "TARDIS_DB", "/srv/tardis", required,
    "directory with one store per client", metavar="DIR", group="Store")
JOURNAL = Option("journal j", "JournalFile", "TARDIS_JOURNAL", "tardis.journal", required,
    "file name of a client's journal", metavar="NAME", group="Store")
UMASK = Option("umask", "Umask", "", 0o027, octal, "mask, in octal, of the mode of new files",
    show=show_octal, metavar="MASK", group="Store")
SERVER_SKIP_FILE_NAME = text("skip-file-name", "SkipFileName", "TARDIS_SKIP TARDIS_SKIPFILE",
    ".tardis-skip", "file made in each store so that backups leave it out",
    metavar="NAME", group="Store")
DB_BACKUPS = Option("dbbackups", "DBBackups", "", 5, non_negative,
    "copies of the catalog to keep", metavar="N", group="Store")
VACUUM_INTERVAL = Option("vacuum-interval", "VacuumInterval", "", 5, non_negative,
    "sets after each of which the catalog is written anew where much of it is not needed, 0 for "
    "after purging only", metavar="N", group="Store")
LINK_BASIS = switch("", "LinkBasis", "", True,
    "in classic stores put a link to its basis beside each delta", group="Store")
ALLOW_SCHEMA_UPGRADES = switch("", "AllowSchemaUpgrades", "", False,
    "upgrade stores of older versions when clients connect", group="Store")
MAX_DELTA_CHAIN = Option("max-delta-chain", "MaxDeltaChain", "", 5, non_negative,
    "deltas on top of each other before a file is stored whole again",
    metavar="N", group="Store")
MAX_CHANGE_PERCENT = Option("max-change-percent", "MaxChangePercent", "", 50, percent,
    "percent a file may grow or shrink before it is asked for whole",
    metavar="PERCENT", group="Store")
SAVE_FULL = switch("save-full", "SaveFull", "", False, "store whole files, no deltas",
    group="Store")

FORMATS: Words = Option("formats", "Formats", "",
    ("Monthly-%Y-%m", "Weekly-%Y-%U", "Daily-%Y-%m-%d"), _words,
    "names of automatic sets, in strftime's letters; the first free one is taken",
    kind=Kind.LIST, each=_words, show=show_commas, metavar="FORMATS", group="Sets")
PRIORITIES: Numbers = Option("priorities", "Priorities", "", (40, 20, 10), _numbers,
    "priority of the sets of each format",
    kind=Kind.LIST, each=_numbers, show=show_commas, metavar="NUMBERS", group="Sets")
KEEP_PERIODS: Numbers = Option("keep-periods", "KeepPeriods KeepDays", "", (0, 180, 30), _days,
    "days to keep the sets of each format, 0 for ever", kind=Kind.LIST, each=_days,
    show=show_commas, metavar="DAYS", group="Sets")
KEEP_NAMED = Option("keep-named", "KeepNamed", "", 0, non_negative,
    "days to keep sets that were named by hand, 0 for ever", metavar="DAYS", group="Sets")
FORCE_FULL: Option[tuple[bool, ...]] = Option("", "ForceFull", "", (False, False, False), _flags,
    "whether the sets of each format are full ones", kind=Kind.LIST, each=_flags,
    show=show_commas, group="Sets")
MIN_FREE_SPACE = Option("min-free-space", "MinFreeSpace", "", 0, byte_count,
    "bytes to keep free on the disk of the stores, as 20G: old sets go early, then backups are"
    " refused; 0 for none", metavar="SIZE", group="Sets")
AUTO_PURGE = switch("autopurge", "AutoPurge", "", False, "remove old sets after each backup",
    group="Sets")

LOG_CFG = text("logcfg", "LogCfg", "", "",
    "file that configures logging in place of LogFile, as Python's logging has it", metavar="FILE",
    group="Messages")
PROFILE = switch("profile", "Profile", "", False,
    "print a profile of each visit to standard output", group="Messages")

DAEMON = switch("daemon", "Daemon", "", False, "run in the background",
    group="Background")
USER = text("user", "User", "", "", "user to run as in the background", metavar="NAME",
    group="Background")
GROUP = text("group", "Group", "", "", "group to run as in the background", metavar="NAME",
    group="Background")
PID_FILE = text("pidfile", "PidFile", "TARDIS_PIDFILE", "/var/run/tardisd.pid",
    "file with the process number, made in the background only", metavar="FILE",
    group="Background")

REMOTE_CONFIG = Option("config", "", "TARDIS_REMOTE_CONFIG", "/etc/tardis/tardisremote.cfg",
    required, "configuration file to read", metavar="FILE")
REMOTE_BASE = Option("database basedir D", "Database BaseDir", "TARDIS_DB", "/srv/tardis",
    required, "directory with one store per client", metavar="DIR", group="Store")
REMOTE_PORT = Option("port p", "Port", "TARDIS_REMOTE_PORT", 7430, port,
    "TCP port to listen on", metavar="N", group="Connection")
REMOTE_PID_FILE = text("pidfile", "PidFile", "TARDIS_REMOTE_PIDFILE",
    "/var/run/tardisremote.pid", "file with the process number, made in the background only",
    metavar="FILE", group="Background")
KEEPING_CONFIG = Option("daemon-config", "DaemonConfig", "TARDIS_DAEMON_CONFIG",
    "/etc/tardis/tardisd.cfg", required,
    "configuration file of tardisd, which says how long sets are kept", metavar="FILE",
    group="Sets")
METRICS_TOKEN_FILE = text("metrics-token-file", "MetricsTokenFile", "", "",
    "file whose first line lets monitoring on other machines read /metrics", metavar="FILE",
    group="Connection")
REQUEST_RATE = Option("request-rate", "RequestRate", "", 500, non_negative,
    "requests in a second that one address may make in the long run, 0 for any number",
    metavar="N", group="Connection")
COMPRESS = switch("compress", "Compress", "", True, "compress answers when the client accepts it",
    group="Connection")
CACHE = switch("cache", "AllowCache", "", True, "let clients keep answers for a while",
    group="Connection")

TARDISD: Rows = (
    *BASICS, CHECK_CONFIG, CHECK_JSON, DAEMON_CONFIG, DEFAULTS,
    PORT, BIND, SOCKET, SINGLE, TIMEOUT, BANDWIDTH, REUSE_ADDR, THREADS, SSL, CERT_FILE,
    TLS_KEY_FILE, MAKE_CERTIFICATE,
    ALLOW_NEW_HOSTS, ALLOW_OPEN, MAX_BACKUPS, LOW_MEMORY, REQUIRE_PASSWORD, SAVE_CONFIG,
    ALLOW_CLIENT_OVERRIDES, DISABLED, RIGHTS,
    BASE_DIR, DBDIR, DBNAME, SCHEMA, JOURNAL, UMASK, SERVER_SKIP_FILE_NAME, DB_BACKUPS,
    VACUUM_INTERVAL, LINK_BASIS, ALLOW_SCHEMA_UPGRADES, MAX_DELTA_CHAIN, MAX_CHANGE_PERCENT,
    SAVE_FULL,
    FORMATS, PRIORITIES, KEEP_PERIODS, KEEP_NAMED, FORCE_FULL, AUTO_PURGE,
    MIN_FREE_SPACE, AFTER_SET, *NOTICES, ALARM_FREE, ALARM_EVERY,
    SERVER_VERBOSE, LOG_FILE, LOG_CFG, EXCEPTIONS, PROFILE,
    DAEMON, USER, GROUP, PID_FILE,
)
TARDISREMOTE: Rows = (
    *BASICS, CHECK_CONFIG, CHECK_JSON, REMOTE_CONFIG, DEFAULTS,
    REMOTE_PORT, BIND, SSL, CERT_FILE, TLS_KEY_FILE, MAKE_CERTIFICATE, COMPRESS, CACHE,
    METRICS_TOKEN_FILE, REQUEST_RATE, ALLOW_OPEN, REQUIRE_PASSWORD, RIGHTS,
    REMOTE_BASE, DBDIR, DBNAME, JOURNAL, ALLOW_SCHEMA_UPGRADES, UMASK, DB_BACKUPS,
    KEEPING_CONFIG,
    SERVER_VERBOSE, LOG_FILE, EXCEPTIONS,
    DAEMON, USER, GROUP, REMOTE_PID_FILE,
)
# fmt: on
