"""Signing in with an account elsewhere: the code flow, bound to one browser; with a real provider and without."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from issuer.desk import oidc
from issuer.desk.app import create_app
from issuer.desk.db.store import DeskStore
from issuer.desk.settings import DeskSettings
from issuer.unlock.client import Unlock
from issuer.unlock.model import Begun
from issuer.unlock.running import listening
from tests.outsiders import test_npm_provider as provider
from tests.support.desks import DESK, LI, VERIFIER, StandIn, Visitor
from tests.support.office import APPROVED, DemoOffice, batch_drafts

BACK = f"{DESK}/sign-in/back"


def link_of(page: str) -> str:
    """Where a person is sent."""
    found = re.search(r'<a class="button" href="(http[^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


@pytest.fixture
def real(issued: DemoOffice, socket_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """A visitor of a desk with the real unlock service and a real provider, at which the first holder signs in."""
    monkeypatch.setattr(provider, "REDIRECT", BACK)
    issued.clock.now = datetime.now(UTC)
    draft = batch_drafts(issued, APPROVED)[0]
    with provider.running({"a": {"name": draft.name, "id_number": draft.id_number}}, "a") as issuer:
        text = f'[unlock]\nsocket = "{socket_path}"\n[oidc]\nissuer = "{issuer}"\nclient_id = "titlecert"\n'
        issued.home.holders.write_text(f'{text}id_type = "citizen"\n', "utf-8")
        with listening(issued.opened) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            store = DeskStore.create(tmp_path / "desk.sqlite3")
            settings = DeskSettings(
                origin=DESK, verifier=VERIFIER, database=tmp_path / "desk.sqlite3", socket=socket_path, oidc=True
            )
            try:
                yield Visitor(create_app(settings, store=store, unlock=Unlock(socket_path), clock=issued.clock))
            finally:
                server.shutdown()
                thread.join()
                store.close()


@pytest.mark.outsider
@pytest.mark.slow
def test_a_holder_signs_in_at_a_real_provider_and_comes_back(real: Visitor, issued: DemoOffice) -> None:
    address = link_of(real.post("/sign-in/account").text)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK]
    with httpx.Client(trust_env=False) as browser:
        for _ in range(8):
            if address.startswith(BACK):
                break
            answer = browser.get(address)
            address = str(answer.url.join(answer.headers["location"]))
    came_back = address.removeprefix(DESK)
    stranger = Visitor(real._app)
    assert "desk" not in stranger.cookies
    assert stranger.get(came_back).status_code == 403, "another browser cannot finish it, and it is gone then"
    assert real.get(came_back).status_code == 403

    address = link_of(real.post("/sign-in/account").text)
    with httpx.Client(trust_env=False) as browser:
        while not address.startswith(BACK):
            answer = browser.get(address)
            address = str(answer.url.join(answer.headers["location"]))
    done = real.get(address.removeprefix(DESK))
    assert done.status_code == 200
    assert "您已登录" in done.text
    assert batch_drafts(issued, APPROVED)[0].name in real.get("/certificates").text
    assert real.get(address.removeprefix(DESK)).status_code == 403, "a state is good once"


# Without a provider


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[StandIn]:
    """A desk whose unlock service knows a provider; nobody listens there."""
    desk = StandIn(tmp_path, oidc=True)
    desk.unlock.oidc = Begun(
        nonce="n" * 22,
        expires=desk.clock() + timedelta(minutes=10),
        issuer="http://127.0.0.1:1",
        authorization_endpoint="http://127.0.0.1:1/auth",
        token_endpoint="http://127.0.0.1:1/token",
        client_id="titlecert",
        scopes=("openid", "profile"),
    )
    yield desk
    desk.close()


def state_of(visitor: Visitor) -> str:
    query = parse_qs(urlsplit(link_of(visitor.post("/sign-in/account").text)).query)
    assert query["nonce"] == ["n" * 22]
    assert query["scope"] == ["openid profile"]
    return query["state"][0]


def back(visitor: Visitor, **query: str) -> httpx.Response:
    return visitor.get(f"/sign-in/back?{urlencode(query)}")


def given(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | Exception) -> list[httpx.Request]:
    """Let the token endpoint answer; returns what it is asked."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    real_client = httpx.Client

    def client(**options: object) -> httpx.Client:
        return real_client(transport=httpx.MockTransport(handle), **options)  # type: ignore[arg-type]

    monkeypatch.setattr(oidc.httpx, "Client", client)
    return asked


def test_the_token_is_handed_on_with_the_nonce_that_was_issued(begun: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = given(monkeypatch, httpx.Response(200, json={"id_token": f"token of {LI.id_number}"}))
    visitor = begun.visitor()
    assert back(visitor, state=state_of(visitor), code="c", iss="http://127.0.0.1:1").status_code == 200
    assert begun.unlock.tokens == [(f"token of {LI.id_number}", "n" * 22)]
    form = parse_qs(asked[0].content.decode())
    assert (form["code"], form["client_id"], form["redirect_uri"]) == (["c"], ["titlecert"], [BACK])
    assert "authorization" not in asked[0].headers
    assert LI.name in visitor.get("/certificates").text


def test_another_browser_finishes_nothing(begun: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, httpx.Response(200, json={"id_token": f"token of {LI.id_number}"}))
    state = state_of(begun.visitor())
    other = begun.visitor()
    state_of(other)  # it has a cookie of its own
    answer = back(other, state=state, code="c")
    assert (answer.status_code, begun.unlock.tokens) == (403, [])
    assert "desk" not in other.cookies


def test_a_desk_with_a_secret_shows_it_in_the_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = StandIn(tmp_path, oidc=True, client_secret="p/q r")
    desk.unlock.oidc = Begun(
        nonce="n" * 22, expires=desk.clock() + timedelta(minutes=10), issuer="http://127.0.0.1:1",
        authorization_endpoint="http://127.0.0.1:1/auth", token_endpoint="http://127.0.0.1:1/token",
        client_id="titlecert", scopes=("openid",),
    )  # fmt: skip
    asked = given(monkeypatch, httpx.Response(200, json={"id_token": "x"}))
    visitor = desk.visitor()
    query = parse_qs(urlsplit(link_of(visitor.post("/sign-in/account").text)).query)
    back(visitor, state=query["state"][0], code="c")
    basic = httpx.BasicAuth("titlecert", "p%2Fq%20r")
    assert (
        asked[0].headers["authorization"]
        == next(basic.auth_flow(httpx.Request("GET", "http://x"))).headers["authorization"]
    )
    assert "client_id" not in parse_qs(asked[0].content.decode())
    desk.close()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"error": "access_denied"}, "没有登录成功"),
        ({}, "没有登录成功"),
        ({"code": "c", "iss": "http://evil.example"}, "已经过期"),
        ({"code": "c", "state": "A" * 43}, "已经过期"),
        ({"code": "c", "state": "short"}, "已经过期"),
    ],
)
def test_what_comes_back_wrong_signs_nobody_in(begun: StandIn, query: dict[str, str], said: str) -> None:
    visitor = begun.visitor()
    answer = back(visitor, **({"state": state_of(visitor)} | query))
    assert (answer.status_code, said in answer.text) == (403, True)
    assert "desk" not in visitor.cookies
    assert begun.unlock.tokens == []


def test_a_sign_in_that_took_too_long_is_over(begun: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, httpx.Response(200, json={"id_token": f"token of {LI.id_number}"}))
    visitor = begun.visitor()
    state = state_of(visitor)
    begun.clock.move(minutes=10)
    assert back(visitor, state=state, code="c").status_code == 403


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), "没有登录成功"),
        (httpx.Response(200, json={"access_token": "a"}), "没有登录成功"),
        (httpx.Response(200, json=["id_token"]), "没有登录成功"),
        (httpx.Response(200, content=b"{"), "没有登录成功"),
        (httpx.Response(502), "连不上"),
        (httpx.ConnectError("nobody"), "连不上"),
    ],
)
def test_what_a_provider_answers_wrong_is_told(
    begun: StandIn, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | Exception, said: str
) -> None:
    given(monkeypatch, answer)
    visitor = begun.visitor()
    shown = back(visitor, state=state_of(visitor), code="c")
    assert said in shown.text
    assert "desk" not in visitor.cookies


def test_what_was_begun_is_sealed_under_the_browsers_cookie(begun: StandIn) -> None:
    from tests.support.desks import stored_bytes

    visitor = begun.visitor()
    state = state_of(visitor)
    stored = stored_bytes(begun.store)
    assert state.encode() not in stored
    assert b"n" * 22 not in stored
    assert visitor.cookies[oidc.COOKIE].encode() not in stored


def test_without_a_provider_there_is_no_such_way(desk: StandIn) -> None:
    answer = desk.visitor().post("/sign-in/account")
    assert (answer.status_code, "不能用账号登录" in answer.text) == (404, True)
    assert "统一身份认证" not in desk.visitor().get("/sign-in").text
