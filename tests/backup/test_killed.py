"""Killed at any moment while backing up or restoring: what was there before is whole, and the next run is as the first.

The process is a fork that ends itself with SIGKILL: nothing of ours runs behind that, as when a machine loses power.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

import pytest

from credential import durable
from issuer.backup.marks import JOURNALED
from issuer.home.opening import unfinished
from issuer.home.paths import Home
from issuer.office.values import Region
from issuer.services import backups, restoring
from issuer.services.regions import add, listed
from issuer.services.restoring import Source, Wanted
from keys.recovery import RecoveryKey
from tests.support.office import ACTOR, DemoOffice
from tests.support.recovered import back_up, keep_journal, restored

STEPS: Final = len(JOURNALED) + 1
SEED: Final = 20261130


def die(*_: object) -> NoReturn:
    """Be gone at once."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("killed, and still here")


def killed(work: Callable[[Callable[[int, int], None]], object], moment: int | str) -> None:
    """Do something in a fork that is killed at a step, or at a step of writing a file durably."""
    child = os.fork()
    if child == 0:
        try:
            if isinstance(moment, str):
                setattr(durable, moment, die)
            work(lambda done, _of: die() if done == moment else None)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it went on to its end: {status}"


def moments(few: int) -> list[object]:
    """Steps of the work and of writing: a few with a fixed seed, the others with --soak."""
    every: list[int | str] = [*range(STEPS), "_give_name", "_sync_directory"]
    chosen = set(random.Random(SEED).sample(range(len(every)), few))  # noqa: S311 - the same ones each time
    return [each if place in chosen else pytest.param(each, marks=pytest.mark.soak) for place, each in enumerate(every)]


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize("moment", moments(2))
def test_killed_while_backing_up(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path, moment: int | str
) -> None:
    first = back_up(founded, recovery_key, tmp_path)
    directory, now = founded.home.directory, founded.clock.move(minutes=1)
    founded.close()

    def work(step: Callable[[int, int], None]) -> None:
        office = DemoOffice.open(directory, now)
        backups.make_backup(office.opened, ACTOR, tmp_path, keep=None, environment={}, step=step)

    killed(work, moment)
    # What has a name is whole, whenever it was killed.
    for path in tmp_path.glob("*.titlecert-backup"):
        restoring.plan(Source(backup=path, journal=None), recovery_key)
    assert first.path.exists()
    founded.clock.move(minutes=1)
    again = back_up(founded, recovery_key, tmp_path)
    assert restoring.plan(Source(backup=again.path, journal=None), recovery_key).manifest.rows == again.rows
    assert [path for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize("moment", moments(2))
def test_killed_while_restoring(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path, moment: int | str
) -> None:
    made = back_up(founded, recovery_key, tmp_path / "copies")
    again, now = tmp_path / "again", founded.clock()

    def work(step: Callable[[int, int], None]) -> None:
        source = Source(backup=made.path, journal=None)
        wanted = Wanted(actor=ACTOR, database="", margin=0, publication=None)
        with unfinished(again) as place:
            restoring.restore(source, place, recovery_key, wanted, environment={}, now=now, step=step)
            if moment == "_give_name":  # nothing here links a file: the last moment before the home has its name
                die()

    killed(work, moment)
    assert not again.exists(), "half a home has no name"
    restored(made.path, recovery_key, again, founded, margin=0)
    assert Home.open(again).settings.deployment == founded.home.settings.deployment


@pytest.mark.slow
@pytest.mark.sqlite
def test_killed_while_the_journal_is_written(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    made = back_up(founded, recovery_key, tmp_path / "copies")
    add(founded.opened, ACTOR, Region(code="990200", name="示范区"))
    directory, now = founded.home.directory, founded.clock()
    founded.close()

    def work(_: Callable[[int, int], None]) -> None:
        office = DemoOffice.open(directory, now)
        with monkeypatch.context() as patch:
            patch.setattr("issuer.backup.journal.marks.clear", die)  # on the disk, and not acknowledged
            backups.keep_journal(office.opened, ACTOR, folder)

    killed(work, -1)
    backups.keep_journal(founded.opened, ACTOR, folder)
    done = restored(made.path, recovery_key, tmp_path / "again", founded, journal=folder)
    assert (done.missing, done.torn) == (None, 0)
    office = DemoOffice.open(tmp_path / "again")
    assert "990200" in {each.code for each in listed(office.opened)}
    office.close()
