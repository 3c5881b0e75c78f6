"""Who may submit and approve: two persons, each by a key, role, authority and scheme that allow it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from credential import jsonform, statements
from credential.history import Act
from credential.signing import UnusableKey
from credential.text import from_base64url, to_base64url
from issuer.batches import approval
from issuer.errors import NotAllowedError
from issuer.office.operators import OperatorEntry, Operators
from issuer.office.values import Scheme
from tests.register.conftest import (
    APPROVER,
    CLERK,
    ENTRIES,
    OPERATORS,
    OTHER_CLERK,
    STRANGER,
    Office,
    accept,
    act,
    approve,
    evidence,
    operators_of,
    prove,
    put_evidence,
    refusal,
    submit,
    verified,
)
from tests.support.clock import NOW


def test_the_same_person_does_not_approve(office: Office) -> None:
    batch = office.store()
    submit(office, batch, signer=APPROVER)
    with pytest.raises(NotAllowedError) as caught:
        approve(office, batch, signer=APPROVER)
    assert caught.value.code == "same_person"


@pytest.fixture
def two_keys() -> Operators:
    """Somebody is clerk1 and approver1."""
    first, second, *others = ENTRIES
    same = replace(second, operator=replace(second.operator, person=first.operator.person))
    return operators_of((first, same, *others), version=2)


def test_one_person_with_two_keys_does_not_approve(office: Office, two_keys: Operators) -> None:
    batch = office.store()
    submit(office, batch, operators=two_keys)
    with pytest.raises(NotAllowedError) as caught:
        approve(office, batch, operators=two_keys)
    named = ("person", "submitted_by", "approved_by")
    assert caught.value.code == "same_person"
    assert [caught.value.fields[name] for name in named] == ["工号 clerk1", "clerk1", "approver1"]
    assert all(each in str(caught.value) for each in ("工号 clerk1", "clerk1", "approver1"))


def test_what_one_person_approved_with_two_keys_signs_nothing(
    office: Office, approved: str, two_keys: Operators
) -> None:
    assert refusal(office, approved, two_keys).code == "same_person"


def test_one_persons_two_statements_written_into_the_database_approve_nothing(office: Office) -> None:
    batch = office.store()
    said = submit(office, batch, signer=APPROVER)
    second = replace(said, act=Act.APPROVE, previous="submitted", nonce=to_base64url(bytes(16)))
    office.raw(
        "INSERT INTO statements"
        " (id, act, operator, batch, nonce, received, scheme, key_id, evidence)"
        " SELECT 'x', 'approve', operator, batch, zeroblob(16), received, scheme, key_id, :evidence FROM statements",
        evidence=statements.sign(second, APPROVER).encode(),
    )
    office.raw("UPDATE batches SET state = 'approved'")
    assert refusal(office, batch).code == "same_person"


def test_roles_authorities_and_strangers_are_kept_apart(office: Office) -> None:
    batch = office.store()
    elsewhere = replace(ENTRIES[0], operator=replace(ENTRIES[0].operator, authority="sf-dist"))
    cases = (
        (lambda: submit(office, batch, signer=STRANGER), "unknown_operator"),
        (lambda: submit(office, batch, operators=operators_of((elsewhere, *ENTRIES[1:]))), "other_authority"),
    )
    for attempt, code in cases:
        with pytest.raises(NotAllowedError) as caught:
            attempt()
        assert caught.value.code == code
    submit(office, batch)
    with pytest.raises(NotAllowedError) as role:
        approve(office, batch, signer=OTHER_CLERK)
    assert role.value.code == "role"


def test_an_operator_whose_term_ran_out_later_still_counts(office: Office, approved: str) -> None:
    entries = tuple(replace(entry, valid_until=NOW + timedelta(seconds=1)) for entry in ENTRIES)
    later = operators_of(entries, version=2)
    with office.register.read() as session:
        found = approval.verify_approved(session, office.vault, approved, operators=later, now=NOW + timedelta(days=3))
    assert found.approved_by == "approver1"


def signing(schemes: tuple[Scheme, ...], place: int) -> Operators:
    """The file of operators in which one signs by these schemes."""
    entry = replace(ENTRIES[place], operator=replace(ENTRIES[place].operator, schemes=schemes))
    return verified(replaced(entry, place))


def replaced(entry: OperatorEntry, place: int) -> tuple[OperatorEntry, ...]:
    return (*ENTRIES[:place], entry, *ENTRIES[place + 1 :])


@pytest.mark.parametrize(
    ("schemes", "allowed"),
    [
        ((Scheme(name="jws"),), True),
        ((Scheme(name="jws", acts=frozenset({"submit", "approve"})),), True),
        ((Scheme(name="jws", acts=frozenset({"reject"})), Scheme(name="webauthn")), False),
        ((Scheme(name="jws", acts=frozenset({"later"})),), False),
        ((Scheme(name="sm2"), Scheme(name="webauthn")), False),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_key_signs_by_its_schemes_for_its_acts(
    office: Office, place: int, schemes: tuple[Scheme, ...], *, allowed: bool
) -> None:
    """When it is drafted, when it is accepted, and when it is proven."""
    batch = office.store()
    operators = signing(schemes, place)
    what, signer = ((Act.SUBMIT, CLERK), (Act.APPROVE, APPROVER))[place]
    if what is Act.APPROVE:
        submit(office, batch)
    with office.register.read() as session:
        entry = OPERATORS.by_key(signer.key_id)
        token = approval.draft(session, office.vault, batch, what, entry, operators=OPERATORS, now=NOW).signed_by(
            signer
        )
    attempts = (lambda: act(office, batch, what, signer, operators), lambda: accept(office, token, operators))
    for attempt in attempts[allowed:]:
        with contextlib.nullcontext() if allowed else pytest.raises(NotAllowedError, match="administrator") as caught:
            attempt()
        assert caught is None or caught.value.code == "scheme"
    if not allowed:
        accept(office, token)
    if what is Act.SUBMIT:
        approve(office, batch)
    if allowed:
        assert prove(office, batch, operators).approved_by == "approver1"
    else:
        error = refusal(office, batch, operators)
        assert (type(error), error.code) == (NotAllowedError, "scheme")


def test_a_key_of_a_later_suite_signs_nothing_here(office: Office, approved: str) -> None:
    """Its statements are refused in words, and the others' count."""
    later = UnusableKey(key_id=APPROVER.public.key_id, alg="SM2", params={"id": "1234"}, jwk={"kty": "SM"})
    operators = verified(replaced(replace(ENTRIES[1], operator=replace(ENTRIES[1].operator, key=later)), 1))
    assert refusal(office, approved, operators).code == "bad_statement", "by another algorithm than the key's"
    header = jsonform.decode_object(from_base64url(evidence(office).split(".")[0]), max_bytes=512) | {"alg": "SM2"}
    token = ".".join((to_base64url(jsonform.encode(header)), *evidence(office).split(".")[1:]))
    put_evidence(office, token, APPROVER)
    error = refusal(office, approved, operators)
    assert (type(error), error.code) == (NotAllowedError, "newer_suite")
    assert "SM2" in str(error)
    batch = office.store(data=b"another file")
    submit(office, batch, operators=operators)
    for attempt in (
        lambda: approve(office, batch, operators=operators),
        lambda: accept(office, token, operators),
    ):
        with pytest.raises(NotAllowedError) as caught:
            attempt()
        assert caught.value.code == "newer_suite"
