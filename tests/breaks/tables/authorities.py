"""FORMAT 9: how authorities are reached, who delegated to them, and keys in the place of others."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

ADDING: Final = "issuer/office/adding.py"
AUTHORISATION: Final = "credential/authorisation.py"
CEREMONY: Final = "credential/ceremony.py"
CONTACTS: Final = "credential/contacts.py"
DELEGATION: Final = "credential/delegation.py"
ENTRIES: Final = "issuer/trust/entries.py"
LISTS: Final = "issuer/trust/lists.py"
NAMED: Final = "issuer/publishing/named.py"
PROCEDURE: Final = "verifier/procedure.py"
STEPS: Final = "verifier/steps.py"
SUCCESSION: Final = "issuer/trust/succession.py"
TRUSTFORM: Final = "credential/trustform.py"
TRUSTLIST: Final = "credential/trustlist.py"

_CONTACT: Final = (
    Break(
        "9 a contact's text has 200 code points",
        CONTACTS,
        "TEXT: Final = 200",
        "TEXT: Final = 201",
        "vectors contact_of",
    ),
    Break("9 a contact's text may have 200", CONTACTS, "TEXT: Final = 200", "TEXT: Final = 199", "vectors contact_of"),
    Break("9 a contact's text may be empty", CONTACTS, "least=0", "least=1", "vectors contact_in_both"),
    Break("9 web is of https", CONTACTS, "https?://", "[a-z]+://", "vectors contact_with_another_scheme"),
    Break("9 web has no blank", CONTACTS, "[!-~]*)?", "[ -~]*)?", "vectors contact_with_blank"),
    Break("9 web is ASCII", CONTACTS, "[!-~]*)?", "[^ ]*)?", "vectors contact_with_web_not_ascii"),
    Break(
        "9 plain http is for a demonstration, of a contact too",
        TRUSTFORM,
        "        *(web for each in content.authorities for web in each.contact.webs),\n",
        "",
        "test_trustlist.py::test_a_contact_comes_back_and_its_plain_http_is_for_a_demonstration_only",
    ),
)
_PARENT: Final = (
    Break(
        "9 a parent is in the list",
        TRUSTFORM,
        "if above not in parents or steps >",
        "if steps >",
        "vectors parent_that",
    ),
    Break(
        "9 at most 8 steps", TRUSTFORM, "MAX_PARENTS: Final = 8", "MAX_PARENTS: Final = 9", "vectors parents_by_nine"
    ),
    Break(
        "9 eight steps may be",
        TRUSTFORM,
        "MAX_PARENTS: Final = 8",
        "MAX_PARENTS: Final = 7",
        "vectors parents_by_eight",
    ),
    Break(
        "9 nobody is their own parent",
        TRUSTFORM,
        "        above, steps = each.parent, 0\n",
        "        above, steps = None if each.parent == each.id else each.parent, 0\n",
        "vectors parent_of_itself",
    ),
    Break(
        "9 the register keeps to 8 steps",
        ADDING,
        "    if steps > MAX_PARENTS:\n",
        "    if steps > MAX_PARENTS + 1:\n",
        "register/test_office.py::test_eight_steps_lead_up_from_an_authority_and_not_nine",
    ),
)
_WITHIN: Final = (
    Break(
        "9 series no wider", DELEGATION, '        yield "series"\n', "        pass\n", "vectors delegated_with_wider"
    ),
    Break(
        "9 levels no wider", DELEGATION, '        yield "levels"\n', "        pass\n", "vectors delegated_with_wider"
    ),
    Break("9 ways no wider", DELEGATION, '        yield "ways"\n', "        pass\n", "vectors delegated_with_wider"),
    Break("9 acts no wider", DELEGATION, '        yield "acts"\n', "        pass\n", "vectors delegated_with_wider"),
    Break(
        "9 begins no earlier", DELEGATION, '        yield "from"\n', "        pass\n", "vectors delegated_with_wider"
    ),
    Break("9 ends no later", DELEGATION, "grant.last > parent.last)", "False)", "vectors delegated_with_wider_until"),
    Break(
        "9 ends where the parent's does",
        DELEGATION,
        "(grant.last is None or",
        "(grant.last is not None and",
        "vectors delegated_with_wider_no_until",
    ),
    Break(
        "9 the region is covered",
        DELEGATION,
        '        yield "region"\n',
        "        pass\n",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 a region inside is covered",
        DELEGATION,
        "covers(RegionCode(parent.region), RegionCode(grant.region))",
        "parent.region == grant.region",
        "vectors delegated_region",
    ),
    Break(
        "9 the parent's committee ways stay",
        DELEGATION,
        '        yield "committee_ways"\n',
        "        pass\n",
        "vectors delegated_with_wider_committee_ways",
    ),
    Break(
        "9 committee ways of its own ways only",
        DELEGATION,
        "parent.committee_ways & ways <=",
        "parent.committee_ways <=",
        "vectors delegated_ways_without_committee",
    ),
    Break(
        "9 a scope stays required",
        DELEGATION,
        '        yield "scope_required"\n',
        "        pass\n",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 the gap no larger",
        DELEGATION,
        '        yield "max_gap_days"\n',
        "        pass\n",
        "vectors delegated_with_wider",
    ),
    Break("9 over own stays", DELEGATION, '        yield "over"\n', "        pass\n", "vectors delegated_with_wider"),
    Break(
        "9 all is the numbers that there are",
        DELEGATION,
        "range(1, 256)",
        "range(0, 256)",
        "vectors delegated_all_numbers",
    ),
    Break(
        "9 of ways all is 1 to 8",
        DELEGATION,
        "range(1, WAY_HISTORICAL)",
        "range(1, WAY_HISTORICAL + 1)",
        "vectors delegated_with_way_9 delegated_all",
    ),
    Break(
        "9 within a single grant of the parent",
        DELEGATION,
        "return any(not wider_than(grant, parent) for parent in parents)",
        "return not set.intersection(*({*wider_than(grant, each)} for each in parents), {*wider_than(grant, grant)})",
        "vectors delegated_by_two",
    ),
)
_DELEGATED: Final = (
    Break(
        "9 a reader warns of a wider grant",
        STEPS,
        "        check.warn(Warn.OUTSIDE_DELEGATION)\n",
        "        pass\n",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 a wider grant leaves the outcome",
        STEPS,
        "        check.warn(Warn.OUTSIDE_DELEGATION)\n",
        "        raise check.refuse(7, Reason.NO_GRANT)\n",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 one grant within is enough",
        STEPS,
        "if not any(lies_within(grant, delegating) for grant in grants):",
        "if not all(lies_within(grant, delegating) for grant in grants):",
        "vectors delegated_one_of_two",
    ),
    Break(
        "9 the grants under which the award stands",
        STEPS,
        "if not any(lies_within(grant, delegating) for grant in grants):",
        "if not any(lies_within(grant, delegating) for grant in authority.grants):",
        "vectors delegated_another_series delegated_and_late",
    ),
    Break(
        "9 step 7 leaves the grants that want no committee",
        AUTHORISATION,
        "tuple([grant for grant in grants if award.way not in grant.committee_ways])",
        "grants",
        "vectors delegated_and_without_committee",
    ),
    Break(
        "9 whoever makes the list refuses a wider grant",
        LISTS,
        "    check_delegation(draft.content)\n",
        "",
        "services/test_trust.py::test_the_root_signs_no_list_in_which_a_grant_is_wider_than_what_was_delegated",
    ),
    Break(
        "9 whoever signs the list refuses a wider grant",
        CEREMONY,
        "    _check_may_be_signed(parsed.payload, parsed.typ)\n",
        "",
        "test_ceremony.py::test_a_grant_wider_than_what_was_delegated_is_signed_by_nobody",
    ),
    Break(
        "9 a wider grant is not asked to be signed",
        CEREMONY,
        "    _check_may_be_signed(payload, typ)\n",
        "",
        "test_ceremony.py::test_a_grant_wider_than_what_was_delegated_is_signed_by_nobody",
    ),
    Break(
        "9 the register takes no wider grant",
        ADDING,
        "    if parent is not None:\n",
        "    if parent is not None and session is None:\n",
        "register/test_office.py::test_a_grant_lies_within_the_parents_of_its_day",
    ),
)
_SUCCEEDED: Final = (
    Break(
        "9 a key succeeds one of its use and authority",
        TRUSTFORM,
        "if before is None or (before.use, before.authority) != (each.use, each.authority):",
        "if before is None:",
        "vectors key_succeeds_one_of_another_use key_succeeds_one_of_an_authority",
    ),
    Break(
        "9 a key succeeds one that began earlier",
        TRUSTFORM,
        "if before.begins >= each.begins:",
        "if before.begins > each.begins:",
        "vectors key_succeeds_one_of_its_second",
    ),
    Break(
        "6 the window of a key that is succeeded counts",
        TRUSTLIST,
        "window = None if window.succeeds is None else self.find_key(window.succeeds)",
        "window = None",
        "vectors history_in_the_window_of_the_key_before",
    ),
    Break(
        "6 the windows of keys that are succeeded in turn count",
        TRUSTLIST,
        "window = None if window.succeeds is None else",
        "window = None if window.succeeds is None or window is not entry else",
        "vectors history_in_the_window_of_the_key_before_that",
    ),
    Break(
        "6 nobody signed between two windows",
        TRUSTLIST,
        '        if window is None:\n            message = f"neither',
        '        if window is None and entry.succeeds is None:\n            message = f"neither',
        "vectors history_between history_before_all",
    ),
    Break(
        "6 a stolen key vouches for nothing",
        TRUSTLIST,
        "        if entry.state == KeyState.COMPROMISED:\n",
        "        if entry.state == instant:\n",
        "vectors history_by_a_stolen_key history_signed_by_compromised_key",
    ),
    Break(
        "9 in whose place a key came is never unsaid",
        SUCCESSION,
        "    return same and still and ",
        "    return same and ",
        "publishing/test_succession.py::test_in_whose_place_a_key_came_is_said_later_and_never_unsaid",
    ),
    Break(
        "9 the next status key takes the place of the newest",
        ENTRIES,
        "return left[-1] if left else None",
        "return left[0] if left else None",
        "services/test_keys.py::test_it_may_be_told_whose_place_it_takes",
    ),
    Break(
        "9 a status key signs when the list names it",
        NAMED,
        "if trust.find_key(key_id) is not None), newest)",
        "if key_id), newest)",
        "services/test_keys.py::test_until_the_root_has_named_it_the_one_before_signs",
    ),
)
_ASKED: Final = (
    Break(
        "12.1 nobody is sent anywhere when all is in order",
        PROCEDURE,
        "    if reason is not Reason.IN_FORCE:\n",
        "    if reason is not None:\n",
        "vectors contact_of_nobody_when_valid",
    ),
    Break(
        "12.1 whoever decided the state is asked",
        STEPS,
        "check.claims.issuer if check.standing is None else check.standing.event.authority",
        "check.claims.issuer",
        "vectors contact_of_who_suspended",
    ),
    Break(
        "12.1 nobody is asked of whom no contact is known",
        STEPS,
        "    if authority is None or authority.contact.is_empty:\n",
        "    if authority is None:\n",
        "vectors contact_of_who_says_nothing",
    ),
    Break(
        "12.1 the contact in the language that it is in",
        STEPS,
        "        en=authority.contact.en,\n",
        "        en=authority.contact.zh,\n",
        "vectors contact_of_who_suspended",
    ),
)
BREAKS: Final = (*_CONTACT, *_PARENT, *_WITHIN, *_DELEGATED, *_SUCCEEDED, *_ASKED)
