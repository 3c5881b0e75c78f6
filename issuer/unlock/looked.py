"""Who of the office opened what is a person's, told from the audit.

Rules: an entry is the person's when it names one of their certificates or requests, or a list that one of them came
with. What the person did is not among them.

    looked(session, holders, numbers, batches)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from issuer.auditing.opened import HAND_OUT, OPEN, PLAN, READ_NOTICE, READ_REQUEST, ROWS
from issuer.claims.model import COLLECT, MAKE, REPLACE
from issuer.db.models import AuditRow, HolderRequestRow
from issuer.db.sessions import ReadSession
from issuer.unlock.model import Looked

MAX_LOOKED: Final = 200
"""Readings that are told, the newest."""
OF_CERTIFICATES: Final = (OPEN, HAND_OUT, PLAN, READ_NOTICE, MAKE, REPLACE, COLLECT)
"""Acts that name a certificate and open what is sealed of its holder: who makes a slip sees name and ID document."""


def looked_at(holders: Sequence[str], numbers: Sequence[str], batches: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition for the entries of those who opened what is a person's.

    Args:
        holders: the ids of all holders who are the person.
        numbers: of their certificates.
        batches: that these came with.
    """
    requests = select(HolderRequestRow.id).where(HolderRequestRow.holder.in_(holders))
    return or_(
        AuditRow.object.in_(numbers) & AuditRow.act.in_(OF_CERTIFICATES),
        AuditRow.object.in_(batches) & (AuditRow.act == ROWS),
        AuditRow.object.in_(requests) & (AuditRow.act == READ_REQUEST),
    )


def looked(
    session: ReadSession, holders: Sequence[str], numbers: Sequence[str], batches: Sequence[str]
) -> tuple[Looked, ...]:
    """Return who opened what is a person's, newest first, at most ``MAX_LOOKED``. The arguments as ``looked_at``."""
    columns = (AuditRow.at, AuditRow.actor, AuditRow.act, AuditRow.object)
    query = select(*columns).where(looked_at(holders, numbers, batches)).order_by(AuditRow.id.desc()).limit(MAX_LOOKED)
    return tuple(
        Looked(at=row.at, who=row.actor, act=row.act, certificate=row.object if row.object in numbers else None)
        for row in session.execute(query)
    )
