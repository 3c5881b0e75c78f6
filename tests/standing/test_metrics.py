"""The metrics of the process that publishes: what they say, how often they ask, and whom they never name."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from cli.checker import check
from credential.errors import NotTrustedError
from issuer.db import outbox
from issuer.db.outbox import Topic
from issuer.errors import MachineError
from issuer.standing.metrics import KEPT_SECONDS, Beats, StandingCollector
from issuer.standing.table import CHECKS
from tests.support.office import APPROVED, DemoOffice, batch_drafts


class Ticks:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def registry_of(office: DemoOffice, ticks: Ticks, **more: Any) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(StandingCollector(office.opened, check, clock=ticks, **more))
    return registry


def test_age_work_ends_and_levels_are_told(issued: DemoOffice) -> None:
    ticks = Ticks()
    beats = Beats(ticks)
    registry = registry_of(issued, ticks, beats=beats)
    with issued.opened.register.write() as session:
        outbox.put(session, topic=Topic.DOCUMENTS, object=APPROVED, now=issued.clock())
    issued.clock.move(hours=25)
    ticks.now += 7
    value = registry.get_sample_value
    assert value("titlecert_worker_beat_age_seconds") == 7
    assert value("titlecert_register_up") == 1
    assert value("titlecert_published_certificates") == 24
    age, left = (value(f"titlecert_register_snapshot_{each}_seconds") for each in ("age", "left"))
    assert (age, left) == (25 * 3600 + 60, -3600 - 60) or age == pytest.approx(25 * 3600, abs=120)
    assert value("titlecert_work_waiting", {"topic": "documents"}) == 1
    assert value("titlecert_work_oldest_seconds", {"topic": "documents"}) == 25 * 3600
    assert value("titlecert_work_oldest_seconds", {"topic": "issue"}) == 0
    assert value("titlecert_end_days", {"kind": "trust_list"}) == pytest.approx(364, abs=1)
    assert value("titlecert_end_days", {"kind": "seal"}) is not None
    assert value("titlecert_check_level", {"check": "snapshot"}) == 3
    assert value("titlecert_check_level", {"check": "waiting"}) == 2
    beats.beat()
    assert value("titlecert_worker_beat_age_seconds") == 0


def test_the_register_is_asked_at_most_every_ten_seconds(issued: DemoOffice) -> None:
    ticks = Ticks()
    registry = registry_of(issued, ticks)
    waiting = "titlecert_work_waiting"
    assert registry.get_sample_value(waiting, {"topic": "issue"}) == 0
    with issued.opened.register.write() as session:
        outbox.put(session, topic=Topic.ISSUE, object="something", now=issued.clock())
    ticks.now += KEPT_SECONDS
    assert registry.get_sample_value(waiting, {"topic": "issue"}) == 0
    ticks.now += 1
    assert registry.get_sample_value(waiting, {"topic": "issue"}) == 1


def test_a_register_that_does_not_answer_is_down_and_nothing_else_is_said(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise MachineError("database_unreachable", "the connection has ended")

    monkeypatch.setattr("issuer.standing.metrics._of_register", away)
    registry = registry_of(issued, Ticks())
    assert [family.name for family in registry.collect()] == ["titlecert_register_up"]
    assert registry.get_sample_value("titlecert_register_up") == 0


def test_a_trust_list_that_has_ended_or_does_not_verify_counts_as_ended(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued.clock.now += timedelta(days=400)
    found = registry_of(issued, Ticks()).get_sample_value("titlecert_end_days", {"kind": "trust_list"})
    assert found == pytest.approx(-35, abs=1)

    def altered(*_: object, **__: object) -> None:
        raise NotTrustedError("too_few_signatures", "the root demands more")

    monkeypatch.setattr("issuer.standing.metrics.newest_trust", altered)
    assert registry_of(issued, Ticks()).get_sample_value("titlecert_end_days", {"kind": "trust_list"}) == -1


def test_no_label_and_no_value_is_a_persons(issued: DemoOffice) -> None:
    """Every metric is read: labels are of closed lists, values are no number of a certificate."""
    registry = registry_of(issued, Ticks(), beats=Beats())
    for family in registry.collect():
        assert re.fullmatch(r"titlecert_[a-z_]+", family.name)
        for sample in family.samples:
            allowed = {
                "topic": {each.value for each in Topic},
                "kind": {"seal", "key", "trust_list"},
                "check": {each.name for each in CHECKS},
            }
            assert all(word in allowed[name] for name, word in sample.labels.items()), sample
    told = generate_latest(registry).decode()
    drafts = batch_drafts(issued, APPROVED)
    secret = {word for each in drafts for word in (each.name, each.id_number)}
    secret |= {word for each in issued.certificates() for word in (each.number, each.cti.hex(), each.id)}
    assert len(drafts) == 24
    assert not [each for each in secret if each in told]
    assert "sf-hrss" not in told
