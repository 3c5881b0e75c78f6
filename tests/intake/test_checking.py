"""The check of rows: one fault, one finding; nothing of a row hides what else is wrong in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from credential.authorisation import Fault
from credential.catalogue import Specialty
from credential.grants import Grant, read_grant
from issuer.identifiers import IdType, Sex, citizen_check_character
from issuer.intake import AwardDraft, BasisKind, CheckedBatch, Severity
from issuer.intake.checking import FINDING_OF, document_key
from issuer.intake.dates import parse_date
from issuer.intake.findings import FIELD_NAMES, MESSAGES
from issuer.intake.model import Elsewhere
from tests.intake.support import changed, check_rows, context, demo


def _codes(batch: CheckedBatch) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.suggestion) for finding in batch.findings]


ONE_FAULT: list[tuple[dict[str, Any], str, str | None]] = [
    ({"姓名": "\u3000"}, "missing", None),
    ({"姓名": "张 伟"}, "name_blank_inside", None),
    ({"姓名": "⽅明"}, "name_character", "方"),
    ({"姓名": "#REF!"}, "cell_error", None),
    ({"身份证号": "139901760512380"}, "id_fifteen", None),
    ({"身份证号": "139901 19760512 380X"}, "id_blank_inside", None),
    ({"身份证号": "1.39901E+17"}, "id_number_as_number", None),
    ({"身份证号": "13990119760512380Х"}, "id_character", "X"),
    ({"身份证号": "13990119761312380X"}, "id_birth_date", None),
    ({"身份证号": None}, "missing", None),
    ({"证件类型": "学生证"}, "id_type_unknown", None),
    ({"证件类型": "护照", "身份证号": "EA"}, "id_shape", None),
    ({"性别": "其他"}, "sex_unknown", None),
    ({"系列": "会计"}, "series_unknown", "会计人员"),
    ({"评审资格": "高级工程"}, "title_unknown", "高级工程师"),
    ({"评审资格": "教授级高级工程师", "级别": "正高"}, "title_abolished", None),
    ({"级别": None}, "missing", None),
    ({"专业": "道路桥梁"}, "specialty_unknown", "道路与桥梁"),
    ({"专业": "炼丹"}, "specialty_unknown", None),
    ({"取得方式": "评审通过"}, "way_unknown", "评审"),
    ({"通过时间": "2026-10"}, "date_invalid", None),
    ({"通过时间": 46325}, "date_invalid", None),
    ({"通过时间": "2026-11-22"}, "date_future", None),
    ({"通过时间": "2025-02-28"}, "committee_not_yet", None),
    ({"评委会核准备案号": None}, "missing", None),
    ({"评委会核准备案号": "示评备〔2024〕107号"}, "committee_scope", None),
    ({"取得方式": "定向评价"}, "scope_missing", None),
    ({"取得方式": "历史补录", "评委会核准备案号": None}, "missing", None),
    ({"批准文号": "示职\u200b改"}, "bad_character", None),
    ({"工作单位": "大" * 101}, "too_long", None),
]


@pytest.mark.parametrize(("fields", "code", "suggestion"), ONE_FAULT)
def test_one_fault_gives_one_finding(fields: dict[str, Any], code: str, suggestion: str | None) -> None:
    batch = check_rows(changed(**fields))
    assert _codes(batch) == [(code, suggestion)]
    assert batch.findings[0].severity is Severity.ERROR
    assert batch.good == ()


def test_all_faults_of_a_row_show_at_once() -> None:
    row = changed(姓名="张\u200b伟", 身份证号="139901197605123801", 级别="特级", 通过时间="明天", 评委会核准备案号="无")
    codes = [code for code, _ in _codes(check_rows(row))]
    assert codes == ["name_invisible", "id_check_character", "level_unknown", "date_invalid", "committee_not_on_file"]


def test_no_award_is_of_tomorrow() -> None:
    """Told even where the row cannot be asked for anything else."""
    batch = check_rows(changed(系列="会计", 通过时间="2026-11-22"))
    assert [code for code, _ in _codes(batch)] == ["series_unknown", "date_future"]


def test_a_number_that_a_spreadsheet_made_is_refused() -> None:
    for number in (139901197605123800, 1.39901e17):
        assert _codes(check_rows(changed(身份证号=number))) == [("id_number_as_number", None)]


def test_the_own_value_of_a_row_comes_first() -> None:
    batch = check_rows(
        changed(), changed(批准文号=None, 专业="大数据"), defaults={"decision_document": "示〔2026〕1号"}
    )
    assert [draft.decision_document for draft in batch.good] == ["示职改办字〔2026〕31号", "示〔2026〕1号"]


def test_what_is_cleaned_is_told_and_the_row_is_good() -> None:
    batch = check_rows(changed(姓名=" 王䶮", 身份证号=" １３990119760512380x "))
    assert [(f.code, f.field, f.severity) for f in batch.findings] == [
        ("cleaned", "name", Severity.NOTICE),
        ("cleaned", "id_number", Severity.NOTICE),
    ]
    assert batch.findings[1].message_zh == "证件号码：已去掉首尾空白，全角字符已改为半角，小写字母已改为大写"
    assert (batch.good[0].name, batch.good[0].id_number) == ("王䶮", "13990119760512380X")


def test_a_filing_number_with_other_brackets_is_the_same_number() -> None:
    batch = check_rows(changed(评委会核准备案号="示评备[2025]０12号"))
    assert _codes(batch) == [("committee_spelling", None)]
    assert batch.good[0].filing_number == "示评备〔2025〕012号"
    assert document_key("示评备（2025）013号") != document_key("示评备〔2025〕012号")


def test_a_compatibility_ideograph_stays_as_the_card_shows_it() -> None:
    assert check_rows(changed(姓名="\uf92d")).good[0].name == "\uf92d"


def test_a_middle_dot_of_another_kind_stays_with_a_notice() -> None:
    batch = check_rows(changed(姓名="买买提・江"))
    assert _codes(batch) == [("name_middle_dot", None)]
    assert batch.good[0].name == "买买提・江"


def test_the_second_of_two_equal_awards_is_an_error_even_if_faulty() -> None:
    batch = check_rows(changed(), changed(序号=2, 专业="大数据"), changed(序号=3), changed(序号=4, 通过时间="x"))
    assert [(f.code, f.seq) for f in batch.findings] == [("duplicate", "3"), ("date_invalid", "4"), ("duplicate", "4")]
    assert batch.findings[0].message_zh == "与本文件第 2 行（序号 1）重复，请只保留一行"
    assert [draft.seq for draft in batch.good] == ["1", "2"]


def test_one_id_number_with_two_names_is_an_error() -> None:
    batch = check_rows(changed(), changed(序号=2, 姓名="李四", 专业="大数据"))
    assert _codes(batch) == [("id_two_names", None)]


def test_two_spellings_of_one_name_are_one_name() -> None:
    batch = check_rows(changed(姓名="买买提·江"), changed(姓名="买买提・江", 专业="大数据"))
    assert len(batch.good) == 2


def test_the_register_is_asked_about_good_rows_only() -> None:
    asked: list[AwardDraft] = []

    def existing(draft: AwardDraft) -> str | None:
        asked.append(draft)
        return "99000020262000001" if draft.specialty == "大数据" else None

    batch = check_rows(changed(), changed(序号=2, 专业="大数据"), changed(通过时间="x"), find_existing=existing)
    assert [draft.specialty for draft in asked] == ["建筑施工", "大数据"]
    assert [f.code for f in batch.findings if f.code != "duplicate"] == ["already_issued", "date_invalid"]
    assert "99000020262000001" in batch.findings[0].message_zh


@pytest.mark.parametrize(
    ("found", "code", "severity"),
    [
        (Elsewhere(withdrawn="99000020262000001", same_award=True), "withdrawn_award", Severity.ERROR),
        (Elsewhere(withdrawn="99000020262000001"), "withdrawn_before", Severity.WARNING),
        (Elsewhere(batch="sf-hrss-0007", row=12), "pending_elsewhere", Severity.WARNING),
    ],
)
def test_what_the_register_knows_of_an_award_elsewhere_is_a_finding(
    found: Elsewhere, code: str, severity: Severity
) -> None:
    batch = check_rows(changed(), find_elsewhere=lambda _: found)
    assert [(each.code, each.severity) for each in batch.findings] == [(code, severity)]
    assert str(found.withdrawn or found.batch) in batch.findings[0].message_zh
    assert len(batch.good) == (severity is not Severity.ERROR)


def test_a_barred_person_is_refused() -> None:
    batch = check_rows(changed(), is_barred=lambda kind, number: (kind, number[:6]) == (IdType.CITIZEN, "139901"))
    assert _codes(batch) == [("barred", None)]


def test_a_specialty_has_a_term_and_an_authority() -> None:
    known = {"series": 5, "name": "建筑施工"}
    ended = Specialty(**known, valid_from=date(2020, 1, 1), valid_until=date(2026, 10, 29))
    foreign = Specialty(**known, authority="other", valid_from=date(2020, 1, 1))
    own = Specialty(**known, authority="sf-hrss", valid_from=date(2026, 10, 30))
    assert _codes(check_rows(changed(), specialties=[ended])) == [("specialty_not_in_force", None)]
    assert _codes(check_rows(changed(), specialties=[foreign])) == [("specialty_unknown", None)]
    assert _codes(check_rows(changed(), specialties=[ended, foreign, own])) == []


def test_a_series_without_listed_specialties_needs_none() -> None:
    assert check_rows(changed(专业=None), specialties=[]).good[0].specialty == ""
    assert _codes(check_rows(changed(专业=None))) == [("missing", None)]


def test_sex_may_come_from_the_id_number_alone() -> None:
    assert check_rows(changed(性别=None)).good[0].sex is Sex.FEMALE
    passport = changed(性别=None, 证件类型="护照", 身份证号="E12345678")
    assert [(f.code, f.field) for f in check_rows(passport).findings] == [("missing", "sex")]


def test_nobody_is_born_after_the_award() -> None:
    number = "13990120261030380"
    row = changed(身份证号=number + citizen_check_character(number))
    assert _codes(check_rows(row)) == [("id_birth_late", None)]


def _grant(**changes: Any) -> Grant:
    facts = demo()["authorities"][0]["grants"][0]
    return read_grant(facts | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"series": [22]},
        {"levels": [1]},
        {"ways": [2]},
        {"from": "2026-10-31"},
        {"until": "2026-10-29"},
        {"acts": ["suspend"]},
    ],
)
def test_a_grant_that_does_not_cover_the_award_is_no_grant(changes: dict[str, Any]) -> None:
    assert _codes(check_rows(changed(), grants=[_grant(**changes)])) == [("no_grant", None)]
    assert _codes(check_rows(changed(), grants=[_grant(**changes), _grant()])) == []


def test_all_ways_do_not_include_historical_records() -> None:
    old = changed(
        取得方式="历史补录",
        评审资格="教授级高级工程师",
        级别="正高",
        通过时间="2009-12-01",
        评委会核准备案号=None,
        专业=None,
    )
    batch = check_rows(old, grants=[_grant()], defaults={"basis": "旧证第123号"}, specialties=[])
    assert _codes(batch) == [("no_grant", None)]
    granted = [_grant(ways=[9])]
    draft = check_rows(old, grants=granted, defaults={"basis": "旧证第123号"}, specialties=[]).good[0]
    assert (draft.basis_kind, draft.basis_reference) == (BasisKind.HISTORICAL, "旧证第123号")


@pytest.mark.parametrize(("scope", "code"), [("990101", None), ("示范市", "scope"), ("示范区", "scope_unknown")])
def test_a_scope_lies_in_the_region_of_the_grant(scope: str, code: str | None) -> None:
    grants = [_grant(region="990101", scope_required=True)]
    batch = check_rows(changed(), grants=grants, defaults={"scope": scope})
    assert [f.code for f in batch.findings] == ([] if code is None else [code])
    assert _codes(check_rows(changed(), grants=grants)) == [("scope_missing", None)]


def test_a_way_without_committee_leaves_the_filing_number_aside() -> None:
    batch = check_rows(changed(取得方式="考核认定"))
    assert _codes(batch) == [("committee_not_needed", None)]
    draft = batch.good[0]
    assert (draft.filing_number, draft.basis_kind) == (None, BasisKind.RECOGNITION)
    assert draft.basis_reference == "示职改办字〔2026〕31号"


def test_a_grant_may_ask_a_committee_for_another_way() -> None:
    grants = [_grant(committee_ways=[1, 2])]
    assert _codes(check_rows(changed(取得方式="考核认定", 评委会核准备案号=None), grants=grants)) == [("missing", None)]
    draft = check_rows(changed(取得方式="考核认定"), grants=grants).good[0]
    assert draft.basis_kind is BasisKind.COMMITTEE


OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("of another series", {"series": [22]}),
    ("of another level", {"levels": [3]}),
    ("that ended before the award", {"until": "2026-10-29"}),
    ("that began after the award", {"from": "2026-10-31"}),
    ("that is for shorter gaps", {"max_gap_days": 21}),
    ("that demands a scope", {"scope_required": True}),
    ("to withdraw", {"acts": ["withdraw"]}),
]


@pytest.mark.parametrize(("sentence", "other"), OTHERS)
def test_a_grant_under_which_the_award_does_not_stand_spares_no_committee(sentence: str, other: dict[str, Any]) -> None:
    """A reader would refuse the certificate with ``basis_kind``."""
    grants = [_grant(), _grant(committee_ways=[], **other)]
    assert _codes(check_rows(changed(评委会核准备案号=None), grants=grants)) == [("missing", None)], sentence
    draft = check_rows(changed(), grants=grants).good[0]
    assert (draft.filing_number, draft.basis_kind) == ("示评备〔2025〕012号", BasisKind.COMMITTEE), sentence
    wrong = check_rows(changed(评委会核准备案号="示评备〔2024〕107号"), grants=grants)
    assert _codes(wrong) == [("committee_scope", None)], sentence


def test_a_grant_under_which_the_award_stands_spares_the_committee() -> None:
    grants = [_grant(), _grant(committee_ways=[])]
    assert _codes(check_rows(changed(评委会核准备案号=None), grants=grants)) == []
    assert _codes(check_rows(changed(), grants=grants)) == [("committee_not_needed", None)]


@pytest.mark.parametrize("fields", [{"系列": "会计"}, {"级别": "特级"}, {"通过时间": "明天"}, {"评审资格": "无"}])
def test_what_cannot_be_asked_of_a_faulty_row_does_not_hide_a_missing_committee(fields: dict[str, Any]) -> None:
    codes = [code for code, _ in _codes(check_rows(changed(评委会核准备案号=None, **fields)))]
    assert codes[-1] == "missing"
    assert len(codes) == 2


def test_every_fault_of_an_award_has_a_finding_and_a_field() -> None:
    assert FINDING_OF.keys() == set(Fault)
    for code, field in FINDING_OF.values():
        severity, zh, en = MESSAGES[code]
        assert severity is Severity.ERROR
        assert zh
        assert en
        assert field in FIELD_NAMES


def test_a_committee_and_a_grant_are_not_both_reported_for_one_award() -> None:
    grants = [_grant(series=[22])]
    assert _codes(check_rows(changed(评委会核准备案号="示评备〔2024〕107号"), grants=grants)) == [
        ("committee_scope", None)
    ]
    assert _codes(check_rows(changed(), grants=grants)) == [("no_grant", None)]


def test_the_right_to_issue_is_asked_for_today() -> None:
    ended = _grant(until="2026-11-20")
    assert _codes(check_rows(changed(), grants=[ended])) == [("no_right_to_issue", None)]
    assert _codes(check_rows(changed(), grants=[ended, _grant(**{"from": "2026-11-21"})])) == []


def test_an_award_too_long_ago_is_late() -> None:
    assert _codes(check_rows(changed(), grants=[_grant(max_gap_days=21)])) == [("late", None)]
    assert _codes(check_rows(changed(), grants=[_grant(max_gap_days=22)])) == []


def test_how_late_is_told_of_the_widest_grant() -> None:
    for days in ((3, 21), (21, 3)):
        batch = check_rows(changed(), grants=[_grant(max_gap_days=each) for each in days])
        assert [f.message_en for f in batch.findings] == ["award date: 22 days ago, at most 21 are allowed"]


def test_a_term_is_asked_even_where_no_grant_is_known() -> None:
    batch = check_rows(changed(系列="会计", 通过时间="2025-02-28"))
    assert [code for code, _ in _codes(batch)] == ["series_unknown", "committee_not_yet"]


def test_a_filing_with_a_scope_carries_titles_of_that_scope_only() -> None:
    filing = replace(context().filings[-1], scope="990100")
    for scope, code in (("示范市示范区", None), ("示范省", "committee_scope"), (None, "committee_scope")):
        defaults = {} if scope is None else {"scope": scope}
        findings = check_rows(changed(), filings=[filing], defaults=defaults).findings
        assert [f.code for f in findings] == ([] if code is None else [code])


def test_a_term_holds_both_its_days() -> None:
    assert not check_rows(changed(通过时间="2025-03-01")).findings
    assert check_rows(changed(通过时间="2025-02-28")).findings
    assert not check_rows(changed(通过时间="2026-11-21")).findings
    filing = replace(context().filings[-1], last=date(2026, 10, 30))
    assert not check_rows(changed(), filings=[filing]).findings
    assert [f.code for f in check_rows(changed(通过时间="2026-10-31"), filings=[filing]).findings] == [
        "committee_expired"
    ]


DATES = [
    "2026-10-30",
    "2026/10/30",
    "2026.10.30",
    "2026年10月30日",
    "2026 年 10 月 30 日",
    "20261030",
    "２０２６年１０月３０日",
    " 2026-10-30 ",
    "2026-10-30 00:00:00",
    20261030,
    20261030.0,
    datetime(2026, 10, 30),
    date(2026, 10, 30),
]


@pytest.mark.parametrize("written", DATES)
def test_dates_are_read_as_offices_write_them(written: Any) -> None:
    assert parse_date(written) == date(2026, 10, 30)


NO_DATES = [
    "",
    "2026-10",
    "26-10-30",
    "30/10/2026",
    "2026-02-30",
    "2026-10/30",
    "10月30日",
    "2026-10-30abc",
    "46325",
    46325.0,
    True,
    20261030.5,
    "2026-10-30 08:00",
    datetime(2026, 10, 30, 8),
    "٢٠٢٦-10-30",
]


@pytest.mark.parametrize("written", NO_DATES)
def test_what_would_be_a_guess_is_no_date(written: Any) -> None:
    with pytest.raises(ValueError, match="date"):
        parse_date(written)


def test_single_digits_of_month_and_day_are_read() -> None:
    assert parse_date("2026/9/1") == parse_date("2026年9月1日") == date(2026, 9, 1)


def test_every_finding_is_worded_in_both_languages() -> None:
    for _severity, zh, en in MESSAGES.values():
        assert zh
        assert en
        assert zh.isascii() is False
        assert en.isascii()
    assert all(zh and en for zh, en in FIELD_NAMES.values())
