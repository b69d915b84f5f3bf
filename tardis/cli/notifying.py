"""The ways a notice goes: a command, mail by SMTP, a webhook.  Loaded when there is one to send."""

import ipaddress
import smtplib
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from tardis.cli.hooks import run_hook
from tardis.cli.passwords import read_password
from tardis.config import Settings, table
from tardis.model import ConfigError, HookError, TardisError
from tardis.render import Notice, notice_json, notice_subject, notice_text, notice_variables

_SECONDS: Final = 30.0
"""How long a server may keep us waiting."""


def send(settings: Settings, notice: Notice, tell: Callable[[TardisError], None]) -> bool:
    """Send *notice* every way that *settings* name.

    Args:
        settings: Of `tardis` or `tardisd`.
        notice: What is to be heard.
        tell: Hears of each way that failed.

    Returns:
        Whether it went at least one way.
    """
    went = False
    for way in _ways(settings):
        try:
            way(settings, notice)
        except TardisError as error:
            tell(error)
        else:
            went = True
    return went


def _ways(settings: Settings) -> Iterator[Callable[[Settings, Notice], None]]:
    if settings[table.NOTIFY_COMMAND]:
        yield _by_command
    addresses: tuple[str, ...] = settings[table.NOTIFY_MAIL]
    if addresses:
        yield _by_mail
    if settings[table.NOTIFY_WEBHOOK]:
        yield _by_webhook


def _by_command(settings: Settings, notice: Notice) -> None:
    command, variables = settings[table.NOTIFY_COMMAND], notice_variables(notice)
    run_hook(command, variables, table.NOTIFY_COMMAND.keys[0], said=notice_text(notice))


def _by_mail(settings: Settings, notice: Notice) -> None:
    server = _smtp_server(settings[table.NOTIFY_SMTP])
    try:
        mail = _mail(settings, notice)
        with _connected(server) as smtp:
            _log_in(smtp, server, settings[table.NOTIFY_PASSWORD_FILE])
            smtp.send_message(mail)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise HookError(f"mail by {server.hostname} cannot be sent: {error}") from error


def _mail(settings: Settings, notice: Notice) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = settings[table.NOTIFY_FROM] or f"tardis@{socket.gethostname()}"
    addresses: tuple[str, ...] = settings[table.NOTIFY_MAIL]
    mail["To"] = ", ".join(addresses)
    mail["Subject"] = notice_subject(notice)
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid()
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(notice_text(notice))
    return mail


def _smtp_server(url: str) -> SplitResult:
    try:
        server = urlsplit(url)
        known = server.scheme in ("smtp", "smtps") and server.hostname and server.port != 0
    except ValueError:
        known = False
    if not known:
        raise ConfigError(
            f"NotifySmtp: {url!r} is no URL of a mail server",
            hint="It looks like smtp://localhost or smtps://user@mail.example.org.",
        )
    return server


def _connected(server: SplitResult) -> smtplib.SMTP:
    """Connect; to another machine by TLS wherever it speaks that."""
    host = server.hostname or ""
    secure = ssl.create_default_context()
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, server.port or 465, timeout=_SECONDS, context=secure)
    smtp = smtplib.SMTP(host, server.port or 25, timeout=_SECONDS)
    smtp.ehlo_or_helo_if_needed()
    if smtp.has_extn("starttls") and not _is_loopback(host):
        smtp.starttls(context=secure)
    return smtp


def _log_in(smtp: smtplib.SMTP, server: SplitResult, password_file: str) -> None:
    """Give name and password, if there is a name; never in clear to another machine."""
    if not server.username:
        return
    if not (isinstance(smtp.sock, ssl.SSLSocket) or _is_loopback(server.hostname or "")):
        raise HookError(f"{server.hostname} takes no TLS, and a password is not sent in clear")
    smtp.login(unquote(server.username), read_password(password_file) if password_file else "")


def _by_webhook(settings: Settings, notice: Notice) -> None:
    url = settings[table.NOTIFY_WEBHOOK]
    if not url.startswith(("http://", "https://")):
        raise ConfigError("NotifyWebhook: this is no http or https URL")
    headers = {"Content-Type": "application/json", "User-Agent": "tardis"}
    try:
        request = urllib.request.Request(url, notice_json(notice).encode(), headers)
        with urllib.request.urlopen(request, timeout=_SECONDS):
            pass
    except (OSError, ValueError) as error:  # the URL may hold a secret, and is not repeated
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "odd URL"
        code = f"status {error.code}, " if isinstance(error, urllib.error.HTTPError) else ""
        raise HookError(f"the webhook does not take it: {code}{reason}") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
