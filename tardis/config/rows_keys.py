"""Rows of sonic's verbs about keys: key files and recovery sheets."""

from .rows_common import switch, text

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
# fmt: on
