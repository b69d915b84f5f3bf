"""What there is to rebuild a catalog from: the present one, copies, keys, records."""

import gzip
import os
import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from tardis.crypto import KeysFile, new_repository
from tardis.model import CLASSIC, MODERN, Repository, SchemaError, StoreError

from .catalog import rebuilding, writing
from .catalog.connection import connect_writer
from .copies import copies
from .journal import Journal
from .keys import read_keys
from .layout import Layout
from .rebuild_classic import scan_classic
from .rebuild_plan import Known, Replay, plan_replay
from .rebuild_scan import Scan, scan_store
from .upgrade import bring_up


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to begin with; what is empty or 0 is not there, or not needed.

    Attributes:
        fault: What is wrong with the present catalog.
        base: File name of the catalog, the present one or a copy, that is begun with.
        base_set: Highest set number that it ever gave out.
        full_set: Set of the full manifest that replaces what the base says.
        records: Manifest records to replay.
        last_set: Highest set number ever given out, as far as is known.
        gap: First set that manifest records are missing of; it and all later ones are in doubt.
        keys_fault: What is wrong with the keys file.
        keys_pack: Pack whose head the keys are taken from; 0: they are made anew.
        packs, files: Packs, and files of large contents, that are there.
    """

    fault: str
    base: str
    base_set: int
    full_set: int
    records: int
    last_set: int
    gap: int | None
    keys_fault: str
    keys_pack: int
    packs: int
    files: int

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing has to be done."""
        return not (self.fault or self.keys_fault)


class Findings:
    """All that a rebuild goes by.

    Args:
        layout: Of the store.
        database: Where the new catalog is made; a copy that is begun with is expanded there.
        scan_path: Of the temporary file with the contents' records.

    Attributes:
        survey: For people.
        scheme: Of the store.
        scan: Manifests, keys and ends of packs.
        keys: Text of the keys file.
        known: What the catalog that is begun with knows.
        is_present_base: It is the present one, and still has to be copied to *database*.
        replay: What is to be applied upon it.
        last_pack: Highest pack number that the journal tells of.

    Raises:
        StoreError: There is nothing to go by.
        SchemaError: The present catalog or keys were made by a newer program.
    """

    def __init__(self, layout: Layout, database: str, scan_path: str) -> None:
        self._layout = layout
        self._database = database
        self.scheme = CLASSIC if os.path.isdir(layout.manifests) else MODERN
        look = scan_classic if self.scheme == CLASSIC else scan_store
        with closing(rebuilding.create_scan(scan_path)) as found:
            self.scan: Scan = look(layout, lambda rows: rebuilding.add_found(found, rows))
        is_empty = not (self.scan.ends or self.scan.manifests)
        if is_empty and not os.path.exists(layout.database):
            raise StoreError(f"there is nothing in {layout.directory} to recover from")
        self.keys = b""
        keys = self._find_keys()
        self._last_set, self.last_pack = self._read_journal()
        self.is_present_base = False
        self.known = Known()
        fault, base = self._find_base()
        if self.known.last_set and is_empty:
            raise StoreError(
                f"there is no pack and no manifest in {layout.directory}: they are elsewhere",
                hint="Make sure that the file system with the contents is mounted.",
            )
        self.replay: Replay = plan_replay(self.scan.manifests, self.known)
        self.survey = self._tell(fault, base, keys)

    def _tell(self, fault: str, base: str, keys: tuple[str, int]) -> Survey:
        replay = self.replay
        full = replay.pages[-1].number if replay.pages else 0
        return Survey(
            fault=fault,
            base=base,
            base_set=self.known.last_set,
            full_set=full,
            records=len(replay.pages) + len(replay.groups),
            last_set=max(replay.last_set, self._last_set),
            gap=replay.gap if fault else None,
            keys_fault=keys[0],
            keys_pack=keys[1],
            packs=len(self.scan.ends),
            files=self.scan.files,
        )

    def _find_keys(self) -> tuple[str, int]:
        """Return what is wrong with the keys file, and the pack that has them instead."""
        path = self._layout.keys
        try:
            repository = read_keys(path).repository
        except SchemaError:
            raise
        except StoreError as error:
            fault = "gone" if not os.path.exists(path) else str(error)
        else:
            self._refuse_strangers(repository)
            self.keys = Path(path).read_bytes()
            return "", 0
        for pack, text in sorted(self.scan.keys.items(), reverse=True):
            with suppress(StoreError):
                self.keys = KeysFile.parse(text, f"pack {pack}").text()
                return fault, pack
        return fault, self._made_anew(path)

    def _made_anew(self, path: str) -> int:
        """Make keys for a classic store in clear, where they key nothing that lasts; return 0.

        Raises:
            StoreError: It is none: what is sealed, or named by a key, needs that key.
        """
        if self.scheme != CLASSIC:
            raise StoreError(
                f"the keys {path} cannot be used, and no pack has a copy of them",
                hint="Put a copy of that file back.",
            )
        if self.scan.sealed:
            raise StoreError(
                f"the keys {path} cannot be used, and without them nobody opens what is encrypted",
                hint="Put a copy of that file back: the password alone does not replace it.",
            )
        self.keys = KeysFile(new_repository(CLASSIC)).text()
        return 0

    def _refuse_strangers(self, repository: Repository) -> None:
        """Make sure that the keys are those of the packs."""
        for pack, text in self.scan.keys.items():
            with suppress(StoreError):
                if KeysFile.parse(text, f"pack {pack}").repository.id == repository.id:
                    return
        if self.scan.keys:
            raise StoreError(
                f"{self._layout.keys} belongs to another store than the packs beside it",
                hint="Remove that file: the packs have copies of their own.",
            )

    def _read_journal(self) -> tuple[int, int]:
        """Return the highest set and pack numbers that the journal tells of."""
        if not os.path.exists(self._layout.journal):
            return 0, 0
        with closing(Journal(self._layout.journal)) as journal:
            return journal.last_set(), journal.last_pack()

    def _find_base(self) -> tuple[str, str]:
        """Return what is wrong with the present catalog, and the name of what to begin with."""
        layout = self._layout
        fault, self.known = _look_into(layout.database)
        if not fault:
            self.is_present_base = True
            fault = self._lag()
            if not fault:
                return "", os.path.basename(layout.database)
        for path in reversed(copies(layout)):
            copy = self._unpack(path)
            if copy is None:
                continue
            if not self.is_present_base or copy.where > self.known.where:
                self.known, self.is_present_base = copy, False
                return fault, os.path.basename(path)
            break
        return fault, os.path.basename(layout.database) if self.is_present_base else ""

    def _lag(self) -> str:
        """Return what a good catalog does not know, empty when that is nothing.

        The last record of a run that was killed may never have been committed: that is none.
        """
        replayed = plan_replay(self.scan.manifests, self.known)
        if self._last_set > self.known.last_set or replayed.last_set > self.known.last_set:
            return "it is older than the journal and the manifests beside it"
        if replayed.pages or len(replayed.groups) > 1:
            return "it is older than the manifests beside it"
        return ""

    def _unpack(self, path: str) -> Known | None:
        """Expand a copy of the catalog to where the new one is made; None when it is no good."""
        with suppress(FileNotFoundError):
            os.unlink(self._database)
        try:
            with gzip.open(path, "rb") as source, open(self._database, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        except (OSError, EOFError, ValueError):
            return None
        with suppress(SchemaError):
            fault, known = _look_into(self._database, is_copy=True)
            return None if fault else known
        return None


def _look_into(path: str, *, is_copy: bool = False) -> tuple[str, Known]:
    """Return what is wrong with a catalog, and what it knows; a copy is brought up to date.

    Raises:
        SchemaError: A newer program has made it.
    """
    if not os.path.exists(path):
        return "it is gone", Known()
    if not os.path.getsize(path):
        return "it is empty", Known()
    wrong = rebuilding.checked(path)
    if wrong:
        return f"it is damaged: {wrong}", Known()
    if is_copy:
        bring_up(path)
    with closing(connect_writer(path)) as db:
        where, sequences = rebuilding.known_manifests(db)
        return "", Known(where, sequences, writing.last_number(db))
