"""The second operator: what takes one, who may be one, and that nothing counts without that person's statement."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

SECONDING: Final = "issuer/seconding.py"
APPLY: Final = "issuer/status/apply.py"
VERIFYING: Final = "issuer/status/verifying.py"
PLAN: Final = "issuer/status/plan.py"
ERASING: Final = "issuer/status/erasing.py"
ACTS: Final = "status/test_acts.py::"
STATEMENTS: Final = "credential/statements.py"
TESTS: Final = "status/test_seconding.py::"

BREAKS: Final = (
    Break(
        "status: a withdrawal takes a second operator",
        STATEMENTS,
        "    return statement.act in SECONDED or ",
        "    return ",
        TESTS + "test_which_statements_take_a_second",
    ),
    Break(
        "status: many certificates take a second operator",
        STATEMENTS,
        'statement.counts.get("certificates", 0) > alone',
        'statement.counts.get("certificates", 0) > alone + 1',
        TESTS + "test_which_statements_take_a_second",
    ),
    Break(
        "status: an order that waits changes nothing",
        APPLY,
        "        return Done(plan=plan, waiting=hold(session, accepted, hours=settings.order_hours, now=now))\n",
        "        hold(session, accepted, hours=settings.order_hours, now=now)\n",
        TESTS + "test_one_operator_withdraws_nothing_and_two_do",
    ),
    Break(
        "status: two operators are two persons",
        SECONDING,
        "    if act is not Act.RECALL and first.person == second.person:\n",
        "    if act is not Act.RECALL and first.id == second.id:\n",
        TESTS + "test_who_may_answer_an_order",
    ),
    Break(
        "status: who signed an order takes it back, nobody else",
        SECONDING,
        "    if act is Act.RECALL and first.person != second.person:\n",
        "    if False:\n",
        TESTS + "test_who_may_answer_an_order",
    ),
    Break(
        "status: an order is answered once",
        SECONDING,
        "    if order.state is not OrderState.WAITING:\n",
        "    if False:\n",
        TESTS + "test_what_was_refused_or_taken_back_is_over",
    ),
    Break(
        "status: an order ends after its time",
        SECONDING,
        "    if order.is_over(now):\n",
        "    if False:\n",
        TESTS + "test_an_order_ends_after_its_time",
    ),
    Break(
        "status: a second statement is for one order in all its words",
        SECONDING,
        "    if not _answers(statement, order.statement, order.digest):\n",
        "    if False:\n",
        TESTS + "test_a_second_statement_is_for_one_order_in_all_its_words",
    ),
    Break(
        "status: an order is done while all is as the first operator saw it",
        APPLY,
        "    if plan.seen != tuple(seen):\n        raise _moved_on()\n",
        "",
        TESTS + "test_what_changed_meanwhile_stops_the_order",
    ),
    Break(
        "status: who signs a history asks for the second statement",
        "issuer/status/ordered.py",
        "    asked = alone is not None and takes_second(statement, alone=alone)\n",
        "    asked = False\n",
        TESTS + "test_without_the_second_statement_a_withdrawal_is_held_back",
    ),
    Break(
        "status: a proven second statement is over the first one's digest",
        SECONDING,
        "    if second.act is not Act.SECOND or not _answers(second, statement, statements.digest_of(row)):\n",
        "    if second.act is not Act.SECOND:\n",
        TESTS + "test_a_second_statement_for_another_order_proves_nothing",
    ),
    Break(
        "status: two proven statements are two persons'",
        SECONDING,
        "    if other.operator.person == entry.operator.person:\n",
        "    if False:\n",
        TESTS + "test_a_second_statement_of_the_same_person_proves_nothing",
    ),
    Break(
        "status: only a signed history excuses an event",
        VERIFYING,
        "            excused = ordinal <= len(signed) and _is_same(event, signed[ordinal - 1])\n",
        "            excused = True\n",
        TESTS + "test_without_the_second_statement_a_withdrawal_is_held_back",
    ),
    Break(
        "status: the second operator who left has signed before, or not at all",
        SECONDING,
        "    statements.require_in_force(session, stored, other, operators, recorded)\n",
        "",
        "issuing/test_leaver.py::test_an_act_that_is_dated_back_is_held_back",
    ),
    Break(
        "status: an act takes its own reasons",
        PLAN,
        "    if order.reason not in allowed:\n",
        "    if False:\n",
        ACTS + "test_an_act_takes_its_own_reasons_and_no_others",
    ),
    Break(
        "status: a day of review is to come, and goes with a suspension",
        PLAN,
        "    if order.review_by is not None and (order.act is not Act.SUSPEND or order.review_by <= today):\n",
        "    if False:\n",
        ACTS + "test_a_day_of_review_is_to_come_and_goes_with_a_suspension",
    ),
    Break(
        "status: an authority annotates its own certificates, and those that it may suspend",
        PLAN,
        "        kind = EventKind.SUSPENDED\n",
        '        return ""\n',
        ACTS + "test_an_authority_annotates_its_own_and_those_that_it_may_suspend",
    ),
    Break(
        "status: a person is erased whole",
        "issuer/status/persons.py",
        "    if missing:\n",
        "    if False:\n",
        ACTS + "test_a_person_is_erased_whole_and_not_while_something_is_on_its_way",
    ),
    Break(
        "status: nothing is deleted before the public knows of it",
        ERASING,
        "    return [holder for holder in found if not _waits(session, holder)]\n",
        "    return found\n",
        ACTS + "test_a_person_is_erased_when_the_public_knows_it_and_the_others_stay",
    ),
    Break(
        "status: the record under the check code goes with the person",
        ERASING,
        "    session.execute(delete(SealedCertificateRow).where(SealedCertificateRow.certificate.in_(ids)))\n",
        "",
        ACTS + "test_a_person_is_erased_when_the_public_knows_it_and_the_others_stay",
    ),
    Break(
        "status: what was published under the check code of a person goes too",
        "issuer/publishing/laying.py",
        "        gone |= _erased(session, [each.certificate for each in made if each.is_erased])\n",
        "",
        ACTS + "test_a_person_is_erased_when_the_public_knows_it_and_the_others_stay",
    ),
)
