"""The sequencer: gives the entries of the audit their places in the chain, one after another.

Rules: whoever acts adds entries in a transaction of their own and waits for nobody. One process at a time chains them,
under a lock that ends with its transaction (on SQLite that is the write transaction itself). It takes what is committed
and waits, in the order of ids, a bounded number at a time. An id may be committed later than a greater one: what waits
is a table that the acts fill, so none is missed. Killed anywhere, it leaves whole pieces of the chain, and the next run
goes on.

    chain_soon(register)            # behind an act: what has no place yet, nobody would miss who removes it
    head = chain_all(register)      # everything that was committed before this call lies under this head
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Row, Select, delete, select
from sqlalchemy.exc import DBAPIError

from issuer import audit
from issuer.audit import ChainHead, Entry
from issuer.db.locks import Lock
from issuer.db.models import AuditChainRow, AuditPendingRow, AuditRow
from issuer.db.sessions import Register, WriteSession, chunked, insert_all, table_of

PLACED_AT_ONCE: Final = 2000
"""Entries in one transaction: some hundredths of a second, for which other sequencers wait."""


def chain_all(register: Register) -> ChainHead:
    """Chain every entry that is committed, and return the head.

    Raises:
        sqlalchemy.exc.DBAPIError: the register takes no entry now.
    """
    while True:
        with register.write(Lock.AUDIT) as session:
            head, many = _chain_some(session)
        if many < PLACED_AT_ONCE:
            return head


def chain_soon(register: Register) -> None:
    """Chain what is committed, behind an act that is done; where the register takes nothing now, the act waits."""
    with suppress(DBAPIError):
        chain_all(register)


def _chain_some(session: WriteSession) -> tuple[ChainHead, int]:
    """Chain up to ``PLACED_AT_ONCE`` entries; return the new head, and how many rows of waiting were settled."""
    head = audit.head(session)
    settled, rows = [], []
    for entry in session.execute(_waiting()).all():
        settled.append(entry.id)
        if entry.ordinal is None:  # else it has its place, and somebody put it among those that wait
            placed = _place(entry, head)
            rows.append({"ordinal": placed.ordinal, "entry": entry.id, "previous": head.head})
            head = ChainHead(length=placed.ordinal, head=audit.hash_of(placed))
            rows[-1]["hash"] = head.head
    insert_all(session, AuditChainRow, rows)
    for chunk in chunked(settled):
        session.execute(delete(table_of(AuditPendingRow)).where(AuditPendingRow.entry.in_(chunk)))
    return head, len(settled)


def _waiting() -> Select[Any]:
    entry, place = table_of(AuditRow), AuditChainRow.ordinal
    return (
        select(*entry.c, place)
        .join_from(AuditPendingRow, entry, entry.c.id == AuditPendingRow.entry)
        .outerjoin(AuditChainRow, AuditChainRow.entry == entry.c.id)
        .order_by(entry.c.id)
        .limit(PLACED_AT_ONCE)
    )


def _place(entry: Row[Any], head: ChainHead) -> Entry:
    return Entry(
        ordinal=head.length + 1,
        at=entry.at,
        actor=entry.actor,
        act=entry.act,
        object=entry.object,
        details=entry.details,
        previous=head.head,
    )
