"""The publisher: turns what changed in the register into a new snapshot with everything that it names.

Order, so that a kill at any point leaves readers with the old state or the new one: histories and faces are signed and
stored; immutable files are written; the sequence number is taken in the register; status lists and then the snapshot
are replaced; the work is acknowledged. Whoever comes after a crash does the same again and wastes one number.

What is published is the ground that the next snapshot stands on: the publisher believes its own store only where it
is what the register published last, byte for byte, and lays out everything anew where it is not. A status changes only
for a certificate that is in this run's work and whose signed history says so.

    with store.lock():
        made = Publisher(register, store, signers, settings).publish({certificate_id}, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select

from credential import history as histories
from credential import jose, publication, shards
from credential import snapshot as snapshots
from credential.errors import CredentialError
from credential.history import Replaced
from credential.sealed import NONCE_BYTES, Kind, Record, open_record, record_keys, seal
from credential.signing import AnyKey, Signer
from credential.statuslist import StatusArray, sign_cwt, sign_jwt, verify_cwt
from credential.trustlist import StatusAssignment, VerifiedTrustList
from issuer import audit
from issuer.db import certificates
from issuer.db.models import CertificateRow, FaceRow, PublicationRow, SealedCertificateRow, SignedHistoryRow, Stage
from issuer.db.sessions import ReadSession, Register
from issuer.errors import IssuerError, TamperedError
from issuer.publishing import records as layouts
from issuer.publishing import retired
from issuer.publishing.chain import named_trust, newest_trust
from issuer.publishing.face import sign_face
from issuer.publishing.history import read_history, sign_history
from issuer.publishing.previous import (
    Previous,
    chunks,
    count_published,
    ctis_of,
    last_snapshot,
    named_files,
    random_ctis,
    read_previous,
)
from issuer.publishing.store import PublicationStore

COVER: Final = 8
"""How many other certificates' records are sealed anew each time, so that a change of bytes tells little."""
TTL: Final = timedelta(seconds=60)
"""How long a checker may keep a status list without asking again."""
KEEP_RETIRED: Final = snapshots.MAX_LIFETIME + timedelta(hours=1)
"""A reader may hold a snapshot for as long as any is accepted; what it names stays until then."""
_PRUNED: Final = ("shards", "status/at")
"""Where files are named by snapshots; everything else that is published stays for ever."""


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
class Unpublished:
    """A certificate whose change was not published, and why; what the public has of it stays."""

    certificate: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a run made."""

    sequence: int
    expires: datetime
    records: int
    files: int
    """How many immutable files were new."""
    left_out: tuple[Unpublished, ...] = ()
    without_face: tuple[Unpublished, ...] = ()
    """Certificates that were published, but for their face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What the worker proved of certificates before their histories are signed."""

    replaces: Mapping[str, Replaced] = field(default_factory=dict)
    """By id: what the approved row of a certificate replaces. Of those that are not here no first event may say it."""
    without_face: Collection[str] = ()
    """Ids of those whose face is not signed in this run: nobody approved what it says."""


NOTHING_VOUCHED: Final = Vouched()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What is published of one certificate."""

    cti: bytes
    place: tuple[int, int]
    """Status list and index."""
    history: histories.History
    records: tuple[Record, ...]
    gone: frozenset[bytes]
    """Locators of what may be published of it and is not to be any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StatusFiles:
    number: int
    cwt: bytes
    jwt: bytes

    @property
    def cwt_digest(self) -> bytes:
        return sha256(self.cwt).digest()


class Publisher:
    """One publisher over one register and one store; the caller holds the store's lock."""

    def __init__(
        self,
        register: Register,
        store: PublicationStore,
        keys: PublisherKeys,
        rules: PublishingRules,
        *,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._register = register
        self._store = store
        self._keys = keys
        self._rules = rules
        self._token_bytes = token_bytes

    def publish(self, changed: Iterable[str], *, now: datetime, vouched: Vouched = NOTHING_VOUCHED) -> Published:
        """Publish the present state of the register.

        Args:
            changed: ids of certificates that were stored or whose events grew since the last run.
            now: aware instant; the snapshot begins here.
            vouched: what was proven of them, beside that they may be published.

        Raises:
            TamperedError: ``trust_rollback``, ``register_behind``, ``audit_altered``, ``history_shortened``.
            IssuerError, CredentialError: nothing moved; the old snapshot stands.
        """
        now = now.replace(microsecond=0)
        trust = self._trust(now)
        wanted = sorted(set(changed))
        previous = read_previous(self._register, self._store, wanted, now)
        left_out = self._sign_histories(wanted, previous, trust, vouched)
        faced = [each for each in wanted if each not in left_out and each not in vouched.without_face]
        without_face = self._sign_faces(faced, trust)
        good = [each for each in wanted if each not in left_out]
        with self._register.read() as session:
            head = audit.head(session)
            count = count_published(session)
            laid_out, statuses = self._lay_out(session, previous, good, count, trust)
        lists = [
            self._sign_status(trust, place, statuses[number], now) for number, place in enumerate(trust.content.status)
        ]
        written = laid_out.written + sum(
            self._store.put(publication.status_at(each.cwt_digest.hex()), each.cwt) for each in lists
        )
        token, content = self._sign_snapshot(trust, laid_out, lists, count, head, now=now)
        unnamed = self._retire(previous, content, laid_out, now)
        self._replace(token, content, lists, now)
        self._mark(good, content.seq)
        self._prune(unnamed, now)
        return Published(
            sequence=content.seq,
            expires=content.exp,
            records=count,
            files=written,
            left_out=tuple(left_out.values()),
            without_face=without_face,
        )

    def expires(self, *, now: datetime) -> datetime | None:
        """Return when the present snapshot ends, or None when the one that lies there is not the last we made."""
        found = last_snapshot(self._register, self._store, now)
        return None if found is None else found[0].exp

    def _trust(self, now: datetime) -> VerifiedTrustList:
        with self._register.read() as session:
            trust = newest_trust(self._store, now=now, at_least=named_trust(session))
        trust.check_fresh(now)
        return trust

    def _sign_histories(
        self, changed: Sequence[str], previous: Previous | None, trust: VerifiedTrustList, vouched: Vouched
    ) -> dict[str, Unpublished]:
        """Sign what grew; a certificate that cannot be signed is left out and told, and holds up no other."""
        left_out: dict[str, Unpublished] = {}
        for chunk in chunks(changed, 500):
            with self._register.write() as session:
                for each in chunk:
                    try:
                        with session.begin_nested():
                            row = session.get(CertificateRow, each)
                            published = None if row is None or previous is None else previous.history_of(row.cti, trust)
                            replaces = vouched.replaces.get(each)
                            sign_history(session, each, self._keys.status, published=published, replaces=replaces)
                    except (IssuerError, CredentialError) as error:
                        left_out[each] = Unpublished(certificate=each, code=error.code, message=str(error))
        return left_out

    def _sign_faces(self, changed: Sequence[str], trust: VerifiedTrustList) -> tuple[Unpublished, ...]:
        """Sign what is new. A face that cannot be signed is told and holds up nothing: no verdict needs it."""
        unsigned: list[Unpublished] = []
        for chunk in chunks(changed, 500):
            with self._register.write() as session:
                for each in chunk:
                    try:
                        with session.begin_nested():
                            sign_face(session, certificates.by_id(session, each), self._keys.status, trust)
                    except (IssuerError, CredentialError) as error:
                        unsigned.append(Unpublished(certificate=each, code=error.code, message=str(error)))
        return tuple(unsigned)

    def _lay_out(
        self,
        session: ReadSession,
        previous: Previous | None,
        changed: Sequence[str],
        count: int,
        trust: VerifiedTrustList,
    ) -> tuple[layouts.Built, Sequence[StatusArray]]:
        """Records in shards and the status lists that go with them, read in one state of the register."""
        if previous is None or shards.longest_prefix(count) > previous.content.prefix:
            length = layouts.choose_prefix(ctis_of(session), count)
            if previous is None or length != previous.content.prefix:
                return self._lay_out_anew(session, previous, changed, length, trust)
        entries = list(self._entries(session, changed, trust))
        records = {each.cti: each.records for each in entries}
        cover = set(random_ctis(session, COVER, count, self._token_bytes)) - records.keys()
        records |= self._sealed_again(previous.shards, cover)
        gone = frozenset(locator for each in entries for locator in each.gone)
        return layouts.update(previous.shards, records, gone=gone).put(self._store.put), _with_entries(
            previous.statuses, entries
        )

    def _lay_out_anew(
        self,
        session: ReadSession,
        previous: Previous | None,
        changed: Sequence[str],
        length: int,
        trust: VerifiedTrustList,
    ) -> tuple[layouts.Built, Sequence[StatusArray]]:
        signed = select(CertificateRow.id, CertificateRow.cti).join(
            SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id
        )
        groups = layouts.group(((each.id, each.cti) for each in session.execute(signed).yield_per(1000)), length)
        changes: list[dict[int, int]] = [{} for _ in trust.content.status]

        def records(ids: Sequence[str]) -> Iterator[Record]:
            for each in self._entries(session, ids, trust):
                changes[each.place[0]][each.place[1]] = each.history.status
                yield from each.records

        built = layouts.build(groups, records, self._store.put)
        statuses = [StatusArray.zeros().with_changes(each) for each in changes]
        if previous is not None:
            expected = _with_entries(previous.statuses, list(self._entries(session, changed, trust)))
            _check_only_changed(statuses, expected)
        return built, statuses

    def _entries(self, session: ReadSession, ids: Sequence[str], trust: VerifiedTrustList) -> Iterator[_Entry]:
        for chunk in chunks(ids, 500):
            query = (
                select(CertificateRow, SealedCertificateRow.record, FaceRow.record, SignedHistoryRow.content)
                .join(SignedHistoryRow, SignedHistoryRow.certificate == CertificateRow.id)
                .outerjoin(SealedCertificateRow, SealedCertificateRow.certificate == CertificateRow.id)
                .outerjoin(FaceRow, FaceRow.certificate == CertificateRow.id)
                .where(CertificateRow.id.in_(chunk), CertificateRow.stage == Stage.SIGNED)
            )
            for row, record, face_record, content in session.execute(query):
                certificate: bytes | None = record  # the outer joins leave them out
                face: bytes | None = face_record
                sealed = seal(Kind.HISTORY, row.cti, content, nonce=self._token_bytes(NONCE_BYTES))
                yield _Entry(
                    cti=row.cti,
                    place=(row.status_list, row.status_index),
                    history=read_history(content, row.cti, trust),
                    # An erased holder's certificate record and face are gone; the history without personal data stays.
                    records=(
                        *(() if certificate is None else (Record(certificate),)),
                        *(() if face is None else (self._face_again(row.cti, face),)),
                        sealed,
                    ),
                    gone=frozenset(() if face is not None else (record_keys(Kind.FACE, row.cti).locator,)),
                )

    def _face_again(self, cti: bytes, record: bytes) -> Record:
        """A face under a new nonce, as the history beside it; one that was altered here goes out as it is, and proves
        nothing to a reader: it must not hold up the others."""
        try:
            plaintext = open_record(Kind.FACE, cti, record)
        except CredentialError:
            return Record(record)
        return seal(Kind.FACE, cti, plaintext, nonce=self._token_bytes(NONCE_BYTES))

    def _sealed_again(
        self, published: layouts.PublishedShards, ctis: Iterable[bytes]
    ) -> dict[bytes, tuple[Record, ...]]:
        """The same histories and faces under new nonces. They come from what is published: cover changes no word."""
        return {cti: tuple(self._sealed_again_of(published, cti)) for cti in ctis}

    def _sealed_again_of(self, published: layouts.PublishedShards, cti: bytes) -> Iterator[Record]:
        history, face = (published.find(kind, cti, cti) for kind in (Kind.HISTORY, Kind.FACE))
        if history is not None:
            plaintext = open_record(Kind.HISTORY, cti, history)
            yield seal(Kind.HISTORY, cti, plaintext, nonce=self._token_bytes(NONCE_BYTES))
        if face is not None:
            yield self._face_again(cti, face)

    def _sign_status(
        self, trust: VerifiedTrustList, place: StatusAssignment, array: StatusArray, now: datetime
    ) -> _StatusFiles:
        until = now + self._rules.lifetime
        cwt = sign_cwt(array, place.cwt, self._keys.status, issued_at=now, expires_at=until, ttl=TTL)
        jwt = sign_jwt(array, place.jwt, self._keys.status, issued_at=now, expires_at=until, ttl=TTL)
        keys: dict[bytes, AnyKey] = {kid: trust.key(kid, use="status").key for kid in place.kids}
        verify_cwt(cwt, keys, uri=place.cwt, now=now)
        return _StatusFiles(number=place.id, cwt=cwt, jwt=jwt.encode("ascii"))

    def _sign_snapshot(
        self,
        trust: VerifiedTrustList,
        laid_out: layouts.Built,
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

    def _replace(self, token: bytes, content: snapshots.Snapshot, lists: Sequence[_StatusFiles], now: datetime) -> None:
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
            self._store.replace(publication.status_cwt(str(each.number)), each.cwt)
            self._store.replace(publication.status_jwt(str(each.number)), each.jwt)
        self._store.replace(publication.SNAPSHOT, token)

    def _mark(self, changed: Sequence[str], sequence: int) -> None:
        for chunk in chunks(changed, 500):
            with self._register.write() as session:
                certificates.mark_published(session, list(chunk), sequence=sequence)

    def _retire(
        self, previous: Previous | None, current: snapshots.Snapshot, laid_out: layouts.Built, now: datetime
    ) -> set[str]:
        """Note what the next snapshot does not name, before it takes the place of the last one that did.

        A run that is killed between the two does it again: until then readers still ask for what the old snapshot
        names, so the later instant counts. Without a previous one nobody knows what readers hold, and every file that
        is not named begins its time now. So does one that no run of ours ever noted: a killed publisher's.

        Returns:
            The files that the next snapshot does not name.
        """
        kept = named_files(current, laid_out.layout)
        unnamed = {path for directory in _PRUNED for path in self._store.list(directory)} - kept
        dropped = unnamed if previous is None else unnamed & named_files(previous.content, previous.shards.layout)
        with self._register.read() as session:
            noted = retired.paths(session)
        with self._register.write() as session:
            retired.retire(session, dropped | (unnamed - noted), now=now)
            retired.forget(session, noted & kept)
        return unnamed

    def _prune(self, unnamed: set[str], now: datetime) -> None:
        """Remove what was retired long enough ago, then its rows: a kill between the two leaves rows without files."""
        with self._register.read() as session:
            due = retired.due(session, before=now - KEEP_RETIRED)
        for path in unnamed.intersection(due):  # whatever a row says, nothing else is ever removed
            self._store.remove(path)
        if due:
            with self._register.write() as session:
                retired.forget(session, due)


def _with_entries(statuses: Sequence[StatusArray], entries: Sequence[_Entry]) -> Sequence[StatusArray]:
    changes: list[dict[int, int]] = [{} for _ in statuses]
    for each in entries:
        changes[each.place[0]][each.place[1]] = each.history.status
    return [array.with_changes(change) for array, change in zip(statuses, changes, strict=True)]


def _check_only_changed(found: Sequence[StatusArray], expected: Sequence[StatusArray]) -> None:
    """When everything is laid out anew, no status may differ that is not in the run's work."""
    if [array.data for array in found] != [array.data for array in expected]:
        message = "a stored history says another status than what is published, and no work ordered it; stop"
        raise TamperedError("history_shortened", message)
