import json
import os
from pathlib import Path

import pytest

from tardis.cli.backup_options import expand, job_options
from tardis.cli.settings import load
from tardis.client import JobOptions
from tardis.model import UsageError


def wanted(*words: str, **environ: str) -> JobOptions:
    environ = {"TARDIS_DEFAULTS": "/nowhere", **environ}
    settings = load("tardis", words, environ).settings
    return job_options(settings, words, lambda path, why: None)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_this_directory_is_backed_up_in_full_when_none_is_named(tmp_path: Path) -> None:
    here = os.fsencode(tmp_path)
    assert wanted().roots == {here: here}


def test_directories_are_expanded_unless_they_have_that_very_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.fsencode(tmp_path)
    monkeypatch.setenv("WHERE", "w")
    for name in ("a1", "a2", "w", "[a]1"):
        (tmp_path / name).mkdir()
    assert expand(["a*", "$WHERE", "~/x", "[a]1", "z*", ""]) == [
        here + b"/" + name for name in (b"a1", b"a2", b"w", b"home/x", b"[a]1", b"z*")
    ] + [here]
    with pytest.raises(UsageError):
        expand([])


def test_links_in_the_path_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert expand(["link"]) == [os.fsencode(tmp_path / "real")]


def test_options_reach_the_job(tmp_path: Path) -> None:
    options = wanted(
        "--client", "c", "-Z", "zstd", "--compress-min", "9", "-x", "*.o", "-x", "core",
        "--maxdepth", "3", "--crossdevice", "--racy-window", "5", "--allow-empty",
        "--noexclude-no-access", "--create", "--force", "--full", "--basepath", "none",
        "--clones", "50", "--", ".",
    )  # fmt: skip
    assert (options.client, options.codec, options.compress_min) == ("c", 4, 9)
    assert options.clones == 50
    hits = options.exclusions.scope.hits
    assert hits is not None
    assert hits("x.o")
    assert hits("core")
    assert (options.max_depth, options.crosses_devices, options.racy_window) == (3, True, 5.0)
    assert options.allows_empty
    assert not options.leaves_out_unreadable
    assert list(options.roots.values()) == [os.fsencode(tmp_path.name)]
    wish = options.wish
    assert (wish.is_creating, wish.is_forced, wish.is_full) == (True, True, True)
    assert wish.lineage == b"roots:" + os.fsencode(tmp_path.name)
    assert json.loads(wish.config)["client"] == "c"
    assert b"--compress-min 9" in wish.command_line
    assert len(wish.session) == 16
    assert wanted("--nosend-config").wish.config == b""


@pytest.mark.parametrize(
    ("words", "form", "priority"),
    [
        ([], "", -1),
        (["--priority", "7"], "", 7),
        (["-H"], "Hourly-%Y-%m-%d:%H:%M", 10),
        (["--daily"], "Daily-%Y-%m-%d", 20),
        (["-W"], "Weekly-%Y-%U", 30),
        (["-M", "--priority", "5"], "Monthly-%Y-%m", 5),
    ],
)
def test_each_kind_of_set_has_its_format_and_priority(
    words: list[str], form: str, priority: int
) -> None:
    wish = wanted(*words).wish
    assert (wish.format, wish.priority) == (form, priority)


def test_a_job_is_a_lineage_of_its_own(tmp_path: Path) -> None:
    config = tmp_path / "c.cfg"
    config.write_text("[Tardis]\n[Home]\nPriority = 3\n")
    wish = wanted("--config", str(config), "--job", "Home").wish
    assert (wish.lineage, wish.label, wish.priority) == (b"job:Home", "Home", 3)


def test_types_that_are_not_compressed_come_from_options_and_files(tmp_path: Path) -> None:
    (tmp_path / "types").write_text("# films\nvideo/mp4\nimage/*\n")
    is_dense = wanted("-Z", "zlib", "-z", "application/zip", "--nocompress-types", "types").is_dense
    assert is_dense is not None
    names = (b"a.mp4", b"a.png", b"a.zip", b"a.txt")
    assert [is_dense(name, b"") for name in names] == [True, True, True, False]
    is_dense = wanted("-Z", "zlib", TARDIS_NOCOMPRESS="types").is_dense
    assert is_dense is not None and is_dense(b"a.png", b"") and not is_dense(b"a.zip", b"")
    assert wanted("-Z").is_dense is None
    assert wanted("-z", "image/*").is_dense is None  # nothing is compressed in any case


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-z", "zip"], "--nocompress: 'zip' is no MIME type"),
        (["--nocompress-types", "absent"], "cannot read the types in absent: No such file"),
        (["--nocompress-types", "noise"], "cannot read the types in noise: it is no text"),
        (["--nocompress-types", "wrong"], "wrong: 'mp4' is no MIME type"),
    ],
)
def test_what_is_no_type_is_refused(tmp_path: Path, words: list[str], told: str) -> None:
    (tmp_path / "noise").write_bytes(b"\xff\xfe")
    (tmp_path / "wrong").write_text("video/mp4\nmp4\n")
    with pytest.raises(UsageError, match=told):
        wanted("-Z", "zlib", *words)


def test_the_sample_of_types_is_taken_as_it_is() -> None:
    sample = Path(__file__).parents[2] / "etc" / "types.ignore"
    is_dense = wanted("-Z", "zlib", "--nocompress-types", str(sample)).is_dense
    assert is_dense is not None
    assert is_dense(b"film.mkv", b"") and is_dense(b"x", b"PK\x03\x04")
    assert not is_dense(b"notes.txt", b"text")


def test_a_scheme_is_wished_for_only_when_somebody_names_one(tmp_path: Path) -> None:
    assert wanted().wish.scheme == ""
    assert wanted("--scheme", "modern").wish.scheme == "modern"
    (tmp_path / "c.cfg").write_text("[Tardis]\nScheme = classic\n")
    assert wanted("--config", "c.cfg").wish.scheme == "classic"
