"""The credential (FORMAT 2): every rule broken once, every bit flipped once, and the size rules."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import claims as module
from credential import cose
from credential.characters import is_plain
from credential.claims import Claims, Scope, StatusReference, decode_claims, parse, prepare
from credential.errors import CannotKnowError, CredentialError, MalformedError
from credential.signing import SignatureError
from tests.credential.made import CLAIMS, STATUS_URI, claims, credential, signer

BY = signer("credential")


def signed(payload: object) -> bytes:
    """A credential over any payload, signed by the right key: what an issuer's mistake would look like."""
    data = payload if isinstance(payload, bytes) else cbor2.dumps(payload, canonical=True)
    return cose.sign(data, BY)


def payload(**changes: Any) -> dict[int | str, Any]:
    """The claims set as a plain map; ``a3=...`` changes position 3 of the award, ``c6=...`` claim 6."""
    found: dict[int | str, Any] = cbor2.loads(CLAIMS.encode())
    for name, value in changes.items():
        if name.startswith("a"):
            found[module.AWARD][int(name[1:])] = value
        else:
            found[int(name[1:])] = value
    return found


def in_order(item: dict[int | str, Any]) -> bytes:
    """Deterministic bytes of a map: keys sorted bytewise, which for these keys is not by length."""
    return cbor2.dumps({key: item[key] for key in sorted(item, key=cbor2.dumps)})


def refusal(item: object) -> CredentialError:
    data = in_order(item) if isinstance(item, dict) else cbor2.dumps(item)
    with pytest.raises(CredentialError) as caught:
        parse(signed(data)).verify(BY.key)
    return caught.value


def test_a_credential_says_what_was_signed() -> None:
    data = credential()
    found = parse(data)
    assert found.verify(BY.key) == CLAIMS
    assert (found.data, found.key_id) == (data, BY.key_id)
    assert found.digest == hashlib.sha256(data).digest()


def test_the_bytes_are_a_cwt_behind_tag_18() -> None:
    protected, unprotected, body, signature = cbor2.loads(credential()).value
    assert (cbor2.loads(protected), unprotected, len(signature)) == ({1: -7, 4: BY.key_id}, {}, 64)
    assert cbor2.loads(body) == {
        1: "province",
        6: 1795226400,
        7: CLAIMS.cti,
        65535: {"status_list": {"idx": 734211, "uri": STATUS_URI}},
        -65537: [
            1,
            "王䶮",
            "380X",
            "SF2026-0000001",
            5,
            502,
            "建筑施工",
            2,
            1,
            20756,
            [1, "示评备〔2025〕012号"],
            None,
        ],
    }


def test_the_same_claims_and_key_give_the_same_bytes() -> None:
    assert prepare(CLAIMS, BY.key_id) == prepare(claims(), BY.key_id)
    assert credential() == credential()


PLAIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FA1F), max_size=30).filter(is_plain)
ANY_CLAIMS = st.builds(
    Claims,
    issuer=st.from_regex(r"[a-z][a-z0-9-]{1,15}", fullmatch=True),
    issued_at=st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    cti=st.binary(min_size=16, max_size=16),
    status=st.builds(StatusReference, index=st.integers(0, 2**20 - 1), uri=st.just(STATUS_URI)),
    name=PLAIN.filter(bool).map(lambda text: text[:20]),
    id_last4=st.from_regex(r"[0-9A-Z]{4}", fullmatch=True),
    number=st.from_regex(r"[0-9A-Z-]{4,24}", fullmatch=True),
    series=st.integers(1, 255),
    title=st.integers(1, 65535),
    specialty=PLAIN.map(lambda text: text[:8]),
    level=st.integers(1, 5),
    way=st.integers(1, 8),
    award_date=st.dates(date(1970, 1, 1), date(2200, 1, 1)),
    basis_kind=st.integers(1, 4),
    basis_reference=PLAIN.filter(bool).map(lambda text: text[:8]),
    scope=st.none() | st.builds(Scope, region=st.integers(100000, 999999), name=st.just("示范市示范区")),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(ANY_CLAIMS)
def test_any_claims_go_round(value: Claims) -> None:
    assert parse(credential(value)).verify(BY.key) == value


@pytest.mark.slow
def test_any_flipped_bit_is_refused() -> None:
    data = credential()
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(CredentialError):
            parse(bytes(changed)).verify(BY.key)


def test_a_signature_by_another_key_under_our_name_is_refused() -> None:
    unsigned = prepare(CLAIMS, BY.key_id)
    forged = unsigned.assemble(signer("somebody else").sign(unsigned.to_be_signed))
    with pytest.raises(SignatureError) as caught:
        parse(forged).verify(BY.key)
    assert caught.value.code == "bad_signature"


BROKEN_VALUES: dict[str, dict[str, Any]] = {
    "iss": {"issuer": "Province"},
    "iss ": {"issuer": "p"},
    "iss  ": {"issuer": "p" * 17},
    "iss   ": {"issuer": "1st"},
    "iss    ": {"issuer": "pro_vince"},
    "iss     ": {"issuer": "province\n"},
    "iat": {"issued_at": datetime(1969, 12, 31, tzinfo=UTC)},
    "iat ": {"issued_at": datetime(2026, 11, 21)},
    "cti": {"cti": bytes(15)},
    "cti ": {"cti": bytes(17)},
    "idx": {"status": StatusReference(index=2**20, uri=STATUS_URI)},
    "idx ": {"status": StatusReference(index=-1, uri=STATUS_URI)},
    "uri": {"status": StatusReference(index=0, uri="")},
    "uri ": {"status": StatusReference(index=0, uri="https://" + "a" * 113)},
    "uri  ": {"status": StatusReference(index=0, uri="https://zc.example/状态")},
    "uri   ": {"status": StatusReference(index=0, uri="https://zc.example/a b")},
    "uri    ": {"status": StatusReference(index=0, uri="ftp://zc.example/a")},
    "name": {"name": ""},
    "name ": {"name": "王" * 101},
    "name  ": {"name": "张\u200b伟"},
    "name   ": {"name": "刘\ue863"},
    "name    ": {"name": "王\n伟"},
    "id_last4": {"id_last4": "380"},
    "id_last4 ": {"id_last4": "0380X"},
    "id_last4  ": {"id_last4": "380x"},
    "id_last4   ": {"id_last4": "３80X"},
    "number": {"number": "ABC"},
    "number ": {"number": "A" * 25},
    "number  ": {"number": "示范2026"},
    "number   ": {"number": "SF_2026"},
    "series": {"series": 0},
    "series ": {"series": 256},
    "title": {"title": 0},
    "title ": {"title": 65536},
    "specialty": {"specialty": "工" * 61},
    "specialty ": {"specialty": "建筑\u202e施工"},
    "level": {"level": 0},
    "level ": {"level": 6},
    "way": {"way": 0},
    "way ": {"way": 10},
    "award_day": {"award_date": date(1969, 12, 31)},
    "basis": {"basis_kind": 0},
    "basis ": {"basis_kind": 6},
    "basis  ": {"basis_reference": ""},
    "basis   ": {"basis_reference": "号" * 61},
    "basis    ": {"basis_reference": "示评备\ufeff"},
    "basis     ": {"way": 9, "basis_kind": 1},
    "basis      ": {"way": 1, "basis_kind": 5},
    "scope": {"scope": Scope(region=99999, name="区")},
    "scope ": {"scope": Scope(region=1000000, name="区")},
    "scope  ": {"scope": Scope(region=990101, name="")},
    "scope   ": {"scope": Scope(region=990101, name="区" * 61)},
    "scope    ": {"scope": Scope(region=990101, name="\u2066区")},
}


@pytest.mark.parametrize(("member", "change"), BROKEN_VALUES.items(), ids=lambda value: str(value).strip())
def test_claims_that_break_a_rule_are_never_made(member: str, change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        claims(**change)
    assert (caught.value.code, caught.value.fields["member"]) == ("bad_claims", member.strip())


def test_the_values_at_the_edge_of_each_rule_are_allowed() -> None:
    edge = claims(
        issuer="a-",
        number="A-0-",
        name="·",
        specialty="",
        series=255,
        title=65535,
        level=5,
        way=9,
        basis_kind=5,
        basis_reference="x",
        award_date=date(1970, 1, 1),
        status=StatusReference(index=2**20 - 1, uri="https://" + "a" * 112),
        scope=Scope(region=999999, name="区"),
    )
    assert parse(credential(edge)).verify(BY.key) == edge


BROKEN_PAYLOADS: dict[str, Any] = {
    "no iss": {key: value for key, value in payload().items() if key != 1},
    "no cti": {key: value for key, value in payload().items() if key != 7},
    "no status": {key: value for key, value in payload().items() if key != 65535},
    "no award": {key: value for key, value in payload().items() if key != -65537},
    "a subject": payload(c2="a"),
    "an expiry": payload(c4=4_000_000_000),
    "a claim in words": {**payload(), "x": 1},
    "iss as bytes": payload(c1=b"province"),
    "iss as a number": payload(c1=1),
    "iat as text": payload(c6="2026"),
    "iat as true": payload(c6=True),
    "iat negative": payload(c6=-1),
    "iat behind the year 9999": payload(c6=253402214401),
    "cti as text": payload(c7="0123456789abcdef"),
    "status as a list": payload(c65535=[0, STATUS_URI]),
    "status with another mechanism": payload(c65535={"x": {}, "status_list": {"idx": 1, "uri": STATUS_URI}}),
    "status without uri": payload(c65535={"status_list": {"idx": 1}}),
    "status with more": payload(c65535={"status_list": {"x": 1, "idx": 1, "uri": STATUS_URI}}),
    "idx as true": payload(c65535={"status_list": {"idx": True, "uri": STATUS_URI}}),
    "idx as text": payload(c65535={"status_list": {"idx": "1", "uri": STATUS_URI}}),
    "idx negative": payload(c65535={"status_list": {"idx": -1, "uri": STATUS_URI}}),
    "uri as bytes": payload(c65535={"status_list": {"idx": 1, "uri": b"https://a"}}),
    "version 0": payload(a0=0),
    "version -1": payload(a0=-1),
    "version true": payload(a0=True),
    "version in words": payload(a0="1"),
    "version null": payload(a0=None),
    "name as bytes": payload(a1="王".encode()),
    "name null": payload(a1=None),
    "last four as a number": payload(a2=3801),
    "number as a number": payload(a3=20260001),
    "series true": payload(a4=True),
    "series in words": payload(a4="5"),
    "series negative": payload(a4=-5),
    "title true": payload(a5=True),
    "title null": payload(a5=None),
    "specialty null": payload(a6=None),
    "level true": payload(a7=True),
    "way true": payload(a8=True),
    "award day true": payload(a9=True),
    "award day in words": payload(a9="2026-10-30"),
    "award day negative": payload(a9=-1),
    "award day behind the year 9999": payload(a9=2932897),
    "basis null": payload(a10=None),
    "basis short": payload(a10=[1]),
    "basis long": payload(a10=[1, "x", 0]),
    "basis kind true": payload(a10=[True, "x"]),
    "basis kind in words": payload(a10=["1", "x"]),
    "basis reference as bytes": payload(a10=[1, b"x"]),
    "scope false": payload(a11=False),
    "scope empty": payload(a11=[]),
    "scope short": payload(a11=[990101]),
    "scope long": payload(a11=[990101, "区", 1]),
    "scope region true": payload(a11=[True, "区"]),
    "scope region in words": payload(a11=["990101", "区"]),
    "scope name as bytes": payload(a11=[990101, b"x"]),
    "award short": payload() | {-65537: payload()[-65537][:11]},
    "award empty": payload() | {-65537: []},
    "award null": payload() | {-65537: None},
    "award a map": payload() | {-65537: {0: 1}},
    "a list": [1, 2],
    "a number": 5,
}


@pytest.mark.parametrize("item", BROKEN_PAYLOADS.values(), ids=BROKEN_PAYLOADS.keys())
def test_a_signed_payload_that_breaks_a_rule_is_refused(item: object) -> None:
    error = refusal(item)
    assert (type(error), error.code) == (MalformedError, "bad_claims")


@pytest.mark.parametrize("change", BROKEN_VALUES.values(), ids=str)
def test_a_signed_value_that_breaks_a_rule_is_refused(change: dict[str, Any]) -> None:
    places = {"issuer": "c1", "cti": "c7", "name": "a1", "id_last4": "a2", "number": "a3", "series": "a4"}
    places |= {"title": "a5", "specialty": "a6", "level": "a7", "way": "a8"}
    altered = {places[name]: value for name, value in change.items() if name in places}
    if "basis_kind" in change or "basis_reference" in change:
        altered["a10"] = [change.get("basis_kind", 1), change.get("basis_reference", "x")]
    if "scope" in change:
        altered["a11"] = [change["scope"].region, change["scope"].name]
    if "status" in change:
        altered["c65535"] = {"status_list": {"idx": change["status"].index, "uri": change["status"].uri}}
    if altered:
        data = in_order(payload(**altered))
        if len(data) > 320:
            with pytest.raises(MalformedError):
                decode_claims(data)
        else:
            assert refusal(payload(**altered)).code == "bad_claims"


def test_appended_positions_are_not_read() -> None:
    longer = payload()
    longer[-65537] = [*longer[-65537], True, [1, {"a": False}], "later", None]
    assert parse(signed(in_order(longer))).verify(BY.key) == CLAIMS


@pytest.mark.parametrize("rest", [payload()[-65537][1:], [], ["anything", True]], ids=["same", "none", "other"])
@pytest.mark.parametrize("version", [2, 255, 2**53 - 1])
def test_a_newer_version_is_named_and_not_guessed_at(version: int, rest: list[object]) -> None:
    newer = payload() | {-65537: [version, *rest]}
    for item in (newer, newer | {4: 4_000_000_000}, newer | {65535: None}):
        error = refusal(item)
        assert (type(error), error.code) == (CannotKnowError, "newer_format")


def test_a_payload_in_a_second_form_is_refused_though_it_is_signed() -> None:
    exact = in_order(payload())
    for data in (
        cbor2.dumps(dict(reversed(payload().items()))),
        exact.replace(b"\x02\x01\x19", b"\x18\x02\x01\x19", 1),
        exact + b"\0",
        b"\xd8\x3d" + exact,
    ):
        assert data != exact
        with pytest.raises(MalformedError) as caught:
            parse(signed(data)).verify(BY.key)
        assert caught.value.code in {"not_canonical", "not_recognised"}


def test_a_name_is_kept_byte_for_byte_in_either_normal_form() -> None:
    composed = unicodedata.normalize("NFC", "José Émile")
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    for name in (composed, decomposed, "神\ufe00", "葛\U000e0100", "𠮷野", "阿卜·买买提"):
        assert parse(credential(claims(name=name))).verify(BY.key).name == name


def test_a_credential_of_421_bytes_is_neither_made_nor_read() -> None:
    def of_size(extra: int) -> Claims:
        return claims(specialty="工" * 20, basis_reference="示" * 20, name="名" * 12 + "a" * extra)

    fits = next(extra for extra in range(60) if len(cose.sign(of_size(extra).encode(), BY)) == module.MAX_BYTES)
    assert len(credential(of_size(fits))) == module.MAX_BYTES == 420
    with pytest.raises(MalformedError) as caught:
        credential(of_size(fits + 1))
    assert caught.value.code == "too_large"
    with pytest.raises(MalformedError) as caught:
        parse(cose.sign(of_size(fits + 1).encode(), BY))
    assert caught.value.code == "too_large"


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_our_words(data: bytes) -> None:
    for read in (parse, decode_claims, lambda raw: parse(signed(raw)).verify(BY.key)):
        with pytest.raises(CredentialError):
            read(data)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 11), st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.lists(st.none()))
def test_any_value_at_any_place_is_read_or_refused_in_our_words(place: int, value: object) -> None:
    data = in_order(payload(**{f"a{place}": value}))
    try:
        found = decode_claims(data)
    except CredentialError:
        return
    assert found.encode() == data
