"""The demonstration's credential, read by another library with the key from the trust list and nothing else."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest

from credential import publication, qrtext
from tests.acceptance.conftest import Shown

pytestmark = [pytest.mark.outsider, pytest.mark.timeout(600)]

WITH_CWT = """
import base64, json, sys
import cwt
given = json.load(sys.stdin)
# The library compares key ids as bytes, and a JWK's is text: the raw one goes in as a COSE key has it (label 2).
bare = cwt.COSEKey.from_jwk({**given["jwk"], "alg": "ES256", "key_ops": ["verify"]})
key = cwt.COSEKey.new({**bare.to_dict(), 2: base64.b64decode(given["kid"])})
claims = cwt.decode(base64.b64decode(given["credential"]), key)
award = claims[-65537]
print(json.dumps({"iss": claims[1], "name": award[1], "number": award[3], "uri": claims[65535]["status_list"]["uri"]}))
"""


def trust_list(shown: Shown) -> dict[str, object]:
    """The newest trust list's payload, taken from the file with nothing of ours."""
    newest = max((shown.publication / "trust" / "list").iterdir(), key=lambda path: int(path.name))
    payload = newest.read_text("ascii").splitlines()[0].split(".")[1]
    decoded: dict[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


def test_cwt_verifies_with_the_key_from_the_trust_list(shown: Shown, outsiders_python: str) -> None:
    keys = trust_list(shown)["keys"]
    assert isinstance(keys, list)
    certificate = shown.certificates[0]
    data = qrtext.parse(certificate["qr_text"]).data
    kid = data[data.index(b"\x04\x48") + 2 :][:8]
    kid_text = base64.urlsafe_b64encode(kid).rstrip(b"=").decode()
    (entry,) = [key for key in keys if key["kid"] == kid_text and key["use"] == "credential"]
    given = {"jwk": entry["jwk"], "kid": base64.b64encode(kid).decode(), "credential": base64.b64encode(data).decode()}
    done = subprocess.run(
        [outsiders_python, "-c", WITH_CWT], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert read["number"] == certificate["number"]
    assert read["name"] == certificate["name"]
    assert read["iss"] == "sf-hrss"
    assert read["uri"].endswith(publication.status_cwt("0"))
