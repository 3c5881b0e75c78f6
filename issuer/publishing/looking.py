"""Looking at what is published: is it still what the register says, wherever nobody said that anything changed?

What changed is found from events that went out with no snapshot yet. Whoever owns the database may mark an event as
out, or delete one. So each publication looks at some certificates at random, and a walk looks at all of them within a
day: the published history is opened and held against the events, and the published status against the history.

Rules: what the register has beyond the public goes out, and is told; what the public has beyond the register is told
and never taken back. Published records are ours by the digests that lead to them, so no signature is verified again.

    for each in look(session, ground, random_ids(session, AT_RANDOM, count, token_bytes)): ...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select

from credential import history as histories
from credential.errors import CredentialError
from credential.history import History
from credential.kdf import prefix
from credential.sealed import Kind, open_record
from issuer.auditing.shares import WHOLE, between, within
from issuer.auditing.shares import ids as parts_of
from issuer.db import certificates
from issuer.db.certificates import Certificate
from issuer.db.events import Event, event_of
from issuer.db.models import CertificateRow, EventRow, Stage
from issuer.db.sessions import ReadSession, chunked
from issuer.errors import IssuerError
from issuer.publishing.ground import Ground
from issuer.publishing.history import to_history

AT_RANDOM: Final = 64
"""Certificates that each publication looks at: one that hides in 370,000 is found by the walk, many at once by this."""
_POINTS: Final = 8
"""Random places in the order of ids, which are random themselves: so many queries, each for a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A certificate whose register and publication are not the same, though no change waits."""

    certificate: str
    code: str
    message: str
    goes_out: bool
    """Whether publishing it mends the difference."""
    fields: Mapping[str, object] = field(default_factory=dict, compare=False)


def look(session: ReadSession, ground: Ground, ids: Sequence[str]) -> Iterator[Difference]:
    """Hold what is published of certificates against the register.

    Args:
        session: reads.
        ground: what is published.
        ids: of certificates; those that are not signed are passed over.

    Raises:
        TamperedError: ``publication_altered``: a shard has other bytes.
    """
    for chunk in chunked(_by_shard(session, ids, ground.content.prefix)):
        signed = CertificateRow.id.in_(chunk) & (CertificateRow.stage == Stage.SIGNED)
        by_id = {row.id: certificates.to_value(row) for row in session.scalars(select(CertificateRow).where(signed))}
        events: dict[str, list[Event]] = {each: [] for each in by_id}
        marked = Counter[str]()
        query = select(EventRow).where(EventRow.certificate.in_(list(by_id))).order_by(EventRow.ordinal)
        for row in session.scalars(query):
            events[row.certificate].append(event_of(row))
            marked[row.certificate] += row.published is not None
        for each in filter(by_id.__contains__, chunk):
            difference = _difference(ground, by_id[each], events[each], marked[each])
            if difference is not None:
                yield difference


def _by_shard(session: ReadSession, ids: Sequence[str], prefix_length: int) -> Sequence[str]:
    """Sort many ids by the shard of their certificates, so that each shard is read once; a few stay as they are."""
    if len(ids) <= AT_RANDOM:
        return ids
    query = select(CertificateRow.id, CertificateRow.cti)
    places = [row for chunk in chunked(ids) for row in session.execute(query.where(CertificateRow.id.in_(chunk)))]
    return [row.id for row in sorted(places, key=lambda row: prefix(row.cti, prefix_length))]


def random_ids(session: ReadSession, wanted: int, token_bytes: Callable[[int], bytes]) -> list[str]:
    """Return the ids of some certificates at random, those next to a few random places; of a few, all."""
    ids = select(CertificateRow.id).order_by(CertificateRow.id)
    everything = list(session.scalars(ids.limit(wanted + 1)))
    if len(everything) <= wanted:
        return everything
    found: set[str] = set()
    here = ids.limit(-(-wanted // _POINTS))
    for _ in range(_POINTS):
        point = token_bytes(16).hex()
        found.update(session.scalars(here.where(CertificateRow.id >= point)).all() or session.scalars(here))
    return sorted(found)


def due_ids(session: ReadSession, since: datetime | None, now: datetime) -> list[str]:
    """Return the ids that a walk passes between two instants: all of them within a day, in the order of their ids.

    Args:
        session: reads.
        since: when the walk last went on; None, or an instant after ``now``, means never.
        now: aware instant.
    """
    due = WHOLE if since is None else between(since, now)
    inside = or_(*(within(CertificateRow.id, part) for part in parts_of(due)))
    return list(session.scalars(select(CertificateRow.id).where(inside)))


def _difference(ground: Ground, certificate: Certificate, events: Sequence[Event], marked: int) -> Difference | None:
    number = certificate.number
    try:
        register, public = to_history(certificate, events).events, _published(ground, certificate.cti)
    except (CredentialError, IssuerError) as error:
        return _told(certificate, error.code, f"certificate {number}: {error}", goes_out=False)
    if register[: len(public)] != public:
        message = f"what is published of certificate {number} is not how its events in the register begin; it stays"
        return _told(certificate, "history_shortened", message, goes_out=False)
    if marked > len(public):
        message = (
            f"certificate {number} had {marked} events that the register says are public, and {len(public)} were: "
            "somebody kept them back; they are published now"
        )
        return _told(certificate, "hidden_change", message, goes_out=True)
    status = ground.statuses[certificate.status_list][certificate.status_index]
    if public and status != History(cti=certificate.cti, events=public).status:
        message = f"the status list said {status} of certificate {number} and its history another; it is published anew"
        return _told(certificate, "status_differs", message, goes_out=True)
    return None


def _published(ground: Ground, cti: bytes) -> tuple[histories.Event, ...]:
    """The published events of a certificate; none when nothing of it is published."""
    record = ground.shards.peek(Kind.HISTORY, cti)
    if record is None:
        return ()
    signed = histories.parse(open_record(Kind.HISTORY, cti, record))
    return histories.decode(signed.message.payload).read().events


def _told(certificate: Certificate, code: str, message: str, *, goes_out: bool) -> Difference:
    fields = {"number": certificate.number}
    return Difference(certificate=certificate.id, code=code, message=message, goes_out=goes_out, fields=fields)
