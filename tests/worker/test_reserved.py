"""Rows that a run reserved before it died: everything is asked again before they are signed."""

from __future__ import annotations

import pytest

from credential.signing import KeyUse
from issuer.errors import NotAllowedError
from issuer.intake.model import AwardDraft
from issuer.trust.entries import active_key, add_key, end_key
from tests.support.office import DISTRICT, PROVINCE, DemoOffice, drafts


@pytest.fixture
def reserved(founded: DemoOffice, senior_engineer: AwardDraft, monkeypatch: pytest.MonkeyPatch) -> str:
    """A batch of three whose run died behind the reservation."""
    batch = founded.approved_drafts(drafts(3, senior_engineer))
    founded.reserve_and_die(batch, monkeypatch)
    assert founded.raw("SELECT rows_reserved FROM batches WHERE id = ?", batch) == [(3,)]
    return batch


@pytest.mark.slow
def test_what_is_reserved_is_signed_by_the_next_run(founded: DemoOffice, reserved: str) -> None:
    numbers = founded.raw("SELECT number, to_sign FROM certificates ORDER BY number")
    report = founded.issue(reserved)
    assert (len(report.issued), report.refused) == (3, ())
    assert founded.raw("SELECT number, to_sign FROM certificates ORDER BY number") == numbers
    again = founded.issue(reserved)
    assert (again.issued, again.already, again.refused) == ((), 3, ())


@pytest.mark.slow
def test_who_was_barred_meanwhile_is_not_issued(founded: DemoOffice, reserved: str) -> None:
    founded.raw(
        "INSERT INTO integrity_records (id, blind_index, authority, basis, document, term_from, term_until, recorded)"
        " SELECT 'r', blind_index, ?, '依据', '文号', '2026-11-21', NULL, '2026-11-21 02:00:00' FROM holders"
        " WHERE id = (SELECT holder FROM certificates ORDER BY number LIMIT 1)",
        PROVINCE,
    )
    report = founded.issue(reserved)
    assert (len(report.issued), [each.code for each in report.refused]) == (2, ["integrity_unproven"])


@pytest.mark.slow
@pytest.mark.parametrize("ended", [False, True])
def test_what_is_laid_out_for_one_key_is_signed_with_no_other(founded: DemoOffice, reserved: str, ended: bool) -> None:
    """The key before finishes it, unless it ended meanwhile."""
    founded.clock.move(minutes=1)
    key = founded.opened.custody.make(KeyUse.CREDENTIAL, label="credential sf-hrss")
    with founded.opened.register.write() as session:
        before = active_key(session, use="credential", authority=PROVINCE).key.key_id
        add_key(session, key, use="credential", authority=PROVINCE, actor="setup", now=founded.clock())
        if ended:
            end_key(session, before, actor="setup", now=founded.clock())
    founded.publish_trust()
    report = founded.issue(reserved)
    assert {each.code for each in report.refused} == ({"reserved_key"} if ended else set())
    assert [each.credential_kid for each in founded.certificates()] == ([] if ended else [before] * 3)


@pytest.mark.slow
def test_the_key_of_another_authority_signs_nothing(founded: DemoOffice) -> None:
    """The register gives it for the province's; the published trust list knows whose it is."""
    batch = founded.approved()
    founded.raw(
        "UPDATE trust_keys SET authority = CASE authority WHEN ? THEN ? ELSE ? END WHERE use = 'credential'",
        PROVINCE,
        DISTRICT,
        PROVINCE,
    )
    with pytest.raises(NotAllowedError) as caught:
        founded.issue(batch)
    assert caught.value.code == "key_not_good"
    assert founded.raw("SELECT count(*) FROM certificates") == [(0,)]
