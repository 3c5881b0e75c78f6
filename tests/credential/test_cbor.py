"""CBOR has one form (FORMAT 1.3)."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cbor
from credential.errors import CredentialError, MalformedError
from tests.credential.again import by_encoding_again, by_the_library, depth

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53 - 1), 2**53 - 1)
    | st.binary(max_size=40)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
KEYS = st.integers(-70_000, 70_000) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
ITEMS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def decode(hexadecimal: str, **limits: int) -> cbor.Item:
    return cbor.decode(bytes.fromhex(hexadecimal), **{"max_bytes": 100_000, **limits})


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(ITEMS)
def test_what_is_encoded_is_decoded_to_the_same(item: object) -> None:
    if depth(item) <= cbor.MAX_DEPTH:
        assert cbor.encode(item) == by_the_library(item)
        assert cbor.decode(cbor.encode(item), max_bytes=100_000) == item


def test_numbers_and_texts_that_are_enums_are_written_as_what_they_are() -> None:
    class Number(IntEnum):
        SEVEN = 7

    class Word(StrEnum):
        YES = "yes"

    assert cbor.encode([Number.SEVEN, {Word.YES: Number.SEVEN}]) == cbor.encode([7, {"yes": 7}])


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65_535, 65_536])
def test_heads_are_those_that_the_library_writes(size: int) -> None:
    assert cbor.encode_bytes(bytes(size)) == cbor2.dumps(bytes(size))
    head = cbor.encode_head(cbor.ARRAY, size)
    assert cbor2.dumps([None] * size).startswith(head)
    assert cbor.read_head(b"x" + head, 1) == (cbor.ARRAY, size, 1 + len(head))
    assert cbor.read_head(head[:-1], 0) is None


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65_535, 65_536])
def test_texts_and_numbers_in_an_array_are_those_that_the_library_writes(size: int) -> None:
    item = ["x" * size, size, -1 - size, True, False, None, {size: "x" * size}]
    assert cbor.encode(item) == cbor2.dumps(item)


def test_what_is_written_behind_ready_keys_is_the_map_that_the_library_writes() -> None:
    values = {1: "示范省", 4: b"kid", 256: [1, None, ["x", 2]]}
    head = cbor.encode_head(cbor.MAP, len(values))
    keys = [head + cbor.encode(1), cbor.encode(4), cbor.encode(256)]
    assert cbor.encode_behind(zip(keys, values.values(), strict=True)) == cbor2.dumps(values)


@pytest.mark.parametrize("hexadecimal", ["1817", "5800", "590010", "9a0000ffff", "9c", "9f", "5b00000000ffffffff"])
def test_a_head_in_another_form_is_none(hexadecimal: str) -> None:
    assert cbor.read_head(bytes.fromhex(hexadecimal), 0) is None


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65_535, "19ffff"),
        (65_536, "1a00010000"),
        (2**32, "1b0000000100000000"),
        (2**53 - 1, "1b001fffffffffffff"),
        (-1, "20"),
        (-24, "37"),
        (-25, "3818"),
        (-(2**53 - 1), "3b001ffffffffffffe"),
        (b"", "40"),
        ("é", "62c3a9"),
        ([], "80"),
        ({}, "a0"),
        (None, "f6"),
        (True, "f5"),
        (False, "f4"),
        ({"b": 1, 256: 2, -1: 3, 1: 4, "aa": 5}, "a50104190100022003616201626161" + "05"),
        (cbor.Tag(18, [b"", {}]), "d28240a0"),
    ],
)
def test_the_bytes_are_those_of_the_specification(item: object, expected: str) -> None:
    assert cbor.encode(item).hex() == expected
    decoded = decode(expected)
    assert (decoded, type(decoded)) == (item, type(item))  # true is not 1


NOT_CANONICAL = {
    "zero in two bytes": "1800",
    "23 in two bytes": "1817",
    "255 in three bytes": "1900ff",
    "65535 in five bytes": "1a0000ffff",
    "2^32-1 in nine bytes": "1b00000000ffffffff",
    "-1 in two bytes": "3800",
    "byte string with a long length": "580100",
    "text with a long length": "780161",
    "array with a long length": "980100",
    "map with a long length": "b8010000",
    "tag with a long number": "d81280",
    "byte string of indefinite length": "5f4100ff",
    "text of indefinite length": "7f6161ff",
    "array of indefinite length": "9f00ff",
    "map of indefinite length": "bf0000ff",
    "break without a beginning": "ff",
    "integer keys unsorted": "a202000100",
    "text sorted in front of a number": "a26161000100",
    "keys sorted by length first (RFC 7049)": "a2612000190100" + "00",
    "text keys unsorted": "a2616200616100",
    "a longer key in front of a shorter": "a262616100616200",
    "a key twice": "a201000101",
    "a text key twice": "a2616101616102",
    "a key twice in a map inside": "81a201000101",
    "half float": "f93c00",
    "single float": "fa3f800000",
    "double float": "fb3ff0000000000000",
    "not a number": "f97e00",
    "undefined": "f7",
    "simple value 0": "e0",
    "simple value 255": "f8ff",
    "true in two bytes": "f815",
    "reserved additional information 28": "1c",
    "reserved additional information 30": "1e",
    "2^53": "1b0020000000000000",
    "2^64-1": "1bffffffffffffffff",
    "-2^53": "3b001fffffffffffff",
    "-2^64": "3bffffffffffffffff",
    "a byte behind": "0000",
    "an item behind": "80f6",
    "nine levels": "81" * 9 + "00",
    "nine levels of maps": "a100" * 9 + "00",
    "a key that is true": "a1f500",
    "a key that is null": "a1f600",
    "a key of bytes": "a14000",
    "a key that is an array": "a18000",
    "a key that is a map with its own keys unsorted": "a1a20200010000",
    "1 and true as keys": "a20100f500",
}


@pytest.mark.parametrize("hexadecimal", NOT_CANONICAL.values(), ids=NOT_CANONICAL.keys())
def test_a_second_form_is_refused(hexadecimal: str) -> None:
    with pytest.raises(MalformedError) as caught:
        decode(hexadecimal)
    assert caught.value.code == "not_canonical"


@pytest.mark.parametrize(
    ("hexadecimal", "code"),
    [
        ("", "not_cbor"),
        ("18", "not_cbor"),
        ("1900", "not_cbor"),
        ("41", "not_cbor"),
        ("6261", "not_cbor"),
        ("8100"[:2], "not_cbor"),
        ("a101", "not_cbor"),
        ("5bffffffffffffffff", "not_cbor"),
        ("7bffffffffffffffff", "not_cbor"),
        ("9bffffffffffffffff", "not_cbor"),
        ("bbffffffffffffffff", "not_cbor"),
        ("9a000fffff" + "00" * 4, "not_cbor"),
        ("62c328", "not_cbor"),
        ("63eda080", "not_cbor"),
        ("62c080", "not_cbor"),
        ("d2", "not_cbor"),
        ("c100", "not_recognised"),
        ("c249010000000000000000", "not_recognised"),
        ("c349010000000000000000", "not_recognised"),
        ("d83d00", "not_recognised"),
        ("d9d9f700", "not_recognised"),
        ("81d280", "not_recognised"),
        ("d2d280", "not_recognised"),
        ("d81c80", "not_recognised"),
        ("d90100" + "80", "not_recognised"),
    ],
)
def test_what_is_no_item_of_ours_is_refused(hexadecimal: str, code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        decode(hexadecimal)
    assert caught.value.code == code


@pytest.mark.parametrize("hexadecimal", ["82180061ff", "8261ff1800", "a2612080616100"[:-2] + "61ff"])
def test_what_is_no_cbor_is_told_even_behind_a_second_form(hexadecimal: str) -> None:
    """Else two readers that find two faults of one input would tell different ones."""
    with pytest.raises(MalformedError) as caught:
        decode(hexadecimal)
    assert caught.value.code == "not_cbor"


def test_eight_levels_and_4096_items_are_read_and_no_more() -> None:
    assert decode("81" * 8 + "00") == [[[[[[[[0]]]]]]]]
    assert len(decode("990fff" + "00" * 4095)) == 4095  # type: ignore[arg-type]
    with pytest.raises(MalformedError) as caught:
        decode("991000" + "00" * 4096)
    assert caught.value.code == "not_canonical"
    assert len(decode("991000" + "00" * 4096, max_items=4097)) == 4096  # type: ignore[arg-type]


def test_longer_input_than_the_cap_is_refused_before_a_look_at_it() -> None:
    with pytest.raises(MalformedError) as caught:
        decode("ff" * 17, max_bytes=16)
    assert caught.value.code == "too_large"
    assert decode("4f" + "00" * 15, max_bytes=16) == bytes(15)


@pytest.mark.parametrize(
    "item", [1.0, float("nan"), 2**53, -(2**53), {1, 2}, object(), [[1.5]], {True: 1}, {b"": 1}, {None: 1}, {(): 1}]
)
def test_what_no_format_has_is_not_encoded(item: object) -> None:
    with pytest.raises(MalformedError) as caught:
        cbor.encode(item)
    assert caught.value.code == "not_encodable"


def agrees(data: bytes) -> None:
    try:
        expected = by_encoding_again(data)
    except Exception:
        with pytest.raises(CredentialError):
            cbor.decode(data, max_bytes=1 << 16)
    else:
        assert cbor.decode(data, max_bytes=1 << 16) == expected


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(st.binary(max_size=24))
def test_any_bytes_are_judged_as_encoding_again_would_judge_them(data: bytes) -> None:
    agrees(data)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(ITEMS, st.data())
def test_a_changed_encoding_is_judged_as_encoding_again_would_judge_it(item: object, data: st.DataObject) -> None:
    encoded = bytearray(cbor.encode(item))
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(encoded) - 1))
        match data.draw(st.sampled_from(["bit", "byte", "insert", "delete"])):
            case "bit":
                encoded[position] ^= 1 << data.draw(st.integers(0, 7))
            case "byte":
                encoded[position] = data.draw(st.integers(0, 255))
            case "insert":
                encoded.insert(position, data.draw(st.sampled_from([0, 0x18, 0x19, 0x58, 0x78, 0x98, 0xB8, 0xF5])))
            case _ if len(encoded) > 1:
                del encoded[position]
    agrees(bytes(encoded))
