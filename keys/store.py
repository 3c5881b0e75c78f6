"""The store of private keys: one encrypted file a key, uses kept apart, the root in a file of its own.

Rules: a key file is readable as to what it is (use, id, public key, label), sealed as to the key. ``signer`` opens a
key for the one use it was made for. The store refuses to hold a root key: the root's file lies elsewhere, best on a
medium that no running service can reach, and is opened through ``RootFile`` alone.

    store = KeyStore(home / "keys")
    record = store.create(KeyUse.STATUS, passphrase, now, "status 2026")
    signer = store.signer(record.key_id, passphrase, use=KeyUse.STATUS)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from credential import durable
from credential.algorithms import ES256
from credential.errors import CredentialError
from credential.signing import KeyId, KeyUse, VerifyKey
from keys import envelope, files
from keys.envelope import INTERACTIVE_COST, MAX_ENVELOPE_BYTES, SERVICE_COST, Envelope, ScryptCost
from keys.errors import KeyFileError, KeyNotFoundError, KeyUseError
from keys.passphrase import Passphrase
from keys.signers import FileSigner

_TYPE: Final = "titlecert-key"
_SUFFIX: Final = ".key.json"
ENDED_KEYS: Final = "ended"
"""The directory of keys that are out of use."""
_OPENED_BY_PEOPLE: Final = frozenset({KeyUse.ROOT, KeyUse.OPERATOR, KeyUse.ADMINISTRATOR})
MAX_LABEL: Final = 200
"""Characters. A label names a key in a list; longer is a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """What is known of a key without opening it."""

    key_id: KeyId
    use: KeyUse
    public: VerifyKey
    created: datetime
    """Aware, UTC, whole seconds."""
    label: str
    path: Path


class KeyStore:
    """A directory (0700) of key files (0600). ``cost`` replaces the default scrypt numbers, for tests."""

    def __init__(self, directory: Path, *, cost: ScryptCost | None = None) -> None:
        self._directory = directory
        self._cost = cost
        self._known: dict[Path, tuple[tuple[int, ...], KeyRecord]] = {}

    def create(self, use: KeyUse, passphrase: Passphrase, now: datetime, label: str) -> KeyRecord:
        """Make a new key and store it. The directory is made when missing.

        Raises:
            KeyUseError: the use is root; see ``RootFile``.
            KeyFileError: the directory is open to others, or the label is unfit.
        """
        return self.take(use, ec.generate_private_key(ES256.curve), passphrase, now, label)

    def take(
        self, use: KeyUse, private_key: ec.EllipticCurvePrivateKey, passphrase: Passphrase, now: datetime, label: str
    ) -> KeyRecord:
        """Store a key that was made elsewhere. Raises as ``create``; KeyFileError ``exists``: it is here already."""
        if use is KeyUse.ROOT:
            raise KeyUseError("root_apart", "a root key is not kept with the others; make it with RootFile.create")
        files.make_private_directory(self._directory)
        key_id = VerifyKey.from_public_key(private_key.public_key()).key_id
        path = self._directory / f"{use.value}-{key_id.hex()}{_SUFFIX}"
        return _write_key(path, private_key, use, passphrase, now=now, label=label, cost=self._cost)

    def records(self) -> list[KeyRecord]:
        """Return all keys, oldest first. Raises KeyFileError for any file that is not in order."""
        if not self._directory.exists():
            return []
        files.check_private_directory(self._directory)
        found = [self._record(path) for path in self._directory.glob(f"*{_SUFFIX}")]
        for record in found:
            if record.use is KeyUse.ROOT:
                message = f"{record.path} is a root key among running keys; move it to where no service reaches it"
                raise KeyUseError("root_apart", message, path=str(record.path))
        return sorted(found, key=lambda record: (record.created, record.key_id))

    def _record(self, path: Path) -> KeyRecord:
        # Each use of a key asks for all of them: a file that is as it was is not read again.
        state = _state(path)
        known = self._known.get(path)
        if known is None or known[0] != state:
            known = self._known[path] = (state, _record(_read(path), path))
        return known[1]

    def record(self, key_id: bytes) -> KeyRecord:
        """Return one key's record. Raises KeyNotFoundError."""
        for record in self.records():
            if record.key_id == key_id:
                return record
        message = f"there is no key {key_id.hex()} in {self._directory}"
        raise KeyNotFoundError("no_key", message, key_id=key_id.hex())

    def public(self, key_id: bytes) -> VerifyKey:
        """Return the public key as its file states it (proven only when opened). Raises KeyNotFoundError."""
        return self.record(key_id).public

    def signer(self, key_id: bytes, passphrase: Passphrase, *, use: KeyUse) -> FileSigner:
        """Open a key for ``use``.

        Raises:
            KeyNotFoundError: no such key.
            KeyUseError: the key was made for another use.
            PassphraseError: the passphrase does not open the file.
        """
        record = self.record(key_id)
        if record.use is not use:
            message = f"key {key_id.hex()} is a {record.use.value} key and does not sign as {use.value}"
            raise KeyUseError("wrong_use", message, key_id=key_id.hex(), use=record.use.value)
        return _open(_read(record.path), record, passphrase)

    def end(self, key_id: bytes) -> Path:
        """Move a key's file to ``ended/``, where nothing opens it, and return its new place. Raises KeyNotFoundError.

        It is not destroyed: what it signed may have to be explained, and a mistake can be mended by hand.
        """
        record = self.record(key_id)
        ended = self._directory / ENDED_KEYS
        files.make_private_directory(ended)
        durable.move(record.path, ended / record.path.name)
        return ended / record.path.name

    def discard(self, key_id: bytes) -> None:
        """Destroy the file of a key that signed nothing and that nobody was told of. Raises KeyNotFoundError."""
        self.record(key_id).path.unlink()

    def resealed(self, key_id: bytes, old: Passphrase, new: Passphrase) -> tuple[Path, bytes]:
        """Return a key's file and what it holds under another passphrase; nothing is written.

        Raises:
            KeyNotFoundError; PassphraseError: ``old`` does not open it.
        """
        return _resealed(self.record(key_id), old, new, self._cost)


class RootFile:
    """The file of one root key. ``cost`` replaces the default scrypt numbers, for tests."""

    def __init__(self, path: Path, *, cost: ScryptCost | None = None) -> None:
        self._path = path
        self._cost = cost

    def create(self, passphrase: Passphrase, now: datetime, label: str) -> KeyRecord:
        """Make the root key; an existing file is never overwritten. Raises KeyFileError."""
        files.make_private_directory(self._path.parent)
        private_key = ec.generate_private_key(ES256.curve)
        return _write_key(self._path, private_key, KeyUse.ROOT, passphrase, now=now, label=label, cost=self._cost)

    def record(self) -> KeyRecord:
        """Return what is known without opening. Raises KeyNotFoundError, KeyUseError."""
        try:
            record = _record(_read(self._path), self._path)
        except FileNotFoundError:
            message = f"there is no root key at {self._path}; bring the medium that holds it"
            raise KeyNotFoundError("no_root", message, path=str(self._path)) from None
        if record.use is not KeyUse.ROOT:
            message = f"{self._path} holds a {record.use.value} key, not a root key"
            raise KeyUseError("wrong_use", message, use=record.use.value)
        return record

    def public(self) -> VerifyKey:
        """Return the public key as the file states it."""
        return self.record().public

    def signer(self, passphrase: Passphrase) -> FileSigner:
        """Open the root. Raises KeyNotFoundError, KeyUseError, PassphraseError."""
        record = self.record()
        return _open(_read(self._path), record, passphrase)

    def resealed(self, old: Passphrase, new: Passphrase) -> tuple[Path, bytes]:
        """Return the file and what it holds under another passphrase; nothing is written. Raises as ``signer``."""
        return _resealed(self.record(), old, new, self._cost)


def _resealed(record: KeyRecord, old: Passphrase, new: Passphrase, cost: ScryptCost | None) -> tuple[Path, bytes]:
    """The file of a key under another passphrase, opened once more before anybody relies on it."""
    signer = _open(_read(record.path), record, old)
    content = envelope.seal(_header(record), _pkcs8(signer), passphrase=new, cost=cost or _default_cost(record.use))
    _open(envelope.read(content, where=str(record.path)), record, new)
    return record.path, content


def _default_cost(use: KeyUse) -> ScryptCost:
    return INTERACTIVE_COST if use in _OPENED_BY_PEOPLE else SERVICE_COST


def _write_key(
    path: Path,
    private_key: ec.EllipticCurvePrivateKey,
    use: KeyUse,
    passphrase: Passphrase,
    *,
    now: datetime,
    label: str,
    cost: ScryptCost | None,
) -> KeyRecord:
    signer = FileSigner(private_key, use=use)
    record = KeyRecord(
        key_id=signer.key_id,
        use=use,
        public=signer.public,
        created=whole_seconds(now),
        label=checked_label(label),
        path=path,
    )
    sealed = envelope.seal(_header(record), _pkcs8(signer), passphrase=passphrase, cost=cost or _default_cost(use))
    files.write_new(path, sealed)
    return record


def _header(record: KeyRecord) -> dict[str, Any]:
    return {
        "type": _TYPE,
        "use": record.use.value,
        "kid": record.key_id.hex(),
        "jwk": record.public.to_jwk(),
        "created": record.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "label": record.label,
    }


def _pkcs8(signer: FileSigner) -> bytes:
    return signer.private_key().private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _state(path: Path) -> tuple[int, ...]:
    # Whoever changes a file, its mode or its owner changes one of these; a symbolic link is looked at itself.
    found = path.lstat()
    return (found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _read(path: Path) -> Envelope:
    return envelope.read(files.read_private(path, max_bytes=MAX_ENVELOPE_BYTES), where=str(path))


def _record(sealed: Envelope, path: Path) -> KeyRecord:
    header = sealed.header
    try:
        if header["type"] != _TYPE:
            raise ValueError("another type")
        public = VerifyKey.from_jwk(header["jwk"])
        if header["kid"] != public.key_id.hex():
            raise ValueError("key id and key differ")
        return KeyRecord(
            key_id=public.key_id,
            use=KeyUse(header["use"]),
            public=public,
            created=datetime.strptime(header["created"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            label=header["label"],
            path=path,
        )
    except (KeyError, ValueError, TypeError, AttributeError, CredentialError) as error:
        message = f"{path} is not a key file of ours ({type(error).__name__}); restore it from a backup"
        raise KeyFileError("form", message, path=str(path)) from None


def _open(sealed: Envelope, record: KeyRecord, passphrase: Passphrase) -> FileSigner:
    body = sealed.open(passphrase)
    private_key = serialization.load_der_private_key(body, password=None)
    if not isinstance(private_key, ec.EllipticCurvePrivateKey):
        raise KeyFileError("form", f"{record.path} holds a key of another kind", path=str(record.path))
    signer = FileSigner(private_key, use=record.use)
    if signer.public != record.public:
        message = f"{record.path} holds another key than it names; restore it from a backup"
        raise KeyFileError("form", message, path=str(record.path))
    return signer


def whole_seconds(now: datetime) -> datetime:
    """Return an aware instant in UTC without fractions. Raises ValueError for a naive one."""
    if now.utcoffset() is None:
        raise ValueError("an instant without time zone was given; pass an aware datetime")
    return now.astimezone(UTC).replace(microsecond=0)


def checked_label(label: str) -> str:
    """Return the label. Raises KeyFileError when it is empty, too long or holds control characters."""
    if not label.strip() or len(label) > MAX_LABEL or not label.isprintable():
        raise KeyFileError(
            "label", f"a label is 1 to {MAX_LABEL} printable characters; give the key a name", most=MAX_LABEL
        )
    return label
