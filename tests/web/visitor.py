"""A small HTTP client that keeps its cookie and its token, and can be made to misbehave."""

import base64
import gzip
import http.client
import json
import ssl
from http.cookies import SimpleCookie
from typing import Any

from tardis.crypto import LoginClient
from tests.crypto.slots import quick

PATIENCE = 30.0


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: http.client.HTTPMessage, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        """The body, which is JSON, compressed or not."""
        assert self.headers["Content-Type"] == "application/json", self.body
        is_packed = self.headers["Content-Encoding"] == "gzip"
        return json.loads(gzip.decompress(self.body) if is_packed else self.body)

    @property
    def error(self) -> str:
        """The name of the error that it is."""
        return str(self.json["error"])

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:400]!r}"


class Visitor:
    """One browser."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.cookie = ""
        self.token = ""
        self.jar: SimpleCookie = SimpleCookie()
        self._line: http.client.HTTPConnection = (
            http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=context)
            if context
            else http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        )

    def close(self) -> None:
        self._line.close()

    def ask(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request; *headers* go before what is sent anyway."""
        sent = {"Cookie": f"tardis={self.cookie}"} if self.cookie else {}
        if self.token and method not in ("GET", "HEAD"):
            sent["X-Tardis-Token"] = self.token
        sent |= headers or {}
        try:
            self._line.request(method, url, body, sent)
            found = self._line.getresponse()
            answer = Answer(found.status, found.headers, found.read())
        except BaseException:
            self._line.close()
            raise
        for line in found.headers.get_all("Set-Cookie", []):
            self.jar.load(line)
            self.cookie = self.jar["tardis"].value if "tardis" in self.jar else ""
        return answer

    def get(self, url: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", url, headers=named)

    def post(self, url: str, body: Any = None, **headers: str) -> Answer:
        sent = {"Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", url, json.dumps({} if body is None else body).encode(), sent)

    def begin(self, client: str, **more: Any) -> Answer:
        return self.post("/api/v1/login/begin", {"client": client} | more)

    def prove(
        self, question: Any, password: str, binding: bytes = b""
    ) -> tuple[Answer, LoginClient]:
        """Answer a question with what *password* proves."""
        known = {
            name: base64.b64decode(question[name]) for name in ("salt", "login_salt", "answer")
        }
        side = LoginClient(quick(password, known["salt"]).login, binding=binding)
        proof = side.prove(known["login_salt"], known["answer"])
        body = {"login": question["login"], "public": text(side.public), "proof": text(proof)}
        return self.post("/api/v1/login/prove", body), side

    def login(self, client: str, password: str = "", **more: Any) -> "Visitor":
        """Log in by proof, or without a password."""
        begun = self.begin(client, **more)
        assert begun.status == 200, begun
        if not password:
            self.token = begun.json["session"]["token"]
            return self
        done, side = self.prove(begun.json, password)
        assert done.status == 200, done
        side.check(base64.b64decode(done.json["proof"]))
        self.token = done.json["session"]["token"]
        return self

    def enter(self, client: str, password: str) -> Answer:
        """Log in with the password itself."""
        body = {"client": client, "password": password}
        answer = self.post("/api/v1/login/password", body)
        if answer.status == 200:
            self.token = answer.json["session"]["token"]
        return answer


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()
