"""Setting up: a step that died is done again, and what cannot be done says so before it changes anything."""

from __future__ import annotations

import pytest

from issuer.errors import ConflictError, InputError, NotFoundError, TamperedError
from issuer.home.paths import Home
from issuer.office import operators as operator_files
from issuer.services import operators
from tests.support.office import ACTOR, DemoOffice


def add(demo: DemoOffice, operator: str, role: str = "clerk") -> None:
    new = operators.NewOperator(id=operator, name="新来", role=role, authority=None)
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
