"""What the tests of the formats share: keys that are public and worthless, and one certificate's claims.

Every key comes from a fixed sentence, and signatures are deterministic (RFC 6979), so the same call gives the same
bytes on every machine.

    issuer = signer("credential")
    data = credential(claims(), issuer)
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from credential.algorithms import ES256
from credential.claims import Claims, CredentialBytes, StatusReference, prepare
from credential.contacts import Contact
from credential.history import Event, EventKind, History, Registration, Replaced
from credential.outcomes import STEPS, InputNote, Reason, Source, StepResult, Warn
from credential.signing import KeyId, VerifyKey, normalise_low_s
from credential.verdict import ContactFacts, Design, FaceFacts, Host, Proven, Verdict

NOW = datetime(2026, 11, 21, 2, 0, 0, tzinfo=UTC)
CTI = bytes.fromhex("3f8a11c2d4e5061728394a5b6c7d8e9f")
ORIGIN = "https://zc.shifan.example"
"""25 characters: the length of host that the size rules of FORMAT 3 speak of."""
STATUS_URI = f"{ORIGIN}/p/status/0.cwt"
"""Shows what a real address looks like; nothing is fetched from it."""


class TestSigner:
    """A key from a fixed sentence."""

    __test__ = False

    def __init__(self, name: str) -> None:
        seed = hashlib.sha256(b"titlecert, a public and worthless test key: " + name.encode()).digest()
        self.private = ec.derive_private_key(int.from_bytes(seed) % (ES256.order - 1) + 1, ES256.curve)
        self.key = VerifyKey.from_public_key(self.private.public_key())

    @property
    def key_id(self) -> KeyId:
        return self.key.key_id

    def sign(self, message: bytes) -> bytes:
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self.private.sign(message, algorithm))
        return normalise_low_s(r.to_bytes(32) + s.to_bytes(32))


@cache
def signer(name: str) -> TestSigner:
    return TestSigner(name)


def high_s(signature: bytes) -> bytes:
    """The second valid form of a signature, which every reader refuses."""
    return signature[:32] + (ES256.order - int.from_bytes(signature[32:])).to_bytes(32)


CLAIMS = Claims(
    issuer="province",
    issued_at=NOW,
    cti=CTI,
    status=StatusReference(index=734_211, uri=STATUS_URI),
    name="王䶮",
    id_last4="380X",
    number="SF2026-0000001",
    series=5,
    title=502,
    specialty="建筑施工",
    level=2,
    way=1,
    award_date=date(2026, 10, 30),
    basis_kind=1,
    basis_reference="示评备〔2025〕012号",
    scope=None,
)


def claims(**changes: Any) -> Claims:
    return replace(CLAIMS, **changes)


def credential(of: Claims = CLAIMS, by: TestSigner | None = None) -> CredentialBytes:
    by = by or signer("credential")
    unsigned = prepare(of, by.key_id)
    return unsigned.assemble(by.sign(unsigned.to_be_signed))


def event(kind: EventKind, day: date, **more: Any) -> Event:
    """An event that was recorded at ten in the morning of the day it takes effect."""
    recorded = datetime(day.year, day.month, day.day, 2, 0, 0, tzinfo=UTC)
    return Event(**{"kind": kind, "effective": day, "recorded": recorded, "authority": "province", **more})


def issued(of: bytes | None = None, replaces: Replaced | None = None, **more: Any) -> Event:
    digest = hashlib.sha256(credential() if of is None else of).digest()
    detail = Registration(digest=digest, replaces=replaces)
    return event(EventKind.ISSUED, date(2026, 11, 21), detail=detail, **more)


def history(*later: Event) -> History:
    return History(cti=CTI, events=(issued(), *later))


PROVEN = Proven(
    claims=CLAIMS,
    series_name=None,
    title_name=None,
    authority_name="示范省人力资源和社会保障厅",
    issued_on=date(2026, 7, 15),
    replaces=Replaced(number="SF2025-00007", counted_from=date(2026, 7, 1)),
    committee_name=None,
)
FACE = FaceFacts(
    sex=2,
    employer="示范设计院",
    photo="ab" * 32,
    birth_month="1990-02",
    design=Design(id="plain", version=3, digest="cd" * 32),
    licence="1.2.156.3005.2",
    printed=(("编号", "7"),),
    unknown=1,
)
VERDICT = Verdict(
    reason=Reason.KEY_NOT_GOOD,
    step=5,
    source=Source.PICTURE,
    genuine=False,
    in_force=None,
    file_unaltered=None,
    demonstration=True,
    proven=PROVEN,
    face=FACE,
    standing=None,
    successor="SF2026-90001",
    key_compromised_on=date(2026, 7, 1),
    contact=ContactFacts(
        authority="demo-hrss",
        authority_name="示范省人力资源和社会保障厅",
        authority_name_en="Demo",
        en=Contact(),
        zh=Contact(address="示范市", hours="九时", telephone="0000-1234567", web="https://hrss.example/"),
    ),
    status_time=None,
    checked_at=NOW,
    at=None,
    host=Host(found="zc.example", official=None),
    input_notes=(InputNote.BLANKS_IGNORED,),
    warnings=(Warn.FACE_NEWER,),
    steps=(StepResult.PASS,) * STEPS,
)
"""Everything at once, whether or not a check can say it."""
