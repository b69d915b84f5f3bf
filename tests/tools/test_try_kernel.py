"""The lists of `tools/try-kernel` name what there is; it runs with `tools/test --long`."""

import re
import subprocess

import pytest

from tests.facilities import FACILITIES, KERNELS_OWN
from tests.whole.world import ROOT

SCRIPT = ROOT / "tools" / "try-kernel"


def words_of(name: str) -> set[str]:
    found = re.search(rf"^{name}=[(\"](.*?)[)\"]", SCRIPT.read_text(encoding="utf-8"), re.M | re.S)
    assert found
    return set(found[1].replace(",", " ").split())


def test_it_runs_tests_that_there_are() -> None:
    tests = words_of("TESTS")
    assert len(tests) > 5
    assert [test for test in tests if not (ROOT / test).exists()] == []


def test_it_runs_every_test_that_another_kernel_is_needed_for() -> None:
    marks = re.compile(rf"\b({'|'.join(sorted(KERNELS_OWN))})\b")
    asking = re.compile(r'(pytest\.mark\.|need\("|image\(|export\(|params=\[)')
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests" / "whole").glob("test_*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if asking.search(line) and marks.search(line)
    }
    assert found >= {"tests/whole/test_fat.py", "tests/whole/test_identities.py"}
    assert found - words_of("TESTS") == set()


def test_it_asks_for_facilities_by_names_that_there_are() -> None:
    asked = words_of("FACILITIES")
    assert asked <= set(FACILITIES)
    assert asked >= KERNELS_OWN


@pytest.mark.parametrize("words", [("--machine",), ("--minutes",), ("--cache",)])
def test_an_option_without_its_word_ends_it_before_anything_is_done(words: tuple[str, ...]) -> None:
    done = subprocess.run([SCRIPT, *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert words[0] in done.stderr
    assert done.stdout == ""


def test_its_help_names_each_option() -> None:
    said = subprocess.check_output([SCRIPT, "--help"], text=True, timeout=60)
    cases = re.findall(r"^ {12}(--[a-z-]+)\)", SCRIPT.read_text(encoding="utf-8"), re.M)
    assert len(cases) > 6
    assert [option for option in cases if option not in said] == []
