"""Compact JWS and the container of several have one form (FORMAT 1.5 and 1.6)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import jose, jsonform
from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.signing import SignatureError
from credential.text import digest_from_hex, from_base64url, to_base64url
from tests.credential.made import TestSigner, high_s, signer

TYP = "titlecert-example+jwt"
BY = signer("publisher")
PAYLOAD = b'{"a":1}'
TOKEN = jose.sign(PAYLOAD, BY, typ=TYP)
KID = to_base64url(BY.key_id)


def token(header: bytes | dict[str, object], payload: bytes = PAYLOAD, by: TestSigner = BY) -> str:
    """A token with any header, signed by a key that signs whatever it is given."""
    written = header if isinstance(header, bytes) else jsonform.encode(header)
    text = f"{to_base64url(written)}.{to_base64url(payload)}"
    return f"{text}.{to_base64url(by.sign(text.encode()))}"


def code(of: str | bytes, typ: str = TYP, max_bytes: int = 5000) -> str:
    with pytest.raises(MalformedError) as caught:
        jose.parse(of, typ=typ, max_bytes=max_bytes)
    return caught.value.code


def test_what_is_signed_is_verified_and_the_header_is_canonical() -> None:
    assert jose.verify(TOKEN, {BY.key_id: BY.key}, typ=TYP, max_bytes=5000) == PAYLOAD
    assert jose.verify(TOKEN.encode(), {BY.key_id: BY.key}, typ=TYP, max_bytes=len(TOKEN)) == PAYLOAD
    assert (
        from_base64url(TOKEN.split(".")[0])
        == json.dumps({"alg": "ES256", "kid": KID, "typ": TYP}, separators=(",", ":")).encode()
    )
    assert token({"alg": "ES256", "kid": KID, "typ": TYP}) == TOKEN


def test_trailing_padding_that_pyjwt_takes_is_refused() -> None:
    assert code(TOKEN + "==") == "not_base64url"
    first, second, third = TOKEN.split(".")
    assert code(f"{first}=.{second}.{third}") == "not_base64url"
    assert code(f"{first}.{second}=.{third}") == "not_base64url"


def test_bits_behind_the_end_are_refused() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    sibling = TOKEN[:-1] + alphabet[alphabet.index(TOKEN[-1]) ^ 1]
    assert code(sibling) == "not_base64url"


@pytest.mark.parametrize("change", ["\n", " ", "\r", "+", "/", "%", "\0", "\t"])
@pytest.mark.parametrize("place", [0, 10, -1])
def test_another_character_is_refused(change: str, place: int) -> None:
    at = place % len(TOKEN)
    assert code(TOKEN[:at] + change + TOKEN[at:]) in {"not_base64url", "not_recognised"}


@pytest.mark.parametrize(
    "text", ["", ".", "..", TOKEN + ".", "." + TOKEN, TOKEN.replace(".", "", 1), "é.a.b", "ａ.b.c"]
)
def test_what_has_not_three_parts_is_refused(text: str) -> None:
    assert code(text) in {"not_recognised", "not_json"}


def test_duplicate_members_and_other_spellings_of_the_header_are_refused() -> None:
    for spelled in (
        f'{{"alg":"ES256","alg":"ES256","kid":"{KID}","typ":"{TYP}"}}',
        f'{{"alg":"none","alg":"ES256","kid":"{KID}","typ":"{TYP}"}}',
        f'{{"kid":"{KID}","alg":"ES256","typ":"{TYP}"}}',
        f'{{"alg": "ES256","kid":"{KID}","typ":"{TYP}"}}',
        f'{{"alg":"\\u0045S256","kid":"{KID}","typ":"{TYP}"}}',
    ):
        assert code(token(spelled.encode())) == "not_canonical"
    assert code(token(b"\xef\xbb\xbf{}")) == "not_json"
    assert code(token(b"[]")) == "not_json"


GOOD = {"alg": "ES256", "kid": KID, "typ": TYP}


@pytest.mark.parametrize(
    "header",
    [
        {**GOOD, "alg": None},
        {**GOOD, "alg": ""},
        {**GOOD, "alg": "ES256 "},
        {**GOOD, "alg": "ES_256"},
        {**GOOD, "alg": "A" * 33},
        {**GOOD, "typ": "JWT"},
        {**GOOD, "typ": TYP.upper()},
        {**GOOD, "typ": "application/" + TYP},
        {**GOOD, "typ": "titlecert-other+jwt"},
        {**GOOD, "crit": ["b64"]},
        {**GOOD, "b64": False},
        {**GOOD, "jwk": BY.key.to_jwk()},
        {**GOOD, "jku": "https://zc.example"},
        {**GOOD, "kid": KID[:-1]},
        {**GOOD, "kid": ""},
        {**GOOD, "kid": 5},
        {**GOOD, "kid": to_base64url(BY.key_id + b"\0")},
        {"alg": "ES256", "typ": TYP},
        {"alg": "ES256", "kid": KID},
        {"kid": KID, "typ": TYP},
        {},
    ],
    ids=str,
)
def test_the_header_is_exactly_algorithm_key_and_type(header: dict[str, object]) -> None:
    expected = "not_base64url" if header.get("kid") == KID[:-1] else "bad_header"
    assert code(token(header)) == expected


@pytest.mark.parametrize("alg", ["none", "ES384", "HS256", "es256", "SM2", "A" * 32])
def test_another_algorithm_has_its_form_and_is_not_the_keys(alg: str) -> None:
    text = token({**GOOD, "alg": alg})
    message = jose.parse(text, typ=TYP, max_bytes=len(text))
    assert message.alg == alg
    with pytest.raises(MalformedError) as refusal:
        message.verify(BY.key)
    assert refusal.value.code == "bad_header"


@pytest.mark.parametrize(
    ("size", "expected"), [(0, "not_recognised"), (1, None), (8192, None), (8193, "not_recognised")]
)
def test_of_a_later_suites_signature_only_the_size_is_asked(size: int, expected: str | None) -> None:
    head = token({**GOOD, "alg": "SM2"}).rpartition(".")[0]
    text = f"{head}.{to_base64url(bytes(size))}"
    if expected is None:
        assert len(jose.parse(text, typ=TYP, max_bytes=len(text)).signature) == size
    else:
        assert code(text, max_bytes=len(text)) == expected


def test_a_header_has_512_bytes_at_most() -> None:
    assert (
        code(token({**GOOD, "typ": "t" * (512 - len(json.dumps({**GOOD, "typ": ""}, separators=(",", ":"))))}))
        == "bad_header"
    )
    assert (
        code(token({**GOOD, "typ": "t" * (513 - len(json.dumps({**GOOD, "typ": ""}, separators=(",", ":"))))}))
        == "too_large"
    )


def test_the_second_form_of_a_signature_is_refused_as_malformed() -> None:
    text, _, signature = TOKEN.rpartition(".")
    assert code(f"{text}.{to_base64url(high_s(from_base64url(signature)))}") == "high_s"


@pytest.mark.parametrize("length", [0, 63, 65, 72])
def test_a_signature_has_64_bytes(length: int) -> None:
    assert code(TOKEN.rpartition(".")[0] + "." + to_base64url(bytes(length))) == "not_recognised"


def test_a_longer_token_than_the_cap_is_refused() -> None:
    assert code(TOKEN, max_bytes=len(TOKEN) - 1) == "too_large"


def test_only_the_keys_that_are_given_count() -> None:
    with pytest.raises(NotTrustedError) as caught:
        jose.verify(TOKEN, {signer("other").key_id: signer("other").key}, typ=TYP, max_bytes=5000)
    assert caught.value.code == "unknown_key"
    forged = token(GOOD, by=signer("other"))
    with pytest.raises(SignatureError) as refused:
        jose.verify(forged, {BY.key_id: BY.key}, typ=TYP, max_bytes=5000)
    assert refused.value.code == "bad_signature"
    with pytest.raises(SignatureError) as refused:
        jose.parse(TOKEN, typ=TYP, max_bytes=5000).verify(signer("other").key)
    assert refused.value.code == "wrong_key"


def test_any_flipped_bit_is_refused() -> None:
    data = TOKEN.encode()
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(CredentialError):
            jose.verify(bytes(changed), {BY.key_id: BY.key}, typ=TYP, max_bytes=5000)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.from_regex(rb"[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]{0,9}\.[A-Za-z0-9_-]{0,9}"))
def test_any_bytes_are_refused_in_our_words(data: bytes) -> None:
    for read in (lambda: jose.parse(data, typ=TYP, max_bytes=5000), lambda: jose.parse_container(data, typ=TYP)):
        with pytest.raises(CredentialError):
            read()


SIGNERS = sorted((signer(f"root {number}") for number in range(17)), key=lambda by: to_base64url(by.key_id))
LINES = [jose.sign(PAYLOAD, by, typ=TYP) for by in SIGNERS]


def container(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def container_code(data: bytes) -> str:
    with pytest.raises(MalformedError) as caught:
        jose.parse_container(data, typ=TYP)
    return caught.value.code


@settings(max_examples=20, deadline=None)
@given(st.permutations(LINES[:4]))
def test_the_order_of_signing_does_not_matter(lines: list[str]) -> None:
    assert jose.join(lines) == container(*LINES[:4])


def test_a_container_of_one_and_of_sixteen_is_read() -> None:
    for count in (1, 16):
        messages = jose.parse_container(container(*LINES[:count]), typ=TYP)
        assert [message.key_id for message in messages] == [by.key_id for by in SIGNERS[:count]]


OTHER = jose.sign(b'{"a":2}', SIGNERS[1], typ=TYP)
BAD_CONTAINERS = {
    "nothing": (b"", "not_canonical"),
    "an empty line": (b"\n", "not_recognised"),
    "no newline at the end": (container(*LINES[:2])[:-1], "not_canonical"),
    "two newlines at the end": (container(*LINES[:2]) + b"\n", "not_recognised"),
    "a blank line in front": (b"\n" + container(LINES[0]), "not_recognised"),
    "carriage returns": (container(*LINES[:2]).replace(b"\n", b"\r\n"), "not_base64url"),
    "another payload": (container(LINES[0], OTHER), "not_canonical"),
    "another order": (container(LINES[1], LINES[0]), "not_canonical"),
    "one key twice": (container(LINES[0], LINES[0]), "not_canonical"),
    "17 lines": (container(*LINES), "not_canonical"),
    "a line that is no token": (container(LINES[0], "abc"), "not_recognised"),
    "a line of another type": (container(LINES[0], jose.sign(PAYLOAD, SIGNERS[1], typ="x+jwt")), "bad_header"),
    "a line of no type": (container(token({"alg": "ES256", "kid": KID})), "bad_header"),
    "a line of no key": (container(token({"alg": "ES256", "typ": TYP})), "bad_header"),
    "the payload in a second spelling": (container(LINES[0], LINES[1].replace(".", "=.", 2)), "not_canonical"),
}


@pytest.mark.parametrize(("data", "expected"), BAD_CONTAINERS.values(), ids=BAD_CONTAINERS.keys())
def test_another_form_of_a_container_is_refused(data: bytes, expected: str) -> None:
    assert container_code(data) == expected


def test_a_longer_container_than_the_cap_is_refused() -> None:
    with pytest.raises(MalformedError) as caught:
        jose.parse_container(container(*LINES[:2]), typ=TYP, max_bytes=300)
    assert caught.value.code == "too_large"


def threshold(lines: list[str], keys: list[TestSigner], needed: int) -> bytes:
    messages = jose.parse_container(container(*lines), typ=TYP)
    return jose.verify_threshold(messages, {by.key_id: by.key for by in keys}, needed)


def test_enough_signatures_are_needed_and_strangers_do_not_count() -> None:
    assert threshold(LINES[:2], SIGNERS[:3], 2) == PAYLOAD
    assert threshold(LINES[:3], SIGNERS[1:3], 2) == PAYLOAD
    for lines, keys, needed in ((LINES[:1], SIGNERS[:3], 2), (LINES[2:5], SIGNERS[:3], 2), (LINES[3:], SIGNERS[:3], 1)):
        with pytest.raises(NotTrustedError) as caught:
            threshold(lines, keys, needed)
        assert caught.value.code == "too_few_signatures"


def test_a_signature_that_does_not_hold_is_refused_even_beside_enough_others() -> None:
    forged = token({"alg": "ES256", "kid": to_base64url(SIGNERS[2].key_id), "typ": TYP}, by=SIGNERS[3])
    with pytest.raises(SignatureError):
        threshold([*LINES[:2], forged], SIGNERS[:3], 2)
    assert threshold([*LINES[:2], forged], SIGNERS[:2], 2) == PAYLOAD


@pytest.mark.parametrize(("keys", "needed"), [(0, 1), (2, 0), (2, 3), (2, -1)])
def test_a_threshold_that_could_never_refuse_or_never_hold_is_a_mistake(keys: int, needed: int) -> None:
    with pytest.raises(ValueError, match="threshold"):
        threshold(LINES[:2], SIGNERS[:keys], needed)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40))
def test_base64url_has_one_form(data: bytes) -> None:
    text = to_base64url(data)
    assert from_base64url(text) == data
    assert "=" not in text


@pytest.mark.parametrize("text", ["A", "AAAAA", "AB", "AAB", "AA==", "A A", "A+", "A/", "Å", "AAAA\n", "\uff21A"])
def test_another_base64url_is_refused(text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        from_base64url(text)
    assert caught.value.code == "not_base64url"


@pytest.mark.parametrize("text", [None, 5, "", "ab" * 31, "ab" * 33, "AB" * 32, "xy" * 32, "ab" * 32 + "\n"])
def test_a_digest_is_64_lower_case_digits(text: object) -> None:
    assert digest_from_hex("ab" * 32) == b"\xab" * 32
    with pytest.raises(MalformedError) as caught:
        digest_from_hex(text)
    assert caught.value.code == "not_a_digest"
