"""The scoreboard sees what it says it sees."""

from pathlib import Path

import pytest

from tools import measure
from tools.measure import House

SLIPPERY = """
from .worse import late

def early(argument) -> None:
    import json
    import rich  # noqa: PLC0415 - lazy: heavy
    global late
    try:
        json.loads(argument)
    except (ValueError, Exception):
        rich.print()

class _Private:
    def method(self, count: int):
        try:
            pass
        except BaseException:
            self.count = count
            raise
        try:
            pass
        except BaseException as error:  # noqa: BLE001 - handed over to the one who waits
            self.error = error
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Return a house of three modules, in which every rule is broken once."""
    (tmp_path / "tardis").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_worse.py").write_text("def test_nothing(): ...\n")
    (tmp_path / "tardis" / "__init__.py").write_text('"""A house."""\n')
    (tmp_path / "tardis" / "bad.py").write_text(SLIPPERY)
    (tmp_path / "tardis" / "worse.py").write_text(
        '"""Worse."""\nfrom .bad import early\nlate = 1\n'
    )
    return House(tmp_path)


def test_an_import_inside_a_function_is_seen_unless_it_is_lazy(house: House) -> None:
    assert [str(place) for place in measure.inner_imports(house)] == ["tardis.bad:5"]


def test_a_broad_except_is_seen_unless_it_raises_again_or_hands_over(house: House) -> None:
    assert [str(place) for place in measure.broad_excepts(house)] == ["tardis.bad:10"]
    assert [str(place) for place in measure.handovers(house)] == ["tardis.bad:22"]


def test_global_is_seen(house: House) -> None:
    assert [str(place) for place in measure.globals_used(house)] == ["tardis.bad:7"]


def test_a_circle_is_named(house: House) -> None:
    assert set(measure.circle(house)) == {"tardis.bad", "tardis.worse"}


def test_public_things_without_a_docstring_are_named(house: House) -> None:
    total, silent = measure.without_docstring(house)
    assert total == 4
    assert [str(place) for place in silent] == ["tardis.bad:1", "tardis.bad:4"]


def test_functions_without_all_their_types_are_named(house: House) -> None:
    assert [str(place) for place in measure.without_annotation(house)] == [
        "tardis.bad:4",
        "tardis.bad:14",
    ]


def test_a_module_without_its_test_is_named(house: House) -> None:
    assert measure.unmirrored(house) == ["tardis.bad"]


def test_the_length_of_a_function_is_counted_without_its_decorators(house: House) -> None:
    assert {f.name: f.lines for _, f in house.functions} == {"early": 8, "_Private.method": 10}


def test_the_board_marks_every_habit_that_slipped(house: House) -> None:
    slipped = {score.habit for score in measure.board(house) if not score.is_kept}
    assert slipped == {
        "broad except elsewhere",
        "global",
        "imports inside functions, not lazy",
        "import circles",
        "public docstrings",
        "annotated functions",
        "test lines per source line",
    }


@pytest.mark.parametrize(
    ("library", "is_foreign"),
    [
        ("os.path", False),
        ("tardis.model", False),
        ("rich.progress", True),
        ("compression.zstd", True),
        ("backports.zstd", True),
    ],
)
def test_what_comes_from_elsewhere_is_foreign(library: str, is_foreign: bool) -> None:
    assert measure.is_foreign(library) is is_foreign
