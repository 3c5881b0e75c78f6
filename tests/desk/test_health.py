"""The desk says whether it runs and whether it can serve, and counts without what a holder chose."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import generate_latest

from issuer.desk import health
from issuer.desk.app import FOR_ALL, SIGNED_IN, create_app
from issuer.desk.metrics import DESK_AREAS, DeskMetrics
from issuer.unlock.client import Unlock
from tests.support.desks import StandIn
from tests.support.web import Client
from tests.unlock.test_server import raw


def test_it_runs_without_the_unlock_service_and_is_not_ready(desk: StandIn) -> None:
    visitor = desk.visitor()
    assert visitor.get("/health").json() == {"status": "ok"}
    found = visitor.get("/ready")
    assert (found.status_code, found.json()) == (503, {"ready": False, "why": "unlock_gone"})


@pytest.mark.usefixtures("issued")
def test_it_is_ready_when_the_unlock_service_listens(unlock: Unlock, socket_path: Path) -> None:
    assert isinstance(unlock, Unlock)
    assert health.why_not(socket_path) == ""
    assert health.why_not(socket_path.with_name("nobody.sock")) == "unlock_gone"


def test_answers_are_counted_by_areas_of_this_desk(desk: StandIn) -> None:
    metrics = DeskMetrics()
    app = create_app(desk.settings, store=desk.store, unlock=desk.unlock, clock=desk.clock, answered=metrics.answered)
    client = Client(app)
    client.get("/sign-in")
    client.get("/certificates/99000020262000018")
    client.get("/张三/11010519491231002X")
    client.get("/")
    value = metrics.registry.get_sample_value
    name = "titlecert_desk_requests_total"
    assert value(name, {"area": "sign-in", "method": "GET", "status": "200"}) == 1
    assert value(name, {"area": "other", "method": "GET", "status": "404"}) == 1
    told = generate_latest(metrics.registry).decode()
    assert 'area="first"' in told
    assert not any(each in told for each in ("99000020262000018", "张三", "11010519491231002X"))


def test_every_address_of_the_desk_has_its_area() -> None:
    firsts = {path.strip("/").partition("/")[0] for _, path, _ in (*FOR_ALL, *SIGNED_IN)} - {""}
    assert firsts | {"static", "health", "ready"} == DESK_AREAS


def test_the_unlock_service_says_whether_it_runs_and_whether_the_register_answers(
    unlock: Unlock, socket_path: Path
) -> None:
    assert isinstance(unlock, Unlock)
    for path in ("/v1/health", "/v1/ready"):
        answer = raw(socket_path, f"GET {path} HTTP/1.1\r\nHost: unlock\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"ready":true' in answer
    assert raw(socket_path, b"GET /v1/view HTTP/1.1\r\nHost: unlock\r\n\r\n").startswith(b"HTTP/1.1 404")
