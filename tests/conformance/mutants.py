"""Signed content with something small changed at random, signed again by the right key: what readers could differ in.

Rules: everything comes from one seed; what a writer cannot even encode is skipped; nobody says what the answer is, both
languages only have to give the same.

    for case in mutants(seed=1, count=100):
        case.files, case.qr_texts
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from credential import cbor, cose, face, history, jose, jsonform, publication, statuslist
from credential.errors import CredentialError
from credential.history import EventKind
from credential.outcomes import Outcome, Reason
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import CATALOGUE_TYP
from tests.vectors.craft import items_of, qr, register, signed
from tests.vectors.model import Case, Kind
from tests.vectors.served import payload_of, put_trust_list, renamed, resigned

INTEGERS: Final = (0, 1, -1, 2, 3, 5, 6, 9, 10, 255, 256, 65535, 65536, 2**20 - 1, 2**20, 2**53 - 1)
DAYS: Final = (20649, 2932896, 2932897, 1795226400, 253402214400, 253402214401)
TEXTS: Final = ("", "*", "a", "demo-hrss", "王", "\u202e", "𠮷" * 60, "𠮷" * 61, "x" * 101, "e\u0301")
DATES: Final = ("2026-02-30", "9999-12-31", "0001-01-01", "0000-01-01")
ADDRESSES: Final = ("https://zc.example", "http://localhost:1", "https://[::1]", "https://zc.example/p/status/0.cwt")
WORDS: Final = ("active", "ended", "compromised", "issue", "own", "status", "990000", "A" * 43, "A" * 11, "0" * 64)
SHAPES: Final[tuple[object, ...]] = (None, True, False, [], {}, [1], [2, 1])
COMMON: Final[tuple[object, ...]] = (*SHAPES, *INTEGERS, *DAYS, *TEXTS, *DATES, *ADDRESSES, *WORDS)
BINARY: Final[tuple[object, ...]] = (b"", b"a" * 16, b"a" * 32, [1, "a"], {1: 1}, [990101, "示"])

Change = Callable[[Any], Any]


def mutants(*, seed: int, count: int) -> Iterator[Case]:
    """At most ``count`` cases; their outcome is nobody's claim."""
    rng = random.Random(seed)  # noqa: S311 - inputs, no secrets
    for number in range(count):
        subject = rng.choice(SUBJECTS)
        world = World()
        certificate = _with_a_life(world)
        try:
            files, text = subject(world, certificate, rng)
        except CredentialError:
            continue
        yield Case(
            name=f"{subject.__name__.strip('_')} {number} of seed {seed}",
            kind=Kind.VERDICT,
            outcome=Outcome.VALID,
            reason=Reason.IN_FORCE,
            step=9,
            why="",
            section="",
            root=world.pinned_root,
            qr_texts=(text,),
            files=files,
            at=rng.choice([None, None, date(2026, 7, 15), date(2026, 9, 30), date(2026, 10, 20)]),
        )


def _with_a_life(world: World) -> Certificate:
    certificate = world.issue()
    for kind, ago in ((EventKind.SUSPENDED, 60), (EventKind.REINSTATED, 40), (EventKind.SUSPENDED, 20)):
        world.append(certificate, kind, recorded=NOW - timedelta(days=ago))
    world.append(certificate, EventKind.ANNOTATED, recorded=NOW - timedelta(days=10), detail="注")
    return certificate


Made = tuple[dict[str, bytes], str]


def _claims(world: World, certificate: Certificate, rng: random.Random) -> Made:
    world.certificates.clear()
    data = signed(cbor.encode(changed(items_of(certificate.credential), rng)), world.credential_key)
    register(world, data, certificate.claims.cti)
    return world.publish(), qr(data)


def _history(world: World, certificate: Certificate, rng: random.Random) -> Made:
    def tamper(plain: bytes) -> bytes:
        payload = cbor.decode(cose.parse(plain, max_bytes=16000, typ=history.TYP).payload, max_bytes=16000)
        return cose.sign(cbor.encode(changed(payload, rng)), world.status_key, typ=history.TYP)

    certificate.tamper_history = tamper
    return world.publish(), certificate.qr_text


def _face(world: World, certificate: Certificate, rng: random.Random) -> Made:
    items = {
        1: 2,
        2: "示范公司",
        3: bytes(32),
        4: "1986-07",
        5: ["standard", 1, bytes(32)],
        6: "1.2",
        7: [["a", "b"]],
        9: 0,
    }
    digest = sha256(certificate.credential).digest()
    payload = changed([face.VERSION, certificate.claims.cti, digest, items], rng)
    world.put_face_payload(certificate, cbor.encode(payload))
    return world.publish(), certificate.qr_text


def _trust_list(world: World, certificate: Certificate, rng: random.Random) -> Made:
    files = world.publish()
    put_trust_list(files, changed(payload_of(files, publication.trust_list(1)), rng, binary=False))
    return files, certificate.qr_text


def _snapshot(world: World, certificate: Certificate, rng: random.Random) -> Made:
    files = world.publish()
    resigned(lambda payload: changed(payload, rng, binary=False))(files)
    return files, certificate.qr_text


def _filings(world: World, certificate: Certificate, rng: random.Random) -> Made:
    files = world.publish()
    path = publication.filings(payload_of(files, publication.trust_list(1))["filings"]["digest"])
    data = jsonform.encode(changed(json.loads(files[path]), rng, binary=False))
    digest = sha256(data).hexdigest()
    files[publication.filings(digest)] = data
    renamed(files, filings={"digest": digest})
    return files, certificate.qr_text


def _catalogue(world: World, certificate: Certificate, rng: random.Random) -> Made:
    files = world.publish()
    payload = jsonform.encode(changed(payload_of(files, publication.catalogue(1)), rng, binary=False))
    container = jose.join([jose.sign(payload, Key("root"), typ=CATALOGUE_TYP)])
    files[publication.catalogue(1)] = container
    renamed(files, catalogue={"version": 1, "digest": sha256(container).hexdigest()})
    return files, certificate.qr_text


def _shard(world: World, certificate: Certificate, rng: random.Random) -> Made:
    files = world.publish()
    manifest = _manifest_of(files)
    shard = cbor.decode(files[publication.shard(manifest[3][0].hex())], max_bytes=1 << 20)
    _put_manifest(files, [*manifest[:3], [sha256(_put(files, changed(shard, rng))).digest()]])
    return files, certificate.qr_text


def _manifest(world: World, certificate: Certificate, rng: random.Random) -> Made:
    files = world.publish()
    _put_manifest(files, changed(_manifest_of(files), rng))
    return files, certificate.qr_text


def _status_list(world: World, certificate: Certificate, rng: random.Random) -> Made:
    files = world.publish()
    message = cose.parse(files[publication.status_cwt("0")], max_bytes=1 << 20, typ=statuslist.CWT_TYP)
    payload = cbor.encode(changed(cbor.decode(message.payload, max_bytes=1 << 20), rng))
    data = cose.sign(payload, world.status_key, typ=statuslist.CWT_TYP)
    digest = sha256(data).hexdigest()
    files[publication.status_at(digest)] = data
    resigned(lambda snapshot: {**snapshot, "status": [{**snapshot["status"][0], "cwt": digest}]})(files)
    return files, certificate.qr_text


SUBJECTS: Final = (
    _claims,
    _claims,
    _history,
    _history,
    _face,
    _face,
    _trust_list,
    _trust_list,
    _snapshot,
    _filings,
    _catalogue,
    _shard,
    _manifest,
    _status_list,
)


def _manifest_of(files: dict[str, bytes]) -> list[Any]:
    digest = payload_of(files, publication.SNAPSHOT)["manifests"][0]
    item = cbor.decode(files[publication.shard(digest)], max_bytes=1 << 20)
    assert isinstance(item, list)
    return item


def _put_manifest(files: dict[str, bytes], item: object) -> None:
    digest = sha256(_put(files, item)).hexdigest()
    resigned(lambda snapshot: {**snapshot, "manifests": [digest]})(files)


def _put(files: dict[str, bytes], item: object) -> bytes:
    data = cbor.encode(item)
    files[publication.shard(sha256(data).hexdigest())] = data
    return data


def changed(value: Any, rng: random.Random, *, binary: bool = True) -> Any:
    """A copy with one to three places changed."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = list(_places(value))
        if places:
            holder, key = rng.choice(places)
            _change_place(holder, key, rng, COMMON + BINARY if binary else COMMON)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every list or map with every index or key in it."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _change_place(holder: Any, key: Any, rng: random.Random, words: tuple[object, ...]) -> None:
    old = holder[key]
    match rng.randrange(8), old:
        case 0, _:
            del holder[key]
        case 1, _ if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(old))
        case 2, _ if isinstance(holder, list):
            rng.shuffle(holder)
        case 3, _ if isinstance(holder, dict):
            holder[rng.choice(("v", "x", "id"))] = copy.deepcopy(rng.choice(words))
        case ((4 | 5), int()) if not isinstance(old, bool):
            holder[key] = old + rng.choice((-1, 1, -86400, 86400, 300, 301, 1 << 20))
        case ((4 | 5), str()):
            at = rng.randrange(len(old) + 1)
            holder[key] = old[:at] + rng.choice(("", "x", "0", " ", "\u200b", "é", "𠮷", "\U000e0100")) + old[at + 1 :]
        case ((4 | 5), bytes()) if old:
            at = rng.randrange(len(old))
            holder[key] = rng.choice((old[:at] + bytes([rng.randrange(256)]) + old[at + 1 :], old[:-1], old + b"\x00"))
        case _:
            holder[key] = copy.deepcopy(rng.choice(words))
