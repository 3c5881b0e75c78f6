"""Events and histories: what becomes of a certificate, and what the public is told of it."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

EVENTS: Final = "issuer/db/events.py"
INTEGRITY: Final = "issuer/db/integrity.py"
TERMS: Final = "issuer/integrity/terms.py"
STANDING: Final = "issuer/status/standing.py"
HISTORY: Final = "issuer/publishing/history.py"
SIGNING: Final = "issuer/publishing/signing.py"

BREAKS: Final = (
    Break(
        "status: a certificate that is not issued has no events",
        EVENTS,
        "    if stage is not Stage.SIGNED:\n",
        "    if False:\n",
        "register/test_certificates.py::test_a_reserved_certificate_has_no_events",
    ),
    Break(
        "status: issued is the first event and no other",
        EVENTS,
        "    if (event.kind is EventKind.ISSUED) != (not before.events):\n",
        "    if False:\n",
        "register/test_certificates.py::test_what_does_not_follow_is_refused",
    ),
    Break(
        "status: an event follows from the state before it",
        EVENTS,
        "    if event.kind is not EventKind.ISSUED and not may_follow(state, event.kind):\n",
        "    if False:\n",
        "register/test_certificates.py::test_what_does_not_follow_is_refused",
    ),
    Break(
        "status: a note changes no state",
        EVENTS,
        "    return STATE_AFTER.get(event.kind, state)\n",
        "    return STATE_AFTER.get(event.kind, Status.VALID)\n",
        "register/test_certificates.py::test_events_follow_the_table",
    ),
    Break(
        "status: the state moves with the event",
        EVENTS,
        "            session.execute(moved.values(state=STATE_AFTER[event.kind]))\n",
        "            str(moved)\n",
        "register/test_certificates.py::test_events_follow_the_table",
    ),
    Break(
        "status: events stand in their order",
        EVENTS,
        ".order_by(EventRow.ordinal)\n    found",
        ".order_by(EventRow.ordinal.desc())\n    found",
        "register/test_certificates.py::test_events_follow_the_table",
    ),
    Break(
        "status: a history has at most 64 events",
        EVENTS,
        "    if before.events >= most:\n",
        "    if False:\n",
        "register/test_certificates.py::test_a_history_has_at_most_64_events",
    ),
    Break(
        "status: what may be done often leaves places of a history for its end",
        EVENTS,
        "MAX_EVENTS - _KEPT_FREE.get(event.kind, 0)",
        "MAX_EVENTS",
        "register/test_certificates.py::test_what_may_be_done_often_leaves_places_of_a_history_for_its_end",
    ),
    Break(
        "status: recorded never falls",
        EVENTS,
        "    if before.recorded is not None and event.recorded < before.recorded:\n",
        "    if False:\n",
        "register/test_certificates.py::test_members_belong_to_their_kind",
    ),
    Break(
        "status: a successor goes with superseded and set aside and nothing else",
        EVENTS,
        "    if (event.kind in _SUCCEEDED) != (event.successor is not None):\n",
        "    if False:\n",
        "register/test_certificates.py::test_members_belong_to_their_kind",
    ),
    Break(
        "status: a note goes with annotated and nothing else",
        EVENTS,
        "    if (event.kind is EventKind.ANNOTATED) != (event.note is not None):\n",
        "    if False:\n",
        "register/test_certificates.py::test_members_belong_to_their_kind",
    ),
    Break(
        "status: what is replaced has a number and a day to count from",
        EVENTS,
        "    if (event.replaces is None) != (event.counted_from is None):\n",
        "    if False:\n",
        "register/test_certificates.py::test_what_is_replaced_has_a_number_and_a_day",
    ),
    Break(
        "status: what is replaced goes with issued and nothing else",
        EVENTS,
        "    if event.replaces is not None and event.kind is not EventKind.ISSUED:\n",
        "    if False:\n",
        "register/test_certificates.py::test_members_belong_to_their_kind",
    ),
    Break(
        "status: no first event names a certificate that nobody approved to be replaced",
        SIGNING,
        "    if published is None and history.registration.replaces != part.replaces:\n",
        "    if False:\n",
        "register/test_certificates.py::test_a_history_names_what_was_approved_to_be_replaced_and_nothing_else",
    ),
    Break(
        "status: an older history does not replace a newer one",
        EVENTS,
        "            if signed[each].events < known.get(each, 0):\n",
        "            if False:\n",
        "register/test_certificates.py::test_the_newest_history_is_kept_and_an_older_one_refused",
    ),
    Break(
        "status: a bar holds from its first day",
        INTEGRITY,
        "self.term_from <= on",
        "self.term_from < on",
        "register/test_intake_context.py::test_a_bar_holds_from_its_first_to_its_last_day",
    ),
    Break(
        "status: a bar holds to its last day",
        INTEGRITY,
        "on <= self.term_until",
        "on < self.term_until",
        "register/test_intake_context.py::test_a_bar_holds_from_its_first_to_its_last_day",
    ),
    Break(
        "status: a bar without an end holds until further notice",
        INTEGRITY,
        "(self.term_until is None or on <= self.term_until)",
        "(self.term_until is not None and on <= self.term_until)",
        "register/test_intake_context.py::test_a_bar_without_an_end_holds_until_further_notice",
    ),
    Break(
        "status: a bar is one person's",
        INTEGRITY,
        "found.setdefault(row.blind_index, [])",
        "found.setdefault(blind_indexes[0], [])",
        "register/test_asking.py::test_what_bars_many_people_is_what_bars_each",
    ),
    Break(
        "status: a bar does not end before it begins",
        INTEGRITY,
        "    if record.term_until is not None and record.term_until < record.term_from:\n",
        "    if False:\n",
        "register/test_intake_context.py::test_a_bar_holds_from_its_first_to_its_last_day",
    ),
    Break(
        "status: the national term is three years",
        TERMS,
        "years=3",
        "years=4",
        "status/test_status.py::test_fraud_opens_an_integrity_record_that_bars_the_next_certificate",
    ),
    Break(
        "status: a term of years from 29 February ends on the 28th",
        TERMS,
        "return date(day.year + years, 2, 28)",
        "return date(day.year + years, 3, 1)",
        "status/test_rights.py::test_a_term_of_years_ends_on_the_same_day",
    ),
    Break(
        "status: the worker asks who ordered an event",
        "issuer/issuing/proof.py",
        "        if len(events) > 1 or any(each.kind is not EventKind.ISSUED for each in events):\n",
        "        if False:\n",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: an event that moved to another certificate is asked about",
        "issuer/issuing/proof.py",
        "        if len(events) > 1 or any(each.kind",
        "        if len(events) > 2 or any(False and each.kind",
        "issuing/test_tampered_events.py::test_events_that_change_places_are_held_back",
    ),
    Break(
        "status: a history only grows",
        SIGNING,
        "    if published is not None and history.events[: len(published.events)] != published.events:\n",
        "    if False:\n",
        "issuing/test_tampered_events.py::test_a_withdrawal_is_not_undone_by_deleting_its_rows",
    ),
    Break(
        "status: no history is signed whose end is not the state",
        SIGNING,
        "    if certificate.state is not history.status:\n",
        "    if False:\n",
        "issuing/test_tampered_events.py::test_a_forged_state_reaches_nobody",
    ),
    Break(
        "status: a state that was forged is told",
        STANDING,
        "        CertificateRow.state.in_([state for state in Status if state is not Status.VALID]),\n",
        "        CertificateRow.state == Status.SUPERSEDED,\n",
        "issuing/test_tampered_events.py::test_a_forged_state_reaches_nobody",
    ),
    Break(
        "status: a state that was forged back is told",
        STANDING,
        "        if state is not STATE_AFTER[kind]\n",
        "        if state is None\n",
        "issuing/test_tampered_events.py::test_a_withdrawal_is_not_undone_by_a_forged_state",
    ),
)
