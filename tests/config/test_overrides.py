"""Settings that are stored for a client take the server's place."""

from typing import Any

import pytest

from tardis.config import (
    OVERRIDABLE,
    Layer,
    Layers,
    Option,
    find_overridable,
    overlaid,
    read_override,
    resolve,
    table,
)
from tardis.model import ConfigError, UsageError


def test_keys_are_found_in_any_case_and_by_both_names() -> None:
    assert find_overridable("keepdays") is table.KEEP_PERIODS
    assert find_overridable("KeepPeriods") is table.KEEP_PERIODS
    with pytest.raises(UsageError, match="no setting that can be stored") as caught:
        find_overridable("KeepPeriod")
    assert caught.value.hint == "did you mean KeepPeriods?"
    with pytest.raises(UsageError) as caught:
        find_overridable("BaseDir!")
    assert "SaveConfig" in caught.value.hint


@pytest.mark.parametrize("row", OVERRIDABLE, ids=lambda row: row.keys[0])
def test_a_stored_text_outranks_every_other_layer(row: Option[Any]) -> None:
    server = resolve(OVERRIDABLE, Layers(flags={}))
    known = {"True": "False", "False": "True", "False, False, False": "True, False, True"}
    other = known.get(row.show(row.default), "7, 8, 9")
    text = other if "," not in other or "," in row.show(row.default) else "77"
    own = overlaid(server, {row.keys[0]: text, "OfAnotherVersion": "x"})
    assert own[row] == row.parse(text) != server[row]
    assert own.origin(row) is Layer.STORED and server.origin(row) is Layer.BUILT_IN
    assert all(own[one] == server[one] for one in OVERRIDABLE if one is not row)


def test_what_cannot_be_read_names_the_key() -> None:
    with pytest.raises(ConfigError, match="settings of the client: KeepPeriods: 'x' is not"):
        read_override(table.KEEP_PERIODS, "x")
    with pytest.raises(ConfigError, match="AutoPurge"):
        overlaid(resolve(OVERRIDABLE, Layers(flags={})), {"AutoPurge": "maybe"})


def test_a_program_without_the_row_passes_it_over() -> None:
    settings = resolve((table.FORMATS,), Layers(flags={}))
    assert table.SAVE_FULL not in overlaid(settings, {"SaveFull": "True"})
