"""Whom an act reaches: lists, descriptions, a committee that is traced back, and lists that stay fresh."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

APPLY: Final = "issuer/status/apply.py"
NUMBERS: Final = "issuer/status/numbers.py"
PLAN: Final = "issuer/status/plan.py"
REACHING: Final = "issuer/db/reaching.py"
STATED: Final = "issuer/status/stated.py"
STATUS: Final = "cli/commands/status.py"
TRACING: Final = "issuer/status/tracing.py"
WHOM: Final = "issuer/status/whom.py"
WORKER: Final = "issuer/worker/worker.py"
BY_WHOM: Final = "status/test_whom.py::"
BY_TRACING: Final = "status/test_tracing.py::"
BY_TYPING: Final = "cli/test_whom.py::"

BREAKS: Final = (
    Break(
        "status: what an act did before is told as done before",
        WHOM,
        "    return {there[each]: last for each, last in found.items() if last.kind is kind}\n",
        "    return {there[each]: last for each, last in found.items() if False}\n",
        BY_WHOM + "test_the_same_list_once_more_finds_that_all_was_done",
    ),
    Break(
        "status: what waits for a second operator is not ordered twice",
        WHOM,
        "    wanted = tuple(number for number in left if number not in waits)\n",
        "    wanted = tuple(left)\n",
        BY_WHOM + "test_what_waits_for_a_second_operator_is_not_ordered_twice",
    ),
    Break(
        "status: a number that stands in a list twice is refused the second time",
        WHOM,
        "    if number in seen:\n",
        "    if False:\n",
        BY_WHOM + "test_every_row_has_an_answer_and_one_that_is_wrong_holds_up_no_other",
    ),
    Break(
        "status: of a description those whose state leads nowhere are left",
        WHOM,
        "    return replace(found, became=Became.LEFT) if stays else found\n",
        "    return found\n",
        BY_WHOM + "test_of_a_description_those_whose_state_leads_nowhere_stay_as_they_are",
    ),
    Break(
        "status: what a description says besides its index counts too",
        REACHING,
        "            if _is_meant(each, reach):\n",
        "            if each:\n",
        BY_WHOM + "test_a_description_reaches_those_whom_it_fits",
    ),
    Break(
        "status: a description of nobody reaches nobody",
        REACHING,
        "    if reach.key is not None and session.get(TrustKeyRow, reach.key) is None:\n",
        "    if False:\n",
        BY_WHOM + "test_a_slip_of_the_pen_reaches_nobody_aloud",
    ),
    Break(
        "status: a hidden row names nobody",
        NUMBERS,
        "    if row.hidden is not None or column_hidden:\n",
        "    if False:\n",
        BY_WHOM + "test_a_hidden_or_struck_row_names_nobody",
    ),
    Break(
        "status: a number of which digits were lost names nobody",
        NUMBERS,
        " or len(str(int(cell))) > _EXACT_DIGITS:\n",
        ":\n",
        BY_WHOM + "test_a_cell_is_a_number_or_says_why_it_is_none",
    ),
    Break(
        "status: what was planned before the transaction counts only while no certificate has moved",
        APPLY,
        " and is_unmoved(session, ready):\n",
        ":\n",
        BY_WHOM + "test_what_was_planned_before_counts_only_while_nothing_has_moved",
    ),
    Break(
        "status: a list is done in part only when somebody says so",
        STATUS,
        "    if faults and not chosen.take_good_rows:\n",
        "    if False:\n",
        BY_TYPING + "test_a_list_with_faults_is_done_in_part_only_when_somebody_says_so",
    ),
    Break(
        "status: where a traced certificate stands is read from its events",
        TRACING,
        "    state = Status.VALID if last is None else STATE_AFTER[last.kind]\n",
        "    state = each.state\n",
        BY_TRACING + "test_where_it_stands_is_read_from_events_not_from_a_column",
    ),
    Break(
        "status: the list of a committee says what was decided after the suspension",
        TRACING,
        "        decided=None if last is suspended else last,\n",
        "        decided=None,\n",
        BY_TRACING + "test_one_order_suspends_all_and_the_list_tells_of_each_to_the_last_one",
    ),
    Break(
        "status: a place in a list is proven with its state also where it was read with others, asked twice",
        STATED,
        "    if found is None or found[1:] != (seen.state, seen.events):\n",
        "    if found is None:\n",
        "status/test_stated.py::test_a_list_that_is_read_together_proves_what_it_holds_and_nothing_else",
        also=(
            Edit(
                STATED,
                "verify_path(leaf_hash(seen.encode()), path",
                "kept = SeenCertificate(number=seen.number, state=found[1], events=found[2])\n"
                "        verify_path(leaf_hash(kept.encode()), path",
            ),
        ),
    ),
    Break(
        "worker: lists are signed anew while a long batch is issued",
        WORKER,
        "        if self.publishing.is_to_look():\n",
        "        if False:\n",
        "worker/test_freshness.py::test_lists_are_signed_anew_while_a_long_batch_is_issued",
    ),
)
