"""What is decided once for many rows is what would be decided for each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from random import Random

import pytest

from credential.authorisation import Allowed, Award, Basis, Fault, Refused, decide_grants, may_be_issued
from credential.grants import read_grant
from issuer.intake import decided as decided_module
from issuer.intake.decided import Decided
from issuer.intake.model import BasisKind
from tests.intake.support import TODAY, changed, check_rows, context, demo

_GRANT = read_grant(demo()["authorities"][0]["grants"][0] | {"max_gap_days": 300})
_GOOD = check_rows(changed()).good[0]
_AWARD = Award(series=_GOOD.series, level=_GOOD.level, way=_GOOD.way, award_date=_GOOD.award_date, scope=None)
_LATE = date(2025, 3, 1)
_FILING = next(each for each in context().filings if each.number == "示评备〔2025〕012号")
_KINDS = (BasisKind.COMMITTEE, BasisKind.EXAM)


def test_every_question_has_its_own_answer_in_any_order() -> None:
    """Questions that differ in one word; those that were answered before stand in the way."""
    authority = context(grants=[_GRANT])
    awards = [
        replace(_AWARD, series=series, level=level, award_date=day)
        for series, level, day in product((_AWARD.series, 99), (_AWARD.level, 1), (_AWARD.award_date, _LATE))
    ]
    filings = (None, _FILING, replace(_FILING, last=date(2026, 10, 1)))
    questions = list(product(awards, _KINDS, filings, (None, _LATE)))
    Random(7).shuffle(questions)  # noqa: S311 - the same order in every run
    decided = Decided(authority, TODAY)
    told = set()
    for award, kind, filing, counted_from in questions * 2:
        basis = Basis(kind=kind, reference="" if filing is None else filing.number)
        filed = {} if filing is None else {filing.number: filing}
        rights = decide_grants(award, authority, issued_on=TODAY, counted_from=counted_from)
        asked = may_be_issued(award, basis, authority, issued_on=TODAY, counted_from=counted_from, find=filed.get)
        assert decided.grants(award, counted_from=counted_from) == rights
        assert decided.issue(award, basis, filing, counted_from=counted_from) == asked
        told.add(asked.fault if isinstance(asked, Refused) else type(asked))
    assert told >= {Allowed, Fault.LATE, Fault.COMMITTEE_EXPIRED, Fault.COMMITTEE_NOT_ON_FILE}


def test_rows_that_ask_the_same_ask_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Award] = []

    def ask(award: Award, *args: object, **words: object) -> object:
        asked.append(award)
        return may_be_issued(award, *args, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(decided_module, "may_be_issued", ask)
    rows = [changed(专业="大数据"), changed(), changed(专业="人工智能"), changed(通过时间="2026-10-29")]
    assert not [each for each in check_rows(*rows).findings if each.field == "way"]
    assert [each.award_date for each in asked] == [date(2026, 10, 30), date(2026, 10, 29)]


def test_a_good_row_above_makes_no_late_row_good() -> None:
    rows = [changed(), changed(专业="大数据", 通过时间="2025-03-01"), changed(专业="人工智能")]
    for order in (rows, rows[::-1], [rows[1], rows[0], rows[2]]):
        batch = check_rows(*order, grants=[_GRANT])
        late = [each.sheet_row for each in batch.findings if each.code == "late"]
        assert late == [order.index(rows[1]) + 2]
        assert {each.specialty for each in batch.good} == {"建筑施工", "人工智能"}
