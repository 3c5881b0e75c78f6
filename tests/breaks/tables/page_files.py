"""FORMAT 5 to 10 in the page's modules."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

LIB: Final = "verifier/static/lib/"
CATALOGUE: Final = LIB + "catalogue.js"
CONTAINER: Final = LIB + "container.js"
COSE: Final = LIB + "cose.js"
GRANTS: Final = LIB + "grants.js"
HISTORY: Final = LIB + "history.js"
INFLATE: Final = LIB + "inflate.js"
READER: Final = LIB + "reader.js"
ROOTS: Final = LIB + "roots.js"
SEALED: Final = LIB + "sealed.js"
SHARDS: Final = LIB + "shards.js"
SNAPSHOT: Final = LIB + "snapshot.js"
STATUS: Final = LIB + "statuslist.js"
STEPS: Final = LIB + "steps.js"
TRUST: Final = LIB + "trustlist.js"

BREAKS: Final = (
    Break(
        "5.1 the prefix is derived under its label",
        SEALED,
        "'titlecert/v1/prefix'",
        "'titlecert/v2/prefix'",
        "vectors shard_by_",
    ),
    Break(
        "5.2 padding is zeros",
        SEALED,
        ".some((byte) => byte !== 0)",
        ".some((byte) => byte > 255)",
        "vectors padded_with_ones",
    ),
    Break(
        "5.2 the smallest size that fits",
        SEALED,
        "if (smallest !== padded.length)",
        "if (smallest === undefined)",
        "vectors code_record",
    ),
    Break(
        "5.3 records are sorted by locator, none twice",
        SHARDS,
        "compareBytes(locator(previous), locator(record)) >= 0",
        "previous.length === 0",
        "vectors shard_unsorted shard_with_a_record_twice",
    ),
    Break(
        "5.3 a shard is of the prefix that is asked for",
        SHARDS,
        "|| number !== prefix)",
        ")",
        "vectors shard_of_another_prefix_fail",
    ),
    Break(
        "5.4 a manifest has no shard too many or too few",
        SHARDS,
        "|| digests.length !== expected)",
        ")",
        "vectors manifest_with",
    ),
    Break(
        "5.4 every file is that of its digest",
        READER,
        "if (await sha256Hex(bytes) !== digest) throw",
        "if (bytes.length < 0) throw",
        "vectors snapshot_mixed_with_shard filings_changed",
    ),
    Break(
        "6 typ is that of a history",
        COSE,
        "if (typ !== null && header.get(TYP) !== typ)",
        "if (typ !== null && !header.has(TYP))",
        "vectors with_typ_of_a",
    ),
    Break(
        "6 the first event is issued",
        HISTORY,
        "check(events[0].kind === ISSUED, 'the first event is issued');",
        "",
        "vectors history_begins_with",
    ),
    Break(
        "6 recorded never falls",
        HISTORY,
        "events[at - 1].recorded <= event.recorded",
        "event.recorded > 0",
        "vectors history_recorded_backwards",
    ),
    Break(
        "6 events follow along the table",
        HISTORY,
        "check(stateOf(events) !== null, 'an event that cannot follow');",
        "",
        "vectors history_reinstated_without history_suspended_after",
    ),
    Break(
        "6 effective_day is not later than the day of recorded",
        HISTORY,
        "check(effective <= dayOfInstant(recorded),",
        "check(effective > 0,",
        "vectors history_suspended_from_tomorrow",
    ),
    Break(
        "6 the day to count from is not later than the issued date",
        HISTORY,
        " && countedFrom <= effective;",
        ";",
        "vectors history_counts_from_after_the_issued_date",
    ),
    Break(
        "6 set aside follows withdrawn only",
        HISTORY,
        "[SET_ASIDE, { from: ['withdrawn'], to: null }]",
        "[SET_ASIDE, { from: null, to: null }]",
        "vectors history_set_aside_w",
    ),
    Break(
        "6 what stands in front of an unknown event is in order",
        HISTORY,
        "if (later !== 0) checkOrder(events);",
        "if (later === -1) checkOrder(events);",
        "vectors history_of_unknown_kind_after_a_wrong_event",
    ),
    Break(
        "6 what stands behind an unknown event is not looked at",
        HISTORY,
        "(later === -1 ? parts : parts.slice(0, later)).map(checkedEvent)",
        "parts.filter(isKnown).map(checkedEvent)",
        "vectors history_of_unknown_kind_and_a_wrong_detail",
    ),
    Break(
        "6 kinds and reasons end with 255",
        HISTORY,
        "const MAX_CODE = 255;",
        "const MAX_CODE = 256;",
        "vectors history_of_kind_256 history_of_reason_256",
    ),
    Break(
        "6 issued is effective the day it is recorded",
        HISTORY,
        " && effective === dayOfInstant(recorded);",
        ";",
        "vectors history_issued_on_an_earlier_day",
    ),
    Break(
        "7 other values are refused where they are read",
        STEPS,
        "if (!STATES.has(value))",
        "if (value === null)",
        "vectors status_value_",
    ),
    Break(
        "7 sub is the address of the file",
        READER,
        "if (list.sub !== assignment.cwt)",
        "if (!list.sub)",
        "vectors list_of_another_address list_of_the_jwt",
    ),
    Break("7 a list ends at exp", READER, "if (list.exp <= this.now)", "if (list.exp <= 0)", "vectors list_expired"),
    Break(
        "7 a malformed list is untrusted and not expired",
        STATUS,
        "|| !Number.isInteger(ttl) || ttl < 0)",
        "|| !Number.isInteger(ttl))",
        "vectors list_malformed_and_expired",
    ),
    Break(
        "7 exp - iat is at most 7 days",
        STATUS,
        "exp - iat > MAX_LIFETIME",
        "exp - iat > 2 * MAX_LIFETIME",
        "vectors list_lives_too_long",
    ),
    Break(
        "7 only the keys that the trust list assigns to the address",
        READER,
        "if (!assignment.kids.includes(message.kid))",
        "if (!message.kid)",
        "vectors list_signed_by_unassigned_key",
    ),
    Break(
        "7 a compromised status key signs no list",
        READER,
        "checkSignsNow(entry, list.iat);",
        "",
        "vectors list_signed_by_compromised_key list_signed_by_ended",
    ),
    Break(
        "7 nothing behind the stream",
        INFLATE,
        "if (stream.at !== packed.length)",
        "if (stream.at > packed.length)",
        "vectors list_with_a_byte_behind_the_stream list_with_two_streams",
    ),
    Break(
        "7 the number of lists is a power of two",
        TRUST,
        " && (count & (count - 1)) === 0;",
        ";",
        "vectors with_three_lists",
    ),
    Break(
        "7 only a fault of the list that is needed counts",
        READER,
        "quietly(this.listsUnder(prefix));",
        "await Promise.all(this.listsUnder(prefix));",
        "vectors beside_",
    ),
    Break(
        "7 the prefix chooses the list",
        STEPS,
        "if (assignment.id !== await prefixOf(claims.cti) >> (20 - bits))",
        "if (bits < 0)",
        "vectors list_of_another_prefix status_at_another_list",
    ),
    Break(
        "8 N is signed by the keys of N-1",
        ROOTS,
        "? [root] : [previous, root]",
        "? [root] : [root]",
        "vectors root_by_a_stranger root_signed_by_others",
    ),
    Break(
        "8 N is signed by its own keys",
        ROOTS,
        "? [root] : [previous, root]",
        "? [root] : [previous]",
        "vectors root_too_few_of_its_own root_not_signed_by_itself",
    ),
    Break(
        "8 enough signatures",
        CONTAINER,
        "if (lines.length < threshold)",
        "if (lines.length < 1)",
        "vectors root_one_of_three root_too_few",
    ),
    Break(
        "8 every step is the next",
        ROOTS,
        "if (root.version !== previous.version + 1)",
        "if (root.version <= previous.version)",
        "vectors root_skips_a_version",
    ),
    Break(
        "9 exp - iat is at most 400 days",
        TRUST,
        "MAX_LIFETIME = 400 * 86400",
        "MAX_LIFETIME = 401 * 86400",
        "vectors trust_list_lives_too_long",
    ),
    Break(
        "9 a list ends at exp",
        READER,
        "if (trust.exp <= this.now)",
        "if (trust.exp < this.now)",
        "vectors trust_list_expires_this_second",
    ),
    Break(
        "9.1 a port begins with 1 to 9",
        TRUST,
        r"[a-z0-9.-]{1,253}|\\[::1\\])(?::[1-9][0-9]{0,4})?",
        r"[a-z0-9.-]{1,253}|\\[::1\\])(?::[0-9]{1,5})?",
        "vectors trust_list_with_port_zero",
    ),
    Break(
        "9.1 no dot segments in the path of a publication",
        TRUST,
        r"(?:(?!\\.{1,2}/)[A-Za-z0-9._-]+/)*",
        r"(?:[A-Za-z0-9._-]+/)*",
        "vectors trust_list_with_dots_in_a_path",
    ),
    Break(
        "9.1 no key of the root set stands in the list for another use",
        TRUST,
        ".some((kid) => root.keys.has(kid))",
        ".some((kid) => kid === root)",
        "vectors trust_list_with_a_key_of_the_root_set",
    ),
    Break(
        "9 filings are those of the digest",
        READER,
        "if (await sha256Hex(bytes) !== digest) throw",
        "if (!bytes) throw",
        "vectors filings_exchanged catalogue_exchanged",
    ),
    Break(
        "9 version N' < N is refused",
        READER,
        "if (number < seenNumber || (",
        "if ((",
        "vectors trust_list_rolled_back snapshot_rolled_back",
    ),
    Break(
        "9 the same version with another digest is refused",
        READER,
        " || (number === seenNumber && digest !== seenDigest)",
        "",
        "vectors trust_list_forked snapshot_forked",
    ),
    Break(
        "9 a name of the catalogue has at most 100 code points",
        CATALOGUE,
        "const MAX_NAME = 100;",
        "const MAX_NAME = 101;",
        "vectors catalogue_with_a_name_of_101",
    ),
    Break(
        "9 a name of the catalogue can be seen whole",
        CATALOGUE,
        "<= MAX_NAME && isPlain(name);",
        "<= MAX_NAME;",
        "vectors catalogue_with_a_name_that_turns_round",
    ),
    Break(
        '9 ways "*" does not include 9',
        GRANTS,
        "grant.ways === null ? way !== WAY_HISTORICAL :",
        "grant.ways === null ? true :",
        "vectors historical_record_under_all_ways",
    ),
    Break(
        "10 a snapshot ends at exp",
        READER,
        "if (snapshot.exp <= this.now)",
        "if (snapshot.exp <= 0)",
        "vectors snapshot_frozen",
    ),
    Break(
        "10 an authentic snapshot is remembered before it is refused",
        READER,
        "    this.memory = this.seen(snapshot, digest);\n",
        "    if (snapshot.exp > this.now) this.memory = this.seen(snapshot, digest);\n",
        "vectors snapshot_rolled_back_behind_an_expired_one",
    ),
    Break(
        "10 a compromised or ended key signs none",
        READER,
        "checkSignsNow(publisher, snapshot.iat);",
        "",
        "vectors snapshot_signed_by_a_compromised snapshot_signed_by_an_ended",
    ),
    Break(
        "10 p is no longer than the register allows",
        SNAPSHOT,
        "check(prefix <= longestPrefix(records), 'snapshot.prefix', 'too long for the number of records');",
        "",
        "vectors prefix_too_long prefix_of_two_bits_too_long",
    ),
    Break(
        "10 there are 2^(p/2) manifests",
        SNAPSHOT,
        "check(manifests.length === 2 ** manifestBits(prefix), 'snapshot.manifests', 'as many as the prefix demands');",
        "",
        "vectors snapshot_with_two_manifests",
    ),
    Break(
        "10 the deployment is the trust list's",
        READER,
        "if (snapshot.deployment !== this.trust.deployment)",
        "if (!snapshot.deployment)",
        "vectors snapshot_of_another_deployment",
    ),
    Break(
        "10 the trust list is the one that the snapshot names",
        READER,
        "if (trust.version !== claimed.trust.version || digest !== claimed.trust.digest)",
        "if (!trust.version)",
        "vectors snapshot_names_another_trust_list",
    ),
    Break(
        "12.1 a day with two states names both",
        STEPS,
        "check.at === null ? [] : history.statesOf(events, check.at)",
        "[]",
        "vectors suspended_on_the_day_asked",
    ),
    Break(
        "12.1 a day begins with the state of the day before",
        HISTORY,
        "let count = 0; count <= begun.length",
        "let count = 1; count <= begun.length",
        "vectors withdrawn_on_the_day_asked",
    ),
    Break(
        "12.1 one state of a day is no list",
        STEPS,
        "...(states.length > 1 && { states })",
        "...(states.length > 0 && { states })",
        "vectors asked_about_today",
    ),
)
