"""Trust lists (FORMAT 9) and the container of several signatures (FORMAT 1.6)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

from credential import jose, jsonform, publication
from credential.text import from_base64url, to_base64url
from credential.trustform import KeyState
from credential.trustlist import TYP as TRUST_TYP
from tests.support.keys import Key
from tests.support.world import World
from tests.support.worldparts import ORIGIN, PROVINCE, key_entry, wide_grant
from tests.vectors.model import Book
from tests.vectors.served import (
    UNTRUSTED,
    VALID,
    Change,
    ask,
    resigned,
)

CERTIFICATE: Final = {
    "authority": PROVINCE,
    "alg": "ES256",
    "params": {},
    "certificate": "AAAA",
    "from": 0,
    "until": None,
    "state": "active",
}


def cases(book: Book) -> None:
    """Each has a publication of its own, which differs in one file or two from the one in order."""
    _trust_lists(book)


def _trust_lists(book: Book) -> None:
    def changed(name: str, why: str, expect: str = UNTRUSTED, section: str = "9", **changes: Any) -> None:
        world = World()
        world.change_trust(**({"version": 1} | changes))
        ask(book, name, expect, why, section, world)

    usual = World()
    keys, authorities = usual.trust.keys, usual.trust.authorities
    changed(
        "trust_list_with_duplicate_kid_fail",
        "One key, two entries: which use counts?",
        keys=(*keys, replace(keys[0], use="receipt", authority=None)),
    )
    changed("trust_list_with_the_same_key_twice_fail", "A key is named once.", keys=(*keys, keys[0]))
    changed(
        "trust_list_with_an_authority_twice_fail",
        "An authority is named once.",
        authorities=(*authorities, authorities[0]),
    )
    stray = key_entry(Key("stray"), "credential", "nobody-here")
    changed("trust_list_with_a_key_of_nobody_fail", "A key's authority is in the list.", keys=(*keys, stray))
    changed(
        "trust_list_with_an_unowned_credential_key_fail",
        "A credential key belongs to an authority.",
        keys=(*keys, key_entry(Key("stray"), "credential", None)),
    )
    changed(
        "trust_list_with_a_key_for_root",
        "Root keys stand in root files: here such a key is of no use to anybody.",
        VALID,
        section="1.2",
        keys=(*keys, key_entry(Key("stray"), "root", None)),
    )
    changed(
        "trust_list_with_a_key_of_the_root_set_fail",
        "Every key has one use: what signs trust lists, away from every network, signs no snapshots.",
        keys=(*keys, key_entry(Key("root"), "publisher", None)),
    )
    changed(
        "trust_list_with_compromised_key_without_date_fail",
        "A compromised key says since when.",
        keys=(*keys, replace(stray, authority=PROVINCE, state=KeyState.COMPROMISED)),
    )
    changed(
        "trust_list_with_ended_key_without_date_fail",
        "An ended key says when.",
        keys=(*keys, replace(stray, authority=PROVINCE, state=KeyState.ENDED)),
    )
    changed(
        "trust_list_with_window_backwards_fail",
        "until is behind from.",
        keys=(*keys, replace(stray, authority=PROVINCE, ends=stray.begins)),
    )
    changed("trust_list_without_keys_fail", "At least one key.", keys=())
    changed(
        "trust_list_of_another_demonstration_fail",
        "Root and list agree whether this is a demonstration.",
        demonstration=False,
    )
    changed(
        "trust_list_with_plain_http_host",
        "In a demonstration loopback may be official.",
        VALID,
        hosts=(ORIGIN, "http://127.0.0.1:8787"),
    )
    changed("trust_list_with_plain_http_elsewhere_fail", "http on loopback only.", hosts=(ORIGIN, "http://zc.example"))
    changed("trust_list_with_host_in_capitals_fail", "Lower case.", hosts=("https://ZC.example",))
    changed("trust_list_with_port_zero_fail", "No port is 0.", section="9.1", hosts=(ORIGIN, "https://zc.example:0"))
    changed("trust_list_with_dots_in_a_path_fail", "No dots.", section="9.1", publications=(f"{ORIGIN}/../p/",))
    changed("trust_list_with_host_twice_fail", "Named once.", hosts=(ORIGIN, ORIGIN))
    changed(
        "trust_list_with_status_address_twice_fail",
        "Two forms, two addresses.",
        status=(replace(usual.trust.status[0], jwt=usual.trust.status[0].cwt),),
    )
    changed(
        "trust_list_with_status_key_of_another_use_fail",
        "Only status keys are assigned to lists.",
        status=(replace(usual.trust.status[0], kids=(usual.publisher.key_id,)),),
    )
    changed(
        "trust_list_with_unknown_status_key_fail",
        "Only status keys are assigned to lists.",
        status=(replace(usual.trust.status[0], kids=(Key("stranger").key_id,)),),
    )
    second = replace(usual.trust.status[0], id=2, cwt=f"{ORIGIN}/p/status/2.cwt", jwt=f"{ORIGIN}/p/status/2.jwt")
    changed("trust_list_with_status_ids_apart_fail", "The ids are 0 to L-1.", status=(usual.trust.status[0], second))
    three = tuple(
        replace(second, id=n, cwt=f"{ORIGIN}/p/status/{n}.cwt", jwt=f"{ORIGIN}/p/status/{n}.jwt") for n in range(3)
    )
    changed("trust_list_with_three_status_lists_fail", "L is a power of two.", section="7", status=three)
    for name, grant in (
        ("with_an_empty_series_list", wide_grant(series=frozenset())),
        ("with_a_sixth_level", wide_grant(levels=frozenset({6}))),
        ("with_a_grant_backwards", wide_grant(last=date(2019, 1, 1))),
        ("with_a_region_of_five_digits", wide_grant(region="99000")),
    ):
        why = "A grant that covers nothing, or what does not exist."
        changed(
            f"trust_list_{name}_fail", why, authorities=(replace(authorities[0], grants=(grant,)), *authorities[1:])
        )
    for name, text in (
        ("direction_override", "示范省\u202e厅"),
        ("zero_width_space", "示范省\u200b厅"),
        ("private_use", "示范省\ue000厅"),
    ):
        changed(
            f"trust_list_name_with_{name}_fail",
            "No text holds a character that cannot be seen.",
            section="2.1",
            authorities=(replace(authorities[0], name=text), *authorities[1:]),
        )
    _raw_trust_lists(book)


def _raw_trust_lists(book: Book) -> None:
    def signed(change: Callable[[dict[str, Any]], dict[str, Any]], *, typ: str = TRUST_TYP) -> Change:
        """Sign another payload as trust list with the right key, and a snapshot that names it."""

        def tamper(files: dict[str, bytes]) -> None:
            container = files[publication.trust_list(1)]
            payload = change(json.loads(from_base64url(container.decode().split(".")[1])))
            data = jose.join([jose.sign(jsonform.encode(payload), Key("root"), typ=typ)])
            files[publication.trust_list(1)] = data
            trust = {"version": 1, "digest": sha256(data).hexdigest()}
            resigned(lambda snapshot: {**snapshot, "trust": trust})(files)

        return tamper

    def foreign_kid(payload: dict[str, Any]) -> dict[str, Any]:
        keys = [dict(entry) for entry in payload["keys"]]
        keys[0]["kid"] = to_base64url(Key("stranger").key_id)
        return {**payload, "keys": keys}

    def off_curve(payload: dict[str, Any]) -> dict[str, Any]:
        keys = [dict(entry) for entry in payload["keys"]]
        x, y = bytes(31) + b"\x05", bytes(31) + b"\x01"
        keys[0]["jwk"] = {"kty": "EC", "crv": "P-256", "x": to_base64url(x), "y": to_base64url(y)}
        thumbprint = sha256(b"\xa4\x01\x02\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y).digest()
        keys[0]["kid"] = to_base64url(thumbprint[:8])
        return {**payload, "keys": keys}

    def private_key(payload: dict[str, Any]) -> dict[str, Any]:
        keys = [dict(entry) for entry in payload["keys"]]
        keys[0]["jwk"] = {**keys[0]["jwk"], "d": keys[0]["jwk"]["x"]}
        return {**payload, "keys": keys}

    for name, why, change in (
        (
            "trust_list_with_typ_of_a_catalogue_fail",
            "typ names the format.",
            signed(lambda p: p, typ="titlecert-catalogue+jwt"),
        ),
        ("trust_list_with_a_kid_not_the_keys_own_fail", "A kid is the key's thumbprint.", signed(foreign_kid)),
        ("trust_list_with_a_point_off_the_curve_fail", "No point of P-256.", signed(off_curve)),
        ("trust_list_with_a_private_key_fail", "A JWK has crv, kty, x, y.", signed(private_key)),
        ("trust_list_with_another_member_fail", "Exactly these members.", signed(lambda p: {**p, "note": ""})),
        (
            "trust_list_with_host_as_object_fail",
            "An address is a text.",
            signed(lambda p: {**p, "hosts": [{"host": ORIGIN}]}),
        ),
        (
            "trust_list_with_act_as_array_fail",
            "An act is a word.",
            signed(lambda p: _granted(p, acts=[["issue"]])),
        ),
        (
            "trust_list_with_acts_unsorted_fail",
            "Acts stand in their order.",
            signed(lambda p: _granted(p, acts=["withdraw", "issue"])),
        ),
        (
            "trust_list_with_grant_from_a_day_that_is_none_fail",
            "2025-02-29 is no day.",
            signed(lambda p: _granted(p, **{"from": "2025-02-29"})),
        ),
        (
            "trust_list_with_grant_from_year_zero_fail",
            "There was no year zero.",
            signed(lambda p: _granted(p, **{"from": "0000-01-01"})),
        ),
        (
            "trust_list_with_instant_far_off_fail",
            "No instant behind the year 9999.",
            signed(lambda p: {**p, "keys": [{**p["keys"][0], "until": 253402214401}, *p["keys"][1:]]}),
        ),
        (
            "trust_list_with_certificate_not_base64url_fail",
            "The form of every entry is checked, needed or not.",
            signed(lambda p: {**p, "document_certificates": [{**CERTIFICATE, "certificate": "AAA="}]}),
        ),
        ("trust_list_of_version_zero_fail", "Versions begin with 1.", signed(lambda p: {**p, "version": 0})),
        (
            "trust_list_of_ten_digits_fail",
            "A version has at most nine digits.",
            signed(lambda p: {**p, "version": 10**9}),
        ),
        ("trust_list_of_format_two_fail", "v is 1.", signed(lambda p: {**p, "v": 2})),
        (
            "trust_list_with_catalogue_of_ten_digits_fail",
            "A version has at most nine digits.",
            signed(lambda p: {**p, "catalogue": {**p["catalogue"], "version": 10**9}}),
        ),
    ):
        ask(book, name, UNTRUSTED, why, "9", tamper=change)
    world = World()
    world.root_signers = [Key("stranger")]
    ask(
        book,
        "trust_list_signed_by_a_stranger_fail",
        UNTRUSTED,
        "The threshold of the newest root signs it.",
        "9",
        world,
    )
    world = World()
    world.root_signers = [Key("publisher")]
    ask(
        book,
        "trust_list_signed_by_the_publisher_fail",
        UNTRUSTED,
        "The online key cannot change what it is held to.",
        "9",
        world,
    )
    world = World()
    world.change_authority(PROVINCE, grants=(wide_grant(first=date(1949, 10, 1)),))
    ask(book, "trust_list_with_grant_from_1949", VALID, "A grant can be older than 1970.", "9", world)
    world = World()
    world.root_signers = [Key("root"), Key("stranger")]
    ask(book, "trust_list_signed_by_one_more", VALID, "A stranger's signature counts nothing.", "9", world)

    def forged_line(files: dict[str, bytes]) -> None:
        (line,) = files[publication.trust_list(1)].decode().splitlines()
        payload = from_base64url(line.split(".")[1])
        real, other = Key("root"), Key("root of another name")
        header = jsonform.encode({"alg": "ES256", "kid": to_base64url(real.key_id), "typ": TRUST_TYP})
        message = f"{to_base64url(header)}.{to_base64url(payload)}"
        data = f"{message}.{to_base64url(other.sign(message.encode()))}\n".encode()
        files[publication.trust_list(1)] = data
        trust = {"version": 1, "digest": sha256(data).hexdigest()}
        resigned(lambda snapshot: {**snapshot, "trust": trust})(files)

    ask(
        book,
        "trust_list_forged_fail",
        UNTRUSTED,
        "The root's kid over somebody else's signature.",
        "9",
        tamper=forged_line,
    )
    _containers(book)


def _granted(payload: dict[str, Any], **changes: object) -> dict[str, Any]:
    """The payload with members of its first grant replaced."""
    first, *others = payload["authorities"]
    grant, *grants = first["grants"]
    return {**payload, "authorities": [{**first, "grants": [{**grant, **changes}, *grants]}, *others]}


def _containers(book: Book) -> None:
    """The frame of several signatures (FORMAT 1.6), shown at the trust list."""

    def framed(change: Callable[[list[str]], str]) -> Change:
        def tamper(files: dict[str, bytes]) -> None:
            lines = files[publication.trust_list(1)].decode().splitlines()
            data = change(lines).encode()
            files[publication.trust_list(1)] = data
            trust = {"version": 1, "digest": sha256(data).hexdigest()}
            resigned(lambda snapshot: {**snapshot, "trust": trust})(files)

        return tamper

    def other_payload(lines: list[str]) -> str:
        payload = from_base64url(lines[0].split(".")[1]).replace(b'"version":1}', b'"version":2}')
        return "\n".join(sorted([lines[0], jose.sign(payload, Key("stranger"), typ=TRUST_TYP)], key=_kid)) + "\n"

    def unsorted(lines: list[str]) -> str:
        payload = from_base64url(lines[0].split(".")[1])
        both = sorted([lines[0], jose.sign(payload, Key("stranger"), typ=TRUST_TYP)], key=_kid)
        return "\n".join(reversed(both)) + "\n"

    for name, why, change in (
        ("container_without_last_line_end_fail", "Each line is ended.", lambda lines: lines[0]),
        ("container_with_empty_line_fail", "No empty lines.", lambda lines: f"{lines[0]}\n\n"),
        ("container_with_carriage_return_fail", "Lines end with one line feed.", lambda lines: f"{lines[0]}\r\n"),
        ("container_with_a_line_twice_fail", "Kids are all different.", lambda lines: f"{lines[0]}\n{lines[0]}\n"),
        ("container_over_two_payloads_fail", "One payload.", other_payload),
        ("container_unsorted_fail", "Sorted by kid.", unsorted),
        ("container_empty_fail", "At least one line.", lambda _: ""),
        ("container_of_17_lines_fail", "At most 16 lines.", _seventeen),
    ):
        ask(book, name, UNTRUSTED, why, "1.6", tamper=framed(change))


def _kid(line: str) -> str:
    kid = json.loads(from_base64url(line.split(".", maxsplit=1)[0]))["kid"]
    assert isinstance(kid, str)
    return kid


def _seventeen(lines: list[str]) -> str:
    payload = from_base64url(lines[0].split(".")[1])
    strangers = [jose.sign(payload, Key(f"stranger {number}"), typ=TRUST_TYP) for number in range(16)]
    return "".join(f"{line}\n" for line in sorted([lines[0], *strangers], key=_kid))
