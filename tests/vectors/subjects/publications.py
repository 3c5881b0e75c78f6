"""The publication as a whole: snapshot, trust list, filings, shards, and what was seen before (FORMAT 5, 9, 10)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from credential import cbor, jose, jsonform, publication
from credential.signing import P256_ORDER
from credential.snapshot import TYP as SNAPSHOT_TYP
from credential.text import from_base64url, to_base64url
from credential.trustlist import TYP as TRUST_TYP
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import CATALOGUE_TYP, ORIGIN, PROVINCE, key_entry, wide_grant
from tests.vectors.model import Book, Look, Scene

VALID: Final = "valid/in_force"
UNTRUSTED: Final = "indeterminate/publication_untrusted"
UNREACHABLE: Final = "indeterminate/publication_unreachable"
EXPIRED: Final = "indeterminate/publication_expired"
ROLLBACK: Final = "indeterminate/rollback"
Change = Callable[[dict[str, bytes]], None]


def cases(book: Book) -> None:
    """Nearly every case has a publication of its own, which differs in one file or two from the one in order."""
    _absent(book)
    _times(book)
    _signers(book)
    _snapshots(book)
    _tokens(book)
    _trust_lists(book)
    _seen(book)
    _shards(book)
    _catalogues(book)
    _filings(book)


def ask(book: Book, name: str, expect: str, why: str, section: str, world: World | None = None, **scene: Any) -> Scene:
    """One good certificate asked about in a scene of its own; question and scene share the keyword arguments."""
    question = {key: scene.pop(key) for key in ("now", "at", "seen", "root", "step") if key in scene}
    made = book.scene(world, **scene)
    certificate = made.world.certificates[0] if made.world.certificates else made.world.issue()
    made.case(name, expect, why, section, certificate, **question)
    return made


def without(beginning: str) -> Change:
    """Take away every file whose path begins so."""

    def change(files: dict[str, bytes]) -> None:
        for path in [path for path in files if path.startswith(beginning)]:
            del files[path]

    return change


def longer(beginning: str) -> Change:
    """Put a byte behind every file whose path begins so."""

    def change(files: dict[str, bytes]) -> None:
        for path in [path for path in files if path.startswith(beginning)]:
            files[path] += b"\n"

    return change


def _absent(book: Book) -> None:
    for name, expect, why, change in (
        ("snapshot_absent_fail", UNREACHABLE, "Without a snapshot nothing is known.", without("snapshot.jwt")),
        ("trust_list_absent_fail", UNREACHABLE, "Without a trust list nothing is known.", without("trust/list/")),
        ("publication_empty_fail", UNREACHABLE, "Nothing is there.", without("")),
        (
            "filings_absent_fail",
            "indeterminate/filings_unreachable",
            "Whether the committee was on file cannot be known.",
            without("trust/filings/"),
        ),
        (
            "shards_absent_fail",
            "indeterminate/history_unreachable",
            "Unreachable is never a finding of forgery.",
            without("shards/"),
        ),
        (
            "status_list_absent_fail",
            "indeterminate/status_unreachable",
            "Unreachable is never valid.",
            without("status/at/"),
        ),
        ("catalogue_absent", VALID, "Names are shown beside what is proven and decide nothing.", without("catalogue/")),
        ("status_list_at_its_address_absent", VALID, "Readers fetch the copy under the digest.", without("status/0")),
        ("next_root_absent", VALID, "The walk ends where a file is absent.", without("trust/roots/2")),
        ("pinned_root_absent", VALID, "The reader has it already.", without("trust/roots/1")),
        ("snapshot_changed_fail", UNTRUSTED, "A byte behind the token.", longer("snapshot.jwt")),
        ("trust_list_changed_fail", UNTRUSTED, "A byte behind the container.", longer("trust/list/")),
        (
            "filings_changed_fail",
            "indeterminate/filings_unreachable",
            "Not the digest that the trust list names.",
            longer("trust/filings/"),
        ),
        (
            "shards_changed_fail",
            "indeterminate/history_untrusted",
            "Not the digest that a signed file names.",
            longer("shards/"),
        ),
        (
            "status_list_changed_fail",
            "indeterminate/status_untrusted",
            "Not the digest that the snapshot names.",
            longer("status/at/"),
        ),
        (
            "catalogue_changed",
            VALID,
            "Not the digest that the trust list names: no names are shown.",
            longer("catalogue/"),
        ),
    ):
        scene = ask(book, name, expect, why, "10", tamper=change)
        if name in {"shards_absent_fail", "shards_changed_fail"}:
            code = scene.world.certificates[0].check_code
            scene.case(name.replace("_fail", "_by_check_code_fail"), expect, why, "12", check_codes=(code,), step=1)
        elif expect in {UNREACHABLE, UNTRUSTED}:
            code = scene.world.certificates[0].check_code
            scene.case(name.replace("_fail", "_by_check_code_fail"), expect, why, "12", check_codes=(code,))


def _times(book: Book) -> None:
    day, second = timedelta(days=1), timedelta(seconds=1)
    ask(book, "snapshot_in_its_last_second", VALID, "A window is from <= t < until.", "10", now=NOW + day - second)
    ask(
        book,
        "snapshot_frozen_fail",
        EXPIRED,
        "A day later the same snapshot: whoever holds newer ones back hides withdrawals.",
        "10",
        now=NOW + day,
    )
    ask(
        book,
        "trust_list_expired_fail",
        "indeterminate/trust_expired",
        "Nobody signed another in time.",
        "9",
        now=NOW + 300 * day,
    )
    world = World()
    world.change_trust(exp=NOW)
    ask(
        book,
        "trust_list_expires_this_second_fail",
        "indeterminate/trust_expired",
        "until is the first instant outside.",
        "9",
        world,
    )
    world = World()
    world.change_trust(iat=NOW - 100 * day, exp=NOW + 300 * day)
    ask(book, "trust_list_of_400_days", VALID, "The longest life.", "9", world)
    world = World()
    world.change_trust(iat=NOW - 100 * day, exp=NOW + 300 * day + second)
    ask(book, "trust_list_lives_too_long_fail", UNTRUSTED, "400 days and a second.", "9", world)
    world = World()
    world.change_trust(iat=NOW + 301 * second)
    ask(book, "trust_list_from_the_future_fail", UNTRUSTED, "More than 300 seconds of clock difference.", "1.7", world)
    world = World()
    world.change_trust(iat=NOW + 300 * second)
    ask(book, "trust_list_within_clock_difference", VALID, "300 seconds are allowed.", "1.7", world)
    ask(book, "snapshot_lives_too_long_fail", UNTRUSTED, "7 days and a second.", "10", exp=NOW + 7 * day + second)
    ask(book, "snapshot_of_seven_days", VALID, "The longest life.", "10", exp=NOW + 7 * day)
    ask(book, "snapshot_ends_before_it_begins_fail", UNTRUSTED, "exp is behind iat.", "10", exp=NOW)
    future: dict[str, Any] = {"iat": NOW + 301 * second, "exp": NOW + day}
    ask(book, "snapshot_from_the_future_fail", UNTRUSTED, "More than 300 seconds of clock difference.", "1.7", **future)
    future = {"iat": NOW + 300 * second, "exp": NOW + day}
    ask(book, "snapshot_within_clock_difference", VALID, "300 seconds are allowed.", "1.7", **future)


def _signers(book: Book) -> None:
    for name, key in (
        ("a_stranger", Key("stranger")),
        ("the_status_key", Key("status")),
        ("a_credential_key", Key("credential province")),
        ("the_root_key", Key("root")),
    ):
        why = "Only a publisher key of the trust list signs snapshots."
        ask(book, f"snapshot_signed_by_{name}_fail", UNTRUSTED, why, "10", signer=key)
    world = World()
    world.change_key(world.publisher, state="compromised", compromised_since=NOW)
    ask(book, "snapshot_signed_by_a_compromised_key_fail", UNTRUSTED, "A thief names any instant.", "12", world)
    world = World()
    world.change_key(world.publisher, state="ended", ends=NOW)
    ask(
        book,
        "snapshot_signed_by_an_ended_key_fail",
        UNTRUSTED,
        "Its window ended when the snapshot was signed.",
        "12",
        world,
    )
    world = World()
    world.change_key(world.publisher, state="ended", ends=NOW + timedelta(seconds=1))
    ask(book, "snapshot_signed_before_key_ended", VALID, "Its window holds the snapshot's iat.", "12", world)


def _snapshots(book: Book) -> None:
    ask(
        book,
        "snapshot_of_another_deployment_fail",
        UNTRUSTED,
        "Snapshot and trust list of two deployments.",
        "10",
        deployment="other",
    )
    ask(
        book,
        "snapshot_names_another_trust_list_fail",
        UNTRUSTED,
        "The digest is another list's.",
        "10",
        trust_digest=bytes(32),
    )
    ask(book, "snapshot_names_a_later_trust_list_fail", UNREACHABLE, "There is no such list.", "10", trust_version=2)
    ask(book, "snapshot_without_status_lists_fail", UNTRUSTED, "As many as the trust list has.", "10", status=())
    ask(book, "snapshot_with_sequence_zero_fail", UNTRUSTED, "Sequence numbers begin with 1.", "10", seq=0)
    ask(
        book,
        "snapshot_with_two_manifests_fail",
        UNTRUSTED,
        "2^0 manifests for prefix length 0.",
        "10",
        manifests=(bytes(32), bytes(32)),
    )
    ask(book, "snapshot_without_manifests_fail", UNTRUSTED, "2^0 manifests for prefix length 0.", "10", manifests=())
    ask(
        book,
        "manifest_that_nobody_has_fail",
        "indeterminate/history_unreachable",
        "The digest names no file.",
        "5.4",
        manifests=(bytes(32),),
    )
    for name, expect, prefix, records, why in (
        ("prefix_too_long_fail", UNTRUSTED, 1, 255, "255 records allow no bit: shards would be too small to hide in."),
        ("prefix_just_short_enough", VALID, 1, 256, "256 records allow one bit."),
        ("prefix_of_two_bits_too_long_fail", UNTRUSTED, 2, 511, "511 records allow one bit."),
        ("prefix_of_21_bits_fail", UNTRUSTED, 21, 1 << 40, "A check code repeats 20 bits."),
    ):
        world = World(prefix_length=min(prefix, 2))
        ask(book, name, expect, why, "10", world, prefix=prefix, records=records)
    three = World()
    ask(
        book,
        "prefix_with_few_records_claimed_fail",
        UNTRUSTED,
        "The count decides, not the truth.",
        "10",
        three,
        prefix=1,
        records=0,
    )


def _payload(files: dict[str, bytes], path: str) -> Any:
    return json.loads(from_base64url(files[path].decode().split(".")[1]))


def _token(payload: bytes, key: Key, *, header: bytes | None = None) -> bytes:
    """A compact JWS with any header over any payload."""
    usual = jsonform.encode({"alg": "ES256", "kid": to_base64url(key.key_id), "typ": SNAPSHOT_TYP})
    message = f"{to_base64url(usual if header is None else header)}.{to_base64url(payload)}"
    return f"{message}.{to_base64url(key.sign(message.encode()))}".encode()


def _resigned(change: Callable[[dict[str, Any]], bytes | dict[str, Any]]) -> Change:
    """Sign another payload as snapshot with the right key."""

    def tamper(files: dict[str, bytes]) -> None:
        payload = change(_payload(files, publication.SNAPSHOT))
        data = payload if isinstance(payload, bytes) else jsonform.encode(payload)
        files[publication.SNAPSHOT] = _token(data, Key("publisher"))

    return tamper


def _headed(header: dict[str, object] | bytes) -> Change:
    """Sign the same snapshot under another header."""

    def tamper(files: dict[str, bytes]) -> None:
        data = header if isinstance(header, bytes) else jsonform.encode(header)
        payload = from_base64url(files[publication.SNAPSHOT].decode().split(".")[1])
        files[publication.SNAPSHOT] = _token(payload, Key("publisher"), header=data)

    return tamper


def _spelled(change: Callable[[str], str]) -> Change:
    """Change the text of the token."""

    def tamper(files: dict[str, bytes]) -> None:
        files[publication.SNAPSHOT] = change(files[publication.SNAPSHOT].decode()).encode()

    return tamper


def _high_s(token: str) -> str:
    head, _, tail = token.rpartition(".")
    signature = from_base64url(tail)
    s = P256_ORDER - int.from_bytes(signature[32:])
    return f"{head}.{to_base64url(signature[:32] + s.to_bytes(32))}"


def _usual(payload: dict[str, Any]) -> str:
    return jsonform.encode(payload).decode()


def _tokens(book: Book) -> None:
    """JWS (FORMAT 1.5) and JSON (FORMAT 1.4), shown at the snapshot, whose signer alone could make these."""
    kid = to_base64url(Key("publisher").key_id)
    header: dict[str, object] = {"alg": "ES256", "kid": kid, "typ": SNAPSHOT_TYP}
    tokens: tuple[tuple[str, str, Change], ...] = (
        ("token_with_typ_of_a_trust_list_fail", "typ names the format.", _headed({**header, "typ": TRUST_TYP})),
        (
            "token_with_typ_of_a_statement_fail",
            "typ names the format.",
            _headed({**header, "typ": "titlecert-statement+jwt"}),
        ),
        ("token_with_typ_jwt_fail", "typ names the format.", _headed({**header, "typ": "JWT"})),
        (
            "token_with_typ_in_capitals_fail",
            "Media types ignore case; this does not.",
            _headed({**header, "typ": SNAPSHOT_TYP.upper()}),
        ),
        ("token_without_typ_fail", "alg, kid, typ.", _headed({"alg": "ES256", "kid": kid})),
        ("token_with_alg_none_fail", "There is no unsigned snapshot.", _headed({**header, "alg": "none"})),
        ("token_with_alg_of_a_mac_fail", "The key pins the algorithm.", _headed({**header, "alg": "HS256"})),
        ("token_with_alg_of_another_curve_fail", "The key pins the algorithm.", _headed({**header, "alg": "ES384"})),
        (
            "token_with_its_own_key_fail",
            "A key inside the header is ignored by none and refused by all.",
            _headed({**header, "jwk": Key("publisher").public.to_jwk()}),
        ),
        ("token_with_critical_members_fail", "Unknown members are refused.", _headed({**header, "crit": ["exp"]})),
        (
            "token_with_header_unsorted_fail",
            "Canonical JSON.",
            _headed(f'{{"typ":"{SNAPSHOT_TYP}","alg":"ES256","kid":"{kid}"}}'.encode()),
        ),
        (
            "token_with_header_member_twice_fail",
            "Canonical JSON.",
            _headed(f'{{"alg":"none","alg":"ES256","kid":"{kid}","typ":"{SNAPSHOT_TYP}"}}'.encode()),
        ),
        (
            "token_with_header_blank_fail",
            "Canonical JSON.",
            _headed(f'{{"alg": "ES256","kid":"{kid}","typ":"{SNAPSHOT_TYP}"}}'.encode()),
        ),
        ("token_with_kid_of_seven_bytes_fail", "A key id has 8 bytes.", _headed({**header, "kid": kid[:-2]})),
        (
            "token_with_kid_unknown_bits_fail",
            "Trailing bits are zero.",
            _headed({**header, "kid": kid[:-1] + chr(ord(kid[-1]) + 1)}),
        ),
        ("token_padded_fail", "No padding; PyJWT takes it.", _spelled(lambda token: token + "==")),
        (
            "token_with_trailing_bits_fail",
            "86 characters hold four bits more than 64 bytes: they are zero.",
            _spelled(_with_trailing_bits),
        ),
        ("token_with_blank_fail", "No blanks.", _spelled(lambda token: token.replace(".", ". ", 1))),
        ("token_with_line_end_fail", "No byte behind the token.", _spelled(lambda token: token + "\n")),
        (
            "token_in_plain_base64_fail",
            "base64url: - and _, not + and /.",
            _spelled(lambda token: token.replace("-", "+").replace("_", "/")),
        ),
        ("token_of_four_parts_fail", "Three parts.", _spelled(lambda token: token + ".")),
        ("token_of_two_parts_fail", "Three parts.", _spelled(lambda token: token.rpartition(".")[0])),
        (
            "token_without_signature_fail",
            "A signature has 64 bytes.",
            _spelled(lambda token: token.rpartition(".")[0] + "."),
        ),
        ("token_with_high_s_fail", "A second form of the same token.", _spelled(_high_s)),
        (
            "token_with_payload_changed_fail",
            "The signature does not hold.",
            _spelled(lambda token: token.replace(".", ".e30", 1)),
        ),
        (
            "snapshot_json_with_blank_fail",
            "Canonical JSON.",
            _resigned(lambda p: _usual(p).replace(",", ", ", 1).encode()),
        ),
        (
            "snapshot_json_unsorted_fail",
            "Canonical JSON.",
            _resigned(lambda p: json.dumps(dict(reversed(p.items())), separators=(",", ":")).encode()),
        ),
        (
            "snapshot_json_member_twice_fail",
            "Canonical JSON.",
            _resigned(lambda p: _usual(p).replace('"v":1', '"v":1,"v":1').encode()),
        ),
        (
            "snapshot_json_fraction_fail",
            "1.0 is not 1.",
            _resigned(lambda p: _usual(p).replace('"v":1', '"v":1.0').encode()),
        ),
        (
            "snapshot_json_exponent_fail",
            "1e0 is not 1.",
            _resigned(lambda p: _usual(p).replace('"v":1', '"v":1e0').encode()),
        ),
        (
            "snapshot_json_minus_zero_fail",
            "-0 is not 0.",
            _resigned(lambda p: _usual(p).replace('"prefix":0', '"prefix":-0').encode()),
        ),
        (
            "snapshot_json_escaped_fail",
            "An escape that is not needed.",
            _resigned(lambda p: _usual(p).replace('"demo"', '"d\\u0065mo"').encode()),
        ),
        (
            "snapshot_json_large_number_fail",
            "Beyond 2^53 - 1.",
            _resigned(
                lambda p: _usual({**p, "records": 1}).replace('"records":1', '"records":9007199254740993').encode()
            ),
        ),
        (
            "snapshot_json_byte_order_mark_fail",
            "No byte in front.",
            _resigned(lambda p: b"\xef\xbb\xbf" + jsonform.encode(p)),
        ),
        ("snapshot_json_not_utf8_fail", "UTF-8.", _resigned(lambda p: jsonform.encode(p).replace(b"demo", b"dem\xff"))),
        (
            "snapshot_json_lone_surrogate_fail",
            "Half a character.",
            _resigned(lambda p: _usual(p).replace('"demo"', '"\\ud800"').encode()),
        ),
        (
            "snapshot_json_not_finite_fail",
            "NaN is no JSON; Python reads it.",
            _resigned(lambda p: _usual(p).replace('"prefix":0', '"prefix":NaN').encode()),
        ),
        ("snapshot_json_text_behind_fail", "One value.", _resigned(lambda p: jsonform.encode(p) + b"{}")),
        ("snapshot_json_deep_fail", "At most 16 levels.", _resigned(lambda _: b"[" * 5000 + b"]" * 5000)),
        (
            "snapshot_json_huge_number_fail",
            "A number of 5,000 digits.",
            _resigned(lambda p: _usual(p).replace('"v":1', '"v":' + "9" * 5000).encode()),
        ),
        ("snapshot_json_array_fail", "An object.", _resigned(lambda _: b"[]")),
        ("snapshot_json_null_fail", "An object.", _resigned(lambda _: b"null")),
        ("snapshot_empty_payload_fail", "An object.", _resigned(lambda _: b"")),
        ("snapshot_with_another_member_fail", "Exactly these members.", _resigned(lambda p: {**p, "note": ""})),
        (
            "snapshot_with_prototype_member_fail",
            "__proto__ is a member like any other.",
            _resigned(lambda p: {**p, "__proto__": {}}),
        ),
        (
            "snapshot_without_audit_fail",
            "Exactly these members.",
            _resigned(lambda p: {k: v for k, v in p.items() if k != "audit"}),
        ),
        ("snapshot_of_version_two_fail", "v is 1.", _resigned(lambda p: {**p, "v": 2})),
        ("snapshot_with_version_true_fail", "true is no number.", _resigned(lambda p: {**p, "v": True})),
        ("snapshot_with_sequence_true_fail", "true is no number.", _resigned(lambda p: {**p, "seq": True})),
        ("snapshot_with_sequence_as_text_fail", "A number.", _resigned(lambda p: {**p, "seq": "1"})),
        (
            "snapshot_with_digest_in_capitals_fail",
            "Lower-case hex.",
            _resigned(lambda p: {**p, "manifests": [p["manifests"][0].upper()]}),
        ),
        (
            "snapshot_with_short_digest_fail",
            "64 digits.",
            _resigned(lambda p: {**p, "manifests": [p["manifests"][0][:-2]]}),
        ),
        (
            "snapshot_with_status_id_one_fail",
            "The ids are those of the trust list.",
            _resigned(lambda p: {**p, "status": [{**p["status"][0], "id": 1}]}),
        ),
        ("snapshot_with_negative_records_fail", "A count.", _resigned(lambda p: {**p, "records": -1})),
    )
    for name, why, change in tokens:
        section = "10" if name.startswith("snapshot_") and "json" not in name else "1.4" if "json" in name else "1.5"
        ask(book, name, UNTRUSTED, why, section, tamper=change)


def _with_trailing_bits(token: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


def _trust_lists(book: Book) -> None:
    def changed(name: str, why: str, expect: str = UNTRUSTED, section: str = "9", **changes: Any) -> None:
        world = World()
        world.change_trust(**({"version": 1} | changes))
        ask(book, name, expect, why, section, world)

    usual = World()
    keys, authorities = usual.trust.keys, usual.trust.authorities
    changed(
        "trust_list_with_duplicate_kid_fail",
        "One key, two entries: which use counts?",
        keys=(*keys, replace(keys[0], use="receipt", authority=None)),
    )
    changed("trust_list_with_the_same_key_twice_fail", "A key is named once.", keys=(*keys, keys[0]))
    changed(
        "trust_list_with_an_authority_twice_fail",
        "An authority is named once.",
        authorities=(*authorities, authorities[0]),
    )
    stray = key_entry(Key("stray"), "credential", "nobody-here")
    changed("trust_list_with_a_key_of_nobody_fail", "A key's authority is in the list.", keys=(*keys, stray))
    changed(
        "trust_list_with_an_unowned_credential_key_fail",
        "A credential key belongs to an authority.",
        keys=(*keys, key_entry(Key("stray"), "credential", None)),
    )
    changed(
        "trust_list_with_a_root_key_fail",
        "Root keys stand in root files.",
        keys=(*keys, key_entry(Key("stray"), "root", None)),
    )
    changed(
        "trust_list_with_compromised_key_without_date_fail",
        "A compromised key says since when.",
        keys=(*keys, replace(stray, authority=PROVINCE, state="compromised")),
    )
    changed(
        "trust_list_with_ended_key_without_date_fail",
        "An ended key says when.",
        keys=(*keys, replace(stray, authority=PROVINCE, state="ended")),
    )
    changed(
        "trust_list_with_window_backwards_fail",
        "until is behind from.",
        keys=(*keys, replace(stray, authority=PROVINCE, ends=stray.begins)),
    )
    changed("trust_list_without_keys_fail", "At least one key.", keys=())
    changed(
        "trust_list_of_another_demonstration_fail",
        "Root and list agree whether this is a demonstration.",
        demonstration=False,
    )
    changed(
        "trust_list_with_plain_http_host",
        "In a demonstration loopback may be official.",
        VALID,
        hosts=(ORIGIN, "http://127.0.0.1:8787"),
    )
    changed("trust_list_with_plain_http_elsewhere_fail", "http on loopback only.", hosts=(ORIGIN, "http://zc.example"))
    changed("trust_list_with_host_in_capitals_fail", "Lower case.", hosts=("https://ZC.example",))
    changed("trust_list_with_host_twice_fail", "Named once.", hosts=(ORIGIN, ORIGIN))
    changed(
        "trust_list_with_status_address_twice_fail",
        "Two forms, two addresses.",
        status=(replace(usual.trust.status[0], jwt=usual.trust.status[0].cwt),),
    )
    changed(
        "trust_list_with_status_key_of_another_use_fail",
        "Only status keys are assigned to lists.",
        status=(replace(usual.trust.status[0], kids=(usual.publisher.key_id,)),),
    )
    changed(
        "trust_list_with_unknown_status_key_fail",
        "Only status keys are assigned to lists.",
        status=(replace(usual.trust.status[0], kids=(Key("stranger").key_id,)),),
    )
    second = replace(usual.trust.status[0], id=2, cwt=f"{ORIGIN}/p/status/2.cwt", jwt=f"{ORIGIN}/p/status/2.jwt")
    changed("trust_list_with_status_ids_apart_fail", "The ids are 0 to L-1.", status=(usual.trust.status[0], second))
    three = tuple(
        replace(second, id=n, cwt=f"{ORIGIN}/p/status/{n}.cwt", jwt=f"{ORIGIN}/p/status/{n}.jwt") for n in range(3)
    )
    changed("trust_list_with_three_status_lists_fail", "L is a power of two.", section="7", status=three)
    for name, grant in (
        ("with_an_empty_series_list", wide_grant(series=frozenset())),
        ("with_a_sixth_level", wide_grant(levels=frozenset({6}))),
        ("with_a_grant_backwards", wide_grant(last=date(2019, 1, 1))),
        ("with_a_region_of_five_digits", wide_grant(region="99000")),
    ):
        why = "A grant that covers nothing, or what does not exist."
        changed(
            f"trust_list_{name}_fail", why, authorities=(replace(authorities[0], grants=(grant,)), *authorities[1:])
        )
    for name, text in (
        ("direction_override", "示范省\u202e厅"),
        ("zero_width_space", "示范省\u200b厅"),
        ("private_use", "示范省\ue000厅"),
    ):
        changed(
            f"trust_list_name_with_{name}_fail",
            "No text holds a character that cannot be seen.",
            section="2.1",
            authorities=(replace(authorities[0], name=text), *authorities[1:]),
        )
    _raw_trust_lists(book)


def _raw_trust_lists(book: Book) -> None:
    def signed(change: Callable[[dict[str, Any]], dict[str, Any]], *, typ: str = TRUST_TYP) -> Change:
        """Sign another payload as trust list with the right key, and a snapshot that names it."""

        def tamper(files: dict[str, bytes]) -> None:
            container = files[publication.trust_list(1)]
            payload = change(json.loads(from_base64url(container.decode().split(".")[1])))
            data = jose.join([jose.sign(jsonform.encode(payload), Key("root"), typ=typ)])
            files[publication.trust_list(1)] = data
            trust = {"version": 1, "digest": sha256(data).hexdigest()}
            _resigned(lambda snapshot: {**snapshot, "trust": trust})(files)

        return tamper

    def foreign_kid(payload: dict[str, Any]) -> dict[str, Any]:
        keys = [dict(entry) for entry in payload["keys"]]
        keys[0]["kid"] = to_base64url(Key("stranger").key_id)
        return {**payload, "keys": keys}

    def off_curve(payload: dict[str, Any]) -> dict[str, Any]:
        keys = [dict(entry) for entry in payload["keys"]]
        x, y = bytes(31) + b"\x05", bytes(31) + b"\x01"
        keys[0]["jwk"] = {"kty": "EC", "crv": "P-256", "x": to_base64url(x), "y": to_base64url(y)}
        thumbprint = sha256(b"\xa4\x01\x02\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y).digest()
        keys[0]["kid"] = to_base64url(thumbprint[:8])
        return {**payload, "keys": keys}

    def private_key(payload: dict[str, Any]) -> dict[str, Any]:
        keys = [dict(entry) for entry in payload["keys"]]
        keys[0]["jwk"] = {**keys[0]["jwk"], "d": keys[0]["jwk"]["x"]}
        return {**payload, "keys": keys}

    for name, why, change in (
        (
            "trust_list_with_typ_of_a_catalogue_fail",
            "typ names the format.",
            signed(lambda p: p, typ="titlecert-catalogue+jwt"),
        ),
        ("trust_list_with_a_kid_not_the_keys_own_fail", "A kid is the key's thumbprint.", signed(foreign_kid)),
        ("trust_list_with_a_point_off_the_curve_fail", "No point of P-256.", signed(off_curve)),
        ("trust_list_with_a_private_key_fail", "A JWK has crv, kty, x, y.", signed(private_key)),
        ("trust_list_with_another_member_fail", "Exactly these members.", signed(lambda p: {**p, "note": ""})),
        (
            "trust_list_with_host_as_object_fail",
            "An address is a text.",
            signed(lambda p: {**p, "hosts": [{"host": ORIGIN}]}),
        ),
        (
            "trust_list_with_act_as_array_fail",
            "An act is a word.",
            signed(lambda p: _granted(p, acts=[["issue"]])),
        ),
        (
            "trust_list_with_acts_unsorted_fail",
            "Acts stand in their order.",
            signed(lambda p: _granted(p, acts=["withdraw", "issue"])),
        ),
        (
            "trust_list_with_grant_from_a_day_that_is_none_fail",
            "2025-02-29 is no day.",
            signed(lambda p: _granted(p, **{"from": "2025-02-29"})),
        ),
        (
            "trust_list_with_grant_from_year_zero_fail",
            "There was no year zero.",
            signed(lambda p: _granted(p, **{"from": "0000-01-01"})),
        ),
        (
            "trust_list_with_instant_far_off_fail",
            "No instant behind the year 9999.",
            signed(lambda p: {**p, "keys": [{**p["keys"][0], "until": 253402214401}, *p["keys"][1:]]}),
        ),
        (
            "trust_list_with_certificate_not_base64url_fail",
            "The form of every entry is checked, needed or not.",
            signed(lambda p: {**p, "document_certificates": [{**CERTIFICATE, "certificate": "AAA="}]}),
        ),
        ("trust_list_of_version_zero_fail", "Versions begin with 1.", signed(lambda p: {**p, "version": 0})),
        (
            "trust_list_of_ten_digits_fail",
            "A version has at most nine digits.",
            signed(lambda p: {**p, "version": 10**9}),
        ),
        ("trust_list_of_format_two_fail", "v is 1.", signed(lambda p: {**p, "v": 2})),
        (
            "trust_list_with_catalogue_of_ten_digits_fail",
            "A version has at most nine digits.",
            signed(lambda p: {**p, "catalogue": {**p["catalogue"], "version": 10**9}}),
        ),
    ):
        ask(book, name, UNTRUSTED, why, "9", tamper=change)
    world = World()
    world.root_signers = [Key("stranger")]
    ask(
        book,
        "trust_list_signed_by_a_stranger_fail",
        UNTRUSTED,
        "The threshold of the newest root signs it.",
        "9",
        world,
    )
    world = World()
    world.root_signers = [Key("publisher")]
    ask(
        book,
        "trust_list_signed_by_the_publisher_fail",
        UNTRUSTED,
        "The online key cannot change what it is held to.",
        "9",
        world,
    )
    world = World()
    world.change_authority(PROVINCE, grants=(wide_grant(first=date(1949, 10, 1)),))
    ask(book, "trust_list_with_grant_from_1949", VALID, "A grant can be older than 1970.", "9", world)
    world = World()
    world.root_signers = [Key("root"), Key("stranger")]
    ask(book, "trust_list_signed_by_one_more", VALID, "A stranger's signature counts nothing.", "9", world)

    def forged_line(files: dict[str, bytes]) -> None:
        (line,) = files[publication.trust_list(1)].decode().splitlines()
        payload = from_base64url(line.split(".")[1])
        real, other = Key("root"), Key("root of another name")
        header = jsonform.encode({"alg": "ES256", "kid": to_base64url(real.key_id), "typ": TRUST_TYP})
        message = f"{to_base64url(header)}.{to_base64url(payload)}"
        data = f"{message}.{to_base64url(other.sign(message.encode()))}\n".encode()
        files[publication.trust_list(1)] = data
        trust = {"version": 1, "digest": sha256(data).hexdigest()}
        _resigned(lambda snapshot: {**snapshot, "trust": trust})(files)

    ask(
        book,
        "trust_list_forged_fail",
        UNTRUSTED,
        "The root's kid over somebody else's signature.",
        "9",
        tamper=forged_line,
    )
    _containers(book)


CERTIFICATE: Final = {"authority": PROVINCE, "certificate": "AAAA", "from": 0, "until": None, "state": "active"}


def _granted(payload: dict[str, Any], **changes: object) -> dict[str, Any]:
    """The payload with members of its first grant replaced."""
    first, *others = payload["authorities"]
    grant, *grants = first["grants"]
    return {**payload, "authorities": [{**first, "grants": [{**grant, **changes}, *grants]}, *others]}


def _containers(book: Book) -> None:
    """The frame of several signatures (FORMAT 1.6), shown at the trust list."""

    def framed(change: Callable[[list[str]], str]) -> Change:
        def tamper(files: dict[str, bytes]) -> None:
            lines = files[publication.trust_list(1)].decode().splitlines()
            data = change(lines).encode()
            files[publication.trust_list(1)] = data
            trust = {"version": 1, "digest": sha256(data).hexdigest()}
            _resigned(lambda snapshot: {**snapshot, "trust": trust})(files)

        return tamper

    def other_payload(lines: list[str]) -> str:
        payload = from_base64url(lines[0].split(".")[1]).replace(b'"version":1}', b'"version":2}')
        return "\n".join(sorted([lines[0], jose.sign(payload, Key("stranger"), typ=TRUST_TYP)], key=_kid)) + "\n"

    def unsorted(lines: list[str]) -> str:
        payload = from_base64url(lines[0].split(".")[1])
        both = sorted([lines[0], jose.sign(payload, Key("stranger"), typ=TRUST_TYP)], key=_kid)
        return "\n".join(reversed(both)) + "\n"

    for name, why, change in (
        ("container_without_last_line_end_fail", "Each line is ended.", lambda lines: lines[0]),
        ("container_with_empty_line_fail", "No empty lines.", lambda lines: f"{lines[0]}\n\n"),
        ("container_with_carriage_return_fail", "Lines end with one line feed.", lambda lines: f"{lines[0]}\r\n"),
        ("container_with_a_line_twice_fail", "Kids are all different.", lambda lines: f"{lines[0]}\n{lines[0]}\n"),
        ("container_over_two_payloads_fail", "One payload.", other_payload),
        ("container_unsorted_fail", "Sorted by kid.", unsorted),
        ("container_empty_fail", "At least one line.", lambda _: ""),
        ("container_of_17_lines_fail", "At most 16 lines.", _seventeen),
    ):
        ask(book, name, UNTRUSTED, why, "1.6", tamper=framed(change))


def _kid(line: str) -> str:
    kid = json.loads(from_base64url(line.split(".", maxsplit=1)[0]))["kid"]
    assert isinstance(kid, str)
    return kid


def _seventeen(lines: list[str]) -> str:
    payload = from_base64url(lines[0].split(".")[1])
    strangers = [jose.sign(payload, Key(f"stranger {number}"), typ=TRUST_TYP) for number in range(16)]
    return "".join(f"{line}\n" for line in sorted([lines[0], *strangers], key=_kid))


def _seen(book: Book) -> None:
    """What a reader has seen, it does not unsee (FORMAT 9, 10)."""

    def two(change: Callable[[World], None], **again: Any) -> tuple[Certificate, dict[str, bytes], dict[str, bytes]]:
        world = World()
        certificate = world.issue()
        first = world.publish()
        change(world)
        return certificate, first, world.publish(**again)

    def note(
        name: str,
        expect: str,
        why: str,
        section: str,
        certificate: Certificate,
        shown: dict[str, bytes],
        *seen: Look,
        **more: Any,
    ) -> None:
        book.scene(World()).case(name, expect, why, section, certificate, files=shown, seen=seen, **more)

    certificate, first, second = two(lambda _: None)
    note("snapshot_newer_than_seen", VALID, "Sequence numbers rise.", "10", certificate, second, Look(files=first))
    note(
        "snapshot_seen_before",
        VALID,
        "The same number with the same bytes.",
        "10",
        certificate,
        first,
        Look(files=first),
    )
    note(
        "snapshot_rolled_back_fail",
        ROLLBACK,
        "An older snapshot than the one seen.",
        "10",
        certificate,
        first,
        Look(files=second),
    )
    three = (Look(files=first), Look(files=second))
    note(
        "snapshot_rolled_back_after_two_fail",
        ROLLBACK,
        "The newest that was seen counts.",
        "10",
        certificate,
        first,
        *three,
    )
    later = NOW + timedelta(hours=24)
    note(
        "snapshot_rolled_back_and_expired_fail",
        ROLLBACK,
        "Rollback is found before expiry.",
        "10",
        certificate,
        first,
        Look(files=second),
        now=later,
    )
    stale = Look(files=second, now=later)
    note(
        "snapshot_rolled_back_behind_an_expired_one_fail",
        ROLLBACK,
        "What is old but authentic is remembered too, or expiry would open a way back.",
        "10",
        certificate,
        first,
        stale,
    )
    note(
        "snapshot_after_an_untrusted_one",
        VALID,
        "What was refused is not remembered.",
        "10",
        certificate,
        first,
        Look(files=_resigned_copy(second)),
    )

    def same_number(world: World) -> None:
        world.seq -= 1

    certificate, first, fork = two(same_number, audit_length=77)
    note(
        "snapshot_forked_fail",
        ROLLBACK,
        "Another snapshot of the same number.",
        "10",
        certificate,
        fork,
        Look(files=first),
    )
    certificate, first, second = two(lambda world: world.change_trust())
    note("trust_list_newer_than_seen", VALID, "Versions rise.", "9", certificate, second, Look(files=first))

    world = World()
    certificate = world.issue()
    first = world.publish()
    world.change_trust()
    newer = world.publish()
    world.change_trust(version=1)
    world.files = dict(first)
    mixed = world.publish()
    note(
        "trust_list_rolled_back_fail",
        ROLLBACK,
        "A newer snapshot that names an older trust list than the one seen.",
        "9",
        certificate,
        mixed,
        Look(files=newer),
    )
    mixture = {**newer, publication.trust_list(2): first[publication.trust_list(1)]}
    note(
        "snapshot_mixed_with_older_trust_list_fail",
        UNTRUSTED,
        "The older list in the newer one's place has another digest.",
        "10",
        certificate,
        mixture,
    )
    world = World()
    certificate = world.issue()
    first = world.publish()
    world.change_trust(version=1, hosts=(ORIGIN, "https://www.zc.example"))
    forked = world.publish()
    note(
        "trust_list_forked_fail",
        ROLLBACK,
        "Another trust list of the same version.",
        "9",
        certificate,
        forked,
        Look(files=first),
    )
    world = World()
    other = world.issue()
    first = world.publish()
    certificate = world.issue()
    second = world.publish()
    note(
        "snapshot_mixed_with_shard_of_another_fail",
        "indeterminate/history_untrusted",
        "The shard of the snapshot before, under the name of the new one.",
        "10",
        certificate,
        _old_shards(first, second),
    )
    lagging = {**second, **{path: data for path, data in first.items() if path == publication.SNAPSHOT}}
    note(
        "snapshot_that_does_not_know_yet_fail",
        "not_authentic/unregistered",
        "An older snapshot without memory: the certificate is not in its shards.",
        "10",
        certificate,
        lagging,
    )
    note("snapshot_that_knows", VALID, "The newer snapshot has it.", "10", certificate, second, Look(files=first))
    assert other.credential != certificate.credential


def _resigned_copy(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same publication with a far higher number, signed by a stranger."""
    copy = dict(files)
    payload = _payload(copy, publication.SNAPSHOT)
    copy[publication.SNAPSHOT] = _token(jsonform.encode({**payload, "seq": 999}), Key("stranger"))
    return copy


def _old_shards(first: dict[str, bytes], second: dict[str, bytes]) -> dict[str, bytes]:
    """The newer publication whose shard holds the older one's bytes."""
    old = max((data for path, data in first.items() if path.startswith("shards/")), key=len)
    return {
        path: old if path.startswith("shards/") and len(data) > 100 and path not in first else data
        for path, data in second.items()
    }


def _shards(book: Book) -> None:
    """Shards and manifests that honest digests name and no honest writer makes (FORMAT 5)."""
    untrusted = "indeterminate/history_untrusted"
    for name, why, section, change in SHARDS:
        ask(book, f"{name}_fail", untrusted, why, section, tamper=_reshaped(change, manifest=False))
    for name, why, section, change in MANIFESTS:
        ask(book, f"{name}_fail", untrusted, why, section, tamper=_reshaped(change, manifest=True))


Item = Callable[[Any], Any]


def _reshaped(change: Item, *, manifest: bool) -> Change:
    """Change shard or manifest and every digest above it."""

    def tamper(files: dict[str, bytes]) -> None:
        payload = _payload(files, publication.SNAPSHOT)
        manifest_bytes = files[publication.shard(payload["manifests"][0])]
        item: Any = cbor.decode(manifest_bytes, max_bytes=1 << 20)
        if not manifest:
            shard = _encoded(change(cbor.decode(files[publication.shard(item[3][0].hex())], max_bytes=1 << 20)))
            files[publication.shard(sha256(shard).hexdigest())] = shard
            manifest_bytes = cbor.encode([*item[:3], [sha256(shard).digest()]])
        else:
            manifest_bytes = _encoded(change(item))
        files[publication.shard(sha256(manifest_bytes).hexdigest())] = manifest_bytes
        manifests = [sha256(manifest_bytes).hexdigest()]
        _resigned(lambda snapshot: {**snapshot, "manifests": manifests})(files)

    return tamper


def _encoded(item: Any) -> bytes:
    return item if isinstance(item, bytes) else cbor.encode(item)


SHARDS: Final[tuple[tuple[str, str, str, Item], ...]] = (
    ("shard_of_another_version", "Version 1.", "5.3", lambda s: [2, *s[1:]]),
    ("shard_of_another_prefix_length", "The snapshot's prefix length.", "5.3", lambda s: [1, 1, *s[2:]]),
    ("shard_of_another_prefix", "The prefix that was asked for.", "5.3", lambda s: [1, 0, 1, s[3]]),
    ("shard_unsorted", "Records are sorted by locator.", "5.3", lambda s: [*s[:3], s[3][::-1]]),
    ("shard_with_a_record_twice", "No locator twice.", "5.3", lambda s: [*s[:3], [s[3][0], *s[3]]]),
    (
        "shard_with_a_record_of_another_size",
        "Records have few sizes.",
        "5.2",
        lambda s: [*s[:3], [*s[3][:-1], s[3][-1] + b"\x00"]],
    ),
    ("shard_with_a_short_record", "Records have few sizes.", "5.2", lambda s: [*s[:3], [b"\x00" * 10, *s[3]]]),
    ("shard_with_a_text", "Records are byte strings.", "5.3", lambda s: [*s[:3], [*s[3], "record"]]),
    ("shard_with_a_fifth_member", "Four members.", "5.3", lambda s: [*s, 0]),
    ("shard_as_map", "An array.", "5.3", lambda s: {1: s[3]}),
    ("shard_not_canonical", "A second form.", "1.3", lambda s: b"\x98\x04" + cbor.encode(s)[1:]),
    ("shard_with_a_byte_behind", "No byte behind the item.", "1.3", lambda s: cbor.encode(s) + b"\x00"),
)
MANIFESTS: Final[tuple[tuple[str, str, str, Item], ...]] = (
    ("manifest_of_another_version", "Version 1.", "5.4", lambda m: [2, *m[1:]]),
    ("manifest_of_another_prefix_length", "The snapshot's prefix length.", "5.4", lambda m: [1, 1, *m[2:]]),
    ("manifest_of_another_number", "The manifest that was asked for.", "5.4", lambda m: [1, 0, 1, m[3]]),
    ("manifest_without_shards", "2^(p-m) digests.", "5.4", lambda m: [*m[:3], []]),
    ("manifest_with_a_shard_too_many", "2^(p-m) digests.", "5.4", lambda m: [*m[:3], m[3] * 2]),
    ("manifest_with_a_short_digest", "32 bytes each.", "5.4", lambda m: [*m[:3], [m[3][0][:31]]]),
    ("manifest_with_a_text", "Digests are byte strings.", "5.4", lambda m: [*m[:3], [m[3][0].hex()]]),
    ("manifest_not_canonical", "A second form.", "1.3", lambda m: b"\x98\x04" + cbor.encode(m)[1:]),
)


def _catalogues(book: Book) -> None:
    """A catalogue that the trust list names and that is not in order: no names are shown, nothing else changes."""

    def rewritten(change: Callable[[dict[str, Any]], bytes | dict[str, Any]]) -> Change:
        def tamper(files: dict[str, bytes]) -> None:
            payload = change(json.loads(from_base64url(files[publication.catalogue(1)].decode().split(".")[1])))
            data = payload if isinstance(payload, bytes) else jsonform.encode(payload)
            container = jose.join([jose.sign(data, Key("root"), typ=CATALOGUE_TYP)])
            files[publication.catalogue(1)] = container
            renamed(files, catalogue={"version": 1, "digest": sha256(container).hexdigest()})

        return tamper

    def nested(levels: int) -> Callable[[dict[str, Any]], bytes]:
        brackets = b"[" * (levels - 1) + b"]" * (levels - 1)
        return lambda payload: jsonform.encode({**payload, "note": 0}).replace(b'"note":0', b'"note":' + brackets)

    def numbered(number: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
        return lambda payload: {**payload, "series": [{**payload["series"][0], "number": number}]}

    for name, why, change in (
        ("catalogue_of_18_levels", "At most 17 levels of JSON.", nested(18)),
        ("catalogue_of_17_levels", "Other members are not looked at.", nested(17)),
        ("catalogue_with_number_true", "true is no number.", numbered(True)),
        ("catalogue_with_number_as_text", "A number is a number.", numbered("5")),
        ("catalogue_without_titles", "Series and titles.", lambda p: {**p, "titles": None}),
        ("catalogue_as_array", "An object.", lambda _: b"[]"),
        ("catalogue_not_canonical", "Canonical JSON.", lambda p: json.dumps(p).encode()),
    ):
        ask(book, name, VALID, f"{why} A catalogue decides nothing.", "9", tamper=rewritten(change))


def renamed(files: dict[str, bytes], **changes: object) -> None:
    """Sign the trust list anew with members replaced, and the snapshot that names it."""
    trust = json.loads(from_base64url(files[publication.trust_list(1)].decode().split(".")[1]))
    container = jose.join([jose.sign(jsonform.encode({**trust, **changes}), Key("root"), typ=TRUST_TYP)])
    files[publication.trust_list(1)] = container
    named = {"version": 1, "digest": sha256(container).hexdigest()}
    _resigned(lambda snapshot: {**snapshot, "trust": named})(files)


def _filings(book: Book) -> None:
    """A filings file that the trust list names and that is not in order: what it says cannot be known (FORMAT 9)."""

    def rewritten(change: Callable[[dict[str, Any]], bytes | dict[str, Any]]) -> Change:
        def tamper(files: dict[str, bytes]) -> None:
            trust = json.loads(from_base64url(files[publication.trust_list(1)].decode().split(".")[1]))
            path = publication.filings(trust["filings"]["digest"])
            changed = change(json.loads(files.pop(path)))
            data = changed if isinstance(changed, bytes) else jsonform.encode(changed)
            files[publication.filings(sha256(data).hexdigest())] = data
            renamed(files, filings={"digest": sha256(data).hexdigest()})

        return tamper

    def first(payload: dict[str, Any], **changes: object) -> dict[str, Any]:
        return {**payload, "filings": [{**payload["filings"][0], **changes}, *payload["filings"][1:]]}

    old = book.scene(World(), tamper=rewritten(lambda p: first(p, **{"from": "1949-10-01"})))
    old.case("filings_from_1949", VALID, "A filing can be older than 1970.", "9", old.world.issue())
    for name, why, change in (
        (
            "filings_with_a_number_twice",
            "A number names one filing.",
            lambda p: {**p, "filings": p["filings"] + p["filings"][:1]},
        ),
        (
            "filings_of_an_unknown_committee",
            "A filing's committee is in the file.",
            lambda p: first(p, committee="nobody"),
        ),
        (
            "filings_with_a_committee_twice",
            "A committee is named once.",
            lambda p: {**p, "committees": p["committees"] * 2},
        ),
        ("filings_with_a_day_that_is_none", "2026-02-30 is no day.", lambda p: first(p, **{"from": "2026-02-30"})),
        ("filings_with_a_span_backwards", "until is not before from.", lambda p: first(p, until="2020-01-01")),
        ("filings_with_a_level_six", "Levels 1 to 5.", lambda p: first(p, levels=[6])),
        ("filings_with_levels_unsorted", "Ascending, each once.", lambda p: first(p, levels=[2, 1])),
        ("filings_with_another_member", "Exactly these members.", lambda p: first(p, note="")),
        ("filings_not_canonical", "Canonical JSON.", lambda p: json.dumps(p).encode()),
        ("filings_with_a_line_end", "No byte behind the value.", lambda p: jsonform.encode(p) + b"\n"),
        (
            "filings_number_with_zero_width_space",
            "No text holds a character that cannot be seen.",
            lambda p: first(p, number="示评备\u200b〔2025〕012号"),
        ),
    ):
        ask(book, f"{name}_fail", "indeterminate/filings_unreachable", why, "9", tamper=rewritten(change))
