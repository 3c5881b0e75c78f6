"""Time-stamps by commands: a service is named, documents wait for it, and are sealed when it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support import Shell
from tests.support.clock import NOW
from tests.support.stamping import TimestampService

TIME_STAMP = b"060B2A864886F70D010910020E"
"""The attribute, in the digits of a seal."""


@pytest.fixture
def service() -> Iterator[TimestampService]:
    with TimestampService(NOW) as running:
        yield running


def named(office: Shell, service: TimestampService, tmp_path: Path) -> dict[str, object]:
    root = tmp_path / "tsa-root.pem"
    root.write_bytes(service.above.anchor)
    words = ("--url", service.url, "--trust-anchor", str(root), "--seconds", "2")
    told: dict[str, object] = office.json("home", "timestamps", *words)["timestamps"]
    return told


@pytest.mark.slow
def test_a_document_waits_for_its_time_stamp_and_gets_it(
    office: Shell, service: TimestampService, tmp_path: Path
) -> None:
    assert office.json("home", "timestamps")["timestamps"] is None
    assert named(office, service, tmp_path)["url"] == service.url
    number = office.json("certificate", "list")["certificates"][0]["number"]
    service.status = 503
    refused = office("document", "make", number, "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "timestamp_unanswered")
    assert "document waiting" in refused.data["error"]["next"]
    [waiting] = office.json("document", "waiting")["waiting"]
    assert (waiting["object"], waiting["reason"], waiting["late"]) == (number, "timestamp_unanswered", False)
    assert "时间戳服务没有回答" in office("document", "waiting").out
    service.status = 200
    document = Path(office.json("document", "make", number)["document"])
    assert TIME_STAMP in document.read_bytes()
    assert office.json("document", "waiting")["waiting"] == []
    assert office.json("verify", str(document))["outcome"] in {"valid", "withdrawn"}
    assert office.json("home", "timestamps", "--none")["timestamps"] is None
    assert TIME_STAMP not in Path(office.json("document", "make", number)["document"]).read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("--url", "https://tsa.example/"),
        ("--url", "https://tsa.example/", "--none", "--trust-anchor", "ROOT"),
        ("--url", "ftp://tsa.example/", "--trust-anchor", "ROOT"),
        ("--url", "https://tsa.example/", "--trust-anchor", "ROOT", "--policy", "ours"),
        ("--url", "https://tsa.example/", "--trust-anchor", "ROOT", "--user", "office"),
    ],
)
def test_what_names_no_service_is_usage(
    words: tuple[str, ...], office: Shell, service: TimestampService, tmp_path: Path
) -> None:
    root = tmp_path / "tsa-root.pem"
    root.write_bytes(service.above.anchor)
    ended = office("home", "timestamps", *(str(root) if word == "ROOT" else word for word in words), "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "timestamp_options")
    assert office.json("home", "timestamps")["timestamps"] is None
