"""Somebody who owns the database, the key-encryption key and, where it says so, a credential key, at work.

Rules: they hold no operator's key and no status key. What they write is as complete as what issuing writes.

    issue_unproven(demo, batch, monkeypatch)           # signed and stored, with no operator's word asked for
    certificate = sign_again(demo, certificate, name="冒名")
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from credential.claims import CredentialBytes, parse, prepare
from credential.merkle import leaf_hash
from credential.sealed import NONCE_BYTES, Kind, seal
from credential.signing import KeyId, KeyUse, Signer
from issuer.batches.approval import ApprovedBatch, ApprovedRow
from issuer.batches.rows import batch as read_batch
from issuer.batches.rows import open_rows
from issuer.batches.store import store_checked
from issuer.db.certificates import Certificate
from issuer.db.models import HolderRow
from issuer.intake.model import AwardDraft, CheckedBatch, ListFile
from issuer.vault import DataKey
from issuer.worker.issuing import IssuingJob
from tests.support.office import PROVINCE, DemoOffice


def holder_key(demo: DemoOffice, holder: str) -> DataKey:
    """Open a holder's data key."""
    with demo.opened.register.read() as session:
        wrapped = session.get_one(HolderRow, holder).wrapped_key
    return demo.opened.vault.unwrap(wrapped, table="holders", row=holder)


def stolen_key(demo: DemoOffice, certificate: Certificate) -> Signer:
    """The credential key that signed a certificate."""
    return demo.opened.custody.signer(KeyUse.CREDENTIAL, KeyId(certificate.signer_kid))


def issue(demo: DemoOffice, batch: str) -> list[str]:
    """Issue an approved batch and publish nothing; return the ids."""
    return list(IssuingJob(demo.opened).run(batch, between=lambda _: None).issued)


def store(demo: DemoOffice, drafts: list[AwardDraft], authority: str = PROVINCE) -> str:
    """Store rows as a batch that nobody has stated anything about."""
    with demo.opened.register.write() as session:
        return store_checked(
            session,
            demo.opened.vault,
            CheckedBatch(good=tuple(drafts), findings=(), rejected=()),
            file=ListFile(name="invented.xlsx", data=repr([each.id_number for each in drafts]).encode()),
            authority=authority,
            decision_document="",
            actor="insider",
            now=demo.clock(),
        )


def issue_unproven(demo: DemoOffice, batch: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sign and store the rows of a batch as issuing does, with a stolen credential key and without any approval."""

    def claimed(*_: object, **__: object) -> ApprovedBatch:
        with demo.opened.register.read() as session:
            found = read_batch(session, batch)
            rows = tuple(
                ApprovedRow(award=row.award, state=row.state, leaf=leaf_hash(row.normal))
                for row in open_rows(session, demo.opened.vault, batch)
            )
        now = demo.clock()
        return ApprovedBatch(
            id=batch,
            authority=found.authority,
            rows=rows,
            submitted_by="insider",
            approved_by="insider",
            approved_at=now,
            statement="none",
        )

    with monkeypatch.context() as patch:
        patch.setattr("issuer.worker.issuing.verify_approved", claimed)
        return issue(demo, batch)


def put_credential(demo: DemoOffice, certificate: Certificate, credential: CredentialBytes) -> None:
    """Store other signed bytes in a certificate's place, with digest and sealed record to match."""
    key = holder_key(demo, certificate.holder)
    sealed = key.seal(credential, table="certificates", column="credential", row=certificate.id)
    digest, kid = sha256(credential).digest(), parse(credential).key_id
    demo.raw(
        "UPDATE certificates SET credential = ?, credential_digest = ?, credential_kid = ? WHERE id = ?",
        sealed,
        digest,
        bytes(kid),
        certificate.id,
    )
    code = demo.content(certificate).check_code
    put_record(demo, certificate, seal(Kind.CERTIFICATE, code.encode(), credential, nonce=bytes(NONCE_BYTES)))


def put_record(demo: DemoOffice, certificate: Certificate, record: bytes) -> None:
    """Store another sealed record in a certificate's place."""
    demo.raw("UPDATE sealed_certificates SET record = ? WHERE certificate = ?", record, certificate.id)


def sign_again(demo: DemoOffice, certificate: Certificate, signer: Signer | None = None, **changes: Any) -> None:
    """Sign other claims, by the stolen key unless another is given, and store them in a certificate's place."""
    from dataclasses import replace

    from credential.claims import decode_claims

    claims = replace(decode_claims(parse(demo.credential(certificate)).message.payload), **changes)
    by = signer or stolen_key(demo, certificate)
    unsigned = prepare(claims, by.key_id)
    put_credential(demo, certificate, CredentialBytes(unsigned.assemble(by.sign(unsigned.to_be_signed))))
