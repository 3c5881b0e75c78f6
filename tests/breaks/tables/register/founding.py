"""A real office: what a certification service returned, marks, tokens, and the root's ceremony."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

ACCREDITED: Final = "issuer/trust/accredited.py"
MEETINGS: Final = "issuer/trust/meetings.py"
ROOTS: Final = "issuer/services/roots.py"
SEALS: Final = "issuer/services/seals.py"
TOKENS: Final = "keys/tokens.py"
SEALS_TESTS: Final = "services/test_seals.py"
ROOTING: Final = "cli/test_rooting.py"

STAMPS: Final = "issuer/documents/stamps.py"
ALARMS: Final = "issuer/worker/alarms.py"
NOT_TAKEN: Final = "documents/test_stamps.py::test_an_answer_that_does_not_hold_is_refused"
STAMPING: Final = "worker/test_stamping.py"

BREAKS: Final = (
    Break(
        "founding: a time-stamp is made now",
        STAMPS,
        'if abs(stated["gen_time"].native - self._clock()) > CLOCKS:',
        'if stated["gen_time"].native - self._clock() > CLOCKS:',
        NOT_TAKEN,
    ),
    Break(
        "founding: a time-stamp is of the policy that was asked for",
        STAMPS,
        'if self._settings.policy and stated["policy"].dotted != self._settings.policy:',
        'if self._settings.policy and not stated["policy"].dotted:',
        "documents/test_stamps.py::test_an_answer_of_another_policy_is_refused",
    ),
    Break(
        "founding: a time-stamp is signed by a certificate for time-stamps",
        STAMPS,
        'async_validate_usage(set(), {"time_stamping"})',
        "async_validate_usage(set(), set())",
        NOT_TAKEN,
    ),
    Break(
        "founding: a time-stamp leads to the pinned root",
        STAMPS,
        "trust_roots=[self._root]",
        "trust_roots=[self._root, *certificates]",
        NOT_TAKEN,
    ),
    Break(
        "founding: the signature of a time-stamp holds",
        STAMPS,
        "digest(content).digest()) != (True, True):",
        "digest(content).digest()) == (False, False):",
        NOT_TAKEN,
    ),
    Break(
        "founding: why a document waits is noted beside it",
        "issuer/worker/piecework.py",
        "self.turns.give_back(works, fault)",
        "pass",
        f"{STAMPING}::test_without_an_answer_the_certificate_is_valid_and_the_document_waits",
    ),
    Break(
        "founding: a time-stamp service that is silent is left alone",
        "issuer/worker/piecework.py",
        "self.silence.begin(self.opened.clock())",
        "pass",
        f"{STAMPING}::test_a_running_worker_does_not_ask_again_and_again",
    ),
    Break(
        "founding: a document that waits for a day is an alarm",
        ALARMS,
        "if now - each.created > outbox.LATE:",
        "if now - each.created > 2 * outbox.LATE:",
        f"{STAMPING}::test_after_a_day_it_is_an_alarm",
    ),
    Break(
        "founding: the end of a document certificate is told in time",
        ALARMS,
        "if end - now < SEAL_ENDS:",
        "if end < now:",
        f"{STAMPING}::test_ends_are_told_in_time",
    ),
    Break(
        "founding: a certificate is for the requested key",
        ACCREDITED,
        "if _key_of(each) == key:",
        "if _key_of(each) is not None:",
        f"{SEALS_TESTS}::test_nothing_is_kept_of_a_certificate_that",
    ),
    Break(
        "founding: a certificate names the authority exactly",
        ACCREDITED,
        "if [folded(each) for each in names] != [folded(owner.name)]:",
        "if not any(folded(owner.name)[:6] in folded(each) for each in names):",
        f"{SEALS_TESTS}::test_nothing_is_kept_of_a_certificate_that",
    ),
    Break(
        "founding: a certificate states the authority's credit code and no other",
        ACCREDITED,
        "if set(codes) != {owner.credit_code}:",
        "if owner.credit_code not in codes:",
        f"{SEALS_TESTS}::test_nothing_is_kept_of_a_certificate_that",
    ),
    Break(
        "founding: a certificate's key may sign",
        ACCREDITED,
        "    if not signs:",
        "    if signs is None:",
        f"{SEALS_TESTS}::test_nothing_is_kept_of_a_certificate_that",
    ),
    Break(
        "founding: a certificate is for documents",
        ACCREDITED,
        "if not purposes & _PURPOSES:",
        "if not purposes:",
        f"{SEALS_TESTS}::test_nothing_is_kept_of_a_certificate_that",
    ),
    Break(
        "founding: a certificate is good today",
        ACCREDITED,
        "if not begin <= now <= end:",
        "if not begin <= end:",
        f"{SEALS_TESTS}::test_nothing_is_kept_of_a_certificate_that",
    ),
    Break(
        "founding: a real office takes no marked certificate",
        ACCREDITED,
        'MARKS: Final = ("演示", "演练")',
        'MARKS: Final = ("演示",)',
        f"{SEALS_TESTS}::test_a_real_office_takes_no_marked_certificate",
    ),
    Break(
        "founding: a root is named by the administrator",
        SEALS,
        "    if not roots:",
        "    if roots is None:",
        f"{SEALS_TESTS}::test_the_root_is_named_once_and_trusted_from_then_on",
    ),
    Break(
        "founding: an authority is added with the name that was certified",
        SEALS,
        "replace(waiting, owner=owner), waiting.chain",
        "waiting, waiting.chain",
        f"{SEALS_TESTS}::test_an_authority_of_another_name_is_not_added",
    ),
    Break(
        "founding: a demonstration asks no service",
        SEALS,
        "if opened.home.settings.demonstration:",
        "if opened.home.settings.demonstration is None:",
        f"{SEALS_TESTS}::test_a_home_without_legal_effect_certifies_itself_and_says_which",
    ),
    Break(
        "founding: a second request is the same key",
        SEALS,
        "    if waiting is not None:\n        _check_same(waiting, owner, uri)\n        return waiting",
        "    if waiting is not None:\n        _check_same(waiting, owner, uri)",
        f"{SEALS_TESTS}::test_a_second_request_is_the_same_key_and_the_same_request",
    ),
    Break(
        "founding: a key of a container that does not do is not kept",
        SEALS,
        "        opened.custody.discard(key.key_id)\n        raise",
        "        raise",
        f"{SEALS_TESTS}::test_a_pkcs12_file_that_does_not_do_leaves_no_key",
    ),
    Break(
        "founding: a training home says so in its contact words",
        "issuer/trust/lists.py",
        "marked_contacts(each.contact, each.id) if training else each.contact",
        "each.contact",
        f"{SEALS_TESTS}::test_a_home_without_legal_effect_certifies_itself_and_says_which",
    ),
    Break(
        "founding: a training page says 演练",
        "issuer/documents/model.py",
        '("演练" if self.training else "演示")',
        '("演示" if self.training else "演示")',
        "cli/test_founding.py::test_a_training_office_says_so_on_every_document",
    ),
    Break(
        "founding: a real page says no mark",
        "issuer/documents/model.py",
        'else "演示") if self.demonstration else None',
        'else "演示")',
        "cli/test_founding.py::test_a_real_office_issues_and_everyone_accepts_it",
    ),
    Break(
        "founding: a token proves its key before it signs",
        TOKENS,
        "            public.verify(self.sign(probe), probe)",
        "            self.sign(probe)",
        "keys/test_tokens.py::test_a_private_key_of_another_pair_signs_nothing",
    ),
    Break(
        "founding: signatures of a token are low-s",
        TOKENS,
        "return normalise_low_s(bytes(raw))",
        "return bytes(raw)",
        "keys/test_tokens.py::test_every_signature_is_low_s_although_the_token_makes_high_ones",
    ),
    Break(
        "founding: a key that is made in a token stays there",
        TOKENS,
        "Attribute.EXTRACTABLE: False",
        "Attribute.EXTRACTABLE: True",
        "keys/test_tokens.py::test_the_private_key_cannot_be_taken_out",
    ),
    Break(
        "founding: no PIN stands in a URI",
        "keys/uri.py",
        'if name == "pin-value":',
        'if name == "pin-values":',
        "keys/test_uri.py",
    ),
    Break(
        "founding: too few root keys publish nothing",
        ROOTS,
        "return all(signed >= threshold for signed, threshold in self.needs)",
        "return all(signed >= 1 for signed, threshold in self.needs)",
        f"{ROOTING}::test_a_set_waits_until_a_list_carries_it_on",
    ),
    Break(
        "founding: what root keys signed is kept until there are enough",
        MEETINGS,
        "*([meeting.signed] if meeting.signed else [])",
        "",
        f"{ROOTING}::test_a_set_waits_until_a_list_carries_it_on",
    ),
    Break(
        "founding: what another key signed counts as not seen",
        ROOTS,
        "        if each.key_id == signer.key_id:\n            return each.verify(signer)",
        "        return each.payload",
        f"{ROOTING}::test_only_what_the_same_key_signed_before_counts_as_seen",
    ),
)
