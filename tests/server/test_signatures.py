"""Signatures that clients send are kept, served to the next run, and go with their version."""

from contextlib import suppress
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.delta import MOST, iter_delta
from tardis.model import SEGMENT, RemoteProtocolError, TardisError
from tardis.protocol.messages import (
    CloseSet,
    SetClosed,
    SignatureEnd,
    SignaturePart,
    UploadBegin,
    UploadEnd,
    UploadPart,
    UploadSignature,
    Verdicts,
    WantSignatures,
)
from tardis.store import Claim, Flushers, open_writer, prune
from tests.delta.shapes import edited, noise, pieces, signature_of
from tests.server.talker import Kit, Talker, segments
from tests.server.trees import Tree

VERSIONS = [noise(1_500_000)]
for _part in (0.2, 0.5, 0.8):
    VERSIONS.append(edited(VERSIONS[-1], [("insert", _part, 1000)]))


def tree_of(data: bytes) -> Tree:
    made = Tree()
    made.write(b"big", data)
    return made


def begin(kit: Kit, data: bytes) -> Talker:
    talker = Talker(kit.connect())
    talker.open(is_creating=not (kit.base / "box").exists())
    tree = tree_of(data)
    tree[b"big"].mtime = len(data)
    talker.begin(tree)
    talker.list(tree, b"")
    return talker


def heard_signature(talker: Talker, basis: int) -> bytes:
    talker.say(WantSignatures((basis,)))
    found = b""
    while isinstance(message := talker.hear(), SignaturePart):
        found += message.data
    assert message == SignatureEnd(basis, True)
    return found


def back_up(kit: Kit, data: bytes, old: bytes = b"", signature: bytes | None = None) -> bytes:
    """Send *data*, as a delta against *old* if that was there; return the signature of it."""
    sums = b""
    with begin(kit, data) as talker:
        verdicts = talker.expect(Verdicts)
        basis = verdicts.deltas[0][1] if verdicts.deltas else 0
        whole = data
        if basis:
            sums = heard_signature(talker, basis)
            whole = b"".join(iter_delta(sums, len(old), pieces(data)))
        talker.say(UploadBegin(0, 0, False, basis))
        for part in segments(whole):
            talker.say(UploadPart(len(part), 0, part))
        told = signature_of(data) if signature is None else signature
        for part in segments(told):
            talker.say(UploadSignature(part))
        talker.say(UploadEnd(0, b"", digest(talker.key, data), len(data)))
        talker.say(CloseSet(1, 1, 0, 0))
        talker.expect(SetClosed)
    kit.join()
    return sums


def kept(kit: Kit) -> list[int]:
    return [one for (one,) in kit.rows("SELECT content FROM signatures ORDER BY content")]


def large_file(kit: Kit) -> Path:
    [path] = [one for one in (kit.base / "box").glob("??/*") if len(one.name) > 60]
    return path


def test_it_is_kept_for_the_newest_version_alone(kit: Kit) -> None:
    back_up(kit, VERSIONS[0])
    assert kept(kit) == [1]
    for number in (1, 2):
        old, new = VERSIONS[number - 1 : number + 1]
        assert back_up(kit, new, old) == signature_of(old)
        assert kept(kit) == [number + 1]
        assert kit.flat(number + 1) == tree_flat(new)


def tree_flat(data: bytes) -> dict[bytes, tuple[object, ...]]:
    made = tree_of(data)
    made[b"big"].mtime = len(data)
    return made.flat()


def test_a_basis_that_has_one_is_not_read_for_it(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(kit, VERSIONS[0])

    def fail(*_: object) -> None:
        raise AssertionError("a signature was made")

    monkeypatch.setattr("tardis.server.offers.iter_signature", fail)
    assert back_up(kit, VERSIONS[1], VERSIONS[0]) == signature_of(VERSIONS[0])


def test_it_is_made_anew_where_it_is_damaged(kit: Kit) -> None:
    back_up(kit, VERSIONS[0])
    ((number, place),) = kit.rows("SELECT pack, place FROM signatures")
    with (kit.base / "box" / "packs" / f"{number}.pack").open("r+b") as pack:
        pack.seek(place + 200)
        pack.write(b"damage")
    assert back_up(kit, VERSIONS[1], VERSIONS[0]) == signature_of(VERSIONS[0])


def test_it_is_made_anew_where_none_is_kept(kit: Kit) -> None:
    back_up(kit, VERSIONS[0], signature=b"")
    assert kept(kit) == []
    assert back_up(kit, VERSIONS[1], VERSIONS[0]) == signature_of(VERSIONS[0])


def test_damage_below_one_ends_a_run_and_not_the_next(kit: Kit) -> None:
    """Nobody had looked at the basis before the delta was there."""
    back_up(kit, VERSIONS[0])
    path = large_file(kit)
    with path.open("r+b") as file:
        file.seek(700_000)
        file.write(b"damage")
    with pytest.raises(TardisError):  # in the middle of it, or at its end
        back_up(kit, VERSIONS[1], VERSIONS[0])
    kit.join()
    assert any("a large content does not match" in line for line in kit.log)  # not the delta
    assert kept(kit) == []
    with begin(kit, VERSIONS[1]) as talker:
        ((_, basis, _),) = talker.expect(Verdicts).deltas
        talker.say(WantSignatures((basis,)))
        while isinstance(message := talker.hear(), SignaturePart):
            pass
        assert message == SignatureEnd(basis, False)


@pytest.mark.parametrize(
    "forged",
    [b"x", bytes(len(signature_of(VERSIONS[0]))), signature_of(VERSIONS[0])[:-1]],
    ids=["short", "zeros", "cut"],
)
def test_what_cannot_be_one_is_refused(kit: Kit, forged: bytes) -> None:
    with pytest.raises(TardisError):
        back_up(kit, VERSIONS[0], signature=forged)
    kit.join()
    assert any("a signature was sent that cannot be" in line for line in kit.log)
    assert kit.sets() == [(1, 0)]


def test_what_never_ends_is_refused(kit: Kit) -> None:
    talker = begin(kit, VERSIONS[0])
    talker.expect(Verdicts)
    talker.say(UploadBegin(0, 0, False))
    with suppress(TardisError):  # it may be refused before all is said
        for _ in range(MOST // SEGMENT + 1):
            talker.say(UploadSignature(bytes(SEGMENT)))
    assert isinstance(talker.trouble(), RemoteProtocolError)
    talker.close()


def test_what_has_holes_has_none(kit: Kit) -> None:
    talker = begin(kit, VERSIONS[0])
    talker.expect(Verdicts)
    talker.say(UploadBegin(0, 0, True))
    talker.say(UploadSignature(b"x"))
    assert isinstance(talker.trouble(), RemoteProtocolError)
    talker.close()


def test_a_purge_moves_it_with_its_pack(kit: Kit) -> None:
    tree = tree_of(VERSIONS[0])
    for name in range(20):
        tree.write(b"small %d" % name, noise(100_000, name))
    kit.run(tree)
    back_up(kit, VERSIONS[1], VERSIONS[0])
    before = kit.rows("SELECT pack, place FROM signatures")
    writer = open_writer(kit.place(), "box", Claim("a test"), Flushers())
    try:
        assert prune(writer, [1]).packs > 0
    finally:
        writer.close()
    assert kit.rows("SELECT pack, place FROM signatures") != before
    assert back_up(kit, VERSIONS[2], VERSIONS[1]) == signature_of(VERSIONS[1])
