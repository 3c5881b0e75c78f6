"""Certificates as an office looks at them: masked in lists, whole where they are handed out."""

from __future__ import annotations

import pytest

from credential import checkcode
from credential.history import Act, EventKind, Reason
from issuer.errors import NotFoundError
from issuer.services import certificates
from tests.services.elsewhere import code_of
from tests.support.office import ACTOR, DemoOffice


def test_a_list_masks_names_and_holds_no_code(issued: DemoOffice) -> None:
    masked, full = certificates.listed(issued.opened, ACTOR), certificates.listed(issued.opened, ACTOR, full=True)
    assert [each.number for each in masked] == sorted(each.number for each in masked)
    assert len(masked) == 24
    assert all("*" in each.name and each.check_code is None and each.qr_text is None for each in masked)
    assert not any("*" in each.name for each in full)
    for listed, certificate in zip(full, issued.certificates(), strict=True):
        assert listed.qr_text == issued.qr_text(certificate)
        assert checkcode.parse(listed.check_code or "") == issued.content(certificate).check_code
        assert listed.name not in repr(listed)
        assert (listed.check_code or "") not in repr(listed)


def test_one_is_shown_with_its_history(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    issued.change(number, act=Act.SUSPEND, reason=Reason.UNDER_REVIEW)
    shown = certificates.shown(issued.opened, ACTOR, number)
    assert shown.certificate.status == "suspended"
    assert [each.kind for each in shown.events] == [EventKind.ISSUED, EventKind.SUSPENDED]
    for call in (certificates.shown, certificates.document):
        with pytest.raises(NotFoundError) as caught:
            call(issued.opened, ACTOR, "none")
        assert code_of(caught) == "no_certificate"


def test_a_document_that_is_gone_is_not_named(issued: DemoOffice) -> None:
    number = issued.certificates()[0].number
    path = certificates.document(issued.opened, ACTOR, number)
    assert path is not None
    path.unlink()
    assert certificates.document(issued.opened, ACTOR, number) is None
    assert certificates.shown(issued.opened, ACTOR, number).certificate.document is None


@pytest.mark.parametrize("path", ["../home.json", "{home}/home.json", "../../home/home.json", "sf-hrss-0001", "."])
def test_a_path_that_leads_out_of_the_documents_is_no_document(issued: DemoOffice, path: str) -> None:
    """Somebody who owns the register names another file of this machine."""
    number = issued.certificates()[0].number
    issued.raw("UPDATE certificates SET document_path = ?", path.format(home=issued.home.directory))
    assert certificates.document(issued.opened, ACTOR, number) is None
    assert {each.document for each in certificates.listed(issued.opened, ACTOR)} == {None}


@pytest.mark.usefixtures("no_documents")
def test_before_any_is_issued_the_list_is_empty(founded: DemoOffice) -> None:
    assert certificates.listed(founded.opened, ACTOR) == ()
    founded.issue(founded.approved())
    assert {each.document for each in certificates.listed(founded.opened, ACTOR)} == {None}
