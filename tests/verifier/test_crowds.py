"""What a host learns from the files of one check: a shard's bits of the prefix, and nothing more (FORMAT 5.3, 7)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from credential import publication
from credential.history import EventKind
from credential.kdf import prefix
from credential.outcomes import Outcome, Reason
from credential.statuslist import lists_beside
from tests.conformance.test_mutants import bundle
from tests.support.tools import require_tool
from tests.support.world import NOW, Certificate, World
from tests.vectors.model import Case, Kind
from tests.vectors.served import payload_of
from verifier.procedure import verify_check_code, verify_qr_text
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader

ASKED: Final = Path(__file__).parents[1] / "page" / "asked.mjs"
Scene = tuple[World, list[Certificate], dict[str, bytes]]


def scene(*, lists: int, prefix_length: int) -> Scene:
    world = World(lists=lists, prefix_length=prefix_length)
    certificates = [world.issue() for _ in range(24)]
    return world, certificates, world.publish(records=128 << prefix_length)


@cache
def crowd(*, lists: int, prefix_length: int) -> Scene:
    """A scene that nobody changes."""
    return scene(lists=lists, prefix_length=prefix_length)


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
    world, certificates, files = crowd(lists=lists, prefix_length=prefix_length)
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
    kept = len(reader.view(NOW)._shelf.status_files)
    fetcher.asked.clear()
    world.append(withdrawn, EventKind.WITHDRAWN)
    fetcher.files = world.publish(records=128)
    changed = {status_path(world, each) for each in range(4)} - before
    assert verify_qr_text(withdrawn.qr_text, reader, now=NOW).outcome is Outcome.WITHDRAWN
    assert {path for path in fetcher.asked if path.startswith("status/at/")} == changed
    assert len(changed) == 1
    assert len(reader.view(NOW)._shelf.status_files) == kept == 4


@pytest.mark.parametrize("list_id", range(8))
@pytest.mark.parametrize(
    ("prefix_length", "together"), [(0, range(8)), (1, None), (2, None), (3, None), (4, None), (20, None)]
)
def test_lists_beside_share_the_leading_bits(list_id: int, prefix_length: int, together: range | None) -> None:
    shared = max(0, 3 - prefix_length)
    expected = [each for each in range(8) if each >> shared == list_id >> shared]
    assert list(lists_beside(list_id, lists=8, prefix_length=prefix_length)) == expected
    assert together is None or expected == list(together)


# --- whatever a check finds, and whatever a host holds back ----------------------------------------------------------


def lives() -> Scene:
    """One shard, four lists: certificates in every state, by committee and by exam, one of them never registered."""
    world = World(lists=4)
    certificates = [world.issue() for _ in range(6)]
    certificates += [world.issue(way=3, basis_kind=2) for _ in range(6)]
    for kind, certificate in zip((EventKind.WITHDRAWN, EventKind.SUSPENDED), certificates[4:], strict=False):
        world.append(certificate, kind)
    certificates.append(world.issue(basis_reference="no such filing"))
    certificates.append(world.issue(level=1, way=5))
    omitted = world.issue()
    omitted.registered = omitted.coded = False
    return world, [*certificates, omitted], world.publish()


LIVES: Final = lives()
NAMED: Final = [path for path in LIVES[2] if path.startswith(("status/at/", "shards/", "trust/filings/", "catalogue/"))]


def absent(files: dict[str, bytes], path: str) -> None:
    del files[path]


def other_bytes(files: dict[str, bytes], path: str) -> None:
    files[path] += b"\n"


@pytest.mark.slow
@pytest.mark.parametrize("by_code", [False, True])
@pytest.mark.parametrize("held_back", [*range(len(NAMED)), None])
@pytest.mark.parametrize("change", [absent, other_bytes, None])
def test_a_host_sees_the_same_requests_whatever_it_holds_back_and_whoever_is_checked(
    change: Callable[[dict[str, bytes], str], None] | None, held_back: int | None, by_code: bool
) -> None:
    """A host or publisher that takes a file or a record away must not see from what follows who needed it."""
    world, certificates, files = LIVES
    seen, reasons = set(), set()
    for each in certificates:
        fetcher = MemoryFetcher(files)
        if held_back is not None and change is not None:
            change(fetcher.files, NAMED[held_back])
        elif held_back is not None:
            fetcher.unreachable.add(NAMED[held_back])
        reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
        if by_code:
            reasons.add(verify_check_code(each.check_code, reader, now=NOW).reason)
        else:
            reasons.add(verify_qr_text(each.qr_text, reader, now=NOW).reason)
        seen.add(tuple(sorted(fetcher.asked)))
    assert len(seen) == 1
    assert len(reasons) > 1 or (held_back is not None and NAMED[held_back].startswith("shards/"))


@pytest.mark.slow
def test_the_page_too_asks_the_same_whoever_is_checked() -> None:
    """As above, for JavaScript: every file is held back once, and every certificate asked about."""
    world, certificates, files = LIVES
    cases = [
        Case(
            name=f"{held_back or 'nothing'} {number}",
            kind=Kind.VERDICT,
            outcome=Outcome.VALID,
            reason=Reason.IN_FORCE,
            step=9,
            why="",
            section="",
            root=world.pinned_root,
            qr_texts=(each.qr_text,),
            files={path: data for path, data in files.items() if path != held_back},
        )
        for held_back in (*NAMED, None)
        for number, each in enumerate(certificates)
    ]
    command = [require_tool("node"), str(ASKED)]
    done = subprocess.run(command, input=bundle(cases), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, set[tuple[str, ...]]] = {}
    for name, asked_for in json.loads(done.stdout):
        seen.setdefault(name.rpartition(" ")[0], set()).add(tuple(asked_for))
    assert len(seen) == len(NAMED) + 1
    assert {name: len(same) for name, same in seen.items() if len(same) > 1} == {}


def test_a_look_for_a_newer_snapshot_is_made_whoever_needed_the_file() -> None:
    """The way by which one list is told from its neighbours: take it away and see who looks again."""
    world, certificates, files = LIVES
    digest = payload_of(files, publication.SNAPSHOT)["status"][2]["cwt"]
    looks = set()
    for each in certificates[:4]:
        fetcher = MemoryFetcher(files)
        del fetcher.files[publication.status_at(digest)]
        verify_qr_text(each.qr_text, PublicationReader(fetcher, world.pinned_root, store=MemoryStore()), now=NOW)
        looks.add(fetcher.asked.count(publication.SNAPSHOT))
    assert looks == {2}
