"""Somebody who owns the database alters a batch, or who approved it: nothing of it is signed or printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from credential.days import day_of
from credential.merkle import leaf_hash
from issuer.batches.rows import open_row, open_rows
from issuer.db.integrity import IntegrityRecord, add_record
from issuer.db.models import HolderRow
from issuer.errors import IssuerError, TamperedError
from issuer.services import operators
from issuer.vault import DataKey
from issuer.worker.documents import DocumentsJob
from tests.support.clock import NOW
from tests.support.databases import copy_home
from tests.support.founding import copied, found_demonstration
from tests.support.office import ACTOR, APPROVED, CLERK, PROVINCE, DemoOffice


def refused(demo: DemoOffice, batch: str, kind: type[IssuerError], code: str) -> None:
    """Issuing stops with this error and leaves nothing signed and nothing published."""
    with pytest.raises(kind) as caught:
        demo.issue(batch)
    assert caught.value.code == code
    assert demo.raw("SELECT count(*) FROM certificates WHERE credential IS NOT NULL") == [(0,)]
    assert not demo.home.publication.has("snapshot.jwt")


def row_key(demo: DemoOffice, holder: str) -> DataKey:
    with demo.opened.register.read() as session:
        wrapped = session.get_one(HolderRow, holder).wrapped_key
    return demo.opened.vault.unwrap(wrapped, table="holders", row=holder)


@pytest.mark.slow
def test_a_forged_approval_signs_nothing(founded: DemoOffice) -> None:
    batch = founded.store()
    founded.submit(batch)
    founded.raw("UPDATE batches SET state = 'approved'")
    refused(founded, batch, TamperedError, "no_statement")


def test_an_approval_moved_from_another_batch_signs_nothing(approved: DemoOffice) -> None:
    approved.raw("UPDATE batches SET decision_document = '示人社〔2026〕99号'")
    refused(approved, APPROVED, TamperedError, "other_statement")


@pytest.mark.slow
@pytest.mark.parametrize("field", ["name", "level", "award_date"])
def test_a_row_sealed_again_with_another_content_signs_nothing(approved: DemoOffice, field: str) -> None:
    """The strongest insider: owns database and key-encryption key, and no operator's key."""
    with approved.opened.register.read() as session:
        row = open_rows(session, approved.opened.vault, APPROVED)[7]
    draft = json.loads(row.normal)
    draft[field] = {"name": "冒名", "level": 1 if draft["level"] != 1 else 2, "award_date": "2026-06-01"}[field]
    plain = json.dumps(draft, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    sealed = row_key(approved, row.holder).seal(plain, table="awards", column="payload", row=row.award)
    approved.raw("UPDATE awards SET payload = ? WHERE id = ?", sealed, row.award)
    refused(approved, APPROVED, TamperedError, "rows_altered")
    approved.raw(
        "UPDATE awards SET hashes = CAST(? || substr(hashes, 33) AS BLOB) WHERE id = ?", leaf_hash(plain), row.award
    )
    refused(approved, APPROVED, TamperedError, "rows_altered")
    approved.raw("UPDATE batches SET rows_root = ?", b"\1" * 32)
    refused(approved, APPROVED, TamperedError, "other_statement")


@pytest.fixture(scope="module")
def reserved_home(approved_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a run died behind the reservation of the approved batch; copy it, do not change it."""
    demo = DemoOffice.open(copy_home(approved_home, tmp_path_factory.mktemp("reserved") / "home"))
    with pytest.MonkeyPatch.context() as patch:
        demo.reserve_and_die(APPROVED, patch)
    demo.close()
    return demo.home.directory


@pytest.fixture
def reserved(reserved_home: Path, tmp_path: Path) -> Iterator[DemoOffice]:
    """An office whose run died behind the reservation of the approved batch."""
    yield from copied(reserved_home, tmp_path)


def rewrite(demo: DemoOffice, change: Callable[[bytes], bytes]) -> None:
    """Seal other bytes to be signed at the place of the reserved ones."""
    [(certificate, holder, sealed)] = demo.raw("SELECT id, holder, to_sign FROM certificates ORDER BY number LIMIT 1")
    key = row_key(demo, holder)
    opened = key.open(sealed, table="certificates", column="to_sign", row=certificate)
    again = key.seal(change(opened), table="certificates", column="to_sign", row=certificate)
    demo.raw("UPDATE certificates SET to_sign = ? WHERE id = ?", again, certificate)


@pytest.mark.slow
def test_other_bytes_to_be_signed_are_not_signed(reserved: DemoOffice) -> None:
    [(number,)] = reserved.raw("SELECT number FROM certificates ORDER BY number LIMIT 1")
    other = number[:-1] + ("0" if number[-1] != "0" else "9")
    rewrite(reserved, lambda opened: opened.replace(number.encode(), other.encode()))
    refused(reserved, APPROVED, TamperedError, "reserved_differs")


def test_another_cti_is_not_signed(reserved: DemoOffice) -> None:
    """A credential that the register would know under another secret than it says."""
    [(cti,)] = reserved.raw("SELECT cti FROM certificates ORDER BY number LIMIT 1")
    rewrite(reserved, lambda opened: opened.replace(cti, bytes(15) + b"\7"))
    refused(reserved, APPROVED, TamperedError, "reserved_differs")


def test_two_certificates_that_change_places_are_not_signed(reserved: DemoOffice) -> None:
    (one, award_one), (two, award_two) = reserved.raw("SELECT id, award FROM certificates ORDER BY number LIMIT 2")
    for certificate, award in ((one, "none"), (two, award_one), (one, award_two)):
        reserved.raw("UPDATE certificates SET award = ? WHERE id = ?", award, certificate)
    refused(reserved, APPROVED, TamperedError, "reserved_differs")


@pytest.mark.slow
def test_a_holder_who_was_barred_between_reservation_and_signature_is_not_issued(reserved: DemoOffice) -> None:
    [(number, index)] = reserved.raw(
        "SELECT number, blind_index FROM certificates JOIN holders ON holders.id = holder ORDER BY number LIMIT 1"
    )
    record = IntegrityRecord(
        blind_index=index,
        authority=PROVINCE,
        certificate=None,
        basis="失信",
        document="示人社〔2026〕30号",
        term_from=day_of(NOW),
        term_until=None,
        recorded=NOW,
    )
    with reserved.opened.register.write() as session:
        add_record(session, record)
    report = reserved.issue(APPROVED)
    assert [each.code for each in report.refused] == ["integrity_unproven"]
    assert reserved.raw("SELECT number FROM certificates WHERE credential IS NULL") == [(number,)]


def test_an_older_file_of_operators_is_refused(approved: DemoOffice) -> None:
    older = approved.home.operators.read_bytes()
    operators.end_here(approved.opened, ACTOR, CLERK)
    approved.home.operators.write_bytes(older)
    refused(approved, APPROVED, TamperedError, "operators_rollback")


@pytest.mark.slow
def test_another_administrators_file_of_operators_is_refused(approved: DemoOffice, tmp_path: Path) -> None:
    found_demonstration(tmp_path / "stranger")
    approved.home.operators.write_bytes((tmp_path / "stranger" / "operators.jwt").read_bytes())
    refused(approved, APPROVED, TamperedError, "operators_file")


# The document


def test_a_row_that_was_altered_after_its_certificate_is_not_printed(issued: DemoOffice) -> None:
    """What a document says beside the credential, an employer for instance, is what two operators approved."""
    certificate = issued.certificates()[7]
    with issued.opened.register.read() as session:
        row = open_row(session, issued.opened.vault, certificate.award)
    draft = json.loads(row.normal) | {"employer": "冒名大学"}
    plain = json.dumps(draft, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    sealed = row_key(issued, row.holder).seal(plain, table="awards", column="payload", row=row.award)
    issued.raw("UPDATE awards SET payload = ? WHERE id = ?", sealed, row.award)
    with pytest.raises(TamperedError) as caught:
        DocumentsJob(issued.opened).make(certificate.id, PROVINCE)
    assert caught.value.code == "rows_altered"
    assert issued.raw("SELECT count(*) FROM certificates WHERE document_path IS NOT NULL") == [(0,)]
