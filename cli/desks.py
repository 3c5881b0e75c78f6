"""The holder's desk as commands start it: its settings from a home, and a process of its own beside the rest.

Rules: reading the settings opens no register and no key. A desk whose port is taken is told, and the rest is served.

    settings, place = desk_of(Home.open(directory), environment=os.environ)
    with beside(tool, home): ...
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cli.errors import RefusedError, explain
from cli.place import Place
from cli.tool import Tool
from credential.errors import CodedError
from issuer.desk.beside import beside as beside_of
from issuer.desk.db.store import DeskStore
from issuer.desk.settings import Deadlines, DeskSettings
from issuer.desk.workdays import Calendar
from issuer.home.holders import desk_address, desk_database, read_settings, socket_of
from issuer.home.paths import Home


def desk_of(home: Home, environment: Mapping[str, str]) -> DeskSettings:
    """Return the settings of a home's desk.

    Raises:
        InputError: ``holders_file``, ``no_desk_address``, ``database_address``, ``database_dialect``;
            ``client_secret_file``: the file that is named cannot be read.
    """
    settings = read_settings(home)
    address = urlsplit(desk_address(home, settings))
    section = settings.desk
    return DeskSettings(
        origin=f"{address.scheme}://{address.netloc}",
        verifier=home.settings.origin,
        database=desk_database(home, settings, environment),
        socket=socket_of(home, settings),
        demonstration=home.settings.demonstration,
        oidc=settings.oidc is not None,
        client_secret=_secret(home, "" if settings.oidc is None else settings.oidc.client_secret_file),
        deadlines=Deadlines(
            correction=section.correction_days, missing=section.missing_days, erasure=section.erasure_days
        ),
        calendar=Calendar(holidays=frozenset(section.holidays), worked=frozenset(section.worked_days)),
        fonts=tuple(map(Path, home.settings.fonts)),
    )


def make_desk(home: Home, environment: Mapping[str, str]) -> None:
    """Make the desk's tables where the register's are on a server, as its owner. Raises as ``DeskStore.create``."""
    place = desk_database(home, read_settings(home), environment)
    if not isinstance(place, Path):
        DeskStore.create(place).close()


@contextmanager
def beside(tool: Tool, home: Home) -> Iterator[None]:
    """Run the desk in a process of its own during the block; where it cannot run, say why and go on without it."""
    try:
        settings = desk_of(home, os.environ)
        place = Place.of(settings.origin, None)
        place.require_free()
    except (CodedError, OSError) as error:
        detail = explain(error).text(tool.console.language) if isinstance(error, CodedError) else str(error)
        zh, en = f"持证人网页没有启动：\n{detail}", f"The holder's desk does not run:\n{detail}"
        tool.log("no_desk_beside", zh, en, code=error.code if isinstance(error, CodedError) else "machine")
        yield
        return
    with beside_of(settings, host=place.host, port=place.port):
        zh, en = f"持证人网页 {settings.origin}/", f"The holder's desk is at {settings.origin}/"
        tool.log("desk_beside", zh, en, port=place.port)
        yield


def _secret(home: Home, named: str) -> str | None:
    """The secret of the desk as a client of the provider of accounts; None where it has none."""
    if not named:
        return None
    path = home.directory / named
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(
            "client_secret_file",
            f"读不到 {path}：holders.toml 的 oidc.client_secret_file 写的是它",
            f"{path} cannot be read; oidc.client_secret_file in holders.toml names it",
            path=str(path),
        ) from error
