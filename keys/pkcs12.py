"""Reading a PKCS #12 file (RFC 7292), as certification services hand out a key with its certificates.

Rules: the file is read and left as it is. Its key is taken when it is of suite 1, because no other could seal here.
Nothing of the file is shown in an error.

    content = read_pkcs12(data, b"password")
    store.take(KeyUse.DOCUMENT, content.private_key, passphrase, now, "document sf-hrss")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from credential.algorithms import ES256
from keys.errors import ContainerError

MAX_BYTES: Final = 256 << 10
"""A key with a chain of eight certificates has about 20 KB."""
_BEGINS: Final = 0x30


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs12:
    """A private key with the certificates that came with it."""

    private_key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificates: tuple[x509.Certificate, ...]
    """The key's own first."""


def read_pkcs12(data: bytes, password: bytes) -> Pkcs12:
    """Return what a PKCS #12 file holds.

    Args:
        data: the file.
        password: its password; may be empty.

    Raises:
        ContainerError: ``pkcs12_form``: too large, or no PKCS #12; ``pkcs12_password``: the password does not open it;
            ``pkcs12_key``: no key on the curve of suite 1, or no certificate of it.
    """
    if len(data) > MAX_BYTES or data[:1] != bytes([_BEGINS]):
        message = f"this is no PKCS #12 file, or one of more than {MAX_BYTES} bytes"
        raise ContainerError("pkcs12_form", message, most=MAX_BYTES)
    try:
        found = pkcs12.load_pkcs12(data, password or None)
    except (ValueError, TypeError) as error:
        if "password" not in str(error).lower():
            raise ContainerError("pkcs12_form", "this is no PKCS #12 file that can be read", most=MAX_BYTES) from None
        raise ContainerError("pkcs12_password", "the password does not open the PKCS #12 file") from None
    key = found.key
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not ES256.has_curve_of(key) or found.cert is None:
        message = f"the PKCS #12 file holds no {ES256.kty} key on {ES256.crv} with its certificate"
        raise ContainerError("pkcs12_key", message, curve=ES256.crv)
    others = tuple(each.certificate for each in found.additional_certs)
    return Pkcs12(private_key=key, certificates=(found.cert.certificate, *others))
