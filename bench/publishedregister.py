"""A published register that has many certificates more, made in minutes: for measuring what a change costs in it.

Rules: what a change of status and its reader touch is real. Each certificate more has a row of its own in every table
that publishing reads, an event for each thing that happened to it, a history that the status key signed, and its three
records in the shards. Lists, manifests and the snapshot are made by the publisher itself. What only its holder or its
approval would open is a copy of the first certificate's, and opens nothing: nothing that proves where it comes from
(rows, statements, entries of the audit) is behind it. So the certificates that a benchmark changes are issued the
honest way, and are among the others.

    enlarged(office, 1_000_000, not_valid=10_000)
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

from credential import history as histories
from credential import publication, shards
from credential.claims import LIST_SIZE
from credential.history import EventKind, History, Reason, Registration
from credential.kdf import extract, prefix
from credential.sealed import NONCE_BYTES, Kind, Record, locator_of, seal
from credential.signing import KeyUse, Signer
from credential.statuslist import Status
from issuer.db import publications
from issuer.db.certificates import Certificate
from issuer.publishing import publisher as publishers
from issuer.publishing import records as layouts
from issuer.publishing.ground import Ground
from issuer.publishing.history import read_history
from issuer.publishing.laying import Laid, Layer
from issuer.publishing.publisher import Publisher, PublisherKeys, PublishingRules
from tests.support.office import DemoOffice

BEGINS: Final = 10_000_000
"""What serials of these certificates begin behind."""
_ACTS: Final[Mapping[Status, tuple[EventKind, Reason]]] = {
    Status.SUSPENDED: (EventKind.SUSPENDED, Reason.UNDER_REVIEW),
    Status.WITHDRAWN: (EventKind.WITHDRAWN, Reason.OTHER),
    Status.CANCELLED: (EventKind.CANCELLED, Reason.SURRENDERED),
    Status.SUPERSEDED: (EventKind.SUPERSEDED, Reason.CORRECTED),
}
"""What happened to those that are not valid."""
_AT_ONCE: Final = 16
"""Shards that a process makes before it hands on what goes into the register."""
_OPENED_BY_NOBODY: Final = ("payload", "to_sign", "credential", "check_code", "personal", "draft")
"""Columns whose copy would open nothing; a byte stands for it."""


class _New(NamedTuple):
    """A certificate more."""

    serial: int
    cti: bytes
    status: int
    """A ``Status``."""


class _Stored(NamedTuple):
    """What is different in the rows of a certificate more."""

    serial: int
    cti: bytes
    digest: bytes
    locator: bytes
    status: int
    events: int
    history: bytes
    record: bytes
    face: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kit:
    """What a process needs to make shards."""

    first: History
    """Of the certificate whose copies these are."""
    credential: bytes
    face: bytes
    signer: Signer
    store: Any
    length: int
    """Of the prefix."""
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laying:
    """One way to lay out everything: each shard by some process, what is published of real certificates as it is."""

    office: DemoOffice
    certificates: Sequence[_New]
    ground: Ground
    connection: sqlite3.Connection
    kit: _Kit
    sequence: int


_KIT: list[_Kit] = []
"""The kit of this process, which was forked with it."""


def enlarged(office: DemoOffice, wanted: int, *, not_valid: int) -> None:
    """Bring the certificates of an office that has published some to a number, and publish them all.

    Args:
        office: its worker is not running.
        wanted: certificates in all.
        not_valid: how many of the new ones are suspended, withdrawn, cancelled and superseded, a quarter each.
    """
    have = len(office.certificates())
    fresh = _new(wanted - have, not_valid)
    signers = _signers(office)
    publisher = Publisher(
        office.opened.register,
        office.home.publication,
        PublisherKeys(status=signers[KeyUse.STATUS], publisher=signers[KeyUse.PUBLISHER]),
        PublishingRules(deployment=office.home.settings.deployment),
    )
    now = office.clock()
    with office.home.publication.lock():
        ground = publisher.stand(now=now)
        assert ground is not None
        with office.opened.register.read() as session:
            sequence = publications.next_sequence(session)
        connection = sqlite3.connect(office.home.directory / "register.sqlite3", isolation_level=None)
        for setting in ("synchronous=OFF", "cache_size=-400000", "wal_autocheckpoint=100000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {setting}")
        laying = _Laying(
            office=office,
            certificates=fresh,
            ground=ground,
            connection=connection,
            kit=_kit(office, ground, signers[KeyUse.STATUS], wanted),
            sequence=sequence,
        )
        with _laid_so(laying):
            publisher.publish(None, (), now=now)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("ANALYZE")
        connection.close()


def _new(count: int, not_valid: int) -> list[_New]:
    states = [state for state in _ACTS for _ in range(not_valid // len(_ACTS))]
    states += [Status.VALID] * (count - len(states))
    random.Random(count).shuffle(states)
    return [_New(serial, os.urandom(16), int(state)) for serial, state in enumerate(states, start=1)]


def _signers(office: DemoOffice) -> dict[KeyUse, Signer]:
    from issuer.publishing.named import named_key

    found = {}
    for use in (KeyUse.STATUS, KeyUse.PUBLISHER):
        with office.opened.register.read() as session:
            key_id = named_key(session, office.home.publication, use, now=office.clock())
        found[use] = office.opened.custody.signer(use, key_id)
    return found


def _kit(office: DemoOffice, ground: Ground, signer: Signer, wanted: int) -> _Kit:
    """What is copied of the first certificate, opened as a reader opens it."""
    from credential.sealed import open_record

    certificate = office.certificates()[0]
    trust = office.trust()
    history = ground.history_of(certificate.cti, trust)
    face = ground.shards.find(Kind.FACE, certificate.cti, certificate.cti)
    assert history is not None
    assert face is not None
    return _Kit(
        first=history,
        credential=office.credential(certificate),
        face=open_record(Kind.FACE, certificate.cti, face),
        signer=signer,
        store=office.home.publication,
        length=shards.longest_prefix(wanted),
        now=office.clock().replace(microsecond=0),
    )


@contextmanager
def _laid_so(laying: _Laying) -> Iterator[None]:
    """Let the publisher lay out everything by many processes; all else it does as always."""

    class Many(Layer):
        def anew(self, *_: object, **__: object) -> Laid:
            return _laid(laying, self)

    usual, publishers.Layer = publishers.Layer, Many  # type: ignore[misc]
    count, publishers.count_published = publishers.count_published, lambda _: laying.kit and _count(laying)
    try:
        yield
    finally:
        publishers.Layer, publishers.count_published = usual, count  # type: ignore[misc]


def _count(laying: _Laying) -> int:
    return len(laying.certificates) + laying.ground.content.records
