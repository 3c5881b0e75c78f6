"""Step 9: the five states, what came before them, and questions about a past day (FORMAT 6, 7, 12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from credential import checkcode
from credential.history import EventKind, Reason
from credential.kdf import prefix
from credential.statuslist import Status
from tests.support.clock import NOW
from tests.support.world import Certificate, World
from tests.vectors.model import Book, Scene

OCTOBER: Final = datetime(2026, 10, 1, 2, tzinfo=UTC)
EXPECTED: Final = {
    EventKind.SUSPENDED: "suspended/under_review",
    EventKind.WITHDRAWN: "withdrawn/withdrawn",
    EventKind.CANCELLED: "cancelled/cancelled",
    EventKind.SUPERSEDED: "superseded/superseded",
}
REASONS: Final = {
    EventKind.SUSPENDED: Reason.UNDER_REVIEW,
    EventKind.WITHDRAWN: Reason.FRAUD,
    EventKind.CANCELLED: Reason.SURRENDERED,
    EventKind.SUPERSEDED: Reason.REISSUED,
}


def cases(book: Book) -> None:
    """One publication for all; a second with a real deployment."""
    scene = book.scene(World())
    _states(scene)
    by_code = len(scene.world.certificates)
    _paths(scene)
    _days(scene)
    for certificate in scene.world.certificates[by_code:]:
        # They are asked about by QR text; records that nobody opens would only make the shard longer.
        certificate.coded = False
    _deployments(book)
    _deceased(book)


def _deceased(book: Book) -> None:
    scene = book.scene(World())
    ended = _changed(scene.world, EventKind.CANCELLED, reason=Reason.DECEASED)
    ended.coded = False
    scene.case("cancelled_because_the_holder_died", "cancelled/cancelled", "Reason 10 is known.", "6", ended)


def _changed(world: World, kind: EventKind, **changes: Any) -> Certificate:
    certificate = world.issue()
    values: dict[str, Any] = {"reason": REASONS[kind], "recorded": OCTOBER}
    if kind is EventKind.SUPERSEDED:
        values["detail"] = "SF2026-90001"
    world.append(certificate, kind, **(values | changes))
    return certificate


def _states(scene: Scene) -> None:
    for kind, expect in EXPECTED.items():
        name = kind.name.lower()
        certificate = _changed(scene.world, kind)
        scene.case(f"{name}", expect, "History and list say the same.", "12", certificate)
        code = certificate.grouped_code
        scene.case(f"{name}_by_check_code", expect, "The code leads to the same answer.", "12", check_codes=(code,))
        asked: dict[str, Any] = {"at": date(2026, 9, 30)}
        scene.case(
            f"{name}_later_than_asked", "valid/in_force", "On that day it was in force.", "12", certificate, **asked
        )
        asked["at"] = date(2026, 10, 1)
        scene.case(
            f"{name}_on_the_day_asked", expect, "The day of the event is its first day.", "12", certificate, **asked
        )


def _paths(scene: Scene) -> None:
    world = scene.world
    back = _changed(world, EventKind.SUSPENDED, recorded=datetime(2026, 8, 1, 2, tzinfo=UTC))
    world.append(back, EventKind.REINSTATED, recorded=datetime(2026, 9, 1, 2, tzinfo=UTC), reason=Reason.CLEARED)
    scene.case("reinstated", "valid/in_force", "The review ended without finding.", "6", back)
    scene.case(
        "reinstated_asked_about_between",
        "suspended/under_review",
        "In August it was suspended.",
        "12",
        back,
        at=date(2026, 8, 15),
    )
    scene.case(
        "reinstated_asked_about_that_day",
        "valid/in_force",
        "From the day of reinstatement on.",
        "12",
        back,
        at=date(2026, 9, 1),
    )
    corrected = _changed(world, EventKind.SUSPENDED, recorded=datetime(2026, 8, 1, 2, tzinfo=UTC))
    world.append(corrected, EventKind.SUPERSEDED, recorded=datetime(2026, 9, 1, 2, tzinfo=UTC), detail="SF2026-00009")
    scene.case(
        "suspended_on_the_day_and_superseded_later",
        "suspended/under_review",
        "In August it was suspended, and no other certificate stood in its place.",
        "12",
        corrected,
        at=date(2026, 8, 15),
    )
    noted = _changed(world, EventKind.WITHDRAWN)
    world.append(noted, EventKind.ANNOTATED, detail="法院撤销该决定，另发新证", authority="demo-court")
    scene.case(
        "withdrawn_and_annotated",
        "withdrawn/withdrawn",
        "Withdrawn is final; a court's decision is a note, the new certificate another one.",
        "6",
        noted,
    )
    replaced = _changed(world, EventKind.SUPERSEDED)
    world.append(replaced, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    scene.case(
        "superseded_then_withdrawn",
        "withdrawn/withdrawn",
        "Withdrawing a successor withdraws its predecessors.",
        "6",
        replaced,
    )
    ended = _changed(world, EventKind.CANCELLED)
    world.append(ended, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    scene.case(
        "cancelled_then_withdrawn", "withdrawn/withdrawn", "A sanction can follow on an administrative end.", "6", ended
    )
    long = world.issue()
    for number in range(31):
        recorded = datetime(2026, 8, 1, 2, tzinfo=UTC) + timedelta(days=number)
        world.append(long, EventKind.SUSPENDED, recorded=recorded, reason=Reason.UNDER_REVIEW)
        world.append(long, EventKind.REINSTATED, recorded=recorded, reason=Reason.CLEARED)
    scene.case("history_of_63_events", "valid/in_force", "A long history in the largest size of record.", "5.2", long)


def _days(scene: Scene) -> None:
    world = scene.world
    good = world.issue()

    def ask(name: str, expect: str, why: str, day: date) -> None:
        scene.case(name, expect, why, "12", good, at=day)

    ask("asked_about_the_issued_date", "valid/in_force", "The first day.", date(2026, 7, 15))
    ask(
        "asked_about_the_day_before_issue",
        "not_yet_issued/awarded_not_issued",
        "The title was awarded, its certificate was not issued yet.",
        date(2026, 7, 14),
    )
    why = "The title was awarded on that day, its certificate was not issued yet."
    ask("asked_about_the_award_date", "not_yet_issued/awarded_not_issued", why, date(2026, 6, 30))
    why = "There was no such title yet."
    ask("asked_about_the_day_before_the_award", "not_yet_issued/award_not_made", why, date(2026, 6, 29))
    ask("asked_about_long_ago", "not_yet_issued/award_not_made", "There was no such title yet.", date(1999, 12, 31))
    ask("asked_about_a_day_before_1970", "not_yet_issued/award_not_made", "Days may be negative.", date(1949, 10, 1))
    ask("asked_about_today", "valid/in_force", "Today's answer from the history.", date(2026, 11, 21))
    midnight = world.issue(issued_at=datetime(2026, 7, 14, 16, tzinfo=UTC))
    scene.case(
        "issued_at_midnight_in_shanghai",
        "valid/in_force",
        "16:00 UTC is the next day's first second.",
        "1.7",
        midnight,
        at=date(2026, 7, 15),
    )
    scene.case(
        "asked_about_the_day_in_utc",
        "not_yet_issued/awarded_not_issued",
        "The day in UTC is not the day in Shanghai.",
        "1.7",
        midnight,
        at=date(2026, 7, 14),
    )
    backdated = _changed(world, EventKind.WITHDRAWN, effective=date(2026, 8, 1))
    scene.case(
        "withdrawn_with_effect_from_august",
        "withdrawn/withdrawn",
        "Read by effective days.",
        "12",
        backdated,
        at=date(2026, 8, 1),
    )
    scene.case(
        "withdrawn_with_effect_from_august_asked_about_july",
        "valid/in_force",
        "Read by effective days.",
        "12",
        backdated,
        at=date(2026, 7, 31),
    )
    disagreeing = _changed(world, EventKind.WITHDRAWN)
    disagreeing.status = Status.VALID
    scene.case(
        "asked_about_a_past_day_while_list_disagrees_fail",
        "indeterminate/status_disagrees",
        "With at, steps 1 to 8 are the same, and the two must agree first.",
        "12",
        disagreeing,
        at=date(2026, 9, 30),
    )
    overtaken = _changed(world, EventKind.SUSPENDED, recorded=datetime(2026, 9, 1, 2, tzinfo=UTC))
    world.append(overtaken, EventKind.WITHDRAWN, recorded=OCTOBER, effective=date(2026, 8, 1), reason=Reason.FRAUD)
    scene.case(
        "withdrawal_effective_before_the_suspension",
        "withdrawn/withdrawn",
        "In the order of recording: on 15 September suspended and withdrawn had begun.",
        "12",
        overtaken,
        at=date(2026, 9, 15),
    )
    scene.case(
        "withdrawal_effective_while_not_yet_suspended",
        "withdrawn/withdrawn",
        "On 15 August only the withdrawal had begun.",
        "12",
        overtaken,
        at=date(2026, 8, 15),
    )


def _deployments(book: Book) -> None:
    """The real thing says so; a demonstration cannot pass for it. Every other vector is a demonstration."""
    real = real_world()
    scene = book.scene(real)
    certificate = real.issue()
    scene.case(
        "not_a_demonstration",
        "valid/in_force",
        "Root and trust list say that this is no demonstration.",
        "8",
        certificate,
    )
    demonstration = book.scene(World())
    shown = demonstration.world.issue()
    demonstration.case(
        "demonstration", "valid/in_force", "Root and trust list say that this is a demonstration.", "8", shown
    )
    demonstration.case(
        "demonstration_for_the_real_thing_fail",
        "indeterminate/publication_untrusted",
        "The same publication read with the root of the real deployment.",
        "9",
        shown,
        root=real.pinned_root,
    )
    four = World(lists=4)
    split = book.scene(four)
    inside = four.issue()
    split.case(
        "one_of_four_status_lists",
        "valid/in_force",
        "The list is the one that the leading bits of P(cti) choose.",
        "7",
        inside,
    )
    suspended = four.issue()
    four.append(suspended, EventKind.SUSPENDED, recorded=NOW - timedelta(days=1), reason=Reason.UNDER_REVIEW)
    split.case("suspended_in_one_of_four_lists", "suspended/under_review", "The entry in its own list.", "7", suspended)
    cti = bytes(range(16))
    other = (prefix(cti, 2) + 1) % 4
    moved = four.issue(
        cti=cti, status=four.claims(cti, OCTOBER).status.__class__(index=5, uri=f"{four.base}status/{other}.cwt")
    )
    split.case(
        "list_of_another_prefix_fail",
        "indeterminate/status_unassigned",
        "The list at this address holds other prefixes.",
        "7",
        moved,
    )
    large = World(prefix_length=2, padding=8)
    sharded = book.scene(large, records=520)
    found = large.issue()
    sharded.case("shard_by_prefix", "valid/in_force", "Four shards below two manifests.", "5.4", found)
    code = checkcode.group(checkcode.CheckCode(found.check_code))
    sharded.case(
        "shard_by_check_code",
        "valid/in_force",
        "The code's first characters repeat the prefix.",
        "5.1",
        check_codes=(code,),
    )


def real_world() -> World:
    """A deployment that is no demonstration."""
    world = World()
    signers = world.root_signers
    world.roots.clear()
    world.add_root(signers, demonstration=False)
    world.change_trust(version=1, demonstration=False)
    return world
