"""Integrity records by statement: added, objected to, corrected, ended; what the database alone says frees nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from credential.history import Act, Reason
from issuer.batches.rows import open_row
from issuer.errors import ConflictError, InputError, NotAllowedError, TamperedError
from issuer.intake.model import AwardDraft
from issuer.integrity.checking import check_part
from issuer.services import batches, holders, integrity, reporting
from issuer.services.integrity import Change, NewRecord, Person, Planned, RecordState
from tests.support.databases import say
from tests.support.forms import first_quick
from tests.support.office import ACTOR, APPROVER, CLERK, DATA, LIST, PROVINCE, DemoOffice, batch_drafts

DECISION = "示人社信〔2026〕1号"
UNDER = "示人社信〔2026〕2号"


@pytest.fixture
def draft(founded: DemoOffice) -> AwardDraft:
    """An award of somebody who is not on record yet."""
    return batch_drafts(founded, founded.store())[0]


def new(draft: AwardDraft, **changes: object) -> NewRecord:
    record = NewRecord(
        person=Person(name=draft.name, id_type=draft.id_type, id_number=draft.id_number),
        basis="职称评审管理暂行规定第三十四条",
        document=DECISION,
        term_from=date(2026, 11, 21),
        term_until=date(2029, 11, 20),
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def added(demo: DemoOffice, *drafts: AwardDraft) -> tuple[str, ...]:
    """Put people on record."""
    planned = integrity.plan_add(demo.opened, [new(each) for each in drafts], authority=PROVINCE, document=DECISION)
    return integrity.act_here(demo.opened, APPROVER, planned)


def act(demo: DemoOffice, kind: Act, record: str, **said: object) -> None:
    changes = {record: Change(**said)}  # type: ignore[arg-type]
    planned = integrity.plan_act(demo.opened, kind, changes, document=UNDER)
    integrity.act_here(demo.opened, APPROVER, planned)


def refusals(demo: DemoOffice, draft: AwardDraft) -> list[str]:
    """Why an award is not issued."""
    many = len(demo.raw("SELECT id FROM batches"))
    return [each.code for each in demo.issue(demo.approved_drafts([replace(draft, note=str(many))])).refused]


def troubles(demo: DemoOffice) -> list[str]:
    """What a look at everything finds."""
    with demo.opened.register.read() as session:
        found = check_part(session, lambda: demo.opened.vault, demo.operators(), [("", None)])
    return sorted(each.code for each in found)


@pytest.mark.slow
def test_who_is_added_is_barred_and_the_others_are_not(founded: DemoOffice, draft: AwardDraft) -> None:
    other = replace(draft, id_number="11010519491231002X")
    [record] = added(founded, draft)
    assert troubles(founded) == []
    assert refusals(founded, draft) == ["barred"]
    assert refusals(founded, other) == []
    [listed] = integrity.listed(founded.opened)
    assert (listed.id, listed.state, listed.bars, listed.document) == (record, "running", True, DECISION)
    shown = integrity.shown(founded.opened, ACTOR, record)
    assert (shown.name, shown.id_number) == (draft.name, draft.id_number)


@pytest.mark.slow
def test_a_list_that_is_checked_names_who_is_on_record(founded: DemoOffice, draft: AwardDraft) -> None:
    added(founded, draft)
    founded.raw("UPDATE batches SET file_digest = zeroblob(32)")
    file = batches.ListFile(name="again.xlsx", data=(DATA / LIST).read_bytes())
    checked = batches.check(founded.opened, ACTOR, file, authority=PROVINCE)
    assert "barred" in {each.code for each in checked.findings}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Act.INTEGRITY_END, {}),
        (Act.INTEGRITY_CORRECT, {"term_until": date(2026, 11, 21), "term_from": date(2026, 11, 1)}),
    ],
)
def test_what_is_signed_frees_and_what_was_before_stays(
    founded: DemoOffice, draft: AwardDraft, kind: Act, said: dict[str, object]
) -> None:
    [record] = added(founded, draft)
    act(founded, Act.INTEGRITY_OBJECT, record, note="决定所依据的材料有误")
    assert refusals(founded, draft) == ["barred"], "an objection alone frees nobody"
    act(founded, kind, record, note="经复核", **said)
    founded.clock.move(days=1)
    assert refusals(founded, draft) == []
    steps = integrity.shown(founded.opened, ACTOR, record).steps
    assert [each.act for each in steps] == ["integrity_add", "integrity_object", kind.value]
    assert [each.note for each in steps] == ["", "决定所依据的材料有误", "经复核"]
    assert steps[0].term_until == date(2029, 11, 20)
    assert troubles(founded) == []


@pytest.mark.slow
def test_a_term_that_is_over_bars_nobody_and_is_expired_by_statement(founded: DemoOffice, draft: AwardDraft) -> None:
    [running] = added(founded, draft)
    over = new(draft, document="示人社信〔2023〕1号", term_from=date(2023, 11, 21), term_until=date(2026, 11, 20))
    planned = integrity.plan_add(founded.opened, [over], authority=PROVINCE, document=DECISION)
    [record] = integrity.act_here(founded.opened, APPROVER, planned)
    states = {each.id: (each.state, each.bars) for each in integrity.listed(founded.opened)}
    assert states == {running: ("running", True), record: ("over", False)}
    assert integrity.due_to_expire(founded.opened) == (record,)
    with pytest.raises(ConflictError) as caught:
        act(founded, Act.INTEGRITY_EXPIRE, running)
    assert caught.value.code == "integrity_state"
    act(founded, Act.INTEGRITY_EXPIRE, record)
    assert {each.id: each.state for each in integrity.listed(founded.opened)}[record] == RecordState.EXPIRED
    assert integrity.due_to_expire(founded.opened) == ()


@pytest.mark.slow
def test_a_withdrawal_s_record_is_corrected_and_ended_by_statement(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    name = issued.verdict_by_qr(certificate).certificate.name  # type: ignore[union-attr]
    issued.change(certificate.number)
    draft = next(each for each in batch_drafts(issued, "sf-hrss-0001") if each.name == name)
    [record] = integrity.listed(issued.opened)
    assert record.certificate == certificate.number
    assert refusals(issued, draft) == ["barred"]
    act(issued, Act.INTEGRITY_END, record.id, note="行政复议决定")
    assert refusals(issued, draft) == ["withdrawn_award"], "the very award stays withdrawn"
    assert integrity.listed(issued.opened)[0].state == RecordState.ENDED
    assert troubles(issued) == []


TAMPERED: Sequence[tuple[str, str]] = [
    ("DELETE FROM integrity_records", "integrity_missing"),
    ("DELETE FROM integrity_stated", "integrity_missing"),
    ("UPDATE integrity_stated SET term_until = '2026-11-22'", "integrity_missing"),
    ("UPDATE integrity_stated SET person = zeroblob(32)", "integrity_missing"),
    ("UPDATE integrity_records SET term_until = '2026-11-22'", "integrity_missing"),
    ("UPDATE integrity_records SET blind_index = zeroblob(32)", "integrity_missing"),
    ("UPDATE statements SET evidence = x'00' WHERE act = 'integrity_add'", "integrity_unproven"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("change", "code"), first_quick(TAMPERED, 2))
def test_what_is_changed_by_hand_is_reported_and_nothing_is_issued(
    founded: DemoOffice, draft: AwardDraft, change: str, code: str
) -> None:
    added(founded, draft)
    batch = founded.approved_drafts([draft])
    founded.raw(change)
    assert code in troubles(founded)
    with pytest.raises(TamperedError) as caught:
        founded.issue(batch)
    assert caught.value.code == code


@pytest.mark.slow
def test_who_shortens_a_term_in_row_and_list_alike_is_found_by_the_root(founded: DemoOffice, draft: AwardDraft) -> None:
    added(founded, draft)
    batch = founded.approved_drafts([draft])
    for table in ("integrity_records", "integrity_stated"):
        founded.raw(f"UPDATE {table} SET term_until = '2026-11-21', term_from = '2026-11-20'")
    founded.clock.move(days=1)
    with pytest.raises(TamperedError) as caught:
        founded.issue(batch)
    assert caught.value.code == "integrity_missing"


@pytest.mark.slow
def test_a_record_that_is_gone_with_its_statement_is_found_by_the_audit(founded: DemoOffice, draft: AwardDraft) -> None:
    added(founded, draft)
    batch = founded.approved_drafts([draft])
    founded.raw("DELETE FROM integrity_persons")
    founded.raw("DELETE FROM integrity_stated")
    founded.raw("DELETE FROM integrity_records")
    founded.raw("DELETE FROM statements WHERE act = 'integrity_add'")
    assert troubles(founded) == ["integrity_missing"]
    with pytest.raises(TamperedError):
        founded.issue(batch)


@pytest.mark.slow
def test_an_end_that_nobody_signed_frees_nobody(founded: DemoOffice, draft: AwardDraft) -> None:
    [record] = added(founded, draft)
    batch = founded.approved_drafts([draft])
    founded.raw(
        "INSERT INTO integrity_stated (statement, position, record, acts, person, basis, document, term_from)"
        " SELECT (SELECT id FROM statements WHERE act = 'approve'), 7, record, 1, person, basis, document, term_from"
        " FROM integrity_stated WHERE record = ?",
        record,
    )
    assert troubles(founded) == ["integrity_unproven"]
    assert integrity.listed(founded.opened)[0].bars
    with pytest.raises(TamperedError) as caught:
        founded.issue(batch)
    assert caught.value.code == "integrity_unproven"


@pytest.mark.slow
def test_the_worker_reports_what_was_taken_away(founded: DemoOffice, draft: AwardDraft) -> None:
    added(founded, draft)
    founded.raw("DELETE FROM integrity_stated")
    with founded.worker() as worker:
        held = worker.publish_changes(even_without=True).held_back
    assert "integrity_missing" in {each.code for each in held}


@pytest.mark.slow
def test_what_is_signed_holds_for_what_was_seen_only(founded: DemoOffice, draft: AwardDraft) -> None:
    [record] = added(founded, draft)
    first = integrity.plan_act(founded.opened, Act.INTEGRITY_END, {record: Change()}, document=UNDER)
    act(founded, Act.INTEGRITY_OBJECT, record, note="有异议")
    with pytest.raises(ConflictError) as caught:
        integrity.act_here(founded.opened, APPROVER, first)
    assert caught.value.code == "moved_on"
    act(founded, Act.INTEGRITY_END, record)
    with pytest.raises(ConflictError) as ended:
        integrity.plan_act(founded.opened, Act.INTEGRITY_END, {record: Change()}, document=UNDER)
    assert ended.value.code == "integrity_state"


@pytest.mark.slow
def test_who_is_on_record_is_not_added_twice(founded: DemoOffice, draft: AwardDraft) -> None:
    [record] = added(founded, draft)
    again = integrity.plan_add(founded.opened, [new(draft)], authority=PROVINCE, document=DECISION)
    assert (again.listed, again.known) == ((), (record,))
    with pytest.raises(ConflictError) as caught:
        integrity.act_here(founded.opened, APPROVER, again)
    assert caught.value.code == "integrity_known"


def another_list(planned: Planned) -> Planned:
    return replace(planned, listed=tuple(replace(each, term_until=None) for each in planned.listed))


def another_document(planned: Planned) -> Planned:
    return replace(planned, document="示人社信〔2026〕9号")


@pytest.mark.slow
@pytest.mark.parametrize("change", [another_list, another_document])
def test_a_statement_over_another_list_does_nothing(
    founded: DemoOffice, draft: AwardDraft, change: Callable[[Planned], Planned]
) -> None:
    planned = integrity.plan_add(founded.opened, [new(draft)], authority=PROVINCE, document=DECISION)
    token = integrity.draft(founded.opened, APPROVER, planned).signed_by(founded.signer(APPROVER))
    with pytest.raises(InputError) as caught:
        integrity.accept(founded.opened, token, change(planned))
    assert caught.value.code == "other_list"
    assert integrity.listed(founded.opened) == ()


@pytest.mark.slow
def test_a_clerk_and_another_authority_sign_for_nothing(founded: DemoOffice, draft: AwardDraft) -> None:
    planned = integrity.plan_add(founded.opened, [new(draft)], authority=PROVINCE, document=DECISION)
    for operator, code in ((CLERK, "role"), ("boss2", "other_authority")):
        with pytest.raises(NotAllowedError) as caught:
            integrity.draft(founded.opened, operator, planned)
        assert caught.value.code == code


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"basis": ""}, "basis"),
        ({"document": "\u200b"}, "document"),
        ({"note": "长" * 2001}, "note"),
    ],
)
def test_what_cannot_stand_on_record_is_named(
    founded: DemoOffice, draft: AwardDraft, changes: dict[str, object], name: str
) -> None:
    with pytest.raises(InputError) as caught:
        integrity.plan_add(founded.opened, [new(draft, **changes)], authority=PROVINCE, document=DECISION)
    assert (caught.value.code, caught.value.fields["field"]) == ("integrity_field", name)


@pytest.mark.slow
def test_nothing_of_it_is_published_and_no_personal_data_stands_in_the_audit(
    founded: DemoOffice, draft: AwardDraft, caplog: pytest.LogCaptureFixture
) -> None:
    founded.publish()
    before = {name for name in founded.files() if not name.startswith("s")}
    [record] = added(founded, draft)
    act(founded, Act.INTEGRITY_OBJECT, record, note="此人的异议")
    reporting.export(founded.opened, ACTOR, as_workbook=False)
    with founded.worker() as worker:
        worker.publish_changes(even_without=True)
    index = founded.opened.vault.blind_index(draft.id_type.word, draft.id_number)
    secrets = [draft.name.encode(), draft.id_number.encode(), "此人的异议".encode(), DECISION.encode()]
    secrets += [record.encode(), index, index.hex().encode()]
    files = founded.files()
    assert before <= set(files)
    for name, data in files.items():
        assert [each for each in secrets if each in data or each.decode("utf-8", "ignore") in name] == [], name
    private = [draft.name, draft.id_number, "此人的异议", index.hex()]
    for entry in founded.raw("SELECT actor || act || object || details FROM audit"):
        assert not any(each in entry[0] for each in private)
    plain = ("statements", "integrity_records", "integrity_stated", "integrity_exports", "integrity_exported")
    for table in plain:
        for row in founded.raw(f"SELECT * FROM {table}"):
            assert not any(each in str(row) for each in private[:3]), table
    assert not any(each in caplog.text for each in private)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("table", ["integrity_stated", "integrity_exports", "integrity_exported"])
def test_the_database_refuses_changes(founded: DemoOffice, draft: AwardDraft, table: str) -> None:
    added(founded, draft)
    reporting.export(founded.opened, ACTOR, as_workbook=False)
    with (
        pytest.raises(IntegrityError, match=f"{table} is appended only"),
        founded.opened.register.write() as session,
    ):
        say(session.connection(), f"DELETE FROM {table}")


@pytest.mark.slow
def test_an_erasure_says_which_record_keeps_the_name_and_leaves_it(issued: DemoOffice) -> None:
    """个人信息保护法 article 47, second paragraph: the term of the record is not over."""
    certificate = issued.certificates()[0]
    with issued.opened.register.read() as session:
        person = open_row(session, issued.opened.vault, certificate.award).draft
    [record] = added(issued, person)
    plan = holders.plan_erasure(
        issued.opened,
        ACTOR,
        certificate.number,
        authority=PROVINCE,
        reason=Reason.SURRENDERED,
        basis="个人信息保护法第四十七条",
        document="示人社注〔2026〕7号",
    )
    [stays] = holders.sealed_records(issued.opened, plan)
    assert (stays.id, stays.document, stays.until) == (record, DECISION, date(2029, 11, 20))
    issued.apply(plan)
    issued.publish()
    assert issued.raw("SELECT count(*) FROM holders WHERE erased IS NOT NULL") == [(1,)]
    shown = integrity.shown(issued.opened, ACTOR, record)
    assert shown.name == person.name
