"""A certification service that does not exist: a root, an issuing certificate under it, and what it returns.

Its names say neither 演示 nor 演练, because what it makes stands for what an accredited service makes. Nobody else's
program trusts it.

    service = Service(NOW)
    leaf = service.certify(request_pem)
    returned = service.returned(leaf)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID, ObjectIdentifier

from tests.support.keys import Key

DAY: Final = timedelta(days=1)
YEAR: Final = timedelta(days=365)
ORGANIZATION_IDENTIFIER: Final = ObjectIdentifier("2.5.4.97")
DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
EMAIL: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.4")
TIME_STAMPING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.8")
SERVER: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.1")
SIGNS: Final = ("digital_signature", "content_commitment")
_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def key_usage(used: Sequence[str]) -> x509.KeyUsage:
    """What a certificate's key may do."""
    return x509.KeyUsage(**{name: name in used for name in _USAGES})


def subject(name: str, code: str, **more: str) -> x509.Name:
    """Whom a certificate names."""
    stated = [
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, name),
        (ORGANIZATION_IDENTIFIER, more.get("identifier", f"NTRCN-{code}")),
        (NameOID.SERIAL_NUMBER, code),
    ]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in stated if value])


@dataclass(slots=True)
class Service:
    """The service; two of one name have the same keys, of another name others."""

    now: datetime
    name: str = "示范电子认证服务有限公司"
    root_key: ec.EllipticCurvePrivateKey = field(init=False, repr=False)
    issuing_key: ec.EllipticCurvePrivateKey = field(init=False, repr=False)
    root: x509.Certificate = field(init=False)
    issuing: x509.Certificate = field(init=False)
    _serial: int = 1000

    def __post_init__(self) -> None:
        self.root_key, self.issuing_key = Key(f"{self.name} root").private, Key(f"{self.name} issuing").private
        self.root = self._authority("根", self.root_key.public_key(), None)
        self.issuing = self._authority("签发", self.issuing_key.public_key(), self.root)

    @property
    def anchor(self) -> bytes:
        """The root certificate, PEM."""
        return self.root.public_bytes(Encoding.PEM)

    def certify(self, request: bytes, **changes: Any) -> x509.Certificate:
        """Certify a request: its subject and key, for three years, for signing documents.

        Args:
            request: PKCS #10, PEM.
            changes: ``subject``, ``begin``, ``end``, ``usage``, ``purposes``, ``key`` in the place of the usual ones.
        """
        asked = x509.load_pem_x509_csr(request)
        assert asked.is_signature_valid
        return self.certificate(**{"subject": asked.subject, "key": asked.public_key(), **changes})

    def certificate(self, **said: Any) -> x509.Certificate:
        """A certificate for whom and what is said."""
        self._serial += 1
        builder = (
            x509.CertificateBuilder()
            .subject_name(said["subject"])
            .issuer_name(self.issuing.subject)
            .public_key(said["key"])
            .serial_number(self._serial)
            .not_valid_before(said.get("begin", self.now - DAY))
            .not_valid_after(said.get("end", self.now + 3 * YEAR))
            .add_extension(x509.BasicConstraints(ca=said.get("ca", False), path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(said["key"]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuing_key.public_key()), critical=False
            )
        )
        usage, purposes = said.get("usage", SIGNS), said.get("purposes", (DOCUMENT_SIGNING, EMAIL))
        if usage:
            builder = builder.add_extension(key_usage(usage), critical=True)
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=said.get("critical", False))
        return builder.sign(self.issuing_key, hashes.SHA256())

    def returned(self, leaf: x509.Certificate) -> bytes:
        """What comes back: the certificate and the one that issued it, PEM, without the root."""
        return leaf.public_bytes(Encoding.PEM) + self.issuing.public_bytes(Encoding.PEM)

    def container(self, key: ec.EllipticCurvePrivateKey, leaf: x509.Certificate, password: bytes) -> bytes:
        """A PKCS #12 file with a key that the service made."""
        return pkcs12.serialize_key_and_certificates(
            b"seal", key, leaf, [self.issuing, self.root], BestAvailableEncryption(password)
        )

    def _authority(self, what: str, key: ec.EllipticCurvePublicKey, above: x509.Certificate | None) -> x509.Certificate:
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.name),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{self.name}{what}"),
            ]
        )
        self._serial += 1
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if above is None else above.subject)
            .public_key(key)
            .serial_number(self._serial)
            .not_valid_before(self.now - YEAR)
            .not_valid_after(self.now + 9 * YEAR)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(key_usage(("key_cert_sign", "crl_sign")), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), critical=False
            )
            .sign(self.root_key, hashes.SHA256())
        )
