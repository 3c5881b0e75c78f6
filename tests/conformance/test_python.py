"""Every vector, asked of the Python verifier through the functions that the API and the command line call."""

from __future__ import annotations

import contextlib

import pytest

from tests.conformance.stored import Vector, by_check_code, text_of, vectors
from tests.vectors.ask import verdicts
from verifier.errors import TrustError
from verifier.procedure import verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader


@pytest.mark.parametrize("vector", [*vectors(), *by_check_code()], ids=lambda vector: vector.name)
def test_verdict(vector: Vector) -> None:
    found = [verdict.to_json() for verdict in verdicts(vector.case())]
    assert text_of(found) == text_of([vector.expected] * vector.inputs)


@pytest.mark.parametrize(
    "vector", [vector for vector in vectors() if vector.question["seen"]], ids=lambda vector: vector.name
)
def test_verdict_of_the_reader_that_has_seen_it_itself(vector: Vector) -> None:
    """What is remembered in a store is one thing, what a running reader holds beside it another."""
    case = vector.case()
    fetcher = MemoryFetcher({})
    reader = PublicationReader(fetcher, case.root, store=MemoryStore())
    for look in case.seen:
        fetcher.files = dict(look.files)
        with contextlib.suppress(TrustError):
            reader.view(look.now)
    fetcher.files = dict(case.files)
    (text,) = case.qr_texts
    verdict = verify_qr_text(text, reader, now=case.now, at=case.at)
    assert text_of(verdict.to_json()) == text_of(vector.expected)


def test_publications_that_are_refused_are_asked_by_check_code_too() -> None:
    """Were none of them found, nothing would be asked."""
    assert len(by_check_code()) > 100
    assert len({vector.expected["reason"] for vector in by_check_code()}) == 5
