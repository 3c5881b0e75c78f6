"""The life of keys, passphrases that change, and entries of the office that end."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

ADMINISTRATORS: Final = "issuer/services/administrators.py"
CHANGING: Final = "keys/changing.py"
ENDS: Final = "issuer/office/ends.py"
ENDS_PLAN: Final = "issuer/services/ends.py"
ENTRIES: Final = "issuer/trust/entries.py"
KEYENDS: Final = "issuer/services/keyends.py"
KEYS: Final = "issuer/services/keys.py"
PUBLISHING: Final = "issuer/worker/publishing.py"
READING: Final = "issuer/office/reading.py"
VAULT: Final = "issuer/vault.py"
ENDS_TESTS: Final = "services/test_ends.py"
KEYENDS_TESTS: Final = "services/test_keyends.py"
REISSUING: Final = "issuer/services/reissuing.py"
REISSUING_TESTS: Final = "services/test_reissuing.py"
ANEW: Final = "test_what_is_in_force_is_issued_anew_and_the_rest_is_counted"
WHOLE_OFFICE: Final = (
    "cli/test_whole_office.py::test_a_whole_office_is_founded_works_loses_a_key_and_a_disk_and_comes_back"
)
KEYCHANGES: Final = "services/test_keychanges.py"

BREAKS: Final = (
    Break(
        "founding: a key ends when the next one is public, not before",
        KEYENDS,
        "if planned.successor not in public_ids(session, opened):",
        "if False:",
        f"{KEYENDS_TESTS}::test_the_only_key_does_not_end_nor_before_the_next_is_public",
    ),
    Break(
        "founding: a key does not end while numbers wait for its signature",
        KEYENDS,
        "    if planned.reserved:\n        message",
        "    if planned.reserved < 0:\n        message",
        f"{KEYENDS_TESTS}::test_a_key_does_not_end_while_numbers_wait_for_its_signature",
    ),
    Break(
        "founding: two next keys of a use do not wait at once",
        KEYS,
        "        if succeeds is None:\n            _check_none_waits",
        "        if succeeds is not None:\n            _check_none_waits",
        "services/test_keys.py::test_a_refused_key_is_not_made_and_two_do_not_wait_at_once",
    ),
    Break(
        "founding: what a stolen status key signed is signed anew at once",
        PUBLISHING,
        "            found.update(publications.signed_by(session, self._stolen(session)))\n",
        "",
        f"{KEYENDS_TESTS}::test_a_status_key_that_was_stolen_is_succeeded_and_all_is_signed_anew_at_once",
    ),
    Break(
        "founding: nothing is published by a key that the trust list does not name",
        PUBLISHING,
        "        self._publisher.check_keys(now=now)\n",
        "",
        f"{KEYENDS_TESTS}::test_a_status_key_that_was_stolen_is_succeeded_and_all_is_signed_anew_at_once",
    ),
    Break(
        "founding: an earlier theft is said after the theft is public",
        KEYENDS,
        "    if found is not KeyState.COMPROMISED:",
        "    if found is None:",
        f"{KEYENDS_TESTS}::test_a_theft_that_began_earlier_is_said_last_and_its_falls_are_counted",
    ),
    Break(
        "founding: an earlier theft takes a root set of two signers",
        KEYENDS,
        "    if threshold < _TWO:",
        "    if threshold < 1:",
        f"{KEYENDS_TESTS}::test_an_earlier_theft_takes_a_root_set_of_two_and_the_number_that_falls",
    ),
    Break(
        "founding: the document certificates of a key end with it",
        ENTRIES,
        "    _end_certificates(session, key_id, row.state, row.valid_until)\n",
        "",
        "services/test_drills.py::test_a_stolen_document_key_seals_nothing",
    ),
    Break(
        "founding: a change of several files is made in one step",
        CHANGING,
        "        unnamed = directory / _UNNAMED\n",
        "        unnamed = directory / CHANGING\n",
        "keys/test_changing.py::test_killed_anywhere_all_are_old_or_all_become_new",
    ),
    Break(
        "founding: the old administrator's key goes when the new one has signed",
        ADMINISTRATORS,
        "        opened.custody.end(key.key_id)\n    details",
        "        assert key is not None\n    details",
        f"{KEYCHANGES}::test_the_administrator_gets_another_key_and_the_old_one_signs_nothing_more",
    ),
    Break(
        "founding: while the administrator's key changes, the file of before holds",
        READING,
        "    for key in older:\n",
        "    for key in older[1:]:\n",
        f"{KEYCHANGES}::test_a_killed_change_of_the_administrator_is_run_again",
    ),
    Break(
        "audit: while the key-encryption key changes, what the older one wraps is opened",
        VAULT,
        "        if named in self._older:",
        "        if named in ():",
        f"{KEYCHANGES}::test_a_killed_run_leaves_everything_readable_and_is_run_again",
    ),
    Break(
        "founding: what falls with an end is typed",
        ENDS_PLAN,
        "        if planned.falls.count != falls:",
        "        if planned.falls.count < falls:",
        f"{ENDS_TESTS}::test_what_an_earlier_day_undoes_is_counted_typed_and_then_so",
    ),
    Break(
        "founding: an entry ends once",
        ENDS,
        "    _check_not_ended(session, kind, entry)\n",
        "",
        f"{ENDS_TESTS}::test_a_mistyped_specialty_is_as_if_it_had_never_been",
    ),
    Break(
        "founding: with a grant ends what was delegated from it",
        ENDS,
        "    if not rule.delegated:",
        "    if rule.delegated is not None:",
        f"{ENDS_TESTS}::test_an_authority_ends_with_its_grants_and_with_what_it_delegated",
    ),
    Break(
        "founding: a row that waits is asked as on the day of the end",
        ENDS_PLAN,
        "falling, order, found, max(today, order.first))",
        "falling, order, found, today)",
        f"{ENDS_TESTS}::test_an_open_batch_that_would_fall_is_told",
    ),
    Break(
        "founding: the theft is public before anything is issued anew",
        KEYENDS,
        "        if _published(session, opened, key.key.key_id) is not KeyState.COMPROMISED:",
        "        if False:",
        f"{REISSUING_TESTS}::{ANEW}",
    ),
    Break(
        "founding: only what a credential key signed",
        KEYENDS,
        '        if key.use != KeyUse.CREDENTIAL:\n            message = f"key {kid} is a {key.use} key: only',
        '        if False:\n            message = f"key {kid} is a {key.use} key: only',
        f"{REISSUING_TESTS}::{ANEW}",
    ),
    Break(
        "founding: what is suspended is left",
        REISSUING,
        "if state is Status.VALID]",
        "if state in {Status.VALID, Status.SUSPENDED}]",
        f"{REISSUING_TESTS}::{ANEW}",
    ),
    Break(
        "founding: the number that is stated is the number that is issued anew",
        REISSUING,
        "    if count != planned.count:",
        "    if count > planned.count:",
        f"{REISSUING_TESTS}::{ANEW}",
    ),
    Break(
        "founding: only what was registered since the instant",
        REISSUING,
        "    if since is not None:\n        first",
        "    if since is None:\n        first",
        f"{REISSUING_TESTS}::{ANEW}",
    ),
    Break(
        "founding: a row that two operators did not sign for is left",
        "issuer/services/replacements.py",
        "                found.append(Unproven(number=number, code=error.code))",
        "                del error",
        f"{REISSUING_TESTS}::test_a_row_that_nobody_signed_for_is_named_and_left",
    ),
    Break(
        "recovery: an older trust list is proven by the root set that signed it",
        "issuer/publishing/chain.py",
        "    for root in reversed(_roots(store)):",
        "    for root in _roots(store)[-1:]:",
        WHOLE_OFFICE,
    ),
    Break(
        "recovery: what fell is laid out as the public had it",
        "issuer/issuing/proof.py",
        "not (is_erased or is_fallen(written.certificate, anchors.trust))",
        "not is_erased",
        WHOLE_OFFICE,
    ),
    Break(
        "recovery: what fell is counted and is no finding",
        "issuer/services/proving.py",
        "            if each.code == FALLEN:",
        "            if not each.code:",
        WHOLE_OFFICE,
    ),
    Break(
        "recovery: a backup without a desk leaves a desk's database that opens",
        "issuer/backup/restoring.py",
        "    done = 0\n    while",
        "    done = 0\n    targets[DESK].execute(delete(desk_tables.version))\n    while",
        WHOLE_OFFICE,
    ),
)
