"""Two ID documents of one person: merged by an approver's statement, and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from credential.errors import CredentialError
from credential.statements import sign, verify
from issuer.db import tries
from issuer.db.certificates import by_number
from issuer.db.models import HolderMergeRow, StatementRow
from issuer.db.sessions import WriteSession, insert_all
from issuer.errors import IssuerError, NotAllowedError, NotFoundError
from issuer.services import auditing, claims, holders
from issuer.services.claims import Wanted
from issuer.services.signing import sign_here
from issuer.unlock.client import Unlock
from tests.support.office import ACTOR, APPROVED, APPROVER, CLERK, DISTRICT_APPROVER, DemoOffice
from tests.support.statements import WITHDRAWAL
from tests.unlock.conftest import Holder, with_codes

DOCUMENT = "示人社〔2026〕9号"


def merge(office: DemoOffice, one: Holder, two: Holder, operator: str = APPROVER) -> None:
    holders.merge_here(office.opened, operator, one.slip.number, two.slip.number, document=DOCUMENT)


def numbers(unlock: Unlock, holder: Holder, code: str = "") -> list[str]:
    """The certificates that open with a holder's ID document, and the own code or another."""
    ticket = unlock.with_code(**holder.said | {"code": code or holder.slip.code}).ticket
    return [each.number for each in unlock.view(ticket).certificates]


def another_code(office: DemoOffice, holder: Holder) -> str:
    office.clock.move(minutes=1)
    (slip,) = claims.replace(office.opened, ACTOR, holder.slip.number, send=False, slips=True).slips
    return slip.code


@pytest.mark.slow
@pytest.mark.postgres
def test_either_document_opens_the_certificates_of_both(issued: DemoOffice, unlock: Unlock) -> None:
    one, two, other = with_codes(issued)[:3]
    merge(issued, one, two)
    ticket = unlock.with_code(**two.said | {"code": another_code(issued, one)}).ticket
    view = unlock.view(ticket)
    both = sorted([one.slip.number, two.slip.number])
    assert [each.number for each in view.certificates] == both
    assert {text for name, text in view.held if name == "id_number"} == {one.draft.id_number, two.draft.id_number}
    for number in both:
        assert unlock.document(ticket, number) is None
    with pytest.raises(NotFoundError):
        unlock.document(ticket, other.slip.number)
    assert numbers(unlock, other) == [other.slip.number]
    assert numbers(unlock, one, another_code(issued, two)) == both
    entry = auditing.listed(issued.opened, of=one.slip.number, limit=20)
    assert [each.entry.actor for each in entry if each.entry.act == "holder.merge"] == [APPROVER]


@pytest.mark.slow
def test_the_second_and_the_third_document_join_whoever_names_them_first(issued: DemoOffice, unlock: Unlock) -> None:
    one, two, three = with_codes(issued)[:3]
    merge(issued, one, two)
    merge(issued, two, three)
    everything = sorted(each.slip.number for each in (one, two, three))
    for holder in (one, two, three):
        assert numbers(unlock, holder, another_code(issued, two)) == everything


@pytest.mark.slow
def test_the_newest_of_two_codes_stays(issued: DemoOffice, unlock: Unlock) -> None:
    one, two = with_codes(issued)[:2]
    newer = another_code(issued, two)
    merge(issued, one, two)
    with pytest.raises(NotAllowedError):
        unlock.with_code(**one.said)
    assert len(numbers(unlock, one, newer)) == 2


def test_a_person_gets_one_code_for_both_documents(issued: DemoOffice) -> None:
    one, two = with_codes(issued)[:2]
    merge(issued, one, two)
    numbers_of_both = (one.slip.number, two.slip.number)
    both = {each for number in numbers_of_both for each in claims.listed(issued.opened, number=number)}
    assert sorted(each.state.value for each in both) == ["ended", "open"]
    issued.clock.move(minutes=1)
    claims.replace(issued.opened, ACTOR, one.slip.number, send=False, slips=True)
    states = [each.state.value for each in claims.listed(issued.opened, number=two.slip.number)]
    assert sorted(states) == ["ended", "ended", "open"]
    assert len(claims.make(issued.opened, ACTOR, Wanted(batch=APPROVED), send=False, slips=True).kept) == 23


@pytest.mark.slow
def test_a_merge_that_nobody_signed_opens_nothing(issued: DemoOffice, unlock: Unlock) -> None:
    one, two, three, four = with_codes(issued)[:4]
    merge(issued, three, four)
    by_number = dict(issued.raw("SELECT number, holder FROM certificates"))
    ((statement,),) = issued.raw("SELECT statement FROM holder_merges")
    issued.raw(
        "INSERT INTO holder_merges (holder, into_holder, statement, recorded) VALUES (?, ?, ?, ?)",
        by_number[one.slip.number],
        by_number[two.slip.number],
        statement,
        "2026-11-21 02:01:00.000000",
    )
    assert numbers(unlock, one) == [one.slip.number]
    assert numbers(unlock, two) == [two.slip.number]
    assert len(numbers(unlock, three, another_code(issued, four))) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE statements SET evidence = x'00' WHERE act = 'merge_holders'",
        "UPDATE statements SET operator = 'clerk1' WHERE act = 'merge_holders'",
        "UPDATE holder_merges SET recorded = '2026-11-23 02:00:00.000000'",
    ],
)
def test_a_merge_whose_statement_does_not_hold_is_as_if_it_were_not_there(
    issued: DemoOffice, unlock: Unlock, change: str
) -> None:
    one, two = with_codes(issued)[:2]
    merge(issued, one, two)
    code = another_code(issued, one)
    issued.raw(change)
    assert numbers(unlock, one, code) == [one.slip.number]


@pytest.mark.slow
def test_what_cannot_be_merged_is_told(issued: DemoOffice) -> None:
    one, two, three, four = with_codes(issued)[:4]
    merge(issued, one, two)
    merge(issued, three, four)
    told = {
        "one_holder": (one, two),
        "both_merged": (one, three),
    }
    for code, (first, second) in told.items():
        with pytest.raises(IssuerError) as refused:
            merge(issued, first, second)
        assert refused.value.code == code
    with pytest.raises(NotFoundError):
        holders.merge_here(issued.opened, APPROVER, one.slip.number, "99000020262999999", document=DOCUMENT)


@pytest.mark.parametrize(("operator", "code"), [(CLERK, "role"), (DISTRICT_APPROVER, "other_authority")])
def test_only_an_approver_of_the_authority_merges(issued: DemoOffice, operator: str, code: str) -> None:
    one, two = with_codes(issued)[:2]
    with pytest.raises(NotAllowedError) as refused:
        merge(issued, one, two, operator)
    assert refused.value.code == code


@pytest.mark.slow
def test_a_statement_merges_what_was_seen_and_once(issued: DemoOffice) -> None:
    one, two = with_codes(issued)[:2]
    given = (issued.opened, APPROVER, one.slip.number, two.slip.number)
    stale = sign_here(issued.opened, holders.draft_merge(*given, document=DOCUMENT))
    issued.change(two.slip.number)
    with pytest.raises(IssuerError) as moved:
        holders.accept_merge(issued.opened, stale)
    assert moved.value.code == "moved_on"
    token = sign_here(issued.opened, holders.draft_merge(*given, document=DOCUMENT))
    holders.accept_merge(issued.opened, token)
    with pytest.raises(IssuerError) as again:
        holders.accept_merge(issued.opened, token)
    assert again.value.code == "one_holder"
    assert issued.raw("SELECT count(*) FROM holder_merges") == [(1,)]


def test_a_plan_shows_both_and_is_noted(issued: DemoOffice) -> None:
    one, two = with_codes(issued)[:2]
    plan = holders.plan_merge(issued.opened, ACTOR, one.slip.number, two.slip.number)
    assert {plan.holder.number, plan.into.number} == {one.slip.number, two.slip.number}
    assert plan.is_same_name is (one.draft.name == two.draft.name and one.draft.sex == two.draft.sex)
    assert one.draft.id_number not in repr(plan)
    assert auditing.listed(issued.opened, of=one.slip.number, limit=1)[0].entry.act == "certificate.plan"


@pytest.mark.parametrize(
    "change",
    [
        {"counts": {"certificates": 1}},
        {"object": {"holder": "SF-2"}},
        {"object": {"holder": "a b"}},
        {"object": {"document": "x" * 101}},
        {"object": {"more": "x"}},
        {"digests": {}},
    ],
)
def test_a_statement_of_another_form_is_none(change: dict[str, dict[str, object]]) -> None:
    from credential.history import Act
    from tests.credential.made import signer

    by = signer("operator")
    said = {"authority": "sf-rst", "document": DOCUMENT, "holder": "SF-1", "into": "SF-2"}
    whole = replace(WITHDRAWAL, act=Act.MERGE_HOLDERS, object=said, previous="separate", counts={"certificates": 2})
    assert verify(sign(whole, by), {by.key_id: by.key}) == whole
    object_of = {**said, **change.get("object", {})}
    changed = replace(
        whole,
        object=object_of,  # type: ignore[arg-type]
        counts=change.get("counts", whole.counts),  # type: ignore[arg-type]
        digests=change.get("digests", whole.digests),  # type: ignore[arg-type]
    )
    with pytest.raises(CredentialError) as refused:
        verify(sign(changed, by), {by.key_id: by.key})
    assert refused.value.code == "bad_statement"


@pytest.mark.slow
def test_whoever_was_merged_until_both_were_held_is_looked_at_again(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the holder who stands for both would be merged into a third one itself."""
    one, two, three = with_codes(issued)[:3]
    usual = tries.hold

    def late(session: WriteSession, holders: Sequence[str]) -> None:
        usual(session, holders)
        into, holder = (by_number(session, each.slip.number).holder for each in (three, two))
        statement = session.scalar(select(StatementRow.id).limit(1))
        row = {"holder": holder, "into_holder": into, "statement": statement, "recorded": issued.clock()}
        insert_all(session, HolderMergeRow, [row])

    with monkeypatch.context() as patch:
        patch.setattr("issuer.claims.merging.tries.hold", late)
        with pytest.raises(IssuerError) as caught:
            merge(issued, one, two)
    assert caught.value.code == "moved_on"
    assert issued.raw("SELECT count(*) FROM holder_merges") == [(0,)]
