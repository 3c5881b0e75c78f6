"""What the approver sees, and what is taken back."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

APPROVAL: Final = "issuer/batches/approval.py"
STORE: Final = "issuer/batches/store.py"
TAKEN: Final = "issuer/batches/taken.py"
TAKING_BACK: Final = "issuer/batches/taking_back.py"
OVERVIEW: Final = "issuer/batches/overview.py"
FIRST: Final = "issuer/issuing/first.py"
NEWS: Final = "issuer/issuing/news.py"

BREAKS: Final = (
    Break(
        "approval: taking back: nothing is issued of a batch that was taken back",
        APPROVAL,
        "    require_not_taken(session, batch_id, by.statement, going_on)\n",
        "",
        "services/test_taking_back.py::test_states_that_were_set_back_issue_nothing",
    ),
    Break(
        "approval: taking back: nothing is registered of a batch that was taken back",
        FIRST,
        "    require_not_taken(session, row.batch, proven.by.statement, [row.position])\n",
        "",
        "issuing/test_insider.py::test_an_act_is_refused_or_named_and_the_public_is_told_the_truth",
    ),
    Break(
        "approval: taking back: nor with others of its batch",
        NEWS,
        "        if self._taken_of(row.batch, by).holds(row.position):\n",
        "        if False:\n",
        "issuing/test_insider.py::test_an_act_is_refused_or_named_and_the_public_is_told_the_truth",
    ),
    Break(
        "approval: taking back: an entry that is gone from the audit is noticed",
        TAKEN,
        "if row.ordinal != high + 1 or row.previous != head or row.hash != audit.hash_of(row):",
        "if False:",
        "services/test_taking_back.py::test_an_entry_that_was_deleted_is_noticed",
    ),
    Break(
        "approval: taking back: a statement whose entry is gone stops",
        TAKEN,
        "if statements.digest_of(row) not in digests:",
        "if False:",
        "services/test_taking_back.py::test_the_newest_entry_that_was_deleted_leaves_its_statement",
    ),
    Break(
        "approval: taking back: one of those who signed for the batch does it",
        TAKING_BACK,
        "if operator.person not in {by.submitter.operator.person, by.approver.operator.person}:",
        "if False:",
        "services/test_taking_back.py::test_nobody_else_and_nothing_else_is_taken_back",
    ),
    Break(
        "approval: taking back: what has a certificate is not taken back",
        TAKING_BACK,
        "if states & {AwardState.RESERVED, AwardState.ISSUED}:",
        "if False:",
        "services/test_taking_back.py::test_a_row_that_moved_on_since_it_was_drafted_stays",
    ),
    Break(
        "approval: taking back: the statement is about the batch as it was approved",
        TAKING_BACK,
        "if seen != (expected, batch.state.value, dict(by.approval.counts), dict(by.approval.digests)):",
        "if False:",
        "services/test_taking_back.py::test_another_count_or_another_root_takes_nothing_back",
    ),
    Break(
        "approval: overview: rows that are not those under the root have no phrase",
        OVERVIEW,
        "whole = len(rows) == len(found) and root_of(row.normal for row in rows) == batch.rows_root",
        "whole = len(rows) == len(found)",
        "cli/test_overview.py::test_rows_that_are_not_those_that_were_checked_have_no_phrase",
    ),
    Break(
        "approval: overview: a row that does not open leaves the list without a phrase",
        OVERVIEW,
        "whole = len(rows) == len(found) and root_of(row.normal for row in rows) == batch.rows_root",
        "whole = True",
        "cli/test_overview.py::test_a_row_that_does_not_open_is_told_and_the_others_are_shown",
    ),
    Break(
        "approval: overview: what was found in the list as a whole is kept for the approver",
        STORE,
        "left = [each for each in findings if each.sheet_row not in rows]",
        "left = findings[:0]",
        "cli/test_overview.py::test_every_notice_is_shown_also_of_the_list_as_a_whole",
    ),
    Break(
        "approval: another phrase than the one read out is refused",
        "cli/overviews.py",
        "not same_phrase(phrase, seen.phrase)",
        "False",
        "cli/test_overview.py::test_only_the_list_that_was_read_out_is_approved",
    ),
)
