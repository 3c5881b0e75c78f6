"""ES256 over raw bytes: one form of a signature, one form of a key."""

from __future__ import annotations

import pickle

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from credential.algorithms import ES256
from credential.errors import CredentialError, NotTrustedError
from credential.signing import (
    KeyFormError,
    SignatureError,
    VerifyKey,
    normalise_low_s,
)

PRIVATE = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
KEY = VerifyKey.from_public_key(PRIVATE.public_key())


def raw_signature(message: bytes) -> bytes:
    r, s = decode_dss_signature(PRIVATE.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return r.to_bytes(32) + s.to_bytes(32)


def other_form(raw: bytes) -> bytes:
    return raw[:32] + (ES256.order - int.from_bytes(raw[32:])).to_bytes(32)


def test_the_thumbprint_is_the_one_of_rfc_9679_section_6() -> None:
    key = VerifyKey(
        x=bytes.fromhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"),
        y=bytes.fromhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"),
    )
    assert key.thumbprint.hex() == "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
    assert key.key_id.hex() == "496bd8afadf307e5"


def test_a_normalised_signature_verifies_and_its_twin_is_refused() -> None:
    for number in range(16):  # high and low forms both occur among sixteen messages
        message = b"message %d" % number
        low = normalise_low_s(raw_signature(message))
        assert int.from_bytes(low[32:]) <= ES256.half_order
        assert normalise_low_s(other_form(low)) == low
        KEY.verify(low, message)
        with pytest.raises(SignatureError) as caught:
            KEY.verify(other_form(low), message)
        assert caught.value.code == "high_s"


@pytest.mark.parametrize("bit", range(0, 512, 7))
def test_any_flipped_bit_of_a_signature_is_refused(bit: int) -> None:
    flipped = bytearray(normalise_low_s(raw_signature(b"x")))
    flipped[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(SignatureError) as caught:
        KEY.verify(bytes(flipped), b"x")
    assert caught.value.code in {"bad_signature", "high_s"}


@pytest.mark.parametrize("length", [0, 63, 65, 72])
def test_another_length_is_refused_before_any_arithmetic(length: int) -> None:
    for check in (lambda raw: KEY.verify(raw, b"x"), normalise_low_s):
        with pytest.raises(SignatureError) as caught:
            check(b"\x01" * length)
        assert caught.value.code == "bad_length"


@pytest.mark.parametrize("raw", [bytes(64), b"\xff" * 64, b"\x01" * 32 + bytes(32)])
def test_numbers_outside_the_group_are_no_signature(raw: bytes) -> None:
    with pytest.raises(SignatureError) as caught:
        normalise_low_s(raw)
    assert caught.value.code == "bad_signature"


def test_a_jwk_goes_round_and_keys_compare_by_their_numbers() -> None:
    jwk = KEY.to_jwk()
    again = VerifyKey.from_jwk(jwk)
    assert (again, hash(again), again.to_jwk()) == (KEY, hash(KEY), jwk)
    assert list(jwk) == ["kty", "crv", "x", "y"]


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"x": KEY.to_jwk()["x"] + "="},
        {"x": KEY.to_jwk()["x"][:-1]},
        {"x": "*" * 43},
        {"x": 5},
        {"x": KEY.to_jwk()["y"]},
        {"kid": "abc"},
        {"d": "secret"},
    ],
)
def test_a_jwk_that_is_not_exactly_a_public_p256_key_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(KeyFormError):
        VerifyKey.from_jwk({**KEY.to_jwk(), **change})


def test_trailing_bits_in_a_coordinate_are_refused() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    x = KEY.to_jwk()["x"]
    sibling = x[:-1] + alphabet[alphabet.index(x[-1]) ^ 1]  # differs only in bits that decoding drops
    with pytest.raises(KeyFormError) as caught:
        VerifyKey.from_jwk({**KEY.to_jwk(), "x": sibling})
    assert caught.value.code == "key_form"


def test_a_point_off_the_curve_is_refused() -> None:
    with pytest.raises(KeyFormError) as caught:
        VerifyKey.from_numbers(1, 1)
    assert caught.value.code == "key_not_on_curve"


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(SignatureError("bad_length", "a sentence", length=3)))  # noqa: S301
    assert (type(error), error.code, str(error), dict(error.fields)) == (
        SignatureError,
        "bad_length",
        "a sentence",
        {"length": 3},
    )
    assert isinstance(error, NotTrustedError)
    assert isinstance(error, CredentialError)
