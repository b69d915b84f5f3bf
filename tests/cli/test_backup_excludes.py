from pathlib import Path

import pytest

from tardis.cli.backup_excludes import exclusions, with_stores
from tardis.cli.settings import load
from tardis.config import Settings
from tardis.model import ConfigError
from tardis.scan import Exclusions


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


def settings(*words: str, **environ: str) -> Settings:
    base = {"TARDIS_DEFAULTS": "/nowhere", "TARDIS_GLOBAL_EXCLUDES": "/dev/null"}
    none = {"TARDIS_LOCAL_CONFIG": "/nowhere", "TARDIS_DAEMON_CONFIG": "/nowhere"}
    return load("tardis", words, {**base, **none, **environ}).settings


def why(wanted: Exclusions, path: str, is_folder: bool = False) -> str:
    above, _, name = path.rpartition("/")
    judged = wanted.scope.below(above).judge(name, lambda: is_folder)
    return str(judged.leaving) if judged.is_left_out else ""


def test_without_options_nothing_but_files_in_directories_leaves_out() -> None:
    wanted = exclusions(settings(TARDIS_GLOBAL_EXCLUDES=""))
    assert wanted.scope.hits is None
    assert wanted.inherited == (b".tardis-excludes", b".tardis-exclude")
    assert wanted.local == (b".tardis-local-excludes", b".tardis-local-exclude")
    assert (wanted.skip, wanted.skips_caches) == (b".tardis-skip", False)


def test_names_of_files_are_taken_as_given_and_an_empty_one_is_none() -> None:
    words = ("--exclude-file-name", ".ex", "--local-exclude-file-name", "", "--skip-file-name", "")
    wanted = exclusions(settings(*words, "--skip-caches"))
    assert (wanted.inherited, wanted.local) == ((b".ex",), ())
    assert (wanted.skip, wanted.skips_caches) == (b"", True)
    with pytest.raises(ConfigError, match="is a path"):
        settings("--skip-file-name", "a/b")


def test_each_rule_is_named_by_where_it_was_told(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("# more\n*.more\n")
    (tmp_path / "all").write_text("*.all\n")
    (tmp_path / "cfg").write_text("[Tardis]\nExcludePatterns = *.cfg\nIgnoreCVS = yes\n")
    words = ["--config", "cfg", "-X", "more", "--exclude-dir", "sub/[x]"]
    wanted = exclusions(settings(*words, TARDIS_GLOBAL_EXCLUDES=str(tmp_path / "all")))
    assert why(wanted, "a.cfg") == "ExcludePatterns: *.cfg"
    assert why(wanted, "a.more") == "more:2: *.more"
    assert why(wanted, "a.all") == f"{tmp_path}/all:1: *.all"
    assert why(wanted, "a.o") == "IgnoreCVS: *.o"
    path = f"{tmp_path}/sub/[x]"
    assert why(wanted, path, is_folder=True) == f"--exclude-dir: {path}/"
    wanted = exclusions(settings("-x", "*.cmd", "--cvs-ignore", "--ignore-global-excludes"))
    assert why(wanted, "a.cmd") == "--exclude: *.cmd"
    assert why(wanted, ".git") == "--cvs-ignore: .git"


def test_the_file_for_all_runs_may_be_missing_unless_it_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(ConfigError, match="GlobalExcludeFileName: cannot read"):
        exclusions(settings(TARDIS_GLOBAL_EXCLUDES=missing))
    exclusions(settings("--ignore-global-excludes", TARDIS_GLOBAL_EXCLUDES=missing))
    with pytest.raises(ConfigError, match=f"--exclude-file: cannot read {missing}"):
        exclusions(settings("-X", missing))
    with pytest.raises(ConfigError, match="Is a directory"):
        exclusions(settings("-X", str(tmp_path)))


def stores(*words: str, **environ: str) -> set[str]:
    found = with_stores(Exclusions(), settings(*words, **environ)).stores
    here = Path.cwd()
    keys = {(one.stat().st_dev, one.stat().st_ino): one for one in [here, *here.rglob("*")]}
    return {str(keys[key].relative_to(here)) for key in found if key in keys}


def test_directories_with_stores_are_found(tmp_path: Path) -> None:
    for path in ("base/machine", "base/notes", "home/.local/share/tardis/me", "daemon/c", "game"):
        (tmp_path / path).mkdir(parents=True)
    for path in ("base/machine", "home/.local/share/tardis/me", "daemon/c"):
        (tmp_path / path / "tardis.db").touch()
    (tmp_path / "cfg").write_text(f"[Tardis]\nBaseDir = {tmp_path}/daemon\n")
    (tmp_path / "base/.server").mkdir()
    own = {"home/.local/share/tardis/me"}
    assert stores() == own
    assert stores("--database", "base") == own | {"base/.server", "base/machine"}
    assert stores(TARDIS_DB="base", TARDIS_DAEMON_CONFIG="cfg") == own | {
        "base/.server", "base/machine", "daemon/c",
    }  # fmt: skip
    assert stores("--database", "game", "--local") == own
