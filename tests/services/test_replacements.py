"""Corrected, issued again, restored: a batch that two approve, and the old certificate names the new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from credential.history import Act, Reason
from issuer.batches.asking import Asked
from issuer.batches.rows import open_row
from issuer.db import certificates
from issuer.db.certificates import Certificate
from issuer.errors import ConflictError, InputError, IssuerError, NotAllowedError, NotFoundError, TamperedError
from issuer.intake.model import AwardDraft, Replacement
from issuer.issuing.issuer import Report
from issuer.services import replacements
from issuer.services.replacements import Correction, ReplacementReason
from tests.support.forms import each_kind_quick
from tests.support.insider import issue
from tests.support.office import ACTOR, DISTRICT, PROVINCE, DemoOffice, first_draft
from tests.support.work import codes_of_publishing

pytestmark = pytest.mark.slow
DECISION = "示人社更〔2026〕1号"
SOMEBODY_ELSE = {"name": "欧阳示范", "id_type": "护照", "id_number": "E12345678"}
RESTORED, COMPROMISED = ReplacementReason.RESTORED, ReplacementReason.KEY_COMPROMISED


def prepare(demo: DemoOffice, *wanted: Correction, authority: str = PROVINCE) -> str:
    made = replacements.prepare(demo.opened, ACTOR, wanted, authority=authority, decision=DECISION)
    assert made.batch is not None, [each.code for each in made.findings]
    return made.batch


def approved(demo: DemoOffice, *wanted: Correction) -> str:
    batch = prepare(demo, *wanted)
    demo.submit(batch)
    demo.approve(batch)
    return batch


def replaced(demo: DemoOffice, *wanted: Correction) -> Report:
    report = demo.issue(approved(demo, *wanted))
    demo.publish()
    return report


def refusal(demo: DemoOffice, *wanted: Correction, authority: str = PROVINCE) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        replacements.prepare(demo.opened, ACTOR, wanted, authority=authority, decision=DECISION)
    return caught.value


def by_id(demo: DemoOffice, certificate_id: str) -> Certificate:
    with demo.opened.register.read() as session:
        return certificates.by_id(session, certificate_id)


def draft_of(demo: DemoOffice, certificate: Certificate) -> AwardDraft:
    with demo.opened.register.read() as session:
        return open_row(session, demo.opened.vault, certificate.award).draft


def test_a_corrected_name_stands_in_the_old_ones_place(issued: DemoOffice) -> None:
    old = issued.certificates()[0]
    issued.clock.move(days=3)
    issued.publish()
    [made] = replaced(issued, Correction(number=old.number, changes={"name": "欧阳示范"})).issued
    new = by_id(issued, made)
    before, after = issued.verdict(old), issued.verdict(new)
    assert (before.outcome, before.successor) == ("superseded", new.number)
    assert after.outcome == "valid"
    assert after.certificate is not None
    assert after.certificate.name == "欧阳示范"
    assert after.certificate.replaces is not None
    assert (after.certificate.replaces.number, after.certificate.replaces.counted_from) == (old.number, old.issued_on)
    assert issued.outcomes() == {"valid": 24, "superseded": 1}
    first, second = draft_of(issued, old), draft_of(issued, new)
    assert second == replace(
        first, seq="1", sheet_row=1, name="欧阳示范", decision_document=DECISION, replaces=second.replaces
    )


def test_several_are_replaced_at_once_each_by_its_own(issued: DemoOffice) -> None:
    olds = issued.certificates()[:3]
    wanted = [Correction(number=each.number, changes={"employer": f"示范单位{each.number[-1]}"}) for each in olds]
    report = replaced(issued, *wanted)
    successors = [issued.verdict(each).successor for each in olds]
    assert successors == [by_id(issued, each).number for each in report.issued]
    assert issued.outcomes() == {"valid": 24, "superseded": 3}


def test_a_corrected_id_number_stays_the_same_person(issued: DemoOffice) -> None:
    old = issued.certificates()[0]
    [made] = replaced(
        issued, Correction(number=old.number, changes={"id_type": "护照", "id_number": "E12345678"})
    ).issued
    assert issued.verdict(by_id(issued, made)).outcome == "valid"
    assert by_id(issued, made).holder != old.holder


def test_the_same_again_under_another_key_takes_no_change(issued: DemoOffice) -> None:
    old = issued.certificates()[0]
    [made] = replaced(issued, Correction(number=old.number, reason=COMPROMISED)).issued
    assert issued.verdict(old).outcome == "superseded"
    assert issued.verdict(by_id(issued, made)).outcome == "valid"


def test_a_chain_counts_the_gap_to_its_first_member(issued: DemoOffice) -> None:
    old = newest = issued.certificates()[0]
    for name in ("欧阳甲", "欧阳乙"):
        issued.clock.move(days=100)
        issued.publish_trust()
        issued.publish()
        [made] = replaced(issued, Correction(number=newest.number, changes={"name": name})).issued
        newest = by_id(issued, made)
    said = issued.verdict(newest).certificate
    assert said is not None
    assert said.replaces is not None
    assert said.replaces.counted_from == old.issued_on


def test_a_restored_title_sets_the_withdrawal_aside_and_bars_nobody(issued: DemoOffice) -> None:
    old = issued.certificates()[0]
    issued.change(old.number, reason=Reason.FRAUD)
    draft = draft_of(issued, old)
    issued.clock.move(days=1)
    issued.publish()
    [made] = replaced(issued, Correction(number=old.number, reason=RESTORED)).issued
    new = by_id(issued, made)
    before, after = issued.verdict(old), issued.verdict(new)
    assert (before.outcome, before.successor) == ("withdrawn", new.number)
    assert after.outcome == "valid"
    assert new.awarded_on == old.awarded_on
    another = replace(draft, title=draft.title, specialty="大数据", sheet_row=2)
    report = issued.issue(issued.approved_drafts([another]))
    assert report.refused == (), "the integrity record ended with the withdrawal"


def test_a_restored_title_frees_of_what_the_withdrawal_took_along(issued: DemoOffice) -> None:
    """A corrected certificate is withdrawn for fraud, and its predecessor with it: one decision, and one way back."""
    first = issued.certificates()[0]
    [made] = replaced(issued, Correction(number=first.number, changes={"name": "欧阳示范"})).issued
    second = by_id(issued, made)
    draft = draft_of(issued, second)
    issued.change(second.number, reason=Reason.FRAUD)
    assert [issued.verdict(each).outcome for each in (first, second)] == ["withdrawn", "withdrawn"]
    issued.clock.move(days=1)
    issued.publish()
    [third] = replaced(issued, Correction(number=second.number, reason=RESTORED)).issued
    assert issued.verdict(by_id(issued, third)).outcome == "valid"
    another = replace(draft, specialty="大数据", sheet_row=2, replaces=None)
    assert issued.issue(issued.approved_drafts([another])).refused == ()


def test_another_withdrawal_bars_still(issued: DemoOffice) -> None:
    """A restored title sets one withdrawal aside, not the person's other ones."""
    old = issued.certificates()[0]
    other = replace(draft_of(issued, old), specialty="大数据", sheet_row=2)
    [second] = issued.issue(issued.approved_drafts([other])).issued
    issued.publish()
    issued.change(by_id(issued, second).number, reason=Reason.FRAUD)
    issued.change(old.number, reason=Reason.FRAUD)
    assert refusal(issued, Correction(number=old.number, reason=RESTORED)).code == "barred"


def test_who_is_barred_is_not_issued_under_a_corrected_number(issued: DemoOffice) -> None:
    old = issued.certificates()[0]
    other = replace(draft_of(issued, old), specialty="大数据", sheet_row=2)
    [second] = issued.issue(issued.approved_drafts([other])).issued
    issued.publish()
    issued.change(by_id(issued, second).number, reason=Reason.FRAUD)
    changes = {"id_type": "护照", "id_number": "E12345678"}
    assert refusal(issued, Correction(number=old.number, changes=changes)).code == "barred"


@pytest.mark.parametrize(
    ("wanted", "kind", "code"),
    each_kind_quick(
        [
            ([], InputError, "corrections"),
            ([{"number": "first"}], InputError, "nothing_changes"),
            ([{"number": "first", "changes": {"colour": "红"}}], InputError, "unknown_field"),
            (
                [{"number": "first", "reason": RESTORED, "changes": {"award_date": "2026-01-01"}}],
                InputError,
                "award_date",
            ),
            ([{"number": "first", "reason": COMPROMISED}] * 2, InputError, "numbers"),
            ([{"number": "99000020269999999", "reason": COMPROMISED}], NotFoundError, "no_certificate"),
            ([{"number": "first", "reason": RESTORED}], ConflictError, "not_replaceable"),
            ([{"number": "withdrawn", "changes": {"name": "欧阳示范"}}], ConflictError, "not_replaceable"),
            ([{"number": "cancelled", "reason": RESTORED}], ConflictError, "not_replaceable"),
            ([{"number": "superseded", "changes": {"name": "欧阳示范"}}], ConflictError, "already_replaced"),
            ([{"number": "restored", "reason": RESTORED}], ConflictError, "already_replaced"),
            ([{"number": "first", "changes": SOMEBODY_ELSE}], NotAllowedError, "other_holder"),
        ],
        lambda row: row[2],
    ),
)
def test_what_cannot_be_replaced_is_refused_when_it_is_prepared(
    issued: DemoOffice, wanted: list[dict[str, Any]], kind: type[IssuerError], code: str
) -> None:
    states = ("first", "withdrawn", "cancelled", "superseded", "restored")
    names = dict(zip(states, issued.certificates(), strict=False))
    numbers = {name: each.number for name, each in names.items()}
    used = {each["number"] for each in wanted}
    if "withdrawn" in used:
        issued.change(numbers["withdrawn"], reason=Reason.PROCEDURE)
    if "cancelled" in used:
        issued.change(numbers["cancelled"], act=Act.CANCEL, reason=Reason.SURRENDERED)
    if "superseded" in used:
        replaced(issued, Correction(number=numbers["superseded"], changes={"name": "欧阳他人"}))
    if "restored" in used:
        issued.change(numbers["restored"], reason=Reason.PROCEDURE)
        replaced(issued, Correction(number=numbers["restored"], reason=RESTORED))
    before = issued.raw("SELECT count(*) FROM batches")
    asked = [Correction(**each | {"number": numbers.get(each["number"], each["number"])}) for each in wanted]
    error = refusal(issued, *asked)
    assert (type(error), error.code) == (kind, code)
    assert issued.raw("SELECT count(*) FROM batches") == before


def test_an_authority_without_the_right_replaces_nothing(issued: DemoOffice) -> None:
    wanted = Correction(number=issued.certificates()[0].number, changes={"name": "欧阳示范"})
    assert refusal(issued, wanted, authority=DISTRICT).code == "no_right"


def test_what_is_not_issued_or_erased_or_not_published_is_not_replaced(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = founded.approved()
    founded.reserve_and_die(batch, monkeypatch)
    [(number, holder)] = founded.raw("SELECT number, holder FROM certificates ORDER BY number LIMIT 1")
    wanted = Correction(number=number, reason=COMPROMISED)
    assert refusal(founded, wanted).code == "not_signed"
    issue(founded, batch)
    assert refusal(founded, wanted).code == "older_not_published"
    founded.publish()
    founded.raw("UPDATE holders SET wrapped_key = NULL, erased = '2026-11-21 02:00:00' WHERE id = ?", holder)
    assert refusal(founded, wanted).code == "erased"


def test_a_row_that_was_altered_is_not_carried_on(issued: DemoOffice) -> None:
    certificate = issued.certificates()[0]
    issued.raw("UPDATE awards SET hashes = zeroblob(32) WHERE id = ?", certificate.award)
    [(altered,)] = issued.raw("SELECT count(*) FROM awards WHERE hashes = zeroblob(32)")
    assert altered == 1
    error = refusal(issued, Correction(number=issued.certificates()[1].number, reason=COMPROMISED))
    assert (type(error), error.code) == (TamperedError, "rows_altered")


def test_a_fault_in_what_changes_is_found_as_in_a_list(issued: DemoOffice) -> None:
    wanted = Correction(number=issued.certificates()[0].number, changes={"id_number": "110101199001011234"})
    made = replacements.prepare(issued.opened, ACTOR, [wanted], authority=PROVINCE, decision=DECISION)
    assert made.batch is None
    assert made.errors >= 1


# Between approval and issue


def withdraw(demo: DemoOffice, number: str) -> None:
    demo.change(number, reason=Reason.PROCEDURE)


def replace_otherwise(demo: DemoOffice, number: str) -> None:
    replaced(demo, Correction(number=number, changes={"name": "欧阳他人"}))


@pytest.mark.parametrize(
    ("move_on", "code", "reserved"),
    [
        (withdraw, "not_replaceable", False),
        (withdraw, "not_replaceable", True),
        (replace_otherwise, "already_replaced", False),
    ],
)
def test_it_is_asked_again_when_it_is_issued(
    issued: DemoOffice,
    monkeypatch: pytest.MonkeyPatch,
    move_on: Callable[[DemoOffice, str], None],
    code: str,
    reserved: bool,
) -> None:
    old, other = issued.certificates()[:2]
    wanted = [Correction(number=each.number, changes={"name": "欧阳示范"}) for each in (old, other)]
    batch = approved(issued, *wanted)
    if reserved:
        issued.reserve_and_die(batch, monkeypatch)
    move_on(issued, old.number)
    report = issued.issue(batch)
    assert [(each.sheet_row, each.code) for each in report.refused] == [(1, code)]
    assert len(report.issued) + report.already == 1
    assert issued.verdict(other).outcome == "superseded"


def test_it_is_asked_again_in_the_transaction_that_stores_it(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawal that is accepted between signing and storing comes first."""
    from issuer.issuing.issuer import Run

    old, other = issued.certificates()[:2]
    batch = approved(issued, *[Correction(number=each.number, changes={"name": "欧阳示范"}) for each in (old, other)])
    store = Run.store

    def late(self: Run, *args: Any) -> Any:
        issued.apply(issued.plan(issued.order(old.number, reason=Reason.PROCEDURE)))
        return store(self, *args)

    monkeypatch.setattr(Run, "store", late)
    report = issued.issue(batch)
    assert [(each.sheet_row, each.code) for each in report.refused] == [(1, "not_replaceable")]
    assert [issued.verdict(each).outcome for each in (old, other)] == ["withdrawn", "superseded"]
    assert issued.raw("SELECT count(*) FROM certificates WHERE stage = 'signed'") == [(25,)]


def test_the_exception_is_for_the_certificate_that_is_named(issued: DemoOffice) -> None:
    """A row may replace one certificate, and is refused because of another for the same award all the same."""
    first, second = issued.certificates()[:2]
    draft = draft_of(issued, first)
    row = replace(draft, replaces=Replacement(number=second.number, reason=ReplacementReason.CORRECTED))
    with issued.opened.register.read() as session:
        assert Asked(session, issued.opened.vault).existing(row) == first.number
        own = replace(draft, replaces=Replacement(number=first.number, reason=ReplacementReason.CORRECTED))
        assert Asked(session, issued.opened.vault).existing(own) is None


def test_a_row_for_another_holders_certificate_is_not_issued(issued: DemoOffice) -> None:
    """Two operators approved it, past the check."""
    first, second = issued.certificates()[:2]
    row = replace(
        draft_of(issued, first),
        specialty="大数据",
        replaces=Replacement(number=second.number, reason=ReplacementReason.CORRECTED),
    )
    report = issued.issue(issued.approved_drafts([row]))
    assert [each.code for each in report.refused] == ["other_holder"]
    assert issued.outcomes() == {"valid": 24}


# Withdrawn together


def test_withdrawing_a_successor_withdraws_what_it_replaced(issued: DemoOffice) -> None:
    old = issued.certificates()[0]
    [made] = replaced(issued, Correction(number=old.number, changes={"name": "欧阳示范"})).issued
    issued.clock.move(seconds=1)
    plan = issued.change(by_id(issued, made).number, reason=Reason.PROCEDURE)
    assert [line.number for line in plan.lines] == [by_id(issued, made).number, old.number]
    assert issued.outcomes() == {"valid": 23, "withdrawn": 2}


# An insider on the way


@pytest.mark.parametrize(
    ("alter", "codes"),
    each_kind_quick(
        [
            ("DELETE FROM events WHERE kind = 'superseded'", {"first_event_altered"}),
            (
                "UPDATE events SET replaces = NULL, counted_from = NULL WHERE certificate = :new",
                {"first_event_altered"},
            ),
            ("UPDATE events SET counted_from = '2020-01-01' WHERE certificate = :new", {"first_event_altered"}),
            (
                "UPDATE events SET replaces = (SELECT number FROM certificates WHERE id NOT IN (:old, :new) LIMIT 1)"
                " WHERE certificate = :new",
                {"first_event_altered"},
            ),
            ("UPDATE certificates SET credential_digest = zeroblob(32) WHERE id = :new", {"credential_altered"}),
        ],
        lambda row: frozenset(row[1]),
    ),
)
def test_neither_goes_without_the_other(issued: DemoOffice, alter: str, codes: set[str]) -> None:
    """The new one is registered with what it replaces; the old one ends when the new one is registered."""
    old = issued.certificates()[0]
    [new] = issue(issued, approved(issued, Correction(number=old.number, changes={"name": "欧阳示范"})))
    statement = alter.replace(":new", f"'{new}'").replace(":old", f"'{old.id}'")
    issued.raw(statement)
    if alter.startswith("DELETE"):
        issued.raw("UPDATE certificates SET state = 'valid' WHERE id = ?", old.id)
    found = codes_of_publishing(issued)
    assert codes <= set(found) <= codes | {"successor_unproven"}
    outcomes = issued.outcomes_by_qr()
    assert outcomes == {"valid": 24, "not_authentic": 1}
    assert issued.verdict(old).outcome == "valid"


def test_the_day_that_is_counted_from_is_the_signed_one(issued: DemoOffice) -> None:
    """The register's first event of the old one is altered before the new one is issued, so that the gap is shorter."""
    old = issued.certificates()[0]
    batch = approved(issued, Correction(number=old.number, changes={"name": "欧阳示范"}))
    issued.raw(
        "UPDATE events SET effective = '2020-01-01', recorded = '2020-01-01 02:00:00.000000' WHERE certificate = ?",
        old.id,
    )
    issued.raw("UPDATE certificates SET issued_on = '2020-01-01' WHERE id = ?", old.id)
    [new] = issue(issued, batch)
    codes_of_publishing(issued)
    said = issued.verdict_by_qr(by_id(issued, new)).certificate
    assert said is not None
    assert said.replaces is not None
    assert said.replaces.counted_from == old.issued_on


@pytest.mark.parametrize("crash", ["before", "after"])
def test_a_crash_around_the_storing_leaves_both_or_neither(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    from issuer.issuing.issuer import Run

    old = issued.certificates()[0]
    batch = approved(issued, Correction(number=old.number, changes={"name": "欧阳示范"}))
    store: Callable[..., Any] = Run.store

    def die(self: Run, *args: Any) -> list[str]:
        if crash == "after":
            store(self, *args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Run, "store", die)
        with pytest.raises(KeyboardInterrupt):
            issued.issue(batch)
    issued.publish()
    issued.publish()
    assert issued.outcomes() == {"valid": 24, "superseded": 1}
    assert first_draft(issued, batch).name == "欧阳示范"
    assert issued.raw("SELECT count(*) FROM events WHERE kind = 'superseded'") == [(1,)]
