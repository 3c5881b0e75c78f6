"""The list that a statement on certificates names by its root: kept beside the evidence, and one of it proven alone.

Rules: the list is stored as it was signed, in the transaction that does what it says. Proving one certificate reads its
own place and the few whose hashes its path needs, and parses nothing else; the state and the number of events are those
that the certificate has without the event that is being proven. So an event stands exactly where its operator saw it.

    keep(session, statement_id, seen)
    prove(session, statement_id, statement, SeenCertificate(number=..., state=..., events=...))
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select

from credential.errors import CredentialError
from credential.merkle import Frontier, inclusion_path, leaf_hash, leaves_of_path, verify_path
from credential.statements import SeenCertificate, Statement
from credential.text import digest_from_hex
from issuer.db.models import StatedCertificateRow
from issuer.db.sessions import ReadSession, WriteSession, chunked
from issuer.errors import TamperedError


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
    for chunk in chunked(rows):
        session.execute(insert(StatedCertificateRow), chunk)


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
    table = StatedCertificateRow
    query = select(table.position, table.state, table.events)
    found = session.execute(query.where(table.statement == statement_id, table.number == seen.number)).first()
    if found is None or found[1:] != (seen.state, seen.events):
        raise _not_stated(seen, "the list of the statement does not hold it so")
    place, size = found.position, statement.counts["certificates"]
    try:
        needed = select(table.position, table.hashes).where(
            table.statement == statement_id, table.position.in_(leaves_of_path(place, size))
        )
        path = inclusion_path(place, size, dict(session.execute(needed).all()))
        root = digest_from_hex(statement.digests["certificates_root"])
        verify_path(leaf_hash(seen.encode()), path, index=place, size=size, root=root)
    except CredentialError as error:
        raise _not_stated(seen, str(error)) from error


def _not_stated(seen: SeenCertificate, why: str) -> TamperedError:
    message = f"no operator's statement names certificate {seen.number} as {seen.state.word}: {why}"
    return TamperedError("not_stated", message, number=seen.number)
