"""A drill for each use of a key: what a thief signs with it later is refused by a stranger, and old certificates stand.

The commands of the drills are in docs/zh/密钥.md and docs/en/keys.md (tests/cli/test_key_drills.py). Here is the thief.
Of the root key: tests/simulation/test_rotation.py. Of the administrator and the key-encryption key: test_keychanges.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from credential import history, jose, publication, qrtext, snapshot
from credential.claims import decode_claims, prepare
from credential.errors import CredentialError
from credential.history import Act
from credential.signing import KeyUse, Signer
from issuer.errors import IssuerError
from issuer.intake.model import AwardDraft
from issuer.issuing.reserve import read_reserved
from issuer.services import batches, keyends, operators
from issuer.trust.entries import active_certificate
from tests.services.test_keyends import active
from tests.support.office import ACTOR, CLERK, PROVINCE, DemoOffice, drafts
from tests.support.settings import ORIGIN
from verifier.procedure import verify_qr_text

pytestmark = pytest.mark.slow
STOLEN = "密钥文件被复制"


def stolen(demo: DemoOffice, use: KeyUse) -> Signer:
    """The key in a thief's hand, an hour before the office knows."""
    signer = demo.opened.custody.signer(use, active(demo, use))
    demo.clock.move(hours=1)
    return signer


def ended(demo: DemoOffice, signer: Signer) -> None:
    """What the office does: compromised from now, the trust list at once, and everything published again."""
    keyends.compromise(demo.opened, ACTOR, signer.key_id, basis=STOLEN)
    demo.publish_trust()
    with demo.worker() as worker:
        worker.publish_changes(even_without=True)
    assert demo.outcomes() == {"valid": 24}


def test_a_stolen_credential_key_makes_nothing_that_is_authentic(issued: DemoOffice) -> None:
    thief, certificate = stolen(issued, KeyUse.CREDENTIAL), issued.certificates()[0]
    ended(issued, thief)
    content = issued.content(certificate)
    assert content.credential is not None
    claims = replace(decode_claims(read_reserved(content.to_sign).payload), cti=bytes(16))
    unsigned = prepare(claims, thief.key_id)
    forged = unsigned.signed(thief.sign(unsigned.to_be_signed)).data
    found = verify_qr_text(qrtext.encode(forged, ORIGIN), issued.reader(), now=issued.clock())
    assert found.outcome == "not_authentic"


def test_a_stolen_publisher_key_publishes_nothing(issued: DemoOffice) -> None:
    thief = stolen(issued, KeyUse.PUBLISHER)
    ended(issued, thief)
    issued.clock.move(minutes=10)
    path = issued.home.publication_folder / publication.SNAPSHOT
    present = snapshot.parse_snapshot(path.read_bytes()).content
    now = issued.clock().replace(microsecond=0)
    forged = replace(present, seq=present.seq + 1, iat=now, exp=now + timedelta(hours=20))
    path.write_text(jose.sign(snapshot.encode_snapshot(forged), thief, typ=snapshot.TYP), "ascii")
    found = issued.verdict_by_qr(issued.certificates()[0])
    assert (found.outcome, found.reason) == ("indeterminate", "publication_untrusted")


def test_a_stolen_status_key_says_nothing_of_a_certificate(issued: DemoOffice) -> None:
    thief, certificate = stolen(issued, KeyUse.STATUS), issued.certificates()[0]
    ended(issued, thief)
    trust = issued.trust()
    with pytest.raises(CredentialError) as caught:
        trust.check_record_key(trust.key(thief.key_id, use="status"), issued.clock())
    assert caught.value.code == "key_not_good"
    assert all(thief.key_id not in place.kids for place in trust.content.status)
    with issued.opened.register.read():
        rows = issued.raw("SELECT content FROM signed_histories WHERE certificate = ?", certificate.id)
    assert history.parse(bytes(rows[0][0])).key_id != thief.key_id


def test_a_stolen_document_key_seals_nothing(issued: DemoOffice) -> None:
    with issued.opened.register.read() as session:
        seal = active_certificate(session, authority=PROVINCE).certificate.public_bytes(Encoding.DER)
    thief = stolen(issued, KeyUse.DOCUMENT)
    issued.trust().check_seal(seal, authority=PROVINCE)
    ended(issued, thief)
    with pytest.raises(CredentialError) as caught:
        issued.trust().check_seal(seal, authority=PROVINCE)
    assert caught.value.code == "document_seal_unknown"
    with issued.opened.register.read() as session:
        new = active_certificate(session, authority=PROVINCE).certificate.public_bytes(Encoding.DER)
    issued.trust().check_seal(new, authority=PROVINCE)


def test_a_stolen_operators_key_signs_nothing_that_is_accepted(issued: DemoOffice, senior_engineer: AwardDraft) -> None:
    batch = issued.stored_drafts(drafts(2, senior_engineer))
    draft = batches.draft(issued.opened, CLERK, Act.SUBMIT, batch)
    token = draft.signed_by(issued.signer(CLERK))
    operators.end_here(issued.opened, ACTOR, CLERK, basis=STOLEN)
    with pytest.raises(IssuerError) as caught:
        batches.accept(issued.opened, token)
    assert caught.value.code == "operator_not_in_force"
    assert issued.outcomes() == {"valid": 24}
