"""A notice as mail, as JSON, as variables: one meaning, and nothing that drives a terminal."""

import json
from dataclasses import replace

import pytest

from tardis.render import (
    EVENTS,
    NOTICE_FIELDS,
    Notice,
    notice_json,
    notice_subject,
    notice_text,
    notice_variables,
)

ONE = Notice("failure", False, "desk", "laptop", "music", "no answer\nfrom x", 1_700_000_000)


def test_the_subject_says_it_all() -> None:
    assert notice_subject(ONE) == "[tardis] laptop (music): the backup failed"
    over = replace(ONE, is_over=True, job="")
    assert notice_subject(over) == "[tardis] laptop: the backup works again"
    assert notice_subject(replace(ONE, event="space", client="", job="")) == (
        "[tardis] desk: the disk is full"
    )


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("is_over", [False, True])
def test_every_event_has_words_for_its_beginning_and_its_end(event: str, is_over: bool) -> None:
    assert notice_subject(replace(ONE, event=event, is_over=is_over)).count(":") == 1


def test_the_text_keeps_its_lines_and_escapes_the_rest() -> None:
    text = notice_text(replace(ONE, text="a\x1b[0m\nb\udcff"))
    assert text == "a\\x1b[0m\nb\\xff\n\ntold by tardis on desk\n"
    assert notice_text(replace(ONE, is_over=True)).startswith("This was wrong, and is over:\n\nno")


def test_no_name_can_add_a_line_to_a_subject() -> None:
    assert "\n" not in notice_subject(replace(ONE, client="a\nBcc: b"))


def test_programs_see_the_same_fields_as_json_and_as_variables() -> None:
    told = json.loads(notice_json(ONE))
    assert told.pop("version") == 1
    assert list(told) == list(NOTICE_FIELDS)
    assert (told["event"], told["over"], told["since"]) == ("failure", False, 1_700_000_000)
    seen = notice_variables(ONE)
    assert seen["TARDIS_NOTICE_OVER"] == "0"
    assert seen["TARDIS_NOTICE_SUBJECT"] == notice_subject(ONE)
    assert {name.removeprefix("TARDIS_NOTICE_").lower() for name in seen} == set(told)
