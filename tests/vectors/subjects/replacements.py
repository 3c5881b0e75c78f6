"""What stands in another's place: certificates and their gap, withdrawals set aside, erasure, and status keys."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from credential.history import EventKind, Reason, Replaced
from credential.statuslist import Status
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import PROVINCE, wide_grant
from tests.vectors.model import Book, Scene

VALID: Final = "valid/in_force"
WITHDRAWN: Final = "withdrawn/withdrawn"
LATE: Final = "not_authorised/late"
ISSUED: Final = date(2026, 7, 15)
"""Of every certificate here."""
AWARDED: Final = date(2023, 6, 30)
UNTRUSTED: Final = "indeterminate/history_untrusted"
SECOND: Final = datetime(2026, 8, 1, tzinfo=UTC)
ROBBERY: Final = datetime(2026, 9, 1, tzinfo=UTC)
FORMER: Final = "SF2023-00007"
NEW: Final = "SF2026-90001"


def cases(book: Book) -> None:
    """One publication for certificates, whose grants all allow a year from award to issue; one for keys."""
    world = World()
    ended = wide_grant(series=frozenset({6}), last=date(2026, 7, 14))
    recording = wide_grant(series=frozenset({5}), ways=frozenset({9}))
    world.change_authority(PROVINCE, grants=(wide_grant(series=frozenset({5, 22})), ended, recording))
    scene = book.scene(world)
    _gaps(scene)
    _set_aside(scene)
    _erased(scene)
    _succession(book)
    for certificate in world.certificates:
        # They are asked about by QR text; records that nobody opens would only make the shard longer.
        certificate.coded = False


def _succession(book: Book) -> None:
    """A status key in the place of another, stolen itself, and one in nobody's place; both began after the event."""
    world = World()
    former, stolen, alone = (Key(f"{which} status") for which in ("former", "stolen", "new"))
    world.add_key(former, "status", None, state="ended", ends=SECOND)
    compromised: dict[str, Any] = {"state": "compromised", "compromised_since": ROBBERY}
    world.add_key(stolen, "status", None, begins=SECOND, succeeds=former.key_id, **compromised)
    world.add_key(alone, "status", None, begins=SECOND)
    scene = book.scene(world)
    for name, why, signer in (
        ("stolen_key_that_succeeds_a_good_one", "A thief names any instant, also one of the key before.", stolen),
        ("new_key_that_succeeds_none", "Its window began after the last event.", alone),
    ):
        certificate = world.issue()
        certificate.history_signer = signer
        certificate.coded = False
        scene.case(f"history_signed_by_a_{name}_fail", UNTRUSTED, why, "6", certificate)


def _gaps(scene: Scene) -> None:
    def ask(name: str, expect: str, why: str, section: str = "12", **changes: Any) -> None:
        scene.case(name, expect, why, section, replacing(scene.world, **changes))

    ask(
        "corrected_after_three_years",
        VALID,
        "The gap is counted to the issued date of the certificate that it replaces.",
        counted_from=date(2023, 7, 10),
    )
    ask(
        "restored_after_six_years",
        VALID,
        "A court restored a title of 2020; the certificate replaced was issued in time.",
        award_date=date(2020, 6, 30),
        counted_from=date(2020, 7, 20),
    )
    ask("corrected_without_naming_what_it_replaces_fail", LATE, "1,111 days after the award, a year is allowed.")
    ask(
        "replaced_one_just_in_time",
        VALID,
        "365 days after the award.",
        counted_from=AWARDED + timedelta(days=365),
    )
    ask(
        "replaced_one_was_late_too_fail",
        LATE,
        "366 days after the award: the day that is named would still be late.",
        counted_from=AWARDED + timedelta(days=366),
    )
    ask(
        "replaced_one_issued_before_the_award",
        VALID,
        "The award date was corrected to a later one; such a day is never too late.",
        award_date=date(2026, 6, 30),
        counted_from=date(2024, 1, 2),
    )
    ask(
        "replaced_one_issued_the_same_day",
        VALID,
        "The day may be the issued date itself.",
        "6",
        award_date=date(2026, 6, 30),
        counted_from=ISSUED,
    )
    ask(
        "award_after_issue_of_the_new_one_fail",
        "not_authorised/award_after_issue",
        "The award is compared with the certificate's own issued date.",
        award_date=ISSUED + timedelta(days=1),
        counted_from=date(2023, 7, 10),
    )
    ask(
        "right_to_issue_only_when_the_replaced_one_was_issued_fail",
        "not_authorised/no_right_to_issue",
        "The right to issue is asked on the certificate's own issued date.",
        series=6,
        counted_from=date(2023, 7, 10),
    )
    ask(
        "historical_record_that_replaces_another",
        VALID,
        "Of way 9 no gap is asked.",
        way=9,
        basis_kind=5,
        basis_reference="1995职改字第12号",
        award_date=date(1995, 6, 1),
        counted_from=date(2023, 7, 10),
    )


def replacing(world: World, *, counted_from: date | None = None, **changes: Any) -> Certificate:
    """A certificate of 2026-07-15 without a committee, in the place of another when there is a day to count from."""
    values: dict[str, Any] = {"way": 2, "basis_kind": 4, "basis_reference": "认定1号", "award_date": AWARDED}
    replaced = None if counted_from is None else Replaced(number=FORMER, counted_from=counted_from)
    return world.issue(replaces=replaced, **(values | changes))


def _set_aside(scene: Scene) -> None:
    world = scene.world
    certificate = _ended(world, EventKind.WITHDRAWN, Reason.FRAUD)
    _aside(world, certificate, datetime(2026, 11, 2, 2, tzinfo=UTC))
    why = "The withdrawal was annulled; the new certificate is in force in its place, this one stays withdrawn."
    scene.case("withdrawn_and_set_aside", WITHDRAWN, why, "6", certificate)
    for name, expect, why, day in (
        ("asked_about_the_day_of_setting_aside", WITHDRAWN, "Setting aside brings no state.", date(2026, 11, 2)),
        ("asked_about_before_setting_aside", WITHDRAWN, "On that day it was withdrawn.", date(2026, 11, 1)),
        ("asked_about_before_the_withdrawal", VALID, "On that day it was in force.", date(2026, 9, 30)),
    ):
        scene.case(f"set_aside_{name}", expect, why, "12", certificate, at=day)
    noted = _ended(world, EventKind.WITHDRAWN, Reason.PROCEDURE)
    _aside(world, noted, datetime(2026, 11, 2, 2, tzinfo=UTC))
    world.append(noted, EventKind.ANNOTATED, detail="法院判决书〔2026〕17号")
    why = "The event of the state is the last one that brings a state."
    scene.case("set_aside_and_annotated", WITHDRAWN, why, "6", noted)
    early = _ended(world, EventKind.WITHDRAWN, Reason.PROCEDURE)
    _aside(world, early, datetime(2026, 11, 2, 2, tzinfo=UTC), effective=date(2026, 9, 1))
    why = (
        "It takes effect before the withdrawal that it sets aside, so on that day it could not follow and is left out."
    )
    scene.case("set_aside_effective_before_the_withdrawal", VALID, why, "12", early, at=date(2026, 9, 15))
    twice = _ended(world, EventKind.WITHDRAWN, Reason.PROCEDURE)
    _aside(world, twice, datetime(2026, 11, 2, 2, tzinfo=UTC))
    _aside(world, twice, datetime(2026, 11, 3, 2, tzinfo=UTC), detail="SF2026-90002")
    scene.case("set_aside_twice", WITHDRAWN, "It may follow wherever the state is withdrawn.", "6", twice)
    replaced = _ended(world, EventKind.SUPERSEDED, Reason.REISSUED, detail=NEW)
    world.append(replaced, EventKind.WITHDRAWN, recorded=datetime(2026, 10, 5, 2, tzinfo=UTC), reason=Reason.FRAUD)
    _aside(world, replaced, datetime(2026, 11, 2, 2, tzinfo=UTC), detail="SF2026-90002")
    why = "Superseded, withdrawn with its successor, and that withdrawal set aside."
    scene.case("superseded_withdrawn_and_set_aside", WITHDRAWN, why, "6", replaced)
    listed = _ended(world, EventKind.WITHDRAWN, Reason.FRAUD)
    _aside(world, listed, datetime(2026, 11, 2, 2, tzinfo=UTC))
    listed.status = Status.VALID
    why = "Setting aside brings no state, so the status list still says withdrawn."
    scene.case("set_aside_and_listed_as_valid_fail", "indeterminate/status_disagrees", why, "12", listed)


def _aside(world: World, certificate: Certificate, recorded: datetime, **changes: Any) -> None:
    values: dict[str, Any] = {"detail": NEW, "authority": "demo-court", "reason": Reason.DECISION}
    world.append(certificate, EventKind.SET_ASIDE, recorded=recorded, **(values | changes))


def _ended(world: World, kind: EventKind, reason: Reason, **changes: Any) -> Certificate:
    certificate = world.issue()
    world.append(certificate, kind, recorded=datetime(2026, 10, 1, 2, tzinfo=UTC), reason=reason, **changes)
    return certificate


def _erased(scene: Scene) -> None:
    world = scene.world
    later = datetime(2026, 11, 2, 2, tzinfo=UTC)
    for kind, expect, reason, detail in (
        (EventKind.WITHDRAWN, WITHDRAWN, Reason.FRAUD, None),
        (EventKind.CANCELLED, "cancelled/cancelled", Reason.SURRENDERED, None),
        (EventKind.SUPERSEDED, "superseded/superseded", Reason.REISSUED, NEW),
    ):
        certificate = _ended(world, kind, reason, detail=detail)
        world.append(certificate, EventKind.ERASED, recorded=later)
        why = "The issuer deleted what it could read of the person; the state stays."
        scene.case(f"{kind.word}_and_erased", expect, why, "6", certificate)
    again = _ended(world, EventKind.CANCELLED, Reason.SURRENDERED)
    world.append(again, EventKind.ERASED, recorded=later)
    world.append(again, EventKind.WITHDRAWN, recorded=later + timedelta(days=9), reason=Reason.FRAUD)
    scene.case("erased_then_withdrawn", WITHDRAWN, "Erasing brings no state; a sanction can follow.", "6", again)
    why = "On that day it was cancelled and erased."
    scene.case("erased_asked_about_between", "cancelled/cancelled", why, "12", again, at=date(2026, 11, 5))
    both = _ended(world, EventKind.WITHDRAWN, Reason.FRAUD)
    _aside(world, both, later)
    world.append(both, EventKind.ERASED, recorded=later)
    scene.case("set_aside_and_erased", WITHDRAWN, "Both may follow on withdrawn, in either order.", "6", both)
    reversed_ = _ended(world, EventKind.WITHDRAWN, Reason.FRAUD)
    world.append(reversed_, EventKind.ERASED, recorded=later)
    _aside(world, reversed_, later)
    scene.case("erased_and_set_aside", WITHDRAWN, "Both may follow on withdrawn, in either order.", "6", reversed_)
