"""Histories that a later version wrote, and the details of events (FORMAT 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from credential import cbor, cose, history
from credential.statuslist import Status
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import PROVINCE
from tests.vectors.model import Book, Scene

NEWER: Final = "indeterminate/newer_format"
UNTRUSTED: Final = "indeterminate/history_untrusted"
RETIRED: Final = Key("retired status")
LOST: Final = Key("lost status")
RETIREMENT: Final = datetime(2026, 8, 1, tzinfo=UTC)
FORMER: Final = "SF2023-00007"

Events = list[list[Any]]
Rewrite = Callable[[Events], Events]


def cases(book: Book) -> None:
    """One publication for all."""
    world = World()
    world.add_key(RETIRED, "status", None, state="ended", ends=RETIREMENT)
    world.add_key(LOST, "status", None, state="compromised", compromised_since=RETIREMENT)
    scene = book.scene(world)
    for name, why, change in LATER:
        scene.case(f"{name}_fail", NEWER, why, "6", rewritten(world, change), step=5)
    for name, why, change in REFUSED:
        scene.case(f"{name}_fail", UNTRUSTED, why, "6", rewritten(world, change))
    _beside(scene)
    for certificate in world.certificates:
        # They are asked about by QR text; records that nobody opens would only make the shard longer.
        certificate.coded = False


def rewritten(world: World, change: Rewrite, *, signer: Key | None = None, **changes: Any) -> Certificate:
    """A certificate whose history a status key signed over other events."""
    certificate = world.issue(**changes)

    def tamper(plain: bytes) -> bytes:
        payload = cbor.decode(cose.parse(plain, max_bytes=16000, typ=history.TYP).payload, max_bytes=16000)
        assert isinstance(payload, list)
        data = cbor.encode([payload[0], payload[1], change(payload[2])])
        return cose.sign(data, signer or world.status_key, typ=history.TYP)

    certificate.tamper_history = tamper
    return certificate


_NAMES: Final = ("kind", "effective", "recorded", "authority", "basis", "document", "reason", "detail")


def _with(event: list[Any], **changes: Any) -> list[Any]:
    """An event with some positions replaced."""
    return [changes.get(name, member) for name, member in zip(_NAMES, event, strict=True)]


def _event(kind: int, detail: object, *, like: list[Any], reason: int = 0) -> list[Any]:
    """An event of a kind, recorded when ``like`` was."""
    return [kind, like[1], like[2], PROVINCE, "", "", reason, detail]


def _more(*later: tuple[int, object] | tuple[int, object, int]) -> Rewrite:
    """Append events: kind, detail and, where it is not 0, the reason."""
    return lambda events: [*events, *(_event(each[0], each[1], like=events[0], reason=_reason(each)) for each in later)]


def _reason(said: tuple[int, object] | tuple[int, object, int]) -> int:
    return said[2] if len(said) == 3 else 0


def _unknown(**changes: Any) -> Rewrite:
    """Append an event of kind 10 with some positions replaced."""
    return lambda events: [*events, _with(_event(10, None, like=events[0]), **changes)]


def _first(**changes: Any) -> Rewrite:
    """The first event with some positions replaced."""
    return lambda events: [_with(events[0], **changes), *events[1:]]


def _replacing(*replaces: object) -> Rewrite:
    """The first event with something in the place of what it replaces."""
    return lambda events: [[*events[0][:7], [events[0][7][0], *replaces]], *events[1:]]


def _replaced_after_issue(events: Events) -> Events:
    return _replacing([FORMER, events[0][1] + 1])(events)


LATER: Final[tuple[tuple[str, str, Rewrite], ...]] = (
    ("history_of_unknown_kind", "A kind that this version does not name.", _more((10, None))),
    ("history_of_unknown_kind_255", "Kinds go up to 255.", _more((255, None))),
    ("history_of_unknown_kind_at_the_end", "What stands in front of it is in order.", _more((2, None), (10, "x"))),
    (
        "history_of_unknown_kind_in_the_middle",
        "What stands behind it is not looked at.",
        _more((10, None), (2, None)),
    ),
    (
        "history_of_unknown_kind_and_what_cannot_follow",
        "After the unknown kind nobody here knows what may follow.",
        _more((4, None), (10, None), (3, None), (1, None)),
    ),
    (
        "history_of_unknown_kind_and_a_wrong_detail",
        "What stands behind it is not looked at.",
        _more((10, None), (2, "x")),
    ),
    (
        "history_of_unknown_kind_with_a_map",
        "Its detail is anything that the encoding allows.",
        _more((10, {"a": [1, {-1: b"x"}], "b": True})),
    ),
    (
        "history_of_unknown_kind_that_takes_effect_tomorrow",
        "Of an unknown event only the form of its positions is asked.",
        lambda events: _unknown(effective=events[0][1] + 1)(events),
    ),
    (
        "history_of_unknown_kind_by_an_authority_named_otherwise",
        "Of an unknown event only the form of its positions is asked.",
        _unknown(authority="示范省人力资源和社会保障厅"),
    ),
    (
        "history_begins_with_an_unknown_kind",
        "In front of it there is nothing that could be out of order.",
        lambda events: [_event(10, None, like=events[0]), *events],
    ),
    ("history_reason_eleven", "A reason that this version does not name.", _first(reason=11)),
    ("history_of_unknown_reason_255", "Reasons go up to 255.", _more((2, None, 255))),
    (
        "history_of_unknown_reason_with_a_detail",
        "Of an event of an unknown reason the detail is anything, whatever its kind.",
        _more((2, ["x"], 11)),
    ),
    (
        "history_of_unknown_reason_that_cannot_follow",
        "Its place is not asked either.",
        _more((3, None, 11)),
    ),
)
REFUSED: Final[tuple[tuple[str, str, Rewrite], ...]] = (
    ("history_of_kind_256", "Kinds go up to 255.", _more((256, None))),
    ("history_of_kind_0", "Kinds begin with 1.", _more((0, None))),
    ("history_of_reason_256", "Reasons go up to 255.", _more((2, None, 256))),
    ("history_of_unknown_kind_and_of_kind_256", "Every event has its eight positions.", _more((10, None), (256, None))),
    (
        "history_of_unknown_kind_after_a_wrong_event",
        "What stands in front of it is not in order.",
        _more((3, None), (10, None)),
    ),
    (
        "history_of_unknown_kind_after_a_wrong_detail",
        "What stands in front of it is not in its form.",
        _more((2, "x"), (10, None)),
    ),
    (
        "history_of_unknown_kind_after_suspended_first",
        "The first event is issued.",
        lambda events: [_event(2, None, like=events[0]), _event(10, None, like=events[0])],
    ),
    (
        "history_of_unknown_kind_in_seven_parts",
        "An event of an unknown kind has eight positions too.",
        lambda events: [*events, _event(10, None, like=events[0])[:7]],
    ),
    (
        "history_of_unknown_kind_and_one_in_seven_parts",
        "So have those behind it.",
        lambda events: [*_unknown()(events), _event(2, None, like=events[0])[:7]],
    ),
    ("history_of_unknown_kind_without_a_day", "The second position is a day.", _unknown(effective=-1)),
    ("history_of_unknown_kind_with_a_day_as_text", "A day is a number.", _unknown(effective="2026-07-15")),
    ("history_of_unknown_kind_recorded_never", "The third position is an instant.", _unknown(recorded=None)),
    ("history_of_unknown_kind_in_the_year_10000", "Instants end with 9999.", _unknown(recorded=253402214401)),
    ("history_of_unknown_kind_by_nobody", "The fourth position is a text.", _unknown(authority=None)),
    ("history_of_unknown_kind_and_reason_true", "true is no number.", _unknown(reason=True)),
    ("history_set_aside_without_withdrawal", "There is nothing to set aside.", _more((8, "SF2026-90001"))),
    ("history_set_aside_when_suspended", "There is nothing to set aside.", _more((2, None), (8, "SF2026-90001"))),
    ("history_set_aside_when_cancelled", "Only a withdrawal is set aside.", _more((5, None), (8, "SF2026-90001"))),
    (
        "history_set_aside_when_superseded",
        "Only a withdrawal is set aside.",
        _more((6, "SF2026-90001"), (8, "SF2026-90002")),
    ),
    ("history_reinstated_after_setting_aside", "Withdrawn is final.", _more((4, None), (8, "SF2026-90001"), (3, None))),
    ("history_withdrawn_after_setting_aside", "Withdrawn is final.", _more((4, None), (8, "SF2026-90001"), (4, None))),
    ("history_set_aside_without_a_number", "It names the new certificate.", _more((4, None), (8, None))),
    ("history_set_aside_for_words", "It names the new certificate by its number.", _more((4, None), (8, "法院判决"))),
    ("history_set_aside_for_a_number_too_long", "4 to 24 characters.", _more((4, None), (8, "S" * 25))),
    ("history_erased_when_valid", "One that is in force is not erased.", _more((9, None))),
    ("history_erased_when_suspended", "One under review is not erased.", _more((2, None), (9, None))),
    ("history_suspended_after_erasing", "Cancelled stays cancelled.", _more((5, None), (9, None), (2, None))),
    ("history_erased_with_a_detail", "null for erased.", _more((5, None), (9, "SF2026-90001"))),
    ("history_detail_of_issued_as_bytes", "A digest and what it replaces.", _first(detail=bytes(32))),
    ("history_detail_of_issued_null", "A digest and what it replaces.", _first(detail=None)),
    ("history_detail_of_issued_alone", "Two members.", _replacing()),
    ("history_detail_of_issued_in_three", "Two members.", _replacing(None, None)),
    ("history_replaces_nothing", "null, or a number and a day.", _replacing([])),
    ("history_replaces_false", "null, or a number and a day.", _replacing(False)),
    ("history_replaces_a_number_alone", "A number and a day.", _replacing(FORMER)),
    ("history_replaces_in_three", "A number and a day.", _replacing([FORMER, 19500, 0])),
    ("history_replaces_in_small_letters", "A certificate's number.", _replacing(["sf2023-00007", 19500])),
    ("history_replaces_a_number_too_short", "4 to 24 characters.", _replacing(["SF2", 19500])),
    ("history_replaces_a_number_as_bytes", "A number is a text.", _replacing([b"SF2023-00007", 19500])),
    ("history_counts_from_no_day", "A number and a day.", _replacing([FORMER, None])),
    ("history_counts_from_a_day_as_text", "A day is a number.", _replacing([FORMER, "2023-07-10"])),
    ("history_counts_from_true", "true is no number.", _replacing([FORMER, True])),
    ("history_counts_from_before_1970", "A day number is not below 0.", _replacing([FORMER, -1])),
    ("history_counts_from_after_the_issued_date", "Not later than the issued date.", _replaced_after_issue),
)


def _beside(scene: Scene) -> None:
    """What is asked before a history is said to be newer, and what is not asked of it."""
    world = scene.world
    unknown = _more((10, None))
    swapped = rewritten(world, unknown)
    swapped.history = replace(swapped.history, cti=world.certificates[0].claims.cti)
    why = "Whose it is comes first: the record opens and holds another certificate's history."
    scene.case("history_of_unknown_kind_of_another_certificate_fail", UNTRUSTED, why, "6", swapped)
    for name, signer in (("a_stranger", Key("stranger")), ("a_lost_key", LOST), ("the_publisher", world.publisher)):
        made = rewritten(world, unknown, signer=signer)
        why = "Signature and key come first."
        scene.case(f"history_of_unknown_kind_by_{name}_fail", UNTRUSTED, why, "6", made)
    retired = rewritten(world, unknown, signer=RETIRED)
    why = "The key's window holds the last event."
    scene.case("history_of_unknown_kind_before_its_key_retired_fail", NEWER, why, "6", retired, step=5)
    behind = rewritten(world, _unknown(recorded=int(RETIREMENT.timestamp())), signer=RETIRED)
    why = "The last event was recorded after the key had ended, and is asked about although its kind is unknown."
    scene.case("history_of_unknown_kind_after_its_key_retired_fail", UNTRUSTED, why, "6", behind)
    backwards = rewritten(world, _more((10, None), (2, None)), signer=RETIRED)
    scene.case(
        "history_of_unknown_kind_and_one_more_fail", NEWER, "In order up to the unknown.", "6", backwards, step=5
    )
    twin = world.issue(cti=retired.claims.cti, name="李四")
    twin.registered = False
    why = "What it registered may be said by what is not known, so not even that it is of other bytes is proven."
    scene.case("history_of_unknown_kind_for_other_bytes_fail", NEWER, why, "6", twin, step=5)
    listed = rewritten(world, unknown)
    listed.status = Status.WITHDRAWN
    why = "The list alone withdraws nothing; the history is of a later version."
    scene.case("history_of_unknown_kind_and_listed_as_withdrawn_fail", NEWER, why, "12", listed, step=5)
    ungranted = rewritten(world, unknown, series=5, title=5002, level=3)
    why = "What a later step proves without the issued date stands."
    scene.case("refusal_beats_a_newer_history_fail", "not_authorised/committee_scope", why, "12", ungranted)
