"""Backups in tests: a recovery key, a backup of an office in a folder, and an office that comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from issuer.home.opening import unfinished
from issuer.services import backups, restoring
from issuer.services.backups import Backup, Keep
from issuer.services.restoring import Restoration, Source, Wanted
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


def keep_journal(office: DemoOffice, key: RecoveryKey, folder: Path) -> None:
    """Keep a journal in a folder, which is made."""
    folder.mkdir()
    backups.use_key(office.opened, ACTOR, key.public)
    backups.keep_journal(office.opened, ACTOR, folder)


def restored(
    backup: Path,
    key: RecoveryKey,
    directory: Path,
    office: DemoOffice,
    *,
    journal: Path | None = None,
    margin: int | None = None,
    publication: Path | None = None,
) -> Restoration:
    """Restore a home into a directory, at the instant of an office's clock."""
    source = Source(backup=backup, journal=journal)
    wanted = Wanted(actor=ACTOR, database="", margin=margin, publication=publication)
    with unfinished(directory) as place:
        return restoring.restore(source, place, key, wanted, environment={}, now=office.clock(), step=quiet)
