"""How the unlock service is put together, for a home that is open.

with listening(opened) as server:
    server.serve_forever()
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from issuer.claims.merging import ProvenMerges
from issuer.errors import InputError
from issuer.home.holders import HoldersSettings, UnlockSettings, read_settings, socket_of
from issuer.home.opened import Opened
from issuer.home.ticketkey import ticket_key
from issuer.office.reading import read_operators
from issuer.unlock.entering import Entrance
from issuer.unlock.pictures import Pictures
from issuer.unlock.server import Server
from issuer.unlock.service import Provider, Service


@contextmanager
def listening(opened: Opened) -> Iterator[Server]:
    """Yield a server that listens; ``serve_forever`` answers. The vault is opened before anybody can ask.

    Raises:
        InputError: ``holders_file``, ``ticket_key_file``, ``socket_path``; ``no_user``: a name in the settings is
            nobody's on this machine.
        ConflictError: ``unlock_running``.
        MachineError: ``no_peer_check``.
        What opening the vault raises.
    """
    settings = read_settings(opened.home)
    users, group = _users(settings.unlock), _group(settings.unlock)
    service = service_of(opened, settings)
    with Server(socket_of(opened.home, settings), service, users=users, group=group) as server:
        yield server


def service_of(opened: Opened, settings: HoldersSettings) -> Service:
    """Return the service of an open home, without a socket."""
    entrance = Entrance(
        register=opened.register,
        vault=opened.vault,
        clock=opened.clock,
        key=ticket_key(opened.home),
        lasts=timedelta(minutes=settings.unlock.session_minutes),
        merges=ProvenMerges(lambda session: read_operators(session, opened)),
    )
    return Service(
        home=opened.home,
        register=opened.register,
        vault=opened.vault,
        clock=opened.clock,
        entrance=entrance,
        provider=_accounts(entrance, settings),
        faces=Pictures(opened),
    )


def _accounts(entrance: Entrance, settings: HoldersSettings) -> Provider | None:
    if settings.oidc is None:
        return None
    from issuer.unlock.accounts import Accounts  # noqa: PLC0415 - who names no provider needs neither library
    from issuer.unlock.provider import Published  # noqa: PLC0415

    published = Published(settings.oidc, clock=entrance.clock)
    return Accounts(entrance=entrance, settings=settings.oidc, published=published)


def _users(settings: UnlockSettings) -> frozenset[int]:
    """Who may ask: the user of this process, and those that are named."""
    return frozenset({os.geteuid(), *(_user(name) for name in settings.users)})


def _user(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError as error:
        raise _nobody("users", name) from error


def _group(settings: UnlockSettings) -> int | None:
    if not settings.group:
        return None
    try:
        return grp.getgrnam(settings.group).gr_gid
    except KeyError as error:
        raise _nobody("group", settings.group) from error


def _nobody(member: str, name: str) -> InputError:
    message = f"holders.toml, unlock.{member}: this machine knows no {name}; correct it, or make it"
    return InputError("no_user", message, member=member, name=name)
