"""Between intake and register: what was checked is what is stored, hashed, approved and read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from credential import jsonform
from credential.catalogue import Catalogue, Specialty
from credential.filings import Committee, Filing
from credential.history import Act
from credential.merkle import root_of
from issuer.batches import approval, rows
from issuer.batches.asking import Asked
from issuer.batches.context import intake_context, require_asked
from issuer.batches.overview import Twice, overview
from issuer.db import integrity
from issuer.db.models import AwardState, BatchRow, HolderRow
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from issuer.identifiers import IdType
from issuer.intake.findings import Finding, Severity
from issuer.intake.model import CheckedBatch, Elsewhere, IntakeContext, RawRow, Replacement, ReplacementReason
from issuer.intake.normalform import draft_from_json
from issuer.integrity.barring import bars
from issuer.office import adding
from issuer.office.catalogues import take_into_use
from tests.register.conftest import APPROVER, CLERK, GRANT, NUMBERS, OPERATORS, Office, good_row, laid
from tests.support.clock import NOW
from tests.support.registered import move_award

TODAY = date(2026, 11, 21)
DRAFT = good_row(0)
SECOND = replace(DRAFT, seq="3", sheet_row=6, name="欧阳·示范", id_number=NUMBERS[1])
FINDING = Finding(
    severity=Severity.ERROR,
    code="name_missing",
    field="name",
    sheet_row=5,
    seq="2",
    value=None,
    message_zh="姓名：缺失",
    message_en="name: missing",
)
NOTICE = replace(FINDING, severity=Severity.NOTICE, code="dot_variant", sheet_row=6, seq="3")
CHECKED = CheckedBatch(
    good=(SECOND, DRAFT),
    findings=(replace(FINDING, sheet_row=None, seq=None), FINDING, NOTICE),
    rejected=(RawRow(sheet_row=5, cells={"seq": "2"}),),
)


def store(office: Office) -> str:
    return office.store(good=CHECKED.good, rejected=CHECKED.rejected, findings=CHECKED.findings)


def context_of(office: Office, session: ReadSession, authority: str = "sf-rst") -> IntakeContext:
    catalogue = Catalogue.load_builtin()
    return intake_context(
        session, office.vault, authority, catalogue=catalogue, missing_glyphs=lambda _: (), today=TODAY
    )


def reserve_first(office: Office, batch: str) -> None:
    with office.register.write() as session:
        row = rows.open_rows(session, office.vault, batch)[0]
        key = office.vault.unwrap(session.get_one(HolderRow, row.holder).wrapped_key, table="holders", row=row.holder)
        laid(row, 1, cti=bytes(16), to_sign=b"x", check_code="2ABCDEFGHJKLMNPQRST3").reserve(session, key)
        move_award(session, row.award, AwardState.RESERVED)


def test_the_root_is_over_what_is_stored_and_drafts_come_back(office: Office) -> None:
    batch = store(office)
    for act, signer in ((Act.SUBMIT, CLERK), (Act.APPROVE, APPROVER)):
        with office.register.write() as session:
            entry = OPERATORS.by_key(signer.key_id)
            made = approval.draft(session, office.vault, batch, act, entry, operators=OPERATORS, now=NOW)
            approval.move(session, office.vault, made.signed_by(signer), operators=OPERATORS, now=NOW)
    with office.register.read() as session:
        found = approval.verify_approved(session, office.vault, batch, operators=OPERATORS, now=NOW)
        opened = [each.content for each in approval.opened(session, office.vault, batch, found.rows)]
        stored = rows.batch(session, batch)
    assert stored.rows_rejected == 1
    assert stored.rows_root == root_of(row.normal for row in opened)
    assert [draft_from_json(row.normal) for row in opened] == [row.draft for row in opened] == [DRAFT, SECOND]


def said(code: str) -> rows.Said:
    return rows.Said(code=code, zh=FINDING.line_zh(), en=FINDING.line_en())


def test_findings_of_an_earlier_version_are_read(office: Office) -> None:
    """They have one sentence, which is Chinese."""
    batch = store(office)
    with office.register.write() as session:
        row = session.get_one(BatchRow, batch)
        key = office.vault.unwrap(row.wrapped_key, table="batches", row=batch)
        old = jsonform.encode(["name_missing: 姓名：缺失", "rejected"])
        row.findings = key.seal(old, table="batches", column="findings", row=batch)
    with office.register.read() as session:
        found = rows.findings_of(session, office.vault, batch)[0].findings
    assert [(each.code, each.zh) for each in found] == [("name_missing", "姓名：缺失"), ("rejected", "rejected")]


def test_findings_stay_with_their_rows(office: Office) -> None:
    batch = store(office)
    with office.register.read() as session:
        found = rows.findings_of(session, office.vault, batch)
    assert [(row.sheet_row, row.state, row.findings) for row in found] == [
        (None, None, (said("name_missing"),)),
        (5, "rejected", (said("name_missing"),)),
        (6, "waiting", (said("dot_variant"),)),
    ]


def test_a_row_that_is_rejected_for_a_fault_of_the_whole_list_is_shown_as_rejected(office: Office) -> None:
    batch = office.store(good=(DRAFT,), rejected=CHECKED.rejected, findings=CHECKED.findings[:1])
    with office.register.read() as session:
        found = rows.findings_of(session, office.vault, batch)
    assert [(row.sheet_row, row.state, row.findings) for row in found[1:]] == [
        (5, "rejected", (rows.Said(code="rejected", zh="未收", en="not taken"),))
    ]


def test_the_context_tells_what_the_register_holds(office: Office) -> None:
    filing = Filing(
        number="示评备〔2025〕012号",
        committee="eng",
        authority="sf-rst",
        series=None,
        levels=None,
        region="990000",
        scope=None,
        first=date(2025, 3, 1),
        last=date(2028, 2, 29),
    )
    specialty = Specialty(series=5, name="机械工程", authority="sf-rst", valid_from=date(2020, 1, 1))
    with office.register.write() as session:
        committee = Committee(id="eng", name="示范省工程系列高级职称评审委员会")
        adding.add_committee(session, committee, authority="sf-rst", actor="a", now=NOW)
        adding.add_filing(session, filing, actor="a", now=NOW)
        adding.add_specialty(session, specialty, actor="a", now=NOW)
    with office.register.read() as session:
        found = context_of(office, session)
        assert (list(found.filings), list(found.grants), list(found.specialties)) == ([filing], [GRANT], [specialty])
        assert (found.region, found.regions["990101"]) == ("990000", "示范市示范区")
        assert found.is_barred(IdType.CITIZEN, NUMBERS[0]) is False
        assert found.find_existing(DRAFT) is None
        with pytest.raises(NotFoundError):
            context_of(office, session, "x")


def test_an_award_that_was_issued_is_found_until_it_is_withdrawn(office: Office) -> None:
    batch = store(office)
    reserve_first(office, batch)
    with office.register.read() as session:
        assert context_of(office, session).find_existing(replace(DRAFT, sheet_row=99)) == "99000020262000001"
        for other in (
            {"specialty": "电气工程"},
            {"id_number": NUMBERS[1]},
            {"id_type": IdType.PASSPORT},
            {"title": 5003},
        ):
            assert context_of(office, session).find_existing(replace(DRAFT, **other)) is None
        with pytest.raises(ConflictError) as caught:
            require_asked(Asked(session, office.vault, waiting=False), DRAFT, today=TODAY)
        assert (caught.value.code, caught.value.fields["number"]) == ("already_issued", "99000020262000001")
    office.raw("UPDATE certificates SET state = 'withdrawn'")
    with office.register.read() as session:
        require_asked(Asked(session, office.vault, waiting=False), replace(DRAFT, award_date=TODAY), today=TODAY)
        assert context_of(office, session).find_existing(DRAFT) is None


def test_a_withdrawn_award_that_comes_again_is_found_and_not_issued(office: Office) -> None:
    reserve_first(office, store(office))
    office.raw("UPDATE certificates SET state = 'withdrawn'")
    with office.register.read() as session:
        find = context_of(office, session).find_elsewhere
        found = find(replace(DRAFT, sheet_row=99))
        assert (found.withdrawn, found.same_award, found.batch) == ("99000020262000001", True, None)
        assert find(replace(DRAFT, award_date=TODAY)) == replace(found, same_award=False)
        assert find(replace(DRAFT, specialty="电气工程")) == Elsewhere()
        restored = Replacement(number="99000020262000001", reason=ReplacementReason.RESTORED)
        assert find(replace(DRAFT, replaces=restored)) == Elsewhere()
        with pytest.raises(NotAllowedError) as caught:
            require_asked(Asked(session, office.vault, waiting=False), DRAFT, today=TODAY)
        assert caught.value.code == "withdrawn_award"
        require_asked(Asked(session, office.vault, waiting=False), replace(DRAFT, replaces=restored), today=TODAY)
    office.raw("UPDATE certificates SET state = 'cancelled'")
    with office.register.read() as session:
        assert context_of(office, session).find_elsewhere(DRAFT) == Elsewhere()


def test_an_award_in_two_pending_lists_is_found(office: Office) -> None:
    first = store(office)
    with office.register.read() as session:
        find = context_of(office, session).find_elsewhere
        assert find(replace(DRAFT, sheet_row=99)) == Elsewhere(batch=first, row=DRAFT.sheet_row)
        assert find(replace(DRAFT, title=5003)) == Elsewhere()
    second = office.store(good=(replace(DRAFT, sheet_row=9),), rejected=(), data=b"another file")
    with office.register.write() as session:
        take_into_use(session, Catalogue.load_builtin().to_json(), actor="setup", now=NOW)
        for batch, here, there in ((first, DRAFT.sheet_row, 9), (second, 9, DRAFT.sheet_row)):
            other = second if batch == first else first
            twice = overview(session, office.vault, batch).twice
            assert twice == (Twice(sheet_row=here, batch=other, row=there),)
    office.raw("UPDATE batches SET state = 'rejected' WHERE id = :id", id=second)
    with office.register.read() as session:
        assert overview(session, office.vault, first).twice == ()
        assert context_of(office, session).find_elsewhere(DRAFT) == Elsewhere(batch=first, row=DRAFT.sheet_row)


def test_a_bar_holds_from_its_first_to_its_last_day(office: Office) -> None:
    index = office.vault.blind_index("citizen", NUMBERS[0])
    record = office.record_by_hand(NUMBERS[0], until=date(2029, 11, 20))
    with office.register.write() as session:
        integrity.add_record(session, record)
    days = {
        TODAY - timedelta(days=1): [],
        TODAY: [record],
        date(2029, 11, 20): [record],
        date(2029, 11, 21): [],
    }
    with office.register.read() as session:
        assert {day: bars(session, index, on=day) for day in days} == days
        context = context_of(office, session)
        assert context.is_barred(IdType.CITIZEN, NUMBERS[0]) is False, "no withdrawal backs it: it waits for issuing"
        assert context.is_barred(IdType.CITIZEN, NUMBERS[1]) is False
        with pytest.raises(NotAllowedError) as caught:
            require_asked(Asked(session, office.vault, waiting=False), DRAFT, today=TODAY)
        assert caught.value.code == "integrity_unproven"
        require_asked(Asked(session, office.vault, waiting=False), SECOND, today=TODAY)
    with pytest.raises(InputError), office.register.write() as session:
        integrity.add_record(session, replace(record, term_until=date(2026, 1, 1)))


def test_a_bar_without_an_end_holds_until_further_notice(office: Office) -> None:
    index = office.vault.blind_index(IdType.CITIZEN.word, NUMBERS[0])
    open_end = office.record_by_hand(NUMBERS[0])
    with office.register.write() as session:
        integrity.add_record(session, open_end)
    with office.register.read() as session:
        assert bars(session, index, on=date(2126, 1, 1)) == [open_end]
        assert bars(session, index, on=TODAY - timedelta(days=1)) == []


@pytest.mark.slow
def test_a_list_longer_than_one_statement_takes_is_stored_whole(office: Office) -> None:
    """People and rows are written some hundreds at a time; each row is found again, under its own person."""
    many = tuple(
        replace(
            DRAFT, sheet_row=place, id_type=IdType.PASSPORT, id_number=f"E{place // 2:08}", specialty=f"专业{place % 2}"
        )
        for place in range(2, 1204)
    )
    batch = office.store(good=many, rejected=())
    with office.register.read() as session:
        opened = rows.open_rows(session, office.vault, batch)
        assert [row.draft for row in opened] == list(many)
        assert [row.position for row in opened] == list(range(len(many)))
        held = {row.draft.id_number: row.holder for row in opened}
        assert {row.holder for row in opened} == set(held.values())
        assert len(set(held.values())) == len(held) == len(many) // 2
        for index, holder in ((office.vault.blind_index(IdType.PASSPORT.word, n), h) for n, h in held.items()):
            found = session.get_one(HolderRow, holder)
            assert (found.blind_index, found.erased, found.contact) == (index, None, None)
