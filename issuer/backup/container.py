"""The file of a backup, and of a part of a journal: a readable head, and a body that only the recovery key opens.

Form: a line that names the kind; a line of canonical JSON, the head (deployment, when, which recovery key, and the file
key encrypted to it by HPKE); then chunks of AES-256-GCM. A chunk holds at most 64 KiB and is counted; the last one is
marked, so that a file that was cut, or whose chunks were moved, does not open (the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, 2015, as age uses it). A journal has no end: its entries are counted records, of which
the last may be torn (``issuer.backup.segments``).

    with sealing(file, head, key) as body: body.write(b"...")
    reader = Opened.of(file, recovery); reader.read_exactly(4)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import BinaryIO, Final, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from credential import jsonform
from credential.errors import CredentialError
from credential.recovery import FILE_KEY_BYTES, SEALED_BYTES, RecoveryPublicKey
from credential.sealed import TAG_BYTES
from issuer.errors import InputError, NotAllowedError, TamperedError

CHUNK_BYTES: Final = 64 << 10
MAX_HEAD: Final = 8 << 10
"""Bytes of the head; ours have about 600."""
_COUNTER_BYTES: Final = 11
_LAST, _MORE = b"\x01", b"\x00"


class Recovery(Protocol):
    """An opened recovery key, wherever it is kept."""

    @property
    def key_id(self) -> bytes:
        """8 bytes."""
        ...

    def unseal(self, sealed: bytes, *, info: bytes) -> bytes | None:
        """Return the file key; None where it was encrypted to another key or for another file."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the file says of itself to anybody. It is believed as soon as the body opens."""

    kind: str
    """``backup`` or ``journal``."""
    deployment: str
    made: datetime
    """The state that it holds, or from which on it goes."""
    key_id: bytes
    said: Mapping[str, str | int]
    """What else its kind says."""

    def encode(self) -> bytes:
        """Return the head without the key, in canonical JSON."""
        content = {
            "deployment": self.deployment,
            "kid": self.key_id.hex(),
            "kind": self.kind,
            "made": self.made.astimezone(UTC).isoformat(timespec="microseconds"),
            "said": dict(self.said),
            "v": 1,
        }
        return jsonform.encode(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHead:
    """The head of a file as it was read, with what opens the body."""

    head: Head
    info: bytes
    sealed: bytes

    def open(self, recovery: Recovery, where: str) -> bytes:
        """Return the file key.

        Raises:
            NotAllowedError: ``other_recovery_key``.
            TamperedError: ``backup_damaged``: the head was changed.
        """
        if recovery.key_id != self.head.key_id:
            message = f"{where} opens with recovery key {self.head.key_id.hex()}, not with {recovery.key_id.hex()}"
            raise NotAllowedError("other_recovery_key", message, path=where, key=self.head.key_id.hex())
        key = recovery.unseal(self.sealed, info=self.info)
        if key is None or len(key) != FILE_KEY_BYTES:
            raise damaged(where, "its head was changed")
        return key


def damaged(where: str, why: str) -> TamperedError:
    """Return the error of a file that is not as it was written; for raising."""
    message = f"{where} is not as it was written: {why}; take another copy of it, or an older backup"
    return TamperedError("backup_damaged", message, path=where, why=why)


def new_file_key() -> bytes:
    """Return a fresh key for one file."""
    return os.urandom(FILE_KEY_BYTES)


def magic(kind: str) -> bytes:
    """Return the first line of a file of a kind."""
    return f"titlecert-{kind}/1\n".encode()


def write_head(file: BinaryIO, head: Head, key: RecoveryPublicKey, file_key: bytes) -> None:
    """Write the first two lines."""
    file.write(head_bytes(head, key, file_key))


def head_bytes(head: Head, key: RecoveryPublicKey, file_key: bytes) -> bytes:
    """Return the first two lines: the kind, and the head with the file key encrypted to the recovery key."""
    info = magic(head.kind) + head.encode()
    sealed = key.seal(file_key, info=info)
    return info + b"\n" + sealed.hex().encode() + b"\n"


def read_head(file: BinaryIO, kind: str, where: str) -> ReadHead:
    """Read the first lines.

    Raises:
        InputError: ``not_a_backup``: it is no file of this kind.
    """
    first = file.readline(len(magic(kind)) + 1)
    line, sealed = file.readline(MAX_HEAD), file.readline(2 * SEALED_BYTES + 2)
    if first != magic(kind) or not line.endswith(b"\n") or not sealed.endswith(b"\n"):
        raise InputError("not_a_backup", f"{where} is no {kind} of ours", path=where)
    try:
        found = jsonform.decode(line[:-1], max_bytes=MAX_HEAD)
        assert isinstance(found, dict)
        said = found["said"]
        assert isinstance(said, dict)
        head = Head(
            kind=str(found["kind"]),
            deployment=str(found["deployment"]),
            made=datetime.fromisoformat(str(found["made"])),
            key_id=bytes.fromhex(str(found["kid"])),
            said={name: value for name, value in said.items() if isinstance(value, str | int)},
        )
        return ReadHead(head=head, info=first + line[:-1], sealed=bytes.fromhex(sealed[:-1].decode("ascii")))
    except (CredentialError, ValueError, KeyError, AssertionError) as error:
        raise InputError("not_a_backup", f"{where} has no head of a {kind}", path=where) from error


class _Sealing:
    """Cuts what is written into chunks and seals them."""

    def __init__(self, file: BinaryIO, file_key: bytes) -> None:
        self._file = file
        self._cipher = AESGCM(file_key)
        self._waiting = bytearray()
        self._count = 0

    def write(self, data: bytes) -> None:
        """Add to the body."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._put(bytes(self._waiting[:CHUNK_BYTES]), _MORE)
            del self._waiting[:CHUNK_BYTES]

    def end(self) -> None:
        """Write the last chunk."""
        self._put(bytes(self._waiting), _LAST)

    def _put(self, chunk: bytes, mark: bytes) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._count, mark), chunk, None))
        self._count += 1


@contextmanager
def sealing(file: BinaryIO, head: Head, key: RecoveryPublicKey) -> Iterator[_Sealing]:
    """Write a file: the head, then what the block writes into the body; only a block without error ends it."""
    file_key = new_file_key()
    write_head(file, head, key, file_key)
    body = _Sealing(file, file_key)
    yield body
    body.end()


class Body:
    """The opened body of a file, read from its beginning to its end."""

    def __init__(self, file: BinaryIO, file_key: bytes, where: str) -> None:
        self._file = file
        self._cipher = AESGCM(file_key)
        self._where = where
        self._count = 0
        self._ready = bytearray()
        self._next = file.read(CHUNK_BYTES + TAG_BYTES)
        self._over = False

    @classmethod
    def of(cls, file: BinaryIO, kind: str, recovery: Recovery, where: str) -> tuple[Head, Self]:
        """Read the head, open the body. Raises as ``read_head`` and ``ReadHead.open``."""
        found = read_head(file, kind, where)
        return found.head, cls(file, found.open(recovery, where), where)

    def read_exactly(self, count: int) -> bytes:
        """Return the next bytes. Raises TamperedError ``backup_damaged``: the file was changed, or ends too early."""
        while len(self._ready) < count:
            if self._over:
                raise damaged(self._where, "it ends in the middle of something")
            self._open_next()
        found = bytes(self._ready[:count])
        del self._ready[:count]
        return found

    def require_end(self) -> None:
        """Ask whether all of it was read. Raises TamperedError ``backup_damaged``."""
        while not self._over:
            self._open_next()
        if self._ready:
            raise damaged(self._where, "something stands behind its end")

    def _open_next(self) -> None:
        chunk, self._next = self._next, self._file.read(CHUNK_BYTES + TAG_BYTES)
        mark = _MORE if self._next else _LAST
        try:
            self._ready += self._cipher.decrypt(_nonce(self._count, mark), chunk, None)
        except (InvalidTag, ValueError) as error:
            raise damaged(self._where, f"chunk {self._count} does not open") from error
        self._count += 1
        self._over = mark == _LAST


def _nonce(count: int, mark: bytes) -> bytes:
    return count.to_bytes(_COUNTER_BYTES) + mark


def digest_of_file(file: BinaryIO) -> bytes:
    """Return the SHA-256 of a file from where it stands."""
    digest = sha256()
    while data := file.read(1 << 20):
        digest.update(data)
    return digest.digest()
