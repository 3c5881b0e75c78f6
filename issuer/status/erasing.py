"""Erasing a person: what could be read about them goes, once the public history says so.

Rules: two operators order it (``issuer.seconding``); certificates in force are cancelled, and each gets the event
``erased``. Only when the public has these events is anything deleted, because the proof of the right to erase needs the
credential. Then one transaction deletes the data key and everything that has a copy outside it: blind index, sealed
credential, check code, the record under the check code, the face, the photo, the document, open claim codes. What
stays opens with no key any more. The files of documents go first: a run that is killed deletes them again.

    for holder in due(session): erase(session, holder, documents=home.documents, now=now)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import delete, select, update

from credential.history import Act, EventKind
from issuer import audit
from issuer.db import certificates, claims, outbox
from issuer.db.faces import erase_face
from issuer.db.models import (
    AwardRow,
    CertificateRow,
    EventRow,
    HolderRow,
    OrderRow,
    OrderState,
    PhotoRow,
    SealedCertificateRow,
    Stage,
    StatedCertificateRow,
    StatementRow,
)
from issuer.db.sessions import ReadSession, Register, WriteSession
from issuer.documents.found import document_of

DELETES: Final = "worker"
"""Who deletes, as the audit names it: two operators ordered it."""


def due(session: ReadSession) -> list[str]:
    """Return the holders whose erasure the public knows of, and who can still be read. Few orders are erasures."""
    query = (
        select(CertificateRow.holder)
        .join(StatedCertificateRow, StatedCertificateRow.number == CertificateRow.number)
        .join(OrderRow, OrderRow.first == StatedCertificateRow.statement)
        .join(StatementRow, StatementRow.id == OrderRow.first)
        .join(HolderRow, HolderRow.id == CertificateRow.holder)
        .where(OrderRow.state == OrderState.DONE, StatementRow.act == Act.ERASE.value, HolderRow.erased.is_(None))
    )
    found = sorted(set(session.scalars(query)))
    return [holder for holder in found if not _waits(session, holder)]


def _waits(session: ReadSession, holder: str) -> bool:
    """Whether a certificate of the holder has no event ``erased`` that is public."""
    erased = select(EventRow.certificate).where(EventRow.kind == EventKind.ERASED, EventRow.published.is_not(None))
    query = select(CertificateRow.id).where(
        CertificateRow.holder == holder, CertificateRow.stage == Stage.SIGNED, CertificateRow.id.not_in(erased)
    )
    return session.scalar(query.limit(1)) is not None


def erase_due(register: Register, *, documents: Path, now: datetime) -> Sequence[str]:
    """Erase everybody whose turn it is, a transaction each; return the ids of their certificates."""
    with register.read() as session:
        holders = due(session)
    done: list[str] = []
    for holder in holders:
        with register.write() as session:
            done += erase(session, holder, documents=documents, now=now)
    return done


def erase(session: WriteSession, holder: str, *, documents: Path, now: datetime) -> Sequence[str]:
    """Delete what could be read about a holder, and let the publication follow; return the ids of the certificates.

    Args:
        session: the transaction.
        holder: one of ``due``.
        documents: the directory of sealed documents.
        now: aware instant.
    """
    row = session.get_one(HolderRow, holder, with_for_update=True, populate_existing=True)
    rows = session.scalars(select(CertificateRow).where(CertificateRow.holder == holder).with_for_update()).all()
    for each in rows:
        _delete_files(session, each, documents)
    ids = [each.id for each in rows]
    session.execute(delete(SealedCertificateRow).where(SealedCertificateRow.certificate.in_(ids)))
    session.execute(delete(PhotoRow).where(PhotoRow.award.in_(select(AwardRow.id).where(AwardRow.holder == holder))))
    for certificate in ids:
        erase_face(session, certificate)
    gone = {"to_sign": None, "credential": None, "check_code": None}
    session.execute(update(CertificateRow).where(CertificateRow.id.in_(ids)).values(gone))
    claims.end_of(session, [holder], now=now)
    row.wrapped_key = row.blind_index = row.personal = row.contact = None
    row.erased = now.replace(microsecond=0)
    outbox.put_all(session, topic=outbox.Topic.PUBLISH, objects=ids, now=now)
    numbers = [each.number for each in rows]
    audit.append_all(session, actor=DELETES, act="holder.erase", subjects=numbers, now=now)
    session.flush()
    return ids


def _delete_files(session: ReadSession, row: CertificateRow, documents: Path) -> None:
    path = document_of(documents, certificates.by_id(session, row.id))
    if path is not None:
        path.unlink(missing_ok=True)
