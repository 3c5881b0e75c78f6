"""Serving: the verifier alone answers from a folder; the port is looked at before anything starts."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.commands import serving_home
from cli.console import Console
from cli.errors import RefusedError, UsageError
from cli.place import Place
from cli.tool import Tool
from issuer.errors import ConflictError
from issuer.worker.worker import HeldBack
from tests.cli.support import Shell
from tests.support.loaded import loaded_python
from tests.support.ports import free_port
from tests.support.tools import ROOT

STARTUP_SECONDS = 60


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.fixture
def served(demonstration: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A verifier of the demonstration's publication, in a process of its own."""
    with serving(demonstration, loaded_python()) as started:
        yield started


@contextmanager
def serving(demonstration: Path, python: Sequence[str], *more: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    start = "import sys; from cli.main import main; sys.exit(main())"
    words = ["serve", "verifier", "--publication", str(demonstration / "publication"), "--lang", "en", "--json"]
    command = [*python, "-c", start, *words, *more, "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            wait_for(port, process)
            yield port, process
        finally:
            if process.poll() is None:
                process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the verifier did not start")


@pytest.mark.slow
def test_the_verifier_serves_page_api_and_publication(
    served: tuple[int, subprocess.Popen[bytes]], demonstration: Path
) -> None:
    port, process = served
    status, page = get(port, "/v/")
    assert (status, b"<html" in page) == (200, True)
    status, health = get(port, "/v1/health")
    assert (status, json.loads(health)["status"]) == (200, "ok")
    assert get(port, "/p/snapshot.jwt") == (200, (demonstration / "publication" / "snapshot.jwt").read_bytes())
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert json.loads(out)["page"] == f"http://127.0.0.1:{port}/v/"
    assert "trust-root" in err.decode()
    assert "Traceback" not in err.decode()


@pytest.mark.slow
def test_a_closed_terminal_ends_a_service_in_order(served: tuple[int, subprocess.Popen[bytes]]) -> None:
    _, process = served
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Stopped." in err.decode()
    assert "Traceback" not in err.decode()


def workers_of(pid: int) -> set[int]:
    """The processes below one that answer; beside them multiprocessing has one of its own."""
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return {each for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()}


def until(what: Callable[[], bool], sentence: str) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while not what():
        assert time.monotonic() < deadline, sentence
        time.sleep(0.1)


def there(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("told", [signal.SIGHUP, signal.SIGKILL])
def test_workers_answer_on_one_port_and_end_with_the_first(demonstration: Path, told: signal.Signals) -> None:
    # An interpreter of its own, because it is the one that is killed.
    with serving(demonstration, [sys.executable], "--workers", "2") as (port, process):
        assert json.loads(get(port, "/v1/health")[1])["status"] == "ok"
        until(lambda: len(workers_of(process.pid)) == 2, "two workers start")
        first, second = sorted(workers_of(process.pid))
        if told is signal.SIGKILL:
            os.kill(first, signal.SIGKILL)
            until(lambda: len(workers_of(process.pid) - {first}) == 2, "another starts where one was killed")
            assert second in workers_of(process.pid)
            assert get(port, "/v1/health")[0] == 200
        workers = workers_of(process.pid)
        process.send_signal(told)
        out, err = process.communicate(timeout=STARTUP_SECONDS)
        until(lambda: not any(map(there, workers)), "no worker outlives the first process")
    assert json.loads(out)["pid"] == process.pid
    assert "Traceback" not in err.decode()
    if told is not signal.SIGKILL:
        assert (process.returncode, "Stopped." in err.decode()) == (0, True)


def test_a_verifier_has_at_least_one_worker(shell: Shell, tmp_path: Path) -> None:
    ended = shell("serve", "verifier", "--publication", str(tmp_path), "--workers", "0", "--json")
    assert ended.code == 2


def test_a_taken_port_is_told_before_anything_starts(office: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ended = office("serve", "--bind", f"127.0.0.1:{other.getsockname()[1]}", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "port_taken")


def test_a_publication_without_root_is_refused(shell: Shell, tmp_path: Path) -> None:
    bind = f"127.0.0.1:{free_port()}"
    ended = shell("serve", "verifier", "--publication", str(tmp_path), "--bind", bind, "--json")
    assert (ended.code, ended.data["error"]["code"]) == (2, "no_trust_root")


@pytest.mark.parametrize(
    ("origin", "bind", "place"),
    [
        ("http://127.0.0.1:8787", None, ("127.0.0.1", 8787)),
        ("https://zc.example", None, ("zc.example", 443)),
        ("https://zc.example", "127.0.0.1:9000", ("127.0.0.1", 9000)),
        ("http://[::1]:8787", None, ("::1", 8787)),
        ("https://zc.example", "[::1]:9000", ("::1", 9000)),
    ],
)
def test_where_to_listen(origin: str, bind: str | None, place: tuple[str, int]) -> None:
    assert Place.of(origin, bind) == Place(host=place[0], port=place[1])


def test_where_to_listen_is_host_and_port() -> None:
    with pytest.raises(UsageError):
        Place.of("https://zc.example", "9000")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(RefusedError):
            Place(host="127.0.0.1", port=other.getsockname()[1]).require_free()


def test_the_workers_log_is_in_the_readers_language() -> None:
    held = HeldBack(object="b1", code="rows_altered", message="the rows differ", fields={"batch": "b1"})
    for language, expected in (("zh", "批次 b1 的行与核对时的不同"), ("en", "the rows differ")):
        words = serving_home._words(Tool(console=Console(language=language, json=False)))
        assert expected in words.held_back(held)
        told = words.failed(ConflictError("publisher_running", "an English sentence"))
        assert "[publisher_running]" in told
        assert ("an English sentence" in told) is (language == "en")
