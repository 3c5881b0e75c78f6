"""What a reader remembers between checks, so that nobody can show it an older publication (FORMAT 9 and 10).

Rules: memory belongs to one pinned root; it only moves forward; it is written whole or not at all; a memory that
cannot be read counts as none, because refusing to work would make deleting one file a way to stop every check.

    store = FileStore.for_root(root, Path.home() / ".cache")
    memory = store.load()
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import Final, Protocol, Self

from credential import durable, jsonform
from credential.errors import CredentialError
from credential.members import Members
from credential.roots import MAX_ROOT_BYTES, VerifiedRoot
from credential.text import from_base64url, to_base64url

try:
    import fcntl
except ModuleNotFoundError:  # not everywhere; verifying needs nothing else of the system
    fcntl = None  # type: ignore[assignment]

MAX_STATE_BYTES: Final = 512 << 10
"""The largest root file in base64url, and some room."""
_STATE: Final = "state.json"
_LOCK: Final = "lock"
_MEMBERS: Final = frozenset({"root", "root_version", "trust_version", "trust_digest", "seq", "snapshot_digest", "v"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The newest that a reader has seen and verified."""

    root_version: int
    root: bytes
    """The newest root's container."""
    trust_version: int
    trust_digest: bytes
    seq: int
    snapshot_digest: bytes

    def joined(self, kept: Memory | None) -> Memory:
        """Of each the newer: what is kept may come from another reader that saw more while this one looked."""
        if kept is None:
            return self
        root, trust, snapshot = (
            max(kept, self, key=attrgetter(each)) for each in ("root_version", "trust_version", "seq")
        )
        return Memory(
            root_version=root.root_version,
            root=root.root,
            trust_version=trust.trust_version,
            trust_digest=trust.trust_digest,
            seq=snapshot.seq,
            snapshot_digest=snapshot.snapshot_digest,
        )


class StateStore(Protocol):
    """Where a reader keeps its memory, and files whose digest is known."""

    def load(self) -> Memory | None:
        """Return what was seen, or None."""

    def save(self, memory: Memory) -> None:
        """Keep what was seen, whole or not at all, and never in the place of something newer."""

    def file(self, digest: bytes) -> bytes | None:
        """Return a kept file after checking its digest, or None."""

    def keep(self, data: bytes) -> None:
        """Keep a file that says nothing about who was checked: a trust list, filings, a catalogue."""


class MemoryStore:
    """A store that ends with the process."""

    def __init__(self) -> None:
        self._memory: Memory | None = None
        self._files: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def load(self) -> Memory | None:
        """As ``StateStore``."""
        return self._memory

    def save(self, memory: Memory) -> None:
        """As ``StateStore``."""
        with self._lock:
            self._memory = memory.joined(self._memory)

    def file(self, digest: bytes) -> bytes | None:
        """As ``StateStore``."""
        return self._files.get(digest)

    def keep(self, data: bytes) -> None:
        """As ``StateStore``."""
        self._files[sha256(data).digest()] = data


class FileStore:
    """A store in a folder of the user's cache."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def for_root(cls, root: VerifiedRoot, cache_home: Path) -> Self:
        """The store for one pinned root: named by its keys, so that two deployments never share a memory."""
        return cls(cache_home / "titlecert" / sha256(b"".join(sorted(root.keys))).hexdigest()[:32])

    @classmethod
    def usual_place(cls, environment: dict[str, str], home: Path) -> Path:
        """The cache folder of the XDG base directory specification."""
        named = environment.get("XDG_CACHE_HOME", "")
        return Path(named) if named.startswith("/") else home / ".cache"

    def load(self) -> Memory | None:
        """As ``StateStore``."""
        data = self._read(self._folder / _STATE, MAX_STATE_BYTES)
        try:
            return None if data is None else _decode(data)
        except CredentialError:
            return None

    def save(self, memory: Memory) -> None:
        """As ``StateStore``; processes that share the folder take turns."""
        with _locked(self._folder):
            self._write(self._folder / _STATE, _encode(memory.joined(self.load())))

    def file(self, digest: bytes) -> bytes | None:
        """As ``StateStore``."""
        data = self._read(self._folder / "files" / digest.hex(), 1 << 25)
        return data if data is not None and sha256(data).digest() == digest else None

    def keep(self, data: bytes) -> None:
        """As ``StateStore``."""
        self._write(self._folder / "files" / sha256(data).hexdigest(), data)

    @staticmethod
    def _read(path: Path, max_bytes: int) -> bytes | None:
        try:
            with path.open("rb") as stream:
                data = stream.read(max_bytes + 1)
        except OSError:
            return None
        return data if len(data) <= max_bytes else None

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        """A crash leaves the old file or the new one. A full disk only forgets."""
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            durable.replace(path, data, mode=0o600)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; where there can be none, go on: it guards against a race, not against anybody."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = held.enter_context((folder / _LOCK).open("ab"))
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _encode(memory: Memory) -> bytes:
    return jsonform.encode(
        {
            "v": 1,
            "root": to_base64url(memory.root),
            "root_version": memory.root_version,
            "trust_version": memory.trust_version,
            "trust_digest": memory.trust_digest.hex(),
            "seq": memory.seq,
            "snapshot_digest": memory.snapshot_digest.hex(),
        }
    )


def _decode(data: bytes) -> Memory:
    members = Members(jsonform.decode(data, max_bytes=MAX_STATE_BYTES), "state", _MEMBERS)
    members.constant("v", 1)
    return Memory(
        root_version=members.integer("root_version", least=1),
        root=from_base64url(members.text("root", most=MAX_ROOT_BYTES * 4 // 3 + 4)),
        trust_version=members.integer("trust_version", least=1),
        trust_digest=members.digest("trust_digest"),
        seq=members.integer("seq", least=1),
        snapshot_digest=members.digest("snapshot_digest"),
    )
