"""Checking: bytes to verdict with a warm publication, against one bare P-256 verification of the same signature.

Two figures: form and signature of a credential alone, and the whole verdict, in which the history's signature is
checked too.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bench.harness import Job, Sides, timed
from credential import claims
from credential.verdict import Outcome
from tests.support.world import Certificate, World
from verifier.procedure import verify_credential
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader

CERTIFICATES = 100
"""In the register of the measurement: one shard."""


def prepared(count: int) -> tuple[World, list[Certificate], PublicationReader]:
    """A published world, its certificates, and a reader that has everything at hand."""
    world = World()
    certificates = [world.issue() for _ in range(count)]
    files = world.publish()
    reader = PublicationReader(
        MemoryFetcher(files), world.pinned_root, store=MemoryStore(), max_age=timedelta(hours=12)
    )
    for certificate in certificates:
        verdict = verify_credential(certificate.credential, reader, now=world.now)
        if verdict.outcome is not Outcome.VALID:
            raise RuntimeError(f"the certificate to be measured is {verdict.outcome}: {verdict.reason}")
    return world, certificates, reader


def bare(world: World, certificate: Certificate) -> Job:
    """One ECDSA verification and nothing else, as ``cryptography`` offers it."""
    message = claims.parse(certificate.credential).message
    unsigned = claims.UnsignedCredential(protected=message.protected, payload=message.payload)
    r, s = int.from_bytes(message.signature[:32]), int.from_bytes(message.signature[32:])
    der, data = encode_dss_signature(r, s), unsigned.to_be_signed
    public_key, suite = world.credential_key.public.public_key, ec.ECDSA(hashes.SHA256())
    return lambda: public_key.verify(der, data, suite)


def sides(ours: Callable[[World, list[Certificate], PublicationReader], Job]) -> Callable[[int], Sides]:
    """Both sides of a measurement over a register of a size."""

    def prepare(count: int) -> Sides:
        world, certificates, reader = prepared(count)
        return Sides(ours=ours(world, certificates, reader), yardstick=bare(world, certificates[0]))

    return prepare


def signature_only(world: World, certificates: list[Certificate], _reader: PublicationReader) -> Job:
    """Form and signature of a credential."""
    data, key = certificates[0].credential, world.credential_key.public
    return lambda: claims.parse(data).verify(key)


def whole(world: World, certificates: list[Certificate], reader: PublicationReader) -> Job:
    """The whole verdict, one certificate after the other."""
    turn = itertools.cycle(certificates)
    return lambda: verify_credential(next(turn).credential, reader, now=world.now)


BENCHMARKS = (
    timed(
        "verify-signature",
        what="a credential's form, canonical check and signature, over one bare P-256 verification",
        size=CERTIFICATES,
        prepare=sides(signature_only),
    ),
    timed(
        "verify",
        what="bytes to verdict with a warm publication, history included, over one bare P-256 verification",
        size=CERTIFICATES,
        prepare=sides(whole),
    ),
)
