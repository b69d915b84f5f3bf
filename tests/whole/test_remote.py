"""tardisremote beside the other programs: what was backed up is what HTTP shows."""

import base64
import hashlib
import json
import random
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest

from tardis.crypto import KdfCost, LoginClient, Stretched, password_bytes, stretch
from tests.web.visitor import Visitor, text
from tests.whole.trees import grow
from tests.whole.world import World, free_port, wait_until

PASSWORD = "plinth-otter-vacuum-gable"
HOME = "/api/v1/clients/machine"


@contextmanager
def serving(world: World, *words: object) -> Iterator[int]:
    """Run the program; give its port."""
    port, log = free_port(), world.place / "remote.log"
    options = ("--database", world.base, "--bind", "127.0.0.1", "--port", port, "--logfile", log)
    process = world.start("tardisremote", *options, "-v", *words, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: log.exists() and "serves" in log.read_text(), "tardisremote serves")
        yield port
    finally:
        process.terminate()
        assert process.wait(30) == 0
        assert "stopped" in log.read_text()


@pytest.fixture
def tree(world: World) -> Path:
    made = grow(world.place / "tree", 12)
    (made / "odd \udcff name").write_bytes(b"odd")
    return made


def test_what_was_backed_up_is_shown_over_tls_to_who_knows_the_password(
    world: World, tree: Path
) -> None:
    world.backup(tree, "--kdf", "low", "--password", PASSWORD)
    files = ["--certfile", str(world.place / "cert"), "--keyfile", str(world.place / "key")]
    world.run("tardisremote", *files, "--make-certificate", "localhost")
    trust = ssl.create_default_context(cafile=files[1])
    trust.check_hostname = False
    with serving(world, "--ssl", *files) as port, closing(Visitor(port, trust)) as one:
        assert one.get(f"{HOME}/sets").status == 401
        assert one.enter("machine", "wrong").status == 401
        proved(one, trust, port)
        assert one.get(f"{HOME}/sets/Current/entries?path=/").status == 403
        assert one.enter("machine", PASSWORD).status == 200
        for path in (one_path for one_path in tree.rglob("*") if one_path.is_file()):
            url = f"{HOME}/sets/Current/content?path={quote_from_bytes(bytes(path))}"
            assert one.get(url).body == path.read_bytes()
        listed = one.get(f"{HOME}/sets/Current/entries?path={quote_from_bytes(bytes(tree))}").json
        assert len(listed["entries"]) == len(list(tree.iterdir()))
        assert one.post(f"{HOME}/sets/Current/lock").error == "rights"
        sonic = ("--database", world.base, "--client", "machine")
        world.run("sonic", "rights", *sonic, "--grant", "priority")
        assert one.post(f"{HOME}/sets/Current/lock").json["is_locked"] is True
        status = json.loads(world.run("sonic", "status", *sonic, "--json", status=None).out)
        assert "denied" in status[0]["findings"][0]
        shown = one.ask("GET", "/metrics").body.decode()
        assert re.search(r'tardis_sets\{client="machine"\} 1\n', shown)
    said = (world.place / "remote.log").read_text()
    assert "login failed for client machine from 127.0.0.1" in said
    assert PASSWORD not in said and one.cookie not in said


def proved(one: Visitor, trust: ssl.SSLContext, port: int) -> None:
    """Log in by a proof that is bound to the certificate, as programs do."""
    with socket.create_connection(("127.0.0.1", port)) as line, trust.wrap_socket(line) as secure:
        certificate = secure.getpeercert(binary_form=True)
    assert certificate is not None
    told = one.begin("machine", bound=True).json
    known = {name: base64.b64decode(told[name]) for name in ("salt", "login_salt", "answer")}
    cost = KdfCost(told["memory"], told["passes"], told["lanes"])
    stretched = Stretched.of(stretch(password_bytes(PASSWORD), known["salt"], cost))
    side = LoginClient(stretched.login, binding=hashlib.sha256(certificate).digest())
    proof = side.prove(known["login_salt"], known["answer"])
    body = {"login": told["login"], "public": text(side.public), "proof": text(proof)}
    done = one.post("/api/v1/login/prove", body)
    assert done.status == 200 and done.json["is_sealed"]
    side.check(base64.b64decode(done.json["proof"]))
    one.token = done.json["session"]["token"]


def test_it_shows_sets_while_one_is_being_made(world: World, tree: Path) -> None:
    world.backup(tree)
    with serving(world) as port, closing(Visitor(port)) as one:
        one.login("machine")
        with open(tree / "large", "wb") as file:
            file.truncate(1 << 20)
            file.write(b"x" * (8 << 20))
        running = world.start_backup(tree)
        while running.poll() is None:
            sets = one.get(f"{HOME}/sets").json["sets"]
            assert sets[0]["is_complete"] and len(sets) <= 2
            assert (
                one.get(f"{HOME}/sets/1/entries?path={quote_from_bytes(bytes(tree))}").status == 200
            )
        world.finish(running)
        assert [each["is_complete"] for each in one.get(f"{HOME}/sets").json["sets"]] == [
            True,
            True,
        ]


def test_deltas_holes_and_classic_contents_come_whole_and_in_part(world: World) -> None:
    """However a content is kept, HTTP gives out its plain bytes."""
    tree = world.place / "tree"
    tree.mkdir()
    data = bytearray(random.Random(1).randbytes(600_000))
    (tree / "delta").write_bytes(data)
    with open(tree / "holes", "wb") as file:
        file.write(b"begin")
        file.truncate(3 << 20)
        file.seek(2 << 20)
        file.write(b"middle")
    for scheme in ("modern", "classic"):
        world.run(
            "sonic", "create", "--database", world.base, "--client", scheme, "--scheme", scheme
        )
    with serving(world) as port, closing(Visitor(port)) as one:
        for scheme in ("modern", "classic"):
            (tree / "delta").write_bytes(data)
            world.backup(tree, client=scheme)
            changed = bytearray(data)
            changed[300_000:300_005] = b"hello"
            (tree / "delta").write_bytes(changed)
            world.backup(tree, client=scheme)
            one.login(scheme)
            home = f"/api/v1/clients/{scheme}/sets"
            holes = (tree / "holes").read_bytes()
            for number, name, wanted in (
                (1, "delta", data),
                (2, "delta", changed),
                (2, "holes", holes),
            ):
                path = quote_from_bytes(bytes(tree / name))
                told = one.get(f"{home}/{number}/entry?path={path}").json["entry"]
                assert told["chain"] == int(name == "delta" and number == 2), (scheme, told)
                url = f"{home}/{number}/content?path={path}"
                assert one.get(url).body == wanted
                part = one.get(url, Range="bytes=299990-300020")
                assert (part.status, part.body) == (206, wanted[299_990:300_021])
                assert one.get(url, Range="bytes=-10").body == wanted[-10:]
