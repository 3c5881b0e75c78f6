"""FORMAT 12, steps 1 to 7."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

FILINGS: Final = "credential/filings.py"
GRANTS: Final = "credential/grants.py"
PROCEDURE: Final = "verifier/procedure.py"
READER: Final = "verifier/reader/publication.py"
STEPS: Final = "verifier/steps.py"
TRUSTFORM: Final = "credential/trustform.py"
TRUSTLIST: Final = "credential/trustlist.py"

FIRST: Final = (
    Break(
        "12 step 1 needs no publication",
        PROCEDURE,
        "    check = _new_check(now, at, host)\n    try:\n",
        "    check = _new_check(now, at, host)\n    try:\n        reader.view(now)\n",
        "verifier/test_reader.py::test_what_has_no_form_is_refused_even_when_nothing_can_be_reached",
    ),
    Break(
        "12 step 2: a stranger's key is unknown",
        TRUSTLIST,
        '        if entry is None:\n            raise NotTrustedError("unknown_key"',
        "        entry = entry or self.content.keys[0]\n"
        '        if entry is None:\n            raise NotTrustedError("unknown_key"',
        "vectors unknown_kid",
    ),
    Break(
        "12 step 2: an unreachable publication is no finding",
        READER,
        "reason = Reason.PUBLICATION_UNTRUSTED if lies else Reason.PUBLICATION_UNREACHABLE",
        "reason = Reason.PUBLICATION_UNTRUSTED",
        "vectors snapshot_absent publication_empty",
    ),
    Break(
        "12 step 2: an oversize file is untrusted and not unreachable",
        READER,
        "lies = isinstance(error, OversizeError)",
        "lies = isinstance(error, str)",
        "verifier/test_reader.py::test_a_snapshot_larger_than_any_is_untrusted_and_not_unreachable",
    ),
    Break(
        "12 step 2: an old trust list is trust_expired",
        "verifier/reader/trusted.py",
        "(Reason.TRUST_EXPIRED, Reason.PUBLICATION_EXPIRED)}",
        "(Reason.PUBLICATION_EXPIRED,)}",
        "vectors trust_list_expired",
    ),
    Break(
        "12 step 3: a signature that does not hold ends the check",
        STEPS,
        "        raise check.refuse(3, Reason.BAD_SIGNATURE) from error\n",
        "        raise check.refuse(4, Reason.BAD_CLAIMS) from error\n",
        "vectors signature_bit_flipped",
    ),
    Break(
        "12 step 4: a newer version is indeterminate",
        STEPS,
        "raise check.refuse(4, Reason.NEWER_FORMAT) from error",
        "raise check.refuse(4, Reason.BAD_CLAIMS) from error",
        "vectors newer_version_fail",
    ),
    Break(
        "12 step 4: the key belongs to iss",
        STEPS,
        "if entry.authority != claims.issuer:",
        "if not entry.authority:",
        "vectors key_of_another_authority",
    ),
    Break(
        "12 step 5: a credential without a history was never registered",
        STEPS,
        "        raise check.refuse(5, Reason.UNREGISTERED)\n",
        "        check.cannot_know(5, Reason.HISTORY_UNREACHABLE)\n        return None\n",
        "vectors history_missing",
    ),
    Break(
        "12 step 5: registered with this digest",
        STEPS,
        "if issued.detail != credential.digest:",
        "if not issued.detail:",
        "vectors credential_twice credential_signed_twice",
    ),
    Break(
        "12 step 5: the key was good at the instant of registration",
        STEPS,
        "        entry.check_good_at(issued.recorded)\n",
        "        str(entry)\n",
        "vectors registered_when_key_had_ended registered_after_theft",
    ),
    Break(
        "12 step 5: a compromised key is good before compromised_since",
        TRUSTFORM,
        "and instant >= self.compromised_since)",
        "and instant)",
        "vectors registered_before_theft",
    ),
    Break(
        "12 step 5: a compromised key is not good from compromised_since on",
        TRUSTFORM,
        "if not good or (self.compromised_since is not None and instant >= self.compromised_since):",
        "if not good:",
        "vectors registered_after_theft",
    ),
    Break(
        "12 step 5: an ended key is good within its window",
        TRUSTFORM,
        "good = self.begins <= instant and (self.ends is None or instant < self.ends)",
        "good = self.begins <= instant and self.ends is None",
        "vectors key_ended_since",
    ),
    Break(
        "12 step 5: a history is signed by a status key",
        STEPS,
        'unverified.key_id, use="status")',
        "unverified.key_id, use=view.trust._keys[unverified.key_id].use)",
        "vectors history_signed_by_credential_key history_signed_by_publisher",
    ),
    Break(
        "12 step 5: a history's key is not compromised, its window holds the last event",
        STEPS,
        "    entry.check_signs_now(history.events[-1].recorded)\n",
        "",
        "vectors history_signed_by_compromised_key history_signed_by_retired_key",
    ),
    Break(
        "12 step 5: the last event counts for the history's key",
        STEPS,
        "history.events[-1].recorded",
        "history.events[0].recorded",
        "vectors history_signed_by_retired_key",
    ),
    Break(
        "12 step 5: a history is this certificate's",
        STEPS,
        "if history.cti != cti:",
        "if not history.cti:",
        "vectors history_names_another_certificate",
    ),
    Break(
        "12 step 5: a history that cannot be believed proves nothing",
        STEPS,
        "(view, cti, plain)\n    except CredentialError:\n",
        "(view, cti, plain)\n    except CredentialError:\n        raise check.refuse(5, Reason.UNREGISTERED)\n",
        "vectors history_bit_flipped",
    ),
    Break(
        "12 step 5: offline registration was not checked",
        STEPS,
        "check.cannot_know(5, Reason.REGISTRATION_NOT_CHECKED)",
        "check.cannot_know(5, Reason.HISTORY_UNREACHABLE)",
        "vectors offline_fail",
    ),
)

RIGHTS: Final = (
    Break(
        "12 step 6: a grant to issue",
        GRANTS,
        "            act in self.acts\n            and ",
        "            ",
        "vectors grant_to_withdraw_only",
    ),
    Break(
        "12 step 6: the grant covers the series",
        GRANTS,
        "and (self.series is None or series in self.series)",
        "",
        "vectors wrong_series",
    ),
    Break(
        "12 step 6: the grant covers the level",
        GRANTS,
        "and (self.levels is None or level in self.levels)",
        "",
        "vectors wrong_level",
    ),
    Break("12 step 6: the grant covers the way", GRANTS, "else way in self.ways", "else True", "vectors wrong_way"),
    Break(
        "12 step 6: the grant's region covers the scope",
        GRANTS,
        "covers(RegionCode(self.region), RegionCode(scope))",
        "True",
        "vectors scope_outside scope_in_another scope_above",
    ),
    Break(
        "12 step 6: a grant may demand a scope",
        GRANTS,
        "return not self.scope_required if scope is None",
        "return True if scope is None",
        "vectors scope_missing",
    ),
    Break(
        "12 step 6: the grant is the issuer's own",
        STEPS,
        "    return view.trust.authority(claims.issuer)\n",
        "    return view.trust.content.authorities[0]\n",
        "vectors grant_of_another_authority",
    ),
    Break(
        "12 step 6: the grant is of the award date",
        STEPS,
        "            on=claims.award_date,\n        )\n    except GrantError",
        "            on=check.now.date(),\n        )\n    except GrantError",
        "vectors award_before_the_grant award_after_the_grant",
    ),
    Break(
        "12 step 6: a right to issue on the issued date",
        STEPS,
        "        _check_right_to_issue(check, authority, claims, issued_on)\n",
        "        str(authority)\n",
        "vectors right_to_issue_ended",
    ),
    Break(
        "12 step 6: not later than the gap",
        STEPS,
        "if gap <= grant.max_gap_days:",
        "if gap >= 0:",
        "vectors late_issue gap_beyond",
    ),
    Break(
        "12 step 6: the gap may be used to its last day",
        STEPS,
        "if gap <= grant.max_gap_days:",
        "if gap < grant.max_gap_days:",
        "vectors issued_just_in_time",
    ),
    Break(
        "12 step 6: the widest gap of the grants that cover it",
        STEPS,
        "    for grant in grants:\n        if gap",
        "    for grant in grants[:1]:\n        if gap",
        "vectors gap_of_the_wider_grant",
    ),
    Break(
        "12 step 6: no award behind its issue",
        STEPS,
        "if claims.award_date > issued_on:",
        "if not issued_on:",
        "vectors award_after_issue",
    ),
    Break(
        "12 step 6: an award on the issued day is in time",
        STEPS,
        "if claims.award_date > issued_on:",
        "if claims.award_date >= issued_on:",
        "vectors award_on_the_issued_day",
    ),
    Break(
        "12 step 7: ways by committee need a filing",
        STEPS,
        "claims.way in grant.committee_ways and claims.basis_kind != BASIS_FILING:",
        "not claims.way:",
        "vectors review_without_committee_fail",
    ),
    Break(
        "12 step 7: other ways need none",
        STEPS,
        "grant is not None and claims.way in grant.committee_ways and",
        "grant is not None and",
        "vectors review_without_committee_allowed assessment_without_committee",
    ),
    Break(
        "12 step 7: the committee is on file",
        STEPS,
        "if claims.basis_kind == BASIS_FILING and not _check_filing(",
        "if claims.basis_kind is None and not _check_filing(",
        "vectors committee_not_on_file",
    ),
    Break(
        "12 step 7: the filing holds on the award date",
        FILINGS,
        "if not filing.first <= on <= filing.last:",
        "if not filing.first:",
        "vectors committee_expired",
    ),
    Break(
        "12 step 7: the filing covers the series",
        FILINGS,
        "title = (filing.series is None or series in filing.series) and",
        "title =",
        "vectors committee_for_another_series",
    ),
    Break(
        "12 step 7: the filing covers the level",
        FILINGS,
        " and (filing.levels is None or level in filing.levels)\n",
        "\n",
        "vectors committee_for_another_level",
    ),
    Break(
        "12 step 7: the filing covers the region",
        FILINGS,
        "return title and limited and covers(RegionCode(filing.region), RegionCode(region))",
        "return title and limited",
        "vectors committee_of_another_city",
    ),
    Break(
        "12 step 7: a filing of limited scope stays in it",
        FILINGS,
        "return title and limited and",
        "return title and",
        "vectors committee_of_the_province_limited",
    ),
    Break(
        "12 step 7: way 9 has a recording grant",
        STEPS,
        "        raise check.refuse(7, Reason.NO_RECORDING_GRANT) from error\n",
        "        str(error)\n",
        "vectors historical_record_without historical_record_of_another",
    ),
    Break(
        "12 step 7: the recording grant is of the issued date",
        STEPS,
        "            on=issued_on,\n",
        "            on=claims.award_date,\n",
        "vectors historical_record_with_recording historical_record_after",
    ),
    Break(
        "12 step 6: a historical award is older than any grant",
        STEPS,
        "if claims.way != WAY_HISTORICAL:",
        "if claims.way:",
        "vectors historical_record_with_recording_grant",
    ),
    Break(
        "12 step 7: filings that do not come are unreachable",
        STEPS,
        "        check.missed(error)\n        check.cannot_know(7, Reason.FILINGS_UNREACHABLE)\n        return False\n",
        "        check.missed(error)\n        return True\n",
        "vectors filings_absent",
    ),
)

BREAKS: Final = (*FIRST, *RIGHTS)
