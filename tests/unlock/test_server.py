"""The socket: who may ask, how much and how long, and that one bad request stops nothing."""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from issuer.errors import ConflictError, InputError, MachineError
from issuer.home.holders import read_settings
from issuer.home.ticketkey import ticket_key
from issuer.unlock import server as servers
from issuer.unlock import wire
from issuer.unlock.client import Unlock, _Connection
from issuer.unlock.running import listening, service_of
from issuer.unlock.server import MAX_REQUEST, Server
from issuer.unlock.service import Service
from tests.support.office import DemoOffice
from tests.unlock.conftest import with_codes


def raw(path: Path, data: bytes, *, end: bool = True) -> bytes:
    """Send bytes and return what comes back until the other side closes."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(path))
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        with suppress(ConnectionResetError):  # what was too much was not read to its end
            while part := connection.recv(65536):
                found += part
        return found


def request(body: bytes, path: str = "/v1/view", length: str | None = None) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: unlock\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    return head.encode() + body


PERSONAL = "示范甲 110105194912310029"


def drip(connection: socket.socket, data: bytes) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


BAD: dict[str, bytes] = {
    "nothing": b"",
    "no HTTP": b"\x00\xff\x00\n\n",
    "another method": b"GET /v1/view HTTP/1.1\r\n\r\n",
    "no length": b"POST /v1/view HTTP/1.1\r\n\r\n{}",
    "a negative length": request(b"{}", length="-1"),
    "a huge length": request(b"{}", length=str(1 << 40)),
    "a length in other digits": request(b"{}", length="٢"),
    "less than it says": request(b"{}", length="20"),
    "too much": request(b'{"ticket":"' + b"A" * MAX_REQUEST + b'"}'),
    "no JSON": request(b"ticket"),
    "not canonical": request(b'{ "ticket": "x" }'),
    "no object": request(b"[]"),
    "a number": request(b'{"ticket":1}'),
    "another member": request(b'{"key":"x"}'),
    "another act": request(b"{}", path="/v1/everything"),
    "a long act": request(b"{}", path="/v1/" + "a" * 70_000),
    "many headers": b"POST /v1/view HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n",
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_request_gets_no_answer_or_an_error_and_stops_nothing(
    issued: DemoOffice, unlock: Unlock, socket_path: Path, what: str
) -> None:
    answer = raw(socket_path, BAD[what])
    assert b" 200 " not in answer.partition(b"\r\n")[0]
    mine = with_codes(issued)[0]
    assert unlock.view(unlock.with_code(**mine.said).ticket).name == mine.draft.name
    assert not (issued.home.directory / "log").exists(), "nothing of it was unforeseen"


def test_a_request_that_says_it_is_large_is_refused_before_it_is_read(unlock: Unlock, socket_path: Path) -> None:
    answer = raw(socket_path, BAD["a huge length"], end=False)
    assert b" 422 " in answer.partition(b"\r\n")[0]
    with pytest.raises(Exception, match="session is over"):
        unlock.view("x")


def test_a_request_that_comes_slowly_ends(unlock: Unlock, socket_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_SECONDS", 0.3)
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(socket_path))
        with pytest.raises(OSError):  # noqa: PT011 - whatever the system says of a closed connection
            drip(connection, request(b"x" * 1000))
    assert time.monotonic() - began < 5
    with pytest.raises(Exception, match="session is over"):
        unlock.view("x")


def test_another_user_gets_no_answer(issued: DemoOffice, socket_path: Path) -> None:
    service = service_of(issued.opened, read_settings(issued.home))
    with Server(socket_path, service, users=frozenset({os.geteuid() + 1}), group=None) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with pytest.raises(MachineError) as gone:
                Unlock(socket_path).view("x")
            assert gone.value.code == "unlock_gone"
        finally:
            server.shutdown()
            thread.join()


def test_only_its_owner_opens_the_socket_and_it_goes_at_the_end(unlock: Unlock, socket_path: Path) -> None:
    assert unlock
    assert stat.S_IMODE(socket_path.stat().st_mode) == 0o600


def test_a_group_that_is_named_may_open_it(issued: DemoOffice, socket_path: Path) -> None:
    service = service_of(issued.opened, read_settings(issued.home))
    with Server(socket_path, service, users=frozenset({os.geteuid()}), group=os.getegid()):
        found = socket_path.stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, os.getegid())
    assert not socket_path.exists()


def test_what_a_dead_process_left_is_replaced_and_a_living_one_is_not(issued: DemoOffice, socket_path: Path) -> None:
    service = service_of(issued.opened, read_settings(issued.home))
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(socket_path))
    left.close()
    with Server(socket_path, service, users=frozenset({os.geteuid()}), group=None):
        with pytest.raises(ConflictError) as running:
            Server(socket_path, service, users=frozenset({os.geteuid()}), group=None)
        assert running.value.code == "unlock_running"
        assert socket_path.exists()


def test_a_path_that_is_too_long_is_told(issued: DemoOffice, tmp_path: Path) -> None:
    service = service_of(issued.opened, read_settings(issued.home))
    with pytest.raises(InputError) as long:
        Server(tmp_path / ("a" * 100), service, users=frozenset({os.geteuid()}), group=None)
    assert (long.value.code, long.value.fields["most"]) == ("socket_path", 107)


@pytest.mark.parametrize("text", ['[unlock]\nusers = ["nobody-of-this-name"]', '[unlock]\ngroup = "none-of-this-name"'])
def test_a_user_that_nobody_is_is_told(issued: DemoOffice, text: str) -> None:
    issued.home.holders.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused, listening(issued.opened):
        pass
    assert refused.value.code == "no_user"


def test_what_nobody_foresaw_is_an_error_without_its_text(
    issued: DemoOffice, unlock: Unlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ArithmeticError(PERSONAL)

    monkeypatch.setattr(Service, "asked", fail)
    with pytest.raises(MachineError) as refused:
        unlock.view("x")
    assert refused.value.code == "unexpected"
    assert PERSONAL not in str(refused.value) + "".join(
        each.read_text(encoding="utf-8") for each in (issued.home.directory / "log").iterdir()
    )


def test_an_answer_of_another_kind_is_refused(unlock: Unlock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "asked", lambda *_: {"name": "x"})
    with pytest.raises(MachineError) as refused:
        unlock.view("x")
    assert refused.value.code == "bad_answer"


def test_the_ticket_key_is_private_and_the_same_next_time(issued: DemoOffice) -> None:
    key = ticket_key(issued.home)
    assert ticket_key(issued.home) == key
    path = issued.home.ticket_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(InputError) as loose:
        ticket_key(issued.home)
    path.chmod(0o600)
    path.write_bytes(key[:-1])
    with pytest.raises(InputError) as short:
        ticket_key(issued.home)
    assert (loose.value.fields["why"], short.value.fields["why"]) == ("mode", "length")


def test_too_many_at_once_are_sent_away(issued: DemoOffice, socket_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "REQUESTS_AT_ONCE", 2)
    service = service_of(issued.opened, read_settings(issued.home))
    with Server(socket_path, service, users=frozenset({os.geteuid()}), group=None) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        held: list[HTTPConnection] = []
        try:
            for _ in range(2):
                held.append(_Connection(socket_path, 5))
                held[-1].connect()
                time.sleep(0.1)
            with pytest.raises(MachineError) as gone:
                Unlock(socket_path, seconds=5).view("x")
            assert gone.value.code == "unlock_gone"
        finally:
            for each in held:
                each.close()
            server.shutdown()
            thread.join()


def test_values_and_errors_are_what_they_were_behind_the_wire() -> None:
    error = InputError("claim_mistyped", "一句话", why="check", most=107, path=Path("x"))
    back = wire.error_from_json(wire.decode(wire.encode(wire.error_to_json(error))))
    assert (type(back), back.code, str(back), dict(back.fields)) == (
        InputError,
        "claim_mistyped",
        "一句话",
        {"why": "check", "most": 107, "path": "x"},
    )
