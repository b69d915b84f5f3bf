"""The sonic program."""

import json
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command


def test_a_client_is_created_and_its_sets_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["-D", str(tmp_path / "base"), "-C", "me"]
    assert run(command, ["create", *where]) == 0
    assert run(command, ["list", *where]) == 0
    assert capsys.readouterr().out.startswith("Name")
    assert run(command, ["list", "--json", *where]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_an_unknown_client_is_an_error_that_names_those_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["-D", str(tmp_path)]
    assert run(command, ["create", *where, "-C", "me"]) == 0
    assert run(command, ["list", *where, "-C", "you"]) == 10
    said = capsys.readouterr().err
    assert "there is no backup of you" in said and "backups of me" in said


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["create", "-C", "../x"], 2),
        (["create", "-C", ".x"], 2),
        (["create", "-C", "x", "--schema", "/nowhere.sql"], 10),
        (["list", "-D", "http://127.0.0.1:9/"], 23),
        (["purge"], 10),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_made(
    tmp_path: Path, words: list[str], status: int
) -> None:
    where = [] if "-D" in words else ["-D", str(tmp_path / "base")]
    assert run(command, [words[0], *where, *words[1:]]) == status
    assert not (tmp_path / "base" / "x").exists()


@pytest.mark.parametrize("words", [[], ["--scheme", "modern"], ["--scheme", "classic"]])
def test_a_store_is_made_in_the_scheme_that_is_asked_for(tmp_path: Path, words: list[str]) -> None:
    where = ["-D", str(tmp_path), "-C", "me"]
    assert run(command, ["create", *where, *words]) == 0
    scheme = words[1] if words else "modern"
    assert f"scheme = {scheme}\n" in (tmp_path / "me" / "tardis.db.keys").read_text()
    assert (tmp_path / "me" / "packs").exists() == (scheme == "modern")
    assert run(command, ["list", *where]) == 0
