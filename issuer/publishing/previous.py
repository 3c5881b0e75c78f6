"""What the publisher builds on: the snapshot that lies in the store, believed only where the register made it.

Rules: it is the register's last, byte for byte, and every file that a change reads has the digest that it is named by.
Where that does not hold, there is nothing to build on and all is laid out anew from the register. Where the store
knows more than the register, the register is an older copy, and nothing is signed.

    previous = read_previous(register, store, changed, now=now)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select

from credential import history as histories
from credential import publication
from credential import snapshot as snapshots
from credential.errors import CredentialError
from credential.sealed import Kind, open_record
from credential.signing import AnyKey
from credential.statuslist import StatusArray, verify_cwt
from credential.trustlist import StatusAssignment, VerifiedTrustList
from issuer import audit
from issuer.db.models import CertificateRow, PublicationRow, SignedHistoryRow, Stage
from issuer.db.sessions import ReadSession, Register
from issuer.errors import IssuerError, NotFoundError, TamperedError
from issuer.publishing import records as layouts
from issuer.publishing.chain import trust_list
from issuer.publishing.history import read_history
from issuer.publishing.store import PublicationStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The snapshot that lies in the store, proven to be the register's last, with what a change builds on."""

    content: snapshots.Snapshot
    shards: layouts.PublishedShards
    statuses: tuple[StatusArray, ...]

    def history_of(self, cti: bytes, trust: VerifiedTrustList) -> histories.History | None:
        """Return what is published of a certificate, or None."""
        record = self.shards.find(Kind.HISTORY, cti, cti)
        return None if record is None else read_history(open_record(Kind.HISTORY, cti, record), cti, trust)


def last_snapshot(
    register: Register, store: PublicationStore, now: datetime
) -> tuple[snapshots.Snapshot, VerifiedTrustList] | None:
    """The snapshot that lies there with its trust list, if the register published exactly it, and it last.

    Raises:
        TamperedError: ``register_behind``: it is ours, and the register does not know it.
    """
    try:
        token = store.read(publication.SNAPSHOT)
        unverified = snapshots.parse_snapshot(token)
        # A clock that was set right may stand before what was signed while it was wrong.
        then = max(now, unverified.content.iat)
        trust = trust_list(store, unverified.content.trust_version, now=then)
        content = snapshots.verify_snapshot(unverified, trust, now=then).content
    except (NotFoundError, CredentialError):
        return None
    with register.read() as session:
        last = session.scalars(select(PublicationRow).order_by(PublicationRow.sequence.desc()).limit(1)).first()
    if last is None or last.sequence < content.seq:
        message = (
            f"snapshot {content.seq} is published, but the register knows none after "
            f"{0 if last is None else last.sequence}: it is an older copy; restore a newer one, or acts are lost"
        )
        raise TamperedError("register_behind", message, sequence=content.seq)
    same = (last.sequence, last.snapshot_digest) == (content.seq, sha256(token).digest())
    return (content, trust) if same else None


def read_previous(
    register: Register, store: PublicationStore, changed: Sequence[str], now: datetime
) -> Previous | None:
    """What this run builds on, or None when it is not there whole: then everything is laid out anew."""
    found = last_snapshot(register, store, now)
    if found is None:
        return None
    content, trust = found
    with register.read() as session:
        audit.verify_chain(session, after=audit.ChainHead(length=content.audit_length, head=content.audit_head))
        ctis = list(ctis_of(session, changed))
    try:
        published = layouts.PublishedShards.read(content.prefix, content.manifests, store.read)
        for cti in ctis:
            published.find(Kind.HISTORY, cti, cti)
        statuses = tuple(_status_array(store, content, trust, place) for place in trust.content.status)
    except (IssuerError, CredentialError):
        return None
    return Previous(content=content, shards=published, statuses=statuses)


def _status_array(
    store: PublicationStore, content: snapshots.Snapshot, trust: VerifiedTrustList, place: StatusAssignment
) -> StatusArray:
    digest = content.status[place.id].cwt
    data = store.read(publication.status_at(digest.hex()))
    if sha256(data).digest() != digest:
        raise TamperedError("file_altered", f"status list {place.id} does not have the digest of its snapshot")
    keys: dict[bytes, AnyKey] = {kid: trust.key(kid, use="status").key for kid in place.kids}
    return verify_cwt(data, keys, uri=place.cwt, now=content.iat).array


def named_files(content: snapshots.Snapshot, layout: layouts.Layout) -> set[str]:
    """Return the paths that a snapshot with this layout names."""
    named = {publication.status_at(each.cwt.hex()) for each in content.status}
    return named | {publication.shard(each.hex()) for each in (*content.manifests, *layout.digests)}


def ctis_of(session: ReadSession, ids: Sequence[str] | None = None) -> Iterator[bytes]:
    """The cti of those of these certificates, or of all, that have a history."""
    query = select(CertificateRow.cti).join(SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id)
    if ids is None:
        yield from session.scalars(query).yield_per(1000)
        return
    for chunk in chunks(ids, 500):
        yield from session.scalars(select(CertificateRow.cti).where(CertificateRow.id.in_(chunk)))


def chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield the ids in pieces that a query takes."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def count_published(session: ReadSession) -> int:
    """How many certificates are published or are about to be: those that have a history."""
    return session.scalar(select(func.count()).select_from(SignedHistoryRow)) or 0


def random_ctis(session: ReadSession, wanted: int, count: int, token_bytes: Callable[[int], bytes]) -> list[bytes]:
    """Some certificates at random: those whose random id comes next after a random point."""
    signed = select(CertificateRow.cti).where(CertificateRow.stage == Stage.SIGNED)
    if count <= wanted:
        return list(session.scalars(signed))
    found: list[bytes] = []
    for _ in range(wanted):
        point = token_bytes(16).hex()
        after = session.scalar(signed.where(CertificateRow.id >= point).order_by(CertificateRow.id).limit(1))
        found.append(after or session.scalars(signed.order_by(CertificateRow.id).limit(1)).one())
    return found
