"""Lists of people for the integrity record, and files for the credit platform: every fault, what was sent, answers."""

from __future__ import annotations

import io
import json
from datetime import date

import openpyxl
import pytest

from credential.history import Act
from issuer.db.integrity import Receipt, Sent
from issuer.errors import ConflictError, InputError
from issuer.integrity import exporting
from issuer.integrity.exporting import Reported, read_answers, reported
from issuer.integrity.importing import Defaults, read_people
from issuer.services import integrity, reporting
from issuer.services.integrity import Change
from tests.support.clock import NOW
from tests.support.office import ACTOR, APPROVER, PROVINCE, DemoOffice

DECISION = "示人社信〔2026〕1号"
DEFAULTS = Defaults(basis="依据", document=DECISION, term_from=date(2026, 11, 21), years=3)
GOOD = (
    "诚信名单,,,,\n"
    "姓名,证件类型,证件号码,起始日期,文号\n"
    "示范甲,居民身份证,11010519491231002X,2026年11月1日,示人社信〔2026〕7号\n"
    "示范乙,护照,E00000001,,\n"
)
BAD = (
    "姓名,证件类型,证件号码,起始日期,截止日期\n"
    "示范甲,,110105194912310021,,\n"
    ",,11010519491231002X,昨天,\n"
    "示范乙,图书证,E1,,\n"
    "示范丙,护照,E00000001,2026-13-01,\n"
    "示范丁,护照,E00000002,2026-11-21,2026-11-20\n"
    "示范戊,护照,E00000003,,\n"
    "示范己,护照,E00000003,,\n"
)


@pytest.mark.slow
def test_a_list_is_read_by_its_columns_and_what_is_left_empty_is_the_home_s() -> None:
    found = read_people(GOOD.encode(), DEFAULTS)
    assert found.faults == ()
    assert found.rows == (3, 4)
    first, second = found.people
    assert (first.person.name, first.document, first.term_from) == ("示范甲", "示人社信〔2026〕7号", date(2026, 11, 1))
    assert first.term_until == date(2029, 11, 1)
    assert (second.document, second.term_from, second.basis) == (DECISION, date(2026, 11, 21), "依据")


@pytest.mark.slow
def test_every_fault_of_a_list_is_told_by_row_and_field() -> None:
    found = read_people(BAD.encode(), DEFAULTS)
    assert [(each.row, each.field, each.code) for each in found.faults] == [
        (2, "id_number", "id_check_character"),
        (3, "name", "empty"),
        (3, "term_from", "not_a_date"),
        (4, "id_type", "id_type_unknown"),
        (5, "term_from", "not_a_date"),
        (6, "term_until", "bad_span"),
        (8, "id_number", "twice"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "code"), [("甲,乙\n1,2\n", "integrity_columns"), ("姓名,证件号码\n", "integrity_none")]
)
def test_a_list_without_heading_or_people_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_people(text.encode(), DEFAULTS)
    assert caught.value.code == code


def sent(acts: int, outcome: str = "") -> Sent:
    answer = Receipt(export="f", record="r", outcome=outcome, reason="", received=NOW) if outcome else None
    return Sent(export="f", made=NOW, record="r", acts=acts, answer=answer)


@pytest.mark.parametrize(
    ("acts", "files", "found"),
    [
        (1, [], Reported.UNSENT),
        (1, [sent(1)], Reported.MISSING),
        (1, [sent(1, "accepted")], Reported.ACCEPTED),
        (1, [sent(1, "refused")], Reported.REFUSED),
        (2, [sent(1, "accepted")], Reported.UNSENT),
        (2, [sent(1, "accepted"), sent(2)], Reported.MISSING),
    ],
)
def test_where_a_record_stands_with_the_platform(acts: int, files: list[Sent], found: Reported) -> None:
    assert reported(acts, files)[0] is found


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b'{"export":"f","record":"r","outcome":"accepted"}\n{"export":', 2),
        (b'{"export":"f","record":"r","outcome":"perhaps"}', 1),
        (b'{"export":"","record":"r","outcome":"accepted"}', 1),
        (b'{"export":1,"record":"r","outcome":"accepted"}', 1),
    ],
)
def test_an_answer_that_is_none_is_told_by_its_line(data: bytes, row: int) -> None:
    with pytest.raises(InputError) as caught:
        read_answers(data)
    assert (caught.value.code, caught.value.fields["row"]) == ("bad_answers", row)


@pytest.mark.slow
def test_what_is_sent_comes_back_and_is_compared(founded: DemoOffice) -> None:
    people = read_people(GOOD.encode(), DEFAULTS).people
    planned = integrity.plan_add(founded.opened, people, authority=PROVINCE, document=DECISION)
    one, two = integrity.act_here(founded.opened, APPROVER, planned)
    assert {each.reported for each in reporting.reconciled(founded.opened)} == {Reported.UNSENT}
    first = reporting.export(founded.opened, ACTOR, as_workbook=False)
    lines = {line["record"]: line for line in map(json.loads, first.data.decode().splitlines())}
    assert set(lines) == {one, two}
    assert set(lines[one]) == {"export", *exporting._LABELS}
    assert (lines[one]["name"], lines[one]["state"], lines[one]["export"]) == ("示范甲", "running", first.id)
    with pytest.raises(InputError, match="nothing to report"):
        reporting.export(founded.opened, ACTOR, as_workbook=False)
    answers = [
        {"export": first.id, "record": one, "outcome": "accepted"},
        {"export": first.id, "record": two, "outcome": "refused", "reason": "证件类型不支持"},
    ]
    data = "\n".join(json.dumps(each, ensure_ascii=False) for each in answers).encode()
    with pytest.raises(ConflictError) as caught:
        reporting.receive(founded.opened, ACTOR, data.replace(two.encode(), b"0" * 32))
    assert caught.value.code == "not_sent"
    assert reporting.receive(founded.opened, ACTOR, data) == 2
    stands = {each.record: (each.reported, each.reason) for each in reporting.reconciled(founded.opened)}
    assert stands == {one: (Reported.ACCEPTED, ""), two: (Reported.REFUSED, "证件类型不支持")}
    changed = integrity.plan_act(founded.opened, Act.INTEGRITY_END, {one: Change(note="x")}, document="d")
    integrity.act_here(founded.opened, APPROVER, changed)
    second = reporting.export(founded.opened, ACTOR, as_workbook=True)
    sheet = openpyxl.load_workbook(io.BytesIO(second.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("文件编号", "记录编号", "状态")
    assert {row[1]: row[2] for row in rows[1:]} == {one: "移出", two: "列入"}
    assert {each.reported for each in reporting.reconciled(founded.opened)} == {Reported.MISSING}
    acts = [row[0] for row in founded.raw("SELECT act FROM audit WHERE act LIKE 'integrity.%' ORDER BY id")]
    assert acts.count("integrity.open") == 4, "an entry for each record that was opened for a file"
    assert (acts.count("integrity.export"), acts.count("integrity.receive")) == (2, 1)
