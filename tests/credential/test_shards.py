"""Shards and manifests (FORMAT 5.3 and 5.4) have one form and say which they are."""

from __future__ import annotations

import hashlib
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import shards
from credential.errors import CredentialError, MalformedError
from credential.sealed import Kind, Record, locator_of, seal

RECORDS = sorted(seal(Kind.HISTORY, b"%d" % number, b"events", nonce=bytes(12)) for number in range(5))
SHARD = shards.encode_shard(RECORDS, prefix=5, prefix_length=3)
DIGESTS = [hashlib.sha256(b"%d" % number).digest() for number in range(4)]


def code(item: Any, *, prefix: int = 5, prefix_length: int = 3) -> str:
    data = item if isinstance(item, bytes) else cbor2.dumps(item)
    with pytest.raises(MalformedError) as caught:
        shards.parse_shard(data, prefix=prefix, prefix_length=prefix_length)
    return caught.value.code


def manifest_code(item: Any, *, number: int = 1, prefix_length: int = 3) -> str:
    data = item if isinstance(item, bytes) else cbor2.dumps(item)
    with pytest.raises(MalformedError) as caught:
        shards.parse_manifest(data, number=number, prefix_length=prefix_length)
    return caught.value.code


@settings(max_examples=20, deadline=None)
@given(st.permutations(RECORDS))
def test_the_order_of_writing_does_not_matter(records: list[Record]) -> None:
    assert shards.encode_shard(records, prefix=5, prefix_length=3) == SHARD


def test_a_record_is_found_by_its_locator() -> None:
    found = shards.parse_shard(SHARD, prefix=5, prefix_length=3)
    assert found.records == tuple(RECORDS)
    for record in RECORDS:
        assert found.find(locator_of(record)) == record
    for absent in (bytes(16), b"\xff" * 16, locator_of(RECORDS[2])[:15] + b"\0", b""):
        assert found.find(absent) is None


def test_a_shard_may_be_empty() -> None:
    data = shards.encode_shard([], prefix=0, prefix_length=0)
    assert data.hex() == "8401000080"
    assert shards.parse_shard(data, prefix=0, prefix_length=0).find(bytes(16)) is None


def test_the_name_is_the_digest_of_the_bytes() -> None:
    assert shards.digest(SHARD) == hashlib.sha256(SHARD).digest()


@pytest.mark.parametrize(("prefix", "prefix_length"), [(4, 3), (5, 4), (2, 2), (0, 0), (11, 4)])
def test_a_shard_of_another_place_is_refused(prefix: int, prefix_length: int) -> None:
    assert code(SHARD, prefix=prefix, prefix_length=prefix_length) == "wrong_shard"


BROKEN = {
    "another order": ([1, 3, 5, [RECORDS[1], RECORDS[0]]], "not_canonical"),
    "a record twice": ([1, 3, 5, [RECORDS[0], RECORDS[0]]], "not_canonical"),
    "a locator twice": ([1, 3, 5, [RECORDS[0], RECORDS[0][:-1] + b"\xff"]], "not_canonical"),
    "a record cut short": ([1, 3, 5, [RECORDS[0][:-1]]], "not_canonical"),
    "an empty record": ([1, 3, 5, [b""]], "not_canonical"),
    "a record as text": ([1, 3, 5, ["a" * 556]], "not_canonical"),
    "version 2": ([2, 3, 5, []], "not_recognised"),
    "version true": ([True, 3, 5, []], "not_recognised"),
    "a length in words": ([1, "3", 5, []], "not_recognised"),
    "no records": ([1, 3, 5], "not_recognised"),
    "records null": ([1, 3, 5, None], "not_recognised"),
    "records a map": ([1, 3, 5, {}], "not_recognised"),
    "more": ([1, 3, 5, [], 0], "not_recognised"),
    "a map": ({1: 2}, "not_recognised"),
    "bytes behind": (SHARD + b"\0", "not_canonical"),
    "cut short": (SHARD[:-1], "not_cbor"),
    "a long length": (b"\x98\x04" + SHARD[1:], "not_canonical"),
    "a tag": (b"\xd2" + SHARD, "not_recognised"),
}


@pytest.mark.parametrize(("item", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_another_form_is_refused(item: Any, expected: str) -> None:
    assert code(item) == expected


@pytest.mark.parametrize("item", [[1, False, False, []], [1, 0, False, []], [True, 0, 0, []]])
def test_false_is_not_taken_for_zero(item: list[object]) -> None:
    assert code(item, prefix=0, prefix_length=0) == "not_recognised"


def test_sizes_are_bounded() -> None:
    assert code(bytes(shards.MAX_SHARD_BYTES + 1)) == "too_large"
    with pytest.raises(MalformedError, match="too many"):
        shards.parse_shard(cbor2.dumps([1, 3, 5, [None] * 65_540]), prefix=5, prefix_length=3)


def test_any_flipped_bit_is_refused_or_moves_no_record_unseen() -> None:
    """A shard carries no signature: the manifest names its digest, and each record is sealed."""
    for bit in range(len(SHARD) * 8):
        changed = bytearray(SHARD)
        changed[bit // 8] ^= 1 << (bit % 8)
        assert shards.digest(bytes(changed)) != shards.digest(SHARD)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_shard_is_judged_as_the_general_reader_judges_it(data: st.DataObject) -> None:
    """Records are found by their heads; what they are taken for is what reading item by item finds."""
    place, kind = data.draw(st.integers(0, len(SHARD) - 1)), data.draw(st.sampled_from(["flip", "cut", "put", "twice"]))
    changed = {
        "flip": SHARD[:place] + bytes([SHARD[place] ^ 1 << data.draw(st.integers(0, 7))]) + SHARD[place + 1 :],
        "cut": SHARD[:place] + SHARD[place + data.draw(st.integers(1, 600)) :],
        "put": SHARD[:place] + data.draw(st.binary(min_size=1, max_size=4)) + SHARD[place:],
        "twice": SHARD + SHARD[place:],
    }[kind]
    with pytest.MonkeyPatch.context() as patch:
        quick = judged(changed)
        patch.setattr(shards, "_records_of", lambda *_: None)
        assert quick == judged(changed)


def judged(data: bytes) -> object:
    try:
        return shards.parse_shard(data, prefix=5, prefix_length=3)
    except MalformedError as error:
        return error.code


def test_a_manifest_goes_round() -> None:
    data = shards.encode_manifest(DIGESTS, number=1, prefix_length=3)
    assert shards.parse_manifest(data, number=1, prefix_length=3) == tuple(DIGESTS)
    assert cbor2.loads(data) == [1, 3, 1, DIGESTS]
    single = shards.encode_manifest(DIGESTS[:1], number=0, prefix_length=0)
    assert shards.parse_manifest(single, number=0, prefix_length=0) == tuple(DIGESTS[:1])


@pytest.mark.parametrize("prefix_length", range(21))
def test_manifests_and_shards_split_the_prefix(prefix_length: int) -> None:
    bits = shards.manifest_bits(prefix_length)
    assert bits == prefix_length // 2
    digests = [bytes(32)] * (1 << (prefix_length - bits))
    data = shards.encode_manifest(digests, number=(1 << bits) - 1, prefix_length=prefix_length)
    assert len(data) <= shards.MAX_MANIFEST_BYTES


BROKEN_MANIFESTS = {
    "three digests": ([1, 3, 1, DIGESTS[:3]], "not_recognised"),
    "five digests": ([1, 3, 1, [*DIGESTS, DIGESTS[0]]], "not_recognised"),
    "a short digest": ([1, 3, 1, [*DIGESTS[:3], DIGESTS[3][:31]]], "not_recognised"),
    "a digest in hex": ([1, 3, 1, [*DIGESTS[:3], DIGESTS[3].hex()]], "not_recognised"),
    "another number": ([1, 3, 0, DIGESTS], "wrong_shard"),
    "another prefix length": ([1, 2, 1, DIGESTS], "wrong_shard"),
    "version 2": ([2, 3, 1, DIGESTS], "not_recognised"),
    "version true": ([True, 3, 1, DIGESTS], "not_recognised"),
    "number true": ([1, 3, True, DIGESTS], "not_recognised"),
    "more": ([1, 3, 1, DIGESTS, 0], "not_recognised"),
    "too large": (bytes((64 << 10) + 1), "too_large"),
}


@pytest.mark.parametrize(("item", "expected"), BROKEN_MANIFESTS.values(), ids=BROKEN_MANIFESTS.keys())
def test_another_manifest_is_refused(item: Any, expected: str) -> None:
    assert manifest_code(item) == expected


@pytest.mark.parametrize(
    ("certificates", "bits"),
    [(0, 0), (1, 0), (24, 0), (127, 0), (128, 0), (255, 0), (256, 1), (511, 1), (512, 2), (1_000_000, 12), (2**40, 20)],
)
def test_a_prefix_leaves_128_certificates_on_average(certificates: int, bits: int) -> None:
    assert shards.longest_prefix(certificates) == bits


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_our_words(data: bytes) -> None:
    for read in (
        lambda: shards.parse_shard(data, prefix=5, prefix_length=3),
        lambda: shards.parse_manifest(data, number=1, prefix_length=3),
    ):
        with pytest.raises(CredentialError):
            read()
