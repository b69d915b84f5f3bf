"""The messages as a list: names and numbers of fields that nothing else would notice."""

from dataclasses import fields
from typing import get_type_hints

import pytest

from tardis.protocol import Message
from tardis.protocol.messages import MESSAGES


def test_the_list_is_complete_and_its_names_differ() -> None:
    written = {kind.__name__ for kind in Message.__subclasses__()}
    assert {kind.__name__ for kind in MESSAGES} == written
    assert len({kind.KIND for kind in MESSAGES}) == len(MESSAGES)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.KIND)
def test_a_message_is_frozen_and_says_what_it_is(kind: type[Message]) -> None:
    assert kind.__doc__
    assert kind.KIND.islower()
    assert "__dict__" not in dir(kind)
    assert {field.name for field in fields(kind)} <= set(get_type_hints(kind))
