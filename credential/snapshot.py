"""The snapshot: the one moving file of a publication, which names all others by digest (FORMAT 10).

Rules: short-lived; signed by a publisher key of the trust list that it names; its shards must hold enough certificates
each, or asking for one would tell who is asked about. What a reader has seen before (rollback) is the reader's to
remember and to compare. Only ``verify_snapshot`` makes a ``VerifiedSnapshot``.

    unverified = parse_snapshot(token)          # says which trust list to fetch
    snapshot = verify_snapshot(unverified, trust, now=now)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from credential import days, jose, jsonform
from credential.days import CLOCK_DIFFERENCE
from credential.errors import NotInForceError, NotTrustedError
from credential.kdf import PREFIX_BITS
from credential.members import Members, Object, digest, refuse
from credential.publication import MAX_VERSION
from credential.shards import longest_prefix, manifest_bits
from credential.trustlist import VerifiedTrustList

TYP: Final = "titlecert-snapshot+jwt"
VERSION: Final = 1
MAX_SNAPSHOT_BYTES: Final = 1 << 20
MAX_LIFETIME: Final = timedelta(days=7)
"""How long whoever holds back newer snapshots can hide a withdrawal."""
USUAL_LIFETIME: Final = timedelta(hours=24)
_PROOF: Final = object()
_MEMBERS: Final = frozenset(
    ["v", "deployment", "seq", "iat", "exp", "trust", "status", "prefix", "records", "manifests", "audit", "ext"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDigests:
    """The two forms of one status list, as they are now."""

    id: int
    cwt: bytes
    jwt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The publication at one moment, as it says of itself."""

    deployment: str
    seq: int
    iat: datetime
    exp: datetime
    trust_version: int
    trust_digest: bytes
    status: tuple[StatusDigests, ...]
    prefix: int
    """How many leading bits choose the shard."""
    records: int
    manifests: tuple[bytes, ...]
    audit_length: int
    audit_head: bytes
    ext: Object = field(default_factory=dict)
    """What later programs say; kept and not read (FORMAT 1.9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSnapshot:
    """A well-formed snapshot whose signature nobody has checked: good for choosing a trust list, for nothing else."""

    content: Snapshot
    message: jose.UnverifiedJws


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSnapshot:
    """A snapshot that a publisher key signed. Whether it is still fresh is asked with ``check_fresh``."""

    content: Snapshot
    token: bytes
    proof: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TypeError("only verify_snapshot makes a VerifiedSnapshot")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the token."""
        return sha256(self.token).digest()

    def check_fresh(self, now: datetime) -> None:
        """Raises NotInForceError ``publication_expired`` when the snapshot's time is over."""
        if now >= self.content.exp:
            raise NotInForceError("publication_expired", f"snapshot {self.content.seq} ended at {self.content.exp}")

    def status_digest(self, list_id: int) -> bytes:
        """The digest of a status list's ``.cwt``. Raises NotTrustedError ``status_unassigned``."""
        for entry in self.content.status:
            if entry.id == list_id:
                return entry.cwt
        raise NotTrustedError("status_unassigned", f"snapshot {self.content.seq} has no status list {list_id}")

    def manifest_digest(self, index: int) -> bytes:
        """The digest of the manifest with this index."""
        return self.content.manifests[index]


def encode_snapshot(content: Snapshot) -> bytes:
    """Return the payload that the publisher key signs."""
    return jsonform.encode(
        {
            "v": VERSION,
            "deployment": content.deployment,
            "seq": content.seq,
            "iat": days.to_seconds(content.iat),
            "exp": days.to_seconds(content.exp),
            "trust": {"version": content.trust_version, "digest": content.trust_digest.hex()},
            "status": [{"id": each.id, "cwt": each.cwt.hex(), "jwt": each.jwt.hex()} for each in content.status],
            "prefix": content.prefix,
            "records": content.records,
            "manifests": [each.hex() for each in content.manifests],
            "audit": {"length": content.audit_length, "head": content.audit_head.hex()},
            "ext": content.ext,
        }
    )


def parse_snapshot(token: bytes) -> UnverifiedSnapshot:
    """Read a snapshot strictly, its own rules included. What it says is not trusted.

    Raises:
        MalformedError: ``bad_member``, ``not_canonical``, ``bad_header`` and their like.
    """
    message = jose.parse(token, typ=TYP, max_bytes=MAX_SNAPSHOT_BYTES)
    members = Members(jsonform.decode(message.payload, max_bytes=MAX_SNAPSHOT_BYTES), "snapshot", _MEMBERS)
    members.constant("v", VERSION)
    trust = Members(members.raw("trust"), "snapshot.trust", {"version", "digest"})
    audit = Members(members.raw("audit"), "snapshot.audit", {"length", "head"})
    content = Snapshot(
        deployment=members.identifier("deployment"),
        seq=members.integer("seq", least=1),
        iat=members.instant("iat"),
        exp=members.instant("exp"),
        trust_version=trust.integer("version", least=1, most=MAX_VERSION),
        trust_digest=trust.digest("digest"),
        status=tuple(_read_status(each) for each in members.listing("status", most=4096)),
        prefix=members.integer("prefix", most=PREFIX_BITS),
        records=members.integer("records"),
        manifests=tuple(
            digest(each, "snapshot.manifests") for each in members.listing("manifests", least=1, most=1 << 10)
        ),
        audit_length=audit.integer("length"),
        audit_head=audit.digest("head"),
        ext=members.extension("ext"),
    )
    check_snapshot(content)
    return UnverifiedSnapshot(content=content, message=message)


def check_snapshot(content: Snapshot) -> None:
    """Check what binds the members together; the writer asks before it signs.

    Raises:
        MalformedError: ``bad_member``, the field ``where`` names the place.
    """
    if not timedelta(0) < content.exp - content.iat <= MAX_LIFETIME:
        raise refuse("snapshot.exp", f"a snapshot lives at most {MAX_LIFETIME.days} days")
    if content.prefix > longest_prefix(content.records):
        raise refuse("snapshot.prefix", "a shard would hold too few certificates to hide one among them")
    if len(content.manifests) != 1 << manifest_bits(content.prefix):
        raise refuse("snapshot.manifests", "there are as many manifests as the prefix demands (FORMAT 5.4)")
    if [each.id for each in content.status] != list(range(len(content.status))):
        raise refuse("snapshot.status", "the status lists stand in the order of their ids")


def verify_snapshot(unverified: UnverifiedSnapshot, trust: VerifiedTrustList, *, now: datetime) -> VerifiedSnapshot:
    """Check a snapshot against the trust list that it names. Freshness is not checked here: ``check_fresh``.

    Raises:
        NotTrustedError: ``unknown_key``, ``key_use``, ``wrong_trust_list``, ``wrong_deployment``, ``wrong_status``,
            ``from_the_future``.
        NotInForceError: ``key_not_good``: the publisher key is compromised or not in its window.
        SignatureError: the signature does not hold.
        MalformedError: ``bad_header``: the header names another algorithm than the key's.
        CannotKnowError: ``newer_format``: the publisher key is of a suite that this program does not know.
    """
    content = unverified.content
    entry = trust.key(unverified.message.key_id, use="publisher")
    unverified.message.verify(entry.key)
    entry.check_signs_now(content.iat)
    if (content.trust_version, content.trust_digest) != (trust.content.version, trust.digest):
        raise NotTrustedError("wrong_trust_list", "snapshot: it names another trust list than the one it is read with")
    if content.deployment != trust.content.deployment:
        raise NotTrustedError("wrong_deployment", "snapshot: it is of another deployment than its trust list")
    if len(content.status) != len(trust.content.status):
        raise NotTrustedError("wrong_status", "snapshot: its status lists are not those of the trust list")
    if content.iat > now + CLOCK_DIFFERENCE:
        raise NotTrustedError("from_the_future", "snapshot: signed after now; check this machine's clock")
    return VerifiedSnapshot(content=content, token=unverified.message.token.encode("ascii"), proof=_PROOF)


def _read_status(value: object) -> StatusDigests:
    members = Members(value, "snapshot.status", {"id", "cwt", "jwt"})
    return StatusDigests(id=members.integer("id"), cwt=members.digest("cwt"), jwt=members.digest("jwt"))
