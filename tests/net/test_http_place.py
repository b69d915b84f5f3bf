"""How a store behind a tardisremote is named."""

import pytest

from tardis.model import ConfigError
from tardis.net.http_place import parse_http_url


@pytest.mark.parametrize(
    ("text", "url", "host", "client"),
    [
        ("http://server", "http://server:7430", "server", ""),
        ("HTTP://server/box", "http://server:7430", "server", "box"),
        (" https://server:99/box/ ", "https://server:99", "server", "box"),
        ("https://[::1]/box", "https://[::1]:7430", "::1", "box"),
        ("http://[::1]:1", "http://[::1]:1", "::1", ""),
    ],
)
def test_a_url_names_server_and_client(text: str, url: str, host: str, client: str) -> None:
    found = parse_http_url(text, 7430)
    assert (found.url, found.host, found.client) == (url, host, client)
    assert found.is_secure == url.startswith("https")


@pytest.mark.parametrize(
    "text",
    ["http://", "http:///box", "http://a/b/c", "http://a:0/b", "http://u:p@a/b", "http://a/b?c#d"],
)
def test_what_names_nothing_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(ConfigError, match="no address of a tardisremote") as caught:
        parse_http_url(text, 7430)
    assert "http[s]://host" in caught.value.hint
