"""What a host learns from the files of one check: a shard's bits of the prefix, and nothing more (FORMAT 5.3, 7)."""

from __future__ import annotations

import pytest

from credential import publication
from credential.history import EventKind
from credential.kdf import prefix
from credential.statuslist import lists_beside
from credential.verdict import Outcome, Reason
from tests.support.world import NOW, Certificate, World
from verifier.procedure import verify_check_code, verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader

Scene = tuple[World, list[Certificate], dict[str, bytes]]


def scene(*, lists: int, prefix_length: int) -> Scene:
    world = World(lists=lists, prefix_length=prefix_length)
    certificates = [world.issue() for _ in range(24)]
    return world, certificates, world.publish(records=128 << prefix_length)


def asked(world: World, files: dict[str, bytes], certificate: Certificate, *, by_code: bool) -> list[str]:
    """All that a reader without any memory asks for, in its order."""
    fetcher = MemoryFetcher(files)
    reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
    if by_code:
        verdict = verify_check_code(certificate.check_code, reader, now=NOW)
    else:
        verdict = verify_qr_text(certificate.qr_text, reader, now=NOW)
    assert verdict.outcome is Outcome.VALID
    return fetcher.asked


@pytest.mark.parametrize("by_code", [False, True])
@pytest.mark.parametrize(("lists", "prefix_length"), [(1, 0), (8, 0), (8, 1), (8, 3), (2, 3)])
def test_certificates_of_one_shard_ask_for_the_same_files_in_the_same_order(
    lists: int, prefix_length: int, by_code: bool
) -> None:
    world, certificates, files = scene(lists=lists, prefix_length=prefix_length)
    questions: dict[int, set[tuple[str, ...]]] = {}
    for each in certificates:
        shard = prefix(each.claims.cti, prefix_length)
        questions.setdefault(shard, set()).add(tuple(asked(world, files, each, by_code=by_code)))
    assert len(questions) == 1 << prefix_length, "every shard is asked for by some"
    assert all(len(same) == 1 for same in questions.values())


def test_no_more_lists_than_the_shard_makes_necessary() -> None:
    world, (certificate, *_), files = scene(lists=8, prefix_length=1)
    lists = [path for path in asked(world, files, certificate, by_code=False) if path.startswith("status/at/")]
    beside = lists_beside(prefix(certificate.claims.cti, 3), lists=8, prefix_length=1)
    assert lists == [status_path(world, each) for each in beside]
    assert len(beside) == 4


def status_path(world: World, list_id: int) -> str:
    reader = PublicationReader(MemoryFetcher(world.files), world.pinned_root, store=MemoryStore())
    return publication.status_at(reader.view(NOW).snapshot.status_digest(list_id).hex())


def test_a_list_that_is_held_back_is_asked_for_by_every_check_whichever_needs_it() -> None:
    """A host that drops one list must not see from the next requests who needed it."""
    world, certificates, files = scene(lists=4, prefix_length=0)
    dropped = status_path(world, 2)
    del files[dropped]
    fetcher = MemoryFetcher(files)
    reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
    seen: set[Reason] = set()
    for each in certificates:
        fetcher.asked.clear()
        verdict = verify_qr_text(each.qr_text, reader, now=NOW)
        needs_it = prefix(each.claims.cti, 2) == 2
        assert verdict.reason is (Reason.STATUS_UNREACHABLE if needs_it else Reason.IN_FORCE)
        assert fetcher.asked.count(dropped) == 1
        seen.add(verdict.reason)
    assert seen == {Reason.STATUS_UNREACHABLE, Reason.IN_FORCE}


def test_what_is_kept_is_not_asked_for_again() -> None:
    world, certificates, files = scene(lists=4, prefix_length=0)
    fetcher = MemoryFetcher(files)
    reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
    for each in certificates:
        assert verify_qr_text(each.qr_text, reader, now=NOW).outcome is Outcome.VALID
    assert sum(path.startswith("status/at/") for path in fetcher.asked) == 4


def test_lists_that_did_not_change_outlive_the_snapshot_and_no_others_do() -> None:
    world, certificates, _ = scene(lists=4, prefix_length=0)
    withdrawn = certificates[0]
    fetcher = MemoryFetcher(world.files)
    reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
    verify_qr_text(withdrawn.qr_text, reader, now=NOW)
    before = {status_path(world, each) for each in range(4)}
    kept = len(reader.view(NOW)._status_files)
    fetcher.asked.clear()
    world.append(withdrawn, EventKind.WITHDRAWN)
    fetcher.files = world.publish(records=128)
    changed = {status_path(world, each) for each in range(4)} - before
    assert verify_qr_text(withdrawn.qr_text, reader, now=NOW).outcome is Outcome.WITHDRAWN
    assert {path for path in fetcher.asked if path.startswith("status/at/")} == changed
    assert len(changed) == 1
    assert len(reader.view(NOW)._status_files) == kept == 4


@pytest.mark.parametrize("list_id", range(8))
@pytest.mark.parametrize(
    ("prefix_length", "together"), [(0, range(8)), (1, None), (2, None), (3, None), (4, None), (20, None)]
)
def test_lists_beside_share_the_leading_bits(list_id: int, prefix_length: int, together: range | None) -> None:
    shared = max(0, 3 - prefix_length)
    expected = [each for each in range(8) if each >> shared == list_id >> shared]
    assert list(lists_beside(list_id, lists=8, prefix_length=prefix_length)) == expected
    assert together is None or expected == list(together)
