"""Time-stamps that come out the same each time: fixed keys, fixed times, deterministic signatures, written by hand.

They are what ``issuer.documents.stamps`` would take from a service, in the one form of FORMAT 6.2, or changed in one
place.

    Sealer(certificate=leaf, chain=(), signer=key, stamper=Stamps())
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from credential.algorithms import ES256
from issuer.documents.cms import Tag, der
from tests.support.clock import NOW
from tests.support.keys import Key

TSA: Final = Key("time-stamps")
_ONE, _THREE = bytes.fromhex("020101"), bytes.fromhex("020103")
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_SHA256: Final = bytes.fromhex("300d06096086480165030402010500")
_SHA256_BARE: Final = bytes.fromhex("300b0609608648016503040201")
_ES256: Final = bytes.fromhex("300a06082a8648ce3d040302")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """It satisfies ``issuer.documents.seal.Stamps``."""

    of: bytes | None = None
    """Another signature in the place of the one that is asked about."""
    signer: Key = TSA
    """Who signs in the place of the key that the certificate names."""
    days: int = 0
    """How much later it says that it was made."""
    change: str = ""
    """``high``, ``digest``, ``two``, ``none``, ``words``, ``version``: what is not in its form."""

    def stamp(self, signature: bytes) -> bytes:
        """The token, DER."""
        info = _info(
            hashlib.sha256(signature if self.of is None else self.of).digest(), NOW + timedelta(days=self.days)
        )
        attributes = _attributes(info)
        raw = self.signer.sign(der(Tag.SET, attributes))
        r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
        digest = _SHA256_BARE if self.change == "digest" else _SHA256
        signed = der(
            Tag.SEQUENCE,
            _ONE,
            _name(),
            digest,
            der(Tag.CONTEXT_0, attributes),
            _ES256,
            der(Tag.OCTETS, encode_dss_signature(r, ES256.order - s if self.change == "high" else s)),
            *([_words()] if self.change == "words" else []),
        )
        content = cms.EncapsulatedContentInfo({"content_type": "tst_info", "content": cms.ParsableOctetString(info)})
        certificates = {"two": sorted((_der(TSA), _der(Key("another")))), "none": []}.get(self.change, [_der(TSA)])
        body = der(
            Tag.SEQUENCE,
            _ONE if self.change == "version" else _THREE,
            der(Tag.SET, digest),
            content.dump(),
            *([der(Tag.CONTEXT_0, *certificates)] if certificates else []),
            der(Tag.SET, signed),
        )
        return der(Tag.SEQUENCE, _SIGNED_DATA, der(Tag.CONTEXT_0, body))


def _info(digest: bytes, made: datetime) -> bytes:
    """What a time-stamp says (RFC 3161 section 2.4.2)."""
    imprint = {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": digest}
    stated = {"version": "v1", "policy": "1.2.156.99999.1", "message_imprint": imprint, "serial_number": 7}
    said: bytes = tsp.TSTInfo(stated | {"gen_time": made}).dump()
    return said


def _attributes(info: bytes) -> bytes:
    """The signed attributes, each in DER, in the order of DER."""
    named = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(_der(TSA)).digest()})
    stated = (
        ("content_type", "tst_info"),
        ("message_digest", hashlib.sha256(info).digest()),
        ("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [named]})),
    )
    made = [cms.CMSAttribute({"type": kind, "values": [value]}).dump() for kind, value in stated]
    return b"".join(sorted(made))


def _words() -> bytes:
    attribute = cms.CMSAttribute({"type": "content_type", "values": ["data"]}).dump()
    return der(Tag.CONTEXT_1, attribute)


def _name() -> bytes:
    certificate = asn1_x509.Certificate.load(_der(TSA))
    name = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    made: bytes = name.dump()
    return made


@cache
def _der(key: Key) -> bytes:
    """A certificate for time-stamps that signed itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"示范时间戳 {key.name}")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.private.public_key())
    builder = (
        builder.serial_number(7).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=9))
    )
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    made = builder.add_extension(usage, critical=True).sign(key.private, hashes.SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(Encoding.DER)
