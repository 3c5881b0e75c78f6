"""Orders: what becomes of a certificate by whose order and by what right, and the list that an order names."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

PLAN: Final = "issuer/status/plan.py"
APPLY: Final = "issuer/status/apply.py"
VERIFYING: Final = "issuer/status/verifying.py"
STATED: Final = "issuer/status/stated.py"
ORDERED: Final = "issuer/status/ordered.py"
SECONDING: Final = "issuer/seconding.py"
STATEMENTS: Final = "issuer/statements.py"

BREAKS: Final = (
    Break(
        "status: an act that is no change of a status is refused",
        PLAN,
        "    if order.act not in CERTIFICATE_ACTS:\n",
        "    if False:\n",
        "status/test_status.py::test_an_order_that_does_not_hold_is_refused",
    ),
    Break(
        "status: an order names each certificate once",
        PLAN,
        "    check_each_once(order.numbers)\n",
        "",
        "status/test_status.py::test_an_order_that_does_not_hold_is_refused",
    ),
    Break(
        "status: no change takes effect in the future",
        PLAN,
        "    if order.effective > today:\n",
        "    if False:\n",
        "status/test_status.py::test_an_order_that_does_not_hold_is_refused",
    ),
    Break(
        "status: basis and document are printable text",
        PLAN,
        "if not text.strip() or len(text) > most or not text.isprintable():",
        "if not text.strip() or len(text) > most:",
        "status/test_status.py::test_an_order_that_does_not_hold_is_refused",
    ),
    Break(
        "status: basis and document are not empty",
        PLAN,
        "if not text.strip() or len(text) > most or not text.isprintable():",
        "if len(text) > most or not text.isprintable():",
        "status/test_status.py::test_an_order_that_does_not_hold_is_refused",
    ),
    Break(
        "status: a certificate goes only where its state leads",
        PLAN,
        "    if not may_follow(certificate.state, kind):\n",
        "    if False:\n",
        "status/test_status.py::test_a_certificate_goes_only_where_its_state_leads",
    ),
    Break(
        "status: an authority changes its own certificates or has a grant over all",
        PLAN,
        "if own or (grant.over == Over.ALL and covers",
        "if own or (covers",
        "status/test_rights.py::test_no_status_is_changed_without_a_right",
    ),
    Break(
        "status: a grant reaches over certificates of its region",
        PLAN,
        " and covers(RegionCode(grant.region), RegionCode(where))):",
        "):",
        "status/test_rights.py::test_no_status_is_changed_without_a_right",
    ),
    Break(
        "status: where a title has a scope, the scope is where it is",
        PLAN,
        "trust.authority(claims.issuer).region if claims.scope is None else str(claims.scope.region)",
        "trust.authority(claims.issuer).region",
        "status/test_rights.py::test_where_a_title_has_a_scope_the_scope_is_where_it_is",
    ),
    Break(
        "status: a grant covers act, series, level and day",
        PLAN,
        "[grant for grant in grants if grant.allows(act, series=claims.series, level=claims.level, on=on)]",
        "[grant for grant in grants if act]",
        "status/test_rights.py::test_no_status_is_changed_without_a_right",
    ),
    Break(
        "status: an authority that nobody knows has no right",
        PLAN,
        "    except CredentialError:\n        return ()\n",
        "    except CredentialError:\n        grants = trust.authority(claims.issuer).grants\n",
        "status/test_rights.py::test_no_status_is_changed_without_a_right",
    ),
    Break(
        "status: who withdraws a successor withdraws its predecessors",
        PLAN,
        "    if asked.order.act is Act.WITHDRAW:\n        lines |=",
        "    if False:\n        lines |=",
        "status/test_status.py::test_withdrawing_a_successor_withdraws_its_predecessors",
    ),
    Break(
        "status: and their predecessors",
        PLAN,
        "        found |= newer\n",
        "        found |= newer\n        break\n",
        "status/test_status.py::test_withdrawing_a_successor_withdraws_its_predecessors",
    ),
    Break(
        "status: a clerk changes no status",
        SECONDING,
        "    if operator.role not in _MAY:\n",
        "    if False:\n",
        "status/test_status.py::test_a_clerk_changes_no_status_and_an_operator_acts_for_no_other_authority",
    ),
    Break(
        "status: an operator changes no status for another authority",
        SECONDING,
        "    if operator.authority not in {None, authority}:\n",
        "    if False:\n",
        "status/test_status.py::test_a_clerk_changes_no_status_and_an_operator_acts_for_no_other_authority",
    ),
    Break(
        "status: a certificate is where the operator saw it",
        APPLY,
        "    if plan.seen != tuple(seen):\n",
        "    if len(plan.seen) != len(seen):\n",
        "status/test_status.py::test_a_certificate_that_went_and_came_back_is_not_where_the_operator_saw_it",
    ),
    Break(
        "status: a plan that was overtaken is told as such",
        APPLY,
        "    except ConflictError as error:\n",
        "    except ZeroDivisionError as error:\n",
        "status/test_status.py::test_a_plan_that_was_overtaken_does_nothing",
    ),
    Break(
        "status: fraud opens an integrity record",
        APPLY,
        "if plan.order.act is Act.WITHDRAW and plan.order.reason is Reason.FRAUD:",
        "if False:",
        "status/test_status.py::test_fraud_opens_an_integrity_record_that_bars_the_next_certificate",
    ),
    Break(
        "status: other reasons open none",
        APPLY,
        "if plan.order.act is Act.WITHDRAW and plan.order.reason is Reason.FRAUD:",
        "if plan.order.act is Act.WITHDRAW:",
        "status/test_status.py::test_other_reasons_open_no_integrity_record",
    ),
    Break(
        "status: a change of status is left to be published",
        APPLY,
        "    outbox.put_all(session, topic=outbox.Topic.PUBLISH, objects=ids, now=now)\n",
        "",
        "status/test_status.py::test_one_withdrawal_changes_one_verdict_within_one_publication",
    ),
    Break(
        "status: an event is what its statement orders",
        VERIFYING,
        "if not orders(order.statement.act, event.kind) or not _says",
        "if not _says",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: an event is recorded while its statement was good",
        ORDERED,
        "    if second is None and not statements.accepted_in_time(statement, event.recorded):\n",
        "    if False:\n",
        "services/test_status.py::test_before_it_is_signed_an_act_can_be_moved_within_the_day_of_its_draft_and_no_further",
    ),
    Break(
        "status: a statement was good for 24 hours",
        STATEMENTS,
        "<= recorded <= statement.issued_at + GOOD_FOR",
        "<= recorded",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: no event is recorded before its statement",
        STATEMENTS,
        "return statement.issued_at - CLOCK_DIFFERENCE <= recorded <=",
        "return recorded <=",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: a statement names the certificate",
        ORDERED,
        "        stated.prove(session, row.id, statement, seen)\n",
        "        str(row)\n",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: a list is the one whose root the operator signed",
        APPLY,
        "    if (len(seen), certificates_root(seen)) != named:\n",
        "    if False:\n",
        "services/test_status.py::test_a_list_that_changed_on_its_way_does_nothing",
    ),
    Break(
        "status: an order over more certificates than the list has is refused",
        APPLY,
        "    if (len(seen), certificates_root(seen)) != named:\n",
        "    if certificates_root(seen) != named[1]:\n",
        "services/test_status.py::test_an_order_in_words_of_the_operators_own_does_nothing",
    ),
    Break(
        "status: a statement on a batch orders no change of status",
        APPLY,
        "    if statement.act not in CERTIFICATE_ACTS:\n",
        "    if False:\n",
        "services/test_status.py::test_a_statement_on_a_batch_orders_nothing",
    ),
    Break(
        "status: the list is kept beside the statement",
        APPLY,
        "    stated.keep(session, accepted.id, plan.seen)\n",
        "",
        "services/test_status.py::test_the_list_is_kept_beside_the_statement_and_never_altered",
    ),
    Break(
        "status: a certificate's path leads to the root that was signed",
        STATED,
        "        verify_path(leaf_hash(seen.encode()), path, index=place, size=size, root=root)\n",
        "        str((path, root))\n",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: an altered state or count on the list is told",
        STATED,
        "    if found is None or found[1:] != (seen.state, seen.events):\n",
        "    if found is None:\n",
        "issuing/test_tampered_events.py::test_a_list_that_was_altered_beside_its_statement_is_told",
    ),
    Break(
        "status: an event is the next one of a certificate as its operator saw it",
        ORDERED,
        "        before, state = seen, STATE_AFTER.get(event.kind, state)\n",
        "        before = seen\n",
        "status/test_status.py::test_a_suspended_certificate_is_reinstated",
    ),
    Break(
        "status: the number of events is the one that the operator saw",
        ORDERED,
        "state=state, events=ordinal - 1)",
        "state=state, events=1)",
        "issuing/test_tampered_events.py::test_an_order_that_nobody_accepted_is_for_the_state_that_its_operator_saw",
    ),
    Break(
        "status: a successor's approved row names the certificate that it replaces",
        VERIFYING,
        "        and replaces.number == certificate.number\n",
        "",
        "status/test_status.py::test_a_successor_is_what_two_operators_approved_as_such",
    ),
    Break(
        "status: a certificate is superseded by the approval of its successor's batch",
        VERIFYING,
        "        and said == (event.authority, event.basis, event.document, event.reason, event.statement)\n",
        "",
        "status/test_status.py::test_a_successor_is_what_two_operators_approved_as_such",
    ),
    Break(
        "status: a certificate is superseded on the day on which its successor was issued",
        VERIFYING,
        "        and event.effective == successor.issued_on == day_of(event.recorded)\n",
        "",
        "status/test_status.py::test_a_successor_is_what_two_operators_approved_as_such",
    ),
    Break(
        "status: an order has at most 100,000 certificates, each once",
        PLAN,
        "    if not 1 <= len(order.numbers) <= MAX_IN_ONE_ORDER:\n",
        "    if not order.numbers:\n",
        "status/test_status.py::test_an_order_is_not_larger_than_a_batch",
    ),
    Break(
        "status: a statement names authority, basis, document, day and reason",
        VERIFYING,
        " or not _says(order.statement, event):",
        ":",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: an event without a statement is not signed",
        VERIFYING,
        "            _verify_event(session, certificate, event, seen, operators, alone=None if excused else alone)\n",
        "            if event.statement is not None:\n"
        "                _verify_event(session, certificate, event, seen, operators, "
        "alone=None if excused else alone)\n",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: who ordered an event is asked for the role again",
        VERIFYING,
        "    require_decider(order.entry, event.authority)\n\n\ndef _says",
        "\n\ndef _says",
        "issuing/test_tampered_events.py::test_an_event_that_no_operator_ordered_is_held_back_and_the_others_go_on",
    ),
    Break(
        "status: an event counts that was accepted while its operator acted",
        ORDERED,
        "    statements.require_in_force(session, row, entry, operators, event.recorded)\n",
        "",
        "issuing/test_leaver.py::test_an_act_that_is_dated_back_is_held_back",
    ),
    Break(
        "status: that a history was signed does not show that its events were accepted",
        VERIFYING,
        "            _verify_event(session, certificate, event, seen, operators, alone=None if excused else alone)\n",
        "            if ordinal > len(signed):\n"
        "                _verify_event(session, certificate, event, seen, operators, "
        "alone=None if excused else alone)\n",
        "issuing/test_leaver.py::test_an_act_that_is_dated_back_is_held_back",
    ),
    Break(
        "status: an operator who left takes no act back",
        STATEMENTS,
        "    if head is None:\n        operators.acting",
        "    if True:\n        operators.acting",
        "status/test_status.py::test_an_operator_who_left_takes_no_act_back",
    ),
    Break(
        "status: the audit names the statement by which a certificate changed",
        APPLY,
        "details={audit.STATEMENT: accepted.digest})",
        "details={})",
        "status/test_status.py::test_an_operator_who_left_takes_no_act_back",
    ),
    Break(
        "status: the right is asked of the published list again",
        VERIFYING,
        "        if ordinal > known and (event.kind in RIGHT_OF or event.kind is EventKind.ANNOTATED):\n",
        "        if False:\n",
        "issuing/test_tampered_events.py::test_an_authority_without_the_right_does_nothing_even_with_an_operators_key",
    ),
)
