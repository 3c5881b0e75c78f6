"""A certificate request (PKCS #10, RFC 2986) for a document key: what an accredited service is asked to certify.

Rules: the subject is the authority's legal name as organisation, and its unified social credit code both as
``organizationIdentifier`` (2.5.4.97) and as ``serialNumber``, because services take the one or the other. Nothing is
cut: what does not fit is left out of the common name, never shortened. The key signs through the ``Signer``
seam, so one in a token signs as one in a file does.

    pem = certificate_request(signer, key, name="示范省人力资源和社会保障厅", credit_code="11990000000010014J")
"""

from __future__ import annotations

from typing import Final

from asn1crypto import algos, core, csr, keys, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from credential.signing import Signer, VerifyKey

_MAX_COMMON_NAME: Final = 64
"""ub-common-name, RFC 5280 appendix A; counted in bytes, which is the stricter reading."""
_LABEL: Final = "CERTIFICATE REQUEST"


def certificate_request(signer: Signer, key: VerifyKey, *, name: str, credit_code: str) -> bytes:
    """Return the request as PEM, checked as whoever receives it will.

    Args:
        signer: signs with the key that is to be certified.
        key: its public half.
        name: the authority's legal name.
        credit_code: its unified social credit code.

    Raises:
        SignatureError: the signer is not of this key.
    """
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": _subject(name, credit_code),
            "subject_pk_info": keys.PublicKeyInfo.load(
                key.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            ),
            "attributes": csr.CRIAttributes([_wanted_extensions()]),
        }
    )
    raw = signer.sign(info.dump())
    key.verify(raw, info.dump())
    signature = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": signature,
        }
    )
    written: bytes = pem.armor(_LABEL, request.dump())
    assert x509.load_pem_x509_csr(written).is_signature_valid
    return written


def _subject(name: str, credit_code: str) -> asn1_x509.Name:
    stated = [("country_name", "CN"), ("organization_name", name), ("organization_identifier", f"NTRCN-{credit_code}")]
    stated += [("serial_number", credit_code)]
    stated += [("common_name", name)] if len(name.encode()) <= _MAX_COMMON_NAME else []
    sets = [
        asn1_x509.RelativeDistinguishedName([asn1_x509.NameTypeAndValue({"type": kind, "value": _string(kind, value)})])
        for kind, value in stated
    ]
    return asn1_x509.Name(name="", value=asn1_x509.RDNSequence(sets))


def _string(kind: str, value: str) -> core.Asn1Value:
    """Country and serial number are PrintableString (RFC 5280 appendix A), the others UTF-8."""
    if kind in {"country_name", "serial_number"}:
        return core.PrintableString(value)
    return asn1_x509.DirectoryString(name="utf8_string", value=core.UTF8String(value))


def _wanted_extensions() -> csr.CRIAttribute:
    """What the certificate is for: signatures, which the signer does not deny later."""
    usage = asn1_x509.KeyUsage({"digital_signature", "non_repudiation"})
    extension = asn1_x509.Extension({"extn_id": "key_usage", "critical": True, "extn_value": usage})
    return csr.CRIAttribute({"type": "extension_request", "values": [asn1_x509.Extensions([extension])]})
