"""The model test is played; that it is able to find something is proven by tests/breaks/tables/register/model.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies._internal.featureflags import FeatureFlags

from tests.model.machine import Acts
from tests.model.office import Killing

STEPS = settings(
    max_examples=2,
    stateful_step_count=400,
    deadline=None,
    derandomize=False,
    database=None,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
"""400 steps. hypothesis begins with a play of its first rule alone, in which only time passes; it is not counted."""
OFTEN = {"suspended", "reinstated", "withdrawn", "annotated", "answer", "refused", "publish", "look", "issue", "keep"}
"""What every play does."""


def play(template: Path, number: int) -> None:
    """Play 400 steps, the same ones for the same number."""
    Acts.template = template
    Acts.counts.clear()
    numbered = seed(number)(type("Numbered", (Acts,), {}))
    with Killing() as killing, pytest.MonkeyPatch.context() as patch:
        # By default most plays leave out some rules, and there are few plays: all rules in each.
        patch.setattr(FeatureFlags, "is_enabled", lambda *_: True)
        Acts.killing = killing
        run_state_machine_as_test(numbered, settings=STEPS)
    assert OFTEN - set(Acts.counts) == set()


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.timeout(600)
def test_every_verdict_is_what_was_decided(founded_home: Path) -> None:
    play(founded_home, 0)


@pytest.mark.form
@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(1, 5))
def test_every_verdict_is_what_was_decided_in_other_plays(founded_home: Path, number: int) -> None:
    play(founded_home, number)


@pytest.mark.soak
@pytest.mark.sqlite
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(5, 255))
def test_every_verdict_is_what_was_decided_in_100_000_steps(founded_home: Path, number: int) -> None:
    play(founded_home, number)
