"""What every service has around it: the port for those who watch, what systemd is told, the log for machines."""

from __future__ import annotations

import http.client
import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

from cli import logs
from cli.commands import serving_home
from cli.console import Console
from cli.errors import RefusedError, UsageError
from cli.notifying import answers, handed_sockets, listens, managed, notify
from cli.overseeing import LogForm, log_in
from cli.place import Place
from cli.tool import Tool
from cli.watching import watch_place, watched
from issuer.errors import ConflictError
from issuer.worker.worker import HeldBack
from tests.support.ports import free_port


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_the_port_for_those_who_watch_tells_health_readiness_and_metrics() -> None:
    registry = CollectorRegistry()
    Counter("titlecert_things", "Things.", registry=registry).inc(3)
    why = ""
    place = Place(host="127.0.0.1", port=free_port())
    with watched(place, registry, ready=lambda: why):
        assert get(place.port, "/health") == (200, b'{"status": "ok"}')
        assert get(place.port, "/ready")[0] == 200
        why = "publication_expired"
        status, told = get(place.port, "/ready")
        assert (status, json.loads(told)) == (503, {"ready": False, "why": "publication_expired"})
        assert b"titlecert_things_total 3.0" in get(place.port, "/metrics")[1]
        assert get(place.port, "/anything")[0] == 404
        assert answers(place, "/health")
        assert not answers(place, "/ready")
    assert not answers(place, "/health")


def test_it_is_on_loopback_unless_a_host_is_named() -> None:
    port = free_port()
    assert watch_place(str(port)) == Place(host="127.0.0.1", port=port)
    assert watch_place(None) is None
    assert watch_place("") is None
    named = watch_place(f"0.0.0.0:{port}")
    assert named is not None
    assert named.host == "0.0.0.0"  # noqa: S104 - that is what was named
    with pytest.raises(UsageError, match="HOST:PORT"):
        watch_place("nonsense")
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(RefusedError) as raised:
        watch_place(str(taken.getsockname()[1]))
    assert raised.value.code == "port_taken"


@contextmanager
def manager(address: str | bytes) -> Iterator[socket.socket]:
    """What systemd is to a service: a datagram socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(20)
        yield listening


def heard(listening: socket.socket) -> str:
    return listening.recv(200).decode()


def test_systemd_hears_ready_when_it_answers_then_the_watchdog_then_the_end(tmp_path: Path) -> None:
    answers_now = threading.Event()
    with manager(str(tmp_path / "notify")) as listening:
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "40000"}
        with managed(answers_now.is_set, told):
            listening.settimeout(0.1)
            with pytest.raises(TimeoutError):
                heard(listening)
            listening.settimeout(20)
            answers_now.set()
            assert heard(listening) == "READY=1"
            assert [heard(listening), heard(listening)] == ["WATCHDOG=1", "WATCHDOG=1"]
            answers_now.clear()
            time.sleep(0.1)
            listening.setblocking(False)
            with suppress(BlockingIOError):
                while heard(listening):  # what was sent before
                    pass
            time.sleep(0.1)
            with pytest.raises(BlockingIOError):
                heard(listening)
        listening.settimeout(20)
        assert heard(listening) == "STOPPING=1"


def test_without_a_watchdog_nobody_feeds_one_and_without_a_socket_nobody_is_told(tmp_path: Path) -> None:
    threads = threading.active_count()
    with managed(lambda: True, {}):
        assert threading.active_count() == threads
    with manager(str(tmp_path / "notify")) as listening:
        with managed(lambda: True, {"NOTIFY_SOCKET": str(tmp_path / "notify")}):
            assert heard(listening) == "READY=1"
        assert heard(listening) == "STOPPING=1"
    with managed(lambda: True, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_PID": "1", "WATCHDOG_USEC": "9"}):
        pass  # nobody listens any more, and the service goes on


def test_a_name_in_the_abstract_namespace_is_one(tmp_path: Path) -> None:
    name = f"titlecert-test-{os.getpid()}"
    with manager(f"\0{name}") as listening:
        notify(f"@{name}", "READY=1")
        assert heard(listening) == "READY=1"
    assert not listens(tmp_path / "nothing")


def test_sockets_are_taken_over_only_from_who_meant_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        monkeypatch.setattr("cli.notifying.FIRST_DESCRIPTOR", os.dup(opened.fileno()))
        assert handed_sockets({"LISTEN_PID": "1", "LISTEN_FDS": "1"}) == []
        assert handed_sockets({}) == []
        (found,) = handed_sockets({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
        with found:
            assert found.getsockname() == opened.getsockname()


PERSONAL = "张三 11010519491231002X 99000020262000018"


def test_a_line_says_what_it_may_and_drops_everything_else() -> None:
    written = logs.line("published", sequence=7, certificates=24, name="someone", code=PERSONAL, batch=PERSONAL)
    told = json.loads(written)
    assert {**told, "time": "", "process": 0} == {
        "event": "published",
        "level": "info",
        "sequence": 7,
        "certificates": 24,
        "time": "",
        "process": 0,
    }
    kept = json.loads(logs.line("held_back", level="warning", batch="sf-hrss-0002", code="rows_altered"))
    assert (kept["batch"], kept["code"], kept["level"]) == ("sf-hrss-0002", "rows_altered", "warning")
    for text in (PERSONAL, "99000020262000018", "0" * 32, "zhangsan1", "Zhang San", "C-1234-5678", "XWAW-GJVH-JNAU"):
        assert "code" not in json.loads(logs.line("failed", code=text)), text
        assert "area" not in json.loads(logs.line("answered", area=text)), text


def test_what_other_libraries_log_loses_its_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    with logs.json_logs():
        logging.getLogger("uvicorn.error").error("bad request of %s", PERSONAL)
        logging.getLogger("verifier.access").info("%s %s %d %.1fms", "GET", "/v1/verify", 200, 1.26)
        try:
            raise ConflictError("wrong_state", PERSONAL)
        except ConflictError:
            logging.getLogger("issuer").exception(PERSONAL)
    shown = capsys.readouterr().err
    first, second, third = map(json.loads, shown.splitlines())
    assert (first["event"], first["level"], first["logger"]) == ("log", "error", "uvicorn.error")
    assert (second["event"], second["area"], second["status"]) == ("answered", "/v1/verify", 200)
    assert second["milliseconds"] == 1.3
    assert (third["kind"], third["code"]) == ("ConflictError", "wrong_state")
    assert third["places"][0].startswith("tests.cli.test_overseeing:") or ":" in third["places"][0]
    assert not any(each in shown for each in PERSONAL.split())
    assert logging.getLogger().level == logging.WARNING or logging.getLogger().handlers != []


def test_a_library_with_a_handler_of_its_own_is_written_as_lines_too(capsys: pytest.CaptureFixture[str]) -> None:
    library, part = logging.getLogger("uvicorn"), logging.getLogger("uvicorn.error")
    handler = logging.StreamHandler(sys.stderr)
    before = (library.handlers, library.propagate, part.level)
    library.handlers, library.propagate = [handler], False
    part.setLevel(logging.CRITICAL)
    try:
        with logs.json_logs():
            part.error("bad request of %s", PERSONAL)
        assert (library.handlers, library.propagate, part.level) == ([handler], False, logging.CRITICAL)
    finally:
        library.handlers, library.propagate = before[:2]
        part.setLevel(before[2])
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["event"], line["logger"]) == ("log", "uvicorn.error")


def test_a_service_tells_sentences_to_people_and_lines_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    tool = Tool(console=Console(language="zh", json=False))
    held = HeldBack(object="99000020262000018", code="rows_altered", message=PERSONAL, fields={"number": PERSONAL})
    with log_in(tool, LogForm.TEXT):
        tool.log("stopped", "已停止。", "Stopped.")
    assert capsys.readouterr().err == "已停止。\n"
    with log_in(tool, LogForm.JSON):
        say, words = serving_home._sayer(tool), serving_home._words(tool)
        say(words.held_back(held))
        say(words.failed(ConflictError("clock_ahead", PERSONAL, last="2026-11-21", name=PERSONAL)))
        tool.log("stopped", "已停止。", "Stopped.")
    lines = [json.loads(each) for each in capsys.readouterr().err.splitlines()]
    assert [(each["event"], each.get("code")) for each in lines] == [
        ("held_back", "rows_altered"),
        ("failed", "clock_ahead"),
        ("stopped", None),
    ]
    assert not any(each in json.dumps(lines, ensure_ascii=False) for each in PERSONAL.split())
    assert not tool.console.structured
