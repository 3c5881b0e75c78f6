"""A list with what the clerk says of it: sheet, columns, values for every row, and how holders are reached."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook

from issuer.batches.contacts import contact_of
from issuer.errors import ConflictError, InputError, TamperedError
from issuer.intake.model import Contact
from issuer.services import batches, certificates
from tests.intake.support import GOOD, HEADINGS, changed
from tests.services.elsewhere import code_of
from tests.support.office import ACTOR, APPROVER, CLERK, PROVINCE, DemoOffice

pytestmark = pytest.mark.slow
WITH_CONTACT = [*HEADINGS, "手机号码", "电子邮箱"]


def _book(**sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _check(demo: DemoOffice, data: bytes, *, sheet: str | None = None, **given: Any) -> batches.CheckedList:
    columns = given.pop("columns", {})
    file = batches.ListFile(name="名单.xlsx", data=data, reading=batches.Reading(sheet=sheet, columns=columns))
    return batches.check(demo.opened, ACTOR, file, authority=PROVINCE, **given)


SECOND = changed(序号=2, 姓名="赵一山", 性别="男", 身份证号="139901198002021032", 专业="人工智能")


def _check_sheets(demo: DemoOffice, data: bytes, **given: Any) -> tuple[batches.CheckedList, ...]:
    file = batches.ListFile(name="名单.xlsx", data=data)
    return batches.check_sheets(demo.opened, ACTOR, file, authority=PROVINCE, **given)


def test_every_sheet_becomes_a_batch_at_once(founded: DemoOffice) -> None:
    data = _book(说明=[["填表说明"]], 甲=[HEADINGS, GOOD], 乙=[HEADINGS, SECOND])
    found = _check_sheets(founded, data)
    assert [(each.read.sheet, each.good, each.findings) for each in found] == [("甲", 1, ()), ("乙", 1, ())]
    assert [each.id for each in batches.listed(founded.opened)] == [each.batch for each in found]
    for again in (lambda: _check_sheets(founded, data), lambda: _check(founded, data, sheet="乙")):
        with pytest.raises(ConflictError) as caught:
            again()
        assert code_of(caught) == "same_file"
    assert len(batches.listed(founded.opened)) == 2


def test_a_fault_in_one_sheet_keeps_all_back_until_the_good_rows_are_taken(founded: DemoOffice) -> None:
    data = _book(
        甲=[HEADINGS, GOOD], 乙=[HEADINGS, SECOND, changed(序号=3, 姓名=None)], 丙=[HEADINGS, changed(姓名=None)]
    )
    found = _check_sheets(founded, data)
    assert [(each.good, each.rejected, each.batch) for each in found] == [(1, 0, None), (1, 1, None), (0, 1, None)]
    assert batches.listed(founded.opened) == ()
    taken = _check_sheets(founded, data, take_good_rows=True)
    assert [each.batch is not None for each in taken] == [True, True, False]
    assert [(each.rows_waiting, each.rows_rejected) for each in batches.listed(founded.opened)] == [(1, 0), (1, 1)]


def test_an_award_stands_in_one_sheet_only(founded: DemoOffice) -> None:
    data = _book(甲=[HEADINGS, SECOND, GOOD], 乙=[HEADINGS, GOOD])
    first, second = _check_sheets(founded, data)
    assert (first.findings, [each.code for each in second.findings]) == ((), ["duplicate_in_sheets"])
    assert "“甲”第 3 行" in second.findings[0].message_zh
    assert (second.good, second.rejected, first.batch, second.batch) == (0, 1, None, None)


def test_a_file_with_one_list_is_one_batch(founded: DemoOffice) -> None:
    data = _book(甲=[HEADINGS, GOOD])
    [found] = _check_sheets(founded, data)
    assert found.batch is not None
    with pytest.raises(ConflictError) as caught:
        _check(founded, data)
    assert code_of(caught) == "same_file"


def test_each_sheet_of_a_file_may_be_a_batch_and_is_one_once(founded: DemoOffice) -> None:
    data = _book(甲=[HEADINGS, GOOD], 乙=[HEADINGS, SECOND])
    assert _check(founded, data).batch is None
    first, other = _check(founded, data, sheet="甲"), _check(founded, data, sheet="乙")
    assert None not in (first.batch, other.batch)
    for sheet in ("甲", "乙"):
        with pytest.raises(ConflictError) as caught:
            _check(founded, data, sheet=sheet)
        assert code_of(caught) == "same_file"


def test_a_file_that_was_read_whole_is_no_second_batch_by_its_sheet(founded: DemoOffice) -> None:
    data = _book(甲=[HEADINGS, GOOD])
    assert _check(founded, data).batch is not None
    with pytest.raises(ConflictError) as caught:
        _check(founded, data, sheet="甲")
    assert code_of(caught) == "same_file"


def test_values_for_the_list_stand_where_a_row_says_nothing(founded: DemoOffice) -> None:
    gone = ("系列", "取得方式", "评委会核准备案号", "批准文号")
    kept = [at for at, heading in enumerate(HEADINGS) if heading not in gone]
    headings = ["现任职务" if HEADINGS[at] == "评审资格" else HEADINGS[at] for at in kept]
    data = _book(甲=[headings, [GOOD[at] for at in kept]])
    values = batches.values_said(
        [
            "系列=工程技术人员",
            "取得方式=评审",
            "评委会核准备案号=示评备〔2025〕012号",
            "批准文号=示职改办字〔2026〕31号",
        ]
    )
    columns = batches.columns_said(["现任职务=资格名称"])
    found = _check(founded, data, columns=columns, values=values)
    assert (found.findings, found.good) == ((), 1)
    assert found.batch is not None
    assert batches.shown(founded.opened, found.batch).decision_document == "示职改办字〔2026〕31号"
    assert batches.annotated(found).startswith(b"PK")
    with pytest.raises(InputError) as caught:
        _check(founded, data, columns=columns, values=values, decision="示人社〔2026〕1号")
    assert code_of(caught) == "said_twice"


def test_a_row_without_room_in_a_certificate_is_told_when_it_is_checked(founded: DemoOffice) -> None:
    found = _check(founded, _book(甲=[HEADINGS, changed(姓名="买" * 90)]))
    assert [(f.code, f.field) for f in found.findings] == [("credential_too_large", "name")]
    assert found.batch is None


def test_how_a_holder_is_reached_is_sealed_and_shown_to_the_office_only(founded: DemoOffice) -> None:
    data = _book(甲=[WITH_CONTACT, [*GOOD, "13900000000", "wang@example.cn"]])
    batch = _check(founded, data).batch
    assert batch is not None
    batches.act_here(founded.opened, CLERK, batches.Act.SUBMIT, batch)
    batches.act_here(founded.opened, APPROVER, batches.Act.APPROVE, batch)
    founded.issue(batch)
    [certificate] = founded.certificates()
    shown = certificates.shown(founded.opened, ACTOR, certificate.number)
    assert shown.contact == Contact(mobile="13900000000", email="wang@example.cn")
    everything = [path.read_bytes() for path in founded.home.directory.rglob("*") if path.is_file()]
    assert not any(b"13900000000" in each or b"wang@example" in each for each in everything)


def _holder(demo: DemoOffice) -> str:
    [(holder,)] = demo.raw("SELECT id FROM holders")
    return str(holder)


def _contact(demo: DemoOffice) -> Contact | None:
    with demo.opened.register.read() as session:
        return contact_of(session, demo.opened.vault, _holder(demo))


def test_a_newer_list_replaces_what_it_gives_and_leaves_the_rest(founded: DemoOffice) -> None:
    for mobile, email, note in (
        ("13900000000", "wang@example.cn", "a"),
        (None, "new@example.cn", "b"),
        (None, None, "c"),
    ):
        assert _check(founded, _book(甲=[WITH_CONTACT, [*GOOD[:-1], note, mobile, email]])).batch is not None
    assert _contact(founded) == Contact(mobile="13900000000", email="new@example.cn")


def test_what_was_altered_does_not_open(founded: DemoOffice) -> None:
    _check(founded, _book(甲=[WITH_CONTACT, [*GOOD, "13900000000", None]]))
    founded.raw("UPDATE holders SET contact = personal")
    with pytest.raises(TamperedError) as caught:
        _contact(founded)
    assert code_of(caught) == "sealed_altered"
    founded.raw("UPDATE holders SET wrapped_key = NULL, erased = created")
    assert _contact(founded) is None
