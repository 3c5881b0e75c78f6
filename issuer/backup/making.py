"""Making a backup: both databases as they are at one moment, and the files of the home, into one encrypted file.

Rules: the register is read in one transaction that sees one state, while everybody goes on writing; a table is streamed
and never in memory. The desk's database is read at the same moment. What can be made again (publication, documents),
the root key and passphrases are not taken. A file gets its name when all of it is on disk and was read once more;
whoever is killed before that leaves a temporary, which the next run removes.

    made = make(Sources(...), key, folder, now=now, step=step)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from sqlalchemy import Connection, func, select

from credential import durable
from credential.errors import CredentialError
from credential.recovery import MAX_KEY_BYTES, RecoveryPublicKey
from issuer import audit
from issuer.backup import keeping, marks
from issuer.backup.container import Head, digest_of_file, sealing
from issuer.backup.frames import DESK, REGISTER, Manifest, Writer
from issuer.db import publications
from issuer.db.digests import rows_of
from issuer.db.migrate import versions
from issuer.db.models import CertificateRow, JournalRow
from issuer.db.sessions import ReadSession, Register
from issuer.desk.db import tables as desk_tables
from issuer.desk.db.store import DeskStore
from issuer.errors import InputError, NotFoundError
from issuer.home.paths import RECOVERY, Home

Step = Callable[[int, int], None]
"""Told of progress: how many tables are done, of how many."""
_MODE: Final = 0o600
_TAKEN: Final = ("home.json", "operators.jwt", "trust-root", "holders.toml", "imprint.toml", "practice.toml", RECOVERY)
_FOLDERS: Final = ("keys", "certificates", "ceremony", "audit/heads")
"""Below these everything is taken; keys are encrypted under passphrases that are elsewhere."""
MAX_HOME_FILE: Final = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is backed up."""

    home: Home
    register: Register
    desk: DeskStore | None
    """None where no desk was ever made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup whose file has its name."""

    path: Path
    size: int
    digest: bytes
    """SHA-256 of the file."""
    began: datetime
    key_id: bytes
    manifest: Manifest = field(repr=False)


def make(sources: Sources, key: RecoveryPublicKey, folder: Path, *, now: datetime, step: Step) -> Made:
    """Write a backup into a folder.

    Args:
        sources: what is backed up.
        key: the public half of the recovery key.
        folder: where, made when it is missing.
        now: aware instant: names the file.
        step: told of progress.

    Raises:
        FileExistsError: a backup of this very instant is there.
        OSError: the system refused; there is no new backup.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    durable.sweep(folder)
    home = sources.home
    path = folder / keeping.name_of(home.settings.deployment, now)
    version = versions(sources.register.engine).register
    head = Head(
        kind="backup",
        deployment=home.settings.deployment,
        made=now,
        key_id=key.key_id,
        said={"version": version},
    )
    with durable.written(path, mode=_MODE) as file:
        manifest = _write(file, sources, head, key, step)
    with path.open("rb") as read:
        digest = digest_of_file(read)
    return Made(path=path, size=path.stat().st_size, digest=digest, began=now, key_id=key.key_id, manifest=manifest)


def _write(file: BinaryIO, sources: Sources, head: Head, key: RecoveryPublicKey, step: Step) -> Manifest:
    with ExitStack() as open_ones, sealing(file, head, key) as body:
        # The desk first: what it says that the worker took in is in the register that is read after it.
        desk = None if sources.desk is None else open_ones.enter_context(_one_state(sources.desk))
        session = open_ones.enter_context(sources.register.read())
        writer = Writer(body)
        of = len(marks.JOURNALED) + (0 if desk is None else len(desk_tables.metadata.sorted_tables))
        for done, table in enumerate(marks.JOURNALED):
            step(done, of)
            writer.table(REGISTER, table, rows_of(session.connection(), table))
        if desk is not None:
            for done, table in enumerate(desk_tables.metadata.sorted_tables):
                step(len(marks.JOURNALED) + done, of)
                writer.table(DESK, table, rows_of(desk, table))
        for place, mode, data in files_of(sources.home):
            writer.file(place, mode, data)
        made = _end(writer, session)
        step(of, of)
        return made


@contextmanager
def _one_state(desk: DeskStore) -> Iterator[Connection]:
    """A connection to the desk's database that sees one state of it."""
    engine = desk.engine.execution_options(isolation_level="REPEATABLE READ") if desk.is_server else desk.engine
    with engine.connect() as connection:
        connection.execute(select(desk_tables.version)).all()  # the state is that of the first look
        yield connection


def _end(writer: Writer, session: ReadSession) -> Manifest:
    journal = session.get(JournalRow, 1)
    newest = publications.newest(session)
    return writer.end(
        journal=None if journal is None else journal.id,
        entry=0 if journal is None else journal.entry,
        high=marks.instant_of(session.connection()).high,
        said={
            "certificates": session.scalar(select(func.count()).select_from(CertificateRow)) or 0,
            "snapshot": 0 if newest is None else newest.sequence,
            "audit": audit.head(session).length,
        },
    )


def files_of(home: Home) -> Iterator[tuple[str, int, bytes]]:
    """Yield path within the home, mode and content of each file of it that a backup holds, in one order.

    Raises:
        InputError: ``home_file_large``.
    """
    for path in paths_of(home):
        data = path.read_bytes()
        place = path.relative_to(home.directory).as_posix()
        if len(data) > MAX_HOME_FILE:
            message = f"{place} has {len(data)} bytes and is no file that a home keeps there; put it elsewhere"
            raise InputError("home_file_large", message, path=place, size=len(data))
        yield place, path.stat().st_mode & 0o777, data


def paths_of(home: Home) -> Iterator[Path]:
    """Yield the files of a home that a backup holds: plain files, no temporaries, no links."""
    found = [home.directory / each for each in _TAKEN]
    for folder in _FOLDERS:
        found += sorted((home.directory / folder).rglob("*"))
    for path in found:
        if path.is_file() and not path.is_symlink() and not (path.name.startswith(".") and path.suffix == ".tmp"):
            yield path


def is_taken(path: str) -> bool:
    """Whether a file at this path within a home is one that backups hold: nothing else is ever written from one."""
    parts = PurePosixPath(path).parts
    if path in _TAKEN:
        return True
    inside = any(path.startswith(f"{folder}/") for folder in _FOLDERS)
    return inside and not PurePosixPath(path).is_absolute() and ".." not in parts


def key_of(home: Home) -> RecoveryPublicKey:
    """Return the recovery key of a home.

    Raises:
        NotFoundError: ``no_recovery_key``.
        InputError: ``recovery_key_file``: its file holds something else.
    """
    found = key_in(home)
    if found is None:
        raise NotFoundError("no_recovery_key", f"{home.directory} has no recovery key", path=str(home.directory))
    return found


def key_in(home: Home) -> RecoveryPublicKey | None:
    """As ``key_of``, None where there is none. Raises InputError ``recovery_key_file``."""
    try:
        return RecoveryPublicKey.parse(home.recovery.read_bytes()[: MAX_KEY_BYTES + 1])
    except FileNotFoundError:
        return None
    except CredentialError as error:
        message = f"{home.recovery} is not the public half of a recovery key"
        raise InputError("recovery_key_file", message, path=str(home.recovery)) from error
