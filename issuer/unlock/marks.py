"""A mark of what a person would see: it stays the same while nothing of that changes, and is cheaper than to look.

Rules: it is a digest of rows as they are stored, with what is sealed left sealed. What an office does to a certificate,
a code or a request stands in the audit, so the newest entry that names one of them stands for all of it; what the
person does is left out. ``tests/unlock/test_marks.py`` does every act that a person would see, and asks that the mark
changes. Names of authorities are put down once, and are not in it.

    if mark_of(session, home.documents, holders) == view.mark: ...     # what was seen is still so
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select

from issuer.db.models import (
    AuditRow,
    AwardRow,
    CertificateRow,
    ClaimCodeRow,
    ClaimDeliveryRow,
    CodeTriesRow,
    EventRow,
    HolderRequestRow,
    HolderRow,
    NoticeRow,
    Stage,
)
from issuer.db.sessions import ReadSession, table_of
from issuer.tickets import ACTOR

_MARK_BYTES: Final = 16
_TOLD: Final = select(func.count(NoticeRow.id)).where(NoticeRow.holder.in_(bindparam("holders", expanding=True)))
"""How many notices there are; one that was made says the same for ever."""


def mark_of(session: ReadSession, documents: Path, holders: Sequence[str]) -> str:
    """Return the mark of what a person sees now: 32 hexadecimal digits.

    Args:
        session: reads.
        documents: the directory of documents.
        holders: the ids of all holders who are the person.
    """
    mine = {"holders": list(holders)}
    made = session.execute(_CERTIFICATES, mine).all()
    there = [row.document_path is not None and (documents / row.document_path).is_file() for row in made]
    people = session.execute(_PEOPLE, mine).all()
    named = sorted({name for row in made for name in (row.number, row.batch)})
    newest = session.scalar(_NEWEST, mine | {"named": named})
    told = session.scalar(_TOLD, mine)
    said = repr((list(holders), made, there, people, newest, told))
    return hashlib.sha256(said.encode()).hexdigest()[: 2 * _MARK_BYTES]


def _certificates() -> Select[Any]:
    """Each certificate of holders, with the list that it came with and how many events it has."""
    table, awards, events = (table_of(row) for row in (CertificateRow, AwardRow, EventRow))
    names = ("number", "state", "first_published", "document_path", "credential_digest")
    happened = select(func.count()).where(events.c.certificate == table.c.id).scalar_subquery()
    return (
        select(*(table.c[name] for name in names), table.c.credential.is_(None), awards.c.batch, happened)
        .select_from(table.join(awards, awards.c.id == table.c.award))
        .where(table.c.holder.in_(bindparam("holders", expanding=True)), table.c.stage == Stage.SIGNED)
        .order_by(table.c.number)
    )


def _people() -> Select[Any]:
    """Each holder: the key, how the person is reached, and how often the codes were tried, sent, and wait to be."""
    people, codes, tries, waiting = (table_of(row) for row in (HolderRow, ClaimCodeRow, CodeTriesRow, ClaimDeliveryRow))
    tried = select(func.count(codes.c.id), func.sum(tries.c.life), func.count(codes.c.sent), func.count(waiting.c.code))
    rows = codes.outerjoin(tries, tries.c.code == codes.c.id).outerjoin(waiting, waiting.c.claim == codes.c.id)
    of_one = tried.select_from(rows).where(codes.c.holder == people.c.id)
    columns = [of_one.with_only_columns(column).scalar_subquery() for column in tried.selected_columns]
    wanted = people.c.id.in_(bindparam("holders", expanding=True))
    return select(people.c.wrapped_key, people.c.contact, *columns).where(wanted).order_by(people.c.id)


def _newest() -> Select[Any]:
    """The newest entry of what others did, that names a certificate, a list or a request of holders."""
    audit, requests = table_of(AuditRow), table_of(HolderRequestRow)
    asked = select(requests.c.id).where(requests.c.holder.in_(bindparam("holders", expanding=True)))
    mine = audit.c.object.in_(bindparam("named", expanding=True)) | audit.c.object.in_(asked)
    return select(func.max(audit.c.id)).where(mine, audit.c.actor != ACTOR)


_CERTIFICATES: Final = _certificates()
_PEOPLE: Final = _people()
_NEWEST: Final = _newest()
