"""What comes of a backup goes on: every row as it was, no number twice, and what was lost is said."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from credential.history import Act, Reason
from issuer.db import publications
from issuer.db.moving import digests
from issuer.errors import ConflictError, InputError
from issuer.home.opening import unfinished
from issuer.services import restoring
from issuer.services.restoring import Source, Wanted
from keys.recovery import RecoveryKey
from tests.support import postgresql
from tests.support.office import ACTOR, OTHER_LIST, DemoOffice
from tests.support.recovered import back_up, quiet, restored

TOUCHED = {"audit", "audit_pending", "restorations", "number_counters", "backups", "journal", "journal_marks"}
"""What restoring writes, and what is of the register before alone."""
MARGIN = 100


@pytest.fixture
def copy(issued: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> Path:
    """A backup of the office with its 24 certificates."""
    return back_up(issued, recovery_key, tmp_path / "copies").path


def opened_again(directory: Path, office: DemoOffice) -> DemoOffice:
    return DemoOffice.open(directory, office.clock.move(minutes=1))


@pytest.mark.soak
def test_every_row_is_there_and_work_goes_on(
    issued: DemoOffice, copy: Path, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    with issued.opened.register.read() as session:
        before = {each.table: each for each in digests(session.connection(), quiet)}
    restored(copy, recovery_key, tmp_path / "again", issued, margin=0)
    again = opened_again(tmp_path / "again", issued)
    with again.opened.register.read() as session:
        now = {each.table: each for each in digests(session.connection(), quiet)}
    assert {name for name in before if before[name] != now[name]} <= TOUCHED
    with again.worker() as worker:
        assert worker.lay_out_anew(act=True).published is not None
    assert again.outcomes() == {"valid": 24}
    again.issue(again.approved(OTHER_LIST))
    assert again.outcomes()["valid"] == 27
    again.close()


@pytest.mark.slow
def test_without_a_journal_the_margin_is_said(
    issued: DemoOffice, copy: Path, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        restored(copy, recovery_key, tmp_path / "again", issued)
    assert caught.value.code == "margin"
    assert not (tmp_path / "again").exists()


@pytest.mark.slow
def test_numbers_that_may_have_been_used_are_skipped(
    issued: DemoOffice, copy: Path, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    old = {each.number for each in issued.certificates()}
    issued.issue(issued.approved(OTHER_LIST))
    used = {each.number for each in issued.certificates()}
    done = restored(
        copy, recovery_key, tmp_path / "again", issued, margin=MARGIN, publication=issued.home.publication_folder
    )
    assert (done.margin, done.seen.unknown if done.seen else None) == (MARGIN, 3)
    again = opened_again(tmp_path / "again", issued)
    with again.worker() as worker:
        worker.lay_out_anew(act=True)
    again.issue(again.approved(OTHER_LIST))
    new = {each.number for each in again.certificates()} - old
    assert len(new) == 3
    assert not new & used
    assert min(int(each[-6:]) for each in new) > MARGIN
    again.close()


@pytest.mark.slow
def test_no_snapshot_gets_a_number_twice(
    issued: DemoOffice, copy: Path, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    issued.change(issued.certificates()[0].number)
    with issued.opened.register.read() as session:
        newest = publications.newest(session)
    assert newest is not None
    folder = issued.home.publication_folder
    done = restored(copy, recovery_key, tmp_path / "again", issued, margin=0, publication=folder)
    assert done.sequence == newest.sequence
    issued.clock.move(minutes=10)
    blind = restored(copy, recovery_key, tmp_path / "blind", issued, margin=0)
    assert blind.sequence >= newest.sequence + 500, "at most one snapshot a second was made meanwhile"


@pytest.mark.slow
def test_what_the_public_saw_is_ordered_anew_before_anything_is_published(
    issued: DemoOffice, copy: Path, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    number = issued.certificates()[3].number
    issued.change(number)
    folder = issued.home.publication_folder
    done = restored(copy, recovery_key, tmp_path / "again", issued, margin=0, publication=folder)
    assert done.seen is not None
    assert [(each.number, each.kind.word) for each in done.seen.found] == [(number, "withdrawn")]
    again = opened_again(tmp_path / "again", issued)
    with again.worker() as worker, pytest.raises(ConflictError) as caught:
        worker.lay_out_anew(act=True)
    assert caught.value.code == "restoration_open"
    assert not again.home.publication.has("snapshot.jwt"), "no withdrawn certificate comes back"
    found = restoring.found_events(again.opened)[0]
    said = found.said
    assert not found.is_settled
    order = again.order(number, act=Act.WITHDRAW, reason=Reason.FRAUD, basis=said["basis"], document=said["document"])
    again.apply(again.plan(order))
    assert restoring.found_events(again.opened)[0].is_settled
    with again.worker() as worker:
        assert worker.lay_out_anew(act=True).published is not None
    assert again.outcomes() == {"valid": 23, "withdrawn": 1}
    again.close()


@pytest.mark.soak
def test_what_the_root_signed_since_is_taken_in(
    issued: DemoOffice, copy: Path, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    issued.clock.move(days=1)
    newer = issued.publish_trust()
    issued.publish()
    folder = issued.home.publication_folder
    done = restored(copy, recovery_key, tmp_path / "again", issued, margin=0, publication=folder)
    assert done.seen is not None
    assert done.seen.taken >= 1
    again = opened_again(tmp_path / "again", issued)
    assert again.trust().content.version == newer
    again.close()


@pytest.mark.soak
def test_nothing_is_restored_over_anything(issued: DemoOffice, copy: Path, recovery_key: RecoveryKey) -> None:
    before = {path: path.read_bytes() for path in issued.home.directory.glob("*.j*")}
    with pytest.raises(OSError, match="not empty"):
        restored(copy, recovery_key, issued.home.directory, issued, margin=0)
    assert {path: path.read_bytes() for path in issued.home.directory.glob("*.j*")} == before


@pytest.mark.soak
@pytest.mark.sqlite
def test_it_is_restored_into_a_server_and_not_over_anything_there(
    issued: DemoOffice, copy: Path, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    target = postgresql.running().new_database()
    source = Source(backup=copy, journal=None)
    wanted = Wanted(actor=ACTOR, database=target.render_as_string(), margin=0, publication=None)
    for name, code in (("again", None), ("twice", "target_not_empty")):
        with pytest.raises(ConflictError) if code else nullcontext() as caught, unfinished(tmp_path / name) as place:
            restoring.restore(source, place, recovery_key, wanted, environment={}, now=issued.clock(), step=quiet)
        assert (caught.value.code if caught else None) == code
    again = opened_again(tmp_path / "again", issued)
    assert again.opened.register.engine.dialect.name == "postgresql"
    assert again.certificates() == issued.certificates()
    with again.worker() as worker:
        worker.lay_out_anew(act=True)
    assert again.outcomes() == {"valid": 24}
    again.close()
