"""Setting up: a step that died is done again, and what cannot be done says so before it changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from credential import jose
from credential.signing import KeyUse
from credential.statements import OPERATORS_TYP, OperatorRole
from issuer import audit
from issuer.db.models import EntryState
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TamperedError
from issuer.home.paths import Home
from issuer.office import operators as operator_files
from issuer.office.operators import OperatorEntry
from issuer.office.reading import administrator_key
from issuer.services import operators
from keys.signers import FileSigner
from tests.support.office import ACTOR, APPROVER, CLERK, DemoOffice


def add(demo: DemoOffice, operator: str, role: str = "clerk") -> None:
    new = operators.NewOperator(id=operator, person=operator, name="新来", role=role, authority=None)
    operators.add_here(demo.opened, ACTOR, new)


def test_an_operator_whose_making_died_is_made_again(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file names them already, the register does not know them."""
    with monkeypatch.context() as patch:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(operator_files, "accept", die)
        with pytest.raises(KeyboardInterrupt):
            add(founded, "newcomer")
    version = founded.operators().version
    add(founded, "newcomer")
    found = founded.operators()
    assert found.version == version + 1
    assert [entry.operator.id for entry in found.entries].count("newcomer") == 1
    assert founded.signer("newcomer").key_id in found.keys
    with pytest.raises(ConflictError) as caught:
        add(founded, "newcomer")
    assert caught.value.code == "duplicate"


def test_a_role_that_there_is_not_is_refused(founded: DemoOffice) -> None:
    before = founded.home.operators.read_bytes()
    with pytest.raises(InputError) as caught:
        add(founded, "newcomer", role="king")
    assert caught.value.code == "role"
    assert founded.home.operators.read_bytes() == before


def test_an_operator_nobody_knows_is_not_ended(founded: DemoOffice) -> None:
    with pytest.raises(NotFoundError) as caught:
        operators.end_here(founded.opened, ACTOR, "nobody")
    assert caught.value.code == "no_operator"


def test_a_home_is_made_once(founded: DemoOffice) -> None:
    with pytest.raises(ConflictError) as caught:
        Home.create(founded.home.directory, founded.home.settings)
    assert caught.value.code == "home_exists"


def test_a_file_of_operators_that_is_damaged_says_so(founded: DemoOffice) -> None:
    founded.home.operators.write_bytes(founded.home.operators.read_bytes()[:-9])
    with pytest.raises(TamperedError) as caught:
        founded.operators()
    assert caught.value.code == "operators_file"
    founded.home.operators.unlink()
    with pytest.raises(TamperedError) as missing:
        founded.operators()
    assert missing.value.code == "operators_lost"


# Editions of the file of operators


def administrator(demo: DemoOffice) -> FileSigner:
    return demo.opened.custody.signer(KeyUse.ADMINISTRATOR, administrator_key(demo.opened.custody).key_id)


def edition(demo: DemoOffice, entries: Sequence[OperatorEntry], *, later: int = 1) -> str:
    """An edition that the administrator signed, whatever it says."""
    version = demo.operators().version + later
    payload = operator_files.edition(entries, deployment=demo.home.settings.deployment, version=version)
    return jose.sign(payload, administrator(demo), typ=OPERATORS_TYP)


def refusal(demo: DemoOffice, token: str) -> str:
    """The code with which an edition is refused; the file and the register stay as they were."""
    before = demo.home.operators.read_bytes(), demo.raw("SELECT operators_version FROM deployment")
    with pytest.raises((ConflictError, TamperedError)) as caught:
        operators.accept(demo.opened, ACTOR, token)
    assert (demo.home.operators.read_bytes(), demo.raw("SELECT operators_version FROM deployment")) == before
    return caught.value.code


def test_an_edition_is_the_administrators(founded: DemoOffice) -> None:
    made = operators.draft_end(founded.opened, CLERK)
    with pytest.raises(NotAllowedError) as caught:
        made.signed_by(founded.signer(APPROVER))
    assert caught.value.code == "other_key"
    elsewhere = jose.sign(made.payload, founded.signer(APPROVER), typ=OPERATORS_TYP)
    assert refusal(founded, elsewhere) == "operators_file"
    assert made.signed_by(administrator(founded)) == jose.sign(
        made.payload, administrator(founded), typ=OPERATORS_TYP
    ), "the key may be anywhere: the payload is all that is signed"


def test_an_edition_is_the_one_that_follows(founded: DemoOffice) -> None:
    entries = founded.operators().entries
    for later in (0, 2):
        assert refusal(founded, edition(founded, entries, later=later)) == "operators_not_next"
    assert operators.accept(founded.opened, ACTOR, edition(founded, entries)).entries == entries


def test_an_edition_loses_and_changes_nobody(founded: DemoOffice) -> None:
    first, *others = founded.operators().entries
    assert refusal(founded, edition(founded, others)) == "operators_removed"
    for change in ({"role": OperatorRole.ADMIN}, {"authority": None}, {"name": "别人"}):
        changed = replace(first, operator=replace(first.operator, **change))
        assert refusal(founded, edition(founded, [changed, *others])) == "operators_removed"


def test_who_has_ended_does_not_come_back(founded: DemoOffice) -> None:
    operators.end_here(founded.opened, ACTOR, CLERK)
    back = [
        replace(each, state=EntryState.ACTIVE, valid_until=None, audit=None) if each.operator.id == CLERK else each
        for each in founded.operators().entries
    ]
    assert refusal(founded, edition(founded, back)) == "operators_removed"
    with founded.opened.register.read() as session:
        newest = audit.entries(session, subject=CLERK)[0]
    assert (newest.actor, newest.act) == (ACTOR, "operator.end")
