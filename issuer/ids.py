"""Row ids: 128 random bits in hex, made before the row, because sealed values are bound to them.

>>> len(new_id())
32
"""

from __future__ import annotations

import secrets
from collections.abc import Callable


def new_id(token_bytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a new row id."""
    return token_bytes(16).hex()
