"""The publisher: turns what changed in the register into a new snapshot with everything that it names.

Order, so that a kill at any point leaves readers with the old state or the new one: histories are signed and stored;
immutable files are written; status lists are replaced; the sequence number is taken in the register; the snapshot is
replaced; the work is acknowledged. Whoever comes after a crash does the same again and wastes one number.

    with folder.lock():
        made = Publisher(register, folder, signers, settings).publish({certificate_id}, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select

from credential import history as histories
from credential import jose, publication, shards
from credential import snapshot as snapshots
from credential.errors import CredentialError
from credential.sealed import NONCE_BYTES, Kind, Record, seal
from credential.signing import Signer, VerifyKey
from credential.statuslist import Status, StatusArray, sign_cwt, sign_jwt, verify_cwt
from credential.trustlist import VerifiedTrustList
from issuer import audit
from issuer.db import certificates
from issuer.db.certificates import Certificate
from issuer.db.events import Event, SignedHistory, events_of, history_of, store_history
from issuer.db.models import (
    CertificateRow,
    CertificateState,
    EventKind,
    PublicationRow,
    SealedCertificateRow,
    SignedHistoryRow,
    Stage,
)
from issuer.db.sessions import ReadSession, Register, WriteSession
from issuer.errors import ConflictError, NotFoundError
from issuer.publishing import records as layouts
from issuer.publishing.chain import newest_trust, trust_list
from issuer.publishing.folder import PublicationFolder

COVER: Final = 8
"""How many other certificates' histories are sealed anew each time, so that a change of bytes tells little."""
TTL: Final = timedelta(seconds=60)
"""How long a checker may keep a status list without asking again."""
KEEP_RETIRED: Final = snapshots.MAX_LIFETIME + timedelta(hours=1)
"""A reader may hold a snapshot for as long as any is accepted; what it names stays until then."""
_STATUS: Final = {
    CertificateState.VALID: Status.VALID,
    CertificateState.SUSPENDED: Status.SUSPENDED,
    CertificateState.WITHDRAWN: Status.WITHDRAWN,
    CertificateState.CANCELLED: Status.CANCELLED,
    CertificateState.SUPERSEDED: Status.SUPERSEDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherKeys:
    """The two keys that publishing takes."""

    status: Signer
    publisher: Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishingRules:
    """What the home fixes."""

    deployment: str
    lifetime: timedelta = snapshots.USUAL_LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a run made."""

    sequence: int
    expires: datetime
    records: int
    files: int
    """How many immutable files were new."""


class Publisher:
    """One publisher over one register and one folder; the caller holds the folder's lock."""

    def __init__(
        self,
        register: Register,
        folder: PublicationFolder,
        keys: PublisherKeys,
        rules: PublishingRules,
        *,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._register = register
        self._folder = folder
        self._keys = keys
        self._rules = rules
        self._token_bytes = token_bytes

    def publish(self, changed: Iterable[str], *, now: datetime) -> Published:
        """Publish the present state of the register.

        Args:
            changed: ids of certificates that were stored or whose events grew since the last run.
            now: aware instant; the snapshot begins here.

        Raises:
            IssuerError, CredentialError: nothing moved; the old snapshot stands.
        """
        now = now.replace(microsecond=0)
        trust = newest_trust(self._folder, now=now)
        trust.check_fresh(now)
        changed_ids = sorted(set(changed))
        self._sign_histories(changed_ids)
        previous = self._previous(now)
        with self._register.read() as session:
            count = _count(session)
            laid_out = self._lay_out(session, previous, changed_ids, count)
            lists = self._status_lists(session, trust, now)
            head = audit.head(session)
        written = sum(self._folder.put(path, data) for path, data in laid_out.files.items())
        written += sum(self._folder.put(publication.status_at(each.cwt_digest.hex()), each.cwt) for each in lists)
        token, content = self._sign_snapshot(trust, laid_out, lists, count, head, now=now)
        self._replace(token, content, lists, changed_ids, now)
        self._retire(previous, content, now)
        return Published(sequence=content.seq, expires=content.exp, records=count, files=written)

    def expires(self, *, now: datetime) -> datetime | None:
        """Return when the present snapshot ends, or None when there is none that holds."""
        previous = self._previous(now)
        return None if previous is None else previous.exp

    def _sign_histories(self, changed: Sequence[str]) -> None:
        for chunk in _chunks(changed, 500):
            with self._register.write() as session:
                for certificate_id in chunk:
                    _sign_history(session, certificate_id, self._keys.status)

    def _previous(self, now: datetime) -> snapshots.Snapshot | None:
        """The snapshot that lies there, if it is one of ours; anything else counts as none and all is laid out anew."""
        try:
            token = self._folder.read(publication.SNAPSHOT)
            unverified = snapshots.parse_snapshot(token)
            trust = trust_list(self._folder, unverified.content.trust_version, now=now)
            return snapshots.verify_snapshot(unverified, trust, now=now).content
        except (NotFoundError, CredentialError):
            return None

    def _lay_out(
        self, session: ReadSession, previous: snapshots.Snapshot | None, changed: Sequence[str], count: int
    ) -> layouts.Changed:
        if previous is None or shards.longest_prefix(count) > previous.prefix:
            ctis = session.scalars(select(CertificateRow.cti).where(CertificateRow.stage == Stage.SIGNED))
            prefix_length = layouts.choose_prefix(ctis.yield_per(1000), count)
            if previous is None or prefix_length != previous.prefix:
                return layouts.build(self._all_records(session), prefix_length)
        layout = layouts.read_layout(previous.prefix, previous.manifests, self._folder.read)
        touched = set(changed) | set(_random_ids(session, COVER, count, self._token_bytes))
        new = dict(self._records(session, sorted(touched)))
        return layouts.update(layout, new, self._folder.read)

    def _all_records(self, session: ReadSession) -> Iterator[tuple[bytes, tuple[Record, ...]]]:
        ids = list(session.scalars(select(CertificateRow.id).where(CertificateRow.stage == Stage.SIGNED)))
        yield from self._records(session, ids)

    def _records(self, session: ReadSession, ids: Sequence[str]) -> Iterator[tuple[bytes, tuple[Record, ...]]]:
        for chunk in _chunks(ids, 500):
            query = (
                select(CertificateRow.cti, SealedCertificateRow.record, SignedHistoryRow.content)
                .join(SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id)
                .outerjoin(SealedCertificateRow, SealedCertificateRow.certificate == CertificateRow.id)
                .where(CertificateRow.id.in_(chunk), CertificateRow.stage == Stage.SIGNED)
            )
            for cti, certificate, history in session.execute(query):
                sealed = seal(Kind.HISTORY, cti, history, nonce=self._token_bytes(NONCE_BYTES))
                # An erased holder's certificate record is gone; the history without personal data stays.
                yield cti, (sealed,) if certificate is None else (Record(certificate), sealed)

    def _status_lists(self, session: ReadSession, trust: VerifiedTrustList, now: datetime) -> list[_StatusFiles]:
        return [self._status_list(session, trust, number, now) for number in range(len(trust.content.status))]

    def _status_list(self, session: ReadSession, trust: VerifiedTrustList, number: int, now: datetime) -> _StatusFiles:
        rows = session.execute(
            select(CertificateRow.status_index, CertificateRow.state).where(
                CertificateRow.status_list == number, CertificateRow.state != CertificateState.VALID
            )
        )
        array = StatusArray.zeros().with_changes({index: _STATUS[state] for index, state in rows})
        place = trust.content.status[number]
        life = {"issued_at": now, "expires_at": now + self._rules.lifetime, "ttl": TTL}
        cwt = sign_cwt(array, place.cwt, self._keys.status, **life)  # type: ignore[arg-type]
        jwt = sign_jwt(array, place.jwt, self._keys.status, **life)  # type: ignore[arg-type]
        keys: dict[bytes, VerifyKey] = {kid: trust.key(kid, use="status").key for kid in place.kids}
        verify_cwt(cwt, keys, uri=place.cwt, now=now)
        return _StatusFiles(number=number, cwt=cwt, jwt=jwt.encode("ascii"))

    def _sign_snapshot(
        self,
        trust: VerifiedTrustList,
        laid_out: layouts.Changed,
        lists: Sequence[_StatusFiles],
        count: int,
        head: audit.ChainHead,
        *,
        now: datetime,
    ) -> tuple[bytes, snapshots.Snapshot]:
        with self._register.read() as session:
            last = session.scalar(select(func.max(PublicationRow.sequence))) or 0
        content = snapshots.Snapshot(
            deployment=self._rules.deployment,
            seq=last + 1,
            iat=now,
            exp=now + self._rules.lifetime,
            trust_version=trust.content.version,
            trust_digest=trust.digest,
            status=tuple(
                snapshots.StatusDigests(id=each.number, cwt=each.cwt_digest, jwt=sha256(each.jwt).digest())
                for each in lists
            ),
            prefix=laid_out.layout.prefix_length,
            records=count,
            manifests=laid_out.manifests,
            audit_length=head.length,
            audit_head=head.head,
        )
        token = jose.sign(snapshots.encode_snapshot(content), self._keys.publisher, typ=snapshots.TYP).encode("ascii")
        snapshots.verify_snapshot(snapshots.parse_snapshot(token), trust, now=now)
        return token, content

    def _replace(
        self,
        token: bytes,
        content: snapshots.Snapshot,
        lists: Sequence[_StatusFiles],
        changed: Sequence[str],
        now: datetime,
    ) -> None:
        with self._register.write() as session:
            # Taken before the file moves: a number never stands for two snapshots, whatever happens next.
            session.add(
                PublicationRow(
                    sequence=content.seq,
                    trust_version=content.trust_version,
                    snapshot_digest=sha256(token).digest(),
                    made_at=now,
                    expires=content.exp,
                    records=content.records,
                    prefix_length=content.prefix,
                )
            )
        for each in lists:
            self._folder.replace(publication.status_cwt(str(each.number)), each.cwt)
            self._folder.replace(publication.status_jwt(str(each.number)), each.jwt)
        self._folder.replace(publication.SNAPSHOT, token)
        for chunk in _chunks(changed, 500):
            with self._register.write() as session:
                certificates.mark_published(session, list(chunk), sequence=content.seq)

    def _retire(self, previous: snapshots.Snapshot | None, current: snapshots.Snapshot, now: datetime) -> None:
        """Mark what the previous snapshot named and this one does not; remove what was marked long enough ago."""
        kept = self._named(current)
        for path in self._named(previous) - kept if previous is not None else ():
            self._folder.mark(path, now)
        for directory in ("shards", "status/at"):
            for path, changed in list(self._folder.files(directory)):
                if path not in kept and now.timestamp() - changed > KEEP_RETIRED.total_seconds():
                    self._folder.remove(path)

    def _named(self, content: snapshots.Snapshot) -> set[str]:
        named = {publication.status_at(each.cwt.hex()) for each in content.status}
        named |= {publication.shard(each.hex()) for each in content.manifests}
        layout = layouts.read_layout(content.prefix, content.manifests, self._folder.read)
        return named | {publication.shard(each.hex()) for each in layout.digests}


@dataclass(frozen=True, slots=True, kw_only=True)
class _StatusFiles:
    number: int
    cwt: bytes
    jwt: bytes

    @property
    def cwt_digest(self) -> bytes:
        return sha256(self.cwt).digest()


def to_history(certificate: Certificate, events: Sequence[Event]) -> histories.History:
    """Return the published form of a certificate's events (FORMAT 6).

    Raises:
        ConflictError: ``not_signed``: it has no events yet.
        MalformedError: the events break a rule of the format; nothing is signed.
    """
    if not events or certificate.credential_digest is None:
        raise ConflictError(
            "not_signed", f"certificate {certificate.number} is not issued yet", number=certificate.number
        )
    return histories.History(
        cti=certificate.cti, events=tuple(_event(event, certificate.credential_digest) for event in events)
    )


def _event(event: Event, digest: bytes) -> histories.Event:
    detail: bytes | str | None = event.successor or event.note
    return histories.Event(
        kind=histories.EventKind[event.kind.name],
        effective=event.effective_on,
        recorded=event.recorded,
        authority=event.authority,
        basis=event.basis,
        document=event.document,
        reason=histories.Reason(event.reason),
        detail=digest if event.kind is EventKind.ISSUED else detail,
    )


def _sign_history(session: WriteSession, certificate_id: str, signer: Signer) -> None:
    events = events_of(session, certificate_id)
    stored = history_of(session, certificate_id)
    if stored is not None and stored.events == len(events) and stored.kid == signer.key_id:
        return  # the same bytes again: a second run after a crash signs nothing new
    row = session.get(CertificateRow, certificate_id)
    if row is None:
        raise NotFoundError("no_certificate", f"there is no certificate {certificate_id}")
    history = to_history(certificates.to_value(row), events)
    signed = SignedHistory(events=len(events), content=histories.sign(history, signer), kid=signer.key_id)
    store_history(session, certificate_id, signed)


def _count(session: ReadSession) -> int:
    return (
        session.scalar(select(func.count()).select_from(CertificateRow).where(CertificateRow.stage == Stage.SIGNED))
        or 0
    )


def _random_ids(session: ReadSession, wanted: int, count: int, token_bytes: Callable[[int], bytes]) -> list[str]:
    """Some signed certificates at random: those whose random id comes next after a random point."""
    if count <= wanted:
        return list(session.scalars(select(CertificateRow.id).where(CertificateRow.stage == Stage.SIGNED)))
    found: list[str] = []
    for _ in range(wanted):
        point = token_bytes(16).hex()
        signed = select(CertificateRow.id).where(CertificateRow.stage == Stage.SIGNED)
        after = session.scalar(signed.where(CertificateRow.id >= point).order_by(CertificateRow.id).limit(1))
        found.append(after or session.scalars(signed.order_by(CertificateRow.id).limit(1)).one())
    return found


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
