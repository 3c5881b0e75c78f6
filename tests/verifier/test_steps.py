"""The steps that others decide for: each of their answers is a reason, and what nobody foresaw is never valid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from credential.authorisation import Fault, Refused
from credential.claims import UnverifiedCredential
from credential.errors import (
    CannotKnowError,
    CredentialError,
    MalformedError,
    NotInForceError,
    NotTrustedError,
)
from credential.outcomes import Outcome, Reason, StepResult
from credential.trustlist import VerifiedTrustList
from credential.verdict import Verdict
from tests.support.keys import Key
from tests.support.world import NOW, World
from tests.verifier.test_reader import reader_of
from verifier import procedure, steps
from verifier.errors import FetchError
from verifier.reader.view import PublicationView

NOBODY_MAPPED_THIS = "nobody_mapped_this"


def asked(world: World, **changes: Any) -> Verdict:
    certificate = world.issue(**changes)
    reader, _ = reader_of(world)
    return procedure.verify_credential(certificate.credential, reader, now=NOW)


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_without_any_of_this_it_is_valid() -> None:
    assert asked(World()).reason is Reason.IN_FORCE


@pytest.mark.parametrize("use", ["status", "publisher", "credential", None])
def test_step_2_knows_the_key_for_its_use_only(use: str | None) -> None:
    """None: a key that is not in the list at all."""
    world, key = World(), Key("another")
    if use is not None:
        world.add_key(key, use, "demo-hrss" if use == "credential" else None)
    verdict = asked(world, signer=key)
    wanted = {None: Reason.UNKNOWN_KEY, "credential": Reason.IN_FORCE}.get(use, Reason.KEY_USE)
    assert (verdict.reason, verdict.step) == (wanted, 9 if use == "credential" else 2)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(("decide", "step"), [("decide_grants", 6), ("decide_basis", 7)])
def test_every_fault_becomes_its_reason(fault: Fault, decide: str, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, decide, lambda *_, **__: Refused(fault=fault))
    verdict = asked(World())
    assert (verdict.reason, verdict.step) == (fault.reason, step)
    assert verdict.genuine is False
    assert verdict.steps[step - 1] is StepResult.FAIL


class NewFetchError(FetchError):
    """A way of not being had that nobody thought of."""

    kind = NOBODY_MAPPED_THIS
    say = "it is not had"


ERRORS = (MalformedError, NotTrustedError, NotInForceError, CannotKnowError, NewFetchError)
READ_BY_STEPS = ("filings", "record", "status_list")


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("name", READ_BY_STEPS)
def test_an_error_that_nobody_mapped_is_no_answer_of_the_publication(
    name: str, kind: Callable[[str, str], Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = kind(NOBODY_MAPPED_THIS, "of a library's next version")
    monkeypatch.setattr(PublicationView, name, failing(error))
    assert asked(World()).outcome is Outcome.INDETERMINATE


@pytest.mark.parametrize("kind", [MalformedError, NotTrustedError, NotInForceError, CannotKnowError])
def test_an_error_that_nobody_mapped_leaves_a_status_list_unassigned(
    kind: type[CredentialError], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = kind(NOBODY_MAPPED_THIS, "of a library's next version")
    monkeypatch.setattr(VerifiedTrustList, "status_list", failing(error))
    assert asked(World()).outcome is Outcome.INDETERMINATE


@pytest.mark.parametrize("kind", [MalformedError, CannotKnowError])
def test_an_error_that_nobody_mapped_is_no_signed_claim(
    kind: type[CredentialError], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = kind(NOBODY_MAPPED_THIS, "of a library's next version")
    monkeypatch.setattr(UnverifiedCredential, "verify", failing(error))
    assert asked(World()).outcome in {Outcome.MALFORMED, Outcome.INDETERMINATE}


def test_an_error_that_nobody_mapped_is_no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    error = MalformedError(NOBODY_MAPPED_THIS, "of a library's next version")
    monkeypatch.setattr(procedure, "parse_credential", failing(error))
    assert asked(World()).reason is Reason.NOT_RECOGNISED


def test_an_error_that_nobody_mapped_is_a_file_that_cannot_be_read() -> None:
    reader, _ = reader_of(World())
    error = NotTrustedError(NOBODY_MAPPED_THIS, "of a library's next version")
    assert procedure.verify_document(b"", reader, now=NOW, read_pdf=failing(error)).reason is Reason.BAD_FILE
