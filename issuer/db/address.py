"""The address of the register's database, where it is not the SQLite file in the home.

Rules: SQLite and PostgreSQL are supported and nothing else is: the locks and snapshots that the register relies on are
written for these two. PostgreSQL is spoken to with psycopg. No sentence repeats an address, because a password may
stand anywhere in one that was mistyped; nothing is raised ``from`` an error that repeats it.

    parse("postgresql://titlecert@db.example/register")
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from issuer.errors import InputError

VARIABLE: Final = "TITLECERT_DATABASE"
"""The environment variable that overrides the home's settings."""
DIALECTS: Final = ("sqlite", "postgresql")
_DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def parse(text: str) -> URL:
    """Return the address that a text stands for, with the driver that we use.

    Raises:
        InputError: ``database_address``: it is none; ``database_dialect``: another database, or another driver.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise InputError("database_address", "the address of the database is not in the form of one") from None
    address = supported(url)
    if address.get_backend_name() != "sqlite" and text.count("@") > 1:
        # What follows the first @ of a password would be taken for the host, which errors of the driver repeat.
        raise InputError("database_address", "an address has one @; in names and passwords it is written as %40")
    return address


def supported(url: URL) -> URL:
    """Return an address with the driver that we use. Raises InputError as ``parse``."""
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        message = f"the register cannot be kept with {url.drivername}; {' and '.join(DIALECTS)} are supported"
        raise InputError("database_dialect", message, found=url.drivername, supported=DIALECTS)
    if any("password" in name for name in url.query):
        raise InputError("database_address", "a password stands before the @ of an address, where it is not shown")
    if driver == "sqlite" and (url.database in {None, "", ":memory:"} or url.host or url.query):
        raise InputError("database_address", "an address of SQLite names a file and nothing else")
    return url.set(drivername=driver)
