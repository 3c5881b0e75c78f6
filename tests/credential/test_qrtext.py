"""The QR text has one form (FORMAT 3), and the symbols stay small."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import qrtext
from credential.errors import CredentialError, MalformedError
from tests.credential.made import ORIGIN, credential

TEXT = qrtext.encode(credential(), ORIGIN)
DIGITS = TEXT.partition("#")[2]


def code(text: str) -> str:
    with pytest.raises(MalformedError) as caught:
        qrtext.parse(text)
    return caught.value.code


def test_a_credential_goes_round() -> None:
    found = qrtext.parse(TEXT)
    assert (found.data, found.origin) == (credential(), ORIGIN)
    assert f"{ORIGIN}/v/#{int.from_bytes(credential())}" == TEXT


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=420).filter(lambda data: data[0] != 0))
def test_any_bytes_that_do_not_begin_with_zero_go_round(data: bytes) -> None:
    assert qrtext.parse(qrtext.encode(data, ORIGIN)).data == data  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "digits",
    [
        "",
        "+" + DIGITS,
        "-" + DIGITS,
        "0" + DIGITS,
        "0",
        "00",
        " " + DIGITS,
        DIGITS + " ",
        DIGITS + "\n",
        DIGITS[:5] + "_" + DIGITS[5:],
        DIGITS[:5] + " " + DIGITS[5:],
        DIGITS[:5] + "," + DIGITS[5:],
        DIGITS[:-1] + "\uff11",
        DIGITS[:-1] + "\u0661",
        DIGITS[:-1] + "\u06f1",
        DIGITS[:-1] + "²",
        DIGITS[:-1] + "①",
        DIGITS[:-1] + "一",
        "0x12",
        "1e5",
        "12.0",
        DIGITS + "#",
        DIGITS + "#1",
        DIGITS + "?a=1",
        DIGITS + "&a",
        "%31" + DIGITS,
        "abc",
    ],
)
def test_behind_the_mark_stand_ascii_digits_and_nothing_else(digits: str) -> None:
    assert code(f"{ORIGIN}/v/#{digits}") == "not_canonical"


def test_too_long_is_refused_before_the_digits_become_a_number() -> None:
    largest = str(2 ** (8 * 420) - 1)
    assert len(largest) == qrtext.MAX_DIGITS
    assert qrtext.parse(f"{ORIGIN}/v/#{largest}").data == b"\xff" * 420
    assert code(f"{ORIGIN}/v/#{2 ** (8 * 420)}") == "too_large"
    assert code(f"{ORIGIN}/v/#{'1' * 1013}") == "too_large"
    assert code(f"{ORIGIN}/v/#{'9' * 100_000}") == "too_large"
    assert code("https://" + "a" * 2000) == "too_large"
    with pytest.raises(MalformedError) as caught:
        qrtext.decode_digits("1" * 5000)  # more than Python turns into a number by default
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "text",
    [
        "",
        DIGITS,
        "#" + DIGITS,
        f"{ORIGIN}/v#{DIGITS}",
        f"{ORIGIN}/#{DIGITS}",
        f"{ORIGIN}/V/#{DIGITS}",
        f"{ORIGIN}/v/?{DIGITS}",
        f"{ORIGIN}/v/{DIGITS}",
        f"{ORIGIN}/v/index.html#{DIGITS}",
        f"{ORIGIN}//v/#{DIGITS}",
        f"{ORIGIN}/x/v/#{DIGITS}",
        f"{ORIGIN}?a/v/#{DIGITS}",
        f"{ORIGIN}#/v/#{DIGITS}",
        f"HTTPS://zc.shifan.example/v/#{DIGITS}",
        f"https://ZC.shifan.example/v/#{DIGITS}",
        f"https://zc.shifan.example:/v/#{DIGITS}",
        f"https://zc.shifan.example:0/v/#{DIGITS}",
        f"https://zc.shifan.example:0443/v/#{DIGITS}",
        f"https://zc.shifan.example:123456/v/#{DIGITS}",
        f"https://zc.shifan.example:+1/v/#{DIGITS}",
        f"https://zc.shifan.example:\u0664/v/#{DIGITS}",
        f"https://user@zc.shifan.example/v/#{DIGITS}",
        f"https://zc.shifan.example@evil.example:443/v/#{DIGITS}",
        f"https://a:b@zc.shifan.example/v/#{DIGITS}",
        f"https:///v/#{DIGITS}",
        f"https:/v/#{DIGITS}",
        f"https://zc_shifan.example/v/#{DIGITS}",
        f"https://职称.example/v/#{DIGITS}",
        f"https://zc.shifan.example /v/#{DIGITS}",
        f" https://zc.shifan.example/v/#{DIGITS}",
        f"https://zc.shifan.example\\/v/#{DIGITS}",
        f"https://[::2]/v/#{DIGITS}",
        f"https://{'a' * 254}/v/#{DIGITS}",
        f"http://zc.shifan.example/v/#{DIGITS}",
        f"http://127.0.0.1.evil.example/v/#{DIGITS}",
        f"http://localhost.evil.example:8787/v/#{DIGITS}",
        f"http://127.0.0.2/v/#{DIGITS}",
        f"ftp://zc.shifan.example/v/#{DIGITS}",
        f"javascript:alert(1)/v/#{DIGITS}",
        f"//zc.shifan.example/v/#{DIGITS}",
    ],
)
def test_another_address_is_refused(text: str) -> None:
    assert code(text) == "not_recognised"


@pytest.mark.parametrize(
    "origin",
    ["https://a", "https://zc.example:8443", "http://127.0.0.1:8787", "http://localhost", "http://[::1]:8787"],
)
def test_the_addresses_that_may_stand_there(origin: str) -> None:
    assert qrtext.parse(qrtext.encode(credential(), origin)).origin == origin


@pytest.mark.parametrize("data", [b"", b"\0" + bytes(5), b"\xff" * 421])
def test_bytes_that_no_digits_stand_for_are_not_encoded(data: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        qrtext.encode(data, ORIGIN)  # type: ignore[arg-type]
    assert caught.value.code == "too_large"


def test_an_address_that_no_reader_takes_is_not_printed() -> None:
    with pytest.raises(MalformedError) as caught:
        qrtext.encode(credential(), "http://zc.shifan.example")
    assert caught.value.code == "not_recognised"


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40) | st.text("0123456789", max_size=20).map(lambda digits: f"{ORIGIN}/v/#{digits}"))
def test_any_text_is_read_in_one_form_or_refused_in_our_words(text: str) -> None:
    try:
        found = qrtext.parse(text)
    except CredentialError:
        return
    assert qrtext.encode(found.data, found.origin) == text
