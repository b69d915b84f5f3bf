"""The house rules, read off the syntax trees: floors, doors, plugs, circles, sizes, quiet rooms.

The rooms appear as they are built; a rule about a room that is not there yet waits for it.
The counting is done by `tools/measure.py`, which prints the same as a scoreboard.
"""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tools import measure
from tools.measure import FUNCTION_LINES, MODULE_LINES, House

ROOT = Path(__file__).parents[1]
HOUSE = House(ROOT)
MODULES = sorted(HOUSE.modules)

FLOORS = (  # top to bottom; rooms that share a floor are strangers
    {"cli"},
    {"mount", "web"},
    {"client", "server", "history", "admin"},
    {"store", "scan", "net"},
    {"protocol", "config", "policy", "render"},
    {"crypto", "delta", "streams"},
    {"model"},
    {"rooms"},  # no room, but how each of them is furnished
)
DEPTH = {room: depth for depth, rooms in enumerate(FLOORS) for room in rooms}
ROOMS = sorted({name.split(".")[1] for name in MODULES if "." in name})

PLUGS = {  # each foreign library enters the house by one module, or by one room
    "backports.zstd": {"tardis.streams.compression"},
    "blake3": {"tardis.crypto.digests"},
    "cheroot": {"tardis.web"},
    "compression.zstd": {"tardis.streams.compression"},
    "cramjam": {"tardis.streams.compression"},
    "cryptography": {"tardis.crypto"},
    "flask": {"tardis.web"},
    "mfusepy": {"tardis.mount.operations"},
    # On the wire and in the records of packs: two formats, two modules.
    "msgpack": {"tardis.protocol.codec", "tardis.streams.packing"},
    "parsedatetime": {"tardis.policy.dates"},
    "requests": {"tardis.net.http"},
    "rich": {"tardis.render.progress"},
    "segno": {"tardis.render.sheet"},
    "snappy": {"tardis.streams.compression"},
    "termcolor": {"tardis.render.colors"},
    "urllib3": {"tardis.net.http"},
    "werkzeug": {"tardis.web"},
    "zxcvbn": {"tardis.crypto.strength"},
}
OWN_PLUGS = {  # parts of Python that are kept in one place for the same reason
    "ctypes": {
        "tardis.store.flush",
        "tardis.store.heap",
        "tardis.delta.librsync",
        "tardis.cli.memory",
        "tardis.cli.privileges",
        "tardis.crypto.kdf_child",
        "tardis.scan.flags",
        "tardis.scan.namespace",
    },
    # The catalog speaks SQL; its errors are put into our words beside those of the disk.
    "sqlite3": {"tardis.store.catalog", "tardis.store.trouble"},
}

ONLY_IN_CLI = {
    "logging.basicConfig",
    "os.environ",
    "os.environb",
    "os.getenv",
    "print",
    "sys.argv",
    "sys.exit",
}

DOOR_NAMES = 25
WIDE_DOORS = {
    "admin": "each verb of sonic by its own name",
    "crypto": "each tool on secrets by a name of its own: digests, keys, sealing, the login",
    "history": "the one reader of the past: find, list, compare, restore, mend, archive",
    "model": "a vocabulary, not a service: every noun and every error of the house",
    "store": "a reader, a writer, and each thing that is done with one, by a name of its own",
    "policy": "a decision for each name, each a function of its own",
    "streams": "each tool on bytes by a name of its own: codecs, extents, values, threads",
    "scan": "walking, reading, and choosing what is walked: what all of a run is made from",
    "render": "what each program shows: a text for each thing that is said",
}

HANDOVERS: dict[str, str] = {  # module: which thread gets the error, and where it is raised again
    "tardis.server.daemon": "nobody: it ends one visit, goes to the log, and the client is told",
    "tardis.store.scrub_workers": "the process that asked, where `share` raises it again",
    "tardis.store.trouble": "the visit's, where `Backlog.check` and `Committer.drain` raise it",
    "tardis.client.readahead": "the job's, where `Batch.results` raises it",
    "tardis.streams.beside": "the one that asked for the work, where `Lane.take` raises it",
    "tardis.web.pages.sending": "the one that answers the browser, where `Piped.pieces` raises it",
}


def is_within(name: str, places: set[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def door(room: str) -> list[str]:
    """Return the names a room's ``__all__`` hands out."""
    assert f"tardis.{room}" in MODULES, f"{room} has no door: write its __init__.py"
    for node in HOUSE.trees[f"tardis.{room}"].body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return list(ast.literal_eval(value))
            case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value):
                return list(ast.literal_eval(value))
    return []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_its_floor(room: str) -> None:
    assert room in DEPTH, "a new room needs a place in FLOORS and in docs/architecture.md"


@pytest.mark.parametrize("name", [name for name in MODULES if "." in name])
def test_imports_go_down_and_through_doors(name: str) -> None:
    room = name.split(".")[1]
    for target, item in HOUSE.imports(name):
        if target == "tardis":  # the version, for everyone
            assert item == "__version__", f"the house's own door hands out no {item}"
            continue
        other, *inside = target.split(".")[1:]
        if other != room:
            assert DEPTH[other] > DEPTH[room], f"{room} may not look up or across to {other}"
            wanted = (inside or [item])[0]
            assert wanted in door(other), f"{target}.{item} is behind the door of {other}"


@pytest.mark.parametrize("name", MODULES)
def test_our_own_modules_are_imported_by_from(name: str) -> None:
    for node in ast.walk(HOUSE.trees[name]):
        if isinstance(node, ast.Import):
            assert not [a.name for a in node.names if is_within(a.name, {"tardis"})]
        if isinstance(node, ast.ImportFrom):
            assert [a.name for a in node.names] != ["*"], f"line {node.lineno}: no star imports"


@pytest.mark.parametrize("name", MODULES)
def test_foreign_libraries_have_one_plug(name: str) -> None:
    for library in measure.libraries(HOUSE.trees[name]):
        for foreign, places in (PLUGS | OWN_PLUGS).items():
            if is_within(library, {foreign}):
                assert is_within(name, places), f"{library} enters by {' or '.join(places)}"


@pytest.mark.parametrize("name", MODULES)
def test_no_library_comes_in_unasked(name: str) -> None:
    for library in filter(measure.is_foreign, measure.libraries(HOUSE.trees[name])):
        assert is_within(library, set(PLUGS)), f"{library} has no plug"


def test_nothing_goes_in_circles() -> None:
    assert measure.circle(HOUSE) == []


@pytest.mark.parametrize("room", ROOMS)
def test_doors_are_narrow(room: str) -> None:
    names = door(room)
    assert len(names) == len(set(names))
    assert len(names) <= DOOR_NAMES or room in WIDE_DOORS, f"{room} hands out {len(names)} names"


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_small_and_say_what_they_are_for(name: str) -> None:
    assert ast.get_docstring(HOUSE.trees[name]), "say what this module is for"
    assert measure.lines_of(HOUSE, name) <= MODULE_LINES


def test_functions_are_small() -> None:
    long = [
        f"{name}.{function.name}: {function.lines} lines"
        for name, function in HOUSE.functions
        if function.lines > FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize("name", [name for name in MODULES if not is_within(name, {"tardis.cli"})])
def test_only_the_shells_speak_to_the_world(name: str) -> None:
    for node in ast.walk(HOUSE.trees[name]):
        if isinstance(node, ast.Attribute | ast.Name):
            assert ast.unparse(node) not in ONLY_IN_CLI, f"line {node.lineno}"
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            taken = {f"{node.module}.{alias.name}" for alias in node.names}
            assert taken.isdisjoint(ONLY_IN_CLI), f"line {node.lineno}"


def test_no_module_variable_changes() -> None:
    assert measure.globals_used(HOUSE) == []


def test_imports_stand_at_the_top_unless_heavy_and_foreign() -> None:
    assert measure.inner_imports(HOUSE) == []
    for name, function in HOUSE.functions:
        for node in ast.walk(function.node):
            if isinstance(node, ast.Import | ast.ImportFrom):
                foreign = any(map(measure.is_foreign, measure.libraries(node)))
                assert foreign, f"{name}:{node.lineno} is lazy about what is not foreign"


def test_only_the_front_door_catches_whatever_comes() -> None:
    caught = measure.broad_excepts(HOUSE)
    assert [str(place) for place in caught if place.module != measure.CATCH_ALL] == []
    assert len(caught) <= 1


def test_a_thread_that_hands_its_error_over_says_to_whom() -> None:
    assert {place.module for place in measure.handovers(HOUSE)} == set(HANDOVERS)
    assert all(HANDOVERS.values())


def test_the_schema_is_numbered_without_gaps() -> None:
    scripts = sorted(path.name for path in (ROOT / "schema").iterdir() if path.is_file())
    numbered = [name for name in scripts if re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", name)]
    assert set(scripts) - set(numbered) <= {"tardis.sql"}, "only SQL is installed from schema/"
    assert [int(name[:4]) for name in numbered] == list(range(1, len(numbered) + 1))


def test_every_library_that_must_be_there_has_a_plug() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project["optional-dependencies"]
    needed = [*project["dependencies"], *groups["fuse"], *groups["remote"]]
    names = {re.split(r"[<>=;\[ ]", line)[0].removeprefix("python-") for line in needed}
    assert names <= set(PLUGS)
