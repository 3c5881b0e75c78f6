"""Integrity records for the credit platform (信用平台): files of them, its answers, and what came of each.

Rules: what is written is noted for each record, because it opens whose it is. A record is sent anew when somebody acted
on it since, and when the platform refused it. An answer to a record that was not in the file is taken for nobody's.

    made = reporting.export(opened, actor, as_workbook=True)
    reporting.receive(opened, actor, data)
    reporting.reconciled(opened)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from credential.days import day_of
from issuer import audit
from issuer.auditing.opened import READ_INTEGRITY, note
from issuer.db import integrity as stored
from issuer.errors import InputError
from issuer.home.opened import Actor, Opened
from issuer.ids import new_id
from issuer.integrity import exporting
from issuer.integrity.barring import set_aside
from issuer.integrity.exporting import Reported
from issuer.integrity.reading import every, person_of, read_standings, standing_of, state_of
from issuer.integrity.standing import RecordState, Standing
from issuer.office import lists

__all__ = ["Exported", "Reconciled", "Reported", "export", "receive", "reconciled"]

EXPORT = "integrity.export"
RECEIVE = "integrity.receive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file for the credit platform."""

    id: str
    records: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Where one record stands with the credit platform."""

    record: str
    state: str
    reported: Reported
    export: str | None
    made: datetime | None
    reason: str


def export(opened: Opened, actor: Actor, *, as_workbook: bool, everything: bool = False) -> Exported:
    """Make a file for the credit platform: what was not sent as it is, or everything; note each record of it.

    What was refused is sent again.

    Raises:
        InputError: ``nothing_to_report``.
        ConflictError: ``reading_unrecorded``.
    """
    due = [each.record for each in reconciled(opened) if everything or each.reported in _AGAIN]
    if not due:
        raise InputError("nothing_to_report", "everything was sent as it is; there is nothing to report")
    name, today = new_id(), day_of(opened.clock())
    note(opened, actor, READ_INTEGRITY, due, details={"export": name})
    with opened.register.read() as session:
        standings = read_standings(session, opened)
        chosen = [standing_of(session, standings, each) for each in due]
        names = {each.record.authority: "" for each in chosen}
        names = {each: lists.authority(session, each).name for each in names}
        gone = set_aside(session, {each.record.certificate for each in chosen if each.record.certificate})
        lines = [
            exporting.line_of(
                each,
                person_of(session, opened, each),
                names[each.record.authority],
                RecordState.ENDED if each.record.certificate in gone else each.state(today),
            )
            for each in chosen
        ]
    data = exporting.as_workbook(name, lines) if as_workbook else exporting.as_json_lines(name, lines)
    acts = {each.record.id: _version(each, each.record.certificate in gone) for each in chosen}
    now = opened.clock()
    with opened.register.write() as session:
        stored.add_export(session, name, acts, made_by=actor, digest=sha256(data).digest(), now=now)
        audit.append(session, actor=actor, act=EXPORT, subject=name, now=now, details={"records": len(acts)})
    return Exported(id=name, records=len(lines), data=data)


def receive(opened: Opened, actor: Actor, data: bytes) -> int:
    """Take in a file of the platform's answers; return how many there are.

    Raises:
        InputError: ``bad_answers``.
        ConflictError: ``not_sent``: an answer is to a record that was not in that file; none is taken in.
    """
    answers = exporting.read_answers(data)
    now = opened.clock()
    with opened.register.write() as session:
        stored.add_receipts(session, exporting.receipts_of(answers, now.replace(microsecond=0)))
        details = {"refused": sum(each.outcome == exporting.WAS_REFUSED for each in answers), "answers": len(answers)}
        for each in sorted({each.export for each in answers}):
            audit.append(session, actor=actor, act=RECEIVE, subject=each, now=now, details=details)
    return len(answers)


def reconciled(opened: Opened) -> tuple[Reconciled, ...]:
    """Return where each record stands with the credit platform, oldest first."""
    today = day_of(opened.clock())
    with opened.register.read() as session:
        sent: dict[str, list[stored.Sent]] = {}
        for each in stored.sent(session):
            sent.setdefault(each.record, []).append(each)
        found = []
        for standing, _, gone in every(session, opened):
            is_gone = standing.record.certificate in gone
            version = _version(standing, is_gone)
            where, last = exporting.reported(version, sent.get(standing.record.id, ()))
            found.append(
                Reconciled(
                    record=standing.record.id,
                    state=state_of(standing, today, gone),
                    reported=where,
                    export=None if last is None else last.export,
                    made=None if last is None else last.made,
                    reason="" if last is None or last.answer is None else last.answer.reason,
                )
            )
    return tuple(found)


_AGAIN = frozenset({Reported.UNSENT, Reported.REFUSED})


def _version(standing: Standing, is_set_aside: bool) -> int:
    """How many acts a record has had, as files count them: a withdrawal that is set aside is one more."""
    return standing.acts + is_set_aside
