"""Looking at the past by the interface of version 0.33: its routes, one function each.

What changed something there by GET is a POST here, in `old_changes`.  Lists of files are sent
as they are read, whatever their length.
"""

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import flask

from tardis.history import Node, Places, Span, Tree
from tardis.model import BackupSet, Entry, NoSuchPathError, NoSuchSetError, Right, UsageError
from tardis.store import StoreReader, read_settings

from .answers import json_answer
from .content_routes import send_content
from .old_session import for_host, host
from .old_shapes import checksum_object, file_object, node_object, set_object
from .service import service
from .sets import chosen_set

blueprint: Final = flask.Blueprint("old", __name__)

_lists = for_host(Right.LIST, "list its sets and files")
_reads = for_host(Right.RESTORE, "read files")
_PAGE: Final = 500
_NS: Final = 10**9
_EVER: Final = float(1 << 62)


@contextmanager
def opened(*, needs_names: bool = True) -> Iterator[StoreReader]:
    """Open the store of the request's client; without names keys are not needed either."""
    shared = service()
    with (shared.reader if needs_names else shared.raw_reader)(host()) as reader:
        yield reader


def path_behind(parts: int) -> bytes:
    """Return what stands behind *parts* parts of the request's path, any bytes."""
    raw = flask.request.environ["PATH_INFO"].encode("latin-1")
    return bytes(raw.split(b"/", parts + 1)[-1])


def find_node(tree: Tree, path: bytes) -> Node | None:
    """Return what a set holds at *path*, which has lost its leading slash in the URL."""
    return tree.find(b"/" + path) or tree.find(path)


def parent_of(tree: Tree, node: Node) -> int | None:
    """Return the directory that *node* is in, by our number."""
    above = tree.find(node.path.rpartition(b"/")[0] or b"/")
    return above.directory if above else None


def told(reader: StoreReader, tree: Tree, node: Node) -> dict[str, Any]:
    """Return the object of *node*."""
    content = node.entry.content if node.entry else None
    stored = reader.contents([content]).get(content) if content is not None else None
    return node_object(node, tree.number, parent_of(tree, node), stored)


def _one_set(find: str) -> flask.Response:
    with opened(needs_names=False) as reader:
        try:
            return json_answer(set_object(chosen_set(reader, find)))
        except NoSuchSetError:
            return json_answer(None)


@blueprint.get("/getBackupSetInfo/<name>")
@_lists
def get_backup_set_info(name: str) -> flask.Response:
    """Tell of a set by name."""
    return _one_set(name)


@blueprint.get("/getBackupSetInfoById/<int:number>")
@_lists
def get_backup_set_info_by_id(number: int) -> flask.Response:
    """Tell of a set by number."""
    return _one_set(str(number))


@blueprint.get("/lastBackupSet/<int:completed>")
@_lists
def last_backup_set(completed: int) -> flask.Response:
    """Tell of the newest set, or the newest complete one."""
    return _newest(lambda one: one.is_complete or not completed)


@blueprint.get("/getBackupSetInfoForTime/<moment>")
@_lists
def get_backup_set_info_for_time(moment: str) -> flask.Response:
    """Tell of the newest set that had begun by then."""
    limit = moment_ns(moment)
    return _newest(lambda one: one.started_ns <= limit)


def moment_ns(text: str) -> int:
    """Return seconds since 1970, as text, in nanoseconds.

    Raises:
        UsageError: It is no number.
    """
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if math.isnan(found):
        raise UsageError(f"{text[:40]!r} is no time in seconds")
    return int(max(-_EVER, min(found * _NS, _EVER)))


def _newest(is_wanted: Any) -> flask.Response:
    with opened(needs_names=False) as reader:
        found = [one for one in reader.sets() if is_wanted(one)]
    return json_answer(set_object(found[-1]) if found else None)


@blueprint.get("/listBackupSets")
@_lists
def list_backup_sets() -> flask.Response:
    """List all sets."""
    with opened(needs_names=False) as reader:
        return json_answer([set_object(one) for one in reader.sets()])


@blueprint.get("/getBackupSetDetails/<wanted>")
@_lists
def get_backup_set_details(wanted: str) -> flask.Response:
    """Tell files, directories, size, what was new, and what would go with a set."""
    with opened(needs_names=False) as reader:
        one = chosen_set(reader, wanted)
        purgeable = reader.only_needed([each.number for each in reader.sets()])
    new = [one.new_files + one.delta_files, one.new_bytes, one.stored_bytes]
    gone = list(purgeable.get(one.number, (0, 0, 0)))
    files = one.entries - one.directories
    return json_answer([files, one.directories, one.size_bytes, new, gone])


@blueprint.get("/getFileInfoByPath/<wanted>")
@blueprint.get("/getFileInfoByPath/<wanted>/<anything:_path>")
@_lists
def get_file_info_by_path(wanted: str, _path: str = "") -> flask.Response:
    """Tell of a path in a set, or null."""
    path = path_behind(2) if _path else b""
    with opened() as reader:
        tree = Tree(reader, chosen_set(reader, wanted).number)
        node = find_node(tree, path)
        return json_answer(told(reader, tree, node) if node else None)


@blueprint.get("/getFileInfoForPath/<wanted>/<anything:_path>")
@_lists
def get_file_info_for_path(wanted: str, _path: str) -> flask.Response:
    """Tell of each directory on the way to a path, and of the path itself."""
    names = path_behind(2).strip(b"/").split(b"/")
    with opened() as reader:
        tree = Tree(reader, chosen_set(reader, wanted).number)
        found = []
        for length in range(1, len(names) + 1):
            node = find_node(tree, b"/".join(names[:length]))
            if node is None:
                break
            found.append(told(reader, tree, node))
    return json_answer(found)


@blueprint.get("/getFileInfoByPathForRange/<int:first>/<int:last>/<anything:_path>")
@_lists
def get_file_info_by_path_for_range(first: int, last: int, _path: str) -> flask.Response:
    """Tell of a path in each set of a range that has it: [set, object]."""
    path = path_behind(3)
    with opened() as reader:
        span = Span(_between(reader, first, last))
        places = Places(reader, span)
        place = places.find(b"/" + path) or places.find(path)
        rows = place.rows if place else []
        contents = reader.contents({row.content for _, row in rows if row.content is not None})
        found = [
            (one.number, file_object(row, None, contents.get(row.content or 0)))
            for mask, row in rows
            for one in span.each(mask)
        ]
    return json_answer(sorted(found, key=lambda pair: pair[0]))


def _between(reader: StoreReader, first: int, last: int) -> list[BackupSet]:
    found = [one for one in reader.sets() if first <= one.number <= last]
    if not found:
        raise NoSuchSetError(f"there is no backup set from {first} to {last}")
    return found


@blueprint.get("/getFileInfoByName/<wanted>/<int:_device>/<int:inode>/<anything:_name>")
@_lists
def get_file_info_by_name(wanted: str, _device: int, inode: int, _name: str) -> flask.Response:
    """Tell of a name in a directory, or null."""
    name = path_behind(4)
    with opened() as reader:
        found = reader.child(_ours(inode), chosen_set(reader, wanted).number, name)
        return json_answer(_object(reader, inode, found) if found else None)


@blueprint.get("/getFileInfoByInode/<wanted>/<int:_device>/<int:inode>")
@_lists
def get_file_info_by_inode(wanted: str, _device: int, inode: int) -> flask.Response:
    """Tell of a directory by its number, or null."""
    with opened() as reader:
        number = chosen_set(reader, wanted).number
        for above, row in reader.naming(_ours(inode)):
            if row.first_set <= number <= row.last_set:
                return json_answer(_object(reader, above, row))
    return json_answer(None)


def _ours(inode: int) -> int:
    return min(inode, (1 << 63) - 1)


def _object(reader: StoreReader, parent: int, row: Entry) -> dict[str, Any]:
    stored = reader.contents([row.content]) if row.content is not None else {}
    return file_object(row, parent, stored.get(row.content or 0))


@blueprint.get("/readDirectory/<wanted>/<int:_device>/<int:inode>")
@_lists
def read_directory(wanted: str, _device: int, inode: int) -> flask.Response:
    """List a directory of a set."""
    with ExitStack() as stack:
        reader = stack.enter_context(opened())
        number = chosen_set(reader, wanted).number
        rows = ((inode, row) for row in reader.children(_ours(inode), number))
        return _streamed(reader, rows, stack)


@blueprint.get("/readDirectoryForRange/<int:_device>/<int:inode>/<int:first>/<int:last>")
@_lists
def read_directory_for_range(_device: int, inode: int, first: int, last: int) -> flask.Response:
    """List what a directory had in any set of a range."""
    with ExitStack() as stack:
        reader = stack.enter_context(opened())
        rows = ((inode, row) for row in reader.history(_ours(inode), _ours(first), _ours(last)))
        return _streamed(reader, rows, stack)


@blueprint.get("/getNewFiles/<wanted>/<_other>")
@_lists
def get_new_files(wanted: str, _other: str) -> flask.Response:
    """List what a set shows and the one before did not."""
    with ExitStack() as stack:
        reader = stack.enter_context(opened())
        one = chosen_set(reader, wanted)
        before = max((each.number for each in reader.sets() if each.number < one.number), default=0)
        return _streamed(reader, reader.changed_rows(one.number, before), stack)


def _streamed(
    reader: StoreReader, rows: Iterable[tuple[int, Entry]], stack: ExitStack
) -> flask.Response:
    """Send rows as one JSON list, without ever holding more than a page of them."""
    held = stack.pop_all()
    answer = flask.Response(_parts(reader, rows), mimetype="application/json")
    answer.call_on_close(held.close)
    return answer


def _parts(reader: StoreReader, rows: Iterable[tuple[int, Entry]]) -> Iterator[bytes]:
    start, waiting = b"[", list[tuple[int, Entry]]()
    for row in rows:
        waiting.append(row)
        if len(waiting) == _PAGE:
            yield start + _page(reader, waiting)
            start, waiting = b",", []
    yield (start + _page(reader, waiting) if waiting else start.replace(b",", b"")) + b"]"


def _page(reader: StoreReader, rows: list[tuple[int, Entry]]) -> bytes:
    ids = {row.content for _, row in rows if row.content is not None}
    contents = reader.contents(sorted(ids))
    found = [file_object(row, above, contents.get(row.content or 0)) for above, row in rows]
    return json.dumps(found)[1:-1].encode()


@blueprint.get("/getChecksumByPath/<wanted>/<anything:_path>")
@_lists
def get_checksum_by_path(wanted: str, _path: str) -> flask.Response:
    """Tell the checksum of a file, or null."""
    with opened() as reader:
        tree = Tree(reader, chosen_set(reader, wanted).number)
        node = find_node(tree, path_behind(2))
        return json_answer(told(reader, tree, node)["checksum"] if node else None)


@blueprint.get("/getFirstBackupSet/<wanted>/<anything:_path>")
@_lists
def get_first_backup_set(wanted: str, _path: str) -> flask.Response:
    """Tell the name of the first set that has a path as the given one has it, or null."""
    with opened() as reader:
        number = chosen_set(reader, wanted).number
        node = find_node(Tree(reader, number), path_behind(2))
        if node is None:
            return json_answer(None)
        first = node.entry.first_set if node.entry else number
        return json_answer(next(one.name for one in reader.sets() if one.number >= first))


@blueprint.get("/getChecksumInfo/<digest>")
@_lists
def get_checksum_info(digest: str) -> flask.Response:
    """Tell of a content, or null."""
    return _content(digest, as_list=False)


@blueprint.get("/getChecksumInfoChain/<digest>")
@_lists
def get_checksum_info_chain(digest: str) -> flask.Response:
    """Tell of a content as a chain of one: contents are sent whole."""
    return _content(digest, as_list=True)


def _content(digest: str, *, as_list: bool) -> flask.Response:
    with opened() as reader:
        stored = reader.find_content(digest_of(digest))
    found = checksum_object(stored) if stored else None
    return json_answer([found] if found and as_list else found)


def digest_of(text: str) -> bytes:
    """Return a checksum that was written in hexadecimal digits.

    Raises:
        UsageError: It was not.
    """
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UsageError("a checksum is written in hexadecimal digits") from error


@blueprint.get("/getChecksumInfoChainByPath/<wanted>/<anything:_path>")
@_lists
def get_checksum_info_chain_by_path(wanted: str, _path: str) -> flask.Response:
    """Tell of the content of a file as a chain of one, or null."""
    with opened() as reader:
        tree = Tree(reader, chosen_set(reader, wanted).number)
        node = find_node(tree, path_behind(2))
        digest = told(reader, tree, node)["checksum"] if node else None
    return _content(digest, as_list=True) if digest else json_answer(None)


@blueprint.get("/getChainLength/<digest>")
@_lists
def get_chain_length(digest: str) -> flask.Response:
    """Tell how many deltas a reader has to put together: none, contents are sent whole."""
    with opened() as reader:
        stored = reader.find_content(digest_of(digest))
    if stored is None:
        raise NoSuchPathError("the store has no content with that checksum")
    return json_answer(0)


@blueprint.get("/getFileData/<digest>")
@_reads
def get_file_data(digest: str) -> flask.Response:
    """Send the bytes of a content, whole and expanded."""
    with ExitStack() as stack:
        reader = stack.enter_context(opened())
        stored = reader.find_content(digest_of(digest))
        if stored is None:
            raise NoSuchPathError("the store has no content with that checksum")
        return send_content(host(), reader, stored, digest.encode(), stack)


@blueprint.get("/getConfigValue/<key>")
@_lists
def get_config_value(key: str) -> flask.Response:
    """Tell a setting that the administrator has stored for the client, or null."""
    found = read_settings(service().options.place, host().client)
    return json_answer(found.get(key))
