"""Which rights there are, how they change, and which a wish needs."""

import pytest

from tardis.model import USUAL_RIGHTS, Right, UsageError, read_right
from tardis.policy import changed_rights, needed_rights


def test_what_takes_sets_away_is_never_usual() -> None:
    assert USUAL_RIGHTS == ("add", "list", "restore")


def test_rights_are_read_in_any_case() -> None:
    assert read_right(" Purge ") is Right.PURGE
    with pytest.raises(ValueError, match="'all' is none of add, list, restore, purge"):
        read_right("all")


def test_rights_come_and_go_in_one_order() -> None:
    assert changed_rights(USUAL_RIGHTS, [Right.NAME, Right.PURGE], [Right.LIST]) == (
        "add", "restore", "purge", "name",
    )  # fmt: skip
    assert changed_rights([Right.ADD], [Right.ADD], [Right.PURGE]) == (Right.ADD,)
    with pytest.raises(UsageError, match="purge is granted and revoked"):
        changed_rights([], [Right.PURGE], [Right.PURGE])


@pytest.mark.parametrize(
    ("name", "form", "priority", "usual", "needed"),
    [
        ("", "", -1, None, ["add"]),
        ("mine", "", -1, None, ["add", "name"]),
        ("", "Daily-%d", 20, 20, ["add", "name"]),
        ("", "Daily-%d", 99, 20, ["add", "name", "priority"]),
        ("", "", 0, None, ["add", "priority"]),
        ("mine", "", 5, None, ["add", "name", "priority"]),
    ],
)
def test_a_wish_needs_what_it_asks_for(
    name: str, form: str, priority: int, usual: int | None, needed: list[str]
) -> None:
    assert [right for right, _ in needed_rights(name, form, priority, usual)] == needed
