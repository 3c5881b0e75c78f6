"""The repository of snapshots: each is kept whole before it is placed, and confirmed after.

Rules: at most one snapshot, the newest, is not confirmed; whoever comes next finishes it. What only the newest one
needs (its status lists as JWT, the sizes of its files) is let go when the next is confirmed. An event is marked with
the snapshot that it went out with once that is in its place, before it is confirmed.

    add(session, made, now=now)                        # then its files are placed
    confirm(session, made.sequence, covered, now=now)
    newest(session).is_confirmed
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Final

from sqlalchemy import func, select, update

from credential.snapshot import Snapshot
from issuer.db.models import (
    KEPT_WITH,
    CertificateRow,
    EventRow,
    FaceRow,
    PublicationRow,
    RestorationRow,
    SignedHistoryRow,
)
from issuer.db.sessions import ReadSession, WriteSession, chunked, table_of

_SIZE_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A snapshot as the register keeps it."""

    sequence: int
    digest: bytes
    """SHA-256 of its file."""
    token: bytes | None = field(repr=False)
    """Its file; None of one that was made before files were kept."""
    lists: tuple[bytes, ...] = field(repr=False)
    """Its status lists as JWT, in order; empty when they were let go."""
    sizes: tuple[int, ...] = field(repr=False)
    """The size of each file that it names, in the order of ``issuer.publishing.ground``; empty likewise."""
    expires: datetime
    is_anew: bool
    """Whether it is placed over whatever lies there, because somebody asked for that."""
    is_confirmed: bool


def add(
    session: WriteSession,
    content: Snapshot,
    token: bytes,
    *,
    lists: Sequence[bytes],
    sizes: Sequence[int],
    anew: bool = False,
) -> Made:
    """Keep a snapshot that is about to be placed: from now on its number stands for it and for nothing else.

    Args:
        session: the transaction.
        content: what it says.
        token: its file.
        lists: its status lists as JWT, in order.
        sizes: of the files that it names, in the order of ``issuer.publishing.ground``.
        anew: whether it is placed over whatever lies there.
    """
    row = PublicationRow(
        sequence=content.seq,
        trust_version=content.trust_version,
        snapshot_digest=sha256(token).digest(),
        made_at=content.iat,
        expires=content.exp,
        records=content.records,
        prefix_length=content.prefix,
        token=token,
        lists=b"\n".join(lists),
        sizes=b"".join(size.to_bytes(_SIZE_BYTES) for size in sizes),
        is_anew=anew,
    )
    session.add(row)
    session.flush()
    return _to_value(row)


def confirm(session: WriteSession, sequence: int, *, now: datetime) -> None:
    """Note that the newest snapshot is in its place, and let go of what the others were kept with."""
    row = session.get_one(PublicationRow, sequence)
    row.confirmed_at = now
    older = PublicationRow.sequence < sequence
    session.execute(update(PublicationRow).where(older, KEPT_WITH).values(lists=None, sizes=None))
    session.flush()


def mark_published(session: WriteSession, sequence: int, covered: Mapping[str, int]) -> None:
    """Mark events with the snapshot that they went out with.

    Args:
        session: the transaction that confirms it.
        sequence: of the snapshot.
        covered: how many events of each certificate (by id) it has.
    """
    by_count = sorted(covered, key=covered.__getitem__)
    for count, ids in groupby(by_count, key=covered.__getitem__):
        for chunk in chunked(ids):
            went_out = EventRow.certificate.in_(chunk) & (EventRow.ordinal <= count) & EventRow.published.is_(None)
            session.execute(update(table_of(EventRow)).where(went_out).values(published=sequence))
            new = CertificateRow.id.in_(chunk) & CertificateRow.first_published.is_(None)
            session.execute(update(table_of(CertificateRow)).where(new).values(first_published=sequence))


def newest(session: ReadSession) -> Made | None:
    """Return the newest snapshot, confirmed or not, or None before the first."""
    return _first(session, confirmed=False)


def next_sequence(session: ReadSession) -> int:
    """Return the number of the next snapshot: none that was given, or may have been before a restoration."""
    last = session.scalar(select(func.max(PublicationRow.sequence))) or 0
    floor = session.scalar(select(func.max(RestorationRow.sequence))) or 0
    return max(last, floor) + 1


def is_unfinished(session: ReadSession) -> bool:
    """Whether a snapshot was made that is not in its place yet."""
    return (
        session.scalar(select(PublicationRow.sequence).where(PublicationRow.confirmed_at.is_(None)).limit(1))
        is not None
    )


def published_records(session: ReadSession) -> int:
    """Return how many certificates the newest snapshot has; 0 before the first."""
    query = select(PublicationRow.records).order_by(PublicationRow.sequence.desc()).limit(1)
    return session.scalar(query) or 0


def last_confirmed(session: ReadSession) -> Made | None:
    """Return the newest snapshot that was in its place, or None."""
    return _first(session, confirmed=True)


def kept_sequences(session: ReadSession) -> list[int]:
    """Return the numbers of the snapshots whose file is kept, ascending."""
    query = select(PublicationRow.sequence).where(PublicationRow.token.is_not(None))
    return list(session.scalars(query.order_by(PublicationRow.sequence)))


def tokens(session: ReadSession, sequences: Sequence[int]) -> list[bytes]:
    """Return the files of these snapshots, in the order of their numbers."""
    query = select(PublicationRow.token).where(PublicationRow.sequence.in_(sequences))
    return [token for token in session.scalars(query.order_by(PublicationRow.sequence)) if token is not None]


def unpublished(session: ReadSession, *, urgent: bool = False) -> list[str]:
    """Return the ids of certificates with events that went out with no snapshot yet; the cost is how many there are.

    ``urgent``: only of those that are public with what happened before.
    """
    query = select(EventRow.certificate).where(EventRow.published.is_(None)).distinct()
    if urgent:
        query = query.join(CertificateRow, CertificateRow.id == EventRow.certificate)
        query = query.where(CertificateRow.first_published.is_not(None))
    return list(session.scalars(query))


def signed_by(session: ReadSession, key_ids: Collection[bytes]) -> list[str]:
    """Return the certificates whose newest history or face one of these status keys signed, by id."""
    found: set[str] = set()
    for table in (SignedHistoryRow, FaceRow):
        found.update(session.scalars(select(table.certificate).where(table.kid.in_(key_ids))))
    return sorted(found)


def walked(session: ReadSession) -> datetime | None:
    """Return when the walk through all certificates last went on, or None when it never did."""
    return session.scalar(select(func.max(PublicationRow.walked_at)))


def note_walk(session: WriteSession, *, now: datetime) -> None:
    """Note that the walk went on until now."""
    last = select(func.max(PublicationRow.sequence)).scalar_subquery()
    session.execute(update(PublicationRow).where(PublicationRow.sequence == last).values(walked_at=now))


def _first(session: ReadSession, *, confirmed: bool) -> Made | None:
    query = select(PublicationRow).order_by(PublicationRow.sequence.desc()).limit(1)
    if confirmed:
        query = query.where(PublicationRow.confirmed_at.is_not(None))
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    return None if row is None else _to_value(row)


def _to_value(row: PublicationRow) -> Made:
    sizes = row.sizes or b""
    return Made(
        sequence=row.sequence,
        digest=row.snapshot_digest,
        token=row.token,
        lists=tuple(row.lists.split(b"\n")) if row.lists else (),
        sizes=tuple(int.from_bytes(sizes[start : start + _SIZE_BYTES]) for start in range(0, len(sizes), _SIZE_BYTES)),
        expires=row.expires,
        is_anew=bool(row.is_anew),
        is_confirmed=row.confirmed_at is not None,
    )
