"""A demonstration X.509 chain for document seals: one root and one document certificate.

Rules: certificates for government seals come from an accredited certification service (商用密码管理条例 art. 30).
A chain that we make ourselves proves nothing to anybody but us, so each of its names says 演示 and DEMONSTRATION, or in
a training home 演练 and TRAINING. The
trust list binds the document certificate to its authority by its exact bytes; the chain is for PDF readers.

Time and serial numbers' randomness are arguments.

Example::

    root, leaf = make_demonstration_chain(
        root_key, document_key, authority_name="示范省人力资源和社会保障厅", credit_code="11990000MB0000001X", now=now
    )
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from credential.algorithms import ES256

DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning, RFC 9336."""

# Poppler's pdfsig asks NSS whether the certificate may sign mail, because NSS knows no document signing; without this
# second purpose it reports an unknown problem. Naming both is still narrower than naming none, which allows all.
_PURPOSES: Final = (DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)

ROOT_LIFETIME: Final = timedelta(days=3650)
LEAF_LIFETIME: Final = timedelta(days=1095)
"""Three years: as long as a committee's filing; a new document certificate is an entry in the trust list."""

BACKDATE: Final = timedelta(hours=1)
"""Certificates begin a little before they are made, for readers whose clocks are slow."""

_MAX_NAME: Final = 64
"""ub-organization-name and ub-common-name, RFC 5280 appendix A; counted in bytes, which is the stricter reading."""

_SERIAL_BYTES: Final = 16
_ROOT: Final = 0
_LEAF: Final = 1


class Mark(StrEnum):
    """What the names of a chain of ours say; no accredited service writes either."""

    DEMONSTRATION = "演示"
    TRAINING = "演练"


def make_demonstration_chain(
    root_key: ec.EllipticCurvePrivateKey,
    document_key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey,
    *,
    authority_name: str,
    credit_code: str,
    now: datetime,
    mark: Mark = Mark.DEMONSTRATION,
    leaf_lifetime: timedelta = LEAF_LIFETIME,
    token_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[x509.Certificate, x509.Certificate]:
    """A self-signed root and a document certificate under it, both marked.

    Args:
        root_key: signs both; keep it apart from every key that titlecert uses.
        document_key: the document key, or only its public half.
        authority_name: the authority's name; cut to what a certificate's name may hold.
        credit_code: its unified social credit code.
        now: aware instant; both certificates begin one hour before it.
        mark: what their names say.

    Raises:
        ValueError: `now` is naive, or a key is on another curve than suite 1's.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    public_key = document_key if isinstance(document_key, ec.EllipticCurvePublicKey) else document_key.public_key()
    if not (ES256.has_curve_of(root_key) and ES256.has_curve_of(public_key)):
        raise ValueError(f"both keys must be on {ES256.crv}")
    begin = now.astimezone(UTC).replace(microsecond=0) - BACKDATE
    root = _root(root_key, begin, _serial(token_bytes, _ROOT), mark)
    end = min(begin + leaf_lifetime, root.not_valid_after_utc)
    name = _leaf_name(authority_name, credit_code, mark)
    leaf = _leaf(root_key, root, public_key, name=name, validity=(begin, end), serial=_serial(token_bytes, _LEAF))
    return root, leaf


def _serial(token_bytes: Callable[[int], bytes], kind: int) -> int:
    # Positive and at most 20 bytes (RFC 5280 section 4.1.2.2): the top bit is cleared, the next one set. The last bit
    # is the kind: readers find the signer by issuer and number, which root and leaf must never share.
    raw = bytearray(token_bytes(_SERIAL_BYTES))
    raw[0] = (raw[0] & 0x7F) | 0x40
    raw[-1] = (raw[-1] & 0xFE) | kind
    return int.from_bytes(raw)


def _root_name(mark: Mark) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"titlecert {mark} {mark.name}"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"职称证书{mark}根 {mark.name} ROOT"),
        ]
    )


def _cut(text: str, limit: int) -> str:
    """The longest beginning of `text` that has at most `limit` bytes in UTF-8."""
    return text.encode()[:limit].decode(errors="ignore")


def _leaf_name(authority_name: str, credit_code: str, mark: Mark) -> x509.Name:
    suffix = f"（{mark}）"
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _cut(authority_name, _MAX_NAME)),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{mark} {mark.name}"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, _cut(credit_code, _MAX_NAME)),
            x509.NameAttribute(NameOID.COMMON_NAME, _cut(authority_name, _MAX_NAME - len(suffix.encode())) + suffix),
        ]
    )


def _key_usage(**used: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: used.get(name, False) for name in names})


def _root(key: ec.EllipticCurvePrivateKey, begin: datetime, serial: int, mark: Mark) -> x509.Certificate:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_root_name(mark))
        .issuer_name(_root_name(mark))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(begin + ROOT_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    root_key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    public_key: ec.EllipticCurvePublicKey,
    *,
    name: x509.Name,
    validity: tuple[datetime, datetime],
    serial: int,
) -> x509.Certificate:
    root_identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(root.subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        # contentCommitment is the newer name of nonRepudiation.
        .add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_identifier), critical=False)
        .sign(root_key, hashes.SHA256())
    )
