"""Every case of ``tests.support.cases``: what a person wrote down is what the verifier says."""

from __future__ import annotations

import pytest

from credential.verdict import Reason
from tests.support.cases import Case, all_cases
from tests.support.world import World

CASES = all_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict(case: Case) -> None:
    verdict = case.verdict(World().pinned_root)
    assert f"{verdict.outcome}/{verdict.reason}" == case.expect


def test_every_reason_is_reached() -> None:
    elsewhere = {
        Reason.BAD_FILE,
        Reason.DOCUMENT_ALTERED,
        Reason.DOCUMENT_NOT_SEALED,
        Reason.DOCUMENT_SEAL_UNKNOWN,
        Reason.REGISTRATION_NOT_CHECKED,
    }
    reached = {Reason(case.expect.partition("/")[2]) for case in CASES}
    assert reached == set(Reason) - elsewhere
