"""The whole path: a list in, 24 certificates out, every row traceable, every certificate verified by a stranger."""

from __future__ import annotations

import stat
from hashlib import sha256

import pytest

from credential.history import EventKind
from issuer import audit
from issuer.batches.rows import batch as read_batch
from issuer.batches.rows import open_rows
from issuer.db.events import events_of
from issuer.db.models import AwardState, BatchState
from tests.support.office import (
    DISTRICT,
    DISTRICT_APPROVER,
    DISTRICT_CLERK,
    FAULTY_LIST,
    OTHER_LIST,
    TEACHERS,
    DemoOffice,
)
from verifier.procedure import verify_document
from verifier.sources.pdf import read_pdf


def test_every_row_becomes_a_certificate_that_a_stranger_verifies(issued: DemoOffice) -> None:
    assert len(issued.certificates()) == 24
    assert issued.outcomes() == {"valid": 24}


def test_every_row_can_be_traced_from_the_list_to_the_statements(issued: DemoOffice) -> None:
    office = issued.opened
    with office.register.read() as session:
        rows = open_rows(session, office.vault, "sf-hrss-0001")
        certificates = {each.award: each for each in issued.certificates()}
        assert len(rows) == len(certificates) == 24
        for row in rows:
            certificate, draft = certificates[row.award], row.draft
            [event] = events_of(session, certificate.id)
            assert row.state is AwardState.ISSUED
            assert (event.kind, event.document) == (EventKind.ISSUED, draft.decision_document)
            assert certificate.holder == row.holder
            assert sha256(issued.credential(certificate)).digest() == certificate.credential_digest
            acts = {entry.act: entry.actor for entry in audit.entries(session, subject=certificate.number)}
            assert acts == {"certificate.issue": "boss1"}
        acts = {entry.act: entry.actor for entry in audit.entries(session, subject="sf-hrss-0001")}
        assert acts == {"batch.check": "clerk1", "batch.submit": "clerk1", "batch.approve": "boss1"}
        audit.verify_chain(session)


def test_the_counts_add_up_and_numbers_have_no_gap(issued: DemoOffice) -> None:
    with issued.opened.register.read() as session:
        batch = read_batch(session, "sf-hrss-0001")
    assert batch.state is BatchState.ISSUED
    assert batch.rows_total == batch.rows_issued + batch.rows_rejected + batch.rows_waiting == 24
    assert_no_gaps(issued)


@pytest.mark.slow
def test_documents_carry_the_bytes_of_the_code_and_are_private(issued: DemoOffice) -> None:
    issued.make_documents("sf-hrss-0001")
    reader = issued.reader()
    for certificate in issued.certificates():
        assert certificate.document_path is not None
        path = issued.home.documents / certificate.document_path
        data = path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert sha256(data).digest() == certificate.document_digest
        assert read_pdf(data).credential == issued.credential(certificate)
    verdict = verify_document(data, reader, now=issued.clock(), read_pdf=read_pdf)
    assert (verdict.outcome, verdict.file_unaltered) == ("valid", True)


def test_issuing_again_issues_nothing_and_changes_no_file(issued: DemoOffice) -> None:
    before, content = issued.files(), contents(issued)
    with issued.worker() as worker:
        report = worker.issue("sf-hrss-0001")
        assert worker.run_pending().published is None
        assert worker.renew_if_needed().published is None
    assert (report.issued, report.already, report.refused) == ((), 24, ())
    assert issued.files() == before
    assert contents(issued) == content


@pytest.mark.slow
def test_a_second_list_leaves_the_bytes_of_the_first_as_they_were(issued: DemoOffice) -> None:
    before, content = issued.certificates(), contents(issued)
    histories = issued.raw("SELECT certificate, content FROM signed_histories ORDER BY certificate")
    report = issued.issue(issued.approved(OTHER_LIST))
    assert report.issued
    assert {key: contents(issued)[key] for key in content} == content
    after = dict(issued.raw("SELECT certificate, content FROM signed_histories"))
    assert [(key, after[key]) for key, _ in histories] == histories
    assert len(issued.certificates()) == len(before) + len(report.issued)
    assert set(issued.outcomes()) == {"valid"}
    assert_no_gaps(issued)


@pytest.mark.slow
def test_an_authority_of_a_district_issues_under_its_own_numbers(founded: DemoOffice) -> None:
    batch = founded.store(TEACHERS, DISTRICT, document="示区人社〔2026〕19号")
    founded.submit(batch, DISTRICT_CLERK)
    founded.approve(batch, DISTRICT_APPROVER)
    report = founded.issue(batch)
    assert report.issued
    assert not report.refused
    assert {each.number[:6] for each in founded.certificates()} == {"990101"}
    assert set(founded.outcomes()) == {"valid"}


@pytest.mark.postgres
@pytest.mark.slow
def test_rejected_rows_are_counted_and_never_issued(founded: DemoOffice) -> None:
    batch = founded.approved(FAULTY_LIST)
    report = founded.issue(batch)
    with founded.opened.register.read() as session:
        found = read_batch(session, batch)
    assert found.rows_rejected > 0
    assert found.rows_total == len(report.issued) + found.rows_rejected
    assert found.rows_waiting == found.rows_reserved == 0
    assert len(founded.certificates()) == len(report.issued)


def contents(demo: DemoOffice) -> dict[str, tuple[bytes | None, str]]:
    """Credential and check code by number."""
    found = {each.number: demo.content(each) for each in demo.certificates()}
    return {number: (each.credential, each.check_code) for number, each in found.items()}


def assert_no_gaps(demo: DemoOffice) -> None:
    """Every serial that a counter ever gave has exactly one certificate row that explains it."""
    numbers = [number for (number,) in demo.raw("SELECT number FROM certificates")]
    counters = demo.raw("SELECT scope, last FROM number_counters WHERE scope <> 'batch'")
    serials: dict[str, list[int]] = {}
    for number in numbers:
        serials.setdefault(number[:-6], []).append(int(number[-6:]))
    assert sorted(last for _, last in counters) == sorted(len(each) for each in serials.values())
    for each in serials.values():
        assert sorted(each) == list(range(1, len(each) + 1))
