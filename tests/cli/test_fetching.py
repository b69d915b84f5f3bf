"""Small things from URLs: a bound on what is read, and trouble in two kinds."""

from pathlib import Path

import pytest

from tardis.cli.fetching import fetch


def test_no_more_is_read_than_is_wanted(tmp_path: Path) -> None:
    place = tmp_path / "long"
    place.write_bytes(b"x" * 1000)
    assert fetch(f"file://{place}", 100, 5.0) == b"x" * 100


@pytest.mark.parametrize(
    "url", ["file:///nonexistent", "http://127.0.0.1:1/", "ftp://127.0.0.1:1/"]
)
def test_what_is_not_there_is_an_error_of_the_system(url: str) -> None:
    with pytest.raises(OSError):
        fetch(url, 10, 5.0)


def test_what_is_no_url_is_an_error_of_the_value() -> None:
    with pytest.raises(ValueError):
        fetch("odd", 10, 5.0)
