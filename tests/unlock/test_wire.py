"""Every value of the model comes back from its JSON, and nothing else is taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from issuer import tickets
from issuer.errors import MachineError
from issuer.unlock import wire
from issuer.unlock.model import Begun, Certificate, Code, Collected, Event, HolderView, Looked, Notice, SignedIn

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
EVENT = Event(
    kind="superseded",
    effective=date(2026, 11, 21),
    recorded=AT,
    reason=None,
    successor="SF2026-00002",
    authority="示范省人力资源和社会保障厅",
    document="示人社〔2026〕55号",
)
CERTIFICATE = Certificate(
    number="SF2026-00001",
    state="valid",
    name="王䶮",
    id_last4="002X",
    id_type="citizen",
    series=5,
    title=5002,
    specialty="建筑工程",
    level=2,
    way=1,
    award_date=date(2026, 6, 30),
    issued_on=date(2026, 7, 15),
    authority="示范省人力资源和社会保障厅",
    scope=None,
    check_code="XQCF-2345-6789-ABCD-EFGG",
    credential=bytes(range(256)),
    url="https://zc.example/v/#123",
    history=(EVENT, replace(EVENT, reason="reissued", successor=None)),
    extra=(("employer", "示范大学"),),
    has_photo=False,
    has_document=True,
    published=True,
)
VIEW = HolderView(
    name="王䶮",
    certificates=(CERTIFICATE,),
    notices=(Notice(id="1", at=AT, certificate="SF2026-00001", kind="superseded", text_zh="一", text_en="one"),),
    looked=(Looked(at=AT, who="os:clerk", act="certificate.open", certificate=None),),
    held=(("mobile", "13900000000"),),
    codes=(
        Code(
            made=AT,
            made_by="clerk1",
            certificate="1",
            expires=AT,
            handing="failed",
            sent=None,
            used=None,
            ended=AT,
            tries=2,
            collected=(Collected(at=AT, by="示范乙", relation="配偶", recorded_by="clerk1"),),
        ),
    ),
    mark="0123456789abcdef0123456789abcdef",
)
SIGNED_IN = SignedIn(data_key=bytes(32), ticket="v1.x", session="A" * 22, expires=AT)
BEGUN = Begun(
    nonce="n",
    expires=AT,
    issuer="https://id.example",
    authorization_endpoint="https://id.example/a",
    token_endpoint="https://id.example/t",
    client_id="titlecert",
    scopes=("openid",),
)


@pytest.mark.parametrize("value", [VIEW, SIGNED_IN, BEGUN, replace(VIEW, certificates=(), name="")], ids=str)
def test_a_value_comes_back(value: Any) -> None:
    assert wire.from_json(type(value), wire.decode(wire.encode(wire.to_json(value)))) == value


def test_nothing_secret_is_printed() -> None:
    for value, secret in (
        (SIGNED_IN, "v1.x"),
        (SIGNED_IN, "x00"),
        (VIEW, "王䶮"),
        (VIEW, "13900000000"),
        (BEGUN, "'n'"),
    ):
        assert secret not in repr(value)


def changed(path: str, value: Any) -> Any:
    plain = wire.to_json(VIEW)
    at = plain
    *parts, last = path.split(".")
    for part in parts:
        at = at[int(part)] if part.isdecimal() else at[part]
    if value is KeyError:
        del at[last]
    else:
        at[int(last) if last.isdecimal() else last] = value
    return plain


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", None),
        ("name", 1),
        ("name", KeyError),
        ("more", "x"),
        ("certificates", None),
        ("certificates", {}),
        ("certificates.0.level", True),
        ("certificates.0.level", "2"),
        ("certificates.0.published", 1),
        ("certificates.0.credential", "+"),
        ("certificates.0.credential", "AA=="),
        ("certificates.0.award_date", "30.6.2026"),
        ("certificates.0.history.0.recorded", "yesterday"),
        ("certificates.0.extra.0", ["employer"]),
        ("certificates.0.extra.0", "ab"),
        ("held.0", ["a", "b", "c"]),
    ],
)
def test_what_was_changed_is_refused(path: str, value: Any) -> None:
    with pytest.raises(MachineError) as refused:
        wire.from_json(HolderView, changed(path, value))
    assert refused.value.code == "bad_answer"


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"a":1.5}', b'{"a":1,"a":1}', b'{"a" :1}'])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(MachineError) as refused:
        wire.decode(data)
    assert refused.value.code == "bad_answer"


def test_an_error_that_is_none_is_refused() -> None:
    plain = {"kind": "InputError", "code": "x", "message": "m", "fields": {}}
    assert wire.error_from_json(plain).code == "x"  # type: ignore[arg-type]
    for change in ({"kind": "SystemExit"}, {"code": 1}, {"fields": []}, {"message": None}):
        with pytest.raises(MachineError) as refused:
            wire.error_from_json(plain | change)  # type: ignore[arg-type,operator]
        assert refused.value.code == "bad_answer"


KEY, HOLDER, SESSION = bytes(range(32)), "0123456789abcdef" * 2, "A-_" + "z" * 19


def test_a_ticket_says_what_it_was_made_of_until_it_is_over() -> None:
    ticket = tickets.make(KEY, HOLDER, SESSION, AT)
    found = tickets.read(KEY, ticket, AT.replace(hour=1))
    assert (found.holder, found.session, found.expires) == (HOLDER, SESSION, AT)
    with pytest.raises(ValueError, match="does not hold"):
        tickets.read(KEY, ticket, AT)


def test_any_changed_character_of_a_ticket_is_refused() -> None:
    ticket = tickets.make(KEY, HOLDER, SESSION, AT)
    before = AT.replace(hour=1)
    for place, character in enumerate(ticket):
        for other in "0A-.":
            if other != character:
                with pytest.raises(ValueError, match="does not hold"):
                    tickets.read(KEY, ticket[:place] + other + ticket[place + 1 :], before)
    for other in (ticket + "A", ticket[:-1], "", ticket * 100, ticket.replace("v1", "v2"), f" {ticket}", f"{ticket}\n"):
        with pytest.raises(ValueError, match="does not hold"):
            tickets.read(KEY, other, before)
    with pytest.raises(ValueError, match="does not hold"):
        tickets.read(bytes(32), ticket, before)


@pytest.mark.parametrize(
    ("key", "holder", "session", "expires"),
    [
        (KEY[:-1], HOLDER, SESSION, AT),
        (KEY, HOLDER.upper(), SESSION, AT),
        (KEY, HOLDER[:-1], SESSION, AT),
        (KEY, HOLDER, SESSION + ".", AT),
        (KEY, HOLDER, SESSION, AT.replace(tzinfo=None)),
    ],
)
def test_a_ticket_of_another_form_is_not_made(key: bytes, holder: str, session: str, expires: datetime) -> None:
    with pytest.raises(ValueError, match="ticket"):
        tickets.make(key, holder, session, expires)
