"""Step 4: claims that our own key signed and that still say nothing (FORMAT 2), and formats of tomorrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from credential import cbor
from tests.support.world import World
from tests.vectors.craft import Parts, items_of, parts_of, qr, signed
from tests.vectors.model import Book, Scene

AWARD: Final = -65537
STATUS: Final = 65535
BAD: Final = "malformed/bad_claims"
POSITIONS: Final[tuple[tuple[str, str, int, object], ...]] = (
    ("version_zero", "Versions begin with 1.", 0, 0),
    ("version_true", "true is no number.", 0, True),
    ("version_as_text", "A version is a number.", 0, "1"),
    ("name_empty", "A name has 1 to 100 code points.", 1, ""),
    ("name_of_101_characters", "A name has 1 to 100 code points.", 1, "a" * 101),
    ("name_as_bytes", "A name is text.", 1, "王".encode()),
    ("name_with_direction_override", "U+202E turns what is printed behind it.", 1, "王\u202e䶮"),
    ("name_with_zero_width_space", "U+200B cannot be seen, and makes two names of one.", 1, "王\u200b䶮"),
    ("name_with_hangul_filler", "U+3164 looks like nothing.", 1, "王\u3164"),
    ("name_with_private_use", "A private character looks different in every font.", 1, "王\ue000"),
    ("name_with_private_plane", "So does one of the private planes.", 1, "王\U000f0000"),
    ("name_with_noncharacter", "The last two code points of a plane are no characters.", 1, "王\U0002ffff"),
    ("name_with_tag_character", "Tags are an invisible alphabet.", 1, "王\U000e0041"),
    ("name_with_line_end", "Controls are refused.", 1, "王\n䶮"),
    ("name_with_nul", "Controls are refused.", 1, "王\x00"),
    ("name_with_byte_order_mark", "U+FEFF cannot be seen.", 1, "\ufeff王"),
    ("last_four_too_many", "Four characters.", 2, "1234X"),
    ("last_four_in_small_letters", "Capital letters and digits.", 2, "002x"),
    ("last_four_full_width", "ASCII only.", 2, "００２Ｘ"),
    ("number_too_short", "A number has 4 to 24 characters.", 3, "SF1"),
    ("number_too_long", "A number has 4 to 24 characters.", 3, "S" * 25),
    ("number_in_small_letters", "Capitals, digits and hyphens.", 3, "sf2026-00001"),
    ("number_with_line_end", "A pattern that ends at a line end is not the end of the text.", 3, "SF2026-00001\n"),
    ("series_zero", "1 to 255.", 4, 0),
    ("series_256", "1 to 255.", 4, 256),
    ("series_true", "true is no number.", 4, True),
    ("title_zero", "1 to 65535.", 5, 0),
    ("title_65536", "1 to 65535.", 5, 65536),
    ("specialty_of_61_characters", "0 to 60 code points.", 6, "a" * 61),
    ("specialty_null", "Empty text when the title has none.", 6, None),
    ("level_zero", "1 to 5.", 7, 0),
    ("level_six", "1 to 5.", 7, 6),
    ("way_zero", "1 to 9.", 8, 0),
    ("way_ten", "1 to 9; a tenth takes a new version.", 8, 10),
    ("award_day_negative", "Days count from 1970.", 9, -1),
    ("award_day_far_off", "The last day is in the year 9999.", 9, 2932897),
    ("award_day_as_text", "A day is a number.", 9, "2026-06-30"),
    ("basis_kind_zero", "1 to 5.", 10, [0, "示评备〔2025〕012号"]),
    ("basis_kind_six", "1 to 5; a sixth takes a new version.", 10, [6, "示评备〔2025〕012号"]),
    ("basis_without_reference", "Kind and reference.", 10, [1]),
    ("basis_reference_empty", "1 to 60 code points.", 10, [1, ""]),
    ("basis_reference_of_61_characters", "1 to 60 code points.", 10, [1, "a" * 61]),
    ("basis_with_a_third_member", "Only the award itself may grow.", 10, [1, "示评备〔2025〕012号", 0]),
    ("historical_basis_for_a_review", "Way 9 goes with basis kind 5 and only with it.", 10, [5, "1995职改字第12号"]),
    ("historical_way_by_a_committee", "Way 9 goes with basis kind 5 and only with it.", 8, 9),
    ("scope_of_five_digits", "A region has six digits.", 11, [99010, "示范市"]),
    ("scope_as_text", "A region is a number here.", 11, ["990101", "示范市"]),
    ("scope_without_name", "Region and name.", 11, [990101]),
    ("scope_with_empty_name", "1 to 60 code points.", 11, [990101, ""]),
    ("scope_false", "null when there is none.", 11, False),
)
CLAIMS: Final[tuple[tuple[str, str, Callable[[dict[int | str, Any]], dict[int | str, Any]]], ...]] = (
    ("claims_without_issuer", "The five claims and no other.", lambda item: _without(item, 1)),
    ("claims_without_status", "The five claims and no other.", lambda item: _without(item, STATUS)),
    ("claims_without_award", "The five claims and no other.", lambda item: _without(item, AWARD)),
    (
        "claims_with_expiry",
        "A certificate does not expire; the status says what holds.",
        lambda item: {**item, 4: 1900000000},
    ),
    ("claims_with_id_digest", "A digest of an ID number is an ID number.", lambda item: {**item, "id": bytes(32)}),
    ("issuer_in_capitals", "An authority id is in small letters.", lambda item: {**item, 1: "Demo-HRSS"}),
    ("issuer_of_17_characters", "An authority id has 2 to 16 characters.", lambda item: {**item, 1: "a" * 17}),
    ("issuer_as_bytes", "An authority id is text.", lambda item: {**item, 1: b"demo-hrss"}),
    ("iat_negative", "An instant is not before 1970.", lambda item: {**item, 6: -1}),
    ("iat_as_text", "An instant is a number.", lambda item: {**item, 6: "2026-07-15"}),
    ("iat_far_off", "No language writes a civil date behind the year 9999.", lambda item: {**item, 6: 253402214401}),
    ("cti_of_15_bytes", "16 bytes, never shortened.", lambda item: {**item, 7: item[7][:15]}),
    ("cti_of_17_bytes", "16 bytes.", lambda item: {**item, 7: item[7] + b"\x00"}),
    ("cti_as_text", "Bytes.", lambda item: {**item, 7: "0123456789abcdef"}),
    ("status_index_out_of_range", "2^20 is the first index that no list has.", lambda item: _status(item, idx=1 << 20)),
    ("status_index_negative", "Indexes count from 0.", lambda item: _status(item, idx=-1)),
    ("status_index_as_text", "An index is a number.", lambda item: _status(item, idx="5")),
    (
        "status_address_too_long",
        "1 to 120 characters.",
        lambda item: _status(item, uri="https://zc.example/" + "a" * 102),
    ),
    ("status_address_not_ascii", "ASCII.", lambda item: _status(item, uri="https://zc.example/p/状态")),
    ("status_address_of_a_file", "http or https.", lambda item: _status(item, uri="file:///etc/passwd")),
    (
        "status_with_another_member",
        "idx and uri only.",
        lambda item: _status(item, aggregation_uri="https://zc.example/"),
    ),
    ("status_with_another_mechanism", "status_list only.", lambda item: {**item, STATUS: {**item[STATUS], "crl": {}}}),
    ("award_as_map", "A positional array.", lambda item: {**item, AWARD: dict(enumerate(item[AWARD]))}),
    ("award_of_eleven_positions", "Version 1 has twelve positions.", lambda item: {**item, AWARD: item[AWARD][:11]}),
    ("award_empty", "A version stands first.", lambda item: {**item, AWARD: []}),
)


def cases(book: Book) -> None:
    """All of them are asked about the same publication; none is registered, for step 4 comes first."""
    scene = book.scene(World())
    parts = parts_of(scene.world.issue().credential)
    item = items_of(scene.world.certificates[0].credential)
    for name, why, position, value in POSITIONS:
        award = [value if at == position else member for at, member in enumerate(item[AWARD])]
        _ask(
            scene,
            f"{name}_fail",
            BAD,
            why,
            cbor.encode({**item, AWARD: award}),
            "2.1" if name.startswith("name_with") else "2",
        )
    for name, why, change in CLAIMS:
        _ask(scene, f"{name}_fail", BAD, why, cbor.encode(change(item)), "2")
    _spellings(scene, parts, item)
    _newer(scene, item)


def _ask(scene: Scene, name: str, expect: str, why: str, payload: bytes, section: str) -> None:
    scene.case(name, expect, why, section, qr_texts=(qr(signed(payload, scene.world.credential_key)),))


def _without(item: dict[int | str, Any], key: int) -> dict[int | str, Any]:
    return {each: value for each, value in item.items() if each != key}


def _status(item: dict[int | str, Any], **changes: object) -> dict[int | str, Any]:
    return {**item, STATUS: {"status_list": {**item[STATUS]["status_list"], **changes}}}


def _spellings(scene: Scene, parts: Parts, item: dict[int | str, Any]) -> None:
    pairs = [
        cbor.encode(key) + cbor.encode(value)
        for key, value in sorted(item.items(), key=lambda pair: cbor.encode(pair[0]))
    ]
    first, *others = pairs

    def ask(name: str, why: str, payload: bytes) -> None:
        _ask(scene, name, BAD, why, payload, "1.3")

    assert parts.payload == b"\xa5" + b"".join(pairs)
    ask("signed_claims_unsorted_fail", "Signed, and still a second form.", b"\xa5" + b"".join(others) + first)
    ask(
        "signed_claim_twice_fail",
        "Two issuers: readers would differ in which one counts.",
        b"\xa6" + first + first + b"".join(others),
    )
    ask("signed_claims_without_length_fail", "Indefinite length.", b"\xbf" + b"".join(pairs) + b"\xff")
    ask("signed_byte_behind_the_claims_fail", "No byte behind the item.", parts.payload + b"\x00")
    ask("signed_claims_cut_short_fail", "No CBOR item.", parts.payload[:-1])
    ask("signed_array_fail", "Claims are a map.", b"\x80")
    ask("signed_nothing_fail", "Claims are a map.", b"")
    ask("signed_tag_fail", "No tag in the claims.", b"\xd2" + parts.payload)
    iat = parts.payload.index(b"\x06\x1a") + 1
    wide = parts.payload[:iat] + b"\x1b" + bytes(4) + parts.payload[iat + 1 :]
    ask("signed_instant_in_eight_bytes_fail", "Four bytes hold it.", wide)
    float_iat = parts.payload[:iat] + b"\xfa\x4f\x00\x00\x00" + parts.payload[iat + 5 :]
    ask("signed_instant_as_float_fail", "RFC 8392 allows floating point; here integers only.", float_iat)


def _newer(scene: Scene, item: dict[int | str, Any]) -> None:
    newer = "indeterminate/newer_format"
    award = item[AWARD]

    def ask(name: str, why: str, changed: dict[int | str, Any]) -> None:
        _ask(scene, name, newer, why, cbor.encode(changed), "2")

    ask("newer_version_fail", "What changes a meaning takes a new version.", {**item, AWARD: [2, *award[1:]]})
    ask(
        "newer_version_of_few_positions_fail",
        "The version decides before anything behind it.",
        {**item, AWARD: [2, "王"]},
    )
    ask(
        "newer_version_of_other_types_fail",
        "The version decides before anything behind it.",
        {**item, AWARD: [255, *award[:1] * 11]},
    )
    ask(
        "newer_version_with_another_claim_fail",
        "A later version may have other claims too; newer is an answer where malformed is none.",
        {**item, 8: {1: b"holder"}, AWARD: [2, *award[1:]]},
    )
    ask("newer_version_far_off_fail", "Any higher version.", {**item, AWARD: [2**53 - 1, *award[1:]]})
