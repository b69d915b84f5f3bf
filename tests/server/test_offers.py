"""What is offered as a basis, who may ask for its signature, and what is made of a delta."""

from typing import Any

import pytest

from tardis.crypto import digest
from tardis.delta import CLASSIC, iter_delta, signature_size, style_of
from tardis.model import SCHEMES, IntegrityError, RemoteProtocolError, TardisError
from tardis.protocol.messages import (
    CloseSet,
    Digests,
    DigestVerdicts,
    SetClosed,
    SignatureEnd,
    SignaturePart,
    Unread,
    UploadBegin,
    UploadEnd,
    UploadPart,
    Verdicts,
    WantSignatures,
)
from tardis.server import offers as module
from tests.delta.shapes import edited, noise, pieces, signature_of
from tests.server.talker import Kit, Talker, segments
from tests.server.trees import Tree

OLD = noise(1_500_000)
NEW = edited(OLD, [("overwrite", 0.5, 100), ("insert", 0.2, 20)])


@pytest.fixture(params=SCHEMES)
def tree(kit: Kit, request: pytest.FixtureRequest) -> Tree:
    """A tree that was backed up once and whose file has changed since."""
    made = Tree()
    made.write(b"big", OLD)
    kit.run(made, wish={"scheme": request.param})
    made.write(b"big", NEW)
    return made


def begin(kit: Kit, tree: Tree, **wish: Any) -> Talker:
    talker = Talker(kit.connect())
    talker.open(**{"is_creating": False, **wish})
    talker.begin(tree)
    talker.list(tree, b"")
    return talker


def basis_of(talker: Talker) -> int:
    """Hear what is wanted: one delta; return its basis."""
    verdicts = talker.expect(Verdicts)
    ((_, basis, size),) = verdicts.deltas
    assert (verdicts.contents, verdicts.digests) == ((), ()) and size > 0
    return basis


def signature(talker: Talker, basis: int) -> bytes:
    talker.say(WantSignatures((basis,)))
    parts = []
    while isinstance(message := talker.hear(), SignaturePart):
        assert message.basis == basis
        parts.append(message.data)
    assert message == SignatureEnd(basis, True)
    return b"".join(parts)


def send_delta(talker: Talker, basis: int, files: tuple[bytes, bytes], claim: bytes) -> None:
    """Send a delta between *files*, and claim that it makes *claim*."""
    old, new = files
    assert talker.opened is not None
    sums, style = signature(talker, basis), style_of(talker.opened.scheme)
    assert len(sums) == signature_size(len(old), style)
    delta = b"".join(iter_delta(sums, len(old), pieces(new), style))
    talker.say(UploadBegin(0, 0, False, basis))
    for part in segments(delta):
        talker.say(UploadPart(len(part), 0, part))
    talker.say(UploadEnd(0, b"", digest(talker.key, claim), len(claim)))


def close(talker: Talker, files: int = 1) -> SetClosed:
    talker.say(CloseSet(1, files, 0, 0))
    return talker.expect(SetClosed)


def trouble(talker: Talker) -> TardisError:
    error = talker.trouble()
    talker.close()
    return error


def test_a_changed_file_is_wanted_as_a_delta(kit: Kit, tree: Tree) -> None:
    with begin(kit, tree) as talker:
        send_delta(talker, basis_of(talker), (OLD, NEW), NEW)
        closed = close(talker)
    assert (closed.new_files, closed.delta_files, closed.new_bytes) == (0, 1, len(NEW))
    assert kit.flat(2) == tree.flat()
    assert kit.rows("SELECT basis, chain FROM contents ORDER BY id") == [(None, 0), (1, 1)]


def test_only_a_classic_store_keeps_the_signature(kit: Kit, tree: Tree) -> None:
    with begin(kit, tree) as talker:
        assert talker.opened is not None
        send_delta(talker, basis_of(talker), (OLD, NEW), NEW)
        close(talker)
    kept = [path.read_bytes() for path in (kit.base / "box").glob("??/??/*.sig")]
    assert kept == ([signature_of(OLD, CLASSIC)] if talker.opened.scheme == "classic" else [])


def test_bytes_may_be_sent_instead(kit: Kit, tree: Tree) -> None:
    with begin(kit, tree) as talker:
        basis_of(talker)
        talker.upload(0, 0, NEW)
        close(talker)
    assert kit.flat(2) == tree.flat()


def test_a_signature_is_made_once_for_each_offer(kit: Kit, tree: Tree) -> None:
    talker = begin(kit, tree)
    basis = basis_of(talker)
    signature(talker, basis)
    talker.say(WantSignatures((basis,)))
    error = trouble(talker)
    assert isinstance(error, RemoteProtocolError) and "not offered" in str(error)


def test_nothing_else_has_a_signature(kit: Kit, tree: Tree) -> None:
    talker = begin(kit, tree)
    talker.say(WantSignatures((basis_of(talker) + 1,)))
    assert isinstance(trouble(talker), RemoteProtocolError)


@pytest.mark.parametrize("basis", [-1, 2, 1 << 62])
def test_a_delta_stands_on_what_was_offered(kit: Kit, tree: Tree, basis: int) -> None:
    talker = begin(kit, tree)
    basis_of(talker)
    talker.say(UploadBegin(0, 0, False, basis))
    assert isinstance(trouble(talker), RemoteProtocolError)


def test_what_has_holes_is_no_delta(kit: Kit, tree: Tree) -> None:
    talker = begin(kit, tree)
    talker.say(UploadBegin(0, 0, True, basis_of(talker)))
    error = trouble(talker)
    assert isinstance(error, RemoteProtocolError) and "holes" in str(error)


@pytest.mark.parametrize("claim", [OLD[:-1], NEW + b"!", b"", NEW[::-1]])
def test_a_delta_that_makes_something_else_spoils_nothing(
    kit: Kit, tree: Tree, claim: bytes
) -> None:
    before = kit.flat(1)
    talker = begin(kit, tree)
    with pytest.raises(IntegrityError):  # at once, or when the set is to be complete
        send_delta(talker, basis_of(talker), (OLD, NEW), claim)
        talker.say(CloseSet(1, 1, 0, 0))
        raise talker.trouble()
    talker.close()
    assert kit.sets() == [(1, 1), (2, 0)]
    assert kit.count("contents") == 1 and kit.flat(1) == before


@pytest.mark.parametrize("size", [-1, 1 << 40])
def test_a_delta_makes_no_content_of_an_absurd_size(kit: Kit, tree: Tree, size: int) -> None:
    talker = begin(kit, tree)
    talker.say(UploadBegin(0, 0, False, basis_of(talker)))
    talker.say(UploadPart(9, 0, b"rs\x026\x45\0\1\0\0"))
    talker.say(UploadEnd(0, b"", bytes(32), size))
    assert isinstance(trouble(talker), RemoteProtocolError)


def test_a_delta_may_turn_out_to_be_known(kit: Kit, tree: Tree) -> None:
    tree.write(b"big", NEW)
    with begin(kit, tree) as talker:
        send_delta(talker, basis_of(talker), (OLD, OLD), OLD)
        closed = close(talker)
    assert (closed.new_files, closed.delta_files) == (0, 0)
    assert kit.count("contents") == 1


def test_a_full_set_wants_whole_files(kit: Kit, tree: Tree) -> None:
    with begin(kit, tree, is_full=True) as talker:
        verdicts = talker.expect(Verdicts)
        assert (verdicts.contents, verdicts.deltas) == ((0,), ())
        talker.upload(0, 0, NEW)
        close(talker)
    assert kit.flat(2) == tree.flat()


def test_damaged_contents_are_no_basis(kit: Kit, tree: Tree) -> None:
    kit.execute("UPDATE contents SET is_damaged = 1")
    with begin(kit, tree) as talker:
        assert talker.expect(Verdicts).contents == (0,)


def test_without_librsync_nothing_is_offered(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "has_librsync", lambda: False)
    with begin(kit, tree) as talker:
        assert talker.expect(Verdicts).contents == (0,)


def test_a_basis_that_cannot_be_read_has_no_signature(kit: Kit, tree: Tree) -> None:
    [path] = [path for path in (kit.base / "box").glob("??/**/*") if len(path.name) in {32, 64}]
    path.write_bytes(path.read_bytes()[:-100])
    with begin(kit, tree) as talker:
        basis = basis_of(talker)
        talker.say(WantSignatures((basis,)))
        assert talker.expect(SignatureEnd) == SignatureEnd(basis, False)
        talker.upload(0, 0, NEW)
        close(talker)


def test_what_heals_stands_on_nothing(kit: Kit, tree: Tree) -> None:
    """The damaged content is below what it would be a delta of."""
    with begin(kit, tree) as talker:
        send_delta(talker, basis_of(talker), (OLD, NEW), NEW)
        close(talker)
    wanted = kit.flat(2)
    kit.execute("UPDATE contents SET is_damaged = 1 WHERE id = 1")
    tree.write(b"big", OLD)
    with begin(kit, tree) as talker:
        send_delta(talker, basis_of(talker), (NEW, OLD), OLD)
        close(talker)
    assert kit.rows("SELECT id, basis, is_damaged FROM contents") == [(1, None, 0), (2, 1, 0)]
    assert kit.flat(3) == tree.flat() and kit.flat(2) == wanted


def test_when_the_first_of_two_with_one_digest_fails_the_other_is_asked(kit: Kit) -> None:
    tree = Tree()
    for name in (b"a", b"b"):
        tree.write(name, OLD)
    kit.run(tree)
    for name in (b"a", b"b"):
        tree.write(name, NEW)
        tree[name].mtime = 1
    with begin(kit, tree) as talker:
        assert len(talker.expect(Verdicts).deltas) == 2
        told = [(0, at, 0, b"", digest(talker.key, NEW), len(NEW)) for at in (0, 1)]
        talker.say(Digests(tuple(told)))
        first = talker.expect(DigestVerdicts)
        assert first.items == () and [one[:2] for one in first.deltas] == [(0, 0)]
        talker.say(Unread(((0, 0, 2, "no"),)))
        assert talker.expect(DigestVerdicts).items == ((0, 1, True),)
        talker.upload(0, 1, NEW)
        close(talker, 2)
    found = kit.flat(2)
    assert found[b"b"][-1] == NEW and found[b"a"][-1] == OLD
