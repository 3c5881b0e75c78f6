"""The plain form and its answer: what a browser without scripts, or too old for ours, gets."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from credential.history import EventKind, Reason
from tests.support.web import Client
from tests.support.world import NOW, ORIGIN, Certificate, World
from verifier.app import create_app
from verifier.settings import Settings

WORLD = World()
VALID = WORLD.issue(name="王䶮")
WITHDRAWN = WORLD.issue()
WORLD.append(WITHDRAWN, EventKind.WITHDRAWN, reason=Reason.FRAUD)
FORGED = WORLD.issue()
FORGED.registered = False
MARKED = WORLD.issue(specialty="<b>建筑</b>&\"'")
WORLD.publish()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = tmp_path_factory.mktemp("publication")
    WORLD.write(folder)
    settings = Settings(publication=str(folder), trust_root=WORLD.pinned_root, origin=ORIGIN, serve_publication=True)
    return Client(create_app(settings, clock=lambda: NOW))


class Shape(HTMLParser):
    """Whether every element is closed in its order, and what stands in the page."""

    VOID = frozenset({"meta", "link", "br", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def ask(client: Client, asked: str) -> str:
    """The page that answers."""
    answer = client.post("/v/ask", data={"asked": asked})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    shape = Shape(answer.text)
    assert shape.open == []
    assert {tag for tag, _ in shape.tags}.isdisjoint({"script", "img", "iframe", "form", "style"})
    return answer.text


def outcome(page: str) -> tuple[str, ...]:
    (found,) = re.findall(r'data-outcome="(\w+)" data-reason="(\w+)"', page)
    return tuple(found)


@pytest.mark.parametrize("asked", [VALID.grouped_code, VALID.check_code.lower(), VALID.qr_text, f" {VALID.qr_text}\n"])
def test_a_valid_certificate_is_told_with_its_facts_in_both_languages(client: Client, asked: str) -> None:
    page = ask(client, asked)
    assert outcome(page) == ("valid", "in_force")
    for expected in ("有效", "Valid", "王䶮", "002X", "高级工程师", "示范省工程系列高级职称评审委员会", "2026-06-30"):
        assert expected in page
    assert page.index('data-statement="genuine"') < page.index('data-fact="name"')
    assert "演示系统" in page
    assert "Demonstration" in page


@pytest.mark.parametrize(
    ("certificate", "expected", "told"),
    [
        (WITHDRAWN, ("withdrawn", "withdrawn"), ("已撤销", "Withdrawn", "申报材料弄虚作假", "2026-11-21")),
        (FORGED, ("not_authentic", "unregistered"), ("没有得到证实", "not proven")),
    ],
    ids=["withdrawn", "unregistered"],
)
def test_what_is_not_in_order_says_so_and_what_to_do(
    client: Client, certificate: Certificate, expected: tuple[str, str], told: tuple[str, ...]
) -> None:
    page = ask(client, certificate.qr_text)
    assert outcome(page) == expected
    assert [each for each in told if each not in page] == []
    assert "接下来" in page
    assert "What to do next" in page


@pytest.mark.parametrize("asked", ["", "   ", "hello", "<script>alert(1)</script>", "x" * 2000, VALID.qr_text[:-1]])
def test_what_is_no_certificate_is_answered_and_not_repeated(client: Client, asked: str) -> None:
    page = ask(client, asked)
    assert outcome(page)[0] in {"malformed", "not_authentic"}
    assert not asked.strip() or asked not in page


def test_what_a_certificate_says_is_never_markup(client: Client) -> None:
    page = ask(client, MARKED.qr_text)
    assert "<b>" not in page
    assert "&lt;b&gt;建筑&lt;/b&gt;&amp;&quot;&#x27;" in page


def test_another_host_is_warned_of_in_front_of_the_answer(client: Client) -> None:
    page = ask(client, VALID.qr_text.replace(ORIGIN, "https://zc.example.net"))
    assert page.index("zc.example.net") < page.index("data-outcome")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {"asked": "x"}}, 415),
        ({"content": b"asked=x", "headers": {"content-type": "text/plain"}}, 415),
        ({"data": {"asked": "x" * 20000}}, 413),
    ],
)
def test_what_no_form_sends_is_refused(client: Client, request_: dict[str, Any], status: int) -> None:
    assert client.post("/v/ask", **request_).status_code == status


@pytest.mark.parametrize("body", [b"", b"other=1", b"asked=%FF%FE", b"asked=1&asked=2&x=3", b"\xff\xfe"])
def test_an_odd_form_asks_for_nothing(client: Client, body: bytes) -> None:
    answer = client.post("/v/ask", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 200
    assert outcome(answer.text)[0] == "malformed"


def test_to_open_the_address_of_the_answer_is_no_question(client: Client) -> None:
    assert client.get("/v/ask").status_code in {404, 405}


def test_what_was_asked_is_in_no_log(client: Client, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    ask(client, VALID.qr_text)
    ask(client, VALID.grouped_code)
    assert VALID.qr_text[-40:] not in caplog.text
    assert VALID.check_code not in caplog.text.replace("-", "")
    assert list(tmp_path.iterdir()) == []
