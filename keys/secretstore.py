"""The store of symmetric secrets: the key-encryption key and the blind-index key, in the same envelope as keys.

Rules: 32 random bytes each, one current secret a use: the newest; an older key-encryption key stays while something is
wrapped under it. A secret's id is derived from it one way, so that data can say
which secret it needs. These never sign; whoever holds both can read every holder's data and find anybody by number, so
they belong to the worker and to the unlock service, never to the public desk.

    store = SecretStore(home / "keys")
    store.create(SecretUse.KEK, passphrase, now, "key-encryption key 2026")
    vault = Vault(kek=store.open(SecretUse.KEK, passphrase).reveal(), index_key=...)
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn

from credential import durable
from keys import envelope, files
from keys.envelope import MAX_ENVELOPE_BYTES, SERVICE_COST, Envelope, ScryptCost
from keys.errors import KeyFileError, KeyNotFoundError
from keys.passphrase import Passphrase
from keys.store import ENDED_KEYS, checked_label, whole_seconds

_TYPE: Final = "titlecert-secret"
_SUFFIX: Final = ".secret.json"
SECRET_BYTES: Final = 32


class SecretUse(StrEnum):
    """What a secret is for; it is for nothing else."""

    KEK = "kek"
    """Wraps holders' data keys."""
    INDEX = "index"
    """Keys the blind index of ID numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRecord:
    """What is known of a secret without opening it."""

    secret_id: bytes
    """8 bytes, derived one way from use and secret."""
    use: SecretUse
    created: datetime
    label: str
    path: Path


class Secret:
    """An opened secret that prints as its id only and cannot be pickled."""

    __slots__ = ("_value", "secret_id", "use")

    def __init__(self, value: bytes, *, use: SecretUse) -> None:
        self._value = value
        self.use = use
        self.secret_id = hashlib.sha256(b"titlecert secret id\x00" + use.value.encode() + b"\x00" + value).digest()[:8]

    def reveal(self) -> bytes:
        """Return the 32 bytes."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret(use={self.use.value}, secret_id={self.secret_id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret stays in its process")


class SecretStore:
    """Secrets in a private directory, which may be the key store's. ``cost`` replaces the scrypt numbers, for tests."""

    def __init__(self, directory: Path, *, cost: ScryptCost = SERVICE_COST) -> None:
        self._directory = directory
        self._cost = cost

    def create(self, use: SecretUse, passphrase: Passphrase, now: datetime, label: str) -> SecretRecord:
        """Make the secret of ``use``. Raises KeyFileError, code ``exists``, if there is one: data hangs on it."""
        if any(record.use is use for record in self.records()):
            message = f"{self._directory} holds a {use.value} secret; without it stored data could not be read"
            raise KeyFileError("exists", message, use=use.value)
        return self._make(use, passphrase, now, label)

    def create_next(self, use: SecretUse, passphrase: Passphrase, now: datetime, label: str) -> SecretRecord:
        """Make the secret that comes in the place of those that are there, which stay until ``end``.

        Raises:
            KeyNotFoundError: ``no_secret``: there is none to succeed.
            KeyFileError: ``same_second``: the newest was made in this second, so none would be the newer one.
        """
        newest = self.newest_first(use)[0]
        if newest.created >= whole_seconds(now):
            message = f"{newest.path} was made in this very second; make the next one a second later"
            raise KeyFileError("same_second", message, kid=newest.secret_id.hex())
        return self._make(use, passphrase, now, label)

    def _make(self, use: SecretUse, passphrase: Passphrase, now: datetime, label: str) -> SecretRecord:
        files.make_private_directory(self._directory)
        secret = Secret(os.urandom(SECRET_BYTES), use=use)
        record = SecretRecord(
            secret_id=secret.secret_id,
            use=use,
            created=whole_seconds(now),
            label=checked_label(label),
            path=self._directory / f"{use.value}-{secret.secret_id.hex()}{_SUFFIX}",
        )
        files.write_new(record.path, self._sealed(record, secret, passphrase))
        return record

    def _sealed(self, record: SecretRecord, secret: Secret, passphrase: Passphrase) -> bytes:
        header = {
            "type": _TYPE,
            "use": record.use.value,
            "id": record.secret_id.hex(),
            "created": record.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "label": record.label,
        }
        return envelope.seal(header, secret.reveal(), passphrase=passphrase, cost=self._cost)

    def records(self) -> list[SecretRecord]:
        """Return all secrets' records. Raises KeyFileError for any file that is not in order."""
        if not self._directory.exists():
            return []
        files.check_private_directory(self._directory)
        paths = sorted(self._directory.glob(f"*{_SUFFIX}"))
        return [_record(_read(path), path) for path in paths]

    def newest_first(self, use: SecretUse) -> list[SecretRecord]:
        """Return the secrets of a use, at least one. Raises KeyNotFoundError ``no_secret``."""
        found = [record for record in self.records() if record.use is use]
        if not found:
            message = f"{self._directory} holds no secret for {use.value}, one is needed"
            raise KeyNotFoundError("no_secret", message, use=use.value)
        return sorted(found, key=lambda record: (record.created, record.secret_id), reverse=True)

    def open(self, use: SecretUse, passphrase: Passphrase) -> Secret:
        """Open the one secret of ``use``. Raises KeyNotFoundError, PassphraseError, KeyFileError."""
        found = self.newest_first(use)
        if len(found) != 1:
            message = f"{self._directory} holds {len(found)} secrets for {use.value}, one is needed"
            raise KeyNotFoundError("several_secrets", message, use=use.value)
        return _opened(found[0], passphrase)

    def open_all(self, use: SecretUse, passphrase: Passphrase) -> list[Secret]:
        """Open all secrets of a use, the newest first. Raises as ``open``."""
        return [_opened(record, passphrase) for record in self.newest_first(use)]

    def end(self, record: SecretRecord) -> None:
        """Move a secret's file where nothing opens it; backups of before still need it."""
        ended = self._directory / ENDED_KEYS
        files.make_private_directory(ended)
        durable.move(record.path, ended / record.path.name)

    def resealed(self, old: Passphrase, new: Passphrase) -> dict[Path, bytes]:
        """Return all secrets' files as they are under another passphrase; nothing is written. Raises as ``open``."""
        found = {}
        for record in self.records():
            content = self._sealed(record, _opened(record, old), new)
            _secret(envelope.read(content, where=str(record.path)), record, new)
            found[record.path] = content
        return found


def _opened(record: SecretRecord, passphrase: Passphrase) -> Secret:
    return _secret(_read(record.path), record, passphrase)


def _secret(sealed: Envelope, record: SecretRecord, passphrase: Passphrase) -> Secret:
    secret = Secret(sealed.open(passphrase), use=record.use)
    if secret.secret_id != record.secret_id:
        raise KeyFileError("form", f"{record.path} holds another secret than it names", path=str(record.path))
    return secret


def _read(path: Path) -> Envelope:
    return envelope.read(files.read_private(path, max_bytes=MAX_ENVELOPE_BYTES), where=str(path))


def _record(sealed: Envelope, path: Path) -> SecretRecord:
    header = sealed.header
    try:
        if header["type"] != _TYPE:
            raise ValueError("another type")
        return SecretRecord(
            secret_id=bytes.fromhex(header["id"]),
            use=SecretUse(header["use"]),
            created=datetime.strptime(header["created"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            label=header["label"],
            path=path,
        )
    except (KeyError, ValueError, TypeError) as error:
        message = f"{path} is not a secret of ours ({type(error).__name__}); restore it from a backup"
        raise KeyFileError("form", message, path=str(path)) from None
