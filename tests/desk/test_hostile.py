"""What a stranger, another holder, another site and somebody who signed out get of the desk: nothing."""

from __future__ import annotations

import re

import httpx
import pytest

from issuer.desk.app import FOR_ALL, SIGNED_IN
from issuer.desk.headers import MAX_BODY, fault_of
from issuer.desk.jobs import KEPT
from tests.support.desks import DESK, LI, WANG, StandIn, Visitor

NUMBER = "99000020262000001"
NOTICE = "99000020232000007-2"
_FIELD = re.compile(r"\{(\w+)\}")
FORMS = {
    "/requests/new/{kind}": {"text": "请更正", "subject": "姓名"},
    "/sign-ins/end": {"session": "AAAAAAAAAAAAAAAAAAAAAA"},
}
POSTS = [path for method, path, _ in (*FOR_ALL, *SIGNED_IN) if method == "POST"]


def owned(visitor: Visitor) -> dict[str, str]:
    """Identifiers of what a holder has: a certificate, a job, a request."""
    page = visitor.page_of("99000020262000009" if visitor.get("/certificates").text.count(LI.name) else NUMBER)
    job = visitor.post(f"{page}/document").headers["location"].rpartition("/")[2]
    asked = visitor.post("/requests/new/correction", {"text": "请更正"}).headers["location"].rpartition("/")[2]
    return {"handle": page.rpartition("/")[2], "job": job, "request": asked, "kind": "document.pdf", "notice": NOTICE}


def send(visitor: Visitor, method: str, path: str, form: dict[str, str]) -> httpx.Response:
    """A request that a page of the desk could have made."""
    extra = {"data": form} if method == "POST" else {}
    return visitor.ask(method, path, headers={"Origin": DESK}, **extra)


def filled(path: str, values: dict[str, str]) -> str:
    return _FIELD.sub(lambda found: values[found[1]], path)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in SIGNED_IN])
def test_without_a_session_there_is_nothing(desk: StandIn, li: Visitor, method: str, path: str) -> None:
    values = owned(li) | ({"kind": "correction"} if "requests" in path else {})
    stranger = desk.visitor()
    answer = send(stranger, method, filled(path, values), FORMS.get(path, {}))
    assert answer.status_code == (303 if method == "GET" else 401)
    assert answer.headers.get("location", "/sign-in") == "/sign-in"
    assert LI.name not in answer.text
    assert desk.unlock.documents == set()


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in SIGNED_IN])
def test_an_ended_session_gets_nothing(desk: StandIn, li: Visitor, method: str, path: str) -> None:
    values = owned(li) | ({"kind": "correction"} if "requests" in path else {})
    ended = desk.visitor()
    ended.cookies = dict(li.cookies)
    li.post("/sign-out")
    answer = send(ended, method, filled(path, values), FORMS.get(path, {}))
    assert answer.status_code == 401
    assert LI.name not in answer.text
    assert "99000020262000009" not in answer.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path"), [each[:2] for each in SIGNED_IN if _FIELD.search(each[1]) and "/new/" not in each[1]]
)
def test_identifiers_of_another_holder_are_answered_as_unknown_ones(
    desk: StandIn, li: Visitor, method: str, path: str
) -> None:
    theirs = owned(li)
    wang = desk.visitor()
    wang.sign_in(WANG)
    unknown = {"handle": "AAAAAAAAAAAA", "job": "A" * 22, "request": "A" * 22, "kind": "document.pdf"}
    unknown["notice"] = "99000020262000099-2"
    got = [send(wang, method, filled(path, values), {}) for values in (theirs, unknown)]
    assert [answer.status_code for answer in got] == [404, 404]
    texts = [
        answer.text.replace(filled(path, values), "") for answer, values in zip(got, (theirs, unknown), strict=True)
    ]
    assert texts[0] == texts[1]


def test_a_request_names_no_certificate_of_another_holder(desk: StandIn, li: Visitor) -> None:
    handle = li.page_of(NUMBER).rpartition("/")[2]
    wang = desk.visitor()
    wang.sign_in(WANG)
    asked = wang.post("/requests/new/correction", {"text": "请更正", "certificate": handle})
    assert NUMBER not in wang.get(asked.headers["location"]).text


FOREIGN = (
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": DESK, "Sec-Fetch-Site": "cross-site"},
    {"Origin": DESK, "Sec-Fetch-Site": "same-site"},
    {"Origin": DESK, "Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": DESK + ".evil.example"},
    {"Origin": "null"},
    {},
)


@pytest.mark.slow
@pytest.mark.parametrize("path", POSTS)
def test_a_form_of_another_site_does_nothing(li: Visitor, path: str) -> None:
    target = filled(path, {"kind": "correction", "handle": li.page_of(NUMBER).rpartition("/")[2]})
    for headers in FOREIGN:
        answer = li.ask("POST", target, headers=headers, data=FORMS.get(path, {"language": "en", "text": "large"}))
        assert (headers, answer.status_code) == (headers, 403)
        assert "set-cookie" not in answer.headers
    assert li.get("/certificates").status_code == 200
    assert "您还没有提出过申请" in li.get("/requests").text


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(headers.values()) or "neither")
def test_what_another_site_sends_is_told_by_its_headers(headers: dict[str, str]) -> None:
    own = {b"content-type": b"application/x-www-form-urlencoded", b"content-length": b"1"}
    sent = own | {name.lower().encode(): value.encode() for name, value in headers.items()}
    assert fault_of(sent, DESK.encode()) == "foreign_origin"
    assert fault_of(own | {b"origin": DESK.encode()}, DESK.encode()) is None
    assert fault_of(own | {b"sec-fetch-site": b"same-origin"}, DESK.encode()) is None


def test_an_old_browser_that_says_its_origin_alone_is_served(li: Visitor) -> None:
    answer = li.ask("POST", "/language", headers={"Origin": DESK}, data={"language": "en"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_what_is_no_form_is_refused(li: Visitor, headers: dict[str, str], status: int) -> None:
    answer = li.ask("POST", "/requests/new/correction", headers={"Origin": DESK} | headers, content=b"text=a")
    assert answer.status_code == status


def test_a_form_that_is_too_long_is_refused(li: Visitor) -> None:
    assert li.post("/requests/new/correction", {"text": "a" * MAX_BODY}).status_code == 413


def test_a_body_of_unknown_length_is_refused() -> None:
    headers = {b"origin": DESK.encode(), b"content-type": b"application/x-www-form-urlencoded"}
    assert fault_of(headers, DESK.encode()) == "form_too_long"
    assert fault_of(headers | {b"content-length": b"9"}, DESK.encode()) is None


@pytest.mark.parametrize("path", ["/certificates", "/held", "/held/export.json", "/requests", "/sign-ins", "/sign-in"])
def test_every_page_is_kept_by_nobody_and_loads_nothing_foreign(li: Visitor, path: str) -> None:
    headers = li.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "script-src" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "/a?b=c", "javascript:1"]
)
def test_nobody_is_led_to_another_site(desk: StandIn, back: str) -> None:
    answer = desk.visitor().post("/language", {"language": "en", "back": back})
    assert answer.headers["location"] == "/"


def test_a_name_with_markup_is_text(desk: StandIn) -> None:
    li = desk.visitor()
    li.sign_in(LI)
    asked = li.post("/requests/new/correction", {"text": "<script>alert(1)</script>", "subject": '"><b>'})
    page = li.get(asked.headers["location"]).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_jobs_that_are_over_are_kept_no_longer_than_a_session() -> None:
    assert KEPT.total_seconds() <= 12 * 3600
