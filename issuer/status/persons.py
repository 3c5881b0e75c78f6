"""All that is issued to one person: an erasure is of the person, and not of one certificate.

Rules: holders who were merged are one person. What is still to be issued to the person stands against an erasure.

    numbers_of_person(session, "99000020262000001")
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from issuer.db import tries
from issuer.db.certificates import Certificate, by_number
from issuer.db.models import AwardRow, AwardState, CertificateRow, Stage
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, InputError


def numbers_of_person(session: ReadSession, number: str) -> tuple[str, ...]:
    """Return the numbers of all certificates of the person who holds one, in their order.

    Raises:
        NotFoundError: ``no_certificate``.
    """
    return _numbers(session, _holders(session, [by_number(session, number)]))


def require_whole(session: ReadSession, certificates: Sequence[Certificate]) -> None:
    """Ask whether these are all certificates of the people who hold them, and nothing more is on its way to them.

    Raises:
        InputError: ``holder_incomplete``: one of the person's is not among them.
        ConflictError: ``holder_waits``: rows of the person wait to be issued.
    """
    holders = _holders(session, certificates)
    missing = sorted(set(_numbers(session, holders)) - {each.number for each in certificates})
    if missing:
        message = f"certificate {missing[0]} is the same person's and is not on the list; a person is erased whole"
        raise InputError("holder_incomplete", message, number=missing[0])
    open_states = (AwardState.WAITING, AwardState.RESERVED)
    query = select(func.count()).where(AwardRow.holder.in_(holders), AwardRow.state.in_(open_states))
    waiting = session.scalar(query) or 0
    if waiting:
        message = f"{waiting} rows of this person are still to be issued; take them back first"
        raise ConflictError("holder_waits", message, rows=waiting)


def _holders(session: ReadSession, certificates: Collection[Certificate]) -> list[str]:
    people = {tries.person_of(session, each.holder) for each in certificates}
    return sorted({holder for person in people for holder in tries.holders_of_person(session, person)})


def _numbers(session: ReadSession, holders: Collection[str]) -> tuple[str, ...]:
    signed = CertificateRow.stage == Stage.SIGNED
    query = select(CertificateRow.number).where(CertificateRow.holder.in_(holders), signed)
    return tuple(session.scalars(query.order_by(CertificateRow.number)))
