"""What the verifier counts: requests by area and answer, verdicts by outcome, the age and the end of the snapshot.

Rules: no label takes a value that a visitor chose: areas, methods and outcomes are closed lists, everything else is
``other``. So no metric can hold a name, a number, a check code or a ``cti``. With several processes each counts for
itself into files of one folder, and the first adds them up; the folder is named in the environment before the first of
them counts (prometheus-client, "Multiprocess Mode").

    metrics = Metrics.of_one_process()
    app = create_app(settings, clock=clock, metrics=metrics)
    generate_latest(metrics.registry)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, Self

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from credential.outcomes import Outcome, Reason
from verifier.errors import TrustError
from verifier.reader.publication import PublicationReader

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Of prometheus-client: the folder into which several processes count."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""A check of what is in memory takes a millisecond, a document some tenths of a second."""


class Metrics:
    """The counters of one process, and the registry that tells them."""

    def __init__(self, registry: CollectorRegistry, counting: CollectorRegistry) -> None:
        """Take the registry that is told, and the one that the counters belong to."""
        self.registry = registry
        self._requests = Counter(
            "titlecert_verifier_requests",
            "Requests that were answered.",
            ["area", "method", "status"],
            registry=counting,
        )
        self._verdicts = Counter(
            "titlecert_verifier_verdicts", "Verdicts that were given.", ["outcome", "reason"], registry=counting
        )
        self._seconds = Histogram(
            "titlecert_verifier_request_seconds",
            "Seconds until an answer began.",
            ["area"],
            buckets=_SECONDS,
            registry=counting,
        )

    @classmethod
    def of_one_process(cls) -> Self:
        """Return the counters of a process that tells its own."""
        registry = CollectorRegistry()
        return cls(registry, registry)

    @classmethod
    def of_several(cls, folder: str) -> Self:
        """Return what tells the sum of several processes that count into a folder; it counts nothing itself."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        return cls(registry, CollectorRegistry())

    def answered(self, area: str, method: str, status: int, seconds: float) -> None:
        """Count an answer; ``area`` is one of ``verifier.headers``."""
        self._requests.labels(area, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(area).observe(seconds)

    def verdict(self, outcome: Outcome, reason: Reason) -> None:
        """Count a verdict."""
        self._verdicts.labels(outcome.value, reason.value).inc()

    def watch(self, reader: PublicationReader, clock: Callable[[], datetime]) -> None:
        """Tell the age and the end of the snapshot too, looked at when somebody asks."""
        self.registry.register(SnapshotCollector(reader, clock))


class SnapshotCollector(Collector):
    """The snapshot as a reader has it."""

    def __init__(self, reader: PublicationReader, clock: Callable[[], datetime]) -> None:
        self._reader = reader
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield whether it can be read and, where it can, its age and how long it still holds."""
        now = self._clock()
        try:
            content = self._reader.view(now).snapshot.content
        except TrustError:
            yield GaugeMetricFamily("titlecert_publication_readable", "1 while the publication can be read.", 0)
            return
        yield GaugeMetricFamily("titlecert_publication_readable", "1 while the publication can be read.", 1)
        yield GaugeMetricFamily(
            "titlecert_snapshot_age_seconds", "Since the snapshot was made.", (now - content.iat).total_seconds()
        )
        yield GaugeMetricFamily(
            "titlecert_snapshot_left_seconds", "Until the snapshot ends.", (content.exp - now).total_seconds()
        )
