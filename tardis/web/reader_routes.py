"""What `net`'s reader asks: rows and stored bytes as they lie, for who has the keys himself.

Nothing is opened or decrypted here.  Answers about values are in msgpack, see
`tardis.protocol.lookups`, and carry an ETag: what was asked before costs a few bytes.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Any, Final

import flask

from tardis.model import RemoteProtocolError, Right, UsageError
from tardis.protocol import lookups
from tardis.store import DirectoryStore

from .guard import for_client
from .raw_bytes import batch_answer, file_answer, records_answer
from .raw_stores import RawStores
from .raw_tree import walk
from .service import service
from .sessions import Access

_BEYOND: Final = 1 << 63
_DIGITS: Final = 20
_STORES: Final = "tardis.raw_stores"

reading = flask.Blueprint("reader", __name__, url_prefix=f"{lookups.BASE}/<client>")
"""To be registered with the application."""


def raw_stores() -> RawStores:
    """Return the open stores of the present request's application."""
    kept = flask.current_app.extensions
    found: RawStores | None = kept.get(_STORES)
    if found is None:
        options = service().options

        def prepare(client: str) -> None:
            options.open_store(options.place, client, None).close()

        found = kept.setdefault(_STORES, RawStores(options.place, prepare))
    return found


Ask = Callable[[DirectoryStore], Any]


def _question(name: str, method: str = "GET", right: Right = Right.LIST) -> Callable[[Ask], Ask]:
    """Make a route of a function from store to answer."""

    def decorate(ask: Ask) -> Ask:
        @for_client(right, "read backups")
        def view(access: Access) -> flask.Response:
            with raw_stores().lent(access.client) as store:
                return _told(ask(store))

        view.__doc__ = ask.__doc__
        reading.add_url_rule(f"/{name}", name, view, methods=[method])
        return ask

    return decorate


def _told(value: Any) -> flask.Response:
    """Return *value* with an ETag, or that it is what the asker has already."""
    data = lookups.tell(value)
    answer = flask.Response(data, mimetype=lookups.MEDIA)
    if flask.request.method == "GET" and service().options.allow_cache:
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.set_etag(hashlib.blake2b(data, digest_size=16).hexdigest())
        answer.make_conditional(flask.request)
    return answer


@_question("open")
def _open(store: DirectoryStore) -> Any:
    """What the store is, and which form the answers have."""
    identity = store.identity()
    return lookups.WIRE, identity.keys, identity.scheme, lookups.FIELDS


@_question("sets")
def _sets(store: DirectoryStore) -> Any:
    """All backup sets."""
    return tuple(map(lookups.set_row, store.sets()))


@_question("roots")
def _roots(store: DirectoryStore) -> Any:
    """The roots of a set."""
    return tuple(map(lookups.root_row, store.roots(_number("number"))))


@_question("roots_of", "POST")
def _roots_of(store: DirectoryStore) -> Any:
    """The roots of some sets."""
    found = store.roots_of(_body(lookups.NUMBERS))
    return tuple((number, tuple(map(lookups.root_row, some))) for number, some in found.items())


@_question("tree")
def _tree(store: DirectoryStore) -> Any:
    """A directory, and what lies below it as far as the limit goes."""
    span = _number("first"), _number("last")
    after = None
    if "after" in flask.request.args:
        after = _number("after"), _bytes("name")
    wanted = [_number("directory"), *_numbers("also")]
    return tuple(walk(store, list(dict.fromkeys(wanted)), span, after, _number("limit")))


@_question("child")
def _child(store: DirectoryStore) -> Any:
    """One entry of a directory."""
    found = store.child(_number("directory"), _number("number"), _bytes("name"))
    return (found,) if found is not None else ()


@_question("versions")
def _versions(store: DirectoryStore) -> Any:
    """All rows of one name."""
    name = _bytes("name")
    return store.versions(_number("directory"), name, _number("first"), _number("last"))


@_question("holding")
def _holding(store: DirectoryStore) -> Any:
    """What ever had a content."""
    return store.holding(_number("content"))


@_question("naming")
def _naming(store: DirectoryStore) -> Any:
    """What ever named a directory."""
    return store.naming(_number("directory"))


@_question("owners")
def _owners(store: DirectoryStore) -> Any:
    """Names of users and groups."""
    found = store.owners(_number("number"))
    return tuple((*who, name) for who, name in found.items())


@_question("contents", "POST")
def _contents(store: DirectoryStore) -> Any:
    """Where contents lie."""
    return tuple(store.contents(_body(lookups.NUMBERS)).values())


@_question("find_content")
def _find_content(store: DirectoryStore) -> Any:
    """Where the content with a digest lies."""
    found = store.find_content(_bytes("digest"))
    return (found,) if found is not None else ()


@_question("names_of")
def _names_of(store: DirectoryStore) -> Any:
    """Names of files that had a content."""
    return store.names_of(_number("content"))


@_question("unsettled")
def _unsettled(store: DirectoryStore) -> Any:
    """What could not be read whole."""
    return store.unsettled(_number("number"))


@_question("changed_rows")
def _changed_rows(store: DirectoryStore) -> Any:
    """A page of what a set has changed."""
    return _page(*store.changed_page(_number("number"), _number("after"), _key()))


@_question("all_rows")
def _all_rows(store: DirectoryStore) -> Any:
    """A page of all rows."""
    sizes = _number("least"), _number("most")
    return _page(*store.all_page((*sizes, _number("first"), _number("last")), _key()))


@_question("only_needed", "POST")
def _only_needed(store: DirectoryStore) -> Any:
    """What goes with each set."""
    found = store.only_needed(_body(lookups.NUMBERS))
    return tuple((number, *counts) for number, counts in found.items())


@_question("totals")
def _totals(store: DirectoryStore) -> Any:
    """Answer what is kept of the sums of signed sets."""
    return tuple(store.totals().items())


@_question("heads")
def _heads(store: DirectoryStore) -> Any:
    """What is signed of sets."""
    return tuple(map(tuple, store.heads()))


@_question("tags")
def _tags(store: DirectoryStore) -> Any:
    """The sets that tags name."""
    return tuple(store.tags().items())


@_question("free_bytes")
def _free_bytes(store: DirectoryStore) -> Any:
    """Free bytes where the store lies."""
    return store.free_bytes()


@_question("waste")
def _waste(store: DirectoryStore) -> Any:
    """What a purge has left."""
    return store.waste()


@_question("usage")
def _usage(store: DirectoryStore) -> Any:
    """How much the store holds."""
    return store.usage()


@_question("freed_by", "POST")
def _freed_by(store: DirectoryStore) -> Any:
    """What goes with some sets together."""
    return store.freed_by(_body(lookups.NUMBERS))


@reading.post("/records")
@for_client(Right.RESTORE, "restore")
def records(access: Access) -> flask.Response:
    """Records of packs as they lie, each behind its length."""
    wanted = _body(lookups.PLACES)
    return records_answer(raw_stores(), access.client, wanted)


@reading.post("/batch")
@for_client(Right.RESTORE, "restore")
def batch(access: Access) -> flask.Response:
    """Where contents lie, and what lies there, as far as there is room."""
    return batch_answer(raw_stores(), access.client, _body(lookups.NUMBERS))


@reading.get("/file/<digest>/<int:place>")
@for_client(Right.RESTORE, "restore")
def file(access: Access, digest: str, place: int) -> flask.Response:
    """The file of a large content as it lies, or a range of it."""
    name = _from_hex(digest)
    if place >= _BEYOND:
        raise UsageError("the place is out of range")
    return file_answer(raw_stores(), access.client, (name, place))


def _page(rows: list[tuple[int, Any]], key: tuple[int, int, bytes] | None) -> Any:
    return ((key,) if key is not None else ()), rows


def _key() -> tuple[int, int, bytes]:
    return _number("from_directory"), _number("from_set"), _bytes("from_name")


def _numbers(name: str) -> list[int]:
    """Return numbers of the question, between commas; none where it has no such part."""
    text = flask.request.args.get(name, "")
    return [_read_number(name, one) for one in text.split(",")] if text else []


def _number(name: str) -> int:
    """Return a number of the question; UsageError when it is none."""
    return _read_number(name, flask.request.args.get(name, ""))


def _read_number(name: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS):
        raise UsageError(f"the question needs a whole number {name}")
    number = int(text)
    if not -_BEYOND <= number < _BEYOND:
        raise UsageError(f"the number {name} is out of range")
    return number


def _bytes(name: str) -> bytes:
    """Return bytes of the question, which travel in base64; UsageError when they are none."""
    text = flask.request.args.get(name, "")
    try:
        return base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise UsageError(f"the question needs {name} in base64") from None


def _from_hex(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) not in lookups.DIGEST_SIZES:
        raise UsageError("that is no digest")
    return found


def _body(shape: Any) -> Any:
    """Return the value that the body of the question tells."""
    try:
        return lookups.read_question(flask.request.get_data(cache=False), shape)
    except ValueError as error:
        raise RemoteProtocolError(f"the body of the question makes no sense: {error}") from error
