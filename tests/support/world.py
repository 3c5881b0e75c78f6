"""A whole deployment in memory: the writer's side of the formats, with every knob that a test of the reader wants.

The world signs whatever it is told to, also what no honest writer would. It is deterministic: the same calls give the
same bytes, so that its publications can be compared and shared with other languages.

    world = World()
    certificate = world.issue()
    files = world.publish()                      # path -> bytes
    world.append(certificate, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    files = world.publish()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from credential import (
    checkcode,
    claims,
    cose,
    face,
    history,
    jose,
    jsonform,
    publication,
    qrtext,
    sealed,
    shards,
    statuslist,
)
from credential.days import day_of
from credential.face import Design, Face, Members, Sex
from credential.filings import Filings, encode_filings
from credential.history import Event, EventKind, History, Registration, Replaced
from credential.kdf import prefix
from credential.roots import TYP as ROOT_TYP
from credential.roots import Root, encode_root
from credential.snapshot import TYP as SNAPSHOT_TYP
from credential.snapshot import Snapshot, StatusDigests, encode_snapshot
from credential.statuslist import Status, StatusArray
from credential.trustlist import TYP as TRUST_TYP
from credential.trustlist import StatusAssignment, TrustList, encode_trust_list
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.worldparts import (
    CATALOGUE,
    CATALOGUE_TYP,
    COMMITTEE_NUMBER,
    DISTRICT,
    EXPIRED_NUMBER,
    ORIGIN,
    PROVINCE,
    START,
    TEACHERS_NUMBER,
    demo_authorities,
    demo_filings,
    key_entry,
    wide_grant,
)

__all__ = [
    "CATALOGUE_TYP",
    "COMMITTEE_NUMBER",
    "DISTRICT",
    "EXPIRED_NUMBER",
    "NOW",
    "ORIGIN",
    "PROVINCE",
    "START",
    "TEACHERS_NUMBER",
    "USUAL_FACE",
    "Certificate",
    "World",
    "demo_filings",
    "key_entry",
    "wide_grant",
]


USUAL_FACE = Members(
    sex=Sex.FEMALE,
    employer="示范省建筑设计研究院有限公司",
    design=Design(id="standard", version=1, digest=sha256(b"the files of a design").digest()),
    printed=(("居民身份证", "**************002X"), ("批准文号", "示人社〔2026〕55号")),
)
"""What the standard design prints beyond a credential of this world."""


@dataclass(slots=True)
class Certificate:
    """One certificate as the writer holds it; change what you like before the next ``publish``."""

    claims: claims.Claims
    credential: bytes
    check_code: str
    history: History
    history_signer: Key
    registered: bool = True
    coded: bool = True
    """Whether the record that the check code opens is published."""
    status: Status | None = None
    """What the status list says; None: what the history says."""
    tamper_history: Callable[[bytes], bytes] | None = None
    """Changes the signed history before it is sealed."""
    face: bytes | None = None
    """The signed face, as it is sealed; None: there is no such record."""
    tamper_records: dict[sealed.Kind, Callable[[bytes], bytes]] = field(default_factory=dict)
    """Changes the sealed record of a kind."""

    @property
    def qr_text(self) -> str:
        """The QR text at the official host."""
        return qrtext.encode(claims.CredentialBytes(self.credential), ORIGIN)

    @property
    def grouped_code(self) -> str:
        """The check code as printed."""
        return checkcode.group(checkcode.CheckCode(self.check_code))


@dataclass(slots=True)
class World:
    """One deployment. Attributes are knobs; ``publish`` writes what they say."""

    now: datetime = NOW
    base: str = ORIGIN + "/p/"
    lists: int = 1
    prefix_length: int = 0
    records: int | None = None
    """What the snapshot claims; None: the truth."""
    padding: int = 0
    """How many strangers' records are added."""
    seq: int = 0
    roots: list[bytes] = field(default_factory=list)
    root_signers: list[Key] = field(default_factory=lambda: [Key("root")])
    catalogue_signers: list[Key] | None = None
    """Who signed the catalogue, an immutable file; None: whoever signs the trust list."""
    publisher: Key = field(default_factory=lambda: Key("publisher"))
    status_key: Key = field(default_factory=lambda: Key("status"))
    credential_key: Key = field(default_factory=lambda: Key("credential province"))
    district_key: Key = field(default_factory=lambda: Key("credential district"))
    filings: Filings = field(default_factory=lambda: demo_filings())  # noqa: PLW0108 - defined below
    trust: TrustList = field(init=False)
    certificates: list[Certificate] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    _trust_bytes: bytes = b""
    _count: int = 0

    def __post_init__(self) -> None:
        self.trust = self._first_trust_list()
        self.add_root(self.root_signers)

    # --- trust -------------------------------------------------------------------------------------------------------

    @property
    def pinned_root(self) -> bytes:
        """The first root: what readers are given."""
        return self.roots[0]

    def add_root(
        self, keys: list[Key], *, threshold: int = 1, signers: list[Key] | None = None, **changes: Any
    ) -> bytes:
        """Add the next root set, signed by its own keys and the present ones unless ``signers`` says otherwise."""
        root = Root(
            version=len(self.roots) + 1,
            iat=START,
            demonstration=True,
            keys=tuple(key.public for key in keys),
            threshold=threshold,
        )
        payload = encode_root(replace(root, **changes))
        everybody = (
            {key.name: key for key in (*keys, *self.root_signers)} if signers is None else {k.name: k for k in signers}
        )
        container = jose.join([jose.sign(payload, key, typ=ROOT_TYP) for key in everybody.values()])
        self.roots.append(container)
        self.root_signers = list(keys)
        return container

    def change_trust(self, **changes: Any) -> None:
        """Make the next version of the trust list."""
        changes.setdefault("version", self.trust.version + 1)
        self.trust = replace(self.trust, **changes)
        self._trust_bytes = b""

    def change_key(self, key: Key, **changes: Any) -> None:
        """Change the entry of one key in the next trust list."""
        keys = tuple(replace(e, **changes) if e.key == key.public else e for e in self.trust.keys)
        self.change_trust(keys=keys)

    def add_key(self, key: Key, /, use: str, authority: str | None = None, **changes: Any) -> None:
        """Add a key to the next trust list."""
        self.change_trust(keys=(*self.trust.keys, replace(key_entry(key, use, authority), **changes)))

    def change_authority(self, authority_id: str, **changes: Any) -> None:
        """Change one authority in the next trust list."""
        authorities = tuple(replace(a, **changes) if a.id == authority_id else a for a in self.trust.authorities)
        self.change_trust(authorities=authorities)

    # --- certificates ------------------------------------------------------------------------------------------------

    def issue(
        self,
        *,
        signer: Key | None = None,
        issued_at: datetime | None = None,
        replaces: Replaced | None = None,
        **changes: Any,
    ) -> Certificate:
        """Issue a certificate, in another's place where one is named; further arguments replace members of claims."""
        self._count += 1
        registered_at = issued_at or datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
        cti = changes.pop("cti", sha256(b"cti %d" % self._count).digest()[:16])
        made = self.claims(cti, registered_at, **changes)
        unsigned = claims.prepare(made, (signer or self.credential_key).key_id)
        data = unsigned.assemble((signer or self.credential_key).sign(unsigned.to_be_signed))
        event = Event(
            kind=EventKind.ISSUED,
            effective=day_of(registered_at),
            recorded=registered_at,
            authority=made.issuer,
            document="示人社〔2026〕55号",
            detail=Registration(digest=sha256(data).digest(), replaces=replaces),
        )
        certificate = Certificate(
            claims=made,
            credential=data,
            check_code=checkcode.make(cti, sha256(b"code" + cti).digest()[:15]),
            history=History(cti=cti, events=(event,)),
            history_signer=self.status_key,
        )
        self.certificates.append(certificate)
        return certificate

    def claims(self, cti: bytes, issued_at: datetime, **changes: Any) -> claims.Claims:
        """The claims of a usual certificate with some members replaced."""
        list_id = prefix(cti, (self.lists - 1).bit_length())
        values: dict[str, Any] = {
            "issuer": PROVINCE,
            "issued_at": issued_at,
            "cti": cti,
            "status": claims.StatusReference(
                index=int.from_bytes(sha256(b"index" + cti).digest()[:3]) >> 4, uri=f"{self.base}status/{list_id}.cwt"
            ),
            "name": "王䶮",
            "id_last4": "002X",
            "number": f"SF2026-{self._count:05d}",
            "series": 5,
            "title": 5002,
            "specialty": "建筑工程",
            "level": 2,
            "way": 1,
            "award_date": date(2026, 6, 30),
            "basis_kind": 1,
            "basis_reference": COMMITTEE_NUMBER,
            "scope": None,
        }
        return claims.Claims(**(values | changes))

    def append(
        self, certificate: Certificate, kind: EventKind, *, recorded: datetime | None = None, **changes: Any
    ) -> None:
        """Append an event to a certificate's history."""
        when = recorded or self.now - timedelta(hours=1)
        values: dict[str, Any] = {
            "kind": kind,
            "effective": day_of(when),
            "recorded": when,
            "authority": PROVINCE,
            "basis": "职称评审管理暂行规定第三十四条",
            "document": "示人社撤〔2026〕3号",
        }
        certificate.history = certificate.history.append(Event(**(values | changes)))

    def put_face(self, certificate: Certificate, members: Members | None = None) -> None:
        """Publish a face with a certificate: the usual one, or one of these members."""
        payload = face.encode(self.face(certificate, USUAL_FACE if members is None else members))
        self.put_face_payload(certificate, payload)

    def put_face_payload(
        self, certificate: Certificate, payload: bytes, *, signer: Key | None = None, typ: str | None = face.TYP
    ) -> None:
        """Publish any payload as a certificate's face."""
        certificate.face = cose.sign(payload, signer or self.status_key, typ=typ)

    def face(self, certificate: Certificate, members: Members) -> Face:
        """The face of a certificate with these members."""
        digest = sha256(certificate.credential).digest()
        return Face(cti=certificate.claims.cti, credential_digest=digest, members=members)

    # --- publication -------------------------------------------------------------------------------------------------

    def publish(self, *, signer: Key | None = None, **changes: Any) -> dict[str, bytes]:
        """Write the publication as it is now and return all files; keyword arguments replace snapshot members."""
        self.seq += 1
        self._write_trust()
        status = tuple(self._write_status_list(list_id) for list_id in range(self.lists))
        records = self._records()
        snapshot = Snapshot(
            deployment=self.trust.deployment,
            seq=self.seq,
            iat=self.now,
            exp=self.now + timedelta(hours=24),
            trust_version=self.trust.version,
            trust_digest=sha256(self._trust_bytes).digest(),
            status=status,
            prefix=self.prefix_length,
            records=len(records) if self.records is None else self.records,
            manifests=self._write_shards(records),
            audit_length=self.seq,
            audit_head=bytes(32),
        )
        payload = encode_snapshot(replace(snapshot, **changes))
        self.files[publication.SNAPSHOT] = jose.sign(payload, signer or self.publisher, typ=SNAPSHOT_TYP).encode()
        return dict(self.files)

    def write(self, folder: Path) -> None:
        """Write the files of the last ``publish`` below ``folder``."""
        for path, data in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def _write_trust(self) -> None:
        for number, container in enumerate(self.roots, start=1):
            self.files[publication.root(number)] = container
        filings_bytes = encode_filings(self.filings)
        digest = sha256(filings_bytes).digest()
        self.files[publication.filings(digest.hex())] = filings_bytes
        catalogue = _signed(jsonform.encode(CATALOGUE), self.catalogue_signers or self.root_signers, CATALOGUE_TYP)
        self.files[publication.catalogue(1)] = catalogue
        if not self._trust_bytes:
            self.trust = replace(self.trust, filings_digest=digest, catalogue_digest=sha256(catalogue).digest())
            self._trust_bytes = _signed(encode_trust_list(self.trust), self.root_signers, TRUST_TYP)
        self.files[publication.trust_list(self.trust.version)] = self._trust_bytes

    def _write_status_list(self, list_id: int) -> StatusDigests:
        assignment = self.trust.status[list_id]
        changes = {
            each.claims.status.index: int(each.history.status if each.status is None else each.status)
            for each in self.certificates
            if each.claims.status.uri == assignment.cwt
        }
        array = StatusArray.zeros().with_changes(changes)
        return self.put_status_list(list_id, *_both_forms(array, assignment, self.status_key, self.now))

    def put_status_list(self, list_id: int, cwt: bytes, jwt: bytes) -> StatusDigests:
        """Store the two forms of a status list and return their digests."""
        digests = StatusDigests(id=list_id, cwt=sha256(cwt).digest(), jwt=sha256(jwt).digest())
        self.files[publication.status_cwt(str(list_id))] = cwt
        self.files[publication.status_jwt(str(list_id))] = jwt
        self.files[publication.status_at(digests.cwt.hex())] = cwt
        return digests

    def _records(self) -> list[tuple[bytes, sealed.Record]]:
        """Every sealed record with the cti that chooses its shard."""
        records = [pair for certificate in self.certificates for pair in self._records_of(certificate)]
        for number in range(self.padding):
            cti = sha256(b"stranger %d" % number).digest()[:16]
            records.append((cti, sealed.seal(sealed.Kind.HISTORY, cti, b"stranger", nonce=self._nonce(cti))))
        return records

    def _records_of(self, certificate: Certificate) -> list[tuple[bytes, sealed.Record]]:
        cti, records = certificate.claims.cti, []
        if certificate.registered:
            plain = history.sign(certificate.history, certificate.history_signer)
            plain = certificate.tamper_history(plain) if certificate.tamper_history else plain
            records.append((cti, self._sealed(certificate, sealed.Kind.HISTORY, cti, plain)))
        if certificate.coded:
            secret, plain = certificate.check_code.encode(), certificate.credential
            records.append((cti, self._sealed(certificate, sealed.Kind.CERTIFICATE, secret, plain)))
        if certificate.face is not None:
            records.append((cti, self._sealed(certificate, sealed.Kind.FACE, cti, certificate.face)))
        return records

    def _sealed(self, certificate: Certificate, kind: sealed.Kind, secret: bytes, plain: bytes) -> sealed.Record:
        record = sealed.seal(kind, secret, plain, nonce=self._nonce(plain))
        tamper = certificate.tamper_records.get(kind)
        return record if tamper is None else sealed.Record(tamper(record))

    def _nonce(self, plain: bytes) -> bytes:
        return sha256(b"nonce %d" % self.seq + plain).digest()[:12]

    def _write_shards(self, records: list[tuple[bytes, sealed.Record]]) -> tuple[bytes, ...]:
        length = self.prefix_length
        digests = []
        for number in range(1 << length):
            inside = [record for cti, record in records if prefix(cti, length) == number]
            digests.append(self._put(shards.encode_shard(inside, prefix=number, prefix_length=length)))
        per_manifest = 1 << (length - shards.manifest_bits(length))
        manifests = []
        for number in range(1 << shards.manifest_bits(length)):
            part = digests[number * per_manifest : (number + 1) * per_manifest]
            manifests.append(self._put(shards.encode_manifest(part, number=number, prefix_length=length)))
        return tuple(manifests)

    def _put(self, data: bytes) -> bytes:
        digest = sha256(data).digest()
        self.files[publication.shard(digest.hex())] = data
        return digest

    def _first_trust_list(self) -> TrustList:
        return TrustList(
            version=1,
            iat=self.now - timedelta(days=30),
            exp=self.now + timedelta(days=300),
            deployment="demo",
            demonstration=True,
            authorities=demo_authorities(),
            keys=(
                key_entry(self.credential_key, "credential", PROVINCE),
                key_entry(self.district_key, "credential", DISTRICT),
                key_entry(self.publisher, "publisher", None),
                key_entry(self.status_key, "status", None),
            ),
            document_certificates=(),
            hosts=(ORIGIN,),
            publications=(self.base,),
            status=tuple(
                StatusAssignment(
                    id=number,
                    cwt=f"{self.base}status/{number}.cwt",
                    jwt=f"{self.base}status/{number}.jwt",
                    kids=(self.status_key.key_id,),
                )
                for number in range(self.lists)
            ),
            filings_digest=bytes(32),
            catalogue_version=1,
            catalogue_digest=bytes(32),
        )


@lru_cache(maxsize=8)
def _both_forms(array: StatusArray, assignment: StatusAssignment, signer: Key, now: datetime) -> tuple[bytes, bytes]:
    """A status list as CWT and JWT; most worlds have the same one, and packing it costs most of a publication."""
    times: dict[str, Any] = {"issued_at": now, "expires_at": now + timedelta(hours=24), "ttl": timedelta(hours=1)}
    cwt = statuslist.sign_cwt(array, assignment.cwt, signer, **times)
    return cwt, statuslist.sign_jwt(array, assignment.jwt, signer, **times).encode()


def _signed(payload: bytes, signers: list[Key], typ: str) -> bytes:
    return jose.join([jose.sign(payload, key, typ=typ) for key in signers])
