"""A mail server and a web server of our own, on loopback, that keep what they are told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Mailbox:
    """What came.

    Attributes:
        port: That the server listens on.
        letters: (envelope sender, recipients, text) of each mail.
        posts: (path, content type, body) of each request.
        refuses: The server takes nothing.
    """

    port: int = 0
    letters: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    posts: list[tuple[str, str, str]] = field(default_factory=list)
    refuses: bool = False

    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(text, policy=policy.default) for _, _, text in self.letters]

    def subjects(self) -> list[str]:
        return [str(one["Subject"]) for one in self.mails()]


def _talk(box: Mailbox, handler: socketserver.StreamRequestHandler) -> None:
    """Speak as much of RFC 5321 as a client needs."""

    def say(text: str) -> None:
        handler.wfile.write(f"{text}\r\n".encode())

    say("220 test")
    sender, recipients = "", list[str]()
    while line := handler.rfile.readline().decode().rstrip("\r\n"):
        word = line.upper()
        if word.startswith(("EHLO", "HELO", "RSET")):
            say("250 test")
        elif word.startswith("MAIL FROM:"):
            sender = line[10:].split(">")[0].lstrip("<")
            say("550 not here" if box.refuses else "250 ok")
        elif word.startswith("RCPT TO:"):
            recipients.append(line[8:].split(">")[0].lstrip("<"))
            say("250 ok")
        elif word == "DATA":
            say("354 go on")
            lines = []
            while (text := handler.rfile.readline()) != b".\r\n":
                lines.append(text.removeprefix(b"."))
            box.letters.append((sender, recipients, b"".join(lines)))
            say("250 ok")
        elif word == "QUIT":
            say("221 bye")
            return
        else:
            say("502 what?")


@contextmanager
def _serving(server: socketserver.BaseServer, box: Mailbox) -> Iterator[Mailbox]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        thread.join(30)
        server.server_close()


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Give a mailbox whose server speaks SMTP."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _talk(box, self)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    box.port = server.server_address[1]
    with _serving(server, box):
        yield box


@contextmanager
def web_server() -> Iterator[Mailbox]:
    """Give a mailbox whose server takes POST."""
    box = Mailbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if not box.refuses:
                box.posts.append((self.path, self.headers["Content-Type"], body))
            self.send_response(500 if box.refuses else 204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.port = server.server_address[1]
    with _serving(server, box):
        yield box
