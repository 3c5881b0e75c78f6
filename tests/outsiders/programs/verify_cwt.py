"""Runs with the PyPI library `cwt`: verifies credentials with a key given as JWK and as COSE key.

stdin   {"jwk": {...}, "kid": hex, "cose_key": hex, "credentials": [hex, ...]}
stdout  {"answers": [{"jwk": claims or null, "cose_key": claims or null, "error": text}, ...]}
"""

import json
import sys

import cwt
from cwt import COSEKey


def plain(value):
    """Claims as JSON: bytes in hexadecimal, map keys as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    return value


def verify(credential, key):
    """The claims, or the name of what was raised."""
    try:
        return plain(cwt.decode(credential, key)), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


given = json.load(sys.stdin)
as_jwk = COSEKey.from_jwk({**given["jwk"], "alg": "ES256", "kid": bytes.fromhex(given["kid"]).decode("latin-1")})
as_cose = COSEKey.from_bytes(bytes.fromhex(given["cose_key"]))
answers = []
for text in given["credentials"]:
    credential = bytes.fromhex(text)
    by_jwk, error = verify(credential, COSEKey.new({**as_jwk.to_dict(), 2: bytes.fromhex(given["kid"])}))
    by_cose, _ = verify(credential, as_cose)
    answers.append({"jwk": by_jwk, "cose_key": by_cose, "error": error})
json.dump({"answers": answers}, sys.stdout)
