"""Batches: what two operators signed, and nothing else, makes a certificate."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

APPROVAL: Final = "issuer/batches/approval.py"
STORE: Final = "issuer/batches/store.py"
ROWS: Final = "issuer/batches/rows.py"
PROOF: Final = "issuer/batches/proof.py"
MAKING: Final = "issuer/documents/making.py"
NORMAL_FORM: Final = "issuer/intake/normalform.py"

_EACH_ROW: Final = (
    '        if (row.position, row.hashes) != (tree.size, b"".join(tree.append(leaf_hash(row.normal)))):\n'
)

BREAKS: Final = (
    Break(
        "approval: a batch is submitted from checked only",
        APPROVAL,
        "before=frozenset({BatchState.CHECKED}),",
        "before=frozenset({BatchState.CHECKED, BatchState.SUBMITTED}),",
        "register/test_approval.py::test_acts_out_of_order_are_refused",
    ),
    Break(
        "approval: a batch is approved after it was submitted",
        APPROVAL,
        "before=frozenset({BatchState.SUBMITTED}),",
        "before=frozenset({BatchState.CHECKED, BatchState.SUBMITTED}),",
        "register/test_approval.py::test_acts_out_of_order_are_refused",
    ),
    Break(
        "approval: a clerk does not approve",
        APPROVAL,
        "roles=frozenset({OperatorRole.APPROVER}),",
        "roles=frozenset(OperatorRole),",
        "register/test_approvers.py::test_roles_authorities_and_strangers_are_kept_apart",
    ),
    Break(
        "approval: who approved is asked for the role again before anything is signed",
        APPROVAL,
        "    _require_role(entry, act, batch)\n    return entry, statement",
        "    return entry, statement",
        "register/test_forged_approvals.py::test_a_statement_made_by_a_stranger_with_the_right_words_approves_nothing",
    ),
    Break(
        "approval: an operator acts for the own authority only",
        APPROVAL,
        "if operator.authority not in {None, batch.authority}:",
        "if False:",
        "register/test_approvers.py::test_roles_authorities_and_strangers_are_kept_apart",
    ),
    Break(
        "approval: who has ended drafts nothing",
        APPROVAL,
        "    operators.acting(entry.operator.key.key_id, now)\n    _check_move",
        "    _check_move",
        "register/test_drafts.py::test_who_has_ended_drafts_nothing",
    ),
    Break(
        "approval: four eyes are two persons",
        APPROVAL,
        "        _require_two_people(batch, submitter, entry)\n",
        "",
        "register/test_approvers.py::test_the_same_person_does_not_approve",
    ),
    Break(
        "approval: four eyes are two persons in the stored evidence too",
        APPROVAL,
        "    _require_two_people(batch, submitter, approver)\n",
        "",
        "register/test_approvers.py::test_one_persons_two_statements_written_into_the_database_approve_nothing",
    ),
    Break(
        "approval: two keys of one person are two eyes",
        APPROVAL,
        "if first.person == second.person:",
        "if first.id == second.id:",
        "register/test_approvers.py::test_one_person_with_two_keys_does_not_approve",
    ),
    Break(
        "approval: the audit names the very statement that moved a batch",
        APPROVAL,
        ", audit.STATEMENT: accepted.digest}",
        "}",
        "register/test_ended.py::test_the_audit_names_the_very_statement",
    ),
    Break(
        "approval: a batch that is not approved is not issued",
        APPROVAL,
        "if batch is None or batch.state not in _SIGNED_IN:",
        "if batch is None:",
        "register/test_approval.py::test_a_batch_that_is_not_approved_signs_nothing",
    ),
    Break(
        "approval: the state column alone approves nothing",
        APPROVAL,
        "    approver, approval, evidence = _proven(session, batch, Act.APPROVE, operators)\n",
        "    approver, approval, evidence = _proven(session, batch, Act.SUBMIT, operators)\n"
        "    approver = operators.entries[0]\n",
        "register/test_forged_approvals.py::test_a_forged_state_signs_nothing",
    ),
    Break(
        "approval: an act has one statement, not two",
        APPROVAL,
        "    if len(rows) != 1:",
        "    if not rows:",
        "register/test_forged_approvals.py::test_two_statements_to_one_act_prove_nothing",
    ),
    Break(
        "approval: the rows are those that were approved",
        APPROVAL,
        '    if (tree.root(), tree.size) != (batch.rows_root, by.approval.counts["waiting"]):\n',
        "    if False:\n",
        "register/test_forged_approvals.py::test_a_row_slipped_in_with_the_right_keys_signs_nothing",
    ),
    Break(
        "approval: operators sign no rows that were altered before",
        APPROVAL,
        "    _compare_rows(batch, normal_rows(session, vault, batch.id))\n",
        "    str(normal_rows(session, vault, batch.id))\n",
        "register/test_approval.py::test_no_statement_is_drafted_on_rows_that_were_altered",
    ),
    Break(
        "approval: rows that were altered after an act was drafted are not accepted",
        APPROVAL,
        "    _compare_rows(batch, open_rows(session, vault, batch.id))\n",
        "    str(open_rows(session, vault, batch.id))\n",
        "register/test_drafts.py::test_rows_that_were_altered_after_it_was_drafted_are_not_accepted",
    ),
    Break(
        "approval: each row is read in its only form before it is approved",
        APPROVAL,
        "    _compare_rows(batch, open_rows(session, vault, batch.id))\n",
        "    _compare_rows(batch, normal_rows(session, vault, batch.id))\n",
        "register/test_drafts.py::test_a_row_is_read_in_its_only_form_before_it_is_approved",
    ),
    Break(
        "approval: a batch without a good row is not submitted",
        APPROVAL,
        "if act is Act.SUBMIT and batch.rows_waiting == 0:",
        "if False:",
        "register/test_approval.py::test_a_batch_without_good_rows_is_not_submitted",
    ),
    Break(
        "approval: a draft is good for one state of its batch",
        APPROVAL,
        '    if differing:\n        message = f"batch {batch_id} has another',
        '    if False:\n        message = f"batch {batch_id} has another',
        "register/test_drafts.py::test_a_draft_is_good_for_one_state_of_its_batch",
    ),
    Break(
        "approval: a statement that is not about a batch moves none",
        APPROVAL,
        "    if statement.act not in _MOVES:\n",
        "    if False:\n",
        "register/test_drafts.py::test_a_statement_of_another_deployment_or_act_moves_no_batch",
    ),
    Break(
        "approval: a statement names batch, authority and decision document",
        APPROVAL,
        "(dict(statement.object), _object(batch)),",
        "(0, 0),",
        "register/test_forged_approvals.py::test_an_approval_of_something_else_approves_nothing",
    ),
    Break(
        "approval: a statement names the state that its operator saw",
        APPROVAL,
        "(statement.previous, before.value),",
        "(0, 0),",
        "register/test_forged_approvals.py::test_an_approval_of_something_else_approves_nothing",
    ),
    Break(
        "approval: a statement names the digest of the file and the root over the rows",
        APPROVAL,
        "(dict(statement.digests), _digests(batch)),",
        "(0, 0),",
        "register/test_forged_approvals.py::test_an_approval_of_something_else_approves_nothing",
    ),
    Break(
        "approval: a statement names the number of rows",
        APPROVAL,
        '(statement.counts["rows"], batch.rows_total),',
        "(0, 0),",
        "register/test_forged_approvals.py::test_a_tampered_register_signs_nothing",
    ),
    Break(
        "approval: an approval of a time to come approves nothing",
        APPROVAL,
        "    for statement in (by.submission, by.approval):\n        _require_past(statement, now)\n",
        "",
        "register/test_forged_approvals.py::test_an_approval_of_something_else_approves_nothing",
    ),
    Break(
        "approval: a stored statement counts while its operator was in force",
        APPROVAL,
        "    statements.require_in_force(session, rows[0], entry, operators, statement.issued_at)\n",
        "",
        "register/test_ended.py::test_a_clerks_window_that_ran_out_is_asked_as_before",
    ),
    Break(
        "approval: a statement holds for as many rows as it names",
        APPROVAL,
        "(tree.root(), tree.size) != (batch.rows_root, batch.rows_waiting):",
        "tree.root() != batch.rows_root:",
        "register/test_forged_approvals.py::test_two_statements_on_other_numbers_of_rows_approve_nothing",
    ),
    Break(
        "approval: the root is over the rows that are about to be signed",
        APPROVAL,
        "(tree.root(), tree.size) != (batch.rows_root, batch.rows_waiting):",
        "tree.size != batch.rows_waiting:",
        "register/test_forged_approvals.py::test_a_tampered_register_signs_nothing",
        also=(
            Edit(APPROVAL, '"digests": (dict(statement.digests), _digests(batch)),', '"digests": (0, 0),'),
            Edit(
                APPROVAL, _EACH_ROW, "        if row.position != tree.size or not tree.append(leaf_hash(row.normal)):\n"
            ),
        ),
    ),
    Break(
        "approval: the hashes that prove each row alone are those of its row",
        APPROVAL,
        _EACH_ROW,
        "        if row.position != tree.size or not tree.append(leaf_hash(row.normal)):\n",
        "register/test_forged_approvals.py::test_a_tampered_register_signs_nothing",
    ),
    Break(
        "approval: two operators sign for the same numbers of rows",
        APPROVAL,
        "    if submission.counts != approval.counts:\n",
        "    if False:\n",
        "register/test_forged_approvals.py::test_an_approval_of_something_else_approves_nothing",
    ),
    Break(
        "approval: one row is proven from the row that was opened",
        PROOF,
        "verify_path(leaf_hash(row.normal), path",
        "verify_path(row.hashes[:32], path",
        "register/test_proof.py::test_a_row_sealed_again_with_another_content_is_told",
    ),
    Break(
        "approval: one row is proven in the batch in which it stands",
        PROOF,
        "    verify_path(leaf_hash(row.normal), path, index=row.position, size=size, root=root)\n",
        "    str(root)\n",
        "register/test_proof.py::test_rows_that_change_places_between_batches_are_told",
    ),
    Break(
        "approval: a document is printed from a proven row",
        MAKING,
        "            prove_row(session, award, operators=self._operators, now=certificate.issued_at)\n",
        "",
        "issuing/test_tampered_batches.py::test_a_row_that_was_altered_after_its_certificate_is_not_printed",
    ),
    Break(
        "approval: rejected rows take no place under the root",
        STORE,
        "            normal, position = draft_to_json(row, salt=new_salt(token_bytes)), tree.size\n",
        "            normal, position = draft_to_json(row, salt=new_salt(token_bytes)), tree.size + 1\n",
        "register/test_proof.py::test_rejected_rows_have_no_place_under_the_root",
    ),
    Break(
        "approval: each row has a salt of its own",
        NORMAL_FORM,
        "    return to_base64url(token_bytes(SALT_BYTES))\n",
        "    return to_base64url(bytes(SALT_BYTES))\n",
        "intake/test_results.py::test_rows_that_say_the_same_have_hashes_that_say_nothing",
    ),
    Break(
        "approval: a file is one batch",
        STORE,
        "    if other is not None:\n",
        "    if False:\n",
        "register/test_approval.py::test_a_rejected_batch_frees_its_file",
    ),
    Break(
        "approval: a rejected batch frees its file",
        STORE,
        ", BatchRow.state != BatchState.REJECTED)",
        ")",
        "register/test_approval.py::test_a_rejected_batch_frees_its_file",
    ),
    Break(
        "approval: each row of a batch has a row number of its own",
        STORE,
        " or len({row.sheet_row for row in rows}) != len(rows):",
        ":",
        "register/test_approval.py::test_an_unfit_batch_is_not_stored",
    ),
    Break(
        "approval: rows are hashed in the order of the file",
        STORE,
        "    rows.sort(key=lambda row: row.sheet_row)\n",
        "",
        "register/test_approval.py::test_the_order_of_the_file_decides_not_the_order_of_arrival",
    ),
    Break(
        "approval: a person in two batches is one holder",
        "issuer/batches/holders.py",
        "    if held is None:\n",
        "    if held is None or held.id:\n",
        "register/test_approval.py::test_a_person_in_two_batches_is_one_holder",
    ),
    Break(
        "approval: an award moves forward only",
        ROWS,
        "if after not in _FORWARD.get(state, frozenset()):",
        "if False:",
        "register/test_approval.py::test_awards_move_forward_and_counts_with_them",
    ),
    Break(
        "approval: the counts of a batch move with its awards",
        ROWS,
        "getattr(owner, _COUNT[state]) - many)",
        "getattr(owner, _COUNT[state]))",
        "register/test_approval.py::test_awards_move_forward_and_counts_with_them",
    ),
    Break(
        "approval: the last award ends its batch",
        ROWS,
        "else BatchState.ISSUED\n",
        "else BatchState.ISSUING\n",
        "register/test_approval.py::test_awards_move_forward_and_counts_with_them",
    ),
)
