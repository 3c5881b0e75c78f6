"""The DER values that the seal of a document and its time-stamp are written with (FORMAT 6.2).

Rules: whoever writes a seal and whoever reads one take them from here; what is not here is in no seal. Each is a whole
value with its tag and its length (X.690), so it is compared and put in its place as bytes.

    token.startswith(...)                      # SIGNED_DATA: the content type of a CMS object (RFC 5652 section 5.1)
    ORDERS["secp256r1"]                        # the order of the group of an ECDSA key
"""

from __future__ import annotations

import hashlib
from typing import Final

from credential.algorithms import ES256

MAX_CHAIN: Final = 8
"""Certificates in a seal, and in a time-stamp; a chain has two or three."""
MAX_STAMP: Final = 16 << 10
"""Bytes of a time-stamp with its certificate, which has 2 to 4 KiB."""

VERSION_1: Final = bytes.fromhex("020101")
VERSION_3: Final = bytes.fromhex("020103")
SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
"""id-signedData (RFC 5652 section 5.1)."""
TIME_STAMP: Final = bytes.fromhex("060b2a864886f70d010910020e")
"""id-aa-timeStampToken (RFC 3161 appendix A)."""

DIGESTS: Final = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
"""By the name of the algorithm."""
DIGEST_FORMS: Final = {
    "sha256": bytes.fromhex("300d06096086480165030402010500"),
    "sha384": bytes.fromhex("300d06096086480165030402020500"),
    "sha512": bytes.fromhex("300d06096086480165030402030500"),
}
"""The identifier of each, with NULL."""
ES256_FORM: Final = bytes.fromhex("300a06082a8648ce3d040302")
ECDSA_FORMS: Final = {
    "sha256_ecdsa": ES256_FORM,
    "sha384_ecdsa": bytes.fromhex("300a06082a8648ce3d040303"),
    "sha512_ecdsa": bytes.fromhex("300a06082a8648ce3d040304"),
}
"""ecdsa-with-SHA256 and so on, without parameters (RFC 5758 section 3.2)."""
SIGNATURE_FORMS: Final = {
    **ECDSA_FORMS,
    "rsassa_pkcs1v15": bytes.fromhex("300d06092a864886f70d0101010500"),
    "sha256_rsa": bytes.fromhex("300d06092a864886f70d01010b0500"),
    "sha384_rsa": bytes.fromhex("300d06092a864886f70d01010c0500"),
    "sha512_rsa": bytes.fromhex("300d06092a864886f70d01010d0500"),
}
"""How a time-stamp may be signed."""
ORDERS: Final = {
    "secp256r1": ES256.order,
    "secp384r1": int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16
    ),
}
"""Of the groups of a time-stamp's ECDSA keys (FIPS 186-5, SP 800-186)."""
