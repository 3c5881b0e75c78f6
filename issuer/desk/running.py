"""Running the desk: its database opened, its pages served at one place.

Rules: the database is made where it is missing and this process may make it. The process has the settings, the desk's
own database and the path of the unlock service's socket, and nothing else of the house.

    run(settings, host="127.0.0.1", port=8788, clock=clock)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import uvicorn
from sqlalchemy import URL

from issuer.desk.app import create_app
from issuer.desk.db.store import DeskStore
from issuer.desk.desk import Clock
from issuer.desk.settings import DeskSettings
from issuer.errors import NotFoundError
from issuer.unlock.client import Unlock


def run(
    settings: DeskSettings, *, host: str, port: int, clock: Clock, ready: Callable[[uvicorn.Server], None] | None = None
) -> None:
    """Serve until the process is told to end.

    Args:
        settings: of the desk.
        host, port: where to listen.
        clock: gives aware UTC instants.
        ready: given the server before it runs, by whoever wants to end it.

    Raises:
        ConflictError: ``desk_version``.
        MachineError: ``desk_unreachable``.
    """
    app = create_app(settings, store=open_store(settings.database), unlock=Unlock(settings.socket), clock=clock)
    server = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, access_log=False, log_level="warning", server_header=False)
    )
    if ready is not None:
        ready(server)
    server.run()


def open_store(place: Path | URL) -> DeskStore:
    """Open the desk's database, or make it where there is none. Raises as ``DeskStore``."""
    try:
        return DeskStore.open(place)
    except NotFoundError:
        return DeskStore.create(place)
