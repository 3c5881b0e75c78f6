"""The file of operators: who may act is what the administrator signed, edition by edition."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

FILE: Final = "issuer/office/operators.py"
SCHEMES: Final = "issuer/office/schemes.py"
VALUES: Final = "issuer/office/values.py"
SERVICE: Final = "issuer/services/operators.py"

BREAKS: Final = (
    Break(
        "approval: only the verified file makes operators",
        FILE,
        "if self.proof is not _PROOF:",
        "if False:",
        "register/test_operators.py::test_only_verify_makes_operators",
    ),
    Break(
        "approval: a file of operators older than the one accepted is refused",
        FILE,
        "if found.version < at_least:",
        "if False:",
        "register/test_operators.py::test_an_older_file_is_refused_once_a_newer_was_accepted",
    ),
    Break(
        "approval: the register goes back to no older file of operators",
        FILE,
        "if operators.version < row.operators_version:",
        "if False:",
        "register/test_operators.py::test_an_older_file_is_refused_once_a_newer_was_accepted",
    ),
    Break(
        "approval: a file of operators names somebody",
        FILE,
        "    if not entries:\n",
        "    if False:\n",
        "register/test_operators.py::test_empty_and_doubled_files_are_not_signed",
    ),
    Break(
        "approval: one key is one operator's",
        FILE,
        " or len(keys) != len(ids):",
        ":",
        "register/test_operators.py::test_empty_and_doubled_files_are_not_signed",
    ),
    Break(
        "approval: the file of operators lists them in the order of their ids",
        FILE,
        "if ids != sorted(set(ids)) or",
        "if",
        "register/test_operators.py::test_a_file_in_another_order_is_refused",
    ),
    Break(
        "approval: who has ended does not act",
        FILE,
        "if entry.state is not EntryState.ACTIVE or not entry.covers(at):",
        "if not entry.covers(at):",
        "register/test_operators.py::test_who_is_unknown_ended_or_outside_the_window_does_not_act",
    ),
    Break(
        "approval: who has ended, and nobody else, ended at a head of the audit",
        FILE,
        "if (self.state is EntryState.ENDED) != (self.audit is not None):",
        "if False:",
        "register/test_operators.py::test_an_entry_that_is_not_in_the_form_is_refused",
    ),
    Break(
        "approval: an edition is made only of what this program knows",
        FILE,
        "    if unknown:\n",
        "    if False:\n",
        "register/test_operators.py::test_what_a_later_program_wrote_is_kept_and_made_by_none_of_today",
    ),
    Break(
        "approval: an edition goes on only from one that this program knows",
        SERVICE,
        "        _check_present_known(read_operators(session, opened))\n",
        "        read_operators(session, opened)\n",
        "services/test_operators.py::test_an_edition_that_a_newer_program_made_is_used_and_not_gone_on_from",
    ),
    Break(
        "approval: schemes stand in ascending order, each once",
        SCHEMES,
        "    if names != sorted(set(names)):\n",
        "    if False:\n",
        "register/test_operators.py::test_an_entry_that_is_not_in_the_form_is_refused",
    ),
    Break(
        "approval: the acts of a scheme stand in their order",
        SCHEMES,
        "    if list(listed) != _in_order(acts):\n",
        "    if False:\n",
        "register/test_operators.py::test_an_entry_that_is_not_in_the_form_is_refused",
    ),
    Break(
        "approval: a scheme allows the acts that its entry names",
        VALUES,
        "return self.acts is None or act in self.acts",
        "return True",
        "register/test_approvers.py::test_a_key_signs_by_its_schemes_for_its_acts",
    ),
    Break(
        "approval: a person is named by characters that can be seen",
        VALUES,
        "if not is_text(self.person, MAX_PERSON) or self.person != self.person.strip():",
        "if False:",
        "services/test_operators.py::test_somebody_who_cannot_be_added_gets_no_key",
    ),
    Break(
        "approval: who ends, ends at a head of this register's audit",
        SERVICE,
        "if not audit.is_head(session, head):",
        "if False:",
        "services/test_operators.py::test_nobody_ends_at_a_head_of_another_register",
    ),
    Break(
        "approval: an edition takes back nothing that was accepted since it was drafted",
        SERVICE,
        "        if acted is not None:\n",
        "        if False:\n",
        "services/test_operators.py::test_who_acts_while_the_administrator_signs_the_end_is_ended_anew",
    ),
    Break(
        "approval: an end makes no term longer",
        SERVICE,
        "until = last if entry.valid_until is None else min(last, entry.valid_until)",
        "until = last",
        "services/test_operators.py::test_a_term_that_was_over_is_not_made_longer_by_the_end",
    ),
    Break(
        "approval: nobody acts at the instant at which the term is over",
        FILE,
        "instant < self.valid_until",
        "instant <= self.valid_until",
        "register/test_operators.py::test_who_is_unknown_ended_or_outside_the_window_does_not_act",
    ),
    Break(
        "approval: nobody acts before the term begins",
        FILE,
        "return self.valid_from <= instant and",
        "return",
        "register/test_operators.py::test_who_is_unknown_ended_or_outside_the_window_does_not_act",
    ),
    Break(
        "approval: an edition of the operators is signed with the administrator's key",
        SERVICE,
        "if signer.key_id != self.key_id:",
        "if False:",
        "worker/test_setup.py::test_an_edition_is_the_administrators",
    ),
    Break(
        "approval: an edition of the operators is the one that follows",
        SERVICE,
        "if edition.version != expected:",
        "if False:",
        "worker/test_setup.py::test_an_edition_is_the_one_that_follows",
    ),
    Break(
        "approval: an edition of the operators loses nobody",
        SERVICE,
        "(name not in later or later[name].operator != entry.operator)",
        "(name in later and later[name].operator != entry.operator)",
        "worker/test_setup.py::test_an_edition_loses_and_changes_nobody",
    ),
    Break(
        "approval: an edition of the operators changes nobody",
        SERVICE,
        "(name not in later or later[name].operator != entry.operator)",
        "name not in later",
        "worker/test_setup.py::test_an_edition_loses_and_changes_nobody",
    ),
    Break(
        "approval: an operator who has ended does not come back",
        SERVICE,
        "if name in known and entry.state is EntryState.ENDED and later[name] != entry:",
        "if False:",
        "worker/test_setup.py::test_who_has_ended_does_not_come_back",
    ),
    Break(
        "approval: an edition follows the file's too, which a run that died may have written",
        SERVICE,
        "read_operators(session, opened).version + 1",
        "lists.deployment(session).operators_version + 1",
        "worker/test_setup.py::test_an_operator_whose_making_died_is_made_again",
    ),
)
