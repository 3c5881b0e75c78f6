"""The holder's desk under load: N holders sign in and download documents that were made before, at once.

The processes are those of an office: `titlecert serve` with its unlock service, desk and worker, on real sockets.
Each holder is a client of its own: the form, the sign-in, the list, the certificate, the PDF. Holders come at the pace
of 500 in a minute. The yardsticks are what the desk is held to: 3 seconds for 95 of 100 requests, and no error.

    python -m bench desk --size 500
"""

from __future__ import annotations

import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx

from bench.harness import Benchmark, Clock, Measurement
from issuer.batches.rows import open_each
from issuer.db import certificates
from issuer.errors import IssuerError
from issuer.identifiers import citizen_check_character
from issuer.services import claims
from issuer.services.claims import Slip, Wanted
from tests.support.founding import found_demonstration
from tests.support.office import ACTOR, DemoOffice, batch_drafts

SIZE: Final = 500
PACE: Final = 500 / 60
"""Holders a second."""
MOST_SECONDS: Final = 3.0
"""What 95 of 100 requests take at most."""
_STARTS_WITHIN: Final = 120.0
_WHAT: Final = "a request of holders who sign in and download, 95 of 100 (s), beside the 3 s that it may take"
_WHOLE: Final = "from the first to the last answer (s), beside the time in which the holders came and 3 s"
_FAILED: Final = "requests that failed, of 1000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A holder with what gets him or her in."""

    id_number: str
    code: str


def run(size: int, clock: Clock) -> Iterator[Measurement]:
    """Make an office of ``size`` holders, serve it, and let all of them in."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        people = _office(home, size)
        with _served(home) as origin:
            taken, failed, whole = _load(origin, people, clock)
    ninety_five = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
    figures = (
        ("desk", ninety_five, MOST_SECONDS, "s", _WHAT),
        ("desk_whole", whole, size / PACE + MOST_SECONDS, "s", _WHOLE),
        ("desk_failed", 1000 * failed / len(taken), 1.0, "per 1000", _FAILED),
    )
    for name, ours, yardstick, unit, what in figures:
        yield Measurement.of(name, what, ours, yardstick, unit=unit, size=size)


def _office(home: Path, size: int) -> Sequence[Person]:
    """Found an office, issue a certificate and a document to each holder, and give each a claim code."""
    found_demonstration(home)
    office = DemoOffice.open(home)
    template = batch_drafts(office, office.store())[0]
    numbers = [_number(each) for each in range(size)]
    drafts = [
        replace(template, seq=str(each), sheet_row=each + 3, name="示例", id_number=number)
        for each, number in enumerate(numbers, start=1)
    ]
    batch = office.approved_drafts(drafts)
    with office.worker() as worker:
        worker.issue(batch, with_documents=True)
    made = claims.make(office.opened, ACTOR, Wanted(batch=batch), send=False, slips=True)
    people = _matched(office, numbers, made.slips)
    office.close()
    secrets = home / "secrets" / "service.passphrase"
    secrets.write_text("service-passphrase\n", encoding="utf-8")
    secrets.chmod(0o600)
    return people


def _matched(office: DemoOffice, numbers: Sequence[str], slips: Sequence[Slip]) -> list[Person]:
    """The ID number that belongs to each slip: a certificate is found by its number, and its row gives the holder."""
    with office.opened.register.read() as session:
        ids = {each.number: each.award for each in certificates.for_publication(session)}
        opened = open_each(session, office.opened.vault, [ids[slip.number] for slip in slips])
    found = []
    for slip in slips:
        content = opened[ids[slip.number]]
        assert not isinstance(content, IssuerError)
        found.append(Person(id_number=content.draft.id_number, code=slip.code))
    assert {person.id_number for person in found} == set(numbers)
    return found


def _number(each: int) -> str:
    """A citizen ID number of the invented region, different for each."""
    first = f"139901{1960 + each % 30}{each // 30 % 12 + 1:02}{each // 360 % 28 + 1:02}{each % 1000:03}"
    return first + citizen_check_character(first)


@contextmanager
def _served(home: Path) -> Iterator[str]:
    """Serve the office as an operator does; yields the desk's origin."""
    command = [sys.executable, "-m", "cli", "serve", "--home", str(home), "--clock-is-right"]
    with subprocess.Popen(  # noqa: S603 - a program of ours
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(8788, home / "unlock.sock")
            yield "http://127.0.0.1:8788"
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait_for(port: int, unlock: Path) -> None:
    """Wait until the desk and the unlock service listen."""
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0 and unlock.exists():
                return
        time.sleep(0.1)
    raise RuntimeError(f"the desk on port {port} and {unlock} are not both there after {_STARTS_WITHIN} s")


def _load(origin: str, people: Sequence[Person], clock: Clock) -> tuple[list[float], int, float]:
    """Let all holders in at the pace; returns the seconds of each request, how many failed, and the whole time."""
    taken: list[float] = []
    failed: list[str] = []
    began = clock()

    def visit(person: Person, at: float) -> None:
        time.sleep(max(0.0, began + at - clock()))
        with httpx.Client(base_url=origin, trust_env=False, timeout=60, headers={"Origin": origin}) as client:
            page = "/certificates"
            form = {"id_type": "citizen", "id_number": person.id_number, "code": person.code}
            asked(client, "GET", "/sign-in")
            asked(client, "POST", "/sign-in", data=form)
            found = re.search(r'"(/certificates/[A-Za-z0-9_-]{12})"', asked(client, "GET", page))
            if found is None:
                failed.append("no certificate")
                return
            asked(client, "GET", found[1])
            asked(client, "GET", f"{found[1]}/files/document.pdf")

    def asked(client: httpx.Client, method: str, path: str, data: dict[str, str] | None = None) -> str:
        start = clock()
        try:
            answer = client.request(method, path, data=data)
        except httpx.HTTPError as error:
            taken.append(clock() - start)
            failed.append(type(error).__name__)
            return ""
        taken.append(clock() - start)
        if answer.status_code not in {200, 303} or (path.endswith(".pdf") and not answer.content.startswith(b"%PDF")):
            failed.append(f"{path}: {answer.status_code}")
        return "" if path.endswith(".pdf") else answer.text

    threads = [threading.Thread(target=visit, args=(person, number / PACE)) for number, person in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for reason in sorted(set(failed)):
        print(f"desk: {failed.count(reason)} times {reason}", file=sys.stderr)
    return taken, len(failed), clock() - began


BENCHMARKS = (Benchmark(name="desk", what=_WHAT, size=SIZE, run=run),)
