"""The reader of claims is held against a plain one: the library reads, encodes again, and a table of types is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cbor, claims
from credential.claims import Claims, Scope, StatusReference, decode_claims
from credential.errors import CredentialError
from tests.credential.again import by_encoding_again
from tests.credential.changed import changed
from tests.credential.made import CTI, STATUS_URI
from tests.credential.made import claims as usual_claims

USUAL: Final = usual_claims().encode()
SCOPED: Final = usual_claims(scope=Scope(region=990100, name="示范市")).encode()
AWARD: Final = [int, str, str, str, int, int, str, int, int, int, [int, str]]
SHAPE: Final = {1: str, 6: int, 7: bytes, 65535: {"status_list": {"idx": int, "uri": str}}, -65537: list}
FORM: Final = {"not_cbor", "not_canonical", "not_recognised"}
WIDTHS: Final = ((0, 24), (1, 1 << 8), (2, 1 << 16), (4, 1 << 32))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=45) | st.text("A9-示𠮷", max_size=45)
NUMBERS = st.sampled_from([0, 1, 5, 9, 23, 24, 27, 255, 256, 65_535, 65_536, 2**20, 2**32 - 1, 2**32, -1])


def shaped(value: object, shape: object) -> bool:
    """Whether a value has exactly these types; true is no number."""
    match shape:
        case dict():
            return isinstance(value, dict) and value.keys() == shape.keys() and all(map(shaped, *pairs(value, shape)))
        case list():
            return isinstance(value, list) and len(value) == len(shape) and all(map(shaped, value, shape))
    return type(value) is shape


def pairs(value: dict[Any, Any], shape: dict[Any, Any]) -> tuple[list[Any], list[Any]]:
    return [value[key] for key in shape], list(shape.values())


def plainly(payload: bytes) -> Claims | str:
    """What FORMAT 2 makes of these bytes: claims, a code, or "form" for what is not in the one encoding."""
    if len(payload) > 420:
        return "too_large"
    try:
        item: Any = by_encoding_again(payload)
    except Exception:
        return "form"
    award = item.get(-65537) if isinstance(item, dict) else None
    if isinstance(award, list) and award and type(award[0]) is int and award[0] > 1:
        return "newer_format"
    try:
        return from_positions(item, award) if well_typed(item, award) else "bad_claims"
    except (CredentialError, OverflowError):
        return "bad_claims"


def well_typed(item: object, award: Any) -> bool:
    if not shaped(item, SHAPE) or len(award) < 12 or not shaped(award[:11], AWARD):
        return False
    return award[0] == 1 and (award[11] is None or shaped(award[11], [int, str]))


def from_positions(item: dict[int, Any], award: list[Any]) -> Claims:
    status = item[65535]["status_list"]
    _, name, last4, number, series, title, specialty, level, way, day, (kind, reference), scope = award[:12]
    return Claims(
        issuer=item[1],
        issued_at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=item[6]),
        cti=item[7],
        status=StatusReference(index=status["idx"], uri=status["uri"]),
        name=name,
        id_last4=last4,
        number=number,
        series=series,
        title=title,
        specialty=specialty,
        level=level,
        way=way,
        award_date=date(1970, 1, 1) + timedelta(days=day),
        basis_kind=kind,
        basis_reference=reference,
        scope=None if scope is None else Scope(region=scope[0], name=scope[1]),
    )


def outcome(payload: bytes) -> Claims | str:
    """What our reader makes of them."""
    try:
        return decode_claims(payload)
    except CredentialError as error:
        return error.code


def agrees(payload: bytes) -> None:
    expected, found = plainly(payload), outcome(payload)
    assert found in FORM if expected == "form" else found == expected


@st.composite
def claims_sets(draw: st.DrawFn) -> bytes:
    """Claims sets of the right shape, or nearly, with values that keep or break the rules."""
    scope = draw(st.none() | st.tuples(NUMBERS, TEXTS).map(list))
    award = [1, *(draw(TEXTS) for _ in range(3)), draw(NUMBERS), draw(NUMBERS), draw(TEXTS)]
    award += [draw(NUMBERS), draw(NUMBERS), draw(NUMBERS), [draw(NUMBERS), draw(TEXTS)], scope]
    status = {"status_list": {"idx": draw(NUMBERS), "uri": draw(TEXTS | st.just(STATUS_URI))}}
    issued_at = draw(NUMBERS | st.just(1_795_226_400))
    cti = draw(st.just(CTI) | st.binary(max_size=20))
    return cbor.encode({1: draw(TEXTS | st.just("province")), 6: issued_at, 7: cti, 65535: status, -65537: award})


@st.composite
def replaced(draw: st.DrawFn) -> bytes:
    """A good claims set with up to three members replaced, added or taken away."""
    item: dict[Any, Any] = cbor.decode(draw(st.sampled_from([USUAL, SCOPED])), max_bytes=420)  # type: ignore[assignment]
    anything = NUMBERS | TEXTS | st.none() | st.booleans() | st.binary(max_size=17) | st.lists(NUMBERS | TEXTS)
    places = [item, item[65535], item[65535]["status_list"]]
    for _ in range(draw(st.integers(0, 3))):
        match draw(st.sampled_from(["award", "basis", "append", "shorten", "map"])):
            case "award":
                item[-65537][draw(st.integers(0, len(item[-65537]) - 1))] = draw(anything)
            case "basis":
                item[-65537][-2] = [draw(anything), draw(anything)]
            case "append":
                item[-65537].append(draw(anything))
            case "shorten" if len(item[-65537]) > 1:
                item[-65537].pop()
            case _:
                place = draw(st.sampled_from(places))
                place[draw(st.sampled_from([*place, 99, "x"]))] = draw(anything)
                break
    return cbor.encode(item)


@pytest.mark.parametrize("payload", [USUAL, SCOPED])
def test_good_claims_are_read_alike(payload: bytes) -> None:
    assert isinstance(plainly(payload), Claims)
    agrees(payload)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(changed([USUAL, SCOPED]))
def test_changed_claims_are_judged_alike(payload: bytes) -> None:
    agrees(payload)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(claims_sets())
def test_claims_of_any_values_are_judged_alike(payload: bytes) -> None:
    agrees(payload)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(replaced())
def test_claims_of_any_types_are_judged_alike(payload: bytes) -> None:
    agrees(payload)


@pytest.mark.slow
def test_every_bit_of_a_claims_set_counts_alike() -> None:
    for payload in (USUAL, SCOPED):
        for position in range(len(payload) * 8):
            flipped = bytearray(payload)
            flipped[position // 8] ^= 1 << position % 8
            agrees(bytes(flipped))


@pytest.mark.parametrize("length", [0, 1, 23, 24, 25, 60, 61, 100, 120, 121])
def test_texts_of_every_length_are_judged_alike(length: int) -> None:
    value = cbor.encode("x" * length)
    payload = USUAL.replace(cbor.encode(usual_claims().specialty), value)
    assert outcome(payload) == plainly(payload)
    for other in (bytes([0x78, length]), bytes([0x79, 0, length]), bytes([0x60 + length % 24])):
        agrees(payload.replace(value, other + b"x" * length))


@pytest.mark.parametrize(
    "last", [date(1970, 1, 1), date(1970, 9, 13), date(1970, 9, 14), date(2149, 6, 6), date(2149, 6, 7)]
)
def test_days_at_the_ends_are_read(last: date) -> None:
    payload = usual_claims(award_date=last).encode()
    assert decode_claims(payload).award_date == last
    agrees(payload)


def test_larger_than_any_credential_is_refused_whatever_it_looks_like() -> None:
    uri = STATUS_URI.ljust(claims.MAX_URI, "x")
    status = StatusReference(index=500, uri=uri)
    payload = usual_claims(name="x" * 100, specialty="示" * 40, basis_reference="示" * 40, status=status).encode()
    assert len(payload) > claims.MAX_BYTES
    assert outcome(payload) == "too_large"


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

    assert small or isinstance(outcome(payload(None)), Claims)
    if payload(place) != payload(None):
        assert outcome(payload(place)) == "not_canonical"
    agrees(payload(place))
