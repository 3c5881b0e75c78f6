"""The file of operators: who may act is what the administrator signed, edition by edition."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

FILE: Final = "issuer/office/operators.py"
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
