"""JSON has one form (FORMAT 1.4)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import jsonform
from credential.errors import CredentialError, MalformedError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53 - 1), 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcXYZ_-0", max_size=4), inner, max_size=4),
    max_leaves=10,
)


def decode(data: bytes) -> jsonform.Value:
    return jsonform.decode(data, max_bytes=10_000)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_what_is_encoded_is_decoded_to_the_same(value: jsonform.Value) -> None:
    assert decode(jsonform.encode(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": "职称", "B": None, "_": True}, '{"B":null,"_":true,"a":"职称","b":1}'),
        ('\b\t\n\f\r"\\/', '"\\b\\t\\n\\f\\r\\"\\\\/"'),
        ("\x00\x1f\x7f\u2028", '"\\u0000\\u001f\x7f\u2028"'),
        ("𠮷", '"𠮷"'),
        ([0, -1, 2**53 - 1], "[0,-1,9007199254740991]"),
        ({}, "{}"),
        ([], "[]"),
    ],
)
def test_the_text_is_fixed(value: object, expected: str) -> None:
    assert jsonform.encode(value) == expected.encode()
    assert decode(expected.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"a":2}',
        '{"b":1,"a":2}',
        '{"a": 1}',
        ' {"a":1}',
        '{"a":1}\n',
        '{\n"a":1}',
        "[1, 2]",
        "-0",
        '"\\/"',
        '"\\u0041"',
        '"\\u000a"',
        '"\\u001F"',
        '"\\u804c"',
        '"\\ud842\\udfb7"',
        '"\\ud800"',
        '"\\udc00\\ud800"',
        "9007199254740992",
        "-9007199254740992",
        '{"é":1}',
        "[" * 17 + "1" + "]" * 17,
    ],
)
def test_a_second_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        decode(text.encode())
    assert caught.value.code == "not_canonical"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1.0",
        b"1e0",
        b"1E5",
        b"1e400",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"01",
        b"+1",
        b"0x1",
        b"[1,]",
        b'{"a":1,}',
        b"{'a':1}",
        b"{a:1}",
        b'"\x01"',
        b'"\n"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b"\xef\xbb\xbf1",
        b"1 2",
        b"nul",
        b"// 1",
        b"[" * 100_000,
        b"9" * 5000,
    ],
)
def test_what_is_no_json_of_integers_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        jsonform.decode(data, max_bytes=1 << 20)
    assert caught.value.code == "not_json"


def test_sixteen_levels_are_read() -> None:
    decode(b"[" * 16 + b"1" + b"]" * 16)


def test_longer_input_than_the_cap_is_refused_before_a_look_at_it() -> None:
    with pytest.raises(MalformedError) as caught:
        jsonform.decode(b"[" * 17, max_bytes=16)
    assert caught.value.code == "too_large"
    assert jsonform.decode(b'"' + b"a" * 14 + b'"', max_bytes=16) == "a" * 14


@pytest.mark.parametrize("data", [b"[]", b"1", b'"a"', b"null"])
def test_where_an_object_belongs_nothing_else_is_read(data: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        jsonform.decode_object(data, max_bytes=100)
    assert caught.value.code == "not_json"


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**53, -(2**53), {1: 2}, {"é": 1}, b"", "\ud800", {1}])
def test_what_no_format_has_is_not_encoded(value: object) -> None:
    with pytest.raises(MalformedError) as caught:
        jsonform.encode(value)
    assert caught.value.code == "not_encodable"


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=20) | st.text('{}[]":,\\u0aA1-. e\n', max_size=16).map(str.encode))
def test_any_bytes_are_read_in_one_form_or_refused_in_our_words(data: bytes) -> None:
    try:
        value = decode(data)
    except CredentialError:
        return
    assert jsonform.encode(value) == data
