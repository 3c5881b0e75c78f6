"""A batch paused and resumed, and where the work on it stands.

pacing.pause(opened, actor, "sf-hrss-0001")
pacing.standing(opened, "sf-hrss-0001").published
pacing.resume(opened, actor, "sf-hrss-0001")
"""

from __future__ import annotations

from issuer.batches import pacing
from issuer.batches import standing as standings
from issuer.batches.standing import Failed, Standing
from issuer.db.outbox import Pending
from issuer.home.opened import Actor, Opened

__all__ = ["Failed", "Pending", "Standing", "pause", "resume", "standing"]


def pause(opened: Opened, actor: Actor, batch_id: str) -> bool:
    """Let no worker go on with a batch, and note who said so; whether it was not paused before.

    A worker that is at it stops after the chunk that it is at.

    Raises:
        NotFoundError: ``no_batch``.
        ConflictError: ``wrong_state``: it is not approved.
    """
    with opened.register.write() as session:
        return pacing.pause(session, batch_id, actor=actor, now=opened.clock())


def resume(opened: Opened, actor: Actor, batch_id: str) -> bool:
    """Let workers go on with a batch, and note who said so; whether it was paused. Raises NotFoundError ``no_batch``.

    What was asked of it before goes on by itself where a worker runs.
    """
    with opened.register.write() as session:
        return pacing.resume(session, batch_id, actor=actor, now=opened.clock())


def standing(opened: Opened, batch_id: str) -> Standing:
    """Return where the work on a batch stands. Raises NotFoundError ``no_batch``."""
    with opened.register.read() as session:
        return standings.standing(session, batch_id)
