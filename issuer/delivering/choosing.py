"""Which transport a home uses, by its settings, and how a holder is reached with it.

transport = transport_of(home, read_settings(home).delivery, os.environ)
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from issuer.delivering.files import FileTransport
from issuer.delivering.model import Transport, Way
from issuer.delivering.smtp import SmtpTransport
from issuer.errors import InputError
from issuer.home.holders import Delivery, FilesDelivery, SmtpDelivery
from issuer.home.paths import Home

_MAX_SECRET = 4096


def transport_of(home: Home, settings: Delivery, environment: Mapping[str, str]) -> Transport:
    """Return the transport of a home.

    Raises:
        InputError: ``delivery_secret``: what the settings name for a secret is not there, or others may read it.
    """
    if isinstance(settings, FilesDelivery):
        return FileTransport(home.outgoing)
    if isinstance(settings, SmtpDelivery):
        return SmtpTransport(
            host=settings.host,
            port=settings.port,
            security=settings.security,
            sender=settings.sender,
            user=settings.user,
            password=_secret(home, settings.password_variable, settings.password_file, environment),
            ca_file=str(home.directory / settings.ca_file) if settings.ca_file else None,
        )
    from issuer.delivering.gateway import GatewayTransport  # noqa: PLC0415 - who has no gateway needs no httpx

    return GatewayTransport(
        address=settings.address,
        token=_secret(home, settings.token_variable, settings.token_file, environment),
        ways=tuple(map(Way, settings.reaches)),
    )


def ways_of(settings: Delivery) -> tuple[Way, ...]:
    """Return what a home's transport can send to, without opening its secrets."""
    if isinstance(settings, FilesDelivery):
        return FileTransport(Path()).ways
    return (Way.EMAIL,) if isinstance(settings, SmtpDelivery) else tuple(map(Way, settings.reaches))


def _secret(home: Home, variable: str, file: str, environment: Mapping[str, str]) -> str:
    if variable:
        if variable not in environment:
            raise InputError(
                "delivery_secret", f"the environment has no {variable}, which holders.toml names", place=variable
            )
        return environment[variable]
    return _from_file(home.directory / file) if file else ""


def _from_file(path: Path) -> str:
    try:
        mode, data = path.stat().st_mode, path.read_bytes()[:_MAX_SECRET]
    except OSError as error:
        message = f"{path}, which holders.toml names for a secret, cannot be read: {error.strerror}"
        raise InputError("delivery_secret", message, place=str(path)) from error
    if stat.S_IMODE(mode) & 0o077:
        message = f"{path} may be read by others than its owner; set its mode to 0600"
        raise InputError("delivery_secret", message, place=str(path))
    return data.decode().strip()
