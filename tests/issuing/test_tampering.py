"""Whoever owns the database, or the folder: nothing that they write is signed; it is told, or repaired."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from credential import snapshot as snapshots
from credential import statements
from credential.days import day_of
from credential.errors import CredentialError
from credential.history import Act, Reason
from credential.merkle import Frontier, leaf_hash
from credential.signing import Signer
from credential.statements import SeenCertificate, Statement, certificates_root
from credential.statuslist import Status
from credential.text import from_base64url
from issuer.batches.rows import open_row, open_rows
from issuer.db.integrity import IntegrityRecord, add_record
from issuer.db.models import HolderRow
from issuer.errors import IssuerError, NotAllowedError, TamperedError
from issuer.services import operators
from issuer.vault import DataKey
from issuer.worker.documents import DocumentsJob
from tests.support.clock import NOW
from tests.support.founding import copied, found_demonstration
from tests.support.office import ACTOR, APPROVED, APPROVER, CLERK, DISTRICT_APPROVER, PROVINCE, DemoOffice

pytestmark = pytest.mark.usefixtures("no_documents")


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


# Before the signature


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
    demo = DemoOffice.open(shutil.copytree(approved_home, tmp_path_factory.mktemp("reserved") / "home"))
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
    assert [each.code for each in report.refused] == ["barred"]
    assert reserved.raw("SELECT number FROM certificates WHERE credential IS NULL") == [(number,)]


def test_an_older_file_of_operators_is_refused(approved: DemoOffice) -> None:
    older = approved.home.operators.read_bytes()
    operators.end_here(approved.opened, ACTOR, CLERK)
    approved.home.operators.write_bytes(older)
    refused(approved, APPROVED, TamperedError, "operators_rollback")


def test_another_administrators_file_of_operators_is_refused(approved: DemoOffice, tmp_path: Path) -> None:
    found_demonstration(tmp_path / "stranger")
    approved.home.operators.write_bytes((tmp_path / "stranger" / "operators.jwt").read_bytes())
    refused(approved, APPROVED, TamperedError, "operators_file")


def test_a_clerk_who_left_before_the_issue_stops_it(approved: DemoOffice) -> None:
    approved.clock.move(minutes=1)
    operators.end_here(approved.opened, ACTOR, CLERK)
    refused(approved, APPROVED, NotAllowedError, "operator_not_in_force")


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
    issued.raw("UPDATE certificates SET document_path = NULL")
    with pytest.raises(TamperedError) as caught:
        DocumentsJob(issued.opened).make(certificate.id, PROVINCE)
    assert caught.value.code == "rows_altered"
    assert issued.raw("SELECT count(*) FROM certificates WHERE document_path IS NOT NULL") == [(0,)]


# Status and histories


def nudge(demo: DemoOffice, number: str) -> None:
    """Put the certificate into the outbox, as somebody does who wants it published anew."""
    demo.raw(
        "INSERT INTO outbox (topic, object, created, attempts)"
        " SELECT 'publish', id, '2026-11-21 02:00:00', 0 FROM certificates WHERE number = ?",
        number,
    )


def codes_of_publishing(demo: DemoOffice) -> list[str]:
    with demo.worker() as worker:
        return [held.code for held in worker.publish_changes(even_without=True).held_back]


@pytest.mark.parametrize("nudged", [True, False])
@pytest.mark.parametrize("forged", ["withdrawn", "suspended"])
def test_a_forged_state_reaches_nobody(issued: DemoOffice, forged: str, nudged: bool) -> None:
    number = issued.certificates()[0].number
    issued.raw("UPDATE certificates SET state = ? WHERE number = ?", forged, number)
    if nudged:
        nudge(issued, number)
    assert codes_of_publishing(issued) == ["state_differs"] * (1 + nudged), "held back, and told"
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.parametrize("nudged", [True, False])
def test_a_withdrawal_is_not_undone_by_a_forged_state(issued: DemoOffice, nudged: bool) -> None:
    number = issued.certificates()[0].number
    issued.change(number)
    issued.raw("UPDATE certificates SET state = 'valid' WHERE number = ?", number)
    if nudged:
        nudge(issued, number)
    assert codes_of_publishing(issued) == ["state_differs"] * (1 + nudged), "held back, and told"
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.parametrize("whole", [False, True])
def test_a_withdrawal_is_not_undone_by_deleting_its_rows(issued: DemoOffice, whole: bool) -> None:
    """Event, state, statement, signed history: all rows as they were before. The public still knows."""
    number, certificate = issued.certificates()[0].number, issued.certificates()[0].id
    [before] = issued.raw("SELECT events, content FROM signed_histories WHERE certificate = ?", certificate)
    issued.change(number)
    issued.raw("DELETE FROM events WHERE ordinal > 1")
    issued.raw("UPDATE certificates SET state = 'valid'")
    if whole:
        issued.raw("DELETE FROM statements WHERE act = 'withdraw'")
        issued.raw("UPDATE signed_histories SET events = ?, content = ? WHERE certificate = ?", *before, certificate)
    codes_of_publishing(issued)
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}, "untouched"
    nudge(issued, number)
    assert codes_of_publishing(issued) == ["history_shortened"]
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


def test_the_first_event_is_not_rewritten_either(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.raw("UPDATE events SET effective = '2026-11-20', recorded = '2026-11-20 02:00:00.000000'")
    nudge(issued, number)
    assert codes_of_publishing(issued) == ["history_shortened"]
    assert issued.outcomes() == {"valid": 24}


def forge(demo: DemoOffice, number: str, operator: str | None, act: str = "withdraw", **changes: Any) -> None:
    """Insert a withdrawal as rows, with a statement by ``operator`` that says something else in what is changed.

    The list that the statement names is inserted too; ``listed`` inserts another one in its place.
    """
    now, today = demo.clock(), day_of(demo.clock())
    seen = changes.get("seen", [SeenCertificate(number=number, state=Status.VALID, events=1)])
    said = {
        "authority": "sf-hrss",
        "basis": "依据",
        "document": "文号",
        "effective": today.isoformat(),
        "reason": "fraud",
    }
    statement = Statement(
        act=Act(act),
        deployment=changes.get("deployment", "shifan-demo"),
        operator=changes.get("claimed", operator or ""),
        object={name: changes.get(name, value) for name, value in said.items()},
        previous="valid",
        counts={"certificates": changes.get("count", len(seen))},
        digests={"certificates_root": certificates_root(seen)},
        issued_at=changes.get("issued_at", now),
        nonce="A" * 22,
    )
    if operator is not None:
        put_statement(demo, statement, demo.signer(operator), operator)
        put_list(demo, changes.get("listed", seen))
    demo.raw(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason,"
        " statement) SELECT id, (SELECT 1 + count(*) FROM events WHERE certificate = id), 'withdrawn', ?, ?,"
        " 'sf-hrss', '依据', '文号', 'fraud', ? FROM certificates WHERE number = ?",
        today.isoformat(),
        now.strftime("%Y-%m-%d %H:%M:%S.%f"),
        None if operator is None else "forged",
        number,
    )
    demo.raw("UPDATE certificates SET state = 'withdrawn' WHERE number = ?", number)
    nudge(demo, number)


def put_statement(demo: DemoOffice, statement: Statement, signer: Signer, operator: str) -> None:
    demo.raw(
        "INSERT INTO statements (id, act, operator, nonce, scheme, key_id, evidence, received)"
        " VALUES ('forged', ?, ?, ?, 'jws', ?, ?, ?)",
        statement.act.value,
        operator,
        from_base64url(statement.nonce),
        bytes(signer.key_id),
        statements.sign(statement, signer).encode(),
        demo.clock().strftime("%Y-%m-%d %H:%M:%S.%f"),
    )


def put_list(demo: DemoOffice, seen: Sequence[SeenCertificate]) -> None:
    tree = Frontier()
    for place, each in enumerate(seen):
        demo.raw(
            "INSERT INTO stated_certificates (statement, position, number, state, events, hashes)"
            " VALUES ('forged', ?, ?, ?, ?, ?)",
            place,
            each.number,
            each.state.word,
            each.events,
            b"".join(tree.append(leaf_hash(each.encode()))),
        )


def test_the_forgery_of_these_tests_is_good_when_nothing_is_wrong_with_it(issued: DemoOffice) -> None:
    forge(issued, issued.certificates()[0].number, APPROVER)
    assert codes_of_publishing(issued) == []
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


FIRST: Final = SeenCertificate(number="99000020261000001", state=Status.VALID, events=1)
"""The certificate to which the forged event belongs."""
SECOND: Final = replace(FIRST, number="99000020261000002")
ANOTHER: Final = replace(FIRST, number="99000020262000099")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operator", "changes", "code"),
    [
        (None, {}, "unordered_event"),
        (APPROVER, {"act": "suspend"}, "unordered_event"),
        (APPROVER, {"seen": [ANOTHER]}, "unordered_event"),
        (APPROVER, {"seen": [ANOTHER], "listed": [FIRST]}, "unordered_event"),
        (APPROVER, {"seen": [ANOTHER, SECOND], "listed": [ANOTHER, SECOND, FIRST]}, "unordered_event"),
        (APPROVER, {"seen": [ANOTHER, SECOND], "listed": [ANOTHER, FIRST]}, "unordered_event"),
        (APPROVER, {"seen": [], "listed": [FIRST]}, "unordered_event"),
        (APPROVER, {"listed": []}, "unordered_event"),
        (APPROVER, {"count": 2}, "unordered_event"),
        (APPROVER, {"seen": [replace(FIRST, state=Status.SUSPENDED)]}, "unordered_event"),
        (APPROVER, {"seen": [replace(FIRST, state=Status.SUSPENDED)], "listed": [FIRST]}, "unordered_event"),
        (APPROVER, {"seen": [replace(FIRST, events=3)]}, "unordered_event"),
        (APPROVER, {"seen": [replace(FIRST, events=3)], "listed": [FIRST]}, "unordered_event"),
        (APPROVER, {"reason": "procedure"}, "unordered_event"),
        (APPROVER, {"reason": 2}, "unordered_event"),
        (APPROVER, {"reason": True}, "unordered_event"),
        (APPROVER, {"basis": "别的依据"}, "unordered_event"),
        (APPROVER, {"document": "别的文号"}, "unordered_event"),
        (APPROVER, {"effective": "2026-11-20"}, "unordered_event"),
        (APPROVER, {"authority": "sfq-hrss"}, "unordered_event"),
        (APPROVER, {"deployment": "elsewhere"}, "unordered_event"),
        (APPROVER, {"issued_at": NOW - timedelta(hours=24)}, "unordered_event"),
        (APPROVER, {"issued_at": NOW + timedelta(seconds=361)}, "unordered_event"),
        (APPROVER, {"claimed": CLERK}, "unordered_event"),
        (CLERK, {}, "role"),
        (DISTRICT_APPROVER, {}, "other_authority"),
    ],
)
def test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on(
    issued: DemoOffice, operator: str | None, changes: dict[str, object], code: str
) -> None:
    first, second = (each.number for each in issued.certificates()[:2])
    assert (first, second) == (FIRST.number, SECOND.number)
    forge(issued, first, operator, **changes)
    issued.apply(issued.plan(issued.order(second)))
    found = codes_of_publishing(issued)
    assert found[0] == code
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
    assert issued.verdict(issued.certificates()[0]).outcome == "valid"


LISTS: Final = (
    "UPDATE stated_certificates SET number = (SELECT number FROM certificates WHERE number NOT IN"
    " (SELECT number FROM stated_certificates) LIMIT 1) WHERE position = 3",
    "UPDATE stated_certificates SET state = 'suspended' WHERE position = 3",
    "UPDATE stated_certificates SET events = 2 WHERE position = 3",
    "UPDATE stated_certificates SET position = 9 WHERE position = 3",
    "DELETE FROM stated_certificates WHERE position = 3",
    "UPDATE stated_certificates SET hashes = zeroblob(32) WHERE position = 2",
    "UPDATE stated_certificates SET hashes = CAST(substr(hashes, 1, 32) || zeroblob(32) AS BLOB) WHERE position = 1",
    "UPDATE stated_certificates SET hashes = substr(hashes, 1, 32) WHERE position = 1",
    "DELETE FROM stated_certificates WHERE position = 4",
)
"""What can happen to the list of an order over five certificates, seen from the fourth."""


@pytest.mark.slow
@pytest.mark.parametrize("change", LISTS)
def test_a_list_that_was_altered_beside_its_statement_is_told(issued: DemoOffice, change: str) -> None:
    numbers = [each.number for each in issued.certificates()[:5]]
    issued.apply(issued.plan(issued.order(*numbers)))
    issued.raw(change)
    with issued.worker() as worker:
        held = {each.object: each.code for each in worker.publish_changes().held_back}
    fourth = issued.certificates()[3]
    assert held[fourth.id] == "unordered_event"
    assert issued.verdict(fourth).outcome == "valid"
    assert issued.outcomes()["withdrawn"] + len(held) == 5, "each goes out, or is told"


def test_one_number_more_on_the_list_orders_nothing(issued: DemoOffice) -> None:
    """Beside the list of an order that was accepted, and the event that it would have brought."""
    first, second = issued.certificates()[:2]
    issued.apply(issued.plan(issued.order(first.number)))
    added = SeenCertificate(number=second.number, state=Status.VALID, events=1)
    issued.raw(
        "INSERT INTO stated_certificates SELECT statement, 1, ?, 'valid', 1, ? FROM stated_certificates",
        added.number,
        leaf_hash(added.encode()),
    )
    issued.raw(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason,"
        " statement) SELECT ?, 2, kind, effective, recorded, authority, basis, document, reason, statement"
        " FROM events WHERE certificate = ? AND ordinal = 2",
        second.id,
        first.id,
    )
    issued.raw("UPDATE certificates SET state = 'withdrawn' WHERE id = ?", second.id)
    nudge(issued, second.number)
    assert codes_of_publishing(issued)[0] == "unordered_event"
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


def test_an_order_that_nobody_accepted_is_for_the_state_that_its_operator_saw(issued: DemoOffice) -> None:
    """Somebody who owns the database holds back a signed order, and inserts it when the certificate has moved on."""
    certificate = issued.certificates()[0]
    for act in (Act.SUSPEND, Act.REINSTATE):
        issued.change(certificate.number, act=act, reason=Reason.OTHER)
    forge(issued, certificate.number, APPROVER)
    assert codes_of_publishing(issued)[0] == "unordered_event"
    assert issued.outcomes() == {"valid": 24}


def test_a_statement_counts_once(issued: DemoOffice) -> None:
    """Suspended, reinstated, and suspended again by the first statement."""
    certificate = issued.certificates()[0]
    issued.change(certificate.number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)
    issued.change(certificate.number, act=Act.REINSTATE, reason=Reason.CLEARED)
    issued.raw(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason,"
        " statement) SELECT certificate, 4, kind, effective, recorded, authority, basis, document, reason, statement"
        " FROM events WHERE certificate = ? AND ordinal = 2",
        certificate.id,
    )
    issued.raw("UPDATE certificates SET state = 'suspended' WHERE id = ?", certificate.id)
    nudge(issued, certificate.number)
    assert codes_of_publishing(issued)[0] == "unordered_event"
    assert issued.outcomes() == {"valid": 24}


def test_events_that_change_places_are_held_back(issued: DemoOffice) -> None:
    first, second = issued.certificates()[:2]
    issued.apply(issued.plan(issued.order(first.number)))
    issued.raw("UPDATE events SET certificate = ? WHERE certificate = ? AND ordinal = 2", second.id, first.id)
    nudge(issued, second.number)
    found = codes_of_publishing(issued)
    assert "unordered_event" in found
    assert issued.outcomes() == {"valid": 24}


def test_an_authority_without_the_right_does_nothing_even_with_an_operators_key(issued: DemoOffice) -> None:
    """An insider signs a true statement past the plan: the worker asks the trust list again."""
    number = issued.certificates()[0].number
    forge(issued, number, DISTRICT_APPROVER, authority="sfq-hrss")
    issued.raw("UPDATE events SET authority = 'sfq-hrss' WHERE ordinal = 2")
    assert codes_of_publishing(issued)[0] == "no_right"
    assert issued.outcomes() == {"valid": 24}


def test_work_on_nothing_stops_nobody(issued: DemoOffice) -> None:
    issued.raw(
        "INSERT INTO outbox (topic, object, created, attempts) VALUES ('publish', 'x', '2026-11-21 02:00:00', 0)"
    )
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    assert codes_of_publishing(issued) == ["no_certificate"]
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


# The audit


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE ordinal = (SELECT max(ordinal) FROM audit)",
        "DELETE FROM audit WHERE ordinal = (SELECT max(ordinal) FROM audit) - 1",
    ],
)
def test_an_altered_audit_entry_stops_publishing(issued: DemoOffice, statement: str) -> None:
    first, second = (each.number for each in issued.certificates()[:2])
    issued.apply(issued.plan(issued.order(first)))
    issued.apply(issued.plan(issued.order(second)))
    before = issued.files()
    issued.raw(statement)
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.run_pending()
    assert caught.value.code == "audit_altered"
    assert issued.files() == before


def test_a_chain_that_was_rewritten_shows(issued: DemoOffice) -> None:
    """Whoever owns the database computes every hash anew; what was published of the chain stays."""
    issued.raw("DELETE FROM audit WHERE ordinal > 20")
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.run_pending()
    assert caught.value.code == "audit_altered"


# The folder


def test_an_older_snapshot_in_the_folder_is_not_built_upon(issued: DemoOffice) -> None:
    """Built upon, it would bring back a withdrawn certificate."""
    path = issued.home.publication_folder / "snapshot.jwt"
    older = path.read_bytes()
    first, second = (each.number for each in issued.certificates()[:2])
    issued.change(first)
    path.write_bytes(older)
    issued.clock.move(minutes=1)
    issued.change(second)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_an_older_snapshot_is_replaced_without_being_asked(issued: DemoOffice) -> None:
    path = issued.home.publication_folder / "snapshot.jwt"
    older = path.read_bytes()
    issued.change(issued.certificates()[0].number)
    path.write_bytes(older)
    with issued.worker() as worker:
        assert worker.renew_if_needed() is not None
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
@pytest.mark.parametrize("change", ["removed", "truncated", "emptied", "older"])
def test_a_damaged_shard_is_laid_out_anew(issued: DemoOffice, change: str) -> None:
    root = issued.home.publication_folder
    before = {path.name: path.read_bytes() for path in (root / "shards").iterdir()}
    issued.change(issued.certificates()[0].number)
    for path in (root / "shards").iterdir():
        if path.name not in before and path.stat().st_size > 1000:
            data = path.read_bytes()
            older = max(before.values(), key=len)
            path.write_bytes({"truncated": data[:-1], "emptied": b"", "older": older, "removed": b""}[change])
            if change == "removed":
                path.unlink()
    issued.clock.move(minutes=1)
    issued.change(issued.certificates()[1].number)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_a_damaged_manifest_is_laid_out_anew(issued: DemoOffice) -> None:
    for path in (issued.home.publication_folder / "shards").iterdir():
        if path.stat().st_size < 100:
            path.write_bytes(b"x")
    issued.change(issued.certificates()[1].number)
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_a_replaced_status_list_is_laid_out_anew(issued: DemoOffice) -> None:
    root = issued.home.publication_folder
    [older] = [path.read_bytes() for path in (root / "status" / "at").iterdir()]
    issued.change(issued.certificates()[0].number)
    for path in (root / "status" / "at").iterdir():
        path.write_bytes(older)
    issued.clock.move(minutes=1)
    issued.change(issued.certificates()[1].number)
    assert issued.outcomes() == {"valid": 22, "withdrawn": 2}


def test_a_trust_list_that_was_taken_back_stops_issuing_and_publishing(issued: DemoOffice) -> None:
    issued.clock.move(minutes=1)
    assert issued.publish_trust() == 2
    with issued.worker() as worker:
        worker.publish_changes(even_without=True)
    (issued.home.publication_folder / "trust" / "list" / "2").unlink()
    before = issued.files()
    with issued.worker() as worker:
        for act in (lambda: worker.publish_changes(even_without=True), lambda: worker.issue("sf-hrss-0001")):
            with pytest.raises(TamperedError) as caught:
                act()
            assert caught.value.code == "trust_rollback"
    assert issued.files() == before


def test_a_strangers_trust_list_stops_publishing(issued: DemoOffice, tmp_path: Path) -> None:
    found_demonstration(tmp_path / "stranger")
    place = issued.home.publication_folder / "trust" / "list" / "1"
    place.write_bytes((tmp_path / "stranger" / "publication" / "trust" / "list" / "1").read_bytes())
    snapshot = issued.files()["snapshot.jwt"]
    with issued.worker() as worker, pytest.raises(CredentialError) as caught:
        worker.publish_changes(even_without=True)
    assert caught.value.code in {"too_few_signatures", "unknown_key"}
    assert issued.files()["snapshot.jwt"] == snapshot


def test_a_register_restored_from_an_older_copy_publishes_nothing(issued: DemoOffice, tmp_path: Path) -> None:
    """It does not know the withdrawal that the public knows."""
    copy = tmp_path / "copy.sqlite3"
    with closing(sqlite3.connect(issued.home.register)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    issued.change(issued.certificates()[0].number)
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(issued.home.register)) as target:
        source.backup(target)
    before = issued.files()
    with issued.worker() as worker, pytest.raises(TamperedError) as caught:
        worker.publish_changes(even_without=True)
    assert caught.value.code == "register_behind"
    assert issued.files() == before
    assert snapshots.parse_snapshot(before["snapshot.jwt"]).content.seq == 2
