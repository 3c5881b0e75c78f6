"""Document certificates of a real office: asked for, taken in or refused, and in use when the authority is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from credential.contacts import MAX_CONTACT_TEXT, NO_CONTACT, Contact, Contacts
from credential.errors import CodedError
from credential.signing import KeyUse
from issuer import audit
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.home.opened import Actor
from issuer.home.opening import OpenedHome, found, open_home
from issuer.home.paths import Home
from issuer.office.values import Authority, Region
from issuer.services import authorities, founding, regions, seals, trust
from issuer.services.seals import Owner
from issuer.trust.entries import active_certificate
from issuer.trust.ordered import Orders
from tests.support.accredited import DAY, EMAIL, SERVER, YEAR, Service, subject
from tests.support.clock import NOW
from tests.support.databases import copy_home
from tests.support.keys import Key
from tests.support.office import CHEAP, MovingClock, passphrase
from tests.support.settings import demo_settings
from tests.support.sidebyside import meet, together

WHO = Actor("os:wang")
NAME, CODE = "示范省人力资源和社会保障厅", "11990000000010014J"
OWNER = Owner(name=NAME, credit_code=CODE)
HRSS = "sf-hrss"
REAL = {"demonstration": False, "origin": "https://zc.example", "publication": "https://zc.example/p/"}
AUTHORITY = Authority(
    id=HRSS,
    name=NAME,
    name_en="Shifan HRSS",
    credit_code=CODE,
    region_code="990000",
    number_template="{region}{year}{level}{serial:06}",
    seal_text=f"{NAME}职称专用章",
    valid_from=date(2020, 1, 1),
)


def made(directory: Path, **settings: object) -> Path:
    """A home with a region and nothing else."""
    with found(directory, demo_settings(**settings), passphrase, clock=lambda: NOW, cost=CHEAP) as empty:
        founding.found(empty, WHO)
        regions.add(empty, WHO, Region(code="990000", name="示范省"))
    return directory


@pytest.fixture(scope="module")
def real_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("real") / "home", **REAL)


@pytest.fixture
def real(real_home: Path, tmp_path: Path) -> OpenedHome:
    """A real office without an authority."""
    return opened(copy_home(real_home, tmp_path / "home"))


def opened(directory: Path) -> OpenedHome:
    return open_home(Home.open(directory), passphrase, clock=MovingClock(), cost=CHEAP)


@pytest.fixture
def service() -> Service:
    return Service(NOW)


def audited(real: OpenedHome, act: str) -> list[tuple[str, str]]:
    with real.register.read() as session:
        return [(each.actor, each.subject) for each in audit.entries(session, of=WHO) if each.act == act]


def asked(real: OpenedHome) -> bytes:
    return seals.request(real, WHO, HRSS, owner=OWNER).request


@pytest.mark.slow
def test_the_request_names_the_authority_and_is_for_a_key_of_this_home(real: OpenedHome) -> None:
    order = seals.request(real, WHO, HRSS, owner=OWNER)
    request = x509.load_pem_x509_csr(order.request)
    assert request.is_signature_valid
    stated = {each.oid.dotted_string: each.value for each in request.subject}
    assert stated["2.5.4.10"] == stated["2.5.4.3"] == NAME
    assert stated["2.5.4.5"] == CODE
    assert stated["2.5.4.97"] == f"NTRCN-{CODE}"
    usage = request.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    assert request.public_key() == order.key.public_key
    [held] = [each for each in real.custody.held() if each.use == KeyUse.DOCUMENT]
    assert (held.public, held.uri) == (order.key, order.uri)
    assert held.uri.startswith("file:document-")


def test_a_second_request_is_the_same_key_and_the_same_request(real: OpenedHome) -> None:
    first = seals.request(real, WHO, HRSS, owner=OWNER)
    for owner, uri in ((OWNER, "file:"), (None, "file:"), (None, first.uri)):
        assert seals.request(real, WHO, HRSS, owner=owner, uri=uri) == first
    assert sum(each.use == KeyUse.DOCUMENT for each in real.custody.held()) == 1
    assert audited(real, "seal.request") == [(WHO, HRSS)]


@pytest.mark.parametrize(
    "other", [replace(OWNER, name="示范市人社局"), replace(OWNER, credit_code="11990101000020028B")]
)
def test_a_second_request_with_another_name_is_refused(real: OpenedHome, other: Owner) -> None:
    seals.request(real, WHO, HRSS, owner=OWNER)
    with pytest.raises(ConflictError) as refused:
        seals.request(real, WHO, HRSS, owner=other)
    assert refused.value.code == "request_differs"


def test_a_run_that_died_before_it_wrote_its_request_is_gone_on_with(real: OpenedHome) -> None:
    first = seals.request(real, WHO, HRSS, owner=OWNER)
    seals.used(real, HRSS)  # as if the file had never been written
    assert seals.request(real, WHO, HRSS, owner=OWNER).key == first.key
    assert sum(each.use == KeyUse.DOCUMENT for each in real.custody.held()) == 1


@pytest.mark.slow
def test_what_comes_back_is_kept_and_the_authority_is_added_with_it(real: OpenedHome, service: Service) -> None:
    leaf = service.certify(asked(real))
    taken = seals.import_certificate(real, WHO, HRSS, service.returned(leaf), anchor=service.anchor)
    assert taken.order.chain == (leaf, service.issuing, service.root)
    assert audited(real, "seal.import") == [(WHO, HRSS)]
    added = authorities.add(real, WHO, AUTHORITY)
    with real.register.read() as session:
        seal = active_certificate(session, authority=HRSS)
    assert (seal.certificate, seal.chain) == (leaf, (service.issuing, service.root))
    assert seal.kid == added.document_key == taken.order.key.key_id
    assert added.document_root.read_bytes() == service.anchor
    assert Orders(real.home.certificates).find(HRSS) is None
    trust.publish_here(real, WHO, trust.draft(real))


def test_the_file_may_be_pem_der_or_pkcs7_in_any_order(real: OpenedHome, service: Service) -> None:
    service.issuing = service.root  # a service that issues with its root, so that one certificate is the whole chain
    service.issuing_key = service.root_key
    leaf = service.certify(asked(real))
    forms = (
        leaf.public_bytes(Encoding.DER),
        service.anchor + leaf.public_bytes(Encoding.PEM),
        pkcs7.serialize_certificates([service.root, leaf], Encoding.DER),
        pkcs7.serialize_certificates([leaf], Encoding.PEM),
    )
    for data in forms:
        taken = seals.import_certificate(real, WHO, HRSS, data, anchor=service.anchor)
        assert taken.order.chain == (leaf, service.root)


def test_the_root_is_named_once_and_trusted_from_then_on(real: OpenedHome, service: Service) -> None:
    returned = service.returned(service.certify(asked(real)))
    with pytest.raises(InputError) as refused:
        seals.import_certificate(real, WHO, HRSS, returned)
    assert refused.value.code == "no_trust_anchor"
    seals.import_certificate(real, WHO, HRSS, returned, anchor=service.anchor)
    seals.import_certificate(real, WHO, HRSS, returned)
    with pytest.raises(InputError) as refused:
        seals.import_certificate(real, WHO, HRSS, returned, anchor=service.issuing.public_bytes(Encoding.PEM))
    assert refused.value.code == "anchor_form"


Made = Callable[[Service, bytes], bytes]


def of(**changes: object) -> Made:
    """What a service returns whose certificate differs from what was asked for."""
    return lambda service, request: service.returned(service.certify(request, **changes))


REFUSED: dict[str, tuple[Made, str]] = {
    "no certificate": (lambda _service, _request: b"-----BEGIN CERTIFICATE-----\n", "certificate_form"),
    "another key": (of(key=Key("another").private.public_key()), "certificate_other_key"),
    "a key of another curve": (
        of(key=ec.derive_private_key(7, ec.SECP384R1()).public_key()),
        "certificate_other_key",
    ),
    "another name": (of(subject=subject("示范省人力资源与社会保障厅", CODE)), "certificate_name"),
    "a name with something behind it": (of(subject=subject(f"{NAME}（试用）", CODE)), "certificate_name"),
    "no name": (of(subject=subject("", CODE)), "certificate_name"),
    "another code": (of(subject=subject(NAME, "11990101000020028B")), "certificate_code"),
    "two codes": (of(subject=subject(NAME, CODE, identifier="NTRCN-11990101000020028B")), "certificate_code"),
    "no code": (of(subject=subject(NAME, "", identifier="")), "certificate_code"),
    "for encryption": (of(usage=("key_encipherment", "key_agreement")), "certificate_usage"),
    "for nothing that it says": (of(usage=()), "certificate_usage"),
    "for signing certificates": (of(ca=True), "certificate_usage"),
    "for servers": (of(purposes=(SERVER,)), "certificate_purpose"),
    "over": (of(begin=NOW - 2 * YEAR, end=NOW - DAY), "certificate_not_now"),
    "not begun": (of(begin=NOW + DAY), "certificate_not_now"),
    "without the one that issued it": (
        lambda service, request: service.certify(request).public_bytes(Encoding.PEM),
        "certificate_chain",
    ),
    "of another service": (
        lambda _service, request: (other := Service(NOW, "别家认证")).returned(other.certify(request)),
        "certificate_chain",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_kept_of_a_certificate_that(case: str, real: OpenedHome, service: Service) -> None:
    returned, code = REFUSED[case]
    data = returned(service, asked(real))
    with pytest.raises(InputError) as refused:
        seals.import_certificate(real, WHO, HRSS, data, anchor=service.anchor)
    assert refused.value.code == code
    order = Orders(real.home.certificates).find(HRSS)
    assert order is not None
    assert order.chain == ()
    assert Orders(real.home.certificates).roots() == ()
    with pytest.raises(NotFoundError) as missing:
        authorities.add(real, WHO, AUTHORITY)
    assert missing.value.code == "no_document_certificate"


@pytest.mark.parametrize("mark", ["演示", "演练"])
def test_a_real_office_takes_no_marked_certificate(mark: str, real: OpenedHome) -> None:
    service = Service(NOW, f"示范{mark}认证")
    returned = service.returned(service.certify(asked(real)))
    with pytest.raises(InputError) as refused:
        seals.import_certificate(real, WHO, HRSS, returned, anchor=service.anchor)
    assert (refused.value.code, refused.value.fields["mark"]) == ("certificate_marked", mark)


def test_both_names_are_told_where_they_differ(real: OpenedHome, service: Service) -> None:
    data = of(subject=subject("示范市人社局", CODE))(service, asked(real))
    with pytest.raises(InputError) as refused:
        seals.import_certificate(real, WHO, HRSS, data, anchor=service.anchor)
    assert "示范市人社局" in str(refused.value)
    assert NAME in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": subject(NAME, CODE, identifier="")},
        {"subject": subject(NAME, CODE, identifier=CODE)},
        {"purposes": ()},
        {"purposes": (SERVER, EMAIL)},
        {"usage": ("content_commitment",)},
        {"subject": subject(NAME, "", identifier="１１９９００００００００１００１４Ｊ")},
    ],
    ids=["code in serialNumber", "code alone", "no purpose", "two purposes", "nonRepudiation", "full width"],
)
def test_what_services_write_in_several_ways_is_taken(
    changes: dict[str, object], real: OpenedHome, service: Service
) -> None:
    data = service.returned(service.certify(asked(real), **changes))
    assert seals.import_certificate(real, WHO, HRSS, data, anchor=service.anchor).order.chain


def test_an_authority_of_another_name_is_not_added(real: OpenedHome, service: Service) -> None:
    seals.import_certificate(real, WHO, HRSS, service.returned(service.certify(asked(real))), anchor=service.anchor)
    for changes, code in (
        ({"name": "示范市人社局"}, "certificate_name"),
        ({"credit_code": "11990101000020028B"}, "certificate_code"),
    ):
        with pytest.raises(InputError) as refused:
            authorities.add(real, WHO, replace(AUTHORITY, **changes))  # type: ignore[arg-type]
        assert refused.value.code == code
    assert authorities.listed(real) == ()


def test_a_certificate_that_is_over_when_the_authority_is_added_is_refused(real: OpenedHome, service: Service) -> None:
    leaf = service.certify(asked(real), end=NOW + DAY)
    seals.import_certificate(real, WHO, HRSS, service.returned(leaf), anchor=service.anchor)
    later = open_home(real.home, passphrase, clock=MovingClock(NOW + 2 * DAY), cost=CHEAP)
    with pytest.raises(InputError) as refused:
        authorities.add(later, WHO, AUTHORITY)
    assert refused.value.code == "certificate_not_now"


def test_the_next_certificate_of_an_authority_goes_into_the_register(real: OpenedHome, service: Service) -> None:
    seals.import_certificate(real, WHO, HRSS, service.returned(service.certify(asked(real))), anchor=service.anchor)
    first = authorities.add(real, WHO, AUTHORITY).document_key
    order = seals.request(real, WHO, HRSS, owner=None)
    assert order.key.key_id != first
    assert order.owner == OWNER
    leaf = service.certify(order.request, begin=NOW)
    taken = seals.import_certificate(real, WHO, HRSS, service.returned(leaf))
    assert taken.in_register
    with real.register.read() as session:
        assert active_certificate(session, authority=HRSS).certificate == leaf
    assert Orders(real.home.certificates).find(HRSS) is None


def test_a_key_that_the_service_made_is_stored_and_its_file_left_alone(real: OpenedHome, service: Service) -> None:
    key = Key("made by the service")
    leaf = service.certificate(subject=subject(NAME, CODE), key=key.private.public_key())
    container = service.container(key.private, leaf, b"123456")
    taken = seals.import_pkcs12(real, WHO, HRSS, container, b"123456", owner=OWNER, anchor=service.anchor)
    assert taken.order.key == key.public
    with pytest.raises(ConflictError) as refused:
        seals.request(real, WHO, HRSS, owner=None)
    assert refused.value.code == "request_differs", "there is no request to write"
    signer = real.custody.signer(KeyUse.DOCUMENT, key.key_id)
    key.public.verify(signer.sign(b"message"), b"message")
    assert authorities.add(real, WHO, AUTHORITY).document_key == key.key_id


@pytest.mark.parametrize(
    ("password", "owner", "code"),
    [
        (b"654321", OWNER, "pkcs12_password"),
        (b"123456", None, "owner_missing"),
        (b"123456", replace(OWNER, name="示范市人社局"), "certificate_name"),
    ],
)
def test_a_pkcs12_file_that_does_not_do_leaves_no_key(
    password: bytes, owner: Owner | None, code: str, real: OpenedHome, service: Service
) -> None:
    key = Key("made by the service")
    leaf = service.certificate(subject=subject(NAME, CODE), key=key.private.public_key())
    container = service.container(key.private, leaf, b"123456")
    with pytest.raises(CodedError) as refused:
        seals.import_pkcs12(real, WHO, HRSS, container, password, owner=owner, anchor=service.anchor)
    assert refused.value.code == code
    assert [each for each in real.custody.held() if each.use == KeyUse.DOCUMENT] == []


def test_nothing_is_taken_in_that_was_not_asked_for(real: OpenedHome, service: Service) -> None:
    with pytest.raises(NotFoundError) as refused:
        seals.import_certificate(real, WHO, HRSS, service.anchor, anchor=service.anchor)
    assert refused.value.code == "no_seal_request"


@pytest.mark.parametrize("changes", [{"name": f"{NAME}演示"}, {"seal_text": "演练专用章"}])
def test_a_real_authority_says_no_mark(changes: dict[str, str], real: OpenedHome) -> None:
    with pytest.raises(InputError) as refused:
        authorities.add(real, WHO, replace(AUTHORITY, **changes))  # type: ignore[arg-type]
    assert refused.value.code == "marked_name"


# What has no legal effect


@pytest.mark.slow
@pytest.mark.parametrize(("training", "mark", "other"), [(False, "演示", "演练"), (True, "演练", "演示")])
def test_a_home_without_legal_effect_certifies_itself_and_says_which(
    training: bool, mark: str, other: str, tmp_path: Path
) -> None:
    home = opened(made(tmp_path / "home", training=training))
    with pytest.raises(ConflictError) as refused:
        seals.request(home, WHO, HRSS, owner=OWNER)
    assert refused.value.code == "certifies_itself"
    authorities.add(home, WHO, replace(AUTHORITY, contact=Contacts(zh=Contact(address="示范路1号"), en=NO_CONTACT)))
    with home.register.read() as session:
        seal = active_certificate(session, authority=HRSS)
    for each in (seal.certificate, *seal.chain):
        said = each.subject.rfc4514_string()
        assert mark in said
        assert other not in said
    content = trust.draft(home).content
    assert content.demonstration
    [contact] = [each.contact for each in content.authorities]
    assert contact.zh.address == ("演练：不具法律效力；示范路1号" if training else "示范路1号")
    assert contact.en.address == ("Training: without legal effect" if training else "")


@pytest.mark.slow
def test_a_training_home_refuses_contacts_that_leave_no_room_for_its_mark(tmp_path: Path) -> None:
    home = opened(made(tmp_path / "home", training=True))
    authorities.add(home, WHO, AUTHORITY)
    long = Contacts(zh=Contact(address="长" * MAX_CONTACT_TEXT), en=NO_CONTACT)
    with pytest.raises(InputError) as refused:
        authorities.change_contact(home, WHO, HRSS, lambda _: long)
    assert refused.value.code == "contact_marked"


@pytest.mark.slow
def test_two_who_ask_at_once_get_one_key_and_one_request(real: OpenedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    meet(monkeypatch, "issuer.services.seals.certificate_request", 2)
    first, second = together(*[partial(seals.request, real, WHO, HRSS, owner=OWNER)] * 2)
    assert (first.key, first.request) == (second.key, second.request)
    assert len(audited(real, "seal.request")) == 1
