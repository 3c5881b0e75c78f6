"""The signing keys of a home wherever they are: in encrypted files and in tokens, named by URI.

Rules: ``file:`` is the encrypted store, ``pkcs11:`` a token (``keys.uri``). A passphrase is asked for a key in a file
only, a PIN for one in a token only: from the file that its URI names, else from whoever gives PINs.

    ring = KeyRing(home / "keys", module="", pins=asking)
    key = ring.make(KeyUse.DOCUMENT, "pkcs11:token=office;object=seal", passphrase, now, "document sf-hrss")
    signer = ring.signer(key.key_id, passphrase, use=KeyUse.DOCUMENT)
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from credential.signing import KeyUse, VerifyKey
from keys.envelope import ScryptCost
from keys.errors import KeyFileError, KeyUseError, TokenError
from keys.passphrase import Passphrase, Pin, read_pin_file
from keys.pkcs12 import Pkcs12
from keys.signers import FileSigner
from keys.store import KeyRecord, KeyStore
from keys.tokens import AskPin, TokenRecord, TokenSigner, TokenStore
from keys.uri import FileUri, TokenUri, parse

Record = TypeVar("Record", KeyRecord, TokenRecord)
AskPassphrase = Callable[[], Passphrase]
"""Gives the passphrase of a key in a file, when it is needed."""


class KeyRing:
    """Keys by id. ``cost`` replaces the scrypt numbers, for tests; without ``pins`` only PINs in files are there."""

    def __init__(
        self, directory: Path, *, cost: ScryptCost | None = None, module: str = "", pins: AskPin | None = None
    ) -> None:
        self._store = KeyStore(directory, cost=cost)
        self._tokens = TokenStore(directory, pins=self._pin, module=module)
        self._pins = pins

    def make(self, use: KeyUse, uri: str, passphrase: AskPassphrase, now: datetime, label: str) -> VerifyKey:
        """Return the key that ``uri`` names for ``use``, made where it is not there yet.

        Raises:
            KeyUriError: it names no key.
            KeyUseError, KeyFileError, KeyNotFoundError: the store refuses it, or has none of that name.
            TokenError: the token refuses it.
        """
        named = parse(uri)
        if isinstance(named, TokenUri):
            return self._in_token(named, use, now, label).public
        if not named.name:
            return self._store.create(use, passphrase(), now, label).public
        return self._named(named, use).public

    def take(self, use: KeyUse, content: Pkcs12, passphrase: AskPassphrase, now: datetime, label: str) -> VerifyKey:
        """Store the key of a PKCS #12 file. Raises KeyFileError ``exists``, KeyUseError."""
        return self._store.take(use, content.private_key, passphrase(), now, label).public

    def records(self) -> list[KeyRecord | TokenRecord]:
        """Return all keys, oldest first. Raises KeyFileError for a file that is not in order."""
        found: list[KeyRecord | TokenRecord] = [*self._store.records(), *self._tokens.records()]
        return sorted(found, key=lambda record: (record.created, record.key_id))

    def signer(self, key_id: bytes, passphrase: AskPassphrase, *, use: KeyUse) -> FileSigner | TokenSigner:
        """Open a key. Raises KeyNotFoundError, KeyUseError, PassphraseError, TokenError."""
        record = self._tokens.find(key_id)
        if record is not None:
            return self._tokens.signer(record, use=use)
        self._store.record(key_id)
        return self._store.signer(key_id, passphrase(), use=use)

    def resealed(self, key_ids: Collection[bytes], old: Passphrase, new: Passphrase) -> dict[Path, bytes]:
        """Return the files of keys as they are under another passphrase; those in tokens have none.

        Raises:
            KeyNotFoundError, PassphraseError.
        """
        return dict(self._store.resealed(each, old, new) for each in key_ids if self._tokens.find(each) is None)

    def end(self, key_id: bytes) -> None:
        """Move a key's file where nothing opens it. Raises KeyNotFoundError."""
        holder = self._tokens if self._tokens.find(key_id) is not None else self._store
        holder.end(key_id)

    def discard(self, key_id: bytes) -> None:
        """Destroy the file of a key that came to nothing; in a token the key stays. Raises KeyNotFoundError."""
        holder = self._tokens if self._tokens.find(key_id) is not None else self._store
        holder.discard(key_id)

    def asks_for_pins(self) -> bool:
        """Whether a key is in a token whose PIN stands in no file: another process could not open it alone."""
        return any(not record.uri.pin_file for record in self._tokens.records())

    def _in_token(self, named: TokenUri, use: KeyUse, now: datetime, label: str) -> TokenRecord:
        """The record of a key in a token, the one that is there first."""
        for record in self._tokens.records():
            if record.uri == named:
                return _of_use(record, named, use)
        return self._tokens.create(use, named, now, label)

    def _named(self, named: FileUri, use: KeyUse) -> KeyRecord:
        for record in self._store.records():
            if record.path.name != named.name:
                continue
            return _of_use(record, named, use)
        raise KeyFileError("no_key_file", f"this home has no key {named}", path=named.name)

    def _pin(self, uri: TokenUri) -> Pin:
        if uri.pin_file:
            return read_pin_file(Path(uri.pin_file))
        if self._pins is None:
            message = "the PIN of the token is needed and nobody can be asked here; name its file with pin-source"
            raise TokenError("token_pin", message, token=";".join(uri.token.values()))
        return self._pins(uri)


def _of_use(record: Record, named: FileUri | TokenUri, use: KeyUse) -> Record:
    if record.use is not use:
        message = f"{named} is a {record.use.value} key and does not sign as {use.value}"
        raise KeyUseError("wrong_use", message, key_id=record.key_id.hex(), use=record.use.value)
    return record


def uri_of(record: KeyRecord | TokenRecord) -> str:
    """Return the URI of a key that is held."""
    return str(record.uri) if isinstance(record, TokenRecord) else str(FileUri(name=record.path.name))
