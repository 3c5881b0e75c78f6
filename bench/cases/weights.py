"""What the files of a large office's publication weigh on their way to a reader, beside their budgets.

The office has 50 authorities, 300 filings and 370,000 certificates (``tests.support.province``). A file weighs what the
service sends to a browser: texts packed with gzip, all others as they are. There is nothing to time: a ratio above 1 is
over the budget.

    python -m bench weights
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from bench.harness import Benchmark, Clock, Measurement

if TYPE_CHECKING:
    from pathlib import Path

BUDGETS: Final[Mapping[str, int]] = {
    "trust/list/": 60 * 1024,
    "trust/filings/": 30 * 1024,
    "status/at/": 25 * 1024,
    "shards/": 300 * 1024,
}
"""Bytes of a file by the beginning of its path; of several such files the heaviest counts."""


def weights(folder: Path) -> dict[str, int]:
    """Bytes of the heaviest file of each kind, as the service sends it to a browser.

    Args:
        folder: gets the publication.
    """
    from datetime import UTC, datetime

    from tests.support.province import province
    from tests.support.web import Client
    from verifier.app import create_app
    from verifier.settings import Settings

    now = datetime(2026, 11, 21, 2, tzinfo=UTC)
    world = province(now)
    world.put_face(world.issue())
    files = world.publish()
    world.write(folder)
    settings = Settings(
        publication=str(folder), trust_root=world.pinned_root, origin="https://zc.example", serve_publication=True
    )
    app = create_app(settings, clock=lambda: now)
    client, found = Client(app), dict[str, int]()
    for start in BUDGETS:
        _, heaviest = max((len(data), path) for path, data in files.items() if path.startswith(start))
        answer = client.get(f"/p/{heaviest}", headers={"accept-encoding": "gzip"})
        answer.raise_for_status()
        found[start] = int(answer.headers["content-length"])
    return found


def run(_count: int, _clock: Clock) -> Iterator[Measurement]:
    """A line for each kind of file."""
    import tempfile
    from pathlib import Path

    from tests.support.province import CERTIFICATES

    with tempfile.TemporaryDirectory() as made:
        sent = weights(Path(made))
    for start, budget in BUDGETS.items():
        name = "weights-" + start.strip("/").replace("/", "-")
        what = f"the heaviest file of {start} as it is sent, over its budget"
        yield Measurement.of(name, what, sent[start], budget, unit="bytes", size=CERTIFICATES)


BENCHMARKS: Final = (
    Benchmark(name="weights", what="files of a large office's publication, over their budgets", size=370_000, run=run),
)
