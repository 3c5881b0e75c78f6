"""FORMAT 12 in the page's modules."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

LIB: Final = "verifier/static/lib/"
CHECK: Final = LIB + "check.js"
FILINGS: Final = LIB + "filings.js"
GRANTS: Final = LIB + "grants.js"
HISTORY: Final = LIB + "history.js"
PROCEDURE: Final = LIB + "procedure.js"
READER: Final = LIB + "reader.js"
STEPS: Final = LIB + "steps.js"
TRUST: Final = LIB + "trustlist.js"

BREAKS: Final = (
    Break(
        "12 step 4: the key belongs to iss",
        STEPS,
        "if (entry.authority !== claims.iss)",
        "if (!entry.authority)",
        "vectors key_of_another_authority",
    ),
    Break(
        "12 step 5: a credential without a history was never registered",
        STEPS,
        "plain === null ? check.refuse(5, 'not_authentic', 'unregistered')",
        "plain === null ? null",
        "vectors history_missing",
    ),
    Break(
        "12 step 5: registered with this digest",
        STEPS,
        "if (!equalBytes(history.digestOf(events), await sha256(credential.bytes)))",
        "if (!issued.detail)",
        "vectors credential_twice credential_signed_twice",
    ),
    Break(
        "12 step 5: the key was good at the instant of registration",
        STEPS,
        "  checkKeyGood(check, entry, events);\n",
        "",
        "vectors registered_when_key_had_ended registered_after_theft",
    ),
    Break(
        "12 step 5: a history's key is not compromised, its window holds the last event",
        STEPS,
        "  checkRecordKey(view.trust, entry, signed.parts.at(-1).recorded);\n",
        "",
        "vectors history_signed_by_compromised_key history_signed_by_retired_key",
    ),
    Break(
        "12 step 9: the issued date is not to come",
        STEPS,
        "check.at === null ? asOfNow(events, check.now) :",
        "check.at === null ? events :",
        "vectors issued_tomorrow",
    ),
    Break(
        "12 step 9: the issued date may begin within 300 seconds",
        STEPS,
        "dayOfInstant(now + CLOCK_DIFFERENCE)",
        "dayOfInstant(now)",
        "vectors issued_in_five_minutes",
    ),
    Break(
        "12 step 5: a history is this certificate's",
        STEPS,
        "if (!equalBytes(signed.cti, cti))",
        "if (!signed.cti)",
        "vectors history_names_another_certificate",
    ),
    Break(
        "12 step 6: the grant covers the series",
        GRANTS,
        "(grant.series === null || grant.series.has(series)) && ",
        "",
        "vectors wrong_series",
    ),
    Break(
        "12 step 6: the grant covers the level",
        GRANTS,
        " && (grant.levels === null || grant.levels.has(level));",
        ";",
        "vectors wrong_level",
    ),
    Break("12 step 6: the grant covers the way", GRANTS, ": grant.ways.has(way);", ": true;", "vectors wrong_way"),
    Break(
        "12 step 6: a grant may demand a scope",
        GRANTS,
        "scope === null ? !grant.scopeRequired :",
        "scope === null ? true :",
        "vectors scope_missing",
    ),
    Break(
        "12 step 6: a right to issue on the issued date",
        STEPS,
        "matchingGrants(authority.grants, question), 'no_right_to_issue'",
        "null, 'no_right_to_issue'",
        "vectors right_to_issue_ended",
    ),
    Break(
        "12 step 6: not later than the gap",
        STEPS,
        "counted - awardDay <= each.maxGapDays",
        "counted >= awardDay",
        "vectors late_issue gap_beyond",
    ),
    Break(
        "12.1 whose withdrawal was set aside has a successor",
        HISTORY,
        "return last(events, (each) => each.kind === SET_ASIDE)?.detail ?? null;",
        "return null;",
        "vectors withdrawn_and_set_aside",
    ),
    Break(
        "12.1 replaces is said",
        STEPS,
        "  check.certificate.replaces = replacedFacts(events);\n",
        "",
        "vectors corrected_after_three_years",
    ),
    Break(
        "12 step 6: the gap of one that replaces another is counted to the day that is named",
        STEPS,
        "history.replacedBy(events)?.countedFrom ?? issuedDay",
        "issuedDay",
        "vectors corrected_after_three_years restored_after_six_years",
    ),
    Break(
        "12 step 5: a history of a later version needs a later program",
        STEPS,
        "codeOf(error) === 'newer_format' ? 'newer_format' : 'history_untrusted'",
        "codeOf(error) && 'history_untrusted'",
        "vectors history_of_unknown_kind_at_the_end",
    ),
    Break(
        "12 step 6: the widest gap of the grants that cover it",
        STEPS,
        "const inTime = grants.filter(",
        "const inTime = grants.slice(0, 1).filter(",
        "vectors gap_of_the_wider_grant",
    ),
    Break(
        "12 step 6: no award behind its issue",
        STEPS,
        "if (claims.awardDay > issuedDay)",
        "if (claims.awardDay > Infinity)",
        "vectors award_after_issue",
    ),
    Break(
        "12 step 7: ways by committee need a filing",
        STEPS,
        "if (grants.length > 0 && free.length === 0)",
        "if (free === null)",
        "vectors review_without_committee_fail",
    ),
    Break(
        "12 step 7: any grant in time is enough, wherever it stands",
        STEPS,
        "const free = grants.filter(",
        "const free = grants.slice(0, 1).filter(",
        "vectors grants_strict_and_mild",
    ),
    Break(
        "12 step 7: one grant in time is enough, not all of them",
        STEPS,
        "grants.length > 0 && free.length === 0)",
        "free.length < grants.length)",
        "vectors grants_mild_and_strict grants_strict_and_mild",
    ),
    Break(
        "12 step 7: a grant that was not in time allows nothing",
        STEPS,
        "return inTime.length > 0 ? inTime :",
        "return inTime.length > 0 ? grants :",
        "vectors grant_mild_too_late",
    ),
    Break(
        "12 step 7: a filing is looked up whatever the way",
        STEPS,
        "  if (claims.basisKind === BASIS_FILING) {\n",
        "  if (claims.basisKind === BASIS_FILING && grants.every((each) => each.committeeWays.has(claims.way))) {\n",
        "vectors assessment_with_unknown_committee",
    ),
    Break(
        "12 step 7: the filing holds on the award date",
        FILINGS,
        "if (on < filing.from || on > filing.until)",
        "if (on < filing.from)",
        "vectors committee_expired",
    ),
    Break(
        "12 step 7: a filing of limited scope stays in it",
        FILINGS,
        "return title && limited &&",
        "return title &&",
        "vectors committee_of_the_province_limited",
    ),
    Break(
        "12 step 7: the filing covers the region",
        FILINGS,
        "return title && limited && covers(filing.region, region);",
        "return title && limited;",
        "vectors committee_of_another_city",
    ),
    Break(
        "12 step 9: list and history agree",
        STEPS,
        "if (STATES.get(value) !== history.stateOf(events))",
        "if (!STATES.has(value))",
        "vectors list_withdrawn_history_valid list_valid_history",
    ),
    Break(
        "12 step 10: the host never changes the outcome",
        CHECK,
        "if (!this.official) this.warn('host_not_official');",
        "if (!this.official) this.cannotKnow(HOST_STEP, 'publication_untrusted');",
        "vectors host_not_official",
    ),
    Break(
        "12.1 successor is named beside key_not_good",
        STEPS,
        "    check.successor = history.successorOf(events);\n",
        "",
        "vectors replaced_after_theft_fail replaced_when_key",
    ),
    Break(
        "12.1 successor goes by the state of the day asked about",
        STEPS,
        "check.successor = history.successorOf(then);",
        "check.successor = history.successorOf(events);",
        "vectors superseded_later_than_asked",
    ),
    Break(
        "12.1 key_compromised_on is told when the theft is the cause",
        STEPS,
        "since === null || recorded < since ?",
        "since === null ?",
        "vectors registered_between_end_and_theft",
    ),
    Break(
        "12.1 unchecked names everything where there is no face",
        CHECK,
        "if (this.face === null) return FIELDS;",
        "if (this.face === null) return [];",
        "vectors credential_in_order",
    ),
    Break(
        "12 a proven refusal beats an unreachable file",
        CHECK,
        "this.pending ??= new Decided('indeterminate', reason, step);",
        "throw new Decided('indeterminate', reason, step);",
        "vectors refusal_beats_unknown_history",
    ),
    Break(
        "12 what could not be known ends the check before step 8",
        PROCEDURE,
        "if (check.pending !== null) return check.pending;",
        "if (events === null) return check.pending;",
        "vectors filings_absent",
    ),
    Break(
        "12 what could not be known first is told",
        CHECK,
        "this.pending ??= new",
        "this.pending = new",
        "vectors shards_and_filings_absent",
    ),
    Break(
        "12 a code opens the credential of its own prefix",
        PROCEDURE,
        "if (!await belongs(credential, code))",
        "if (!credential)",
        "vectors code_opens_something_else code_with_the_prefix",
    ),
    Break(
        "12 at=D takes events by effective day",
        HISTORY,
        "if (event.effective <= day && ",
        "if (dayOfInstant(event.recorded) <= day && ",
        "vectors withdrawn_with_effect_from",
    ),
    Break(
        "12 at=D before the issued date is not_yet_issued",
        HISTORY,
        "if (events[0].effective > day) return [];",
        "",
        "vectors asked_about_the_day_before_issue",
    ),
    Break(
        "12 a compromised key is good before compromised_since",
        TRUST,
        "|| instant < entry.compromisedSince;",
        "|| instant < 0;",
        "vectors registered_before_theft",
    ),
    Break(
        "12 genuine is steps 1 to 7",
        CHECK,
        "this.steps.slice(0, 7)",
        "this.steps.slice(0, 6)",
        "vectors filings_absent filings_changed",
    ),
    Break(
        "12.1 members stand in this order",
        CHECK,
        "outcome, reason, step,\n",
        "reason, outcome, step,\n",
        "vectors credential_in_order",
    ),
    Break(
        "12.1 note is the last annotation", HISTORY, "[...events].reverse()", "[...events]", "vectors annotated_twice"
    ),
    Break(
        "12.1 status_age counts from the list's iat",
        READER,
        "return { value, issuedAt: list.iat };",
        "return { value, issuedAt: list.exp };",
        "vectors credential_in_order",
    ),
)
