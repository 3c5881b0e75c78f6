"""Whether the desk runs, and whether it can serve holders now: its own database and the unlock service's socket.

Rules: anyone may ask; the answer has codes and nothing else.

    routes = routes_of(store, settings.socket)
"""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from issuer.desk.db.store import DeskStore
from issuer.errors import MachineError

DESK_HEALTH: Final = "/health"
DESK_READY: Final = "/ready"
_SECONDS: Final = 2.0


def routes_of(store: DeskStore, unlock: Path) -> list[Route]:
    """Return the two routes."""

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> JSONResponse:
        why = await run_in_threadpool(lambda: _database(store) or why_not(unlock))
        return JSONResponse({"ready": not why, "why": why or None}, status_code=503 if why else 200)

    return [Route(DESK_HEALTH, health, methods=["GET"]), Route(DESK_READY, ready, methods=["GET"])]


def why_not(unlock: Path) -> str:
    """Return ``unlock_gone`` where nobody listens at the unlock service's socket, else nothing."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_SECONDS)
        probe.connect(str(unlock))
        return ""
    return "unlock_gone"


def _database(store: DeskStore) -> str:
    try:
        with store.read() as connection:
            connection.execute(text("SELECT 1"))
    except MachineError as error:
        return error.code
    return ""
