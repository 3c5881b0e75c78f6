"""The one form of a seal (FORMAT 6.2): its values are taken, written again as our writer writes them, and compared.

Rules:

- The CMS object stands outside the ranges that it signs. What in it has two forms could be changed without a trace, so
  every byte must follow from values that are signed, or be signed itself.
- The signature is low-s, as everywhere (FORMAT 1.1). The chain is whole: up to a certificate that signed itself.
- One unsigned attribute is allowed: one signature time-stamp (RFC 3161), bounded, over this very signature.
- Whom to trust is asked elsewhere.

Example::

    length = der_length(container)
    certificates = check_form(container[:length], signer_der)   # the chain above the signer, in order
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from credential import sealforms
from credential.algorithms import ES256
from credential.signing import normalise_low_s
from verifier.sources.sealed import PdfAlteredError

MAX_DER_DEPTH: Final = 36
"""Nesting inside the signature; a certificate in a CMS object reaches about 14, one in a time-stamp about 26."""

_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_CONTEXT_0: Final = 0xA0
_CONTEXT_1: Final = 0xA1
_OCTETS: Final = 0x04
_BITS: Final = 0x03
_DATA: Final = bytes.fromhex("06092a864886f70d010701")


def der_length(data: bytes) -> int:
    """Where the DER object at the beginning ends. Raises PdfAlteredError: it is in no or in another encoding."""
    return _check_der(data, 0, len(data), 0)


def check_form(container: bytes, signer: asn1_x509.Certificate) -> tuple[bytes, ...]:
    """The certificates above the signer, DER, each the issuer of the one before, when every byte is in our form.

    Args:
        container: one DER object, without what stands behind it.
        signer: the certificate that the signature names.

    Raises:
        PdfAlteredError: it is not in the one form, or of another suite than ES256.
    """
    content = cms.ContentInfo.load(container, strict=True)["content"]
    if len(content["signer_infos"]) != 1 or not 0 < len(content["certificates"]) <= sealforms.MAX_CHAIN:
        raise PdfAlteredError("pdf_altered", "the signature has not one signer and a short chain")
    info = content["signer_infos"][0]
    _check_suite(info)
    signature: bytes = info["signature"].native
    _check_low_s(signature)
    token = _token(info)
    certificates = [choice.chosen.dump() for choice in content["certificates"]]
    if _written(certificates, signer, info["signed_attrs"].contents, signature, token) != container:
        raise PdfAlteredError("pdf_altered", "the signature is not written in its one form")
    if token:
        try:
            _check_token(token, signature)
        except (ValueError, TypeError, KeyError) as error:
            raise PdfAlteredError("pdf_altered", "what stands as a time-stamp is none") from error
    if certificates.count(signer.dump()) != 1:
        raise PdfAlteredError("pdf_altered", "the signature does not carry its signer's certificate once")
    chain = _chain(signer.dump(), [each for each in certificates if each != signer.dump()])
    _check_named(info, (signer.dump(), *chain))
    return chain


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _written(
    certificates: Sequence[bytes], signer: asn1_x509.Certificate, attributes: bytes, signature: bytes, token: bytes
) -> bytes:
    """The CMS object as our writer writes it (RFC 5652 section 5.1)."""
    serial = signer["tbs_certificate"]["serial_number"].dump()
    stamp = _der(_CONTEXT_1, _der(_SEQUENCE, sealforms.TIME_STAMP, _der(_SET, token))) if token else b""
    info = _der(
        _SEQUENCE,
        sealforms.VERSION_1,
        _der(_SEQUENCE, signer.issuer.dump(), serial),
        sealforms.DIGEST_FORMS["sha256"],
        _der(_CONTEXT_0, attributes),
        sealforms.ES256_FORM,
        _der(_OCTETS, signature),
        stamp,
    )
    signed_data = _der(
        _SEQUENCE,
        sealforms.VERSION_1,
        _der(_SET, sealforms.DIGEST_FORMS["sha256"]),
        _der(_SEQUENCE, _DATA),
        _der(_CONTEXT_0, *sorted(certificates)),
        _der(_SET, info),
    )
    return _der(_SEQUENCE, sealforms.SIGNED_DATA, _der(_CONTEXT_0, signed_data))


def _check_der(data: bytes, begin: int, end: int, depth: int) -> int:
    """Returns where the DER value that starts at `begin` ends; its parts fill it exactly (X.690 section 8.1)."""
    if end - begin < 2:
        raise PdfAlteredError("pdf_altered", "the signature ends inside a value")
    tag, first = data[begin], data[begin + 1]
    octets = first & 0x7F if first & 0x80 else 0
    head = begin + 2 + octets
    size = int.from_bytes(data[begin + 2 : head]) if octets else first
    # Long forms must be needed, and multi-byte tags do not occur in a signature.
    minimal = not first & 0x80 or (0 < octets <= 3 and size >= 0x80 and data[begin + 2] != 0)
    stop = head + size
    if not tag or tag & 0x1F == 0x1F or not minimal or stop > end or depth > MAX_DER_DEPTH:
        raise PdfAlteredError("pdf_altered", "the signature is not in its only encoding")
    if tag & 0x20:
        while head < stop:
            head = _check_der(data, head, stop, depth + 1)
    return stop


def _check_suite(info: cms.SignerInfo) -> None:
    stated = info["digest_algorithm"]["algorithm"].native, info["signature_algorithm"]["algorithm"].native
    if stated != ("sha256", "sha256_ecdsa") or not info["signed_attrs"].native:
        raise PdfAlteredError("pdf_altered", f"the seal uses {stated[0]} and {stated[1]}, which are not accepted")


def _check_low_s(signature: bytes) -> None:
    r, s = decode_dss_signature(signature)
    size = ES256.coordinate_bytes
    if max(r, s).bit_length() > 8 * size or min(r, s) < 1:
        raise PdfAlteredError("pdf_altered", "the signature is not one of the seal's suite")
    raw = r.to_bytes(size) + s.to_bytes(size)
    if normalise_low_s(raw) != raw or encode_dss_signature(r, s) != signature:
        raise PdfAlteredError("pdf_altered", "the signature is written in its second form (high s)")


def _token(info: cms.SignerInfo) -> bytes:
    """The one time-stamp among the unsigned attributes, empty when there is none."""
    unsigned = info["unsigned_attrs"]
    if not isinstance(unsigned, cms.CMSAttributes):
        return b""
    kinds = [attribute["type"].native for attribute in unsigned]
    if kinds != ["signature_time_stamp_token"] or len(unsigned[0]["values"]) != 1:
        raise PdfAlteredError("pdf_altered", "beside the signature stands what nobody signed")
    token: bytes = unsigned[0]["values"][0].dump()
    if len(token) > sealforms.MAX_STAMP:
        raise PdfAlteredError("pdf_altered", f"the time-stamp has {len(token)} bytes; at most {sealforms.MAX_STAMP}")
    return token


def _check_token(token: bytes, signature: bytes) -> None:
    """One time-stamp over this signature, in its one form, signed by the one certificate that it carries (RFC 3161)."""
    parsed = cms.ContentInfo.load(token, strict=True)
    content = parsed["content"]
    if parsed["content_type"].native != "signed_data" or len(content["signer_infos"]) != 1:
        raise PdfAlteredError("pdf_altered", "what stands as a time-stamp is none")
    info, stated = content["signer_infos"][0], content["encap_content_info"]
    loose = _present(content["crls"]) or _present(info["unsigned_attrs"])
    if loose or len(content["certificates"]) != 1:
        raise PdfAlteredError("pdf_altered", "the time-stamp carries more than a time-stamp needs")
    _check_imprint(stated, signature)
    signer: bytes = content["certificates"][0].chosen.dump()
    certificate = asn1_x509.Certificate.load(signer, strict=True)
    _check_token_names(info, certificate)
    if _token_written(content, info) != token:
        raise PdfAlteredError("pdf_altered", "the time-stamp is not written in its one form")
    digest = sealforms.DIGESTS.get(info["digest_algorithm"]["algorithm"].native, hashlib.sha256)
    checked = validate_sig_integrity(info, certificate, "tst_info", digest(bytes(stated["content"])).digest())
    if checked != (True, True):
        raise PdfAlteredError("pdf_altered", "the time-stamp is not signed by a certificate that it carries")


def _token_written(content: cms.SignedData, info: cms.SignerInfo) -> bytes:
    """A token as our writer writes it: what nobody signed of it has one form (FORMAT 6.2)."""
    digest = sealforms.DIGEST_FORMS.get(info["digest_algorithm"]["algorithm"].native, b"")
    algorithm = sealforms.SIGNATURE_FORMS.get(info["signature_algorithm"]["algorithm"].native, b"")
    signature: bytes = info["signature"].native
    if algorithm in sealforms.ECDSA_FORMS.values():
        _check_low(signature, content["certificates"][0].chosen)
    attributes: bytes = info["signed_attrs"].contents
    signer = _der(
        _SEQUENCE,
        sealforms.VERSION_1,
        info["sid"].chosen.dump(),
        digest,
        _der(_CONTEXT_0, attributes),
        algorithm,
        _der(_OCTETS, signature),
    )
    signed_data = _der(
        _SEQUENCE,
        sealforms.VERSION_3,
        _der(_SET, digest),
        content["encap_content_info"].dump(),
        _der(_CONTEXT_0, content["certificates"][0].chosen.dump()),
        _der(_SET, signer),
    )
    return _der(_SEQUENCE, sealforms.SIGNED_DATA, _der(_CONTEXT_0, signed_data))


def _check_low(signature: bytes, certificate: asn1_x509.Certificate) -> None:
    """An ECDSA signature has a second form, with a negated s, and each number one encoding."""
    r, s = decode_dss_signature(signature)
    order = sealforms.ORDERS.get(str(certificate.public_key.curve[1]), 0)
    if not 0 < 2 * s <= order or encode_dss_signature(r, s) != signature:
        raise PdfAlteredError("pdf_altered", "the time-stamp is signed in a second form (high s)")


def _present(part: Any) -> bool:
    return not isinstance(part, core.Void)


def _check_imprint(stated: cms.EncapsulatedContentInfo, signature: bytes) -> None:
    if stated["content_type"].native != "tst_info":
        raise PdfAlteredError("pdf_altered", "what stands as a time-stamp is none")
    imprint = tsp.TSTInfo.load(bytes(stated["content"]), strict=True)["message_imprint"]
    digest = sealforms.DIGESTS.get(imprint["hash_algorithm"]["algorithm"].native)
    if digest is None or digest(signature).digest() != imprint["hashed_message"].native:
        raise PdfAlteredError("pdf_altered", "the time-stamp is not of this signature")


def _check_token_names(info: cms.SignerInfo, certificate: asn1_x509.Certificate) -> None:
    """The token names its certificate; the hash of it stands in a signed attribute, which pyHanko compares."""
    name = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    attributes = {attribute["type"].native for attribute in info["signed_attrs"]}
    bound = attributes & {"signing_certificate", "signing_certificate_v2"}
    if info["sid"].name != "issuer_and_serial_number" or info["sid"].chosen.dump() != name.dump() or not bound:
        raise PdfAlteredError("pdf_altered", "the time-stamp does not carry the certificate that it names")


def _chain(signer: bytes, others: Sequence[bytes]) -> tuple[bytes, ...]:
    """The other certificates in order, each having signed the one before; the last signed itself.

    They stand outside the signed ranges; one that signed nothing could be exchanged, or taken away, without a trace.
    """
    current, left, ordered = signer, list(others), []
    while left:
        issuer = next((other for other in left if _name(other, "subject") == _name(current, "issuer")), None)
        if issuer is None:
            raise PdfAlteredError("pdf_altered", "the signature carries a certificate that is not of its chain")
        _check_issued(current, issuer)
        left.remove(issuer)
        ordered.append(issuer)
        current = issuer
    if _name(current, "issuer") != _name(current, "subject"):
        raise PdfAlteredError("pdf_altered", "a certificate is missing from the signature's chain")
    _check_issued(current, current)
    return tuple(ordered)


def _name(certificate: bytes, part: str) -> bytes:
    name: bytes = asn1_x509.Certificate.load(certificate, strict=True)["tbs_certificate"][part].dump()
    return name


def _check_issued(certificate: bytes, issuer: bytes) -> None:
    """The issuer signed it, and it is written in the one form of its values (RFC 5280 section 4.1.1)."""
    parts = asn1_x509.Certificate.load(certificate, strict=True)
    body, signature = parts["tbs_certificate"], parts["signature_value"].native
    written = _der(_SEQUENCE, body.dump(), body["signature"].dump(), _der(_BITS, b"\0", signature))
    try:
        above = x509.load_der_x509_certificate(issuer)
        if isinstance(above.public_key(), ec.EllipticCurvePublicKey):
            r, s = decode_dss_signature(signature)
            written = written if encode_dss_signature(r, s) == signature else b""
        x509.load_der_x509_certificate(certificate).verify_directly_issued_by(above)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise PdfAlteredError("pdf_altered", "a certificate in the signature was changed") from error
    if written != certificate:
        raise PdfAlteredError("pdf_altered", "a certificate in the signature is not written in its one form")


def _check_named(info: cms.SignerInfo, certificates: Sequence[bytes]) -> None:
    """Where the signature names more certificates than its signer's, they are the chain (RFC 5035 section 3).

    A certificate of the chain has a second form, with a negated s, and nobody can ask a stranger's issuer for low s.
    Documents sealed before the chain was named keep that one form too many.
    """
    for attribute in info["signed_attrs"]:
        if attribute["type"].native != "signing_certificate_v2":
            continue
        named = [
            (each["hash_algorithm"]["algorithm"].native, each["cert_hash"].native)
            for each in attribute["values"][0]["certs"]
        ]
        expected = [("sha256", hashlib.sha256(each).digest()) for each in certificates]
        if len(named) > 1 and (named[0] != expected[0] or sorted(named) != sorted(expected)):
            raise PdfAlteredError("pdf_altered", "the signature carries other certificates than it names")
