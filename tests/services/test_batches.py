"""Batches: drafted on one copy of a home, signed by keys that are elsewhere, accepted on another copy."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from credential import jose, statements
from credential.history import Act
from credential.statements import OPERATORS_TYP
from issuer.errors import ConflictError, IssuerError, NotAllowedError, NotFoundError, TamperedError
from issuer.services import batches
from issuer.sheets.package import Package
from keys.errors import KeyNotFoundError
from tests.intake.support import annotated
from tests.services.elsewhere import audited, code_of, copied, taken_away
from tests.support.office import (
    ACTOR,
    APPROVER,
    CLERK,
    DATA,
    DISTRICT_APPROVER,
    DISTRICT_CLERK,
    FAULTY_LIST,
    LIST,
    PROVINCE,
    DemoOffice,
)

pytestmark = pytest.mark.slow


def refusal(demo: DemoOffice, token: str) -> str:
    """The code with which a statement is refused; nothing is stored of it."""
    before = demo.raw("SELECT count(*) FROM statements"), batches.listed(demo.opened)
    with pytest.raises(IssuerError) as caught:
        batches.accept(demo.opened, token)
    assert (demo.raw("SELECT count(*) FROM statements"), batches.listed(demo.opened)) == before
    return code_of(caught)


def test_two_homes_and_two_keys_that_are_in_neither(founded: DemoOffice, tmp_path: Path) -> None:
    """The clerk's machine drafts, tokens sign, the office's machine accepts and issues."""
    signers = {name: taken_away(founded, name) for name in (CLERK, APPROVER)}
    batch = founded.store()
    for act, name, state in ((Act.SUBMIT, CLERK, "submitted"), (Act.APPROVE, APPROVER, "approved")):
        laptop = copied(founded, tmp_path / name)
        with pytest.raises(KeyNotFoundError):
            batches.act_here(laptop.opened, name, act, batch)
        made = batches.draft(laptop.opened, name, act, batch)
        laptop.close()
        token = jose.sign(made.payload, signers[name], typ=statements.TYP)
        founded.clock.move(hours=3)
        assert batches.accept(founded.opened, token).state == state
        assert audited(founded, f"batch.{act.value}") == [(name, batch)]
    assert len(founded.issue(batch).issued) == 24


def test_a_statement_that_comes_twice_counts_once(founded: DemoOffice) -> None:
    batch = founded.store()
    token = batches.draft(founded.opened, CLERK, Act.SUBMIT, batch).signed_by(founded.signer(CLERK))
    batches.accept(founded.opened, token)
    assert refusal(founded, token) == "statement_used"


def test_two_drafts_of_one_operator_are_two_statements_and_one_counts(founded: DemoOffice) -> None:
    batch = founded.store()
    first, second = (batches.draft(founded.opened, CLERK, Act.SUBMIT, batch) for _ in range(2))
    assert first.statement.nonce != second.statement.nonce
    batches.accept(founded.opened, first.signed_by(founded.signer(CLERK)))
    assert refusal(founded, second.signed_by(founded.signer(CLERK))) == "wrong_state"


def test_what_is_no_statement_moves_nothing(founded: DemoOffice) -> None:
    batch = founded.store()
    made, signer = batches.draft(founded.opened, CLERK, Act.SUBMIT, batch), founded.signer(CLERK)
    token = made.signed_by(signer)
    for text in (
        founded.home.operators.read_text("ascii").strip(),
        jose.sign(made.payload, signer, typ=OPERATORS_TYP),
        jose.sign(made.payload + b" ", signer, typ=statements.TYP),
        jose.sign(b"{}", signer, typ=statements.TYP),
        f"{token}\n",
        f"{token}=",
        token[:-4],
        "é",
        "\ud800",
        "",
    ):
        assert refusal(founded, text) == "bad_statement"
    batches.accept(founded.opened, token)


def test_a_statement_for_another_deployment_moves_nothing(founded: DemoOffice, tmp_path: Path) -> None:
    """One operator with one key serves in two offices; batches have the same numbers in both."""
    batch = founded.store()
    other = copied(founded, tmp_path / "other")
    settings = other.home.directory / "home.json"
    settings.write_text(settings.read_text("utf-8").replace('"shifan-demo"', '"shifan-other"'), "utf-8")
    other.close()
    made = batches.draft(founded.opened, CLERK, Act.SUBMIT, batch).statement
    elsewhere = statements.Statement(
        **{name: getattr(made, name) for name in made.__dataclass_fields__} | {"deployment": "shifan-other"}
    )
    assert refusal(founded, statements.sign(elsewhere, founded.signer(CLERK))) == "other_deployment"
    moved = DemoOffice.open(other.home.directory, founded.clock())
    with pytest.raises(TamperedError) as caught:  # nor does a home take another's file of operators
        batches.accept(moved.opened, statements.sign(elsewhere, founded.signer(CLERK)))
    assert code_of(caught) == "operators_file"
    moved.close()


def test_a_drafting_machine_whose_clock_is_ahead_waits_for_the_others(founded: DemoOffice, tmp_path: Path) -> None:
    batch, signer = founded.store(), founded.signer(CLERK)
    laptop = copied(founded, tmp_path / "laptop")
    laptop.clock.move(minutes=10)
    token = batches.draft(laptop.opened, CLERK, Act.SUBMIT, batch).signed_by(signer)
    laptop.close()
    assert refusal(founded, token) == "statement_early"
    founded.clock.move(minutes=4, seconds=59)
    assert refusal(founded, token) == "statement_early"
    founded.clock.move(seconds=1)
    assert batches.accept(founded.opened, token).state == "submitted"


def test_five_minutes_ahead_is_no_difference_even_to_the_worker(founded: DemoOffice, tmp_path: Path) -> None:
    batch = founded.store()
    signers = {name: founded.signer(name) for name in (CLERK, APPROVER)}
    for act, name in ((Act.SUBMIT, CLERK), (Act.APPROVE, APPROVER)):
        laptop = copied(founded, tmp_path / name)
        laptop.clock.move(minutes=5)
        batches.accept(founded.opened, batches.draft(laptop.opened, name, act, batch).signed_by(signers[name]))
        laptop.close()
    assert len(founded.issue(batch).issued) == 24


def test_a_draft_is_over_after_a_day(founded: DemoOffice) -> None:
    made = batches.draft(founded.opened, CLERK, Act.SUBMIT, founded.store())
    token = made.signed_by(founded.signer(CLERK))
    founded.clock.move(hours=24, seconds=1)
    assert refusal(founded, token) == "statement_expired"


@pytest.mark.parametrize("operator", [DISTRICT_CLERK, DISTRICT_APPROVER])
def test_an_operator_of_another_authority_neither_drafts_nor_is_accepted(founded: DemoOffice, operator: str) -> None:
    batch = founded.store()
    with pytest.raises(NotAllowedError) as caught:
        batches.draft(founded.opened, operator, Act.SUBMIT, batch)
    assert code_of(caught) == "other_authority"
    made = batches.draft(founded.opened, CLERK, Act.SUBMIT, batch).statement
    forged = statements.Statement(
        **{name: getattr(made, name) for name in made.__dataclass_fields__} | {"operator": operator}
    )
    assert refusal(founded, statements.sign(forged, founded.signer(operator))) == "other_authority"


def test_a_statement_that_an_operator_signed_with_words_of_their_own_moves_nothing(founded: DemoOffice) -> None:
    """Somebody signs without a draft: what it says is compared with the batch, member by member."""
    batch, signer = founded.store(), founded.signer(CLERK)
    made = batches.draft(founded.opened, CLERK, Act.SUBMIT, batch).statement
    parts = {name: getattr(made, name) for name in made.__dataclass_fields__}
    for change, code in (
        ({"previous": "submitted"}, "moved_on"),
        ({"counts": {"rows": 2, "rejected": 1, "waiting": 1}}, "moved_on"),
        ({"counts": {**made.counts, "rows": 1}}, "bad_statement"),
        ({"counts": {}}, "bad_statement"),
        ({"digests": {**made.digests, "rows_root": "0" * 64}}, "moved_on"),
        ({"digests": {**made.digests, "file": "0" * 64}}, "moved_on"),
        ({"digests": {}}, "bad_statement"),
        ({"object": {**made.object, "authority": "sfq-hrss"}}, "moved_on"),
        ({"object": {**made.object, "more": "1"}}, "bad_statement"),
        ({"object": {**made.object, "batch": "sf-hrss-0099"}}, "no_batch"),
        ({"object": {**made.object, "batch": 1}}, "bad_statement"),
        ({"act": Act.APPROVE}, "wrong_state"),
        ({"act": Act.SUSPEND}, "bad_statement"),
    ):
        said = statements.Statement(**parts | change)
        assert refusal(founded, statements.sign(said, signer)) == code


# Evidence in the register, in the hands of somebody who owns it


def test_evidence_that_was_copied_to_another_batch_approves_nothing(founded: DemoOffice) -> None:
    founded.approved()
    other = founded.store("engineering-other-documents-2026.xlsx")
    founded.raw(
        "INSERT INTO statements (id, act, operator, batch, nonce, scheme, key_id, evidence, received)"
        " SELECT 'x' || substr(id, 2), act, operator, ?, CAST(key_id || substr(nonce, 1, 8) AS BLOB), scheme, key_id,"
        " evidence, received FROM statements",
        other,
    )
    founded.raw("UPDATE batches SET state = 'approved' WHERE id = ?", other)
    with pytest.raises(TamperedError) as caught:
        founded.issue(other)
    assert code_of(caught) == "bad_statement"  # the nonce of the row is not the evidence's, which the first row has


@pytest.mark.parametrize("received", ["2020-01-01 00:00:00.000000", "2030-01-01 00:00:00.000000"])
def test_when_evidence_was_received_decides_nothing(founded: DemoOffice, received: str) -> None:
    """The column is for people. The time that counts is in the evidence, under the operator's signature."""
    batch = founded.approved()
    founded.raw("UPDATE statements SET received = ?", received)
    assert len(founded.issue(batch).issued) == 24
    founded.clock.move(minutes=1)
    founded.change(founded.certificates()[0].number)
    founded.raw("UPDATE statements SET received = ?", received)
    assert founded.outcomes() == {"valid": 23, "withdrawn": 1}


# Looking


def _cells(workbook: bytes) -> list[list[tuple[object, str]]]:
    """What every cell of a workbook says, and its colour."""
    sheets = load_workbook(io.BytesIO(workbook)).worksheets
    return [[(cell.value, str(cell.fill.bgColor.rgb)) for row in sheet.iter_rows() for cell in row] for sheet in sheets]


def test_a_list_with_errors_is_stored_only_when_its_good_rows_are_wanted(
    founded: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = batches.ListFile(name=FAULTY_LIST, data=(DATA / FAULTY_LIST).read_bytes())
    first = batches.check(founded.opened, ACTOR, file, authority=PROVINCE)
    assert first.batch is None
    assert (first.good, first.errors) > (0, 0)
    assert batches.listed(founded.opened) == ()
    second = batches.check(founded.opened, ACTOR, file, authority=PROVINCE, take_good_rows=True)
    assert second.findings == first.findings
    assert second.batch is not None
    assert audited(founded, "batch.check") == [(ACTOR, second.batch)]
    with monkeypatch.context() as patch:
        patch.setattr(Package, "parse", None)  # what reads a workbook: the file is not read again
        copy = batches.annotated(second)
    assert _cells(copy) == _cells(annotated(file.data, second.findings))
    with pytest.raises(ConflictError) as caught:
        batches.check(founded.opened, ACTOR, file, authority=PROVINCE, take_good_rows=True)
    assert code_of(caught) == "same_file"


def test_rows_are_shown_with_masked_names(founded: DemoOffice) -> None:
    batch = founded.store(FAULTY_LIST)
    found = batches.shown_rows(founded.opened, ACTOR, batch)
    assert [each.sheet_row for each in found] == sorted(each.sheet_row for each in found)
    counted = batches.shown(founded.opened, batch)
    assert len(found) == counted.rows_total
    assert {each.state for each in found} == {"waiting", "rejected"}
    assert all("*" in each.name for each in found if each.state == "waiting")
    for call in (batches.shown, lambda opened, none: batches.shown_rows(opened, ACTOR, none)):
        with pytest.raises(NotFoundError) as caught:
            call(founded.opened, "none")
        assert code_of(caught) == "no_batch"


def test_a_list_of_nobody_is_refused(founded: DemoOffice) -> None:
    file = batches.ListFile(name=LIST, data=(DATA / LIST).read_bytes())
    with pytest.raises(NotFoundError) as caught:
        batches.check(founded.opened, ACTOR, file, authority="nobody")
    assert code_of(caught) == "no_authority"
