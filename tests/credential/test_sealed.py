"""Sealed records (FORMAT 5.2) open with their secret and with nothing else."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.kdf import extract, prefix
from credential.sealed import (
    RECORD_SIZES,
    SIZE_CLASSES,
    Kind,
    locator_of,
    open_record,
    record_keys,
    seal,
)
from tests.credential.made import CTI

NONCE = bytes(range(12))
RECORD = seal(Kind.HISTORY, CTI, b"events", nonce=NONCE)


def sealed_padding(padded: bytes) -> bytes:
    """A record over any padded text, as somebody with the secret could make it."""
    keys = record_keys(Kind.HISTORY, CTI)
    return keys.locator + NONCE + AESGCM(keys.key).encrypt(NONCE, padded, keys.associated_data)


def hkdf(secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 written out, so that the derivation does not rest on one library."""
    key = hmac.digest(bytes(32), secret, "sha256")
    block, out = b"", b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(Kind),
    st.binary(min_size=1, max_size=32),
    st.binary(max_size=3000),
    st.binary(min_size=12, max_size=12),
)
def test_a_record_opens_with_its_secret(kind: Kind, secret: bytes, plaintext: bytes, nonce: bytes) -> None:
    record = seal(kind, secret, plaintext, nonce=nonce)
    assert open_record(kind, secret, record) == plaintext
    assert len(record) in RECORD_SIZES
    assert record[16:28] == nonce


@pytest.mark.parametrize("kind", ["certificate", "history"])
def test_the_derivation_is_that_of_the_document(kind: str) -> None:
    label = f"titlecert/v1/{kind}".encode()
    keys = record_keys(Kind(kind), CTI)
    assert keys.locator == hkdf(CTI, label + b"/locator", 16)
    assert keys.key == hkdf(CTI, label + b"/key/" + keys.locator, 32)
    assert keys.associated_data == label + keys.locator
    record = seal(Kind(kind), CTI, b"x", nonce=NONCE)
    assert AESGCM(keys.key).decrypt(NONCE, record[28:], label + keys.locator) == b"\0\1x" + bytes(509)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=60), st.integers(1, 32))
def test_derivation_gives_what_the_library_gives(secret: bytes, info: bytes, length: int) -> None:
    library = HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(secret)
    assert extract(secret).expand(info, length) == library


def test_a_derived_value_has_at_most_32_bytes() -> None:
    with pytest.raises(ValueError, match="at most 32 bytes"):
        extract(CTI).expand(b"info", 33)


@pytest.mark.parametrize("bits", range(21))
def test_the_prefix_is_the_leading_bits_of_a_derivation(bits: int) -> None:
    whole = int.from_bytes(hkdf(CTI, b"titlecert/v1/prefix", 4))
    assert prefix(CTI, bits) == whole >> (32 - bits)


@pytest.mark.parametrize("bits", [-1, 21, 32])
def test_a_prefix_has_at_most_twenty_bits(bits: int) -> None:
    with pytest.raises(ValueError, match="prefix"):
        prefix(CTI, bits)


def test_derivation_agrees_with_rfc_5869_test_case_3() -> None:
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert extract(b"\x0b" * 22).expand(b"", 32).hex() == expected[:64]
    assert hkdf(b"\x0b" * 22, b"", 42).hex() == expected


@pytest.mark.parametrize("size", SIZE_CLASSES)
def test_the_smallest_size_that_fits_is_taken(size: int) -> None:
    assert len(seal(Kind.HISTORY, CTI, bytes(size - 2), nonce=NONCE)) == 44 + size
    if size < SIZE_CLASSES[-1]:
        assert len(seal(Kind.HISTORY, CTI, bytes(size - 1), nonce=NONCE)) == 44 + 2 * size


def test_what_fits_nowhere_is_refused() -> None:
    largest = 16384 - 2
    assert len(seal(Kind.HISTORY, CTI, bytes(largest), nonce=NONCE)) == 44 + 16384
    with pytest.raises(MalformedError) as caught:
        seal(Kind.HISTORY, CTI, bytes(largest + 1), nonce=NONCE)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("length", [0, 11, 13])
def test_a_nonce_has_twelve_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="nonce"):
        seal(Kind.HISTORY, CTI, b"", nonce=bytes(length))


@pytest.mark.parametrize(
    ("kind", "secret"),
    [(Kind.CERTIFICATE, CTI), (Kind.HISTORY, CTI[:-1] + b"\0"), (Kind.HISTORY, b""), (Kind.HISTORY, CTI + b"\0")],
)
def test_another_kind_or_secret_does_not_open_it(kind: Kind, secret: bytes) -> None:
    with pytest.raises(NotTrustedError) as caught:
        open_record(kind, secret, RECORD)
    assert caught.value.code == "not_sealed_here"


def test_a_record_under_another_locator_does_not_open() -> None:
    other = record_keys(Kind.HISTORY, b"another secret").locator
    with pytest.raises(NotTrustedError):
        open_record(Kind.HISTORY, b"another secret", other + RECORD[16:])


def test_any_flipped_bit_is_refused() -> None:
    for bit in range(len(RECORD) * 8):
        changed = bytearray(RECORD)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(NotTrustedError) as caught:
            open_record(Kind.HISTORY, CTI, bytes(changed))
        assert caught.value.code == "not_sealed_here"


@pytest.mark.parametrize("change", [-1, 1, -len(RECORD), 512])
def test_other_sizes_are_refused(change: int) -> None:
    data = (RECORD + bytes(600))[: len(RECORD) + change]
    assert len(data) not in RECORD_SIZES or change == 512
    with pytest.raises(CredentialError) as caught:
        open_record(Kind.HISTORY, CTI, data)
    assert caught.value.code == ("not_sealed_here" if len(data) in RECORD_SIZES else "not_canonical")


@pytest.mark.parametrize(
    "padded",
    [
        b"\0\1x" + bytes(508) + b"\1",
        b"\0\1x\1" + bytes(508),
        b"\1\xff" + bytes(510),
        b"\xff\xff" + bytes(510),
        b"\0\1x" + bytes(1021),
        b"\0\0" + bytes(16382),
    ],
    ids=[
        "last byte",
        "first byte",
        "longer than the record",
        "longest",
        "a size too large",
        "largest size for nothing",
    ],
)
def test_padding_that_no_writer_makes_is_refused(padded: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        open_record(Kind.HISTORY, CTI, sealed_padding(padded))
    assert caught.value.code == "not_canonical"


def test_a_record_shows_nothing_of_its_secret() -> None:
    assert locator_of(RECORD) == RECORD[:16]
    assert CTI not in RECORD
    assert hashlib.sha256(CTI).digest()[:16] not in RECORD
    assert "key" not in repr(record_keys(Kind.HISTORY, CTI))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=700))
def test_any_bytes_are_refused_in_our_words(data: bytes) -> None:
    with pytest.raises(CredentialError):
        open_record(Kind.HISTORY, CTI, data)
