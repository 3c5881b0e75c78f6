"""The reader: what it believes, what it remembers, what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest

from credential import publication
from credential.errors import NotTrustedError
from credential.history import EventKind
from credential.kdf import prefix
from credential.outcomes import Outcome, Reason
from credential.roots import verify_root
from credential.shards import encode_manifest, parse_manifest
from credential.snapshot import parse_snapshot
from credential.statuslist import Status
from tests.support.keys import Key
from tests.support.world import NOW, World
from tests.vectors.served import payload_of, resigned
from verifier.errors import TrustError, UsageError
from verifier.procedure import verify_check_code, verify_credential, verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import Memory, MemoryStore, StateStore
from verifier.reader.names import read_names
from verifier.reader.publication import PublicationReader
from verifier.reader.trusted import TrustedSet

SECOND = timedelta(seconds=1)


def reader_of(
    world: World, store: StateStore | None = None, **options: timedelta
) -> tuple[PublicationReader, MemoryFetcher]:
    fetcher = MemoryFetcher(world.publish())
    return PublicationReader(fetcher, world.pinned_root, store=store or MemoryStore(), **options), fetcher


def reason_of(call: Callable[[], object]) -> Reason:
    with pytest.raises(TrustError) as refusal:
        call()
    return refusal.value.reason


def test_the_trusted_set_takes_its_files_in_one_order_only() -> None:
    world = World()
    files = world.publish()
    snapshot = parse_snapshot(files[publication.SNAPSHOT])
    trusted = TrustedSet(verify_root(world.pinned_root, None), None)
    with pytest.raises(RuntimeError):
        trusted.update_snapshot(snapshot, now=NOW)
    trusted.update_trust_list(files[publication.trust_list(1)], snapshot, now=NOW)
    with pytest.raises(RuntimeError):
        trusted.update_root(files[publication.root(1)])
    with pytest.raises(RuntimeError):
        trusted.update_trust_list(files[publication.trust_list(1)], snapshot, now=NOW)
    trusted.update_snapshot(snapshot, now=NOW)
    assert trusted.snapshot is not None


def test_an_expired_snapshot_is_remembered_before_it_is_refused() -> None:
    """Else whoever holds a reader's clock back could show it the snapshot before."""
    world = World()
    old = world.publish()
    reader, fetcher = reader_of(world)
    assert reason_of(lambda: reader.view(NOW + timedelta(days=1))) is Reason.PUBLICATION_EXPIRED
    fetcher.files = old
    assert reason_of(lambda: reader.view(NOW)) is Reason.ROLLBACK


def test_that_a_trust_list_was_rolled_back_is_told_before_its_end() -> None:
    world = World()
    old = world.publish()
    world.change_trust()
    reader, fetcher = reader_of(world)
    reader.view(NOW)
    fetcher.files = old
    assert reason_of(lambda: reader.view(world.trust.exp)) is Reason.ROLLBACK


def test_a_remembered_root_saves_the_walk_and_cannot_be_taken_back() -> None:
    world, store = World(), MemoryStore()
    world.add_root([Key("root 2")])
    reader_of(world, store)[0].view(NOW)
    assert store.load() is not None
    fetcher = MemoryFetcher(world.files)
    PublicationReader(fetcher, world.pinned_root, store=store).view(NOW)
    assert publication.root(2) not in fetcher.asked
    assert publication.root(3) in fetcher.asked


@pytest.mark.parametrize("root", [b"", b"not a root"])
def test_a_broken_memory_of_the_root_counts_as_none(root: bytes) -> None:
    world, store = World(), MemoryStore()
    digest = bytes(32)
    store.save(Memory(root_version=9, root=root, trust_version=1, trust_digest=digest, seq=1, snapshot_digest=digest))
    trusted = TrustedSet(verify_root(world.pinned_root, None), store.load())
    assert trusted.root.root.version == 1


def test_three_rotations_are_walked_one_by_one() -> None:
    world = World()
    for name in ("root 2", "root 3", "root 4"):
        world.add_root([Key(name)])
    reader, _ = reader_of(world)
    assert reader.view(NOW).root.root.version == 4


def test_a_root_left_out_in_the_middle_ends_the_walk_and_the_list_is_not_believed() -> None:
    world = World()
    world.add_root([Key("root 2")])
    world.add_root([Key("root 3")])
    reader, fetcher = reader_of(world)
    del fetcher.files[publication.root(2)]
    assert reason_of(lambda: reader.view(NOW)) is Reason.PUBLICATION_UNTRUSTED


def test_whether_there_is_a_newer_root_must_be_known() -> None:
    reader, fetcher = reader_of(World())
    fetcher.unreachable.add(publication.root(2))
    assert reason_of(lambda: reader.view(NOW)) is Reason.PUBLICATION_UNREACHABLE


def test_a_pinned_root_that_is_none_is_the_operators_fault() -> None:
    with pytest.raises(UsageError) as refusal:
        PublicationReader(MemoryFetcher({}), b"x", store=MemoryStore())
    assert refusal.value.code == "trust_root"


def test_a_look_is_used_again_while_it_is_young() -> None:
    reader, fetcher = reader_of(World(), max_age=timedelta(seconds=30))
    first = reader.view(NOW)
    fetcher.asked.clear()
    assert reader.view(NOW + timedelta(seconds=29)).snapshot is first.snapshot
    assert fetcher.asked == []
    reader.view(NOW + timedelta(seconds=30))
    assert fetcher.asked == [publication.root(2), publication.SNAPSHOT]


def test_a_young_look_is_not_used_behind_the_snapshots_end_or_before_it_was_taken() -> None:
    reader, fetcher = reader_of(World(), max_age=timedelta(days=9))
    reader.view(NOW)
    assert reason_of(lambda: reader.view(NOW + timedelta(days=1))) is Reason.PUBLICATION_EXPIRED
    fetcher.asked.clear()
    reader.view(NOW)
    reader.view(NOW - SECOND)
    assert fetcher.asked.count(publication.SNAPSHOT) == 1


def test_a_publication_that_did_not_move_is_not_verified_again_but_what_another_process_saw_counts() -> None:
    world, store = World(), MemoryStore()
    reader, fetcher = reader_of(world, store)
    first = reader.view(NOW)
    assert reader.view(NOW + SECOND).snapshot is first.snapshot
    newer = MemoryFetcher(world.publish())
    PublicationReader(newer, world.pinned_root, store=store).view(NOW + SECOND)
    assert reason_of(lambda: reader.view(NOW + SECOND)) is Reason.ROLLBACK
    fetcher.files = newer.files
    assert reader.view(NOW + SECOND).snapshot is not first.snapshot


def one_file_under_two_names(member: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(snapshot: dict[str, Any]) -> dict[str, Any]:
        first, second = snapshot[member]
        return {**snapshot, member: [first, {**first, "id": 1} if isinstance(second, dict) else first]}

    return change


@pytest.mark.parametrize("member", ["status", "manifests"])
def test_what_was_read_for_one_place_answers_for_no_other(member: str) -> None:
    """A publisher who names one file for two places must not depend on who is checked first."""
    world = World(lists=2, prefix_length=2, records=1000)
    certificates = [world.issue() for _ in range(16)]
    for certificate in certificates:
        if prefix(certificate.claims.cti, 1) == 1:
            certificate.status = Status.WITHDRAWN
    files = world.publish()
    resigned(one_file_under_two_names(member))(files)
    ones = [each for each in certificates if prefix(each.claims.cti, 1) == 1]

    def reasons(reader: PublicationReader) -> list[Reason]:
        return [verify_credential(each.credential, reader, now=NOW).reason for each in ones]

    cold = PublicationReader(MemoryFetcher(files), world.pinned_root, store=MemoryStore())
    warm = PublicationReader(MemoryFetcher(files), world.pinned_root, store=MemoryStore())
    for each in certificates:
        verify_credential(each.credential, warm, now=NOW)
    wanted = Reason.STATUS_UNTRUSTED if member == "status" else Reason.HISTORY_UNTRUSTED
    assert set(reasons(cold)) == set(reasons(warm)) == {wanted}


def test_a_shard_that_was_read_for_one_place_answers_for_no_other() -> None:
    world = World(prefix_length=1, records=1000)
    certificates = [world.issue() for _ in range(16)]
    files = world.publish()
    (named,) = payload_of(files, publication.SNAPSHOT)["manifests"]
    first, _ = parse_manifest(files[publication.shard(named)], number=0, prefix_length=1)
    manifest = encode_manifest([first, first], number=0, prefix_length=1)
    other = sha256(manifest).hexdigest()
    files[publication.shard(other)] = manifest
    resigned(lambda snapshot: {**snapshot, "manifests": [other]})(files)
    reader = PublicationReader(MemoryFetcher(files), world.pinned_root, store=MemoryStore())
    found = {
        (prefix(each.claims.cti, 1), verify_credential(each.credential, reader, now=NOW).reason)
        for each in sorted(certificates, key=lambda each: prefix(each.claims.cti, 1))
    }
    assert found == {(0, Reason.IN_FORCE), (1, Reason.HISTORY_UNTRUSTED)}


def test_a_list_that_was_read_before_its_key_lost_the_assignment_is_not_read_after() -> None:
    world = World()
    certificate = world.issue()
    reader, fetcher = reader_of(world)
    assert verify_credential(certificate.credential, reader, now=NOW).reason is Reason.IN_FORCE
    world.add_key(Key("status 2"), "status")
    (assignment,) = world.trust.status
    world.change_trust(status=(replace(assignment, kids=(Key("status 2").key_id,)),))
    fetcher.files = world.publish()
    assert verify_credential(certificate.credential, reader, now=NOW).reason is Reason.STATUS_UNTRUSTED


def test_one_check_asks_for_one_manifest_one_shard_one_list_and_nothing_that_the_credential_names() -> None:
    world = World(lists=4, prefix_length=2, padding=600)
    certificate = world.issue()
    world.issue()
    reader, fetcher = reader_of(world)
    assert verify_qr_text(certificate.qr_text, reader, now=NOW).outcome is Outcome.VALID
    folders = sorted(path.rpartition("/")[0] for path in fetcher.asked)
    assert folders == ["", "catalogue", "shards", "shards", "status/at", "trust/filings", "trust/list", "trust/roots"]
    fetcher.asked.clear()
    assert verify_qr_text(certificate.qr_text, reader, now=NOW).outcome is Outcome.VALID
    assert sorted(fetcher.asked) == [publication.SNAPSHOT, publication.root(2)]


def test_every_certificate_of_a_larger_register_is_found_by_either_way() -> None:
    world = World(lists=4, prefix_length=3, padding=1100)
    certificates = [world.issue() for _ in range(20)]
    reader, _ = reader_of(world, max_age=timedelta(minutes=1))
    for certificate in certificates:
        assert verify_qr_text(certificate.qr_text, reader, now=NOW).outcome is Outcome.VALID
        assert verify_check_code(certificate.check_code, reader, now=NOW).outcome is Outcome.VALID


def test_a_list_that_is_not_the_certificates_own_is_not_its_status() -> None:
    world = World(lists=2)
    certificate = world.issue()
    uri = certificate.claims.status.uri
    other = uri.replace("/0.", "/1.") if "/0." in uri else uri.replace("/1.", "/0.")
    moved = world.issue(cti=bytes(certificate.claims.cti), status=replace(certificate.claims.status, uri=other))
    world.certificates.remove(certificate)
    reader, _ = reader_of(world)
    assert verify_qr_text(moved.qr_text, reader, now=NOW).reason is Reason.STATUS_UNASSIGNED


class _Moving(MemoryFetcher):
    """A publication that moves on right after a snapshot was fetched, and drops the files of before."""

    def __init__(self, before: dict[str, bytes], after: dict[str, bytes], gone: tuple[str, ...]) -> None:
        super().__init__(before)
        self._after, self._gone = after, gone

    def fetch(self, path: str, max_bytes: int) -> bytes:
        data = super().fetch(path, max_bytes)
        if path == publication.SNAPSHOT:
            kept = {name: each for name, each in self._after.items() if name not in self._gone}
            self.files = kept
        return data


@pytest.mark.parametrize("by_code", [True, False])
def test_a_publication_that_moves_in_between_is_read_once_more_from_its_snapshot(by_code: bool) -> None:
    world = World()
    certificate = world.issue()
    before = world.publish()
    world.append(certificate, EventKind.WITHDRAWN)
    world.now = NOW + SECOND
    after = world.publish()
    fresh = {path for path in after if path not in before}
    gone = tuple(path for path in after if path.startswith(("shards/", "status/at/")) and path not in fresh)
    fetcher = _Moving(before, after, gone)
    reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
    if by_code:
        verdict = verify_check_code(certificate.check_code, reader, now=world.now)
    else:
        verdict = verify_qr_text(certificate.qr_text, reader, now=world.now)
    assert verdict.outcome is Outcome.WITHDRAWN
    assert fetcher.asked.count(publication.SNAPSHOT) == 2


@pytest.mark.parametrize(
    ("folder", "reason"), [("shards/", Reason.HISTORY_UNTRUSTED), ("status/at/", Reason.STATUS_UNTRUSTED)]
)
def test_files_of_before_under_the_names_of_now_are_refused(folder: str, reason: Reason) -> None:
    """A host that hides a withdrawal would serve what was true yesterday."""
    world = World()
    certificate = world.issue()
    before = world.publish()
    old = [path for path in before if path.startswith(folder)]
    world.append(certificate, EventKind.WITHDRAWN)
    world.now = NOW + SECOND
    reader, fetcher = reader_of(world)
    for path in set(fetcher.files) - set(before):
        if path.startswith(folder):
            same_kind = min(old, key=lambda each: abs(len(before[each]) - len(fetcher.files[path])))
            fetcher.files[path] = before[same_kind]
    assert verify_qr_text(certificate.qr_text, reader, now=world.now).reason is reason


def test_a_status_list_that_was_taken_fresh_ends_at_its_own_time() -> None:
    world = World()
    certificate = world.issue()
    files = world.publish(exp=NOW + timedelta(hours=48))
    reader = PublicationReader(MemoryFetcher(files), world.pinned_root, store=MemoryStore())
    assert verify_qr_text(certificate.qr_text, reader, now=NOW).outcome is Outcome.VALID
    late = verify_qr_text(certificate.qr_text, reader, now=NOW + timedelta(hours=24))
    assert (late.reason, late.genuine, late.in_force) == (Reason.STATUS_EXPIRED, True, None)


def test_a_catalogue_that_the_trust_list_does_not_name_gives_no_names() -> None:
    world = World()
    trust = reader_of(world)[0].view(NOW).trust
    container = world.files[publication.catalogue(1)]
    assert read_names(container, trust).titles[5002] == "高级工程师"
    with pytest.raises(NotTrustedError) as refusal:
        read_names(world.files[publication.trust_list(1)], trust)
    assert refusal.value.code == "wrong_digest"


def test_a_file_that_stays_away_is_asked_for_once_more_only_if_the_snapshot_moved() -> None:
    world = World()
    certificate = world.issue()
    reader, fetcher = reader_of(world)
    for path in [each for each in fetcher.files if each.startswith("shards/")]:
        del fetcher.files[path]
    assert verify_qr_text(certificate.qr_text, reader, now=NOW).reason is Reason.HISTORY_UNREACHABLE
    assert sum(path.startswith("shards/") for path in fetcher.asked) == 1


@pytest.mark.parametrize(
    ("unreachable", "reason"),
    [
        (publication.SNAPSHOT, Reason.PUBLICATION_UNREACHABLE),
        ("trust/list/", Reason.PUBLICATION_UNREACHABLE),
        ("shards/", Reason.HISTORY_UNREACHABLE),
        ("trust/filings/", Reason.FILINGS_UNREACHABLE),
        ("status/at/", Reason.STATUS_UNREACHABLE),
    ],
)
def test_what_cannot_be_reached_is_no_finding(unreachable: str, reason: Reason) -> None:
    world = World()
    certificate = world.issue()
    reader, fetcher = reader_of(world)
    fetcher.unreachable = {path for path in fetcher.files if path.startswith(unreachable)}
    verdict = verify_qr_text(certificate.qr_text, reader, now=NOW)
    assert verdict.reason is reason
    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.genuine is (True if reason is Reason.STATUS_UNREACHABLE else None)
    assert verdict.in_force is None
    assert verdict.status is None


def test_what_has_no_form_is_refused_even_when_nothing_can_be_reached() -> None:
    reader = PublicationReader(MemoryFetcher({}), World().pinned_root, store=MemoryStore())
    assert verify_credential(b"\x00", reader, now=NOW).outcome is Outcome.MALFORMED
    assert verify_check_code("short", reader, now=NOW).reason is Reason.BAD_CODE


def test_a_day_in_the_future_has_no_answer() -> None:
    world = World()
    certificate = world.issue()
    reader, _ = reader_of(world)
    assert verify_qr_text(certificate.qr_text, reader, now=NOW, at=date(2026, 11, 21)).outcome is Outcome.VALID
    with pytest.raises(UsageError) as refusal:
        verify_qr_text(certificate.qr_text, reader, now=NOW, at=date(2026, 11, 22))
    assert refusal.value.code == "at_in_future"


def test_a_snapshot_larger_than_any_is_untrusted_and_not_unreachable() -> None:
    reader, fetcher = reader_of(World())
    fetcher.files[publication.SNAPSHOT] = bytes((1 << 20) + 1)
    assert reason_of(lambda: reader.view(NOW)) is Reason.PUBLICATION_UNTRUSTED


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("shards/", Reason.HISTORY_UNTRUSTED),
        ("trust/filings/", Reason.FILINGS_UNREACHABLE),
        ("status/at/", Reason.STATUS_UNTRUSTED),
    ],
)
def test_a_named_file_larger_than_any_is_untrusted_and_not_unreachable(folder: str, reason: Reason) -> None:
    world = World()
    certificate = world.issue()
    reader, fetcher = reader_of(world)
    for path in [each for each in fetcher.files if each.startswith(folder)]:
        fetcher.files[path] = bytes((16 << 20) + 1)
    assert verify_qr_text(certificate.qr_text, reader, now=NOW).reason is reason
