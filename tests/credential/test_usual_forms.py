"""What is read by comparing and matching is read as item by item: same values, same refusals, whatever the bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cbor, characters, claims, cose, history, kdf
from credential.claimsform import LONGEST_TEXT, usual_members
from credential.errors import CredentialError, MalformedError
from tests.credential.made import CTI, STATUS_URI, credential, high_s, signer
from tests.credential.made import claims as usual_claims

USUAL = usual_claims().encode()
SCOPED = usual_claims(scope=claims.Scope(region=990100, name="示范市")).encode()
SIGNED = credential(usual_claims(), signer("credential"))
WIDTHS = ((0, 24), (1, 1 << 8), (2, 1 << 16), (4, 1 << 32))
SIGNED_HISTORY = cose.sign(bytes(60), signer("status"), typ=history.TYP)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=45) | st.text("A9-示𠮷", max_size=45)
NUMBERS = st.sampled_from([0, 1, 5, 9, 23, 24, 27, 255, 256, 65_535, 65_536, 2**20, 2**32 - 1, 2**32, -1])


def outcome(read: Callable[[], object]) -> object:
    """What reading gives: the value, or type, code and fields of the refusal."""
    try:
        return read()
    except CredentialError as error:
        return type(error), error.code, dict(error.fields)


def item_by_item(payload: bytes) -> object:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(claims, "usual_members", lambda _payload: None)
        return outcome(lambda: claims.decode_claims(payload))


def agrees(payload: bytes) -> None:
    assert outcome(lambda: claims.decode_claims(payload)) == item_by_item(payload)


@st.composite
def changed(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """One of some encodings with one to three changes of the kind that makes second forms."""
    encoded = bytearray(draw(st.sampled_from(originals)))
    heads = [0, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x40, 0x58, 0x60, 0x78, 0x79, 0x80, 0x98, 0xA0, 0xF5, 0xF6, 0xFB]
    for _ in range(draw(st.integers(1, 3))):
        position = draw(st.integers(0, len(encoded) - 1))
        match draw(st.sampled_from(["bit", "byte", "head", "insert", "delete"])):
            case "bit":
                encoded[position] ^= 1 << draw(st.integers(0, 7))
            case "byte":
                encoded[position] = draw(st.integers(0, 255))
            case "head":
                encoded[position] = draw(st.sampled_from(heads))
            case "insert":
                encoded.insert(position, draw(st.sampled_from(heads)))
            case _:
                del encoded[position]
    return bytes(encoded)


@st.composite
def claims_sets(draw: st.DrawFn) -> bytes:
    """Claims sets of the right shape with values that keep or break the rules."""
    scope = draw(st.none() | st.tuples(NUMBERS, TEXTS).map(list))
    award = [1, *(draw(TEXTS) for _ in range(3)), draw(NUMBERS), draw(NUMBERS), draw(TEXTS)]
    award += [draw(NUMBERS), draw(NUMBERS), draw(NUMBERS), [draw(NUMBERS), draw(TEXTS)], scope]
    status = {"status_list": {"idx": draw(NUMBERS), "uri": draw(TEXTS | st.just(STATUS_URI))}}
    issued_at = draw(NUMBERS | st.just(1_795_226_400))
    cti = draw(st.just(CTI) | st.binary(max_size=20))
    return cbor.encode({1: draw(TEXTS | st.just("province")), 6: issued_at, 7: cti, 65535: status, -65537: award})


@pytest.mark.parametrize("payload", [USUAL, SCOPED])
def test_a_usual_claims_set_matches(payload: bytes) -> None:
    """Or the speed that ``bench verify`` reports would be another program's."""
    assert usual_members(payload) is not None
    agrees(payload)


@settings(max_examples=400, deadline=None)
@given(changed([USUAL, SCOPED]))
def test_changed_claims_are_judged_alike(payload: bytes) -> None:
    agrees(payload)


@settings(max_examples=150, deadline=None)
@given(claims_sets())
def test_claims_of_any_values_are_judged_alike(payload: bytes) -> None:
    agrees(payload)


def test_every_bit_of_a_claims_set_counts_alike() -> None:
    for payload in (USUAL, SCOPED):
        for position in range(len(payload) * 8):
            flipped = bytearray(payload)
            flipped[position // 8] ^= 1 << position % 8
            agrees(bytes(flipped))


@pytest.mark.parametrize("length", [0, 1, 23, 24, 25, 100, LONGEST_TEXT, LONGEST_TEXT + 1])
def test_texts_of_every_length_are_judged_alike(length: int) -> None:
    value = cbor.encode("x" * length)
    payload = USUAL.replace(cbor.encode(usual_claims().specialty), value)
    agrees(payload)
    for other in (bytes([0x78, length]), bytes([0x79, 0, length]), bytes([0x60 + length % 24])):
        agrees(payload.replace(value, other + b"x" * length))


@pytest.mark.parametrize(
    "last", [date(1970, 1, 1), date(1970, 9, 13), date(1970, 9, 14), date(2149, 6, 6), date(2149, 6, 7)]
)
def test_days_at_the_ends_are_judged_alike(last: date) -> None:
    payload = usual_claims(award_date=last).encode()
    assert claims.decode_claims(payload).award_date == last
    agrees(payload)


def test_larger_than_any_credential_is_refused_whatever_it_looks_like() -> None:
    uri = STATUS_URI.ljust(claims.MAX_URI, "x")
    status = claims.StatusReference(index=500, uri=uri)
    payload = usual_claims(name="x" * 100, specialty="示" * 40, basis_reference="示" * 40, status=status).encode()
    assert len(payload) > claims.MAX_BYTES
    assert usual_members(payload) is not None
    agrees(payload)


def head(major: int, argument: int, width: int) -> bytes:
    """The head of an item with its argument in 0, 1, 2, 4 or 8 bytes, whether or not fewer would do."""
    short = {0: argument, 1: 24, 2: 25, 4: 26, 8: 27}[width]
    return bytes([major << 5 | short]) + (argument.to_bytes(width) if width else b"")


@pytest.mark.parametrize("place", range(19))
@pytest.mark.parametrize("width", [1, 2, 4, 8])
@pytest.mark.parametrize("small", [False, True])
def test_a_longer_form_of_any_member_is_refused(place: int, width: int, small: bool) -> None:
    """Numbers, and the lengths of texts and byte strings, each in every length of length."""
    texts = ["province", STATUS_URI, "王䶮", "002X", "SF2026-00001", "建筑工程", "示评备〔2025〕012号", "示范市"]
    numbers = [1_795_226_400, 734_211, 5, 5002, 2, 1, 20_634, 1, 990_100]
    members = [(0, 1 if small and at == place else number, b"") for at, number in enumerate(numbers)]
    members += [(3, len(text.encode()), text.encode()) for text in texts] + [(2, 16, CTI), (3, 3, b"idx")]

    def payload(widen: int | None) -> bytes:
        fitting = [next(w for w, top in WIDTHS if argument < top) for _, argument, _ in members]
        if widen is not None:
            fitting[widen] = max(width, fitting[widen])
        encoded = [head(major, n, w) + tail for (major, n, tail), w in zip(members, fitting, strict=True)]
        iat, idx, series, title, level, way, day, kind, region = encoded[:9]
        iss, uri, name, last4, number, specialty, reference, scope, cti, idx_key = encoded[9:]
        status = b"\x19\xff\xff\xa1\x6bstatus_list\xa2" + idx_key + idx + b"\x63uri" + uri
        award = b"\x01" + name + last4 + number + series + title + specialty + level + way + day
        award += b"\x82" + kind + reference + b"\x82" + region + scope
        return b"\xa5\x01" + iss + b"\x06" + iat + b"\x07" + cti + status + b"\x3a\x00\x01\x00\x00\x8c" + award

    assert small or usual_members(payload(None)) is not None
    if payload(place) != payload(None):
        kind, code, _ = item_by_item(payload(place))  # type: ignore[misc]
        assert (kind, code) == (MalformedError, "not_canonical")
    agrees(payload(place))


@settings(max_examples=300, deadline=None)
@given(changed([SIGNED, SIGNED_HISTORY]) | st.binary(max_size=40).map(lambda tail: SIGNED[:20] + tail), st.booleans())
def test_changed_messages_are_judged_alike(data: bytes, typed: bool) -> None:
    typ = history.TYP if typed else None
    read = outcome(lambda: cose._read(data, max_bytes=claims.MAX_BYTES, typ=typ))
    assert outcome(lambda: cose.parse(data, max_bytes=claims.MAX_BYTES, typ=typ)) == read


@pytest.mark.parametrize("typ", [None, history.TYP])
@pytest.mark.parametrize("length", [0, 1, 23, 24, 255, 256, 65_535, 65_536])
def test_payloads_of_every_length_of_length_are_read_alike(length: int, typ: str | None) -> None:
    data = cose.sign(bytes(length), signer("credential"), typ=typ)
    message = cose.parse(data, max_bytes=100_000, typ=typ)
    assert message == cose._read(data, max_bytes=100_000, typ=typ)
    assert message.verify(signer("credential").key) == bytes(length)
    longer = data.replace(cbor.encode_bytes(bytes(length)), b"\x58" + bytes([length % 256]) + bytes(length), 1)
    longest = data.replace(cbor.encode_bytes(bytes(length)), b"\x59" + (length % 65_536).to_bytes(2) + bytes(length), 1)
    second = data[:-64] + high_s(data[-64:])
    for cut in (data[:-1], data + b"\0", data[:-65], longer, longest, second):
        read = outcome(lambda cut=cut: cose._read(cut, max_bytes=100_000, typ=typ))
        assert outcome(lambda cut=cut: cose.parse(cut, max_bytes=100_000, typ=typ)) == read


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=60), st.integers(1, 100))
def test_derivation_gives_what_the_library_gives(secret: bytes, info: bytes, length: int) -> None:
    library = HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)
    assert kdf.derive(secret, info, length) == library


def test_characters_that_are_quickly_seen_to_be_plain_are_plain() -> None:
    quick = "".join(filter(characters._USUAL.fullmatch, map(chr, range(0x110000))))
    assert len(quick) > 25_000
    assert characters.refused_characters(quick) == ()
    assert re.fullmatch(characters._USUAL, "王䶮 A-1·〔2026〕")
