"""A reader of another lineage over the conformance vectors: what is good says the same to it, what is not is refused.

The program knows the format from its document alone; keys are taken from the trust lists of the vectors.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from credential import cbor
from credential.text import from_base64url
from tests.conformance.stored import Vector, publication, vectors
from tests.outsiders.test_outsiders import run

pytestmark = pytest.mark.outsider

TEXT = re.compile(r"https://zc\.example/v/#([1-9][0-9]{0,1011})", re.ASCII)
"""A text whose digits can be read; what is wrong with others no reader of credentials sees."""
SHOWN_BY_OTHERS = {"series_name", "title_name", "authority_name", "issued_on", "replaces", "committee_name"}
"""Facts that stand in the publication and not in the credential."""
BY_ITSELF = {"unknown_key", "key_use", "bad_signature"}
"""Refusals at steps 2 and 3 that need nothing but the keys."""


def credential_of(vector: Vector) -> bytes | None:
    """The bytes that the vector's first text holds."""
    found = [TEXT.fullmatch(text) for text in vector.question.get("qr_texts", ())[:1]]
    if not found or found[0] is None:
        return None
    number = int(found[0][1])
    return number.to_bytes((number.bit_length() + 7) // 8)


def keys_of_use(use: str) -> list[dict[str, str]]:
    """Every key of this use of every trust list that led to facts, and so is in order."""
    keys: dict[str, dict[str, str]] = {}
    for name in {vector.question["publication"] for vector in vectors() if vector.expected["certificate"]}:
        for path, data in publication(name).items():
            if path.startswith("trust/list/"):
                keys |= _keys_of(data, use)
    return list(keys.values())


def _keys_of(container: bytes, use: str) -> dict[str, dict[str, str]]:
    payload = json.loads(from_base64url(container.decode().split(".")[1]))
    return {
        entry["kid"]: {
            "kid": from_base64url(entry["kid"]).hex(),
            "x": from_base64url(entry["jwk"]["x"]).hex(),
            "y": from_base64url(entry["jwk"]["y"]).hex(),
        }
        for entry in payload["keys"]
        if (entry["use"], entry["alg"], entry["params"]) == (use, "ES256", {})
    }


@pytest.fixture(scope="module")
def answers(outsiders_python: str) -> dict[str, dict[str, Any]]:
    """What the program says about each vector; one process for all."""
    asked = {vector.name: credential_of(vector) for vector in vectors()}
    credentials = {name: data for name, data in asked.items() if data is not None}
    given = {"keys": keys_of_use("credential"), "credentials": [data.hex() for data in credentials.values()]}
    found = run(outsiders_python, "read_credentials.py", given)["answers"]
    return dict(zip(credentials, found, strict=True))


@pytest.mark.slow
def test_every_good_credential_says_the_same(answers: dict[str, dict[str, Any]]) -> None:
    shown = 0
    for vector in vectors():
        certificate = vector.expected["certificate"]
        if certificate is None or vector.name not in answers:
            continue
        expected = {name: value for name, value in certificate.items() if name not in SHOWN_BY_OTHERS}
        answer = answers[vector.name]
        assert answer["raw"] == expected, f"{vector.name}: {answer['why']}"
        assert answer["cwt"] == expected, vector.name
        shown += 1
    assert shown > 200


@pytest.mark.slow
def test_every_malformed_or_forged_credential_is_refused(answers: dict[str, dict[str, Any]]) -> None:
    refused = 0
    for vector in vectors():
        outcome, reason = vector.expected["outcome"], vector.expected["reason"]
        by_form = outcome == "malformed" and vector.expected["step"] == 1
        if vector.name in answers and (by_form or reason in BY_ITSELF):
            assert answers[vector.name]["raw"] is None, vector.name
            refused += 1
        if vector.name in answers and reason in BY_ITSELF:
            assert answers[vector.name]["cwt"] is None, vector.name
    assert refused > 100


@pytest.mark.slow
def test_a_stranger_reads_the_published_faces(outsiders_python: str) -> None:
    """Every face that a verdict shows, from its shard alone; and none where the signature or the name is another's."""
    cases = [vector for vector in vectors() if vector.name.startswith("face_") and credential_of(vector) is not None]
    asked = [{"shard": _shard_of(vector).hex(), "credential": (credential_of(vector) or b"").hex()} for vector in cases]
    given = {"keys": keys_of_use("status"), "asked": asked}
    answers = run(outsiders_python, "read_faces.py", given)["answers"]
    read = 0
    for vector, answer in zip(cases, answers, strict=True):
        expected = vector.expected["face"]
        if expected is not None:
            assert answer["face"] == expected, f"{vector.name}: {answer['why']}"
            read += 1
        if vector.name in REFUSED_BY_ANYBODY:
            assert answer["face"] is None, vector.name
            assert answer["why"], vector.name
    assert read >= 10


REFUSED_BY_ANYBODY = {
    "face_changed",
    "face_of_another_certificate",
    "face_of_another_credential",
    "face_of_version_2",
    "face_of_4001_bytes",
    "face_signed_by_a_publisher_key",
    "face_signed_by_a_stranger",
    "face_with_the_typ_of_a_history",
    "face_record_that_does_not_open",
}
"""What needs no rule of a member to be refused."""


def _shard_of(vector: Vector) -> bytes:
    """The one shard of a publication that is not split."""
    files = publication(vector.question["publication"])
    snapshot = json.loads(from_base64url(files["snapshot.jwt"].decode().split(".")[1]))
    manifest = cbor.decode(files[f"shards/{snapshot['manifests'][0]}"], max_bytes=1 << 16)
    assert isinstance(manifest, list)
    [digest] = manifest[3]
    return files[f"shards/{digest.hex()}"]
