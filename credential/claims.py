"""The credential (FORMAT 2): what a certificate says, as a CWT (RFC 8392) in a COSE_Sign1.

``Claims`` is the domain value. ``prepare`` gives the exact bytes that will be signed, so that an issuer can store and
check them before a key is touched; ``assemble`` puts the signature beside them. On the way in, ``parse`` gives an
``UnverifiedCredential``: form checked, nothing trusted; ``UnverifiedCredential.verify`` gives the claims.

    unsigned = prepare(claims, signer.key_id)
    credential = unsigned.assemble(signer.sign(unsigned.to_be_signed))
    claims = parse(credential).verify(key)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NewType, TypeVar

from credential import cbor, cose, days
from credential.characters import is_text
from credential.errors import CannotKnowError, MalformedError
from credential.signing import AnyKey, VerifyKey

CredentialBytes = NewType("CredentialBytes", bytes)
"""All bytes of a credential; its digest, its QR text and the attachment of the document are made of these."""

T = TypeVar("T")

VERSION: Final = 1
MAX_BYTES: Final = 420
"""Keeps every QR at version 17 or below at correction M, readable from a photocopy (FORMAT 3)."""
ISS, IAT, CTI, STATUS, AWARD = 1, 6, 7, 65535, -65537
"""Claim keys: RFC 8392 section 4, Token Status List section 6.3, and one private-use key (RFC 8392 section 9.1)."""
CTI_BYTES: Final = 16
LIST_SIZE: Final = 1 << 20
MAX_NAME: Final = 100
MAX_SPECIALTY: Final = 60
MAX_REFERENCE: Final = 60
MAX_SCOPE_NAME: Final = 60
MAX_URI: Final = 120
AWARD_MEMBERS: Final = 12
"""Positions that version 1 knows; later ones may only inform and are not read."""
_CLAIM_KEYS: Final = {ISS, IAT, CTI, STATUS, AWARD}
_AWARD_TYPES: Final = [int, str, str, str, int, int, str, int, int, int, list]
"""Of the positions in front of the scope."""
WAY_HISTORICAL: Final = 9
BASIS_HISTORICAL: Final = 5

_STATUS_LIST: Final = (
    cbor.encode(STATUS) + cbor.encode_head(cbor.MAP, 1) + cbor.encode("status_list") + cbor.encode_head(cbor.MAP, 2)
)
_KEYS: Final = (
    cbor.encode_head(cbor.MAP, len(_CLAIM_KEYS)) + cbor.encode(ISS),
    cbor.encode(IAT),
    cbor.encode(CTI),
    _STATUS_LIST + cbor.encode("idx"),
    cbor.encode("uri"),
    cbor.encode(AWARD),
)
"""What stands in front of each value of a claims set: its key, and the heads of maps. They stand in their one order."""

AUTHORITY_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,15}", re.ASCII)
_LAST4 = re.compile(r"[0-9A-Z]{4}", re.ASCII)
NUMBER: Final = re.compile(r"[0-9A-Z-]{4,24}", re.ASCII)
"""A certificate number."""
_URI = re.compile(r"https?://[\x21-\x7e]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a title is valid, when not everywhere."""

    region: int
    """Six digits, GB/T 2260."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReference:
    """Where the status of this certificate is published (Token Status List section 6)."""

    index: int
    """0 to 2^20 - 1, drawn at random."""
    uri: str
    """Equals an address in the trust list; readers match it and never fetch it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What one credential says. Making one checks every rule of FORMAT 2.

    Raises:
        MalformedError: code ``bad_claims``, field ``member`` names which.
    """

    issuer: str
    """Authority id."""
    issued_at: datetime
    """Chosen by the signer, proves nothing; the history's first event tells when it was registered."""
    cti: bytes
    """16 random bytes; opens the history, never shortened."""
    status: StatusReference
    name: str
    id_last4: str
    number: str
    series: int
    title: int
    specialty: str
    """Empty when the title has none."""
    level: int
    way: int
    award_date: date
    basis_kind: int
    basis_reference: str
    scope: Scope | None

    def __post_init__(self) -> None:
        member = _broken(self)
        if member is not None:
            raise _bad(member)

    def encode(self) -> bytes:
        """Return the CWT claims set in deterministic CBOR."""
        award: list[object] = [
            VERSION,
            self.name,
            self.id_last4,
            self.number,
            self.series,
            self.title,
            self.specialty,
            self.level,
            self.way,
            days.to_day(self.award_date),
            [self.basis_kind, self.basis_reference],
            None if self.scope is None else [self.scope.region, self.scope.name],
        ]
        index, uri, instant = self.status.index, self.status.uri, days.to_seconds(self.issued_at)
        values = (self.issuer, instant, self.cti, index, uri, award)
        return cbor.encode_behind(zip(_KEYS, values, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedCredential:
    """The exact bytes that a key is about to sign, kept so that a second run signs the same or nothing."""

    protected: bytes
    payload: bytes

    @property
    def to_be_signed(self) -> bytes:
        """The Sig_structure (RFC 9052 section 4.4)."""
        return cose.sig_structure(self.protected, self.payload)

    def assemble(self, signature: bytes) -> CredentialBytes:
        """Return the credential. Raises MalformedError when it is larger than any reader takes."""
        return self.signed(signature).data

    def signed(self, signature: bytes) -> UnverifiedCredential:
        """Return the credential as it is read again. Raises as ``assemble``."""
        return parse(cose.assemble(self.protected, self.payload, signature))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedCredential:
    """A credential in its only form; who signed it and what it says are not checked yet."""

    data: CredentialBytes
    message: cose.UnverifiedSign1

    @property
    def key_id(self) -> bytes:
        """Which key the sender says it was."""
        return self.message.key_id

    @property
    def digest(self) -> bytes:
        """SHA-256 over all bytes: what the history's first event names."""
        return hashlib.sha256(self.data).digest()

    def check_key(self, key: AnyKey) -> VerifyKey:
        """Return ``key`` as one that can check this credential (step 2); errors as ``UnverifiedSign1.check_key``."""
        return self.message.check_key(key)

    def check_signed(self, key: AnyKey, payload: bytes) -> bool:
        """Check the signature with ``key``; whether it is over these claims, which are read already.

        Raises:
            SignatureError: the signature does not hold.
        """
        return self.message.verify(key) == payload

    def verify(self, key: AnyKey) -> Claims:
        """Return the claims after checking the signature with ``key``.

        Raises:
            SignatureError: the signature does not hold.
            MalformedError: ``bad_claims``, ``not_canonical``: signed, but not well formed.
            CannotKnowError: ``newer_format``.
        """
        return decode_claims(self.message.verify(key))


def prepare(claims: Claims, key_id: bytes) -> UnsignedCredential:
    """Return the bytes that the key with this id has to sign."""
    return UnsignedCredential(protected=cose.protected_header(key_id), payload=claims.encode())


def parse(data: bytes) -> UnverifiedCredential:
    """Check size and form (step 1 of the verdict).

    Raises:
        MalformedError: ``too_large``, ``not_recognised``, ``not_cbor``, ``not_canonical``, ``bad_header``, ``high_s``.
    """
    return UnverifiedCredential(data=CredentialBytes(data), message=cose.parse(data, max_bytes=MAX_BYTES))


def decode_claims(payload: bytes) -> Claims:
    """Read a claims set (the form part of step 4).

    Raises:
        MalformedError: ``bad_claims`` or one of CBOR's codes.
        CannotKnowError: ``newer_format``: made by a later version, which this program must not guess at.
    """
    item = cbor.decode(payload, max_bytes=MAX_BYTES)
    if not isinstance(item, dict):
        raise _bad("claims")
    # The version first: a later one may have other claims too, and "newer" is an answer where "malformed" is none.
    award = _award(item.get(AWARD))
    if item.keys() != _CLAIM_KEYS:
        raise _bad("claims")
    return _claims(item, _status(item[STATUS]), award)


def _claims(item: dict[int | str, Any], status: StatusReference, award: list[Any]) -> Claims:
    issuer, issued_at, cti, basis = item[ISS], item[IAT], item[CTI], award[10]
    if type(issuer) is not str or type(issued_at) is not int or type(cti) is not bytes:
        raise _bad("claims")
    if list(map(type, basis)) != [int, str]:
        raise _bad("basis")
    return Claims(
        issuer=issuer,
        issued_at=_in_claims("iat", days.from_seconds, issued_at),
        cti=cti,
        status=status,
        name=award[1],
        id_last4=award[2],
        number=award[3],
        series=award[4],
        title=award[5],
        specialty=award[6],
        level=award[7],
        way=award[8],
        award_date=_in_claims("award_day", days.from_day, award[9]),
        basis_kind=basis[0],
        basis_reference=basis[1],
        scope=_scope(award[11]),
    )


def _status(item: Any) -> StatusReference:
    if isinstance(item, dict) and item.keys() == {"status_list"}:
        entry = item["status_list"]
        if isinstance(entry, dict) and entry.keys() == {"idx", "uri"}:
            index, uri = entry["idx"], entry["uri"]
            if type(index) is int and type(uri) is str:
                return StatusReference(index=index, uri=uri)
    raise _bad("status")


def _award(item: Any) -> list[Any]:
    """Check version and types; ``type`` and not ``isinstance``, because true would pass for 1."""
    if not isinstance(item, list) or not item or type(item[0]) is not int:
        raise _bad("award")
    if item[0] > VERSION:
        raise CannotKnowError("newer_format", f"credential: format version {item[0]}, this program knows {VERSION}")
    if item[0] != VERSION or len(item) < AWARD_MEMBERS or list(map(type, item[: AWARD_MEMBERS - 1])) != _AWARD_TYPES:
        raise _bad("award")
    return item


def _scope(item: Any) -> Scope | None:
    if item is None:
        return None
    if not isinstance(item, list) or list(map(type, item)) != [int, str]:
        raise _bad("scope")
    return Scope(region=item[0], name=item[1])


def _bad(member: str) -> MalformedError:
    return MalformedError("bad_claims", f"credential: {member} breaks its rule (FORMAT 2)", member=member)


def _in_claims(member: str, read: Callable[[int], T], value: int) -> T:
    try:
        return read(value)
    except MalformedError as error:
        raise _bad(member) from error


def _broken(claims: Claims) -> str | None:
    """Return the first member that breaks a rule of FORMAT 2, or None."""
    return _broken_token(claims) or _broken_person(claims) or _broken_title(claims) or _broken_basis(claims)


def _broken_token(claims: Claims) -> str | None:
    if not _is_authority_id(claims.issuer):
        return "iss"
    if not (claims.issued_at.tzinfo and _FIRST_INSTANT <= claims.issued_at <= _LAST_INSTANT):
        return "iat"
    if len(claims.cti) != CTI_BYTES:
        return "cti"
    if not 0 <= claims.status.index < LIST_SIZE:
        return "idx"
    return None if _is_address(claims.status.uri) else "uri"


@lru_cache(maxsize=256)
def _is_authority_id(text: str) -> bool:
    """Kept, as addresses are: all certificates of a deployment name the same few, and neither is about a person."""
    return AUTHORITY_ID.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _is_address(text: str) -> bool:
    return len(text) <= MAX_URI and _URI.fullmatch(text) is not None


def _broken_person(claims: Claims) -> str | None:
    if not is_text(claims.name, MAX_NAME):
        return "name"
    if not _LAST4.fullmatch(claims.id_last4):
        return "id_last4"
    return None if NUMBER.fullmatch(claims.number) else "number"


def _broken_title(claims: Claims) -> str | None:
    if not 1 <= claims.series <= 255:
        return "series"
    if not 1 <= claims.title <= 65535:
        return "title"
    if claims.specialty and not is_text(claims.specialty, MAX_SPECIALTY):
        return "specialty"
    if not 1 <= claims.level <= 5:
        return "level"
    return None if 1 <= claims.way <= 9 else "way"


def _broken_basis(claims: Claims) -> str | None:
    if claims.award_date < days.EPOCH:
        return "award_day"
    if not (1 <= claims.basis_kind <= 5 and is_text(claims.basis_reference, MAX_REFERENCE)):
        return "basis"
    if (claims.way == WAY_HISTORICAL) != (claims.basis_kind == BASIS_HISTORICAL):
        return "basis"
    return None if claims.scope is None or _scope_holds(claims.scope) else "scope"


def _scope_holds(scope: Scope) -> bool:
    return 100000 <= scope.region <= 999999 and is_text(scope.name, MAX_SCOPE_NAME)


_FIRST_INSTANT, _LAST_INSTANT = days.from_seconds(0), days.from_seconds(days.MAX_INSTANT)
