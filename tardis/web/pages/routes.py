"""The addresses of the pages, and who may see what."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import flask
from flask.typing import ResponseReturnValue

from tardis.history import Node, Request, Tree
from tardis.model import (
    AuthenticationError,
    BackupSet,
    Entry,
    IntegrityError,
    NoSuchPathError,
    Observer,
    Right,
    RightsError,
    StoreError,
    TardisError,
    UsageError,
)
from tardis.policy import LocalZone
from tardis.render import is_binary
from tardis.store import StoreReader
from tardis.web.answers import status_of
from tardis.web.content_routes import send_content
from tardis.web.guard import for_client
from tardis.web.service import service
from tardis.web.sessions import COOKIE, Access

from . import browsing, comparing, files, finding, sending
from .overview import Glance, glance_at
from .slider import slider_of, window_around
from .timeline import Range, range_of_days, timeline_of
from .views import (
    arguments,
    chosen_set,
    comes_from_elsewhere,
    finish,
    helpers,
    link,
    page,
)

blueprint: Final = flask.Blueprint(
    "pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/pages/static",
)
blueprint.after_request(finish)
blueprint.context_processor(helpers)

_SEE_OTHER: Final = 303
_INSIDE: Final = "/pages/"
_LISTS: Final = (Right.LIST, "look at its sets")
_READS: Final = (Right.RESTORE, "read its files")
_NO_PAGE: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For what is in backups: whatever it says it is, it may do nothing."""


@blueprint.errorhandler(TardisError)
def failed(error: TardisError) -> ResponseReturnValue:
    """Say what is wrong; who is not logged in is asked for the password."""
    status = status_of(error)
    if isinstance(error, AuthenticationError) and flask.request.method in ("GET", "HEAD"):
        client = (flask.request.view_args or {}).get("client", "")
        return flask.redirect(link("login", name=client, next=_here()), _SEE_OTHER)
    if status >= 500:  # noqa: PLR2004 - ours, so it goes to the log
        service().log(f"{flask.request.path}: {error}", is_trouble=True)
    client = (flask.request.view_args or {}).get("client", "")
    return page("error.html", error=error, status=status, client=client), status


def _here() -> str:
    """Return the address of the present request, just as it came."""
    query = flask.request.query_string.decode("latin-1")
    return flask.request.path + (f"?{query}" if query else "")


@blueprint.get("/")
def root() -> ResponseReturnValue:
    """Lead to the pages."""
    return flask.redirect(flask.url_for("pages.clients"), _SEE_OTHER)


@blueprint.get("/pages/")
def clients() -> ResponseReturnValue:
    """Show how all clients are that this browser is logged in to."""
    session = service().session()
    accesses = sorted(session.accesses) if session else []
    if not accesses:
        return flask.redirect(link("login"), _SEE_OTHER)
    cards = [(client, *_glance(client)) for client in accesses]
    return page("clients.html", cards=cards)


def _glance(client: str) -> tuple[Glance | None, str]:
    """Return how a client is, or why that cannot be told."""
    try:
        access = service().access(client)
        service().require(access, *_LISTS)
        with service().raw_reader(access) as reader:
            return glance_at(reader, service().options.place, client, time.time_ns()), ""
    except (AuthenticationError, RightsError, StoreError) as error:
        return None, str(error)


@blueprint.get("/pages/login")
def login() -> ResponseReturnValue:
    """Ask for a client and its password."""
    given = arguments()
    return page("login.html", client=given.text("name"), next=given.text("next"), error=None)


@blueprint.post("/pages/login")
def enter() -> ResponseReturnValue:
    """Log in with a password."""
    form = flask.request.form
    client, onward = form.get("client", "").strip(), form.get("next", "")
    try:
        if comes_from_elsewhere():
            raise RightsError("this form was sent by a page of another site")
        access = service().logins.by_password(
            client, form.get("slot", "").strip(), form.get("password", ""), service().caller()
        )
    except TardisError as error:
        shown = page("login.html", client=client, next=onward, error=error)
        return shown, status_of(error)
    if not onward.startswith(_INSIDE) or "\\" in onward:
        onward = link("timeline", client)
    answer = flask.make_response(flask.redirect(onward, _SEE_OTHER))
    service().admit(answer, access)
    return answer


@blueprint.post("/pages/logout")
def leave() -> ResponseReturnValue:
    """Log out of one client, or of all; its keys are forgotten."""
    if comes_from_elsewhere():
        raise RightsError("this form was sent by a page of another site")
    cookie = flask.request.cookies.get(COOKIE, "")
    service().sessions.drop(cookie, flask.request.form.get("client", ""))
    return flask.redirect(link("clients"), _SEE_OTHER)


@blueprint.get("/pages/c/<client>/")
@for_client(*_LISTS)
def timeline(access: Access) -> ResponseReturnValue:
    """Show the sets of a client: a chart of a range of them, and a table."""
    given = arguments()
    first, last = given.number("first"), given.number("last")
    wanted = Range(min(first, last), max(first, last)) if first and last else None
    zone = LocalZone()
    days = given.day("from", zone), given.day("to", zone)
    with service().raw_reader(access) as reader:
        wanted = wanted or range_of_days(reader, *days)
        shown = timeline_of(reader, wanted, given.number("below"))
        return page("timeline.html", client=access.client, shown=shown)


@blueprint.get("/pages/c/<client>/browse")
@for_client(*_LISTS)
def browse(access: Access) -> ResponseReturnValue:
    """Show a directory as it was in one set, and the way through time."""
    given = arguments()
    path = given.path()
    with service().reader(access) as reader:
        backup = chosen_set(reader, given.number("set"))
        tree = Tree(reader, backup.number)
        path = path or browsing.start_of(tree)
        node = browsing.resolve(tree, path)
        if node is not None and not node.is_directory:
            return flask.redirect(
                link("file", access.client, set=backup.number, path=path), _SEE_OTHER
            )
        window = window_around(reader, backup.number)
        slider = slider_of(reader, window, path, backup.number)
        folder = None
        if node is not None:
            folder = browsing.folder_of(reader, tree, node, slider.before, given.data("after"))
        return page(
            "browse.html",
            client=access.client,
            backup=backup,
            path=path,
            crumbs=browsing.crumbs_of(path),
            slider=slider,
            folder=folder,
            near=browsing.nearest(tree, path) if node is None else None,
            damaged=_damaged(reader, folder),
            may_download=node is not None,
        )


def _damaged(reader: StoreReader, folder: browsing.Folder | None) -> set[int]:
    """Return the contents of a page that are known not to be readable."""
    entries = [item.entry for item in folder.items if item.entry] if folder else []
    ids = sorted({entry.content for entry in entries if entry.content is not None})
    return {one for one, content in reader.contents(ids).items() if content.is_damaged}


@blueprint.get("/pages/c/<client>/file")
@for_client(*_LISTS)
def file(access: Access) -> ResponseReturnValue:
    """Show one file: its versions, and what of it can be shown."""
    given = arguments()
    path = given.path()
    with service().reader(access) as reader:
        backup = chosen_set(reader, given.number("set"))
        tree = Tree(reader, backup.number)
        node = browsing.resolve(tree, path)
        if node is not None and node.is_directory:
            return flask.redirect(
                link("browse", access.client, set=backup.number, path=path), _SEE_OTHER
            )
        versions = files.versions_at(reader, window_around(reader, backup.number), path)
        entry = node.entry if node is not None else None
        preview = None
        if entry is not None and entry.is_regular:
            service().require(access, *_READS)
            preview = files.preview_of(reader, entry)
        owners = reader.owners(backup.number)
        return page(
            "file.html",
            client=access.client,
            backup=backup,
            path=path,
            crumbs=browsing.crumbs_of(path),
            entry=entry,
            owners=owners,
            versions=versions,
            preview=preview,
        )


@blueprint.get("/pages/c/<client>/compare")
@for_client(*_READS)
def compare(access: Access) -> ResponseReturnValue:
    """Show two versions of a file side by side."""
    given = arguments()
    path = given.path()
    with service().reader(access) as reader:
        numbers = sorted((given.number("left"), given.number("right")))
        backups = [chosen_set(reader, number) for number in numbers]
        entries = [_file_in(reader, backup, path) for backup in backups]
        compared, kind = _compared(reader, entries)
        return page(
            "compare.html",
            client=access.client,
            path=path,
            crumbs=browsing.crumbs_of(path),
            backups=backups,
            entries=entries,
            compared=compared,
            kind=kind,
        )


def _compared(reader: StoreReader, entries: list[Entry]) -> tuple[comparing.Compared | None, str]:
    """Return the differences of two texts, and what the two files are to be called."""
    if entries[0].content == entries[1].content:
        return None, "same"
    if max(entry.size for entry in entries) > comparing.MOST_BYTES:
        kinds = {preview.kind for preview in (files.preview_of(reader, one) for one in entries)}
        return None, "picture" if kinds == {"picture"} else "long"
    left, right = (
        files.beginning(reader, files.content_of(reader, entry), comparing.MOST_BYTES)
        for entry in entries
    )
    if files.picture_type(left) and files.picture_type(right):
        return None, "picture"
    if is_binary(left) or is_binary(right):
        return None, "binary"
    found = comparing.compare(left, right)
    if found is None:
        return None, "long"
    return found, "text" if found.rows else "ends"


@blueprint.get("/pages/c/<client>/picture")
@for_client(*_READS)
def picture(access: Access) -> ResponseReturnValue:
    """Send a picture to be shown; nothing else is ever shown as what it says it is."""
    given = arguments()
    with service().reader(access) as reader:
        backup = chosen_set(reader, given.number("set"))
        entry = _file_in(reader, backup, given.path())
        content = files.content_of(reader, entry)
        if content.size > files.PICTURE_BYTES:
            raise UsageError("this picture is too large to be shown")
        data = files.beginning(reader, content, files.PICTURE_BYTES)
    kind = files.picture_type(data)
    if not kind:
        raise UsageError("this is no picture of a kind that is shown")
    answer = flask.Response(data, mimetype=kind)
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["Content-Security-Policy"] = _NO_PAGE
    return answer


@blueprint.get("/pages/c/<client>/download")
@for_client(*_READS)
def download(access: Access) -> ResponseReturnValue:
    """Send a file, or a range of it."""
    given = arguments()
    with ExitStack() as opened:
        reader = opened.enter_context(service().reader(access))
        backup = chosen_set(reader, given.number("set"))
        entry = _file_in(reader, backup, given.path())
        content = files.content_of(reader, entry)
        answer = send_content(access, reader, content, entry.name, opened)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = _NO_PAGE
    return answer


@blueprint.get("/pages/c/<client>/archive")
@for_client(*_READS)
def archive(access: Access) -> ResponseReturnValue:
    """Send a directory as a tar or zip archive."""
    given = arguments()
    kind = given.text("as") or "tar"
    if kind not in ("tar", "zip"):
        raise UsageError("an archive is a tar or a zip")
    with service().reader(access) as reader:
        backup = chosen_set(reader, given.number("set"))
        node = _node_in(reader, backup, given.path() or b"/")
    name = node.name or access.client.encode()
    wanted = Request(backup.number, node.path, name, node.is_directory)
    here, found = service(), list[str]()

    @contextmanager
    def opened() -> Iterator[StoreReader]:
        with here.reader(access) as reader:
            reader.tell_faults(found.append)
            yield reader

    body = sending.archive(opened, wanted, kind, Observer(), found)
    answer = flask.Response(body, direct_passthrough=True)
    answer.headers.update(sending.archive_headers(name, kind))
    answer.headers["Content-Security-Policy"] = _NO_PAGE
    return answer


@blueprint.get("/pages/c/<client>/search")
@for_client(*_LISTS)
def search(access: Access) -> ResponseReturnValue:
    """Look for names in all sets, some of the catalog at a time."""
    given = arguments()
    wanted = given.text("q").strip()
    begin = (given.number("directory"), given.number("first"), given.data("after"))
    with service().reader(access) as reader:
        found = finding.search(reader, wanted, begin) if wanted else None
        return page("search.html", client=access.client, wanted=wanted, search=found)


def _node_in(reader: StoreReader, backup: BackupSet, path: bytes) -> Node:
    return Tree(reader, backup.number).resolve(path)


def _file_in(reader: StoreReader, backup: BackupSet, path: bytes) -> Entry:
    """Return the row of a regular file.

    Raises:
        NoSuchPathError: The set has none there.
        IntegrityError: It could never be read.
    """
    entry = _node_in(reader, backup, path).entry
    if entry is None or not entry.is_regular:
        raise NoSuchPathError("that is no file whose bytes were saved")
    if entry.content is None:
        raise IntegrityError("it could never be read, so the store has no content of it")
    return entry
