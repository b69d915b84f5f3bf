"""What is left out of a backup: rules from many sources, and which of them hold where.

A rule is a pattern of the shell.  Without a slash it is compared with names; with one, with
the last components of a path, or with all of it from where its source stands when the slash
comes first.  A slash at the end: directories only.  ``**`` as a component stands for any
number of directories.  ``!`` in front keeps what any other rule would leave out, whatever
their order, for in a backup a contradiction must not cost a file.

Rules are kept as a tree of components.  On the way down `Scope` keeps the nodes that are
still possible, so a path is never matched as a whole and work does not grow with rules.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from .globs import Index, is_glob

ANY_DEPTH: Final = "**"

_CVS: Final = (
    "RCS SCCS CVS CVS.adm RCSLOG cvslog.* tags TAGS .make.state .nse_depinfo *~ #* .#* ,* _$* *$"
    " *.old *.bak *.BAK *.orig *.rej .del-* *.a *.olb *.o *.obj *.so *.exe *.Z *.elc *.ln core"
    " .*.swp .*.swo .svn .git .hg .bzr"
)
"""The names that CVS ignores, and the directories of its successors."""


class Rule(NamedTuple):
    """One pattern, and where it is told.

    Attributes:
        pattern: As it was written; a slash at the end restricts it to directories.
        source: File or option.
        line: Of the file, from 1; 0 when the source is none.
    """

    pattern: str
    source: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.pattern}"


class Judged(NamedTuple):
    """What the rules say of one name.

    Attributes:
        leaving: Rule that would leave it out.
        keeping: Rule that keeps it all the same.
    """

    leaving: Rule | None = None
    keeping: Rule | None = None

    @property
    def is_left_out(self) -> bool:
        """Whether it is not saved."""
        return self.leaving is not None and self.keeping is None


UNTOUCHED: Final = Judged()


class _Node:
    """A place in the tree of components.

    Attributes:
        last: Rules whose last component is compared here.
        steps: Where a directory of that name leads.
        rest: Where ``**`` leads, which may stand for nothing.
        is_deep: It stays possible in all directories below.
    """

    __slots__ = ("_globs", "is_deep", "last", "rest", "steps")

    def __init__(self, is_deep: bool = False) -> None:
        self.last: Index[Rule] | None = None
        self.steps: Index[_Node] | None = None
        self.rest: _Node | None = None
        self.is_deep = is_deep
        self._globs: dict[str, _Node] | None = None

    def step(self, component: str, is_literal: bool) -> "_Node":
        """Return where *component* leads; a new place the first time."""
        if component == ANY_DEPTH and not is_literal:
            if self.is_deep:
                return self
            if self.rest is None:
                self.rest = _Node(is_deep=True)
            return self.rest
        if self.steps is None:
            self.steps = Index()
        known = self.steps.literal(component)
        if known is not None and (is_literal or not is_glob(component)):
            return known
        node = _Node()
        if is_literal or not is_glob(component):
            self.steps.add_literal(component, node)
            return node
        self._globs = {} if self._globs is None else self._globs
        if component not in self._globs:
            self._globs[component] = node
            self.steps.add(component, node)
        return self._globs[component]

    def end(self, component: str, is_literal: bool, rule: Rule) -> None:
        """Let *rule* end here, at what *component* names."""
        if self.last is None:
            self.last = Index()
        if is_literal:
            self.last.add_literal(component, rule)
        else:
            self.last.add(component, rule)

    def possible(self) -> "Iterator[_Node]":
        """Yield this place, and where ``**`` leads from it, as far as anything follows."""
        for node in (self, self.rest):
            if node is not None and (node.last is not None or node.steps is not None):
                yield node


class RuleSet:
    """Rules of one place: those for everywhere, or those of one directory.

    Args:
        rules: In any order.
        literal_paths: Absolute paths that are left out, with their rules.
    """

    def __init__(
        self, rules: Iterable[Rule], literal_paths: Iterable[tuple[str, Rule]] = ()
    ) -> None:
        self.leaving = _Node()
        self.keeping = _Node()
        for rule in rules:
            if rule.pattern.startswith("!"):
                _insert(self.keeping, rule.pattern[1:], rule)
            else:
                _insert(self.leaving, rule.pattern, rule)
        for path, rule in literal_paths:
            components = [part for part in path.split("/") if part]
            if components:
                _insert_path(self.leaving, components, rule, is_literal=True)


def _insert(top: _Node, pattern: str, rule: Rule) -> None:
    body = pattern.rstrip("/")
    parts = [part for part in body.split("/") if part]
    if not parts:
        return
    if not body.startswith("/"):
        parts.insert(0, ANY_DEPTH)
    if parts[-1] == ANY_DEPTH:  # all that is below
        parts.append("*")
    _insert_path(top, parts, rule)


def _insert_path(node: _Node, parts: list[str], rule: Rule, *, is_literal: bool = False) -> None:
    for part in parts[:-1]:
        node = node.step(part, is_literal)
    node.end(parts[-1], is_literal, rule)


class Scope:
    """The rules that can still hold in one directory and below; it never changes.

    Args:
        leaving: Places in the trees of rules that leave out.
        keeping: Places in the trees of rules that keep.
    """

    __slots__ = ("_keeping", "_leaving", "_speaking", "hits", "is_moving")

    def __init__(self, leaving: tuple[_Node, ...] = (), keeping: tuple[_Node, ...] = ()) -> None:
        self._leaving = leaving
        self._keeping = keeping
        self.is_moving = any(
            not node.is_deep or node.steps is not None for node in leaving + keeping
        )
        self._speaking = [node.last.hits for node in leaving if node.last is not None]
        self.hits: Callable[[str], object] | None = None
        """Answers something true for a name that may be left out; None: none is."""
        if self._speaking:
            self.hits = self._speaking[0] if len(self._speaking) == 1 else self._is_named

    def with_rules(self, rules: RuleSet) -> "Scope":
        """Return what holds in a directory that has *rules* of its own."""
        return Scope(
            (*self._leaving, *rules.leaving.possible()), (*self._keeping, *rules.keeping.possible())
        )

    def enter(self, name: str) -> "Scope":
        """Return what holds in the directory *name* of this one."""
        if not self.is_moving:
            return self
        return Scope(_advance(self._leaving, name), _advance(self._keeping, name))

    def below(self, path: str) -> "Scope":
        """Return what holds in the directory *path*, which begins in this one."""
        scope = self
        for name in path.split("/"):
            if name:
                scope = scope.enter(name)
        return scope

    def judge(self, name: str, is_folder: Callable[[], bool]) -> Judged:
        """Return which rules decide on *name*; *is_folder* is asked only if it matters."""
        leaving = _first(self._leaving, name, is_folder)
        if leaving is None:
            return UNTOUCHED
        return Judged(leaving, _first(self._keeping, name, is_folder))

    def _is_named(self, name: str) -> bool:
        return any(hits(name) for hits in self._speaking)


def _advance(nodes: tuple[_Node, ...], name: str) -> tuple[_Node, ...]:
    found: dict[_Node, None] = {}
    for node in nodes:
        if node.is_deep:
            found[node] = None
        for step in node.steps.find(name) if node.steps is not None else ():
            found.update(dict.fromkeys(step.possible()))
    return tuple(found)


def _first(nodes: tuple[_Node, ...], name: str, is_folder: Callable[[], bool]) -> Rule | None:
    for node in nodes:
        for rule in node.last.find(name) if node.last is not None else ():
            if not rule.pattern.endswith("/") or is_folder():
                return rule
    return None


def cvs_rules(source: str) -> list[Rule]:
    """Return the rules for files of version control systems."""
    return [Rule(pattern, source) for pattern in _CVS.split()]


def parse_rules(text: str, source: str) -> list[Rule]:
    """Return the rules that stand in the lines of *text*.

    Blanks around a line mean nothing; empty lines and those that begin with ``#`` are
    passed over.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    stripped = ((number, line.strip()) for number, line in enumerate(lines, 1))
    return [
        Rule(line, source, number) for number, line in stripped if line and not line.startswith("#")
    ]
