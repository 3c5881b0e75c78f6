"""Looking at a part of the audit: the share of the chain that is due, and the kept heads, each against its entry.

Rules: everything is looked at within a day (``shares``), at a cost that follows the time since the last look. What is
found is returned and stops nothing: a withdrawal is published though somebody altered what was done last year.

    found = check_some(session, opened, before, Mark(at=now, length=head.length))
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from credential import publication
from credential.errors import CodedError
from issuer import audit
from issuer.auditing.heads import Unproven, gather, verified_snapshot
from issuer.auditing.shares import Mark, entries, shares
from issuer.auditing.walk import NOT_IN_CHAIN, Difference, Fault, KeptHead, left_out, walk
from issuer.db.models import AuditChainRow, PublicationRow
from issuer.db.sessions import ReadSession, chunked
from issuer.home.opened import Opened
from issuer.publishing.chain import published_trust


def check_some(session: ReadSession, opened: Opened, before: Mark | None, now: Mark) -> list[Difference | Unproven]:
    """Return what is wrong in the part of the audit that is due.

    Args:
        session: reads.
        opened: the home, whose publication, file of operators and daily files keep heads.
        before: when it was looked at last; None looks at everything.
        now: the chain as it stands.

    Raises:
        TamperedError: the file of operators or the trust list does not verify.
    """
    due = shares(before, now)
    kept = gather(session, opened, due=due)
    parts = entries(due, before, now)
    walked = [walk(session, after=after, until=until, heads=kept.heads).difference for after, until in parts]
    found = [each for each in walked if each is not None]
    if not found:  # else an entry may be left out because its place is gone
        ends = [(after, None if until >= now.length else until) for after, until in parts]
        beside = [left_out(session, after=after, until=until) for after, until in ends]
        found = [each for each in beside if each is not None]
    known = {each.ordinal for each in found if each.fault not in NOT_IN_CHAIN}
    return [*found, *(each for each in _contradicted(session, kept.heads) if each.ordinal not in known), *kept.unproven]


def last_look(session: ReadSession, opened: Opened, now: datetime) -> Mark | None:
    """Return when the audit was looked at last, and how long it was: as the snapshot that lies there says.

    None where no snapshot of ours lies there, or it is not the newest that the register made: then all is due.
    """
    store = opened.home.publication
    newest = session.scalar(select(PublicationRow.snapshot_digest).order_by(PublicationRow.sequence.desc()).limit(1))
    try:
        token = store.read(publication.SNAPSHOT)
        trust = published_trust(session, store, now=now)
        content = verified_snapshot(token, trust)
    except CodedError:
        return None
    return Mark(at=content.iat, length=content.audit_length) if sha256(token).digest() == newest else None


def still_wrong(session: ReadSession, difference: Difference) -> bool:
    """Whether what was found before is wrong still."""
    if difference.fault is Fault.OTHER_HEAD and difference.kept is not None:
        return any(_contradicted(session, [difference.kept]))
    if difference.fault in NOT_IN_CHAIN:
        return left_out(session) is not None
    if difference.ordinal > audit.head(session).length:
        return True
    return walk(session, after=difference.ordinal - 1, until=difference.ordinal).difference is not None


def _contradicted(session: ReadSession, heads: Iterable[KeptHead]) -> Iterator[Difference]:
    """Kept heads whose entry has another hash now, or is gone, whichever part of the chain they lie in."""
    for chunk in chunked(each for each in heads if each.head.length):
        query = select(AuditChainRow.ordinal, AuditChainRow.hash).where(
            AuditChainRow.ordinal.in_([e.head.length for e in chunk])
        )
        stored = dict(session.execute(query).all())
        for each in sorted(chunk, key=lambda kept: kept.head.length):
            length = each.head.length
            if stored.get(length) != each.head.head:
                fault = Fault.OTHER_HEAD if length in stored else Fault.MISSING
                yield Difference(ordinal=length, fault=fault, good=0, kept=each)
                break
