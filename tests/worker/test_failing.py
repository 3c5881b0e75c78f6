"""A worker that cannot publish for a while leaves little behind, notes why, and needs no hand afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from issuer.db.models import OutboxRow
from issuer.db.outbox import Topic
from issuer.publishing.folder import FolderStore
from issuer.worker import loop
from tests.support.office import DemoOffice
from tests.support.work import pending

pytestmark = pytest.mark.slow
MINUTE = 60.0
MOST_TRIES = 10


def files_of(demo: DemoOffice) -> set[Path]:
    return {each for each in demo.home.publication_folder.rglob("*") if each.is_file()}


def serve_for(demo: DemoOffice, seconds: float) -> list[str]:
    """The worker's loop for as long as its own waiting says."""
    left, said = seconds, []

    def sleep(waited: float) -> None:
        nonlocal left
        left -= waited

    with demo.worker() as worker:
        loop.serve(worker, lambda: left <= 0, say=said.append, sleep=sleep)
    return said


def test_a_minute_without_a_writable_folder_leaves_few_files_and_no_work_for_a_person(
    issued: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(issued)
    issued.apply(issued.plan(issued.order(issued.certificates()[0].number)))
    tries = 0

    def refuse(*_arguments: Any) -> None:
        nonlocal tries
        tries += 1
        raise PermissionError(13, "Permission denied", "snapshot.jwt")

    with monkeypatch.context() as patched:
        patched.setattr(FolderStore, "replace", refuse)
        said = serve_for(issued, MINUTE)
    assert 2 < tries <= MOST_TRIES
    assert len(files_of(issued) - before) <= 4 * MOST_TRIES
    assert said == ["the worker could not finish, and tries again: snapshot.jwt: Permission denied"]
    with issued.opened.register.read() as session:
        left = session.query(OutboxRow).filter(OutboxRow.done_at.is_(None), OutboxRow.topic == Topic.PUBLISH)
        noted = [row.last_error for row in left]  # notices wait behind the publication, and were not tried
    assert noted == ["not_writable: snapshot.jwt: Permission denied"]
    serve_for(issued, 1)
    with issued.opened.register.read() as session:
        assert pending(session) == 0
    assert issued.outcomes() == {"valid": 23, "withdrawn": 1}
