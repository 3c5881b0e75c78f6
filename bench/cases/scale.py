"""What a register of N certificates makes of one file of each kind, and what a check and a change cost there.

Nothing of that size is built: one file of each kind is made by the encoders that publish and as full as it would be,
and the times are of that file. Records and digests are synthetic. The yardstick of a size is the cap of the format;
that of the time of a change is the two seconds in which it is to be public. `docs/SCALE.md` rests on these lines.

    python -m bench scale --size 80000000
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bench.harness import Benchmark, Clock, Measurement, seconds
from credential import jose, shards, snapshot
from credential.claims import LIST_SIZE
from credential.sealed import NONCE_BYTES, Kind, Record, seal
from credential.snapshot import Snapshot, StatusDigests
from credential.statuslist import MAX_TOKEN, Status, StatusArray, sign_cwt, sign_jwt
from issuer.home.settings import lists_for
from tests.support.clock import NOW
from tests.support.keys import Key

SIZE: Final = 80_000_000
NOT_VALID: Final = 100
"""One certificate in so many has another status than valid."""
PUBLIC_SECONDS: Final = 2.0
"""In which a change of status is to be public."""
_PLAIN: Final = {Kind.CERTIFICATE: 280, Kind.HISTORY: 200, Kind.FACE: 400}
"""Bytes of what is sealed, as usual ones have; each goes into the smallest class."""
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a publication of so many certificates is cut."""

    certificates: int

    @property
    def prefix(self) -> int:
        """Bits that choose a shard."""
        return min(shards.longest_prefix(self.certificates), 20)

    @property
    def shard_count(self) -> int:
        """How many shards there are."""
        return 1 << self.prefix

    @property
    def manifest_count(self) -> int:
        """How many manifests there are."""
        return 1 << shards.manifest_bits(self.prefix)

    @property
    def status_lists(self) -> int:
        """How many status lists are planned for so many."""
        return lists_for(self.certificates)

    @property
    def in_a_shard(self) -> int:
        """Certificates of one shard, on average."""
        return round(self.certificates / self.shard_count)


def shard_of(shape: Shape, rng: random.Random) -> bytes:
    """One shard with as many certificates as the average."""
    records: list[Record] = []
    for _ in range(shape.in_a_shard):
        secrets = {kind: rng.randbytes(16) for kind in _PLAIN} | {Kind.CERTIFICATE: rng.randbytes(10).hex().encode()}
        records += [seal(kind, secrets[kind], bytes(size), nonce=rng.randbytes(12)) for kind, size in _PLAIN.items()]
    return shards.encode_shard(records, prefix=0, prefix_length=shape.prefix)


def manifest_of(shape: Shape, rng: random.Random) -> bytes:
    """One manifest: the digests of its shards."""
    digests = [rng.randbytes(32) for _ in range(shape.shard_count // shape.manifest_count)]
    return shards.encode_manifest(digests, number=0, prefix_length=shape.prefix)


def list_of(shape: Shape, rng: random.Random) -> StatusArray:
    """One status list, as full as the plan has it."""
    here = min(LIST_SIZE, shape.certificates // shape.status_lists)
    places = rng.sample(range(LIST_SIZE), max(1, here // NOT_VALID))
    return StatusArray.zeros().with_changes({place: rng.choice(list(Status)[1:]) for place in places})


def signed_lists(array: StatusArray, key: Key) -> tuple[bytes, str]:
    """Both files of one status list."""
    times = {"issued_at": NOW, "expires_at": NOW + timedelta(days=1)}
    uri = "https://zc.shifan.example/p/status/0.cwt"
    ttl = timedelta(minutes=1)
    return sign_cwt(array, uri, key, ttl=ttl, **times), sign_jwt(array, uri, key, ttl=ttl, **times)


def snapshot_of(shape: Shape, rng: random.Random, key: Key) -> bytes:
    """The one file that is replaced."""
    lists = [StatusDigests(id=each, cwt=rng.randbytes(32), jwt=rng.randbytes(32)) for each in range(shape.status_lists)]
    content = Snapshot(
        deployment="shifan",
        seq=1,
        iat=NOW,
        exp=NOW + timedelta(days=1),
        trust_version=1,
        trust_digest=rng.randbytes(32),
        status=tuple(lists),
        prefix=shape.prefix,
        records=shape.certificates,
        manifests=tuple(rng.randbytes(32) for _ in range(shape.manifest_count)),
        audit_length=shape.certificates,
        audit_head=rng.randbytes(32),
    )
    return jose.sign(snapshot.encode_snapshot(content), key, typ=snapshot.TYP).encode("ascii")


def run(size: int, clock: Clock) -> Iterator[Measurement]:
    """Yield sizes, then times."""
    shape, rng, key = Shape(certificates=size), random.Random(size), Key("status")
    shard, manifest = shard_of(shape, rng), manifest_of(shape, rng)
    array = list_of(shape, rng)
    cwt, jwt = signed_lists(array, key)
    snap = snapshot_of(shape, rng, key)
    of = f"one of {shape.shard_count}, of {shape.in_a_shard} certificates"
    yield _line("shard", f"bytes of a shard, {of}, over the cap", size, len(shard), shards.MAX_SHARD_BYTES)
    of = f"one of {shape.manifest_count}"
    yield _line("manifest", f"bytes of a manifest, {of}, over the cap", size, len(manifest), shards.MAX_MANIFEST_BYTES)
    of = f"one of {shape.status_lists}"
    yield _line("status-cwt", f"bytes of a status list as CWT, {of}, over the cap", size, len(cwt), MAX_TOKEN)
    yield _line("status-jwt", f"bytes of a status list as JWT, {of}, over the cap", size, len(jwt), MAX_TOKEN)
    yield _line("snapshot", "bytes of the snapshot, over the cap", size, len(snap), snapshot.MAX_SNAPSHOT_BYTES)
    fetched = len(snap) + len(manifest) + len(shard) + len(cwt)
    yield _line(
        "check", "bytes that a check fetches, nothing at hand, over those of the shard", size, fetched, len(shard)
    )
    yield from times(shape, shard, manifest, array, clock)


def times(shape: Shape, shard: bytes, manifest: bytes, array: StatusArray, clock: Clock) -> Iterator[Measurement]:
    """Yield what parts of a publication take, in seconds, over those in which a change is to be public."""
    rng, key, size = random.Random(1), Key("status"), shape.certificates
    changed = seal(Kind.HISTORY, bytes(16), bytes(_PLAIN[Kind.HISTORY]), nonce=rng.randbytes(NONCE_BYTES))

    def change() -> None:
        records = list(shards.parse_shard(shard, prefix=0, prefix_length=shape.prefix).records)
        shards.encode_shard(sorted([*records[1:], changed]), prefix=0, prefix_length=shape.prefix)
        digests = shards.parse_manifest(manifest, number=0, prefix_length=shape.prefix)
        shards.encode_manifest(digests, number=0, prefix_length=shape.prefix)

    def layout() -> None:
        shards.parse_manifest(manifest, number=0, prefix_length=shape.prefix)

    for name, what, job, many in (
        ("change", "one changed record: its shard and manifest read and made anew", change, 1),
        ("layout", "every manifest parsed, as a publication does before it builds", layout, shape.manifest_count),
        (
            "status-sign",
            "every status list signed, as each publication does",
            lambda: signed_lists(array, key),
            shape.status_lists,
        ),
    ):
        taken = min(seconds(job, _ROUNDS, clock) for _ in range(_ROUNDS)) * many
        yield _line(
            name, f"{what}, over the seconds in which a change is public", size, taken, PUBLIC_SECONDS, unit="s"
        )


def _line(name: str, what: str, size: int, ours: float, yardstick: float, *, unit: str = "bytes") -> Measurement:
    return Measurement.of(f"scale-{name}", what, ours, yardstick, unit=unit, size=size)


BENCHMARKS = (
    Benchmark(
        name="scale",
        what="one file of each kind as full as in a register of N certificates, and what a change costs there",
        size=SIZE,
        run=run,
    ),
)
