"""Mistakes that systems of revocation are known for, each as one case (FORMAT 6, 7, 12).

A revocation that was taken back; a second reason that got lost behind the first; suspended that was shown as withdrawn,
and what could not be fetched that was; two states on one day, and states whose days run against their order. That
refreshing fails for ever is told in section 10 (``snapshot_frozen``).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from credential.history import EventKind, Reason
from credential.statuslist import Status
from tests.support.world import Certificate, World
from tests.support.worldparts import PROVINCE
from tests.vectors.model import Book, Scene
from tests.vectors.served import without
from tests.vectors.subjects.later_histories import Events, rewritten

UNTRUSTED: Final = "indeterminate/history_untrusted"
DISAGREE: Final = "indeterminate/status_disagrees"
MORNING, EVENING = datetime(2026, 9, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, 10, tzinfo=UTC)
THAT_DAY: Final = date(2026, 9, 1)


def cases(book: Book) -> None:
    """One publication for all."""
    scene = book.scene(World())
    _back(scene)
    _two_reasons(scene)
    _shown_as_another(scene)
    _one_day(scene)
    for certificate in scene.world.certificates:
        # They are asked about by QR text; records that nobody opens would only make the shard longer.
        certificate.coded = False
    _not_fetched(book)
    _out_of_order(book)


def _not_fetched(book: Book) -> None:
    """What could not be fetched is not known: not of a good certificate, and not of one under review."""
    scene = book.scene(World(), tamper=without("status/at/"))
    why = "Unreachable is never withdrawn, and never suspended, though the history says so."
    scene.case("suspended_and_list_absent_fail", "indeterminate/status_unreachable", why, "12", _suspended(scene.world))
    ended = scene.world.issue()
    scene.world.append(ended, EventKind.WITHDRAWN, recorded=MORNING, reason=Reason.FRAUD)
    why = "What was not fetched is not known, and the history alone is no answer for today."
    scene.case("withdrawn_and_list_absent_fail", "indeterminate/status_unreachable", why, "12", ended)


def _suspended(world: World) -> Certificate:
    certificate = world.issue()
    world.append(certificate, EventKind.SUSPENDED, recorded=MORNING, reason=Reason.UNDER_REVIEW)
    return certificate


def _back(scene: Scene) -> None:
    """Withdrawn is final: nothing makes it good again. No writer of ours makes such a history."""

    def reinstated(events: Events) -> Events:
        first = events[0]
        terms = [first[1], first[2], PROVINCE, "", ""]
        withdrawn = [int(EventKind.WITHDRAWN), *terms, int(Reason.FRAUD), None]
        return [first, withdrawn, [int(EventKind.REINSTATED), *terms, int(Reason.CLEARED), None]]

    back = rewritten(scene.world, reinstated)
    scene.case("history_reinstated_after_withdrawal_fail", UNTRUSTED, "Withdrawn is final.", "6", back)


def _two_reasons(scene: Scene) -> None:
    """The reason of the withdrawal is told, and not that of the suspension before it."""
    world = scene.world
    second = _suspended(world)
    world.append(second, EventKind.WITHDRAWN, recorded=EVENING, reason=Reason.FRAUD)
    why = "The second reason counts: a suspension before it hides nothing."
    scene.case("suspended_then_withdrawn", "withdrawn/withdrawn", why, "6", second)


def _shown_as_another(scene: Scene) -> None:
    """Suspended is not withdrawn: where list and history differ in that, neither is told."""
    review = _suspended(scene.world)
    review.status = Status.WITHDRAWN
    why = "Under review is not withdrawn, whatever the list says."
    scene.case("list_withdrawn_history_suspended_fail", DISAGREE, why, "12", review)
    ended = scene.world.issue()
    scene.world.append(ended, EventKind.WITHDRAWN, recorded=MORNING, reason=Reason.FRAUD)
    ended.status = Status.SUSPENDED
    why = "Withdrawn is not under review, whatever the list says."
    scene.case("list_suspended_history_withdrawn_fail", DISAGREE, why, "12", ended)


def _one_day(scene: Scene) -> None:
    """Of two states that begin on one day the later recorded one is that day's."""
    world = scene.world
    cleared = _suspended(world)
    world.append(cleared, EventKind.REINSTATED, recorded=EVENING, reason=Reason.CLEARED)
    why = "Suspended in the morning, reinstated in the evening: the day ended in force."
    scene.case("suspended_and_reinstated_on_one_day", "valid/in_force", why, "12", cleared, at=THAT_DAY)
    found = _suspended(world)
    world.append(found, EventKind.WITHDRAWN, recorded=EVENING, reason=Reason.FRAUD)
    why = "Suspended in the morning, withdrawn in the evening: the day ended withdrawn."
    scene.case("suspended_and_withdrawn_on_one_day", "withdrawn/withdrawn", why, "12", found, at=THAT_DAY)


def _out_of_order(book: Book) -> None:
    """What took effect earlier than what was recorded before it, asked about a day between."""
    scene = book.scene(World())
    world = scene.world
    again = world.issue()
    days = (date(2026, 9, 1), date(2026, 9, 10), date(2026, 9, 4))
    kinds = (EventKind.SUSPENDED, EventKind.REINSTATED, EventKind.SUSPENDED)
    for place, (kind, day) in enumerate(zip(kinds, days, strict=True)):
        recorded = datetime(2026, 9, 10 + place, 2, tzinfo=UTC)
        document = f"示人社查〔2026〕{place + 1}号"
        world.append(again, kind, recorded=recorded, effective=day, reason=Reason.UNDER_REVIEW, document=document)
    why = "Under review since the first suspension; the second one finds it so, and changes nothing on that day."
    asked = date(2026, 9, 5)
    scene.case("suspended_while_suspended_by_days", "suspended/under_review", why, "12", again, at=asked)
    cleared = world.issue()
    world.append(cleared, EventKind.SUSPENDED, recorded=MORNING, effective=date(2026, 8, 20), reason=Reason.OTHER)
    world.append(cleared, EventKind.REINSTATED, recorded=EVENING, effective=date(2026, 8, 10), reason=Reason.CLEARED)
    why = "No suspension had begun on that day: in force since it was issued, and not since a reinstatement."
    asked = date(2026, 8, 15)
    scene.case("reinstated_by_days_before_the_suspension", "valid/in_force", why, "12", cleared, at=asked)
    for certificate in world.certificates:
        certificate.coded = False
