"""A backup restores a home that goes on: every row as it was, and every certificate still valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuer.home.opening import unfinished
from issuer.services import restoring
from issuer.services.restoring import Source, Wanted
from keys.recovery import RecoveryKey
from tests.support.office import ACTOR, OTHER_LIST, DemoOffice
from tests.support.recovered import back_up, quiet


@pytest.mark.slow
def test_it_goes_on(issued: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    made = back_up(issued, recovery_key, tmp_path / "copies")
    before = issued.certificates()
    with unfinished(tmp_path / "again") as place:
        wanted = Wanted(actor=ACTOR, database="", margin=0, publication=issued.home.publication_folder)
        done = restoring.restore(
            Source(backup=made.path, journal=None),
            place,
            recovery_key,
            wanted,
            environment={},
            now=issued.clock(),
            step=quiet,
        )
    print(done)
    again = DemoOffice.open(tmp_path / "again", issued.clock.move(minutes=1))
    assert again.certificates() == before
    with again.worker() as worker:
        print(worker.lay_out_anew(act=True))
    assert again.outcomes() == {"valid": 24}
    again.issue(again.approved(OTHER_LIST))
    print(again.outcomes())
    again.close()
