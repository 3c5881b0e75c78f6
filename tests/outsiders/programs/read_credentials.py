"""A second reader of credentials (FORMAT 2), written from the document alone: cbor2 5, `cryptography`, and `cwt`.

It shares no code with the project: a mistake that its writers made in two languages would have to be made a third time.

stdin   {"keys": [{"kid": hex, "x": hex, "y": hex}], "credentials": [hex, ...]}
stdout  {"answers": [{"raw": facts or null, "why": text, "cwt": facts or null}, ...]}
"""

import datetime
import json
import sys

import cbor2
import cwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
MEMBERS = ("name", "id_last4", "number", "series", "title", "specialty", "level", "way")


def demand(holds, what):
    """Refuse."""
    if not holds:
        raise ValueError(what)


def read(data, keys):
    """The facts of a credential whose signature holds."""
    demand(len(data) <= 420, "too large")
    item = cbor2.loads(data)
    # Of the maps in a credential, shortest first (RFC 7049) and bytewise (RFC 8949) are the same order.
    demand(cbor2.dumps(item, canonical=True) == data, "another encoding of the same item")
    demand(isinstance(item, cbor2.CBORTag) and item.tag == 18 and len(item.value) == 4, "no COSE_Sign1")
    protected, unprotected, payload, signature = item.value
    demand(unprotected == {}, "something in the unprotected header")
    header = cbor2.loads(protected)
    demand(cbor2.dumps(header, canonical=True) == protected, "another encoding of the same header")
    demand(header.keys() == {1, 4} and header[1] == -7 and len(header[4]) == 8, "another header")
    demand(len(signature) == 64, "another length of the signature")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    demand(0 < r < ORDER and 0 < s <= ORDER // 2, "a number of the signature out of range")
    demand(header[4].hex() in keys, "a key that nobody knows")
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    keys[header[4].hex()].verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    claims = cbor2.loads(payload)
    demand(cbor2.dumps(claims, canonical=True) == payload, "another encoding of the same claims")
    return facts(claims)


def facts(claims):
    """What the claims say, under the names of FORMAT 12.1."""
    award = claims[-65537]
    demand(claims.keys() == {1, 6, 7, 65535, -65537} and award[0] == 1, "other claims")
    scope = award[11]
    day = datetime.date(1970, 1, 1) + datetime.timedelta(days=award[9])
    return {
        **dict(zip(MEMBERS, award[1:9], strict=True)),
        "award_date": day.isoformat(),
        "basis_kind": award[10][0],
        "basis_reference": award[10][1],
        "scope_region": None if scope is None else scope[0],
        "scope_name": None if scope is None else scope[1],
        "authority": claims[1],
    }


def read_with_cwt(data, keys):
    """The same facts from the library's own reading."""
    return facts(cwt.decode(data, keys))


def attempt(work, *arguments):
    """The facts, or None and the reason; facts that JSON cannot hold are of a type that no claim has."""
    try:
        found = work(*arguments)
        json.dumps(found)
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    return found, ""


given = json.load(sys.stdin)
known, cose_keys = {}, []
for key in given["keys"]:
    x, y = bytes.fromhex(key["x"]), bytes.fromhex(key["y"])
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    known[key["kid"]] = numbers.public_key()
    cose_keys.append(cwt.COSEKey.new({1: 2, 2: bytes.fromhex(key["kid"]), 3: -7, -1: 1, -2: x, -3: y}))
answers = []
for text in given["credentials"]:
    data = bytes.fromhex(text)
    raw, why = attempt(read, data, known)
    by_cwt, _ = attempt(read_with_cwt, data, cose_keys)
    answers.append({"raw": raw, "why": why, "cwt": by_cwt})
json.dump({"answers": answers}, sys.stdout)
