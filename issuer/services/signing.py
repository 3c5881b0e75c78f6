"""Signing a draft with a key of this home; elsewhere it is a token, a browser, another computer.

token = sign_here(opened, draft)
"""

from __future__ import annotations

from credential.signing import KeyUse
from issuer import clock
from issuer.home.opened import Opened
from issuer.statements import Draft


def sign_here(opened: Opened, draft: Draft) -> str:
    """Return the signed statement. No transaction is open meanwhile.

    Raises:
        KeyNotFoundError: the operator's key is not in this home.
        PassphraseError: it does not open the key.
        ConflictError: ``clock_ahead``, ``clock_behind``.
    """
    clock.check(opened)
    signer = opened.custody.signer(KeyUse.OPERATOR, draft.key_id, owner=draft.statement.operator)
    return draft.signed_by(signer)
