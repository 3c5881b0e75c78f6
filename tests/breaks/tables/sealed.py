"""FORMAT 5: prefix, sealed records, shards, manifests."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

KDF: Final = "credential/kdf.py"
VIEW: Final = "verifier/reader/view.py"
SEALED: Final = "credential/sealed.py"
SHARDS: Final = "credential/shards.py"
SIGNING: Final = "issuer/publishing/signing.py"

BREAKS: Final = (
    Break(
        "5.1 the prefix is derived under its label", KDF, "titlecert/v1/prefix", "titlecert/v2/prefix", "test_sealed.py"
    ),
    Break("5.1 the prefix is the leading bits", KDF, ">> (32 - bits)", "& ((1 << bits) - 1)", "test_sealed.py"),
    Break(
        "5.1 derivation is HKDF-SHA-256 with an empty salt",
        *(KDF, "update(info + _FIRST_BLOCK)", "update(_FIRST_BLOCK + info)", "test_sealed.py"),
    ),
    Break(
        "5.2 HKDF's first step has an empty salt", KDF, "bytes(SHA256.digest_size)", 'b"titlecert"', "test_sealed.py"
    ),
    Break("5.2 the locator has a label of its own", SEALED, 'b"/locator"', 'b"/key/"', "test_sealed.py"),
    Break("5.2 the key depends on the locator", SEALED, 'b"/key/" + locator', 'b"/key/"', "test_sealed.py"),
    Break(
        "5.2 kind and locator are sealed with it",
        SEALED,
        "associated_data=_LABELS[kind] + locator",
        'associated_data=b""',
        "test_sealed.py",
    ),
    Break(
        "5.2 what opens is the record of this locator",
        *(SEALED, "if record[:LOCATOR_BYTES] != keys.locator:", "if not record:", "test_sealed.py"),
    ),
    Break("5.2 a nonce has 12 bytes", SEALED, "if len(nonce) != NONCE_BYTES:", "if not nonce:", "test_sealed.py"),
    Break(
        "5.2 the nonce of a history is new whenever it changes",
        SIGNING,
        "stored.history.content, nonce=os.urandom(NONCE_BYTES))",
        "stored.history.content, nonce=bytes(NONCE_BYTES))",
        "publishing/test_publisher.py::test_a_history_that_changed_is_sealed_under_another_nonce",
    ),
    Break(
        "5.2 other sizes are refused", SEALED, "if len(record) not in RECORD_SIZES:", "if not record:", "test_sealed.py"
    ),
    Break(
        "5.2 padding is zeros",
        *(SEALED, " or padded[end:] != bytes(len(padded) - end):", ":", "vectors padded_with_ones"),
    ),
    Break(
        "5.2 the smallest size that fits",
        *(SEALED, "_class_of(end) != len(padded) or ", "", "test_sealed.py"),
    ),
    Break(
        "5.2 the length lies within the record (by itself and by its class)",
        *(SEALED, "if end > len(padded) or _class_of(end) != len(padded) or padded[end:] != bytes(len(padded) - end):"),
        "if any(padded[end:]):",
        "vectors length_beyond_the_end",
    ),
    Break("5.3 records are sorted by locator", SHARDS, "first >= second", "first == second", "vectors shard_unsorted"),
    Break("5.3 no locator twice", SHARDS, "first >= second", "first > second", "vectors shard_with_a_record_twice"),
    Break(
        "5.3 a shard is of the prefix that is asked for",
        *(SHARDS, "if (length, number) != (prefix_length, prefix):", "if length != prefix_length:"),
        "vectors shard_of_another_prefix_fail",
    ),
    Break(
        "5.3 a shard is of this prefix length",
        *(SHARDS, "if (length, number) != (prefix_length, prefix):", "if number != prefix:"),
        "vectors shard_of_another_prefix_length",
    ),
    Break(
        "5.3 the version is 1",
        *(SHARDS, "and version == VERSION and all(", "and all(", "vectors shard_of_another_version"),
    ),
    Break(
        "5.3 false is no number", SHARDS, "all(type(number) is int for", "all(number in range(99) for", "test_shards.py"
    ),
    Break(
        "5.3 an entry has the size of a record",
        *(SHARDS, "or len(item) not in RECORD_SIZES or", "or", "test_shards.py"),
    ),
    Break(
        "5.3 a shard has at most 8 MiB",
        SHARDS,
        "MAX_SHARD_BYTES: Final = 8 << 20",
        "MAX_SHARD_BYTES: Final = 9 << 20",
        "test_caps.py",
    ),
    Break(
        "5.3 a shard is named by its digest",
        *(VIEW, "if sha256(data).digest() != digest:", "if not data:", "vectors snapshot_mixed_with_shard"),
    ),
    Break(
        "5.4 a manifest has no shard too many or too few",
        *(SHARDS, "if len(digests) != expected or len(checked) != expected:", "if len(checked) != len(digests):"),
        "vectors manifest_with_a_shard_too_many",
    ),
    Break(
        "5.4 a digest has 32 bytes",
        *(SHARDS, "isinstance(digest, bytes) and len(digest) == 32)", "isinstance(digest, bytes))"),
        "vectors manifest_with_a_short_digest",
    ),
    Break(
        "5.4 a manifest is the k-th",
        *(SHARDS, "if (length, found) != (prefix_length, number):", "if length != prefix_length:"),
        "vectors manifest_of_another_number",
    ),
    Break(
        "5.4 m is half of p, rounded down",
        SHARDS,
        "return prefix_length // 2",
        "return (prefix_length + 1) // 2",
        "test_shards.py",
    ),
)
