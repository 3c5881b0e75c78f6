"""A program that works on a home and is killed at a moment that was chosen. Run in a process of its own.

A moment is in front of, or behind, a place where something becomes lasting: a commit, a file taking its name. At the
moment that was chosen the process kills itself, as the system does it. Nothing of this is in the product.

    python -m tests.worker.killed HOME INSTANT MOMENT ROLE [OBJECT ...]       # MOMENT 0: it is not killed by itself
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from credential.errors import CodedError
from issuer.db.outbox import Topic
from issuer.issuing import issuer as issuing
from issuer.worker import documents
from issuer.worker.piecework import PieceWork
from tests.support.moments import lasting
from tests.support.office import DemoOffice

CHUNK = 4
"""Rows of a piece."""
ROUNDS = 50


class Moments:
    """Counts what becomes lasting, and kills at one of them."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._count = 0

    def watch(self) -> None:
        """Count from here on."""
        for owner, name, act in lasting(self._moment):
            setattr(owner, name, act)

    def _moment(self) -> None:
        self._count += 1
        if self._count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def issue(demo: DemoOffice) -> None:
    """Issue by pieces, with others, until nothing is asked for."""
    pieces = PieceWork.open(demo.opened, members=0)
    for _ in range(ROUNDS):
        held = pieces.run_pending()
        assert not held, held
        if not pieces.asked(Topic.ISSUE):
            break
    pieces.close()


def publish(demo: DemoOffice) -> None:
    """Publish, and do whatever else is pending."""
    with demo.worker() as worker:
        worker.run_pending()


def approve(demo: DemoOffice, *batches: str) -> None:
    """Approve batches, or say why not."""
    for batch in batches:
        try:
            demo.approve(batch)
        except CodedError as error:
            print(error.code, flush=True)
        else:
            print("approved", flush=True)


ROLES: dict[str, Callable[..., None]] = {"issue": issue, "publish": publish, "approve": approve}


def main(home: str, at: str, moment: str, role: str, *objects: str) -> None:
    """Open the home, and do what a role does."""
    issuing.CHUNK, documents.RECORDED = CHUNK, CHUNK
    demo = DemoOffice.open(Path(home), datetime.fromisoformat(at))
    print("ready", flush=True)
    Moments(int(moment)).watch()
    ROLES[role](demo, *objects)
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
