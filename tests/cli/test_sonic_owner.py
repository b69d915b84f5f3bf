"""Root does not write into the backups of another, whose daemon could not read that."""

import os
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command

pytestmark = pytest.mark.root

NOBODY, SOMEBODY = 65534, 4242


def owned(path: Path, owner: int) -> Path:
    path.mkdir(exist_ok=True)
    os.chown(path, owner, owner)
    return path


def test_a_new_store_is_not_made_by_root_among_those_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = owned(tmp_path / "base", NOBODY)
    assert run(command, ["create", "-D", str(base), "-C", "me"]) == 2
    said = capsys.readouterr().err
    assert f"{base} belongs to user nobody" in said and "sudo -u nobody sonic create" in said
    assert list(base.iterdir()) == []


@pytest.mark.parametrize("verb", ["purge", "orphans", "upgrade", "recover"])
def test_what_writes_is_refused_and_what_reads_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    base = tmp_path / "base"
    where = ["-D", str(base), "-C", "me"]
    assert run(command, ["create", *where]) == 0
    owned(base / "me", SOMEBODY)
    before = sorted(base.rglob("*"))
    assert run(command, [verb, *where]) == 2
    assert f"sudo -u {SOMEBODY} sonic {verb}" in capsys.readouterr().err
    assert sorted(base.rglob("*")) == before
    assert run(command, ["list", *where]) == 0
    assert run(command, ["check", *where]) == 0


def test_a_base_directory_that_is_not_there_is_nobody_elses(tmp_path: Path) -> None:
    assert run(command, ["create", "-D", str(tmp_path / "new"), "-C", "me"]) == 0
