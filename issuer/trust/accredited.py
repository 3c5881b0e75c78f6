"""What an accredited certification service returned, held against what was asked for (商用密码管理条例 article 30).

Rules: nothing here is believed because it came in a file. The certificate is for the requested key; it names the
authority and its credit code exactly, after NFC and with full-width signs folded; it may sign documents; every
certificate up to the root is good today; the root is one that the administrator named. A difference is an error that
says both sides. Revocation is not asked about here: no service of the network is.

    found = read_certificates(data)
    chain = check_certificate(found, owner, key=key, roots=pinned, now=now)      # the leaf first, the root last
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathError, ValidationError
from pyhanko_certvalidator.path import ValidationPath

from credential.algorithms import ES256
from credential.errors import CredentialError
from credential.sealforms import MAX_CHAIN
from credential.signing import VerifyKey
from credential.trustform import MAX_CERTIFICATE_BYTES
from issuer.errors import InputError

MAX_PEM: Final = 256 << 10
"""A chain of eight certificates has about 20 KB."""
MARKS: Final = ("演示", "演练")
"""What the certificates of demonstrations and training homes say, and no other may."""
_PURPOSES: Final = frozenset(
    {
        ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # document signing, RFC 9336
        ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # document signing, Microsoft
        ObjectIdentifier("1.2.840.113583.1.1.5"),  # signing of PDF, Adobe
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)
"""Purposes that allow to sign a document; one of them is enough, and none stated allows all."""
_ORGANIZATION_IDENTIFIER: Final = ObjectIdentifier("2.5.4.97")
_PREFIX: Final = re.compile(r"[A-Z]{3}CN-")
"""Of an organisation identifier (ETSI EN 319 412-1 section 5.1.4): scheme and country before the code."""
_FULL_WIDTH: Final = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whom a document certificate is to name."""

    name: str
    credit_code: str


def read_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a file, each once: PEM, one in DER, or PKCS #7 in either.

    Raises:
        InputError: ``certificate_form``.
    """
    found: Sequence[x509.Certificate] = ()
    if 0 < len(data) <= MAX_PEM:
        for read in (
            x509.load_pem_x509_certificates,
            lambda given: [x509.load_der_x509_certificate(given)],
            pkcs7.load_pem_pkcs7_certificates,
            pkcs7.load_der_pkcs7_certificates,
        ):
            try:
                found = read(data)
            except (ValueError, TypeError):
                continue
            break
    if not found:
        message = f"the file holds no certificate that can be read (PEM, DER or PKCS #7, at most {MAX_PEM} bytes)"
        raise InputError("certificate_form", message, most=MAX_PEM)
    return tuple(dict.fromkeys(found))


def read_root(data: bytes) -> x509.Certificate:
    """Return the root that an administrator names. Raises InputError ``certificate_form``, ``anchor_form``."""
    found = read_certificates(data)
    if len(found) != 1:
        raise InputError("anchor_form", f"a trust anchor is one certificate, the file holds {len(found)}")
    try:
        found[0].verify_directly_issued_by(found[0])
    except (InvalidSignature, ValueError, TypeError) as error:
        message = f"{_named(found[0])} did not sign itself; name the root certificate of the service"
        raise InputError("anchor_form", message) from error
    return found[0]


def own_certificate(certificates: Sequence[x509.Certificate], key: VerifyKey) -> x509.Certificate:
    """Return the certificate of a key. Raises InputError ``certificate_other_key``."""
    for each in certificates:
        if _key_of(each) == key:
            return each
    message = f"none of the {len(certificates)} certificates is for the requested key {key.key_id.hex()}"
    raise InputError("certificate_other_key", message, kid=key.key_id.hex(), count=len(certificates))


def check_certificate(
    certificates: Sequence[x509.Certificate],
    owner: Owner,
    *,
    key: VerifyKey,
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> tuple[x509.Certificate, ...]:
    """Return the chain of a document certificate, its own first and the root last, when everything holds.

    Args:
        certificates: what came back, in any order; the root may be missing.
        owner: whom it is to name.
        key: the requested key.
        roots: the trust anchors of this home.
        now: aware.

    Raises:
        InputError: ``certificate_other_key``, ``certificate_name``, ``certificate_code``,
            ``certificate_marked``, ``certificate_usage``, ``certificate_purpose``, ``certificate_size``,
            ``certificate_chain``, ``certificate_not_now``.
    """
    leaf = own_certificate(certificates, key)
    check_owner(leaf, owner)
    _check_usage(leaf)
    if len(leaf.public_bytes(Encoding.DER)) > MAX_CERTIFICATE_BYTES:
        message = f"the certificate has more than {MAX_CERTIFICATE_BYTES} bytes, which no trust list holds"
        raise InputError("certificate_size", message, most=MAX_CERTIFICATE_BYTES)
    chain = _chain(leaf, certificates, roots, now)
    for each in chain:
        _check_marks(each)
        _check_now(each, now)
    return chain


def check_owner(leaf: x509.Certificate, owner: Owner) -> None:
    """Compare whom a certificate names, exactly. Raises InputError ``certificate_name``, ``certificate_code``."""
    names = _values(leaf, NameOID.ORGANIZATION_NAME) or _values(leaf, NameOID.COMMON_NAME)
    if [folded(each) for each in names] != [folded(owner.name)]:
        stated = ", ".join(names) or "nobody"
        message = f"the certificate names {stated}, the authority is {owner.name}; have the certificate made again"
        raise InputError("certificate_name", message, stated=names, expected=owner.name)
    identifiers = [_PREFIX.sub("", folded(each), count=1) for each in _values(leaf, _ORGANIZATION_IDENTIFIER)]
    codes = [*identifiers, *(folded(each) for each in _values(leaf, NameOID.SERIAL_NUMBER))]
    if set(codes) != {owner.credit_code}:
        stated = ", ".join(codes) or "none"
        message = f"the certificate states the credit code {stated}, the authority has {owner.credit_code}"
        raise InputError("certificate_code", message, stated=tuple(codes), expected=owner.credit_code)


def folded(text: str) -> str:
    """Return a name as it is compared: NFC, full-width signs as ASCII, no blanks around it."""
    return unicodedata.normalize("NFC", text.translate(_FULL_WIDTH)).strip()


def _check_usage(leaf: x509.Certificate) -> None:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        signs = (usage.digital_signature or usage.content_commitment) and not _is_authority(leaf)
    except x509.ExtensionNotFound:
        signs = False
    if not signs:
        message = (
            "the certificate does not say that its key may sign documents (digitalSignature or nonRepudiation), or is "
            "for signing certificates"
        )
        raise InputError("certificate_usage", message)
    try:
        purposes = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return
    if not purposes & _PURPOSES:
        stated = tuple(sorted(each.dotted_string for each in purposes))
        message = f"the certificate is for {', '.join(stated)}, and not for signing documents"
        raise InputError("certificate_purpose", message, stated=stated)


def _is_authority(leaf: x509.Certificate) -> bool:
    try:
        return leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _check_marks(certificate: x509.Certificate) -> None:
    said = f"{certificate.subject.rfc4514_string()} {certificate.issuer.rfc4514_string()}"
    for mark in MARKS:
        if mark in said:
            message = f"the certificate says {mark}: it is of a demonstration or of training, and seals nothing real"
            raise InputError("certificate_marked", message, mark=mark)


def _check_now(certificate: x509.Certificate, now: datetime) -> None:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begin <= now <= end:
        message = f"{_named(certificate)} is good from {begin:%Y-%m-%d} to {end:%Y-%m-%d}, not on {now:%Y-%m-%d}"
        raise InputError("certificate_not_now", message, subject=_named(certificate), begin=begin, end=end)


def _chain(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], now: datetime
) -> tuple[x509.Certificate, ...]:
    """The path to one of the roots, validated as RFC 5280 says. Raises InputError ``certificate_chain``."""
    context = ValidationContext(
        trust_roots=[_asn1(each) for each in roots],
        other_certs=[_asn1(each) for each in others],
        allow_fetching=False,
        moment=now,
    )
    validator = CertificateValidator(_asn1(leaf), validation_context=context)
    try:
        path: ValidationPath = asyncio.run(validator.async_validate_path())
    except (PathBuildingError, PathError, ValidationError) as error:
        for each in (*others, *roots):
            _check_now(each, now)  # a certificate that is over is named
        message = f"no chain leads from the certificate to a trust anchor of this home: {error}"
        raise InputError("certificate_chain", message, roots=tuple(_named(each) for each in roots)) from error
    links = [x509.load_der_x509_certificate(each.dump()) for each in path.iter_certs(include_root=True)]
    chain = tuple(reversed(links))
    if len(chain) > MAX_CHAIN:
        message = f"the chain has {len(chain)} certificates, readers take at most {MAX_CHAIN}"
        raise InputError("certificate_chain", message, roots=tuple(_named(each) for each in roots))
    return chain


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _key_of(certificate: x509.Certificate) -> VerifyKey | None:
    public_key = certificate.public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey) or not ES256.has_curve_of(public_key):
        return None
    try:
        return VerifyKey.from_public_key(public_key)
    except CredentialError:
        return None


def _values(certificate: x509.Certificate, kind: ObjectIdentifier) -> list[str]:
    return [str(each.value) for each in certificate.subject.get_attributes_for_oid(kind)]


def _named(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()
