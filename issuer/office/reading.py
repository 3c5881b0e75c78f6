"""Reading the file of operators as the register knows it: newest version or newer, signed by the administrator's key.

The administrator's public key comes from the custody of keys, which is outside the database.

    operators = read_operators(session, opened)
"""

from __future__ import annotations

from contextlib import suppress

from credential.signing import KeyUse, VerifyKey
from issuer.db.locks import Lock, take
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import NotFoundError, TamperedError
from issuer.home.opened import Custody, Opened
from issuer.office import lists
from issuer.office import operators as operator_files
from issuer.office.operators import Operators


def administrator_key(custody: Custody) -> VerifyKey:
    """Return the administrator's newest public key, which signs. Raises NotFoundError ``no_administrator``."""
    return administrator_keys(custody)[0]


def administrator_keys(custody: Custody) -> list[VerifyKey]:
    """Return the administrator's public keys, the newest first. There are two while one takes the other's place.

    Raises:
        NotFoundError: ``no_administrator``.
    """
    found = [held.public for held in custody.held() if held.use == KeyUse.ADMINISTRATOR and held.public is not None]
    if not found:
        raise NotFoundError("no_administrator", "this home holds no administrator's key; restore it from a backup")
    return found[::-1]


def read_operators(session: ReadSession, opened: Opened) -> Operators:
    """Verify the file of operators. A session that writes keeps it the one in use until it ends.

    Raises:
        NotFoundError: ``no_operators``, ``no_administrator``, ``no_deployment``.
        TamperedError: ``operators_lost``; it does not verify, or is older than the register has accepted.
    """
    if isinstance(session, WriteSession):
        take(session, Lock.OPERATORS, shared=True)
    accepted = lists.deployment(session).operators_version
    try:
        token = opened.home.operators.read_text("ascii")
    except FileNotFoundError as error:
        if accepted:
            message = f"the file of operators is gone, and version {accepted} was in use; restore it from a backup"
            raise TamperedError("operators_lost", message, version=accepted) from error
        raise NotFoundError("no_operators", "there are no operators yet; at least two have to be added") from error
    newest, *older = administrator_keys(opened.custody)
    for key in older:
        # A run that gives the administrator another key died before the file was signed by it.
        with suppress(TamperedError):
            return _verified(opened, token, key, accepted)
    return _verified(opened, token, newest, accepted)


def _verified(opened: Opened, token: str, key: VerifyKey, at_least: int) -> Operators:
    return operator_files.verify(
        token, administrator=key, deployment=opened.home.settings.deployment, at_least=at_least
    )
