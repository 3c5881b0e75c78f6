"""The settings of the desk in JSON: what the process that starts it tells it through a pipe.

settings_of(told(settings)) == settings
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from issuer.desk.settings import Deadlines, DeskSettings
from issuer.desk.workdays import Calendar


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
