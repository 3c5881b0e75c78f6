"""FORMAT 9: trust list, grants, filings, catalogue."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

FILINGS: Final = "credential/filings.py"
GRANTS: Final = "credential/grants.py"
MEMBERS: Final = "credential/members.py"
NAMES: Final = "verifier/reader/names.py"
READER: Final = "verifier/reader/publication.py"
SUCCESSION: Final = "credential/succession.py"
TRUSTED: Final = "verifier/reader/trusted.py"
TRUSTFORM: Final = "credential/trustform.py"
TRUSTLIST: Final = "credential/trustlist.py"

BREAKS: Final = (
    Break(
        "9 signed by the threshold of the newest root",
        TRUSTLIST,
        "root.keys, root.root.threshold)",
        "root.keys, 1)",
        "vectors root_one_of_three root_two_of_three root_one_and",
    ),
    Break(
        "9 typ is that of a trust list",
        TRUSTLIST,
        "jose.parse_container(container, typ=TYP,",
        "jose.parse_container(container, typ=jose.typ_of(jose.split(container)[0]),",
        "vectors trust_list_with_typ_of_a_catalogue",
    ),
    Break(
        "9 demonstration is the root's",
        TRUSTLIST,
        "if content.demonstration != root.root.demonstration:",
        "if content.demonstration is None:",
        "vectors trust_list_of_another_demonstration demonstration_for",
    ),
    Break(
        "9 exp - iat is at most 400 days",
        TRUSTFORM,
        "timedelta(days=400)",
        "timedelta(days=401)",
        "vectors trust_list_lives_too_long",
    ),
    Break(
        "9 exp - iat may be 400 days",
        TRUSTFORM,
        "timedelta(days=400)",
        "timedelta(days=399)",
        "vectors trust_list_of_400_days",
    ),
    Break(
        "9 a list ends at exp",
        TRUSTLIST,
        "if now >= self.content.exp:",
        "if now > self.content.exp:",
        "vectors trust_list_expires_this_second",
    ),
    Break(
        "9 a list is not from the future",
        TRUSTLIST,
        "if content.iat > now + CLOCK_DIFFERENCE:",
        "if not now:",
        "vectors trust_list_from_the_future",
    ),
    Break(
        "9 versions have at most nine digits",
        TRUSTFORM,
        'version=members.integer("version", least=1, most=MAX_VERSION)',
        'version=members.integer("version", least=1)',
        "test_trustlist.py",
    ),
    Break(
        "9 v is 1",
        MEMBERS,
        "if self.integer(name) != expected:",
        "if self.integer(name) < expected:",
        "vectors trust_list_of_format_two",
    ),
    Break(
        "9 no authority twice",
        TRUSTFORM,
        'unique([each.id for each in content.authorities], "trust.authorities")',
        "",
        "vectors trust_list_with_an_authority_twice",
    ),
    Break(
        "9 no key twice",
        TRUSTFORM,
        'unique([each.key.key_id for each in content.keys], "trust.keys")',
        "",
        "vectors trust_list_with_duplicate_kid trust_list_with_the_same_key",
    ),
    Break(
        "9 a key belongs to an authority of the list",
        TRUSTFORM,
        "if not owners - {None} <= known:",
        "if not known:",
        "vectors trust_list_with_a_key_of_nobody",
    ),
    Break(
        "9 a credential key belongs to an authority",
        TRUSTFORM,
        "if use in OWNED_USES and authority is None:",
        "if use is None:",
        "vectors trust_list_with_an_unowned_credential_key",
    ),
    Break(
        "9 compromised goes with its instant",
        TRUSTFORM,
        'if (entry.state == "compromised") != (',
        'if (entry.state != "compromised") and (',
        "vectors trust_list_with_compromised_key_without_date",
    ),
    Break(
        "9 an ended key says when it ended",
        TRUSTFORM,
        'if state == "ended" and ends is None:',
        'if state == "":',
        "vectors trust_list_with_ended_key_without_date",
    ),
    Break(
        "9 a window ends behind its begin",
        TRUSTFORM,
        "if ends is not None and ends <= begins:",
        "if ends == 0:",
        "vectors trust_list_with_window_backwards",
    ),
    Break(
        "9 a host is https://HOST in small letters",
        TRUSTFORM,
        '_HOST: Final = r"(?:[a-z0-9.-]',
        '_HOST: Final = r"(?:[A-Za-z0-9.-]',
        "vectors trust_list_with_host_in_capitals",
    ),
    Break("9 no host twice", TRUSTFORM, 'unique(values, f"trust.{name}")', "", "vectors trust_list_with_host_twice"),
    Break(
        "9 plain http on loopback only",
        TRUSTFORM,
        '|http://{_LOOPBACK})", re.ASCII)',
        '|http://{_HOST})", re.ASCII)',
        "vectors trust_list_with_plain_http_elsewhere",
    ),
    Break(
        "9 plain http in a demonstration only",
        TRUSTFORM,
        "if not content.demonstration and any(",
        "if content is None and any(",
        "test_trustlist.py",
    ),
    Break(
        "9 a status list is assigned to status keys",
        TRUSTFORM,
        "if any(not set(each.kids) <= signers for each in content.status):",
        "if not signers:",
        "vectors trust_list_with_unknown_status_key trust_list_with_status_key_of_another_use",
    ),
    Break(
        "9 no address of a status list twice",
        TRUSTFORM,
        'for each in content.status for uri in (each.cwt, each.jwt)], "trust.status")',
        'for each in content.status[:0] for uri in (each.cwt,)], "trust.status")',
        "vectors trust_list_with_status_address_twice",
    ),
    Break(
        "9 names hold visible characters only",
        MEMBERS,
        " or not is_plain(value):",
        ":",
        "vectors trust_list_name_with filings_number_with",
    ),
    Break(
        "9 a region has six digits",
        MEMBERS,
        'r"[1-9][0-9]{5}"',
        'r"[1-9][0-9]{4,5}"',
        "vectors trust_list_with_a_region_of_five_digits",
    ),
    Break(
        "9 numbers stand in ascending order, each once",
        MEMBERS,
        "if values != sorted(set(values)):",
        "if None in values:",
        "vectors filings_with_levels_unsorted",
    ),
    Break(
        "9 an empty list of numbers is none",
        MEMBERS,
        "        if not values:\n            raise refuse(self.place(name), 'an empty",
        "        if values is None:\n            raise refuse(self.place(name), 'an empty",
        "vectors trust_list_with_an_empty_series_list",
    ),
    Break(
        "9 levels are 1 to 5",
        GRANTS,
        'members.numbers_or_all("levels", most=5)',
        'members.numbers_or_all("levels", most=6)',
        "vectors trust_list_with_a_sixth_level",
    ),
    Break(
        "9 a grant ends behind its begin",
        GRANTS,
        "if grant.last is not None and grant.last < grant.first:",
        "if grant.last == 0:",
        "vectors trust_list_with_a_grant_backwards",
    ),
    Break(
        "9 acts stand in their order",
        GRANTS,
        "if acts != [act for act in ACTS if act in acts]:",
        "if not acts:",
        "vectors trust_list_with_acts_unsorted",
    ),
    Break(
        '9 ways "*" does not include 9',
        GRANTS,
        "return way != WAY_HISTORICAL if self.ways is None",
        "return True if self.ways is None",
        "vectors historical_record_under_all_ways",
    ),
    Break(
        "9 version N' < N is refused", TRUSTED, "if found[0] < seen[0] or (", "if (", "vectors trust_list_rolled_back"
    ),
    Break(
        "9 the same version with another digest is refused",
        TRUSTED,
        "(trust.content.version, trust.digest), (seen.trust_version, seen.trust_digest)",
        "(trust.content.version, seen.trust_digest), (seen.trust_version, seen.trust_digest)",
        "vectors trust_list_forked",
    ),
    Break(
        "9 filings are those of the digest (fetched and read)",
        FILINGS,
        "if sha256(data).digest() != trust.content.filings_digest:",
        "if not data:",
        "vectors filings_exchanged",
        (Edit(READER, "if sha256(data).digest() != digest:", "if not data:"),),
    ),
    Break(
        "9 no filing number twice",
        FILINGS,
        'unique([each.number for each in content.filings], "filings.filings")',
        "",
        "vectors filings_with_a_number_twice",
    ),
    Break(
        "9 no committee twice",
        FILINGS,
        'unique([each.id for each in content.committees], "filings.committees")',
        "",
        "vectors filings_with_a_committee_twice",
    ),
    Break(
        "9 a filing is of a committee of the file",
        FILINGS,
        "if not {each.committee for each in content.filings} <= {each.id for each in content.committees}:",
        "if not content:",
        "vectors filings_of_an_unknown_committee",
    ),
    Break(
        "9 a filing's span ends behind its begin",
        FILINGS,
        "if filing.last < filing.first:",
        "if not filing.last:",
        "vectors filings_with_a_span_backwards",
    ),
    Break(
        "9 a catalogue is that of the digest (fetched and read)",
        NAMES,
        "if sha256(container).digest() != trust.content.catalogue_digest:",
        "if not container:",
        "vectors catalogue_exchanged",
        (Edit(READER, "if sha256(data).digest() != digest:", "if not data:"),),
    ),
    Break(
        "9 a catalogue needs no signature of today's root",
        NAMES,
        "    messages = jose.parse_container(",
        "    if trust.root_version > 1:\n        raise NotTrustedError('', '')\n    messages = jose.parse_container(",
        "vectors root_rotated_and_catalogue_kept",
    ),
    Break(
        "9 names decide nothing",
        "verifier/steps.py",
        "        check.warn(Warn.CATALOGUE_UNREACHABLE)\n",
        "        raise check.refuse(4, Reason.PUBLICATION_UNTRUSTED) from None\n",
        "vectors catalogue_absent",
    ),
    Break(
        "9 a later catalogue keeps every title",
        SUCCESSION,
        '    if after is None:\n        yield f"title',
        '    if after is None:\n        return\n        yield f"title',
        "test_succession.py",
    ),
    Break(
        "9 a later catalogue keeps every series",
        SUCCESSION,
        '        if after is None:\n            yield f"series',
        '        if after is None:\n            continue\n            yield f"series',
        "test_succession.py",
    ),
    Break(
        "9 a title keeps its name and level",
        SUCCESSION,
        "elif (after.name, after.level) != (before.name, before.level):",
        "elif after.name != before.name:",
        "test_succession.py",
    ),
    Break(
        "9 a series keeps its name",
        SUCCESSION,
        "elif after.name != before.name:",
        "elif not after.name:",
        "test_succession.py",
    ),
    Break(
        "9 levels and ways are called as the verdict calls them",
        SUCCESSION,
        "breaches = [*_words(newer), *(",
        "breaches = [*(",
        "test_succession.py",
    ),
)
