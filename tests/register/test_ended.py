"""Who has ended: what was accepted of them before counts, and nothing is dated back behind the audit's head."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from credential import statements
from credential.history import Act
from credential.signing import Signer
from credential.text import to_base64url
from issuer import audit
from issuer.audit import ChainHead
from issuer.db.models import EntryState
from issuer.errors import NotAllowedError, TamperedError
from issuer.office.operators import Operators
from tests.register.conftest import (
    APPROVER,
    CLERK,
    ENTRIES,
    OPERATORS,
    Office,
    approve,
    evidence,
    operators_of,
    prove,
    put_evidence,
    refusal,
    submit,
)
from tests.support.audits import Entry, cut, digest_of, head_of, put_between
from tests.support.clock import NOW

IDS = [entry.operator.id for entry in ENTRIES]


def ended(head: ChainHead, *ids: str) -> Operators:
    """The file of operators in which some have ended at a head, an hour later than everything that they did."""
    changed = {"state": EntryState.ENDED, "valid_until": NOW + timedelta(hours=1), "audit": head}
    entries = tuple(replace(each, **changed) if each.operator.id in ids else each for each in ENTRIES)  # type: ignore[arg-type]
    return operators_of(entries, version=2)


def signed_again(office: Office, what: str, signer: Signer) -> bytes:
    """The same statement by the same key with another nonce, as somebody keeps in a drawer."""
    said = statements.verify(evidence(office, what), OPERATORS.keys)
    return statements.sign(replace(said, nonce=to_base64url(bytes(16))), signer).encode()


def acceptance(token: bytes, operator: str = "approver1", act: str = "batch.approve") -> Entry:
    """The entry that an acceptance leaves."""
    details = {"rows": 3, audit.STATEMENT: sha256(token).hexdigest()}
    return Entry(actor=operator, act=act, subject="sf-rst-0001", details=details)


@pytest.fixture
def approved(office: Office) -> str:
    batch = office.store()
    submit(office, batch)
    approve(office, batch)
    return batch


def test_the_audit_names_the_very_statement(office: Office, approved: str) -> None:
    with office.register.read() as session:
        found = {each.act: each.details.get(audit.STATEMENT) for each in audit.entries(session, subject=approved)}
    for act in ("submit", "approve"):
        assert found[f"batch.{act}"] == sha256(evidence(office, act).encode()).hexdigest()
    assert found["batch.check"] is None


@pytest.mark.parametrize("ids", [("clerk1",), ("approver1",), ("clerk1", "approver1")])
def test_what_was_accepted_before_the_end_counts(office: Office, approved: str, ids: tuple[str, ...]) -> None:
    head = head_of(office.register)
    found = prove(office, approved, ended(head, *ids))
    assert (found.submitted_by, found.approved_by) == ("clerk1", "approver1")


def test_the_end_itself_may_be_the_second_in_which_it_was_accepted(office: Office, approved: str) -> None:
    head = head_of(office.register)
    entries = tuple(replace(each, state=EntryState.ENDED, valid_until=NOW, audit=head) for each in ENTRIES)
    assert prove(office, approved, operators_of(entries, version=2)).approved_at == NOW


def test_who_ended_between_submitting_and_approving_has_submitted(office: Office) -> None:
    batch = office.store()
    submit(office, batch)
    later = ended(head_of(office.register), "clerk1")
    approve(office, batch, operators=later)
    assert prove(office, batch, later).submitted_by == "clerk1"


@pytest.mark.parametrize("act", ["submit", "approve"])
def test_what_was_accepted_behind_the_head_counts_nothing(office: Office, act: str) -> None:
    batch = office.store()
    heads = {"submit": head_of(office.register)}
    submit(office, batch)
    heads["approve"] = head_of(office.register)
    approve(office, batch)
    operator = "clerk1" if act == "submit" else "approver1"
    error = refusal(office, batch, ended(heads[act], operator))
    assert (type(error), error.code, error.fields["operator"]) == (NotAllowedError, "operator_ended", operator)
    assert prove(office, batch, ended(replace_length(office, heads[act].length + 1), operator))


def replace_length(office: Office, length: int) -> ChainHead:
    """The head that the chain had at a length."""
    assert head_of(office.register).length >= length
    [(stored,)] = office.raw("SELECT hash FROM audit_chain WHERE ordinal = :length", length=length)
    return ChainHead(length=length, head=stored)


def test_nobody_approves_on_a_submission_that_counts_nothing(office: Office) -> None:
    head = head_of(office.register)
    batch = office.store()
    submit(office, batch)
    with pytest.raises(NotAllowedError) as caught:
        approve(office, batch, operators=ended(head, "clerk1"))
    assert caught.value.code == "operator_ended"


def backdated(office: Office) -> tuple[Operators, bytes]:
    """A batch as a leaver and the database's owner make it: submitted, and approved by a key whose operator is gone.

    The approval is dated into the leaver's term. Its row is in the register, and the batch says that it is approved.
    """
    batch = office.store()
    submit(office, batch)
    approve(office, batch)
    token = signed_again(office, "approve", APPROVER)
    cut(office.register, head_of(office.register).length - 1)
    head = head_of(office.register)
    put_evidence(office, token.decode(), APPROVER)
    with office.register.write() as session:
        audit.append(session, actor="admin", act="operator.end", subject="approver1", now=NOW)
    return ended(head, "approver1"), token


def overwrite(office: Office, length: int, entry: Entry) -> None:
    """Write an entry over another one, and let the hash be."""
    office.raw(
        "UPDATE audit SET actor = :actor, act = :act, object = :object, details = :details WHERE id = :length",
        actor=entry.actor,
        act=entry.act,
        object=entry.subject,
        details=json.dumps(dict(entry.details)),
        length=length,
    )


def overwrite_with_hash(office: Office, length: int, entry: Entry) -> None:
    """Write an entry over the last one under the head, with the hash that fits it."""
    put_between(office.register, length, entry)
    cut(office.register, length)


def between(behind: int) -> Callable[[Office, int, Entry], None]:
    """Put an entry so many places behind the head's, and compute every hash anew."""
    return lambda office, length, entry: put_between(office.register, length + behind, entry)


@pytest.mark.parametrize(
    ("forge", "kind", "code"),
    [
        (None, NotAllowedError, "operator_ended"),
        (
            lambda office, length, entry: put_between(office.register, length + 1, entry),
            NotAllowedError,
            "operator_ended",
        ),
        (
            lambda office, length, entry: put_between(office.register, length + 2, entry),
            NotAllowedError,
            "operator_ended",
        ),
        (lambda office, length, entry: put_between(office.register, length, entry), TamperedError, "audit_altered"),
        (lambda office, _, entry: put_between(office.register, 1, entry), TamperedError, "audit_altered"),
        (lambda office, _, entry: put_between(office.register, 5, entry), TamperedError, "audit_altered"),
        (overwrite, TamperedError, "audit_altered"),
        (lambda office, _, entry: overwrite(office, 3, entry), TamperedError, "audit_altered"),
        (overwrite_with_hash, TamperedError, "audit_altered"),
        (lambda office, *_: office.raw("DELETE FROM audit"), TamperedError, "audit_altered"),
        (lambda office, *_: office.raw("DELETE FROM audit_chain WHERE ordinal = 2"), TamperedError, "audit_altered"),
    ],
)
def test_who_left_dates_nothing_back_with_the_databases_owner(
    office: Office, forge: Callable[[Office, int, Entry], None] | None, kind: type[Exception], code: str
) -> None:
    """Whatever is put under the head, before it, behind it, over it: the head is the administrator's."""
    later, token = backdated(office)
    [head] = later.heads
    if forge is not None:
        forge(office, head.length, acceptance(token))
    error = refusal(office, "sf-rst-0001", later)
    assert (type(error), error.code) == (kind, code)


def test_the_forgery_of_these_tests_is_good_when_its_head_was_signed(office: Office) -> None:
    later, token = backdated(office)
    put_between(office.register, later.heads[0].length, acceptance(token))
    head = replace_length(office, later.heads[0].length)
    assert prove(office, "sf-rst-0001", ended(head, "approver1")).approved_by == "approver1"


def test_an_acceptance_is_of_one_statement(office: Office, approved: str) -> None:
    """The leaver signs the same again: the entry names the bytes that were accepted."""
    later = ended(head_of(office.register), "approver1")
    put_evidence(office, signed_again(office, "approve", APPROVER).decode(), APPROVER)
    assert refusal(office, approved, later).code == "operator_ended"
    assert refusal(office, approved).code == "audit_altered", "nor does it count while they act: no entry names it"


def test_what_was_altered_before_an_acceptance_hides_nothing_behind_it(office: Office, approved: str) -> None:
    """FORMAT 11.3: the chain from the acceptance to the head."""
    later = ended(head_of(office.register), "clerk1", "approver1")
    office.raw("UPDATE audit SET actor = 'nobody' WHERE id = 3")
    assert prove(office, approved, later).approved_by == "approver1"


def test_many_heads_share_their_walk(office: Office) -> None:
    """Each has its own end, asked from the last and from the first."""
    heads = [head_of(office.register)]
    digests = []
    for place in range(3):
        with office.register.write() as session:
            details = {audit.STATEMENT: f"{place}"}
            audit.append(session, actor="a", act="test.act", subject="s", now=NOW, details=details)
            digests.append(f"{place}")
        heads.append(head_of(office.register))
    for order in (heads, heads[::-1]):
        for known in ((), tuple(heads)):
            with office.register.read() as session:
                session.info.clear()
                found = [[audit.accepted_under(session, each, head, heads=known) for each in digests] for head in order]
            assert found[:: 1 if order is heads else -1] == [
                [False, False, False],
                [True, False, False],
                [True, True, False],
                [True, True, True],
            ]


def test_long_chains_are_walked_piece_by_piece(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_CHUNK", 2)
    with office.register.write() as session:
        for place in range(7):
            audit.append(
                session, actor="a", act="test.act", subject="s", now=NOW, details={audit.STATEMENT: f"{place}"}
            )
    head = head_of(office.register)
    with office.register.read() as session:
        assert all(audit.accepted_under(session, f"{place}", head) for place in range(7))
        assert not audit.accepted_under(session, "7", head)
    office.raw("UPDATE audit SET actor = 'nobody' WHERE id = 11")
    with office.register.read() as session:
        assert audit.accepted_under(session, "0", head), "what was walked once stays true"
        session.info.clear()
        assert audit.accepted_under(session, "3", head)
        with pytest.raises(TamperedError) as caught:
            audit.accepted_under(session, "0", head)
    assert (caught.value.code, caught.value.fields["ordinal"]) == ("audit_altered", 11)


def test_a_digest_is_found_where_the_acceptance_is(office: Office, approved: str) -> None:
    assert approved == "sf-rst-0001"
    head = head_of(office.register)
    with office.register.read() as session:
        assert audit.accepted_under(session, digest_of(office.register, Act.APPROVE.value), head)
        last = audit.accepted_after(session, head.length - 1, actor="approver1")
        assert last is not None
        assert last.ordinal == head.length
        assert audit.accepted_after(session, head.length, actor="approver1") is None
        assert audit.accepted_after(session, 0, actor="setup") is None


def test_a_clerks_window_that_ran_out_is_asked_as_before(office: Office, approved: str) -> None:
    entries = tuple(replace(each, valid_until=NOW) for each in ENTRIES)
    error = refusal(office, approved, operators_of(entries, version=2))
    assert (type(error), error.code) == (NotAllowedError, "operator_not_in_force")
    assert CLERK.key_id in OPERATORS.keys
