"""Token Status Lists (draft-ietf-oauth-status-list; FORMAT 7): one small number a certificate, at a random place.

``StatusArray`` is the bare array with 1, 2, 4 or 8 bits an entry, as the specification's own vectors have it; our
tokens always use 4 bits and 2^20 entries. A token is signed as CWT and as JWT over the same array.

    array = StatusArray.zeros(bits=4, size=LIST_SIZE).with_changes({17: Status.WITHDRAWN})
    token = sign_cwt(array, uri, signer, issued_at=now, expires_at=later, ttl=3600)
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final, Self

from credential import cbor, cose, days, jose, jsonform
from credential.claims import LIST_SIZE
from credential.days import CLOCK_DIFFERENCE
from credential.errors import MalformedError, NotTrustedError
from credential.signing import AnyKey, Signer
from credential.text import from_base64url, to_base64url

BITS: Final = 4
PLAIN_BYTES: Final = LIST_SIZE * BITS // 8
MAX_PACKED: Final = 1 << 20
MAX_TOKEN: Final = 2 << 20
MAX_LIFETIME: Final = timedelta(days=7)
CWT_TYP: Final = "application/statuslist+cwt"
JWT_TYP: Final = "statuslist+jwt"
SUB, EXP, IAT, TTL, LIST = 2, 4, 6, 65534, 65533


class Word(IntEnum):
    """A number of a format that has a name: files that are signed hold the number, all else the name."""

    @property
    def word(self) -> str:
        """The name as the register stores it and as programs print it, such as ``under_review``."""
        return self.name.lower()


class Status(Word):
    """The state of a certificate, as a status list says it (Token Status List section 7.1; 12 is ours to choose)."""

    VALID = 0
    WITHDRAWN = 1
    SUSPENDED = 2
    SUPERSEDED = 3
    CANCELLED = 12


_STATUS_OF: Final = {int(status): status for status in Status}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusArray:
    """Packed entries of 1, 2, 4 or 8 bits, the first in the lowest bits of the first byte (section 4.1)."""

    bits: int
    data: bytes

    def __post_init__(self) -> None:
        if self.bits not in (1, 2, 4, 8):
            raise MalformedError("not_recognised", f"status list: {self.bits} bits an entry; 1, 2, 4 and 8 are known")

    @classmethod
    def zeros(cls, *, bits: int = BITS, size: int = LIST_SIZE) -> Self:
        """Return an array of ``size`` entries, all 0."""
        return cls(bits=bits, data=bytes(size * bits // 8))

    def __len__(self) -> int:
        return len(self.data) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        byte, offset = divmod(index * self.bits, 8)
        if not 0 <= byte < len(self.data):
            raise MalformedError("index_out_of_range", f"status list: entry {index} of {len(self)}", index=index)
        return self.data[byte] >> offset & ((1 << self.bits) - 1)

    def with_changes(self, changes: Mapping[int, int]) -> Self:
        """Return the array with some entries replaced."""
        data, mask = bytearray(self.data), (1 << self.bits) - 1
        for index, value in changes.items():
            if not 0 <= index < len(self) or not 0 <= value <= mask:
                raise MalformedError("index_out_of_range", f"status list: entry {index} := {value}", index=index)
            byte, offset = divmod(index * self.bits, 8)
            data[byte] = data[byte] & ~(mask << offset) & 0xFF | value << offset
        return type(self)(bits=self.bits, data=bytes(data))

    def pack(self) -> bytes:
        """Return the zlib form (RFC 1950) that tokens carry."""
        return zlib.compress(self.data, 9)


def unpack(packed: bytes, *, bits: int, plain_bytes: int) -> StatusArray:
    """Inflate a list of exactly ``plain_bytes`` bytes; a bomb is stopped one byte behind them.

    Raises:
        MalformedError: ``too_large``, ``not_zlib`` or ``wrong_size``.
    """
    if len(packed) > MAX_PACKED:
        raise MalformedError("too_large", f"status list: {len(packed)} bytes, at most {MAX_PACKED} are inflated")
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(packed, plain_bytes + 1)
    except zlib.error as error:
        raise MalformedError("not_zlib", "status list: not a zlib stream") from error
    if len(plain) != plain_bytes or not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
        raise MalformedError("wrong_size", f"status list: not one zlib stream of {plain_bytes} bytes")
    return StatusArray(bits=bits, data=plain)


def lists_beside(list_id: int, *, lists: int, prefix_length: int) -> range:
    """Return the ids of the lists that a reader fetches together with ``list_id``, itself among them (FORMAT 7).

    They share as many leading bits as certificates in one shard do, so that a young register beside a large plan has no
    lists that tell more than the shard.

    Args:
        list_id: 0 to ``lists`` - 1.
        lists: how many there are, a power of two.
        prefix_length: of the shards.

        >>> list(lists_beside(5, lists=8, prefix_length=1)), list(lists_beside(5, lists=8, prefix_length=9))
        ([4, 5, 6, 7], [5])
    """
    together = 1 << max(0, lists.bit_length() - 1 - prefix_length)
    first = list_id - list_id % together
    return range(first, first + together)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedStatusList:
    """A status list whose signature, address and lifetime were checked."""

    uri: str
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta
    array: StatusArray

    def status(self, index: int) -> Status:
        """Return the status at ``index``.

        Raises:
            MalformedError: ``index_out_of_range``, or ``unknown_status`` for a value no issuer of ours writes.
        """
        value = self.array[index]
        found = _STATUS_OF.get(value)
        if found is None:
            raise MalformedError("unknown_status", f"status list: value {value} at entry {index}")
        return found


def sign_cwt(
    array: StatusArray, uri: str, signer: Signer, *, issued_at: datetime, expires_at: datetime, ttl: timedelta
) -> bytes:
    """Return the Status List Token in CWT form (section 5.2); ``uri`` is the address it will lie at."""
    payload = cbor.encode(
        {
            SUB: uri,
            EXP: days.to_seconds(expires_at),
            IAT: days.to_seconds(issued_at),
            TTL: int(ttl.total_seconds()),
            LIST: {"bits": array.bits, "lst": array.pack()},
        }
    )
    return cose.sign(payload, signer, typ=CWT_TYP)


def sign_jwt(
    array: StatusArray, uri: str, signer: Signer, *, issued_at: datetime, expires_at: datetime, ttl: timedelta
) -> str:
    """Return the Status List Token in JWT form (section 5.1)."""
    payload = jsonform.encode(
        {
            "sub": uri,
            "exp": days.to_seconds(expires_at),
            "iat": days.to_seconds(issued_at),
            "ttl": int(ttl.total_seconds()),
            "status_list": {"bits": array.bits, "lst": to_base64url(array.pack())},
        }
    )
    return jose.sign(payload, signer, typ=JWT_TYP)


def verify_cwt(data: bytes, keys: Mapping[bytes, AnyKey], *, uri: str, now: datetime) -> VerifiedStatusList:
    """Check a token in CWT form against the keys that the trust list assigns to ``uri``.

    Raises:
        MalformedError: form, or ``wrong_size``.
        NotTrustedError: ``unknown_key``, ``wrong_sub``, ``lifetime``, ``not_yet_valid`` or ``expired``; SignatureError.
        CannotKnowError: ``newer_format``: the key is of a suite that this program does not know.
    """
    message = cose.parse(data, max_bytes=MAX_TOKEN, typ=CWT_TYP)
    payload = cbor.decode(_verified(message, keys), max_bytes=MAX_TOKEN)
    match payload:
        case {
            2: str(sub),
            4: int(exp),
            6: int(iat),
            65534: int(ttl),
            65533: {"bits": 4, "lst": bytes(packed), **more},
            **others,
        } if not more and not others and not _any_truth(iat, exp, ttl):
            return _verified_list(sub, iat, exp, ttl, packed, uri=uri, now=now)
    raise MalformedError("not_recognised", "status list: not the claims of FORMAT 7")


def verify_jwt(token: bytes, keys: Mapping[bytes, AnyKey], *, uri: str, now: datetime) -> VerifiedStatusList:
    """Check a token in JWT form; otherwise as ``verify_cwt``."""
    message = jose.parse(token, typ=JWT_TYP, max_bytes=MAX_TOKEN)
    payload = jsonform.decode_object(_verified(message, keys), max_bytes=MAX_TOKEN)
    match payload:
        case {
            "sub": str(sub),
            "exp": int(exp),
            "iat": int(iat),
            "ttl": int(ttl),
            "status_list": {"bits": 4, "lst": str(packed), **more},
            **others,
        } if not more and not others and not _any_truth(iat, exp, ttl):
            return _verified_list(sub, iat, exp, ttl, from_base64url(packed), uri=uri, now=now)
    raise MalformedError("not_recognised", "status list: not the claims of FORMAT 7")


def _any_truth(*values: object) -> bool:
    """Whether true or false stands where a number belongs: ``case int()`` takes both."""
    return any(isinstance(value, bool) for value in values)


def _verified(message: cose.UnverifiedSign1 | jose.UnverifiedJws, keys: Mapping[bytes, AnyKey]) -> bytes:
    key = keys.get(message.key_id)
    if key is None:
        raise NotTrustedError("unknown_key", f"status list: key {message.key_id.hex()} is not assigned to this address")
    return message.verify(key)


def _verified_list(
    sub: str, iat: int, exp: int, ttl: int, packed: bytes, *, uri: str, now: datetime
) -> VerifiedStatusList:
    if sub != uri:
        raise NotTrustedError("wrong_sub", f"status list: made for {sub[:120]!r}, expected {uri!r}")
    # The form first: what is malformed is that whatever the time, or readers would differ in what they say of it.
    if ttl < 0 or len(packed) > MAX_PACKED:
        raise MalformedError("not_recognised", "status list: ttl is negative, or more is packed than is inflated")
    issued_at, expires_at = days.from_seconds(iat), days.from_seconds(exp)
    check_lifetime(issued_at, expires_at, now=now, cap=MAX_LIFETIME, what="status list")
    return VerifiedStatusList(
        uri=uri,
        issued_at=issued_at,
        expires_at=expires_at,
        ttl=timedelta(seconds=min(ttl, int(MAX_LIFETIME.total_seconds()))),
        array=unpack(packed, bits=BITS, plain_bytes=PLAIN_BYTES),
    )


def check_lifetime(issued_at: datetime, expires_at: datetime, *, now: datetime, cap: timedelta, what: str) -> None:
    """Refuse what is not yet valid, no longer valid, or valid for longer than ``cap``.

    Raises:
        NotTrustedError: ``lifetime``, ``not_yet_valid`` or ``expired``.
    """
    if not timedelta(0) < expires_at - issued_at <= cap:
        raise NotTrustedError("lifetime", f"{what}: valid for {expires_at - issued_at}, at most {cap} is accepted")
    if issued_at > now + CLOCK_DIFFERENCE:
        raise NotTrustedError("not_yet_valid", f"{what}: made at {issued_at:%Y-%m-%dT%H:%M:%SZ}, in the future")
    if now >= expires_at:
        raise NotTrustedError("expired", f"{what}: expired at {expires_at:%Y-%m-%dT%H:%M:%SZ}")
