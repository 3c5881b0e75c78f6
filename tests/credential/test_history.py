"""The history (FORMAT 6): which event may follow which, and what was in effect on a day."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cose
from credential.errors import CannotKnowError, CredentialError, MalformedError
from credential.grants import ACTS
from credential.history import (
    ACT_OF,
    EVENT_OF,
    MAX_BYTES,
    RIGHT_OF,
    STATE_AFTER,
    TYP,
    Event,
    EventKind,
    History,
    Reason,
    Registration,
    Replaced,
    may_follow,
    parse,
    sign,
)
from credential.statuslist import Status
from tests.credential.made import CTI, credential, event, history, issued, signer

BY = signer("status")
KIND = {kind.name.lower(): kind for kind in EventKind}
DETAIL: dict[EventKind, Any] = {
    EventKind.SUPERSEDED: "SF2026-0000002",
    EventKind.ANNOTATED: "set aside by a court",
    EventKind.SET_ASIDE: "SF2026-0000003",
}
START = date(2026, 11, 21)
PAST = date(2024, 1, 1)


REGISTRATION = Registration(digest=bytes(32))


def after(*words: str) -> History:
    """The history of a certificate with these events, a day apart."""
    found = history()
    for number, word in enumerate(words, start=1):
        kind = KIND[word]
        found = found.append(event(kind, START + timedelta(days=number), detail=DETAIL.get(kind)))
    return found


WAYS_TO = {
    Status.VALID: [(), ("suspended", "reinstated"), ("annotated",)],
    Status.SUSPENDED: [("suspended",), ("suspended", "annotated")],
    Status.WITHDRAWN: [
        ("withdrawn",),
        ("suspended", "withdrawn"),
        ("cancelled", "withdrawn"),
        ("superseded", "withdrawn"),
        ("withdrawn", "set_aside"),
        ("cancelled", "erased", "withdrawn"),
    ],
    Status.CANCELLED: [("cancelled",), ("suspended", "cancelled"), ("cancelled", "erased")],
    Status.SUPERSEDED: [("superseded",), ("suspended", "superseded"), ("superseded", "erased", "annotated")],
}
ALLOWED = """
valid       may become suspended   by suspended
valid       may become withdrawn   by withdrawn
valid       may become cancelled   by cancelled
valid       may become superseded  by superseded
valid       may become valid       by annotated
suspended   may become valid       by reinstated
suspended   may become withdrawn   by withdrawn
suspended   may become cancelled   by cancelled
suspended   may become superseded  by superseded
suspended   may become suspended   by annotated
superseded  may become withdrawn   by withdrawn
superseded  may become superseded  by annotated
cancelled   may become withdrawn   by withdrawn
cancelled   may become cancelled   by annotated
withdrawn   may become withdrawn   by annotated
withdrawn   may become withdrawn   by set_aside
withdrawn   may become withdrawn   by erased
cancelled   may become cancelled   by erased
superseded  may become superseded  by erased
"""
ARROWS = {
    (Status[words[0].upper()], KIND[words[5]]): Status[words[3].upper()]
    for words in (line.split() for line in ALLOWED.strip().splitlines())
}


@pytest.mark.parametrize("state", Status, ids=lambda state: state.name.lower())
@pytest.mark.parametrize("kind", EventKind, ids=lambda kind: kind.name.lower())
def test_an_event_follows_where_the_table_says_so_and_nowhere_else(state: Status, kind: EventKind) -> None:
    for way in WAYS_TO[state]:
        before = after(*way)
        assert before.status is state
        if kind is EventKind.ISSUED:
            again = issued()
            later = event(kind, START + timedelta(days=9), detail=again.detail)
        else:
            later = event(kind, START + timedelta(days=9), detail=DETAIL.get(kind))
        target = ARROWS.get((state, kind))
        if target is None:
            with pytest.raises(MalformedError) as caught:
                before.append(later)
            assert caught.value.code == "bad_history"
        else:
            assert before.append(later).status is target
            assert parse(sign(before.append(later), BY)).verify(BY.key).status is target


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind is not EventKind.ISSUED])
def test_a_history_begins_with_issued(kind: EventKind) -> None:
    with pytest.raises(MalformedError) as caught:
        History(cti=CTI, events=(event(kind, START, detail=DETAIL.get(kind)),))
    assert caught.value.code == "bad_history"


def test_what_is_signed_is_verified() -> None:
    found = after("suspended", "annotated", "withdrawn")
    data = sign(found, BY)
    unverified = parse(data)
    assert unverified.key_id == BY.key_id
    assert unverified.verify(BY.key) == found
    assert found.credential_digest == hashlib.sha256(credential()).digest()
    assert found.issued.effective == START
    assert found.status_event().kind is EventKind.WITHDRAWN
    assert after("withdrawn", "annotated").status_event().kind is EventKind.WITHDRAWN
    assert after("suspended", "reinstated").status_event().kind is EventKind.REINSTATED
    assert after("withdrawn", "set_aside", "erased").status_event().kind is EventKind.WITHDRAWN
    assert after("cancelled", "erased").status_event().kind is EventKind.CANCELLED
    assert history().status_event() == after("annotated").status_event() == history().issued


def test_the_bytes_are_those_of_the_document() -> None:
    protected, unprotected, payload, _ = cbor2.loads(sign(history(), BY)).value
    assert (cbor2.loads(protected), unprotected) == ({1: -7, 4: BY.key_id, 16: TYP}, {})
    digest = hashlib.sha256(credential()).digest()
    first = [1, 20778, 1795226400, "province", "", "", 0]
    assert cbor2.loads(payload) == [1, CTI, [[*first, [digest, None]]]]
    replacing = History(cti=CTI, events=(issued(replaces=Replaced(number="SF2023-0000009", counted_from=PAST)),))
    _, _, payload, _ = cbor2.loads(sign(replacing, BY)).value
    assert cbor2.loads(payload) == [1, CTI, [[*first, [digest, ["SF2023-0000009", 19723]]]]]
    assert parse(sign(replacing, BY)).verify(BY.key) == replacing
    assert (history().counted_from, replacing.counted_from) == (None, PAST)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 20), None),
        (date(2026, 11, 21), Status.VALID),
        (date(2026, 11, 30), Status.VALID),
        (date(2026, 12, 1), Status.SUSPENDED),
        (date(2026, 12, 9), Status.SUSPENDED),
        (date(2026, 12, 10), Status.VALID),
        (date(2027, 1, 4), Status.VALID),
        (date(2027, 1, 5), Status.WITHDRAWN),
        (date(2099, 1, 1), Status.WITHDRAWN),
    ],
)
def test_the_state_on_a_day_is_what_was_in_effect_then(day: date, expected: Status | None) -> None:
    found = history(
        event(EventKind.SUSPENDED, date(2026, 12, 1)),
        event(EventKind.REINSTATED, date(2026, 12, 10)),
        event(EventKind.WITHDRAWN, date(2027, 1, 5)),
    )
    then = found.until(day)
    assert (then and then.status) == expected


def test_an_event_with_an_earlier_effect_counts_from_that_day() -> None:
    recorded = datetime(2027, 1, 5, 2, tzinfo=UTC)
    back = Event(kind=EventKind.WITHDRAWN, effective=date(2026, 12, 1), recorded=recorded, authority="province")
    found = history(back)
    assert [found.until(day).status for day in (START, date(2026, 11, 30))] == [Status.VALID] * 2  # type: ignore[union-attr]
    assert found.until(date(2026, 12, 1)).status is Status.WITHDRAWN  # type: ignore[union-attr]


def test_an_event_that_could_not_follow_on_the_day_is_left_out() -> None:
    recorded = datetime(2027, 1, 5, 2, tzinfo=UTC)
    later = {"recorded": recorded, "authority": "province"}
    found = history(
        Event(kind=EventKind.SUSPENDED, effective=date(2026, 12, 20), **later),
        Event(kind=EventKind.REINSTATED, effective=date(2026, 12, 10), **later),
    )
    then = found.until(date(2026, 12, 15))
    assert then is not None
    assert [one.kind for one in then.events] == [EventKind.ISSUED]
    assert found.until(date(2026, 12, 20)) == found


DAY = date(2026, 12, 1)
ONE_DAY: dict[str, tuple[tuple[EventKind, ...], tuple[Status, ...]]] = {
    "nothing": ((), (Status.VALID,)),
    "an annotation": ((EventKind.ANNOTATED,), (Status.VALID,)),
    "a withdrawal": ((EventKind.WITHDRAWN,), (Status.VALID, Status.WITHDRAWN)),
    "a review that ended": (
        (EventKind.SUSPENDED, EventKind.REINSTATED),
        (Status.VALID, Status.SUSPENDED, Status.VALID),
    ),
    "a review with a note": (
        (EventKind.SUSPENDED, EventKind.ANNOTATED, EventKind.WITHDRAWN),
        (Status.VALID, Status.SUSPENDED, Status.WITHDRAWN),
    ),
}


@pytest.mark.parametrize(("kinds", "expected"), ONE_DAY.values(), ids=list(ONE_DAY))
def test_the_states_of_a_day_are_told_in_their_order(
    kinds: tuple[EventKind, ...], expected: tuple[Status, ...]
) -> None:
    found = history(*(event(kind, DAY, detail=DETAIL.get(kind)) for kind in kinds))
    assert found.states_of(DAY) == expected
    assert found.states_of(DAY - timedelta(days=1)) == expected[:1]
    assert found.states_of(DAY + timedelta(days=1)) == expected[-1:]


def test_the_day_of_issue_begins_with_the_issue() -> None:
    found = history(event(EventKind.SUSPENDED, START))
    assert found.states_of(START) == (Status.VALID, Status.SUSPENDED)
    assert found.states_of(START - timedelta(days=1)) == ()


def test_what_an_earlier_effect_overtook_is_no_state_of_the_day() -> None:
    recorded = datetime(2027, 1, 5, 2, tzinfo=UTC)
    back = Event(kind=EventKind.WITHDRAWN, effective=date(2026, 11, 25), recorded=recorded, authority="province")
    found = history(event(EventKind.SUSPENDED, DAY), back)
    assert found.states_of(DAY) == (Status.WITHDRAWN,)
    assert found.states_of(date(2026, 11, 25)) == (Status.VALID, Status.WITHDRAWN)


@given(st.lists(st.tuples(st.sampled_from(EventKind), st.integers(0, 3)), max_size=6), st.integers(0, 5))
@settings(max_examples=40)
def test_the_last_state_of_a_day_is_the_state_on_it(later: list[tuple[EventKind, int]], asked: int) -> None:
    found = history()
    for kind, back in later:
        if may_follow(found.status, kind):
            day, recorded = START + timedelta(days=back), datetime(2027, 1, 5, 2, tzinfo=UTC)
            found = found.append(event(kind, day, recorded=recorded, detail=DETAIL.get(kind)))
    day = START + timedelta(days=asked)
    then, before = found.until(day), found.until(day - timedelta(days=1))
    states = found.states_of(day)
    assert then is not None
    assert states[-1] is then.status
    assert before is None or states[0] is before.status
    assert all(one is not other for one, other in itertools.pairwise(states))


BAD_EVENTS: dict[str, dict[str, Any]] = {
    "effective after it was recorded": {"effective": START + timedelta(days=1)},
    "no authority": {"authority": ""},
    "an authority in words": {"authority": "示范省"},
    "an authority too long": {"authority": "a" * 17},
    "a basis too long": {"basis": "条" * 201},
    "a basis nobody sees": {"basis": "第\u200b三条"},
    "a document too long": {"document": "号" * 101},
    "a document with a line end": {"document": "a\nb"},
    "a detail where none belongs": {"detail": "because"},
    "a digest where none belongs": {"detail": bytes(32)},
}


@pytest.mark.parametrize("change", BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
def test_an_event_that_breaks_a_rule_is_never_made(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        event(EventKind.SUSPENDED, START, **{"recorded": datetime(2026, 11, 21, 2, tzinfo=UTC), **change})  # fmt: skip
    assert caught.value.code == "bad_event"


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (EventKind.ISSUED, None),
        (EventKind.ISSUED, bytes(32)),
        (EventKind.ISSUED, Registration(digest=bytes(31))),
        (EventKind.ISSUED, "ab" * 32),
        (EventKind.ISSUED, Registration(digest=bytes(32), replaces=Replaced(number="sf2023-0009", counted_from=PAST))),
        (EventKind.ISSUED, Registration(digest=bytes(32), replaces=Replaced(number="SF2", counted_from=PAST))),
        (
            EventKind.ISSUED,
            Registration(
                digest=bytes(32), replaces=Replaced(number="SF2023-0009", counted_from=START + timedelta(days=1))
            ),
        ),
        (EventKind.SET_ASIDE, None),
        (EventKind.SET_ASIDE, "法院撤销"),
        (EventKind.SET_ASIDE, Registration(digest=bytes(32))),
        (EventKind.ERASED, "SF2026-0000003"),
        (EventKind.SUPERSEDED, None),
        (EventKind.SUPERSEDED, ""),
        (EventKind.SUPERSEDED, "SF"),
        (EventKind.SUPERSEDED, "示范0001"),
        (EventKind.SUPERSEDED, "A" * 25),
        (EventKind.SUPERSEDED, b"SF2026"),
        (EventKind.ANNOTATED, None),
        (EventKind.ANNOTATED, ""),
        (EventKind.ANNOTATED, "注" * 201),
        (EventKind.ANNOTATED, "a\u202eb"),
        (EventKind.ANNOTATED, bytes(32)),
        (EventKind.WITHDRAWN, "x"),
        (EventKind.REINSTATED, bytes(32)),
        (EventKind.CANCELLED, ""),
    ],
)
def test_each_kind_has_its_own_detail(kind: EventKind, detail: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        event(kind, START, detail=detail)
    assert caught.value.code == "bad_event"


def test_issued_takes_effect_on_the_day_it_was_recorded_in_shanghai() -> None:
    late = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)  # already the 22nd there
    with pytest.raises(MalformedError):
        event(EventKind.ISSUED, START, recorded=late, detail=REGISTRATION)
    assert event(EventKind.ISSUED, START, recorded=late - timedelta(seconds=1), detail=REGISTRATION).effective == START


def test_the_day_that_is_counted_from_may_be_the_issued_date_itself() -> None:
    assert issued(replaces=Replaced(number="SF2026-0009", counted_from=START)).effective == START


def test_events_stand_in_the_order_of_recording() -> None:
    suspended = event(EventKind.SUSPENDED, START, recorded=datetime(2026, 11, 21, 1, 59, 59, tzinfo=UTC))
    with pytest.raises(MalformedError) as caught:
        history(suspended)
    assert caught.value.code == "bad_history"
    assert history(event(EventKind.SUSPENDED, START)).status is Status.SUSPENDED  # the same second is allowed


def test_numbers_of_events_and_bytes_are_bounded() -> None:
    note = event(EventKind.ANNOTATED, START, detail="注")
    assert len(history(*[note] * 63).events) == 64
    with pytest.raises(MalformedError):
        history(*[note] * 64)
    long = event(EventKind.ANNOTATED, START, detail="注" * 200, basis="条" * 200)
    with pytest.raises(MalformedError) as caught:
        sign(history(*[long] * 20), BY)
    assert caught.value.code == "too_large"
    with pytest.raises(MalformedError) as caught:
        parse(bytes(MAX_BYTES + 1))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("cti", [b"", bytes(15), bytes(17)])
def test_a_cti_has_16_bytes(cti: bytes) -> None:
    with pytest.raises(MalformedError):
        History(cti=cti, events=(issued(),))


def signed(payload: object, typ: str | None = TYP) -> bytes:
    return cose.sign(cbor2.dumps(payload), BY, typ=typ)


ISSUED: list[Any] = [1, 20778, 1795226400, "province", "", "", 0, [bytes(32), None]]
SUSPENDED: list[Any] = [2, 20778, 1795226400, "province", "", "", 0, None]
REINSTATED: list[Any] = [3, 20778, 1795226400, "province", "", "", 0, None]
UNKNOWN: list[Any] = [10, 20778, 1795226400, "province", "", "", 0, {"of": ["a", "later", b"version"]}]


def changed(place: int, value: object) -> list[Any]:
    return [1, CTI, [[*ISSUED[:place], value, *ISSUED[place + 1 :]]]]


@pytest.mark.parametrize(
    "payload",
    [
        [2, CTI, [ISSUED]],
        [True, CTI, [ISSUED]],
        [1, CTI.hex(), [ISSUED]],
        [1, CTI[:15], [ISSUED]],
        [1, CTI, []],
        [1, CTI, ISSUED],
        [1, CTI, [ISSUED], None],
        [1, CTI, [ISSUED, ISSUED]],
        [1, CTI, [ISSUED[:7]]],
        [1, CTI, [[*ISSUED, None]]],
        [1, CTI, {}],
        {1: CTI},
        changed(0, True),
        changed(0, 0),
        changed(0, 9),
        changed(0, 256),
        changed(0, "issued"),
        changed(1, True),
        changed(1, -1),
        changed(1, 20779),
        changed(1, 20777),
        changed(2, False),
        changed(2, -1),
        changed(2, "now"),
        changed(2, 253402214401),
        changed(3, ""),
        changed(3, b"province"),
        changed(3, "示范省"),
        changed(4, None),
        changed(5, 5),
        changed(6, 256),
        changed(6, -1),
        changed(6, False),
        changed(7, None),
        changed(7, bytes(32)),
        changed(7, [bytes(32)]),
        changed(7, [bytes(33), None]),
        changed(7, [bytes(32), None, None]),
        changed(7, ["ab" * 16, None]),
        changed(7, [bytes(32), False]),
        changed(7, [bytes(32), []]),
        changed(7, [bytes(32), ["SF2023-0009"]]),
        changed(7, [bytes(32), ["SF2023-0009", None]]),
        changed(7, [bytes(32), ["SF2023-0009", True]]),
        changed(7, [bytes(32), ["SF2023-0009", -1]]),
        changed(7, [bytes(32), ["SF2023-0009", 20779]]),
        changed(7, [bytes(32), [2023, 19000]]),
        changed(7, [bytes(32), ["SF2023-0009", 19000, None]]),
        changed(7, 5),
        [1, CTI, [REINSTATED, UNKNOWN]],
        [1, CTI, [ISSUED, REINSTATED, UNKNOWN]],
        [1, CTI, [ISSUED, [*SUSPENDED[:7], "because"], UNKNOWN]],
        [1, CTI, [ISSUED, UNKNOWN[:7]]],
        [1, CTI, [ISSUED, UNKNOWN, SUSPENDED[:7]]],
        [1, CTI, [ISSUED, UNKNOWN, [256, *SUSPENDED[1:]]]],
        [1, CTI, [ISSUED, [10, -1, *UNKNOWN[2:]]]],
        [1, CTI, [ISSUED, [*UNKNOWN[:3], b"province", *UNKNOWN[4:]]]],
    ],
    ids=str,
)
def test_a_signed_payload_that_breaks_a_rule_is_refused(payload: object) -> None:
    with pytest.raises(MalformedError):
        parse(signed(payload)).verify(BY.key)


LATER: dict[str, list[Any]] = {
    "a kind at the end": [ISSUED, SUSPENDED, UNKNOWN],
    "a kind in the middle": [ISSUED, UNKNOWN, SUSPENDED],
    "a kind, and behind it what cannot follow": [ISSUED, UNKNOWN, REINSTATED, ISSUED],
    "a kind, and behind it a detail of another kind": [ISSUED, UNKNOWN, [*SUSPENDED[:7], "because"]],
    "a kind in the first place": [UNKNOWN, SUSPENDED],
    "the last kind that there can be": [ISSUED, [255, *UNKNOWN[1:]]],
    "an authority that is named otherwise": [ISSUED, [*UNKNOWN[:3], "示范省", *UNKNOWN[4:]]],
    "a day in the future": [ISSUED, [10, 30000, *UNKNOWN[2:]]],
    "a reason of a known kind": [ISSUED, [*SUSPENDED[:6], 11, "because"]],
    "a reason of the first event": [[*ISSUED[:6], 255, None]],
}


@pytest.mark.parametrize("events", LATER.values(), ids=LATER.keys())
def test_what_a_later_version_wrote_needs_a_later_program(events: list[Any]) -> None:
    opened = parse(signed([1, CTI, events])).open(BY.key)
    assert (opened.cti, opened.recorded) == (CTI, datetime(2026, 11, 21, 2, 0, 0, tzinfo=UTC))
    with pytest.raises(CannotKnowError) as caught:
        opened.read()
    assert caught.value.code == "newer_format"


def test_of_events_of_a_later_version_the_last_one_says_when() -> None:
    later = [*UNKNOWN[:2], UNKNOWN[2] + 60, *UNKNOWN[3:]]
    assert parse(signed([1, CTI, [ISSUED, UNKNOWN, later]])).open(BY.key).recorded.minute == 1


def test_the_maker_of_bad_payloads_makes_a_good_one() -> None:
    assert parse(signed([1, CTI, [ISSUED]])).verify(BY.key).status is Status.VALID


@pytest.mark.parametrize("typ", [None, "application/statuslist+cwt", "titlecert-history+cbor"])
def test_a_message_of_another_type_is_refused(typ: str | None) -> None:
    with pytest.raises(MalformedError) as caught:
        parse(signed([1, CTI, [ISSUED]], typ))
    assert caught.value.code == "bad_header"


def test_a_credential_is_no_history() -> None:
    with pytest.raises(MalformedError) as caught:
        parse(credential())
    assert caught.value.code == "bad_header"


@pytest.mark.slow
def test_any_flipped_bit_is_refused() -> None:
    data = sign(after("withdrawn"), BY)
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(CredentialError):
            parse(bytes(flipped)).verify(BY.key)


def test_reasons_keep_their_numbers() -> None:
    names = "NONE FRAUD PROCEDURE DECISION UNDER_REVIEW ERROR SURRENDERED REISSUED CLEARED OTHER DECEASED"
    assert [reason.name for reason in sorted(Reason)] == names.split()
    kinds = "ISSUED SUSPENDED REINSTATED WITHDRAWN CANCELLED SUPERSEDED ANNOTATED SET_ASIDE ERASED"
    assert [(kind.name, kind.value) for kind in EventKind] == [(name, n) for n, name in enumerate(kinds.split(), 1)]


def test_every_event_is_ordered_by_one_act_and_takes_a_right_that_a_grant_can_name() -> None:
    assert set(ACT_OF) == set(EventKind)
    assert {EVENT_OF[act] for act in ACT_OF.values()} == set(EventKind)
    assert list(dict.fromkeys(RIGHT_OF.values())) == list(ACTS)
    assert set(EventKind) - set(RIGHT_OF) == {EventKind.ANNOTATED}
    assert RIGHT_OF[EventKind.REINSTATED] == "suspend"
    assert RIGHT_OF[EventKind.SET_ASIDE] == "withdraw"
    assert RIGHT_OF[EventKind.ERASED] == "cancel"


def test_an_event_brings_the_state_that_the_table_names() -> None:
    brought = {kind.word: state.word for kind, state in STATE_AFTER.items()}
    assert brought == {"reinstated": "valid"} | {
        name: name for name in ("suspended", "withdrawn", "cancelled", "superseded")
    }
    leaving = [EventKind.ANNOTATED, EventKind.SET_ASIDE, EventKind.ERASED]
    assert [kind for kind in EventKind if may_follow(Status.WITHDRAWN, kind)] == leaving


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(sorted(set(KIND) - {"issued"})), max_size=6))
def test_a_history_built_step_by_step_survives_signing(words: list[str]) -> None:
    try:
        found = after(*words)
    except CredentialError:
        return
    assert parse(sign(found, BY)).verify(BY.key) == found
    assert found.until(date(2100, 1, 1)) == found


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_our_words(data: bytes) -> None:
    for read in (lambda: parse(data), lambda: parse(cose.sign(data, BY, typ=TYP)).verify(BY.key)):
        with pytest.raises(CredentialError):
            read()
