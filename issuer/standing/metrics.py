"""How a deployment stands as metrics: age and end of the snapshot, what waits, days to each end, the worker's beat.

Rules: labels are topics, kinds of ends and names of checks: closed lists. No authority, person, number, batch or
``cti`` stands in one, and no key id. What costs a query is asked at most every ten seconds, however often somebody
looks. Where the register does not answer, ``titlecert_register_up`` is 0 and the rest is left out.

    registry = CollectorRegistry()
    registry.register(StandingCollector(opened, checker, beats))
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from credential.errors import CredentialError
from credential.trustform import KeyState
from issuer.checker import Checker
from issuer.db import standing
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.home import machine
from issuer.home.opened import Opened
from issuer.office import lists
from issuer.publishing.chain import newest_trust
from issuer.publishing.kept import Kept
from issuer.standing.ground import Ground, look
from issuer.standing.model import Level
from issuer.standing.table import CHECKS
from issuer.trust import entries

KEPT_SECONDS: Final = 10.0
"""How long an answer is given again."""
_LEVELS: Final = {level: number for number, level in enumerate(Level)}
_ONE_DAY: Final = timedelta(days=1)


class Beats:
    """When the worker's loop last went round, by a clock that never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()

    def beat(self) -> None:
        """Note that it went round."""
        self._last = self._clock()

    def age(self) -> float:
        """Return the seconds since it last did."""
        return self._clock() - self._last


class StandingCollector(Collector):
    """The metrics of the process that publishes."""

    def __init__(
        self,
        opened: Opened,
        checker: Checker,
        beats: Beats | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a home and, where this process works on it, the beats of its loop."""
        self._opened = opened
        self._checker = checker
        self._beats = beats
        self._clock = clock
        self._lock = threading.Lock()
        self._made: tuple[float, list[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Return nothing: to be registered takes no look at the register."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics, those of the register at most ten seconds old."""
        if self._beats is not None:
            yield GaugeMetricFamily(
                "titlecert_worker_beat_age_seconds", "Since the worker's loop last went round.", self._beats.age()
            )
        with self._lock:
            if self._made is None or self._clock() - self._made[0] > KEPT_SECONDS:
                self._made = (self._clock(), self._looked())
            yield from self._made[1]

    def _looked(self) -> list[Metric]:
        up = GaugeMetricFamily("titlecert_register_up", "1 while the register answers.", value=1)
        try:
            return [up, *_of_register(self._opened), *_of_checks(self._opened, self._checker)]
        except Exception as error:
            if machine.known(error, self._opened.home) is None:
                raise
            return [GaugeMetricFamily("titlecert_register_up", "1 while the register answers.", value=0)]


def _of_register(opened: Opened) -> Iterator[Metric]:
    now = opened.clock()
    with opened.register.read() as session:
        published, waiting = standing.published(session), standing.waiting(session)
    if published is not None:
        age, left = (now - published.made).total_seconds(), (published.expires - now).total_seconds()
        yield GaugeMetricFamily("titlecert_register_snapshot_age_seconds", "Since the last snapshot was made.", age)
        yield GaugeMetricFamily("titlecert_register_snapshot_left_seconds", "Until the last snapshot ends.", left)
        yield GaugeMetricFamily("titlecert_published_certificates", "Certificates in it.", published.records)
    count = GaugeMetricFamily("titlecert_work_waiting", "Pieces of work that wait.", labels=["topic"])
    oldest = GaugeMetricFamily("titlecert_work_oldest_seconds", "How long the oldest waits.", labels=["topic"])
    for each in waiting:
        count.add_metric([each.topic.value], each.count)
        waited = 0.0 if each.oldest is None else (now - each.oldest).total_seconds()
        oldest.add_metric([each.topic.value], waited)
    yield count
    yield oldest
    days = GaugeMetricFamily("titlecert_end_days", "Days until the first of a kind ends.", labels=["kind"])
    for kind, ends in _ends(opened, now).items():
        if ends:
            days.add_metric([kind], (min(ends) - now) / _ONE_DAY)
    yield days


def _ends(opened: Opened, now: datetime) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {"seal": [], "key": [], "trust_list": []}
    with opened.register.read() as session:
        for authority in lists.authorities(session):
            try:
                certificate = entries.active_certificate(session, authority=authority.id).certificate
            except NotFoundError:
                continue
            found["seal"].append(certificate.not_valid_after_utc)
        active = [each for each in entries.keys(session) if each.state is KeyState.ACTIVE]
        found["key"] += [each.valid_until for each in active if each.valid_until is not None]
        with suppress(NotFoundError):
            found["trust_list"].append(_trust_list_ends(session, opened, now))
    return found


def _trust_list_ends(session: ReadSession, opened: Opened, now: datetime) -> datetime:
    """When the newest trust list ends; one that does not hold now ended yesterday, whatever is wrong with it."""
    try:
        return newest_trust(Kept.within(session, opened.home.publication), now=now).content.exp
    except CredentialError:
        return now - _ONE_DAY


def _of_checks(opened: Opened, checker: Checker) -> Iterator[Metric]:
    """The quick checks, without the keys: 0 good, 1 not looked at, 2 warning, 3 critical."""
    ground = Ground(home=opened.home, opened=opened, fault=None, now=opened.clock(), checker=checker, has_keys=False)
    level = GaugeMetricFamily(
        "titlecert_check_level", "0 good, 1 not looked at, 2 warning, 3 critical.", labels=["check"]
    )
    for each in CHECKS:
        if each.is_quick:
            level.add_metric([each.name], _LEVELS[look(each, ground).level])
    yield level
