"""The kinds of set that a client can ask for."""

from datetime import datetime

from tardis.policy import SET_KINDS, final_name, kind_of


def test_each_kind_is_known_by_its_format_and_names_sets() -> None:
    for kind in SET_KINDS.values():
        assert kind_of(kind.format) is kind
        named = final_name([kind.format], [kind.priority], datetime(2026, 11, 22), {}, 1)
        assert named is not None and named[1:] == (kind.format, kind.priority)
    assert kind_of("Mine-%d") is None


def test_what_lasts_longer_matters_more() -> None:
    kinds = sorted(SET_KINDS.values(), key=lambda kind: kind.priority)
    assert [kind.days for kind in kinds] == [1, 30, 180, 0]
