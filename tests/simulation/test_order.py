"""Order does not matter where it must not: and where it does, FORMAT says so and a reader holds it to it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import history, jose, publication, roots, shards
from credential.errors import CredentialError, MalformedError
from credential.history import Detail, Event, EventKind, History, Registration
from credential.roots import Root, encode_root
from credential.sealed import Kind, Record, seal
from credential.snapshot import encode_snapshot, parse_snapshot
from credential.statuslist import Status, StatusArray
from credential.trustform import encode_trust_list, parse_trust_list
from issuer.publishing.records import PublishedShards
from tests.support.keys import Key
from tests.support.layouts import build_in_memory, update_in_memory
from tests.support.world import NOW, PROVINCE, World
from verifier.procedure import verify_check_code, verify_credential
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader

KEYS = [Key("a"), Key("b"), Key("c")]
CTIS = [bytes([number]) * 16 for number in range(8)]


def busy() -> World:
    """Five certificates in four shards and two lists, in every state."""
    world = World(prefix_length=2, records=1000, lists=2)
    for kind in (None, EventKind.SUSPENDED, EventKind.WITHDRAWN, EventKind.CANCELLED, EventKind.ANNOTATED):
        certificate = world.issue()
        if kind is not None:
            world.append(certificate, kind, detail="附注" if kind is EventKind.ANNOTATED else None)
    return world


# --- the order of questions, and so of fetched files -----------------------------------------------------------------

WORLD = busy()
FILES = WORLD.publish()
QUESTIONS = [(each, by_code) for each in WORLD.certificates for by_code in (False, True)]


def ask(reader: PublicationReader, number: int) -> object:
    certificate, by_code = QUESTIONS[number]
    if by_code:
        return verify_check_code(certificate.check_code, reader, now=NOW)
    return verify_credential(certificate.credential, reader, now=NOW)


def new_reader() -> PublicationReader:
    return PublicationReader(MemoryFetcher(FILES), WORLD.pinned_root, store=MemoryStore(), max_age=timedelta(hours=1))


ALONE = [ask(new_reader(), number) for number in range(len(QUESTIONS))]


@pytest.mark.slow
@settings(max_examples=20)
@given(order=st.permutations(range(len(QUESTIONS))), again=st.lists(st.integers(0, len(QUESTIONS) - 1), max_size=5))
def test_what_was_asked_before_changes_no_answer(order: list[int], again: list[int]) -> None:
    """Whatever lies in a reader's caches by then."""
    reader = new_reader()
    for number in [*order, *again]:
        assert ask(reader, number) == ALONE[number]


def test_files_may_lie_in_any_order() -> None:
    shuffled = dict(sorted(FILES.items(), key=lambda item: item[1]))
    reader = PublicationReader(MemoryFetcher(shuffled), WORLD.pinned_root, store=MemoryStore())
    assert [ask(reader, number) for number in range(len(QUESTIONS))] == ALONE


# --- containers ------------------------------------------------------------------------------------------------------


@given(order=st.permutations(KEYS))
def test_signers_sign_in_any_order_and_keys_are_listed_in_any(order: list[Key]) -> None:
    root = Root(version=1, iat=NOW, demonstration=True, keys=tuple(key.public for key in KEYS), threshold=2)
    payload = encode_root(replace(root, keys=tuple(key.public for key in order)))
    container = jose.join([jose.sign(payload, key, typ=roots.TYP) for key in order])
    assert payload == encode_root(root)
    assert container == jose.join([jose.sign(payload, key, typ=roots.TYP) for key in KEYS])


def test_a_container_has_one_order_only() -> None:
    payload = encode_root(
        Root(version=1, iat=NOW, demonstration=True, keys=tuple(key.public for key in KEYS), threshold=1)
    )
    lines = jose.split(jose.join([jose.sign(payload, key, typ=roots.TYP) for key in KEYS]))
    for order in itertools.permutations(lines):
        data = "".join(f"{line}\n" for line in order).encode()
        if order == lines:
            assert jose.split(data) == lines
            continue
        with pytest.raises(MalformedError) as refusal:
            jose.split(data)
        assert refusal.value.code == "not_canonical"


# --- shards, manifests, lists ----------------------------------------------------------------------------------------


def records(cti: bytes, plain: bytes = b"history") -> tuple[Record, ...]:
    return (
        seal(Kind.HISTORY, cti, plain, nonce=cti[:12]),
        seal(Kind.CERTIFICATE, cti + b"code", plain, nonce=cti[:12]),
    )


@given(order=st.permutations(CTIS), turn=st.booleans())
def test_records_are_laid_out_in_any_order(order: list[bytes], turn: bool) -> None:
    straight = build_in_memory(((cti, records(cti)) for cti in CTIS), 2)
    mixed = build_in_memory(((cti, records(cti)[:: -1 if turn else 1]) for cti in order), 2)
    assert (mixed.layout, mixed.manifests, dict(mixed.files)) == (
        straight.layout,
        straight.manifests,
        dict(straight.files),
    )


@pytest.mark.slow
@given(order=st.permutations(CTIS), cut=st.integers(0, len(CTIS)))
def test_changes_may_come_one_by_one_or_together(order: list[bytes], cut: int) -> None:
    """However a night's work is cut into runs, the morning's publication is the same."""
    first = build_in_memory(((cti, records(cti)) for cti in CTIS), 2)
    files, published = dict(first.files), first
    for part in (order[:cut], order[cut:]):
        before = PublishedShards.read(2, published.manifests, files.__getitem__)
        published = update_in_memory(before, {cti: records(cti, b"another") for cti in part})
        files.update(published.files)
    assert published.layout == build_in_memory(((cti, records(cti, b"another")) for cti in CTIS), 2).layout


def test_a_shard_out_of_order_is_refused() -> None:
    from credential import cbor

    sealed = sorted(record for cti in CTIS[:2] for record in records(cti))
    for order in itertools.permutations(sealed):
        data = cbor.encode([1, 0, 0, list(order)])
        if list(order) == sealed:
            assert shards.parse_shard(data, prefix=0, prefix_length=0).records == tuple(sealed)
            continue
        with pytest.raises(MalformedError):
            shards.parse_shard(data, prefix=0, prefix_length=0)


def test_the_rows_of_a_manifest_are_places_and_an_exchange_is_noticed() -> None:
    """Here order matters: a row's place is its prefix, and the shard repeats the prefix."""
    snapshot = parse_snapshot(FILES[publication.SNAPSHOT])
    path = publication.shard(snapshot.content.manifests[0].hex())
    first, second = shards.parse_manifest(FILES[path], number=0, prefix_length=2)
    swapped = shards.encode_manifest([second, first], number=0, prefix_length=2)
    assert swapped != FILES[path]
    with pytest.raises(MalformedError) as refusal:
        shards.parse_shard(FILES[publication.shard(second.hex())], prefix=0, prefix_length=2)
    assert refusal.value.code == "wrong_shard"


@given(order=st.permutations([(5, Status.WITHDRAWN), (4, Status.SUSPENDED), (700000, Status.CANCELLED)]))
def test_entries_of_a_status_list_are_set_in_any_order(order: list[tuple[int, Status]]) -> None:
    array = StatusArray.zeros()
    for index, status in order:
        array = array.with_changes({index: status})
    assert array == StatusArray.zeros().with_changes(dict(order))


def test_status_lists_stand_in_the_order_of_their_ids() -> None:
    content = parse_snapshot(FILES[publication.SNAPSHOT]).content
    turned = encode_snapshot(replace(content, status=content.status[::-1]))
    with pytest.raises(CredentialError):
        parse_snapshot(jose.sign(turned, WORLD.publisher, typ="titlecert-snapshot+jwt").encode())
    trust = encode_trust_list(replace(WORLD.trust, status=WORLD.trust.status[::-1]))
    with pytest.raises(MalformedError):
        parse_trust_list(trust)


# --- events ----------------------------------------------------------------------------------------------------------


def event(kind: EventKind, *, minutes: int, detail: Detail = None) -> Event:
    recorded = NOW + timedelta(minutes=minutes)
    return Event(kind=kind, effective=NOW.date(), recorded=recorded, authority=PROVINCE, detail=detail)


ISSUED = event(EventKind.ISSUED, minutes=0, detail=Registration(digest=bytes(32)))


@pytest.mark.parametrize(
    ("sentence", "kinds", "status"),
    [
        ("suspended, then withdrawn", [EventKind.SUSPENDED, EventKind.WITHDRAWN], Status.WITHDRAWN),
        ("suspended, then reinstated", [EventKind.SUSPENDED, EventKind.REINSTATED], Status.VALID),
        ("cancelled, then withdrawn", [EventKind.CANCELLED, EventKind.WITHDRAWN], Status.WITHDRAWN),
        ("withdrawn, then suspended", [EventKind.WITHDRAWN, EventKind.SUSPENDED], None),
        ("reinstated, then suspended", [EventKind.REINSTATED, EventKind.SUSPENDED], None),
        ("withdrawn, then cancelled", [EventKind.WITHDRAWN, EventKind.CANCELLED], None),
    ],
)
def test_events_of_one_instant_hold_in_the_order_in_which_they_stand(
    sentence: str, kinds: list[EventKind], status: Status | None
) -> None:
    """FORMAT 6: recorded never falls; equal instants are allowed, and nothing sorts them."""
    events = (ISSUED, *(event(kind, minutes=5) for kind in kinds))
    if status is None:
        with pytest.raises(MalformedError):
            History(cti=bytes(16), events=events)
        return
    made = History(cti=bytes(16), events=events)
    key = Key("status")
    read = history.parse(history.sign(made, key)).verify(key.public)
    assert read.events == events, sentence
    assert read.status is status, sentence
    today = read.until(NOW.date())
    assert today is not None
    assert today.status is status, sentence


@given(order=st.permutations([(EventKind.SUSPENDED, 1), (EventKind.REINSTATED, 2), (EventKind.WITHDRAWN, 3)]))
def test_events_of_different_instants_have_one_order_only(order: list[tuple[EventKind, int]]) -> None:
    events = (ISSUED, *(event(kind, minutes=minutes) for kind, minutes in order))
    if [minutes for _, minutes in order] == [1, 2, 3]:
        assert History(cti=bytes(16), events=events).status is Status.WITHDRAWN
        return
    with pytest.raises(MalformedError):
        History(cti=bytes(16), events=events)


def test_certificates_are_told_in_any_order() -> None:
    """The order in which a register lists its certificates is no part of what it publishes."""
    turned = busy()
    turned.certificates.reverse()
    assert turned.publish() == FILES
