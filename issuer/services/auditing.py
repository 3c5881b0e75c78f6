"""The audit for anyone who looks it through: verified against every kept head, listed, its head exported.

verified = auditing.verify(opened, files=[HeadFile(name="2026-11-30.jws", data=data)])
auditing.listed(opened, of="99000020262000001")
token, dated = auditing.export(opened)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from credential.signing import KeyUse
from issuer import audit, statements
from issuer.audit import AuditEntry
from issuer.auditing import headfile, heads
from issuer.auditing.daily import signed_head
from issuer.auditing.headfile import DatedHead
from issuer.auditing.heads import Unproven
from issuer.auditing.walk import Difference, Keeper, KeptHead, Step, walk
from issuer.db.models import StatementRow
from issuer.db.sessions import ReadSession, chunked
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.publishing.chain import published_trust
from issuer.publishing.named import named_key
from issuer.sequencer import chain_all

__all__ = ["DatedHead", "Difference", "HeadFile", "Keeper", "Listed", "Verified", "export", "listed", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFile:
    """A file that someone brings along."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What verifying the whole chain found."""

    entries: int
    """How many there are in order: all of them, or those before the first wrong one."""
    waiting: int
    """How many have no place in the chain yet."""
    compared: Mapping[Keeper, int]
    """How many heads of each keeper the chain was compared with."""
    difference: Difference | None
    unproven: tuple[Unproven, ...]
    """What lies where heads are kept and proves nothing."""

    @property
    def is_intact(self) -> bool:
        """Whether nothing at all is wrong."""
        return self.difference is None and not self.unproven


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry, with the statement by which it was done."""

    entry: AuditEntry
    statement: str | None
    """The id of the statement in the register; None where none was signed, or it is gone."""


def verify(
    opened: Opened, *, files: Sequence[HeadFile] = (), witnesses: Sequence[HeadFile] = (), step: Step | None = None
) -> Verified:
    """Compute the whole chain and compare it with every head that is kept.

    What is committed is chained first, where the register can be written: in a copy that cannot, the entries that wait
    are counted.

    Args:
        opened: the home.
        files: exported heads.
        witnesses: copies of heads, a line each.
        step: told of progress.

    Raises:
        InputError: ``bad_head_file``: what was brought along keeps no head.
        NotFoundError: ``no_trust_list``: a file was brought along, and nothing is published that could prove it.
        TamperedError: the file of operators or the trust list does not verify.
    """
    _chain(opened)
    with opened.register.read() as session:
        kept = heads.gather(session, opened)
        brought = [*_brought(session, opened, files)]
        for each in witnesses:
            brought += headfile.read_witness(each.data, name=each.name)
        every = (*kept.heads, *brought)
        walked = walk(session, heads=every, step=step)
        waiting = audit.waiting(session)
    return Verified(
        entries=walked.end.length,
        waiting=waiting,
        compared=Counter(each.keeper for each in every),
        difference=walked.difference,
        unproven=kept.unproven,
    )


def listed(opened: Opened, *, of: str | None = None, before: int | None = None, limit: int = 100) -> tuple[Listed, ...]:
    """Return the newest entries, newest first, of all or ``of`` a certificate's number, a batch or an operator.

    ``before``: a place in the chain; only what is older. ``limit``: at most so many.
    """
    with opened.register.read() as session:
        found = audit.entries(session, of=of, before=before, limit=limit)
        named = _statements(session, [each for each in found if each.statement is not None])
    return tuple(Listed(entry=each, statement=named.get(each.statement or "")) for each in found)


def export(opened: Opened) -> tuple[str, DatedHead]:
    """Return the present head, signed by the publisher key. Raises NotFoundError ``no_key`` and as the custody."""
    with opened.register.read() as session:
        key_id = named_key(session, opened.home.publication, KeyUse.PUBLISHER, now=opened.clock())
    publisher = opened.custody.signer(KeyUse.PUBLISHER, key_id)
    return signed_head(opened, publisher)


def _chain(opened: Opened) -> None:
    try:
        chain_all(opened.register)
    except DBAPIError as error:
        coded = machine.known(error, opened.home)
        if coded is None or coded.code != "not_writable":
            raise


def _brought(session: ReadSession, opened: Opened, files: Sequence[HeadFile]) -> list[KeptHead]:
    if not files:
        return []
    trust = published_trust(session, opened.home.publication, now=opened.clock())
    deployment = opened.home.settings.deployment
    return [headfile.verify(each.data, trust, deployment=deployment, name=each.name) for each in files]


def _statements(session: ReadSession, entries: Collection[AuditEntry]) -> dict[str, str]:
    """The ids of statements by their digests: an entry of an acceptance has its statement's operator and time."""
    found: dict[str, str] = {}
    actors = {each.actor for each in entries}
    for times in chunked({each.at for each in entries}):
        query = select(StatementRow).where(StatementRow.operator.in_(actors), StatementRow.received.in_(times))
        found |= {statements.digest_of(row): row.id for row in session.scalars(query)}
    return found
