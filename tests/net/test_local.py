"""A server of our own: started, reached, waited for, and never left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tardis.model import ConfigError, LineLostError, StoreBusyError
from tardis.net import LocalServer, spawn_local
from tests.net.lines import PATIENCE, until

SERVER = """
import os, socket, stat, sys, time
assert sys.argv[-3:-1] == ["--single", "--local"], sys.argv
assert stat.S_IMODE(os.stat(os.path.dirname(sys.argv[-1])).st_mode) == 0o700
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[-1])
listening.listen()
visit, _ = listening.accept()
print("this is not for the terminal")
while words := visit.recv(100):
    visit.sendall(words.upper())
"""


def command(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def spawn(program: str, place: Path, timeout: float = PATIENCE) -> LocalServer:
    return spawn_local(command(program), str(place), timeout)


def is_running(server: LocalServer) -> bool:
    return server.wait(0) is None


def test_it_is_reached_and_ends_with_the_line(tmp_path: Path) -> None:
    server = spawn(SERVER, tmp_path)
    assert server.transport.is_local
    server.transport.write(b"hello")
    assert server.transport.read(100) == b"HELLO"
    server.close()
    server.close()
    assert server.wait(0) == 0
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_in_the_file_system_once_it_is_reached(tmp_path: Path) -> None:
    server = spawn(SERVER, tmp_path)
    assert list(tmp_path.iterdir()) == []
    server.close()


LISTENER = """
import sys
from tardis.net import Listener
listener = Listener(sys.argv[-1], lambda transport: transport.read(100), is_single=True)
listener.serve()
"""

KILLED = """
import os, signal, sys, tardis.net.local as local
def die(path, timeout):
    if os.path.exists(path):
        os.kill(os.getpid(), signal.SIGKILL)
    raise local.LineLostError("not yet")
local.dial_unix = die
local.spawn_local(sys.argv[1:5], sys.argv[5], 60)
"""


def test_it_does_not_wait_for_a_client_that_was_killed(tmp_path: Path) -> None:
    mark = "a mark to be found by"
    words = [*command(LISTENER), mark, str(tmp_path)]
    ended = subprocess.run([*command(KILLED), *words], check=False, timeout=PATIENCE)
    assert ended.returncode == -signal.SIGKILL
    (place,) = tmp_path.iterdir()
    until(lambda: list(place.iterdir()) == [])
    until(lambda: not any(map(has_ours, Path("/proc").glob("[0-9]*/cmdline"))))


def has_ours(path: Path) -> bool:
    try:
        return b"a mark to be found by" in path.read_bytes()
    except OSError:
        return False


def test_it_serves_a_client_that_lives(tmp_path: Path) -> None:
    server = spawn(LISTENER, tmp_path)
    server.transport.write(b"hello")
    server.close()
    assert server.wait(0) == 0


def test_its_words_come_out_on_our_standard_error_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = spawn(f"import sys; sys.stderr.write('careful\\n'){SERVER}", tmp_path)
    server.close()
    assert capsys.readouterr() == ("", "careful\n")


def test_it_has_a_session_of_its_own(tmp_path: Path) -> None:
    server = spawn(SERVER, tmp_path)
    number = server._process.pid
    assert os.getsid(number) == os.getpgid(number) == number
    server.close()


def test_it_may_work_on_after_the_line_is_closed(tmp_path: Path) -> None:
    done = tmp_path / "done"
    server = spawn(f"{SERVER}\ntime.sleep(0.1); open({str(done)!r}, 'w').close()", tmp_path)
    server.close()
    assert done.exists()
    assert server.wait(0) == 0


def test_one_that_does_not_end_is_terminated(tmp_path: Path) -> None:
    server = spawn(f"{SERVER}\ntime.sleep(1000)", tmp_path)
    assert is_running(server)
    server.close(grace=0.05)
    assert server.wait(0) == -signal.SIGTERM


def test_one_that_does_not_listen_to_that_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tardis.net.local._LAST_WORDS", 0.05)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    server = spawn(f"{deaf}{SERVER}\ntime.sleep(1000)", tmp_path)
    server.close(grace=0.05)
    assert server.wait(0) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("status", "kind"), [(4, ConfigError), (11, StoreBusyError), (1, LineLostError)]
)
def test_one_that_ends_too_soon_tells_why(
    tmp_path: Path, status: int, kind: type[Exception]
) -> None:
    program = f"import sys; sys.stderr.write('first\\nlast words\\n\\n'); sys.exit({status})"
    with pytest.raises(kind, match=f"ended with status {status}: last words$") as told:
        spawn(program, tmp_path)
    assert type(told.value) is kind
    assert list(tmp_path.iterdir()) == []


def test_one_that_ends_without_a_word(tmp_path: Path) -> None:
    with pytest.raises(LineLostError, match=r"the local server ended with status 0$"):
        spawn("pass", tmp_path)


def test_one_that_never_listens_is_given_up_and_ended(tmp_path: Path) -> None:
    mark = tmp_path / "number"
    program = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(1000)"
    with pytest.raises(LineLostError, match=r"did not listen within 0\.2 seconds") as caught:
        spawn(program, tmp_path, timeout=0.2)
    assert "busy" in caught.value.hint
    until(lambda: not mark.exists() or not Path("/proc", mark.read_text() or "0").exists())
    assert [path for path in tmp_path.iterdir() if path != mark] == []


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LineLostError, match="cannot start no-such-program: No such file"):
        spawn_local(["no-such-program"], str(tmp_path), 1)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_is_a_lost_line(tmp_path: Path) -> None:
    with pytest.raises(LineLostError, match="cannot make a directory"):
        spawn(SERVER, tmp_path / "gone")


def test_a_long_path_gives_way_to_the_temporary_directory(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    server = spawn(SERVER, deep)
    assert list(deep.iterdir()) == []
    server.close()


def test_what_a_killed_client_has_left_goes_with_the_next_one(tmp_path: Path) -> None:
    words = [*command("import signal; signal.pause()"), "", str(tmp_path)]
    code = "import sys; from tardis.net import spawn_local\n"
    code += "spawn_local(sys.argv[1:5], sys.argv[5], 60)"
    client = subprocess.Popen([*command(code), *words])
    with client:
        until(lambda: any(tmp_path.iterdir()))
        (left,) = tmp_path.iterdir()
        until(lambda: len(children(client.pid)) == 1)
        (server,) = children(client.pid)
        client.kill()
    spawn(SERVER, tmp_path).close()
    assert list(tmp_path.iterdir()) == [left]  # its server may come yet
    os.kill(server, signal.SIGKILL)

    def is_gone() -> bool:
        spawn(SERVER, tmp_path).close()
        return list(tmp_path.iterdir()) == []

    until(is_gone)


def children(process: int) -> list[int]:
    """Return the processes that a process has started and that run something else by now."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = Path(f"/proc/{process}/cmdline").read_bytes()
    return [int(one) for one in found if Path(f"/proc/{one}/cmdline").read_bytes() != own]
