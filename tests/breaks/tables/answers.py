"""FORMAT 12: steps 8 to 10, check codes, documents, answers for a day, the verdict as JSON."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

CHECK: Final = "verifier/check.py"
ERRORS: Final = "verifier/errors.py"
HISTORY: Final = "credential/history.py"
PROCEDURE: Final = "verifier/procedure.py"
STEPS: Final = "verifier/steps.py"
TRUSTLIST: Final = "credential/trustlist.py"
VERDICT: Final = "credential/verdict.py"

BREAKS: Final = (
    Break(
        "12 step 8: the list is one of the trust list",
        STEPS,
        "raise check.refuse(8, Reason.STATUS_UNASSIGNED) from error",
        "raise check.refuse(8, Reason.STATUS_UNTRUSTED) from error",
        "vectors status_at_a_foreign_address",
    ),
    Break(
        "12 step 8: an expired list is status_expired",
        STEPS,
        'expired = error.code == "expired"',
        'expired = error.code == "lifetime"',
        "vectors list_expired",
    ),
    Break(
        "12 step 8: a list that does not come is unreachable",
        STEPS,
        "Reason.STATUS_UNTRUSTED if error.lies else Reason.STATUS_UNREACHABLE",
        "Reason.STATUS_UNTRUSTED",
        "vectors status_list_absent",
    ),
    Break(
        "12 step 8: other bytes are untrusted and not unreachable",
        ERRORS,
        'say = "other bytes than the signed snapshot names"\n    lies = True',
        'say = "other bytes than the signed snapshot names"\n    lies = False',
        "vectors status_list_changed",
    ),
    Break(
        "12 steps 5 and 8: a file larger than any is untrusted and not unreachable",
        ERRORS,
        'say = "larger than such a file can be; nothing of it was used"\n    lies = True',
        'say = "larger than such a file can be; nothing of it was used"\n    lies = False',
        "verifier/test_reader.py",
    ),
    Break(
        "12 step 9: list and history agree",
        STEPS,
        "if state is not history.status:",
        "if state is None:",
        "vectors list_withdrawn_history_valid list_valid_history",
    ),
    Break(
        "12 step 9: a withdrawn certificate is withdrawn",
        STEPS,
        "Status.WITHDRAWN: Reason.WITHDRAWN",
        "Status.WITHDRAWN: Reason.UNDER_REVIEW",
        "vectors withdrawn_fail withdrawn_by withdrawn_and",
    ),
    Break(
        "12 step 10: an official host is one of the list, letter for letter",
        TRUSTLIST,
        "return origin in self.content.hosts",
        "return origin.startswith(self.content.hosts)",
        "vectors host_official_with",
    ),
    Break(
        "12 step 10: another host is warned of",
        STEPS,
        "        check.warn(Warn.HOST_NOT_OFFICIAL)\n",
        "",
        "vectors host_not_official",
    ),
    Break(
        "12 step 10: the host never changes the outcome",
        STEPS,
        "        check.warn(Warn.HOST_NOT_OFFICIAL)\n",
        "        check.cannot_know(HOST_STEP, Reason.PUBLICATION_UNTRUSTED)\n",
        "vectors host_not_official",
    ),
    Break(
        "12 a proven refusal beats an unreachable file",
        CHECK,
        "            self.pending = DecidedError(reason, step)\n",
        "            self.pending = DecidedError(reason, step)\n            raise self.pending\n",
        "vectors refusal_beats_unknown_history",
    ),
    Break(
        "12 what could not be known first is told",
        CHECK,
        "        if self.pending is None:\n",
        "        if self.steps:\n",
        "vectors shards_and_filings_absent",
    ),
    Break(
        "12 what could not be known ends the check before step 8",
        PROCEDURE,
        "    if check.pending is not None or history is None:\n",
        "    if history is None:\n",
        "vectors filings_absent",
    ),
    Break(
        "12 a check that moved in between is made once more",
        PROCEDURE,
        "if view.mixture else None",
        "if view.mixture and not view.online else None",
        "verifier/test_reader.py::test_a_publication_that_moves_in_between_is_read_once_more_from_its_snapshot",
    ),
    Break(
        "12 a code of nobody is unknown, and no forgery",
        PROCEDURE,
        "        raise check.refuse(1, Reason.UNKNOWN_CODE)\n",
        "        raise check.refuse(1, Reason.UNREGISTERED)\n",
        "vectors code_of_nobody code_without_record",
    ),
    Break(
        "12 a code opens the credential of its own prefix",
        PROCEDURE,
        "    if not _belongs(credential, code):\n",
        "    if not code:\n",
        "vectors code_opens_something_else code_with_the_prefix",
    ),
    Break(
        "12 a changed file is document_altered",
        PROCEDURE,
        '"pdf_altered": Reason.DOCUMENT_ALTERED',
        '"pdf_altered": Reason.BAD_FILE',
        "vectors document_changed document_with_an_update",
    ),
    Break(
        "12 a file without a seal is document_not_sealed",
        PROCEDURE,
        '"pdf_no_signature": Reason.DOCUMENT_NOT_SEALED',
        '"pdf_no_signature": Reason.BAD_FILE',
        "vectors document_without_seal",
    ),
    Break(
        "12 a seal is one that the trust list binds",
        PROCEDURE,
        "        raise check.refuse(2, Reason.DOCUMENT_SEAL_UNKNOWN) from error\n",
        "        str(error)\n",
        "vectors document_sealed_by",
    ),
    Break(
        "12 a seal is bound to the credential's authority",
        TRUSTLIST,
        "                and entry.authority == authority\n",
        "",
        "vectors document_sealed_by_another_authority",
    ),
    Break(
        "12 a compromised seal seals nothing",
        TRUSTLIST,
        "                and entry.state != KeyState.COMPROMISED\n",
        "",
        "vectors document_sealed_by_a_stolen",
    ),
    Break(
        "12 an ended seal still counts",
        TRUSTLIST,
        "and entry.state != KeyState.COMPROMISED\n",
        "and entry.state == KeyState.ACTIVE\n",
        "vectors document_sealed_by_an_ended",
    ),
    Break(
        "12 at=D reads the history up to D",
        STEPS,
        "if check.at is None else history.until(check.at)",
        "if check.at is None else history",
        "vectors withdrawn_later_than_asked suspended_later",
    ),
    Break(
        "12 at=D takes events by effective day",
        HISTORY,
        "if event.effective <= day and",
        "if days.day_of(event.recorded) <= day and",
        "vectors withdrawn_with_effect_from",
    ),
    Break(
        "12 at=D includes D",
        HISTORY,
        "if event.effective <= day and",
        "if event.effective < day and",
        "vectors withdrawn_on_the_day_asked",
    ),
    Break(
        "12 at=D leaves out what could not follow then",
        HISTORY,
        " and may_follow(_walk(kept), event.kind):",
        ":",
        "test_history.py",
    ),
    Break(
        "12 at=D before the issued date is not_yet_issued",
        HISTORY,
        "        if self.issued.effective > day:\n            return None\n",
        "",
        "vectors asked_about_the_day_before_issue",
    ),
    Break(
        "12 at=D: step 9 still asks list and history",
        STEPS,
        "    if state is not history.status:\n",
        "    if check.at is None and state is not history.status:\n",
        "vectors asked_about_a_past_day_while_list_disagrees",
    ),
    Break(
        "12 at in the future has no answer",
        PROCEDURE,
        "if at is not None and at > day_of(now):",
        "if at is not None and not now:",
        "verifier/test_reader.py::test_a_day_in_the_future_has_no_answer",
    ),
    Break(
        "12 genuine is steps 1 to 7",
        CHECK,
        "self.steps[:7] == _SEVEN_PASSED",
        "self.steps[:6] == _SEVEN_PASSED[:6]",
        "vectors filings_absent filings_changed",
    ),
    Break(
        "12 in_force is steps 8 and 9",
        CHECK,
        "in_force=_IN_FORCE.get(outcome)",
        "in_force=_IN_FORCE.get(outcome, False)",
        "vectors list_expired",
    ),
    Break(
        "12 file_unaltered is for documents only",
        CHECK,
        "file_unaltered=self.file_unaltered,\n            demonstration",
        "file_unaltered=bool(self.file_unaltered),\n            demonstration",
        "vectors credential_in_order",
    ),
    Break(
        "12.1 members stand in this order",
        VERDICT,
        '            "outcome": self.outcome.value,\n            "reason": self.reason.value,\n',
        '            "reason": self.reason.value,\n            "outcome": self.outcome.value,\n',
        "conformance/test_python.py",
    ),
    Break(
        "12.1 the certificate's members stand in this order",
        VERDICT,
        "for name in facts.__slots__)",
        "for name in sorted(facts.__slots__))",
        "conformance/test_python.py",
    ),
    Break(
        "12.1 certificate is there only when its signature was proven",
        STEPS,
        "claims = credential.verify(entry.key)",
        "check.claims = decode_claims(credential.message.payload)\n        claims = credential.verify(entry.key)",
        "vectors signature_bit_flipped",
        (
            Edit(
                STEPS,
                "from credential.claims import Claims,",
                "from credential.claims import decode_claims, Claims,",
            ),
        ),
    ),
    Break(
        "12.1 issued_on is there only after step 5",
        STEPS,
        "    issued = history.issued\n",
        "    issued = history.issued\n    check.issued_on = issued.effective\n",
        "vectors registered_after_theft",
    ),
    Break(
        "12.1 status_age counts from the list's iat",
        STEPS,
        "check.status_time = found.issued_at",
        "check.status_time = found.expires_at",
        "vectors credential_in_order",
    ),
    Break(
        "12.1 note is the last annotation", VERDICT, "note=str(notes[-1])", "note=str(notes[0])", "vectors annotated"
    ),
    Break(
        "12.1 status is of the event that brought the state",
        HISTORY,
        "if last.kind in STATE_AFTER:",
        "if last.kind:",
        "vectors withdrawn_and_annotated",
    ),
    Break(
        "12.1 demonstration is said",
        PROCEDURE,
        "check.demonstration = view.trust.content.demonstration",
        "check.demonstration = False",
        "vectors demonstration",
    ),
)
