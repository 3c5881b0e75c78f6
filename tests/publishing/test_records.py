"""Shards: a change touches few files, every shard hides one among at least 64, and what is read is what was signed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence

import pytest

from credential import publication, shards
from credential.kdf import prefix
from credential.sealed import NONCE_BYTES, Kind, Record, locator_of, open_record, seal
from issuer.errors import TamperedError
from issuer.publishing.records import Owner, PublishedShards, build, choose_prefix, group, lengthen
from tests.support.layouts import Laid, build_in_memory, update_in_memory

RNG = random.Random(20261121)  # noqa: S311 - the same register at each run
COUNT = 3000


def records_of(cti: bytes, text: bytes = b"history") -> tuple[Record, ...]:
    return (seal(Kind.HISTORY, cti, text, nonce=RNG.randbytes(NONCE_BYTES)),)


@pytest.fixture(scope="module")
def ctis() -> list[bytes]:
    return [RNG.randbytes(16) for _ in range(COUNT)]


@pytest.fixture(scope="module")
def large(ctis: list[bytes]) -> Laid:
    length = choose_prefix(ctis, COUNT)
    return build_in_memory(((cti, records_of(cti)) for cti in ctis), length)


def published(made: Laid) -> PublishedShards:
    return PublishedShards.read(made.layout.prefix_length, made.manifests, lambda path: made.files[path])


def test_every_shard_holds_a_crowd(ctis: list[bytes], large: Laid) -> None:
    length = large.layout.prefix_length
    assert length == 4
    crowd = Counter(prefix(cti, length) for cti in ctis)
    assert len(crowd) == len(large.layout.digests) == 16
    assert min(crowd.values()) >= shards.MIN_CERTIFICATES
    assert length <= shards.longest_prefix(COUNT)


@pytest.mark.parametrize(("count", "longest"), [(0, 0), (1, 0), (127, 0), (255, 0), (256, 1), (511, 1), (512, 2)])
def test_the_prefix_grows_with_the_register(ctis: list[bytes], count: int, longest: int) -> None:
    assert shards.longest_prefix(count) == longest
    chosen = choose_prefix(ctis[:count], count)
    assert chosen <= longest
    crowd = Counter(prefix(cti, chosen) for cti in ctis[:count])
    assert chosen == 0 or min(crowd[number] for number in range(1 << chosen)) >= shards.MIN_CERTIFICATES


def test_a_prefix_that_leaves_one_shard_too_small_is_not_taken(ctis: list[bytes]) -> None:
    """256 certificates, of which 63 begin with a one: one file for all."""
    zeros = [cti for cti in ctis if prefix(cti, 1) == 0]
    ones = [cti for cti in ctis if prefix(cti, 1) == 1]
    assert choose_prefix(zeros[:193] + ones[:63], 256) == 0
    assert choose_prefix(zeros[:192] + ones[:64], 256) == 1


def test_one_shard_at_a_time_is_held(ctis: list[bytes]) -> None:
    """The records of a shard are asked for when the one before it lies on the disk; so memory holds one shard."""
    seen: list[str] = []

    def records(group: Sequence[bytes]) -> list[Record]:
        seen.append(f"read {prefix(group[0], 4)}")
        return [record for cti in group for record in records_of(cti)]

    def write(path: str, data: bytes) -> bool:
        assert path == publication.shard(shards.digest(data).hex())
        seen.append("write")
        return True

    made = build(group(((cti, cti) for cti in ctis), 4), records, write)
    assert seen[:32] == [each for number in range(16) for each in (f"read {number}", "write")]
    assert len(seen) - 32 == len(made.manifests) == 4
    assert made.written == 16 + 4


def test_what_is_built_is_found(ctis: list[bytes], large: Laid) -> None:
    found = published(large)
    for cti in ctis:
        record = found.find(Kind.HISTORY, cti, cti)
        assert record is not None
        assert open_record(Kind.HISTORY, cti, record) == b"history"
    assert found.find(Kind.HISTORY, bytes(16), bytes(16)) is None


def test_a_change_of_ten_writes_no_more_than_twenty_files(ctis: list[bytes], large: Laid) -> None:
    chosen = ctis[::300]
    assert len(chosen) == 10
    made = update_in_memory(published(large), {cti: records_of(cti, b"withdrawn") for cti in chosen})
    touched = {prefix(cti, 4) for cti in chosen}
    differing = [
        place
        for place, (old, new) in enumerate(zip(large.layout.digests, made.layout.digests, strict=True))
        if old != new
    ]
    assert set(differing) == touched
    assert len(made.files) <= len(touched) + 4
    merged = PublishedShards.read(4, made.manifests, lambda path: (large.files | made.files)[path])
    for cti in ctis:
        record = merged.find(Kind.HISTORY, cti, cti)
        assert record is not None
        assert open_record(Kind.HISTORY, cti, record) == (b"withdrawn" if cti in chosen else b"history")


def test_new_certificates_join_the_others(large: Laid) -> None:
    new = RNG.randbytes(16)
    made = update_in_memory(published(large), {new: records_of(new)})
    merged = PublishedShards.read(4, made.manifests, lambda path: (large.files | made.files)[path])
    assert merged.find(Kind.HISTORY, new, new) is not None
    assert sum(len(merged.shard(number).records) for number in range(16)) == COUNT + 1


@pytest.mark.slow
def test_under_a_longer_prefix_lies_what_was_published_and_what_is_new(ctis: list[bytes]) -> None:
    """Records are copied byte for byte; one whose certificate is known no more is left out."""
    before = build_in_memory(((cti, records_of(cti)) for cti in ctis), 2)
    new, changed, erased = RNG.randbytes(16), ctis[0], ctis[1]
    changes = {cti: records_of(cti, b"new") for cti in (new, changed)}
    files: dict[str, bytes] = {}

    def write(path: str, data: bytes) -> bool:
        files[path] = data
        return True

    lost = seal(Kind.CERTIFICATE, b"2" * 20, b"credential", nonce=bytes(NONCE_BYTES))
    kept = seal(Kind.CERTIFICATE, b"3" * 20, b"credential", nonce=bytes(NONCE_BYTES))
    with_codes = update_in_memory(published(before), {erased: (lost,), ctis[2]: (kept,)})
    ground = PublishedShards.read(2, with_codes.manifests, lambda path: (before.files | with_codes.files)[path])
    locators = {ctis[2]: locator_of(kept)}
    owners = [Owner(cti, locators.get(cti)) for cti in (*ctis, new)]
    built = lengthen(ground, 4, owners, changes, write)
    after = PublishedShards.read(4, built.manifests, files.__getitem__)
    assert built.written == len(files) == 16 + 4
    assert sum(len(after.shard(number).records) for number in range(16)) == COUNT + 2
    for cti in (*ctis, new):
        expected = changes[cti][0] if cti in changes else published(before).find(Kind.HISTORY, cti, cti)
        assert after.find(Kind.HISTORY, cti, cti) == expected
    assert after.find(Kind.CERTIFICATE, b"3" * 20, ctis[2]) == kept
    assert after.find(Kind.CERTIFICATE, b"2" * 20, erased) is None


def test_what_is_gone_does_not_come_along(ctis: list[bytes], large: Laid) -> None:
    record = published(large).find(Kind.HISTORY, ctis[5], ctis[5])
    assert record is not None
    owners = [Owner(cti, None) for cti in ctis]
    files: dict[str, bytes] = {}
    built = lengthen(
        published(large),
        5,
        owners,
        {},
        lambda path, data: bool(files.setdefault(path, data)),
        gone=frozenset({locator_of(record)}),
    )
    after = PublishedShards.read(5, built.manifests, files.__getitem__)
    assert after.find(Kind.HISTORY, ctis[5], ctis[5]) is None
    assert after.find(Kind.HISTORY, ctis[6], ctis[6]) is not None


def test_an_altered_file_is_not_built_upon(ctis: list[bytes], large: Laid) -> None:
    number = prefix(ctis[0], 4)
    path = publication.shard(large.layout.digests[number].hex())
    other = shards.encode_shard([], prefix=number, prefix_length=4)
    files = dict(large.files) | {path: other}
    found = PublishedShards.read(4, large.manifests, files.__getitem__)
    with pytest.raises(TamperedError) as caught:
        update_in_memory(found, {ctis[0]: records_of(ctis[0])})
    assert caught.value.code == "file_altered"


def test_laying_out_is_fast(ctis: list[bytes]) -> None:
    """Seconds for a province would be minutes for a country; 3,000 take a part of a second."""
    sealed = [(cti, records_of(cti)) for cti in ctis]
    begin = time.perf_counter()
    made = build_in_memory(sealed, choose_prefix(ctis, COUNT))
    update_in_memory(published(made), dict(sealed[:10]))
    assert time.perf_counter() - begin < 3
