"""Where backups live: one directory, one catalog and one writer for each client."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .bundling import Bundles
    from .catalog.paging import FoundName, SetColumn
    from .catalog.reading import pack_ancestors
    from .claiming import Claim, open_writer
    from .classic_sealed import SealedClassicUpload
    from .copies import copy_catalog
    from .daemon_state import WEB_LOGINS, DaemonState
    from .delta_uploads import DeltaUpload
    from .deltas import DeltaKeeper
    from .directory import DirectoryStore
    from .discarding import discard_set
    from .encrypting import Encrypted, Encrypting, ToEncrypt
    from .encrypting_modern import EncryptingModern, drop_twins
    from .files import DiskFile
    from .findings import Checked, Finding, Level, Touched
    from .fingerprinting import Fingerprint, Fingerprinted, renew_fingerprints
    from .flush import Flushers
    from .forgetting import Agree as ForgetAgree
    from .forgetting import Forgotten, Signing, forget_paths
    from .grants import Denial, Grant, denials, forget_denials, note_denial, read_grant, write_grant
    from .key_file import KeyFile
    from .metadata import SetChange, change_set, change_tags
    from .opening import (
        Place,
        client_names,
        create_store,
        has_store,
        open_raw,
        open_reader,
        read_schema,
    )
    from .overrides import read_facts, read_settings, store_setting
    from .paged import Paged
    from .partials import Partial
    from .pruning import Pruned, compact_catalog, prune
    from .reader import StoreReader
    from .rebuild import Rebuild, Rebuilt
    from .rebuild_survey import Survey
    from .records import RECORD_HEAD
    from .refreshing import begin_refresh
    from .rekeying import KeptKeys, change_keys, keys_of
    from .replica import Replicated, replicate_store
    from .resealing import Resealed, Resealing
    from .room import free_bytes
    from .sampling import iter_sample, note_sample
    from .scrub import Scrub, open_scrub
    from .scrub_mending import Mended, Mending, forecast, restore_keys
    from .scrub_reading import Reading, read_data
    from .sealed import SealedUpload
    from .sealed_deltas import SealedDeltaUpload
    from .sets import (
        Naming,
        SetEnd,
        SetWish,
        SignedRow,
        complete_set,
        mark_full,
        open_set,
        write_full_manifest,
    )
    from .signatures import (
        check_sealed_signature,
        drop_signatures,
        keep_signature,
        stored_signature,
    )
    from .trouble import store_trouble
    from .upgrade import Upgrade, upgrade_store
    from .writer import StoreWriter, Upload

__all__ = [
    "RECORD_HEAD",
    "WEB_LOGINS",
    "Bundles",
    "Checked",
    "Claim",
    "DaemonState",
    "DeltaKeeper",
    "DeltaUpload",
    "Denial",
    "DirectoryStore",
    "DiskFile",
    "Encrypted",
    "Encrypting",
    "EncryptingModern",
    "Finding",
    "Fingerprint",
    "Fingerprinted",
    "Flushers",
    "ForgetAgree",
    "Forgotten",
    "FoundName",
    "Grant",
    "KeptKeys",
    "KeyFile",
    "Level",
    "Mended",
    "Mending",
    "Naming",
    "Paged",
    "Partial",
    "Place",
    "Pruned",
    "Reading",
    "Rebuild",
    "Rebuilt",
    "Replicated",
    "Resealed",
    "Resealing",
    "Scrub",
    "SealedClassicUpload",
    "SealedDeltaUpload",
    "SealedUpload",
    "SetChange",
    "SetColumn",
    "SetEnd",
    "SetWish",
    "SignedRow",
    "Signing",
    "StoreReader",
    "StoreWriter",
    "Survey",
    "ToEncrypt",
    "Touched",
    "Upgrade",
    "Upload",
    "begin_refresh",
    "change_keys",
    "change_set",
    "change_tags",
    "check_sealed_signature",
    "client_names",
    "compact_catalog",
    "complete_set",
    "copy_catalog",
    "create_store",
    "denials",
    "discard_set",
    "drop_signatures",
    "drop_twins",
    "forecast",
    "forget_denials",
    "forget_paths",
    "free_bytes",
    "has_store",
    "iter_sample",
    "keep_signature",
    "keys_of",
    "mark_full",
    "note_denial",
    "note_sample",
    "open_raw",
    "open_reader",
    "open_scrub",
    "open_set",
    "open_writer",
    "pack_ancestors",
    "prune",
    "read_data",
    "read_facts",
    "read_grant",
    "read_schema",
    "read_settings",
    "renew_fingerprints",
    "replicate_store",
    "restore_keys",
    "store_setting",
    "store_trouble",
    "stored_signature",
    "upgrade_store",
    "write_full_manifest",
    "write_grant",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
