"""The publication of a register of N certificates: laid out, changed, opened; time and peak memory, and the crowds.

Every step runs in a process of its own, whose peak memory is what the step took on top of what it began with. Records
are synthetic, sealing and files are real: `issuer.publishing.records` writes through `FolderStore`, which syncs
and reads back every file. Sizes of crowds are no timings: one below its bound is an error.

    python -m bench publication --size 1000000
"""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.harness import Benchmark, Clock, Job, Measurement, Sides, in_turns, rounded, seconds
from credential import publication, shards
from credential.claims import LIST_SIZE
from credential.kdf import PREFIX_BITS, prefix
from credential.sealed import NONCE_BYTES, SIZE_CLASSES, Kind, Record, open_with, record_keys, seal
from credential.statuslist import Status, StatusArray, lists_beside, sign_cwt, sign_jwt, verify_cwt
from issuer.home.settings import lists_for
from issuer.publishing.folder import FolderStore
from issuer.publishing.records import Built, PublishedShards, Write, build, choose_prefix, group, update
from tests.support.clock import NOW
from tests.support.keys import Key

P = ParamSpec("P")
T = TypeVar("T")

SIZE: Final = 20_000
RECORDS: Final = 3
"""Of a certificate: credential, history, face, each of the smallest size, as usual ones are."""
CHANGED: Final = 100
"""Certificates in the update."""
NOT_VALID: Final = 100
"""One certificate in so many has another status than valid."""
PLANNED: Final = 100
"""Crowds are counted as if so many times as much were planned: a young register has more lists than it needs."""
URI: Final = "https://zc.shifan.example/p/status/0.cwt"
_CREDENTIAL: Final = bytes(280)
_HISTORY: Final = bytes(200)
_FACE: Final = bytes(400)
_MEBIBYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one step took: seconds of both sides, and bytes of memory at its peak."""

    ours: float
    yardstick: float
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """N synthetic certificates, and the folder that they are published into."""

    size: int
    place: Path

    def ctis(self) -> list[bytes]:
        """The same ones in every process."""
        rng = random.Random(self.size)
        return [rng.randbytes(16) for _ in range(self.size)]

    def first(self) -> bytes:
        """The first of them alone."""
        return random.Random(self.size).randbytes(16)

    @property
    def folder(self) -> FolderStore:
        """Where the files lie."""
        return FolderStore(self.place)


def sealed(ctis: Sequence[bytes], rng: random.Random) -> Iterator[Record]:
    """The three records of each certificate. Only the size of what is sealed matters here."""
    for cti in ctis:
        code = cti.hex()[:20].upper().encode("ascii")
        yield seal(Kind.CERTIFICATE, code, _CREDENTIAL, nonce=rng.randbytes(NONCE_BYTES))
        yield seal(Kind.HISTORY, cti, _HISTORY, nonce=rng.randbytes(NONCE_BYTES))
        yield seal(Kind.FACE, cti, _FACE, nonce=rng.randbytes(NONCE_BYTES))


def lay_out(ctis: list[bytes], write: Write) -> Built:
    """All shards and manifests, as the publisher's full rebuild makes them."""
    rng = random.Random(1)
    groups = group(((cti, cti) for cti in ctis), choose_prefix(ctis, len(ctis)))
    return build(groups, lambda inside: sealed(inside, rng), write)


def published(register: Register, built: Built) -> PublishedShards:
    """What a publisher or reader finds."""
    return PublishedShards.read(built.layout.prefix_length, built.manifests, register.folder.read)


def bare_sealing(count: int) -> None:
    """AES-256-GCM and SHA-256 over as many bytes as ``count`` certificates have in the shards, and nothing else."""
    plain, aad, total = bytes(SIZE_CLASSES[0]), bytes(41), sha256()
    for number in range(RECORDS * count):
        total.update(AESGCM(number.to_bytes(32)).encrypt(bytes(NONCE_BYTES), plain, aad))
    total.digest()


# --- steps: each runs in a process of its own ----------------------------------------------------------------------


def peak() -> int:
    """The most memory that this process has had since ``forget_peak``, in bytes.

    ``getrusage`` would tell of the process that started this one, too.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024


def forget_peak() -> int:
    """Let the peak begin at what is held now (proc(5), clear_refs), and return it."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak()


def measured(ours: Job, yardstick: Job, clock: Clock, *, before: int, once: bool = False) -> Figures:
    """Peak of the first run of ours above ``before``, then both sides in turns."""
    first = seconds(ours, 1, clock)
    taken = peak() - before
    if once:
        return Figures(ours=first, yardstick=seconds(yardstick, 1, clock), peak=taken)
    turns = in_turns(Sides(ours=ours, yardstick=yardstick), rounds=3, clock=clock)
    return Figures(ours=turns.ours, yardstick=turns.yardstick, peak=taken)


def building(register: Register, clock: Clock) -> tuple[Figures, Figures, Built]:
    """Everything anew, once: laying out over sealing and hashing alone, writing over writing and syncing alone."""
    before = forget_peak()
    ctis, sizes, writing = register.ctis(), list[int](), [0.0]
    made: list[Built] = []

    def write(path: str, data: bytes) -> bool:
        start = clock()
        new = register.folder.put(path, data)
        writing[0] += clock() - start
        sizes.append(len(data))
        return new

    whole = measured(
        lambda: made.append(lay_out(ctis, write)), lambda: bare_sealing(register.size), clock, before=before, once=True
    )
    laid_out = replace(whole, ours=whole.ours - writing[0])
    plain = seconds(lambda: bare_writing(register.place.with_name("plain"), sizes), 1, clock)
    return laid_out, replace(whole, ours=writing[0], yardstick=plain), made[0]


def bare_writing(place: Path, sizes: list[int]) -> None:
    """As many files of the same sizes, each written and synced."""
    place.mkdir()
    for number, size in enumerate(sizes):
        with (place / str(number)).open("wb") as file:
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())


def updating(register: Register, built: Built, clock: Clock) -> tuple[Figures, int]:
    """A hundred changed certificates, written, and how many files; the caller has the time of everything anew."""
    before = forget_peak()
    changed, rng = random.Random(2).sample(register.ctis(), min(CHANGED, register.size)), random.Random(3)
    files: list[int] = []

    def run() -> None:
        changes = {cti: tuple(sealed([cti], rng)) for cti in changed}
        files.append(update(published(register, built), changes, register.folder.put).written)

    return measured(run, lambda: None, clock, before=before), files[0]


def opening(register: Register, built: Built, clock: Clock) -> Figures:
    """One record out of its shard's and manifest's bytes, over hashing both and decrypting it."""
    before = forget_peak()
    cti = register.first()
    length = built.layout.prefix_length
    number = prefix(cti, length)
    width = length - shards.manifest_bits(length)
    manifest = register.folder.read(publication.shard(built.manifests[number >> width].hex()))
    shard = register.folder.read(publication.shard(built.layout.digests[number].hex()))
    keys = record_keys(Kind.HISTORY, cti)
    record = shards.parse_shard(shard, prefix=number, prefix_length=length).find(keys.locator) or b""

    def run() -> None:
        keys = record_keys(Kind.HISTORY, cti)
        digests = shards.parse_manifest(manifest, number=number >> width, prefix_length=length)
        if digests[number & ((1 << width) - 1)] != shards.digest(shard):
            raise RuntimeError("the manifest names another shard")
        found = shards.parse_shard(shard, prefix=number, prefix_length=length).find(keys.locator)
        if open_with(keys, found or b"") != _HISTORY:
            raise RuntimeError("the record holds something else")

    def raw() -> None:
        sha256(manifest).digest(), sha256(shard).digest()
        AESGCM(keys.key).decrypt(record[16:28], record[28:], keys.associated_data)

    return measured(run, raw, clock, before=before)


def status_array(size: int) -> StatusArray:
    """One list of a register of this size, one certificate in a hundred not valid."""
    rng = random.Random(4)
    here = min(LIST_SIZE, -(-size // lists_for(size)))
    places = rng.sample(range(LIST_SIZE), max(1, here // NOT_VALID))
    return StatusArray.zeros().with_changes({place: rng.choice(list(Status)[1:]) for place in places})


def status_signing(register: Register, clock: Clock) -> Figures:
    """Both tokens of one list, over compressing it twice."""
    before = forget_peak()
    key, data = Key("status"), status_array(register.size).data

    def run() -> None:
        times = {"issued_at": NOW, "expires_at": NOW + timedelta(days=1)}
        array = status_array(register.size)
        sign_cwt(array, URI, key, ttl=timedelta(hours=1), **times)
        sign_jwt(array, URI, key, ttl=timedelta(hours=1), **times)

    return measured(run, lambda: (zlib.compress(data, 9), zlib.compress(data, 9)), clock, before=before)


def status_parsing(register: Register, clock: Clock) -> Figures:
    """One token checked and unpacked, over unpacking alone."""
    before = forget_peak()
    key, array = Key("status"), status_array(register.size)
    day = timedelta(days=1)
    token = sign_cwt(array, URI, key, issued_at=NOW, expires_at=NOW + day, ttl=timedelta(hours=1))
    packed, keys = array.pack(), {bytes(key.key_id): key.public}
    return measured(
        lambda: verify_cwt(token, keys, uri=URI, now=NOW), lambda: zlib.decompress(packed), clock, before=before
    )


# --- crowds ---------------------------------------------------------------------------------------------------------


def crowds(register: Register, built: Built) -> Iterator[tuple[str, str, int]]:
    """The smallest number of certificates that share each file which one check fetches, and that share all of them."""
    length, lists = built.layout.prefix_length, lists_for(register.size * PLANNED)
    asked = [fetched(prefix(cti, PREFIX_BITS), length, lists) for cti in register.ctis()]
    for position, name, what in (
        (0, "shard", "a shard"),
        (1, "manifest", "a manifest"),
        (2, "status-list", f"what is fetched of {lists} status lists, planned for {PLANNED} times as many"),
    ):
        yield name, what, min(Counter(each[position] for each in asked).values())
    yield "check", "everything that one check fetches", min(Counter(asked).values())


def fetched(number: int, length: int, lists: int) -> tuple[int, int, range]:
    """The shard, the manifest and the status lists that a check of this 20-bit prefix asks for."""
    own = number >> (PREFIX_BITS - (lists - 1).bit_length())
    return (
        number >> (PREFIX_BITS - length),
        number >> (PREFIX_BITS - shards.manifest_bits(length)),
        lists_beside(own, lists=lists, prefix_length=length),
    )


def checked_crowd(what: str, smallest: int, bound: int) -> int:
    """Return the size of the smallest crowd.

    Raises:
        RuntimeError: it is too small: whoever fetches that file is seen. A register that is smaller than the bound is
            one crowd.
    """
    if smallest < bound:
        raise RuntimeError(f"{smallest} certificates share {what}; a crowd has {bound} at least")
    return smallest


# --- lines ----------------------------------------------------------------------------------------------------------


def apart(step: Callable[P, T], *arguments: P.args, **more: P.kwargs) -> T:
    """Run one step in a new process and return what it returns."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as process:
        return process.submit(step, *arguments, **more).result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Makes the lines of one run."""

    size: int

    def time(self, name: str, what: str, ours: float, yardstick: float) -> Measurement:
        """Milliseconds beside a yardstick's."""
        return self.line(name, what, ours * 1000, yardstick * 1000, "ms")

    def memory(self, name: str, figures: Figures) -> Measurement:
        """Mebibytes at the peak, beside what all records together have."""
        what = "peak memory above the process's beginning, over the bytes of all records of the register"
        records = self.size * RECORDS * (SIZE_CLASSES[0] + 44)
        return self.line(f"{name}-memory", what, figures.peak / _MEBIBYTE, records / _MEBIBYTE, "MiB")

    def line(self, name: str, what: str, ours: float, yardstick: float, unit: str) -> Measurement:
        """Any line."""
        return Measurement(
            name=f"publication-{name}",
            ratio=rounded(ours / yardstick),
            ours=rounded(ours),
            yardstick=rounded(yardstick),
            unit=unit,
            size=self.size,
            what=what,
        )


def run(size: int, clock: Clock) -> Iterator[Measurement]:
    """Yield all lines."""
    with tempfile.TemporaryDirectory(prefix="titlecert-bench-") as place:
        yield from lines(Register(size=size, place=Path(place) / "publication"), clock)


def lines(register: Register, clock: Clock) -> Iterator[Measurement]:
    """Every step in its process, then the crowds."""
    made, size = Lines(size=register.size), register.size
    anew, written, built = apart(building, register, clock)
    what = "all records sealed into shards and manifests, over sealing and hashing their bytes alone"
    yield made.time("build", what, anew.ours, anew.yardstick)
    what = "their files written, synced and read back, over writing and syncing them alone"
    yield made.time("write", what, written.ours, written.yardstick)
    yield made.memory("build", anew)
    update, files = apart(updating, register, built, clock)
    what = f"{min(CHANGED, size)} changed certificates into {files} files, over building and writing everything anew"
    yield made.time("update", what, update.ours, anew.ours + written.ours)
    yield made.memory("update", update)
    opened = apart(opening, register, built, clock)
    what = "one record from its manifest's and shard's bytes, over hashing both and decrypting it alone"
    yield made.time("open", what, opened.ours, opened.yardstick)
    yield made.memory("open", opened)
    signed = apart(status_signing, register, clock)
    what = "one status list, 1% not valid, built and signed as CWT and JWT, over compressing its bytes twice"
    yield made.time("status-sign", what, signed.ours, signed.yardstick)
    yield made.memory("status-sign", signed)
    parsed = apart(status_parsing, register, clock)
    yield made.time(
        "status-parse", "its CWT verified and unpacked, over unpacking alone", parsed.ours, parsed.yardstick
    )
    yield made.memory("status-parse", parsed)
    bound = min(shards.MIN_CERTIFICATES, size)
    sizes = [len(register.folder.read(publication.shard(each.hex()))) for each in built.layout.digests]
    what = f"bytes of a shard on average, of {len(sizes)}, over the bytes of its records"
    average, records = sum(sizes) / len(sizes), size * RECORDS * (SIZE_CLASSES[0] + 44) / len(sizes)
    yield made.line("shard-size", what, average, records, "bytes")
    for name, shared, smallest in crowds(register, built):
        what = f"certificates that share {shared}, the fewest, over the fewest allowed; less is an error"
        yield made.line(f"crowd-{name}", what, checked_crowd(shared, smallest, bound), bound, "certificates")


BENCHMARKS = (
    Benchmark(
        name="publication",
        what="laying out, changing and opening the publication of a register, with memory and crowds",
        size=SIZE,
        run=run,
    ),
)
