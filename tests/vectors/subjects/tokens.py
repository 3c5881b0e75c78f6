"""JWS (FORMAT 1.5) and JSON (FORMAT 1.4), shown at the snapshot, whose signer alone could make these."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from credential import jsonform, publication
from credential.algorithms import ES256
from credential.snapshot import TYP as SNAPSHOT_TYP
from credential.text import from_base64url, to_base64url
from credential.trustlist import TYP as TRUST_TYP
from tests.support.keys import Key
from tests.vectors.model import Book
from tests.vectors.served import (
    UNTRUSTED,
    Change,
    ask,
    resigned,
    token,
)


def cases(book: Book) -> None:
    """Each has a publication of its own, which differs in one file or two from the one in order."""
    _tokens(book)


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
            resigned(lambda p: _usual(p).replace(",", ", ", 1).encode()),
        ),
        (
            "snapshot_json_unsorted_fail",
            "Canonical JSON.",
            resigned(lambda p: json.dumps(dict(reversed(p.items())), separators=(",", ":")).encode()),
        ),
        (
            "snapshot_json_member_twice_fail",
            "Canonical JSON.",
            resigned(lambda p: _usual(p).replace('"v":1', '"v":1,"v":1').encode()),
        ),
        (
            "snapshot_json_fraction_fail",
            "1.0 is not 1.",
            resigned(lambda p: _usual(p).replace('"v":1', '"v":1.0').encode()),
        ),
        (
            "snapshot_json_exponent_fail",
            "1e0 is not 1.",
            resigned(lambda p: _usual(p).replace('"v":1', '"v":1e0').encode()),
        ),
        (
            "snapshot_json_minus_zero_fail",
            "-0 is not 0.",
            resigned(lambda p: _usual(p).replace('"prefix":0', '"prefix":-0').encode()),
        ),
        (
            "snapshot_json_escaped_fail",
            "An escape that is not needed.",
            resigned(lambda p: _usual(p).replace('"demo"', '"d\\u0065mo"').encode()),
        ),
        (
            "snapshot_json_large_number_fail",
            "Beyond 2^53 - 1.",
            resigned(
                lambda p: _usual({**p, "records": 1}).replace('"records":1', '"records":9007199254740993').encode()
            ),
        ),
        (
            "snapshot_json_byte_order_mark_fail",
            "No byte in front.",
            resigned(lambda p: b"\xef\xbb\xbf" + jsonform.encode(p)),
        ),
        ("snapshot_json_not_utf8_fail", "UTF-8.", resigned(lambda p: jsonform.encode(p).replace(b"demo", b"dem\xff"))),
        (
            "snapshot_json_lone_surrogate_fail",
            "Half a character.",
            resigned(lambda p: _usual(p).replace('"demo"', '"\\ud800"').encode()),
        ),
        (
            "snapshot_json_not_finite_fail",
            "NaN is no JSON; Python reads it.",
            resigned(lambda p: _usual(p).replace('"prefix":0', '"prefix":NaN').encode()),
        ),
        ("snapshot_json_text_behind_fail", "One value.", resigned(lambda p: jsonform.encode(p) + b"{}")),
        ("snapshot_json_deep_fail", "At most 16 levels.", resigned(lambda _: b"[" * 5000 + b"]" * 5000)),
        (
            "snapshot_json_huge_number_fail",
            "A number of 5,000 digits.",
            resigned(lambda p: _usual(p).replace('"v":1', '"v":' + "9" * 5000).encode()),
        ),
        ("snapshot_json_array_fail", "An object.", resigned(lambda _: b"[]")),
        ("snapshot_json_null_fail", "An object.", resigned(lambda _: b"null")),
        ("snapshot_empty_payload_fail", "An object.", resigned(lambda _: b"")),
        ("snapshot_with_another_member_fail", "Exactly these members.", resigned(lambda p: {**p, "note": ""})),
        (
            "snapshot_with_prototype_member_fail",
            "__proto__ is a member like any other.",
            resigned(lambda p: {**p, "__proto__": {}}),
        ),
        (
            "snapshot_without_audit_fail",
            "Exactly these members.",
            resigned(lambda p: {k: v for k, v in p.items() if k != "audit"}),
        ),
        ("snapshot_of_version_two_fail", "v is 1.", resigned(lambda p: {**p, "v": 2})),
        ("snapshot_with_version_true_fail", "true is no number.", resigned(lambda p: {**p, "v": True})),
        ("snapshot_with_sequence_true_fail", "true is no number.", resigned(lambda p: {**p, "seq": True})),
        ("snapshot_with_sequence_as_text_fail", "A number.", resigned(lambda p: {**p, "seq": "1"})),
        (
            "snapshot_with_digest_in_capitals_fail",
            "Lower-case hex.",
            resigned(lambda p: {**p, "manifests": [p["manifests"][0].upper()]}),
        ),
        (
            "snapshot_with_short_digest_fail",
            "64 digits.",
            resigned(lambda p: {**p, "manifests": [p["manifests"][0][:-2]]}),
        ),
        (
            "snapshot_with_status_id_one_fail",
            "The ids are those of the trust list.",
            resigned(lambda p: {**p, "status": [{**p["status"][0], "id": 1}]}),
        ),
        ("snapshot_with_negative_records_fail", "A count.", resigned(lambda p: {**p, "records": -1})),
    )
    for name, why, change in tokens:
        section = "10" if name.startswith("snapshot_") and "json" not in name else "1.4" if "json" in name else "1.5"
        ask(book, name, UNTRUSTED, why, section, tamper=change)


def _headed(header: dict[str, object] | bytes) -> Change:
    """Sign the same snapshot under another header."""

    def tamper(files: dict[str, bytes]) -> None:
        data = header if isinstance(header, bytes) else jsonform.encode(header)
        payload = from_base64url(files[publication.SNAPSHOT].decode().split(".")[1])
        files[publication.SNAPSHOT] = token(payload, Key("publisher"), header=data)

    return tamper


def _spelled(change: Callable[[str], str]) -> Change:
    """Change the text of the token."""

    def tamper(files: dict[str, bytes]) -> None:
        files[publication.SNAPSHOT] = change(files[publication.SNAPSHOT].decode()).encode()

    return tamper


def _high_s(token: str) -> str:
    head, _, tail = token.rpartition(".")
    signature = from_base64url(tail)
    s = ES256.order - int.from_bytes(signature[32:])
    return f"{head}.{to_base64url(signature[:32] + s.to_bytes(32))}"


def _usual(payload: dict[str, Any]) -> str:
    return jsonform.encode(payload).decode()


def _with_trailing_bits(token: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
