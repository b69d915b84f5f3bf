"""regenerate --tar and --zip, as a person uses them."""

import io
import tarfile
import zipfile
from typing import Any

import pytest

from tests.cli.test_regenerate import call, store
from tests.history.memory_reader import MemoryStore

__all__ = ["call", "store"]


def test_a_tar_goes_to_standard_output(call: Any) -> None:
    done = call("--tar", "/data")
    assert (done.status, done.err) == (0, "")
    with tarfile.open(fileobj=io.BytesIO(done.out)) as found:
        assert set(found.getnames()) == {
            "data",
            "data/kept",
            "data/new",
            "data/link",
            "data/sub",
            "data/sub/kept",
        }


def test_a_zip_holds_several_arguments(call: Any) -> None:
    done = call("--zip", "-b", "First", "/data/old", "/data/sub")
    assert done.status == 0
    with zipfile.ZipFile(io.BytesIO(done.out)) as found:
        assert set(found.namelist()) == {"old", "sub/", "sub/kept"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tar", "--zip", "/data"], "cannot be given together"),
        (["--tar", "-o", "x", "/data"], "goes to standard output"),
        (["--zip", "--in-place", "/data"], "goes to standard output"),
        (["--tar", "--log", ":STDOUT:", "/data"], "the data goes there"),
        (["--tar", "/data/kept", "/data/sub/kept"], "both be restored as kept"),
    ],
)
def test_what_cannot_be_is_refused(call: Any, words: list[str], said: str) -> None:
    done = call(*words)
    assert (done.status, done.out) == (2, b"")
    assert said in done.err


def test_damage_is_told_and_numbered(call: Any, store: MemoryStore) -> None:
    store.damage(1, b"KEPT\n")
    done = call("--tar", "/data")
    assert done.status == 3
    assert "regenerate: data/kept: " in done.err
    with tarfile.open(fileobj=io.BytesIO(done.out)) as found:
        assert "data/kept" not in found.getnames()
        assert "data/sub/kept" in found.getnames()
