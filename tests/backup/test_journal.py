"""The journal holds everything since the backup; what was not written is at most the last entry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from credential.errors import CodedError
from issuer.backup import journal_of
from issuer.backup.journal import JournalBusyError, JournalWriter, settle
from issuer.backup.segments import SEGMENT_SUFFIX
from issuer.db.moving import digests
from issuer.errors import MachineError
from issuer.office.values import Region
from issuer.services import backups, regions
from keys.recovery import RecoveryKey
from tests.support.office import ACTOR, OTHER_LIST, DemoOffice
from tests.support.recovered import back_up, keep_journal, quiet, restored

TOUCHED = {"audit", "audit_pending", "restorations", "journal", "journal_marks"}


def write(office: DemoOffice, key: RecoveryKey, folder: Path) -> int:
    with JournalWriter.open(office.opened, folder, key.public, actor=ACTOR) as writer:
        return writer.write()


def tables(office: DemoOffice) -> dict[str, object]:
    with office.opened.register.read() as session:
        return {each.table: each for each in digests(session.connection(), quiet)}


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SEGMENT_SUFFIX}"))


def add_region(office: DemoOffice, code: str) -> None:
    regions.add(office.opened, ACTOR, Region(code=code, name=f"示范区{code}"))


@pytest.mark.slow
@pytest.mark.postgres
def test_disk_lost_with_a_journal(issued: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    keep_journal(issued, recovery_key, folder)
    made = back_up(issued, recovery_key, tmp_path / "copies")
    issued.issue(issued.approved(OTHER_LIST))
    number = issued.certificates()[0].number
    issued.change(number)
    write(issued, recovery_key, folder)
    before = tables(issued)
    done = restored(made.path, recovery_key, tmp_path / "again", issued, journal=folder)
    assert (done.torn, done.missing, done.until) == (0, None, issued.clock())
    assert done.entries
    again = DemoOffice.open(tmp_path / "again", issued.clock.move(minutes=1))
    assert {name for name, found in tables(again).items() if found != before[name]} <= TOUCHED
    with again.worker() as worker:
        assert worker.lay_out_anew(act=True).held_back == ()
    assert again.outcomes() == {"valid": 26, "withdrawn": 1}
    again.close()


@pytest.mark.slow
def test_nothing_is_public_that_the_journal_does_not_hold(
    issued: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    keep_journal(issued, recovery_key, folder)
    made = back_up(issued, recovery_key, tmp_path / "copies")
    issued.issue(issued.approved(OTHER_LIST))
    issued.change(issued.certificates()[1].number)
    # Nobody wrote the journal but the publisher, before it placed each snapshot.
    done = restored(
        made.path,
        recovery_key,
        tmp_path / "again",
        issued,
        journal=folder,
        publication=issued.home.publication_folder,
    )
    assert done.seen is not None
    assert (done.seen.unknown, done.seen.found, done.seen.differing) == (0, (), ())
    assert done.sequence == done.seen.sequence
    # The folder that outlived the disk is the one that this register knows: nothing has to be laid out.
    shutil.copytree(issued.home.publication_folder, tmp_path / "again" / "publication", dirs_exist_ok=True)
    again = DemoOffice.open(tmp_path / "again", issued.clock.move(minutes=1))
    with again.worker() as worker:
        assert worker.publish_changes(even_without=True).held_back == ()
    again.close()


@pytest.mark.slow
def test_what_is_marked_is_written_once(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    add_region(founded, "990200")
    assert write(founded, recovery_key, folder) >= 2
    standing = journal_of(founded.opened)
    assert standing is not None
    assert (standing.waiting, standing.failure, standing.is_based) == (0, None, False)
    with JournalWriter.open(founded.opened, folder, recovery_key.public, actor=ACTOR) as writer:
        writer.write()
        assert writer.write() == 0


@pytest.mark.slow
@pytest.mark.parametrize("cut", [3, pytest.param(1, marks=pytest.mark.soak), pytest.param(40, marks=pytest.mark.soak)])
def test_a_torn_record_is_recognised(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path, cut: int) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    made = back_up(founded, recovery_key, tmp_path / "copies")
    with JournalWriter.open(founded.opened, folder, recovery_key.public, actor=ACTOR) as writer:
        add_region(founded, "990200")
        writer.write()
        add_region(founded, "990300")
        writer.write()
    newest = segments(folder)[-1]
    newest.write_bytes(newest.read_bytes()[:-cut])
    done = restored(made.path, recovery_key, tmp_path / "again", founded, journal=folder)
    assert done.torn > 0
    again = DemoOffice.open(tmp_path / "again")
    names = {each.code for each in regions.listed(again.opened)}
    assert "990200" in names
    assert "990300" not in names
    again.close()


@pytest.mark.slow
def test_a_record_that_was_changed_is_refused(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    made = back_up(founded, recovery_key, tmp_path / "copies")
    with JournalWriter.open(founded.opened, folder, recovery_key.public, actor=ACTOR) as writer:
        for code in ("990200", "990300"):
            add_region(founded, code)
            writer.write()
    newest = segments(folder)[-1]
    data = bytearray(newest.read_bytes())
    data[len(data) // 3] ^= 1
    newest.write_bytes(bytes(data))
    with pytest.raises(CodedError) as caught:
        restored(made.path, recovery_key, tmp_path / "again", founded, journal=folder)
    assert caught.value.code == "journal_damaged"


@pytest.mark.slow
def test_a_segment_that_lacks_ends_the_journal_there(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    made = back_up(founded, recovery_key, tmp_path / "copies")
    for code in ("990200", "990300", "990400"):
        add_region(founded, code)
        write(founded, recovery_key, folder)
    segments(folder)[-2].unlink()
    with pytest.raises(CodedError) as caught:
        restored(made.path, recovery_key, tmp_path / "again", founded, journal=folder)
    assert caught.value.code == "margin"
    done = restored(made.path, recovery_key, tmp_path / "again", founded, journal=folder, margin=5)
    assert done.missing is not None
    again = DemoOffice.open(tmp_path / "again")
    assert {"990200"} == {each.code for each in regions.listed(again.opened)} & {"990200", "990300", "990400"}
    again.close()


@pytest.mark.slow
def test_a_full_disk_stops_nothing_and_is_noted(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    made = back_up(founded, recovery_key, tmp_path / "copies")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    add_region(founded, "990200")
    with monkeypatch.context() as patch:
        patch.setattr("credential.durable.Appending.add", full)
        assert not settle(founded.opened)
    standing = journal_of(founded.opened)
    assert standing is not None
    assert (standing.failure, standing.failing_since) == ("disk_full", founded.clock())
    assert standing.waiting > 0
    write(founded, recovery_key, folder)
    standing = journal_of(founded.opened)
    assert standing is not None
    assert (standing.failure, standing.failing_since, standing.waiting) == (None, None, 0)
    restored(made.path, recovery_key, tmp_path / "again", founded, journal=folder)
    again = DemoOffice.open(tmp_path / "again")
    assert "990200" in {each.code for each in regions.listed(again.opened)}
    again.close()


@pytest.mark.slow
def test_an_empty_mount_is_no_journal(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    for each in segments(folder):
        each.unlink()
    with pytest.raises(MachineError) as caught:
        write(founded, recovery_key, folder)
    assert caught.value.code == "journal_absent"


@pytest.mark.slow
def test_one_process_writes_it(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    with (
        JournalWriter.open(founded.opened, folder, recovery_key.public, actor=ACTOR),
        pytest.raises(JournalBusyError),
    ):
        write(founded, recovery_key, folder)


@pytest.mark.slow
def test_where_it_is_not_kept_any_more_nothing_is_marked(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    keep_journal(founded, recovery_key, tmp_path / "second")
    backups.end_journal(founded.opened, ACTOR)
    add_region(founded, "990200")
    assert journal_of(founded.opened) is None
    assert tables(founded)["journal_marks"].rows == 0  # type: ignore[attr-defined]


@pytest.mark.soak
def test_old_segments_go_when_no_backup_needs_them(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    keep_journal(founded, recovery_key, folder)
    for number in range(4):
        founded.clock.move(minutes=1)
        back_up(founded, recovery_key, tmp_path / "copies")
        add_region(founded, f"99{number + 2}000")
        write(founded, recovery_key, folder)
    with JournalWriter.open(founded.opened, folder, recovery_key.public, actor=ACTOR) as writer:
        before = segments(folder)
        assert writer.tidy() > 0
    assert set(segments(folder)) < set(before)
    newest = sorted((tmp_path / "copies").iterdir())[-3]
    restored(newest, recovery_key, tmp_path / "again", founded, journal=folder)
    again = DemoOffice.open(tmp_path / "again")
    assert "995000" in {each.code for each in regions.listed(again.opened)}
    again.close()
