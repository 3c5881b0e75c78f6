"""Verification without a publication: what a trust list alone can say."""

from __future__ import annotations

from dataclasses import replace

from credential import publication
from credential.outcomes import Reason, Warn
from credential.roots import verify_root
from tests.support.keys import Key
from tests.support.world import NOW, World
from verifier.procedure import verify_check_code, verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.offline import OfflineReader


def offline(world: World) -> OfflineReader:
    files = world.publish()
    return OfflineReader(files[publication.trust_list(world.trust.version)], verify_root(world.pinned_root, None))


def test_offline_the_facts_are_shown_and_registration_is_said_to_be_unchecked() -> None:
    world = World()
    certificate = world.issue()
    verdict = verify_qr_text(certificate.qr_text, offline(world), now=NOW)
    assert verdict.reason is Reason.REGISTRATION_NOT_CHECKED
    assert verdict.certificate is not None
    assert (verdict.certificate.number, verdict.certificate.issued_on) == (certificate.claims.number, None)
    assert (verdict.genuine, verdict.in_force) == (None, None)


def test_offline_a_proven_refusal_is_still_one() -> None:
    world = World()
    stranger, granted_nothing = world.issue(signer=Key("stranger")), world.issue(level=1, way=6, series=22)
    world.change_authority("demo-hrss", grants=(replace(world.trust.authorities[0].grants[0], levels=frozenset({2})),))
    reader = offline(world)
    assert verify_qr_text(stranger.qr_text, reader, now=NOW).reason is Reason.UNKNOWN_KEY
    assert verify_qr_text(granted_nothing.qr_text, reader, now=NOW).reason is Reason.NO_GRANT


def test_offline_an_old_list_decides_nothing() -> None:
    world = World()
    certificate = world.issue()
    verdict = verify_qr_text(certificate.qr_text, offline(world), now=world.trust.exp)
    assert verdict.reason is Reason.TRUST_EXPIRED
    other = OfflineReader(b"x\n", verify_root(world.pinned_root, None))
    assert verify_qr_text(certificate.qr_text, other, now=NOW).reason is Reason.PUBLICATION_UNTRUSTED


def test_offline_a_check_code_leads_nowhere() -> None:
    world = World()
    certificate = world.issue()
    verdict = verify_check_code(certificate.check_code, offline(world), now=NOW)
    assert verdict.reason is Reason.HISTORY_UNREACHABLE


def test_offline_names_and_filings_count_when_they_were_carried_along() -> None:
    world = World()
    certificate, without = world.issue(), world.issue(basis_reference="示评备〔1999〕999号")
    files = world.publish()
    beside = MemoryFetcher({path: data for path, data in files.items() if path.startswith(("trust/", "catalogue/"))})
    reader = OfflineReader(files[publication.trust_list(1)], verify_root(world.pinned_root, None), beside=beside)
    verdict = verify_qr_text(certificate.qr_text, reader, now=NOW)
    assert (verdict.reason, verdict.warnings) == (Reason.REGISTRATION_NOT_CHECKED, ())
    assert verdict.certificate is not None
    assert verdict.certificate.title_name == "高级工程师"
    assert verdict.certificate.committee_name is not None
    assert verify_qr_text(without.qr_text, reader, now=NOW).reason is Reason.COMMITTEE_NOT_ON_FILE
    for path in beside.files:
        beside.files[path] += b"\n"
    changed = verify_qr_text(certificate.qr_text, reader, now=NOW)
    assert (changed.reason, changed.warnings) == (Reason.REGISTRATION_NOT_CHECKED, (Warn.CATALOGUE_UNREACHABLE,))
    assert changed.certificate is not None
    assert changed.certificate.committee_name is None
