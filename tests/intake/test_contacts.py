"""How holders are reached: kept beside the award and never in it, and no reason to refuse a title."""

from __future__ import annotations

from typing import Any

import pytest

from issuer.intake import CheckedBatch, Severity, check, read_list
from issuer.intake.contacts import email_address, mobile_number
from issuer.intake.model import Contact
from issuer.intake.normalform import draft_to_json
from tests.intake.support import GOOD, HEADINGS, TODAY, check_rows, context, workbook


def _checked(mobile: Any, email: Any = None) -> CheckedBatch:
    rows = read_list(workbook([*GOOD, mobile, email], headings=[*HEADINGS, "联系电话", "E-mail"])).rows
    return check(rows, context(), TODAY)


@pytest.mark.parametrize(
    "given", ["13900000000", 13900000000, "+86 139-0000-0000", "8613900000000", "１３９００００００００"]
)
def test_a_number_of_the_mainland_has_eleven_digits(given: Any) -> None:
    batch = _checked(given)
    assert (batch.contacts, batch.findings) == ({2: Contact(mobile="13900000000")}, ())


def test_a_number_from_abroad_names_its_country() -> None:
    assert mobile_number("+852 9123 4567") == "+85291234567"
    assert mobile_number("00852-91234567") == "+85291234567"


@pytest.mark.parametrize("given", ["0531-88888888", "1390000000", "23900000000", "13900000000、13900000001", "无"])
def test_what_is_no_mobile_number_is_not_kept_and_refuses_nobody(given: str) -> None:
    batch = _checked(given, "王@示范.cn")
    assert [(f.code, f.field, f.severity) for f in batch.findings] == [
        ("contact_unusual", "mobile", Severity.WARNING),
        ("contact_unusual", "email", Severity.WARNING),
    ]
    assert all(given not in f.message_zh + f.message_en + str(f.value) for f in batch.findings)
    assert (batch.contacts, len(batch.good)) == ({}, 1)


def test_an_address_is_one_address() -> None:
    assert email_address(" Wang.Yan@Example.CN ") == "Wang.Yan@example.cn"
    for given in ("wang", "wang@", "wang@localhost", "a@b.cn;c@d.cn", "wang @example.cn", "w" * 65 + "@example.cn"):
        assert email_address(given) is None


def test_an_award_is_the_same_with_and_without() -> None:
    """The bytes that operators sign do not hold it, and no repr shows it."""
    batch, plain = _checked("13900000000", "wang@example.cn"), check_rows(GOOD)
    assert batch.good == plain.good
    written = draft_to_json(batch.good[0], salt="AAAAAAAAAAAAAAAAAAAAAA")
    assert b"13900000000" not in written
    assert b"example.cn" not in written
    assert "13900000000" not in repr(batch)
    assert "example.cn" not in repr(batch.contacts)


def test_of_a_rejected_row_nothing_is_kept() -> None:
    rows = read_list(workbook([*GOOD[:9], "特级", *GOOD[10:], "13900000000"], headings=[*HEADINGS, "手机号码"])).rows
    batch = check(rows, context(), TODAY)
    assert (batch.contacts, len(batch.rejected)) == ({}, 1)
