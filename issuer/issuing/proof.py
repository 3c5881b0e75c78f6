"""What the worker asks before it signs what it publishes: nothing without an operator's statement.

Rules: the first history of a certificate takes the proof of its row and credential (``first``); whatever follows takes
an operator's order (``issuer.status.verifying``); a face takes the row that it prints. What the public has already
needs no proof of its beginning, and whether it has is read from signed files. One that is not proven is told and holds
up no other.

    found = prove(session, vault, certificate_ids, anchors)
    found.refused                              # id -> why nothing of it is signed
    publisher.publish(found.good, now=now, vouched=found.vouched)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from credential.errors import CodedError, CredentialError
from credential.history import Event, EventKind, History, Replaced
from issuer import faces
from issuer.crew import Crew, Flow, Job
from issuer.db.certificates import Certificate
from issuer.db.events import histories_of
from issuer.db.faces import faces_of
from issuer.db.models import CertificateRow, EventRow
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import IssuerError, TamperedError
from issuer.issuing.first import Anchors, Written, is_fallen, missing, prove_first, rows_of, written_of
from issuer.issuing.news import Kit, News, answers_of, check_stored, opened_draft, plain_parts, prove_plain
from issuer.publishing.publisher import Vouched
from issuer.publishing.signing import Made
from issuer.status import stated
from issuer.status.replacing import PUBLIC_REASON
from issuer.status.verifying import verify_events
from issuer.vault import Vault

_FAULTS: Final = (IssuerError, CredentialError)
_NO_GROUND: Final = "publication_altered"
"""What is published cannot be read as it was left: then nothing is said of anything."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What is proven of certificates and what is not."""

    good: list[str] = field(default_factory=list)
    refused: dict[str, CodedError] = field(default_factory=dict)
    """By id: why nothing of it is signed."""
    faceless: dict[str, CodedError] = field(default_factory=dict)
    """By id: why its face is not signed; it is published all the same."""
    faces: dict[str, bytes] = field(default_factory=dict, repr=False)
    """By id: what is to be signed of its face, where that is to be signed."""
    replaces: dict[str, Replaced] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict, repr=False)
    """By id: what was signed as soon as it was proven."""

    @property
    def vouched(self) -> Vouched:
        """What the publisher is told of them."""
        return Vouched(replaces=self.replaces, faces=self.faces, made=self.made)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    """How a certificate begins: proven, or published already."""

    known: int
    """How many of its events the public has."""
    replaces: Replaced | None = None


def prove(
    session: ReadSession,
    vault: Vault,
    certificate_ids: Sequence[str],
    anchors: Anchors,
    crew: Crew[Kit] | None = None,
    *,
    step: Callable[[int, int], None] | None = None,
    between: Callable[[], object] = bool,
) -> Found:
    """Prove certificates that are to be published: their beginnings, their events, and their faces.

    Args:
        session: reads; what is remembered of statements is remembered in it.
        vault: opens rows and credentials.
        certificate_ids: those that changed; an id that nothing has is refused as ``no_certificate``.
        anchors: what everything is proven by.
        crew: proves new certificates beside this process; its kit has this vault and these anchors.
        step: told how many certificates are signed, of how many, while they are proven and signed.
        between: called between two parts of it, for what must not wait.
    """
    found = Found()
    ids = list(dict.fromkeys(certificate_ids))
    news = News(session, anchors, ids)
    crew = crew or Crew(Kit(vault=vault, anchors=anchors), 0)
    left: set[str] = set()
    for chunk in crew.run((_prove_new(news, chunk, found) for chunk in chunked(ids)), between):
        left.update(chunk)
        if step is not None and found.made:
            step(len(found.made), len(ids))
    for chunk in chunked(each for each in ids if each in left):
        _prove_chunk(session, vault, chunk, anchors, found)
        between()
    return found


def _prove_new(news: News, ids: Sequence[str], found: Found) -> Flow[list[str]]:
    """Prove those that are plainly new, and return the others."""
    answers = answers_of((yield Job(prove_plain, plain_parts(news.parts(ids)))))
    proven = {answer.certificate: answer for answer in answers if answer.is_proven}
    found.good += proven
    found.made |= {each: answer.made for each, answer in proven.items() if answer.made is not None}
    found.faces |= {each: answer.face for each, answer in proven.items() if isinstance(answer.face, bytes)}
    found.faceless |= {each: answer.face for each, answer in proven.items() if isinstance(answer.face, CodedError)}
    return [each for each in ids if each not in proven]


def _prove_chunk(session: ReadSession, vault: Vault, ids: Sequence[str], anchors: Anchors, found: Found) -> None:
    chunk = _Chunk(session, vault, ids, anchors)
    for each in ids:
        try:
            beginning = chunk.check(each)
        except _FAULTS as error:
            if error.code == _NO_GROUND:
                raise
            found.refused[each] = error
            continue
        found.good.append(each)
        if beginning.replaces is not None:
            found.replaces[each] = beginning.replaces
        try:
            payload = chunk.face_payload(each)
        except _FAULTS as error:
            found.faceless[each] = error
            continue
        if payload is not None:
            found.faces[each] = payload


def _foresee(session: ReadSession, written: Iterable[Written]) -> None:
    """Say whose places in operators' lists are about to be proven, so that they are read together."""
    numbers: dict[str, list[str]] = {}
    for each in written:
        for event in each.events:
            if event.statement is not None and event.kind not in PUBLIC_REASON:
                numbers.setdefault(event.statement, []).append(each.certificate.number)
    for statement, own in numbers.items():
        stated.foresee(session, statement, own)


class _Chunk:
    """Some certificates, read together."""

    def __init__(self, session: ReadSession, vault: Vault, ids: Sequence[str], anchors: Anchors) -> None:
        self._session, self._vault, self._anchors = session, vault, anchors
        self._written = written_of(session, vault, [*ids, *_successors(session, ids)])
        self._by_number = {each.certificate.number: each for each in self._written.values()}
        self._stored = histories_of(session, list(self._written))
        self._faces = faces_of(session, list(self._written))
        # They come sorted by their shards, and the one that was looked into last is kept.
        in_order = [self._written[each] for each in dict.fromkeys([*ids, *self._written]) if each in self._written]
        self._published = {each.certificate.id: anchors.registered.history_of(each.certificate) for each in in_order}
        _foresee(session, self._written.values())
        unproven = [each for each in self._written.values() if self._takes_row(each)]
        self._rows = rows_of(session, vault, unproven, anchors.operators)

    def check(self, certificate_id: str) -> _Beginning:
        """Prove the beginning and the events of a certificate. Raises what stands against signing it."""
        written = self._written.get(certificate_id)
        if written is None:
            raise missing(certificate_id)
        beginning = self._beginning(written)
        certificate, events = written.certificate, written.events
        if len(events) > 1 or any(each.kind is not EventKind.ISSUED for each in events):
            verify_events(
                self._session,
                self._vault,
                certificate,
                events,
                content=written.content,
                operators=self._anchors.operators,
                trust=self._anchors.trust,
                known=beginning.known,
                alone=self._anchors.acts_alone,
                signed=self._signed_events(certificate),
            )
        for event in events[beginning.known :]:
            if event.successor is not None:
                self._check_successor(written, event.successor)
        self._check_stored(written)
        return beginning

    def face_payload(self, certificate_id: str) -> bytes | None:
        """Return what is to be signed of the face of a certificate; None where nothing is. Raises why it may not be."""
        written, stored = self._written[certificate_id], self._faces.get(certificate_id)
        if stored is None or not self._signs_face(written):
            return None
        row = self._rows[certificate_id]
        if isinstance(row, CodedError):
            raise row
        return faces.proven(opened_draft(written.certificate, stored), written.certificate, row.row.draft)

    def _beginning(self, written: Written) -> _Beginning:
        certificate = written.certificate
        published = self._published.get(certificate.id)
        if published is not None:
            return _Beginning(known=len(published.events))
        try:
            row = self._rows[certificate.id]
            return _Beginning(known=0, replaces=prove_first(self._session, self._vault, written, row, self._anchors))
        except _FAULTS:
            signed = self._signed_before(written)
            if signed is None:
                raise
            return _Beginning(known=len(signed.events), replaces=signed.registration.replaces)

    def _signed_events(self, certificate: Certificate) -> tuple[Event, ...]:
        """The events that a status key signed for: what the public has, or when all is laid out anew had."""
        signed = self._published.get(certificate.id)
        if signed is None:
            signed = self._anchors.registered.signed(self._session, certificate)
        return () if signed is None else signed.events

    def _signed_before(self, written: Written) -> History | None:
        """What stands in when all is laid out anew: nobody can read any more what was approved, or readers refuse it
        because its key was stolen before it was registered. The public had it, so it has it again.
        """
        content, anchors = written.content, self._anchors
        is_erased = isinstance(content, CodedError) and content.code == "erased"
        if anchors.registered.ground is not None or not (is_erased or is_fallen(written.certificate, anchors.trust)):
            return None
        return anchors.registered.signed(self._session, written.certificate)

    def _check_successor(self, written: Written, number: str) -> None:
        """What stands in a certificate's place is registered with it, or before."""
        try:
            self._beginning(self._by_number[number])
        except (KeyError, *_FAULTS) as error:
            message = f"certificate {written.certificate.number} names {number} in its place, which is not proven"
            raise TamperedError("successor_unproven", f"{message}; nothing was signed", successor=number) from error

    def _check_stored(self, written: Written) -> None:
        """A stored history over the same events is published as it is, so it has to be one."""
        certificate = written.certificate
        check_stored(certificate, self._stored.get(certificate.id), len(written.events), self._anchors.trust)

    def _takes_row(self, written: Written) -> bool:
        return self._published.get(written.certificate.id) is None or self._signs_face(written)

    def _signs_face(self, written: Written) -> bool:
        stored = self._faces.get(written.certificate.id)
        if stored is None or not written.events:
            return False
        return not faces.stands(stored.kid, written.events[0].recorded, self._anchors.trust)


def _successors(session: ReadSession, ids: Sequence[str]) -> list[str]:
    """The certificates that stand in the place of some of these, besides themselves."""
    query = select(CertificateRow.id).join(EventRow, EventRow.successor == CertificateRow.number)
    found = session.scalars(query.where(EventRow.certificate.in_(ids)).order_by(CertificateRow.number))
    return [each for each in dict.fromkeys(found) if each not in set(ids)]
