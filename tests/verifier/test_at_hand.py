"""What is in memory is verified without waiting, with the same verdict, and asks nobody for anything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from credential.history import EventKind
from credential.outcomes import Reason
from credential.verdict import Verdict
from tests.support.web import Client
from tests.support.world import NOW, ORIGIN, Certificate, World
from verifier import app as application
from verifier.app import create_app
from verifier.errors import NotAtHandError
from verifier.procedure import verify_check_code, verify_credential, verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader, Reader
from verifier.settings import Settings

MAX_AGE = timedelta(seconds=2)
Ask = Callable[[Certificate, Reader, datetime], Verdict]


class Watched(MemoryFetcher):
    """Notes from which threads it was asked."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.threads: set[threading.Thread] = set()

    def fetch(self, path: str, max_bytes: int) -> bytes:
        self.threads.add(threading.current_thread())
        return super().fetch(path, max_bytes)


def scene(**options: int) -> tuple[World, Certificate, Certificate, Watched, PublicationReader]:
    """One certificate in force, with a face, and one withdrawn."""
    world = World(**options)
    valid, withdrawn = world.issue(), world.issue()
    world.put_face(valid)
    world.append(withdrawn, EventKind.WITHDRAWN)
    fetcher = Watched(world.publish())
    return world, valid, withdrawn, fetcher, reader_of(world, fetcher)


def reader_of(world: World, fetcher: MemoryFetcher) -> PublicationReader:
    return PublicationReader(fetcher, world.pinned_root, store=MemoryStore(), max_age=MAX_AGE)


def by_code(certificate: Certificate, reader: Reader, now: datetime) -> Verdict:
    return verify_check_code(certificate.check_code, reader, now=now)


def by_text(certificate: Certificate, reader: Reader, now: datetime) -> Verdict:
    return verify_qr_text(certificate.qr_text, reader, now=now)


def by_bytes(certificate: Certificate, reader: Reader, now: datetime) -> Verdict:
    return verify_credential(certificate.credential, reader, now=now)


def at_hand(reader: PublicationReader, now: datetime = NOW) -> Reader:
    found = reader.at_hand(now)
    assert found is not None
    return found


@pytest.mark.parametrize("ask", [by_code, by_text, by_bytes])
def test_memory_gives_the_same_verdict_and_asks_for_nothing(ask: Ask) -> None:
    _, valid, withdrawn, fetcher, reader = scene()
    for certificate, reason in ((valid, Reason.IN_FORCE), (withdrawn, Reason.WITHDRAWN)):
        read = ask(certificate, reader, NOW)
        fetcher.asked.clear()
        remembered = ask(certificate, at_hand(reader), NOW)
        assert (remembered.reason, remembered.to_json()) == (reason, read.to_json())
        assert fetcher.asked == []


def test_what_is_not_in_memory_is_left_to_who_may_wait() -> None:
    _, valid, _, fetcher, reader = scene()
    reader.view(NOW)
    fetcher.asked.clear()
    with pytest.raises(NotAtHandError):
        by_code(valid, at_hand(reader), NOW)
    assert fetcher.asked == []
    assert by_code(valid, reader, NOW).reason is Reason.IN_FORCE
    assert by_code(valid, at_hand(reader), NOW).reason is Reason.IN_FORCE


def test_a_file_that_does_not_come_is_never_told_from_memory() -> None:
    """A fault is found by asking, and everyone who asks for this shard asks for the same (FORMAT 7)."""
    _, valid, _, fetcher, reader = scene(lists=4, prefix_length=0)
    fetcher.unreachable = {next(path for path in fetcher.files if path.startswith("status/at/"))}
    told = by_text(valid, reader, NOW).reason
    with pytest.raises(NotAtHandError):
        by_text(valid, at_hand(reader), NOW)
    assert by_text(valid, reader, NOW).reason is told


def test_nothing_is_at_hand_when_a_look_is_due() -> None:
    _, valid, _, _, reader = scene()
    assert reader.at_hand(NOW) is None, "nobody has looked"
    by_text(valid, reader, NOW)
    assert reader.at_hand(NOW + MAX_AGE - timedelta(microseconds=1)) is not None
    assert reader.at_hand(NOW + MAX_AGE) is None
    assert reader.at_hand(NOW - timedelta(seconds=1)) is None, "the clock went back"


def service(world: World, reader: PublicationReader, clock: Callable[[], datetime]) -> Client:
    settings = Settings(publication="https://static.zc.example/p/", trust_root=world.pinned_root, origin=ORIGIN)
    return Client(create_app(settings, clock=clock, reader=reader))


def test_the_service_fetches_in_threads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    world, valid, withdrawn, fetcher, reader = scene()
    now, threads = [NOW], []
    client = service(world, reader, lambda: now[0])
    in_thread = application.run_in_threadpool

    async def noted(job: Callable[[], Any]) -> Any:
        threads.append(now[0])
        return await in_thread(job)

    monkeypatch.setattr(application, "run_in_threadpool", noted)
    for second in (0, 1, 2, 3, 4):
        now[0] = NOW + timedelta(seconds=second)
        for certificate, outcome in ((valid, "valid"), (withdrawn, "withdrawn")):
            assert client.post("/v1/verify", json={"qr_text": certificate.qr_text}).json()["outcome"] == outcome
    looks = [NOW + timedelta(seconds=second) for second in (0, 2, 4)]
    assert threads == looks, "one look each two seconds, all else from memory"
    assert threading.main_thread() not in fetcher.threads
