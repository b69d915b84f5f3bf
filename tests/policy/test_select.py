from hypothesis import given
from hypothesis import strategies as st

from tardis.policy import excluder


def test_no_pattern_costs_nothing() -> None:
    assert excluder(()) is None


def test_a_name_is_left_out_when_any_pattern_fits_all_of_it() -> None:
    leaves_out = excluder(["*.o", "core", "[ab]?"])
    assert leaves_out is not None
    for name in ("x.o", ".o", "core", "a1", "bü", "line\nend.o", "\udcff.o"):
        assert leaves_out(name), name
    for name in ("x.oo", "core.c", "CORE", "a", "c1", "xcore"):
        assert not leaves_out(name), name


@given(st.lists(st.text(max_size=8), min_size=1), st.text(max_size=8))
def test_any_text_is_a_pattern(patterns: list[str], name: str) -> None:
    leaves_out = excluder(patterns)
    assert leaves_out is not None
    leaves_out(name)
