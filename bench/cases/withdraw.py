"""From the commit of a suspension to the list that a fresh reader verifies, in a register of N with 1% in four states.

The register is real: rows, histories, shards and lists are made as the office makes them, one certificate in a hundred
is suspended, withdrawn, cancelled or superseded. The yardsticks are what it is held to: 1 second beside a served
worker, 3 from the start of the command's process without one, and 20 KB for a list (CWT, zlib 9) of 1,048,576 places
of which 10,000 are in four states. A million certificates are ``--size 1000000``: some hours and 9 GB.

    python -m bench withdraw --size 2000
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.acting import changed, done, grown, planned, seen, served, snapshot, superseded, template
from bench.harness import Benchmark, Clock, Measurement
from credential.claims import LIST_SIZE
from credential.history import Act
from credential.statuslist import Status, StatusArray, sign_cwt
from tests.support.keys import Key
from tests.support.office import APPROVER, DemoOffice

SIZE: Final = 2_000
TRIES: Final = 9
NOT_VALID: Final = 100
"""One certificate in so many is not valid."""
SERVED_SECONDS: Final = 1.0
ALONE_SECONDS: Final = 3.0
LIST_BYTES: Final = 20 * 1024
IN_STATES: Final = 10_000


def in_four_states(office: DemoOffice, numbers: list[str]) -> None:
    """Bring a quarter of these certificates into each state, and publish."""
    quarter = max(1, len(numbers) // 4)
    for place, act in enumerate((Act.SUSPEND, Act.WITHDRAW, Act.CANCEL)):
        part = numbers[place * quarter : (place + 1) * quarter]
        done(office, planned(office, part, act))
    superseded(office, numbers[3 * quarter :], template(office))
    office.publish()


def with_serve(office: DemoOffice, numbers: list[str], now: datetime) -> list[float]:
    """Seconds from the commit, beside a served worker; each certificate is suspended once."""
    with served(office.home.directory, now):
        changed(office, numbers[:1], Act.SUSPEND)  # the worker has begun
        return [changed(office, [number], Act.SUSPEND) for number in numbers[1:]]


def without_serve(office: DemoOffice, numbers: list[str]) -> list[float]:
    """Seconds from the start of a process of the command, which publishes itself."""
    secrets = office.home.directory / "secrets"
    secrets.mkdir(exist_ok=True)
    for who in ("service", APPROVER):
        (secrets / f"{who}.passphrase").write_text(f"{who}-passphrase\n", encoding="utf-8")
        (secrets / f"{who}.passphrase").chmod(0o600)
    certificates = {each.number: each for each in office.certificates()}
    environment = as_installed(office.home.directory.parent)
    taken = []
    for number in numbers:
        words = ["suspend", number, "--basis", "b", "--document", "d", "--as", APPROVER, "--yes"]
        before, begun = snapshot(office), time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - a program of ours
            [sys.executable, "-m", "cli", *words, "--home", str(office.home.directory)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            office.clock.now = datetime.now(UTC)
            taken.append(seen(office, certificates[number], "suspended", before) - begun)
            process.wait()
    return taken


def as_installed(folder: Path) -> dict[str, str]:
    """The environment of a command whose byte code is kept, as an installed program's is; made by asking for help."""
    kept = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "cli", "suspend", "--help"]
    subprocess.run(command, env=kept, check=True, capture_output=True)  # noqa: S603 - a program of ours
    return kept


def list_bytes() -> int:
    """Bytes of the list that the design is held to."""
    rng = random.Random(4)
    states = [each for each in Status if each is not Status.VALID]
    places = rng.sample(range(LIST_SIZE), IN_STATES)
    array = StatusArray.zeros().with_changes({place: rng.choice(states) for place in places})
    now = datetime.now(UTC).replace(microsecond=0)
    times = {"issued_at": now, "expires_at": now + timedelta(days=1)}
    return len(sign_cwt(array, "https://zc.example/p/status/0.cwt", Key("status"), ttl=timedelta(minutes=1), **times))


def run(size: int, _clock: Clock) -> Iterator[Measurement]:
    """Yield the two times and the size of a list."""
    now = datetime.now(UTC).replace(microsecond=0)
    with tempfile.TemporaryDirectory(prefix="titlecert-bench-") as made:
        office = grown(Path(made) / "home", size, now)
        numbers = [each.number for each in office.certificates()]
        random.Random(size).shuffle(numbers)
        states = max(4, size // NOT_VALID)
        in_four_states(office, numbers[:states])
        rest = numbers[states:]
        beside = with_serve(office, rest[: TRIES + 1], now)
        alone = without_serve(office, rest[TRIES + 1 : 2 * TRIES + 1])
        office.close()
    what = "from the commit to a fresh reader's verified list, beside a served worker (s), over 1 s"
    yield Measurement.of("withdraw", what, statistics.median(beside), SERVED_SECONDS, unit="s", size=size)
    what = "the same from the start of the command's process, without one (s), over 3 s"
    yield Measurement.of("withdraw-alone", what, statistics.median(alone), ALONE_SECONDS, unit="s", size=size)
    what = f"a list of {LIST_SIZE} places with {IN_STATES} in four states as CWT, over 20 KB"
    yield Measurement.of("withdraw-list", what, list_bytes(), LIST_BYTES, unit="bytes", size=IN_STATES)


BENCHMARKS = (
    Benchmark(name="withdraw", what="from a suspension to the public, and the size of a list", size=SIZE, run=run),
)
