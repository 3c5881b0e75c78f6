"""One judgement for one forgery: whichever digit of a code was changed, people are told the same, in both languages."""

from __future__ import annotations

import pytest

from credential.outcomes import InputNote, Outcome, Reason
from credential.verdict import Verdict
from credential.words import is_changed, outcome_words, reason_words, statement_words, words
from tests.support.files import CHILDREN
from tests.support.forms import Some
from tests.support.world import NOW, World
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader
from verifier.sources.recognise import recognise_text
from verifier.verifying import verify_found

WORLD = World()
CERTIFICATE = WORLD.issue()
HEAD, DIGITS = CERTIFICATE.qr_text.split("#")
READER = PublicationReader(MemoryFetcher(WORLD.publish()), WORLD.pinned_root, store=MemoryStore())
HARD = {"zh": "不是真实证书", "en": "Not authentic"}


def verdict_of(text: str) -> Verdict:
    return verify_found(recognise_text(text), READER, CHILDREN, now=NOW)


def changed(at: int) -> str:
    """The digits with another one at a place, never a leading zero."""
    other = "1" if DIGITS[at] != "1" else "2"
    return DIGITS[:at] + other + DIGITS[at + 1 :]


@pytest.mark.slow
def test_a_changed_digit_is_told_as_one_thing(some: Some) -> None:
    outcomes = set()
    for at in some(tuple(range(len(DIGITS))), 3):
        verdict = verdict_of(f"{HEAD}#{changed(at)}")
        outcomes.add(verdict.outcome)
        assert {language: outcome_words(verdict, language)["title"] for language in HARD} == HARD, at
        assert statement_words(verdict, "genuine", "zh")["title"] == "证书未通过真伪核验"
    assert outcomes == {Outcome.MALFORMED, Outcome.NOT_AUTHENTIC}


@pytest.mark.parametrize(
    "digits",
    [DIGITS[:-1], DIGITS + "7", "1" + DIGITS, DIGITS[:300] + DIGITS[310:]],
    ids=["less", "more", "front", "gap"],
)
@pytest.mark.parametrize("head", [f"{HEAD}#", "https://user@zc.example/v/#", ""], ids=["official", "odd", "none"])
def test_digits_that_are_missing_or_more_are_told_as_the_same(head: str, digits: str) -> None:
    verdict = verdict_of(head + digits)
    assert {language: outcome_words(verdict, language)["title"] for language in HARD} == HARD
    if verdict.outcome is Outcome.MALFORMED:
        assert is_changed(verdict)
        for language in HARD:
            assert reason_words(verdict, language) == words()["particulars"]["changed"][language]


@pytest.mark.parametrize("text", ["hello", "ABCD-EFGH", "https://zc.example/v/#", "https://zc.example/v/#x1", "12345"])
def test_what_never_was_a_certificate_is_called_no_forgery(text: str) -> None:
    verdict = verdict_of(text)
    assert verdict.outcome is Outcome.MALFORMED
    assert not is_changed(verdict)
    assert outcome_words(verdict, "zh")["title"] == "无法识别"


def test_digits_alone_are_a_certificate() -> None:
    verdict = verdict_of(DIGITS)
    assert (verdict.outcome, verdict.host) == (Outcome.VALID, None)
    assert verdict.input_notes == (InputNote.ADDRESS_MISSING,)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://z\u0441.example/v/", "z\u0441.example"),
        ("https://zc.example@evil.example/v/", "zc.example@evil.example"),
        ("https://zc.example/x/v/", "zc.example/x"),
        ("https://[2001:db8::1]/v/", "[2001:db8::1]"),
        ("http://zc.example/v/", "http://zc.example"),
        ("https://evil.example/v/", "evil.example"),
    ],
)
def test_a_genuine_certificate_behind_another_address_is_genuine_and_both_addresses_are_told(
    address: str, found: str
) -> None:
    told = verdict_of(f"{address}#{DIGITS}").to_json()
    assert (told["outcome"], told["warnings"]) == ("valid", ["host_not_official"])
    assert told["host"] == {"found": found, "official": False, "expected": ["zc.example"]}


def test_the_official_address_is_named_beside_another_one_only() -> None:
    assert verdict_of(CERTIFICATE.qr_text).to_json()["host"] == {"found": "zc.example", "official": True}


def test_a_mistyped_check_code_is_no_forgery() -> None:
    verdict = verdict_of(CERTIFICATE.check_code[:-1] + ("3" if CERTIFICATE.check_code[-1] == "2" else "2"))
    assert verdict.reason is Reason.BAD_CODE
    assert not is_changed(verdict)
