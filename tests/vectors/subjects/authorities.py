"""How authorities are reached, who delegated to them, and keys in the place of others (FORMAT 9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from credential.claims import Scope
from credential.contacts import NO_CONTACT, NO_CONTACTS, Contact, Contacts, contact_to_json
from credential.grants import Grant
from credential.history import EventKind
from credential.trustform import Authority, KeyState
from tests.support.keys import Key
from tests.support.world import Certificate, World
from tests.support.worldparts import COMMITTEE_NUMBER, DISTRICT, PROVINCE, START, key_entry, wide_grant
from tests.vectors.model import Book, Kind, Scene
from tests.vectors.served import UNTRUSTED, VALID, Change, ask, payload_of, put_trust_list, without

OUTSIDE: Final = ("outside_delegation",)
REACHED: Final = Contacts(
    zh=Contact(
        address="示范省示范市人民路1号", hours="工作日9:00至17:00", telephone="000-0000-0000", web="https://a.example/"
    ),
    en=Contact(
        address="1 Renmin Road, Shifan City",
        hours="Working days",
        telephone="000-0000-0000",
        web="https://a.example/en/",
    ),
)


def cases(book: Book) -> None:
    """Lists that readers refuse or take, and awards under grants that were delegated."""
    _contacts(book)
    _parents(book)
    _succession(book)
    _windows(book)
    _delegated(book)
    _delegated_and_unknown(book)
    _asked(book)


def _contacts(book: Book) -> None:
    def reached(name: str, why: str, expect: str = UNTRUSTED, *, zh: Contact = NO_CONTACT, **changes: Any) -> None:
        world = World()
        world.change_authority(PROVINCE, contact=replace(REACHED, zh=zh))
        world.change_trust(version=1, **changes)
        ask(book, name, expect, why, "9", world)

    def text(name: str, value: str) -> Contact:
        return replace(NO_CONTACT, **{name: value})

    reached("contact_in_both_languages", "Four texts in Chinese and in English.", VALID, zh=REACHED.zh)
    reached("contact_of_200_code_points", "A text has 0 to 200.", VALID, zh=text("address", "㐀" * 200))
    reached("contact_of_201_code_points_fail", "A text has 0 to 200.", zh=text("address", "路" * 201))
    reached("contact_with_a_zero_width_space_fail", "Section 2.1.", zh=text("hours", "9:00\u200b"))
    reached("contact_with_plain_http", "A demonstration may.", VALID, zh=text("web", "http://a.example"))
    reached(
        "contact_with_https_alone", "It begins with https:// and is no further read.", VALID, zh=text("web", "https://")
    )
    reached("contact_with_another_scheme_fail", "https, or nothing.", zh=text("web", "ftp://a.example"))
    reached("contact_with_scheme_in_capitals_fail", "It begins with https://.", zh=text("web", "HTTPS://a.example"))
    reached("contact_with_blank_in_web_fail", "No blank.", zh=text("web", "https://a.example/ b"))
    reached("contact_with_web_not_ascii_fail", "Printable ASCII.", zh=text("web", "https://示范.example"))
    reached("contact_with_web_and_line_end_fail", "Printable ASCII.", zh=text("web", "https://a.example\n"))

    def raw(name: str, why: str, **members: object) -> None:
        ask(book, name, UNTRUSTED, why, "9", tamper=_of_first_authority(**members))

    nothing = {"address": "", "hours": "", "telephone": "", "web": ""}
    raw("contact_in_one_language_fail", "Both languages are there.", contact={"zh": nothing})
    raw("contact_in_a_third_language_fail", "Two languages.", contact={"en": nothing, "fr": nothing, "zh": nothing})
    more = {"en": nothing | {"fax": ""}, "zh": nothing}
    raw("contact_with_another_text_fail", "Exactly four texts.", contact=more)
    raw("contact_null_fail", "An empty text says nothing; null is no contact.", contact=None)
    raw("contact_with_telephone_as_number_fail", "A text.", contact={"en": nothing, "zh": nothing | {"telephone": 0}})
    raw("parent_as_number_fail", "An id or null.", parent=1)


def _of_first_authority(**members: object) -> Change:
    """The trust list signed anew with members of its first authority replaced."""

    def tamper(files: dict[str, bytes]) -> None:
        payload = payload_of(files, "trust/list/1")
        first, *others = payload["authorities"]
        put_trust_list(files, payload | {"authorities": [first | members, *others]})

    return tamper


def _parents(book: Book) -> None:
    def under(name: str, why: str, expect: str = UNTRUSTED, **parents: str | None) -> None:
        """``parents``: of authorities that are added, or of the two that are there."""
        world = World()
        district = world.trust.authorities[1]
        world.change_trust(
            version=1,
            authorities=(
                *(replace(each, parent=parents.pop(each.id, None)) for each in world.trust.authorities),
                *(replace(district, id=each, parent=parent) for each, parent in parents.items()),
            ),
        )
        ask(book, name, expect, why, "9", world)

    chain: dict[str, Any] = {f"step-{n}": f"step-{n + 1}" for n in range(1, 8)} | {"step-8": PROVINCE}
    under("parent_of_the_district", "The province delegated.", VALID, **{DISTRICT: PROVINCE})
    under("parent_that_nobody_knows_fail", "The parent is in the list.", **{DISTRICT: "nobody-here"})
    under("parent_of_itself_fail", "Nobody is their own parent.", **{DISTRICT: DISTRICT})
    under("parent_of_its_parent_fail", "By two steps.", **{DISTRICT: "demo-city", "demo-city": DISTRICT})
    under(
        "parents_in_a_circle_above_fail", "Also above.", **{DISTRICT: "a-city", "a-city": "b-city", "b-city": "a-city"}
    )
    under("parents_by_eight_steps", "At most 8.", VALID, **chain)
    under("parents_by_nine_steps_fail", "At most 8.", **chain, **{"step-0": "step-1"})


def _succession(book: Book) -> None:
    def succeeding(name: str, why: str, expect: str = UNTRUSTED, *, use: str = "status", **old: Any) -> None:
        world = World()
        before = Key("before")
        ended: dict[str, Any] = {"state": KeyState.ENDED, "ends": START + timedelta(days=9)}
        world.add_key(before, "status", **(ended | old))
        world.add_key(Key("after"), use, begins=START + timedelta(days=1), succeeds=before.key_id)
        world.change_trust(version=1)
        ask(book, name, expect, why, "9", world)

    succeeding("key_succeeds_another", "Of the same use and authority, which began earlier.", VALID)
    stolen: dict[str, Any] = {"state": KeyState.COMPROMISED, "compromised_since": START, "ends": None}
    succeeding("key_succeeds_a_stolen_one", "Whether that was ended or compromised.", VALID, **stolen)
    succeeding("key_succeeds_one_of_another_use_fail", "The same use.", use="receipt")
    succeeding("key_succeeds_one_of_an_authority_fail", "The same authority.", authority=PROVINCE)
    succeeding("key_succeeds_one_of_its_second_fail", "That one began earlier.", begins=START + timedelta(days=1))
    succeeding("key_succeeds_a_younger_one_fail", "That one began earlier.", begins=START + timedelta(days=2))
    for name, why, succeeds in (
        ("key_succeeds_itself_fail", "Another key.", Key("after").key_id),
        ("key_succeeds_a_stranger_fail", "A key of the list.", Key("stranger").key_id),
    ):
        world = World()
        world.add_key(Key("after"), "status", succeeds=succeeds)
        world.change_trust(version=1)
        ask(book, name, UNTRUSTED, why, "9", world)


FIRST, SECOND, THIRD = Key("first status"), Key("second status of three"), Key("third status")


def _day(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 3, tzinfo=UTC)


def world_with_three_status_keys(**first: Any) -> World:
    """Each in the place of the one before; between the first and the second some days are left open."""
    world = World()
    ended: dict[str, Any] = {"begins": _day(7, 1), "state": KeyState.ENDED, "ends": _day(7, 20)}
    world.add_key(FIRST, "status", **(ended | first))
    world.add_key(SECOND, "status", begins=_day(8, 2), state=KeyState.ENDED, ends=_day(9, 1), succeeds=FIRST.key_id)
    world.add_key(THIRD, "status", begins=_day(9, 1), succeeds=SECOND.key_id)
    world.change_trust(version=1)
    return world


def _windows(book: Book) -> None:
    scene = book.scene(world_with_three_status_keys())

    def signed(name: str, key: Key, issued_at: datetime, why: str, expect: str, scene: Scene = scene) -> None:
        certificate = scene.world.issue(issued_at=issued_at)
        certificate.history_signer = key
        certificate.coded = False
        scene.case(name, expect, why, "6", certificate)

    untrusted = "indeterminate/history_untrusted"
    why = "The window of the key that it succeeds counts as its own."
    signed("history_in_the_window_of_the_key_before", SECOND, _day(7, 15), why, VALID)
    why = "And that of those which that one succeeds in turn."
    signed("history_in_the_window_of_the_key_before_that", THIRD, _day(7, 15), why, VALID)
    signed("history_in_the_window_of_the_key_itself", SECOND, _day(8, 15), "Its own window.", VALID)
    why = "What comes in a key's place lends it no window."
    signed("history_in_the_window_of_the_key_behind_fail", FIRST, _day(8, 15), why, untrusted)
    why = "In no window of the three."
    signed("history_between_the_windows_fail", THIRD, _day(7, 25), why, untrusted)
    signed("history_at_the_end_of_the_first_window_fail", THIRD, _day(7, 20), why, untrusted)
    signed("history_before_all_windows_fail", THIRD, _day(6, 30), why, untrusted)
    stolen = {"state": KeyState.COMPROMISED, "compromised_since": _day(7, 1)}
    stolen_scene = book.scene(world_with_three_status_keys(**stolen))
    why = "A stolen key's window counts as a whole for the key that succeeds it, whenever it was stolen."
    signed("history_in_the_window_of_a_stolen_key_before", SECOND, _day(7, 15), why, VALID, stolen_scene)
    why = "The stolen key itself signs nothing."
    signed("history_by_a_stolen_key_that_was_succeeded_fail", FIRST, _day(7, 1), why, untrusted, stolen_scene)


PARENTS_GRANT: Final = wide_grant(
    series=frozenset({5, 22}),
    levels=frozenset({2, 3}),
    ways=frozenset({1, 2, 6}),
    committee_ways=frozenset({1, 6}),
    region="990100",
    scope_required=True,
    first=date(2022, 1, 1),
    last=date(2030, 12, 31),
    acts=frozenset({"issue", "suspend"}),
    over="own",
)
ALL_SERIES: Final = frozenset(range(1, 256))
WIDER: Final[Sequence[tuple[str, dict[str, Any]]]] = (
    ("series", {"series": frozenset({5, 6, 22})}),
    ("all_series", {"series": None}),
    ("levels", {"levels": None}),
    ("ways", {"ways": None}),
    ("committee_ways", {"committee_ways": frozenset({1})}),
    ("region", {"region": "990000"}),
    ("scope_required", {"scope_required": False}),
    ("from", {"first": date(2021, 12, 31)}),
    ("until", {"last": date(2031, 1, 1)}),
    ("no_until", {"last": None}),
    ("max_gap_days", {"max_gap_days": 366}),
    ("acts", {"acts": frozenset({"issue", "withdraw"})}),
    ("over", {"over": "all"}),
)
NARROWER: Final[Sequence[tuple[str, dict[str, Any]]]] = (
    ("the_same", {}),
    ("series", {"series": frozenset({5})}),
    ("ways_without_committee", {"ways": frozenset({1}), "committee_ways": frozenset({1})}),
    ("more_committee_ways", {"committee_ways": frozenset({1, 2, 6})}),
    ("region", {"region": "990101"}),
    ("span", {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}),
    ("max_gap_days", {"max_gap_days": 364}),
    ("acts", {"acts": frozenset({"issue"})}),
)


class _Delegation:
    """One world in which every case has an authority of its own."""

    def __init__(self, book: Book) -> None:
        self.scene: Scene = book.scene(World())
        self._count = 0

    def authority(self, *grants: Grant, parent: str | None) -> str:
        """Add an authority; returns its id."""
        world = self.scene.world
        self._count += 1
        made = f"demo-city-{self._count}"
        authority: Authority = replace(world.trust.authorities[1], id=made, parent=parent, grants=grants)
        world.change_trust(
            version=1,
            authorities=(*world.trust.authorities, authority),
            keys=(*world.trust.keys, key_entry(Key(made), "credential", made)),
        )
        return made

    def issue(self, issuer: str, **changes: Any) -> Certificate:
        """A certificate of an authority, valid in the district."""
        members: dict[str, Any] = {"scope": Scope(region=990101, name="示范市示范区"), "issuer": issuer} | changes
        certificate = self.scene.world.issue(signer=Key(issuer), **members)
        certificate.coded = False
        return certificate

    def ask(
        self,
        name: str,
        why: str,
        certificate: Certificate,
        expect: str = VALID,
        *,
        warnings: Sequence[str] = (),
        section: str = "9",
        **question: Any,
    ) -> None:
        """Ask about a certificate; the warnings are part of the answer."""
        self.scene.case(name, expect, why, section, certificate, told={"warnings": list(warnings)}, **question)


def _delegated(book: Book) -> None:
    made = _Delegation(book)
    top = made.authority(PARENTS_GRANT, parent=None)
    for name, changes in NARROWER:
        under = made.authority(replace(PARENTS_GRANT, **changes), parent=top)
        made.ask(f"delegated_{name}", "The grant lies within the parent's.", made.issue(under))
    for name, changes in WIDER:
        under = made.authority(replace(PARENTS_GRANT, **changes), parent=top)
        why = "The grant is wider than the parent's; the outcome stays."
        made.ask(f"delegated_with_wider_{name}", why, made.issue(under), warnings=OUTSIDE)
    free = made.authority(wide_grant(), parent=None)
    made.ask("nobody_delegated", "An authority without parent lies within nothing.", made.issue(free))
    _delegated_all(made)
    _delegated_together(made, top)
    _delegated_standing(made, top)
    _delegated_refused(made, top)


def _delegated_all(made: _Delegation) -> None:
    top = made.authority(
        wide_grant(series=ALL_SERIES, levels=frozenset(range(1, 6)), ways=frozenset(range(1, 9))), parent=None
    )
    under = made.authority(wide_grant(), parent=top)
    made.ask("delegated_all_numbers", '"*" is all numbers that there are, of ways 1 to 8.', made.issue(under))
    top = made.authority(wide_grant(), parent=None)
    under = made.authority(wide_grant(ways=frozenset(range(1, 10))), parent=top)
    why = '"*" does not include way 9.'
    made.ask("delegated_with_way_9", why, made.issue(under), warnings=OUTSIDE)


def _delegated_together(made: _Delegation, top: str) -> None:
    halves = (replace(PARENTS_GRANT, series=frozenset({5})), replace(PARENTS_GRANT, series=frozenset({22})))
    above = made.authority(*halves, parent=None)
    under = made.authority(PARENTS_GRANT, parent=above)
    why = "Within a single grant of the parent, not within two together."
    made.ask("delegated_by_two_grants_together", why, made.issue(under), warnings=OUTSIDE)
    under = made.authority(halves[0], parent=above)
    made.ask("delegated_by_one_of_two_grants", "One of the parent's is enough.", made.issue(under))
    without_grants = made.authority(parent=None)
    under = made.authority(PARENTS_GRANT, parent=without_grants)
    made.ask("delegated_by_nothing", "The parent has no grant.", made.issue(under), warnings=OUTSIDE)
    wider = made.authority(replace(PARENTS_GRANT, over="all"), parent=top)
    under = made.authority(replace(PARENTS_GRANT, over="all"), parent=wider)
    why = "The parent's own grants are asked about where the parent issues."
    made.ask("delegated_by_one_that_went_too_far", why, made.issue(under))


def _delegated_standing(made: _Delegation, top: str) -> None:
    wide = replace(PARENTS_GRANT, over="all")
    under = made.authority(wide, PARENTS_GRANT, parent=top)
    made.ask("delegated_one_of_two", "The award stands under either; one of them lies within.", made.issue(under))
    other = made.authority(wide, replace(PARENTS_GRANT, series=frozenset({22})), parent=top)
    why = "The grant that lies within does not cover the award."
    made.ask("delegated_another_series", why, made.issue(other), warnings=OUTSIDE)
    late = made.authority(wide, replace(PARENTS_GRANT, max_gap_days=10), parent=top)
    why = "Under the grant that lies within the certificate is late: step 6 leaves the other."
    made.ask("delegated_and_late", why, made.issue(late), warnings=OUTSIDE)
    both = replace(PARENTS_GRANT, committee_ways=frozenset({1, 2, 6}))
    free = made.authority(both, replace(wide, committee_ways=frozenset({1, 6})), parent=top)
    by_exam = made.issue(free, way=2, basis_kind=2, basis_reference="考试1号")
    why = "The grant that lies within wants a committee, and the basis is none: step 7 leaves the other."
    made.ask("delegated_and_without_committee", why, by_exam, warnings=OUTSIDE)
    filed = made.issue(free, way=2)
    made.ask("delegated_and_with_committee", "With a filing the award stands under both.", filed)
    historical: dict[str, Any] = {
        "way": 9,
        "basis_kind": 5,
        "basis_reference": "1995职改字第12号",
        "award_date": date(1995, 6, 1),
    }
    recording = replace(PARENTS_GRANT, ways=frozenset({9}), committee_ways=frozenset())
    under = made.authority(recording, parent=top)
    why = "Of way 9 the recording grant is asked about."
    made.ask("delegated_recording", why, made.issue(under, **historical), warnings=OUTSIDE)
    above = made.authority(recording, parent=None)
    under = made.authority(recording, parent=above)
    made.ask("delegated_recording_within", why, made.issue(under, **historical))


def _delegated_refused(made: _Delegation, top: str) -> None:
    under = made.authority(replace(PARENTS_GRANT, over="all"), parent=top)
    why = "Nothing is said beside a refusal."
    unfiled = made.issue(under, basis_reference="示评备〔2026〕999号")
    made.ask("delegated_and_refused_at_step_7_fail", why, unfiled, "not_authorised/committee_not_on_file")
    uncovered = made.issue(under, series=6)
    made.ask("delegated_and_refused_at_step_6_fail", why, uncovered, "not_authorised/no_grant")
    open_history = made.issue(under)
    open_history.tamper_history = lambda plain: plain[:-1] + bytes([plain[-1] ^ 1])
    why = "The history cannot be known; the grants that cover the award are."
    made.ask(
        "delegated_and_history_unknown_fail", why, open_history, "indeterminate/history_untrusted", warnings=OUTSIDE
    )


def _delegated_and_unknown(book: Book) -> None:
    """Without the filings, and with a trust list alone."""
    world = World()
    world.change_authority(DISTRICT, parent=PROVINCE, grants=(wide_grant(over="all", max_gap_days=366),))
    world.change_trust(version=1)
    certificate = world.issue(signer=world.district_key, issuer=DISTRICT, basis_reference=COMMITTEE_NUMBER)
    why = "The filings cannot be known; the grants that cover the award are."
    told = {"warnings": list(OUTSIDE)}
    scene = book.scene(world, tamper=without("trust/filings/"))
    name, expect = "delegated_and_filings_unknown_fail", "indeterminate/filings_unreachable"
    scene.case(name, expect, why, "9", certificate, told=told)
    name, expect = "delegated_offline_fail", "indeterminate/registration_not_checked"
    told = {"warnings": ["catalogue_unreachable", *OUTSIDE]}
    scene.case(name, expect, "Asked of a trust list alone.", "9", certificate, told=told, kind=Kind.OFFLINE)


def _told(authority: Authority) -> dict[str, object]:
    """The member ``contact`` of a verdict that sends people to this authority."""
    return {
        "authority": authority.id,
        "authority_name": authority.name,
        "authority_name_en": authority.name_en,
        "en": contact_to_json(authority.contact.en),
        "zh": contact_to_json(authority.contact.zh),
    }


def _asked(book: Book) -> None:
    """Whom a verdict sends people to (FORMAT 12.1)."""
    world = World()
    district_contact = Contacts(zh=NO_CONTACT, en=Contact(telephone="000-0000-0001"))
    world.change_authority(PROVINCE, contact=REACHED)
    world.change_authority(DISTRICT, contact=district_contact)
    silent = replace(world.trust.authorities[1], id="demo-silent", contact=NO_CONTACTS)
    world.change_trust(version=1, authorities=(*world.trust.authorities, silent))
    province, district, _ = world.trust.authorities
    scene = book.scene(world)

    def told(name: str, why: str, certificate: Certificate, expect: str, whom: Authority | None, **more: Any) -> None:
        certificate.coded = False
        contact = None if whom is None else _told(whom)
        scene.case(name, expect, why, "12.1", certificate, told={"contact": contact}, **more)

    def decided(kind: EventKind, authority: str) -> Certificate:
        certificate = world.issue()
        world.append(certificate, kind, authority=authority)
        return certificate

    told("contact_of_nobody_when_valid", "Nobody is sent anywhere.", world.issue(), VALID, None)
    suspended, withdrawn = "suspended/under_review", "withdrawn/withdrawn"
    why = "The authority that decided the state."
    told("contact_of_who_suspended", why, decided(EventKind.SUSPENDED, DISTRICT), suspended, district)
    told("contact_of_who_withdrew", why, decided(EventKind.WITHDRAWN, PROVINCE), withdrawn, province)
    noted = decided(EventKind.CANCELLED, DISTRICT)
    world.append(noted, EventKind.ANNOTATED, detail="说明", authority=PROVINCE)
    told(
        "contact_of_who_cancelled_and_not_who_noted",
        "An annotation decides no state.",
        noted,
        "cancelled/cancelled",
        district,
    )
    why = "The list says nothing of how it is reached."
    told("contact_of_who_says_nothing", why, decided(EventKind.WITHDRAWN, silent.id), withdrawn, None)
    why = "The list has no such authority; who issued did not decide."
    told("contact_of_who_is_not_in_the_list", why, decided(EventKind.WITHDRAWN, "nobody-here"), withdrawn, None)
    early = world.issue(issued_at=world.now + timedelta(days=2))
    told("contact_of_who_issues_tomorrow", "Who issued.", early, "not_yet_issued/awarded_not_issued", province)
    again = decided(EventKind.SUSPENDED, DISTRICT)
    world.append(again, EventKind.REINSTATED, authority=PROVINCE, recorded=world.now)
    told("contact_of_nobody_when_reinstated", "It is in force.", again, VALID, None)
    then = world.issue()
    world.append(then, EventKind.SUSPENDED, authority=DISTRICT, recorded=world.now - timedelta(days=30))
    world.append(then, EventKind.WITHDRAWN, authority=PROVINCE)
    at = (world.now - timedelta(days=10)).date()
    told(
        "contact_of_who_had_suspended_then",
        "The state on the day that was asked about.",
        then,
        suspended,
        district,
        at=at,
    )
    told("contact_of_nobody_when_valid_then", "In force on that day.", then, VALID, None, at=date(2026, 8, 1))
    _asked_of_refused(world, told, province)


def _asked_of_refused(world: World, told: Callable[..., None], province: Authority) -> None:
    unknown = world.issue()
    unknown.tamper_history = lambda plain: plain[:-1] + bytes([plain[-1] ^ 1])
    why = "Nothing is known of a state: who issued."
    told("contact_with_unknown_history_fail", why, unknown, "indeterminate/history_untrusted", province)
    why = "Who issued, by the signature that holds."
    told(
        "contact_with_no_grant_fail", why, world.issue(award_date=date(2019, 1, 1)), "not_authorised/no_grant", province
    )
    unregistered = world.issue()
    unregistered.registered = False
    told("contact_with_unregistered_fail", why, unregistered, "not_authentic/unregistered", province)
    why = "Whom the certificate names, which is shown too."
    named = world.issue(signer=world.district_key)
    told("contact_with_wrong_issuer_fail", why, named, "not_authentic/wrong_issuer", province)
    why = "The list has no such authority."
    told("contact_with_unknown_issuer_fail", why, world.issue(issuer="other-hrss"), "not_authentic/wrong_issuer", None)
    why = "Nothing is proven of it, and a forger chooses whom it names."
    told("contact_with_unknown_key_fail", why, world.issue(signer=Key("stranger")), "not_authentic/unknown_key", None)
