"""Completion in the shells themselves, where they are installed."""

import subprocess
from pathlib import Path

import pytest

from tardis.config import table
from tardis.config.completion import ANY, FILE, FOLDER, bash, fish, spellings, value_kind, zsh
from tests.facilities import need

PLACE = Path(__file__).parents[2] / "completions"


def shell(name: str, script: str, cwd: Path | None = None) -> list[str]:
    """Return the lines that a shell prints."""
    if name != "bash":
        need(name)
    words = [name, "--norc", "-c"] if name == "bash" else [name, "-c"]
    words = ["zsh", "-f", "-c"] if name == "zsh" else words
    done = subprocess.run(
        [*words, script], capture_output=True, text=True, check=False, timeout=60, cwd=cwd
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.splitlines()


def completed(name: str, line: str, cwd: Path | None = None) -> set[str]:
    """Return what the shell offers behind *line*."""
    if name == "fish":
        script = f"source {PLACE}/tardis.fish; complete -C {line!r}"
        return {one.split("\t")[0] for one in shell("fish", script, cwd)}
    words = line.split(" ")
    script = (
        f"source {PLACE}/tardis.bash; COMP_WORDS=({' '.join(repr(word) for word in words)}); "
        f'COMP_CWORD={len(words) - 1}; _tardis_complete; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    return set(shell("bash", script, cwd)) - {""}


def test_what_completes_a_value() -> None:
    assert value_kind(table.COMPRESS_MSGS) == ()  # may stand alone
    assert value_kind(table.BASE_PATH) == ("none", "common", "full")
    assert value_kind(table.PASSWORD_FILE) == (FILE,)
    assert value_kind(table.EXCLUDE_DIR) == (FOLDER,)
    assert value_kind(table.PORT) == (ANY,)
    assert value_kind(table.CREATE) == value_kind(table.DIRECTORIES) == ()


def test_a_switch_is_offered_with_what_turns_it_off() -> None:
    assert spellings(table.CRYPT) == ["--crypt", "--no-crypt"]
    assert spellings(table.VERBOSE) == ["--verbose", "-v"]


@pytest.mark.parametrize("name", ["bash", "fish"])
def test_options_are_offered_by_their_beginning(name: str) -> None:
    assert completed(name, "tardis --snap") == {"--snapshot", "--snapshot-size"}
    assert completed(name, "tardis --stale") == {"--stale-after"}
    assert completed(name, "tardis --sani") == set()  # hidden


@pytest.mark.parametrize("name", ["bash", "fish"])
def test_values_are_offered_where_there_is_a_choice(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes").touch()
    (tmp_path / "folder").mkdir()
    assert completed(name, "tardis --snapshot b", tmp_path) == {"btrfs"}
    assert completed(name, "tardis --port ", tmp_path) == set()
    found = completed(name, "tardis --password-file no", tmp_path)
    assert found == {"notes"}
    assert "notes" not in completed(name, "tardis --exclude-dir ", tmp_path)


@pytest.mark.parametrize("name", ["bash", "fish"])
def test_a_program_with_commands_offers_these_and_then_their_options(name: str) -> None:
    assert completed(name, "sonic rep") == {"repair", "replicate"}
    assert completed(name, "sonic purge --incom") >= {"--incomplete"}
    assert completed(name, "sonic list --incom") == set()


def test_zsh_is_handed_every_option_of_every_program() -> None:
    stub = '_arguments() { print -rl -- "$@"; state=rest }; _files() { }'
    loaded = f"{stub}; source {PLACE}/_tardis"
    shown = shell("zsh", f"service=tardis; {loaded}")
    assert any(line.startswith("--snapshot=[") for line in shown)
    assert any("(none auto btrfs lvm zfs)" in line for line in shown)
    verbs = shell("zsh", f"service=sonic; words=(purge); {loaded}")
    assert any(line.startswith("--incomplete[") for line in verbs)


@pytest.mark.parametrize("text", [bash(), zsh(), fish()], ids=["bash", "zsh", "fish"])
def test_every_program_and_every_option_is_known(text: str) -> None:
    for program in table.PROGRAMS:
        assert program in text
    for _, option in table.all_options():
        if not option.hidden:
            for flag in option.flags:
                assert flag in text
