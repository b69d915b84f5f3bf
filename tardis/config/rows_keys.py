"""Rows of sonic's verbs about keys: key files, sheets, sealed names."""

from .rows_common import names, switch, text

# fmt: off
SONIC_KEYS = text("keys", "", "", "", "key file that keeps the wrapped keys instead of the store",
    metavar="FILE", secret=True, group="Encryption")
EXTRACT = text("extract", "", "", "",
    "copy the wrapped keys from the store to this key file, to that of --keys when bare",
    bare="", metavar="FILE", exclusive="keys", group="Encryption")
INSERT = text("insert", "", "", "",
    "copy the wrapped keys from this key file to the store, from that of --keys when bare",
    bare="", metavar="FILE", exclusive="keys", group="Encryption")
DELETE_KEYS = switch("delete", "", "", False,
    "with --extract or --insert: remove the keys where they were copied from, once proved",
    group="Encryption")
SHEET = text("sheet", "", "", "",
    "write a recovery sheet, .html, .pdf or .txt, with a password of its own", metavar="FILE",
    exclusive="keys", group="Encryption")
KEY_PAGE = text("page", "", "", "",
    "write the wrapped key of --slot with a square code, .html, .pdf or .txt, without a password",
    metavar="FILE", exclusive="keys", group="Encryption")
RENEW_LOGIN = switch("renew-login", "", "", False,
    "make what logins are checked with anew from the password", exclusive="keys",
    group="Encryption")
NAMES = names("", "", "", "names or paths, behind `--` where one begins with a dash; those on "
    "standard input when there are none",
    positional="*", metavar="NAME", group="What to show")
ENCRYPT_NAMES = switch("encrypt e", "", "", False, "show what plain names become",
    group="What to show")
QUIET = switch("quiet q", "", "", False, "show the results alone", group="What to show")
# fmt: on
