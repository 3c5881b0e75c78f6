"""The list that a statement on certificates names by its root: kept beside the evidence, and one of it proven alone.

Rules: the list is stored as it was signed, in the transaction that does what it says. Proving one certificate reads its
own place and the few whose hashes its path needs, and parses nothing else; the state and the number of events are those
that the certificate has without the event that is being proven. So an event stands exactly where its operator saw it.

    keep(session, statement_id, seen)
    prove(session, statement_id, statement, SeenCertificate(number=..., state=..., events=...))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from credential.errors import CredentialError
from credential.merkle import Frontier, inclusion_path, leaf_hash, leaves_of_path, verify_path
from credential.statements import SeenCertificate, Statement
from credential.statuslist import Status
from credential.text import digest_from_hex
from issuer.db.models import StatedCertificateRow
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all
from issuer.errors import TamperedError

_FORESEEN: Final = "foreseen of stated lists"
"""In ``Session.info``: what one session reads is one state of the register."""


def keep(session: WriteSession, statement_id: str, seen: Sequence[SeenCertificate]) -> None:
    """Store the list of an accepted statement."""
    tree = Frontier()
    rows = [
        {
            "statement": statement_id,
            "position": place,
            "number": each.number,
            "state": each.state,
            "events": each.events,
            "hashes": b"".join(tree.append(leaf_hash(each.encode()))),
        }
        for place, each in enumerate(seen)
    ]
    insert_all(session, StatedCertificateRow, rows)


@dataclass(slots=True)
class _Together:
    """What was read of one list for certificates that are proven in one session."""

    waiting: list[str]
    places: dict[str, tuple[int, Status, int]] = field(default_factory=dict)
    hashes: dict[int, bytes] = field(default_factory=dict)


def foresee(session: ReadSession, statement_id: str, numbers: Sequence[str]) -> None:
    """Say which certificates of a list will be proven next by the same reader: they are read with few statements.

    It changes nothing of what is proven; what was read for those before them is let go.
    """
    session.info.setdefault(_FORESEEN, {})[statement_id] = _Together(list(numbers))


def listed(session: ReadSession, statement_id: str) -> tuple[SeenCertificate, ...]:
    """Return the list that is kept beside a statement, in its order; its root is for the caller to compare."""
    table = StatedCertificateRow
    query = select(table.number, table.state, table.events).where(table.statement == statement_id)
    rows = session.execute(query.order_by(table.position)).all()
    return tuple(SeenCertificate(number=row.number, state=row.state, events=row.events) for row in rows)


def prove(session: ReadSession, statement_id: str, statement: Statement, seen: SeenCertificate) -> None:
    """Prove that an operator's statement names a certificate as it was then.

    Args:
        session: reads.
        statement_id: the row of the evidence.
        statement: what the evidence says; it was verified.
        seen: the certificate before the event that the statement orders.

    Raises:
        TamperedError: ``not_stated``: it is not on the list, or was not so when the operator saw it, or the list is not
            the one that was signed.
    """
    size = statement.counts["certificates"]
    read = _read(session, statement_id, seen.number, size)
    found = read.places.get(seen.number)
    if found is None or found[1:] != (seen.state, seen.events):
        raise _not_stated(seen, "the list of the statement does not hold it so")
    place = found[0]
    try:
        needed = {each: read.hashes[each] for each in leaves_of_path(place, size) if each in read.hashes}
        path = inclusion_path(place, size, needed)
        root = digest_from_hex(statement.digests["certificates_root"])
        verify_path(leaf_hash(seen.encode()), path, index=place, size=size, root=root)
    except CredentialError as error:
        raise _not_stated(seen, str(error)) from error


def _read(session: ReadSession, statement_id: str, number: str, size: int) -> _Together:
    """Return its place in a list and the hashes of its path; those that were foreseen are read together."""
    lists: dict[str, _Together] = session.info.setdefault(_FORESEEN, {})
    together = lists.get(statement_id)
    if together is None or (number not in together.places and number not in together.waiting):
        together = _Together([number])
    if together.waiting:
        _fill(session, statement_id, together, size)
    return together


def _fill(session: ReadSession, statement_id: str, together: _Together, size: int) -> None:
    table = StatedCertificateRow
    query = select(table.number, table.position, table.state, table.events).where(table.statement == statement_id)
    for chunk in chunked(together.waiting):
        for number, position, state, events in session.execute(query.where(table.number.in_(chunk))):
            together.places[number] = (position, state, events)
    together.waiting.clear()
    inside = [place for place, *_ in together.places.values() if 0 <= place < size]
    needed = sorted({leaf for place in inside for leaf in leaves_of_path(place, size)} - together.hashes.keys())
    hashes = select(table.position, table.hashes).where(table.statement == statement_id)
    for part in chunked(needed):
        together.hashes |= dict(session.execute(hashes.where(table.position.in_(part))).all())


def _not_stated(seen: SeenCertificate, why: str) -> TamperedError:
    message = f"no operator's statement names certificate {seen.number} as {seen.state.word}: {why}"
    return TamperedError("not_stated", message, number=seen.number)
