"""An office with a served worker, for benchmarks that change states and ask when a stranger sees it.

Rules: the worker is the loop that ``titlecert serve`` runs, in a process of its own. A stranger is a reader that has
seen nothing: it takes the snapshot from the folder, checks every signature down to the pinned root, and verifies the
certificate. Time runs from the commit of the act to that answer.

    with served(place):
        seconds = changed(office, numbers, Act.SUSPEND)
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from credential.history import Act, Reason
from issuer.intake.model import AwardDraft, Replacement, ReplacementReason
from issuer.services import orders, status
from issuer.services.status import Plan
from issuer.worker.loop import serve
from tests.support.founding import found_demonstration
from tests.support.office import ACTOR, APPROVED, APPROVER, SECOND, DemoOffice, batch_drafts, drafts

LIST: Final = 20_000
"""Rows of a list at most."""
LOOKS_EVERY: Final = 0.01
PATIENCE: Final = 120.0
_REASON: Final = {
    Act.SUSPEND: Reason.UNDER_REVIEW,
    Act.REINSTATE: Reason.CLEARED,
    Act.WITHDRAW: Reason.OTHER,
    Act.CANCEL: Reason.SURRENDERED,
}
_SEEN_AS: Final = {Act.SUSPEND: "suspended", Act.REINSTATE: "valid", Act.WITHDRAW: "withdrawn", Act.CANCEL: "cancelled"}


def grown(place: Path, size: int, now: datetime) -> DemoOffice:
    """Found an office and issue so many certificates, published."""
    found_demonstration(place, now)
    office = DemoOffice.open(place, now)
    office.store()
    made = drafts(size, template(office))
    for start in range(0, size, LIST):
        office.issue(office.approved_drafts(made[start : start + LIST]))
    return office


def template(office: DemoOffice) -> AwardDraft:
    """A good row of the demonstration's list."""
    return batch_drafts(office, APPROVED)[0]


def planned(office: DemoOffice, numbers: Sequence[str], act: Act) -> Plan:
    """What an act would do."""
    return status.plan(office.opened, ACTOR, office.order(*numbers, act=act, reason=_REASON[act]))


def done(office: DemoOffice, plan: Plan) -> float:
    """Do what a plan says, with a second operator where it takes one; returns the instant of the commit."""
    waiting = status.act_here(office.opened, APPROVER, plan).waiting
    if waiting is not None:
        orders.approve_here(office.opened, SECOND, waiting.number)
    return time.perf_counter()


def changed(office: DemoOffice, numbers: Sequence[str], act: Act) -> float:
    """Do an act; returns the seconds from its commit until a stranger verifies the last of these certificates so."""
    plan = planned(office, numbers, act)
    certificate = plan.lines[-1].certificate
    before = snapshot(office)
    begun = done(office, plan)
    return seen(office, certificate, _SEEN_AS[act], before) - begun


def snapshot(office: DemoOffice) -> bytes:
    """The file that moves."""
    return (office.home.publication_folder / "snapshot.jwt").read_bytes()


def seen(office: DemoOffice, certificate: Any, outcome: str, before: bytes) -> float:
    """Wait until a reader who has seen nothing finds an outcome; returns the instant.

    Raises:
        RuntimeError: nobody published it in a long time.
    """
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until:
        now = snapshot(office)
        if now != before:
            before = now
            if str(office.verdict_by_qr(certificate).outcome) == outcome:
                return time.perf_counter()
        time.sleep(LOOKS_EVERY)
    raise RuntimeError(f"{certificate.number} is not {outcome} in public after {PATIENCE} s")


def superseded(office: DemoOffice, numbers: Sequence[str], like: AwardDraft) -> None:
    """Issue corrections of certificates, which supersede them."""
    rows = [
        replace(
            like,
            seq=str(place),
            sheet_row=place + 3,
            name=f"更正{place}",
            id_type=made.id_type,
            id_number=made.id_number,
            replaces=Replacement(number=number, reason=ReplacementReason.CORRECTED),
        )
        for place, (number, made) in enumerate(zip(numbers, drafts(len(numbers), like), strict=True), start=1)
    ]
    office.issue(office.approved_drafts(rows))


@contextmanager
def served(place: Path, now: datetime) -> Iterator[None]:
    """Run the worker of a home in a process of its own until the block ends."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(place, now), daemon=False)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(60)


def _serve(place: Path, now: datetime) -> None:
    stopped: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    office = DemoOffice.open(place, now)
    with office.worker() as worker:
        worker.pieces.prepare()
        serve(worker, lambda: bool(stopped), say=lambda _: None)
    office.close()
