"""Backups of a home: the recovery key they are encrypted to, made, listed, and how things stand.

backups.use_key(opened, actor, key)
made = backups.make(opened, actor, Path("/backup"), environment=os.environ, step=step)
backups.listed(opened, Path("/backup"))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from credential import durable
from credential.recovery import RecoveryPublicKey
from issuer import audit
from issuer.backup import Journal, Last, journal_of, last
from issuer.backup.journal import JournalWriter, end
from issuer.backup.keeping import Found, Keep, look_into, not_kept
from issuer.backup.making import Made, Sources, Step, key_in, key_of, make
from issuer.db.models import BackupRow
from issuer.desk.db.store import DeskStore
from issuer.errors import ConflictError, NotFoundError
from issuer.home.holders import desk_database, read_settings
from issuer.home.opened import Actor, Opened
from issuer.home.paths import Home
from issuer.ids import new_id

__all__ = [
    "Backup",
    "Found",
    "Journal",
    "Keep",
    "Last",
    "end_journal",
    "journal_of",
    "keep_journal",
    "key_of",
    "last",
    "listed",
    "make_backup",
    "use_key",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was made."""

    path: Path
    size: int
    digest: bytes
    """SHA-256 of the file."""
    began: datetime
    key_id: bytes
    rows: int
    files: int
    certificates: int
    has_desk: bool
    removed: tuple[Path, ...]
    """Older backups that the rule does not keep."""
    tables: Mapping[str, Mapping[str, tuple[int, bytes]]] = field(repr=False)
    """By database and table: how many rows, and the SHA-256 of the table."""


def use_key(opened: Opened, actor: Actor, key: RecoveryPublicKey, *, replace: bool = False) -> None:
    """Let backups and the journal of a home be encrypted to a recovery key from now on.

    Args:
        opened: the home.
        actor: who says so.
        key: the public half.
        replace: whether another key may make way; what was encrypted to it still opens with it.

    Raises:
        ConflictError: ``recovery_key_there``: another key is in use.
    """
    found = key_in(opened.home)
    if found == key:
        return
    if found is not None and not replace:
        message = f"backups are encrypted to recovery key {found.key_id.hex()}; nothing was changed"
        raise ConflictError("recovery_key_there", message, key=found.key_id.hex())
    with opened.register.write() as session:
        details = {"key": key.key_id.hex()}
        subject = opened.home.settings.deployment
        audit.append(session, actor=actor, act="backup.key", subject=subject, now=opened.clock(), details=details)
        durable.replace(opened.home.recovery, key.encode(), mode=0o644)


def make_backup(
    opened: Opened, actor: Actor, folder: Path, *, keep: Keep | None, environment: Mapping[str, str], step: Step
) -> Backup:
    """Make a backup in a folder, note it, and remove those that the rule does not keep.

    Args:
        opened: the home; everybody goes on working meanwhile.
        actor: who makes it.
        folder: where.
        keep: which older ones stay; None: all.
        environment: may name the desk's database.
        step: told of progress.

    Raises:
        NotFoundError: ``no_recovery_key``.
        InputError: ``recovery_key_file``, ``home_file_large``.
        OSError: the system refused; no backup was made, and none was removed.
    """
    key = key_of(opened.home)
    folder = folder.absolute()
    desk = _desk_of(opened.home, environment)
    try:
        sources = Sources(home=opened.home, register=opened.register, desk=desk)
        made = make(sources, key, folder, now=opened.clock(), step=step)
    finally:
        if desk is not None:
            desk.close()
    _note(opened, actor, made)
    return _backup(made, _tidy(opened, folder, keep))


def keep_journal(opened: Opened, actor: Actor, folder: Path) -> None:
    """Keep a journal in a folder from now on: changes are marked at once, and written by ``titlecert serve``.

    Args:
        opened: the home.
        actor: who says so.
        folder: on another disk; it is there already.

    Raises:
        NotFoundError: ``no_recovery_key``.
        JournalBusyError: ``journal_busy``.
        OSError: the folder is not there, or cannot be written.
    """
    folder = folder.absolute()
    with JournalWriter.open(opened, folder, key_of(opened.home), actor=actor) as writer:
        opened.home.with_journal(str(folder))
        writer.write()


def end_journal(opened: Opened, actor: Actor) -> None:
    """Keep no journal any more; what was written stays where it is."""
    opened.home.with_journal("")
    end(opened, actor)


def listed(opened: Opened, folder: Path) -> tuple[Found, ...]:
    """Return the backups of this deployment in a folder, newest first, by what their heads say."""
    return tuple(look_into(folder, opened.home.settings.deployment))


def _desk_of(home: Home, environment: Mapping[str, str]) -> DeskStore | None:
    try:
        return DeskStore.open(desk_database(home, read_settings(home), environment))
    except NotFoundError:
        return None


def _tidy(opened: Opened, folder: Path, keep: Keep | None) -> tuple[Path, ...]:
    if keep is None:
        return ()
    gone = [each.path for each in not_kept(look_into(folder, opened.home.settings.deployment), keep)]
    for path in gone:
        path.unlink(missing_ok=True)
    return tuple(gone)


def _note(opened: Opened, actor: Actor, made: Made) -> None:
    manifest, now = made.manifest, opened.clock()
    with opened.register.write() as session:
        row = BackupRow(
            id=new_id(),
            began=made.began,
            ended=now,
            folder=str(made.path.parent),
            name=made.path.name,
            size=made.size,
            digest=made.digest,
            key_id=made.key_id,
            rows=manifest.rows,
            journal=manifest.journal,
            entry=None if manifest.journal is None else manifest.entry,
        )
        session.add(row)
        details = {"sha256": made.digest.hex(), "key": made.key_id.hex()}
        audit.append(session, actor=actor, act="backup.make", subject=made.path.name, now=now, details=details)


def _backup(made: Made, removed: tuple[Path, ...]) -> Backup:
    manifest = made.manifest
    return Backup(
        path=made.path,
        size=made.size,
        digest=made.digest,
        began=made.began,
        key_id=made.key_id,
        rows=manifest.rows,
        files=len(manifest.files),
        certificates=int(manifest.said["certificates"]),
        has_desk=len(manifest.tables) > 1,
        removed=removed,
        tables={name: {t.table: (t.rows, t.digest) for t in found} for name, found in manifest.tables.items()},
    )
