"""Certificates that may be new, read by one statement with all that is proven and signed of them.

Rules: what is read are plain values, so that it costs little to hand them to another process; whoever works on them
makes the domain values there. Nothing is opened here. One that has more than its first event is no new one, and is left
out, as is one whose row is another holder's: the proof of one says why.

    for each in stored_new(session, ids):
        each.to_certificate(), each.to_event(), each.to_row()
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, select

from credential.history import EventKind
from issuer.batches.rows import StoredRow
from issuer.db.certificates import Certificate, SealedContent
from issuer.db.events import Event, SignedHistory
from issuer.db.faces import SealedFace
from issuer.db.models import (
    AwardRow,
    CertificateRow,
    EventRow,
    FaceRow,
    HolderRow,
    SealedCertificateRow,
    SignedHistoryRow,
)
from issuer.db.sessions import ReadSession, chunked, table_of

_CERTIFICATE: Final = tuple(Certificate.__dataclass_fields__)
_EVENT: Final = tuple(Event.__dataclass_fields__)
_HISTORY: Final = ("events", "content", "kid")
_FACE: Final = ("draft", "record", "kid")


class StoredNew(NamedTuple):
    """What is stored of a certificate that may be new. Nothing of it is believed."""

    id: str
    cti: bytes
    digest: bytes | None
    """SHA-256 of its credential, as the register has it."""
    issued_at: datetime | None
    batch: str
    position: int | None
    """Of its row in the batch."""
    kind: EventKind
    replaces: str | None
    """What its event says."""
    certificate: tuple[Any, ...]
    sealed: tuple[Any, ...]
    """Of the certificate, and the wrapped key of its holder."""
    row: tuple[Any, ...]
    event: tuple[Any, ...]
    record: bytes | None
    """The sealed record of kind certificate."""
    history: tuple[Any, ...]
    face: tuple[Any, ...]

    def to_certificate(self) -> Certificate:
        """Return the certificate."""
        return Certificate(**dict(zip(_CERTIFICATE, self.certificate, strict=True)))

    def to_content(self) -> SealedContent:
        """Return what is sealed of it."""
        return SealedContent._make(self.sealed)

    def to_row(self) -> StoredRow:
        """Return its row, with the same holder's key."""
        return StoredRow._make((*self.row, self.sealed[-1]))

    def to_event(self) -> Event:
        """Return its first event."""
        return Event(**dict(zip(_EVENT, self.event, strict=True)))

    def to_history(self) -> SignedHistory | None:
        """Return the history that was signed of it, if one was."""
        events, content, kid = self.history
        return None if events is None else SignedHistory(events=events, content=content, kid=kid)

    def to_face(self) -> SealedFace | None:
        """Return what is stored of its face; None where it was erased."""
        draft, record, kid = self.face
        return None if draft is None else SealedFace(draft=draft, record=record, kid=kid)


def stored_new(session: ReadSession, certificate_ids: Sequence[str]) -> Iterator[StoredNew]:
    """Yield those of some certificates that have one event and the row of the same holder."""
    query, cuts = _query()
    certificates = table_of(CertificateRow)
    for chunk in chunked(certificate_ids):
        found = [tuple(row) for row in session.execute(query.where(certificates.c.id.in_(chunk))).all()]
        events = Counter(values[0] for values in found)
        for values in found:
            if events[values[0]] == 1:
                plain, certificate, sealed, row, event, record, history, face = [values[a:b] for a, b in cuts]
                yield StoredNew._make((*plain, certificate, sealed, row, event, *record, history, face))


@cache
def _query() -> tuple[Select[Any], tuple[tuple[int, int], ...]]:
    """The statement, and where each part of a row begins and ends."""
    certificates, holders, awards = table_of(CertificateRow), table_of(HolderRow), table_of(AwardRow)
    events, records = table_of(EventRow), table_of(SealedCertificateRow)
    histories, faces = table_of(SignedHistoryRow), table_of(FaceRow)
    parts = (
        [certificates.c[name] for name in ("id", "cti", "credential_digest", "issued_at")],
        [certificates.c[name] for name in _CERTIFICATE],
        [*(certificates.c[name] for name in SealedContent._fields[:-1]), holders.c.wrapped_key],
        [awards.c[name] for name in StoredRow._fields[:-1]],
        [events.c[name] for name in _EVENT],
        [records.c.record],
        [histories.c[name] for name in _HISTORY],
        [faces.c[name] for name in _FACE],
    )
    parts[0].extend((awards.c.batch, awards.c.position, events.c.kind, events.c.replaces))
    joined = (
        certificates.join(holders, holders.c.id == certificates.c.holder)
        .join(awards, (awards.c.id == certificates.c.award) & (awards.c.holder == certificates.c.holder))
        .join(events, events.c.certificate == certificates.c.id)
        .outerjoin(records, records.c.certificate == certificates.c.id)
        .outerjoin(histories, histories.c.certificate == certificates.c.id)
        .outerjoin(faces, faces.c.certificate == certificates.c.id)
    )
    columns = [column for part in parts for column in part]
    query = select(*columns).select_from(joined).where(awards.c.payload.is_not(None))
    return query, tuple(pairwise(accumulate(map(len, parts), initial=0)))
