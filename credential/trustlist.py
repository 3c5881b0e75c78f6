"""The trust list: every authority with its grants, every key with its use, every address that is official (FORMAT 9).

Rules: entries are ended, never removed; one key has one use; a key's id is its own fingerprint; plain http is an
official address only in a demonstration and only on loopback. Only ``verify_trust_list`` makes a ``VerifiedTrustList``,
and the lookups that decide anything are its methods.

    trust = verify_trust_list(container, root, now=now)
    entry = trust.key(kid, use="credential")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from credential import jose
from credential.days import CLOCK_DIFFERENCE
from credential.errors import CannotKnowError, NotInForceError, NotTrustedError
from credential.grants import Grant
from credential.roots import VerifiedRoot
from credential.trustform import (
    MAX_LIFETIME,
    MAX_TRUST_LIST_BYTES,
    Authority,
    DocumentCertificate,
    KeyEntry,
    KeyState,
    StatusAssignment,
    TrustList,
    check_known,
    check_trust_list,
    encode_trust_list,
    parse_trust_list,
)

__all__ = [
    "MAX_LIFETIME",
    "Authority",
    "DocumentCertificate",
    "Grant",
    "KeyEntry",
    "StatusAssignment",
    "TrustList",
    "VerifiedTrustList",
    "check_known",
    "check_trust_list",
    "encode_trust_list",
    "parse_trust_list",
    "verify_trust_list",
]

TYP: Final = "titlecert-trust+jwt"
_PROOF: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTrustList:
    """A trust list that the newest root signed. Whether it is still fresh is asked with ``check_fresh``."""

    content: TrustList
    container: bytes
    root_version: int
    proof: object = field(repr=False, compare=False)
    digest: bytes = field(init=False, repr=False, compare=False)
    """SHA-256 of the container, what the snapshot names."""
    _authorities: Mapping[str, Authority] = field(init=False, repr=False, compare=False)
    _keys: Mapping[bytes, KeyEntry] = field(init=False, repr=False, compare=False)
    _status: Mapping[str, StatusAssignment] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TypeError("only verify_trust_list makes a VerifiedTrustList")
        content = self.content
        object.__setattr__(self, "digest", sha256(self.container).digest())
        object.__setattr__(self, "_authorities", MappingProxyType({each.id: each for each in content.authorities}))
        object.__setattr__(self, "_keys", MappingProxyType({each.key.key_id: each for each in content.keys}))
        object.__setattr__(self, "_status", MappingProxyType({each.cwt: each for each in content.status}))

    def check_fresh(self, now: datetime) -> None:
        """Raises NotInForceError ``trust_expired`` when the list's time is over."""
        if now >= self.content.exp:
            raise NotInForceError("trust_expired", f"trust list {self.content.version} ended at {self.content.exp}")

    def find_key(self, key_id: bytes) -> KeyEntry | None:
        """The key of this id, whatever its use; None when the list has none."""
        return self._keys.get(key_id)

    def key(self, key_id: bytes, *, use: str) -> KeyEntry:
        """Return the key of this id and use.

        Raises:
            NotTrustedError: ``unknown_key``, or ``key_use`` when it is there for something else.
        """
        entry = self.find_key(key_id)
        if entry is None:
            raise NotTrustedError("unknown_key", f"key {key_id.hex()} is not in trust list {self.content.version}")
        if entry.use != use:
            raise NotTrustedError("key_use", f"key {key_id.hex()} is a {entry.use} key, not a {use} key")
        return entry

    def check_record_key(self, entry: KeyEntry, instant: datetime) -> None:
        """Check the key of a history or face at an instant that the register vouches for (FORMAT 6).

        They are signed anew by whichever key is there, so the windows of the keys that it succeeds count as its own,
        whether those were ended or compromised. A thief of the key itself could name any instant.

        Raises:
            NotInForceError: ``key_not_good``.
        """
        kid = entry.key.key_id.hex()
        if entry.state == KeyState.COMPROMISED:
            raise NotInForceError("key_not_good", f"key {kid} is compromised")
        # Each key began later than the one that it succeeds, so this ends (``check_trust_list``).
        window: KeyEntry | None = entry
        while window is not None and not window.was_open_at(instant):
            window = None if window.succeeds is None else self.find_key(window.succeeds)
        if window is None:
            message = f"neither key {kid} nor one that it succeeds was in force at {instant.isoformat()}"
            raise NotInForceError("key_not_good", message)

    def find_authority(self, authority_id: str) -> Authority | None:
        """The authority of this id; None when the list has none."""
        return self._authorities.get(authority_id)

    def authority(self, authority_id: str) -> Authority:
        """Return an authority. Raises NotTrustedError ``unknown_authority``."""
        found = self.find_authority(authority_id)
        if found is None:
            raise NotTrustedError("unknown_authority", f"trust list {self.content.version} has no such authority")
        return found

    def authority_name(self, authority_id: str) -> str:
        """The name of an authority, or its id when the list does not know it."""
        found = self.find_authority(authority_id)
        return authority_id if found is None else found.name

    def status_list(self, uri: str) -> StatusAssignment:
        """Return the status list whose address a credential names. Raises NotTrustedError ``status_unassigned``."""
        found = self._status.get(uri)
        if found is None:
            raise NotTrustedError("status_unassigned", "no status list of the trust list has this address")
        return found

    def check_seal(self, certificate: bytes, *, authority: str) -> None:
        """Check that a DER certificate seals documents of this authority.

        A file's own time proves nothing, so an ended certificate still counts; a compromised one does not.

        Raises:
            NotTrustedError: ``document_seal_unknown``.
            CannotKnowError: ``newer_format``: its key is of a suite that this program does not know.
        """
        bound = [entry for entry in self._seals(certificate) if entry.authority == authority]
        if not bound:
            raise NotTrustedError("document_seal_unknown", "the trust list binds this seal to no such authority")
        if not all(entry.usable for entry in bound):
            message = f"this seal is made by {bound[0].alg}: a newer suite is needed; update the program"
            raise CannotKnowError("newer_format", message, alg=bound[0].alg)

    def seal_is_of_a_later_suite(self, certificate: bytes) -> bool:
        """Whether an authority seals with this certificate by a suite that this program does not know.

        For a file whose seal could not be checked: that it could not is then no finding about the file.
        """
        return any(not entry.usable for entry in self._seals(certificate))

    def _seals(self, certificate: bytes) -> Iterator[DocumentCertificate]:
        for entry in self.content.document_certificates:
            if entry.certificate == certificate and entry.state != KeyState.COMPROMISED:
                yield entry

    def is_official(self, origin: str) -> bool:
        """Whether ``origin`` (``https://HOST``) is one of the official addresses: worth a warning, never a proof."""
        return origin in self.content.hosts


def verify_trust_list(container: bytes, root: VerifiedRoot, *, now: datetime) -> VerifiedTrustList:
    """Check a trust list against the newest root. Freshness is not checked here: ``check_fresh``.

    Raises:
        MalformedError: not in the format.
        NotTrustedError: ``too_few_signatures``, ``demonstration_differs``, ``key_use`` (a root key stands in
            the list), ``from_the_future``.
        SignatureError: a root key's signature does not hold.
        CannotKnowError: ``newer_format``: enough only with signatures of a suite that this program does not know.
    """
    verified = _verified(container, root)
    if verified.content.iat > now + CLOCK_DIFFERENCE:
        raise NotTrustedError("from_the_future", "the trust list was signed after now; check this machine's clock")
    return verified


@lru_cache(maxsize=4)
def _verified(container: bytes, root: VerifiedRoot) -> VerifiedTrustList:
    """Kept, because one publication asks a dozen times: of the same bytes under the same root it is the same answer."""
    messages = jose.parse_container(container, typ=TYP, max_bytes=MAX_TRUST_LIST_BYTES)
    content = parse_trust_list(jose.verify_threshold(messages, root.keys, root.root.threshold))
    if content.demonstration != root.root.demonstration:
        raise NotTrustedError("demonstration_differs", "trust list and root disagree whether this is a demonstration")
    if any(entry.key.key_id in root.keys for entry in content.keys):
        raise NotTrustedError("key_use", "a key of the root set stands in the trust list; every key has one use")
    return VerifiedTrustList(content=content, container=container, root_version=root.root.version, proof=_PROOF)
