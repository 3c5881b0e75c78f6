"""The private half of the recovery key: the one file that opens backups and journals, kept where no home is.

Rules: it lies in the same envelope as every key, under a passphrase of its own, and is for nothing else. A store does
not hold it and no home needs it: a machine that writes backups has the public half only.

    made = make_recovery(Path("/media/safe/recovery.key.json"), passphrase, now, "recovery 2026")
    key = open_recovery(Path("/media/safe/recovery.key.json"), passphrase)
    file_key = key.unseal(sealed, info=head)
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from credential.recovery import SUITE, RecoveryPublicKey
from keys import envelope, files
from keys.envelope import INTERACTIVE_COST, MAX_ENVELOPE_BYTES, ScryptCost
from keys.errors import KeyFileError, KeyNotFoundError
from keys.passphrase import Passphrase
from keys.store import checked_label, whole_seconds

_RECOVERY_TYPE: Final = "titlecert-recovery-key"


class RecoveryKey:
    """An opened recovery key: it opens what was encrypted to it. It prints as its id and cannot be pickled."""

    __slots__ = ("_private", "public")

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private
        self.public = RecoveryPublicKey(private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """8 bytes."""
        return self.public.key_id

    def unseal(self, sealed: bytes, *, info: bytes) -> bytes | None:
        """Return the file key, or None where it was encrypted to another key or for another file."""
        try:
            return SUITE.decrypt(sealed, self._private, info=info)
        except (InvalidTag, ValueError):
            return None

    def __repr__(self) -> str:
        return f"RecoveryKey({self.key_id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a recovery key stays in its process")


def make_recovery(
    path: Path, passphrase: Passphrase, now: datetime, label: str, *, cost: ScryptCost | None = None
) -> RecoveryPublicKey:
    """Make a recovery key in a file that must not exist yet (0600), and return its public half.

    Args:
        path: of the file, on a medium that is kept apart.
        passphrase: opens it from now on.
        now: aware instant.
        label: says in words what it is, at most 200 characters.
        cost: scrypt numbers, for tests only.

    Raises:
        KeyFileError: ``exists``, ``label``.
    """
    private = X25519PrivateKey.generate()
    key = RecoveryKey(private)
    header = {
        "type": _RECOVERY_TYPE,
        "use": "recovery",
        "id": key.key_id.hex(),
        "public": key.public.encode().decode().strip(),
        "created": whole_seconds(now).isoformat(),
        "label": checked_label(label),
    }
    content = envelope.seal(header, private.private_bytes_raw(), passphrase=passphrase, cost=cost or INTERACTIVE_COST)
    files.write_new(path, content)
    return key.public


def open_recovery(path: Path, passphrase: Passphrase) -> RecoveryKey:
    """Open the file of a recovery key.

    Raises:
        KeyNotFoundError: ``no_key``.
        KeyFileError: ``form``, ``mode``, ``owner``, ``kind``.
        PassphraseError: ``wrong_passphrase``.
    """
    try:
        content = files.read_private(path, max_bytes=MAX_ENVELOPE_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise KeyNotFoundError("no_key", f"there is no recovery key at {path}", path=str(path)) from error
    sealed = envelope.read(content, where=str(path))
    if sealed.header.get("type") != _RECOVERY_TYPE:
        raise KeyFileError("form", f"{path} is not the file of a recovery key", path=str(path))
    return RecoveryKey(X25519PrivateKey.from_private_bytes(sealed.open(passphrase)))
