"""Running the desk: its database opened, its pages served at one place.

Rules: the database is made where it is missing and this process may make it. The process has the settings, the desk's
own database and the path of the unlock service's socket, and nothing else of the house.

    run(settings, host="127.0.0.1", port=8788, clock=clock)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from socket import socket
from typing import Any

import uvicorn
from sqlalchemy import URL

from issuer.desk.app import create_app
from issuer.desk.db.store import DeskStore
from issuer.desk.desk import Clock
from issuer.desk.metrics import Answered
from issuer.desk.settings import DeskSettings
from issuer.errors import NotFoundError
from issuer.unlock.client import Unlock


def run(
    settings: DeskSettings,
    *,
    host: str,
    port: int,
    clock: Clock,
    ready: Callable[[uvicorn.Server], None] | None = None,
    sockets: Sequence[socket] = (),
    answered: Answered | None = None,
    own_log: bool = True,
) -> None:
    """Serve until the process is told to end.

    Args:
        settings: of the desk.
        host, port: where to listen.
        clock: gives aware UTC instants.
        ready: given the server before it runs, by whoever wants to end it.
        sockets: that somebody else opened, in the place of host and port.
        answered: counts answers.
        own_log: whether the server writes its own sentences; False: the process has a log of its own.

    Raises:
        ConflictError: ``desk_version``.
        MachineError: ``desk_unreachable``.
    """
    app = create_app(
        settings, store=open_store(settings.database), unlock=Unlock(settings.socket), clock=clock, answered=answered
    )
    usual: dict[str, Any] = {"access_log": False, "log_level": "warning", "server_header": False}
    if not own_log:
        usual["log_config"] = None
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, **usual))
    if ready is not None:
        ready(server)
    server.run(sockets=list(sockets) or None)


def open_store(place: Path | URL) -> DeskStore:
    """Open the desk's database, or make it where there is none. Raises as ``DeskStore``."""
    try:
        return DeskStore.open(place)
    except NotFoundError:
        return DeskStore.create(place)
