"""The journal holds everything since the backup; what was not written is at most the last entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuer.backup import journal_of
from issuer.backup.journal import JournalWriter
from issuer.db.moving import digests
from issuer.home.opening import unfinished
from issuer.services import backups, restoring
from issuer.services.restoring import Source, Wanted
from keys.recovery import RecoveryKey
from tests.support.office import ACTOR, OTHER_LIST, DemoOffice
from tests.support.recovered import back_up, quiet


@pytest.mark.slow
def test_disk_lost(issued: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    backups.use_key(issued.opened, ACTOR, recovery_key.public)
    backups.keep_journal(issued.opened, ACTOR, folder)
    made = back_up(issued, recovery_key, tmp_path / "copies")
    issued.issue(issued.approved(OTHER_LIST))
    issued.change(issued.certificates()[0].number)
    print(journal_of(issued.opened))
    with JournalWriter.open(issued.opened, folder, recovery_key.public, actor=ACTOR) as writer:
        print(writer.write())
    with issued.opened.register.read() as session:
        was = {each.table: each for each in digests(session.connection(), quiet)}
    with unfinished(tmp_path / "again") as place:
        wanted = Wanted(actor=ACTOR, database="", margin=None, publication=issued.home.publication_folder)
        source = Source(backup=made.path, journal=folder)
        done = restoring.restore(source, place, recovery_key, wanted, environment={}, now=issued.clock(), step=quiet)
    print(done)
    again = DemoOffice.open(tmp_path / "again", issued.clock.move(minutes=1))
    with again.opened.register.read() as session:
        now = {each.table: each for each in digests(session.connection(), quiet)}
    print({each for each in was if was[each] != now[each]})
    assert again.certificates() == issued.certificates()
    with again.worker() as worker:
        worker.lay_out_anew(act=True)
    print(again.outcomes())
    again.close()
