"""``holders.toml``: how the holders of a deployment are reached and recognised, written by an administrator.

Rules: the file may be missing, and every part of it: then claim codes hold for 30 days, letters are files in
``outgoing/``, and nobody signs in by OpenID Connect. A secret stands in no such file: it is named by an environment
variable or a 0600 file. What the file says wrong is told with its place in the file.

    # holders.toml
    [claims]
    days = 30
    address = "https://desk.example/"

    [unlock]
    session_minutes = 120
    users = ["titlecert-desk"]
    group = "titlecert"
    socket = "/run/titlecert/unlock.sock"

    [delivery]
    kind = "smtp"
    host = "mail.example"
    port = 587
    security = "starttls"
    sender = "titles@example.cn"
    user = "titles"
    password_file = "secrets/smtp.password"

    [oidc]
    issuer = "https://id.example"
    client_id = "titlecert"
    algorithms = ["ES256"]
    id_type = "citizen"
    id_number_claim = "id_number"
    name_claim = "name"

    [desk]
    correction_days = 7
    holidays = [2026-10-01, 2026-10-02]
"""

from __future__ import annotations

import tomllib
from calendar import SATURDAY
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator
from sqlalchemy import URL

from issuer.db import address
from issuer.errors import InputError
from issuer.home.addresses import is_secure
from issuer.home.paths import MAX_FILE, Home

DESK_VARIABLE: Final = "TITLECERT_DESK_DATABASE"
"""The environment variable that overrides where the desk's database is."""
ALGORITHMS: Final = frozenset(
    {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "Ed25519"}
)
"""Those that a provider's public key checks: none whose key the desk or this service would share, and not ``none``."""
_Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
_SETTINGS: Final = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ClaimSettings(BaseModel):
    """Of claim codes."""

    model_config = _SETTINGS

    days: Annotated[int, Field(ge=1, le=366)] = 30
    """How long a code holds."""
    address: str = ""
    """Where holders sign in, as letters and slips say it; needed where the home's origin is not on this machine."""

    @field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not is_secure(value):
            raise ValueError("an address begins with https://, or is on this machine")
        return value


class UnlockSettings(BaseModel):
    """Of the unlock service."""

    model_config = _SETTINGS

    session_minutes: Annotated[int, Field(ge=1, le=720)] = 120
    users: tuple[_Text, ...] = ()
    """Names of this machine's users that may ask, besides the one it runs as."""
    group: str = ""
    """The group that may open the socket; needed where others than its own user ask."""
    socket: str = ""
    """Where it listens; empty: in the home."""


class FilesDelivery(BaseModel):
    """Letters as files in ``outgoing/``."""

    model_config = _SETTINGS

    kind: Literal["files"] = "files"


class SmtpDelivery(BaseModel):
    """Letters by e-mail."""

    model_config = _SETTINGS

    kind: Literal["smtp"]
    host: _Text
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``none`` is taken for a server on this machine only."""
    sender: _Text
    user: str = ""
    password_variable: str = ""
    """The environment variable that holds the password."""
    password_file: str = ""
    ca_file: str = ""
    """Certificates of authorities that the server's is checked with; empty: the machine's."""

    @model_validator(mode="after")
    def _only_here(self) -> SmtpDelivery:
        if self.security == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("security = none is for a server on this machine only")
        return self


class GatewayDelivery(BaseModel):
    """Messages through a gateway, as one POST of JSON each: for mobile numbers, or e-mail addresses too."""

    model_config = _SETTINGS

    kind: Literal["gateway"]
    address: _Text
    reaches: tuple[Literal["mobile", "email"], ...] = ("mobile",)
    """What it can send to."""
    token_variable: str = ""
    """The environment variable with the bearer token."""
    token_file: str = ""

    @field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        if not is_secure(value):
            raise ValueError("an address begins with https://, or is on this machine")
        return value


class OidcSettings(BaseModel):
    """The provider of OpenID Connect, and which of its claims name the person."""

    model_config = _SETTINGS

    issuer: _Text
    client_id: _Text
    client_secret_file: str = ""
    """For the desk, which exchanges the code; the unlock service never reads it."""
    scopes: tuple[_Text, ...] = ("openid", "profile")
    algorithms: Annotated[tuple[str, ...], Field(min_length=1)] = ("ES256", "RS256")
    id_type: str = ""
    """The one type of all ID numbers: the word of an ``issuer.identifiers.IdType``."""
    id_type_claim: str = ""
    """Where the token names the type itself."""
    id_types: dict[str, str] = Field(default_factory=dict)
    """The provider's words for types, to ours; those that are not listed are taken as ours."""
    id_number_claim: _Text = "id_number"
    name_claim: str = "name"
    """The name is compared with the register's; empty: it is not."""
    sign_in_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    """How long a sign-in that has begun may take."""

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if not is_secure(value):
            raise ValueError("an issuer begins with https://, or is on this machine")
        return value

    @field_validator("algorithms")
    @classmethod
    def _algorithms(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= ALGORITHMS:
            raise ValueError(f"algorithms are some of {', '.join(sorted(ALGORITHMS))}")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> OidcSettings:
        if bool(self.id_type) == bool(self.id_type_claim):
            raise ValueError("either id_type or id_type_claim says what type an ID number is")
        return self


class DeskSection(BaseModel):
    """Of the holder's desk."""

    model_config = _SETTINGS

    database: str = ""
    """Address of the desk's own database, without a password; empty: ``desk.sqlite3`` in the home, or the schema
    ``desk`` beside a register on PostgreSQL."""
    correction_days: Annotated[int, Field(ge=1, le=60)] = 7
    """Working days within which the office answers, by what is asked."""
    missing_days: Annotated[int, Field(ge=1, le=60)] = 3
    erasure_days: Annotated[int, Field(ge=1, le=60)] = 7
    holidays: tuple[date, ...] = ()
    """Weekdays on which the office does not work."""
    worked_days: tuple[date, ...] = ()
    """Saturdays and Sundays on which it does."""

    @field_validator("worked_days")
    @classmethod
    def _at_weekends(cls, value: tuple[date, ...]) -> tuple[date, ...]:
        for day in value:
            if day.weekday() < SATURDAY:
                raise ValueError(
                    f"{day} is no Saturday or Sunday, so it is worked anyway; days that are free are holidays"
                )
        return value

    @model_validator(mode="after")
    def _free_or_worked(self) -> DeskSection:
        if both := sorted(set(self.holidays) & set(self.worked_days)):
            raise ValueError(f"{both[0]} is in holidays and in worked_days; it is free, or it is worked")
        return self


Delivery = FilesDelivery | SmtpDelivery | GatewayDelivery


class HoldersSettings(BaseModel):
    """The whole file."""

    model_config = _SETTINGS

    claims: ClaimSettings = ClaimSettings()
    unlock: UnlockSettings = UnlockSettings()
    delivery: Annotated[Delivery, Field(discriminator="kind")] = FilesDelivery()
    oidc: OidcSettings | None = None
    desk: DeskSection = DeskSection()


def read_settings(home: Home) -> HoldersSettings:
    """Return the settings of a home.

    Raises:
        InputError: ``holders_file``: it does not hold; the fields ``path`` and ``at`` say where.
    """
    path = home.holders
    try:
        text = path.read_bytes()[:MAX_FILE].decode()
    except FileNotFoundError:
        return HoldersSettings()
    except UnicodeDecodeError as error:
        raise _wrong(path, "1", "it is no UTF-8") from error
    try:
        return HoldersSettings.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _wrong(path, ".".join(map(str, first["loc"])), first["msg"]) from error
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, "TOML", str(error)) from error


def socket_of(home: Home, settings: HoldersSettings) -> Path:
    """Return where the unlock service of a home listens."""
    named = settings.unlock.socket
    return home.directory / named if named else home.unlock_socket


def desk_database(home: Home, settings: HoldersSettings, environment: Mapping[str, str]) -> Path | URL:
    """Return where the desk's own database is: what the environment names, else the settings, else beside the register.

    Raises:
        InputError: ``database_address``, ``database_dialect``.
    """
    named = environment.get(DESK_VARIABLE) or settings.desk.database
    if named:
        url = address.parse(named)
        return home.directory / str(url.database) if url.drivername == "sqlite" else url
    register = home.database(environment)
    return home.desk if isinstance(register, Path) else register


def desk_address(home: Home, settings: HoldersSettings) -> str:
    """Return where holders of a home sign in, as letters and slips say it: on this machine, the port behind the page's.

    Raises:
        InputError: ``no_desk_address``: nobody said it.
    """
    if settings.claims.address:
        return settings.claims.address
    page = urlsplit(home.settings.origin)
    if page.scheme == "http" and page.port is not None:
        return f"http://{page.hostname}:{page.port + 1}/"
    message = f"letters and slips say where holders sign in, and {home.holders} does not; write claims.address into it"
    raise InputError("no_desk_address", message, path=str(home.holders))


def _wrong(path: Path, at: str, why: str) -> InputError:
    return InputError(
        "holders_file", f"{path} does not hold at {at}: {why}; correct it", path=str(path), at=at, why=why
    )
