"""The next administrator's key: the file of operators is signed anew by it, and the key before is put out of use.

Rules: the new key is made, then signs the next edition with the same people in it, then the old key goes. Until that
edition is in use the one before holds, by the old key; a run that dies is run again and goes on where it was. What the
old key signs is nothing from then on. The key may be stolen: look first who stands in the file.

    done = administrators.rotate(opened, actor, basis="密钥文件被复制")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from credential.signing import KeyUse, VerifyKey
from issuer import audit
from issuer.errors import ConflictError
from issuer.home.opened import Actor, Opened
from issuer.office.reading import administrator_keys
from issuer.services import operators

LABEL: Final = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorChanged:
    """The new key, and who stands in the file that it signed."""

    key_id: bytes
    ended: tuple[bytes, ...]
    operators: tuple[str, ...]
    version: int | None
    """The edition that it signed; None before the first operator."""


def rotate(opened: Opened, actor: Actor, *, basis: str) -> AdministratorChanged:
    """Give the administrator another key.

    Args:
        opened: the home.
        actor: who does it.
        basis: why, for the audit.

    Raises:
        NotFoundError: ``no_administrator``.
        ConflictError: ``same_second``.
        TamperedError: ``operators_file``: no key of this home signed the present file.
        PassphraseError: the new key's passphrase is none.
    """
    newest, *older = administrator_keys(opened.custody)
    if not older:
        _check_earlier(opened, newest)
        older = [newest]
        newest = opened.custody.make(KeyUse.ADMINISTRATOR, label=LABEL)
    version = _sign_anew(opened, actor, newest)
    for key in older:
        opened.custody.end(key.key_id)
    details = {"basis": basis, "ended": [key.key_id.hex() for key in older]}
    with opened.register.write() as session:
        kid = newest.key_id.hex()
        audit.append(session, actor=actor, act="administrator.rotate", subject=kid, details=details, now=opened.clock())
    return AdministratorChanged(
        key_id=newest.key_id,
        ended=tuple(key.key_id for key in older),
        operators=tuple(each.operator.id for each in operators.listed(opened)),
        version=version,
    )


def _check_earlier(opened: Opened, key: VerifyKey) -> None:
    """Which of two keys is the newer one is told by the second in which they were made."""
    now = opened.clock().replace(microsecond=0)
    if any(held.key_id == key.key_id and held.created.replace(microsecond=0) >= now for held in opened.custody.held()):
        kid = key.key_id.hex()
        message = f"key {kid} was made in this very second; make the next one a second later"
        raise ConflictError("same_second", message, kid=kid)


def _sign_anew(opened: Opened, actor: Actor, key: VerifyKey) -> int | None:
    """The same people in the next edition, signed by the new key; again, where a run died before the old key went."""
    draft = operators.draft_same(opened)
    if draft is None:
        return None
    signer = opened.custody.signer(KeyUse.ADMINISTRATOR, key.key_id)
    return operators.accept(opened, actor, draft.signed_by(signer)).version
