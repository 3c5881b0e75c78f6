"""Offices that act side by side: two runs of issuing, two who approve, two changes of a certificate, an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from credential.history import Act
from credential.snapshot import parse_snapshot
from issuer import audit
from issuer.db.models import AuditChainRow, AuditRow, CertificateRow, EventRow, PublicationRow
from issuer.intake.model import AwardDraft
from issuer.issuing import reserve
from issuer.issuing.issuer import Report
from issuer.sequencer import chain_all
from issuer.services import batches, operators, status
from issuer.services.signing import sign_here
from issuer.status import apply
from issuer.worker.issuing import IssuingJob
from tests.services.elsewhere import administrator
from tests.support.databases import POSTGRESQL
from tests.support.office import ACTOR, APPROVER, CLERK, DemoOffice, batch_drafts, drafts
from tests.support.sidebyside import codes, meet, together

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
OTHER = "boss3"


@pytest.fixture
def beside(founded: DemoOffice) -> Iterator[DemoOffice]:
    """Another program with the same home open."""
    yield from _beside(founded)


@pytest.fixture
def beside_issued(issued: DemoOffice) -> Iterator[DemoOffice]:
    yield from _beside(issued)


def _beside(demo: DemoOffice) -> Iterator[DemoOffice]:
    new = operators.NewOperator(id=OTHER, person="工号 9", name="另一位", role="approver", authority=None)
    operators.add_here(demo.opened, ACTOR, new)
    other = DemoOffice.open(demo.home.directory, demo.clock())
    yield other
    other.close()


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    return 400 if request.config.getoption("--soak") else 30


def people(count: int, template: AwardDraft, begin: int) -> list[AwardDraft]:
    """Awards of people whom no other list names."""
    return [replace(each, id_number=f"E{begin + place:08d}") for place, each in enumerate(drafts(count, template))]


def run(demo: DemoOffice, batch: str) -> Report:
    """Issue a batch as a worker does that is not the only one."""
    # Threads and forks do not go together: this process signs.
    return IssuingJob(demo.opened, members=0).run(batch, between=lambda _: None)


# Issuing


def test_two_runs_of_one_authority_give_numbers_without_a_gap(
    founded: DemoOffice,
    beside: DemoOffice,
    senior_engineer: AwardDraft,
    monkeypatch: pytest.MonkeyPatch,
    many: int,
) -> None:
    monkeypatch.setattr("issuer.issuing.issuer.CHUNK", 7)
    one = founded.approved_drafts(people(many, senior_engineer, 100_000))
    other = founded.approved_drafts(people(many, senior_engineer, 200_000))
    found = together(lambda: run(founded, one), lambda: run(beside, other))
    assert [len(each.issued) for each in found] == [many, many], found
    taken = sorted(int(number) for (number,) in founded.raw("SELECT number FROM certificates"))
    assert taken == list(range(taken[0], taken[0] + 2 * many))
    [(last,)] = founded.raw("SELECT last FROM number_counters WHERE scope <> 'batch'")
    assert last == 2 * many
    assert founded.raw("SELECT DISTINCT state FROM batches") == [("issued",)]
    entries = founded.raw("SELECT count(*), count(DISTINCT object) FROM audit WHERE act = 'certificate.issue'")
    assert entries == [(2 * many, 2 * many)]


def test_one_person_in_two_lists_gets_a_title_once(
    founded: DemoOffice, beside: DemoOffice, senior_engineer: AwardDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = people(3, senior_engineer, 100_000)
    one = founded.approved_drafts(both)
    other = founded.approved_drafts([replace(each, note="又一次") for each in both])
    meet(monkeypatch, "issuer.issuing.reserve.require_photos", 2)  # behind every question, before a number is taken
    found = together(lambda: run(founded, one), lambda: run(beside, other))
    assert codes(found) == [None, None]
    assert sorted(len(each.issued) for each in found) == [0, 3]
    assert {each.code for report in found for each in report.refused} == {"already_issued"}


def test_who_is_being_barred_gets_nothing_meanwhile(
    issued: DemoOffice, beside_issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is written and not committed when the other run asks for the person."""
    first = issued.certificates()[0]
    [(award,)] = issued.raw("SELECT award FROM certificates WHERE number = ?", first.number)
    [(row,)] = issued.raw("SELECT sheet_row FROM awards WHERE id = ?", award)
    person = next(each for each in batch_drafts(issued, "sf-hrss-0001") if each.sheet_row == row)
    batch = issued.approved_drafts([replace(person, note="又一次")])
    written, asking = threading.Event(), threading.Event()
    usual, asked = apply.add_record, reserve.locked_holders

    def slowly(*given: Any) -> None:
        usual(*given)
        written.set()
        asking.wait(timeout=5 if issued.opened.register.engine.dialect.name == POSTGRESQL else 1)
        time.sleep(0.3)

    def ask(*given: Any) -> Any:
        asking.set()
        return asked(*given)

    def issue() -> Report:
        assert written.wait(timeout=30)
        return run(beside_issued, batch)

    monkeypatch.setattr(apply, "add_record", slowly)
    monkeypatch.setattr(reserve, "locked_holders", ask)
    planned = issued.plan(issued.order(first.number))
    [_, report] = together(lambda: issued.apply(planned), issue)
    assert codes([report]) == [None]
    assert [each.code for each in report.refused] == ["barred"]


# Approving


def test_of_two_who_approve_one_batch_one_does(
    founded: DemoOffice, beside: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = founded.store()
    founded.submit(batch)
    drafted = [
        (demo, sign_here(demo.opened, batches.draft(demo.opened, who, Act.APPROVE, batch)))
        for demo, who in ((founded, APPROVER), (beside, OTHER))
    ]
    meet(monkeypatch, "issuer.services.batches.read_operators", 2)
    found = together(*(lambda each=each: batches.accept(each[0].opened, each[1]) for each in drafted))
    assert sorted(codes(found), key=str) == [None, "wrong_state"]
    assert founded.raw("SELECT count(*) FROM statements WHERE act = 'approve'") == [(1,)]
    assert founded.raw("SELECT count(*) FROM audit WHERE act = 'batch.approve'") == [(1,)]
    assert len(founded.issue(batch).issued) == 24


def test_a_statement_counts_once(founded: DemoOffice, beside: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same token twice; its nonce is one."""
    batch = founded.store()
    token = sign_here(founded.opened, batches.draft(founded.opened, CLERK, Act.SUBMIT, batch))
    meet(monkeypatch, "issuer.services.batches.read_operators", 2)
    found = together(lambda: batches.accept(founded.opened, token), lambda: batches.accept(beside.opened, token))
    assert sorted(codes(found), key=str) == [None, "statement_used"]


def test_a_row_is_taken_back_or_issued(approved: DemoOffice) -> None:
    batch = "sf-hrss-0001"
    other = DemoOffice.open(approved.home.directory, approved.clock())
    made = batches.draft_taking_back(approved.opened, APPROVER, batch, row=4)
    token = sign_here(approved.opened, made)
    found = together(lambda: run(other, batch), lambda: batches.accept_taking_back(approved.opened, token))
    report, taken = found
    assert codes([report]) == [None]
    assert codes([taken]) in ([None], ["reserved"], ["moved_on"])
    is_taken = codes([taken]) == [None]
    assert len(report.issued) == (23 if is_taken else 24)
    assert approved.raw("SELECT count(*) FROM awards WHERE state = 'issued'") == [(len(report.issued),)]
    other.close()


# Changes of status


def test_of_two_changes_of_one_certificate_one_is_done(
    issued: DemoOffice, beside_issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = issued.certificates()[0].number
    orders = (
        (issued, APPROVER, issued.order(number, act=Act.CANCEL)),
        (beside_issued, OTHER, issued.order(number, act=Act.SUSPEND)),
    )
    drafted = []
    for demo, who, order in orders:
        planned = demo.plan(order)
        drafted.append((demo, sign_here(demo.opened, status.draft(demo.opened, who, planned)), planned.seen))
    meet(monkeypatch, "issuer.services.status.read_operators", 2)
    found = together(*(lambda each=each: status.accept(each[0].opened, *each[1:]) for each in drafted))
    assert sorted(codes(found), key=str) == [None, "moved_on"]
    events = "SELECT count(*) FROM events JOIN certificates c ON c.id = certificate WHERE c.number = ?"
    assert issued.raw(events, number) == [(2,)]
    issued.publish()
    assert issued.outcomes()["valid"] == 23


def test_an_order_counts_once(issued: DemoOffice, beside_issued: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same token twice: both see a nonce that is new, and the register takes it once."""
    planned = issued.plan(issued.order(issued.certificates()[0].number))
    token = sign_here(issued.opened, status.draft(issued.opened, APPROVER, planned))
    meet(monkeypatch, "issuer.services.status.published_trust", 2)
    found = together(
        lambda: status.accept(issued.opened, token, planned.seen),
        lambda: status.accept(beside_issued.opened, token, planned.seen),
    )
    assert sorted(codes(found), key=str) == [None, "statement_used"]
    assert issued.raw("SELECT count(*) FROM statements WHERE act = 'withdraw'") == [(1,)]


def test_changes_of_many_in_two_orders_all_come_through(issued: DemoOffice, beside_issued: DemoOffice) -> None:
    """Each names half of them, and its list runs the other way."""
    numbers = [each.number for each in issued.certificates()]
    plans = [
        (issued, APPROVER, issued.plan(issued.order(*numbers[::2]))),
        (beside_issued, OTHER, issued.plan(issued.order(*numbers[:0:-2]))),
    ]
    assert codes(together(*(lambda each=each: each[0].apply(each[2], each[1]) for each in plans))) == [None, None]
    assert issued.raw("SELECT count(*) FROM events WHERE kind = 'withdrawn'") == [(24,)]


# Ends


def test_an_act_that_is_being_accepted_stands_against_the_end(
    founded: DemoOffice, beside: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end was drafted before; the act is in a transaction that is not over."""
    from issuer.batches import approval

    batch = founded.store()
    early = operators.draft_end(beside.opened, CLERK).signed_by(administrator(beside))
    token = sign_here(founded.opened, batches.draft(founded.opened, CLERK, Act.SUBMIT, batch))
    inside, usual = threading.Event(), approval.move

    def slowly(*given: Any, **named: Any) -> Any:
        moved = usual(*given, **named)
        inside.set()
        time.sleep(0.5)
        return moved

    def end() -> object:
        assert inside.wait(timeout=30)
        return operators.accept(beside.opened, ACTOR, early)

    monkeypatch.setattr(approval, "move", slowly)
    found = together(lambda: batches.accept(founded.opened, token), end)
    assert codes(found) == [None, "operator_acted"]


# Publishing


def test_no_snapshot_names_a_head_that_lacks_an_act_it_publishes(
    issued: DemoOffice, beside_issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """One office withdraws one certificate after another while another publishes, again and again."""
    monkeypatch.setattr("issuer.services.status.chain_soon", lambda _: None)
    for name in ("issuer.publishing.publisher", "issuer.worker.publishing"):
        monkeypatch.setattr(f"{name}.members_for", lambda _: 0)
    numbers = [each.number for each in issued.certificates()][: 24 if many > 100 else 8]
    done = threading.Event()

    def withdraw() -> None:
        try:
            for number in numbers:
                beside_issued.apply(beside_issued.plan(beside_issued.order(number)), OTHER)
        finally:
            done.set()

    def publish() -> None:
        with issued.worker() as worker:
            while not done.is_set():
                worker.run_pending()
            worker.publish_changes(even_without=True)

    assert codes(together(withdraw, publish)) == [None, None]
    chain_all(issued.opened.register)
    lengths, places = _snapshots(issued), _places(issued)
    published = _published(issued)
    assert set(published) == set(numbers)
    for number, sequence in published.items():
        assert places[number] <= lengths[sequence], (number, sequence)


def _snapshots(demo: DemoOffice) -> dict[int, int]:
    """By number: how long the chain is that each snapshot names."""
    with demo.opened.register.read() as session:
        tokens = [each for each in session.scalars(select(PublicationRow.token)) if each is not None]
    contents = [parse_snapshot(token).content for token in tokens]
    return {each.seq: each.audit_length for each in contents}


def _places(demo: DemoOffice) -> dict[str, int]:
    """By certificate: the place of the entry of its withdrawal."""
    with demo.opened.register.read() as session:
        audit.verify_chain(session)
        query = select(AuditRow.object, AuditChainRow.ordinal).join(AuditChainRow, AuditChainRow.entry == AuditRow.id)
        return dict(session.execute(query.where(AuditRow.act == "certificate.withdraw")).all())


def _published(demo: DemoOffice) -> dict[str, int]:
    """By certificate: the snapshot with which its withdrawal went out."""
    with demo.opened.register.read() as session:
        query = select(CertificateRow.number, EventRow.published).join(
            EventRow, EventRow.certificate == CertificateRow.id
        )
        return {number: seq for number, seq in session.execute(query.where(EventRow.ordinal == 2)) if seq is not None}
