"""Integrity records by statement, notices, cases: what was signed counts, not what the database adds or lacks."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

STANDING: Final = "issuer/integrity/standing.py"
STATING: Final = "issuer/integrity/stating.py"
EXPORTING: Final = "issuer/integrity/exporting.py"
NOTICES: Final = "issuer/db/notices.py"
NOTICING: Final = "issuer/worker/noticing.py"
_BY_HAND: Final = "status/test_records.py::test_what_is_changed_by_hand_is_reported_and_nothing_is_issued"
_FREES: Final = "status/test_records.py::test_what_is_signed_frees_and_what_was_before_stays"

BREAKS: Final = (
    Break(
        "status: a list of integrity records is proven whole",
        STANDING,
        "    if not rows or (len(rows), records_root(each.said for each in rows)) != signed:\n",
        "    if False:\n",
        "status/test_records.py::test_who_shortens_a_term_in_row_and_list_alike_is_found_by_the_root",
    ),
    Break(
        "status: nothing is issued while an integrity record is missing",
        "issuer/worker/issuing.py",
        "            standings.require_whole()  # whoever took a record away would free somebody\n",
        "",
        _BY_HAND,
    ),
    Break(
        "status: an integrity record that is gone with its statement is missed by the audit",
        STANDING,
        "    faults += _unaudited(session, steps)\n",
        "",
        "status/test_records.py::test_a_record_that_is_gone_with_its_statement_is_found_by_the_audit",
    ),
    Break(
        "status: an end of an integrity record that nobody signed is reported",
        STANDING,
        '    faults += [_fault(name, "integrity_unproven", "no such statement was accepted") for name in listed]\n',
        "",
        "status/test_records.py::test_an_end_that_nobody_signed_frees_nobody",
    ),
    Break(
        "status: an integrity record is what its newest act says",
        STANDING,
        "    said = steps[-1].said\n",
        "    said = steps[0].said\n",
        _FREES,
    ),
    Break(
        "status: an integrity record that ended bars nobody",
        STANDING,
        "                found += [] if standing.is_closed else [standing.record]\n",
        "                found += [standing.record]\n",
        _FREES,
    ),
    Break(
        "status: an act on an integrity record holds for what was seen",
        STATING,
        "        if (done, record.blind_index) != (each.acts, each.person):\n",
        "        if False:\n",
        "status/test_records.py::test_what_is_signed_holds_for_what_was_seen_only",
    ),
    Break(
        "status: nobody is on record twice by one decision",
        STATING,
        "        if (index, each.document) in there:\n",
        "        if False:\n",
        "status/test_records.py::test_who_is_on_record_is_not_added_twice",
    ),
    Break(
        "status: a clerk signs for no integrity record",
        STATING,
        "    require_decider(entry, planned.authority)\n",
        "",
        "status/test_records.py::test_a_clerk_and_another_authority_sign_for_nothing",
    ),
    Break(
        "status: what changed is reported to the credit platform again",
        EXPORTING,
        "    if last is None or last.acts != acts:\n",
        "    if last is None:\n",
        "status/test_reporting.py::test_where_a_record_stands_with_the_platform",
    ),
    Break(
        "holders: a change has one notice",
        NOTICES,
        "            ~told.exists(),\n",
        "",
        "worker/test_noticing.py::test_each_change_makes_one_notice_with_what_was_decided_and_the_remedies",
    ),
    Break(
        "holders: the notices of an order are made in parts",
        NOTICING,
        "        room = None if everything else PART\n",
        "        room = None\n",
        "worker/test_noticing.py::test_an_order_leaves_one_piece_of_work_and_its_notices_are_made_in_parts",
    ),
    Break(
        "holders: who was erased gets no notice, asked twice",
        NOTICES,
        "            HolderRow.wrapped_key.is_not(None),\n",
        "",
        "worker/test_noticing.py::test_who_was_erased_gets_none",
        also=(Edit("issuer/notices/making.py", '            if row.code == "erased":\n', "            if False:\n"),),
    ),
    Break(
        "holders: a case shows what nobody signed as unsigned",
        "issuer/cases/proving.py",
        "        and dict(statement.object) == wanted\n",
        "",
        "services/test_cases.py::test_what_nobody_signed_so_is_said_to_be_unsigned",
    ),
    Break(
        "holders: a case whose day has passed is overdue",
        "issuer/services/cases.py",
        "        is_overdue=due is not None and today > due,\n",
        "        is_overdue=False,\n",
        "services/test_cases.py::test_what_is_overdue_is_listed_first_and_alone",
    ),
)
