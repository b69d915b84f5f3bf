"""Where backups live: one directory, one catalog and one writer for each client."""

from .catalog.reading import pack_ancestors
from .copies import copy_catalog
from .daemon_state import DaemonState
from .delta_uploads import DeltaUpload
from .deltas import DeltaKeeper
from .findings import Checked, Finding, Level, Touched
from .flush import Flushers
from .metadata import SetChange, change_set
from .opening import (
    Claim,
    Place,
    client_names,
    create_store,
    has_store,
    open_reader,
    open_writer,
    read_schema,
)
from .pruning import Pruned, prune
from .reader import StoreReader
from .rekeying import change_keys, keys_of
from .scrub import Scrub, open_scrub
from .scrub_mending import Mended, Mending, forecast, restore_keys
from .scrub_reading import Reading, read_data
from .sets import Naming, SetEnd, SetWish, complete_set, open_set, write_full_manifest
from .trouble import store_trouble
from .writer import StoreWriter, Upload

__all__ = [
    "Checked",
    "Claim",
    "DaemonState",
    "DeltaKeeper",
    "DeltaUpload",
    "Finding",
    "Flushers",
    "Level",
    "Mended",
    "Mending",
    "Naming",
    "Place",
    "Pruned",
    "Reading",
    "Scrub",
    "SetChange",
    "SetEnd",
    "SetWish",
    "StoreReader",
    "StoreWriter",
    "Touched",
    "Upload",
    "change_keys",
    "change_set",
    "client_names",
    "complete_set",
    "copy_catalog",
    "create_store",
    "forecast",
    "has_store",
    "keys_of",
    "open_reader",
    "open_scrub",
    "open_set",
    "open_writer",
    "pack_ancestors",
    "prune",
    "read_data",
    "read_schema",
    "restore_keys",
    "store_trouble",
    "write_full_manifest",
]
