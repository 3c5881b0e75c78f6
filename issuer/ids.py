"""Row ids: 128 random bits in hex, made before the row, because sealed values are bound to them; and salts of texts.

>>> len(new_id())
32
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from credential.text import to_base64url

_SALT: Final = 16
"""Random bytes: without them the digest of a short text gives the text away to whoever tries all."""


def new_salt() -> str:
    """Return a salt for a text whose digest is signed, in base64url."""
    return to_base64url(secrets.token_bytes(_SALT))


def new_id(token_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a new row id."""
    return token_bytes(16).hex()
