"""FORMAT 9 in the page's modules: contacts, parents, keys in the place of others."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

LIB: Final = "verifier/static/lib/"
CONTACTS: Final = LIB + "contacts.js"
DELEGATION: Final = LIB + "delegation.js"
PROCEDURE: Final = LIB + "procedure.js"
STEPS: Final = LIB + "steps.js"
TRUST: Final = LIB + "trustlist.js"

BREAKS: Final = (
    Break("9 a contact's text has 200 code points", CONTACTS, "TEXT = 200", "TEXT = 201", "vectors contact_of"),
    Break("9 web is of https", CONTACTS, "https?:", "[a-z]+:", "vectors contact_with_another_scheme"),
    Break(
        "9 a parent is in the list", TRUST, "list.authorities.has(above) && steps <=", "steps <=", "vectors parent_that"
    ),
    Break("9 at most 8 steps", TRUST, "MAX_PARENTS = 8", "MAX_PARENTS = 9", "vectors parents_by_nine"),
    Break(
        "9 series no wider",
        DELEGATION,
        "holds(parent.series ?? SERIES, grant.series ?? SERIES)",
        "true",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 levels no wider",
        DELEGATION,
        "holds(parent.levels ?? LEVELS, grant.levels ?? LEVELS)",
        "true",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 ways no wider",
        DELEGATION,
        "holds(parent.ways ?? WAYS, grant.ways ?? WAYS)",
        "true",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 acts no wider", DELEGATION, "holds(new Set(parent.acts), grant.acts)", "true", "vectors delegated_with_wider"
    ),
    Break("9 begins no earlier", DELEGATION, "parent.from <= grant.from", "true", "vectors delegated_with_wider_from"),
    Break("9 ends no later", DELEGATION, "grant.until <= parent.until", "true", "vectors delegated_with_wider_until"),
    Break(
        "9 the region is covered",
        DELEGATION,
        "covers(parent.region, grant.region)",
        "true",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 the parent's committee ways stay",
        DELEGATION,
        "holds(grant.committeeWays, demanded)",
        "true",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 committee ways of its own ways only",
        DELEGATION,
        ".filter((way) => ways.has(way))",
        "",
        "vectors delegated_ways_without",
    ),
    Break(
        "9 a scope stays required",
        DELEGATION,
        "(!parent.scopeRequired || grant.scopeRequired)",
        "true",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 the gap no larger",
        DELEGATION,
        "grant.maxGapDays <= parent.maxGapDays",
        "true",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 over own stays",
        DELEGATION,
        "(parent.over !== 'own' || grant.over === 'own')",
        "true",
        "vectors delegated_with_wider",
    ),
    Break("9 of ways all is 1 to 8", DELEGATION, "upTo(8)", "upTo(9)", "vectors delegated_with_way_9 delegated_all"),
    Break(
        "9 a reader warns of a wider grant",
        STEPS,
        "check.warn('outside_delegation');",
        "check.passed(7);",
        "vectors delegated_with_wider",
    ),
    Break(
        "9 one grant within is enough",
        STEPS,
        "if (!grants.some((grant) => liesWithin",
        "if (!grants.every((grant) => liesWithin",
        "vectors delegated_one_of_two",
    ),
    Break(
        "9 step 7 leaves the grants that want no committee",
        STEPS,
        "  return free;\n",
        "  return grants;\n",
        "vectors delegated_and_without",
    ),
    Break(
        "9 a key succeeds one of its use and authority",
        TRUST,
        "before !== undefined && before.use === entry.use && before.authority === entry.authority",
        "before !== undefined",
        "vectors key_succeeds_one_of_another_use key_succeeds_one_of_an_authority",
    ),
    Break(
        "9 a key succeeds one that began earlier",
        TRUST,
        "check(before.from < entry.from,",
        "check(before.from <= entry.from,",
        "vectors key_succeeds_one_of_its",
    ),
    Break(
        "6 the windows of keys that are succeeded in turn count",
        TRUST,
        "window = list.keys.get(window.succeeds);",
        "window = window === entry ? list.keys.get(window.succeeds) : null;",
        "vectors history_in_the_window_of_the_key_before_that",
    ),
    Break(
        "6 a stolen key vouches for nothing",
        TRUST,
        "  if (entry.state === 'compromised') refuse('key_not_good', `key ${entry.kid} is compromised`);\n  let window",
        "  let window",
        "vectors history_by_a_stolen_key history_signed_by_compromised_key",
    ),
    Break(
        "12.1 nobody is sent anywhere when all is in order",
        PROCEDURE,
        "if (decided.outcome !== 'valid') steps",
        "if (decided.outcome !== '') steps",
        "vectors contact_of_nobody_when_valid",
    ),
    Break(
        "12.1 whoever decided the state is asked",
        STEPS,
        "(check.status ?? check.certificate).authority",
        "check.certificate.authority",
        "vectors contact_of_who_suspended",
    ),
    Break(
        "12.1 nobody is asked of whom no contact is known",
        STEPS,
        "authority === undefined || isEmpty(authority.contact)",
        "authority === undefined",
        "vectors contact_of_who_says_nothing",
    ),
)
