"""What does not hold of signed sets: asked by clients before they add one, and by the tools."""

from collections.abc import Iterable, Mapping, Sequence

from tardis.crypto import Head, HeadSigner, broken_links
from tardis.model import BackupSet, Root
from tardis.streams import pack

SignedRoot = tuple[bytes, bytes, Sequence[tuple[bytes, int, int, int, int, int, bytes]]]
"""(path, name or empty, ancestors) of a root, in plain words."""

UNKNOWN = (
    "this machine has not seen this backup before: what the server shows of it is believed this "
    "once, and remembered"
)


def set_facts(
    signer: HeadSigner,
    run: tuple[str, bytes],
    counts: tuple[int, int, int, int],
    roots: Iterable[SignedRoot],
    total: bytes = b"",
) -> bytes:
    """Return what stands for the facts of a set.

    Args:
        signer: Of the repository.
        run: Session and command line.
        counts: Directories, entries, plain bytes, problems.
        roots: In any order.
        total: What its client tells of its sum, empty where sets have none.
    """
    told = sorted((path, name, tuple(map(tuple, above))) for path, name, above in roots)
    session, command_line = run
    return signer.facts((session.encode(), command_line, pack(counts), pack(told), total))


def facts_of(
    signer: HeadSigner, backup: BackupSet, roots: Iterable[Root], total: bytes = b""
) -> bytes:
    """Return what stands for the facts of a set as a store tells them, in plain words."""
    told = [(root.path, root.name or b"", root.ancestors) for root in roots]
    counts = (backup.directories, backup.entries, backup.size_bytes, backup.problems)
    return set_facts(signer, (backup.session, backup.command_line), counts, told, total)


def judge_heads(signer: HeadSigner, heads: Sequence[Head], known: Head | None) -> list[str]:
    """Return a sentence for each thing that does not hold of *heads*.

    Args:
        signer: Of the repository.
        heads: In the order of their sequence, up to the newest that is shown; from *known* on
            at the latest.
        known: The newest that was seen here before, if any.
    """
    found = [
        f"what is signed of set {head.number} was changed, or is not of this backup"
        for head in heads
        if not signer.is_ours(head)
    ]
    found += [
        f"what is signed was cut or put together anew before signature {sequence}"
        for sequence in broken_links(heads)
    ]
    if known is None:
        return found
    if not heads or heads[-1].sequence < known.sequence:
        found.append(
            f"this is an older state of the backup: set {known.number}, which was seen here, "
            "is not there any more"
        )
    elif heads[0].sequence <= known.sequence and known not in heads:
        found.append(
            f"this is another history of the backup: set {known.number} is not the one that was "
            "seen here"
        )
    return found


def judge_sets(
    heads: Sequence[Head], facts: Mapping[int, bytes], names: Mapping[int, str]
) -> list[str]:
    """Return a sentence for each complete set that is not what was signed.

    Args:
        heads: All that there are.
        facts: Of each complete set, by number, as the store tells them.
        names: Of these sets.
    """
    signed = {head.number: head.facts for head in heads}
    return [
        f"set {number} ({names[number]}) was not signed"
        if number not in signed
        else f"what is kept of set {number} ({names[number]}) is not what was signed"
        for number, found in facts.items()
        if signed.get(number) != found
    ]
