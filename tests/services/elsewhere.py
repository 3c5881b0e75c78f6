"""Keys that are somewhere else: on another computer, on a token, in a browser; and a copy of a home.

signer = taken_away(demo, CLERK)             # from now on this home cannot sign for the clerk
token = draft.signed_by(signer)
"""

from __future__ import annotations

from pathlib import Path

import pytest

from credential import jose
from credential.errors import CodedError
from credential.signing import KeyUse, Signer
from credential.statements import OPERATORS_TYP
from issuer.office import operators as operator_files
from issuer.office.operators import OperatorEntry
from issuer.services import keys
from keys.errors import KeyNotFoundError
from tests.support.databases import copy_home
from tests.support.office import DemoOffice
from tests.support.work import pending


def taken_away(demo: DemoOffice, operator: str) -> Signer:
    """Return an operator's key, whose file this home loses."""
    signer = demo.signer(operator)
    [place] = [Path(held.place) for held in keys.listed(demo.opened) if held.key_id == signer.key_id]
    place.unlink()
    with pytest.raises(KeyNotFoundError):
        demo.opened.custody.signer(KeyUse.OPERATOR, signer.key_id, owner=operator)
    return signer


def copied(demo: DemoOffice, directory: Path) -> DemoOffice:
    """Return a copy of a home as it is now, open."""
    demo.close()  # its register goes on when it is next used
    return DemoOffice.open(copy_home(demo.home.directory, directory), demo.clock())


def administrator(demo: DemoOffice) -> Signer:
    """The administrator's key."""
    [key_id] = [held.key_id for held in keys.listed(demo.opened) if held.use == KeyUse.ADMINISTRATOR]
    return demo.opened.custody.signer(KeyUse.ADMINISTRATOR, key_id)


def signed_edition(demo: DemoOffice, *entries: OperatorEntry, version: int) -> str:
    """An edition of the file of operators that the administrator signed, whatever it says."""
    payload = operator_files.edition(entries, deployment=demo.home.settings.deployment, version=version)
    return jose.sign(payload, administrator(demo), typ=OPERATORS_TYP)


def audited(demo: DemoOffice, act: str) -> list[tuple[str, str]]:
    """Actor and object of every audit entry of an act, oldest first."""
    return demo.raw("SELECT actor, object FROM audit WHERE act = ? ORDER BY id", act)


def code_of(caught: pytest.ExceptionInfo[CodedError]) -> str:
    """The code of an error that was raised."""
    return caught.value.code


def waiting(demo: DemoOffice) -> int:
    """How many pieces of work are not done."""
    with demo.opened.register.read() as session:
        return pending(session)
