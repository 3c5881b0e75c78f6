"""Whole publications at the borders of the rules: what an honest office rarely writes, where two readers could differ.

Where ``mutants`` changes one place of a usual publication, this draws many knobs at once: instants at the very ends of
windows, days at the border of the civil day, histories of up to 64 events, prefixes up to 20 bits, several status
lists, grants and filings that overlap, texts at the edges of the refused ranges, payloads in a second form, files held
back, and what was seen before. Rules: everything comes from one seed; nobody says what the answer is, both languages
only have to give the same.

    for case in strange(seed=1, count=100):
        case.files, case.qr_texts, case.check_codes
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from credential import checkcode, jose, jsonform, publication
from credential.days import from_day, from_seconds
from credential.errors import CredentialError
from credential.members import key_to_json
from credential.outcomes import Outcome, Reason
from credential.roots import TYP as ROOT_TYP
from credential.text import to_base64url
from credential.trustlist import TYP as TRUST_TYP
from tests.conformance import strangeparts as parts
from tests.conformance.draw import (
    DAY,
    MIDNIGHT,
    ORIGINS,
    VALUE,
    Draw,
    T,
    ext,
    spelled,
)
from tests.support.keys import Key
from tests.support.worldparts import CATALOGUE, CATALOGUE_TYP, COMMITTEE_NUMBER
from tests.vectors.craft import qr
from tests.vectors.model import Case, Kind
from tests.vectors.served import payload_of
from tests.vectors.subjects.suites import token as later_token


def strange(*, seed: int, count: int) -> Iterator[Case]:
    """At most ``count`` cases; their outcome is nobody's claim."""
    rng = random.Random(seed)  # noqa: S311 - inputs, no secrets
    for number in range(count):
        try:
            yield _case(Draw(rng), f"strange {number} of seed {seed}")
        except (CredentialError, UnicodeEncodeError):
            continue


def _case(draw: Draw, name: str) -> Case:
    rng = draw.rng
    draw.now = rng.choice((T, T, T, MIDNIGHT, MIDNIGHT - 1, MIDNIGHT + DAY - 1))
    lists, length = rng.choice((1, 1, 1, 2, 4, 16)), rng.choice((0, 0, 0, 1, 2, 3, 7, 13, 20))
    cti = sha256(b"%d" % rng.getrandbits(64)).digest()[:16]
    root = _roots(draw)
    data, award = parts.credential(draw, cti, lists)
    events, state = parts.events(draw, data)
    code = checkcode.make(cti, sha256(b"code" + cti).digest()[:15])
    records = parts.records(draw, cti, code, data, events)
    trust = _trust_list(draw, award, lists, events)
    snapshot = parts.snapshot(draw, trust, lists, length)
    snapshot["manifests"] = parts.shard_files(draw, cti, records, length)
    index = award["idx"]
    snapshot["status"] = [parts.status_list(draw, trust, each, index, VALUE.get(state, 0)) for each in range(lists)]
    seen = parts.looks_before(draw, snapshot)
    parts.put_snapshot(draw, snapshot)
    parts.hold_back(draw)
    by_code = rng.randrange(4) == 0
    return Case(
        name=name,
        kind=Kind.VERDICT,
        outcome=Outcome.VALID,
        reason=Reason.IN_FORCE,
        step=9,
        why="",
        section="",
        root=root,
        qr_texts=() if by_code else (qr(data, draw.often("https://zc.example", *ORIGINS, of=4)),),
        check_codes=(_typed(draw, code),) if by_code else (),
        files=draw.files,
        seen=seen,
        now=from_seconds(draw.now),
        at=_at(draw, events),
    )


def _typed(draw: Draw, code: str) -> str:
    wide = "".join(chr(ord(each) + 0xFEE0) for each in code)
    return str(
        draw.often(code, code.lower(), wide, wide.lower(), " - ".join(code), "·".join(code), code[::-1], code + "2")
    )


def _at(draw: Draw, events: list[list[Any]]) -> Any:
    today = (draw.now + 8 * 3600) // DAY
    asked = draw.rng.choice([None, None, today, 0, *(each[1] + draw.rng.choice((-1, 0, 1)) for each in events)])
    return None if asked is None or not 0 <= asked <= today else from_day(asked)


# --- what hangs on the root ------------------------------------------------------------------------------------------


def _roots(draw: Draw) -> bytes:
    """A chain of one to three sets; returns the pinned one."""
    draw.part()
    rng, sets = draw.rng, []
    names = ["root", "root b", "root c"]
    for version in range(1, rng.choice((1, 1, 1, 2, 3)) + 1):
        keys = [Key(each) for each in (names if version > 1 else names[: rng.choice((1, 3))])]
        sets.append(sorted(keys, key=lambda key: to_base64url(key.key_id)))
    for version, keys in enumerate(sets, start=1):
        payload = {
            "demonstration": True,
            "iat": 1704067200,
            "keys": [_key(draw, key_to_json(key.public), usual=version == 1) for key in keys],
            "threshold": min(len(keys), draw.often(1, 2, 3)),
            "v": 1,
            "version": draw.often(version, version + 1, of=30) if version > 1 else 1,
        }
        signers = {key.name: key for each in sets[max(0, version - 2) : version] for key in each}
        if version > 1 and draw.seldom(8):
            signers.pop(rng.choice(sorted(signers)))
        draw.files[publication.root(version)] = _container(
            draw, payload, list(signers.values()), ROOT_TYP, usual=version == 1
        )
    draw.world.root_signers = sets[-1][:1] if draw.seldom(6) else sets[-1]
    return draw.files[publication.root(1)]


def _key(draw: Draw, entry: dict[str, Any], *, usual: bool = False) -> dict[str, Any]:
    """The entry of a key, or once in a while one of a later suite, whose header may say so or not."""
    if usual:
        return entry
    alg = draw.often("ES256", "SM2", "es256", "A" * 33, of=20)
    return {**entry, "alg": alg, "params": draw.often({}, {"id": "1"}, [], of=25)}


def _container(draw: Draw, payload: dict[str, Any], signers: list[Key], typ: str, *, usual: bool = False) -> bytes:
    data = jsonform.encode(payload)
    data = data if usual else spelled(draw, data)
    lines = [
        later_token(data, key, typ) if not usual and draw.seldom(20) else jose.sign(data, key, typ=typ)
        for key in signers or [Key("stranger")]
    ]
    return jose.join(lines)


def _trust_list(draw: Draw, award: dict[str, Any], lists: int, events: list[list[Any]]) -> dict[str, Any]:
    draw.part()
    issued, last = events[0][2], events[-1][2]
    listed: dict[str, Any] = payload_of(draw.world.publish(), publication.trust_list(1))
    instants = {"credential": issued, "publisher": draw.now - 3600, "status": last}
    for entry in listed["keys"]:
        _key_life(draw, entry, instants[entry["use"]])
        entry.update(_key(draw, entry))
        entry["use"] = draw.often(entry["use"], "timestamp", "Status", of=25)
    base = draw.often("https://zc.example/p/", "http://[::1]:1/p/", "https://zc.example:8443/~!/", of=10)
    kids = listed["status"][0]["kids"]
    listed["status"] = [
        {"id": each, "cwt": f"{award['base']}status/{each}.cwt", "jwt": f"{base}status/{each}.jwt", "kids": kids}
        for each in range(lists)
    ]
    listed["hosts"] = draw.rng.sample(ORIGINS, draw.rng.randrange(1, 3)) if draw.seldom(6) else ["https://zc.example"]
    for authority in listed["authorities"]:
        authority["name"] = draw.text(authority["name"])
        authority["region"] = draw.often(authority["region"], "990100", "990001", "100000", "119900", of=8)
        authority["grants"] = [
            _grant(draw, each, award, issued) for each in authority["grants"] for _ in range(draw.often(1, 0, 2))
        ]
    _named_files(draw, listed, award)
    listed["ext"] = ext(draw)
    listed["iat"] = draw.often(listed["iat"], draw.now + 300, draw.now + 301, of=12)
    listed["exp"] = draw.often(
        listed["exp"], draw.now, draw.now + 1, listed["iat"] + 400 * DAY, listed["iat"] + 400 * DAY + 1, of=12
    )
    container = _container(draw, listed, draw.world.root_signers, TRUST_TYP)
    draw.files[publication.trust_list(1)] = container
    return {**listed, "digest": sha256(container).hexdigest()}


def _key_life(draw: Draw, entry: dict[str, Any], instant: int) -> None:
    if draw.seldom(4):
        entry["from"] = draw.near(instant, of=2)
    if draw.seldom(4):
        entry["until"] = max(draw.near(instant, of=2), entry["from"] + draw.often(1, 0))
        entry["state"] = draw.rng.choice(("ended", "active"))
    if draw.seldom(6):
        entry["state"], entry["compromised_since"] = "compromised", draw.near(instant, of=2)


def _grant(draw: Draw, grant: dict[str, Any], award: dict[str, Any], issued: int) -> dict[str, Any]:
    day, issued_day = award["day"], (issued + 8 * 3600) // DAY
    made = dict(grant)
    if draw.seldom(3):
        made["from"] = _date(draw.near(draw.rng.choice((day, issued_day)), of=2))
    if draw.seldom(3):
        made["until"] = max(made["from"], _date(draw.near(draw.rng.choice((day, issued_day)), of=2)))
    made["series"] = draw.often(made["series"], "*", [award["series"]], [255], list(range(1, 256)), of=5)
    made["levels"] = draw.often(made["levels"], "*", [award["level"]], [1, 2, 3, 4, 5], of=5)
    made["ways"] = draw.often(made["ways"], "*", [award["way"]], [9], [1, 2, 3, 4, 5, 6, 7, 8, 9], of=5)
    made["committee_ways"] = draw.often(made["committee_ways"], [], [award["way"]], list(range(1, 10)), of=5)
    made["max_gap_days"] = draw.often(
        made["max_gap_days"], 0, draw.near(max(1, min(issued_day - day, 36524)), of=2), 36525, of=3
    )
    made["region"] = draw.often(made["region"], "990000", "990100", "990101", "100000", of=5)
    made["scope_required"] = draw.often(made["scope_required"], True, False)
    made["acts"] = draw.often(made["acts"], ["issue"], ["withdraw"], ["suspend", "issue"], ["issue", "teach"], of=10)
    return made


def _date(day: int) -> str:
    return from_day(min(max(day, 0), 2932896)).isoformat()


def _named_files(draw: Draw, listed: dict[str, Any], award: dict[str, Any]) -> None:
    """The filings and the catalogue, named by their digests."""
    draw.part()
    committees = [{"id": draw.text("engineering"), "name": draw.text("示范省工程系列高级职称评审委员会")}]
    filing = {
        "number": draw.often(award["reference"], COMMITTEE_NUMBER),
        "committee": committees[0]["id"],
        "authority": draw.often("demo-hrss", "demo-district", "nobody"),
        "series": draw.often("*", [award["series"]], [], [1, 1], of=5),
        "levels": draw.often("*", [award["level"]], [5], of=5),
        "region": draw.often("990000", "990100", "990101", "110000", of=5),
        "scope": draw.often(None, "990101", "990100", "990000", of=5),
        "from": _date(draw.near(award["day"] - draw.often(100, 0, of=3), of=4)),
        "until": _date(draw.near(award["day"] + draw.often(100, 0, of=3), of=4)),
    }
    filings = [filing] * draw.often(1, 0, 2, of=12)
    data = spelled(draw, jsonform.encode({"committees": committees, "ext": ext(draw), "filings": filings, "v": 1}))
    digest = sha256(data).hexdigest()
    draw.files[publication.filings(digest)] = data
    listed["filings"] = {"digest": digest}
    names: Any = {
        **CATALOGUE,
        "ext": ext(draw),
        "series": draw.often(CATALOGUE["series"], [{"number": 5, "name": "\u202e"}], [{"number": 5, "name": ""}] * 2),
    }
    container = _container(draw, names, [Key("root")], CATALOGUE_TYP)
    draw.files[publication.catalogue(1)] = container
    listed["catalogue"] = {"version": 1, "digest": sha256(container).hexdigest()}
