"""Cases that one rule alone refuses: elsewhere a second rule refuses too, and hides that the first is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from credential import cbor, cose, history, jose, jsonform, publication
from credential.claims import Scope
from credential.days import to_day, to_seconds
from credential.history import EventKind
from credential.kdf import prefix
from tests.support.clock import NOW
from tests.support.keys import Key
from tests.support.world import World
from tests.support.worldparts import CATALOGUE_TYP, PROVINCE, wide_grant
from tests.vectors.craft import of_size, register
from tests.vectors.model import Book
from tests.vectors.served import UNTRUSTED, VALID, ask, payload_of

COMMITTEE: Final = "not_authorised/committee_scope"
BASIS: Final = "not_authorised/basis_kind"
CITY_NUMBER: Final = "示市评备〔2025〕002号"
LIMITED_NUMBER: Final = "示评备〔2025〕003号"


def cases(book: Book) -> None:
    """Each rule in a publication of its own, but for the two of the filings."""
    _filings(book)
    _other_files(book)
    _histories(book)
    _grants_side_by_side(book)
    _three_lists(book)
    _sizes(book)


def _filings(book: Book) -> None:
    """A filing's region without a limit of scope, and a limit of scope within the region."""
    world = World()
    usual = world.filings.filings[0]
    city = replace(usual, number=CITY_NUMBER, region="990100", scope=None)
    limited = replace(usual, number=LIMITED_NUMBER, scope="990101")
    world.filings = replace(world.filings, filings=(*world.filings.filings, city, limited))
    scene = book.scene(world)
    other = world.issue(basis_reference=CITY_NUMBER, scope=Scope(region=990201, name="另一市某区"))
    why = "The committee reviews 990100; its titles are not limited to a scope."
    scene.case("committee_of_another_city_fail", COMMITTEE, why, "12", other)
    everywhere = world.issue(basis_reference=LIMITED_NUMBER)
    why = "The committee reviews the province, but its titles hold in 990101 only."
    scene.case("committee_of_the_province_limited_fail", COMMITTEE, why, "12", everywhere)
    here = world.issue(basis_reference=LIMITED_NUMBER, scope=Scope(region=990101, name="示范市示范区"))
    scene.case("committee_of_the_province_within_its_limit", VALID, "The scope is the filing's.", "12", here)


def _grants_side_by_side(book: Book) -> None:
    """Two grants cover the award, one of them asks for a committee: each is enough, whichever comes first."""
    strict, mild = wide_grant(max_gap_days=90), wide_grant(committee_ways=frozenset(), max_gap_days=30)
    exam: dict[str, Any] = {"basis_kind": 2, "basis_reference": "示范省职称考试2026年"}
    for name, grants, days, expect, why in (
        ("grants_strict_and_mild", (strict, mild), 20, VALID, "The second grant asks for no committee."),
        ("grants_mild_and_strict", (mild, strict), 20, VALID, "The first grant asks for no committee."),
        ("grant_mild_too_late_fail", (mild, strict), 60, BASIS, "The one that asks for no committee is too narrow."),
    ):
        world = World()
        world.change_authority(PROVINCE, grants=grants)
        issued = world.issue()
        world.certificates.clear()
        award = issued.history.issued.effective - timedelta(days=days)
        book.scene(world).case(name, expect, why, "12", world.issue(award_date=award, **exam))


def _other_files(book: Book) -> None:
    """Files in their form that are not those of their digest."""
    why = "In its form, but not the digest that the trust list names."
    ask(book, "filings_exchanged_fail", "indeterminate/filings_unreachable", why, "9", tamper=_exchange_filings)
    ask(book, "catalogue_exchanged", VALID, f"{why} No names are shown.", "9", tamper=_exchange_catalogue)


def _exchange_filings(files: dict[str, bytes]) -> None:
    (path,) = [path for path in files if path.startswith("trust/filings/")]
    payload = jsonform.decode_object(files[path], max_bytes=1 << 20)
    payload["committees"] = [*_listed(payload["committees"]), {"id": "another", "name": "另一评审委员会"}]
    files[path] = jsonform.encode(payload)


def _exchange_catalogue(files: dict[str, bytes]) -> None:
    path = publication.catalogue(1)
    payload = jsonform.encode({**payload_of(files, path), "ext": {"note": "another"}})
    files[path] = jose.join([jose.sign(payload, Key("root"), typ=CATALOGUE_TYP)])


def _listed(value: object) -> list[Any]:
    assert isinstance(value, list)
    return value


def _histories(book: Book) -> None:
    world = World()
    scene = book.scene(world)
    twice = world.issue()
    world.append(twice, EventKind.ANNOTATED, detail="第一次注记", recorded=NOW - timedelta(days=2))
    world.append(twice, EventKind.ANNOTATED, detail="第二次注记", recorded=NOW - timedelta(days=1))
    scene.case("annotated_twice", VALID, "The last note is shown.", "12.1", twice)
    tomorrow = world.issue()
    tomorrow.tamper_history = lambda plain: _suspended_tomorrow(world, plain)
    why = "A suspension cannot take effect behind the day on which it was recorded."
    scene.case("history_suspended_from_tomorrow_fail", "indeterminate/history_untrusted", why, "6", tomorrow)

    tomorrow = world.issue(issued_at=NOW + timedelta(days=1), award_date=date(2026, 11, 1))
    before = "not_yet_issued/awarded_not_issued"
    scene.case("issued_tomorrow", before, "Today it is not issued yet.", "12", tomorrow)
    both = world.issue(issued_at=NOW + timedelta(days=1), award_date=date(2026, 11, 22))
    why = "Today there is no such title yet."
    scene.case("awarded_and_issued_tomorrow", "not_yet_issued/award_not_made", why, "12", both)
    midnight = NOW.replace(hour=16)
    why = "The day begins in Shanghai, and clocks may differ by five minutes."
    scene.case("issued_in_five_minutes", VALID, why, "12", tomorrow, now=midnight - timedelta(minutes=5))
    why = "A second more than clocks may differ by."
    now = midnight - timedelta(minutes=5, seconds=1)
    scene.case("issued_in_five_minutes_and_a_second", before, why, "12", tomorrow, now=now)


def _sizes(book: Book) -> None:
    """A QR text has its own cap of digits; a check code leads to the bytes themselves."""
    world = World()
    scene = book.scene(world)
    usual = world.issue()
    world.certificates.remove(usual)
    larger = register(world, of_size(world, usual.credential, 421), usual.claims.cti)
    why = "421 bytes are not read, however they came."
    scene.case("code_opens_421_bytes_fail", "malformed/too_large", why, "2", check_codes=(larger.check_code,))


def _suspended_tomorrow(world: World, plain: bytes) -> bytes:
    payload = cbor.decode(cose.parse(plain, max_bytes=16000, typ=history.TYP).payload, max_bytes=16000)
    assert isinstance(payload, list)
    later = [2, to_day(NOW.date()) + 1, to_seconds(NOW) - 60, PROVINCE, "", "", 0, None]
    return cose.sign(cbor.encode([*payload[:2], [*payload[2], later]]), world.status_key, typ=history.TYP)


def _three_lists(book: Book) -> None:
    """Trust list, snapshot and certificate agree on one list of three."""
    world = World(lists=4)
    while prefix(world.issue().claims.cti, 2) != 0:
        pass
    world.certificates[:] = world.certificates[-1:]
    world.lists = 3
    world.change_trust(version=1, status=world.trust.status[:3])
    ask(book, "trust_list_and_snapshot_with_three_lists_fail", UNTRUSTED, "L is a power of two.", "7", world)
