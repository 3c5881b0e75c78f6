"""What was lost between a copy of the register and the day it broke: said, skipped, and never guessed.

Rules: a publication that outlived the register shows what the public has. What a certificate's published history has
beyond the register is put down as a found event: nobody publishes anything until an operator ordered it anew, so that
no withdrawn certificate comes back. A certificate that is published and that the register does not know is counted: no
row of it exists any more, and its place among the sealed records tells nobody what it says. What the root signed is
taken in, for its signature proves it.

    seen = look(register, store, pinned, now=now)
    require_settled(session)               # before anything is published
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, func, select

from credential import history as histories
from credential import publication
from credential import snapshot as snapshots
from credential.history import EventKind
from credential.sealed import Kind, open_record
from credential.trustlist import VerifiedTrustList
from issuer.db.models import CertificateRow, EventRow, FoundEventRow
from issuer.db.sessions import ReadSession, Register, chunked
from issuer.errors import ConflictError
from issuer.publishing import records as layouts
from issuer.publishing.chain import trust_list
from issuer.publishing.folder import FolderStore
from issuer.publishing.ground import digested
from issuer.publishing.history import read_history
from issuer.publishing.taking import take_newer


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """An event that the public has and the register has not."""

    certificate: str
    number: str
    ordinal: int
    kind: EventKind
    said: Mapping[str, str | None] = field(repr=False)
    is_settled: bool = False
    """Whether an operator ordered it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a publication shows beyond a register."""

    sequence: int
    """Of its snapshot."""
    made: datetime
    """When that was made."""
    unknown: int
    """Certificates that it has and the register does not know."""
    found: tuple[FoundEvent, ...]
    differing: tuple[str, ...]
    """Numbers of certificates whose published history begins otherwise than the register says."""
    taken: int
    """Files of the root that the register lacked, and keeps now."""


def look(register: Register, store: FolderStore, pinned: bytes, *, now: datetime) -> Seen:
    """Compare a publication with a register that was restored; takes in what the root signed.

    Args:
        register: restored.
        store: a copy of the publication, whole.
        pinned: the root that readers pin.
        now: aware instant.

    Raises:
        NotFoundError: ``not_published``: a file of the publication is not there.
        TamperedError: ``publication_altered``: a file of it is not as it was published.
        CredentialError: it is not signed by whom the root names.
    """
    taken = take_newer(register, store, pinned, now=now)
    unverified = snapshots.parse_snapshot(store.read(publication.SNAPSHOT))
    trust = trust_list(store, unverified.content.trust_version, now=now)
    content = snapshots.verify_snapshot(unverified, trust, now=now).content
    shards = layouts.PublishedShards.read(content.prefix, content.manifests, lambda path: digested(store, path))
    run = _Looking(shards, trust)
    with register.read() as session:
        for ids in chunked(session.scalars(select(CertificateRow.id).order_by(CertificateRow.id))):
            run.take(session, ids)
    return Seen(
        sequence=content.seq,
        made=content.iat,
        unknown=max(0, content.records - run.known),
        found=tuple(run.found),
        differing=tuple(run.differing),
        taken=taken,
    )


class _Looking:
    """One run through the certificates that the register knows."""

    def __init__(self, shards: layouts.PublishedShards, trust: VerifiedTrustList) -> None:
        self._shards = shards
        self._trust = trust
        self.known = 0
        self.found: list[FoundEvent] = []
        self.differing: list[str] = []

    def take(self, session: ReadSession, ids: Sequence[str]) -> None:
        """Compare some certificates."""
        here = select(CertificateRow.id, CertificateRow.number, CertificateRow.cti).where(CertificateRow.id.in_(ids))
        of_events = select(EventRow.certificate, EventRow.ordinal, EventRow.kind).where(EventRow.certificate.in_(ids))
        kinds: dict[str, list[EventKind]] = {}
        for certificate, _, kind in session.execute(of_events.order_by(EventRow.certificate, EventRow.ordinal)):
            kinds.setdefault(certificate, []).append(kind)
        for row in session.execute(here.order_by(CertificateRow.id)):
            public = self._published(row.cti)
            if public:
                self.known += 1
                self._compare(row.id, row.number, kinds.get(row.id, []), public)

    def _published(self, cti: bytes) -> tuple[histories.Event, ...]:
        record = self._shards.peek(Kind.HISTORY, cti)
        return () if record is None else read_history(open_record(Kind.HISTORY, cti, record), cti, self._trust).events

    def _compare(
        self, certificate: str, number: str, ours: list[EventKind], public: tuple[histories.Event, ...]
    ) -> None:
        common = min(len(ours), len(public))
        if ours[:common] != [each.kind for each in public[:common]]:
            self.differing.append(number)
            return
        for ordinal, event in enumerate(public[common:], start=common + 1):
            found = FoundEvent(
                certificate=certificate, number=number, ordinal=ordinal, kind=event.kind, said=_said(event)
            )
            self.found.append(found)


def _said(event: histories.Event) -> dict[str, str | None]:
    detail = event.detail if isinstance(event.detail, str) else None
    return {
        "kind": event.kind.word,
        "effective": event.effective.isoformat(),
        "recorded": event.recorded.isoformat(),
        "authority": event.authority,
        "basis": event.basis,
        "document": event.document,
        "reason": event.reason.word,
        "detail": detail,
    }


def found_events(session: ReadSession) -> Iterator[FoundEvent]:
    """Yield what was found at the last restorations, in the order of the numbers, settled or not."""
    query = (
        select(FoundEventRow, CertificateRow.number)
        .join(CertificateRow, CertificateRow.id == FoundEventRow.certificate)
        .order_by(CertificateRow.number, FoundEventRow.ordinal)
    )
    for row, number in session.execute(query):
        kind = EventKind[str(row.said["kind"]).upper()]
        yield FoundEvent(
            certificate=row.certificate,
            number=number,
            ordinal=row.ordinal,
            kind=kind,
            said=dict(row.said),
            is_settled=_is_settled(session, row, kind),
        )


def require_settled(session: ReadSession) -> None:
    """Ask whether everything that was found has been ordered anew. Raises ConflictError ``restoration_open``."""
    if not session.scalar(select(func.count()).select_from(FoundEventRow)):
        return
    left = [each.number for each in found_events(session) if not each.is_settled]
    if left:
        message = (
            f"{len(left)} changes that the public saw before the register was restored are not ordered anew, the first "
            f"of certificate {left[0]}; nothing was published"
        )
        raise ConflictError("restoration_open", message, count=len(left), number=left[0])


def _is_settled(session: ReadSession, row: FoundEventRow, kind: EventKind) -> bool:
    again = (EventRow.certificate == row.certificate) & (EventRow.kind == kind) & (EventRow.ordinal >= row.ordinal)
    return bool(session.scalar(select(exists().where(again))))
