"""The repository of events and signed histories: what happened to a certificate, in order, appended only.

Rules: an event follows from the state before it by the table of FORMAT 6; anything else is refused here, whoever asks.
``recorded`` never falls. The certificate's ``state`` column is a copy that changes with the event in one transaction.

    append_event(session, certificate_id, Event(kind=EventKind.WITHDRAWN, ...))
    append_events(session, [one, another], Event(kind=EventKind.SUSPENDED, ...))
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import bindparam, func, select, update

from credential.history import MAX_EVENTS, STATE_AFTER, EventKind, Reason, Replaced, may_follow
from credential.statuslist import Status
from issuer.db import outbox
from issuer.db.models import CertificateRow, EventRow, SignedHistoryRow, Stage
from issuer.db.sessions import ReadSession, WriteSession, chunked, insert_all, table_of
from issuer.errors import ConflictError, InputError, NotFoundError

_KEPT_FREE: Final = {EventKind.ANNOTATED: 5, EventKind.SUSPENDED: 5, EventKind.REINSTATED: 4}
"""Places of a history that what may be done often leaves: a certificate can always be withdrawn, replaced, erased."""
_SUCCEEDED: Final = frozenset({EventKind.SUPERSEDED, EventKind.SET_ASIDE})
"""The kinds that name a certificate in this one's place."""


TOLD_KINDS: Final = frozenset(EventKind) - {EventKind.ISSUED, EventKind.ERASED}
"""The kinds of which a holder is told: that a certificate was issued is told by its claim code; who was erased is
nobody who could be written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of one certificate (FORMAT 6)."""

    kind: EventKind
    effective: date
    recorded: datetime
    authority: str
    basis: str
    document: str
    reason: Reason
    successor: str | None = None
    """For ``superseded`` and ``set_aside``: the number of the certificate that stands in this one's place."""
    note: str | None = None
    """For ``annotated``: the text."""
    replaces: str | None = None
    """For ``issued``: the number of the certificate in whose place this one is issued."""
    counted_from: date | None = None
    """With ``replaces``, and only then: the day to which the gap between award and issue is counted."""
    statement: str | None = None
    """The id of the operator's statement that ordered it."""

    @property
    def replaced(self) -> Replaced | None:
        """The certificate replaced, as the history names it."""
        if self.replaces is None or self.counted_from is None:
            return None
        return Replaced(number=self.replaces, counted_from=self.counted_from)


_VALUES: Final = tuple(Event.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHistory:
    """The newest signed history of a certificate."""

    events: int
    content: bytes
    kid: bytes


class _Before(NamedTuple):
    """What happened to a certificate so far."""

    events: int
    recorded: datetime | None
    """Of the last event: ``recorded`` never falls."""


_NONE: Final = _Before(0, None)


def append_event(session: WriteSession, certificate_id: str, event: Event) -> Status:
    """Append an event and return the state after it.

    Raises:
        ConflictError: code ``not_signed``, ``wrong_state``, ``out_of_order`` or ``too_many_events``.
        InputError: a member does not belong to the kind, or a naive instant.
    """
    return append_events(session, [certificate_id], event)[certificate_id]


def append_first(session: WriteSession, firsts: Mapping[str, Event]) -> None:
    """Append the first event of new certificates, by id, with one statement.

    A certificate that has one already is an error of the database. ``store_all_signed`` comes before, in the same
    transaction. The very same event of many certificates is looked at once.

    Raises:
        InputError: as ``append_event``.
    """
    same: dict[int, dict[str, object]] = {}
    for event in firsts.values():
        if id(event) in same:
            continue
        if event.kind is not EventKind.ISSUED:
            raise ValueError(f"{event.kind.word} is not the first event")
        _check_members(event, _NONE)
        same[id(event)] = {"ordinal": 1} | {name: getattr(event, name) for name in _VALUES}
    rows = [{"certificate": certificate, **same[id(event)]} for certificate, event in firsts.items()]
    insert_all(session, EventRow, rows)


def append_events(session: WriteSession, certificate_ids: Sequence[str], event: Event) -> dict[str, Status]:
    """Append the same event to many certificates and return the state of each after it.

    That their holders are to be told is left to the worker, as one piece of work. Raises as ``append_event``.
    """
    after: dict[str, Status] = {}
    for chunk in chunked(certificate_ids):
        query = select(CertificateRow.id, CertificateRow.number, CertificateRow.stage, CertificateRow.state)
        found = {row.id: row for row in session.execute(query.where(CertificateRow.id.in_(chunk)).with_for_update())}
        before = _before(session, chunk)
        rows = []
        for certificate_id in chunk:
            if certificate_id not in found:
                raise NotFoundError("no_certificate", f"there is no certificate {certificate_id}")
            row, so_far = found[certificate_id], before.get(certificate_id, _NONE)
            after[certificate_id] = _state_after(row.number, row.stage, row.state, event, so_far)
            _check_members(event, so_far)
            rows.append({"certificate": certificate_id, "ordinal": so_far.events + 1})
        members = {name: getattr(event, name) for name in _VALUES}
        insert_all(session, EventRow, [row | members for row in rows])
        if event.kind in STATE_AFTER:
            moved = update(CertificateRow).where(CertificateRow.id.in_(chunk))
            session.execute(moved.values(state=STATE_AFTER[event.kind]))
    if event.statement is not None and event.kind in TOLD_KINDS:
        outbox.put_new(session, topic=outbox.Topic.NOTICE, object=event.statement, now=event.recorded)
    return after


def _before(session: ReadSession, certificate_ids: Sequence[str]) -> dict[str, _Before]:
    """What happened to certificates so far, by id; those to which nothing did are left out."""
    query = select(EventRow.certificate, func.count(), func.max(EventRow.recorded))
    query = query.where(EventRow.certificate.in_(certificate_ids)).group_by(EventRow.certificate)
    return {certificate: _Before(many, last) for certificate, many, last in session.execute(query)}


def events_of(session: ReadSession, certificate_id: str) -> list[Event]:
    """Return the events of a certificate in order."""
    return events_of_many(session, [certificate_id])[certificate_id]


def count_events(session: ReadSession, certificate_ids: Collection[str]) -> dict[str, int]:
    """Return how many events certificates have, by id; those that have none are not there."""
    query = select(EventRow.certificate, func.count()).where(EventRow.certificate.in_(certificate_ids))
    return dict(session.execute(query.group_by(EventRow.certificate)).all())


def events_of_many(session: ReadSession, certificate_ids: Collection[str]) -> dict[str, list[Event]]:
    """Return the events of certificates in order, by id."""
    columns = [getattr(EventRow, name) for name in _VALUES]
    query = select(EventRow.certificate, *columns).order_by(EventRow.ordinal)
    found: dict[str, list[Event]] = {each: [] for each in certificate_ids}
    for chunk in chunked(found):
        for certificate, *values in session.execute(query.where(EventRow.certificate.in_(chunk))):
            found[certificate].append(Event(**dict(zip(_VALUES, values, strict=True))))
    return found


def event_of(row: EventRow) -> Event:
    """Return what a row says."""
    return Event(**{name: getattr(row, name) for name in _VALUES})


def store_histories(session: WriteSession, signed: Mapping[str, SignedHistory]) -> dict[str, ConflictError]:
    """Keep the newest signed histories, by certificate.

    Returns:
        ``older_history`` for each of which one over more events is stored: that one stays.
    """
    older: dict[str, ConflictError] = {}
    table = table_of(SignedHistoryRow)
    for chunk in chunked(signed):
        query = select(table.c.certificate, table.c.events).where(table.c.certificate.in_(chunk)).with_for_update()
        known = dict(session.execute(query).all())
        for each in chunk:
            if signed[each].events < known.get(each, 0):
                message = f"a history over {known[each]} events is stored; this one is older"
                older[each] = ConflictError("older_history", message)
        new = [_history_row(each, signed[each]) for each in chunk if each not in known]
        grown = [{"id": each, **_history_row(each, signed[each])} for each in chunk if each in known.keys() - older]
        insert_all(session, SignedHistoryRow, new)
        if grown:
            session.connection().execute(update(table).where(table.c.certificate == bindparam("id")), grown)
    return older


def _history_row(certificate: str, signed: SignedHistory) -> dict[str, object]:
    return {"certificate": certificate, "events": signed.events, "content": signed.content, "kid": signed.kid}


def history_of(session: ReadSession, certificate_id: str) -> SignedHistory | None:
    """Return the newest signed history, or None before the first."""
    return histories_of(session, [certificate_id]).get(certificate_id)


def histories_of(session: ReadSession, certificate_ids: Collection[str]) -> dict[str, SignedHistory]:
    """Return the newest signed histories of certificates, by id; those that have none are not there."""
    table = SignedHistoryRow
    query = select(table.certificate, table.events, table.content, table.kid)
    return {
        row.certificate: SignedHistory(events=row.events, content=row.content, kid=row.kid)
        for chunk in chunked(certificate_ids)
        for row in session.execute(query.where(table.certificate.in_(chunk)))
    }


def _state_after(number: str, stage: Stage, state: Status, event: Event, before: _Before) -> Status:
    if stage is not Stage.SIGNED:
        raise ConflictError("not_signed", f"certificate {number} is not issued yet; it has no events")
    if (event.kind is EventKind.ISSUED) != (not before.events):
        message = f"certificate {number}: issued is the first event and no other"
        raise ConflictError("wrong_state", message, number=number, state=state.word)
    if event.kind is not EventKind.ISSUED and not may_follow(state, event.kind):
        message = f"certificate {number} is {state.word} and cannot become {event.kind.word}"
        raise ConflictError("wrong_state", message, number=number, state=state.word)
    return STATE_AFTER.get(event.kind, state)


def _check_members(event: Event, before: _Before) -> None:
    most = MAX_EVENTS - _KEPT_FREE.get(event.kind, 0)
    if before.events >= most:
        message = f"a history of {before.events} events takes no more of this kind; the last places are for its end"
        raise ConflictError("too_many_events", message, events=before.events, most=most)
    if before.recorded is not None and event.recorded < before.recorded:
        raise ConflictError("out_of_order", "an event is recorded before the one it follows; set the clock right")
    if (event.kind in _SUCCEEDED) != (event.successor is not None):
        raise InputError("successor", "a successor's number goes with superseded and set aside, and only with them")
    if (event.kind is EventKind.ANNOTATED) != (event.note is not None):
        raise InputError("note", "a note goes with annotated, and only with it")
    if (event.replaces is None) != (event.counted_from is None):
        raise InputError("replaces", "a replaced certificate's number and the day to count from go together")
    if event.replaces is not None and event.kind is not EventKind.ISSUED:
        raise InputError("replaces", "a replaced certificate goes with issued, and only with it")
