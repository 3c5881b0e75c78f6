"""The file of operators: drafted here, signed wherever the administrator is, accepted if it goes on from the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from credential import jose, jsonform
from credential.errors import CodedError
from credential.history import Act
from credential.signing import KeyUse
from credential.statements import OPERATORS_TYP, TYP
from issuer import audit
from issuer.db.models import EntryState
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TamperedError
from issuer.office import lists
from issuer.office import operators as operator_files
from issuer.office.operators import OperatorEntry
from issuer.office.values import JWS, Scheme
from issuer.services import batches, keys, operators
from issuer.services.operators import NewOperator
from keys.errors import KeyNotFoundError
from tests.services.elsewhere import administrator, audited, code_of, signed_edition, taken_away
from tests.support.audits import head_of
from tests.support.keys import Key
from tests.support.office import ACTOR, APPROVER, CLERK, PROVINCE, DemoOffice

NEWCOMER = NewOperator(id="newcomer", person="工号 9", name="新来", role="clerk", authority=PROVINCE)


def entries(demo: DemoOffice) -> dict[str, OperatorEntry]:
    return {each.operator.id: each for each in operators.listed(demo.opened)}


def refusal(demo: DemoOffice, token: str) -> str:
    """The code with which an edition is refused; nothing changes."""
    before, rows = demo.home.operators.read_bytes(), demo.raw("SELECT operators_version FROM deployment")
    with pytest.raises(CodedError) as caught:
        operators.accept(demo.opened, ACTOR, token)
    assert demo.home.operators.read_bytes() == before
    assert demo.raw("SELECT operators_version FROM deployment") == rows
    return code_of(caught)


@pytest.mark.slow
def test_somebody_whose_key_is_elsewhere_is_added_by_an_administrator_who_is_elsewhere(founded: DemoOffice) -> None:
    """This home sees a public key and a token, and no private key of either."""
    theirs, signs = Key("a token in a drawer"), administrator(founded)
    made = operators.draft_add(founded.opened, NEWCOMER, theirs.public)
    assert "newcomer" not in entries(founded)
    token = jose.sign(made.payload, signs, typ=OPERATORS_TYP)  # what another computer does with the payload
    accepted = operators.accept(founded.opened, ACTOR, token)
    assert accepted.version == made.version
    assert entries(founded)["newcomer"].operator.key == theirs.public
    assert theirs.key_id not in {held.key_id for held in keys.listed(founded.opened)}
    assert audited(founded, "operator.add")[-1] == (ACTOR, "newcomer")
    batch = founded.store()
    act = batches.draft(founded.opened, "newcomer", Act.SUBMIT, batch)
    assert batches.accept(founded.opened, act.signed_by(theirs)).state == "submitted"


def test_a_token_that_comes_as_a_file_has_a_newline_and_harms_nothing(founded: DemoOffice) -> None:
    made = operators.draft_add(founded.opened, NEWCOMER, Key("newcomer").public)
    operators.accept(founded.opened, ACTOR, f"{made.signed_by(administrator(founded))}\n")
    assert founded.home.operators.read_bytes().count(b"\n") == 1
    assert "newcomer" in entries(founded)
    operators.end_here(founded.opened, ACTOR, "newcomer")


@pytest.mark.slow
def test_an_edition_that_is_not_the_next_is_refused(founded: DemoOffice) -> None:
    signs = administrator(founded)
    first = operators.draft_add(founded.opened, NEWCOMER, Key("one").public).signed_by(signs)
    other = operators.draft_add(founded.opened, replace(NEWCOMER, id="another"), Key("two").public).signed_by(signs)
    operators.accept(founded.opened, ACTOR, first)
    assert refusal(founded, other) == "operators_not_next"
    assert refusal(founded, first) == "operators_not_next"
    known = tuple(entries(founded).values())
    assert refusal(founded, signed_edition(founded, *known, version=99)) == "operators_not_next"


@pytest.mark.slow
def test_an_edition_that_loses_or_changes_somebody_is_refused(founded: DemoOffice) -> None:
    known = entries(founded)
    version = founded.operators().version + 1
    less = [each for name, each in known.items() if name != CLERK]
    assert refusal(founded, signed_edition(founded, *less, version=version)) == "operators_removed"
    clerk = known[CLERK]
    for changed in (
        replace(clerk.operator, key=Key("another").public),
        replace(clerk.operator, authority=None),
        replace(clerk.operator, name="别人"),
        replace(clerk.operator, person=known[APPROVER].operator.person),
        replace(clerk.operator, schemes=(Scheme(name=JWS, acts=frozenset({"submit", "approve"})),)),
    ):
        token = signed_edition(founded, *less, replace(clerk, operator=changed), version=version)
        assert refusal(founded, token) == "operators_removed"


@pytest.mark.slow
def test_who_ended_does_not_come_back_with_the_old_key_or_a_new_one(founded: DemoOffice) -> None:
    before = entries(founded)[CLERK]
    draft = batches.draft(founded.opened, CLERK, Act.SUBMIT, founded.store())
    token = draft.signed_by(founded.signer(CLERK))
    founded.clock.move(minutes=1)
    operators.end_here(founded.opened, ACTOR, CLERK)
    others = [each for name, each in entries(founded).items() if name != CLERK]
    version = founded.operators().version + 1
    back = replace(before, valid_from=founded.clock())
    again = replace(back, operator=replace(before.operator, key=Key("a new key").public))
    for entry in (before, back, again):
        assert refusal(founded, signed_edition(founded, *others, entry, version=version)) == "operators_removed"
    with pytest.raises(ConflictError) as taken:
        operators.draft_add(founded.opened, replace(NEWCOMER, id=CLERK), Key("a new key").public)
    assert code_of(taken) == "duplicate"
    with pytest.raises(NotAllowedError) as late:
        batches.accept(founded.opened, token)
    assert code_of(late) == "operator_not_in_force"


@pytest.mark.slow
def test_a_draft_by_a_key_that_the_file_knows_no_more_is_nobodys(founded: DemoOffice) -> None:
    """Even if somebody puts a newer file there that names a new key under the old id."""
    token = batches.draft(founded.opened, CLERK, Act.SUBMIT, founded.store()).signed_by(founded.signer(CLERK))
    known = entries(founded)
    swapped = replace(known[CLERK], operator=replace(known[CLERK].operator, key=Key("a new key").public))
    others = [each for name, each in known.items() if name != CLERK]
    version = founded.operators().version + 1
    operator_files.write(founded.home.operators, signed_edition(founded, *others, swapped, version=version))
    with pytest.raises(NotAllowedError) as caught:
        batches.accept(founded.opened, token)
    assert code_of(caught) == "bad_statement"


@pytest.mark.slow
def test_what_is_no_edition_is_refused(founded: DemoOffice) -> None:
    made = operators.draft_add(founded.opened, NEWCOMER, Key("newcomer").public)
    signs = administrator(founded)
    submit = batches.draft(founded.opened, CLERK, Act.SUBMIT, founded.store()).signed_by(founded.signer(CLERK))
    for token in (
        "",
        "é",
        submit,
        jose.sign(made.payload, founded.signer(APPROVER), typ=OPERATORS_TYP),
        jose.sign(made.payload, signs, typ=TYP),
        f"{made.signed_by(signs)}\n\n",
        founded.home.operators.read_text()[:-20],
    ):
        assert refusal(founded, token) == "operators_file"
    with pytest.raises(NotAllowedError) as caught:
        made.signed_by(founded.signer(APPROVER))
    assert code_of(caught) == "other_key"


class Died(BaseException):
    """Nobody catches it."""


def end_and_die(demo: DemoOffice, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """End an operator in a run that dies when the file is written and nothing is committed."""

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(operator_files, "accept", die)
        with pytest.raises(Died):
            operators.end_here(demo.opened, ACTOR, name)


@pytest.mark.slow
def test_an_end_whose_commit_died_is_done_again(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = founded.signer(CLERK)
    end_and_die(founded, monkeypatch, CLERK)
    assert founded.operators().version == founded.raw("SELECT operators_version FROM deployment")[0][0] + 1
    ended_at = entries(founded)[CLERK].valid_until
    assert audited(founded, "operator.end") == []
    founded.clock.move(hours=1)
    ended = operators.end_here(founded.opened, ACTOR, CLERK)
    assert (ended.state, ended.valid_until) == (EntryState.ENDED, ended_at)
    assert audited(founded, "operator.end") == [(ACTOR, CLERK)]
    assert signer.key_id not in {held.key_id for held in keys.listed(founded.opened)}


@pytest.mark.slow
def test_an_end_that_died_is_audited_with_the_next_one(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    end_and_die(founded, monkeypatch, CLERK)
    operators.add_here(founded.opened, ACTOR, NEWCOMER)
    assert audited(founded, "operator.end") == [(ACTOR, CLERK)]
    operators.end_here(founded.opened, ACTOR, APPROVER)
    assert audited(founded, "operator.end") == [(ACTOR, CLERK), (ACTOR, APPROVER)]


def test_a_file_that_is_gone_loses_nobody(founded: DemoOffice) -> None:
    """Without this, the next edition would begin from nobody."""
    kept = founded.home.operators.read_bytes()
    token = operators.draft_add(founded.opened, NEWCOMER, Key("newcomer").public).signed_by(administrator(founded))
    founded.home.operators.unlink()
    calls: Sequence[object] = (
        lambda: operators.listed(founded.opened),
        lambda: operators.draft_add(founded.opened, NEWCOMER, Key("newcomer").public),
        lambda: operators.accept(founded.opened, ACTOR, token),
    )
    for call in calls:
        with pytest.raises(TamperedError) as caught:
            call()  # type: ignore[operator]
        assert code_of(caught) == "operators_lost"
    founded.home.operators.write_bytes(kept)
    operators.accept(founded.opened, ACTOR, token)


@pytest.mark.slow
def test_who_ended_signs_no_more_and_the_key_goes_out_of_use(founded: DemoOffice) -> None:
    batch = founded.store()
    key_id = founded.signer(CLERK).key_id
    ended = operators.end_here(founded.opened, ACTOR, CLERK)
    assert (ended.operator.id, ended.state, ended.valid_until) == (CLERK, EntryState.ENDED, founded.clock())
    with pytest.raises(KeyNotFoundError):
        founded.opened.custody.signer(KeyUse.OPERATOR, key_id, owner=CLERK)
    with pytest.raises(NotAllowedError) as caught:
        batches.draft(founded.opened, CLERK, Act.SUBMIT, batch)
    assert code_of(caught) == "operator_not_in_force"


@pytest.mark.slow
def test_somebody_whose_key_is_elsewhere_is_ended(founded: DemoOffice) -> None:
    signer = taken_away(founded, CLERK)
    draft = batches.draft(founded.opened, CLERK, Act.SUBMIT, founded.store())
    founded.clock.move(minutes=1)
    operators.end_here(founded.opened, ACTOR, CLERK)
    with pytest.raises(NotAllowedError) as caught:
        batches.accept(founded.opened, draft.signed_by(signer))
    assert code_of(caught) == "operator_not_in_force"


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ({"id": CLERK}, ConflictError, "duplicate"),
        ({"authority": "nobody"}, NotFoundError, "no_authority"),
        ({"role": "king"}, InputError, "role"),
        ({"name": ""}, InputError, None),
        ({"person": ""}, InputError, "bad_text"),
        ({"person": "工号 \u200b9"}, InputError, "bad_text"),
        ({"person": "工" * 61}, InputError, "bad_text"),
        ({"id": "X"}, InputError, "operator_id"),
    ],
)
def test_somebody_who_cannot_be_added_gets_no_key(
    founded: DemoOffice, change: dict[str, Any], kind: type[CodedError], code: str | None
) -> None:
    before = keys.listed(founded.opened)
    with pytest.raises(kind) as caught:
        operators.add_here(founded.opened, ACTOR, replace(NEWCOMER, **change))
    assert code is None or code_of(caught) == code
    assert keys.listed(founded.opened) == before


@pytest.mark.slow
def test_who_ends_ends_at_the_head_of_the_audit(founded: DemoOffice) -> None:
    """The entries of the new edition and of the end itself lie behind it."""
    founded.submit(founded.store())
    head = head_of(founded.opened.register)
    assert operators.end_here(founded.opened, ACTOR, CLERK).audit == head
    with founded.opened.register.read() as session:
        behind = [each.act for each in audit.entries(session) if each.ordinal is None or each.ordinal > head.length]
    assert behind == ["operators.accept", "operator.end"]


@pytest.mark.slow
def test_who_acts_while_the_administrator_signs_the_end_is_ended_anew(founded: DemoOffice) -> None:
    """Otherwise what the register accepted, and may have signed for, would count no more."""
    signs = administrator(founded)
    batch = founded.store()
    early = operators.draft_end(founded.opened, CLERK).signed_by(signs)
    founded.submit(batch)
    assert refusal(founded, early) == "operator_acted"
    operators.accept(founded.opened, ACTOR, operators.draft_end(founded.opened, CLERK).signed_by(signs))
    founded.approve(batch)


@pytest.mark.slow
def test_others_may_act_while_the_administrator_signs_an_end(founded: DemoOffice) -> None:
    made = operators.draft_end(founded.opened, APPROVER)
    founded.submit(founded.store())
    operators.accept(founded.opened, ACTOR, made.signed_by(administrator(founded)))
    assert entries(founded)[APPROVER].state is EntryState.ENDED


@pytest.mark.slow
def test_nobody_ends_at_a_head_of_another_register(founded: DemoOffice) -> None:
    known, version = entries(founded), founded.operators().version + 1
    head = head_of(founded.opened.register)
    others = [each for name, each in known.items() if name != CLERK]
    for wrong in (
        replace(head, head=bytes(32)),
        replace(head, length=head.length + 1),
        replace(head, length=head.length - 1),
        replace(head, length=0),
    ):
        gone = replace(known[CLERK], state=EntryState.ENDED, audit=wrong)
        assert refusal(founded, signed_edition(founded, *others, gone, version=version)) == "other_audit"
    right = replace(known[CLERK], state=EntryState.ENDED, audit=head)
    operators.accept(founded.opened, ACTOR, signed_edition(founded, *others, right, version=version))


def test_a_term_that_was_over_is_not_made_longer_by_the_end(founded: DemoOffice) -> None:
    known, over = entries(founded), founded.clock() + timedelta(minutes=1)
    others = [each for name, each in known.items() if name != CLERK]
    version = founded.operators().version + 1
    token = signed_edition(founded, *others, replace(known[CLERK], valid_until=over), version=version)
    operators.accept(founded.opened, ACTOR, token)
    founded.clock.move(hours=1)
    assert operators.end_here(founded.opened, ACTOR, CLERK).valid_until == over


@pytest.mark.slow
@pytest.mark.parametrize("ext", [{}, {"later": 1}])
def test_an_edition_that_a_newer_program_made_is_used_and_not_gone_on_from(
    founded: DemoOffice, ext: dict[str, int]
) -> None:
    """Its unknown scheme gives nothing; an edition of this program would lose or sign what it does not know."""
    made = operators.draft_add(founded.opened, NEWCOMER, Key("newcomer").public)
    value: Any = jsonform.decode_object(made.payload, max_bytes=1 << 20) | {"ext": ext}
    [newcomer] = [each for each in value["operators"] if each["id"] == NEWCOMER.id]
    if not ext:
        newcomer["schemes"] = [{"scheme": "webauthn", "acts": "*"}]
    operators.accept(
        founded.opened, ACTOR, jose.sign(jsonform.encode(value), administrator(founded), typ=OPERATORS_TYP)
    )
    with pytest.raises(ConflictError) as adding:
        operators.draft_add(founded.opened, replace(NEWCOMER, id="another"), Key("another").public)
    with pytest.raises(ConflictError) as ending:
        operators.draft_end(founded.opened, CLERK)
    assert (code_of(adding), code_of(ending)) == ("newer_operators", "newer_operators")
    batch = founded.store()
    if not ext:
        with pytest.raises(NotAllowedError) as scheme:
            batches.draft(founded.opened, NEWCOMER.id, Act.SUBMIT, batch)
        assert code_of(scheme) == "scheme"
    founded.submit(batch)


def test_a_person_is_shown_with_all_entries(founded: DemoOffice) -> None:
    person = entries(founded)[CLERK].operator.person
    operators.add_here(founded.opened, ACTOR, replace(NEWCOMER, person=person))
    assert operators.shown(founded.opened, CLERK)[1] == ("newcomer",)
    entry, others = operators.shown(founded.opened, APPROVER)
    assert (entry.operator.id, others) == (APPROVER, ())
    with pytest.raises(NotFoundError) as caught:
        operators.shown(founded.opened, "nobody")
    assert code_of(caught) == "no_operator"
    with founded.opened.register.read() as session:
        listed = {each.id: (each.person, each.schemes) for each in lists.operators(session)}
    assert listed["newcomer"] == (person, [{"scheme": "jws", "acts": "*"}])


def test_nobody_shares_a_key(founded: DemoOffice) -> None:
    with pytest.raises(ConflictError) as caught:
        operators.draft_add(founded.opened, NEWCOMER, founded.signer(CLERK).public)
    assert code_of(caught) == "duplicate"


@pytest.mark.slow
def test_a_term_that_has_not_begun_or_is_over_counts_nothing(founded: DemoOffice) -> None:
    known = entries(founded)
    batch = founded.store()
    token = batches.draft(founded.opened, CLERK, Act.SUBMIT, batch).signed_by(founded.signer(CLERK))
    over = replace(known[CLERK], valid_until=founded.clock() + timedelta(minutes=1))
    others = [each for name, each in known.items() if name != CLERK]
    version = founded.operators().version + 1
    operators.accept(founded.opened, ACTOR, signed_edition(founded, *others, over, version=version))
    founded.clock.move(minutes=1)
    with pytest.raises(NotAllowedError) as caught:
        batches.accept(founded.opened, token)
    assert code_of(caught) == "operator_not_in_force"
