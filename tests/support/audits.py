"""What somebody does to the audit who owns the database: entries put between, and every later hash computed anew.

put_between(register, 9, Entry(actor="clerk1", act="batch.submit", subject="sf-rst-0001"))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select

from issuer import audit
from issuer.db.models import AuditChainRow, AuditRow, StatementRow
from issuer.db.sessions import Register
from issuer.sequencer import chain_all
from tests.support.clock import NOW
from tests.support.databases import without_triggers


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as it is forged."""

    actor: str
    act: str
    subject: str
    at: datetime = NOW
    details: Mapping[str, Any] = field(default_factory=dict)


def head_of(register: Register) -> audit.ChainHead:
    """The head of the chain with all that is committed, after the chain was found in order."""
    chain_all(register)
    with register.read() as session:
        return audit.verify_chain(session)


def put_between(register: Register, place: int, entry: Entry) -> None:
    """Put an entry at an ordinal; those from there on move by one, and the chain is in order again."""
    _anew(register, place, [entry])


def rehash(register: Register, place: int) -> None:
    """Put the chain in order again from an ordinal on, after an entry there was changed."""
    _anew(register, place, [])


def cut(register: Register, after: int) -> None:
    """Remove every entry behind a place, with its place and with all that waits."""
    _take_away(register, after + 1)


def _anew(register: Register, place: int, first: Sequence[Entry]) -> None:
    later = _take_away(register, place)
    with register.write() as session:
        for each in (*first, *later):
            audit.append(
                session, actor=each.actor, act=each.act, subject=each.subject, now=each.at, details=each.details
            )
    chain_all(register)


def _take_away(register: Register, place: int) -> list[Entry]:
    chain_all(register)
    with register.write() as session:
        query = audit.entry_rows().where(AuditChainRow.ordinal >= place).order_by(AuditChainRow.ordinal)
        rows = session.execute(query).all()
        with without_triggers(session.connection()):
            session.execute(delete(AuditChainRow).where(AuditChainRow.ordinal >= place))
            session.execute(delete(AuditRow).where(AuditRow.id.in_([row.id for row in rows])))
    return [
        Entry(actor=row.actor, act=row.act, subject=row.object, at=row.at, details=dict(row.details)) for row in rows
    ]


def digest_of(register: Register, act: str) -> str:
    """SHA-256 of the evidence of the only statement to an act."""
    with register.read() as session:
        return sha256(session.scalars(select(StatementRow.evidence).where(StatementRow.act == act)).one()).hexdigest()
