"""Step 8: the status list, its signer, its time, its address and its packed entries (FORMAT 7)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from credential import cbor, claims, cose, statuslist
from credential.statuslist import PLAIN_BYTES, Status, StatusArray
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import World
from tests.support.worldparts import ORIGIN
from tests.vectors.model import Book

UNTRUSTED: Final = "indeterminate/status_untrusted"
SECTION: Final = "7"


def cases(book: Book) -> None:
    """Each has a publication of its own, but for the status list the one in order."""
    _times(book)
    _signers(book)
    _entries(book)
    _payloads(book)
    _packed(book)


def _ask(book: Book, name: str, expect: str, why: str, world: World, cwt: bytes) -> None:
    """Ask about the world's first certificate with another status list."""
    certificate = world.issue() if not world.certificates else world.certificates[0]
    digests = replace(world.put_status_list(0, cwt, b""), jwt=bytes(32))
    scene = book.scene(world, status=(digests,))
    scene.case(name, expect, why, SECTION, certificate)


def _signed(world: World, **changes: Any) -> bytes:
    values: dict[str, Any] = {
        "signer": world.status_key,
        "uri": world.trust.status[0].cwt,
        "issued_at": NOW,
        "expires_at": NOW + timedelta(hours=24),
        "ttl": timedelta(hours=1),
    }
    return statuslist.sign_cwt(StatusArray.zeros(), **(values | changes))


def _times(book: Book) -> None:
    second, day = timedelta(seconds=1), timedelta(days=1)
    for name, expect, why, changes in (
        (
            "list_expired_fail",
            "indeterminate/status_expired",
            "until is the first instant outside.",
            {"issued_at": NOW - day, "expires_at": NOW},
        ),
        (
            "list_in_its_last_second",
            "valid/in_force",
            "A window is from <= t < until.",
            {"issued_at": NOW - day, "expires_at": NOW + second},
        ),
        (
            "list_not_yet_valid_fail",
            UNTRUSTED,
            "More than 300 seconds of clock difference.",
            {"issued_at": NOW + 301 * second},
        ),
        (
            "list_within_clock_difference",
            "valid/in_force",
            "300 seconds are allowed.",
            {"issued_at": NOW + 300 * second},
        ),
        ("list_lives_too_long_fail", UNTRUSTED, "7 days and a second.", {"expires_at": NOW + 7 * day + second}),
        ("list_of_seven_days", "valid/in_force", "The longest life.", {"expires_at": NOW + 7 * day}),
        ("list_ends_before_it_begins_fail", UNTRUSTED, "exp is behind iat.", {"expires_at": NOW}),
        (
            "list_of_another_address_fail",
            UNTRUSTED,
            "sub is the address of the file itself.",
            {"uri": ORIGIN + "/p/status/1.cwt"},
        ),
        (
            "list_of_the_jwt_address_fail",
            UNTRUSTED,
            "The two forms have two addresses.",
            {"uri": ORIGIN + "/p/status/0.jwt"},
        ),
        ("list_of_an_address_with_slash_fail", UNTRUSTED, "Compared as it is.", {"uri": ORIGIN + "/p/status/0.cwt/"}),
    ):
        world = World()
        _ask(book, name, expect, why, world, _signed(world, **changes))


def _signers(book: Book) -> None:
    for name, why, key in (
        ("a_stranger", "No key of the trust list.", Key("stranger")),
        ("the_publisher", "The online key of snapshots says nothing about states.", Key("publisher")),
        ("a_credential_key", "Only status keys sign lists.", Key("credential province")),
    ):
        world = World()
        _ask(book, f"list_signed_by_{name}_fail", UNTRUSTED, why, world, _signed(world, signer=key))
    world = World()
    world.add_key(Key("second status"), "status")
    _ask(
        book,
        "list_signed_by_unassigned_key_fail",
        UNTRUSTED,
        "A status key of the list, assigned to another address.",
        world,
        _signed(world, signer=Key("second status")),
    )
    world = World()
    world.add_key(Key("second status"), "status")
    kids = (world.status_key.key_id, Key("second status").key_id)
    world.change_trust(status=(replace(world.trust.status[0], kids=kids),))
    _ask(
        book,
        "list_signed_by_second_assigned_key",
        "valid/in_force",
        "One of the keys assigned.",
        world,
        _signed(world, signer=Key("second status")),
    )
    for name, changes in (
        ("compromised", {"state": "compromised", "compromised_since": NOW + timedelta(days=1)}),
        ("ended", {"state": "ended", "ends": NOW}),
    ):
        world = World()
        other = Key("second status")
        world.add_key(other, "status", None, **changes)
        world.change_trust(status=(replace(world.trust.status[0], kids=(world.status_key.key_id, other.key_id)),))
        why = (
            "A thief names any instant." if name == "compromised" else "Its window had ended when the list was signed."
        )
        _ask(book, f"list_signed_by_{name}_key_fail", UNTRUSTED, why, world, _signed(world, signer=other))
    world = World()
    good = _signed(world)
    _ask(
        book,
        "list_bit_flipped_fail",
        UNTRUSTED,
        "The signature does not hold; the digest is right.",
        world,
        good[:-1] + bytes([good[-1] ^ 1]),
    )
    world = World()
    message = cose.parse(_signed(world), max_bytes=1 << 20, typ=statuslist.CWT_TYP)
    _ask(
        book,
        "list_without_typ_fail",
        UNTRUSTED,
        "The header names the format.",
        world,
        cose.sign(message.payload, world.status_key),
    )
    world = World()
    typ = "application/titlecert-history+cbor"
    _ask(
        book,
        "list_with_typ_of_a_history_fail",
        UNTRUSTED,
        "The typ of another token.",
        world,
        cose.sign(message.payload, world.status_key, typ=typ),
    )
    world = World()
    _ask(book, "list_behind_tag_61_fail", UNTRUSTED, "Tag 18 and no other.", world, b"\xd8\x3d" + _signed(world))
    world = World()
    _ask(book, "list_with_a_byte_behind_fail", UNTRUSTED, "No byte behind the item.", world, _signed(world) + b"\x00")


def _entries(book: Book) -> None:
    scene = book.scene(World())
    world = scene.world
    for value in range(16):
        if value not in set(Status):
            certificate = world.issue()
            certificate.status = value  # type: ignore[assignment]
            scene.case(f"status_value_{value}_fail", UNTRUSTED, "A value that no issuer writes.", SECTION, certificate)
    unassigned = "indeterminate/status_unassigned"
    for name, why, uri in (
        (
            "status_at_a_foreign_address",
            "Nothing that a credential names is fetched.",
            "https://evil.example/status/0.cwt",
        ),
        ("status_at_the_jwt_address", "A credential names the .cwt address.", f"{ORIGIN}/p/status/0.jwt"),
        ("status_at_another_list", "The trust list has one list.", f"{ORIGIN}/p/status/1.cwt"),
        ("status_at_a_host_in_capitals", "Compared as it is.", "https://ZC.example/p/status/0.cwt"),
    ):
        reference = claims.StatusReference(index=5, uri=uri)
        scene.case(f"{name}_fail", unassigned, why, SECTION, world.issue(status=reference))
    first = world.issue(status=claims.StatusReference(index=0, uri=world.trust.status[0].cwt))
    scene.case("status_at_the_first_index", "valid/in_force", "Index 0.", SECTION, first)
    last = world.issue(status=claims.StatusReference(index=(1 << 20) - 1, uri=world.trust.status[0].cwt))
    last.status = Status.WITHDRAWN
    scene.case(
        "status_at_the_last_index_fail",
        "indeterminate/status_disagrees",
        "The last entry is read: it says withdrawn, the history does not.",
        SECTION,
        last,
    )
    for certificate in world.certificates:
        # They are asked about by QR text; records that nobody opens would only make the shard longer.
        certificate.coded = False


def _rewritten(world: World, change: Callable[[dict[int | str, Any]], Any]) -> bytes:
    message = cose.parse(_signed(world), max_bytes=1 << 20, typ=statuslist.CWT_TYP)
    item = cbor.decode(message.payload, max_bytes=1 << 20)
    assert isinstance(item, dict)
    changed = change(item)
    payload = changed if isinstance(changed, bytes) else cbor.encode(changed)
    return cose.sign(payload, world.status_key, typ=statuslist.CWT_TYP)


def _payloads(book: Book) -> None:
    for name, why, change in (
        ("list_without_exp", "The claims of FORMAT 7.", lambda p: {k: v for k, v in p.items() if k != 4}),
        ("list_without_ttl", "The claims of FORMAT 7.", lambda p: {k: v for k, v in p.items() if k != 65534}),
        ("list_with_another_claim", "The claims of FORMAT 7 and no other.", lambda p: {**p, 1: "demo"}),
        ("list_of_one_bit", "4 bits.", lambda p: {**p, 65533: {**p[65533], "bits": 1}}),
        ("list_of_eight_bits", "4 bits.", lambda p: {**p, 65533: {**p[65533], "bits": 8}}),
        ("list_with_aggregation", "bits and lst only.", lambda p: {**p, 65533: {**p[65533], "aggregation_uri": "x"}}),
        ("list_with_exp_true", "true is no number.", lambda p: {**p, 4: True}),
        ("list_with_ttl_negative", "A span is not negative.", lambda p: {**p, 65534: -1}),
        ("list_with_ttl_as_text", "A number.", lambda p: {**p, 65534: "3600"}),
        ("list_with_sub_as_bytes", "A text.", lambda p: {**p, 2: p[2].encode()}),
        ("list_with_lst_as_text", "A byte string.", lambda p: {**p, 65533: {**p[65533], "lst": "eNrt"}}),
        ("list_with_payload_not_canonical", "A second form.", lambda p: b"\xb8\x05" + cbor.encode(p)[1:]),
        ("list_with_payload_array", "A map.", lambda _: [1]),
        (
            "list_with_instant_far_off",
            "No instant behind the year 9999.",
            lambda p: {**p, 4: 253402214401, 6: 253402214400},
        ),
        (
            "list_malformed_and_expired",
            "What has no form is that whatever the time: only a well-formed list can have expired.",
            lambda p: {**p, 4: p[6], 6: p[6] - 86400, 65534: -1},
        ),
    ):
        world = World()
        _ask(book, f"{name}_fail", UNTRUSTED, why, world, _rewritten(world, change))


def _packed(book: Book) -> None:
    plain = bytes(PLAIN_BYTES)
    good = zlib.compress(plain, 9)
    raw = zlib.compressobj(9, wbits=-15)
    gzip = zlib.compressobj(9, wbits=31)
    dictionary = zlib.compressobj(9, zdict=bytes(16))
    bomb = zlib.compressobj(9)
    refused: tuple[tuple[str, str, bytes], ...] = (
        (
            "list_bomb",
            "4 MiB in 4 KB: unpacking stops one byte behind the entries.",
            b"".join([bomb.compress(bytes(1 << 20)) for _ in range(4)]) + bomb.flush(),
        ),
        ("list_of_one_byte_more", "Exactly 524,288 bytes.", zlib.compress(plain + b"\x00", 9)),
        ("list_of_one_byte_less", "Exactly 524,288 bytes.", zlib.compress(plain[:-1], 9)),
        ("list_empty", "Exactly 524,288 bytes.", b""),
        ("list_not_zlib", "No zlib stream.", b"not zlib at all"),
        ("list_cut_short", "The checksum is missing.", good[:-4]),
        ("list_with_wrong_checksum", "Adler-32 over the entries.", good[:-4] + bytes(4)),
        ("list_with_a_byte_behind_the_stream", "Nothing behind the stream.", good + b"\x00"),
        ("list_with_the_checksum_twice", "Nothing behind the stream, not even its own last bytes.", good + good[-4:]),
        ("list_with_two_streams", "Nothing behind the stream.", good + good),
        ("list_as_raw_deflate", "zlib (RFC 1950), not deflate alone.", raw.compress(plain) + raw.flush()),
        ("list_as_gzip", "zlib (RFC 1950), not gzip.", gzip.compress(plain) + gzip.flush()),
        (
            "list_with_preset_dictionary",
            "A dictionary that nobody has.",
            dictionary.compress(plain) + dictionary.flush(),
        ),
    )
    for name, why, packed in refused:
        world = World()
        _ask(book, f"{name}_fail", UNTRUSTED, why, world, _with_packed(world, packed))
    for name, why, packed in (
        ("list_packed_quickly", "Any level of compression gives the same entries.", zlib.compress(plain, 1)),
        ("list_in_small_windows", "Any compressor may have packed it.", _with_window(plain, 9)),
    ):
        world = World()
        _ask(book, name, "valid/in_force", why, world, _with_packed(world, packed))


def _with_packed(world: World, packed: bytes) -> bytes:
    return _rewritten(world, lambda payload: {**payload, 65533: {"bits": 4, "lst": packed}})


def _with_window(plain: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(9, wbits=bits)
    return packer.compress(plain) + packer.flush()
