"""Suspended certificates and the day by which somebody decides what becomes of them.

Rules: the day stands in the statement that suspended the certificate, and is read from there; a suspension without one
is listed too, at the end. Deciding is reinstating or withdrawing.

    for each in reviews.listed(opened, overdue=True): print(each.number, each.review_by)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, func, select

from credential.days import day_of, parse_date
from credential.history import EventKind
from credential.statuslist import Status
from issuer import statements
from issuer.db.models import CertificateRow, EventRow, StatementRow
from issuer.db.sessions import ReadSession
from issuer.home.opened import Opened
from issuer.office.operators import Operators
from issuer.office.reading import read_operators

__all__ = ["Review", "listed"]

MAX_REVIEWS: Final = 100_000
"""As many as one order suspends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A suspended certificate."""

    number: str
    authority: str
    """Who suspended it."""
    document: str
    suspended: datetime
    review_by: date | None
    """None where the statement names no day."""
    overdue: bool


def listed(opened: Opened, *, overdue: bool = False) -> tuple[Review, ...]:
    """Return the suspended certificates by their day, those without one last; with ``overdue`` whose day is over.

    Raises:
        TamperedError: the statement behind a suspension does not verify.
    """
    today = day_of(opened.clock())
    with opened.register.read() as session:
        operators = read_operators(session, opened)
        found = [_review(session, operators, today, *row) for row in session.execute(_suspended()).all()]
    found.sort(key=lambda each: (each.review_by is None, each.review_by or today, each.number))
    return tuple(each for each in found if each.overdue or not overdue)


def _suspended() -> Select[str, str, str, datetime, str | None]:
    """The query for suspended certificates with the event that suspended them."""
    last = (
        select(EventRow.certificate, func.max(EventRow.ordinal).label("ordinal"))
        .where(EventRow.kind == EventKind.SUSPENDED, EventRow.ordinal > 1)
        .group_by(EventRow.certificate)
        .subquery()
    )
    return (
        select(CertificateRow.number, EventRow.authority, EventRow.document, EventRow.recorded, EventRow.statement)
        .join(last, last.c.certificate == CertificateRow.id)
        .join(EventRow, (EventRow.certificate == last.c.certificate) & (EventRow.ordinal == last.c.ordinal))
        .where(CertificateRow.state == Status.SUSPENDED)
        .limit(MAX_REVIEWS)
    )


def _review(  # noqa: PLR0917 - the columns of a row
    session: ReadSession,
    operators: Operators,
    today: date,
    number: str,
    authority: str,
    document: str,
    recorded: datetime,
    statement: str | None,
) -> Review:
    day = None
    if statement is not None:
        said, _ = statements.proven_once(session, session.get_one(StatementRow, statement), operators)
        day = parse_date(said.object["review_by"]) if "review_by" in said.object else None
    return Review(
        number=number,
        authority=authority,
        document=document,
        suspended=recorded,
        review_by=day,
        overdue=day is not None and day < today,
    )
