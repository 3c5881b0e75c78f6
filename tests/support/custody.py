"""A custody that is no file: keys in memory, no passphrase, nothing of the package ``keys``; and an opened home on it.

It satisfies ``issuer.home.opened.Custody`` and nothing more, so what runs on it knows the protocol only.

    home = found_in_memory(directory, clock)
    founding.found(home, ACTOR)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from credential.signing import KeyUse, Signer, VerifyKey
from issuer.db.sessions import Register
from issuer.home.opened import IN_STORE, Clock, Custody, HeldKey
from issuer.home.paths import Home
from issuer.home.settings import HomeSettings
from issuer.vault import Vault
from tests.support.accredited import SIGNS, key_usage
from tests.support.keys import Key

YEAR: Final = timedelta(days=365)


class NoSuchKeyError(LookupError):
    """The custody does not hold it, or not for this use or owner."""


@dataclass(slots=True, kw_only=True)
class MemoryCustody:
    """Keys by id, each made from its number and label: the same steps give the same keys."""

    clock: Clock
    _keys: dict[bytes, tuple[HeldKey, Key, str]] = field(default_factory=dict)
    _made: int = 0

    def make(self, use: KeyUse, *, label: str, owner: str = "", uri: str = IN_STORE) -> VerifyKey:
        """Make a key."""
        assert uri == IN_STORE
        self._made += 1
        key = Key(f"{self._made} {label}")
        held = HeldKey(
            use=use.value,
            key_id=key.key_id,
            public=key.public,
            created=self.clock() + timedelta(microseconds=self._made),
            label=label,
            place=f"slot {self._made}",
        )
        self._keys[key.key_id] = held, key, owner
        return key.public

    def take(
        self, use: KeyUse, container: bytes, password: bytes, *, label: str
    ) -> tuple[VerifyKey, tuple[x509.Certificate, ...]]:
        """Nothing: this custody reads no file."""
        raise NoSuchKeyError(f"{use} {label}: {len(container)} bytes, {len(password)}")

    def held(self) -> Sequence[HeldKey]:
        """Return what is held, the root first, then oldest first."""
        listed = [held for held, _, _ in self._keys.values()]
        return sorted(listed, key=lambda held: (held.use != KeyUse.ROOT, held.created))

    def end(self, key_id: bytes) -> None:
        """Forget a key."""
        if self._keys.pop(key_id, None) is None:
            raise NoSuchKeyError(key_id.hex())

    def discard(self, key_id: bytes) -> None:
        """Forget a key."""
        self.end(key_id)

    def signer(self, use: KeyUse, key_id: bytes, *, owner: str = "") -> Signer:
        """Return a key for its use, to its owner."""
        held, key, owned_by = self._keys.get(key_id, (None, None, ""))
        if held is None or key is None or (held.use, owned_by) != (use, owner):
            raise NoSuchKeyError(key_id.hex())
        return key

    def change_passphrase(self, name: str) -> int:
        """Nothing: these keys have no passphrase."""
        raise NoSuchKeyError(name)

    def next_vault(self) -> Vault:
        """Nothing: the home's vault stays."""
        raise NoSuchKeyError("no other vault")

    def end_older_vault(self) -> None:
        """Nothing: there is one."""

    def handed_on(self) -> None:
        """Nothing: keys in memory stay there."""

    def certify_demonstration(
        self, document_key: VerifyKey, *, authority_name: str, credit_code: str
    ) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
        """Certify a document key by a root that is forgotten."""
        above = Key(f"x509 root of {credit_code}").private
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "演示 DEMONSTRATION ROOT")])
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, authority_name),
                x509.NameAttribute(NameOID.COMMON_NAME, "演示 DEMONSTRATION"),
            ]
        )
        root = _certificate(name, name, above.public_key(), above, self.clock(), 1)
        return _certificate(subject, name, document_key.public_key, above, self.clock(), 2), (root,)


def _certificate(  # noqa: PLR0917 - the members of a certificate
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    now: datetime,
    serial: int,
) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(serial).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + YEAR)
    builder = builder.add_extension(x509.BasicConstraints(ca=serial == 1, path_length=None), critical=True)
    if serial != 1:
        builder = builder.add_extension(key_usage(SIGNS), critical=True)
    return builder.sign(signer, hashes.SHA256())


@dataclass(slots=True, kw_only=True)
class OpenedParts:
    """An opened home put together from any parts. It satisfies ``issuer.home.opened.Opened``."""

    home: Home
    register: Register
    custody: Custody
    vault: Vault
    clock: Clock


def found_in_memory(directory: Path, settings: HomeSettings, clock: Callable[[], datetime]) -> OpenedParts:
    """An empty home whose keys and secrets are in memory, for ``services.founding``."""
    home = Home.create(directory, settings)
    return OpenedParts(
        home=home,
        register=Register.create(home.register),
        custody=MemoryCustody(clock=clock),
        vault=Vault(kek=b"\x01" * 32, index_key=b"\x02" * 32),
        clock=clock,
    )
