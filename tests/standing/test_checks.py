"""Each check finds what is wrong, how bad it is, what to do, and nothing where all is well."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from credential.signing import KeyUse
from issuer.db import outbox, standing
from issuer.db.outbox import Topic
from issuer.errors import MachineError
from issuer.standing import files, public, registering
from issuer.standing.ground import Ground, Need, Space, look
from issuer.standing.model import Level, good, not_looked, warning, worst
from issuer.standing.table import CHECKS
from issuer.trust import entries
from tests.standing.conftest import Find, ground_of, levels, line
from tests.support.office import APPROVED, PROVINCE, DemoOffice, batch_drafts

GIB = 1 << 30


@pytest.mark.postgres
def test_an_office_that_has_issued_and_published_is_well_but_for_what_nobody_does(issued: DemoOffice) -> None:
    looked = [look(each, ground_of(issued)) for each in CHECKS]
    bad = {each.code for one in looked for each in one.findings if each.level is not Level.GOOD}
    assert bad == {"no_worker", "backup_never"}
    assert len(looked) == len(CHECKS) == 23
    assert all(one.findings for one in looked)


def test_a_register_that_is_away_is_one_finding_and_the_rest_is_looked_at(issued: DemoOffice) -> None:
    fault = MachineError("database_unreachable", "the connection has ended")
    looked = {each.name: look(each, ground_of(issued, opened=None, fault=fault)) for each in CHECKS}
    assert levels({each.code: each for each in looked["database"].findings}) == {"database_away": Level.CRITICAL}
    assert looked["database"].findings[0].numbers["why"] == "database_unreachable"
    for each in CHECKS:
        if each.need is not Need.HOME:
            assert [one.code for one in looked[each.name].findings] == ["no_register_open"], each.name
            assert looked[each.name].level is Level.NOT_LOOKED
    assert looked["readable"].level is Level.GOOD
    assert looked["fonts"].level is Level.GOOD


def test_without_a_passphrase_what_needs_keys_is_not_looked_at_and_does_not_count_as_good(issued: DemoOffice) -> None:
    for name in ("stranger", "passphrase"):
        found = look(line(name), ground_of(issued, has_keys=False))
        assert [(each.code, each.level) for each in found.findings] == [("no_passphrase", Level.NOT_LOOKED)]


def test_what_a_check_raises_stops_no_other_and_names_its_code(issued: DemoOffice) -> None:
    def breaks(_: Ground) -> list[object]:
        raise MachineError("disk_error", "the disk reports an error")

    found = look(line("fonts")._replace(look=breaks), ground_of(issued))  # type: ignore[arg-type]
    assert [(each.code, each.numbers["why"]) for each in found.findings] == [("check_failed", "disk_error")]


def test_the_worst_of_some_levels_is_the_worst() -> None:
    assert worst([]) is Level.GOOD
    assert worst([Level.WARNING, Level.CRITICAL, Level.GOOD]) is Level.CRITICAL
    assert worst([Level.GOOD, Level.NOT_LOOKED]) is Level.NOT_LOOKED
    assert worst([not_looked("a", advice="b").level, warning("a", advice="b").level]) is Level.WARNING
    assert good("a", taken=3).numbers == {"taken": 3}


def test_a_snapshot_that_was_not_renewed_is_told_before_it_ends(issued: DemoOffice, find: Find) -> None:
    for hours, code, level in (
        (1, "snapshot_holds", Level.GOOD),
        (19, "snapshot_holds", Level.GOOD),
        (21, "snapshot_ends", Level.WARNING),
        (25, "snapshot_ended", Level.CRITICAL),
    ):
        assert levels(find(issued, "snapshot", now=issued.clock() + timedelta(hours=hours))) == {code: level}


def test_a_stranger_who_cannot_read_is_told_with_the_reason(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "readable")) == {"publication_readable": Level.GOOD}
    (issued.home.publication_folder / "snapshot.jwt").unlink()
    found = find(issued, "readable")["publication_unreadable"]
    assert (found.level, found.numbers["reason"]) == (Level.CRITICAL, "publication_unreachable")
    issued.home.trust_root.unlink()
    assert levels(find(issued, "readable")) == {"no_root_file": Level.CRITICAL}


def test_a_stranger_who_finds_something_else_than_the_register_says_is_told(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "stranger")) == {"stranger_agrees": Level.GOOD}
    found = find(issued, "stranger", now=issued.clock() + timedelta(days=2))
    assert found["stranger_disagrees"].numbers["state"] == "valid"
    assert not {"number", "cti", "name"} & set(found["stranger_disagrees"].numbers)


def test_the_end_of_the_trust_list_is_told_in_time(issued: DemoOffice, find: Find) -> None:
    for days, level in (
        (300, Level.GOOD),
        (310, Level.WARNING),
        (352, Level.CRITICAL),
        (364, Level.CRITICAL),
        (400, Level.CRITICAL),
    ):
        found = find(issued, "trust_list", now=issued.clock() + timedelta(days=days))
        assert set(levels(found).values()) == {level}, days


def test_the_end_of_a_document_certificate_is_told_in_time(issued: DemoOffice, find: Find) -> None:
    with issued.opened.register.read() as session:
        end = entries.active_certificate(session, authority=PROVINCE).certificate.not_valid_after_utc
    for left, level in ((91, Level.GOOD), (89, Level.WARNING), (13, Level.CRITICAL), (-1, Level.CRITICAL)):
        found = find(issued, "seals", now=end - timedelta(days=left, minutes=-1))
        assert ("seal_ends" in found) is (level is not Level.GOOD)
        assert worst(levels(found).values()) is level


def test_a_key_that_ends_soon_and_one_that_is_away_are_told(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "key_ends")) == {"key_ends_looked": Level.GOOD}
    with issued.opened.register.write() as session:
        key = entries.active_key(session, use=KeyUse.STATUS, authority=None)
        session.get_one(entries.TrustKeyRow, key.key.key_id).valid_until = issued.clock() + timedelta(days=30)
    found = find(issued, "key_ends")["key_ends"]
    assert (found.level, found.numbers["use"], found.numbers["days"]) == (Level.WARNING, "status", 30)
    assert find(issued, "key_ends", now=issued.clock() + timedelta(days=20))["key_ends"].level is Level.CRITICAL
    assert levels(find(issued, "key_files")) == {"keys_here": Level.GOOD}
    issued.opened.custody.end(key.key.key_id)
    away = find(issued, "key_files")["key_away"]
    assert (away.level, away.subject) == (Level.CRITICAL, key.key.key_id.hex())


def test_a_key_file_that_others_can_read_is_told_with_its_mode(issued: DemoOffice, find: Find) -> None:
    assert worst(levels(find(issued, "modes")).values()) is Level.GOOD
    file = next(issued.home.keys.glob("*.json"))
    file.chmod(0o640)
    found = find(issued, "modes")["open_to_others"]
    assert (found.level, found.subject, found.numbers) == (Level.CRITICAL, str(file), {"mode": "640", "right": "600"})
    assert worst(levels(find(issued, "key_files")).values()) is Level.CRITICAL
    file.chmod(0o600)
    issued.home.keys.chmod(0o750)
    assert find(issued, "modes")["open_to_others"].numbers["right"] == "700"
    issued.home.keys.chmod(0o700)


def test_space_is_told_before_it_ends(issued: DemoOffice, find: Find) -> None:
    for free, total, code in (
        (500 * GIB, 900 * GIB, "space_left"),
        (30 * GIB, 900 * GIB, "space_left"),
        (5 * GIB, 900 * GIB, "space_little"),
        (5 * GIB, 20 * GIB, "space_left"),
        (GIB - 1, 4 * GIB, "space_ends"),
    ):
        space = Space(total=total, free=free)
        assert set(find(issued, "space", space=lambda _, space=space: space)) == {code}


def test_a_backup_is_on_record_by_a_script_that_touches_a_file(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "backup")) == {"backup_never": Level.WARNING}
    stamp = issued.home.directory / files.BACKUP_STAMP
    stamp.touch()
    at = issued.clock().timestamp()
    os.utime(stamp, (at, at))
    assert levels(find(issued, "backup")) == {"backup_made": Level.GOOD}
    late = find(issued, "backup", now=issued.clock() + files.BACKUP_LATE + timedelta(seconds=1))
    assert late["backup_late"].numbers["hours"] == 26


def test_a_font_that_is_gone_is_critical(issued: DemoOffice, find: Find) -> None:
    settings = issued.home.settings.model_copy(update={"fonts": ("/nowhere/fonts",)})
    found = find(issued, "fonts", home=replace(issued.home, settings=settings))
    assert (found["font_missing"].subject, found["font_missing"].level) == ("/nowhere/fonts", Level.CRITICAL)


def test_a_clock_that_nobody_believes_is_critical(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "clock")) == {"clock_follows": Level.GOOD}
    issued.clock.move(days=30)
    assert find(issued, "clock")["clock_not_believed"].numbers["why"] == "clock_ahead"


def test_a_time_source_that_says_another_time_is_told(
    issued: DemoOffice, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = issued.home.settings.model_copy(update={"time_source": "http://127.0.0.1:1/"})
    home = replace(issued.home, settings=settings)
    assert find(issued, "clock", home=home)["time_source_silent"].level is Level.WARNING
    monkeypatch.setattr(registering.clock, "ask_source", lambda _: issued.clock() + timedelta(minutes=7))
    found = find(issued, "clock", home=home)["clock_differs"]
    assert (found.level, found.numbers["seconds"]) == (Level.CRITICAL, 420)


@pytest.mark.postgres
def test_work_that_waits_too_long_is_told_with_what_was_noted(issued: DemoOffice, find: Find) -> None:
    for topic in Topic:
        with issued.opened.register.write() as session:
            outbox.put(session, topic=topic, object="something", now=issued.clock())
            noted = "timestamp_unanswered: the service at 示范 said nothing"
            outbox.note(session, outbox.newest(session), error=noted)
    waits = find(issued, "waiting", now=issued.clock() + timedelta(minutes=1))
    assert (set(waits), waits["work_waits"].numbers["count"]) == ({"work_waits"}, len(Topic))
    for code, hours, level in (
        ("changes_late", 1, Level.WARNING),
        ("changes_late", 3, Level.CRITICAL),
        ("batches_late", 13, Level.WARNING),
        ("documents_late", 25, Level.WARNING),
        ("documents_late", 73, Level.CRITICAL),
        ("notices_late", 25, Level.WARNING),
    ):
        found = find(issued, "waiting", now=issued.clock() + timedelta(hours=hours))[code]
        assert (found.level, found.numbers["why"], found.advice) == (level, "timestamp_unanswered", "mend_noted")
        assert found.numbers["hours"] == hours


def test_a_note_without_a_code_is_not_repeated(issued: DemoOffice) -> None:
    with issued.opened.register.write() as session:
        outbox.put(session, topic=Topic.ISSUE, object="something", now=issued.clock())
        outbox.note(session, outbox.newest(session), error="张三 11010519491231002X: is wrong")
    with issued.opened.register.read() as session:
        noted = {each.topic: each.noted for each in standing.waiting(session)}
    assert noted[Topic.ISSUE] == ("unexpected",)


def test_work_of_a_paused_batch_is_counted_apart_and_never_late(issued: DemoOffice, find: Find) -> None:
    with issued.opened.register.write() as session:
        outbox.put(session, topic=Topic.DOCUMENTS, object=APPROVED, now=issued.clock())
    issued.raw("UPDATE batches SET paused_at = '2026-11-21 02:00:00' WHERE id = ?", APPROVED)
    found = find(issued, "waiting", now=issued.clock() + timedelta(days=9))
    assert (set(found), found["work_waits"].numbers) == ({"work_waits"}, {"count": 0, "paused": 1})


def test_a_worker_that_runs_is_seen_by_its_lease_and_one_that_is_silent_too(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "worker")) == {"no_worker": Level.WARNING}
    with issued.worker():
        assert levels(find(issued, "worker")) == {"worker_runs": Level.GOOD}
        silent = find(issued, "worker", now=issued.clock() + timedelta(minutes=5))
        assert levels(silent) == {"lease_over": Level.WARNING, "no_worker": Level.WARNING}
        assert silent["lease_over"].numbers == {"topic": "publish", "minutes": 4}
    with issued.opened.register.write() as session:
        outbox.put(session, topic=Topic.ISSUE, object="something", now=issued.clock())
    assert levels(find(issued, "worker")) == {"no_worker_and_work": Level.CRITICAL}


def test_walks_that_did_not_go_on_are_told(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "walks")) == {"walks_looked": Level.GOOD}
    with issued.worker() as worker:
        worker.walk()
    assert find(issued, "walks")["walks_looked"].numbers["certificates"] is not None
    late = find(issued, "walks", now=issued.clock() + public.WALK_LATE + timedelta(minutes=1))
    assert {"audit_walk_late", "certificate_walk_late"} < set(late)


@pytest.mark.postgres
def test_a_row_of_numbers_that_fills_is_told(issued: DemoOffice, find: Find) -> None:
    with issued.opened.register.read() as session:
        fullest = standing.fullest_counters(session)[0]
    assert fullest.capacity == 10 ** fullest.scope.count("#") - 1
    for share, level in ((0.5, Level.GOOD), (0.81, Level.WARNING), (0.95, Level.CRITICAL)):
        set_to = int(share * fullest.capacity)
        where = "WHERE authority = ? AND scope = ?"
        issued.raw(f"UPDATE number_counters SET last = ? {where}", set_to, fullest.authority, fullest.scope)
        assert worst(levels(find(issued, "numbers")).values()) is level


def test_status_lists_that_fill_are_told(issued: DemoOffice, find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    for taken, code in ((24, "lists_have_room"), (430_000, "lists_full_soon"), (510_000, "lists_full")):
        monkeypatch.setattr(standing, "reserved", lambda _, taken=taken: taken)
        assert set(find(issued, "lists")) == {code}


def test_a_real_office_is_warned_of_one_root_key_and_of_one_beside_its_services(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "root")) == {"root_set": Level.GOOD}
    real = replace(issued.home, settings=issued.home.settings.model_copy(update={"demonstration": False}))
    assert set(find(issued, "root", home=real)) == {"root_alone", "root_beside", "root_set"}


def test_an_empty_office_is_told_what_comes_first(founded: DemoOffice, find: Find) -> None:
    assert set(find(founded, "snapshot")) <= {"never_published", "snapshot_holds"}
    assert levels(find(founded, "stranger")) == {"nothing_issued": Level.GOOD}


def test_a_wrong_passphrase_is_told_by_its_code(issued: DemoOffice, find: Find) -> None:
    assert levels(find(issued, "passphrase")) == {"passphrase_opens": Level.GOOD}
    for each in issued.home.keys.glob("*"):
        if b'"index"' in each.read_bytes():
            each.unlink()
    office = DemoOffice.open(issued.home.directory, issued.clock())
    assert find(office, "passphrase")["passphrase_wrong"].numbers["why"] == "no_secret"
    office.close()


def test_a_damaged_register_is_told_with_its_page(
    issued: DemoOffice, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert levels(find(issued, "whole")) == {"register_whole": Level.GOOD}

    def damaged(_: object) -> None:
        raise MachineError("register_damaged", "page 7", page=7)

    monkeypatch.setattr(registering.machine, "require_whole", damaged)
    assert find(issued, "whole")["register_damaged"].numbers == {"page": 7}


def test_no_finding_names_a_person_a_number_or_a_cti(issued: DemoOffice) -> None:
    with issued.opened.register.read() as session:
        rows = session.execute(standing.select(standing.CertificateRow.number, standing.CertificateRow.cti)).all()
    secret = {each.number for each in rows} | {each.cti.hex() for each in rows}
    secret |= {word for each in batch_drafts(issued, APPROVED) for word in (each.name, each.id_number)}
    for moved in (timedelta(0), timedelta(days=3), timedelta(days=900)):
        told = repr([look(each, ground_of(issued, now=issued.clock() + moved)) for each in CHECKS])
        assert not [each for each in secret if each in told]
