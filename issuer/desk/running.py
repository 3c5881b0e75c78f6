"""Running the desk: its settings told in JSON, its database opened, its pages served at one place.

Rules: the database is made where it is missing and this process may make it. The process has the settings, the desk's
own database and the path of the unlock service's socket, and nothing else of the house.

    run(settings, host="127.0.0.1", port=8788, clock=clock)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import URL, make_url

from issuer.desk.app import create_app
from issuer.desk.db.store import DeskStore
from issuer.desk.desk import Clock
from issuer.desk.settings import Deadlines, DeskSettings
from issuer.desk.workdays import Calendar
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


def told(settings: DeskSettings) -> dict[str, Any]:
    """Return settings as JSON has them; with a password of the database, if there is one: for a pipe only."""
    place = settings.database
    plain = {name: getattr(settings, name) for name in ("origin", "verifier", "demonstration", "oidc", "client_secret")}
    return plain | {
        "database": str(place) if isinstance(place, Path) else place.render_as_string(hide_password=False),
        "is_file": isinstance(place, Path),
        "socket": str(settings.socket),
        "idle": settings.idle.total_seconds(),
        "rotate": settings.rotate.total_seconds(),
        "deadlines": asdict(settings.deadlines),
        "holidays": sorted(day.isoformat() for day in settings.calendar.holidays),
        "worked": sorted(day.isoformat() for day in settings.calendar.worked),
        "fonts": [str(each) for each in settings.fonts],
    }


def settings_of(plain: dict[str, Any]) -> DeskSettings:
    """Return the settings that ``told`` told."""
    return DeskSettings(
        origin=plain["origin"],
        verifier=plain["verifier"],
        demonstration=plain["demonstration"],
        oidc=plain["oidc"],
        client_secret=plain["client_secret"],
        database=Path(plain["database"]) if plain["is_file"] else make_url(plain["database"]),
        socket=Path(plain["socket"]),
        idle=timedelta(seconds=plain["idle"]),
        rotate=timedelta(seconds=plain["rotate"]),
        deadlines=Deadlines(**plain["deadlines"]),
        calendar=Calendar(
            holidays=frozenset(map(date.fromisoformat, plain["holidays"])),
            worked=frozenset(map(date.fromisoformat, plain["worked"])),
        ),
        fonts=tuple(map(Path, plain["fonts"])),
    )
