"""The daemon removes old sets after a backup when it was told to, and never spoils the backup."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tardis.admin import purge_after_backup, purge_by_wish
from tardis.model import USUAL_RIGHTS, ConfigError, NoSpaceError, RightsError, StoreError
from tardis.policy import PurgeWish, Schedule
from tardis.protocol import Message
from tardis.protocol.messages import Goodbye, PurgeSets, Refused, SetsPurged
from tardis.server import DaemonOptions
from tardis.store import Pruned, StoreWriter, denials, has_store, store_setting
from tests.server.talker import BOX, Backup, Kit, Talker, make_kit
from tests.server.trees import Tree

DAY = 86_400 * 10**9


def test_what_the_schedule_no_longer_keeps_goes_after_the_backup(tmp_path: Path) -> None:
    later = 0

    def purge(writer: StoreWriter) -> Pruned:
        newest = writer.ask.sets()[-1].ended_ns or 0
        return purge_after_backup(writer, Schedule(kit.options.formats, (0, 0, 2)), newest + later)

    kit = make_kit(tmp_path / "base", purge=purge)
    tree = Tree()
    for number in range(4):
        tree.write(b"f", b"%d" % number * 500)
        closed = kit.run(tree).closed
        assert closed is not None
    kit.join()
    assert len(kit.sets()) == 4
    later = 3 * DAY
    tree.write(b"f", b"last")
    kit.run(tree)
    kit.join()
    assert [number for number, _ in kit.sets()] == [1, 2, 5]  # the daily one and the nameless one
    assert kit.flat(5) == tree.flat()
    assert any("removed 2 old sets" in line for line in kit.log)


def test_a_purge_that_fails_is_logged_and_the_backup_stands(tmp_path: Path) -> None:
    def purge(_writer: StoreWriter) -> Pruned:
        raise StoreError("the disk is tired")

    kit = make_kit(tmp_path / "base", purge=purge)
    assert kit.run(Tree()).closed is not None
    kit.join()
    assert len(kit.sets()) == 1
    assert any("old sets were not removed: the disk is tired" in line for line in kit.log)


def test_without_being_told_nothing_goes(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base")
    assert kit.options.purge is None
    with pytest.raises(StopIteration):
        next(line for line in kit.log if "removed" in line)


def asked(kit: Kit, priority: int = -1, keep_ns: int = 0) -> Message:
    """Make a set, ask for a purge on the same line, and return the answer."""
    with Talker(kit.connect()) as talker:
        wish = {"is_creating": not has_store(kit.place(), BOX)}
        Backup(talker, Tree(), wish=wish, stays=True).run()
        talker.say(PurgeSets(priority, keep_ns))
        answer = talker.hear()
        talker.say(Goodbye())
    kit.join()
    return answer


def kit_that_purges(base: Path, **more: Any) -> Kit:
    def purge(writer: StoreWriter, wish: PurgeWish) -> tuple[Pruned, list[tuple[str, str]]]:
        schedule = Schedule(kit.options.formats, (0, 0, 2))
        return purge_by_wish(writer, schedule, wish, time.time_ns())

    kit = make_kit(base, purge_by_wish=purge, **more)
    return kit


def test_a_client_with_the_right_has_old_sets_removed(tmp_path: Path) -> None:
    kit = kit_that_purges(tmp_path / "base")
    for _ in range(3):
        kit.run(Tree())
    purged = asked(kit, priority=99)
    assert isinstance(purged, SetsPurged)
    assert purged.sets == 3 and len(purged.items) == 3
    assert all("days old" in reason for _, reason in purged.items)
    assert kit.sets() == [(4, 1)]
    assert any("removed 3 old sets on request" in line for line in kit.log)


def test_the_servers_schedule_holds_when_the_client_names_no_age(tmp_path: Path) -> None:
    kit = kit_that_purges(tmp_path / "base")
    kit.run(Tree())
    purged = asked(kit, keep_ns=-1)
    assert isinstance(purged, SetsPurged) and purged.sets == 0
    assert len(kit.sets()) == 2


def test_a_refused_purge_never_spoils_the_set(tmp_path: Path) -> None:
    kit = kit_that_purges(tmp_path / "base", rights=USUAL_RIGHTS)
    kit.run(Tree())
    refused = asked(kit)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.text) == (
        "rights", "the client box may not remove old sets on this server",
    )  # fmt: skip
    assert kit.sets() == [(1, 1), (2, 1)]
    assert [one.right for one in denials(kit.place(), BOX)] == ["purge"]
    asked(kit)
    assert kit.sets() == [(1, 1), (2, 1), (3, 1)]


def test_a_purge_that_finds_the_store_busy_is_told_and_the_line_lives(tmp_path: Path) -> None:
    def purge(_writer: StoreWriter, _wish: PurgeWish) -> tuple[Pruned, list[tuple[str, str]]]:
        raise NoSpaceError("there is no room")

    kit = make_kit(tmp_path / "base", purge_by_wish=purge)
    refused = asked(kit)
    assert isinstance(refused, Refused) and refused.code == "no-space"
    assert kit.sets() == [(1, 1)]


def test_settings_of_the_client_take_the_servers_place(tmp_path: Path) -> None:
    def of_client(stored: Mapping[str, str]) -> DaemonOptions:
        if stored["Formats"] == "?":
            raise ConfigError("that cannot be a format")
        return replace(kit.options, formats=(stored["Formats"],), priorities=(7,))

    kit = make_kit(tmp_path / "base", of_client=of_client)
    kit.run(Tree())
    store_setting(kit.place(), BOX, "Formats", "Own-%Y-%m-%d")
    closed = kit.run(Tree()).closed
    assert closed is not None and closed.name.startswith("Own-") and closed.priority == 7
    store_setting(kit.place(), BOX, "Formats", "?")
    closed = kit.run(Tree()).closed
    assert closed is not None and closed.name.startswith("Weekly-")
    assert any("stored settings are passed over: that cannot" in line for line in kit.log)


def test_a_run_is_refused_where_too_little_is_free(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base", min_free=1 << 60)
    with pytest.raises(NoSpaceError, match="the server keeps that free"):
        kit.run(Tree())
    assert kit.sets() == []


def test_old_sets_are_tried_before_a_run_is_refused(tmp_path: Path) -> None:
    asked: list[int] = []

    def purge(writer: StoreWriter) -> Pruned:
        asked.append(len(writer.ask.sets()))
        return Pruned()

    kit = make_kit(tmp_path / "base", purge=purge)
    kit.run(Tree())
    kit = make_kit(tmp_path / "base", purge=purge, min_free=1 << 60)
    with pytest.raises(NoSpaceError):
        kit.run(Tree())
    assert asked == [1, 1] and kit.sets() == [(1, 1)]


def fatten(kit: Kit) -> int:
    """Leave pages in the catalog that it does not need; return its size."""
    kit.execute("CREATE TABLE ballast (data BLOB) STRICT")
    kit.execute("INSERT INTO ballast VALUES (zeroblob(3000000))")
    kit.execute("DROP TABLE ballast")
    return (kit.base / BOX / "tardis.db").stat().st_size


def test_the_catalog_is_compacted_after_every_so_many_sets(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base", vacuum_interval=3)
    tree = Tree()
    tree.write(b"f", b"data")
    for number in range(1, 4):
        size = fatten(kit) if number > 1 else 0
        kit.run(tree)
        kit.join()
        is_small = (kit.base / BOX / "tardis.db").stat().st_size < 1_000_000
        assert is_small == (number in (1, 3)), number
    assert f"{BOX}: compacted the catalog, " in kit.log[-1] and size > 3_000_000
    assert kit.flat(3) == tree.flat()
    assert kit.rows("PRAGMA integrity_check") == [("ok",)]


def test_an_interval_of_none_leaves_the_catalog_alone(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base", vacuum_interval=0)
    kit.run(Tree())
    kit.join()
    size = fatten(kit)
    kit.run(Tree())
    kit.join()
    assert (kit.base / BOX / "tardis.db").stat().st_size >= size


def test_a_catalog_that_cannot_be_compacted_spoils_no_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tired(_writer: StoreWriter) -> int:
        raise StoreError("the disk is tired")

    monkeypatch.setattr("tardis.server.purging.compact_catalog", tired)
    kit = make_kit(tmp_path / "base", vacuum_interval=1)
    assert kit.run(Tree()).closed is not None
    kit.join()
    assert kit.sets() == [(1, 1)]
    assert any("was not compacted: the disk is tired" in line for line in kit.log)


def test_backups_that_are_disabled_are_refused_and_make_nothing(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base", is_disabled=True)
    with pytest.raises(RightsError, match=f"backups of {BOX} are disabled on this server"):
        kit.run(Tree())
    assert not has_store(kit.place(), BOX)


def test_one_client_can_be_disabled(tmp_path: Path) -> None:
    def of_client(stored: Mapping[str, str]) -> DaemonOptions:
        return replace(kit.options, is_disabled=stored["Disabled"] == "True")

    kit = make_kit(tmp_path / "base", of_client=of_client)
    kit.run(Tree())
    kit.run(Tree(), client="other")
    store_setting(kit.place(), BOX, "Disabled", "True")
    with pytest.raises(RightsError, match="disabled") as caught:
        kit.run(Tree())
    assert caught.value.hint and kit.sets() == [(1, 1)]
    kit.run(Tree(), client="other")
    store_setting(kit.place(), BOX, "Disabled", "False")
    kit.run(Tree())
    assert kit.sets() == [(1, 1), (2, 1)]
