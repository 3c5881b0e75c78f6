"""The parts of a strange publication that hang on the certificate and on the snapshot (see ``strange``).

data, award = parts.credential(draw, cti, lists=1)
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from credential import cbor, cose, history, jsonform, publication, sealed, shards, statuslist
from credential.days import from_seconds
from credential.kdf import prefix
from tests.conformance.draw import (
    DAY,
    FOLLOWS,
    KINDS,
    STATE,
    TODAY,
    Draw,
    T,
    bitten,
    spelled,
)
from tests.support.keys import Key
from tests.support.worldparts import COMMITTEE_NUMBER
from tests.vectors.craft import signed
from tests.vectors.model import Files, Look
from tests.vectors.served import token

# --- what hangs on the certificate -----------------------------------------------------------------------------------


def credential(draw: Draw, cti: bytes, lists: int) -> tuple[bytes, dict[str, Any]]:
    draw.part()
    own = prefix(cti, (lists - 1).bit_length())
    way = draw.often(1, 2, 3, 5, 6, 9, 9, of=2)
    award = {
        "day": draw.often(20634, 0, 1, 2932896, TODAY, TODAY + 1, 20649, 20650, of=4),
        "idx": draw.often(734211, 0, 1, (1 << 20) - 1, 1 << 20, of=4),
        "series": draw.often(5, 1, 255, 22, of=5),
        "level": draw.often(2, 1, 5, of=5),
        "way": way,
        "reference": draw.text(COMMITTEE_NUMBER),
        "base": draw.often("https://zc.example/p/", "http://[::1]:1/p/", "https://zc.example:8443/~!/", of=10),
    }
    kind = draw.often(5 if way == 9 else 1, 2, 3, 4, 5, 1, of=4)
    scope = draw.often(
        None, [990101, "示范区"], [990100, draw.text("市", of=2)], [990000, "省"], [100000, "x"], [999999, "y"], of=3
    )
    more: list[Any] = [draw.rng.choice((None, [[[[[]]]]], {1: {"a": b""}}, 2**53 - 1, "\u202e", True))] * draw.often(
        0, 1, 3
    )
    members = [
        1,
        draw.text("王䶮", of=4),
        draw.often("002X", "ZZZZ", "0000"),
        draw.often("SF2026-00001", "----", "A" * 24, "A" * 25),
        award["series"],
        draw.often(5002, 1, 65535, of=5),
        draw.text("建筑工程", of=4),
        award["level"],
        way,
        award["day"],
        [kind, award["reference"]],
        scope,
        *more,
    ]
    item = {
        1: draw.often("demo-hrss", "demo-district", "nobody", of=12),
        6: draw.often(T, 0, 253402214400, 253402214401, of=8),
        7: cti,
        65535: {
            "status_list": {"idx": award["idx"], "uri": f"{award['base']}status/{draw.often(own, 0, 1, of=20)}.cwt"}
        },
        -65537: members,
    }
    return signed(bitten(draw, cbor.encode(item)), draw.world.credential_key), award


def events(draw: Draw, data: bytes) -> tuple[list[list[Any]], str]:
    """A walk along the arrows, of up to 64 events, sometimes a step beside them."""
    draw.part()
    rng = draw.rng
    issued = draw.often(1784084400, 1784084400 - 3600 * 11 - 1, 1784084400 - 3600 * 11, 0, of=4)
    events: list[list[Any]] = [
        [
            1,
            draw.near((issued + 8 * 3600) // DAY, of=60),
            issued,
            "demo-hrss",
            "",
            "",
            0,
            _registration(draw, data, issued),
        ]
    ]
    state, recorded = "valid", issued
    for _ in range(rng.choice((0, 0, 1, 2, 3, 5, 8, 62, 63, 64))):
        recorded += rng.choice((0, 1, 3600, DAY, 7 * DAY)) - (1 if rng.randrange(200) == 0 else 0)
        kind = rng.choice(KINDS if rng.randrange(100) == 0 else FOLLOWS[state])
        day = (recorded + 8 * 3600) // DAY - rng.choice((0, 0, 1, 30)) + (1 if rng.randrange(300) == 0 else 0)
        number = draw.often("SF2027-00001", "----", "abc", of=20)
        detail = {6: number, 7: draw.text("注", of=20), 8: number, 10: draw.rng.choice((None, [1], {1: "x"}))}.get(kind)
        authority = draw.often("demo-hrss", "demo-district", "gone-since", of=5)
        events.append(
            [
                kind,
                max(day, 0),
                recorded,
                authority,
                draw.text("", of=30),
                draw.text("", of=30),
                10 if rng.randrange(300) == 0 else rng.randrange(10),
                detail,
            ]
        )
        state = STATE.get(kind, state)
    return events, state


def _registration(draw: Draw, data: bytes, issued: int) -> list[Any]:
    """The digest and, sometimes, a certificate replaced with the day to count from."""
    day = (issued + 8 * 3600) // DAY
    replaced = [draw.often("SF2023-00001", "abc", of=20), draw.often(20634, 0, day, day + 1, 20649, of=4)]
    return [sha256(data).digest(), draw.often(None, replaced, of=3)]


def records(draw: Draw, cti: bytes, code: str, data: bytes, events: list[list[Any]]) -> list[bytes]:
    draw.part()
    payload = bitten(draw, cbor.encode([1, draw.often(cti, bytes(16), of=60), events]))
    plain = cose.sign(payload, draw.often(Key("status"), Key("publisher"), Key("stranger"), of=40), typ=history.TYP)
    nonce = bytes(12)
    records = [sealed.seal(sealed.Kind.CERTIFICATE, code.encode(), data, nonce=nonce)]
    if not draw.seldom(12):
        records.append(sealed.seal(sealed.Kind.HISTORY, cti, plain, nonce=nonce))
    return [bytes(each) for each in records]


# --- what hangs on the snapshot --------------------------------------------------------------------------------------


def _put(draw: Draw, item: object) -> str:
    data = bitten(draw, cbor.encode(item))
    digest = sha256(data).hexdigest()
    draw.files[publication.shard(digest)] = data
    return digest


def shard_files(draw: Draw, cti: bytes, records: list[bytes], length: int) -> list[str]:
    """The one shard and the one manifest that a check asks for, among names of files that nobody has."""
    draw.part()
    bits = shards.manifest_bits(length)
    wanted, number = prefix(cti, length), prefix(cti, bits)
    shard = _put(draw, [1, length, draw.often(wanted, wanted ^ 1, of=60), sorted(records, reverse=draw.seldom(20))])
    digests = [bytes(32)] * (1 << (length - bits))
    digests[wanted & (len(digests) - 1)] = bytes.fromhex(shard)
    manifests = ["0" * 64] * (1 << bits)
    manifests[number] = _put(draw, [1, length, number, digests])
    return manifests


def status_list(draw: Draw, trust: dict[str, Any], number: int, index: int, value: int) -> dict[str, Any]:
    draw.part()
    said = draw.often(value, 0, 1, 2, 3, 12, 4, 15, of=12)
    array = statuslist.StatusArray.zeros().with_changes({index: said} if index < 1 << 20 else {})
    issued = draw.often(draw.now - 60, draw.now + 300, draw.now + 301, of=12)
    payload = {
        2: draw.often(trust["status"][number]["cwt"], trust["status"][number]["jwt"], of=30),
        4: draw.often(issued + DAY, draw.now, draw.now + 1, issued + 7 * DAY, issued + 7 * DAY + 1, issued, of=8),
        6: issued,
        65534: draw.often(3600, 0, -1, 2**53 - 1, of=10),
        65533: {"bits": 4, "lst": draw.often(array.pack(), array.pack()[:-1], b"", array.pack() + b"\x00", of=25)},
    }
    data = cose.sign(bitten(draw, cbor.encode(payload)), Key("status"), typ=statuslist.CWT_TYP)
    digest = sha256(data).hexdigest()
    draw.files[publication.status_at(digest)] = data
    return {"id": number, "cwt": digest, "jwt": "0" * 64}


def snapshot(draw: Draw, trust: dict[str, Any], lists: int, length: int) -> dict[str, Any]:
    draw.part()
    issued = draw.often(draw.now - 3600, draw.now + 300, draw.now + 301, of=12)
    least = 128 << length if length else 1
    return {
        "v": 1,
        "deployment": draw.often("demo", "demo2", of=60),
        "seq": draw.rng.choice((2, 3, 2**53 - 1)),
        "iat": issued,
        "exp": draw.often(issued + DAY, draw.now, draw.now + 1, issued + 7 * DAY, issued + 7 * DAY + 1, of=10),
        "trust": {"version": 1, "digest": trust["digest"]},
        "status": lists,
        "prefix": length,
        "records": draw.often(least, least - 1, least * 2, 2**53 - 1, of=8),
        "manifests": [],
        "audit": {"length": draw.often(1, 0, 2**53 - 1), "head": "0" * 64},
    }


def put_snapshot(draw: Draw, snapshot: dict[str, Any]) -> None:
    payload = spelled(draw, jsonform.encode(snapshot))
    key = draw.often(Key("publisher"), Key("status"), Key("stranger"), of=60)
    draw.files[publication.SNAPSHOT] = token(payload, key)


def looks_before(draw: Draw, snapshot: dict[str, Any]) -> tuple[Look, ...]:
    """Looks at the same publication under other numbers, at other times."""
    draw.part()
    looks = []
    for _ in range(draw.often(0, 1, 2, of=4)):
        other = {
            **snapshot,
            "seq": draw.rng.choice((1, snapshot["seq"], snapshot["seq"] - 1, min(snapshot["seq"] + 1, 2**53 - 1))),
        }
        other["audit"] = draw.often(snapshot["audit"], {"length": 7, "head": "0" * 64}, of=2)
        files: Files = {**draw.files, publication.SNAPSHOT: token(jsonform.encode(other), Key("publisher"))}
        looks.append(
            Look(files=files, now=from_seconds(draw.now) + timedelta(seconds=draw.rng.choice((-DAY, 0, DAY, 2 * DAY))))
        )
    return tuple(looks)


def hold_back(draw: Draw) -> None:
    draw.part()
    if draw.seldom(6):
        path = draw.rng.choice(sorted(draw.files))
        if draw.rng.randrange(2):
            del draw.files[path]
        else:
            draw.files[path] += b"\n"
