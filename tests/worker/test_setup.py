"""Setting up: a step that died is done again, and what cannot be done says so before it changes anything."""

from __future__ import annotations

import pytest

from issuer.errors import ConflictError, InputError, NotFoundError, TamperedError
from issuer.home.paths import Home
from issuer.office import operators as operator_files
from issuer.worker import setup
from tests.support.founding import administrator
from tests.support.office import CHEAP, DemoOffice, passphrase


def add(demo: DemoOffice, operator: str, role: str = "clerk") -> None:
    setup.add_operator(
        demo.home,
        setup.NewOperator(id=operator, name="新来", role=role, authority=None),
        passphrase=passphrase("newcomer"),
        administrator=administrator(demo),
        now=demo.clock(),
        cost=CHEAP,
    )


def test_an_operator_whose_making_died_is_made_again(founded: DemoOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file names them already, the register does not know them."""
    with monkeypatch.context() as patch:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(operator_files, "accept", die)
        with pytest.raises(KeyboardInterrupt):
            add(founded, "newcomer")
    version = founded.office.operators().version
    add(founded, "newcomer")
    operators = founded.office.operators()
    assert operators.version == version + 1
    assert [entry.operator.id for entry in operators.entries].count("newcomer") == 1
    assert founded.signer("newcomer").key_id in operators.keys
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
        setup.end_operator(founded.home, "nobody", administrator=administrator(founded), now=founded.clock())
    assert caught.value.code == "no_operator"


def test_a_home_is_made_once(founded: DemoOffice) -> None:
    with pytest.raises(ConflictError) as caught:
        Home.create(founded.home.directory, founded.home.settings)
    assert caught.value.code == "home_exists"


def test_a_file_of_operators_that_is_damaged_says_so(founded: DemoOffice) -> None:
    founded.home.operators.write_bytes(founded.home.operators.read_bytes()[:-9])
    with pytest.raises(TamperedError) as caught:
        founded.office.operators()
    assert caught.value.code == "operators_file"
    founded.home.operators.unlink()
    with pytest.raises(NotFoundError) as missing:
        founded.office.operators()
    assert missing.value.code == "no_operators"
