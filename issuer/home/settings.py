"""What is fixed when a home is made: the content of ``home.json``, and what the trust list takes from it.

settings = HomeSettings(deployment="shifan-demo", origin="https://zc.example", ...)
lists_for(400_000)      # how many status lists that takes
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from credential import qrtext
from credential.claims import LIST_SIZE
from credential.errors import CredentialError
from credential.statements import ALONE, MAX_ALONE, MAX_WAIT
from issuer.db import address
from issuer.errors import InputError

FILL: Final = 0.5
"""How full a status list may get by plan: half, so that a random free place is found at once."""
MAX_PLANNED_LISTS: Final = 1 << 10
"""What a home may be made for: half full, 2^29 certificates. Readers take four times as many lists (FORMAT 9), so that
a larger plan needs no new reader."""


class TimestampSettings(BaseModel):
    """A time-stamp service (RFC 3161)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{3,300}$")]
    root: str
    """The root certificate to which the service's leads, PEM."""
    policy: Annotated[str, StringConstraints(pattern=r"^(?:[0-2](?:\.[0-9]+)+)?$")] = ""
    """The policy that is asked for, as an object identifier; empty: the service's own."""
    user: str = ""
    password_file: str = ""
    """Path of the 0600 file with the password of ``user``."""
    seconds: Annotated[int, Field(ge=1, le=60)] = 10
    """How long an answer may take."""

    @model_validator(mode="after")
    def _password(self) -> Self:
        if bool(self.user) != bool(self.password_file):
            raise ValueError("a user and the file of the password are given together")
        return self


class HomeSettings(BaseModel):
    """What is fixed when a home is made. Certificates carry parts of it, so it never changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    version: Annotated[int, Field(ge=1, le=1)] = 1
    deployment: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,39}$")]
    origin: str
    """``https://HOST``: where the page lives; printed in every QR, for ever."""
    publication: str
    """Address of the publication, ending in ``/``; every credential names a status list under it."""
    demonstration: bool
    """What is issued has no legal effect, and the trust list says so."""
    training: bool = False
    """A demonstration for practice: its marks say 演练 in the place of 演示."""
    status_lists: Annotated[int, Field(ge=1, le=MAX_PLANNED_LISTS)]
    created: datetime
    acts_alone: Annotated[int, Field(ge=0, le=MAX_ALONE)] = ALONE
    """On how many certificates one operator acts alone: above that, and to withdraw or erase, a second one signs."""
    order_hours: Annotated[int, Field(ge=1, le=int(MAX_WAIT.total_seconds()) // 3600)] = 72
    """How long an order waits for the second operator."""
    snapshot_hours: Annotated[int, Field(ge=1, le=168)] = 24
    fonts: tuple[str, ...] = ()
    """Further font directories."""
    database: str = ""
    """Address of the register's database, without a password; empty: ``register.sqlite3`` in the home."""
    pkcs11_module: str = ""
    """Path of the PKCS#11 module, where the URI of a key in a token names none."""
    timestamps: TimestampSettings | None = None
    """The service that time-stamps seals; None: documents are sealed without."""
    journal: str = ""
    """Folder of the journal, on another disk; empty: none is kept, unless a process is told to."""
    time_source: str = ""
    """``http(s)://...`` whose answers carry the time, asked when this machine's clock is not believed; empty: none."""

    @model_validator(mode="after")
    def _training(self) -> Self:
        if self.training and not self.demonstration:
            raise ValueError("a training home is a demonstration: what it issues has no legal effect")
        return self

    @field_validator("time_source")
    @classmethod
    def _time_source(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("a time source is the address of an http or https server")
        return value

    @field_validator("origin")
    @classmethod
    def _origin(cls, value: str) -> str:
        try:
            return qrtext.check_printed_origin(value)
        except CredentialError as error:
            raise ValueError(str(error)) from error

    @field_validator("publication")
    @classmethod
    def _publication(cls, value: str) -> str:
        scheme, _, rest = value.partition("://")
        host = rest.partition("/")[0]
        try:
            qrtext.check_origin(f"{scheme}://{host}")
        except CredentialError as error:
            raise ValueError(str(error)) from error
        if not value.endswith("/"):
            raise ValueError("the address of a publication ends in /")
        return value

    @field_validator("database")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and address.parse(value).password is not None:
            message = f"home.json is no place for a password of the database; leave it out or set {address.VARIABLE}"
            raise InputError("database_password", message, variable=address.VARIABLE)
        return value


def lists_for(capacity: int) -> int:
    """Return how many status lists a planned number of certificates needs: a power of two, each half full.

    Raises:
        InputError: ``capacity``.
    """
    most = int(MAX_PLANNED_LISTS * LIST_SIZE * FILL)
    if not 1 <= capacity <= most:
        raise InputError("capacity", f"a capacity lies between 1 and {most} certificates", most=most)
    needed = 1
    while needed * LIST_SIZE * FILL < capacity:
        needed *= 2
    return needed


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustSettings:
    """What the home fixes of the trust list."""

    deployment: str
    demonstration: bool
    training: bool
    """The contact words of every authority begin with 演练."""
    hosts: tuple[str, ...]
    """Official origins of the verifier; the first one is printed on certificates."""
    publications: tuple[str, ...]
    """Addresses of the publication; status lists have their stable address under the first."""
