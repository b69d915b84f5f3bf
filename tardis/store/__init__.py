"""Where backups live: one directory, one catalog and one writer for each client."""

from .catalog.reading import pack_ancestors
from .copies import copy_catalog
from .daemon_state import DaemonState
from .delta_uploads import DeltaUpload
from .deltas import DeltaKeeper
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
from .sets import (
    Naming,
    SetEnd,
    SetWish,
    complete_set,
    mark_full,
    open_set,
    write_full_manifest,
)
from .signatures import drop_signatures, keep_signature, stored_signature
from .trouble import store_trouble
from .writer import StoreWriter, Upload

__all__ = [
    "Claim",
    "DaemonState",
    "DeltaKeeper",
    "DeltaUpload",
    "Flushers",
    "Naming",
    "Place",
    "Pruned",
    "SetChange",
    "SetEnd",
    "SetWish",
    "StoreReader",
    "StoreWriter",
    "Upload",
    "change_keys",
    "change_set",
    "client_names",
    "complete_set",
    "copy_catalog",
    "create_store",
    "drop_signatures",
    "has_store",
    "keep_signature",
    "keys_of",
    "mark_full",
    "open_reader",
    "open_set",
    "open_writer",
    "pack_ancestors",
    "prune",
    "read_schema",
    "store_trouble",
    "stored_signature",
    "write_full_manifest",
]
