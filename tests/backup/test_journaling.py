"""The journal beside the worker: loud when it cannot be written, and silent while it can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from credential.durable import Appending
from issuer.backup import journal_of
from issuer.office.values import Region
from issuer.services import backups, regions
from issuer.worker import journaling
from issuer.worker.journaling import JournalWords
from keys.recovery import RecoveryKey
from tests.support.office import ACTOR, DemoOffice

WORDS = JournalWords(
    began=lambda folder: f"began {Path(folder).name}",
    failed=lambda error: f"failed {error.code}",
    mended=lambda: "mended",
)


def serve(office: DemoOffice, folder: Path, *, turns: int, between: Callable[[int], None]) -> list[str]:
    """Let it write some times; what happens before each time, and what it said."""
    said: list[str] = []
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        if asked % 2:  # asked before each turn, and once while it waits
            between(asked // 2)
        return asked > 2 * turns

    journaling.serve(office.opened, folder, stop, say=said.append, words=WORDS)
    return said


@pytest.mark.slow
def test_it_is_loud_while_it_fails_and_says_when_that_is_over(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journaling, "WRITE_SECONDS", 0.0)
    backups.use_key(founded.opened, ACTOR, recovery_key.public)
    folder = tmp_path / "second"
    folder.mkdir()

    add = Appending.add

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def between(turn: int) -> None:
        if turn == 2:
            monkeypatch.setattr(Appending, "add", full)
        if turn == 5:
            monkeypatch.setattr(Appending, "add", add)
        if turn in {1, 3}:
            regions.add(founded.opened, ACTOR, Region(code=f"99{turn}000", name=f"示范区{turn}"))

    said = serve(founded, folder, turns=8, between=between)
    assert said == ["began second", "failed disk_full", "mended"]
    standing = journal_of(founded.opened)
    assert standing is not None
    assert (standing.waiting, standing.failure) == (0, None)


@pytest.mark.slow
def test_what_changes_last_is_written_when_it_ends(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    backups.use_key(founded.opened, ACTOR, recovery_key.public)
    folder = tmp_path / "second"
    folder.mkdir()

    def between(turn: int) -> None:
        if turn == 1:
            regions.add(founded.opened, ACTOR, Region(code="991000", name="示范区"))

    assert serve(founded, folder, turns=1, between=between) == ["began second"]
    standing = journal_of(founded.opened)
    assert standing is not None
    assert standing.waiting == 0
