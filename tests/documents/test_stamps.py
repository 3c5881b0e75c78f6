"""Time-stamps: a real service answers over HTTP, outsiders agree with the seal, and nothing else is taken."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.serialization import Encoding

from credential.errors import CredentialError
from issuer.documents.seal import Sealer
from issuer.documents.stamps import CLOCKS, Stamper
from issuer.errors import ServiceError
from issuer.home.settings import TimestampSettings
from tests.documents.samples import CREDENTIAL, DOCUMENT_KEY, NOW, chain, unsigned
from tests.support.accredited import EMAIL, Service
from tests.support.stamping import POLICY, TimestampService
from tests.support.tools import require_tool
from verifier.sources.pdf import read_pdf

SIGNATURE = bytes.fromhex("3006020101020102")


@pytest.fixture
def service() -> Iterator[TimestampService]:
    with TimestampService(NOW) as running:
        yield running


def stamper(settings: TimestampSettings) -> Stamper:
    return Stamper(settings, clock=lambda: NOW)


def sealed_with(settings: TimestampSettings) -> bytes:
    root, leaf = chain()
    sealer = Sealer(certificate=leaf, chain=(root,), signer=DOCUMENT_KEY, stamper=stamper(settings))
    return sealer.seal(unsigned(), now=NOW)


def gap(pdf: bytes) -> tuple[int, bytes]:
    """Where the hexadecimal digits of the CMS object begin, and what they say with the zeros behind it."""
    at = pdf.rindex(b"/ByteRange")
    numbers = [int(each) for each in pdf[pdf.index(b"[", at) + 1 : pdf.index(b"]", at)].split()]
    return numbers[1] + 1, bytes.fromhex(pdf[numbers[1] + 1 : numbers[2] - 1].decode("ascii"))


def token_of(pdf: bytes) -> tuple[bytes, bytes]:
    """The token of a sealed PDF, and the signature that it is over."""
    [info] = cms.ContentInfo.load(gap(pdf)[1])["content"]["signer_infos"]
    [attribute] = info["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    return attribute["values"][0].dump(), info["signature"].native


def test_a_stamped_document_is_read_as_one_that_was_not_altered(service: TimestampService) -> None:
    read = read_pdf(sealed_with(service.settings()))
    assert read.credential == CREDENTIAL
    [asked] = service.asked
    assert asked["cert_req"].native
    assert asked["nonce"].native is not None


def test_pdfsig_takes_a_stamped_document(service: TimestampService, tmp_path: Path) -> None:
    path = tmp_path / "stamped.pdf"
    path.write_bytes(sealed_with(service.settings()))
    said = subprocess.run([require_tool("pdfsig"), path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "Not total document signed" not in said


def test_openssl_takes_the_token_for_the_signature(service: TimestampService, tmp_path: Path) -> None:
    token, signature = token_of(sealed_with(service.settings()))
    issuing = service.above.issuing.public_bytes(Encoding.PEM)
    names = {"token": token, "signature": signature, "root.pem": service.above.anchor, "issuing.pem": issuing}
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    command = [
        require_tool("openssl"), "ts", "-verify", "-token_in", "-in", tmp_path / "token", "-data",
        tmp_path / "signature", "-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "issuing.pem",
        "-attime", str(int(NOW.timestamp())),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout, done.stderr
    (tmp_path / "signature").write_bytes(signature + b"\0")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Verification: FAILED" in done.stdout + done.stderr


@pytest.mark.slow
def test_any_byte_of_the_token_that_changes_is_an_alteration(
    service: TimestampService, some: Callable[..., Any]
) -> None:
    pdf = sealed_with(service.settings())
    token, _ = token_of(pdf)
    start, said = gap(pdf)
    at = start + 2 * said.index(token)
    for place in some(range(at, at + 2 * len(token), 2), 6):
        changed = bytearray(pdf)
        changed[place : place + 2] = b"%02X" % (int(changed[place : place + 2], 16) ^ 1)
        with pytest.raises(CredentialError) as refused:
            read_pdf(bytes(changed))
        assert refused.value.code in {"pdf_altered", "pdf_malformed"}, place - at


def test_policy_and_password_are_sent(service: TimestampService, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n", encoding="utf-8")
    password.chmod(0o600)
    stamper(service.settings(policy=POLICY, user="office", password_file=str(password))).stamp(SIGNATURE)
    [asked] = service.asked
    assert asked["req_policy"].dotted == POLICY
    assert service.authorised == ["Basic b2ZmaWNlOnNlY3JldA=="]
    password.chmod(0o644)
    with pytest.raises(ServiceError) as refused:
        stamper(service.settings(user="office", password_file=str(password)))
    assert refused.value.code == "timestamp_settings"
    assert "secret" not in str(refused.value)


def refused_code(settings: TimestampSettings) -> str:
    with pytest.raises(ServiceError) as refused:
        stamper(settings).stamp(SIGNATURE)
    return refused.value.code


@pytest.mark.parametrize(
    "changes",
    [{"status": 500}, {"status": 401}, {"kind": "text/html"}, {"delay": 2.0}],
    ids=["fails", "unauthorised", "a page", "silent"],
)
def test_a_service_that_gives_no_answer_is_told(changes: dict[str, Any], service: TimestampService) -> None:
    for name, value in changes.items():
        setattr(service, name, value)
    assert refused_code(service.settings(seconds=1)) == "timestamp_unanswered"


def test_a_service_that_is_not_there_is_told() -> None:
    with TimestampService(NOW) as service:
        settings = service.settings()
    assert refused_code(settings) == "timestamp_unanswered"


def replayed(service: TimestampService) -> Callable[[tsp.TimeStampResp], bytes]:
    """The answer to an older request."""
    older = service.answer(tsp.TimeStampReq.load(service.asked[0].dump()).dump())
    return lambda _: older


def without_certificates(answer: tsp.TimeStampResp) -> bytes:
    answer["time_stamp_token"]["content"]["certificates"] = []
    changed: bytes = answer.dump(force=True)
    return changed


def with_unsigned(answer: tsp.TimeStampResp) -> bytes:
    [info] = answer["time_stamp_token"]["content"]["signer_infos"]
    info["unsigned_attrs"] = [{"type": "content_type", "values": ["data"]}]
    changed: bytes = answer.dump(force=True)
    return changed


def altered(answer: tsp.TimeStampResp) -> bytes:
    [info] = answer["time_stamp_token"]["content"]["signer_infos"]
    info["signature"] = info["signature"].native[:-1] + bytes([info["signature"].native[-1] ^ 1])
    changed: bytes = answer.dump(force=True)
    return changed


@pytest.mark.parametrize(
    "changes",
    [
        {"change": altered},
        {"change": without_certificates},
        {"change": with_unsigned},
        {"change": lambda _: b"\x30\x03\x02\x01"},
        {"purposes": (EMAIL,)},
        {"now": NOW - CLOCKS - timedelta(seconds=1)},
        {"now": NOW + CLOCKS + timedelta(seconds=1)},
        {"above": Service(NOW, "别家时间戳")},
    ],
    ids=["altered", "no certificate", "unsigned words", "no token", "for mail", "too early", "too late", "stranger"],
)
def test_an_answer_that_does_not_hold_is_refused(changes: dict[str, Any], service: TimestampService) -> None:
    settings = service.settings()
    for name, value in changes.items():
        setattr(service, name, value)
    assert refused_code(settings) == "timestamp_refused"


def test_an_answer_of_another_policy_is_refused(service: TimestampService) -> None:
    service.policy = "1.2.156.99999.2"
    assert refused_code(service.settings(policy=POLICY)) == "timestamp_refused"


def test_the_answer_to_another_request_is_refused(service: TimestampService) -> None:
    stamper(service.settings()).stamp(b"another signature")
    service.change = replayed(service)
    assert refused_code(service.settings()) in {"timestamp_refused", "timestamp_unanswered"}
