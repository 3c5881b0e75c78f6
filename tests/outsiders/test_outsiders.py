"""Other people's implementations read what we write, and refuse what was changed.

Each program runs in a process of its own and knows nothing of this project; JSON goes in and out.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from PIL import Image

from credential import cbor, cose, jose, qrtext
from credential.statuslist import LIST_SIZE, Status, StatusArray, sign_cwt, sign_jwt, unpack
from credential.text import from_base64url, to_base64url
from tests.credential.made import CLAIMS, CTI, STATUS_URI, claims, credential, signer
from tests.credential.test_sizes import ORIGIN, SAMPLES, sample
from tests.credential.test_statuslist import BY as STATUS_SIGNER
from tests.credential.test_statuslist import TIMES, VECTORS
from tests.support.tools import require_tool

pytestmark = pytest.mark.outsider

PROGRAMS = Path(__file__).parent / "programs"
BY = signer("credential")
DATA = credential()


def run(program: str, name: str | Path, given: dict[str, Any]) -> dict[str, Any]:
    """Run one of the programs, or the one at an absolute path, with ``given`` and return what it answers."""
    command = [program, str(PROGRAMS / name)]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def cose_key() -> bytes:
    """The key as an outsider would be handed it: a COSE_Key with kid and alg (RFC 9052 section 7)."""
    return cbor.encode({1: 2, 2: BY.key_id, 3: -7, -1: 1, -2: BY.key.x, -3: BY.key.y})


def test_cwt_reads_the_same_claims_and_refuses_what_was_changed(outsiders_python: str) -> None:
    payload = DATA.index(CLAIMS.encode()) * 8
    changed = [flipped(DATA, bit) for bit in (payload + 100, payload + 700, len(DATA) * 8 - 1)]
    given = {
        "jwk": BY.key.to_jwk(),
        "kid": BY.key_id.hex(),
        "cose_key": cose_key().hex(),
        "credentials": [data.hex() for data in (DATA, credential(claims(way=9, basis_kind=5)), *changed)],
    }
    good, historical, *refused = run(outsiders_python, "verify_cwt.py", given)["answers"]
    expected = {
        "1": "province",
        "6": 1795226400,
        "7": CTI.hex(),
        "65535": {"status_list": {"idx": 734211, "uri": STATUS_URI}},
        "-65537": [
            1,
            "王䶮",
            "380X",
            "SF2026-0000001",
            5,
            502,
            "建筑施工",
            2,
            1,
            20756,
            [1, "示评备〔2025〕012号"],
            None,
        ],
    }
    assert good["jwk"] == good["cose_key"] == expected
    assert historical["jwk"]["-65537"][8:11] == [9, 20756, [5, "示评备〔2025〕012号"]]
    assert [answer["jwk"] for answer in refused] == [answer["cose_key"] for answer in refused] == [None] * 3


@pytest.mark.slow
def test_cwt_refuses_another_key(outsiders_python: str) -> None:
    other = signer("somebody else")
    given = {
        "jwk": other.key.to_jwk(),
        "kid": BY.key_id.hex(),
        "cose_key": cbor.encode({1: 2, 2: BY.key_id, 3: -7, -1: 1, -2: other.key.x, -3: other.key.y}).hex(),
        "credentials": [DATA.hex()],
    }
    (answer,) = run(outsiders_python, "verify_cwt.py", given)["answers"]
    assert (answer["jwk"], answer["cose_key"]) == (None, None)
    assert "VerifyError" in answer["error"]


def test_token_status_list_decodes_our_arrays_and_we_decode_its(outsiders_python: str) -> None:
    ours = StatusArray.zeros().with_changes({0: 1, 17: 2, 18: 3, LIST_SIZE - 1: 12})
    arrays = [{"bits": 4, "lst": to_base64url(ours.pack()), "indexes": [0, 1, 17, 18, LIST_SIZE - 1]}]
    arrays += [
        {"bits": vector["bits"], "lst": vector["lst"], "indexes": [int(index) for index in vector["values"]]}
        for vector in VECTORS
    ]
    write = [{"bits": vector["bits"], "size": LIST_SIZE, "values": vector["values"]} for vector in VECTORS]
    answer = run(outsiders_python, "status_list.py", {"arrays": arrays, "write": write})
    assert answer["read"][0] == {"size": LIST_SIZE, "values": [1, 0, 2, 3, 12]}
    for vector, found, written in zip(VECTORS, answer["read"][1:], answer["written"], strict=True):
        bits = vector["bits"]
        assert found == {"size": LIST_SIZE, "values": list(vector["values"].values())}
        array = unpack(from_base64url(written), bits=bits, plain_bytes=LIST_SIZE * bits // 8)
        assert array == unpack(from_base64url(vector["lst"]), bits=bits, plain_bytes=LIST_SIZE * bits // 8)


def test_token_status_list_takes_the_list_out_of_our_tokens(outsiders_python: str) -> None:
    """The library of this version has no parser for tokens, so it is handed what the token's payload holds."""
    array = StatusArray.zeros().with_changes({734211: Status.WITHDRAWN, 5: Status.CANCELLED})
    token = sign_jwt(array, STATUS_URI, STATUS_SIGNER, **TIMES)  # type: ignore[arg-type]
    as_jwt = json.loads(from_base64url(token.split(".")[1]))["status_list"]
    message = cose.parse(
        sign_cwt(array, STATUS_URI, STATUS_SIGNER, **TIMES),  # type: ignore[arg-type]
        max_bytes=1 << 20,
        typ="application/statuslist+cwt",
    )
    as_cwt = cbor.decode(message.payload, max_bytes=1 << 20)[65533]  # type: ignore[index, call-overload]
    listed = {"bits": as_cwt["bits"], "lst": to_base64url(as_cwt["lst"])}
    arrays = [{**entry, "indexes": [734211, 5, 6]} for entry in (as_jwt, listed)]
    answer = run(outsiders_python, "status_list.py", {"arrays": arrays, "write": []})
    assert answer["read"] == [{"size": LIST_SIZE, "values": [1, 12, 0]}] * 2
    assert answer["parsers"] == []


@pytest.mark.parametrize("row", SAMPLES.values(), ids=SAMPLES.keys())
def test_zxing_reads_our_qr_text_from_a_picture(row: dict[str, Any], tmp_path: Path) -> None:
    text = qrtext.encode(credential(sample(row)), ORIGIN)
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = tmp_path / "qr.png"
    Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=4, add_quiet_zones=True)).save(picture)
    with Image.open(picture) as image:
        (found,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    assert found.text == text
    assert qrtext.parse(found.text).data == credential(sample(row))


def openssl_says(openssl: str, directory: Path, message: bytes, signature: bytes) -> bool:
    pem = BY.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    for name, content in (("key.pem", pem), ("message", message), ("signature", der)):
        (directory / name).write_bytes(content)
    command = [openssl, "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "message"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=30, check=False)
    assert ("Verified OK" in done.stdout) is (done.returncode == 0)
    return done.returncode == 0


def signed_bytes() -> tuple[bytes, bytes]:
    """The Sig_structure and the signature of the credential, cut out by position and not by our parser."""
    protected, payload = DATA[2:16][1:], CLAIMS.encode()
    head = b"\x58" + bytes([len(payload)])
    assert b"\xd2\x84\x4d" + protected + b"\xa0" + head + payload + b"\x58\x40" + DATA[-64:] == DATA
    return b"\x84\x6aSignature1\x4d" + protected + b"\x40" + head + payload, DATA[-64:]


def test_openssl_verifies_the_signature_of_a_credential(tmp_path: Path) -> None:
    openssl = require_tool("openssl")
    message, signature = signed_bytes()
    assert openssl_says(openssl, tmp_path, message, signature)
    for changed in (flipped(message, 400), message + b"\0", message[:-1]):
        assert not openssl_says(openssl, tmp_path, changed, signature)
    assert not openssl_says(openssl, tmp_path, message, flipped(signature, 3))


def test_node_verifies_the_signatures_of_a_credential_and_a_token() -> None:
    node = require_tool("node")
    message, signature = signed_bytes()
    token = jose.sign(b'{"a":1}', BY, typ="titlecert-example+jwt")
    text, _, tail = token.rpartition(".")
    cases = [
        (message, signature),
        (text.encode(), from_base64url(tail)),
        (flipped(message, 400), signature),
        (message, flipped(signature, 3)),
        (text.encode() + b"A", from_base64url(tail)),
    ]
    given = {
        "jwk": BY.key.to_jwk(),
        "cases": [{"message": one.hex(), "signature": two.hex()} for one, two in cases],
    }
    answers = run(node, "verify.mjs", given)["answers"]
    assert [(answer["crypto"], answer["webcrypto"]) for answer in answers] == [(True, True)] * 2 + [(False, False)] * 3
