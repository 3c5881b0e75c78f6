"""Certificates proven one after another: row, statements, signature, history, face, record, and what is published.

Rules: nothing that the database says counts, but what signatures prove. Everything is asked anew, from the beginning of
each certificate, also of what the public has for years. What an erased holder's certificate says can be read by nobody:
its history is proven, and nothing else.

    for finding in prove_chunk(session, vault, ids, anchors, ground): ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from credential import face as faceform
from credential.errors import CodedError, CredentialError
from credential.history import Event
from credential.sealed import Kind, open_record
from issuer import faces
from issuer.batches.photos import photo_of
from issuer.batches.proof import ProvenRow
from issuer.batches.taken import Taken, taken_of
from issuer.db.events import SignedHistory, histories_of
from issuer.db.faces import SealedFace, faces_of
from issuer.db.models import AwardRow, AwardState, HolderRow, Stage
from issuer.db.sessions import ReadSession
from issuer.errors import TamperedError
from issuer.issuing.first import Anchors, Approved, Written, check_first, is_fallen, prove_first, rows_of, written_of
from issuer.issuing.news import opened_draft
from issuer.proving.model import FALLEN, UNPROVEN, Finding
from issuer.publishing.ground import Ground
from issuer.publishing.history import read_history, to_history
from issuer.publishing.looking import look
from issuer.status.verifying import verify_events
from issuer.vault import Vault

_ERASED = "erased"


@dataclass(frozen=True, slots=True)
class _Read:
    """Some certificates, read together."""

    session: ReadSession
    vault: Vault
    anchors: Anchors
    written: Mapping[str, Written]
    rows: Mapping[str, ProvenRow | CodedError]
    histories: Mapping[str, SignedHistory]
    faces: Mapping[str, SealedFace]
    taken: dict[str, Taken]
    """By batch, what was taken back of it: asked once, for it walks along the audit."""

    def taken_of(self, row: ProvenRow) -> Taken:
        """Return what was taken back of a row's batch. Raises TamperedError ``audit_altered``."""
        batch = row.row.batch
        if batch not in self.taken:
            self.taken[batch] = taken_of(self.session, batch, row.by.statement)
        return self.taken[batch]


def prove_chunk(
    session: ReadSession, vault: Vault, ids: Sequence[str], anchors: Anchors, ground: Ground | None
) -> Iterator[Finding]:
    """Yield what is wrong with some certificates.

    Args:
        session: reads one state of the register.
        vault: opens rows and credentials.
        ids: of certificates.
        anchors: what everything is proven by, with nothing taken as published.
        ground: what is published; None: it is not compared.
    """
    written = written_of(session, vault, ids)
    signed = [each for each in written.values() if each.certificate.stage is Stage.SIGNED]
    read = _Read(
        session=session,
        vault=vault,
        anchors=anchors,
        written=written,
        rows=rows_of(session, vault, signed, anchors.operators),
        histories=histories_of(session, list(written)),
        faces=faces_of(session, list(written)),
        taken={},
    )
    for each in signed:
        yield from _prove(read, each)
    yield from _prove_awards(read, signed)
    if ground is not None:
        for difference in look(session, ground, [each.certificate.id for each in signed]):
            number = written[difference.certificate].certificate.number
            code, message, fields = difference.code, difference.message, difference.fields
            yield Finding(table="events", object=number, code=code, message=message, fields=fields)


def _prove(read: _Read, written: Written) -> Iterator[Finding]:
    number = written.certificate.number
    row = read.rows[written.certificate.id]
    erased = isinstance(written.content, CodedError) and written.content.code == _ERASED
    steps = [("signed_histories", _history), ("events", _events)]
    if is_fallen(written.certificate, read.anchors.trust):
        message = f"certificate {number} was registered when its key was stolen: readers refuse it"
        yield Finding(table="certificates", object=number, code=FALLEN, message=message)
    elif not erased:
        steps = [("certificates", _beginning), *steps, ("faces", _face), ("holders", _holder), ("photos", _photo)]
    for table, step in steps:
        try:
            step(read, written, row)
        except UNPROVEN as error:
            yield Finding.of(table, number, error)


def _beginning(read: _Read, written: Written, row: ProvenRow | CodedError) -> None:
    """Statements, row, credential, first event, sealed record."""
    if isinstance(row, CodedError):
        raise row
    content, draft = row.row, row.row.draft
    if draft.replaces is not None or read.taken_of(row).holds(content.position):
        prove_first(read.session, read.vault, written, row, read.anchors)
    else:
        approved = Approved(draft=draft, holder=content.holder, authority=row.by.approval.object["authority"])
        check_first(written, approved, read.anchors, find_replaced=lambda: None)
    if written.certificate.awarded_on != draft.award_date:
        raise _differs(written.certificate.number, "its day of award")


def _events(read: _Read, written: Written, row: ProvenRow | CodedError) -> None:
    """An operator's statement behind each later event; the state is where they end."""
    del row
    certificate = written.certificate
    verify_events(
        read.session,
        read.vault,
        certificate,
        written.events,
        content=written.content,
        operators=read.anchors.operators,
        trust=read.anchors.trust,
        known=len(written.events),  # what was accepted stays ordered; its right was asked when it was accepted
        alone=read.anchors.acts_alone,
        signed=_signed(read, written),
    )
    history = to_history(certificate, written.events)
    if certificate.state is not history.status:
        state, end = certificate.state.word, history.status.word
        message = f"certificate {certificate.number} is {state}, and its events end at {end}"
        raise TamperedError("state_differs", message, number=certificate.number)


def _signed(read: _Read, written: Written) -> Sequence[Event]:
    """The events that a status key signed: those are older than the rule of two operators, or satisfied it then."""
    stored = read.histories.get(written.certificate.id)
    if stored is None:
        return ()
    return read_history(stored.content, written.certificate.cti, read.anchors.trust).events


def _history(read: _Read, written: Written, row: ProvenRow | CodedError) -> None:
    """The stored history is signed, and is that of the events or of their beginning."""
    del row
    certificate, stored = written.certificate, read.histories.get(written.certificate.id)
    if stored is None:
        return
    signed = read_history(stored.content, certificate.cti, read.anchors.trust)
    expected = to_history(certificate, written.events)
    if stored.events != len(signed.events) or signed.events != expected.events[: len(signed.events)]:
        message = f"the signed history of certificate {certificate.number} says something else than its events"
        raise TamperedError("history_altered", message, number=certificate.number)


def _face(read: _Read, written: Written, row: ProvenRow | CodedError) -> None:
    """What the document prints is what was approved, as a draft and as it was signed."""
    stored = read.faces.get(written.certificate.id)
    if stored is None or isinstance(row, CodedError):
        return
    payload = faces.proven(opened_draft(written.certificate, stored), written.certificate, row.row.draft)
    if stored.record is None:
        return
    try:
        unverified = faceform.parse(open_record(Kind.FACE, written.certificate.cti, stored.record))
        key = read.anchors.trust.key(unverified.key_id, use="status").key
        is_ours = stored.kid == unverified.key_id and unverified.check_signed(key, payload)
    except CredentialError as error:
        raise faces.altered(written.certificate) from error
    if not is_ours:
        raise faces.altered(written.certificate)


def _holder(read: _Read, written: Written, row: ProvenRow | CodedError) -> None:
    """The person is found by the ID document that was approved."""
    holder = read.session.get(HolderRow, written.certificate.holder)
    if holder is None or isinstance(row, CodedError) or holder.wrapped_key is None:
        return
    key = read.vault.unwrap(holder.wrapped_key, table="holders", row=holder.id)
    if holder.personal is not None:
        key.open(holder.personal, table="holders", column="personal", row=holder.id)
    draft = row.row.draft
    if holder.blind_index != read.vault.blind_index(draft.id_type.word, draft.id_number):
        message = f"the holder of certificate {written.certificate.number} is not found by the approved ID document"
        raise TamperedError("holder_altered", message, number=written.certificate.number)


def _photo(read: _Read, written: Written, row: ProvenRow | CodedError) -> None:
    """The photo that the row names."""
    del written
    if not isinstance(row, CodedError):
        photo_of(read.session, read.vault, row.row)


def _prove_awards(read: _Read, signed: Sequence[Written]) -> Iterator[Finding]:
    """The rows of signed certificates count as issued, and are their holders'."""
    by_award = {each.certificate.award: each.certificate for each in signed}
    query = select(AwardRow.id, AwardRow.state, AwardRow.holder).where(AwardRow.id.in_(list(by_award)))
    for row in read.session.execute(query):
        certificate = by_award[row.id]
        if row.state is not AwardState.ISSUED or row.holder != certificate.holder:
            message = f"the row of certificate {certificate.number} is not the issued row of its holder"
            yield Finding(table="awards", object=certificate.number, code="award_altered", message=message)


def _differs(number: str, what: str) -> TamperedError:
    return TamperedError("columns_differ", f"certificate {number}: {what} is not what was approved", number=number)
