"""The ceremony: what leaves for the root keys, what comes back, and what is refused on the way (FORMAT 8.1)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from credential import jose, jsonform, roots, trustlist
from credential.catalogue import Catalogue
from credential.ceremony import (
    CATALOGUE_TYP,
    describe,
    export_request,
    import_responses,
    parse_request,
    sign_request,
    summarise,
)
from credential.contacts import NO_CONTACT, NO_CONTACTS, Contact
from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.roots import Root, encode_root, verify_root
from credential.signing import SignatureError, VerifyKey, normalise_low_s
from credential.text import to_base64url
from credential.trustform import KeyState, TrustList, encode_trust_list
from tests.support.keys import Key
from tests.support.world import NOW, World, wide_grant

A, B, C = Key("a"), Key("b"), Key("c")
KEYS: dict[bytes, VerifyKey] = {key.key_id: key.public for key in (A, B)}
ROOT = Root(version=2, iat=NOW, demonstration=True, keys=(A.public, B.public), threshold=2)
PAYLOAD = encode_root(ROOT)
REQUEST = export_request(PAYLOAD, roots.TYP)


def test_a_request_says_what_the_payload_says() -> None:
    lines = describe(REQUEST)
    assert lines[0] == "root set 2 of a demonstration without legal effect, made 2026-11-21T02:00:00Z"
    assert lines[1] == "2 of these 2 keys must sign what follows it"
    assert {A.public.thumbprint.hex(), B.public.thumbprint.hex()} == {line[-64:] for line in lines[2:4]}
    assert len(lines) == 5


def test_a_ceremony_makes_the_file_that_readers_take() -> None:
    responses = [sign_request(REQUEST, key) for key in (A, B)]
    container = import_responses(REQUEST, responses, keys=KEYS)
    assert verify_root(container, None).root == ROOT
    assert container == jose.join([jose.sign(PAYLOAD, key, typ=roots.TYP) for key in (B, A)])


def test_the_order_of_responses_does_not_matter_and_one_may_come_twice() -> None:
    responses = [sign_request(REQUEST, key) for key in (A, B)]
    expected = import_responses(REQUEST, responses, keys=KEYS)
    for order in itertools.permutations([*responses, responses[0]]):
        assert import_responses(REQUEST, order, keys=KEYS) == expected
    assert import_responses(REQUEST, [expected], keys=KEYS) == expected


def test_two_signatures_of_one_key_become_one_whichever_came_first() -> None:
    """Hardware signs with a random nonce: the same key's second signature is another."""

    class Token:
        key_id = A.key_id

        def sign(self, message: bytes) -> bytes:
            r, s = decode_dss_signature(A.private.sign(message, ec.ECDSA(hashes.SHA256())))
            return normalise_low_s(r.to_bytes(32) + s.to_bytes(32))

    other = sign_request(REQUEST, Token())
    mine = sign_request(REQUEST, A)
    assert other != mine
    both = import_responses(REQUEST, [mine, other], keys=KEYS)
    assert both == import_responses(REQUEST, [other, mine], keys=KEYS)
    assert len(jose.split(both)) == 1


def altered(**members: object) -> bytes:
    return jsonform.encode(jsonform.decode_object(REQUEST, max_bytes=1 << 20) | members)


OTHER = encode_root(replace(ROOT, threshold=1))
OTHER_REQUEST = jsonform.decode_object(export_request(OTHER, roots.TYP), max_bytes=1 << 20)


@pytest.mark.parametrize(
    ("sentence", "request_bytes", "code"),
    [
        ("its words are of another payload", altered(summary=OTHER_REQUEST["summary"]), "summary_differs"),
        ("a line of its words is left out", altered(summary=list(describe(REQUEST)[1:])), "summary_differs"),
        ("it has no words", altered(summary=[]), "summary_differs"),
        ("its payload is exchanged under the old words", altered(payload=OTHER_REQUEST["payload"]), "wrong_payload"),
        (
            "payload and digest are exchanged under the old words",
            altered(payload=OTHER_REQUEST["payload"], digest=OTHER_REQUEST["digest"]),
            "summary_differs",
        ),
        ("it calls the root set a trust list", altered(typ=trustlist.TYP), "bad_member"),
        ("it asks for a snapshot", altered(typ="titlecert-snapshot+jwt"), "bad_member"),
        ("it is of a later version", altered(v=2), "bad_member"),
        ("it has a member too many", altered(note="please"), "bad_member"),
        ("its payload is no base64url", altered(payload="=="), "bad_member"),
        ("it is not in its only form", REQUEST + b"\n", "not_canonical"),
        ("it is too large", b" " * (17 << 20), "too_large"),
    ],
)
def test_nothing_is_signed_when(sentence: str, request_bytes: bytes, code: str) -> None:
    with pytest.raises(CredentialError) as refusal:
        sign_request(request_bytes, A)
    assert refusal.value.code == code, sentence
    with pytest.raises(CredentialError):
        describe(request_bytes)


def flipped(data: bytes) -> bytes:
    head, _, signature = data.rpartition(b".")
    return head + b"." + (b"B" if signature[:1] != b"B" else b"C") + signature[1:]


@pytest.mark.parametrize(
    ("sentence", "responses", "code"),
    [
        ("nobody answered", [], "no_response"),
        ("another payload was signed", [sign_request(export_request(OTHER, roots.TYP), A)], "wrong_payload"),
        ("it was signed as something else", [jose.join([jose.sign(PAYLOAD, A, typ=trustlist.TYP)])], "wrong_typ"),
        ("a stranger signed", [sign_request(REQUEST, A), sign_request(REQUEST, C)], "foreign_key"),
        ("a signature does not hold", [flipped(sign_request(REQUEST, A))], "bad_signature"),
        ("it is the request itself", [REQUEST], "not_canonical"),
        ("it is empty", [b""], "not_canonical"),
    ],
)
def test_a_response_is_refused_when(sentence: str, responses: list[bytes], code: str) -> None:
    with pytest.raises((CredentialError, SignatureError)) as refusal:
        import_responses(REQUEST, responses, keys=KEYS)
    assert refusal.value.code == code, sentence


@pytest.mark.parametrize("typ", ["titlecert-snapshot+jwt", "", "titlecert-root"])
def test_only_roots_trust_lists_and_catalogues_are_signed_in_a_ceremony(typ: str) -> None:
    with pytest.raises(CredentialError) as refusal:
        export_request(PAYLOAD, typ)
    assert refusal.value.code == "wrong_typ"


def test_a_payload_that_readers_would_refuse_is_not_sent_out() -> None:
    with pytest.raises(MalformedError):
        export_request(PAYLOAD + b" ", roots.TYP)
    with pytest.raises(MalformedError):
        export_request(b" " + Catalogue.load_builtin().to_json(), CATALOGUE_TYP)


def test_the_catalogue_is_told_by_series_and_digest() -> None:
    payload = Catalogue.load_builtin().to_json()
    request = export_request(payload, CATALOGUE_TYP)
    lines = describe(request)
    assert lines[0].startswith("catalogue 1: 27 series")
    assert len(lines) == 29
    assert import_responses(request, [sign_request(request, A)], keys=KEYS)


def _trust() -> TrustList:
    world = World()
    world.publish()
    return world.trust


TRUST = _trust()
AUTHORITY, ENTRY = TRUST.authorities[0], TRUST.keys[0]
OLDER = replace(ENTRY, key=Key("older").public)
LATER = timedelta(days=1)


def in_authority(**changes: Any) -> dict[str, object]:
    return {"authorities": (replace(AUTHORITY, **changes), *TRUST.authorities[1:])}


def in_contact(language: str, name: str) -> dict[str, object]:
    text = "https://zc.example" if name == "web" else "000-0000-0000"
    reached = replace(NO_CONTACT, **{name: text})
    return in_authority(contact=replace(NO_CONTACTS, **{language: reached}))


def in_grant(**changes: Any) -> dict[str, object]:
    return in_authority(grants=(wide_grant(**changes), *AUTHORITY.grants[1:]))


def in_key(**changes: Any) -> dict[str, object]:
    return {"keys": (replace(ENTRY, **changes), *TRUST.keys[1:])}


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"iat": TRUST.iat + LATER},
        {"exp": TRUST.exp + LATER},
        {"deployment": "other"},
        {"demonstration": False},
        {"hosts": ("https://other.example",)},
        {"publications": ("https://other.example/p/",)},
        {"filings_digest": b"f" * 32},
        {"catalogue_version": 2},
        {"catalogue_digest": b"c" * 32},
        {"status": (replace(TRUST.status[0], cwt="https://other.example/0.cwt"),)},
        {"status": (replace(TRUST.status[0], jwt="https://other.example/0.jwt"),)},
        {"keys": TRUST.keys[1:]},
        in_authority(id="demo-other") | {"keys": tuple(k for k in TRUST.keys if k.authority != AUTHORITY.id)},
        in_authority(name="示范省另一个厅"),
        in_authority(name_en="Another"),
        in_authority(code="11990000MB0000001X"),
        in_authority(region="990100"),
        in_authority(region_name="示范市"),
        in_authority(parent=TRUST.authorities[1].id),
        *(in_contact(language, name) for language in ("zh", "en") for name in Contact.__slots__),
        in_authority(grants=()),
        in_grant(series=frozenset({5})),
        in_grant(levels=frozenset({2})),
        in_grant(ways=frozenset({1})),
        in_grant(committee_ways=frozenset({1})),
        in_grant(region="990100"),
        in_grant(scope_required=True),
        in_grant(first=AUTHORITY.grants[0].first + LATER),
        in_grant(last=NOW.date()),
        in_grant(max_gap_days=366),
        in_grant(legal_basis="另一条"),
        in_grant(acts=frozenset({"issue"})),
        in_grant(over="own"),
        in_key(use="share"),
        in_key(key=Key("another").public),
        in_key(begins=ENTRY.begins + LATER),
        in_key(ends=NOW),
        in_key(state=KeyState.ENDED, ends=NOW),
        in_key(state=KeyState.COMPROMISED, compromised_since=NOW),
        in_key(authority=TRUST.authorities[1].id),
        {"keys": (replace(ENTRY, begins=ENTRY.begins + LATER, succeeds=OLDER.key.key_id), *TRUST.keys[1:], OLDER)},
    ],
    ids="-".join,
)
def test_whatever_changes_in_a_trust_list_changes_its_words(changes: dict[str, Any]) -> None:
    """All lines but the digest: a person compares words, not digests."""
    words = summarise(encode_trust_list(TRUST), trustlist.TYP)[:-1]
    changed = summarise(encode_trust_list(replace(TRUST, **changes)), trustlist.TYP)[:-1]
    assert words != changed


def test_a_succession_of_keys_is_told_by_their_ids() -> None:
    entry = replace(ENTRY, begins=ENTRY.begins + LATER, succeeds=OLDER.key.key_id)
    lines = summarise(encode_trust_list(replace(TRUST, keys=(entry, *TRUST.keys[1:], OLDER))), trustlist.TYP)
    assert [line for line in lines if line.endswith(f", succeeds {to_base64url(OLDER.key.key_id)}")] == [
        line for line in lines if to_base64url(ENTRY.key.key_id) in line.split(",")[0]
    ]


def delegated(**changes: Any) -> bytes:
    """A list in which the second authority, with one grant, lies under the first."""
    first, second, *_ = TRUST.authorities
    under = replace(second, parent=first.id, grants=(replace(first.grants[0], **changes),))
    return encode_trust_list(replace(TRUST, authorities=(first, under)))


def test_a_grant_wider_than_what_was_delegated_is_signed_by_nobody() -> None:
    """Also when somebody else made the request: whoever holds the root asks again."""
    assert sign_request(export_request(delegated(), trustlist.TYP), A)
    payload = delegated(max_gap_days=366)
    with pytest.raises(NotTrustedError) as refusal:
        export_request(payload, trustlist.TYP)
    assert (refusal.value.code, refusal.value.fields["wider"]) == ("outside_delegation", ("max_gap_days",))
    summary = summarise(payload, trustlist.TYP)
    request = altered(
        payload=to_base64url(payload), typ=trustlist.TYP, digest=sha256(payload).hexdigest(), summary=list(summary)
    )
    assert describe(request) == summary
    with pytest.raises(NotTrustedError) as refusal:
        sign_request(request, A)
    assert refusal.value.code == "outside_delegation"


def test_the_words_of_a_trust_list_tell_every_member() -> None:
    """A member that is added to the format must be added to the words: the table above has a row for each."""
    told: set[str] = {"version", "iat", "exp", "deployment", "demonstration", "authorities", "keys", "hosts"}
    told |= {"document_certificates", "publications", "status", "filings_digest"}
    told |= {"catalogue_version", "catalogue_digest"}
    assert {each.name for each in fields(TRUST)} == told
    assert {each.name for each in fields(wide_grant())} == {
        "series",
        "levels",
        "ways",
        "committee_ways",
        "region",
        "scope_required",
        "first",
        "last",
        "max_gap_days",
        "legal_basis",
        "acts",
        "over",
    }


@pytest.mark.parametrize("change", [{"threshold": 1}, {"version": 3}, {"keys": (A.public, C.public)}])
def test_whatever_changes_in_a_root_set_changes_its_words(change: dict[str, Any]) -> None:
    assert summarise(encode_root(replace(ROOT, **change)), roots.TYP)[:-1] != describe(REQUEST)[:-1]


@pytest.mark.parametrize("read", [parse_request, describe])
def test_any_bit_of_a_request_counts(read: Callable[[bytes], object]) -> None:
    for position in range(0, len(REQUEST), 7):
        data = bytearray(REQUEST)
        data[position] ^= 1
        with pytest.raises(CredentialError):
            read(bytes(data))
