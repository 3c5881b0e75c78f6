"""Backups in tests: a recovery key, made once, and a backup of an office in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from issuer.services import backups
from issuer.services.backups import Backup, Keep
from keys.recovery import RecoveryKey
from tests.support.office import ACTOR, DemoOffice


@pytest.fixture(scope="session")
def recovery_key() -> RecoveryKey:
    """A recovery key, opened; the same bytes each time."""
    return RecoveryKey(X25519PrivateKey.from_private_bytes(bytes(range(32))))


def quiet(*_: object) -> None:
    """Tell nobody."""


def back_up(office: DemoOffice, key: RecoveryKey, folder: Path, keep: Keep | None = None) -> Backup:
    """Make a backup of an office, to this key."""
    backups.use_key(office.opened, ACTOR, key.public)
    return backups.make_backup(office.opened, ACTOR, folder, keep=keep, environment={}, step=quiet)
