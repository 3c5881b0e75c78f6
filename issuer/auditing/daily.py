"""The head of the audit written down once a day, and whenever somebody asks: signed, for whoever keeps it elsewhere.

Rules: a file is written whole and never over another one. The day is Shanghai's. A day without a publication has none.

    written = write_daily(opened, publisher)        # HOME/audit/heads/2026-11-30.jws, or None: it is there
    token, dated = signed_head(opened, publisher)
"""

from __future__ import annotations

from pathlib import Path

from credential import durable
from credential.days import day_of
from credential.signing import Signer
from issuer.auditing import headfile
from issuer.auditing.headfile import DatedHead
from issuer.home.opened import Opened
from issuer.sequencer import chain_all


def signed_head(opened: Opened, publisher: Signer) -> tuple[str, DatedHead]:
    """Return the present head as a token, and what it says: what was committed before lies under it."""
    dated = DatedHead(
        deployment=opened.home.settings.deployment,
        head=chain_all(opened.register),
        at=opened.clock().replace(microsecond=0),
    )
    return headfile.sign(dated, publisher), dated


def write_daily(opened: Opened, publisher: Signer) -> Path | None:
    """Write today's file, unless it is there. Killed anywhere, it leaves the whole file or none."""
    directory = opened.home.audit_heads
    path = directory / f"{day_of(opened.clock()).isoformat()}.jws"
    if path.exists():
        return None
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    token, _ = signed_head(opened, publisher)
    try:
        durable.create(path, f"{token}\n".encode("ascii"), mode=0o600)
    except FileExistsError:
        return None  # another process wrote it meanwhile
    return path
