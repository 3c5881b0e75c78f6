"""A trust list and its catalogue whose root keys are elsewhere: sent out, signed, taken back, published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from credential import publication
from credential.catalogue import Catalogue
from credential.ceremony import describe, import_responses, sign_request
from credential.errors import CredentialError
from credential.filings import encode_filings
from issuer.errors import ConflictError, IssuerError
from issuer.publishing.chain import newest_root
from issuer.publishing.memory import MemoryStore as MemoryPublication
from issuer.trust.ceremony import export_catalogue, export_trust_list, publish_catalogue, publish_signed_list
from issuer.trust.lists import Draft
from issuer.trust.meetings import Meetings
from tests.support.keys import Key
from tests.support.sidebyside import codes, meet, together
from tests.support.world import NOW, World
from verifier.reader.fetchers import MemoryFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader
from verifier.reader.view import PublicationView

A, B = Key("a"), Key("b")


class Office:
    """A publication with a root of two keys that must both sign, and nothing else yet."""

    def __init__(self) -> None:
        self.store = MemoryPublication()
        self.world = World(root_signers=[A, B])
        self.world.roots.clear()
        self.store.put(publication.root(1), self.world.add_root([A, B], threshold=2))
        self.filings = encode_filings(self.world.filings)

    def draft(self) -> Draft:
        content = replace(self.world.trust, filings_digest=sha256(self.filings).digest(), iat=NOW)
        catalogue = Catalogue.load_builtin().to_json()
        return Draft(content=content, filings=self.filings, catalogue=catalogue, changes=())

    def sign(self, request: bytes | None, *signers: Key) -> bytes:
        assert request is not None
        responses = [sign_request(request, signer) for signer in signers]
        return import_responses(request, responses, keys=newest_root(self.store).keys)

    def publish(self, *signers: Key, filings: bytes | None = None) -> None:
        container = self.sign(export_trust_list(self.store, self.draft()), *signers)
        publish_signed_list(self.store, container, filings or self.filings, now=NOW)


def test_a_deployment_whose_root_keys_are_never_here() -> None:
    office = Office()
    catalogue = office.sign(export_catalogue(office.store, office.draft()), A, B)
    assert publish_catalogue(office.store, catalogue) == 1
    assert export_catalogue(office.store, office.draft()) is None
    office.publish(A, B)
    lines = describe(export_trust_list(office.store, office.draft()))
    assert f"catalogue 1, file {sha256(catalogue).hexdigest()}" in lines
    published = trust_reader(office)
    assert published.names().titles[5002] == "高级工程师"
    assert published.filings().content == office.world.filings


def trust_reader(office: Office) -> PublicationView:
    """A reader's view, behind a snapshot over nothing."""
    world = office.world
    world.trust = replace(world.trust, version=1)
    world._trust_bytes = office.store.read(publication.trust_list(1))
    snapshot = world.publish(trust_version=1, trust_digest=sha256(world._trust_bytes).digest())
    for path, data in snapshot.items():
        if not path.startswith(("trust/", "catalogue/")):
            office.store.files[path] = data
    pinned = office.store.read(publication.root(1))
    reader = PublicationReader(MemoryFetcher(office.store.files), pinned, store=MemoryStore())
    return reader.view(NOW)


def ready() -> Office:
    office = Office()
    publish_catalogue(office.store, office.sign(export_catalogue(office.store, office.draft()), A, B))
    return office


def twice(office: Office) -> None:
    container = office.sign(export_trust_list(office.store, office.draft()), A, B)
    publish_signed_list(office.store, container, office.filings, now=NOW)
    publish_signed_list(office.store, container, office.filings, now=NOW)


def late(office: Office) -> None:
    container = office.sign(export_trust_list(office.store, office.draft()), A, B)
    publish_signed_list(office.store, container, office.filings, now=NOW + timedelta(days=400))


def other_catalogue(office: Office) -> None:
    container = office.sign(export_trust_list(office.store, office.draft()), A, B)
    office.store.files[publication.catalogue(1)] = b"another"
    publish_signed_list(office.store, container, office.filings, now=NOW)


@pytest.mark.parametrize(
    ("sentence", "act", "code"),
    [
        ("one of two keys signed", lambda office: office.publish(A), "too_few_signatures"),
        ("a stranger signed as well", lambda office: office.publish(A, B, Key("c")), "foreign_key"),
        ("filings have changed since", lambda office: office.publish(A, B, filings=b"{}"), "filings_changed"),
        ("it is published already", twice, "trust_list_not_next"),
        ("it came back after its end", late, "trust_expired"),
        ("the catalogue is another one now", other_catalogue, "catalogue_changed"),
    ],
)
def test_a_list_is_not_published_when(sentence: str, act: Callable[[Office], object], code: str) -> None:
    with pytest.raises((CredentialError, IssuerError)) as refusal:
        act(ready())
    assert isinstance(refusal.value, CredentialError | IssuerError)
    assert refusal.value.code == code, sentence


def test_a_list_is_not_sent_out_before_its_catalogue() -> None:
    office = Office()
    with pytest.raises(ConflictError) as refusal:
        export_trust_list(office.store, office.draft())
    assert refusal.value.code == "catalogue_not_signed"


def test_a_catalogue_needs_the_roots_threshold() -> None:
    office = Office()
    with pytest.raises(CredentialError) as refusal:
        publish_catalogue(office.store, office.sign(export_catalogue(office.store, office.draft()), B))
    assert refusal.value.code == "too_few_signatures"


def test_two_responses_that_come_at_once_are_both_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, meetings = Office(), Meetings(tmp_path / "meetings")
    request = export_catalogue(office.store, office.draft())
    assert request is not None
    meetings.open("catalogue-1", request)
    responses = [sign_request(request, each) for each in (A, B)]
    meet(monkeypatch, "issuer.trust.meetings.import_responses", 2)
    outcomes = together(
        *(partial(meetings.collect, each, lambda _: newest_root(office.store).keys) for each in responses)
    )
    assert codes(outcomes) == [None, None]
    assert sorted(meetings.required("catalogue-1").signers) == sorted([A.key_id, B.key_id])
