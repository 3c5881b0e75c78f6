"""Sealed documents: the file is answered for first; the seal is the authority's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.history import EventKind
from credential.outcomes import Outcome, Reason, Source
from credential.trustform import KeyState
from credential.trustlist import DocumentCertificate
from credential.verdict import Verdict
from tests.documents.samples import FIELDS, chain, renderer, sealer
from tests.support.keys import Key
from tests.support.web import Client
from tests.support.world import DISTRICT, NOW, ORIGIN, PROVINCE, START, World
from verifier.app import create_app
from verifier.procedure import verify_document
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader
from verifier.settings import Settings

SEAL = DocumentCertificate(
    authority=PROVINCE,
    alg="ES256",
    params={},
    certificate=b"province",
    begins=START,
    ends=None,
    state=KeyState.ACTIVE,
)


@dataclass(frozen=True, slots=True)
class Paper:
    """Stands for an unaltered sealed file."""

    credential: bytes
    signer_certificate_der: bytes = b"province"


def world_with_seal(**changes: Any) -> World:
    world = World()
    other = replace(SEAL, authority=DISTRICT, certificate=b"district")
    world.change_trust(document_certificates=(replace(SEAL, **changes), other))
    return world


def verdict_of(world: World, paper: Paper | CredentialError) -> Verdict:
    def read(_: bytes) -> Paper:
        if isinstance(paper, CredentialError):
            raise paper
        return paper

    reader = PublicationReader(MemoryFetcher(world.publish()), world.pinned_root, store=MemoryStore())
    return verify_document(b"%PDF-", reader, now=NOW, read_pdf=read)


def test_a_sealed_document_in_order() -> None:
    world = world_with_seal()
    verdict = verdict_of(world, Paper(world.issue().credential))
    assert verdict.source is Source.SEALED_PDF
    assert (verdict.outcome, verdict.file_unaltered, verdict.genuine, verdict.in_force) == (
        Outcome.VALID,
        True,
        True,
        True,
    )


def test_a_withdrawn_certificates_file_stays_unaltered() -> None:
    world = world_with_seal()
    certificate = world.issue()
    world.append(certificate, EventKind.WITHDRAWN)
    verdict = verdict_of(world, Paper(certificate.credential))
    assert (verdict.outcome, verdict.file_unaltered, verdict.genuine, verdict.in_force) == (
        Outcome.WITHDRAWN,
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("code", "reason", "unaltered", "source"),
    [
        ("pdf_altered", Reason.DOCUMENT_ALTERED, False, Source.SEALED_PDF),
        ("pdf_not_whole_file", Reason.DOCUMENT_ALTERED, False, Source.SEALED_PDF),
        ("pdf_no_signature", Reason.DOCUMENT_NOT_SEALED, None, Source.UNSEALED_PDF),
        ("pdf_malformed", Reason.BAD_FILE, None, Source.UNSEALED_PDF),
        ("pdf_too_large", Reason.TOO_LARGE, None, Source.UNSEALED_PDF),
        ("pdf_no_credential", Reason.NOT_RECOGNISED, None, Source.SEALED_PDF),
        ("pdf_something_new", Reason.BAD_FILE, None, Source.UNSEALED_PDF),
    ],
)
def test_a_file_is_refused(code: str, reason: Reason, unaltered: bool | None, source: Source) -> None:
    for kind in (MalformedError, NotTrustedError):
        verdict = verdict_of(world_with_seal(), kind(code, "said by the reader of files"))
        assert (verdict.reason, verdict.file_unaltered, verdict.step) == (reason, unaltered, 1)
        assert (verdict.certificate, verdict.source) == (None, source)


@pytest.mark.parametrize(
    ("sentence", "certificate", "changes"),
    [
        ("a stranger's", b"stranger", {}),
        ("another authority's", b"district", {}),
        ("a stolen one", b"province", {"state": "compromised"}),
    ],
)
def test_a_real_credential_in_a_paper_sealed_by(sentence: str, certificate: bytes, changes: dict[str, Any]) -> None:
    """What the page of such a file shows is the forger's choice, so nothing of the credential is shown beside it."""
    world = world_with_seal(**changes)
    verdict = verdict_of(world, Paper(world.issue().credential, certificate))
    assert verdict.reason is Reason.DOCUMENT_SEAL_UNKNOWN, sentence
    assert (verdict.certificate, verdict.genuine, verdict.file_unaltered) == (None, False, None)


def test_an_ended_seal_still_counts() -> None:
    world = world_with_seal(state=KeyState.ENDED, ends=NOW)
    assert verdict_of(world, Paper(world.issue().credential)).outcome is Outcome.VALID


@pytest.mark.parametrize("alg", [{"alg": "SM2"}, {"params": {"id": "1"}}])
def test_a_seal_of_a_suite_that_only_a_newer_program_knows(alg: dict[str, Any]) -> None:
    world = world_with_seal(**alg)
    verdict = verdict_of(world, Paper(world.issue().credential))
    assert (verdict.reason, verdict.step, verdict.file_unaltered) == (Reason.NEWER_FORMAT, 2, None)
    assert verdict.demonstration is True


@pytest.mark.parametrize(
    ("certificate", "changes", "reason"),
    [
        (b"province", {"alg": "SM2"}, Reason.NEWER_FORMAT),
        (b"province", {}, Reason.DOCUMENT_ALTERED),
        (b"stranger", {"alg": "SM2"}, Reason.DOCUMENT_ALTERED),
        (b"province", {"alg": "SM2", "state": "compromised"}, Reason.DOCUMENT_ALTERED),
        (None, {"alg": "SM2"}, Reason.DOCUMENT_ALTERED),
    ],
)
def test_a_seal_that_could_not_be_checked(certificate: bytes | None, changes: dict[str, Any], reason: Reason) -> None:
    """Only the trust list tells whether the file is spoilt or the program too old."""
    fields = {} if certificate is None else {"certificate": certificate}
    verdict = verdict_of(world_with_seal(**changes), NotTrustedError("pdf_altered", "no such algorithm", **fields))
    assert verdict.reason is reason
    if reason is Reason.NEWER_FORMAT:
        steps = [each.value for each in verdict.steps[:3]]
        assert (verdict.step, verdict.source, steps) == (2, Source.SEALED_PDF, ["unknown", "unknown", "not_done"])
        assert (verdict.demonstration, verdict.file_unaltered) == (True, None)


def test_a_seal_that_could_not_be_checked_and_no_trust_list() -> None:
    def read(_: bytes) -> Paper:
        raise NotTrustedError("pdf_altered", "no such algorithm", certificate=b"province")

    reader = PublicationReader(MemoryFetcher({}), World().pinned_root, store=MemoryStore())
    verdict = verify_document(b"%PDF-", reader, now=NOW, read_pdf=read)
    assert (verdict.reason, verdict.step) == (Reason.DOCUMENT_ALTERED, 1)


def test_a_sealed_file_with_something_else_in_it() -> None:
    verdict = verdict_of(world_with_seal(), Paper(b"\x43abc"))
    assert (verdict.reason, verdict.file_unaltered) == (Reason.NOT_RECOGNISED, None)


def test_a_sealed_file_with_a_forged_credential() -> None:
    world = world_with_seal()
    verdict = verdict_of(world, Paper(world.issue(signer=Key("stranger")).credential))
    assert (verdict.reason, verdict.genuine) == (Reason.UNKNOWN_KEY, False)


def test_without_a_publication_the_seal_is_not_known() -> None:
    world = world_with_seal()
    paper = Paper(world.issue().credential)
    reader = PublicationReader(MemoryFetcher({}), world.pinned_root, store=MemoryStore())
    verdict = verify_document(b"%PDF-", reader, now=NOW, read_pdf=lambda _: paper)
    assert (verdict.reason, verdict.file_unaltered) == (Reason.PUBLICATION_UNREACHABLE, None)


@pytest.mark.slow
def test_a_real_sealed_file_from_the_office_to_the_service(tmp_path: Path) -> None:
    world = World()
    certificate = world.issue()
    der = chain()[1].public_bytes(Encoding.DER)
    world.change_trust(document_certificates=(replace(SEAL, certificate=der),))
    fields = replace(FIELDS, qr_text=certificate.qr_text)
    pdf = sealer().seal(renderer().render(fields, credential=certificate.credential, now=NOW), now=NOW)
    world.publish()
    world.write(tmp_path)
    settings = Settings(publication=str(tmp_path), trust_root=world.pinned_root, origin=ORIGIN)
    client = Client(create_app(settings, clock=lambda: NOW))
    headers = {"content-type": "application/pdf"}

    verdict = client.post("/v1/verify", content=pdf, headers=headers).json()
    assert (verdict["outcome"], verdict["file_unaltered"]) == ("valid", True)
    assert verdict["certificate"]["number"] == certificate.claims.number

    appended = client.post("/v1/verify", content=pdf + b"\n% more\n", headers=headers).json()
    assert (appended["outcome"], appended["reason"]) == ("not_authentic", "document_altered")
    assert appended["file_unaltered"] is False
    broken = client.post("/v1/verify", content=pdf[: len(pdf) // 2], headers=headers).json()
    assert broken["outcome"] in {"malformed", "not_authentic"}
