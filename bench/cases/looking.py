"""What each publication of a register of N certificates looks at before it builds: files, changes, some at random.

The database is a real register with synthetic rows, the histories are signed, the folder is real. What is measured is
what a publication costs however little changed: presence and size of every file, the query for events that are not
out, and 64 certificates whose published history is opened and compared.

    python -m bench looking --size 370000
"""

from __future__ import annotations

import random
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from bench.harness import Benchmark, Clock, Measurement, Sides, in_turns, rounded
from credential import history as histories
from credential import publication
from credential.claims import LIST_SIZE
from credential.days import day_of
from credential.history import EventKind, History, Reason, Registration
from credential.sealed import NONCE_BYTES, Kind, Record, seal
from credential.snapshot import Snapshot, StatusDigests
from credential.statuslist import StatusArray
from issuer.db import publications
from issuer.db.sessions import Register
from issuer.publishing import ground as grounds
from issuer.publishing.folder import FolderStore
from issuer.publishing.ground import Ground
from issuer.publishing.looking import AT_RANDOM, look, random_ids
from issuer.publishing.records import PublishedShards, build, choose_prefix, group
from tests.support.clock import NOW
from tests.support.keys import Key

SIZE: Final = 20_000
ROUNDS: Final = 5
_PAGE: Final = 5_000
_CERTIFICATE, _FACE = bytes(280), bytes(400)
_DAY: Final = f"{day_of(NOW)}"
_STAMP: Final = f"{NOW:%Y-%m-%d %H:%M:%S}.000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A register and what is published of it."""

    register: Register
    ground: Ground
    store: FolderStore
    named: Sequence[str]


def office(place: Path, size: int) -> Office:
    """Make a register of N certificates and publish it."""
    path, store, rng, key = (
        place / "register.sqlite3",
        FolderStore(place / "publication"),
        random.Random(size),
        Key("s"),
    )
    register = Register.create(path)
    ctis = [rng.randbytes(16) for _ in range(size)]
    written: dict[bytes, bytes] = {}
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for start in range(0, size, _PAGE):
            rows = [(number, ctis[number]) for number in range(start, min(size, start + _PAGE))]
            written |= _insert(connection, rows, rng, key)
        connection.execute(
            "INSERT INTO publications (sequence, trust_version, snapshot_digest, made_at, expires, records,"
            " prefix_length, confirmed_at) VALUES (1, 1, zeroblob(32), ?, ?, ?, 0, ?)",
            (_STAMP, _STAMP, size, _STAMP),
        )

    def records(inside: Sequence[bytes]) -> Iterator[Record]:
        for cti in inside:
            yield seal(
                Kind.CERTIFICATE, cti.hex()[:20].upper().encode(), _CERTIFICATE, nonce=rng.randbytes(NONCE_BYTES)
            )
            yield seal(Kind.HISTORY, cti, written[cti], nonce=rng.randbytes(NONCE_BYTES))
            yield seal(Kind.FACE, cti, _FACE, nonce=rng.randbytes(NONCE_BYTES))

    built = build(group(((cti, cti) for cti in ctis), choose_prefix(ctis, size)), records, store.put)
    array = StatusArray.zeros()
    store.put(publication.status_at(sha256(array.data).hexdigest()), array.data)
    content = Snapshot(
        deployment="bench",
        seq=1,
        iat=NOW,
        exp=NOW + timedelta(days=1),
        trust_version=1,
        trust_digest=bytes(32),
        status=(StatusDigests(id=0, cwt=sha256(array.data).digest(), jwt=bytes(32)),),
        prefix=built.layout.prefix_length,
        records=size,
        manifests=built.manifests,
        audit_length=0,
        audit_head=bytes(32),
    )
    published = PublishedShards.read(content.prefix, content.manifests, store.read)
    named = grounds.named(content, published.layout)
    ground = Ground(content=content, shards=published, statuses=(array,), sizes=grounds.check_sizes(store, named, ()))
    return Office(register=register, ground=ground, store=store, named=named)


def _insert(
    connection: sqlite3.Connection, rows: Sequence[tuple[int, bytes]], rng: random.Random, key: Key
) -> dict[bytes, bytes]:
    """Write some certificates with their first events; returns their signed histories by cti."""
    signed: dict[bytes, bytes] = {}
    certificates, events, kept = [], [], []
    for number, cti in rows:
        digest, row = rng.randbytes(32), rng.randbytes(16).hex()
        detail = Registration(digest=digest, replaces=None)
        event = histories.Event(
            kind=EventKind.ISSUED,
            effective=day_of(NOW),
            recorded=NOW,
            authority="sf-hrss",
            basis="",
            document="示职改办〔2026〕18号",
            reason=Reason.NONE,
            detail=detail,
        )
        signed[cti] = histories.sign(History(cti=cti, events=(event,)), key)
        place = (number // LIST_SIZE, number % LIST_SIZE)
        certificates.append((row, f"{number:017}", cti, row, *place, _STAMP, digest, _DAY, _STAMP))
        events.append((row, _DAY, _STAMP))
        kept.append((row, signed[cti]))
    connection.executemany(
        "INSERT INTO certificates (id, number, cti, authority, holder, award, stage, state, awarded_on,"
        " basis_reference, status_list, status_index, reserved_at, signer_kid, credential_digest, credential_kid,"
        " issued_on, issued_at) VALUES (?, ?, ?, 'sf-hrss', 'h', ?, 'signed', 'valid', '2026-11-01',"
        " 'f', ?, ?, ?, zeroblob(8), ?, zeroblob(8), ?, ?)",
        certificates,
    )
    connection.executemany(
        "INSERT INTO events (certificate, ordinal, kind, effective, recorded, authority, basis, document, reason,"
        " published) VALUES (?, 1, 'issued', ?, ?, 'sf-hrss', '', '示职改办〔2026〕18号', 'none', 1)",
        events,
    )
    connection.executemany("INSERT INTO signed_histories VALUES (?, 1, ?, zeroblob(8))", kept)
    return signed


def run(size: int, clock: Clock) -> Iterator[Measurement]:
    """Yield all lines."""
    with tempfile.TemporaryDirectory(prefix="titlecert-bench-") as place:
        made = office(Path(place), size)
        shards = [path for path in made.named if made.ground.sizes[path] > 1000][:AT_RANDOM]

        def hashing() -> None:
            for path in shards:
                sha256(made.store.read(path)).digest()

        def changes() -> None:
            with made.register.read() as session:
                if publications.unpublished(session):
                    raise RuntimeError("nothing changed, and something was found")

        def sample() -> None:
            with made.register.read() as session:
                if list(look(session, made.ground, random_ids(session, AT_RANDOM, secrets.token_bytes))):
                    raise RuntimeError("nothing differs, and something was found")

        def files() -> None:
            grounds.check_sizes(made.store, made.named, list(made.ground.sizes.values()))

        def everything() -> None:
            changes()
            sample()
            files()

        for name, what, ours in (
            ("changes", "events that are not out, of which there are none", changes),
            ("sample", f"{AT_RANDOM} certificates at random, opened and compared", sample),
            ("files", f"presence and size of {len(made.named)} files", files),
            ("all", "the three together: what a publication costs however little changed", everything),
        ):
            taken = in_turns(Sides(ours=ours, yardstick=hashing), rounds=ROUNDS, clock=clock)
            yield Measurement(
                name=f"looking-{name}",
                ratio=rounded(taken.ratio),
                ours=rounded(taken.ours * 1000),
                yardstick=rounded(taken.yardstick * 1000),
                unit="ms",
                size=size,
                what=f"{what}, over reading and hashing {len(shards)} shards",
            )


BENCHMARKS = (
    Benchmark(
        name="looking",
        what="what each publication looks at before it builds",
        size=SIZE,
        run=run,
        clock=time.process_time,
    ),
)
