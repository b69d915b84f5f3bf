"""Where a request comes from, and what of that is believed."""

import socket

import pytest

from tardis.web.callers import caller_of


def is_near(host: str, address: str = "127.0.0.1", **more: str) -> bool:
    environ = {"REMOTE_ADDR": address, "HTTP_HOST": host} | more
    return caller_of(environ, is_secure=False).is_near


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:7430", "127.0.0.1:7430", "[::1]:7430", "[::1]", "localhost."]
)
def test_this_machine_asking_for_itself_is_near(host: str) -> None:
    assert is_near(host) and is_near(host, "::1") and is_near(host, "::ffff:127.0.0.1")
    assert (
        not is_near(host, "192.0.2.7")
        and not is_near(host, "")
        and not is_near(host, "2001:db8::1")
    )


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:7430",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "[evil]",
        "[::1",
        "@localhost",
    ],
)
def test_a_name_that_others_can_have_is_not_near(host: str) -> None:
    assert not is_near(host)


def test_the_name_of_this_machine_is_its_own() -> None:
    own = socket.gethostname()
    assert is_near(own) and is_near(f"{own.partition('.')[0].upper()}:7430")


@pytest.mark.parametrize("name", ["FORWARDED", "VIA", "X_FORWARDED_FOR", "X_REAL_IP"])
def test_what_is_passed_on_is_not_near(name: str) -> None:
    assert not is_near("localhost", **{f"HTTP_{name}": ""})


def test_with_tls_the_certificate_tells_names_apart() -> None:
    far = {"REMOTE_ADDR": "192.0.2.7", "HTTP_HOST": "backup.example"}
    assert caller_of(far, is_secure=True)[1:] == (False, True, True)
    assert caller_of(far, is_secure=False)[1:] == (False, False, False)
    assert caller_of(far | {"REMOTE_ADDR": "::1"}, is_secure=True).is_near
