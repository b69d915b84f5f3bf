"""Rows about who hears when backups fail, grow old, or work again."""

from .option import Option
from .rows_common import Rows, names, text
from .values import age, byte_count, show_age

# fmt: off
NOTIFY_COMMAND = text("notify-command", "NotifyCommand", "", "",
    "shell command that is told of trouble, and of its end, on standard input",
    metavar="COMMAND", group="Notices")
NOTIFY_MAIL = names("notify-mail", "NotifyMail", "",
    "address to mail trouble to, and its end; repeatable", metavar="ADDRESS", group="Notices")
NOTIFY_FROM = text("notify-from", "NotifyFrom", "", "", "address such mail comes from",
    metavar="ADDRESS", shown="tardis at this machine", group="Notices")
NOTIFY_SMTP = text("notify-smtp", "NotifySmtp", "", "smtp://localhost",
    "server that takes such mail, as smtp://HOST, smtps://USER@HOST:PORT", metavar="URL",
    group="Notices")
NOTIFY_PASSWORD_FILE = text("notify-password-file", "NotifyPasswordFile", "", "",
    "file whose first line is the password for that server", metavar="FILE", secret=True,
    group="Notices")
NOTIFY_WEBHOOK = text("notify-webhook", "NotifyWebhook", "", "",
    "URL that trouble, and its end, is posted to as JSON", metavar="URL", secret=True,
    group="Notices")
STALE_AFTER = Option("stale-after", "StaleAfter", "", 0, age,
    "age from which the newest complete set is trouble to be told of, as 3d; 0 for never",
    show=show_age, metavar="AGE", group="Notices")
ALARM_FREE = Option("alarm-free-space", "AlarmFreeSpace", "", 256 << 20, byte_count,
    "free bytes on the disk of the stores below which there is trouble to be told of; 0 for never",
    shown="256M", metavar="SIZE", group="Notices")
ALARM_EVERY = Option("alarm-every", "AlarmEvery", "", 900, age,
    "time between two looks at all clients and the disk", show=show_age, metavar="TIME",
    group="Notices")

NOTICES: Rows = (
    NOTIFY_COMMAND, NOTIFY_MAIL, NOTIFY_FROM, NOTIFY_SMTP, NOTIFY_PASSWORD_FILE, NOTIFY_WEBHOOK,
    STALE_AFTER,
)
# fmt: on
