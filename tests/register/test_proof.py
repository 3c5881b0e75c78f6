"""One row of a batch alone (FORMAT 11.2): proven as it was approved, or told; the others stay closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from credential import statements
from credential.merkle import leaf_hash, verify_path
from credential.text import digest_from_hex
from issuer.batches import rows
from issuer.batches.photos import photo_of
from issuer.batches.proof import ProvenRow, prove_row
from issuer.batches.rows import AwardContent
from issuer.db.models import EntryState, HolderRow
from issuer.errors import IssuerError, TamperedError
from issuer.intake.model import Replacement, ReplacementReason
from issuer.office.operators import Operators
from issuer.photos.model import CleanPhoto
from issuer.vault import Vault
from tests.register.conftest import (
    ENTRIES,
    GOOD,
    OPERATORS,
    REJECTED,
    Office,
    approve,
    ended,
    evidence,
    good_row,
    operators_of,
    submit,
)
from tests.support.audits import head_of
from tests.support.clock import NOW

LEVELS = (1, 2, 3, 4, 5)
FIFTEEN = tuple(
    replace(good_row(place, level=level), sheet_row=place * len(LEVELS) + level + 3)
    for place in range(3)
    for level in LEVELS
)
"""Three people with five awards each: a tree that is not complete."""
PHOTO = CleanPhoto(b"a cleaned photo")


def approved(office: Office, **changes: object) -> str:
    batch = office.store(**{"good": FIFTEEN, "rejected": (), "findings": ()} | changes)  # type: ignore[arg-type]
    submit(office, batch)
    approve(office, batch)
    return batch


def awards(office: Office, batch: str) -> list[AwardContent]:
    with office.register.read() as session:
        return list(rows.open_rows(session, office.vault, batch))


def proof(office: Office, award: str, operators: Operators = OPERATORS, **changes: object) -> ProvenRow:
    with office.register.read() as session:
        row = rows.open_row(session, office.vault, award)
        return prove_row(session, row, operators=operators, **{"now": NOW} | changes)  # type: ignore[arg-type]


def refusal(office: Office, award: str, operators: Operators = OPERATORS, **changes: object) -> IssuerError:
    with pytest.raises(IssuerError) as caught:
        proof(office, award, operators, **changes)
    return caught.value


def test_each_row_is_proven_by_its_path(office: Office) -> None:
    batch = approved(office)
    root = digest_from_hex(statements.verify(evidence(office), OPERATORS.keys).digests["rows_root"])
    for place, row in enumerate(awards(office, batch)):
        found = proof(office, row.award)
        assert (found.row, found.row.position, found.size) == (row, place, 15)
        assert (found.by.submitter.operator.id, found.by.approver.operator.id) == ("clerk1", "approver1")
        assert len(found.path) == (3 if place == 14 else 4)
        verify_path(leaf_hash(found.row.normal), found.path, index=place, size=15, root=root)


def test_rejected_rows_have_no_place_under_the_root(office: Office) -> None:
    batch = approved(office, good=(good_row(0), replace(good_row(1), sheet_row=9)), rejected=REJECTED)
    assert [row.position for row in awards(office, batch)] == [0, 1]
    for row in awards(office, batch):
        assert proof(office, row.award).size == 2


def test_what_a_row_replaces_and_its_photo_travel_to_the_proven_row(office: Office) -> None:
    replaces = Replacement(number="99000020262000001", reason=ReplacementReason.KEY_COMPROMISED)
    digest = sha256(PHOTO).hexdigest()
    filled = replace(good_row(0), replaces=replaces, photo=digest)
    [row] = awards(office, approved(office, good=(filled,), photos={filled.sheet_row: PHOTO}))
    draft = proof(office, row.award).row.draft
    assert (draft.replaces, draft.photo) == (replaces, digest)
    with office.register.read() as session:
        assert photo_of(session, office.vault, row) == PHOTO


def test_a_row_is_not_stored_without_the_photo_that_it_names(office: Office) -> None:
    filled = replace(good_row(0), photo=sha256(PHOTO).hexdigest())
    for photos in ({}, {filled.sheet_row: CleanPhoto(b"another one")}):
        with pytest.raises((KeyError, ValueError)):
            office.store(good=(filled,), rejected=(), findings=(), photos=photos)


def test_the_others_stay_closed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    row = awards(office, approved(office))[6]
    unwrapped: list[str] = []
    unwrap = Vault.unwrap

    def counted(vault: Vault, wrapped: bytes | None, *, table: str, row: str) -> object:
        unwrapped.append(row)
        return unwrap(vault, wrapped, table=table, row=row)

    monkeypatch.setattr(Vault, "unwrap", counted)
    proof(office, row.award)
    assert unwrapped == [row.holder]


def test_a_row_is_proven_when_another_holder_is_gone(office: Office) -> None:
    """What is left of an erased row is the hash of what nobody can read any more."""
    mine, theirs = awards(office, approved(office, good=GOOD))[:2]
    office.raw("UPDATE awards SET payload = NULL, state = 'rejected' WHERE id = :id", id=theirs.award)
    assert proof(office, mine.award).row.draft == mine.draft


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE awards SET position = position + 100 WHERE id = :one", "rows_altered"),
        ("UPDATE awards SET position = NULL WHERE id = :one", "rows_altered"),
        ("UPDATE awards SET hashes = NULL WHERE id = :one", "rows_altered"),
        ("UPDATE awards SET hashes = zeroblob(32) WHERE id = :neighbour", "rows_altered"),
        ("UPDATE awards SET hashes = NULL WHERE id = :neighbour", "rows_altered"),
        ("UPDATE awards SET batch = :other, seq = 100, position = 100 WHERE id = :one", "rows_altered"),
        (
            "UPDATE awards SET payload = (SELECT payload FROM awards WHERE id = :neighbour) WHERE id = :one",
            "sealed_altered",
        ),
        ("UPDATE batches SET rows_root = zeroblob(32) WHERE id = :batch", "other_statement"),
        ("DELETE FROM statements WHERE act = 'submit' AND batch = :batch", "no_statement"),
        ("DELETE FROM statements WHERE act = 'approve' AND batch = :batch", "no_statement"),
    ],
)
def test_an_altered_register_proves_nothing(office: Office, change: str, code: str) -> None:
    batch = approved(office)
    other = approved(office, data=b"another file")
    one, neighbour = awards(office, batch)[6:8]
    given = {"one": one.award, "neighbour": neighbour.award, "batch": batch, "other": other}
    office.raw(change, **{name: value for name, value in given.items() if f":{name}" in change})
    error = refusal(office, one.award)
    assert (type(error), error.code) == (TamperedError, code)


def test_rows_that_change_places_between_batches_are_told(office: Office) -> None:
    """The same people, awards and places; what differs is the salt, and so the hash."""
    one = awards(office, approved(office))[6]
    two = awards(office, approved(office, data=b"another file"))[6]
    assert one.draft == two.draft
    office.raw("UPDATE awards SET position = 100 WHERE id = :id", id=one.award)
    for row, batch in ((two, one.batch), (one, two.batch)):
        office.raw(
            "UPDATE awards SET batch = :batch, seq = 100, position = 6 WHERE id = :id", batch=batch, id=row.award
        )
    for row in (one, two):
        assert refusal(office, row.award).code == "rows_altered"


@pytest.mark.parametrize("with_its_hash", [False, True])
def test_a_row_sealed_again_with_another_content_is_told(office: Office, with_its_hash: bool) -> None:
    """Whoever owns database and key-encryption key, and may set the hash beside it right."""
    row = awards(office, approved(office))[6]
    with office.register.read() as session:
        wrapped = session.get_one(HolderRow, row.holder).wrapped_key
    key = office.vault.unwrap(wrapped, table="holders", row=row.holder)
    other = row.normal.replace('"示人社〔2026〕12号"'.encode(), '"示人社〔2026〕13号"'.encode())
    assert other != row.normal
    sealed = key.seal(other, table="awards", column="payload", row=row.award)
    office.raw(
        "UPDATE awards SET payload = :payload, hashes = :hashes WHERE id = :id",
        payload=sealed,
        hashes=leaf_hash(other if with_its_hash else row.normal),
        id=row.award,
    )
    assert refusal(office, row.award).code == "rows_altered"


@pytest.mark.parametrize("place", [0, 1])
def test_a_row_stays_proven_when_its_operators_have_left(office: Office, place: int) -> None:
    """If they were in force when they stated it, and the audit shows that it was accepted."""
    row = awards(office, approved(office))[0]
    head = head_of(office.register)
    entry = ENTRIES[place]
    for changed, code in (
        (replace(entry, state=EntryState.ENDED, audit=head), None),
        (ended(entry), "operator_ended"),
        (replace(entry, valid_from=NOW + timedelta(seconds=1)), "operator_not_in_force"),
    ):
        later = operators_of((*ENTRIES[:place], changed, *ENTRIES[place + 1 :]), version=2)
        if code is None:
            assert proof(office, row.award, later).row == row
        else:
            assert refusal(office, row.award, later).code == code


def test_an_approval_of_a_time_to_come_proves_nothing(office: Office) -> None:
    row = awards(office, approved(office))[0]
    assert refusal(office, row.award, now=NOW - timedelta(seconds=301)).code == "other_statement"
    assert proof(office, row.award, now=NOW - timedelta(seconds=300)).row == row
