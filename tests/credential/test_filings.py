"""Filings: form, digest, and who may review what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from credential import jsonform
from credential.errors import MalformedError, NotTrustedError
from credential.filings import VerifiedFilings, encode_filings, parse_filings, verify_filings
from credential.publication import filings as filings_path
from credential.publication import trust_list
from credential.roots import verify_root
from credential.trustlist import VerifiedTrustList, verify_trust_list
from tests.support.world import COMMITTEE_NUMBER, NOW, World, demo_filings


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


def test_a_filing_is_found_by_its_number_and_no_other() -> None:
    trust, data = setting()
    verified = verify_filings(data, trust)
    for filing in demo_filings().filings:
        assert verified.find(filing.number) == filing
        assert verified.committee_name(filing).startswith("示范")
    assert verified.find("无此号") is None
    assert verified.find(COMMITTEE_NUMBER + " ") is None


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
