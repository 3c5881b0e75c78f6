"""The home: the directory of one deployment, with its fixed choices in ``home.json``.

home.json            the choices below; public
register.sqlite3     the register, where no other database is named
keys/                service, operator and administrator keys, encrypted, one file a key
root/                the root key; belongs on a medium of its own, services never read it
secrets/             passphrases in 0600 files, only where the owner puts them: demonstrations, unattended workers
operators.jwt        operators' public keys, signed by the administrator
trust-root           the root file that readers pin
publication/         what the public fetches
documents/           sealed documents, in folders by the hash of the number
work/                annotated spreadsheets, receipts of runs
ceremony/            what waits for signatures of root keys that are elsewhere
certificates/        what was asked of a certification service and what it returned, and the roots that are trusted
audit/heads/         a head of the audit for every day, signed by the publisher key
holders.toml         how holders are reached and recognised; where somebody wrote it
imprint.toml         who runs the checking service, for its help page; where somebody wrote it
recovery.jwk         the public half of the recovery key, to which backups and the journal are encrypted
practice.toml        the terms of the law for what follows an act; where somebody wrote it
ticket.key           what the unlock service and the worker share
unlock.sock          where the unlock service listens
desk.sqlite3         the holder's desk: sign-ins, jobs, requests; where no other database is named
outgoing/            letters with claim codes, where no other transport is set

home = Home.create(Path("home"), HomeSettings(deployment="shifan-demo", ...))
home = Home.open(Path("home"))
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from sqlalchemy import URL

from credential import durable
from issuer.db import address
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.home.settings import HomeSettings, TimestampSettings, TrustSettings
from issuer.publishing.folder import FolderStore
from issuer.publishing.store import PublicationStore

FILE: Final = "home.json"
MAX_FILE: Final = 64 << 10
REGISTER_FILE: Final = "register.sqlite3"
RECOVERY: Final = "recovery.jwk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A home that is there, with its settings."""

    directory: Path
    settings: HomeSettings

    @classmethod
    def create(cls, directory: Path, settings: HomeSettings) -> Home:
        """Make the directories and ``home.json``.

        Raises:
            ConflictError: ``home_exists``.
        """
        directory = directory.absolute()
        if (directory / FILE).exists():
            raise ConflictError(
                "home_exists", f"{directory} is a home already; nothing was changed", directory=str(directory)
            )
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        home = cls(directory=directory, settings=settings)
        for place in (home.keys, home.root, home.secrets, home.documents, home.work):
            place.mkdir(mode=0o700, exist_ok=True)
        durable.replace(directory / FILE, f"{settings.model_dump_json(indent=2)}\n".encode(), mode=0o644)
        return home

    @classmethod
    def open(cls, directory: Path) -> Home:
        """Read the settings of a home.

        Raises:
            NotFoundError: ``no_home``.
            InputError: ``home_file``: the file was changed into something that does not hold; ``database_password``,
                ``database_address``, ``database_dialect``.
        """
        directory = directory.absolute()
        path = directory / FILE
        try:
            data = path.read_bytes()[:MAX_FILE]
        except (FileNotFoundError, NotADirectoryError) as error:
            message = f"{directory} is no home: it has no {FILE}"
            raise NotFoundError("no_home", message, directory=str(directory)) from error
        try:
            return cls(directory=directory, settings=HomeSettings.model_validate(json.loads(data)))
        except (ValidationError, ValueError) as error:
            raise InputError(
                "home_file", f"{path} does not hold: {error}; restore it from a backup", path=str(path)
            ) from error

    def with_database(self, address_of_it: str) -> Home:
        """Write into ``home.json`` where the register is from now on, and return the home as it is then.

        Raises:
            InputError: ``database_password``, ``database_address``, ``database_dialect``.
        """
        settings = HomeSettings.model_validate(self.settings.model_dump() | {"database": address_of_it})
        durable.replace(self.directory / FILE, f"{settings.model_dump_json(indent=2)}\n".encode(), mode=0o644)
        return replace(self, settings=settings)

    def with_timestamps(self, service: TimestampSettings | None) -> Home:
        """Write into ``home.json`` which service time-stamps seals from now on; return the home as it is then."""
        settings = self.settings.model_copy(update={"timestamps": service})
        durable.replace(self.directory / FILE, f"{settings.model_dump_json(indent=2)}\n".encode(), mode=0o644)
        return replace(self, settings=settings)

    def with_journal(self, folder: str) -> Home:
        """Write into ``home.json`` where the journal is kept from now on, empty: nowhere; return the home as it is."""
        settings = self.settings.model_copy(update={"journal": folder})
        durable.replace(self.directory / FILE, f"{settings.model_dump_json(indent=2)}\n".encode(), mode=0o644)
        return replace(self, settings=settings)

    @property
    def register(self) -> Path:
        """The register's SQLite file, where no other database is named."""
        return self.directory / REGISTER_FILE

    def database(self, environment: Mapping[str, str]) -> Path | URL:
        """Return where the register is: what the environment names, else the settings, else the file in the home.

        The path of a SQLite file is taken from the home's directory.

        Raises:
            InputError: ``database_address``, ``database_dialect``.
        """
        text = environment.get(address.VARIABLE) or self.settings.database
        if not text:
            return self.register
        url = address.parse(text)
        return self.directory / str(url.database) if url.drivername == "sqlite" else url

    @property
    def keys(self) -> Path:
        """Encrypted key files of services, operators and the administrator, and the two secrets of the register."""
        return self.directory / "keys"

    @property
    def root(self) -> Path:
        """The root key's directory."""
        return self.directory / "root"

    @property
    def secrets(self) -> Path:
        """Passphrase files, ``NAME.passphrase``."""
        return self.directory / "secrets"

    @property
    def operators(self) -> Path:
        """The administrator-signed file of operators."""
        return self.directory / "operators.jwt"

    @property
    def trust_root(self) -> Path:
        """The root file that readers pin."""
        return self.directory / "trust-root"

    @property
    def publication_folder(self) -> Path:
        """Where the files of the publication are."""
        return self.directory / "publication"

    @property
    def publication(self) -> PublicationStore:
        """What the public may fetch."""
        return FolderStore(self.publication_folder)

    @property
    def documents(self) -> Path:
        """Sealed documents."""
        return self.directory / "documents"

    @property
    def work(self) -> Path:
        """Files that runs leave for people."""
        return self.directory / "work"

    @property
    def ceremony(self) -> Path:
        """Requests to the holders of root keys, and what came back of them."""
        return self.directory / "ceremony"

    @property
    def certificates(self) -> Path:
        """Certificate requests, what came back, and the trusted roots of certification services."""
        return self.directory / "certificates"

    @property
    def audit_heads(self) -> Path:
        """The heads of the audit, a file a day."""
        return self.directory / "audit" / "heads"

    @property
    def holders(self) -> Path:
        """How holders are reached and recognised (``issuer.home.holders``); may be missing."""
        return self.directory / "holders.toml"

    @property
    def imprint_file(self) -> Path:
        """Who runs the checking service (``verifier.imprint``); it may be missing."""
        return self.directory / "imprint.toml"

    @property
    def recovery(self) -> Path:
        """The public half of the recovery key; missing until somebody makes one."""
        return self.directory / RECOVERY

    @property
    def practice(self) -> Path:
        """The terms of the law for what follows an act (``issuer.home.practice``); may be missing."""
        return self.directory / "practice.toml"

    @property
    def ticket_key(self) -> Path:
        """The key that the unlock service and the worker share (``issuer.home.ticketkey``)."""
        return self.directory / "ticket.key"

    @property
    def unlock_socket(self) -> Path:
        """Where the unlock service listens, unless ``holders.toml`` names another place."""
        return self.directory / "unlock.sock"

    @property
    def desk(self) -> Path:
        """The desk's own SQLite file, where no other database is named."""
        return self.directory / "desk.sqlite3"

    @property
    def outgoing(self) -> Path:
        """Letters to holders, a file each, where no other transport is set."""
        return self.directory / "outgoing"

    @property
    def trust_settings(self) -> TrustSettings:
        """What the home fixes of the trust list."""
        return TrustSettings(
            deployment=self.settings.deployment,
            demonstration=self.settings.demonstration,
            training=self.settings.training,
            hosts=(self.settings.origin,),
            publications=(self.settings.publication,),
        )

    @property
    def lifetime(self) -> timedelta:
        """How long a snapshot holds."""
        return timedelta(hours=self.settings.snapshot_hours)
