"""Checking: bytes to verdict with a warm publication, against one bare P-256 verification, and where the rest goes.

The first line is the verdict without the reading of the history record, which is a second signature and is reported
apart; the second has everything of a certificate without a face; the third is of one with a face, a third signature,
which decides nothing. The other lines are the parts, each beside the same bare verification, run on its own:
together they are less than the first two, because a part that runs alone finds the processor's caches warm.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from unittest import mock

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bench.harness import Benchmark, Clock, Job, Measurement, Sides, in_turns, rounded
from credential import cbor, claims, history
from credential.authorisation import award_of, basis_of
from credential.history import History
from credential.kdf import PREFIX_BITS, prefix
from credential.outcomes import Outcome, Source
from credential.sealed import Kind, open_with, record_keys
from tests.support.world import Certificate, World
from verifier import steps
from verifier.check import Check
from verifier.procedure import verify_credential
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader
from verifier.reader.view import PublicationView

CERTIFICATES: Final = 100
"""In the register of the measurement: one shard."""
ROUNDS: Final = 61
"""More than usual: the figures are microseconds, and the machine does other things too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A published world, its certificates, a reader that has everything at hand, and what it read."""

    world: World
    certificates: list[Certificate]
    reader: PublicationReader
    view: PublicationView
    histories: dict[bytes, History]

    def check(self) -> Check:
        """A check that has not begun."""
        return Check(now=self.world.now, at=None, source=Source.CREDENTIAL_FILE)


def prepared(count: int, *, faces: bool = False) -> Scene:
    """Make the scene, with faces or without. Raises RuntimeError when a certificate is not as expected."""
    world = World()
    certificates = [world.issue() for _ in range(count)]
    for each in certificates if faces else ():
        world.put_face(each)
    fetcher = MemoryFetcher(world.publish())
    reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore(), max_age=timedelta(hours=12))
    histories: dict[bytes, History] = {}
    for each in certificates:
        verdict = verify_credential(each.credential, reader, now=world.now)
        if verdict.outcome is not Outcome.VALID or verdict.standing is None:
            raise RuntimeError(f"the certificate to be measured is {verdict.outcome}: {verdict.reason}")
        if (verdict.face is not None) != faces or verdict.warnings:
            raise RuntimeError("the certificate to be measured has another face than it was given")
        histories[each.claims.cti] = verdict.standing.history
    view = reader.view(world.now)
    return Scene(world=world, certificates=certificates, reader=reader, view=view, histories=histories)


def bare(scene: Scene) -> Job:
    """One ECDSA verification and nothing else, as ``cryptography`` offers it, of the same certificates in turn."""
    public_key, suite = scene.world.credential_key.public.public_key, ec.ECDSA(hashes.SHA256())
    turn = itertools.cycle([_signed(each.credential) for each in scene.certificates])

    def job() -> None:
        der, data = next(turn)
        public_key.verify(der, data, suite)

    return job


def _signed(credential: bytes) -> tuple[bytes, bytes]:
    """A credential's signature in DER and the bytes that it is over."""
    message = claims.parse(credential).message
    unsigned = claims.UnsignedCredential(protected=message.protected, payload=message.payload)
    r, s = int.from_bytes(message.signature[:32]), int.from_bytes(message.signature[32:])
    return encode_dss_signature(r, s), unsigned.to_be_signed


def whole(scene: Scene) -> Job:
    """Bytes to verdict, one certificate after the other."""
    turn, reader, now = itertools.cycle([each.credential for each in scene.certificates]), scene.reader, scene.world.now
    return lambda: verify_credential(next(turn), reader, now=now)


def parts(scene: Scene) -> Iterator[tuple[str, str, Job]]:
    """The parts of one check: name, what it is, one run of it."""
    first, key = scene.certificates[0], scene.world.credential_key.public
    credential = claims.parse(first.credential)
    message = credential.message
    yield "verify-form", "reading COSE and CBOR around the payload", lambda: claims.parse(first.credential)
    yield "verify-signature", "the credential's signature, its low-s and its key id", lambda: message.verify(key)
    yield (
        "verify-claims",
        "reading the claims and asking every rule of them",
        lambda: claims.decode_claims(message.payload),
    )
    payload = message.payload
    yield (
        "verify-claims-cbor",
        "of these: reading their CBOR",
        lambda: cbor.decode(payload, max_bytes=claims.MAX_BYTES),
    )
    yield from decisions(scene, credential)
    yield from reading(scene, first.claims.cti)


def decisions(scene: Scene, credential: claims.UnverifiedCredential) -> Iterator[tuple[str, str, Job]]:
    """What the trust list, the status list and the catalogue are asked."""
    check, view, said = scene.check(), scene.view, credential.verify(scene.world.credential_key.public)
    entry = steps.check_key(check, view, credential)
    known = scene.histories[said.cti]
    issued_on = known.issued.effective

    def trust() -> None:
        steps.check_key(check, view, credential)
        authority = steps.check_issuer(check, view, said, entry)
        award = award_of(said)
        grants = steps.check_grants(check, authority, award, known)
        steps.check_basis(check, view, authority, award, basis_of(said), grants, issued_on)

    def status() -> None:
        steps.check_state(check, view, known, steps.check_status_list(check, view, said), said)

    trust()
    reason = steps.check_state(check, view, known, steps.check_status_list(check, view, said), said)
    verdict = check.decide(reason, 9)
    yield "verify-trust", "key, issuer, grants and filing in the trust list", trust
    yield "verify-status", "status list and state", status
    yield "verify-verdict", "the verdict from what the steps found", lambda: check.decide(reason, 9)
    yield "verify-facts", "its facts and names as JSON, made when asked for", lambda: json.dumps(verdict.to_json())


def reading(scene: Scene, cti: bytes) -> Iterator[tuple[str, str, Job]]:
    """The history record, part by part."""
    view, status_key = scene.view, scene.world.status_key.public
    keys, number = record_keys(Kind.HISTORY, cti), prefix(cti, PREFIX_BITS)
    record, plain = view.sealed(keys, number), view.record(Kind.HISTORY, cti, number)
    if record is None or plain is None:
        raise RuntimeError("the record to be measured is not published")
    signed = history.parse(plain)

    def derive() -> None:
        prefix(cti, PREFIX_BITS)
        _ = record_keys(Kind.HISTORY, cti).key

    yield "verify-history-derivation", "prefix, locator and key by HKDF", derive
    yield (
        "verify-history-opening",
        "finding the record in its shard and decrypting it",
        lambda: open_with(keys, view.sealed(keys, number) or b""),
    )
    yield "verify-history-signature", "the history's signature", lambda: signed.message.verify(status_key)
    yield (
        "verify-history-decoding",
        "its COSE, CBOR and events",
        lambda: history.decode(history.parse(plain).message.payload).read(),
    )


def beside(scene: Scene, what: str) -> tuple[str, Job]:
    """Reading the face, or seeing that there is none, in a shard that was looked into for the history."""
    view, check = scene.view, scene.check()
    known = scene.histories[scene.certificates[0].claims.cti]
    view.record(Kind.HISTORY, known.cti, prefix(known.cti, PREFIX_BITS))
    return what, lambda: steps.read_face(check, view, known)


def run(count: int, clock: Clock) -> Iterator[Measurement]:
    """Yield all lines."""
    scene, faced = prepared(count), prepared(count, faces=True)
    yardstick = bare(scene)

    def line(name: str, what: str, job: Job) -> Measurement:
        taken = in_turns(Sides(ours=job, yardstick=yardstick), rounds=ROUNDS, clock=clock)
        return Measurement(
            name=name,
            ratio=rounded(taken.ratio),
            ours=rounded(taken.ours * 1000),
            yardstick=rounded(taken.yardstick * 1000),
            unit="ms",
            size=count,
            what=f"{what}, over one bare P-256 verification",
        )

    known = scene.histories
    with mock.patch.object(steps, "read_history", lambda _check, _view, cti: known[cti]):
        yield line("verify", "bytes to verdict, publication warm, history record at hand", whole(scene))
    yield line("verify-with-history", "bytes to verdict, publication warm, history record read", whole(scene))
    yield line("verify-with-face", "bytes to verdict, publication warm, history record and face read", whole(faced))
    for name, what, job in parts(scene):
        yield line(name, what, job)
    yield line("verify-face", *beside(faced, "the face: locator, key, opening, signature and every rule"))
    yield line("verify-no-face", *beside(scene, "seeing that there is no face"))


BENCHMARKS = (
    Benchmark(
        name="verify",
        what="bytes to verdict with a warm publication, and its parts, over one bare P-256 verification",
        size=CERTIFICATES,
        run=run,
        clock=time.process_time,
    ),
)
