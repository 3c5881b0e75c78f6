"""A person's signature is made while nobody is in a transaction: it may take a passphrase or a walk to a safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509

from credential.history import Act
from credential.signing import KeyUse, Signer, VerifyKey
from issuer.db.sessions import Register
from issuer.home.opened import IN_STORE, Custody, HeldKey
from issuer.services import authorities, batches, founding, operators, status, trust
from issuer.services.signing import sign_here
from issuer.vault import Vault
from tests.home.in_memory import grant
from tests.support.custody import OpenedParts, found_in_memory
from tests.support.office import ACTOR, APPROVER, CLERK, DISTRICT, OTHER_LIST, DemoOffice

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Watching:
    """A custody that lets nobody open a key, make one or sign inside a unit of work. It satisfies ``Custody``."""

    custody: Custody
    register: Register
    signed: list[KeyUse] = field(default_factory=list)

    def _nobody_waits(self) -> None:
        assert self.register.engine.pool.checkedout() == 0, "a transaction is open"  # type: ignore[attr-defined]

    def make(self, use: KeyUse, *, label: str, owner: str = "", uri: str = IN_STORE) -> VerifyKey:
        self._nobody_waits()
        return self.custody.make(use, label=label, owner=owner, uri=uri)

    def take(
        self, use: KeyUse, container: bytes, password: bytes, *, label: str
    ) -> tuple[VerifyKey, tuple[x509.Certificate, ...]]:
        self._nobody_waits()
        return self.custody.take(use, container, password, label=label)

    def held(self) -> Sequence[HeldKey]:
        return self.custody.held()

    def end(self, key_id: bytes) -> None:
        self._nobody_waits()
        self.custody.end(key_id)

    def discard(self, key_id: bytes) -> None:
        self._nobody_waits()
        self.custody.discard(key_id)

    def signer(self, use: KeyUse, key_id: bytes, *, owner: str = "") -> Signer:
        self._nobody_waits()
        return WatchedSigner(self, use, self.custody.signer(use, key_id, owner=owner))

    def change_passphrase(self, name: str) -> int:
        self._nobody_waits()
        return self.custody.change_passphrase(name)

    def next_vault(self) -> Vault:
        self._nobody_waits()
        return self.custody.next_vault()

    def end_older_vault(self) -> None:
        self.custody.end_older_vault()

    def handed_on(self) -> bytes | None:
        self._nobody_waits()
        return self.custody.handed_on()

    def certify_demonstration(
        self, document_key: VerifyKey, *, authority_name: str, credit_code: str
    ) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
        self._nobody_waits()
        return self.custody.certify_demonstration(document_key, authority_name=authority_name, credit_code=credit_code)


@dataclass(slots=True)
class WatchedSigner:
    """It satisfies ``Signer``."""

    watching: Watching
    use: KeyUse
    signer: Signer

    @property
    def key_id(self) -> bytes:
        return self.signer.key_id

    def sign(self, message: bytes) -> bytes:
        self.watching._nobody_waits()
        self.watching.signed.append(self.use)
        return self.signer.sign(message)


def watched(opened: OpenedParts) -> list[KeyUse]:
    """Watch a home from now on; returns the uses of keys as they sign."""
    watching = Watching(opened.custody, opened.register)
    opened.custody = watching
    return watching.signed


def parts(demo: DemoOffice) -> OpenedParts:
    opened = demo.opened
    return OpenedParts(
        home=demo.home, register=opened.register, custody=opened.custody, vault=opened.vault, clock=demo.clock
    )


def test_founding_signs_outside_its_transaction(founded: DemoOffice, tmp_path: Path) -> None:
    empty = found_in_memory(tmp_path / "other", founded.home.settings, founded.clock)
    signed = watched(empty)
    founding.found(empty, ACTOR)
    assert signed == [KeyUse.ROOT]
    empty.register.close()


def test_operators_and_administrators_sign_outside_transactions(issued: DemoOffice) -> None:
    batch, rejected = issued.store(OTHER_LIST), issued.store("engineering-with-faults-2026.xlsx")
    plan = issued.plan(issued.order(issued.certificates()[0].number))
    opened = parts(issued)
    signed = watched(opened)
    batches.act_here(opened, CLERK, Act.SUBMIT, batch)
    batches.act_here(opened, APPROVER, Act.APPROVE, batch)
    batches.act_here(opened, APPROVER, Act.REJECT, rejected)
    status.act_here(opened, APPROVER, plan)
    assert signed == [KeyUse.OPERATOR] * 4
    signed.clear()
    new = operators.NewOperator(id="newcomer", person="工号 9", name="新来", role="clerk", authority=None)
    operators.add_here(opened, ACTOR, new)
    operators.end_here(opened, ACTOR, "newcomer")
    assert signed == [KeyUse.ADMINISTRATOR] * 2


def test_the_root_signs_outside_transactions(founded: DemoOffice) -> None:
    opened = parts(founded)
    signed = watched(opened)
    authorities.grant(opened, ACTOR, DISTRICT, grant())
    trust.publish_here(opened, ACTOR, trust.draft(opened))
    assert signed == [KeyUse.ROOT]


@pytest.mark.parametrize("kind", ["read", "write"])
def test_the_watch_sees_a_transaction(founded: DemoOffice, kind: str) -> None:
    opened = parts(founded)
    draft = batches.draft(opened, CLERK, Act.SUBMIT, founded.store())
    watched(opened)
    with getattr(opened.register, kind)() as session:
        session.connection()
        with pytest.raises(AssertionError, match="transaction"):
            sign_here(opened, draft)
