"""Filings: form, digest, and who may review what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from credential import jsonform
from credential.errors import MalformedError, NotTrustedError
from credential.filings import FilingError, VerifiedFilings, encode_filings, parse_filings, verify_filings
from credential.publication import filings as filings_path
from credential.publication import trust_list
from credential.roots import verify_root
from credential.trustlist import VerifiedTrustList, verify_trust_list
from tests.support.world import COMMITTEE_NUMBER, EXPIRED_NUMBER, NOW, TEACHERS_NUMBER, World, demo_filings


def setting() -> tuple[VerifiedTrustList, bytes]:
    world = World()
    files = world.publish()
    trust = verify_trust_list(files[trust_list(1)], verify_root(world.pinned_root, None), now=NOW)
    return trust, files[filings_path(trust.content.filings_digest.hex())]


def test_the_file_comes_back() -> None:
    assert parse_filings(encode_filings(demo_filings())) == demo_filings()


def test_only_the_bytes_that_the_trust_list_names_are_taken() -> None:
    trust, data = setting()
    assert verify_filings(data, trust).content == demo_filings()
    with pytest.raises(NotTrustedError) as refusal:
        verify_filings(data + b" ", trust)
    assert refusal.value.code == "wrong_digest"
    assert sha256(data).digest() == trust.content.filings_digest


def test_nobody_but_the_verification_makes_verified_filings() -> None:
    with pytest.raises(TypeError):
        VerifiedFilings(content=demo_filings(), proof=None)


@pytest.mark.parametrize(
    ("sentence", "question", "code"),
    [
        ("what it was filed for", {}, None),
        ("on its first day", {"on": date(2025, 3, 1)}, None),
        ("on its last day", {"on": date(2028, 2, 29)}, None),
        ("the day before", {"on": date(2025, 2, 28)}, "committee_expired"),
        ("the day after", {"on": date(2028, 3, 1)}, "committee_expired"),
        ("a filing of long ago", {"number": EXPIRED_NUMBER}, "committee_expired"),
        ("a number that nobody filed", {"number": "无此号"}, "committee_not_on_file"),
        ("the number with a blank", {"number": COMMITTEE_NUMBER + " "}, "committee_not_on_file"),
        ("another series", {"series": 6}, "committee_scope"),
        ("another level", {"level": 3}, "committee_scope"),
        ("another province", {"region": "980000"}, "committee_scope"),
        ("a district of the province", {"region": "990101"}, None),
        (
            "teachers of the district",
            {"number": TEACHERS_NUMBER, "series": 22, "scope": "990101", "region": "990101"},
            None,
        ),
        ("teachers without a scope", {"number": TEACHERS_NUMBER, "series": 22, "region": "990101"}, "committee_scope"),
        (
            "teachers of the whole city",
            {"number": TEACHERS_NUMBER, "series": 22, "scope": "990100", "region": "990100"},
            "committee_scope",
        ),
    ],
)
def test_a_committee_was_on_file_for(sentence: str, question: dict[str, Any], code: str | None) -> None:
    trust, data = setting()
    usual = {
        "number": COMMITTEE_NUMBER,
        "series": 5,
        "level": 2,
        "region": "990000",
        "scope": None,
        "on": date(2026, 6, 30),
    }
    values = usual | question
    number = values.pop("number")
    verified = verify_filings(data, trust)
    if code is None:
        filing = verified.decide(number, **values)
        assert verified.committee_name(filing).startswith("示范"), sentence
        return
    with pytest.raises(FilingError) as refusal:
        verified.decide(number, **values)
    assert refusal.value.code == code, sentence


@pytest.mark.parametrize(
    ("sentence", "alter"),
    [
        ("a later format", lambda value: value.update(v=2)),
        ("a member too many", lambda value: value.update(note="")),
        ("a number twice", lambda value: value["filings"].append(value["filings"][0])),
        ("a committee twice", lambda value: value["committees"].append(value["committees"][0])),
        ("a committee that is not there", lambda value: value["filings"][0].update(committee="other")),
        ("an end before the beginning", lambda value: value["filings"][0].update(until="2025-02-28")),
        ("a date that is none", lambda value: value["filings"][0].update(until="2025-02-29")),
        ("a region of letters", lambda value: value["filings"][0].update(region="AB0000")),
        ("levels out of order", lambda value: value["filings"][0].update(levels=[2, 1])),
    ],
)
def test_a_file_is_refused_with(sentence: str, alter: Callable[[Any], None]) -> None:
    value = jsonform.decode(encode_filings(demo_filings()), max_bytes=1 << 20)
    alter(value)
    with pytest.raises(MalformedError) as refusal:
        parse_filings(jsonform.encode(value))
    assert refusal.value.code == "bad_member", sentence


def test_blanks_are_refused() -> None:
    with pytest.raises(MalformedError) as refusal:
        parse_filings(encode_filings(demo_filings()).replace(b":", b": ", 1))
    assert refusal.value.code == "not_canonical"


def test_no_filings_at_all_are_a_file_too() -> None:
    empty = replace(demo_filings(), committees=(), filings=())
    assert parse_filings(encode_filings(empty)) == empty
