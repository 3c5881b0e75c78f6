"""The worker's loop: pending work and the snapshot's renewal, again and again, until somebody says stop.

serve(worker, stop, say=print)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from issuer.worker.worker import Worker

POLL_SECONDS: Final = 0.2
"""A change of status is to be public within two seconds."""


def serve(worker: Worker, stop: Callable[[], bool], *, say: Callable[[str], None]) -> None:
    """Do pending work and renew the snapshot until ``stop`` says so; one failure does not end it.

    Args:
        worker: open, so that it holds the lock.
        stop: asked after each round.
        say: takes a sentence for the log.
    """
    said = ""
    while not stop():
        try:
            _round(worker, say)
            said = ""
        except Exception as error:  # whatever it is, withdrawals go on when it is over
            if str(error) != said:
                said = str(error)
                say(f"the worker could not finish, and tries again: {error}")
        time.sleep(POLL_SECONDS)


def _round(worker: Worker, say: Callable[[str], None]) -> None:
    done = worker.run_pending()
    rest = (worker.renew_if_needed(), worker.walk())
    for published in (done.published, *(each.published for each in rest)):
        if published is not None:
            say(f"published snapshot {published.sequence}, {published.records} certificates")
    for held in (*done.held_back, *(each for outcome in rest for each in outcome.held_back)):
        say(f"held back {held.object}: {held.message}")
