"""What an order will cost to publish, before it is signed: files, bytes and seconds, from what was published last.

Rules: it is an estimate and says so. A certificate touches the one shard of its prefix, and a shard is written whole;
the status lists and the snapshot are written with every change. Seconds are those of one processor for proving, signing
and storing, as acts over 500 took in a register of 20,000.

    cost_of(session, plan).bytes
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from credential.kdf import prefix
from credential.snapshot import parse_snapshot
from issuer.db import publications
from issuer.db.sessions import ReadSession
from issuer.status.plan import Plan

SECONDS_A_CERTIFICATE: Final = 0.004
"""To prove, sign and store a history and to seal its record."""
SECONDS_AT_ALL: Final = 0.3
"""For the status lists, the snapshot, and a look at what lies there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """About what a publication of a plan takes."""

    certificates: int
    shards: int
    """Files that hold records and are written anew."""
    bytes: int
    """Of all files that are written."""
    seconds: float


def cost_of(session: ReadSession, plan: Plan) -> Cost | None:
    """Return what publishing a plan will take; None where nothing was published yet."""
    made = publications.last_confirmed(session)
    if made is None or made.token is None or not made.sizes:
        return None
    length = parse_snapshot(made.token).content.prefix
    touched = len({prefix(line.certificate.cti, length) for line in plan.lines})
    lists = sum(len(each) for each in made.lists)
    records = sum(made.sizes) * touched // (1 << length)
    return Cost(
        certificates=len(plan.lines),
        shards=touched,
        bytes=records + lists + len(made.token),
        seconds=round(SECONDS_AT_ALL + SECONDS_A_CERTIFICATE * len(plan.lines), 1),
    )
