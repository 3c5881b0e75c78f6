"""The simulation is played; and it is shown that a reader with one rule less is found out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies._internal.featureflags import FeatureFlags

from credential import jose, snapshot
from credential.claims import UnverifiedCredential
from credential.trustform import KeyEntry
from tests.simulation.machine import Simulation
from verifier.reader import trusted
from verifier.reader.view import Shelf

SMALL = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
"""The same plays at every run, some seconds long; ``make soak`` plays thousands of others."""
SEARCH = settings(
    SMALL,
    max_examples=15,
    stateful_step_count=40,
    derandomize=False,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
)
SEEDS = 15
"""Plays of one seed resemble each other; a few of many seeds find more than many of one."""


@pytest.mark.slow
def test_no_reader_accepts_what_was_not_meant_and_every_honest_host_is_accepted() -> None:
    run_state_machine_as_test(Simulation, settings=SMALL)


@pytest.mark.soak
def test_the_same_at_length() -> None:
    run_state_machine_as_test(
        Simulation, settings=settings(SMALL, max_examples=5000, stateful_step_count=60, derandomize=False)
    )


def _undigested(shelf: Shelf, path: str, digest: bytes, max_bytes: int) -> bytes:  # noqa: ARG001
    return shelf._fetcher.fetch(path, max_bytes)


def _nothing(*_arguments: object, **_options: object) -> None:
    """A rule that is skipped."""


def _any_signers(messages: Any, demands: Any) -> bytes:  # noqa: ARG001
    payload: bytes = messages[0].payload
    return payload


class _Anything:
    """A digest that equals every other."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def _seeded(number: int) -> type[Simulation]:
    return seed(number)(type("Seeded", (Simulation,), {}))


BREAKS: list[tuple[str, object, str, object]] = [
    ("the digest of a shard, list or manifest is not compared", Shelf, "digested", _undigested),
    ("a snapshot older than one seen is taken", trusted, "_check_not_older", _nothing),
    ("a snapshot is taken behind its time", snapshot.VerifiedSnapshot, "check_fresh", _nothing),
    ("a compromised publisher key still signs", KeyEntry, "check_signs_now", _nothing),
    ("any key may sign roots and trust lists", jose, "verify_thresholds", _any_signers),
    ("the history may be of another credential", UnverifiedCredential, "digest", property(lambda _self: _Anything())),
    ("a compromised credential key is good for ever", KeyEntry, "check_good_at", _nothing),
]


@pytest.mark.slow
@pytest.mark.parametrize(("place", "name", "instead"), [each[1:] for each in BREAKS], ids=[each[0] for each in BREAKS])
def test_the_simulation_finds_it_when(
    place: object, name: str, instead: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each break is a rule of FORMAT that a reader forgets: the sentence says which."""
    # By default most plays leave out some rules. A break takes two or three of them to show: play with all.
    monkeypatch.setattr(FeatureFlags, "is_enabled", lambda *_: True)
    monkeypatch.setattr(place, name, instead)
    with pytest.raises(AssertionError):  # noqa: PT012 - whichever seed it is
        for number in range(SEEDS):
            run_state_machine_as_test(_seeded(number), settings=SEARCH)
