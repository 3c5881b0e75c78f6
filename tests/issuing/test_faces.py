"""The face of what was issued: the page says it, the publication says it, and nobody else puts a word into it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from hashlib import sha256

import pytest

from credential import cbor, cose
from credential import face as faces
from credential.errors import MalformedError
from credential.face import Design, Face, Members
from credential.history import Reason
from credential.kdf import PREFIX_BITS, prefix
from credential.sealed import LOCATOR_BYTES, NONCE_BYTES, Kind, open_record, record_keys, seal
from credential.signing import KeyId, KeyUse, Signer
from credential.trustform import KeyState
from credential.verdict import FaceFacts
from credential.words import words
from issuer import faces as issuer_faces
from issuer.batches.rows import open_row
from issuer.db.certificates import Certificate
from issuer.db.events import events_of
from issuer.db.faces import draft_of, erase_face
from issuer.documents.errors import FaceDiffersError
from issuer.documents.face import design_of, members_of
from issuer.faces import DRAFT_TYP, drafted
from issuer.trust.entries import active_key
from issuer.worker.documents import DocumentsJob
from templates.loader import load_design
from tests.support.forms import first_quick
from tests.support.keys import Key
from tests.support.office import DISTRICT, DemoOffice, batch_drafts, drafts
from tests.support.tools import require_tool

NONCE = bytes(NONCE_BYTES)


def published(demo: DemoOffice, certificate: Certificate) -> FaceFacts | None:
    """What a stranger reads beside the verdict."""
    return demo.verdict_by_qr(certificate).face


def facts(demo: DemoOffice, certificate: Certificate) -> FaceFacts:
    """What a stranger is to read."""
    digest = certificate.credential_digest
    assert digest is not None
    members = expected(demo, certificate)
    return FaceFacts.of(Face(cti=certificate.cti, credential_digest=digest, members=members))


def expected(demo: DemoOffice, certificate: Certificate) -> Members:
    """What the approved row and the design make of it."""
    with demo.opened.register.read() as session:
        row = open_row(session, demo.opened.vault, certificate.award)
    return members_of(row.draft, design_of(load_design()))


def record(demo: DemoOffice, certificate: Certificate, kind: Kind = Kind.FACE) -> bytes | None:
    """The sealed record as it is published."""
    view = demo.reader().view(demo.clock())
    return view.sealed(record_keys(kind, certificate.cti), prefix(certificate.cti, PREFIX_BITS))


def put_draft(demo: DemoOffice, certificate: Certificate, draft: bytes) -> None:
    """Write a draft as whoever owns the database can: the cti that opens it stands there in the clear."""
    sealed = seal(Kind.FACE, certificate.cti, draft, nonce=NONCE)
    statement = "UPDATE faces SET draft = ?, record = NULL, kid = NULL WHERE certificate = ?"
    demo.raw(statement, sealed, certificate.id)


def signed_draft(face: Face, signer: Signer) -> bytes:
    """A draft as earlier versions wrote them."""
    return cose.sign(faces.encode(face), signer, typ=DRAFT_TYP)


def with_employer(demo: DemoOffice, certificate: Certificate, employer: str) -> Face:
    members = replace(expected(demo, certificate), employer=employer)
    digest = certificate.credential_digest
    assert digest is not None
    return Face(cti=certificate.cti, credential_digest=digest, members=members)


@pytest.mark.slow
def test_every_certificate_has_a_face_that_a_stranger_reads(issued: DemoOffice) -> None:
    for certificate in issued.certificates():
        verdict = issued.verdict(certificate)
        assert verdict.warnings == ()
        assert verdict.unchecked == ()
        assert verdict.face == facts(issued, certificate)


@pytest.mark.slow
def test_the_page_prints_what_the_face_says(issued: DemoOffice) -> None:
    """Every text of the face stands on the page, and every label and value of the page is the face's or known."""
    certificate = issued.certificates()[0]
    pdf = DocumentsJob(issued.opened).make(certificate.id, certificate.authority)
    tool = require_tool("pdftotext")
    run = subprocess.run([tool, "-raw", pdf, "-"], check=True, capture_output=True, text=True)
    page = re.sub(r"\s", "", run.stdout)
    face = published(issued, certificate)
    assert face is not None
    assert face.employer is not None
    said = [
        face.employer,
        *(part for pair in face.printed for part in pair),
        words()["sexes"][str(face.sex)]["zh"]["title"],
    ]
    assert [text for text in said if re.sub(r"\s", "", text) not in page] == []
    proof = issued.verdict_by_qr(certificate).certificate
    assert proof is not None
    proven = [proof.name, proof.title_name, proof.series_name, proof.specialty, proof.committee_name, proof.number]
    labels = ["性别", "级别", "系列", "专业", "取得方式", "取得时间", "评审委员会", "核准备案号", "工作单位"]
    numbers = [words()["levels"][str(proof.level)]["zh"]["title"], words()["ways"][str(proof.way)]["zh"]["title"]]
    day = proof.award_date
    date = f"{day.year}年{day.month}月{day.day}日"
    grid = page[page.index("性别") :]
    left = grid[: grid.index("查验码")] if "查验码" in grid else grid
    texts = [*said, *labels, *numbers, *(each for each in proven if each), proof.basis_reference, date]
    for text in sorted(texts, key=len, reverse=True):
        left = left.replace(re.sub(r"\s", "", text), "", 1)
    assert re.findall(r"[\u4e00-\u9fff*]+", left) == [], "the page prints what neither credential nor face says"


def test_a_design_is_named_by_the_digest_of_its_files() -> None:
    design = load_design()
    found = design_of(design)
    names = sorted(path.relative_to(design.root).as_posix() for path in design.root.rglob("*") if path.is_file())
    assert "certificate.typ" in names
    listed = [[name, sha256((design.root / name).read_bytes()).digest()] for name in names]
    assert found == Design(id="standard", version=1, digest=sha256(cbor.encode(listed)).digest())


@pytest.mark.slow
def test_a_withdrawal_leaves_the_face(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    before = published(issued, certificate)
    issued.change(certificate.number, reason=Reason.PROCEDURE)
    assert issued.verdict(certificate).outcome == "withdrawn"
    assert published(issued, certificate) == before == facts(issued, certificate)


@pytest.mark.slow
def test_a_change_and_cover_give_history_and_face_new_nonces_alike(issued: DemoOffice) -> None:
    """Whoever compares two snapshots sees both records of some certificates change, ordered or not."""
    before = {
        each.id: [record(issued, each, kind) for kind in (Kind.HISTORY, Kind.FACE)] for each in issued.certificates()
    }
    issued.change(issued.certificates()[0].number)
    moved = []
    for each in issued.certificates():
        pairs = zip(before[each.id], [record(issued, each, kind) for kind in (Kind.HISTORY, Kind.FACE)], strict=True)
        history, face = (old != new for old, new in pairs)
        assert history == face, "one changed without the other"
        moved.append(face)
    assert sum(moved) > 1
    assert not all(moved)


@pytest.mark.slow
def test_a_certificate_without_a_face_keeps_its_verdict(issued: DemoOffice) -> None:
    """As those that were issued before there were faces."""
    certificate = issued.certificates()[0]
    issued.raw("DELETE FROM faces WHERE certificate = ?", certificate.id)
    issued.change(certificate.number)
    verdict = issued.verdict(certificate)
    assert (verdict.outcome, verdict.face, verdict.warnings) == ("withdrawn", None, ())


@pytest.mark.slow
def test_erasing_removes_the_face_and_leaves_the_history(issued: DemoOffice) -> None:
    first, second = issued.certificates()[:2]
    with issued.opened.register.write() as session:
        erase_face(session, first.id)
        erase_face(session, first.id)
        assert draft_of(session, first.id, first.cti) is None
    issued.change(first.number)
    assert record(issued, first) is None
    assert record(issued, first, Kind.HISTORY) is not None
    assert published(issued, second) is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    "who",
    first_quick(
        ["the register's owner", "a status key", "another certificate", "a stranger", "another authority", "nobody"], 2
    ),
)
def test_a_face_that_was_not_issued_is_not_signed(issued: DemoOffice, who: str) -> None:
    """Whoever owns the database seals a face of their own. It is told, not signed, and holds up no withdrawal."""
    certificate, other = issued.certificates()[:2]
    forged = with_employer(issued, certificate, "示范虚构公司")
    status = issued.opened.custody.signer(KeyUse.STATUS, _status_key(issued))
    with issued.opened.register.read() as session:
        district = active_key(session, use=KeyUse.CREDENTIAL, authority=DISTRICT).key.key_id
    elsewhere = issued.opened.custody.signer(KeyUse.CREDENTIAL, district)
    drafts_of = {
        "a stranger": signed_draft(forged, Key("stranger")),
        "a status key": signed_draft(forged, status),
        "another authority": signed_draft(forged, elsewhere),
        "another certificate": _draft_of(issued, other),
        "nobody": b"no draft",
        "the register's owner": drafted(forged),
    }
    put_draft(issued, certificate, drafts_of[who])
    issued.apply(issued.plan(issued.order(certificate.number)))
    with issued.worker() as worker:
        held = worker.publish_changes().held_back
    assert [(each.object, each.code) for each in held] == [(certificate.id, "face_altered")]
    assert issued.verdict(certificate).outcome == "withdrawn"
    assert published(issued, certificate) is None


@pytest.mark.slow
def test_a_face_is_signed_once(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    statement = "SELECT draft, record, kid FROM faces WHERE certificate = ?"
    before = issued.raw(statement, certificate.id)
    issued.change(certificate.number)
    assert issued.raw(statement, certificate.id) == before


@pytest.mark.slow
def test_a_face_by_a_key_that_was_stolen_is_signed_anew(issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the next change, from the row; the face of an ended key stays as it is."""
    certificate, trust = issued.certificates()[0], issued.trust()
    entry = trust.key(KeyId(_status_key(issued)), use="status")
    with issued.opened.register.read() as session:
        [recorded] = [each.recorded for each in events_of(session, certificate.id)]

    def stands(**life: object) -> bool:
        changed = replace(entry, **life)
        with monkeypatch.context() as patch:
            patch.setattr(type(trust), "find_key", lambda _self, kid: changed if kid == entry.key.key_id else None)
            return issuer_faces.stands(entry.key.key_id, recorded, trust)

    assert stands(state=KeyState.ENDED, ends=issued.clock())
    assert not stands(state=KeyState.COMPROMISED, compromised_since=issued.clock())
    monkeypatch.setattr(issuer_faces, "stands", lambda *_: False)
    before = record(issued, certificate)
    issued.change(certificate.number)
    found = faces.parse(_signed_face(issued, certificate)).verify(entry.key)
    assert found.members == expected(issued, certificate)
    assert record(issued, certificate) != before


@pytest.mark.slow
def test_a_draft_of_an_earlier_version_is_taken(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The credential key signed it then. What it says is proven by the row, as that of a later one."""
    key = Key("whoever")
    monkeypatch.setattr(issuer_faces, "drafted", lambda face: signed_draft(face, key))
    founded.issue(founded.approved())
    certificate = founded.certificates()[0]
    assert DRAFT_TYP.encode() in _draft_of(founded, certificate)
    face = published(founded, certificate)
    assert face == facts(founded, certificate)


@pytest.mark.slow
def test_a_row_that_no_face_can_say_takes_no_number(founded: DemoOffice) -> None:
    """Intake refuses such a row; were it to let one through, it would be refused before it is reserved."""
    template = batch_drafts(founded, founded.store())[0]
    good, bad = drafts(2, template)
    batch = founded.approved_drafts([good, replace(bad, employer="单" * 101)])
    report = founded.issue(batch)
    assert [(each.sheet_row, each.code) for each in report.refused] == [(bad.sheet_row, "bad_face")]
    assert len(report.issued) == len(founded.certificates()) == 1


def test_no_reader_takes_a_draft(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    draft = _draft_of(issued, certificate)
    for each in (draft, signed_draft(faces.decode(draft), Key("whoever"))):
        with pytest.raises(MalformedError):
            faces.parse(each)


@pytest.mark.parametrize("draft", [b"", b"no draft"], ids=["another employer", "no draft"])
def test_a_page_that_would_say_something_else_is_not_made(issued: DemoOffice, draft: bytes) -> None:
    certificate = issued.certificates()[0]
    put_draft(issued, certificate, draft or drafted(with_employer(issued, certificate, "示范大学")))
    with pytest.raises(FaceDiffersError) as caught:
        DocumentsJob(issued.opened).make(certificate.id, certificate.authority)
    assert caught.value.code == "face_differs"


def _draft_of(demo: DemoOffice, certificate: Certificate) -> bytes:
    with demo.opened.register.read() as session:
        stored = draft_of(session, certificate.id, certificate.cti)
    assert stored is not None
    return stored


def _signed_face(demo: DemoOffice, certificate: Certificate) -> bytes:
    [(record,)] = demo.raw("SELECT record FROM faces WHERE certificate = ?", certificate.id)
    return open_record(Kind.FACE, certificate.cti, record)


def _status_key(demo: DemoOffice) -> bytes:
    found = record(demo, demo.certificates()[0])
    assert found is not None
    return faces.parse(open_record(Kind.FACE, demo.certificates()[0].cti, found)).key_id


def test_the_record_begins_with_its_locator(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    found = record(issued, certificate)
    assert found is not None
    assert found[:LOCATOR_BYTES] == record_keys(Kind.FACE, certificate.cti).locator
    assert len(found) == 556, "a usual face fills the smallest class"
