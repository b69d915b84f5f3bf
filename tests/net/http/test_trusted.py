"""TLS to a tardisremote: whom a reader trusts, and what its login is bound to."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tardis.crypto import make_certificate
from tardis.model import AuthenticationError
from tardis.net import Ticket, certificate_marks, open_http, parse_http_url
from tests.crypto.slots import quick
from tests.web.site import ALICE, Site, make_site, password_of, small_stores


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    place = tmp_path_factory.mktemp("tls")
    public, hidden, pin = make_certificate("127.0.0.1")
    files = (str(place / "cert"), str(place / "key"))
    for path, data in zip(files, (public, hidden), strict=True):
        Path(path).write_bytes(data)
    with small_stores():
        made = make_site(place / "base", is_secure=True)
        binding, found = certificate_marks(*files)
        assert found == pin and len(binding) == hashlib.sha256().digest_size
        made.options = replace(made.options, binding=binding)
        with made.serving(files):
            yield made, pin


def tried(site: Site, pin: str, scheme: str = "https") -> list[str]:
    place = parse_http_url(f"{scheme}://127.0.0.1:{site.port}/{ALICE}", 1)
    ticket = Ticket(ALICE, "main", lambda salt, _cost: quick(password_of(ALICE), salt))
    raw = open_http(place, ticket, pin)
    names = [one.name for one in raw.sets()]
    raw.close()
    return names


@pytest.mark.filterwarnings("error::urllib3.exceptions.InsecureRequestWarning")
def test_a_pinned_key_is_trusted_and_the_login_is_bound_to_it(site: tuple[Site, str]) -> None:
    server, pin = site
    assert tried(server, pin) == ["first", "second"]


def test_another_key_and_no_pin_are_not_trusted(site: tuple[Site, str]) -> None:
    server, pin = site
    with pytest.raises(AuthenticationError, match="another key"):
        tried(server, pin[:-1] + ("0" if pin[-1] != "0" else "1"))
    with pytest.raises(AuthenticationError, match="not trusted") as caught:
        tried(server, "")
    assert "--pin" in caught.value.hint
