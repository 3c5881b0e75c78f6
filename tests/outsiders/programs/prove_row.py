"""Runs with Python's standard library and `cryptography`: proves one row of a batch from an operator's statement.

It knows RFC 7515 (JWS), RFC 9162 2.1 (Merkle trees) and section 11 of FORMAT.md, and nothing of the register.

stdin   {"jwk": {...}, "token": text, "asked": [{"leaf": text, "index": n, "path": [hex, ...]}, ...]}
stdout  {"act": text, "batch": text, "size": n, "proven": [the row as JSON or null, ...]}
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256


def decoded(text):
    """Bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def payload_of(token, jwk):
    """What the token says; raises when the key did not sign it."""
    signed, _, signature = token.rpartition(".")
    header, payload = (decoded(part) for part in signed.split("."))
    assert json.loads(header)["typ"] == "titlecert-statement+jwt"
    x, y = (int.from_bytes(decoded(jwk[name]), "big") for name in ("x", "y"))
    raw = decoded(signature)
    r, s = (int.from_bytes(part, "big") for part in (raw[:32], raw[32:]))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    key.verify(encode_dss_signature(r, s), signed.encode("ascii"), ec.ECDSA(SHA256()))
    return json.loads(payload)


def root_over(leaf, index, size, path):
    """The root to which a path leads, by recursion from the top: RFC 9162 2.1.3.1 read backwards."""
    if size == 1:
        return None if path else hashlib.sha256(b"\x00" + leaf).digest()
    if not path:
        return None
    left = 1 << ((size - 1).bit_length() - 1)
    *below, sibling = path
    if index < left:
        inner = root_over(leaf, index, left, below)
        return inner and hashlib.sha256(b"\x01" + inner + sibling).digest()
    inner = root_over(leaf, index - left, size - left, below)
    return inner and hashlib.sha256(b"\x01" + sibling + inner).digest()


given = json.load(sys.stdin)
said = payload_of(given["token"], given["jwk"])
size, root = said["counts"]["waiting"], bytes.fromhex(said["digests"]["rows_root"])
proven = []
for each in given["asked"]:
    found = root_over(each["leaf"].encode(), each["index"], size, [bytes.fromhex(step) for step in each["path"]])
    proven.append(json.loads(each["leaf"]) if found == root and 0 <= each["index"] < size else None)
json.dump({"act": said["act"], "batch": said["object"]["batch"], "size": size, "proven": proven}, sys.stdout)
