"""Sessions: what a cookie opens, for how long, and what is left of it in the database."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from issuer.desk import sealing, sessions
from issuer.desk.db.tables import sessions as table
from issuer.errors import TamperedError
from issuer.vault import Vault
from tests.support.desks import LI, WANG, StandIn, Visitor, stored_bytes

pytestmark = pytest.mark.postgres


def signed_in(visitor: Visitor) -> bool:
    """Whether the desk shows certificates to this visitor."""
    return visitor.get("/certificates").status_code == 200


def test_a_cookie_is_for_http_and_this_site_alone(desk: StandIn) -> None:
    cookie = desk.visitor().sign_in(LI).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "Max-Age" not in cookie


def test_over_tls_a_cookie_is_for_tls_and_this_host_alone(tmp_path) -> None:
    desk = StandIn(tmp_path, origin="https://desk.example")
    form = {"id_type": "citizen", "id_number": LI.id_number, "code": LI.code}
    answer = desk.visitor().post("/sign-in", form, Origin="https://desk.example")
    assert answer.headers["set-cookie"].startswith("__Host-desk=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    desk.close()


def test_a_session_lasts_as_long_as_its_ticket(desk: StandIn, li: Visitor) -> None:
    desk.clock.move(minutes=29)
    assert signed_in(li)
    desk.clock.move(minutes=1)
    assert not signed_in(li)


def test_a_cookie_opens_nothing_when_its_ticket_is_over(desk: StandIn, li: Visitor) -> None:
    """Whatever the unlock service would say to the ticket."""
    desk.clock.move(minutes=30)
    with desk.store.read() as connection:
        assert sessions.find(connection, li.cookies["desk"], desk.settings, now=desk.clock()) is None
        before = desk.clock() - timedelta(seconds=1)
        assert sessions.find(connection, li.cookies["desk"], desk.settings, now=before) is not None


def test_a_session_that_nobody_uses_ends(tmp_path) -> None:
    desk = StandIn(tmp_path)
    desk.unlock.lasts = timedelta(hours=12)
    visitor = desk.visitor()
    visitor.sign_in(LI)
    for _ in range(3):
        desk.clock.move(minutes=110)
        assert signed_in(visitor)
    desk.clock.move(minutes=120)
    assert not signed_in(visitor)
    desk.close()


def test_a_cookie_is_replaced_and_the_old_one_is_good_for_a_minute(desk: StandIn, li: Visitor) -> None:
    old = dict(li.cookies)
    desk.clock.move(minutes=15)
    assert signed_in(li)
    assert li.cookies["desk"] != old["desk"]
    late = desk.visitor()
    late.cookies = dict(old)
    desk.clock.move(seconds=59)
    assert signed_in(late)
    assert late.cookies == old, "a cookie that was replaced brings no new one"
    desk.clock.move(seconds=1)
    assert not signed_in(late)
    assert signed_in(li)


def test_signing_out_ends_the_cookies_before_too(desk: StandIn, li: Visitor) -> None:
    old = desk.visitor()
    old.cookies = dict(li.cookies)
    desk.clock.move(minutes=15)
    li.get("/certificates")
    new = desk.visitor()
    new.cookies = dict(li.cookies)
    assert li.post("/sign-out").status_code == 200
    assert li.cookies.get("desk") is None
    assert not signed_in(old)
    assert not signed_in(new)


def test_signing_out_ends_the_ticket(desk: StandIn, li: Visitor) -> None:
    li.post("/sign-out")
    [expires] = desk.unlock.expires.values()
    assert expires == desk.clock()


def test_a_ticket_that_is_refused_ends_the_session_here(desk: StandIn, li: Visitor) -> None:
    [ticket] = desk.unlock.tickets
    desk.unlock.end(ticket)
    answer = li.get("/certificates")
    assert answer.status_code == 401
    assert "登录已结束" in answer.text
    with desk.store.read() as connection:
        [row] = connection.execute(select(table)).all()
    assert (row.sealed, row.ticket, row.device) == (None, None, None)


def test_sign_ins_are_listed_and_ended_from_another_device(desk: StandIn, li: Visitor) -> None:
    desk.clock.move(seconds=1)
    other = desk.visitor(agent="Mozilla/5.0 (Windows NT 10.0) Firefox/128.0")
    other.sign_in(LI)
    page = li.get("/sign-ins").text
    assert "Chrome · Android" in page
    assert "Firefox · Windows" in page
    with desk.store.read() as connection:
        begun = connection.scalars(select(table.c.session).order_by(table.c.begun)).all()
    assert li.post("/sign-ins/end", {"session": begun[1]}).status_code == 303
    assert not signed_in(other)
    assert signed_in(li)
    assert "Firefox" not in li.get("/sign-ins").text


def test_nobody_ends_the_session_of_another_holder(desk: StandIn, li: Visitor) -> None:
    wang = desk.visitor()
    wang.sign_in(WANG)
    with desk.store.read() as connection:
        for session in connection.scalars(select(table.c.session)):
            if session not in wang.get("/sign-ins").text:
                assert wang.post("/sign-ins/end", {"session": session}).status_code == 404
    assert signed_in(li)


def test_a_new_sign_in_ends_the_one_before(desk: StandIn, li: Visitor) -> None:
    before = desk.visitor()
    before.cookies = dict(li.cookies)
    li.sign_in(WANG)
    assert not signed_in(before)
    assert "王五" in li.get("/certificates").text


def test_a_stolen_database_opens_nothing(desk: StandIn, li: Visitor) -> None:
    li.post("/requests/new/correction", {"text": "应为李晓吉", "subject": "姓名", "contact": "13911112222"})
    li.post(f"{li.page_of('99000020262000009')}/document")
    stolen = stored_bytes(desk.store)
    told = [
        LI.name, LI.id_number, LI.code, "99000020262000009", "应为李晓吉", "13911112222", "Chrome", li.cookies["desk"],
    ]  # fmt: skip
    secrets = [LI.data_key, LI.data_key.hex().encode(), *(each.encode() for each in told)]
    assert not [each for each in secrets if each in stolen]


def test_rows_of_two_holders_cannot_be_exchanged(desk: StandIn, li: Visitor) -> None:
    wang = desk.visitor()
    wang.sign_in(WANG)
    with desk.store.write() as connection:
        rows = {row.token: row for row in connection.execute(select(table))}
        mine = sealing.token_digest(li.cookies["desk"])
        theirs = next(row for token, row in rows.items() if token != mine)
        connection.execute(update(table).where(table.c.token == mine).values(sealed=theirs.sealed))
    assert not signed_in(li)


@pytest.mark.parametrize("cookie", ["", "x", "A" * 42, "A" * 44, "A" * 43 + "=", "é" * 43, "A" * 4000])
def test_what_can_be_no_cookie_opens_nothing(desk: StandIn, cookie: str) -> None:
    assert sealing.token_digest(cookie) is None
    with desk.store.read() as connection:
        assert sessions.find(connection, cookie, desk.settings, now=desk.clock()) is None


def test_what_is_over_is_swept(desk: StandIn, li: Visitor) -> None:
    assert signed_in(li)
    desk.clock.move(minutes=30)
    with desk.store.write() as connection:
        assert sessions.sweep(connection, now=desk.clock()) == 1


def test_what_the_desk_seals_the_office_opens() -> None:
    vault = Vault(kek=bytes(32), index_key=bytes(range(32)))
    key, wrapped = vault.new_key(table="holders", row="h")
    plain = vault.unwrap_bytes(wrapped, table="holders", row="h")
    place = {"table": "desk_requests", "column": "sealed", "row": "r"}
    assert key.open(sealing.seal(plain, b"asked", **place), **place) == b"asked"
    assert sealing.unseal(plain, key.seal(b"answer", **place), **place) == b"answer"
    with pytest.raises(TamperedError) as refused:
        sealing.unseal(plain, key.seal(b"answer", **place), **(place | {"row": "s"}))
    assert refused.value.code == "sealed_altered"


def test_a_handle_is_the_same_for_its_holder_and_another_for_others() -> None:
    number = "99000020262000001"
    one, other = (sealing.handle_of(bytes([each]) * 32, number) for each in (1, 2))
    assert one == sealing.handle_of(bytes([1]) * 32, number)
    assert one != other
    assert number not in json.dumps([one, other])
