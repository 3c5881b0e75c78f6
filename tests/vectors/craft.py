"""Bytes that no honest writer makes: credentials put together by hand, signed by whoever, registered or not.

Rules: everything is made of fixed keys and the claims of a usual certificate, so that every byte is the same each time.

    parts = parts_of(certificate)
    data = b"\\xd8\\x12" + parts.array          # tag 18 in two bytes
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from credential import cbor, checkcode, claims, cose
from credential.days import day_of
from credential.history import Event, EventKind, History, Registration
from credential.signing import Signer
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import ORIGIN, PROVINCE

REGISTERED: Final = datetime(2026, 7, 15, 3, 0, tzinfo=UTC)


def qr(data: bytes, origin: str = ORIGIN) -> str:
    """The QR text of any bytes, also of those that are no credential."""
    return f"{origin}/v/#{int.from_bytes(data)}"


def head(major: int, argument: int) -> bytes:
    """The shortest head of a CBOR item."""
    if argument < 24:
        return bytes([major << 5 | argument])
    width = 1 if argument < 1 << 8 else 2 if argument < 1 << 16 else 4 if argument < 1 << 32 else 8
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[width]]) + argument.to_bytes(width)


def bstr(data: bytes) -> bytes:
    """A byte string."""
    return head(2, len(data)) + data


@dataclass(frozen=True, slots=True)
class Parts:
    """The four parts of a credential, and the whole put together again in any way."""

    protected: bytes
    payload: bytes
    signature: bytes

    def whole(
        self,
        *,
        tag: bytes = b"\xd2",
        array: bytes = b"\x84",
        protected: bytes | None = None,
        unprotected: bytes = b"\xa0",
        payload: bytes | None = None,
        signature: bytes | None = None,
        end: bytes = b"",
    ) -> bytes:
        """The credential with some encoded items replaced."""
        return b"".join(
            (
                tag,
                array,
                bstr(self.protected) if protected is None else protected,
                unprotected,
                bstr(self.payload) if payload is None else payload,
                bstr(self.signature) if signature is None else signature,
                end,
            )
        )


def parts_of(credential: bytes) -> Parts:
    """Take a good credential apart."""
    message = claims.parse(credential).message
    return Parts(message.protected, message.payload, message.signature)


def signed(payload: bytes, signer: Signer, *, protected: bytes | None = None) -> bytes:
    """A COSE_Sign1 over any payload under any protected header."""
    header = cose.protected_header(signer.key_id) if protected is None else protected
    signature = signer.sign(b"\x84\x6aSignature1" + bstr(header) + b"\x40" + bstr(payload))
    return Parts(header, payload, signature).whole()


def items_of(credential: bytes) -> dict[int | str, Any]:
    """The claims of a good credential as plain items."""
    item = cbor.decode(parts_of(credential).payload, max_bytes=420)
    assert isinstance(item, dict)
    return item


def with_award(credential: bytes, changes: Mapping[int, object]) -> dict[int | str, Any]:
    """The claims with some positions of the award replaced."""
    item = items_of(credential)
    award = [changes.get(position, member) for position, member in enumerate(item[claims.AWARD])]
    return {**item, claims.AWARD: award}


def register(world: World, data: bytes, cti: bytes) -> Certificate:
    """Register bytes that ``World.issue`` would not make; the result has the usual claims."""
    event = Event(
        kind=EventKind.ISSUED,
        effective=day_of(REGISTERED),
        recorded=REGISTERED,
        authority=PROVINCE,
        document="示人社〔2026〕55号",
        detail=Registration(digest=sha256(data).digest()),
    )
    certificate = Certificate(
        claims=world.claims(cti, REGISTERED),
        credential=data,
        check_code=checkcode.make(cti, sha256(b"code" + cti).digest()[:15]),
        history=History(cti=cti, events=(event,)),
        history_signer=world.status_key,
    )
    world.certificates.append(certificate)
    return certificate


def of_size(world: World, credential: bytes, size: int) -> bytes:
    """The credential with an appended position that fills it up."""
    item = items_of(credential)
    for filler in range(size):
        data = signed(cbor.encode({**item, -65537: [*item[-65537], bytes(filler)]}), world.credential_key)
        if len(data) == size:
            return data
    raise AssertionError(f"no appended position makes {size} bytes")


def reshaped(
    world: World, change: Callable[[dict[int | str, Any]], object], *, signer: Key | None = None
) -> Certificate:
    """Issue a certificate, change its claims as items, sign them and register the result in its place."""
    usual = world.issue()
    world.certificates.remove(usual)
    payload = change(items_of(usual.credential))
    encoded = payload if isinstance(payload, bytes) else cbor.encode(payload)
    return register(world, signed(encoded, signer or world.credential_key), usual.claims.cti)
