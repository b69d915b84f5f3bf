#!/usr/bin/env python3
"""The house's scoreboard: what the syntax trees say about size, shape and manners.

Prints one line per habit, with its limit and, when it slips, where.  `--check` exits 1
when one slips.  `tests/test_architecture.py` asks the same questions one by one; that
every annotation is true is `mypy --strict`'s to say.
"""

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path
from typing import NamedTuple

MODULE_LINES, FUNCTION_LINES, FUNCTION_LINES_P90 = 400, 50, 30
CATCH_ALL = "tardis.cli.main"
"""The one module whose business it is to catch whatever comes."""

LAZY = re.compile(r"#.*\blazy\b")
"""Marks an import inside a function: a heavy foreign library in its own plug."""

HANDOVER = re.compile(r"# noqa: BLE001 - handed over\b")
"""Marks a broad except that gives the error, whole, to the thread that waits for it."""

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


class Place(NamedTuple):
    """Where something was found."""

    module: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line}"


class Function(NamedTuple):
    """A function or method, with the classes and functions around it in its name."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    is_public: bool
    is_method: bool

    @property
    def lines(self) -> int:
        """How many lines it has from `def` to its end; decorators do not count."""
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno + 1


@dataclass(frozen=True)
class House:
    """Every module of the package, read once.

    Attributes:
        root: The checkout, in which `tardis/`, `tests/` and `schema/` lie.
        modules: Dotted name → file, a package by its own name.
        texts: Dotted name → source lines.
        trees: Dotted name → syntax tree.
    """

    root: Path
    modules: dict[str, Path] = field(init=False, repr=False, default_factory=dict)
    texts: dict[str, list[str]] = field(init=False, repr=False, default_factory=dict)
    trees: dict[str, ast.Module] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for path in sorted((self.root / "tardis").rglob("*.py")):
            name = ".".join(path.relative_to(self.root).with_suffix("").parts)
            name = name.removesuffix(".__init__")
            text = path.read_text(encoding="utf-8")
            self.modules[name] = path
            self.texts[name] = text.splitlines()
            self.trees[name] = ast.parse(text, filename=str(path))

    def line(self, place: Place) -> str:
        """Return the source line at *place*."""
        return self.texts[place.module][place.line - 1]

    def imports(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield (module, imported name) for each of our own that *name* imports.

        The imported name is empty where a whole module is imported.
        """
        package = name if self.modules[name].name == "__init__.py" else name.rpartition(".")[0]
        for node in ast.walk(self.trees[name]):
            if isinstance(node, ast.Import):
                ours = (alias.name for alias in node.names)
                yield from ((module, "") for module in ours if module in self.modules)
            if isinstance(node, ast.ImportFrom):
                source = resolve_name("." * node.level + (node.module or ""), package)
                for alias in node.names:
                    if f"{source}.{alias.name}" in self.modules:
                        yield f"{source}.{alias.name}", ""
                    elif source in self.modules:
                        yield source, alias.name

    @cached_property
    def functions(self) -> list[tuple[str, Function]]:
        """(module, function) for every function, methods and inner ones included."""
        return [(name, f) for name, tree in self.trees.items() for f in iter_functions(tree)]

    def find(self, wanted: Callable[[ast.AST], bool]) -> Iterator[Place]:
        """Yield where a node of any tree is *wanted*."""
        for name, tree in self.trees.items():
            for node in ast.walk(tree):
                if wanted(node):
                    yield Place(name, getattr(node, "lineno", 1))


def libraries(tree: ast.AST) -> Iterator[str]:
    """Yield what *tree* imports absolutely: `package`, `package.module`, `package.name`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)


def is_foreign(library: str) -> bool:
    """Tell whether a dotted import names a library from elsewhere.

    `compression.zstd` counts: before Python 3.14 it is a foreign library.
    """
    top = library.partition(".")[0]
    return top == "compression" or top not in {"tardis", *sys.stdlib_module_names}


def iter_functions(tree: ast.AST, around: str = "", public: bool = True) -> Iterator[Function]:
    """Yield the functions below *tree*, outer before inner."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FUNCTION):
            name = f"{around}{node.name}"
            is_method = isinstance(tree, ast.ClassDef)
            yield Function(name, node, public and not node.name.startswith("_"), is_method)
            yield from iter_functions(node, f"{name}.", public=False)
        elif isinstance(node, ast.ClassDef):
            is_public = public and not node.name.startswith("_")
            yield from iter_functions(node, f"{around}{node.name}.", is_public)
        else:
            yield from iter_functions(node, around, public)


def circle(house: House) -> list[str]:
    """Return the modules of one import circle, in order, or nothing."""
    graph = {name: {t for t, _ in house.imports(name)} - {name} for name in house.modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def is_broad(node: ast.AST) -> bool:
    """Tell whether *node* is an `except` that swallows anything.

    One that ends by raising the same error again swallows nothing.
    """
    if not isinstance(node, ast.ExceptHandler):
        return False
    match node.body[-1]:
        case ast.Raise(exc=None):
            return False
    match node.type:
        case None:
            return True
        case ast.Tuple(elts=kinds):
            names = {ast.unparse(kind) for kind in kinds}
        case kind:
            names = {ast.unparse(kind)}
    return not names.isdisjoint({"Exception", "BaseException"})


def broad_excepts(house: House) -> list[Place]:
    """Return every broad except, those that hand their error over left out."""
    return [place for place in house.find(is_broad) if not HANDOVER.search(house.line(place))]


def handovers(house: House) -> list[Place]:
    """Return every broad except that is marked as handing its error over."""
    return [place for place in house.find(is_broad) if HANDOVER.search(house.line(place))]


def inner_imports(house: House) -> list[Place]:
    """Return the imports inside functions that are not marked `# lazy`."""
    found = {
        Place(name, node.lineno)
        for name, function in house.functions
        for node in ast.walk(function.node)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return sorted(place for place in found if not LAZY.search(house.line(place)))


def globals_used(house: House) -> list[Place]:
    """Return the `global` statements."""
    return list(house.find(lambda node: isinstance(node, ast.Global)))


def lines_of(house: House, name: str) -> int:
    """Return how many lines the file of module *name* has."""
    return len(house.texts[name])


def without_docstring(house: House) -> tuple[int, list[Place]]:
    """Return how many public things there are, and those that say nothing of themselves.

    Modules, classes and functions count; methods need a docstring only where their
    name and types do not tell it all, so they do not.
    """
    total, silent = 0, []
    for name, tree in house.trees.items():
        things: list[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef] = [tree]
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                things += [node] if not node.name.startswith("_") else []
        total += len(things)
        silent += [
            Place(name, getattr(thing, "lineno", 1))
            for thing in things
            if ast.get_docstring(thing) is None
        ]
    return total, silent


def without_annotation(house: House) -> list[Place]:
    """Return the functions that lack the type of an argument or of their result."""
    return [
        Place(name, function.node.lineno)
        for name, function in house.functions
        if not is_annotated(function)
    ]


def is_annotated(function: Function) -> bool:
    """Tell whether every argument but `self` or `cls` has a type, and the result too."""
    node = function.node
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    arguments = [*node.args.posonlyargs, *node.args.args]
    if function.is_method and "staticmethod" not in decorators:
        arguments = arguments[1:]
    arguments += node.args.kwonlyargs
    arguments += [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
    needs_result = not (function.is_method and node.name == "__init__" and arguments)
    return all(argument.annotation for argument in arguments) and (
        node.returns is not None or not needs_result
    )


def unmirrored(house: House) -> list[str]:
    """Return the modules without a test file of their own at the same place in `tests/`."""
    missing = []
    for name, path in house.modules.items():
        inside = path.relative_to(house.root / "tardis")
        test = house.root / "tests" / inside.with_name(f"test_{inside.name}")
        if path.name != "__init__.py" and not test.exists():
            missing.append(name)
    return missing


def count_lines(paths: Iterable[Path]) -> int:
    """Return how many lines the files at *paths* have that are not blank."""
    return sum(
        bool(line.strip()) for path in paths for line in path.read_text("utf-8").splitlines()
    )


class Score(NamedTuple):
    """One line of the board."""

    habit: str
    value: str
    limit: str
    is_kept: bool
    where: list[str]


def none_of(habit: str, found: Iterable[object], limit: int = 0) -> Score:
    """Score a habit of which at most *limit* breaches are allowed."""
    places = [str(place) for place in found]
    return Score(habit, str(len(places)), f"<= {limit}", len(places) <= limit, places)


def at_most(habit: str, sizes: dict[str, int], limit: int) -> Score:
    """Score the largest of *sizes*."""
    largest = max(sizes.values(), default=0)
    over = [f"{name} ({size})" for name, size in sizes.items() if size > limit]
    return Score(habit, str(largest), f"<= {limit}", not over, over)


def percent(habit: str, total: int, missing: list[Place]) -> Score:
    """Score a habit that everything must have."""
    share = 100 * (total - len(missing)) / total if total else 100.0
    return Score(habit, f"{share:.1f} %", "100 %", not missing, [str(place) for place in missing])


def board(house: House) -> list[Score]:
    """Return the scores, one per habit."""
    lengths = {f"{name}.{f.name}": f.lines for name, f in house.functions}
    in_order = sorted(lengths.values())
    p90 = in_order[int(0.9 * (len(in_order) - 1))] if in_order else 0
    source = count_lines(house.modules.values())
    tests = count_lines((house.root / "tests").rglob("*.py"))
    ratio = tests / source if source else 0.0
    broad = [place for place in broad_excepts(house) if place.module != CATCH_ALL]
    main = [place for place in broad_excepts(house) if place.module == CATCH_ALL]
    return [
        none_of("broad except in cli/main.py", main, limit=1),
        none_of("broad except elsewhere", broad),
        none_of("global", globals_used(house)),
        none_of("imports inside functions, not lazy", inner_imports(house)),
        none_of("import circles", [" -> ".join(circle(house))] if circle(house) else []),
        at_most(
            "largest file", {name: lines_of(house, name) for name in house.modules}, MODULE_LINES
        ),
        at_most("longest function", lengths, FUNCTION_LINES),
        Score(
            "function length, 90th percentile",
            str(p90),
            f"<= {FUNCTION_LINES_P90}",
            p90 <= FUNCTION_LINES_P90,
            [],
        ),
        percent("public docstrings", *without_docstring(house)),
        percent("annotated functions", len(house.functions), without_annotation(house)),
        Score(
            "test lines per source line",
            f"{ratio:.2f}",
            ">= 1",
            ratio >= 1,
            [f"{tests} / {source}"],
        ),
    ]


def main() -> int:
    """Print the board; return 1 when asked to check and a habit slipped."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 when a habit slips")
    parser.add_argument("--mirror", action="store_true", help="name modules without a test")
    flags = parser.parse_args()
    house = House(Path(__file__).resolve().parents[1])
    scores = board(house)
    for score in scores:
        mark = " " if score.is_kept else "!"
        print(f"{mark} {score.habit:36} {score.value:>8}   {score.limit}")
        if not score.is_kept:
            print("".join(f"      {place}\n" for place in score.where), end="")
    told = unmirrored(house)
    print(f"  {'broad except that hands over':36} {len(handovers(house)):>8}   (told only)")
    print(f"  {'modules without a test file':36} {len(told):>8}   (told only)")
    if flags.mirror:
        print("".join(f"      {name}\n" for name in told), end="")
    return int(flags.check and not all(score.is_kept for score in scores))


if __name__ == "__main__":
    sys.exit(main())
