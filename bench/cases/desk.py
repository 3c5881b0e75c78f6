"""The holder's desk under load: N holders sign in and download documents that were made before, at once.

The processes are those of an office: `titlecert serve` with its unlock service, desk and worker, on real sockets.
Each holder is a client of its own: the form, the sign-in, the list, the certificate, the PDF. Holders come at the pace
of 500 in a minute. The yardsticks are what the desk is held to: 3 seconds for 95 of 100 requests, no error, and the
time that two processors have for one of 500 holders in a minute.
Then holders come one after the other, to the desk and the unlock service alone: to the register as it is, and to one
that has as many synthetic rows more as there are certificates in a province.

    python -m bench desk --size 500
"""

from __future__ import annotations

import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bench.harness import Benchmark, Clock, Measurement
from bench.largeregister import grow
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
MOST_PROCESSOR: Final = 2 * 60_000 / 500
"""Milliseconds: what two processors have in a minute for one of 500 holders."""
FEW: Final = 40
"""Holders who come one after the other, to each of the two registers."""
LARGE: Final = 370_000
"""Certificates of a province."""
PORT: Final = 8788
_ORIGIN: Final = f"http://127.0.0.1:{PORT}"
_STARTS_WITHIN: Final = 120.0
_SETTLES_WITHIN: Final = 3.0
"""Seconds after which processes have done what they begin with."""
_TICK: Final = 1000 / os.sysconf("SC_CLK_TCK")
"""Milliseconds of the kernel's unit of processor time."""
_WHAT: Final = "a request of holders who sign in and download, 95 of 100 (s), beside the 3 s that it may take"
_WHOLE: Final = "from the first to the last answer (s), beside the time in which the holders came and 3 s"
_FAILED: Final = "requests that failed, of 1000"
_PROCESSOR: Final = "processor time of all processes of the office for one holder (ms), beside what two processors have"
_CLIENT: Final = "processor time of the client for one holder (ms), beside that of the office"
_LARGE: Final = f"processor time for one holder in a register of {LARGE:,} more certificates (ms), beside the small one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A holder with what gets him or her in."""

    id_number: str
    code: str


@dataclass(slots=True)
class Visits:
    """What came of requests."""

    taken: list[float] = field(default_factory=list)
    """Seconds of each."""
    failed: list[str] = field(default_factory=list)


def run(size: int, clock: Clock) -> Iterator[Measurement]:
    """Make an office of ``size`` holders and some more, serve it, and let all of them in."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        people = _office(home, size + 2 * FEW)
        yield from _crowd(home, people[2 * FEW :], clock)
        few = _alone(home, people[:FEW], clock)
        grow(home / "register.sqlite3", LARGE)
        many = _alone(home, people[FEW : 2 * FEW], clock)
        yield Measurement.of("desk_large", _LARGE, many, few, unit="ms", size=LARGE)


def _crowd(home: Path, people: Sequence[Person], clock: Clock) -> Iterator[Measurement]:
    """Let all in at the pace, with all processes of an office."""
    visits, size = Visits(), len(people)
    with _served(home, ["serve", "--clock-is-right"], socket_too=True) as processes:
        before, own, began = _processor(processes), time.process_time(), clock()
        _load(people, visits, clock)
        whole = clock() - began
        office = (_processor(processes) - before) / size
        client = (time.process_time() - own) * 1000 / size
    for reason in sorted(set(visits.failed)):
        print(f"desk: {visits.failed.count(reason)} times {reason}", file=sys.stderr)
    ninety_five = statistics.quantiles(visits.taken, n=20)[-1]
    figures = (
        ("desk", ninety_five, MOST_SECONDS, "s", _WHAT),
        ("desk_whole", whole, size / PACE + MOST_SECONDS, "s", _WHOLE),
        ("desk_failed", 1000 * len(visits.failed) / len(visits.taken), 1.0, "per 1000", _FAILED),
        ("desk_processor", office, MOST_PROCESSOR, "ms", _PROCESSOR),
        ("desk_client", client, office, "ms", _CLIENT),
    )
    for name, ours, yardstick, unit, what in figures:
        yield Measurement.of(name, what, ours, yardstick, unit=unit, size=size)


def _alone(home: Path, people: Sequence[Person], clock: Clock) -> float:
    """Let holders in one after the other; returns the milliseconds of processor time of desk and unlock for one."""
    visits = Visits()
    with ExitStack() as stack:
        processes = stack.enter_context(_served(home, ["serve", "unlock"], socket_too=True, port_too=False))
        processes += stack.enter_context(_served(home, ["serve", "desk", "--bind", f"127.0.0.1:{PORT}"]))
        before = _processor(processes)
        for person in people:
            _visit(person, visits, clock)
        used = _processor(processes) - before
    if visits.failed:
        raise RuntimeError(f"the desk did not let holders in: {visits.failed[0]}")
    return used / len(people)


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
def _served(
    home: Path, words: Sequence[str], *, socket_too: bool = False, port_too: bool = True
) -> Iterator[list[int]]:
    """Run a command of an office as an operator does; yields the number of its process."""
    command = [sys.executable, "-m", "cli", *words, "--home", str(home)]
    with subprocess.Popen(  # noqa: S603 - a program of ours
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(PORT if port_too else None, home / "unlock.sock" if socket_too else None)
            time.sleep(_SETTLES_WITHIN)
            yield [process.pid]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _wait_for(port: int | None, unlock: Path | None) -> None:
    """Wait until the desk and the unlock service listen."""
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until:
        with socket.socket() as probe:
            is_open = port is None or probe.connect_ex(("127.0.0.1", port)) == 0
        if is_open and (unlock is None or unlock.exists()):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the desk on port {port} and {unlock} are not both there after {_STARTS_WITHIN} s")


def _processor(processes: Sequence[int]) -> float:
    """Milliseconds of processor time of processes, and of those that they started and that still run."""
    return sum(_used(each) for each in processes)


def _used(process: int) -> float:
    said = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    children = [
        int(child)
        for thread in Path(f"/proc/{process}/task").iterdir()
        for child in (thread / "children").read_text("ascii").split()
    ]
    return (int(said[11]) + int(said[12])) * _TICK + sum(_used(child) for child in children)


def _load(people: Sequence[Person], visits: Visits, clock: Clock) -> None:
    """Let all holders in at the pace."""
    began = clock()

    def visit(person: Person, at: float) -> None:
        time.sleep(max(0.0, began + at - clock()))
        _visit(person, visits, clock)

    threads = [threading.Thread(target=visit, args=(person, number / PACE)) for number, person in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _visit(person: Person, visits: Visits, clock: Clock) -> None:
    """What a holder does, over one connection as browsers keep it."""
    client = _Client(visits, clock)
    form = {"id_type": "citizen", "id_number": person.id_number, "code": person.code}
    client.ask("GET", "/sign-in")
    client.ask("POST", "/sign-in", form)
    found = re.search(rb'"(/certificates/[A-Za-z0-9_-]{12})"', client.ask("GET", "/certificates"))
    if found is None:
        visits.failed.append("no certificate")
        return
    page = found[1].decode()
    client.ask("GET", page)
    if not client.ask("GET", f"{page}/files/document.pdf").startswith(b"%PDF"):
        visits.failed.append("no document")


class _Client:
    """A browser as far as the desk sees one; it costs the machine little."""

    def __init__(self, visits: Visits, clock: Clock) -> None:
        self._visits, self._clock = visits, clock
        self._connection = HTTPConnection("127.0.0.1", PORT, timeout=60)
        self._cookie = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> bytes:
        """Ask for a page; empty where that failed, which is noted."""
        headers = {"Origin": _ORIGIN, "Content-Type": "application/x-www-form-urlencoded", "Cookie": self._cookie}
        start = self._clock()
        try:
            self._connection.request(method, path, None if form is None else urlencode(form), headers)
            answer = self._connection.getresponse()
            data = answer.read()
        except (OSError, HTTPException) as error:
            self._visits.failed.append(type(error).__name__)
            return b""
        finally:
            self._visits.taken.append(self._clock() - start)
        self._cookie = (answer.getheader("Set-Cookie") or self._cookie).partition(";")[0]
        if answer.status not in {200, 303}:
            self._visits.failed.append(f"{method} {path}: {answer.status}")
        return data


BENCHMARKS = (Benchmark(name="desk", what=_WHAT, size=SIZE, run=run),)
