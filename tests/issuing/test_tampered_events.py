"""Somebody who owns the database alters states and events: what no operator ordered is held back, the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import pytest

from credential import statements
from credential.days import day_of
from credential.history import Act, Reason
from credential.history import parse as parse_history
from credential.merkle import Frontier, leaf_hash
from credential.signing import Signer
from credential.statements import SeenCertificate, Statement, certificates_root
from credential.statuslist import Status
from credential.text import from_base64url
from issuer.db.certificates import Certificate
from tests.support.clock import NOW
from tests.support.forms import each_kind_quick, first_quick
from tests.support.office import APPROVER, CLERK, DISTRICT, DISTRICT_APPROVER, DemoOffice
from tests.support.office import SECOND as SECONDER
from tests.support.work import codes_of_publishing, nudge


@pytest.mark.slow
@pytest.mark.parametrize("nudged", [True, False])
@pytest.mark.parametrize("forged", first_quick(["withdrawn", "suspended"], 1))
def test_a_forged_state_reaches_nobody(issued: DemoOffice, forged: str, nudged: bool) -> None:
    number = issued.certificates()[0].number
    issued.raw("UPDATE certificates SET state = ? WHERE number = ?", forged, number)
    if nudged:
        nudge(issued, number)
    assert codes_of_publishing(issued) == ["state_differs"] * (1 + nudged), "held back, and told"
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
@pytest.mark.parametrize("nudged", first_quick([False, True], 1))
def test_a_withdrawal_is_not_undone_by_a_forged_state(issued: DemoOffice, nudged: bool) -> None:
    number = issued.certificates()[0].number
    issued.change(number)
    issued.raw("UPDATE certificates SET state = 'valid' WHERE number = ?", number)
    if nudged:
        nudge(issued, number)
    assert codes_of_publishing(issued) == ["state_differs"] * (1 + nudged), "held back, and told"
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
@pytest.mark.parametrize("whole", first_quick([True, False], 1))
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
    assert set(codes_of_publishing(issued)) == {"history_shortened"}
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


@pytest.mark.slow
def test_the_first_event_is_not_rewritten_either(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.raw("UPDATE events SET effective = '2026-11-20', recorded = '2026-11-20 02:00:00.000000'")
    nudge(issued, number)
    assert codes_of_publishing(issued) == ["history_shortened"] * 24, "each is looked at, also who is not in the work"
    assert issued.outcomes() == {"valid": 24}


def forge(demo: DemoOffice, number: str, operator: str | None, act: str = "withdraw", **changes: Any) -> None:
    """Insert a withdrawal as rows, with a statement by ``operator`` that says something else in what is changed.

    A second operator signed for what the first statement says: nothing is wrong with that one. The list that the
    statement names is inserted too; ``listed`` inserts another one in its place.
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
        put_second(demo, statement)
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


def put_second(demo: DemoOffice, first: Statement) -> None:
    """The second operator's statement, in order, over the first one that was put."""
    [(evidence,)] = demo.raw("SELECT evidence FROM statements WHERE id = 'forged'")
    second = replace(
        first,
        act=Act.SECOND,
        deployment="shifan-demo",
        operator=SECONDER,
        object={**first.object, "act": first.act.value},
        previous="waiting",
        digests={**first.digests, "first": sha256(evidence).hexdigest()},
        issued_at=demo.clock(),
        nonce="B" * 21 + "A",
    )
    put_statement(demo, second, demo.signer(SECONDER), SECONDER, name="seconded")
    instant = f"{demo.clock():%Y-%m-%d %H:%M:%S.%f}"
    demo.raw(
        "INSERT INTO orders (first, answer, state, made, until) VALUES ('forged', 'seconded', 'done', ?, ?)",
        instant,
        instant,
    )


def put_statement(
    demo: DemoOffice, statement: Statement, signer: Signer, operator: str, *, name: str = "forged"
) -> None:
    demo.raw(
        "INSERT INTO statements (id, act, operator, nonce, scheme, key_id, evidence, received)"
        " VALUES (?, ?, ?, ?, 'jws', ?, ?, ?)",
        name,
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


@pytest.mark.slow
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
    each_kind_quick(
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
            (APPROVER, {"issued_at": NOW - timedelta(days=30, seconds=1)}, "unseconded"),
            (APPROVER, {"issued_at": NOW + timedelta(seconds=361)}, "unseconded"),
            (APPROVER, {"claimed": CLERK}, "unordered_event"),
            (CLERK, {}, "role"),
            (DISTRICT_APPROVER, {}, "other_authority"),
        ],
        lambda row: (row[0], row[2]),
    ),
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
@pytest.mark.parametrize("change", first_quick(LISTS, 3))
def test_a_list_that_was_altered_beside_its_statement_is_told(issued: DemoOffice, change: str) -> None:
    numbers = [each.number for each in issued.certificates()[:5]]
    issued.apply(issued.plan(issued.order(*numbers)))
    issued.raw(change)
    with issued.worker() as worker:
        outcome = worker.publish_changes()
    held = {each.object: each.code for each in outcome.held_back}
    fourth = issued.certificates()[3]
    assert held[fourth.id] == "unordered_event"
    assert issued.verdict(fourth).outcome == "valid"
    assert issued.outcomes()["withdrawn"] + len(outcome.refused) == 5, "each goes out, or is told"


@pytest.mark.slow
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


@pytest.mark.slow
def test_an_order_that_nobody_accepted_is_for_the_state_that_its_operator_saw(issued: DemoOffice) -> None:
    """Somebody who owns the database holds back a signed order, and inserts it when the certificate has moved on."""
    certificate = issued.certificates()[0]
    for act in (Act.SUSPEND, Act.REINSTATE):
        issued.change(certificate.number, act=act, reason=Reason.OTHER)
    forge(issued, certificate.number, APPROVER)
    assert codes_of_publishing(issued)[0] == "unordered_event"
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
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


@pytest.mark.slow
def test_events_that_change_places_are_held_back(issued: DemoOffice) -> None:
    first, second = issued.certificates()[:2]
    issued.apply(issued.plan(issued.order(first.number)))
    issued.raw("UPDATE events SET certificate = ? WHERE certificate = ? AND ordinal = 2", second.id, first.id)
    nudge(issued, second.number)
    found = codes_of_publishing(issued)
    assert "unordered_event" in found
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_an_authority_without_the_right_does_nothing_even_with_an_operators_key(issued: DemoOffice) -> None:
    """An insider signs a true statement past the plan: the worker asks the trust list again."""
    number = issued.certificates()[0].number
    forge(issued, number, DISTRICT_APPROVER, authority="sfq-hrss")
    issued.raw("UPDATE events SET authority = 'sfq-hrss' WHERE ordinal = 2")
    assert codes_of_publishing(issued)[0] == "no_right"
    assert issued.outcomes() == {"valid": 24}


@pytest.mark.slow
def test_work_on_nothing_stops_nobody(issued: DemoOffice) -> None:
    issued.raw(
        "INSERT INTO outbox (topic, object, created, attempts) VALUES ('publish', 'x', '2026-11-21 02:00:00', 0)"
    )
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    assert codes_of_publishing(issued) == ["no_certificate"]
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}


# Events without a statement, or without a right


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", first_quick(["withdrawn", "annotated", "issued", "suspended", "cancelled", "superseded", "erased"], 1)
)
@pytest.mark.parametrize("borrowed", [False, True], ids=["no statement", "another act's statement"])
def test_no_kind_of_event_slips_through(issued: DemoOffice, kind: str, borrowed: bool) -> None:
    first, second, third = issued.certificates()[:3]
    statement = None
    if borrowed:
        issued.change(third.number)
        [(statement,)] = issued.raw("SELECT id FROM statements WHERE act = 'withdraw'")
    ended = kind == "erased"  # it follows on an end only
    if ended:
        issued.change(first.number)
    before = "withdrawn" if ended else "valid"
    put_event(issued, first, kind, statement, successor=second.number if kind == "superseded" else None)
    issued.apply(issued.plan(issued.order(second.number)))
    held = codes_of_publishing(issued)
    assert "unordered_event" in held
    assert issued.verdict_by_qr(first).outcome == before
    assert issued.verdict_by_qr(second).outcome == "withdrawn"
    [(content,)] = issued.raw("SELECT content FROM signed_histories WHERE certificate = ?", first.id)
    assert len(parse_history(content).message.payload) > 0
    assert issued.raw("SELECT events FROM signed_histories WHERE certificate = ?", first.id) == [(1 + ended,)]


@pytest.mark.slow
def test_a_withdrawal_is_not_set_aside_without_an_approved_row(issued: DemoOffice) -> None:
    first, second = issued.certificates()[:2]
    issued.change(first.number)
    put_event(issued, first, "set_aside", None, successor=second.number)
    assert "unordered_event" in codes_of_publishing(issued)
    assert issued.verdict(first).successor is None


def put_event(
    demo: DemoOffice, certificate: Certificate, kind: str, statement: str | None, *, successor: str | None = None
) -> None:
    now = demo.clock()
    demo.raw(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason,"
        " successor, note, statement) SELECT id, (SELECT 1 + count(*) FROM events WHERE certificate = id), ?, ?, ?,"
        " 'sf-hrss', '依据', '文号', 'fraud', ?, ?, ? FROM certificates WHERE id = ?",
        kind,
        f"{now:%Y-%m-%d}",
        f"{now:%Y-%m-%d %H:%M:%S}.000000",
        successor,
        "注" if kind == "annotated" else None,
        statement,
        certificate.id,
    )
    state = {"suspended": "suspended", "withdrawn": "withdrawn", "cancelled": "cancelled", "superseded": "superseded"}
    if kind in state:
        demo.raw("UPDATE certificates SET state = ? WHERE id = ?", state[kind], certificate.id)
    nudge(demo, certificate.number)


@pytest.mark.slow
def test_the_right_is_asked_whatever_a_row_says_was_signed(issued: DemoOffice) -> None:
    """An operator of another authority orders past the plan, and the register says that it is signed already."""
    certificate = issued.certificates()[0]
    issued.raw("UPDATE signed_histories SET events = 99 WHERE certificate = ?", certificate.id)
    forge(issued, certificate.number, DISTRICT_APPROVER, authority=DISTRICT)
    issued.raw("UPDATE events SET authority = ? WHERE ordinal = 2", DISTRICT)
    assert codes_of_publishing(issued)[0] == "no_right"
    assert issued.outcomes_by_qr() == {"valid": 24}
