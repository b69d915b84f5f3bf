"""What is installed: the SQL, the types and the programs."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tardis.cli import launch

ROOT = Path(__file__).parents[1]
PARTS = ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "schema", "tardis")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return the wheel, built from a source distribution as a stranger would."""
    pytest.importorskip("setuptools", minversion="70.1", reason="it makes no wheels by itself")
    place = tmp_path_factory.mktemp("packaging")
    source = place / "source"
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / part, source / part)
    run("setup.py", "--quiet", "sdist", "--dist-dir", str(place), cwd=source)
    [archive] = place.glob("*.tar.gz")
    (place / "unpacked").mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", place / "unpacked"], check=True)
    [unpacked] = (place / "unpacked").iterdir()
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    run("-m", "pip", "wheel", "--quiet", *offline, "--wheel-dir", str(place), ".", cwd=unpacked)
    [built] = place.glob("*.whl")
    return zipfile.ZipFile(built)


def run(*arguments: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_every_script_of_the_schema(wheel: zipfile.ZipFile) -> None:
    scripts = {f"tardis/schema/{path.name}" for path in (ROOT / "schema").glob("*.sql")}
    assert {name for name in wheel.namelist() if name.endswith(".sql")} == scripts != set()


def test_the_wheel_says_that_it_is_typed(wheel: zipfile.ZipFile) -> None:
    assert "tardis/py.typed" in wheel.namelist()


def test_the_wheel_holds_what_the_pages_are_made_of(wheel: zipfile.ZipFile) -> None:
    kinds = {".html", ".css", ".js", ".svg"}
    parts = [path for path in (ROOT / "tardis").rglob("*") if path.suffix in kinds]
    assert {path.suffix for path in parts} == kinds
    assert {str(path.relative_to(ROOT)) for path in parts} <= set(wheel.namelist())


def test_the_wheel_holds_every_module_and_nothing_beside_the_package(
    wheel: zipfile.ZipFile,
) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "tardis").rglob("*.py")}
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert {name for name in names if name.endswith(".py")} == modules
    assert {name.partition("/")[0] for name in names} == {"tardis"}


def test_every_program_has_its_module(wheel: zipfile.ZipFile) -> None:
    [listing] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    lines = wheel.read(listing).decode().splitlines()
    programs = dict(line.split(" = ") for line in lines if " = " in line)
    assert programs
    for program, entry in programs.items():
        assert entry == f"tardis.cli.launch:{program}"
        assert callable(getattr(launch, program))
        assert f"tardis/cli/{program}.py" in wheel.namelist()


def test_the_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project["dynamic"]
    assert "version" not in project


def test_setup_py_installs_by_itself_where_setuptools_is_present(tmp_path: Path) -> None:
    pytest.importorskip("setuptools")
    source = tmp_path / "source"
    source.mkdir()
    for part in PARTS:
        whole = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        whole(ROOT / part, source / part)
    run("setup.py", "--quiet", "install", "--root", str(tmp_path / "root"), cwd=source)
    installed = {path.name for path in (tmp_path / "root").rglob("*") if path.is_file()}
    assert {"tardis", "tardisd", "sonic", "tardisd.py", "tardis.sql"} <= installed


def test_setup_py_points_to_pip_where_setuptools_is_missing() -> None:
    bare = [sys.executable, "-I", "-S", "setup.py", "install"]
    done = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "setup.py: this Python has no setuptools: python3 -m pip install .\n"
