"""Certificates that may be new, read by one statement with all that is proven and signed of them.

Rules: what is read are plain values, so that it costs little to hand them to another process; whoever works on them
makes the domain values there. Nothing is opened here. One that has more than its first event is no new one, and is left
out, as is one whose row is another holder's: the proof of one says why.

    for each in stored_new(session, ids):
        each.to_certificate(), each.to_event(), each.to_row()
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, select

from credential.history import EventKind
from issuer.batches.rows import StoredRow
from issuer.db.certificates import CERTIFICATE_VALUES, Certificate, SealedContent
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

_EVENT: Final = tuple(Event.__dataclass_fields__)
_HISTORY: Final = ("events", "content", "kid")
_FACE: Final = ("draft", "record", "kid")
_CTI, _ISSUED_AT = map(CERTIFICATE_VALUES.index, ("cti", "issued_at"))
_KIND, _REPLACES = map(_EVENT.index, ("kind", "replaces"))


class StoredNew(NamedTuple):
    """What is stored of a certificate that may be new. Nothing of it is believed."""

    certificate: tuple[Any, ...]
    sealed: tuple[Any, ...]
    """Of the certificate, and the wrapped key of its holder."""
    row: tuple[Any, ...]
    event: tuple[Any, ...]
    record: bytes | None
    """The sealed record of kind certificate."""
    history: tuple[Any, ...]
    face: tuple[Any, ...]

    @property
    def id(self) -> str:
        """Of the certificate."""
        found: str = self.certificate[0]
        return found

    @property
    def cti(self) -> bytes:
        """Of the certificate."""
        found: bytes = self.certificate[_CTI]
        return found

    @property
    def issued_at(self) -> datetime | None:
        """Of the certificate."""
        found: datetime | None = self.certificate[_ISSUED_AT]
        return found

    @property
    def is_first(self) -> bool:
        """Whether its event is the first one of a certificate that replaces no other."""
        return self.event[_KIND] is EventKind.ISSUED and self.event[_REPLACES] is None

    def to_certificate(self) -> Certificate:
        """Return the certificate."""
        return Certificate(**dict(zip(CERTIFICATE_VALUES, self.certificate, strict=True)))

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
    """Yield those of some certificates that have one event and the row of the same holder, in the order of the ids."""
    query, cuts = _query()
    certificates = table_of(CertificateRow)
    for chunk in chunked(certificate_ids):
        found: dict[str, list[tuple[Any, ...]]] = {each: [] for each in chunk}
        for values in map(tuple, session.execute(query.where(certificates.c.id.in_(chunk)))):
            found[values[0]].append(values)
        for events in found.values():
            if len(events) == 1:
                certificate, sealed, row, event, record, history, face = [events[0][a:b] for a, b in cuts]
                yield StoredNew(certificate, sealed, row, event, record[0], history, face)


@cache
def _query() -> tuple[Select[Any], tuple[tuple[int, int], ...]]:
    """The statement, and where each part of a row begins and ends."""
    certificates, holders, awards = table_of(CertificateRow), table_of(HolderRow), table_of(AwardRow)
    events, records = table_of(EventRow), table_of(SealedCertificateRow)
    histories, faces = table_of(SignedHistoryRow), table_of(FaceRow)
    parts = (
        [certificates.c[name] for name in CERTIFICATE_VALUES],
        [*(certificates.c[name] for name in SealedContent._fields[:-1]), holders.c.wrapped_key],
        [awards.c[name] for name in StoredRow._fields[:-1]],
        [events.c[name] for name in _EVENT],
        [records.c.record],
        [histories.c[name] for name in _HISTORY],
        [faces.c[name] for name in _FACE],
    )
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
