"""A second reader of published faces (FORMAT 5, 6, 6.1), from the document alone: cbor2 5 and `cryptography`.

It shares no code with the project. What it is given is a shard, the bytes of credentials, and the status keys.

stdin   {"keys": [{"kid": hex, "x": hex, "y": hex}], "asked": [{"shard": hex, "credential": hex}, ...]}
stdout  {"answers": [{"face": members or null, "why": text}, ...]}
"""

import hashlib
import hmac
import json
import sys

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIZES = (512, 1024, 2048, 4096, 8192, 16384)
NAMES = {1: "sex", 2: "employer", 3: "photo", 4: "birth_month", 5: "design", 6: "licence", 7: "printed"}


def demand(holds, what):
    """Refuse."""
    if not holds:
        raise ValueError(what)


def derive(secret, info, length):
    """HKDF-SHA-256 (RFC 5869) with an empty salt, for at most 32 bytes."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:length]


def plaintext(shard, kind, secret):
    """What the record of this kind holds, or None when the shard has none."""
    label = b"titlecert/v1/" + kind
    locator = derive(secret, label + b"/locator", 16)
    found = [record for record in cbor2.loads(shard)[3] if record[:16] == locator]
    if not found:
        return None
    key = derive(secret, label + b"/key/" + locator, 32)
    padded = AESGCM(key).decrypt(found[0][16:28], found[0][28:], label + locator)
    end = 2 + int.from_bytes(padded[:2], "big")
    demand(len(padded) == min(size for size in SIZES if size >= end) and not any(padded[end:]), "another padding")
    return padded[2:end]


def signed(data, typ, keys, longest):
    """The payload of a message by a status key."""
    demand(len(data) <= longest, "too large")
    item = cbor2.loads(data)
    demand(isinstance(item, cbor2.CBORTag) and item.tag == 18 and len(item.value) == 4, "no COSE_Sign1")
    protected, unprotected, payload, signature = item.value
    header = cbor2.loads(protected)
    demand(
        unprotected == {} and header.keys() == {1, 4, 16} and header[1] == -7 and header[16] == typ, "another header"
    )
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    demand(len(signature) == 64 and 0 < r < ORDER and 0 < s <= ORDER // 2, "another form of the signature")
    structure = cbor2.dumps(["Signature1", protected, b"", payload])
    keys[header[4].hex()].verify(utils.encode_dss_signature(r, s), structure, ec.ECDSA(hashes.SHA256()))
    return cbor2.loads(payload)


def read(shard, credential, keys):
    """The members of a credential's face, under the names of FORMAT 12.1; None when it has none."""
    cti = cbor2.loads(cbor2.loads(credential).value[2])[7]
    digest = hashlib.sha256(credential).digest()
    data = plaintext(shard, b"face", cti)
    if data is None:
        return None
    payload = signed(data, "application/titlecert-face+cbor", keys, 4000)
    demand(type(payload[0]) is int and payload[0] == 1 and len(payload) == 4, "another version")
    demand(payload[1] == cti and payload[2] == digest, "the face of another certificate")
    return shown(payload[3])


def shown(members):
    """The members as a verdict has them. That their texts keep to their rules is not asked here."""
    known = {NAMES[key]: value for key, value in members.items() if key in NAMES}
    face = {name: known.get(name) for name in NAMES.values()}
    if face["photo"] is not None:
        face["photo"] = face["photo"].hex()
    if face["design"] is not None:
        identifier, version, files = face["design"]
        face["design"] = {"id": identifier, "version": version, "digest": files.hex()}
    return {**face, "printed": face["printed"] or [], "unknown": len(members) - len(known)}


given = json.load(sys.stdin)
known = {}
for key in given["keys"]:
    x, y = (int.from_bytes(bytes.fromhex(key[name]), "big") for name in ("x", "y"))
    known[key["kid"]] = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
answers = []
for each in given["asked"]:
    try:
        face = read(bytes.fromhex(each["shard"]), bytes.fromhex(each["credential"]), known)
        json.dumps(face)
        answers.append({"face": face, "why": ""})
    except Exception as error:
        answers.append({"face": None, "why": f"{type(error).__name__}: {error}"})
json.dump({"answers": answers}, sys.stdout)
