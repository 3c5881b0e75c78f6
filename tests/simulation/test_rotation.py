"""Root rotation from end to end: drafted, signed elsewhere, published, and followed by readers that slept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from credential import jose, publication, roots, trustlist
from credential.ceremony import export_request, import_responses, sign_request
from credential.errors import CredentialError
from credential.outcomes import Reason
from credential.roots import Root, encode_root, parse_root, verify_root
from credential.trustform import encode_trust_list
from issuer.errors import ConflictError, InputError
from issuer.publishing.chain import newest_root
from issuer.publishing.memory import MemoryStore as MemoryPublication
from issuer.trust.roots import draft_next_root, may_sign, publish_root
from tests.support.keys import Key
from tests.support.world import NOW, World
from verifier.procedure import verify_credential
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore, StateStore
from verifier.reader.publication import PublicationReader

A, B, C, D, E, STRANGER = (Key(name) for name in ("a", "b", "c", "d", "e", "a stranger"))


class Office:
    """A deployment whose root keys lie elsewhere: all that is signed by them goes through a ceremony."""

    def __init__(self, keys: Sequence[Key] = (A,), threshold: int = 1) -> None:
        self.store = MemoryPublication()
        self.world = World(root_signers=list(keys))
        self.world.roots.clear()
        self.world.add_root(list(keys), threshold=threshold)
        self.certificate = self.world.issue()
        self.holders = list(keys)
        self.publish()

    @property
    def pinned(self) -> bytes:
        return self.store.read(publication.root(1))

    def publish(self) -> None:
        """A trust list of today by the present holders, and a snapshot."""
        self.world.root_signers = self.holders
        self.world.change_trust()
        files = self.world.publish()
        for number in range(2, len(self.world.roots) + 1):
            del files[publication.root(number)]
        self.store.files.update(files)

    def container(self, keys: Sequence[Key], threshold: int, signers: Sequence[Key]) -> bytes:
        """The next root set, by a ceremony with these signers."""
        previous = newest_root(self.store)
        payload = draft_next_root(previous, [key.public for key in keys], threshold, now=NOW)
        request = export_request(payload, roots.TYP)
        responses = [sign_request(request, signer) for signer in signers]
        return import_responses(request, responses, keys=may_sign(previous, payload))

    def rotate(self, keys: Sequence[Key], threshold: int, signers: Sequence[Key]) -> None:
        """Hand over in the order that leaves nobody behind."""
        container = self.container(keys, threshold, signers)
        new = [key for key in keys if key not in self.holders]
        old, self.holders = self.holders, [*self.holders, *new]
        self.publish()
        publish_root(self.store, container, now=NOW)
        self.holders = [key for key in (*old, *new) if key in keys]
        self.publish()

    def ask(self, pinned: bytes | None = None, store: StateStore | None = None) -> Reason:
        fetcher = MemoryFetcher(self.store.files)
        reader = PublicationReader(fetcher, pinned or self.pinned, store=store or MemoryStore())
        return verify_credential(self.certificate.credential, reader, now=NOW).reason


@pytest.mark.parametrize(
    ("sentence", "rotations"),
    [
        ("a key takes the place of another", [([B], 1, [A, B])]),
        ("a second key comes and both must sign", [([A, B], 2, [A, B])]),
        ("two of three, then one leaves", [([A, B, C], 2, [A, B, C]), ([A, B], 2, [A, B])]),
        ("three hand over to one", [([A, B, C], 3, [A, B, C]), ([D], 1, [A, B, C, D])]),
        ("the threshold falls", [([A, B], 2, [A, B]), ([A, B], 1, [A, B])]),
        ("three times in a year", [([B], 1, [A, B]), ([C], 1, [B, C]), ([D], 1, [C, D])]),
    ],
)
def test_readers_go_on_when(sentence: str, rotations: list[tuple[list[Key], int, list[Key]]]) -> None:
    office, sleeper, watcher = Office(), MemoryStore(), MemoryStore()
    assert office.ask(store=sleeper) is office.ask(store=watcher) is Reason.IN_FORCE
    for keys, threshold, signers in rotations:
        office.rotate(keys, threshold, signers)
        assert office.ask(store=watcher) is Reason.IN_FORCE, sentence
    assert office.ask(store=sleeper) is Reason.IN_FORCE, sentence
    assert office.ask() is Reason.IN_FORCE, sentence
    assert newest_root(office.store).root.version == len(rotations) + 1


def test_between_the_steps_of_a_handover_nobody_is_left_behind() -> None:
    office = Office()
    container = office.container([B], 1, [A, B])
    office.holders = [A, B]
    office.publish()
    assert office.ask() is Reason.IN_FORCE
    publish_root(office.store, container, now=NOW)
    assert office.ask() is Reason.IN_FORCE


@pytest.mark.parametrize(
    ("sentence", "keys", "signers", "code"),
    [
        ("only the old keys signed", [C], [A, B], "too_few_signatures"),
        ("only the new key signed", [C], [C], "too_few_signatures"),
        ("one of the two old ones is missing", [C], [A, C], "too_few_signatures"),
        ("one of the two new ones is missing", [C, D], [A, B, C], "too_few_signatures"),
        ("a stranger signed in a holder's place", [C], [A, C, STRANGER], "foreign_key"),
    ],
)
def test_a_root_set_is_not_published_when(sentence: str, keys: list[Key], signers: list[Key], code: str) -> None:
    office = Office([A, B], threshold=2)
    with pytest.raises(CredentialError) as refusal:
        publish_root(office.store, office.container(keys, len(keys), signers), now=NOW)
    assert refusal.value.code == code, sentence
    assert not office.store.has(publication.root(2)), sentence


def test_a_root_set_that_the_present_trust_list_does_not_carry_on_is_not_published() -> None:
    """Every reader would follow to the new set and refuse the list of the old one."""
    office = Office()
    container = office.container([B], 1, [A, B])
    with pytest.raises(ConflictError) as refusal:
        publish_root(office.store, container, now=NOW)
    assert refusal.value.code == "trust_list_left_behind"
    assert office.ask() is Reason.IN_FORCE


def test_a_list_that_no_snapshot_names_yet_does_not_help_the_readers_of_now() -> None:
    office = Office()
    container = office.container([B], 1, [A, B])
    version = office.world.trust.version + 1
    office.world.change_trust()
    payload = encode_trust_list(office.world.trust)
    ready = jose.join([jose.sign(payload, key, typ=trustlist.TYP) for key in (A, B)])
    office.store.put(publication.trust_list(version), ready)
    with pytest.raises(ConflictError) as refusal:
        publish_root(office.store, container, now=NOW)
    assert refusal.value.fields["version"] == version - 1


def test_the_first_set_may_be_replaced_before_there_is_any_trust_list() -> None:
    store = MemoryPublication()
    world = World(root_signers=[A])
    store.put(publication.root(1), world.pinned_root)
    previous = newest_root(store)
    payload = draft_next_root(previous, [B.public], 1, now=NOW)
    request = export_request(payload, roots.TYP)
    container = import_responses(request, [sign_request(request, k) for k in (A, B)], keys=may_sign(previous, payload))
    assert publish_root(store, container, now=NOW).root.version == 2


def _usurp(office: Office) -> None:
    payload = encode_root(Root(version=5, iat=NOW, demonstration=True, keys=(STRANGER.public,), threshold=1))
    data = jose.join([jose.sign(payload, STRANGER, typ=roots.TYP)])
    office.store.files[publication.root(5)] = data


def _too_few(office: Office) -> None:
    """The third set without the signature of its predecessor's holder."""
    lines = jose.split(office.store.read(publication.root(3)))
    own = [line for line in lines if jose.parse(line, typ=roots.TYP, max_bytes=1 << 20).key_id == C.key_id]
    office.store.files[publication.root(3)] = jose.join(own)


@pytest.mark.parametrize(
    ("sentence", "spoil", "expected"),
    [
        ("nothing is wrong", lambda _office: None, Reason.IN_FORCE),
        (
            "a link is missing",
            lambda office: office.store.files.pop(publication.root(3)),
            Reason.PUBLICATION_UNTRUSTED,
        ),
        ("a link has too few signatures", _too_few, Reason.PUBLICATION_UNTRUSTED),
        ("a stranger adds a link", _usurp, Reason.PUBLICATION_UNTRUSTED),
        (
            "a link is another's copy",
            lambda office: office.store.files.update({publication.root(3): office.store.read(publication.root(2))}),
            Reason.PUBLICATION_UNTRUSTED,
        ),
    ],
)
def test_a_reader_that_slept_through_three_rotations(
    sentence: str, spoil: Callable[[Office], object], expected: Reason
) -> None:
    office, sleeper = Office(), MemoryStore()
    assert office.ask(store=sleeper) is Reason.IN_FORCE
    for old, new in ((A, B), (B, C), (C, D)):
        office.rotate([new], 1, [old, new])
    spoil(office)
    assert office.ask(store=sleeper) is office.ask() is expected, sentence


@pytest.mark.parametrize(
    ("sentence", "keys", "threshold", "code"),
    [
        ("no key", [], 1, "root_keys"),
        ("a key twice", [B, B], 1, "root_keys"),
        ("seventeen keys", [Key(str(number)) for number in range(17)], 1, "root_keys"),
        ("a threshold of none", [B], 0, "root_threshold"),
        ("a threshold beyond the keys", [B], 2, "root_threshold"),
        ("nothing new", [A], 1, "root_unchanged"),
        ("more signatures than a file holds", [Key(str(n)) for n in range(16)], 16, "root_too_many_signatures"),
    ],
)
def test_no_root_set_is_drafted_with(sentence: str, keys: list[Key], threshold: int, code: str) -> None:
    previous = newest_root(Office().store)
    with pytest.raises(InputError) as refusal:
        draft_next_root(previous, [key.public for key in keys], threshold, now=NOW)
    assert refusal.value.code == code, sentence


def test_sixteen_keys_that_all_sign_come_in_two_steps() -> None:
    """One who stays counts for both sets, so as many signatures fit as there are lines."""
    previous = newest_root(Office().store)
    keys = [A, *(Key(str(number)) for number in range(15))]
    payload = draft_next_root(previous, [key.public for key in keys], 16, now=NOW)
    container = jose.join([jose.sign(payload, key, typ=roots.TYP) for key in keys])
    assert verify_root(container, previous).root.threshold == 16
    assert len(container) < roots.MAX_ROOT_BYTES


def test_a_draft_keeps_what_is_not_for_it_to_change() -> None:
    previous = verify_root(World(root_signers=[A]).pinned_root, None)
    later = NOW + timedelta(microseconds=5)
    root = parse_root(draft_next_root(previous, [B.public], 1, now=later))
    assert (root.version, root.demonstration, root.iat) == (2, True, NOW)
