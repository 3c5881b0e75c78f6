"""What the verifier counts, and that no label takes what a visitor chose; readiness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from credential.outcomes import Outcome, Reason
from tests.support.web import Client
from tests.support.world import NOW, ORIGIN, World
from verifier.app import create_app
from verifier.metrics import Metrics
from verifier.settings import Settings

WORLD = World()
CERTIFICATE = WORLD.issue()
FILES = WORLD.publish()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("publication")
    WORLD.write(place)
    return place


def made(folder: Path) -> tuple[Client, Metrics, Any]:
    """A client of a service that counts, what it counts, and the service."""
    metrics = Metrics.of_one_process()
    settings = Settings(publication=str(folder), trust_root=WORLD.pinned_root, origin=ORIGIN)
    app = create_app(settings, clock=lambda: NOW, metrics=metrics)
    return Client(app), metrics, app


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_answers_and_verdicts_are_counted_by_closed_lists(folder: Path) -> None:
    client, metrics, _ = made(folder)
    secret = "99000020262000018-张三"
    client.post("/v1/verify", json={"qr_text": secret})
    client.post("/v1/verify", json={"check_code": secret})
    client.get(f"/v/{secret}")
    client.get(f"/nobody/{secret}")
    client.request("PROPFIND", "/v1/verify")
    counted = value(metrics, "titlecert_verifier_requests_total", area="/v1/verify", method="POST", status="200")
    assert counted == 2
    assert value(metrics, "titlecert_verifier_requests_total", area="other", method="GET", status="404") == 1
    assert value(metrics, "titlecert_verifier_requests_total", area="/v1/verify", method="other", status="405") == 1
    told = generate_latest(metrics.registry).decode()
    assert f'outcome="{Outcome.MALFORMED.value}"' in told
    assert "99000020262000018" not in told
    assert "张三" not in told
    words = {each.value for each in Outcome} | {each.value for each in Reason}
    for family in metrics.registry.collect():
        for sample in family.samples:
            labels = {name: word for name, word in sample.labels.items() if name in {"outcome", "reason"}}
            assert set(labels.values()) <= words


def test_the_age_and_the_end_of_the_snapshot_are_told_or_that_it_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    _, metrics, _ = made(folder)
    assert value(metrics, "titlecert_publication_readable") == 1
    age, left = (value(metrics, f"titlecert_snapshot_{each}_seconds") for each in ("age", "left"))
    assert age is not None
    assert left is not None
    assert 0 <= age < left
    _, metrics, _ = made(tmp_path)
    assert value(metrics, "titlecert_publication_readable") == 0
    assert value(metrics, "titlecert_snapshot_age_seconds") is None


def test_ready_is_200_while_the_publication_can_be_read_and_503_else(folder: Path, tmp_path: Path) -> None:
    client, _, app = made(folder)
    found = client.get("/v1/ready")
    assert (found.status_code, found.json()) == (200, {"ready": True, "publication": "fresh"})
    assert app.state.publication() == "fresh"
    client, _, app = made(tmp_path)
    found = client.get("/v1/ready")
    assert (found.status_code, found.json()["ready"]) == (503, False)
    assert app.state.publication() == found.json()["publication"] != "fresh"
    assert client.get("/v1/health").status_code == 200, "it runs, and is not started anew for a missing file"
    assert found.headers["cache-control"] == "no-store"
