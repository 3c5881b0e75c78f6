"""Founding, authorities and the lists of the office: what is refused leaves nothing, and who did it is written down."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from credential.catalogue import Specialty
from credential.contacts import NO_CONTACT, Contact, Contacts
from credential.errors import MalformedError
from credential.filings import Committee
from credential.signing import KeyUse
from issuer.errors import ConflictError, InputError, IssuerError, NotFoundError
from issuer.home.opened import Custody
from issuer.office.values import Authority, Region
from issuer.services import authorities, catalogue, committees, founding, keys, regions, specialties, trust
from tests.home.in_memory import filing, grant
from tests.services.elsewhere import audited, code_of
from tests.support.custody import MemoryCustody, OpenedParts, found_in_memory
from tests.support.office import ACTOR, DISTRICT, PROVINCE, DemoOffice

NEW = Authority(
    id="sfs-hrss",
    name="示范市人力资源和社会保障局",
    name_en="Bureau of Human Resources and Social Security of Shifan City",
    credit_code="11990100000030012X",
    region_code="990100",
    number_template="{region}{year}{level}{serial:06}",
    seal_text="示范市职称专用章",
    valid_from=date(2020, 1, 1),
)


def rows(demo: DemoOffice, *tables: str) -> list[int]:
    return [demo.raw(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


def test_a_deployment_begins_with_one_key_of_each_use(founded: DemoOffice, tmp_path: Path) -> None:
    empty = found_in_memory(tmp_path / "other", founded.home.settings, founded.clock)
    made = founding.found(empty, ACTOR)
    held = {each.use: each.key_id for each in keys.listed(empty)}
    assert held == {
        "root": made.root,
        "administrator": made.administrator,
        "publisher": made.publisher,
        "status": made.status,
    }
    assert empty.home.trust_root.read_bytes() == empty.home.publication.read("trust/roots/1")
    assert catalogue.current(empty).version == catalogue.current(founded.opened).version
    with pytest.raises(ConflictError) as caught:
        founding.found(empty, ACTOR)
    assert code_of(caught) == "duplicate"
    assert len(keys.listed(empty)) == 4
    empty.register.close()


def test_keys_are_listed_by_use(issued: DemoOffice) -> None:
    held = keys.listed(issued.opened)
    assert Counter(each.use for each in held) == {
        "root": 1, "administrator": 1, "publisher": 1, "status": 1, "credential": 2, "document": 2, "operator": 4,
        "kek": 1, "index": 1,
    }  # fmt: skip
    assert held[0].use == "root"
    assert [each.use for each in held if each.public is None] == ["index", "kek"]


class Timid:
    """A custody that makes keys only while nobody is in a transaction. It satisfies ``Custody`` for making."""

    def __init__(self, custody: Custody, opened: OpenedParts) -> None:
        self._custody, self._opened = custody, opened
        self.made: list[KeyUse] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._custody, name)

    def make(self, use: KeyUse, *, label: str, owner: str = "") -> object:
        """Make a key."""
        assert self._opened.register.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        self.made.append(use)
        return self._custody.make(use, label=label, owner=owner)


def parts(demo: DemoOffice) -> OpenedParts:
    opened = demo.opened
    made = OpenedParts(
        home=demo.home, register=opened.register, custody=opened.custody, vault=opened.vault, clock=demo.clock
    )
    made.custody = Timid(opened.custody, made)  # type: ignore[assignment]
    return made


def test_the_keys_of_an_authority_are_made_while_nobody_waits(founded: DemoOffice) -> None:
    opened = parts(founded)
    made = authorities.add(opened, ACTOR, NEW)
    assert opened.custody.made == [KeyUse.CREDENTIAL, KeyUse.DOCUMENT]  # type: ignore[attr-defined]
    assert made.document_root.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    assert audited(founded, "authority.add")[-1] == (ACTOR, "sfs-hrss")
    assert audited(founded, "key.add")[-2:] == [(ACTOR, made.credential_key.hex()), (ACTOR, made.document_key.hex())]
    assert [each.authority.id for each in authorities.listed(founded.opened)] == [PROVINCE, DISTRICT, "sfs-hrss"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": PROVINCE}, "duplicate"),
        ({"credit_code": "11990000000010014J"}, "duplicate"),
        ({"region_code": "110000"}, "no_region"),
        ({"parent": "nobody"}, "no_authority"),
        ({"parent": "sfs-hrss"}, "no_authority"),
        ({"region_code": "990000"}, "same_numbers"),
    ],
)
def test_a_refused_authority_leaves_no_row_and_no_key(founded: DemoOffice, change: dict[str, str], code: str) -> None:
    before = rows(founded, "authorities", "trust_keys", "audit"), keys.listed(founded.opened)
    with pytest.raises(IssuerError) as caught:
        authorities.add(founded.opened, ACTOR, replace(NEW, **change))  # type: ignore[arg-type]
    assert code_of(caught) == code
    assert (rows(founded, "authorities", "trust_keys", "audit"), keys.listed(founded.opened)) == before


REACHED = Contacts(
    zh=Contact(address="示范市人民路1号", hours="", telephone="000-0000-0000", web="https://rsj.example"),
    en=NO_CONTACT,
)


def test_an_authority_may_have_a_parent_and_is_reached(founded: DemoOffice) -> None:
    added = replace(NEW, parent=PROVINCE, contact=REACHED)
    authorities.add(founded.opened, ACTOR, added)
    assert authorities.listed(founded.opened)[-1].authority == added
    founded.publish_trust()
    published = founded.trust().authority("sfs-hrss")
    assert (published.parent, published.contact) == (PROVINCE, REACHED)


def hours(now: Contacts) -> Contacts:
    return replace(now, zh=replace(now.zh, hours="工作日"))


def test_a_contact_is_changed_and_the_rest_of_it_stays(founded: DemoOffice) -> None:
    before = founded.trust().authority(PROVINCE).contact
    assert authorities.change_contact(founded.opened, ACTOR, PROVINCE, hours) == hours(before)
    assert audited(founded, "authority.contact") == [(ACTOR, PROVINCE)]
    [told] = [each for each in trust.draft(founded.opened).changes if each.what != "trust_list"]
    assert (told.what, told.which, told.member) == ("authority", PROVINCE, "contact.zh.hours")
    assert (told.before, told.after) == (before.zh.hours, "工作日")
    founded.publish_trust()
    assert founded.trust().authority(PROVINCE).contact == hours(before)


@pytest.mark.parametrize(
    ("authority", "contact", "code"),
    [
        ("nobody", REACHED, "no_authority"),
        (PROVINCE, replace(REACHED, en=replace(NO_CONTACT, web="ftp://rsj.example")), "bad_member"),
        (PROVINCE, replace(REACHED, en=replace(NO_CONTACT, hours="9" * 201)), "bad_member"),
    ],
)
def test_a_refused_contact_changes_nothing(founded: DemoOffice, authority: str, contact: Contacts, code: str) -> None:
    before = authorities.listed(founded.opened), rows(founded, "audit")
    with pytest.raises(IssuerError) as caught:
        authorities.change_contact(founded.opened, ACTOR, authority, lambda _: contact)
    assert code_of(caught) == code
    assert (authorities.listed(founded.opened), rows(founded, "audit")) == before


def test_outside_a_demonstration_an_authority_is_reached_over_https(founded: DemoOffice) -> None:
    plain = replace(REACHED, en=replace(NO_CONTACT, web="http://rsj.example"))
    authorities.change_contact(founded.opened, ACTOR, PROVINCE, lambda _: plain)
    real = founded.home.settings.model_copy(update={"demonstration": False})
    home = replace(founded.home, settings=real)
    opened = OpenedParts(
        home=home, register=founded.opened.register, custody=founded.opened.custody, vault=founded.opened.vault,
        clock=founded.clock,
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        authorities.change_contact(opened, ACTOR, PROVINCE, lambda _: plain)
    assert code_of(caught) == "plain_http"


def test_a_grant_wider_than_the_parents_is_not_given(founded: DemoOffice) -> None:
    with pytest.raises(InputError) as caught:
        authorities.grant(founded.opened, ACTOR, DISTRICT, replace(grant(), max_gap_days=3651))
    assert (code_of(caught), caught.value.fields["wider"]) == ("outside_delegation", ("max_gap_days",))
    assert (caught.value.fields["authority"], caught.value.fields["parent"]) == (DISTRICT, PROVINCE)
    within = replace(grant(), region="990100")
    assert authorities.grant(founded.opened, ACTOR, DISTRICT, within) == within
    wider = replace(grant(), max_gap_days=3651)
    assert authorities.grant(founded.opened, ACTOR, PROVINCE, wider) == wider


def test_a_real_document_certificate_is_not_made_here(founded: DemoOffice, tmp_path: Path) -> None:
    real = founded.home.settings.model_copy(update={"demonstration": False})
    opened = found_in_memory(tmp_path / "real", real, founded.clock)
    with pytest.raises(InputError) as caught:
        authorities.add(opened, ACTOR, NEW)
    assert code_of(caught) == "not_a_demonstration"
    assert isinstance(opened.custody, MemoryCustody)
    assert keys.listed(opened) == ()
    opened.register.close()


def test_a_grant_is_given_once(founded: DemoOffice) -> None:
    given = grant()
    assert authorities.grant(founded.opened, ACTOR, DISTRICT, given) == given
    assert authorities.listed(founded.opened)[1].grants[-1] == given
    with pytest.raises(ConflictError):
        authorities.grant(founded.opened, ACTOR, DISTRICT, given)
    with pytest.raises(NotFoundError):
        authorities.grant(founded.opened, ACTOR, "nobody", given)


def test_specialties_are_added_all_or_none(founded: DemoOffice) -> None:
    def specialty(name: str) -> Specialty:
        begins = date(2020, 1, 1)
        return Specialty(series=5, name=name, name_en=name, authority=PROVINCE, valid_from=begins, valid_until=None)

    before = specialties.listed(founded.opened, PROVINCE)
    with pytest.raises(ConflictError):
        specialties.add(founded.opened, ACTOR, [specialty("新材料"), specialty("人工智能")])
    assert specialties.listed(founded.opened, PROVINCE) == before
    specialties.add(founded.opened, ACTOR, [specialty("新材料")])
    assert len(specialties.listed(founded.opened, PROVINCE)) == len(before) + 1
    with pytest.raises(NotFoundError):
        specialties.listed(founded.opened, "nobody")


def test_committees_are_listed_with_their_filings(founded: DemoOffice) -> None:
    committees.add(founded.opened, ACTOR, Committee(id="teachers", name="教师评审委员会"), authority=DISTRICT)
    put = committees.put_on_file(founded.opened, ACTOR, replace(filing(), number="示评备〔2026〕001号"))
    found = {each.committee.id: each.filings for each in committees.listed(founded.opened)}
    assert found["teachers"] == (put,)
    assert len(found["sf-engineering-senior"]) == 2
    assert audited(founded, "filing.add")[-1] == (ACTOR, put.number)


def test_a_region_is_added_once(founded: DemoOffice) -> None:
    regions.add(founded.opened, ACTOR, Region(code="990200", name="示范二市"))
    assert [each.code for each in regions.listed(founded.opened)] == ["990000", "990100", "990101", "990200"]
    with pytest.raises(ConflictError):
        regions.add(founded.opened, ACTOR, Region(code="990200", name="示范三市"))
    assert audited(founded, "region.add")[-1] == (ACTOR, "990200")


def test_a_catalogue_that_is_in_use_is_not_taken_again(founded: DemoOffice) -> None:
    with pytest.raises(ConflictError) as caught:
        catalogue.take_into_use(founded.opened, ACTOR, catalogue.current(founded.opened).to_json())
    assert code_of(caught) == "old_catalogue"


def test_a_catalogue_of_a_newer_program_is_not_taken_into_use(founded: DemoOffice) -> None:
    current = catalogue.current(founded.opened)
    newer = replace(current, version=current.version + 1, ext={"note": 1})
    with pytest.raises(MalformedError) as caught:
        catalogue.take_into_use(founded.opened, ACTOR, newer.to_json())
    assert caught.value.code == "unknown_kind"
    catalogue.take_into_use(founded.opened, ACTOR, replace(newer, ext={}).to_json())
    assert catalogue.current(founded.opened).version == newer.version
