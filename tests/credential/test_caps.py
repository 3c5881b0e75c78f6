"""Every cap is the one of docs/FORMAT.md, typed from there: a test that asks with the constant never sees it move."""

from __future__ import annotations

from datetime import timedelta

import pytest

from credential import (
    cbor,
    ceremony,
    claims,
    days,
    history,
    jose,
    jsonform,
    kdf,
    publication,
    qrtext,
    roots,
    shards,
    snapshot,
    statuslist,
    trustform,
)

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("section", "cap", "document"),
    [
        ("1.3 depth", cbor.MAX_DEPTH, 8),
        ("1.3 items", cbor.MAX_ITEMS, 4096),
        ("1.3 integers", cbor.MAX_INTEGER, 9_007_199_254_740_991),
        ("1.4 depth", jsonform.MAX_DEPTH, 16),
        ("1.4 integers", jsonform.MAX_INTEGER, 9_007_199_254_740_991),
        ("1.6 lines", jose.MAX_LINES, 16),
        ("1.6 bytes", jose.MAX_CONTAINER_BYTES, 4 * MIB),
        ("1.7 clocks", days.CLOCK_DIFFERENCE, timedelta(seconds=300)),
        ("2 bytes", claims.MAX_BYTES, 420),
        ("3 digits", qrtext.MAX_DIGITS, 1012),
        ("3 code points", qrtext.MAX_TEXT, 1312),
        ("5.3 bytes", shards.MAX_SHARD_BYTES, 8 * MIB),
        ("5.3 records", shards.MAX_SHARD_RECORDS, 65_536),
        ("6 bytes", history.MAX_BYTES, 16_000),
        ("6 events", history.MAX_EVENTS, 64),
        ("7 packed bytes", statuslist.MAX_PACKED, MIB),
        ("7 unpacked bytes", statuslist.PLAIN_BYTES, 524_288),
        ("7 lifetime", statuslist.MAX_LIFETIME, timedelta(days=7)),
        ("8 keys", roots.MAX_KEYS, 16),
        ("8.1 bytes", ceremony.MAX_REQUEST_BYTES, 16 * MIB),
        ("9 bytes", trustform.MAX_TRUST_LIST_BYTES, 4 * MIB),
        ("9 lifetime", trustform.MAX_LIFETIME, timedelta(days=400)),
        ("9 versions of roots, trust lists and catalogues", publication.MAX_VERSION, 999_999_999),
        ("10 bytes", snapshot.MAX_SNAPSHOT_BYTES, MIB),
        ("10 lifetime", snapshot.MAX_LIFETIME, timedelta(days=7)),
        ("10 usual lifetime", snapshot.USUAL_LIFETIME, timedelta(hours=24)),
        ("10 longest prefix", kdf.PREFIX_BITS, 20),
        ("10 certificates a shard on average", shards.MEAN_CERTIFICATES, 128),
        ("10 certificates a shard at least", shards.MIN_CERTIFICATES, 64),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_cap_is_the_documents(section: str, cap: object, document: object) -> None:
    assert cap == document, section
