"""Statements: drafted, signed, accepted once, and believed again only by verifying them."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

STATEMENTS: Final = "issuer/statements.py"

BREAKS: Final = (
    Break(
        "approval: a draft is signed with the key of the operator whom it names",
        STATEMENTS,
        "if signer.key_id != self.key_id:",
        "if False:",
        "register/test_drafts.py::test_a_draft_is_signed_by_the_operator_whom_it_names",
    ),
    Break(
        "approval: the key that signs a statement is the operator's whom it names",
        STATEMENTS,
        '    if statement.operator != entry.operator.id:\n        message = f"the statement names',
        '    if False:\n        message = f"the statement names',
        "register/test_drafts.py::test_a_draft_is_signed_by_the_operator_whom_it_names",
    ),
    Break(
        "approval: what proves a statement again asks that too",
        STATEMENTS,
        "    if statement.operator != entry.operator.id:\n        message = (\n",
        "    if False:\n        message = (\n",
        "register/test_forged_approvals.py::test_a_statement_made_by_a_stranger_with_the_right_words_approves_nothing",
    ),
    Break(
        "approval: a statement for another deployment is not accepted",
        STATEMENTS,
        "if statement.deployment != operators.deployment:",
        "if False:",
        "register/test_drafts.py::test_a_statement_of_another_deployment_or_act_moves_no_batch",
    ),
    Break(
        "approval: a draft is good for 24 hours",
        STATEMENTS,
        "timedelta(hours=24)",
        "timedelta(hours=25)",
        "register/test_drafts.py::test_a_draft_is_good_for_a_day",
    ),
    Break(
        "approval: a draft is good at the last instant of its 24 hours",
        STATEMENTS,
        "if now > statement.issued_at + GOOD_FOR:",
        "if now >= statement.issued_at + GOOD_FOR:",
        "register/test_drafts.py::test_a_draft_is_good_for_a_day",
    ),
    Break(
        "approval: a statement of a time to come is not accepted",
        STATEMENTS,
        "if statement.issued_at > now + CLOCK_DIFFERENCE:",
        "if False:",
        "register/test_drafts.py::test_a_draft_is_good_for_a_day",
    ),
    Break(
        "approval: clocks may differ by five minutes",
        STATEMENTS,
        "if statement.issued_at > now + CLOCK_DIFFERENCE:",
        "if statement.issued_at > now:",
        "register/test_drafts.py::test_a_draft_is_good_for_a_day",
    ),
    Break(
        "approval: a nonce counts once in the register",
        STATEMENTS,
        "if session.scalar(select(StatementRow.id).where(StatementRow.nonce == nonce)) is not None:",
        "if False:",
        "register/test_drafts.py::test_a_statement_counts_once",
    ),
    Break(
        "approval: who has ended is not accepted, whatever they drafted before",
        STATEMENTS,
        "    operators.acting(entry.operator.key.key_id, statement.issued_at)\n"
        "    operators.acting(entry.operator.key.key_id, now)\n",
        "",
        "register/test_drafts.py::test_who_ended_after_drafting_is_not_accepted",
    ),
    Break(
        "approval: who signs is in force when the statement is accepted",
        STATEMENTS,
        "    operators.acting(entry.operator.key.key_id, now)\n    _require_scheme",
        "    _require_scheme",
        "register/test_drafts.py::test_who_signs_is_in_force_when_it_is_drafted_and_when_it_is_accepted",
    ),
    Break(
        "approval: who signs was in force when the statement was drafted",
        STATEMENTS,
        "    operators.acting(entry.operator.key.key_id, statement.issued_at)\n    operators.acting",
        "    operators.acting",
        "register/test_drafts.py::test_who_signs_is_in_force_when_it_is_drafted_and_when_it_is_accepted",
    ),
    Break(
        "approval: evidence of an unknown scheme is refused",
        STATEMENTS,
        "if row.scheme != JWS:",
        "if False:",
        "register/test_forged_approvals.py::test_a_tampered_register_signs_nothing",
    ),
    Break(
        "approval: evidence and row agree on the act",
        STATEMENTS,
        "(row.act, row.operator, row.nonce, operators.deployment)",
        "(said[0], row.operator, row.nonce, operators.deployment)",
        "register/test_forged_approvals.py::test_an_approval_of_something_else_approves_nothing",
    ),
    Break(
        "approval: evidence and row agree on the operator",
        STATEMENTS,
        "(row.act, row.operator, row.nonce, operators.deployment)",
        "(row.act, said[1], row.nonce, operators.deployment)",
        "register/test_forged_approvals.py::test_a_tampered_register_signs_nothing",
    ),
    Break(
        "approval: evidence and row agree on the nonce",
        STATEMENTS,
        "(row.act, row.operator, row.nonce, operators.deployment)",
        "(row.act, row.operator, said[2], operators.deployment)",
        "register/test_forged_approvals.py::test_a_tampered_register_signs_nothing",
    ),
    Break(
        "approval: evidence is for this deployment",
        STATEMENTS,
        "(row.act, row.operator, row.nonce, operators.deployment)",
        "(row.act, row.operator, row.nonce, said[3])",
        "register/test_forged_approvals.py::test_an_approval_of_something_else_approves_nothing",
    ),
    Break(
        "approval: evidence and row agree on the key",
        STATEMENTS,
        " or row.key_id != entry.operator.key.key_id:",
        ":",
        "register/test_forged_approvals.py::test_a_tampered_register_signs_nothing",
    ),
    Break(
        "approval: a key signs by the schemes and for the acts of its entry, when it is accepted",
        STATEMENTS,
        "    _require_scheme(entry, JWS, statement.act)\n",
        "",
        "register/test_approvers.py::test_a_key_signs_by_its_schemes_for_its_acts",
    ),
    Break(
        "approval: a key signs by the schemes and for the acts of its entry, when it is proven",
        STATEMENTS,
        "    _require_scheme(entry, row.scheme, statement.act)\n",
        "",
        "register/test_approvers.py::test_a_key_signs_by_its_schemes_for_its_acts",
    ),
    Break(
        "approval: a key signs by the schemes and for the acts of its entry, when it is drafted",
        STATEMENTS,
        "    _require_scheme(entry, JWS, act)\n",
        "",
        "services/test_operators.py::test_an_edition_that_a_newer_program_made_is_used_and_not_gone_on_from",
    ),
    Break(
        "approval: a key of a later suite is told from a bad signature",
        STATEMENTS,
        "    except CannotKnowError as error:\n",
        "    except ZeroDivisionError as error:\n",
        "register/test_approvers.py::test_a_key_of_a_later_suite_signs_nothing_here",
    ),
    Break(
        "approval: what was accepted before its operator ended counts",
        STATEMENTS,
        "    if head is None:\n        operators.acting",
        "    if True:\n        operators.acting",
        "register/test_ended.py::test_what_was_accepted_before_the_end_counts",
    ),
    Break(
        "approval: what was not accepted before its operator ended counts nothing",
        STATEMENTS,
        "    elif not audit.accepted_under(session, digest_of(row), head, heads=operators.heads):\n",
        "    elif False:\n",
        "register/test_ended.py::test_who_left_dates_nothing_back_with_the_databases_owner",
    ),
    Break(
        "approval: a statement of an act that is not known is told as such",
        STATEMENTS,
        '        if error.code == "unknown_act":\n',
        "        if False:\n",
        "register/test_forged_approvals.py::test_an_approval_of_something_else_approves_nothing",
    ),
)
