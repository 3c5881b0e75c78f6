"""The locks of the register that are no row's, each with its reason. Whatever is decided on a row locks that row.

Rules: a lock is taken inside a transaction and ends with it. Everyone who writes shares ``REGISTER``, and so nobody
waits there but for who moves the register. ``OFFICE`` is for acts that are rare. What is done often (issuing,
approving, changes of status, documents) locks rows, and none of these locks. SQLite has one writer at a time: there no
lock is taken.

    with register.write(Lock.OFFICE) as session: ...
    take(session, Lock.OPERATORS, shared=True)
    take_for(session, "file", digest)
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session


class Lock(StrEnum):
    """What is locked."""

    REGISTER = "register"
    """Shared by every writer; alone by who moves the register."""
    AUDIT = "audit"
    """By who gives entries of the audit their places."""
    OFFICE = "office"
    """By who changes lists, keys, the trust list or the file of operators, or founds."""
    OPERATORS = "operators"
    """Shared by who accepts an operator's statement; alone by who takes an edition of the file into use: an act is
    accepted under the file that is in use when it is committed."""


def take(session: Session, lock: Lock, *, shared: bool = False) -> None:
    """Wait for a lock and hold it to the end of the transaction."""
    take_for(session, lock.value, b"", shared=shared)


def take_for(session: Session, what: str, which: bytes, *, shared: bool = False) -> None:
    """As ``take``, of one thing among many: a file, by its digest, before the register has a row of it."""
    if session.connection().dialect.name != "postgresql":
        return
    number = int.from_bytes(sha256(f"titlecert {what} ".encode() + which).digest()[:8], signed=True)
    wait = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    session.execute(select(wait(number)))
