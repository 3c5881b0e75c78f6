"""The audit and the vault: what was done stays, and nobody who reads it meets a person."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

AUDIT: Final = "issuer/audit.py"
SEQUENCER: Final = "issuer/sequencer.py"
VAULT: Final = "issuer/vault.py"
GROUND: Final = "issuer/publishing/ground.py"
APPROVAL: Final = "issuer/batches/approval.py"
STORE: Final = "issuer/batches/store.py"
APPLY: Final = "issuer/status/apply.py"
ISSUER: Final = "issuer/issuing/issuer.py"
FILE: Final = "issuer/office/operators.py"
SERVICE: Final = "issuer/services/operators.py"
STORING: Final = "issuer/issuing/storing.py"

BREAKS: Final = (
    Break(
        "audit: the hash of an entry is over who acted",
        AUDIT,
        "        text(row.actor),\n",
        '        text(""),\n',
        "register/test_audit.py::test_tampering_is_found_at_the_first_entry_that_does_not_follow",
    ),
    Break(
        "audit: the hash of an entry is over when",
        AUDIT,
        "        int(row.at.timestamp()),\n",
        "        0,\n",
        "register/test_audit.py::test_tampering_is_found_at_the_first_entry_that_does_not_follow",
    ),
    Break(
        "audit: the hash of an entry is over the act",
        AUDIT,
        "        text(row.act),\n",
        '        text(""),\n',
        "register/test_audit.py::test_tampering_is_found_at_the_first_entry_that_does_not_follow",
    ),
    Break(
        "audit: the hash of an entry is over its object",
        AUDIT,
        "        text(row.object),\n",
        '        text(""),\n',
        "register/test_audit.py::test_tampering_is_found_at_the_first_entry_that_does_not_follow",
    ),
    Break(
        "audit: the hash of an entry is over its details",
        AUDIT,
        'b"{}" if row.details == {} else jsonform.encode(row.details)',
        'b"{}"',
        "register/test_audit.py::test_tampering_is_found_at_the_first_entry_that_does_not_follow",
    ),
    Break(
        "audit: the hash of an entry is over the one before",
        AUDIT,
        '        row.previous.hex().encode("ascii"),\n',
        '        b"",\n',
        "register/test_audit.py::test_what_an_entry_names_as_the_one_before_is_hashed",
    ),
    Break(
        "audit: entries are numbered without a gap",
        AUDIT,
        "if row.ordinal != length + 1 or row.previous",
        "if row.previous",
        "register/test_audit.py::test_an_entry_rewritten_with_a_hash_that_fits_it_breaks_the_chain",
    ),
    Break(
        "audit: an entry names the one before",
        AUDIT,
        "or row.previous != previous or",
        "or",
        "register/test_audit.py::test_an_entry_rewritten_with_a_hash_that_fits_it_breaks_the_chain",
    ),
    Break(
        "audit: an entry has its hash",
        AUDIT,
        " or row.hash != hash_of(row):",
        ":",
        "register/test_audit.py::test_tampering_is_found_at_the_first_entry_that_does_not_follow",
    ),
    Break(
        "audit: an entry follows the newest one",
        SEQUENCER,
        "previous=head.head,",
        "previous=bytes(32),",
        "register/test_audit.py::test_the_head_is_the_newest_hash_and_grows",
    ),
    Break(
        "audit: a chain goes on from the head that was published",
        AUDIT,
        "        if stored != after.head:\n",
        "        if False:\n",
        "register/test_audit.py::test_a_chain_goes_on_from_the_head_that_was_published",
    ),
    Break(
        "audit: the publisher verifies the chain before it publishes",
        GROUND,
        "        audit.verify_chain(session, after=audit.ChainHead(length=content.audit_length, "
        "head=content.audit_head))\n",
        "        str(session)\n",
        "issuing/test_tampered_publication.py::test_an_altered_audit_entry_stops_publishing",
    ),
    Break(
        "audit: an empty chain has a head",
        AUDIT,
        "BEFORE_FIRST: Final = bytes(32)",
        'BEFORE_FIRST: Final = bytes(31) + b"x"',
        "register/test_audit.py::test_an_empty_chain_has_a_head_too",
    ),
    Break(
        "audit: a tag is domain and act",
        AUDIT,
        "    if not _TAG.fullmatch(act):\n",
        "    if not act:\n",
        "register/test_audit.py::test_a_tag_has_one_grammar",
    ),
    Break(
        "audit: an act on a batch names the operator who signed",
        APPROVAL,
        "actor=accepted.entry.operator.id, act=act",
        'actor="register", act=act',
        "register/test_approval.py::test_two_operators_make_a_batch_signable_with_exactly_its_rows",
    ),
    Break(
        "audit: checking a batch is an act",
        STORE,
        '    audit.append(session, actor=actor, act="batch.check", subject=batch_id, now=now, details=details)\n',
        "",
        "register/test_approval.py::test_two_operators_make_a_batch_signable_with_exactly_its_rows",
    ),
    Break(
        "audit: a change of status is an act on its certificate",
        APPLY,
        "        audit.append_all(session, actor=by.actor, act=act, subjects=numbers, details=details, now=now)\n",
        "",
        "status/test_status.py::test_one_withdrawal_changes_one_verdict_within_one_publication",
    ),
    Break(
        "audit: issuing is an act on each certificate",
        STORING,
        '        audit.append_all(session, actor=self._batch.approved_by, act="certificate.issue", '
        "subjects=numbers, now=now)\n",
        "",
        "status/test_status.py::test_one_withdrawal_changes_one_verdict_within_one_publication",
    ),
    Break(
        "audit: a file of operators that comes into use is an act",
        FILE,
        '    audit.append(session, actor=actor, act="operators.accept", subject=operators.deployment, '
        "now=now, details=details)\n",
        "",
        "register/test_operators.py::test_an_older_file_is_refused_once_a_newer_was_accepted",
    ),
    Break(
        "audit: the same file accepted again is none",
        FILE,
        "    if operators.version == row.operators_version:\n        return\n",
        "",
        "register/test_operators.py::test_an_older_file_is_refused_once_a_newer_was_accepted",
    ),
    Break(
        "audit: ending an operator is an act",
        SERVICE,
        "            audit.append(session, actor=actor, act=END_OPERATOR, subject=ended, now=now, details=details)\n",
        "            str(ended)\n",
        "worker/test_setup.py::test_who_has_ended_does_not_come_back",
    ),
    Break(
        "audit: a sealed value is bound to its table",
        VAULT,
        '("titlecert/register/v1", table, column, row)',
        '("titlecert/register/v1", column, row)',
        "register/test_vault.py::test_a_value_opens_in_its_place_only",
    ),
    Break(
        "audit: a sealed value is bound to its column",
        VAULT,
        '("titlecert/register/v1", table, column, row)',
        '("titlecert/register/v1", table, row)',
        "register/test_vault.py::test_a_value_opens_in_its_place_only",
    ),
    Break(
        "audit: a sealed value is bound to its row",
        VAULT,
        '("titlecert/register/v1", table, column, row)',
        '("titlecert/register/v1", table, column)',
        "register/test_vault.py::test_a_value_opens_in_its_place_only",
    ),
    Break(
        "audit: each value is sealed under a nonce of its own",
        VAULT,
        "        nonce = os.urandom(NONCE_BYTES)\n        return _VERSION",
        "        nonce = bytes(NONCE_BYTES)\n        return _VERSION",
        "register/test_vault.py::test_equal_plaintexts_look_different",
    ),
    Break(
        "audit: another key-encryption key is told from an altered value",
        VAULT,
        "    if sealed[: len(prefix)] != prefix:\n",
        "    if False:\n",
        "register/test_vault.py::test_another_kek_and_an_erased_holder_are_said",
    ),
    Break(
        "audit: an ID number is indexed under a key",
        VAULT,
        'v1/holder\\x00" + b"".join(len(part).to_bytes(2) + part for part in parts)\n'
        "        return hmac.digest(self._index_key, message",
        'v1/holder\\x00" + b"".join(len(part).to_bytes(2) + part for part in parts)\n'
        "        return hmac.digest(_VERSION, message",
        "register/test_vault.py::test_the_blind_index_is_keyed_and_folds_what_people_type",
    ),
    Break(
        "audit: a number is indexed with the type of its document",
        VAULT,
        "for part in (id_type, id_number)]",
        "for part in (id_number, id_number)]",
        "register/test_vault.py::test_the_blind_index_is_keyed_and_folds_what_people_type",
    ),
    Break(
        "audit: type and number do not run into each other",
        VAULT,
        'v1/holder\\x00" + b"".join(len(part).to_bytes(2) + part for part in parts',
        'v1/holder\\x00" + b"".join(part for part in parts',
        "register/test_vault.py::test_the_blind_index_is_keyed_and_folds_what_people_type",
    ),
    Break(
        "audit: width, case and blanks make no other index",
        VAULT,
        'unicodedata.normalize("NFKC", part).strip().upper().encode()',
        "part.encode()",
        "register/test_vault.py::test_the_blind_index_is_keyed_and_folds_what_people_type",
    ),
    Break(
        "audit: the two keys of a vault differ",
        VAULT,
        " or len(keys) != 2 + len(older):",
        ":",
        "register/test_vault.py::test_unfit_keys_are_refused",
    ),
    Break(
        "audit: the keys of a vault have 32 bytes",
        VAULT,
        "if any(len(each) != KEY_BYTES for each in keys) or len(keys)",
        "if len(keys)",
        "register/test_vault.py::test_unfit_keys_are_refused",
    ),
    Break(
        "audit: what lies under a head leads to that head",
        AUDIT,
        "if row.ordinal != at.length or hash_of(row) != at.head:",
        "if row.ordinal != at.length:",
        "register/test_ended.py::test_who_left_dates_nothing_back_with_the_databases_owner",
    ),
    Break(
        "audit: nothing behind a head lies under it",
        AUDIT,
        "_Walk(at=each)",
        '_Walk(at=globals()["head"](session))',
        "register/test_ended.py::test_what_was_accepted_behind_the_head_counts_nothing",
    ),
    Break(
        "audit: a walk goes on where that of another head does",
        AUDIT,
        "            walk = below\n",
        "            return False\n",
        "register/test_ended.py::test_many_heads_share_their_walk",
    ),
    Break(
        "audit: a chain that leads to no head is not one that names nothing",
        AUDIT,
        "    if at == walk.at:\n",
        "    if at == walk.at:\n        at = ChainHead(length=0, head=BEFORE_FIRST)\n    if False:\n",
        "register/test_ended.py::test_who_left_dates_nothing_back_with_the_databases_owner",
    ),
    Break(
        "audit: a data key prints as nothing",
        VAULT,
        'return "DataKey(hidden)"',
        'return f"DataKey({self._cipher})"',
        "register/test_vault.py::test_nothing_secret_is_shown_or_pickled",
    ),
)
