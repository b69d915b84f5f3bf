"""Notices by a command, by mail to a real server, by a webhook to a real server."""

import json
from pathlib import Path

import pytest

from tardis.cli.notifying import send
from tardis.cli.settings import load
from tardis.config import Settings
from tardis.model import TardisError
from tardis.render import Notice, notice_json, notice_subject, notice_text
from tests.mailbox import mail_server, web_server

NOTICE = Notice("failure", False, "desk", "laptop", "music", "no answer\n.from ünder", 1)


def settings(*words: str) -> Settings:
    return load("tardis", words, {"TARDIS_DEFAULTS": "/nowhere"}).settings


def sent(*words: str) -> tuple[bool, str]:
    told: list[TardisError] = []
    went = send(settings(*words), NOTICE, told.append)
    return went, "; ".join(map(str, told))


def test_a_command_reads_the_text_and_sees_the_fields(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = f'cat > {out}; echo "$TARDIS_NOTICE_EVENT $TARDIS_NOTICE_JOB" >> {out}'
    assert sent("--notify-command", command) == (True, "")
    assert out.read_text() == notice_text(NOTICE) + "failure music\n"
    assert sent("--notify-command", "exit 3") == (False, "NotifyCommand ended with status 3")


def test_mail_goes_to_all_addresses_as_it_was_meant() -> None:
    with mail_server() as box:
        url = f"smtp://127.0.0.1:{box.port}"
        words = ["--notify-mail", "a@x.org", "--notify-mail", "b@x.org", "--notify-smtp", url]
        assert sent(*words, "--notify-from", "me@x.org") == (True, "")
        ((sender, recipients, _),) = box.letters
        (mail,) = box.mails()
    assert (sender, recipients) == ("me@x.org", ["a@x.org", "b@x.org"])
    assert (mail["To"], mail["From"]) == ("a@x.org, b@x.org", "me@x.org")
    assert mail["Subject"] == notice_subject(NOTICE)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == notice_text(NOTICE)


def test_a_webhook_is_posted_the_json() -> None:
    with web_server() as box:
        assert sent("--notify-webhook", f"http://127.0.0.1:{box.port}/hook?k=1") == (True, "")
        ((path, kind, body),) = box.posts
    assert (path, kind) == ("/hook?k=1", "application/json")
    assert json.loads(body) == json.loads(notice_json(NOTICE))


def test_one_way_that_works_is_enough_and_the_other_is_told_of() -> None:
    with mail_server() as box, web_server() as web:
        box.refuses = web.refuses = True
        mail = ["--notify-mail", "a@x.org", "--notify-smtp", f"smtp://127.0.0.1:{box.port}"]
        hook = ["--notify-webhook", f"http://127.0.0.1:{web.port}/secret"]
        went, said = sent(*mail, *hook)
        assert not went
        assert "mail by 127.0.0.1 cannot be sent" in said
        assert "the webhook does not take it: status 500" in said
        assert "secret" not in said
        web.refuses = False
        assert sent(*mail, *hook)[0]


@pytest.mark.parametrize("url", ["localhost", "http://x", "smtp://", "smtp://h:99999"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    went, said = sent("--notify-mail", "a@x.org", "--notify-smtp", url)
    assert not went
    assert "is no URL of a mail server" in said


def test_what_is_no_web_address_is_refused_unread() -> None:
    assert sent("--notify-webhook", "file:///etc/passwd") == (
        False,
        "NotifyWebhook: this is no http or https URL",
    )


def test_an_address_cannot_add_a_header() -> None:
    with mail_server() as box:
        url = f"smtp://127.0.0.1:{box.port}"
        went, said = sent("--notify-mail", "a@x.org\nBcc: c@x.org", "--notify-smtp", url)
        assert not went
        assert "cannot be sent" in said
        assert box.letters == []
