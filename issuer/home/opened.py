"""An opened home as services see it: register, vault, custody of keys, clock. Two protocols, no key material.

Rules: a service takes an ``Opened`` and never learns how keys are kept. Vault and custody may ask a person for a
passphrase, at the first use and not before. ``issuer.home.opening`` makes the one for keys in files; a token or a
remote service takes another ``Custody`` and changes nothing else.

    def add(opened: Opened, actor: Actor, region: Region) -> Region: ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType, Protocol

from cryptography import x509

from credential.signing import KeyUse, Signer, VerifyKey
from issuer.db.sessions import Register
from issuer.home.paths import Home
from issuer.vault import Vault

Clock = Callable[[], datetime]
"""Gives the present instant, aware."""

IN_STORE: Final = "file:"
"""The URI of a key that is to be made where this home keeps its keys."""

OPERATOR_LABEL: Final = "operator "
"""What stands before an operator's id in the label of the operator's key."""

Actor = NewType("Actor", str)
"""Who acts, as the audit names them: ``os:USER`` for somebody at this machine, else an operator's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """A key or secret in custody, as it is known without opening it."""

    use: str
    """A ``KeyUse``, or ``kek`` and ``index`` for the two secrets of the register."""
    key_id: bytes
    public: VerifyKey | None
    """None for a secret."""
    created: datetime
    label: str
    place: str
    """Where it is kept, in words for an administrator: a file, a slot of a token."""
    uri: str = ""
    """The address of a signing key, ``file:`` or ``pkcs11:``; empty where it has none."""


class Custody(Protocol):
    """The private keys of a home: made, listed, used and ended here, and seen nowhere else."""

    def make(self, use: KeyUse, *, label: str, owner: str = "", uri: str = IN_STORE) -> VerifyKey:
        """Make a key and return its public half.

        Args:
            use: what it is for, for life.
            label: says in lists what it is, at most 200 characters.
            owner: the operator whose key it is; empty for every other use.
            uri: where it is made, or is found when it is there: a file or a token.
        """
        ...

    def take(
        self, use: KeyUse, container: bytes, password: bytes, *, label: str
    ) -> tuple[VerifyKey, tuple[x509.Certificate, ...]]:
        """Take the key of a PKCS #12 file; return it and the file's certificates, the key's own first."""
        ...

    def held(self) -> Sequence[HeldKey]:
        """Return what is held, the root first when its medium is here, then keys and secrets, oldest first."""
        ...

    def end(self, key_id: bytes) -> None:
        """Put a key out of use: it signs no more. It is kept apart, not destroyed."""
        ...

    def discard(self, key_id: bytes) -> None:
        """Destroy a key that signed nothing and that nobody was told of: what it was made for came to nothing."""
        ...

    def signer(self, use: KeyUse, key_id: bytes, *, owner: str = "") -> Signer:
        """Open a key for its use, which may ask a person for a passphrase or a touch."""
        ...

    def change_passphrase(self, name: str) -> int:
        """Seal everything that the passphrase of ``name`` opens under a new one; return how many things."""
        ...

    def next_vault(self) -> Vault:
        """Return the vault under a new key-encryption key, or under one that waits; it opens what older ones wrap."""
        ...

    def end_older_vault(self) -> None:
        """Put every key-encryption key but the newest out of use."""
        ...

    def handed_on(self) -> bytes | None:
        """Return what a process that this one starts needs to open the same service keys, None where it cannot.

        It goes through a pipe to that process, and is written nowhere.
        """
        ...

    def certify_demonstration(
        self, document_key: VerifyKey, *, authority_name: str, credit_code: str
    ) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
        """Return a document certificate of a demonstration and the chain above it, root last (each says 演示)."""
        ...


class Opened(Protocol):
    """A home that is open: what every service takes."""

    @property
    def home(self) -> Home:
        """Paths and settings."""
        ...

    @property
    def register(self) -> Register:
        """The database of record."""
        ...

    @property
    def vault(self) -> Vault:
        """Personal data's keys; the first use may ask for the service passphrase."""
        ...

    @property
    def custody(self) -> Custody:
        """The private keys."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock of this process."""
        ...
