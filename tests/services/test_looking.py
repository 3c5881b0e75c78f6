"""Nothing is called done before somebody has looked at the publication as a stranger does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime

import pytest

from cli.checker import check
from credential.history import Act
from issuer.checker import Checked
from issuer.errors import TamperedError
from issuer.publishing.store import PublicationStore
from issuer.services.looking import look
from issuer.worker.worker import READABLE
from tests.services.elsewhere import code_of
from tests.support.office import DemoOffice


def reader(outcome: str, reason: str = "") -> Callable[..., Checked]:
    """A reader that always finds the same."""

    def found(_credential: bytes | None, _store: PublicationStore, *, trust_root: bytes, now: datetime) -> Checked:
        assert trust_root
        assert now.tzinfo is not None
        return Checked(outcome=outcome, reason=reason, facts={})

    return found


@pytest.mark.slow
def test_what_is_published_is_found(issued: DemoOffice) -> None:
    first, second = issued.certificates()[:2]
    assert look(issued.opened, check, [first.id]).outcome == "valid"
    issued.change(first.number, act=Act.SUSPEND)
    found = look(issued.opened, check, [first.id, second.id])
    assert (found.number, found.outcome) == (first.number, "suspended")


def test_without_a_certificate_the_publication_must_be_readable(issued: DemoOffice) -> None:
    assert look(issued.opened, check, []).outcome == READABLE
    issued.clock.move(days=2)
    with pytest.raises(TamperedError) as caught:
        look(issued.opened, check, [])
    assert (code_of(caught), caught.value.fields["reason"]) == ("reader_disagrees", "publication_expired")


@pytest.mark.parametrize("gone", ["snapshot.jwt", "trust/list/1", "trust"])
def test_what_cannot_be_read_is_not_readable(issued: DemoOffice, gone: str) -> None:
    place = issued.home.publication_folder / gone
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    with pytest.raises(TamperedError) as caught:
        look(issued.opened, check, [])
    assert code_of(caught) == "reader_disagrees"


def test_a_change_that_is_not_public_is_not_done(issued: DemoOffice) -> None:
    """It waits in the outbox: the register says suspended, everybody else reads valid."""
    first = issued.certificates()[0]
    issued.apply(issued.plan(issued.order(first.number, act=Act.SUSPEND)))
    with pytest.raises(TamperedError, match=f"{first.number} valid .* the register says suspended") as caught:
        look(issued.opened, check, [first.id])
    assert code_of(caught) == "reader_disagrees"


@pytest.mark.slow
def test_a_certificate_that_moved_on_meanwhile_is_left_to_the_next(issued: DemoOffice) -> None:
    first = issued.certificates()[0]

    def moving(*_: object, **__: object) -> Checked:
        issued.change(first.number, act=Act.SUSPEND)
        return Checked(outcome="suspended", reason="", facts={})

    assert look(issued.opened, moving, [first.id]).outcome == "suspended"


@pytest.mark.parametrize(
    ("act", "outcome", "reason", "agrees"),
    [
        (None, "valid", "ok", True),
        (None, "not_authentic", "key_not_good", False),
        (None, "indeterminate", "publication_expired", False),
        (Act.SUSPEND, "suspended", "suspended", True),
        (Act.SUSPEND, "withdrawn", "withdrawn", False),
        (Act.SUSPEND, "not_authentic", "key_not_good", True),
        (Act.SUSPEND, "not_authentic", "unregistered", False),
        (Act.WITHDRAW, "valid", "ok", False),
    ],
)
def test_what_agrees_with_the_register(
    issued: DemoOffice, act: Act | None, outcome: str, reason: str, agrees: bool
) -> None:
    """Where the key was stolen a reader refuses a certificate before it looks at its state: that is no fault."""
    first = issued.certificates()[0]
    if act is not None:
        issued.apply(issued.plan(issued.order(first.number, act=act)))
    if agrees:
        assert look(issued.opened, reader(outcome, reason), [first.id]).outcome == outcome
        return
    with pytest.raises(TamperedError):
        look(issued.opened, reader(outcome, reason), [first.id])
