"""Checks of the files of a home: who can read them, the space of their disks, fonts, the last backup.

Rules: a mode is looked at and never mended: what others could read is perhaps known to them already.

    list(modes(ground)), list(space(ground))
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from issuer import backup as backups
from issuer.documents.errors import FontError
from issuer.documents.fonts import HANAZONO_FAMILIES, fonts_of
from issuer.standing.ground import Ground
from issuer.standing.model import Finding, critical, good, warning

OTHERS: Final = 0o077
"""What others may do with what is private: nothing."""
PRIVATE_FILES: Final = ("*.json", "*.passphrase", "*.password")
LITTLE_SPACE: Final = 1 << 30
"""Bytes: a batch of 10,000 with its documents takes about this much."""
SOME_SPACE: Final = 20 << 30
"""Bytes: with more than this left, the share that is left does not matter."""
SOME_SHARE: Final = 0.1
BACKUP_STAMP: Final = "last-backup"
"""The file in a home whose time of change says when an administrator's own script last made a backup."""
BACKUP_LATE: Final = timedelta(hours=26)
"""A backup a day, and two hours for it."""


def modes(ground: Ground) -> Iterator[Finding]:
    """Look whether others can read or write what is private, and whether its owner runs this."""
    looked = 0
    for path in _private(ground):
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        looked += 1
        mode = stat.S_IMODE(found.st_mode)
        if mode & OTHERS:
            yield critical(
                "open_to_others", str(path), advice="close_to_others", mode=f"{mode:03o}", right=_right(found)
            )
        elif found.st_uid != os.geteuid():
            yield warning("foreign_owner", str(path), advice="run_as_owner", owner=found.st_uid)
    yield good("modes_looked", looked=looked)


def _private(ground: Ground) -> Iterator[Path]:
    home = ground.home
    yield home.directory
    for folder in (home.keys, home.root, home.secrets):
        yield folder
        for pattern in PRIVATE_FILES:
            yield from sorted(folder.glob(pattern))
    yield from (home.ticket_key, home.register, home.desk)


def _right(found: os.stat_result) -> str:
    return "700" if stat.S_ISDIR(found.st_mode) else "600"


def space(ground: Ground) -> Iterator[Finding]:
    """Look how much is left of each disk that the home writes to."""
    places: dict[int, Path] = {}
    for path in (ground.home.directory, ground.home.publication_folder, ground.home.documents):
        if path.exists():
            places.setdefault(path.stat().st_dev, path)
    for path in places.values():
        found = ground.space(path)
        numbers = {"free": found.free, "total": found.total}
        if found.free < LITTLE_SPACE:
            yield critical("space_ends", str(path), advice="make_room", **numbers)
        elif found.free < min(SOME_SPACE, found.total * SOME_SHARE):
            yield warning("space_little", str(path), advice="make_room", **numbers)
        else:
            yield good("space_left", str(path), **numbers)


def fonts(ground: Ground) -> Iterator[Finding]:
    """Look whether documents can be set, rare characters included."""
    try:
        found = fonts_of(ground.home)
    except FontError as error:
        missing = str(error.fields.get("path") or error.fields.get("package") or "")
        yield critical("font_missing", missing, advice="bring_font")
        return
    absent = [each for each in HANAZONO_FAMILIES if each not in found.families]
    if absent and not ground.home.settings.fonts:
        yield warning("rare_font_missing", ", ".join(absent), advice="bring_rare_font")
    yield good("fonts_found", families=len(found.families))


def backup(ground: Ground) -> Iterator[Finding]:
    """Look when the last backup was made, by this program or by a script of the administrator's own."""
    last = last_backup(ground)
    if last is None:
        yield warning("backup_never", advice="make_backup")
    elif ground.now - last > BACKUP_LATE:
        yield warning("backup_late", advice="make_backup", last=last, hours=_hours(ground.now - last))
    else:
        yield good("backup_made", last=last, hours=_hours(ground.now - last))


def last_backup(ground: Ground) -> datetime | None:
    """Return when the last backup was made, by ``titlecert backup`` or by a script; None: never, as far as is known."""
    made = None if ground.opened is None else backups.last(ground.opened)
    known = [] if made is None else [made.ended]
    with suppress(FileNotFoundError):
        known.append(datetime.fromtimestamp((ground.home.directory / BACKUP_STAMP).stat().st_mtime, UTC))
    return max(known, default=None)


def journal(ground: Ground) -> Iterator[Finding]:
    """Look whether the journal, where one is kept, has what the register has."""
    kept = backups.journal_of(ground.register)
    if kept is None:
        yield good("no_journal")
    elif kept.failure is not None:
        yield critical("journal_fails", kept.folder, advice="mend_journal", since=kept.failing_since, why=kept.failure)
    elif not kept.is_based:
        yield warning("journal_without_backup", kept.folder, advice="make_backup")
    else:
        yield good("journal_kept", kept.folder, count=kept.waiting)


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
