"""Restoring a home from a backup and the journal, into an empty place; and what is left to do where there was none.

plan = restoring.plan(Source(backup=path, journal=folder), recovery)
done = restoring.restore(source, place, recovery, wanted, now=now, step=step)
restoring.found_events(opened)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, update

from credential import durable
from issuer import audit
from issuer.backup import lost
from issuer.backup.container import Head, Recovery, digest_of_file
from issuer.backup.frames import Manifest
from issuer.backup.lost import FoundEvent, Seen
from issuer.backup.restoring import Restored, Source, Step, look
from issuer.backup.restoring import restore as put_back
from issuer.db import address, publications
from issuer.db.models import FoundEventRow, NumberCounterRow, RestorationRow
from issuer.db.sessions import Register, insert_all, table_of
from issuer.errors import InputError
from issuer.home.opened import Actor, Opened
from issuer.home.paths import FILE, REGISTER_FILE, Home
from issuer.ids import new_id
from issuer.publishing.folder import FolderStore

__all__ = ["FoundEvent", "Plan", "Recovery", "Restoration", "Source", "Wanted", "found_events", "plan", "restore"]

MOST_SKIPPED = 1_000_000
"""More numbers than any counter of a year gives out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a backup holds, read to its end."""

    head: Head
    manifest: Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What whoever restores decides."""

    actor: Actor
    database: str
    """Address of the database for the register, as ``home.json`` writes it; empty: a file in the home."""
    margin: int | None
    """How many numbers of each counter are skipped, because they may have been used after the copy."""
    publication: Path | None
    """A copy of what the public has; None: it is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """What was restored, and what was not."""

    home: Path
    backup_made: datetime
    until: datetime
    """The state of the register that is there now."""
    certificates: int
    rows: int
    entries: int | None
    """Entries of the journal that were applied; None where there was no journal."""
    torn: int
    """Bytes of a record of the journal that was cut at its end."""
    missing: int | None
    """The entry of the journal that is not there though later ones are."""
    margin: int
    sequence: int
    """No snapshot gets this number or a lower one."""
    seen: Seen | None
    """What the publication shows beyond the register; None where it was not looked at."""


def plan(source: Source, recovery: Recovery) -> Plan:
    """Read a backup to its end, and change nothing.

    Raises:
        InputError: ``not_a_backup``.
        NotAllowedError: ``other_recovery_key``.
        TamperedError: ``backup_damaged``.
    """
    head, manifest = look(source, recovery)
    return Plan(head=head, manifest=manifest)


def restore(
    source: Source,
    place: Path,
    recovery: Recovery,
    wanted: Wanted,
    *,
    environment: Mapping[str, str],
    now: datetime,
    step: Step,
) -> Restoration:
    """Restore a home into an empty directory that gets its name when this has returned.

    Args:
        source: the backup, and the journal where there is one.
        place: the directory.
        recovery: the recovery key.
        wanted: what whoever restores decides.
        environment: the process's, which may name the database of the register.
        now: aware instant.
        step: told of progress.

    Raises:
        InputError: ``margin``: without a journal, or where a part of it is missing, it has to be said how many numbers
            are skipped.
        As ``issuer.backup.restoring.restore`` and ``issuer.backup.lost.look``.
    """
    if source.journal is None:
        _require_margin(wanted)
    with source.backup.open("rb") as file:
        digest = digest_of_file(file)
    into = _into(place, wanted, environment)
    done = put_back(source, place, into, recovery, digest=digest, step=step)
    if done.replayed is not None and done.replayed.missing is not None:
        _require_margin(wanted)
    home = _settings(place, wanted)
    register = Register.open(into)
    try:
        seen = _seen(register, home, wanted, now)
        return _noted(register, place, home.settings.deployment, done, _Said(wanted, seen, now))
    finally:
        register.close()


def found_events(opened: Opened) -> tuple[FoundEvent, ...]:
    """Return the changes that the public saw and a restored register had lost, settled or not."""
    with opened.register.read() as session:
        return tuple(lost.found_events(session))


def _require_margin(wanted: Wanted) -> None:
    if wanted.margin is None or not 0 <= wanted.margin <= MOST_SKIPPED:
        message = f"how many numbers may have been used since the copy is not known; say it, 0 to {MOST_SKIPPED}"
        raise InputError("margin", message, most=MOST_SKIPPED)


def _into(place: Path, wanted: Wanted, environment: Mapping[str, str]) -> Path | URL:
    """Where the register will be. Raises InputError ``database_address``, ``database_dialect``."""
    text = environment.get(address.VARIABLE) or wanted.database
    if not text:
        return place / REGISTER_FILE
    url = address.parse(text)
    return place / str(url.database) if url.drivername == "sqlite" else url


def _settings(place: Path, wanted: Wanted) -> Home:
    """Write the home's settings: where its register is from now on; a journal begins when somebody says so."""
    file = place / FILE
    settings = json.loads(file.read_bytes()) | {"database": wanted.database, "journal": ""}
    durable.replace(file, f"{json.dumps(settings, ensure_ascii=False, indent=2)}\n".encode(), mode=0o644)
    home = Home.open(place)
    for each in (home.keys, home.root, home.secrets, home.documents, home.work):
        each.mkdir(mode=0o700, exist_ok=True)
    return home


def _seen(register: Register, home: Home, wanted: Wanted, now: datetime) -> Seen | None:
    if wanted.publication is None:
        return None
    return lost.look(register, FolderStore(wanted.publication), home.trust_root.read_bytes(), now=now)


class _Said(NamedTuple):
    """What is known beside the copy."""

    wanted: Wanted
    seen: Seen | None
    now: datetime


def _noted(register: Register, place: Path, deployment: str, done: Restored, said: _Said) -> Restoration:
    """Skip what may have been used, put down what was found, and say in the audit that it was restored."""
    wanted, seen, now = said
    entries = None if done.replayed is None else done.replayed.applied
    margin = wanted.margin or 0
    with register.write() as session:
        newest = publications.newest(session)
        sequence = max(0 if newest is None else newest.sequence, 0 if seen is None else seen.sequence)
        if seen is None:  # at most one snapshot a second was made since
            sequence += max(0, int((now - done.until).total_seconds()))
        row = RestorationRow(
            id=new_id(),
            at=now,
            by=wanted.actor,
            backup=done.digest,
            made=done.head.made,
            entries=entries,
            until=done.until,
            margin=margin,
            sequence=sequence,
            unknown=0 if seen is None else seen.unknown,
        )
        session.add(row)
        table = table_of(NumberCounterRow)
        session.execute(update(table).values(last=table.c.last + margin))
        found = () if seen is None else seen.found
        insert_all(
            session,
            FoundEventRow,
            [{"certificate": each.certificate, "ordinal": each.ordinal, "said": dict(each.said)} for each in found],
        )
        details = {"sha256": done.digest.hex(), "until": done.until.isoformat(), "skipped": margin}
        audit.append(session, actor=wanted.actor, act="register.restore", subject=deployment, now=now, details=details)
    return Restoration(
        home=place,
        backup_made=done.head.made,
        until=done.until,
        certificates=int(done.manifest.said["certificates"]),
        rows=done.manifest.rows,
        entries=entries,
        torn=0 if done.replayed is None else done.replayed.torn,
        missing=None if done.replayed is None else done.replayed.missing,
        margin=margin,
        sequence=sequence,
        seen=seen,
    )
