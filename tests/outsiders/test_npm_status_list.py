"""The status lists of a publication, read by a JavaScript library, and that library's lists, read by ours.

The program is handed what a stranger has: the files of the publication, the addresses and keys of its trust list.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from credential import jose, jsonform
from credential.claims import LIST_SIZE
from credential.days import to_seconds
from credential.history import EventKind
from credential.statuslist import JWT_TYP, StatusArray, sign_jwt, unpack, verify_jwt
from credential.text import from_base64url, to_base64url
from tests.credential.test_statuslist import VECTORS
from tests.outsiders.test_outsiders import run
from tests.support.keys import Key
from tests.support.tools import NPM, require_npm_packages
from tests.support.world import NOW, World

pytestmark = pytest.mark.outsider

STATUS = Key("status")
STATES: dict[tuple[EventKind, ...], int] = {
    (): 0,
    (EventKind.WITHDRAWN,): 1,
    (EventKind.SUSPENDED,): 2,
    (EventKind.SUPERSEDED,): 3,
    (EventKind.CANCELLED,): 12,
    (EventKind.SUSPENDED, EventKind.REINSTATED): 0,
    (EventKind.SUSPENDED, EventKind.WITHDRAWN): 1,
}
"""What happened to a certificate, and the number that readers of FORMAT 7 expect."""


def ask(**given: Any) -> dict[str, Any]:
    """Ask the library; what is not given is empty."""
    nothing: dict[str, Any] = {"now": to_seconds(NOW), "keys": {}, "tokens": [], "arrays": [], "write": []}
    return run(require_npm_packages(), NPM / "status_list.mjs", nothing | given)


def certificates(world: World) -> dict[str, dict[int, int]]:
    """Issue two certificates for each of the states; return place and number of each by the address of the list."""
    expected: dict[str, dict[int, int]] = {}
    for events, number in (*STATES.items(), *STATES.items()):
        made = world.issue()
        for kind in events:
            world.append(made, kind, detail="SF2026-90001" if kind is EventKind.SUPERSEDED else None)
        expected.setdefault(made.claims.status.uri, {})[made.claims.status.index] = number
    return expected


def payload_of(token: bytes) -> dict[str, Any]:
    """The payload of a token, or of the first one in a container."""
    payload: dict[str, Any] = json.loads(from_base64url(token.decode().split(".")[1]))
    return payload


def signed(array: StatusArray, *, signer: Key = STATUS, **later: float) -> str:
    issued = NOW + timedelta(**later)
    times: dict[str, Any] = {"issued_at": issued, "expires_at": issued + timedelta(hours=24)}
    return sign_jwt(array, "https://zc.example/p/status/0.jwt", signer, ttl=timedelta(hours=1), **times)


@pytest.mark.slow
def test_it_reads_every_entry_of_a_published_list() -> None:
    world = World(lists=2)
    expected = certificates(world)
    files = world.publish()
    trust = payload_of(files["trust/list/1"])
    jwks = {entry["kid"]: entry["jwk"] for entry in trust["keys"] if entry["use"] == "status"}
    assert len(expected) == len(trust["status"]) == 2
    for assigned in trust["status"]:
        token = files[assigned["jwt"].removeprefix("https://zc.example/p/")].decode()
        (answer,) = ask(keys={kid: jwks[kid] for kid in assigned["kids"]}, tokens=[token])["tokens"]
        assert answer["header"] == {"alg": "ES256", "kid": assigned["kids"][0], "typ": "statuslist+jwt"}
        iat = to_seconds(NOW)
        assert answer["claims"] == {"sub": assigned["jwt"], "iat": iat, "exp": iat + 86400, "ttl": 3600}
        shown = answer["list"]
        assert (shown["bits"], shown["size"]) == (4, LIST_SIZE)
        entries = expected[assigned["cwt"]]
        assert {index: shown["set"].get(str(index), 0) for index in entries} == entries
        assert len(shown["set"]) == sum(number != 0 for number in entries.values())


@pytest.mark.slow
def test_it_refuses_what_was_changed_or_is_out_of_its_time() -> None:
    array = StatusArray.zeros().with_changes({17: 1})
    good = signed(array)
    head, _, signature = good.split(".")
    other = signed(array.with_changes({17: 0})).split(".")[1]
    tokens = [
        good,
        f"{head}.{other}.{signature}",
        signed(array, signer=Key("somebody else")),
        signed(array, hours=1),
        signed(array, hours=-25),
    ]
    jwks = {to_base64url(STATUS.key_id): STATUS.public.to_jwk()}
    first, *refused = ask(keys=jwks, tokens=tokens)["tokens"]
    assert first["list"]["set"] == {"17": 1}
    assert [answer["error"] for answer in refused] == [
        "Verify Error: Invalid JWT Signature",
        "unknown key",
        "Verify Error: JWT is not yet valid",
        "Verify Error: JWT is expired",
    ]


@pytest.mark.slow
def test_it_reads_arrays_of_every_width_as_we_do() -> None:
    answers = ask(arrays=[{"bits": vector["bits"], "lst": vector["lst"]} for vector in VECTORS])["arrays"]
    assert [answer["bits"] for answer in answers] == [1, 2, 4, 8]
    for vector, answer in zip(VECTORS, answers, strict=True):
        set_in_vector = {index: value for index, value in vector["values"].items() if value}
        assert (answer["size"], answer["set"]) == (LIST_SIZE, set_in_vector)


@pytest.mark.slow
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_we_read_arrays_of_every_width_that_it_wrote(bits: int) -> None:
    values = [(index * index + index // 7) % (1 << bits) for index in range(4096)]
    claims = {"sub": "https://zc.example/status/1", "iat": to_seconds(NOW)}
    (written,) = ask(write=[{"bits": bits, "values": values, "claims": claims}])["written"]
    listed = written["payload"]["status_list"]
    assert listed["bits"] == bits
    array = unpack(from_base64url(listed["lst"]), bits=bits, plain_bytes=len(values) * bits // 8)
    assert [array[index] for index in range(len(array))] == values


@pytest.mark.slow
def test_we_take_a_whole_list_that_it_wrote() -> None:
    """Header and payload are the library's; only the form of the JSON and the signature are ours."""
    uri, iat = "https://zc.example/p/status/0.jwt", to_seconds(NOW)
    values = [0] * LIST_SIZE
    values[0], values[17], values[18], values[LIST_SIZE - 1] = 1, 2, 3, 12
    claims = {"sub": uri, "iat": iat, "exp": iat + 86400, "ttl": 3600}
    (written,) = ask(write=[{"bits": 4, "values": values, "claims": claims}])["written"]
    assert written["header"] == {"alg": "ES256", "typ": JWT_TYP}
    token = jose.sign(jsonform.encode(written["payload"]), STATUS, typ=written["header"]["typ"])
    found = verify_jwt(token.encode(), {STATUS.key_id: STATUS.public}, uri=uri, now=NOW)
    assert found.array == StatusArray.zeros().with_changes({0: 1, 17: 2, 18: 3, LIST_SIZE - 1: 12})
    assert (found.issued_at, found.expires_at, found.ttl) == (NOW, NOW + timedelta(days=1), timedelta(hours=1))
