"""The five sample lists give exactly what their README says."""

from __future__ import annotations

import csv
from io import StringIO

from issuer.identifiers import IdType
from issuer.intake import BasisKind, CheckedBatch, Severity, check, read_list
from issuer.intake.names import code_points
from tests.intake.support import DECISION, TODAY, context, sample


def _checked(name: str, **changes: object) -> CheckedBatch:
    result = read_list(sample(name))
    assert result.findings == ()
    return check(result.rows, context(**changes), TODAY)


def test_the_senior_list_is_clean() -> None:
    result = read_list(sample("engineering-senior-2026.xlsx"))
    batch = check(result.rows, context(), TODAY)
    assert (result.header_row, len(batch.good), batch.findings, batch.rejected) == (3, 24, (), ())
    first = batch.good[0]
    assert (first.seq, first.sheet_row, first.name, first.title, first.level, first.way) == ("1", 4, "王䶮", 5002, 2, 1)
    assert (first.basis_kind, first.basis_reference) == (BasisKind.COMMITTEE, "示评备〔2025〕012号")


def test_the_faulty_list_gives_exactly_the_expected_findings() -> None:
    batch = _checked("engineering-with-faults-2026.xlsx")
    expected = csv.DictReader(StringIO(sample("engineering-with-faults-2026.expected.csv").decode("utf-8-sig")))
    assert [(f.seq, f.line()) for f in batch.findings] == [(line["序号"], line["finding"]) for line in expected]
    assert all(f.sheet_row == int(f.seq or 0) + 3 for f in batch.findings)
    notices = [f for f in batch.findings if f.severity is Severity.NOTICE]
    assert [(f.seq, f.code, f.field) for f in notices] == [("30", "cleaned", "name")]
    assert {d.seq for d in batch.good} | {r.seq for r in batch.rejected} == {str(n) for n in range(1, 31)}
    assert len(batch.good) == 16
    assert batch.good[-1].name == "卢刚艳"


def test_no_finding_of_the_faulty_list_spells_a_name_or_number() -> None:
    result = read_list(sample("engineering-with-faults-2026.xlsx"))
    batch = check(result.rows, context(), TODAY)
    written = repr(batch.findings) + repr(batch.good) + repr(batch.rejected) + repr(result)
    for row in result.rows:
        assert str(row.cells["id_number"]) not in written
        name = row.cells["name"]
        assert name is None or str(name).strip() not in written


def test_the_targeted_list_is_read_from_gb_18030_with_its_scope() -> None:
    result = read_list(sample("teachers-targeted-2026.csv"))
    batch = check(result.rows, context("sfq-hrss", defaults={"decision_document": DECISION}), TODAY)
    assert (result.encoding, len(batch.good), batch.findings) == ("GB 18030", 12, ())
    assert {d.scope.region for d in batch.good if d.scope} == {"990101"}
    assert {d.decision_document for d in batch.good} == {DECISION}
    assert batch.good[2].name == "阿卜杜拉·买买提江"


def test_the_targeted_list_without_a_decision_says_so_once_and_issues_nothing() -> None:
    result = read_list(sample("teachers-targeted-2026.csv"))
    batch = check(result.rows, context("sfq-hrss"), TODAY)
    assert [(f.code, f.field, f.sheet_row) for f in batch.findings] == [
        ("batch_value_missing", "decision_document", None)
    ]
    assert (len(batch.good), len(batch.rejected)) == (0, 12)


def test_the_district_may_not_issue_the_engineers() -> None:
    engineers = _checked("engineering-senior-2026.xlsx", authority="sfq-hrss", specialties=context().specialties)
    assert {f.code for f in engineers.findings} >= {"no_grant"}
    assert len(engineers.rejected) == 24


def test_other_documents_are_accepted() -> None:
    batch = _checked("engineering-other-documents-2026.xlsx")
    assert [(d.name, d.id_type, d.id_number) for d in batch.good] == [
        ("John Ronald Smith", IdType.PASSPORT, "E12345678"),
        ("陳嘉怡", IdType.HK_MACAO_PERMIT, "H01234567"),
        ("林志豪", IdType.TAIWAN_PERMIT, "01234567"),
    ]
    assert batch.findings == ()


def test_a_name_that_no_font_prints_is_refused_with_characters_and_cure() -> None:
    batch = _checked("engineering-rare-2026.xlsx", missing_glyphs=lambda name: [c for c in name if ord(c) > 0xFFFF])
    assert {f.code for f in batch.findings} == {"name_unprintable"}
    assert len(batch.rejected) == 6
    shown = "".join(f.message_zh for f in batch.findings)
    assert "孙𠮷平" in shown
    assert batch.findings[0].value == "孙**"
    for character in "𠮷𪚥𠀾𣲗𦈡𬇙":
        assert character in shown
        assert code_points(character)[0] in shown
    assert "fonts-hanazono" in batch.findings[0].message_zh
    assert "fonts-hanazono" in batch.findings[0].message_en
