"""The publisher: turns what changed in the register into a new snapshot with everything that it names.

Order, so that a kill at any point leaves readers with the old state or the new one: histories and faces are signed and
stored; immutable files are written; the snapshot is kept whole in the register; status lists and then the snapshot are
placed; the register confirms it and marks the events that went out. Whoever comes after a crash places what was kept,
and does the rest again.

What is published is the ground that the next snapshot stands on: the publisher believes its own store only where it is
what the register published last, byte for byte. Elsewhere it stops, until somebody asks for everything to be laid out
anew. A status changes only for a certificate that is in this run's work and whose signed history says so.

    with store.lock():
        publisher = Publisher(register, store, keys, rules)
        made = publisher.publish(publisher.stand(now=now), {certificate_id}, now=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Final, NamedTuple

from credential import jose, publication
from credential import snapshot as snapshots
from credential.errors import CredentialError
from credential.history import Replaced
from credential.kdf import prefix
from credential.signing import AnyKey, Signer
from credential.statuslist import StatusArray, sign_cwt, sign_jwt, verify_cwt, verify_jwt
from credential.trustlist import StatusAssignment, VerifiedTrustList
from issuer import audit
from issuer.crew import Crew, Flow, Job, members_for
from issuer.db import certificates, publications
from issuer.db.again import again
from issuer.db.certificates import records_of
from issuer.db.events import events_of_many, histories_of, store_histories
from issuer.db.faces import faces_of, store_signed
from issuer.db.sessions import Register, chunked
from issuer.errors import ConflictError, IssuerError, NotFoundError, TamperedError
from issuer.publishing import ground as grounds
from issuer.publishing import records as layouts
from issuer.publishing import retired
from issuer.publishing.chain import named_trust, newest_trust
from issuer.publishing.footing import Footing
from issuer.publishing.ground import Ground
from issuer.publishing.laying import Laid, Layer, count_published, ctis_of_each
from issuer.publishing.looking import Difference, look
from issuer.publishing.signing import Kit, Made, Part, Unpublished, sign_parts
from issuer.publishing.store import PublicationStore
from issuer.sequencer import chain_all

TTL: Final = timedelta(seconds=60)
"""How long a checker may keep a status list without asking again."""
MARKED: Final = 1000
"""Certificates that are marked in one transaction: other writers wait no longer than for a chunk of rows."""
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
class Published:
    """What a run made."""

    sequence: int
    expires: datetime
    records: int
    files: int
    """How many immutable files were new."""
    left_out: tuple[Unpublished, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What the worker proved of certificates before their histories are signed."""

    replaces: Mapping[str, Replaced] = field(default_factory=dict)
    """By id: what the approved row of a certificate replaces. Of those that are not here no first event may say it."""
    faces: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """By id: what is to be signed of the faces that are to be signed in this run, and of no other."""
    made: Mapping[str, Made] = field(default_factory=dict, repr=False)
    """By id: what was signed already, as they were proven: of each its first event alone."""


NOTHING_VOUCHED: Final = Vouched()


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
        before_placing: Callable[[], object] = bool,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._before_placing = before_placing
        self._register = register
        self._store = store
        self._keys = keys
        self._rules = rules
        self._token_bytes = token_bytes
        self._step: Callable[[int, int], None] | None = None

    def show(self, step: Callable[[int, int], None]) -> None:
        """Tell how many of the certificates that go out are signed, of how many, while they are."""
        self._step = step

    def stand(self, *, now: datetime) -> Ground | None:
        """Finish what a killed run left, and return what stands in the store; None before the first snapshot.

        Raises:
            TamperedError: ``trust_rollback``; as ``issuer.publishing.ground.stand``.
            CredentialError: the newest trust list does not verify, or is over.
        """
        now = now.replace(microsecond=0)
        self._trust(now)
        self._finish(now)
        return grounds.stand(self._register, self._store, now=now)

    def check_keys(self, *, now: datetime) -> None:
        """Ask whether the trust list names both keys: nobody could believe what another signs.

        Raises:
            ConflictError: ``key_not_public``.
            As ``stand``.
        """
        trust = self._trust(now.replace(microsecond=0))
        for signer in (self._keys.status, self._keys.publisher):
            if trust.find_key(signer.key_id) is None:
                kid = signer.key_id.hex()
                message = f"key {kid} is not in trust list {trust.content.version}; have the next list signed first"
                raise ConflictError("key_not_public", message, kid=kid)

    def check_whole(self, ground: Ground) -> None:
        """Compare every published file with its digest. Raises TamperedError ``publication_altered``."""
        grounds.check_whole(self._store, ground)

    def look(self, ground: Ground, ids: Sequence[str]) -> list[Difference]:
        """Hold what is published of certificates against the register. Raises as ``issuer.publishing.looking.look``."""
        with self._register.read() as session:
            return list(look(session, ground, ids))

    def publish(
        self,
        ground: Ground | Footing | None,
        changed: Iterable[str],
        *,
        now: datetime,
        vouched: Vouched = NOTHING_VOUCHED,
        known_only: bool = False,
    ) -> Published:
        """Publish the present state of the register.

        Args:
            ground: what stands in the store, from ``stand``; None lays everything out from the register. A footing
                lets others go first while this is made.
            changed: ids of certificates that were stored, or whose events grew since they were published.
            now: aware instant; the snapshot begins here.
            vouched: what was proven of them, beside that they may be published.
            known_only: whether all of them are public already; then what others have ready to go out stays out.

        Raises:
            TamperedError: ``trust_rollback``, ``publication_altered``, ``history_shortened``.
            IssuerError, CredentialError: nothing moved; the old snapshot stands.
        """
        now = now.replace(microsecond=0)
        trust = self._trust(now)
        footing = ground if isinstance(ground, Footing) else Footing(ground)
        left = {each for each in changed if each not in vouched.made} - footing.passed
        wanted = [*vouched.made, *self.in_order(footing, left)]
        made, left_out = self._make(wanted, footing, trust, vouched)
        with self._register.read() as session:
            count = count_published(session)
            if footing.ground is not None and count < footing.ground.content.records:
                raise _gone(footing.ground.content.records, count)
            layer = Layer(self._store, self._token_bytes)
            if footing.ground is not None:
                count = footing.ground.content.records if known_only else count
                laid = layer.change(session, footing, made, count)
            else:
                changing = set(publications.unpublished(session))
                new = [each for each in made if each.certificate in changing]
                laid = layer.anew(session, self._last_statuses(trust), new, count, trust)
        ground = footing.ground
        good = [each.certificate for each in made if each.certificate not in footing.passed]
        if ground is not None and footing.passed:
            now = max(now, ground.content.iat)
        # Everything that was read for this snapshot was committed before: its acts lie under this head.
        head = chain_all(self._register)
        lists = [self._sign_status(trust, place, laid.statuses[place.id], now) for place in trust.content.status]
        written = laid.built.written + sum(
            layer.put(publication.status_at(each.cwt_digest.hex()), each.cwt) for each in lists
        )
        token, content = self._sign_snapshot(trust, laid.built, lists, count, head, now=now)
        named = grounds.named(content, laid.built.layout)
        unnamed = self._retire(ground, set(named), now)
        sizes = {**(ground.sizes if ground is not None else {}), **laid.sizes}
        with self._register.write() as session:
            # Taken before the file moves: a number never stands for two snapshots, whatever happens next.
            jwts, kept = [each.jwt for each in lists], [sizes[path] for path in named]
            placed = publications.add(session, content, token, lists=jwts, sizes=kept, anew=ground is None)
        self._place(placed, content)
        self._mark(content.seq, _covered(laid, ground, good), now)
        self._prune(unnamed, now)
        return Published(
            sequence=content.seq,
            expires=content.exp,
            records=count,
            files=written,
            left_out=tuple(left_out.values()),
        )

    def expires(self) -> datetime | None:
        """Return when the present snapshot ends, or None when the one that lies there is not the last we made."""
        with self._register.read() as session:
            made = publications.newest(session)
        stands = made is not None and made.is_confirmed and grounds.present(self._store, made)
        return made.expires if made is not None and stands else None

    def _finish(self, now: datetime) -> None:
        """Place the snapshot that a killed run kept and did not confirm, if there is one."""
        with self._register.read() as session:
            waiting, before = publications.newest(session), publications.last_confirmed(session)
        if waiting is None or waiting.is_confirmed:
            return
        content = grounds.check_unfinished(self._store, waiting, before, now=now)
        if not grounds.present(self._store, waiting):
            # The old snapshot may have stood for days since: the time of what it names begins now.
            self._retire(None, set(grounds.named(content, grounds.layout_of(self._store, content))), now)
            self._place(waiting, content)
        # What went out with it is found again by its events, and goes out once more.
        self._mark(content.seq, {}, now)

    def in_order(self, footing: Footing, changed: Iterable[str]) -> list[str]:
        """Sort what changed by its shards, and read each of them, before anything is signed upon it.

        Raises:
            TamperedError: ``publication_altered``.
        """
        ids = sorted(set(changed))
        if footing.ground is None:
            return ids
        with self._register.read() as session:
            ctis = ctis_of_each(session, ids)
        places = {each: prefix(cti, footing.ground.content.prefix) for each, cti in ctis.items()}
        for number in sorted(set(places.values())):
            footing.ground.shards.check(number)
            footing.look()
        return sorted(ids, key=lambda each: places.get(each, -1))

    def _last_statuses(self, trust: VerifiedTrustList) -> Sequence[StatusArray] | None:
        """The status lists of the last snapshot as the register keeps them; None when it keeps none.

        They are believed because a status key signed them for exactly that snapshot.
        """
        with self._register.read() as session:
            made = publications.last_confirmed(session)
        if made is None or made.token is None or not made.lists:
            return None
        content = snapshots.parse_snapshot(made.token).content
        # Whatever became of the key since: the snapshot named these very bytes, and the register kept them.
        keys: dict[bytes, AnyKey] = {each.key.key_id: each.key for each in trust.content.keys if each.use == "status"}
        found: list[StatusArray] = []
        for place, each, token in zip(trust.content.status, content.status, made.lists, strict=True):
            if sha256(token).digest() != each.jwt:
                raise grounds.altered(self._store, publication.status_jwt(str(each.id)), "is another in the register")
            found.append(verify_jwt(token, keys, uri=place.jwt, now=content.iat).array)
        return found

    def _trust(self, now: datetime) -> VerifiedTrustList:
        with self._register.read() as session:
            trust = newest_trust(self._store, now=now, at_least=named_trust(session))
        trust.check_fresh(now)
        return trust

    def _make(
        self, changed: Sequence[str], footing: Footing, trust: VerifiedTrustList, vouched: Vouched
    ) -> tuple[list[Made], dict[str, Unpublished]]:
        """Sign what grew, and store it; a certificate that cannot be signed is told, and holds up no other."""
        making = _Making(self._register, footing, trust, vouched)
        made: list[Made] = []
        left_out: dict[str, Unpublished] = {}
        kit = Kit(signer=self._keys.status, trust=trust)
        with Crew(kit, members_for(len(changed) - len(vouched.made))) as crew:
            for done in crew.run(map(making.chunk, chunked(changed)), footing.look):
                made += done.made
                left_out |= {each.certificate: each for each in done.left_out}
                if self._step is not None:
                    self._step(max(len(vouched.made), len(made) + len(left_out)), len(changed))
        return made, left_out

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
        built: layouts.Built,
        lists: Sequence[_StatusFiles],
        count: int,
        head: audit.ChainHead,
        *,
        now: datetime,
    ) -> tuple[bytes, snapshots.Snapshot]:
        with self._register.read() as session:
            sequence = publications.next_sequence(session)
        content = snapshots.Snapshot(
            deployment=self._rules.deployment,
            seq=sequence,
            iat=now,
            exp=now + self._rules.lifetime,
            trust_version=trust.content.version,
            trust_digest=trust.digest,
            status=tuple(
                snapshots.StatusDigests(id=each.number, cwt=each.cwt_digest, jwt=sha256(each.jwt).digest())
                for each in lists
            ),
            prefix=built.layout.prefix_length,
            records=count,
            manifests=built.manifests,
            audit_length=head.length,
            audit_head=head.head,
        )
        token = jose.sign(snapshots.encode_snapshot(content), self._keys.publisher, typ=snapshots.TYP).encode("ascii")
        snapshots.verify_snapshot(snapshots.parse_snapshot(token), trust, now=now)
        return token, content

    def _place(self, made: publications.Made, content: snapshots.Snapshot) -> None:
        """Put the status lists and then the snapshot, which the register keeps, where readers look."""
        assert made.token is not None
        # What the public sees is on the journal's disk too, number of the snapshot included.
        self._before_placing()
        for each, jwt in zip(content.status, made.lists, strict=True):
            cwt = grounds.digested(self._store, publication.status_at(each.cwt.hex()))
            self._store.replace(publication.status_cwt(str(each.id)), cwt)
            self._store.replace(publication.status_jwt(str(each.id)), jwt)
        self._store.replace(publication.SNAPSHOT, made.token)

    @again
    def _mark(self, sequence: int, covered: Mapping[str, int], now: datetime) -> None:
        """Mark what went out with a snapshot that is in its place, in short transactions, and confirm it last.

        A run that is killed in between leaves it unconfirmed: the next one confirms it, and what is not marked yet
        goes out once more.
        """
        waiting = iter(covered.items())
        while part := dict(islice(waiting, MARKED)):
            with self._register.write() as session:
                publications.mark_published(session, sequence, part)
        with self._register.write() as session:
            publications.confirm(session, sequence, now=now)

    def _retire(self, ground: Ground | None, kept: set[str], now: datetime) -> set[str]:
        """Note what the next snapshot does not name, before it takes the place of the last one that did.

        A run that is killed between the two does it again: until then readers still ask for what the old snapshot
        names, so the later instant counts. Without a ground nobody knows what readers hold, and every file that is not
        named begins its time now. So does one that no run of ours ever noted: a killed publisher's.

        Returns:
            The files that the next snapshot does not name.
        """
        unnamed = {path for directory in _PRUNED for path in self._store.list(directory)} - kept
        dropped = unnamed if ground is None else unnamed & ground.named
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


def _gone(published: int, left: int) -> TamperedError:
    message = (
        f"{published} certificates are published and the register has histories of {left}; nothing was published, "
        "compare the register with a backup"
    )
    return TamperedError("certificates_gone", message, published=published, left=left)


def _covered(laid: Laid, ground: Ground | None, changed: Sequence[str]) -> Mapping[str, int]:
    """What the register has to mark: everything, or what changed when the rest stood there already."""
    if ground is None:
        return laid.covered
    return {each: laid.covered[each] for each in changed if each in laid.covered}


class _Stored(NamedTuple):
    """What became of some certificates."""

    made: list[Made]
    left_out: list[Unpublished]


class _Making:
    """One run over what changed: the register is read and written here, and a crew signs."""

    def __init__(self, register: Register, footing: Footing, trust: VerifiedTrustList, vouched: Vouched) -> None:
        self._register = register
        self._footing = footing
        self._trust = trust
        self._vouched = vouched

    def chunk(self, ids: Sequence[str]) -> Flow[_Stored]:
        """Read some certificates, have them signed, and store what was."""
        passed = self._footing.passed  # what went out in between says more than what was signed before
        made = [self._vouched.made[each] for each in ids if each in self._vouched.made and each not in passed]
        parts, left_out = self._read([each for each in ids if each not in self._vouched.made])
        if parts:
            done = yield Job(sign_parts, parts)
            left_out += [each for each in done if isinstance(each, Unpublished)]
            made += [each for each in done if isinstance(each, Made)]
        with self._register.write() as session:
            older = store_histories(session, {each.certificate: each.history for each in made if each.is_new})
            store_signed(session, {each.certificate: each.face for each in made if each.face is not None})
        left_out += [Unpublished.of(each, error) for each, error in older.items()]
        return _Stored([each for each in made if each.certificate not in older], left_out)

    def _read(self, ids: Sequence[str]) -> tuple[list[Part], list[Unpublished]]:
        if not ids:
            return [], []
        with self._register.read() as session:
            found = certificates.by_ids(session, ids)
            events, stored = events_of_many(session, ids), histories_of(session, ids)
            faces, records = faces_of(session, ids), records_of(session, ids)
        left_out = [Unpublished.of(each, _missing(each)) for each in ids if each not in found]
        parts, ground = [], self._footing.ground
        # They come sorted by their shards, and the one that was looked into last is kept.
        for certificate_id, certificate in ((each, found[each]) for each in ids if each in found):
            try:
                published = None if ground is None else ground.history_of(certificate.cti, self._trust)
            except (IssuerError, CredentialError) as error:
                left_out.append(Unpublished.of(certificate_id, error))
                continue
            part = Part(
                certificate=certificate,
                events=tuple(events[certificate_id]),
                stored=stored.get(certificate_id),
                published=published,
                replaces=self._vouched.replaces.get(certificate_id),
                face=faces.get(certificate_id),
                face_payload=self._vouched.faces.get(certificate_id),
                record=records.get(certificate_id),
            )
            parts.append(part)
        return parts, left_out


def _missing(certificate: str) -> NotFoundError:
    return NotFoundError("no_certificate", f"there is no certificate {certificate}")
